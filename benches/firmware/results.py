"""Holds the rows against the budgets, and writes RESULTS.md and the pictures."""

import collections
import csv
import dataclasses
import itertools

import parts
import pictures
import tokens
from toolchain import RISCV32, THUMBV6M, THUMBV7EM, die, say

NAMES = {THUMBV6M: "Cortex-M0", THUMBV7EM: "Cortex-M4", RISCV32: "RISC-V"}
# What `embedded-jwt` can have beside.
FEATURES = {
    "embedded-jwt-key-set": "key set",
    "embedded-jwt-jwk-set": "key set from a JWK Set",
    "embedded-jwt-replay": "replay guard",
    "embedded-jwt-revocation": "revocation",
    "embedded-jwt-time-floor": "time floor",
    "embedded-jwt-all": "all of these",
}
ALL_FEATURES = "embedded-jwt-all"
# The same verification, of a token that arrives in pieces.
PIECES, BYTES, BOTH = "embedded-jwt-stream", "embedded-jwt-stream-bytes", "embedded-jwt-slice-and-stream"
STREAMING = {PIECES: "pieces of 64 bytes", BYTES: "byte by byte", BOTH: "slice and pieces of 64 bytes in one image"}
# The same verification, of claims that were spelled otherwise.
SPELLED = {f"embedded-jwt-{spelling}": spelling for spelling in tokens.SPELLINGS}
CASES = {
    "empty": "empty firmware",
    "mac": "bare MAC (hmac, sha2)",
    "mac-hs512": "bare MAC, SHA-512",
    "embedded-jwt": "embedded-jwt",
    "embedded-jwt-struct": "embedded-jwt, claims in a struct",
    "embedded-jwt-hs512": "embedded-jwt, HS512",
    **{case: f"embedded-jwt, {feature}" for case, feature in {**FEATURES, **STREAMING, **SPELLED}.items()},
    "jwt-compact": "jwt-compact 0.8",
}
PICTURED = ("mac", "embedded-jwt", "embedded-jwt-struct", "jwt-compact")
COMMITTED = ("compiler", "target", "sha", *tokens.NAMES)

HELD, UNMET, BROKEN, UNKNOWN = "held", "not met yet", "BROKEN", "not committed"


@dataclasses.dataclass
class Verdict:
    """One budget and what was measured."""

    target: str
    sha: str
    column: str
    figure: float
    budget: float
    state: str
    reason: str = ""

    def __str__(self):
        figure = "none" if self.figure is None else cell(self.figure)
        budget = "?" if self.budget is None else cell(self.budget)
        text = f"{self.state}: {self.target} s {self.sha} {self.column} {figure}, budget {budget}"
        return f"{text}: {self.reason}" if self.reason else text


def cell(value):
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def read(file):
    with file.open() as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def judge(folder, rows, compiler, case, tolerance):
    """The verdicts on the rows that there are budgets for: those of one case at opt-level s."""
    verdicts = []
    check_features_are_seen(rows)
    unmet = read(folder / "unmet.tsv")
    committed = read(folder / "instructions.tsv")
    for row in rows:
        if row["case"] != case or row["opt"] != "s":
            continue
        place = (row["target"], row["sha"])
        row = {**row, **streaming(rows, row), **spelled(rows, row)}
        for budget in read(folder / "budgets.tsv"):
            if budget["target"] in ("*", place[0]) and budget["sha"] in ("*", place[1]):
                limit = float(budget["budget"]) if "." in budget["budget"] else int(budget["budget"])
                verdicts.append(compare(row, place, budget["column"], limit, unmet))
        verdicts.append(judge_features(row, place))
        before = next((line for line in committed if (line["compiler"], line["target"], line["sha"]) == (compiler, *place)), None)
        for column in tokens.NAMES:
            if before is None:
                reason = f"instructions.tsv has no figures for {compiler}"
                verdicts.append(Verdict(*place, column, row[column], None, UNKNOWN, reason))
            else:
                limit = int(before[column])
                state = HELD if row[column] <= limit * (1 + tolerance) else BROKEN
                verdicts.append(Verdict(*place, column, row[column], limit, state))
    return verdicts


