"""What others carry over the same loopback. Each function gives figures by name."""

import importlib.util
import json
import re
import shutil
import socket
import sys
import time
from pathlib import Path

from comparison.process import Child, Failed, free_port

FRAME_BYTES = 1920 * 1080 * 3

# What a peer may take to start and to end, in seconds, beside what is measured.
PATIENCE = 20


def bare_loop(binary: Path, folder: Path) -> dict:
    """The kernel's limit; see `bare_loop.rs`."""
    with Child("bare-loop", [binary], folder) as child:
        lines = child.finish(PATIENCE).out.splitlines()
    figures = [json.loads(line) for line in lines]
    return {f"bare {figure['segment']}": figure["megabytes_per_second"] for figure in figures}


def missing_imagezmq():
    """Why imageZMQ cannot be measured, if it cannot."""
    absent = [name for name in ("imagezmq", "numpy") if importlib.util.find_spec(name) is None]
    return f"pip install {' '.join(absent)}" if absent else None


def imagezmq(count: int, folder: Path) -> dict:
    """Requests and replies, one process each."""
    port = free_port(socket.SOCK_STREAM)
    ends = [sys.executable, Path(__file__).with_name("images.py")]
    with Child("imagezmq-hub", [*ends, "hub", port, count], folder):
        with Child("imagezmq-sender", [*ends, "send", port, count], folder) as sender:
            return {"imagezmq": float(sender.finish(PATIENCE).out)}


def missing_gstreamer():
    """Why GStreamer cannot be measured, if it cannot."""
    return None if shutil.which("gst-launch-1.0") else "no gst-launch-1.0"


def gstreamer(mtu: int, seconds: float, folder: Path) -> dict:
    """Frames that come out of `rtpvrawdepay`, whole or not, while one image is sent for so long,
    again and again as fast as it leaves."""
    port = free_port(socket.SOCK_DGRAM)
    caps = (
        "application/x-rtp,media=video,clock-rate=90000,encoding-name=RAW,sampling=BGR,"
        "depth=(string)8,width=(string)1920,height=(string)1080,colorimetry=SMPTE240M"
    )
    source = f"udpsrc address=127.0.0.1 port={port} buffer-size=8388608 caps={caps}"
    receive = f"-v {source} ! rtpvrawdepay ! fakesink name=end silent=false sync=false"
    image = "videotestsrc num-buffers=1 ! video/x-raw,format=BGR,width=1920,height=1080"
    sink = f"udpsink host=127.0.0.1 port={port} buffer-size=8388608 sync=false"
    send = f"{image},framerate=60/1 ! imagefreeze ! rtpvrawpay mtu={mtu} ! {sink}"
    with Child("gstreamer-receiver", ["gst-launch-1.0", *receive.split()], folder) as receiver:
        receiver.wait_for("Setting pipeline to PLAYING")
        with Child("gstreamer-sender", ["gst-launch-1.0", *send.split()], folder) as sender:
            sender.wait_for("Setting pipeline to PLAYING")
            time.sleep(seconds)
        said = receiver.stop()
    times = [_seconds(*match) for match in re.findall(r"chain .*?pts: (\d+):(\d+):([\d.]+)", said)]
    if len(times) < 2:
        raise Failed(f"GStreamer brought {len(times)} frames in {seconds:.0f} s")
    frames_per_second = (len(times) - 1) / (times[-1] - times[0])
    return {f"gstreamer {mtu}": frames_per_second * FRAME_BYTES / 1e6}


def missing_iperf3():
    """Why iperf3 cannot be measured, if it cannot."""
    return None if shutil.which("iperf3") else "no iperf3"


def iperf3(seconds: int, folder: Path) -> dict:
    """Datagrams of 1,472 bytes as fast as they leave; what of them arrived, and what was lost."""
    port = free_port(socket.SOCK_STREAM)
    serve = ["iperf3", "-s", "-1", "-B", "127.0.0.1", "-p", port, "--forceflush"]
    send = ["iperf3", "-c", "127.0.0.1", "-p", port, "-u", "-l", 1472, "-b", 0, "-t", seconds, "-J"]
    with Child("iperf3-server", serve, folder) as server:
        server.wait_for("Server listening")
        with Child("iperf3-client", send, folder) as client:
            end = json.loads(client.finish(PATIENCE + seconds).out)["end"]["sum"]
    lost = end["lost_percent"] / 100
    return {"iperf3": end["bytes"] / 1e6 / end["seconds"] * (1 - lost), "iperf3 lost": lost}


def _seconds(hours: str, minutes: str, seconds: str) -> float:
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
