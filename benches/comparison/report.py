"""The figures of all rounds as Markdown, and where it stands in the README."""

import math
import os
import platform
from pathlib import Path
from statistics import median

from comparison.peers import FRAME_BYTES

BEGIN = "<!-- speed: begin -->"
END = "<!-- speed: end -->"

# A figure's name, what is said of it, and which bare loop it is measured against.
CONTESTANTS = [
    ("bare 1448", "bare loop, 1,448-byte segments (unverified)", "bare 1448"),
    ("bare 65000", "bare loop, 65,000-byte segments (unverified)", "bare 65000"),
    ("pixelwire 1400", "**Pixelwire**, 1,400-byte chunks, every frame verified", "bare 1448"),
    ("pixelwire default", "**Pixelwire**, default chunk, every frame verified", "bare 65000"),
    ("pattern 1400", "1,400-byte chunks of a moving pattern, drawn meanwhile", "bare 1448"),
    ("pattern default", "the same, default chunk", "bare 65000"),
    ("imagezmq", "imageZMQ, requests and replies (TCP)", "bare 65000"),
    ("gstreamer 1400", "GStreamer `rtpvrawpay mtu=1400` (unverified)", "bare 1448"),
    ("gstreamer 65000", "GStreamer `rtpvrawpay mtu=65000` (unverified)", "bare 65000"),
    ("iperf3", "`iperf3 -u -l 1472 -b 0`, what arrives", "bare 1448"),
]

# What either side may hold: so many frames and so many bytes.
FRAMES_HELD = 3
BYTES_HELD = 64 << 20


class Figures:
    """Every figure of every round, by name."""

    def __init__(self):
        self._rounds = []

    def begin_round(self):
        """What is added from now on belongs to a new round."""
        self._rounds.append({})

    def add(self, figures: dict):
        """Takes the figures of one contestant."""
        self._rounds[-1].update(figures)

    def median(self, name: str):
        """The middle of all rounds; `None` for what was not measured."""
        values = self._all(name)
        return median(values) if values else None

    def most(self, beginning: str):
        """The largest figure of all rounds whose name begins so."""
        figures = [figure for figures in self._rounds for figure in figures.items()]
        return max(value for name, value in figures if name.startswith(beginning))

    def ratio(self, name: str, beside: str):
        """The middle of the ratios of the single rounds."""
        both = [figures for figures in self._rounds if name in figures and beside in figures]
        return median(figures[name] / figures[beside] for figures in both) if both else None

    def _all(self, name: str) -> list:
        return [figures[name] for figures in self._rounds if name in figures]


def markdown(figures: Figures, sizes: list, latencies: list, live: tuple, rounds: int) -> str:
    """All tables."""
    of_rounds = f"medians of {rounds} rounds" if rounds > 1 else "one round"
    parts = [
        f"{machine()}; {of_rounds}:",
        _goodput(figures),
        _remarks(figures, latencies, live),
        _cost(figures, sizes),
    ]
    return "\n\n".join(parts)


def machine() -> str:
    """What it was measured on, as far as this system tells."""
    processor, virtual = platform.machine(), False
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = dict(
            (part.strip() for part in line.split(":", 1))
            for line in cpuinfo.read_text().splitlines()
            if ":" in line
        )
        processor = lines.get("model name", processor)
        virtual = "hypervisor" in lines.get("flags", "").split()
    place = " of a virtual machine" if virtual else ""
    release = ".".join(platform.release().split(".")[:2])
    return f"{os.cpu_count()} cores{place} ({processor}), {platform.system()} {release}"


def update_readme(readme: Path, text: str):
    """Puts the text between its two markers."""
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{readme} has no place for the tables: {BEGIN} and {END} are missing")
    readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def percentile(values: list, share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


def _goodput(figures: Figures) -> str:
    rows = []
    for name, words, limit in CONTESTANTS:
        rate = figures.median(name)
        if rate is None:
            rows.append([words, "not measured", "", "", ""])
            continue
        ratios = [figures.ratio(name, limit), figures.ratio(name, "imagezmq")]
        frames = f"{rate * 1e6 / FRAME_BYTES:,.0f}"
        rows.append([words, f"{rate:,.0f}", frames, *(_times(ratio) for ratio in ratios)])
    head = ["over loopback", "MB/s", "1080p frames/s", "to the bare loop", "to imageZMQ"]
    return _table(head, rows)


def _remarks(figures: Figures, latencies: list, live: tuple) -> str:
    fps, count = live
    lines = [f"- Pixelwire sent {figures.most('resent'):.3%} of its packets again in its worst job."]
    if latencies:
        middle, late = (percentile(latencies, share) / 1e3 for share in (0.5, 0.99))
        lines.append(
            f"- Live, 1080p at {fps} frames a second for {count / fps:.0f} s: {len(latencies)} of"
            f" {count} frames whole; from first packet to whole frame {middle:.1f} ms in the"
            f" median, {late:.1f} ms at the 99th percentile."
        )
    lost = figures.median("iperf3 lost")
    if lost is not None:
        lines.append(f"- `iperf3` lost {lost:.0%} of what it sent.")
    return "\n".join(lines)


def _cost(figures: Figures, sizes: list) -> str:
    rows = []
    for width, height in sizes:
        name = f"{width}x{height}"
        ends = ("sender", "receiver")
        cpu = [f"{figures.median(f'{end} cpu {name}'):.2f}" for end in ends]
        peak = [f"{figures.most(f'{end} peak {name}') / 2**20:,.0f}" for end in ends]
        allowed = (FRAMES_HELD * width * height + BYTES_HELD) / 2**20
        rows.append([f"{name} grey", *cpu, *peak, f"{allowed:,.0f}"])
    head = ["default chunk", "sender, CPU s/GB", "receiver, CPU s/GB"]
    head += ["sender, peak MiB", "receiver, peak MiB", f"{FRAMES_HELD} frames + 64 MiB"]
    return _table(head, rows)


def _times(ratio) -> str:
    return "" if ratio is None else f"{ratio:.2f} x"


def _table(head: list, rows: list) -> str:
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *rows])