def streaming(rows, row):
    """What verifying in pieces adds to a row, by the names of its budgets."""
    of = {other["case"]: other for other in rows if other["key"] == row["key"]}
    return {
        "stream_flash": of[BOTH]["flash"] - row["flash"],
        "stream_state": of[BOTH]["state"],
        "stream_panics": max(of[case]["panics"] for case in STREAMING),
        "stream_64": of[PIECES]["typical"] / row["typical"],
        "stream_1": of[BYTES]["typical"] / row["typical"],
    }


def spelled(rows, row):
    """The instructions for each spelling, to those for the compact one."""
    return {SPELLED[other["case"]]: other["typical"] / row["typical"] for other in rows if is_spelling_of(row, other)}


def is_spelling_of(row, other):
    return other["case"] in SPELLED and other["key"] == row["key"]


def judge_features(row, place):
    """Whether a firmware that uses no feature links none."""
    linked = parts.features(row["image"])
    state, reason = (BROKEN, f"it links {', '.join(linked)}") if linked else (HELD, "")
    return Verdict(*place, "features", len(linked), 0, state, reason)


def check_features_are_seen(rows):
    """Whether a firmware that uses all features is seen to link all, for else there is nothing in seeing none."""
    for row in rows:
        if row["case"] == ALL_FEATURES and (unseen := set(parts.FEATURES).difference(parts.features(row["image"]))):
            die(f"{row['image'].path} is not seen to link {', '.join(sorted(unseen))}")


def judge_readme(readme, rows, compiler, case):
    """Whether the README's table shows these figures, if it is for this compiler."""
    text = readme.read_text()
    if f"\nrustc {compiler.removesuffix('-prebuilt')}, " not in text:
        return []
    verdicts = []
    for row in rows:
        if row["case"] == case and row["opt"] == "s":
            shown = (
                f"| {row['sha']} | {row['flash']:,} | {row['stack']:,} | {row['ram']} | {row['panics']} | "
                f"{row['typical']:,} | {row['mac_ratio']:.2f} |"
            )
            state, reason = (HELD, "") if shown in text else (BROKEN, f"the README does not show {shown}")
            verdicts.append(Verdict(row["target"], row["sha"], "readme", row["typical"], row["typical"], state, reason))
    of = {row["case"]: row for row in rows if row["key"] == (THUMBV7EM, "s", "compact")}
    for shown in (
        f"| {of[case]['flash']:,} | {of[PIECES]['flash']:,}; both in one image {of[BOTH]['flash']:,} |",
        f"| {of[case]['typical']:,} | {of[PIECES]['typical']:,} in pieces of 64 bytes, {of[BYTES]['typical']:,} byte by byte |",
    ):
        state, reason = (HELD, "") if shown in text else (BROKEN, f"the README does not show {shown}")
        figure = of[PIECES]["typical"]
        verdicts.append(Verdict(THUMBV7EM, "compact", "readme", figure, figure, state, reason))
    return verdicts


def compare(row, place, column, limit, unmet):
    figure = row[column]
    if figure is None:
        return Verdict(*place, column, figure, limit, BROKEN, row["path"])
    line = next((line for line in unmet if (line["target"], line["sha"], line["column"]) == (*place, column)), None)
    if figure <= limit:
        return Verdict(*place, column, figure, limit, HELD, "with this compiler; unmet.tsv lists it" if line else "")
    if line and figure <= float(line["figure"]):
        return Verdict(*place, column, figure, limit, UNMET, line["reason"])
    return Verdict(*place, column, figure, limit, BROKEN, f"unmet.tsv admits {line['figure']}" if line else "")


def report(verdicts):
    """Says what is not held; the exit code."""
    for verdict in verdicts:
        if verdict.state != HELD or verdict.reason:
            say(str(verdict))
    counts = {state: sum(verdict.state == state for verdict in verdicts) for state in (HELD, UNMET, BROKEN, UNKNOWN)}
    say("budgets: " + ", ".join(f"{count} {state}" for state, count in counts.items() if count))
    return 1 if counts[BROKEN] else 0


