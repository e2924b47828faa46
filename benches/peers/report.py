"""Writes what was measured to RESULTS.md and to pictures."""

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
SIGNING_AIM = 2

TEXT = """\
# What a verification takes, compared

Written by `benches/peers/run`, on {machine}.
rustc {compiler}, opt-level 3, fat LTO, one codegen unit, no `target-cpu`: libraries that look for
CPU features at run time can use them.

## Next to other libraries

Time in multiples of the time for the MAC alone, and allocations. Less is better.

{comparison}

![Time of a verification](speed.svg)

- All libraries verify the same HS256 tokens with a key made beforehand: signature, `iss`, `aud`,
  `exp` and `nbf`, both dates with a leeway of 60 s. All give `sub` and `uses` to the caller. Before
  it is timed, each has to accept these tokens and to refuse six that break one rule each.
- **bare MAC** is `hmac` and `sha2` over the same bytes with a prepared key. It compares nothing and
  reads nothing.
- embedded-jwt and the bare MAC keep the hash states of their key. The other libraries keep the
  key's bytes and compute the states for each token, which takes two more compressions. Their
  interfaces offer nothing else.
- embedded-jwt decodes the payload while it computes the MAC. A CPU with SHA instructions has time
  for that while it waits for the hash. With the hash in software this saves nothing, and costs a
  little for switching between the two. The tokens have the header `{{"alg":"HS256","typ":"JWT"}}`
  or `{{"alg":"HS256"}}`, which embedded-jwt recognizes and need not parse. It parses rarer headers.
- embedded-jwt reads `sub` and `uses` one by one, the other libraries into a struct.
- jsonwebtoken reads the clock; all others are told the time.
- jwt-compact has no rules for `iss` and `aud`: the caller compares them after the verification.
- jwt-simple takes its rules by value: they are cloned for each token. It brings its own SHA-256,
  which does not use the CPU's SHA instructions.
- Another build of the same source, for example in another folder, can differ by 3 %, for large
  tokens by 5 %: times this short depend on how code is laid out in memory.
- **Time** is the lowest decile of {rounds} rounds in {processes} processes, because other work on
  the machine only adds to it. In each round, each case runs for 0.2 ms with each token.

## In other situations

Time of embedded-jwt, in multiples of its time for the same token when it arrives whole, is written
compactly, and `sub` and `uses` are read one by one.

{ways}

- **struct**: `sub` and `uses` are read into a struct, as the other libraries do. This walks through
  the whole claims set.
- **pieces**: the token arrives in pieces of 64 bytes.
- **escaped**: `sub`, `scope` and `name` have six characters that JSON can escape, and all six are
  escaped.
- **spaced**: each comma and each colon has a space after it: 23 spaces in the typical token, every
  seventh byte of the large one. Each space moves the text before it. Next to a MAC by SHA
  instructions, that is noticeable.

## Signing

Time to make the typical token, in multiples of the time for the MAC alone, and allocations.

{signing}

{signing_aim}

- All libraries make an HS256 token of {signing_length} bytes with the same claims, with a key made
  beforehand. embedded-jwt verifies each of these tokens before they are timed.
- embedded-jwt writes into the caller's buffer. It checks what it has written: strict JSON, each
  name once, registered claims of their types. The other libraries check nothing.
- The claims are a struct. Beside it, jwt-compact has fields of its own for the dates, and jwt-simple
  for all registered claims. jwt-simple takes its claims by value: they are cloned for each token.

## Throughput

![Throughput](throughput.svg)

Left: time per byte, for tokens of 128 bytes to 64 KiB. Tokens of 512 bytes and more are filled by
an array of objects. Right: verifications per second if several threads share a verifier, up to one
thread per core. The best of {thread_rounds} rounds counts.

{sizes}

{threads}

## Instructions

`benches/peers/run --instructions` counts instructions, which other work on the machine doesn't
affect, with a SHA-256 in software. No count may exceed [instructions.tsv](instructions.tsv) by more
than 1 %.
"""


@dataclasses.dataclass
class Row:
    """A token, a case by the name that tables and pictures show, and what was measured."""

    token: str
    case: str
    ns: float
    mac_ratio: float
    allocations: int


