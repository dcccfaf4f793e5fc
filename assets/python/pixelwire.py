#!/usr/bin/env python3
"""Send and receive images with Pixelwire's own protocol: NumPy and the standard library alone.

    import pixelwire
    pixelwire.send(array, "192.168.1.20")           # one array, whole and verified

    with pixelwire.Sender("192.168.1.20", mode="live") as sender:
        while True:
            sender.send(camera.read())              # a stream: the newest frame wins

    for frame in pixelwire.frames():                # what others send to port 4321
        print(frame.name, frame.number, frame.array.shape)

Arrays are rows x columns, or rows x columns x 1, 2, 3 or 4 channels, of any NumPy integer or of
float32 or float64. Three channels are blue, green, red as in OpenCV unless order="RGB" is said.
Two modes: "deliver" brings every frame whole and verified or raises DeliveryError; "live" never
waits and never queues. The other end is this file again, or the Pixelwire program.

For trying:  python3 pixelwire.py send IMAGE.npy HOST    and    python3 pixelwire.py receive
"""
from __future__ import annotations

import argparse
import errno
import itertools
import os
import secrets
import select
import socket
import struct
import sys
import threading
import time
import warnings
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Deque, Dict, Iterator, List, Optional, Tuple

import numpy as np

__all__ = ["send", "Sender", "SendCounters", "frames", "Receiver", "Frame", "Counters",
           "PixelwireError", "DeliveryError", "xxh3_64"]

PORT = 4321


class PixelwireError(Exception):
    """What went wrong, and what to do about it."""


class DeliveryError(PixelwireError):
    """Frames that were promised did not arrive whole."""


def send(array: np.ndarray, host: str, port: int = PORT, mode: str = "deliver", *,
         name: str = "", **options: Any) -> SendCounters:
    """Send one array and return what it took, once the receiver has it whole and verified.

    `name` is what the receiver calls the picture; `options` are those of `Sender`.
    """
    with Sender(host, port, mode, **options) as sender:
        sender.send(array, name)
    return sender.counters


def frames(port: int = PORT, host: str = "0.0.0.0", **options: Any) -> Iterator[Frame]:
    """Iterate over the frames that arrive; `options` are those of `Receiver`."""
    with Receiver(port, host, **options) as receiver:
        yield from receiver


@dataclass
class SendCounters:
    """What a sender has done so far."""
    frames_sent: int = 0
    frames_delivered: int = 0
    frames_skipped: int = 0      # live: newer ones came before these could leave
    packets_sent: int = 0        # resends included
    packets_resent: int = 0
    bytes_sent: int = 0          # of pixels, each counted once
    round_trip: Optional[float] = None   # seconds


@dataclass
class Counters:
    """What a receiver has counted so far, over all senders."""
    packets_expected: int = 0
    packets_received: int = 0
    packets_lost: int = 0
    packets_recovered: int = 0
    packets_duplicate: int = 0
    packets_reordered: int = 0
    packets_late: int = 0
    packets_invalid: int = 0
    kernel_drops: Optional[int] = None   # None where the system cannot tell
    frames_complete: int = 0
    frames_incomplete: int = 0
    frames_dropped: int = 0
    bytes_received: int = 0


@dataclass
class Frame:
    """A frame that arrived whole."""
    array: np.ndarray
    order: str                   # "Mono", "MonoA", "BGR", "RGB", "BGRA" or "RGBA"
    name: str                    # what its sender calls it; may be empty
    number: int                  # in its stream, from 0
    stream: int                  # the sender's random number for the job
    sender: str                  # what the sending device calls itself, else its address
    address: Tuple[Any, ...]     # where it came from
    mode: str                    # "deliver" or "live"
    digest: Optional[int]        # XXH3-64 of the bytes on the wire, where it was verified
    packets: int                 # that it took
    packets_recovered: int       # of these, lost ones that were sent again


# Sending