def write_committed(folder, rows, compiler, case):
    """Commits to the instructions that were measured, and leaves those of other compilers as they are."""
    file = folder / "instructions.tsv"
    lines = [line for line in read(file) if line["compiler"] != compiler]
    lines += [{**row, "compiler": compiler} for row in rows if row["case"] == case and row["opt"] == "s"]
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, COMMITTED, delimiter="\t", lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(sorted(lines, key=lambda line: line["compiler"]))


def write(folder, rows, verdicts, apart, picture, compiler, qemu, lengths, main):
    target, opt, sha = picture
    where = f"{NAMES[target]}, opt-level {opt}, {sha} SHA-256"
    totals = {row["case"]: row for row in rows if row["key"] == picture}
    flash = {case: with_rest(apart[case].flash, totals[case]["flash"]) for case in PICTURED}
    steps = {case: apart[case].instructions for case in PICTURED}
    for name, title, values in (
        ("flash", f"Flash over an empty firmware, bytes ({where})", flash),
        ("instructions", f"Instructions for a token of {lengths['typical']} bytes ({where})", steps),
    ):
        bars = [(CASES[case], [values[case][part] for part in parts.PARTS]) for case in PICTURED]
        (folder / f"{name}.svg").write_text(pictures.bars(title, parts.PARTS, bars))

    sections = [
        "# What a verification takes on a microcontroller",
        "Written by `benches/firmware/run`, which builds these firmwares, runs them in QEMU and measures them. "
        f"Compiler: {compiler.description}; LTO, one codegen unit, `panic = \"abort\"`. QEMU {'.'.join(map(str, qemu))}. "
        "Instructions are exact and are not cycles: flash wait states, multipliers and branches differ from chip to chip.",
        footprint(rows, lengths),
        "![Flash by part](flash.svg)",
        "![Instructions by step](instructions.svg)",
        "## Budgets",
        "For `embedded-jwt` at opt-level s. `run --check` fails if one is broken. **features**: how many of the modules for "
        "what is listed further below have an instruction or a symbol in its image. **stream_flash**: what an image is larger "
        "by that links both ways to verify; **stream_state**: bytes that a verification in pieces keeps; **stream_64** and "
        "**stream_1**: instructions for the typical token in pieces of 64 bytes and byte by byte, to those for all of it at once; "
        "**escaped** and **spaced**: those for a typical token that is spelled otherwise, to those for the compact one.",
        budgets(verdicts),
        "## In pieces",
        STREAMING_NOTES,
        in_pieces(rows, main, lengths),
        "## Spelled otherwise",
        SPELLING_NOTES.format(**lengths),
        in_spellings(rows, main),
        "## What each feature adds",
        FEATURE_NOTES.format(**lengths),
        added(rows, main, lengths),
        "## Where it goes",
        f"`embedded-jwt` by source file ({where}): bytes of flash, and instructions for the typical token. Code that the "
        "compiler put into another function is counted where it was written; `memcpy` and the like, where it was called "
        "(instructions) or by itself (flash). Constants without a name are in the last row.",
        by_file(apart[main], totals[main]["flash"]),
        "## All of it",
        NOTES.format(**lengths),
    ]
    for (target, opt), group in itertools.groupby(rows, key=lambda row: (row["target"], row["opt"])):
        sections += [f"### {NAMES[target]} (`{target}`), opt-level {opt}", everything(list(group))]
    (folder / "RESULTS.md").write_text("\n\n".join(sections) + "\n")


STREAMING_NOTES = """\
Each firmware verifies the same tokens under the same policy as `embedded-jwt`, by `Verifier::stream`, at opt-level s.

- **flash** is what the image is larger by than that of `embedded-jwt`, the loop over the pieces included. Where only pieces
  are verified, the code for a whole token is not linked.
- **stack** is beside the buffer. It includes the **state**, the size of the `StreamingVerifier`, and takes the place of the
  token's text, which is not kept anywhere."""