@dataclasses.dataclass
class Results:
    rows: list
    signing: list  # rows, for the typical token
    ways: dict  # by name: the times of another way, for the typical and the large token
    sizes: dict  # by case: the ns per byte by length of the token
    threads: dict  # by number: throughput in multiples of one thread's
    good: dict  # by name: the tokens that are compared
    compiler: str
    processes: int
    rounds: int

    def comparison(self):
        lines = []
        for case in dict.fromkeys(row.case for row in self.rows):
            rows = [row for row in self.rows if row.case == case]
            ratios = [f"{row.mac_ratio:.2f}" for row in rows]
            lines.append([label(case), *ratios, *(row.allocations for row in rows)])
        names = [f"{name}, {len(token):,} bytes" for name, token in self.good.items()]
        header = ["", *names, *(f"allocations, {name}" for name in self.good)]
        return table(header, lines, ["---"] + ["---:"] * (len(header) - 1))

    def by_signing(self):
        lines = [[label(row.case), f"{row.mac_ratio:.2f}", row.allocations] for row in self.signing]
        return table(["", "x MAC", "allocations"], lines, ["---", "---:", "---:"])

    def signing_aim(self):
        """How many times as fast as jsonwebtoken, with the faster of its providers."""
        ours = next(row.ns for row in self.signing if row.case == OURS)
        theirs = min(row.ns for row in self.signing if row.case.startswith("jsonwebtoken"))
        times = theirs / ours
        word = "held" if times >= SIGNING_AIM else "**missed**"
        return (
            f"Aim: sign at least {SIGNING_AIM} x as fast as jsonwebtoken, whichever its provider. "
            f"Measured: {times:.1f} x, {word}."
        )

    def by_way(self):
        ways = self.ways.items()
        lines = [[name, *(f"{time:.2f}" for time in times)] for name, times in ways]
        return table(["", *WAYS_OF], lines, ["---", "---:", "---:"])

    def by_size(self):
        ours, mac = self.sizes[OURS], self.sizes[MAC]
        lines = []
        for size, ns in ours.items():
            lines.append([size_name(size), f"{ns / ours[4096]:.2f}", f"{ns / mac[size]:.2f}"])
        return table(["token", "a byte, to one of 4 KiB", "x MAC"], lines, ["---:"] * 3)

    def by_threads(self):
        lines = [[number, f"{times:.2f}"] for number, times in self.threads.items()]
        return table(["threads", "throughput"], lines, ["---:"] * 2)

    def write(self, folder):
        rounds = f"{self.processes * self.rounds:,}"
        (folder / "RESULTS.md").write_text(TEXT.format(
            machine=machine(), compiler=self.compiler, processes=self.processes, rounds=rounds,
            comparison=self.comparison(), signing=self.by_signing(),
            signing_aim=self.signing_aim(), signing_length=len(self.good["typical"]),
            ways=self.by_way(), sizes=self.by_size(),
            threads=self.by_threads(), thread_rounds=self.processes * self.rounds // 10,
        ))  # fmt: skip
        (folder / "speed.svg").write_text(self.bars())
        (folder / "throughput.svg").write_text(self.curves())

    def bars(self):
        groups = []
        for name, token in self.good.items():
            rows = [row for row in self.rows if row.token == name and row.case != MAC]
            ratios = {row.case: row.mac_ratio for row in rows}
            groups.append((f"{name}, {len(token):,} bytes", ratios))
        title = "Time of a verification, in multiples of the bare MAC's"
        return plots.grouped_bars(title, groups, "bare MAC")

    def curves(self):
        cases = ((OURS, OURS), ("bare MAC", MAC))
        sizes = {name: self.size_points(self.sizes[case]) for name, case in cases}
        last = max(1, max(self.threads) - 1)
        threads = self.threads.items()
        points = [((number - 1) / last, str(number), times) for number, times in threads]
        ideal = [(x, label, int(label)) for x, label, _ in points]
        threads = {"measured": points, "as many as threads": ideal}
        return plots.panels([
            ("ns for each byte of a token", "length of the token in bytes", sizes),
            ("Throughput, in multiples of one thread's", "threads", threads),
        ])  # fmt: skip

    def size_points(self, costs):
        least, most = math.log2(min(costs)), math.log2(max(costs))
        points = []
        for size, cost in costs.items():
            points.append(((math.log2(size) - least) / (most - least), size_name(size), cost))
        return points


def label(case):
    other = re.sub(r"\((.*)\)", r"(`\1`)", case)
    return {MAC: "bare MAC", OURS: f"**{OURS}**"}.get(case, other)


def size_name(size):
    return f"{size // 1024} Ki" if size >= 1024 else str(size)


def machine():
    """Describes the machine as far as it matters."""
    file = pathlib.Path("/proc/cpuinfo")
    info = file.read_text() if file.exists() else ""
    name = re.search(r"^model name\s*: (.*)", info, re.MULTILINE)
    kind = f"{name.group(1)}, {platform.machine()}" if name else platform.machine()
    sha = "with" if re.search(r"\b(sha_ni|sha2)\b", info) else "without"
    return f"{os.cpu_count()} cores {sha} SHA instructions ({kind})"