class Sender:
    """Sends a stream of arrays to one receiver, from a background thread.

    order   the channels of the arrays: "BGR" as in OpenCV, or "RGB"; with an alpha channel too
    rate    megabits a second; None follows what the receiver reports to arrive
    chunk   pixel bytes of each packet; None takes what fits the MTU
    name    what this device is called; None takes its host name

    Use it in a `with` block: leaving the block waits until everything has been delivered and
    raises what went wrong.
    """

    def __init__(self, host: str, port: int = PORT, mode: str = "deliver", *,
                 order: str = "BGR", rate: Optional[float] = None, chunk: Optional[int] = None,
                 name: Optional[str] = None) -> None:
        if mode not in ("deliver", "live"):
            raise ValueError(f'mode is "deliver" or "live", not {mode!r}')
        if order not in ("BGR", "RGB"):
            raise ValueError(f'order is "BGR" or "RGB", not {order!r}')
        if rate is not None and not rate > 0:
            raise ValueError("rate is in megabits a second and above 0; None follows the receiver")
        if chunk is not None and not MIN_CHUNK <= chunk <= MAX_CHUNK:
            raise ValueError(f"chunk is {MIN_CHUNK} to {MAX_CHUNK} bytes")
        self.counters = SendCounters()
        self._order, self._live = order, mode == "live"
        self._peer = f"{host}:{port}"
        self._exit = _Exit(host, port)
        self._chunk = chunk or self._exit.fitting_chunk()
        self._rate = rate * 125_000 if rate else None
        self._name = _text(socket.gethostname() if name is None else name)
        self._stream = secrets.randbits(64)
        self._changed = threading.Condition()
        self._inbox: Deque[_Outgoing] = deque()
        self._finishing = self._cancelled = False
        self._error: Optional[PixelwireError] = None
        self._failures: List[str] = []
        self._begin_conversation()
        self._thread = threading.Thread(target=self._run, name="pixelwire-send", daemon=True)
        self._thread.start()

    def send(self, array: np.ndarray, name: str = "") -> None:
        """Send a frame. Deliver waits while earlier ones fill the way; live replaces what waits.

        The array is copied: it may be changed as soon as this returns.
        """
        frame = _Outgoing(array, self._order, self._chunk, not self._live, name)
        with self._changed:
            if self._live:
                self.counters.frames_skipped += len(self._inbox)
                self._inbox.clear()
            while self._inbox and self._phase != "ended":
                self._changed.wait(0.5)
            self._raise_error()
            if self._finishing or self._phase == "ended":
                raise PixelwireError("this sender is closed: make another one")
            self._inbox.append(frame)
        self._exit.wake()

    def close(self) -> None:
        """Wait until everything has arrived, end the job, and raise what went wrong."""
        self._finishing = True
        self._exit.wake()
        while self._thread.is_alive():
            self._thread.join(0.5)  # in pieces, so that Ctrl-C is heard everywhere
        self._exit.close()
        self._raise_error()
        if self._failures and not self._live:
            count, self._failures = len(self._failures), self._failures[:3]
            raise DeliveryError(f"{count} frames were not delivered: " + "; ".join(self._failures))

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, kind: Any, _value: Any, _traceback: Any) -> None:
        self._cancelled = kind is not None
        try:
            self.close()
        except PixelwireError:
            if kind is None:
                raise

    # The rest is the background thread's.

    def _begin_conversation(self) -> None:
        now = _clock()
        self._phase = "opening"
        self._receiver: Optional[int] = None
        self._account_first = self._next_number = self._next_frame = self._openings = 0
        self._frames: Deque[_Outgoing] = deque()
        self._gone: Deque[int] = deque()
        self._round_trip, self._window, self._flight = _RoundTrip(), _Window(now), _Flight()
        self._window_full = False
        self._tokens, self._filled_at = float(BURST), now
        self._open_due: Optional[float] = now
        self._began = self._last_heard = self._last_landed = self._close_due = now

    def _run(self) -> None:
        try:
            while self._phase != "ended":
                now = _clock()
                for datagram in self._exit.receive():
                    self._hear(datagram, now)
                self._pass_time(now)
                self._take_frames()
                if not self._say(now) and not self._send_pixels(now):
                    self._exit.wait(self._next_timeout(now) - now)
        except OSError as error:
            self._end(f"cannot send to {self._peer}: {error}: check the address and the cable")
        finally:
            with self._changed:
                self._phase = "ended"
                self._changed.notify_all()

    def _raise_error(self) -> None:
        if self._error:
            raise self._error

    def _end(self, error: Optional[str] = None) -> None:
        unconfirmed = itertools.chain(self._frames, self._inbox)
        self._failures += [f"frame {frame.number}: the job ended before the receiver had it"
                           for frame in unconfirmed if frame.deliver]
        if error and not self._cancelled:
            self._error = PixelwireError(error)
        self._frames.clear()
        self._phase = "ended"

    def _take_frames(self) -> None:
        largest = max((frame.length for frame in self._frames), default=0)
        most = 1 if largest >= HUGE_FRAME else 2 if largest >= LARGE_FRAME else 3
        if self._live:
            under_way, most = sum(not frame.all_left for frame in self._frames), 1
        else:
            under_way = len(self._frames)
        if self._phase != "streaming" or under_way >= most:
            return
        with self._changed:
            if not self._inbox:
                return
            frame = self._inbox.popleft()
            self._changed.notify_all()
        while self._live and len(self._frames) >= 2:  # the last whole one may still be asked for
            self._frames.popleft()
        frame.set_out(self._stream, self._next_frame)
        self._next_frame += 1
        self._frames.append(frame)

    def _hear(self, datagram: bytes, now: float) -> None:
        if len(datagram) < ANSWER.size:
            return
        magic, version, kind, flags, _, stream, receiver = ANSWER.unpack_from(datagram)
        if magic != MAGIC or version != VERSION or stream != self._stream:
            return
        body = datagram[ANSWER.size:]
        try:
            self._last_heard = now
            self._meet(receiver, now)
            if kind == REPORT:
                self._take_report(REPORT_BODY.unpack_from(body), bool(flags & 1), now)
            elif kind == RESEND:
                self._take_request(body, now)
            elif kind == COMPLETE:
                self._take_confirmation(*struct.unpack_from("<IQ", body))
            elif kind == ABANDONED:
                self._fail(*struct.unpack_from("<I", body),
                           "the receiver gave it up: send it again")
            elif kind == CLOSED:
                if self._phase == "closing" and \
                        struct.unpack_from("<Q", body)[0] + 1 == self._next_number:
                    self._end()
            elif kind == LEAVE:
                closing = self._phase == "closing"
                self._end(None if closing else
                          f"{self._peer} stopped listening: press Listen there and send again")
        except struct.error:
            return  # cut short: not from a receiver of ours

    def _meet(self, receiver: int, now: float) -> None:
        if self._receiver is None:
            self._phase = "streaming"
            self._open_due = now  # once more, to tell the receiver the round trip
        elif self._receiver != receiver:
            self._flight.forget()  # it was started again
        self._receiver = receiver

    def _take_report(self, report: Tuple[int, ...], opened: bool, now: float) -> None:
        highest, hold, buffer, _received, drops = report
        if highest >= self._next_number:
            return
        if not opened and self._open_due is None:
            self._account_first, self._open_due = self._next_number, now
        landed = self._flight.land(highest)
        if landed is None:
            return
        self._last_landed = now
        size, sent_at = landed
        sample = max(now - sent_at - hold / 1e6, 1e-6)
        self._round_trip.sample(sample, now)
        self.counters.round_trip = self._round_trip.smoothed
        full, self._window_full = self._window_full, False
        self._window.update(size, sample, self._round_trip.least(),
                            None if drops == UNKNOWN else drops, buffer, full, now)

    def _take_request(self, body: bytes, now: float) -> None:
        number, count = struct.unpack_from("<IH", body)
        frame = self._find(number)
        if frame is None:
            if number not in self._gone and len(self._gone) < 64:
                self._gone.append(number)
            return
        frame.heard(self._round_trip.timeout(), now)
        for first, length in struct.iter_unpack("<II", body[6:6 + 8 * min(count, MAX_RANGES)]):
            end = min(first + length, frame.next)
            frame.wanted.update(dict.fromkeys(range(first, end)))
        if frame.resent > RESEND_BUDGET * frame.chunks + 64:
            self._fail(number, "the network loses too much to carry it: send slower (rate=...)")
            self._gone.append(number)

    def _take_confirmation(self, number: int, digest: int) -> None:
        frame = self._find(number)
        if frame is None or not frame.all_left:
            return
        if digest != frame.digest:
            self._fail(number, "other pixels arrived than were sent: send it again")
            return
        self._frames.remove(frame)
        self.counters.frames_delivered += 1

    def _find(self, number: int) -> Optional[_Outgoing]:
        return next((frame for frame in self._frames if frame.number == number), None)

    def _fail(self, number: int, reason: str) -> None:
        frame = self._find(number)
        if frame:
            self._frames.remove(frame)
            self._failures.append(f"frame {number}: {reason}")

    def _pass_time(self, now: float) -> None:
        if self._phase == "opening" and (self._cancelled or now - self._began >= NO_ANSWER):
            self._end(f"nobody listens at {self._peer}: start the receiver there"
                      if self._exit.refused else
                      f"{self._peer} did not answer for {NO_ANSWER} s: check the address, that "
                      "the receiver listens, and that its firewall lets UDP in")
        elif self._phase == "streaming" and now - self._last_heard >= NO_ANSWER:
            self._end(f"{self._peer} fell silent: check the cable and that it still listens")
        elif self._phase == "closing" and now >= self._close_until:
            self._end()
        if self._flight.bytes and now >= self._stalled_at():
            self._flight.forget()
            self._window.collapse()
            self._last_landed = now
            if self._phase == "streaming" and self._open_due is None:
                self._open_due = now
        self._close_when_done(now)

    def _close_when_done(self, now: float) -> None:
        if self._phase != "streaming" or not (self._finishing or self._cancelled):
            return
        if self._cancelled:
            self._frames.clear()
            self._inbox.clear()
        if self._live:
            done = all(frame.all_left and frame.end_due is None
                       and now - frame.began >= LATENCY_BUDGET for frame in self._frames)
        else:
            done = not self._frames
        if done and not self._inbox:
            self._phase, self._close_due = "closing", now
            self._close_until = now + (0.5 if self._cancelled else CLOSE_PATIENCE)

    def _say(self, now: float) -> bool:
        """Send what is due of the conversation; whether something was."""
        if self._open_due is not None and self._open_due <= now:
            self._say_open(now)
        elif self._gone:
            self._say_packet(GONE, struct.pack("<I", self._gone.popleft()), now)
        elif self._phase == "closing" and self._close_due <= now:
            self._close_due = now + min(2 * self._round_trip.timeout(), 0.05)
            self._say_packet(CLOSE, b"", now)
        else:
            due = (frame for frame in self._frames
                   if frame.end_due is not None and frame.end_due <= now and not frame.wanted)
            frame = next(due, None) if self._phase == "streaming" else None
            if frame is None:
                return False
            oldest = self._frames[0].number
            body = frame.end_body(self._round_trip, oldest, now)
            self._say_packet(END, body, now, frame)
        return True

    def _say_open(self, now: float) -> None:
        body = struct.pack("<QI", self._account_first, self._round_trip.micros()) + self._name
        self._say_packet(OPEN, body, now)
        self._open_due = None
        if self._phase == "opening":
            self._open_due = now + min(0.005 * 2 ** min(self._openings, 8), 0.1)
        elif self._phase == "streaming" and now - self._last_heard > 0.25:
            self._open_due = now + 0.25
        self._openings += 1

    def _say_packet(self, kind: int, body: bytes, now: float,
                    frame: Optional[_Outgoing] = None) -> None:
        flags = 0 if self._live else FLAG_DELIVER
        start = START.pack(MAGIC, VERSION, kind, flags, frame.format if frame else 0,
                           self._stream, self._next_number, _micros(now))
        self._depart(1, len(start) + len(body), now)
        self._exit.send(start + body)

    def _send_pixels(self, now: float) -> bool:
        """Send a train of payloads if one may leave now: what was asked for again first."""
        frame = self._next_to_leave()
        if self._phase != "streaming" or frame is None:
            return False
        self._refill(now)
        segment = HEADER.size + self._chunk
        room = self._window_room()
        count = int(min(room, self._tokens, TRAIN)) // segment
        if count <= 0:
            self._window_full |= room < segment
            return False
        resend = bool(frame.wanted)
        train = frame.train(min(count, MOST_SEGMENTS), self._next_number, now)
        if resend:
            self.counters.packets_resent += train.packets
        else:
            self.counters.bytes_sent += len(train.data) - train.packets * HEADER.size
            self.counters.frames_sent += frame.all_left
        self._depart(train.packets, len(train.data), now)
        self._tokens -= len(train.data)
        self._exit.send_train(train.data, segment)
        return True

    def _next_to_leave(self) -> Optional[_Outgoing]:
        asked = (frame for frame in self._frames if frame.wanted)
        fresh = (frame for frame in self._frames if not frame.all_left)
        return next(itertools.chain(asked, fresh), None)

    def _depart(self, packets: int, size: int, now: float) -> None:
        if self._flight.bytes == 0:
            self._last_landed = now
        self._flight.depart(self._next_number, packets, size, now)
        self._next_number += packets
        self.counters.packets_sent = self._next_number

    def _window_room(self) -> float:
        least = 2 * (HEADER.size + self._chunk)
        if self._rate is not None:
            return float("inf")
        return max(self._window.bytes, least) - self._flight.bytes

    def _pace(self) -> float:
        """Bytes a second at which packets leave."""
        if self._rate is not None:
            return self._rate
        smoothed = self._round_trip.smoothed
        return self._window.pace(smoothed) if smoothed else BLIND_RATE

    def _refill(self, now: float) -> None:
        rate = self._pace()
        gained = rate * (now - self._filled_at)
        self._tokens = min(self._tokens + gained, max(rate * 0.001, BURST))
        self._filled_at = now

    def _stalled_at(self) -> float:
        return self._last_landed + max(4 * self._round_trip.timeout(), 0.05)

    def _next_timeout(self, now: float) -> float:
        due = [now + 0.05]
        due += [at for at in (self._open_due, *(frame.end_due for frame in self._frames))
                if at is not None]
        if self._phase == "closing":
            due.append(self._close_due)
        if self._flight.bytes:
            due.append(self._stalled_at())
        if self._phase == "streaming" and self._next_to_leave():
            segment = HEADER.size + self._chunk
            if self._window_room() >= segment:
                due.append(now + max(segment - self._tokens, 0) / self._pace())
        return min(due)