SPELLING_NOTES = """\
Instructions for the typical token of {typical} bytes, and for tokens of such claims as other issuers write them, at opt-level s.

- **escaped**, {escaped} bytes: other `sub`, `scope` and `name`, with six characters that JSON can escape, and all six are.
- **spaced**, {spaced} bytes: a space behind each comma and each colon. The large token has more of them for its length, which
  they make longer by 16 %."""

FEATURE_NOTES = """\
Over `embedded-jwt`, which links none of them; stack and panics are the firmware's. Each firmware verifies the same tokens
under the same policy, but for what the feature needs, and is measured at opt-level s only.

- **RAM** is what stays in memory from one verification to the next: a `KeySet` for 4 keys in the place of a key, a
  `ReplayGuard` for 16 tokens (8 bytes are its `RefCell`'s), `Revocations` for 16 names, a `TimeFloor`.
- **key set**: of three keys the second, which is limited to an issuer and to a time. The tokens name it by a `kid`, which
  makes them {kid} bytes longer. What reading JWKs costs is the flash of the next line over this one.
- **replay guard**: a hash for `iss` and `jti`, and a comparison with each token that is remembered, which are two at most
  here. Nothing is saved.
- **revocation**: of three names, one is the typical token's `sub`, of which older tokens are revoked. A hash for `jti`
  and one for `sub`, as long as there is any name.
- **time floor**: restored at the start. There is no clock, and the policy accepts what that leaves open.
- **all of these**: the replay guard is restored at the start too, and saved after each token, which is counted.
- Replay guard, revocation and time floor need SHA-256, which is linked already for HS256."""

NOTES = """\
- **flash**: `.text`, `.rodata` and `.data`, in bytes over the empty firmware. **ram**: `.data` and `.bss`, likewise.
- **stack**: the deepest byte that a verification touched, by painting, beside the caller's buffer; the most of three
  tokens. **bound**: what any input can need, added up from the compiler's own stack sizes along the call graph; it
  exists if there is no recursion and no indirect call.
- **heap**: the most bytes that were in use at a time for the typical token. Our firmwares link no allocator.
- **panics**: functions in the image that panic.
- **tiny**, **typical**, **large**: instructions for a token of {tiny}, {typical} and {large} bytes. **x MAC**: the typical
  one's, to those of the bare MAC over the same bytes with a prepared key, not counting the {kid} of a `kid`.
- The policy is `iss`, `aud`, `exp`, `nbf` and a leeway. No rule is compiled out. jwt-compact has no rules for `iss` and
  `aud`; its firmware compares them.
- On the Cortex-M0 the machine is a microbit with 16 KiB of RAM; jwt-compact's heap needs an mps2-an385."""


def with_rest(counter, total):
    """Parts of an image's flash, where what can't be attributed, such as constants without a name, is the library's."""
    known = sum(amount for part, amount in counter.items() if part not in (parts.HARNESS, parts.LIBRARY))
    return collections.Counter({**counter, parts.LIBRARY: total - known})


def table(header, lines, align=None):
    align = align or ["---"] * len(header)
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in (header, align, *lines))


def number(value):
    return f"{value:,}" if isinstance(value, int) else cell(value)


def footprint(rows, lengths):
    lines = []
    for row in rows:
        if row["opt"] != "s" or row["case"] not in ("embedded-jwt", "jwt-compact"):
            continue
        lines.append([
            NAMES[row["target"]], row["sha"], CASES[row["case"]],
            *(number(row[column]) for column in ("flash", "stack", "heap", "panics", "typical")),
            f"{row['mac_ratio']:.2f}",
        ])  # fmt: skip
    header = ["opt-level s", "SHA-256", "", "flash", "stack", "heap", "panics", f"instructions, {lengths['typical']} bytes", "x MAC"]
    return table(header, lines, ["---"] * 3 + ["---:"] * 6)


