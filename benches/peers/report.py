"""Tells what was measured, as RESULTS.md and pictures."""

import dataclasses
import math
import os
import pathlib
import platform
import re

import plots
from results import table

MAC, OURS = "mac", "embedded-jwt"
WAYS_OF = ("typical", "large")

TEXT = """\
# What a verification takes, compared

Written by `benches/peers/run`, on {machine}.
rustc {compiler}, opt-level 3, fat LTO, one codegen unit, and no `target-cpu`: what a CPU has beyond the least of its
kind is used where a library looks for it at run time.

## Beside other libraries

Time, in multiples of that of the bare MAC, and allocations. Less is better.

{comparison}

![Time of a verification](speed.svg)

- All verify the same HS256 tokens with a key that was made beforehand: signature, `iss`, `aud`, `exp` and `nbf`, the last two
  with a leeway of 60 s. All hand `sub` and `uses` to the caller. Before they are timed, each has to accept these tokens,
  and to refuse six that break a rule each.
- **bare MAC** is `hmac` and `sha2` over the same bytes with a prepared key. It compares nothing and reads nothing.
- embedded-jwt and the bare MAC keep the hash states of their key. The peers keep its bytes, and compute the states for each
  token: two compressions more. Their interfaces have nothing else.
- embedded-jwt decodes the payload while it computes the MAC: with SHA instructions a CPU has room for that. With the hash
  in software it gains nothing, and loses the little that it takes to go from one to the other. The tokens have the header
  `{{"alg":"HS256","typ":"JWT"}}`, which it copies and need not parse. Another takes longer: it is decoded, and if rarer still, parsed.
- embedded-jwt reads `sub` and `uses` one by one, the peers into a struct.
- jsonwebtoken reads the clock; all others are told the time.
- jwt-compact has no rules for `iss` and `aud`: they are compared behind it.
- jwt-simple takes its rules by value: they are cloned for each token. It brings its own SHA-256, which does not look for
  the CPU's SHA instructions.
- Another build of the same source, in another folder for example, can differ by some 3 %, large tokens by 5 %: how code is laid out in memory has
  its effect on times this short.
- **Time** is what a tenth of {rounds} rounds stay below, which {processes} processes share, for other work on a machine
  only adds to it. In each round each case has its turn of 0.2 ms with each token.

## In other ways

Time of embedded-jwt, to that for the same token, at once, compact, and with `sub` and `uses` read one by one as above.

{ways}

- **struct**: `sub` and `uses` are read into a struct, as the peers do, for which all of the claims set is walked through.
- **pieces**: the token arrives in pieces of 64 bytes.
- **escaped**: other `sub`, `scope` and `name`, with six characters that JSON can escape, and all six are.
- **spaced**: a space behind each comma and each colon, 23 of them in the typical token, one in seven bytes of the large one.
  Each space moves what stands before it, which a CPU with SHA instructions notices beside so quick a MAC.

## Throughput

![Throughput](throughput.svg)

Left: what a byte costs, for tokens of 128 bytes to 64 KiB; from 512 bytes on they hold an array of objects that fills
them. Right: how many times as many verifications there are in a second if threads share a verifier, up to one for each
core, in the best of {thread_rounds} rounds for each.

{sizes}

{threads}

## Instructions

What no other work on a machine can touch: `benches/peers/run --instructions` counts them, with a SHA-256 that has no help
of the CPU. [instructions.tsv](instructions.tsv) has what they are held to, within 1 %.
"""


@dataclasses.dataclass
class Row:
    """A token and a case, with the name that tables and pictures show."""

    token: str
    case: str
    ns: float
    mac_ratio: float
    allocations: int


@dataclasses.dataclass
class Results:
    rows: list
    ways: dict  # by name, the times of other ways for the typical and the large token
    sizes: dict  # by case, the ns that a byte takes by length
    threads: dict  # by number, throughput in multiples of that of one
    good: dict  # the tokens that are compared
    compiler: str
    processes: int
    rounds: int

    def comparison(self):
        lines = []
        for case in dict.fromkeys(row.case for row in self.rows):
            rows = [row for row in self.rows if row.case == case]
            name = {MAC: "bare MAC", OURS: f"**{OURS}**"}.get(case, re.sub(r"\((.*)\)", r"(`\1`)", case))
            lines.append([name, *(f"{row.mac_ratio:.2f}" for row in rows), *(row.allocations for row in rows)])
        names = [f"{name}, {len(token):,} bytes" for name, token in self.good.items()]
        header = ["", *names, *(f"allocations, {name}" for name in self.good)]
        return table(header, lines, ["---"] + ["---:"] * (len(header) - 1))

    def by_way(self):
        lines = [[name, *(f"{time:.2f}" for time in times)] for name, times in self.ways.items()]
        return table(["", *WAYS_OF], lines, ["---", "---:", "---:"])

    def by_size(self):
        ours, mac = self.sizes[OURS], self.sizes[MAC]
        lines = [[size_name(size), f"{ours[size] / ours[4096]:.2f}", f"{ours[size] / mac[size]:.2f}"] for size in ours]
        return table(["token", "a byte, to one of 4 KiB", "x MAC"], lines, ["---:"] * 3)

    def by_threads(self):
        lines = [[number, f"{times:.2f}"] for number, times in self.threads.items()]
        return table(["threads", "throughput"], lines, ["---:"] * 2)

    def write(self, folder):
        rounds = f"{self.processes * self.rounds:,}"
        (folder / "RESULTS.md").write_text(TEXT.format(
            machine=machine(), compiler=self.compiler, processes=self.processes, rounds=rounds,
            comparison=self.comparison(), ways=self.by_way(), sizes=self.by_size(), threads=self.by_threads(),
            thread_rounds=self.processes * self.rounds // 10,
        ))  # fmt: skip
        (folder / "speed.svg").write_text(self.bars())
        (folder / "throughput.svg").write_text(self.curves())

    def bars(self):
        groups = []
        for name, token in self.good.items():
            ratios = {row.case: row.mac_ratio for row in self.rows if row.token == name and row.case != MAC}
            groups.append((f"{name}, {len(token):,} bytes", ratios))
        return plots.grouped_bars("Time of a verification, in multiples of the bare MAC's", groups, "bare MAC")

    def curves(self):
        sizes = {name: self.size_points(self.sizes[case]) for name, case in ((OURS, OURS), ("bare MAC", MAC))}
        last = max(1, max(self.threads) - 1)
        points = [((number - 1) / last, str(number), times) for number, times in self.threads.items()]
        threads = {"measured": points, "as many as threads": [(x, label, int(label)) for x, label, _ in points]}
        return plots.panels([
            ("ns for each byte of a token", "length of the token in bytes", sizes),
            ("Throughput, in multiples of one thread's", "threads", threads),
        ])  # fmt: skip

    def size_points(self, costs):
        least, most = math.log2(min(costs)), math.log2(max(costs))
        return [((math.log2(size) - least) / (most - least), size_name(size), cost) for size, cost in costs.items()]


def size_name(size):
    return f"{size // 1024} Ki" if size >= 1024 else str(size)


def machine():
    """What kind of machine it is, as far as it matters."""
    file = pathlib.Path("/proc/cpuinfo")
    told = file.read_text() if file.exists() else ""
    name = re.search(r"^model name\s*: (.*)", told, re.MULTILINE)
    kind = f"{name.group(1)}, {platform.machine()}" if name else platform.machine()
    sha = "with" if re.search(r"\b(sha_ni|sha2)\b", told) else "without"
    return f"{os.cpu_count()} cores {sha} SHA instructions ({kind})"