class _Train:
    """Packets of one size, the last perhaps shorter, that leave together."""

    def __init__(self, data: memoryview, packets: int) -> None:
        self.data, self.packets = data, packets


class _Outgoing:
    """A frame that the receiver may still ask for."""

    def __init__(self, array: np.ndarray, order: str, chunk: int, deliver: bool,
                 name: str) -> None:
        self.format, pixels = _to_wire(np.asarray(array), order)
        self.height, self.width = pixels.shape[:2]
        self.data = pixels.reshape(-1).view(np.uint8)
        self.length, self.chunk, self.deliver, self.name = self.data.size, chunk, deliver, name
        if self.length > MAX_FRAME:
            raise ValueError(f"a frame of {self.length >> 20} MiB is larger than receivers take "
                             f"({MAX_FRAME >> 20} MiB): send it in parts")
        self.digest = xxh3_64(self.data)
        self.full = self.length // chunk
        self.chunks = -(-self.length // chunk)
        self.rows = self.data[:self.full * chunk].reshape(self.full, chunk)
        self.number, self.next, self.resent, self.end_tries = 0, 0, 0, 0
        self.wanted: Dict[int, None] = {}  # in the order in which they were asked for
        self.began = 0.0
        self.end_due: Optional[float] = None

    @property
    def all_left(self) -> bool:
        return self.next == self.chunks

    def set_out(self, stream: int, number: int) -> None:
        self.number = number
        start = START.pack(MAGIC, VERSION, DATA, FLAG_DELIVER if self.deliver else 0, self.format,
                           stream, 0, 0)
        self.template = np.frombuffer(start + self._fields(0), HEADER_ROW)

    def _fields(self, age: int) -> bytes:
        return FRAME.pack(self.number, 0, self.length, self.width, self.height, self.chunk, 0, 0,
                          age)

    def _age(self, now: float) -> int:
        return min(int((now - self.began) * 1e6), 0xffffffff)

    def train(self, most: int, number: int, now: float) -> _Train:
        """Up to so many packets, the first with this number."""
        resend = bool(self.wanted)
        if resend:
            indices = np.array(sorted(itertools.islice(self.wanted, most)))
            for index in indices.tolist():
                del self.wanted[index]
            self.resent += len(indices)
        else:
            self.began = self.began or now
            indices = np.arange(self.next, min(self.next + most, self.chunks))
            self.next += len(indices)
            if self.all_left:
                self.end_due = now
        heads = np.repeat(self.template, len(indices))
        heads["number"] = np.arange(number, number + len(indices), dtype=np.uint64)
        heads["sent_at"], heads["age"] = _micros(now), self._age(now)
        heads["offset"] = indices * self.chunk
        if resend:
            heads["start"] |= FLAG_RESEND << 40
        return _Train(self._packets(indices, heads), len(indices))

    def _packets(self, indices: np.ndarray, heads: np.ndarray) -> memoryview:
        full = int(np.count_nonzero(indices < self.full))
        segment = HEADER.size + self.chunk
        tail = self.data[self.full * self.chunk:] if full < len(indices) else self.data[:0]
        out = np.empty(full * segment + (HEADER.size + tail.size if tail.size else 0), np.uint8)
        table = out[:full * segment].reshape(full, segment)
        table[:, :HEADER.size] = heads[:full].view(np.uint8).reshape(full, HEADER.size)
        first = int(indices[0])
        in_a_row = full and int(indices[full - 1]) - first == full - 1
        table[:, HEADER.size:] = (self.rows[first:first + full] if in_a_row else
                                  self.rows[indices[:full]])
        if tail.size:
            last = out[full * segment:]
            last[:HEADER.size] = heads[full:].view(np.uint8)
            last[HEADER.size:] = tail
        return memoryview(out)

    def end_body(self, round_trip: _RoundTrip, oldest: int, now: float) -> bytes:
        """The end-of-frame, which is repeated in deliver mode until it is answered."""
        self.end_tries += 1
        wait = min(round_trip.timeout() * 2 ** min(self.end_tries, 5) / 2, 0.2)
        self.end_due = now + wait if self.deliver else None
        return (self._fields(self._age(now)) +
                struct.pack("<QII", self.digest, round_trip.micros(), oldest) + _text(self.name))

    def heard(self, timeout: float, now: float) -> None:
        """An answer came: the end-of-frame need not be repeated soon."""
        if self.end_tries and self.end_due is not None:
            self.end_tries, self.end_due = 1, now + 2 * timeout


class _RoundTrip:
    """The round trip in seconds: smoothed, its least value, and how long to wait (RFC 6298)."""

    def __init__(self) -> None:
        self.smoothed: Optional[float] = None
        self._variation = 0.0
        self._least: Tuple[float, float, float] = (0.0, 0.0, 0.0)

    def sample(self, sample: float, now: float) -> None:
        if self.smoothed is None:
            self.smoothed, self._variation = sample, sample / 2
            self._least = (sample, sample, now)
            return
        self._variation = (3 * self._variation + abs(self.smoothed - sample)) / 4
        self.smoothed = (7 * self.smoothed + sample) / 8
        current, before, began = self._least
        self._least = ((sample, current, now) if now - began > 10 else
                       (min(current, sample), before, began))

    def least(self) -> float:
        return min(self._least[:2])

    def timeout(self) -> float:
        if self.smoothed is None:
            return 0.1
        return min(max(self.smoothed + 4 * self._variation, 0.002), 0.5)

    def micros(self) -> int:
        return min(int((self.smoothed or 0) * 1e6), 0xffffffff)


class _Window:
    """How many bytes may be on their way at once, learnt from the receiver's reports.

    It follows the queueing delay and not the loss: it grows until about 2 ms of data wait in the
    bottleneck's queue. The receiver's socket buffer bounds it, and an overflow there lowers it.
    """
    LEAST, MOST = 16 << 10, 64 << 20

    def __init__(self, now: float) -> None:
        self.bytes = 48.0 * 1024
        self._ceiling = float(self.MOST)
        self._starting = True
        self._landed, self._since, self._next_update = 0, now, now
        self._drops = 0

    def pace(self, smoothed: float) -> float:
        """Bytes a second that spread a window over a round trip, with room to grow into."""
        return (2.0 if self._starting else 1.25) * self.bytes / max(smoothed, 1e-5)

    def update(self, landed: int, round_trip: float, least: float, drops: Optional[int],
               buffer: int, was_full: bool, now: float) -> None:
        """Take a report; the window changes once a round trip."""
        self._landed += landed
        if drops is not None and drops > self._drops:
            self._drops, self._starting = drops, False
            self._ceiling = self.bytes = max(self.bytes * 0.7, self.LEAST)
        if now < self._next_update:
            return
        rate = self._landed / max(now - self._since, 1e-6)
        self._landed, self._since, self._next_update = 0, now, now + round_trip
        if was_full:
            self._grow(rate, least / round_trip)
        self._ceiling = min(self._ceiling * 1.01, self.MOST)
        # The kernel charges a packet's bookkeeping to the buffer, about as much as it holds.
        self.bytes = max(min(self.bytes, self._ceiling, 0.4 * buffer), self.LEAST)

    def _grow(self, rate: float, share: float) -> None:
        share = min(share, 1.0)
        queue = min(max(rate * 0.002, 96 << 10), 2 << 20)
        if self._starting and self.bytes * (1 - share) < queue / 2:
            self.bytes *= 2
            return
        self._starting = False
        self.bytes = min((self.bytes + self.bytes * share + queue) / 2, self.bytes * 2)

    def collapse(self) -> None:
        """Nobody reported for long: what was on its way is lost."""
        self.bytes, self._starting = max(self.bytes / 2, self.LEAST), False


class _Flight:
    """What has left and has not been reported yet."""

    def __init__(self) -> None:
        self.bytes = 0
        self._trains: Deque[Tuple[int, int, int, float]] = deque()

    def depart(self, first: int, packets: int, size: int, now: float) -> None:
        self._trains.append((first, packets, size, now))
        self.bytes += size

    def land(self, highest: int) -> Optional[Tuple[int, float]]:
        """The bytes up to this packet number, and when the newest of them left."""
        size, sent_at = 0, None
        while self._trains and self._trains[0][0] <= highest:
            first, packets, length, sent_at = self._trains.popleft()
            landed = min(highest + 1 - first, packets)
            part = length * landed // packets
            size += part
            if landed < packets:
                rest = (first + landed, packets - landed, length - part, sent_at)
                self._trains.appendleft(rest)
        self.bytes -= size
        return None if sent_at is None else (size, sent_at)

    def forget(self) -> None:
        self._trains.clear()
        self.bytes = 0


class _Exit:
    """The sender's socket, and what wakes the thread that waits for it."""

    def __init__(self, host: str, port: int) -> None:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        except OSError as error:
            raise PixelwireError(f"{host}: {error}: check the spelling, or give its IP address")
        self.refused = False
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.connect(address)
        self._socket.setblocking(False)
        _enlarge(self._socket, socket.SO_SNDBUF)
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        self._segments = LINUX

    def fitting_chunk(self) -> int:
        """The largest payload whose packet is not cut into IP fragments."""
        mtu, ip_and_udp = 1500, 28
        if self._socket.family == socket.AF_INET6:
            ip_and_udp = 48
        if LINUX:
            v6 = ip_and_udp == 48
            level, option = (socket.IPPROTO_IPV6, 24) if v6 else (socket.IPPROTO_IP, 14)
            try:
                mtu = min(self._socket.getsockopt(level, option), 9000)
            except OSError:
                pass
        return max(mtu - ip_and_udp - HEADER.size, 512)

    def receive(self) -> Iterator[bytes]:
        for _ in range(64):  # a bound, so that trains leave between answers
            try:
                yield self._socket.recv(65536)
            except BlockingIOError:
                return
            except ConnectionError:
                self.refused = True

    def send(self, packet: memoryview | bytes) -> None:
        for _ in range(20):
            try:
                self._socket.send(packet)
                return
            except BlockingIOError:
                select.select([], [self._socket], [], 0.01)
            except ConnectionError:
                self.refused = True
                return
            except OSError as error:
                if error.errno not in PASSING:
                    raise
                time.sleep(0.001)  # and if that does not help it counts as lost

    def send_train(self, data: memoryview, segment: int) -> None:
        """Send packets of this size that lie end to end."""
        if self._segments and len(data) > segment:
            size = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("=H", segment))]
            try:
                self._socket.sendmsg([data], size)
                return
            except BlockingIOError:
                select.select([], [self._socket], [], 0.01)
            except ConnectionError:
                self.refused = True
            except OSError:
                self._segments = False  # an interface that cannot
        for at in range(0, len(data), segment):
            self.send(data[at:at + segment])

    def wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        ready, _, _ = select.select([self._socket, self._bell], [], [], seconds)
        if self._bell in ready:
            self._bell.recv(4096)

    def wake(self) -> None:
        try:
            self._ringer.send(b"!")
        except OSError:
            pass  # it rings already, or nobody is there to hear it

    def close(self) -> None:
        for end in (self._socket, self._bell, self._ringer):
            end.close()


