"""The release binary at both ends: `pixelwire send` and `pixelwire receive`, two processes."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from comparison.process import Child, Failed, Finished

# A job that takes longer than this, in seconds, has failed.
PATIENCE = 60

# A live job is over when nothing has arrived for a second: not every frame need arrive.
LIVE_END = ["--timeout", 1]


@dataclass(frozen=True)
class Job:
    """A job that went well."""

    frames: list
    summary: dict
    sender: Finished
    receiver: Finished

    def bytes(self) -> int:
        """Bytes of all frames that arrived whole."""
        return sum(frame["bytes"] for frame in self.frames)

    def megabytes_per_second(self) -> float:
        """By the sender's clock, from its first packet to the close that was answered."""
        return self.bytes() / 1e6 / self.summary["seconds"]

    def resent_share(self) -> float:
        """Which part of the packets had to be sent again."""
        return self.summary["packets_resent"] / self.summary["packets_sent"]


class Pair:
    """Sends over loopback from one process to another."""

    def __init__(self, binary: Path, folder: Path):
        self._binary = binary
        self._folder = folder

    def deliver(self, source: str, count: int, chunk=None) -> Job:
        """Delivers `count` frames; fails unless every one arrives whole and verified."""
        options = ["--mode", "deliver", "--loop", "--count", count]
        options += ["--chunk", chunk] if chunk else []
        job = self._run(source, options, ["--frames", count, "--timeout", 5])
        verified = {frame["frame"] for frame in job.frames if frame["digest"]}
        if len(verified) != count or job.summary["frames_delivered"] != count:
            raise Failed(f"{len(verified)} of {count} frames of {source} were verified")
        return job

    def live(self, source: str, fps: int, count: int) -> Job:
        """Sends live frames; those that arrive whole are in the job."""
        return self._run(source, ["--mode", "live", "--fps", fps, "--count", count], LIVE_END)

    def _run(self, source: str, send_options: list, receive_options: list) -> Job:
        receive = [self._binary, "receive", "--listen", "127.0.0.1:0", "--json"]
        with Child("receiver", [*receive, *receive_options], self._folder) as receiver:
            listening = json.loads(receiver.wait_for("\n").splitlines()[0])
            send = [self._binary, "send", source, "--to", listening["address"], "--json"]
            with Child("sender", [*send, *send_options], self._folder) as sender:
                sent = sender.finish(PATIENCE)
                received = receiver.finish(PATIENCE)
        frames = [event for event in _events(received) if event["event"] == "frame"]
        whole = [frame for frame in frames if frame["outcome"] == "complete"]
        summary = next(event for event in _events(sent) if event["event"] == "summary")
        return Job(whole, summary, sent, received)


def write_array(path: Path, width: int, height: int, channels: int = 1, shade=None):
    """Writes an 8-bit .npy array, grey or in colour, of one shade or of many; piece by piece,
    because what this process holds would be counted as its children's peak."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    row = bytes(place * 7 % 251 if shade is None else shade for place in range(width * channels))
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        for _ in range(height):
            file.write(row)
        # What the system writes later would disturb what is measured then.
        file.flush()
        os.fsync(file.fileno())


def _events(finished: Finished) -> list:
    return [json.loads(line) for line in finished.out.splitlines()]