def budgets(verdicts):
    lines = []
    for verdict in verdicts:
        budget = "" if verdict.budget is None else number(verdict.budget)
        figure = "none" if verdict.figure is None else number(verdict.figure)
        state = f"**{verdict.state}**: {verdict.reason}" if verdict.state != HELD else verdict.state
        lines.append([NAMES[verdict.target], verdict.sha, verdict.column, figure, budget, state.rstrip(": ")])
    return table(["", "SHA-256", "what", "figure", "budget", ""], lines, ["---"] * 3 + ["---:"] * 2 + ["---"])


def added(rows, main, lengths):
    lines = []
    for row in rows:
        if row["case"] not in FEATURES:
            continue
        without = next(other for other in rows if other["case"] == main and other["key"] == row["key"])
        flash, kept, typical = (f"+{row[column] - without[column]:,}" for column in ("flash", "kept", "typical"))
        lines.append([
            NAMES[row["target"]], row["sha"], FEATURES[row["case"]], flash, kept, typical, number(row["stack"]), row["panics"],
        ])  # fmt: skip
    header = ["", "SHA-256", "", "flash", "RAM", f"instructions, {lengths['typical']} bytes", "stack", "panics"]
    return table(header, lines, ["---"] * 3 + ["---:"] * 5)


def in_spellings(rows, main):
    lines = []
    for row in rows:
        if row["case"] != main or row["opt"] != "s":
            continue
        others = {SPELLED[other["case"]]: other for other in rows if is_spelling_of(row, other)}
        figures = []
        for spelling in tokens.SPELLINGS:
            typical, large = (others[spelling][name] / row[name] for name in ("typical", "large"))
            figures += [number(others[spelling]["typical"]), f"{typical:.2f}", f"{large:.2f}"]
        lines.append([NAMES[row["target"]], row["sha"], number(row["typical"]), *figures])
    columns = [column for spelling in tokens.SPELLINGS for column in (spelling, "x compact", "large, x compact")]
    return table(["", "SHA-256", "compact", *columns], lines, ["---"] * 2 + ["---:"] * (1 + len(columns)))


def in_pieces(rows, main, lengths):
    lines = []
    for row in rows:
        if row["case"] not in STREAMING:
            continue
        whole = next(other for other in rows if other["case"] == main and other["key"] == row["key"])
        ratio = f"{row['typical'] / whole['typical']:.2f}"
        lines.append([
            NAMES[row["target"]], row["sha"], STREAMING[row["case"]], f"+{row['flash'] - whole['flash']:,}",
            number(row["state"]), number(row["stack"]), row["panics"], number(row["typical"]), ratio,
        ])  # fmt: skip
    header = ["", "SHA-256", "", "flash", "state", "stack", "panics", f"instructions, {lengths['typical']} bytes", "x at once"]
    return table(header, lines, ["---"] * 3 + ["---:"] * 6)


def by_file(apart, total):
    names = sorted(
        (set(apart.flash_by_file) | set(apart.instructions_by_file)) - {parts.HARNESS},
        key=lambda name: (-apart.instructions_by_file[name], -apart.flash_by_file[name], name),
    )
    lines = [[name, number(apart.flash_by_file[name]), number(apart.instructions_by_file[name])] for name in names]
    rest = total - sum(apart.flash_by_file[name] for name in names)
    lines.append(["all else", number(rest), 0])
    return table(["", "flash", "instructions"], lines, ["---", "---:", "---:"])


def everything(rows):
    lines = []
    for row in rows:
        bound = number(row["bound"]) if row["bound"] is not None else "none: " + row["path"].split(":")[0].split(" in ")[0]
        lines.append([
            row["sha"], CASES[row["case"]], number(row["flash"]), number(row["ram"]), number(row["stack"]), bound,
            *(number(row[column]) for column in ("heap", "panics", *tokens.NAMES)), f"{row['mac_ratio']:.2f}",
        ])  # fmt: skip
    header = ["SHA-2", "", "flash", "ram", "stack", "bound", "heap", "panics", *tokens.NAMES, "x MAC"]
    return table(header, lines, ["---"] * 2 + ["---:"] * 10)