# Receiving

class Receiver:
    """Listens on a port, and gives the frames that arrive there: iterate over it.

    order           "BGR" or "RGB" turns colour frames to that; None leaves them as they came
    timeout         iteration ends when nothing has arrived for so many seconds; None waits
    latency_budget  seconds that a live frame may take before it is given up

    A background thread receives. Deliver frames wait until they are taken, and hold their sender
    back meanwhile; of live frames only the newest waits.
    """

    def __init__(self, port: int = PORT, host: str = "0.0.0.0", *, order: Optional[str] = "BGR",
                 timeout: Optional[float] = None, latency_budget: float = 0.1) -> None:
        if order not in ("BGR", "RGB", None):
            raise ValueError(f'order is "BGR", "RGB" or None, not {order!r}')
        self.latency_budget = latency_budget
        self._order, self._timeout = order, timeout
        self._entry = _Entry(host, port)
        self.port: int = self._entry.port
        self._id = secrets.randbits(64)
        self._lock = threading.Condition()
        self._streams: Dict[Tuple[Any, int], _Stream] = {}
        self._forgotten = Counters()
        self._ready: Deque[Tuple[_Stream, _Assembly]] = deque()
        self._invalid, self._echoes = 0, deque([0.0] * 64, 64)
        self._heard_at = _clock()
        self._error: Optional[PixelwireError] = None
        self._closing, self._refused = False, False
        self._thread = threading.Thread(target=self._run, name="pixelwire-receive", daemon=True)
        self._thread.start()

    @property
    def counters(self) -> Counters:
        """What has been counted so far."""
        with self._lock:
            total = _sum([self._forgotten, *(s.counters() for s in self._streams.values())])
            total.packets_invalid = self._invalid
            total.kernel_drops = (total.kernel_drops or 0) if self._entry.tells_drops else None
            return total

    def __iter__(self) -> Iterator[Frame]:
        while True:
            frame = self.next_frame(self._timeout)
            if frame is None:
                return
            yield frame

    def next_frame(self, timeout: Optional[float] = None) -> Optional[Frame]:
        """The next frame; None when nothing at all has arrived for `timeout` seconds, or after
        `close`."""
        began = _clock()
        with self._lock:
            while True:
                ready = next(((s, f) for s, f in self._ready if s.is_next(f)), None)
                if ready:
                    self._ready.remove(ready)
                    ready[0].confirm(ready[1])
                    break
                if self._error:
                    raise self._error
                silence = _clock() - max(self._heard_at, began)
                if self._closing or (timeout is not None and silence >= timeout):
                    return None
                self._lock.wait(0.5 if timeout is None else min(0.5, timeout - silence))
        return ready[0].frame(ready[1], self._order)

    def close(self) -> None:
        """Stop listening, once senders that are ending have had their last answers."""
        until = _clock() + 2
        while self._thread.is_alive() and _clock() < until and self._is_awaited():
            time.sleep(0.01)
        self._closing = True
        self._thread.join()
        self._entry.close()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _is_awaited(self) -> bool:
        now = _clock()
        with self._lock:
            return any(stream.awaits(now) for stream in self._streams.values())

    # The rest is the background thread's, under the lock.

    def _run(self) -> None:
        try:
            while not self._closing:
                with self._lock:
                    due = min((s.next_timeout() for s in self._streams.values()), default=None)
                self._entry.wait(0.05 if due is None else min(due - _clock(), 0.05))
                with self._lock:
                    self._turn()
        except OSError as error:
            with self._lock:
                self._error = PixelwireError(f"cannot receive any more: {error}: listen again")
                self._lock.notify_all()
        with self._lock:
            for stream in self._streams.values():
                stream.leave()
            self._closing = True
            self._lock.notify_all()

    def _turn(self) -> None:
        drained = False
        for _ in range(32):  # a bound, so that timeouts are seen in a flood
            arrived = self._entry.receive()
            if arrived is None:
                drained = True
                break
            self._take(*arrived)
        now = _clock()
        for stream in self._streams.values():
            stream.pass_time(now, drained)

    def _take(self, data: memoryview, segment: int, peer: Tuple[Any, ...]) -> None:
        """Take datagrams of this size that lie end to end, the last perhaps shorter."""
        now = _clock()
        while data:
            one, packets = data[:segment], 1
            if len(one) < START.size or bytes(one[:4]) != START_BYTES:
                self._invalid += 1
            elif one[4] == PROBE:
                self._echo(one, peer, now)
            else:
                try:
                    packets = self._take_packet(one, data, peer, now)
                except _Encoded as encoded:
                    self._invalid += 1
                    self._refuse(encoded)
                except (_Malformed, struct.error):
                    self._invalid += 1
            data = data[segment * packets:]

    def _refuse(self, encoded: _Encoded) -> None:
        """Say once that somebody sends what cannot be read here."""
        if not self._refused:
            self._refused = True
            warnings.warn(f"a sender compresses its frames ({encoded}), and this file reads raw "
                          "ones only: send them with --codec raw", RuntimeWarning, stacklevel=2)

    def _take_packet(self, one: memoryview, data: memoryview, peer: Tuple[Any, ...],
                     now: float) -> int:
        _, _, kind, flags, form, stream_id, number, sent_at = START.unpack_from(one)
        if not OPEN <= kind <= PARITY or number >= 1 << 63:
            raise _Malformed
        frame = _Header.read(one, kind, flags, form) if kind in (DATA, END, PARITY) else None
        key = (peer[:2], stream_id)
        stream = self._streams.get(key)
        if stream is None:
            if not self._make_room(now):
                raise _Malformed
            stream = _Stream(self, key, peer, now, self._entry.overflows)
            self._streams[key] = stream
        self._heard_at = now
        packets = 1
        if kind == DATA and frame.size(frame.index) == frame.chunk and number > stream.highest:
            packets = frame.followers(data, len(one), number)
        stream.take(kind, number, packets, frame, one, data, self._entry.overflows, now)
        return packets

    def _make_room(self, now: float) -> bool:
        if len(self._streams) < MAX_STREAMS:
            return True
        for key, stream in self._streams.items():
            if now - stream.heard_at > (2 if stream.closed_at else NO_ANSWER):
                self._forgotten = _sum([self._forgotten, stream.counters()])
                del self._streams[key]
                return True
        return False

    def _echo(self, probe: memoryview, peer: Tuple[Any, ...], now: float) -> None:
        """Answer the question whether somebody listens, 64 times a second at most."""
        if len(probe) < ECHO_BYTES or now - self._echoes[0] < 1:
            return
        self._echoes.append(now)
        start = struct.pack("<3sBBBH8s", MAGIC, VERSION, ECHO, 0, 0, bytes(probe[8:16]))
        body = struct.pack("<QII", self._id, len(probe), self._entry.buffer)
        self._entry.answer(start + body, peer)

    def answer(self, stream: _Stream, kind: int, body: bytes, flags: int = 0) -> None:
        """Send a packet back to a stream's sender (for the streams)."""
        start = ANSWER.pack(MAGIC, VERSION, kind, flags, 0, stream.key[1], self._id)
        self._entry.answer(start + body, stream.peer)

    def hand_over(self, stream: _Stream, frame: _Assembly) -> None:
        """A frame is whole (for the streams)."""
        if not frame.header.deliver:
            for old in [r for r in self._ready if r[0] is stream and not r[1].header.deliver]:
                self._ready.remove(old)
                stream.tally.frames_dropped += 1
        self._ready.append((stream, frame))
        self._lock.notify_all()

    def admits(self, stream: _Stream, header: _Header) -> bool:
        """Whether there is memory for another frame (for the streams)."""
        waiting = [f.header.length for _, f in self._ready]
        held = sum(waiting) + sum(s.open_bytes() for s in self._streams.values())
        return header.length <= MAX_FRAME and held + header.length <= MAX_OPEN_BYTES

    def waiting(self, stream: _Stream) -> int:
        """How many whole frames of a stream wait to be taken (for the streams)."""
        return sum(s is stream for s, _ in self._ready)

    @property
    def buffer(self) -> int:
        """Bytes of the socket's receive buffer."""
        return self._entry.buffer

    @property
    def tells_drops(self) -> bool:
        """Whether the system tells that the buffer has overflowed."""
        return self._entry.tells_drops


