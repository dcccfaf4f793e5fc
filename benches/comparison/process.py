"""Child processes with an end: each is bounded in time, and what it took is known afterwards."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A contestant could not be measured; the sentence says why."""


@dataclass(frozen=True)
class Finished:
    """What a process said and took.

    Linux counts what this process held when it started the other into the other's peak, so that
    no peak is less than this script's own few megabytes.
    """

    out: str
    cpu_seconds: float
    peak_bytes: int


class Child:
    """A process whose output goes to files, so that it never waits for a reader.

    Used in a `with` statement, at the end of which it is gone.
    """

    def __init__(self, name: str, command: list, folder: Path):
        self._name = name
        self._out = folder / f"{name}.out"
        self._err = folder / f"{name}.err"
        with open(self._out, "wb") as out, open(self._err, "wb") as err:
            command = [str(word) for word in command]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        self._usage = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def said(self) -> str:
        """What it has written to standard output so far."""
        return self._out.read_text(errors="replace")

    def wait_for(self, words: str, seconds: float = 10) -> str:
        """What it has said once `words` are among it."""
        deadline = time.monotonic() + seconds
        while words not in self.said():
            if self._is_over() or time.monotonic() > deadline:
                raise Failed(f"{self._name} did not start: {self._complaint()}")
            time.sleep(0.01)
        return self.said()

    def finish(self, seconds: float) -> Finished:
        """Waits until it ends well, which takes at most so long."""
        deadline = time.monotonic() + seconds
        while not self._is_over():
            if time.monotonic() > deadline:
                raise Failed(f"{self._name} did not end within {seconds:.0f} s")
            time.sleep(0.01)
        if self._process.returncode != 0:
            raise Failed(f"{self._name} failed: {self._complaint()}")
        cpu_seconds = self._usage.ru_utime + self._usage.ru_stime
        unit = 1 if sys.platform == "darwin" else 1024
        return Finished(self.said(), cpu_seconds, self._usage.ru_maxrss * unit)

    def stop(self) -> str:
        """Ends it, however that may be; what it had said."""
        if not self._is_over():
            self._process.terminate()
            deadline = time.monotonic() + 2
            while not self._is_over() and time.monotonic() < deadline:
                time.sleep(0.01)
        if not self._is_over():
            self._process.kill()
            self._reap(0)
        return self.said()

    def _is_over(self) -> bool:
        if self._usage is None:
            self._reap(os.WNOHANG)
        return self._usage is not None

    def _reap(self, options: int):
        pid, status, usage = os.wait4(self._process.pid, options)
        if pid != 0:
            self._usage = usage
            self._process.returncode = os.waitstatus_to_exitcode(status)

    def _complaint(self) -> str:
        lines = (self._err.read_text(errors="replace") or self.said()).strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def free_port(kind: int) -> int:
    """A port of this machine that nobody uses, for a socket of this kind."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
