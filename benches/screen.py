#!/usr/bin/env python3
"""Measures how long a picture takes from the press of Send in one window to its pixels in another.

    cargo build --release
    python3 benches/screen.py

Both windows are real ones on a virtual display, the press is one of a pointer, and the pixels are
read back from the display. Needs Xvfb (`apt install xvfb`) and python-xlib (`pip install
python-xlib`). The graphics are drawn by the processor here, so a desktop is faster than this.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

sys.dont_write_bytecode = True

from comparison import pair
from comparison.process import Child, Failed, free_port

ROOT = Path(__file__).resolve().parent.parent

WINDOW = (960, 640)
# The Send button, from the right and from the bottom of its window.
BUTTON = (180, 54)
# Somewhere in the picture, in the other window.
PICTURE = (310, 320)
# How long a window may take to appear, and a picture to be shown, in seconds.
PATIENCE = 20
SETTLE = 1.5
# The first of the greys that are sent, of which no two in a row are the same.
FIRST_SHADE = 40
SIZES = [(720, 570), (1920, 1080), (3840, 2160)]


def main():
    options = arguments()
    try:
        from Xlib import display  # noqa: F401
    except ImportError:
        raise SystemExit("python-xlib is needed: pip install python-xlib") from None
    with tempfile.TemporaryDirectory(prefix="pixelwire-screen-") as folder:
        folder = Path(folder)
        settle_in(folder)
        with Screen(folder) as screen:
            to = f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
            with Child("receiver", [options.binary, "--listen", to], folder):
                screen.place_next(0)
                # The first picture of all is not measured: some drivers take their time for it.
                once(options.binary, screen, folder, to, SIZES[0], FIRST_SHADE)
                for size in SIZES:
                    shades = [FIRST_SHADE + 12 * (round + 1) for round in range(options.rounds)]
                    measure = partial(once, options.binary, screen, folder, to, size)
                    times = sorted(measure(shade) * 1e3 for shade in shades)
                    print(
                        f"{size[0]}x{size[1]} grey: {median(times):.0f} ms in the median of"
                        f" {len(times)}, {times[0]:.0f} to {times[-1]:.0f}",
                        flush=True,
                    )


def settle_in(folder: Path):
    """A user of its own, whose windows announce nothing."""
    os.environ["HOME"] = os.environ["XDG_CONFIG_HOME"] = str(folder)
    (folder / "pixelwire").mkdir()
    (folder / "pixelwire" / "settings.toml").write_text("find_each_other = false\n")


def once(binary: Path, screen, folder: Path, to: str, size: tuple, shade: int) -> float:
    """Opens a window with a picture, presses Send, and waits until the other shows it; how long
    that took."""
    picture = folder / "picture.npy"
    pair.write_array(picture, *size, shade=shade)
    with Child("sender", [binary, picture, "--to", to], folder):
        screen.place_next(WINDOW[0])
        # The picture is looked at before it can be sent.
        time.sleep(SETTLE)
        button = (2 * WINDOW[0] - BUTTON[0], WINDOW[1] - BUTTON[1])
        return screen.press_until(button, PICTURE, shade)


class Screen:
    """A display that nobody sees. Used in a `with` statement, at the end of which it is gone."""

    def __init__(self, folder: Path):
        read, write = os.pipe()
        size = f"{2 * WINDOW[0]}x{WINDOW[1]}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
        log = open(folder / "xvfb.log", "wb")
        self._server = subprocess.Popen(command, pass_fds=[write], stderr=log)
        os.close(write)
        with os.fdopen(read) as said:
            number = said.readline().strip()
        if not number:
            raise SystemExit("Xvfb did not start: apt install xvfb")
        os.environ["DISPLAY"] = f":{number}"
        os.environ.pop("WAYLAND_DISPLAY", None)
        from Xlib import display

        self._display = display.Display()
        self._root = self._display.screen().root
        self._placed = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._display.close()
        self._server.terminate()
        self._server.wait()

    def place_next(self, left: int):
        """Waits for the next window, and puts it there."""
        # Names of windows that are gone are given out again.
        self._placed &= {window.id for window in self._root.query_tree().children}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for window in self._root.query_tree().children:
                if window.id not in self._placed and self._is_ours(window):
                    self._placed.add(window.id)
                    window.configure(x=left, y=0, width=WINDOW[0], height=WINDOW[1])
                    self._display.sync()
                    return
            time.sleep(0.05)
        raise Failed("no window appeared")

    def _is_ours(self, window) -> bool:
        from Xlib import X
        from Xlib.error import XError

        try:
            viewable = window.get_attributes().map_state == X.IsViewable
            return viewable and "pixelwire" in (window.get_wm_class() or ())
        except XError:
            return False

    def press_until(self, button: tuple, place: tuple, shade: int) -> float:
        """Presses the button; seconds until the pixel there has the shade."""
        from Xlib import X
        from Xlib.ext import xtest

        xtest.fake_input(self._display, X.MotionNotify, x=button[0], y=button[1])
        self._display.sync()
        time.sleep(0.2)
        if self._pixel(place) == bytes([shade] * 3):
            raise Failed("the picture is there before it was sent")
        xtest.fake_input(self._display, X.ButtonPress, 1)
        xtest.fake_input(self._display, X.ButtonRelease, 1)
        self._display.flush()
        pressed = time.monotonic()
        while time.monotonic() < pressed + PATIENCE:
            if self._pixel(place) == bytes([shade] * 3):
                return time.monotonic() - pressed
            time.sleep(0.001)
        raise Failed("the picture did not appear")

    def _pixel(self, place: tuple) -> bytes:
        from Xlib import X

        return bytes(self._root.get_image(*place, 1, 1, X.ZPixmap, 0xFFFFFFFF).data[:3])


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = ROOT / "target" / "release" / "pixelwire"
    parser.add_argument("--binary", type=Path, default=usual, help="the release binary")
    parser.add_argument("--rounds", type=int, default=7, help="presses for each size, at most 16")
    options = parser.parse_args()
    if not options.binary.exists():
        parser.error(f"{options.binary} is not there: cargo build --release")
    if not 1 <= options.rounds <= 16:
        parser.error("--rounds is 1 to 16: each has a shade of its own")
    options.binary = options.binary.resolve()
    return options


if __name__ == "__main__":
    main()
