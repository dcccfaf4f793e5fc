#!/usr/bin/env python3
"""Measures Pixelwire beside its peers on this machine, over loopback, in one run.

    cargo build --release --no-default-features
    cargo bench --no-run --bench bare_loop
    python3 benches/compare.py

Each round lets every contestant run once, so that whatever else the machine does hits all alike;
medians and the ratios within rounds are printed as Markdown. Peers that are not installed are
skipped and named: imageZMQ and NumPy (`pip install imagezmq numpy`), GStreamer's base and good
plugins, iperf3. Needs a Unix; the bare loop needs Linux.
"""

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.dont_write_bytecode = True

from comparison import pair, peers, report
from comparison.process import Failed

ROOT = Path(__file__).resolve().parent.parent

# Greys, because the largest of them would not be allowed in colour.
SIZES = [(720, 570), (1920, 1080), (3840, 2160), (16384, 16384)]
LIVE_FPS = 60


def main():
    options = arguments()
    effort = Effort(options.quick)
    figures = report.Figures()
    with tempfile.TemporaryDirectory(prefix="pixelwire-compare-") as folder:
        folder = Path(folder)
        ends = pair.Pair(options.binary, folder)
        contestants = present(options, effort, ends, folder)
        for number in range(1, options.rounds + 1):
            figures.begin_round()
            for name, measure in contestants:
                measured = measure()
                figures.add(measured)
                words = ", ".join(f"{key} {value:.6g}" for key, value in measured.items())
                say(f"round {number} of {options.rounds}: {words or name}")
        say("live")
        count = LIVE_FPS * effort.live_seconds
        live = ends.live("pattern:1920x1080", LIVE_FPS, count)
    latencies = [frame["latency_us"] for frame in live.frames if frame["latency_us"] is not None]
    text = report.markdown(figures, SIZES, latencies, (LIVE_FPS, count), options.rounds)
    print(text)
    if options.update_readme:
        report.update_readme(ROOT / "README.md", text)


class Effort:
    """How much each contestant does in a round: about a second's work, or just enough to see that
    it works."""

    def __init__(self, quick: bool):
        self.frames = 60 if quick else 400
        self.images = 40 if quick else 250
        self.stream_seconds = 1 if quick else 1.5
        self.iperf_seconds = 1
        self.live_seconds = 1 if quick else 5
        self.grey_bytes = 0 if quick else 800_000_000


def present(options, effort, ends, folder: Path) -> list:
    """The contestants that are on this machine, as names and what measures them."""
    contestants = []
    if options.bare:
        contestants.append(("bare loop", partial(peers.bare_loop, options.bare, folder)))
    else:
        say("skipped: the bare loop; to build it: cargo bench --no-run --bench bare_loop")
    # What the peers send: one array, again and again.
    array = folder / "array.npy"
    pair.write_array(array, 1920, 1080, channels=3)
    for source, what in ((array, "pixelwire"), ("pattern:1920x1080", "pattern")):
        for chunk in (1400, None):
            name = f"{what} {chunk or 'default'}"
            measure = partial(deliver, ends, name, source, effort.frames, chunk)
            contestants.append((name, measure))
    for name, missing, measure in others(effort, folder):
        if missing:
            say(f"skipped: {name} ({missing})")
        else:
            contestants.append((name, partial(attempt, name, measure)))
    for width, height in SIZES:
        path = folder / f"{width}x{height}.npy"
        pair.write_array(path, width, height)
        count = max(3, effort.grey_bytes // (width * height))
        contestants.append((f"grey {path.stem}", partial(cost, ends, path, count)))
    return contestants


def others(effort, folder: Path):
    """The peers: each one's name, what is missing to measure it, and what measures it."""
    yield "imageZMQ", peers.missing_imagezmq(), partial(peers.imagezmq, effort.images, folder)
    for mtu in (1400, 65000):
        measure = partial(peers.gstreamer, mtu, effort.stream_seconds, folder)
        yield f"GStreamer at MTU {mtu}", peers.missing_gstreamer(), measure
    yield "iperf3", peers.missing_iperf3(), partial(peers.iperf3, effort.iperf_seconds, folder)


def deliver(ends, name: str, source, count: int, chunk) -> dict:
    """Goodput of one source."""
    job = ends.deliver(source, count, chunk)
    return {name: job.megabytes_per_second(), f"resent {name}": job.resent_share()}


def cost(ends, path: Path, count: int) -> dict:
    """What either end takes of the machine for a grey picture, sent so many times."""
    job = ends.deliver(path, count)
    figures = {f"resent {path.stem}": job.resent_share()}
    for end, finished in (("sender", job.sender), ("receiver", job.receiver)):
        figures[f"{end} cpu {path.stem}"] = finished.cpu_seconds * 1e9 / job.bytes()
        figures[f"{end} peak {path.stem}"] = finished.peak_bytes
    return figures


def attempt(name: str, measure) -> dict:
    """A peer's figures; none when it does not work here, which is no failure of ours."""
    try:
        return measure()
    except Failed as reason:
        say(f"not measured: {name}: {reason}")
        return {}


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    release = ROOT / "target" / "release"
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default 5")
    parser.add_argument("--binary", type=Path, default=release / "pixelwire", metavar="PATH")
    parser.add_argument("--bare", type=Path, default=newest_bare(release), metavar="PATH")
    parser.add_argument("--quick", action="store_true", help="see that it works, not how fast")
    parser.add_argument("--update-readme", action="store_true", help="put the tables there")
    options = parser.parse_args()
    for program in filter(None, (options.binary, options.bare)):
        if not os.access(program, os.X_OK):
            parser.error(f"{program} cannot be run; build it first, or name another")
    if options.rounds < 1:
        parser.error("there is nothing to measure in fewer than one round")
    return options


def newest_bare(release: Path):
    """The bare loop that was built last, if there is one."""
    built = [path for path in release.glob("deps/bare_loop-*") if not path.suffix]
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


def say(words: str):
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as reason:
        sys.exit(f"compare.py: {reason}")