# Bytes that arrived, of each datagram among them, from whom, after so many overflows.
_Arrival = Tuple[int, int, Tuple[Any, ...], int]


class _Malformed(Exception):
    """A datagram that contradicts itself."""


class _Encoded(_Malformed):
    """A packet of a frame that is compressed, which is well, but not for us."""


@dataclass(frozen=True)
class _Header:
    """What a packet says of its frame, checked; and which payload it carries."""
    number: int
    length: int
    width: int
    height: int
    format: int
    chunk: int
    deliver: bool
    parity: bool
    index: int = field(compare=False)

    @classmethod
    def read(cls, packet: memoryview, kind: int, flags: int, form: int) -> _Header:
        number, offset, length, width, height, chunk, codec, _, _ = \
            FRAME.unpack_from(packet, START.size)
        sample, order = form & 0xff, form >> 8
        if codec in CODECS:
            raise _Encoded(CODECS[codec])
        if not (0 < sample < len(SAMPLES) and 0 < order < len(ORDERS)) or codec != 0:
            raise _Malformed
        size = width * height * CHANNELS[order] * SAMPLES[sample].itemsize
        if size != length or not 0 < length <= MAX_FRAME or chunk == 0:
            raise _Malformed
        if chunk < MIN_CHUNK and length > chunk:
            raise _Malformed
        index = offset // chunk if kind == DATA else 0
        header = cls(number, length, width, height, form, chunk, bool(flags & FLAG_DELIVER),
                     bool(flags & FLAG_PARITY), index)
        if kind == DATA and (offset % chunk or offset >= length
                             or len(packet) - HEADER.size != header.size(index)):
            raise _Malformed
        return header

    @property
    def chunks(self) -> int:
        return -(-self.length // self.chunk)

    def size(self, index: int) -> int:
        return min(self.chunk, self.length - index * self.chunk)

    def followers(self, data: memoryview, segment: int, number: int) -> int:
        """How many packets from the first one on carry full payloads in a row."""
        most = min(len(data) // segment, self.length // self.chunk - self.index)
        if most <= 1:
            return 1
        rows = np.ndarray((most,), HEADER_ROW, data, strides=(segment,))
        steps = np.arange(most)
        in_a_row = rows["number"] - rows["number"][0] == steps.astype(np.uint64)
        in_a_row &= rows["offset"] == rows["offset"][0] + steps * self.chunk
        for name in ("start", "stream", "frame"):
            in_a_row &= rows[name] == rows[name][0]
        return most if in_a_row.all() else int(np.argmin(in_a_row))


class _Stream:
    """One sender's job: its account, its frames, and what it is answered."""

    def __init__(self, receiver: Receiver, key: Tuple[Any, int], peer: Tuple[Any, ...],
                 now: float, overflows: int) -> None:
        self.receiver, self.key, self.peer = receiver, key, peer
        self.name, self.deliver, self.opened = str(peer[0]), False, False
        self.heard_at = self._highest_at = now
        self.closed_at: Optional[float] = None
        self.tally = Counters(kernel_drops=0)
        self.highest = -1
        self._first: Optional[int] = None
        self._seen = np.zeros(SEEN, bool)
        self._overflows = overflows
        self._round_trip: Optional[float] = None
        self._open: Dict[int, _Assembly] = {}
        self._ended: Dict[int, bool] = {}  # frames that are over, and whether they were whole
        self._over_below = self._next_in_turn = 0
        self._newest = -1
        self._unreported = 0
        self._report_due: Optional[float] = None

    def counters(self) -> Counters:
        total = Counters(**asdict(self.tally))
        if self._first is not None:
            total.packets_expected = self.highest - self._first + 1
        total.packets_lost = total.packets_expected - total.packets_received
        return total

    def open_bytes(self) -> int:
        return sum(frame.header.length for frame in self._open.values())

    def take(self, kind: int, number: int, packets: int, header: Optional[_Header],
             packet: memoryview, data: memoryview, overflows: int, now: float) -> None:
        """Take a packet, or several data packets in a row."""
        self.heard_at = now
        self._blame_overflow(number, overflows)
        if not self._observe(number, packets, now) and kind in (DATA, PARITY):
            return
        if self._report_due is None:
            self._report_due = now + REPORT_DELAY
        body = packet[START.size:]
        if kind == OPEN:
            self._take_open(body, packet[5], now)
        elif kind == DATA:
            self._take_payloads(header, packets, len(packet), data, packet[5], now)
        elif kind == PARITY:  # others can restore from it; we ask again
            self._unreported += len(body)
        elif kind == END:
            self._take_end(header, packet[HEADER.size:], now)
        elif kind == GONE:
            self._give_up(struct.unpack_from("<I", body)[0])
        elif kind == CLOSE:
            for number in list(self._open):
                self._give_up(number)
            self.closed_at = now
            self.receiver.answer(self, CLOSED, struct.pack("<Q", self.highest))

    def _observe(self, number: int, packets: int, now: float) -> bool:
        """Count packet numbers that arrived; whether they are new."""
        self._first = number if self._first is None else self._first
        places = np.arange(number, number + packets) % SEEN
        if number > self.highest:
            passed = np.arange(max(self.highest + 1, number - SEEN + 1), number) % SEEN
            self._seen[passed] = False
            self.highest, self._highest_at = number + packets - 1, now
        elif self.highest - number >= SEEN or self._seen[places[0]]:
            self.tally.packets_duplicate += 1
            return False
        else:
            self._first = min(self._first, number)
            self.tally.packets_reordered += 1
        self._seen[places] = True
        self.tally.packets_received += packets
        return True

    def _blame_overflow(self, number: int, overflows: int) -> None:
        """The gap before a packet that was queued after an overflow is what that took."""
        if overflows != self._overflows and number > self.highest >= 0:
            self._overflows = overflows
            self.tally.kernel_drops += number - self.highest - 1

    def _take_open(self, body: memoryview, flags: int, now: float) -> None:
        first, round_trip, length = struct.unpack_from("<QIB", body)
        if first <= self.highest:
            self._first = min(self._first, first)
        self.opened, self.deliver = True, bool(flags & FLAG_DELIVER)
        self._note_round_trip(round_trip)
        self.name = bytes(body[13:13 + length]).decode(errors="replace") or self.name
        self._report_due = now

    def _note_round_trip(self, micros: int) -> None:
        self._round_trip = micros / 1e6 if micros else self._round_trip

    def _take_payloads(self, header: _Header, packets: int, segment: int, data: memoryview,
                       flags: int, now: float) -> None:
        rows = np.frombuffer(data[:segment * packets], np.uint8).reshape(packets, segment)
        rows = rows[:, HEADER.size:]
        self.tally.bytes_received += rows.size
        self._unreported += rows.size
        if self._unreported >= MOST_UNREPORTED:
            self._report(now)
        if not flags & FLAG_RESEND:
            for number, frame in self._open.items():
                if number < header.number:
                    frame.all_sent(now)
        frame = self._assembly(header, now)
        if frame is None:
            self.tally.packets_late += packets
            return
        placed = frame.place(header.index, rows, now)
        self.tally.packets_late += packets - placed
        if flags & FLAG_RESEND:
            frame.recovered += placed
            self.tally.packets_recovered += placed
        self._finish_if_whole(frame, now)

    def _take_end(self, header: _Header, body: memoryview, now: float) -> None:
        digest, round_trip, oldest, length = struct.unpack_from("<QIIB", body)
        self._note_round_trip(round_trip)
        self._next_in_turn = max(self._next_in_turn, min(oldest, header.number))
        self._report_due = now
        frame = self._assembly(header, now)
        if frame:
            frame.all_sent(now)
            frame.digest = digest
            frame.name = bytes(body[17:17 + length]).decode(errors="replace")
            self._finish_if_whole(frame, now)
        elif header.number in self._ended:
            whole = self._ended[header.number]
            answer = struct.pack("<IQ", header.number, digest)
            self.receiver.answer(self, COMPLETE if whole else ABANDONED,
                                 answer if whole else answer[:4])

    def _assembly(self, header: _Header, now: float) -> Optional[_Assembly]:
        """The frame under way, begun now if it is new; None when it is over or has no room."""
        frame = self._open.get(header.number)
        if frame:
            return frame if frame.header == header else None
        overtaken = not header.deliver and header.number <= self._newest
        waits = any(s is self and f.header.number == header.number
                    for s, f in self.receiver._ready)
        if overtaken or waits or header.number < self._over_below or header.number in self._ended:
            return None
        most = 2 if header.length > LARGE_FRAME else 4
        while len(self._open) + self.receiver.waiting(self) >= most:
            oldest = min(self._open, default=header.number)
            if header.deliver or oldest >= header.number:
                return None
            self._give_up(oldest)
        if not self.receiver.admits(self, header):
            return None
        self.deliver = header.deliver
        self._open[header.number] = frame = _Assembly(header, now)
        return frame

    def _finish_if_whole(self, frame: _Assembly, now: float) -> None:
        if frame.placed < frame.header.chunks or (frame.digest is None and frame.header.deliver):
            return
        if frame.digest is not None and xxh3_64(frame.pixels) != frame.digest:
            frame.start_again(now)
            return
        number = frame.header.number
        del self._open[number]
        if not frame.header.deliver:
            for older in [other for other in self._open if other < number]:
                self._give_up(older)
            self._newest = number
        self.receiver.hand_over(self, frame)

    def is_next(self, frame: _Assembly) -> bool:
        """Whether all deliver frames before it have ended."""
        while self._next_in_turn in self._ended:
            self._next_in_turn += 1
        return not frame.header.deliver or frame.header.number <= self._next_in_turn

    def confirm(self, frame: _Assembly) -> None:
        """The frame was taken: its sender may know."""
        self.tally.frames_complete += 1
        self._remember(frame.header.number, True)
        if frame.digest is not None:
            body = struct.pack("<IQ", frame.header.number, frame.digest)
            self.receiver.answer(self, COMPLETE, body)

    def _remember(self, number: int, whole: bool) -> None:
        self._ended[number] = whole
        if len(self._ended) > ENDED:
            self._over_below = min(self._ended) + 1
            del self._ended[self._over_below - 1]

    def _give_up(self, number: int) -> None:
        if self._open.pop(number, None):
            self.tally.frames_incomplete += 1
            self._remember(number, False)
            self.receiver.answer(self, ABANDONED, struct.pack("<I", number))

    def next_timeout(self) -> float:
        due = [frame.next_request() for frame in self._open.values()]
        due += [self._deadline(frame) for frame in self._open.values()]
        return min(due + ([] if self._report_due is None else [self._report_due]), default=1e18)

    def _deadline(self, frame: _Assembly) -> float:
        if frame.header.deliver:
            return self.heard_at + NO_ANSWER
        return frame.began + self.receiver.latency_budget

    def pass_time(self, now: float, drained: bool) -> None:
        """Do what is due: deadlines, requests, reports."""
        for number in [n for n, frame in self._open.items() if self._deadline(frame) <= now]:
            self._give_up(number)
        for frame in self._open.values():
            if frame.next_request() <= now:
                self._request(frame, now)
        if drained and self._unreported >= REPORT_BYTES or \
                self._report_due is not None and self._report_due <= now:
            self._report(now)

    def _request(self, frame: _Assembly, now: float) -> None:
        trip = self._round_trip
        runs = frame.requests(now, 0.01 if trip is None else 1.5 * trip + REORDER_GRACE)
        if not frame.header.deliver and now + (trip or 0) > self._deadline(frame):
            return  # what cannot arrive in time is not worth the way
        for at in range(0, len(runs), MAX_RANGES):
            some = runs[at:at + MAX_RANGES]
            body = struct.pack("<IH", frame.header.number, len(some))
            body += b"".join(struct.pack("<II", first, end - first) for first, end in some)
            self.receiver.answer(self, RESEND, body)

    def _report(self, now: float) -> None:
        self._report_due, self._unreported = None, 0
        drops = self.tally.kernel_drops if self.receiver.tells_drops else UNKNOWN
        hold = max(int((now - self._highest_at) * 1e6), 0)
        body = REPORT_BODY.pack(self.highest, hold, self.receiver.buffer,
                                self.tally.packets_received, drops)
        self.receiver.answer(self, REPORT, body, int(self.opened))

    def awaits(self, now: float) -> bool:
        """Whether the sender may still ask for an answer that was lost."""
        if self.closed_at is not None:
            return now - self.closed_at < 0.25
        return self.deliver and not self._open and now - self.heard_at < 0.5

    def leave(self) -> None:
        """Tell the sender that nobody listens any more."""
        if self.closed_at is None:
            self.receiver.answer(self, LEAVE, b"")

    def frame(self, whole: _Assembly, order: Optional[str]) -> Frame:
        header = whole.header
        array, order = _from_wire(whole.pixels, header, order)
        return Frame(array, order, whole.name, header.number, self.key[1], self.name, self.peer,
                     "deliver" if header.deliver else "live", whole.digest, header.chunks,
                     whole.recovered)


class _Assembly:
    """A frame that is being put together: gaps become requests after a grace."""

    def __init__(self, header: _Header, now: float) -> None:
        self.header, self.began = header, now
        self.pixels = np.empty(header.length, np.uint8)
        self.placed = self.recovered = 0
        self.digest: Optional[int] = None
        self.name = ""
        self._have = np.zeros(header.chunks, bool)
        self._next = 0  # payloads from here on have not been seen
        self._fresh: Deque[Tuple[float, int, int]] = deque()
        self._asked: Deque[Tuple[float, int, int]] = deque()

    def place(self, index: int, rows: np.ndarray, now: float) -> int:
        """Place payloads in a row; how many of them were missing."""
        count, chunk = len(rows), self.header.chunk
        there = int(np.count_nonzero(self._have[index:index + count]))
        if there == count:
            return 0
        self._miss_until(index, now)
        self._next = max(self._next, index + count)
        end = min((index + count) * chunk, self.header.length)
        self.pixels[index * chunk:end].reshape(rows.shape)[...] = rows
        self._have[index:index + count] = True
        self.placed += count - there
        return count - there

    def all_sent(self, now: float) -> None:
        """Everything has left its sender once: what has not come is missing."""
        self._miss_until(self.header.chunks, now)
        self._next = self.header.chunks

    def _miss_until(self, index: int, now: float) -> None:
        if index > self._next:
            self._fresh.append((now + REORDER_GRACE, self._next, index))

    def start_again(self, now: float) -> None:
        """Forget all payloads: together they were not what the sender digested."""
        self._have[:], self.placed = False, 0
        self._fresh, self._asked = deque([(now, 0, self.header.chunks)]), deque()

    def next_request(self) -> float:
        return min((queue[0][0] for queue in (self._fresh, self._asked) if queue), default=1e18)

    def requests(self, now: float, patience: float) -> List[Tuple[int, int]]:
        """The missing runs that are due, to be asked for again after `patience`."""
        runs: List[Tuple[int, int]] = []
        for queue in (self._fresh, self._asked):
            while queue and queue[0][0] <= now:
                _, first, end = queue.popleft()
                edges = np.flatnonzero(np.diff(self._have[first:end], prepend=True, append=True))
                runs += [(first + a, first + b) for a, b in edges.reshape(-1, 2).tolist()]
        self._asked.extend((now + patience, first, end) for first, end in runs)
        return runs


class _Entry:
    """The receiver's socket.

    Datagrams of one size are gathered end to end, so that whole trains are handled at once; on
    Linux the system gathers, too.
    """

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            raise PixelwireError(
                f"cannot listen on {host}, port {port}: {error}: close what listens there "
                "(a Pixelwire window?) or choose another port") from error
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self.buffer = _enlarge(self._socket, socket.SO_RCVBUF)
        self.tells_drops = self._ask_for(socket.SOL_SOCKET, SO_RXQ_OVFL)
        self._ask_for(socket.IPPROTO_UDP, UDP_GRO)
        self.overflows = 0
        self._memory = memoryview(bytearray(4 * 65536))
        self._kept: Optional[Tuple[int, _Arrival]] = None  # belongs to no train before it

    def _ask_for(self, level: int, option: int) -> bool:
        if not LINUX:
            return False
        try:
            self._socket.setsockopt(level, option, 1)
        except OSError:
            return False
        return True

    def receive(self) -> Optional[Tuple[memoryview, int, Tuple[Any, ...]]]:
        """Datagrams end to end, the size of each, and who sent them; None when none waits."""
        first = self._first()
        if first is None:
            return None
        end, segment, peer, self.overflows = first
        if end == segment:
            while end + 65536 <= len(self._memory):
                more = self._receive_at(end)
                if more is None:
                    break
                if more[0] != more[1] or more[0] > segment or more[2:] != first[2:]:
                    self._kept = end, more
                    break
                end += more[0]
                if more[0] < segment:
                    break
        return self._memory[:end], max(segment, 1), peer

    def _first(self) -> Optional[_Arrival]:
        if self._kept is None:
            return self._receive_at(0)
        (at, kept), self._kept = self._kept, None
        self._memory[:kept[0]] = bytes(self._memory[at:at + kept[0]])
        return kept

    def _receive_at(self, at: int) -> Optional[_Arrival]:
        try:
            if not LINUX:
                size, peer = self._socket.recvfrom_into(self._memory[at:])
                return size, size, peer, 0
            size, notes, _, peer = self._socket.recvmsg_into([self._memory[at:]], 128)
        except (BlockingIOError, ConnectionError):
            return None  # on Windows also: a sender whom we answered has left
        segment, overflows = size, 0
        for level, kind, value in notes:
            if kind == UDP_GRO and level == socket.IPPROTO_UDP:
                segment = struct.unpack_from("=i", value)[0]
            elif kind == SO_RXQ_OVFL and level == socket.SOL_SOCKET:
                overflows = struct.unpack_from("=I", value)[0]
        return size, segment, peer, overflows

    def answer(self, packet: bytes, peer: Tuple[Any, ...]) -> None:
        try:
            self._socket.sendto(packet, peer)
        except OSError:
            pass  # as good as lost on the way: it will be asked for again

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            select.select([self._socket], [], [], seconds)

    def close(self) -> None:
        self._socket.close()


# Pixels and bytes

def _to_wire(array: np.ndarray, order: str) -> Tuple[int, np.ndarray]:
    """The number of the pixel format, and a copy of the array as it goes on the wire."""
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or not 1 <= array.shape[2] <= 4 or array.size == 0:
        raise ValueError("an image is rows x columns, or rows x columns x 1, 2, 3 or 4 channels, "
                         f"and not empty; this array is {'x'.join(map(str, array.shape))}")
    sample = array.dtype.newbyteorder("<")
    if sample not in SAMPLES[1:]:
        raise ValueError(f"{array.dtype} cannot be sent: use array.astype() with an integer type, "
                         "float32 or float64")
    channels = array.shape[2]
    name = {1: "Mono", 2: "MonoA", 3: order, 4: order + "A"}[channels]
    return ORDERS.index(name) << 8 | SAMPLES.index(sample, 1), np.array(array, sample, order="C")


def _from_wire(pixels: np.ndarray, header: _Header,
               wanted: Optional[str]) -> Tuple[np.ndarray, str]:
    """The pixels as an array, and the order of its channels."""
    sample, order = SAMPLES[header.format & 0xff], ORDERS[header.format >> 8]
    channels = CHANNELS[header.format >> 8]
    array = pixels.view(sample).reshape(header.height, header.width, channels)
    if channels >= 3 and wanted and order[:3] != wanted:
        turned = np.empty_like(array)
        for to, channel in enumerate([2, 1, 0, 3][:channels]):
            turned[:, :, to] = array[:, :, channel]
        array, order = turned, wanted + order[3:]
    return (array[:, :, 0] if channels == 1 else array), order


def _text(text: str) -> bytes:
    """A length byte and at most 120 bytes, cut between characters."""
    cut = text.encode(errors="replace")[:120].decode(errors="ignore").encode()
    return bytes([len(cut)]) + cut


def _micros(now: float) -> int:
    return int(now * 1e6) & 0xffffffff


def _sum(counters: List[Counters]) -> Counters:
    rows = [asdict(one) for one in counters]
    return Counters(**{name: sum(row[name] or 0 for row in rows) for name in rows[0]})


def _enlarge(sock: socket.socket, option: int) -> int:
    """Ask for the largest buffer that the system gives; its size in bytes."""
    for size in (8 << 20, 4 << 20, 1 << 20, 256 << 10):
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, size)
            break
        except OSError:
            continue
    return sock.getsockopt(socket.SOL_SOCKET, option)


def xxh3_64(data: Any) -> int:
    """XXH3 with 64 bits of any bytes or array, as in the reference (seed 0)."""
    data = np.frombuffer(data, np.uint8) if not isinstance(data, np.ndarray) else data
    data = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
    if data.size <= 240:
        return _xxh3_short(data.tobytes())
    blocks = (data.size - 1) // 1024
    state = _spread(np.array([XXH_START], np.uint64))
    state = int.from_bytes(state, "little")
    # Within a block of 16 stripes the sum is free of order, so numpy takes many blocks at once;
    # between blocks the 8 lanes are stirred in turn, as one integer with 96 bits for each.
    for first in range(0, blocks, 256):
        some = data[first * 1024:min(first + 256, blocks) * 1024].view("<u8").reshape(-1, 16, 8)
        sums = _spread(_stripes(some, XXH_KEYS[:16]))
        for at in range(0, len(sums), 96):
            state = (state + int.from_bytes(sums[at:at + 96], "little")) & XXH_LANES
            state = (state ^ ((state >> 47) & XXH_LOW17) ^ XXH_STIR) * XXH_P32_1
    rest = (data.size - 1) // 64 - blocks * 16
    tail = data[blocks * 1024:blocks * 1024 + rest * 64].view("<u8").reshape(1, rest, 8)
    last = data[-64:].view("<u8").reshape(1, 1, 8)
    end = _stripes(tail, XXH_KEYS[:rest]) + _stripes(last, _words(XXH_SECRET[121:185]))
    state = (state + int.from_bytes(_spread(end), "little")) & XXH_LANES
    lanes = [state >> 96 * lane & M64 for lane in range(8)]
    keys = _words(XXH_SECRET[11:75]).tolist()
    folded = (_fold(lanes[i] ^ keys[i], lanes[i + 1] ^ keys[i + 1]) for i in range(0, 8, 2))
    return _avalanche(data.size * XXH_P64[0] + sum(folded))


def _stripes(values: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """What the stripes of each block add to the 8 lanes."""
    high = values ^ keys
    low = high & np.uint64(0xffffffff)
    high >>= np.uint64(32)
    high *= low
    return (np.add.reduce(high, axis=1, dtype=np.uint64)
            + np.add.reduce(values, axis=1, dtype=np.uint64)[:, [1, 0, 3, 2, 5, 4, 7, 6]])


def _spread(lanes: np.ndarray) -> bytes:
    """Rows of 8 lanes with 32 zero bits after each, so that a product does not reach the next."""
    out = np.zeros((len(lanes), 8, 3), "<u4")
    out[:, :, :2] = lanes.astype("<u8").view("<u4").reshape(-1, 8, 2)
    return out.tobytes()


def _xxh3_short(data: bytes) -> int:
    size, secret = len(data), XXH_SECRET

    def word(source: bytes, at: int, count: int = 8) -> int:
        return int.from_bytes(source[at:at + count], "little")

    def mix(at: int, key: int) -> int:
        return _fold(word(data, at) ^ word(secret, key), word(data, at + 8) ^ word(secret, key + 8))

    if size > 128:
        total = _avalanche(size * XXH_P64[0] + sum(mix(16 * i, 16 * i) for i in range(8)))
        total += sum(mix(16 * i, 16 * i - 125) for i in range(8, size // 16))
        return _avalanche(total + mix(size - 16, 119))
    if size > 16:
        total = size * XXH_P64[0]
        for i in range((size - 1) // 32 + 1):
            total += mix(16 * i, 32 * i) + mix(size - 16 * (i + 1), 32 * i + 16)
        return _avalanche(total)
    if size > 8:
        low = word(data, 0) ^ word(secret, 24) ^ word(secret, 32)
        high = word(data, size - 8) ^ word(secret, 40) ^ word(secret, 48)
        swapped = int.from_bytes(low.to_bytes(8, "little"), "big")
        return _avalanche(size + swapped + high + _fold(low, high))
    if size > 3:
        key = word(secret, 8) ^ word(secret, 16)
        value = (word(data, size - 4, 4) + (word(data, 0, 4) << 32)) ^ key
        value ^= (value << 49 | value >> 15) & M64 ^ (value << 24 | value >> 40) & M64
        value = value * 0x9fb21c651e98df25 & M64
        value = (value ^ (value >> 35) + size) * 0x9fb21c651e98df25 & M64
        return value ^ value >> 28
    if size > 0:
        value = data[0] << 16 | data[size >> 1] << 24 | data[-1] | size << 8
        value ^= word(secret, 0, 4) ^ word(secret, 4, 4)
    else:
        value = word(secret, 56) ^ word(secret, 64)
    value = (value ^ value >> 33) * XXH_P64[1] & M64
    value = (value ^ value >> 29) * XXH_P64[2] & M64
    return value ^ value >> 32


def _fold(a: int, b: int) -> int:
    product = a * b
    return (product ^ product >> 64) & M64


def _avalanche(value: int) -> int:
    value &= M64
    value = (value ^ value >> 37) * 0x165667919e3779f9 & M64
    return value ^ value >> 32


def _words(secret: bytes) -> np.ndarray:
    return np.frombuffer(secret, "<u8").astype(np.uint64)


# The wire; integers are little-endian, and the Rust module wire::pixelwire explains each field.

MAGIC, VERSION = b"PXW", 1
START_BYTES = MAGIC + bytes([VERSION])
START = struct.Struct("<3sBBBHQQI")    # magic, version, kind, flags, format, stream, number, time
CODECS = {1: "lossless", 2: "jpeg"}  # what others know; 0 is raw
FRAME = struct.Struct("<IIIIIHBBI")    # number, offset, length, width, height, chunk, codec, ...
HEADER = struct.Struct("<56s")
ANSWER = struct.Struct("<3sBBBHQQ")    # ..., stream, receiver
REPORT_BODY = struct.Struct("<QIIQQ")  # highest, hold, buffer, received, kernel drops
HEADER_ROW = np.dtype([
    ("start", "<u8"), ("stream", "<u8"), ("number", "<u8"), ("sent_at", "<u4"), ("frame", "<u4"),
    ("offset", "<u4"), ("length", "<u4"), ("width", "<u4"), ("height", "<u4"), ("chunk", "<u2"),
    ("codec", "u1"), ("block", "u1"), ("age", "<u4")])
OPEN, DATA, END, CLOSE, GONE, PARITY, PROBE = range(1, 8)
REPORT, RESEND, COMPLETE, ABANDONED, CLOSED, LEAVE, ECHO = range(0x81, 0x88)
FLAG_RESEND, FLAG_DELIVER, FLAG_PARITY = 1, 2, 4
UNKNOWN = M64 = (1 << 64) - 1
MAX_RANGES, MIN_CHUNK, MAX_CHUNK, ECHO_BYTES = 160, 256, 65507 - HEADER.size, 32

ORDERS = ["", "Mono", "MonoA", "RGB", "BGR", "RGBA", "BGRA"]
CHANNELS = [0, 1, 2, 3, 3, 4, 4]
SAMPLES = [None] + [np.dtype(name) for name in
                    ("u1", "<u2", "<u4", "<u8", "i1", "<i2", "<i4", "<i8", "<f4", "<f8")]

# Limits, as in the Pixelwire program: bytes, seconds and counts.

MAX_FRAME, MAX_OPEN_BYTES, MAX_STREAMS = 512 << 20, 1 << 30, 16
LARGE_FRAME, HUGE_FRAME = 16 << 20, 64 << 20   # two or one of these on the way at once
NO_ANSWER, CLOSE_PATIENCE, LATENCY_BUDGET, REORDER_GRACE = 10, 5, 0.1, 0.001
REPORT_BYTES, MOST_UNREPORTED, REPORT_DELAY = 16 << 10, 128 << 10, 0.004
RESEND_BUDGET = 16            # resends of each packet on average, before a frame is given up
SEEN, ENDED = 1 << 16, 1024   # packet numbers and ended frames that are remembered
BURST, TRAIN, MOST_SEGMENTS = 65_536, 65_507, 64
BLIND_RATE = 12.5e6           # bytes a second before any round trip is known

LINUX = sys.platform.startswith("linux")
UDP_SEGMENT, UDP_GRO, SO_RXQ_OVFL = 103, 104, 40
PASSING = (errno.ENOBUFS, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINTR)

XXH_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
    "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
    "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
XXH_P32_1 = 0x9e3779b1
XXH_P64 = [0x9e3779b185ebca87, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9, 0x85ebca77c2b2ae63,
           0x27d4eb2f165667c5]
XXH_START = [0xc2b2ae3d, *XXH_P64[:4], 0x85ebca77, XXH_P64[4], XXH_P32_1]
XXH_KEYS = np.lib.stride_tricks.as_strided(_words(XXH_SECRET), (17, 8), (8, 8))
XXH_LANES = sum(M64 << 96 * lane for lane in range(8))
XXH_LOW17 = sum(0x1ffff << 96 * lane for lane in range(8))
XXH_STIR = int.from_bytes(_spread(_words(XXH_SECRET[128:192]).reshape(1, 8)), "little")

_clock = time.perf_counter


# The command line, for trying

def main() -> None:
    """Send a .npy file, or print (and keep) what arrives."""
    parser = argparse.ArgumentParser(description="Send and receive images with Pixelwire.")
    commands = parser.add_subparsers(dest="command", required=True)
    sending = commands.add_parser("send", help="send an array that numpy.save wrote")
    sending.add_argument("image", help="a .npy file")
    sending.add_argument("host")
    sending.add_argument("--port", type=int, default=PORT)
    sending.add_argument("--mode", choices=["deliver", "live"], default="deliver")
    receiving = commands.add_parser("receive", help="print what arrives")
    receiving.add_argument("--port", type=int, default=PORT)
    receiving.add_argument("--save", metavar="FOLDER", help="keep each frame there as .npy")
    options = parser.parse_args()
    try:
        if options.command == "send":
            array = np.load(options.image)
            print(send(array, options.host, options.port, options.mode,
                       name=os.path.basename(options.image)))
        else:
            _print_frames(options.port, options.save)
    except (PixelwireError, OSError, ValueError) as error:
        sys.exit(f"pixelwire.py: {error}")
    except KeyboardInterrupt:
        pass


def _print_frames(port: int, folder: Optional[str]) -> None:
    for count, frame in enumerate(frames(port)):
        shape = "x".join(map(str, frame.array.shape))
        digest = "" if frame.digest is None else f"{frame.digest:016x}"
        print(f"{frame.sender} frame {frame.number} {frame.name!r}: {shape} {frame.array.dtype} "
              f"{frame.order} {digest}", flush=True)
        if folder:
            os.makedirs(folder, exist_ok=True)
            np.save(os.path.join(folder, f"frame-{count:06}.npy"), frame.array)


if __name__ == "__main__":
    main()
