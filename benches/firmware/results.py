"""Compares the rows with the budgets, and writes RESULTS.md and the pictures."""

import collections
import csv
import dataclasses
import itertools
import re
import textwrap

import parts
import pictures
import tokens
from toolchain import RISCV32, THUMBV6M, THUMBV7EM, die, say

NAMES = {THUMBV6M: "Cortex-M0", THUMBV7EM: "Cortex-M4", RISCV32: "RISC-V"}
# The cases that use a feature beside verifying.
FEATURES = {
    "embedded-jwt-key-set": "key set",
    "embedded-jwt-jwk-set": "key set from a JWK Set",
    "embedded-jwt-replay": "replay guard",
    "embedded-jwt-replay-saved": "replay guard, saved",
    "embedded-jwt-revocation": "revocation",
    "embedded-jwt-revocation-saved": "revocation, saved",
    "embedded-jwt-time-floor": "time floor",
    "embedded-jwt-time-floor-saved": "time floor, saved",
    "embedded-jwt-storage": "time floor, saved by the door lock's `storage.rs`",
    "embedded-jwt-sign": "signing JSON text",
    "embedded-jwt-sign-stamp": "signing JSON text with a stamp",
    "embedded-jwt-sign-struct": "signing a struct of three claims with a stamp",
    "embedded-jwt-all": "JWK Set, saved guard, revocation, saved floor",
}
ALL_FEATURES = "embedded-jwt-all"
# Makes a token with the key that verifies.
SIGN = "embedded-jwt-sign"
# The same verification of a token that arrives in pieces.
PIECES, BOTH, INCOMING = (
    "embedded-jwt-stream",
    "embedded-jwt-slice-and-stream",
    "embedded-jwt-incoming",
)
STREAMING = {
    PIECES: "`StreamingVerifier`",
    BOTH: "`StreamingVerifier`, and whole tokens in the same image",
    INCOMING: "`IncomingToken`",
}
# Some of these take the same tokens again byte by byte.
BYTE_BY_BYTE = 1
# The main case verifies the claims again as some issuers write them.
SPELLED = dict(enumerate(tokens.SPELLINGS, start=1))
# The cases that read claims.
STRUCT = "embedded-jwt-struct"
READING = {
    "embedded-jwt-get": "two claims with `get`",
    "embedded-jwt-struct-2": "a struct of two",
    STRUCT: "a struct of five",
}
# The cases that name the error of a refused token.
NAMING = {
    "embedded-jwt-code": "`code()`",
    "embedded-jwt-as-str": "`as_str()`",
    "embedded-jwt-debug": "`Debug`",
}
# The cases that combine other ones.
PRODUCT = "embedded-jwt-product"
COMBINED = {
    "embedded-jwt-stream-key-set": "in pieces, key set",
    PRODUCT: "all in pieces, with a struct",
}
# The cases whose stack is compared, and what they do.
STACKS = {
    "embedded-jwt": "whole, one key",
    "embedded-jwt-key-set": "whole, key set",
    "embedded-jwt-replay-saved": "whole, one key, replay guard",
    "embedded-jwt-revocation-saved": "whole, one key, revocation",
    "embedded-jwt-time-floor-saved": "whole, one key, time floor",
    STRUCT: "whole, one key, a struct of five claims",
    ALL_FEATURES: "whole, key set, guard, revocation, floor",
    PIECES: "in pieces, one key",
    "embedded-jwt-stream-key-set": "in pieces, key set",
    PRODUCT: "in pieces, key set, guard, revocation, floor, a struct of five claims",
    INCOMING: "`IncomingToken`, one key",
    BOTH: "whole and in pieces in one image, one key",
    "embedded-jwt-hs512": "whole, one key, HS512",
}
# How the firmware `steps` takes tokens, in its order, and what the end is called.
WAYS = (
    ("`StreamingVerifier`, one key", "finish"),
    ("`StreamingVerifier`, key set", "finish"),
    ("`IncomingToken`, one key", "verify"),
    ("`IncomingToken`, key set", "verify"),
)
PIECE_LENGTHS = (1, 64, 256)
# The steps that must not get longer, in instructions.
STEPS = {
    "push_64": (0, 64, 0),
    "finish": (0, 64, 1),
    "incoming_64": (2, 64, 0),
    "incoming_verify": (2, 64, 1),
}
CASES = {
    "empty": "empty firmware",
    "mac": "bare MAC (hmac, sha2)",
    "mac-hs512": "bare MAC, SHA-512",
    "embedded-jwt": "embedded-jwt",
    "embedded-jwt-hs512": "embedded-jwt, HS512",
    **{
        case: f"embedded-jwt, {what}"
        for cases in (READING, FEATURES, STREAMING, COMBINED, NAMING)
        for case, what in cases.items()
    },
    "jwt-compact": "jwt-compact 0.8",
}
PICTURED = ("mac", "embedded-jwt", STRUCT, "jwt-compact")
COMMITTED = ("compiler", "target", "sha", *tokens.NAMES, *STEPS)
# The pages that show figures. A page that doesn't exist is skipped.
PAGES = ("README.md", "FOOTPRINT.md")
PAGE_HEADER = (
    "| target | SHA-256 | own flash | over empty | stack | RAM, heap | panics | instructions | "
    "to the MAC alone |"
)

HELD, UNMET, BROKEN, UNKNOWN = "held", "not met yet", "BROKEN", "not committed"


@dataclasses.dataclass
class Verdict:
    """One budget and the figure measured for it."""

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
    """The verdicts on the rows that have budgets: those of one case at opt-level s."""
    verdicts = []
    check_features_are_seen(rows)
    unmet = read(folder / "unmet.tsv")
    committed = read(folder / "instructions.tsv")
    for row in rows:
        if row["case"] != case or row["opt"] != "s":
            continue
        place = (row["target"], row["sha"])
        row = {**row, **streaming(rows, row), **spelled(row), **steps(row)}
        for budget in read(folder / "budgets.tsv"):
            if budget["target"] in ("*", place[0]) and budget["sha"] in ("*", place[1]):
                limit = (
                    float(budget["budget"]) if "." in budget["budget"] else int(budget["budget"])
                )
                verdicts.append(compare(row, place, budget["column"], limit, unmet))
        verdicts.append(judge_features(row, place))
        before = next(
            (
                line
                for line in committed
                if (line["compiler"], line["target"], line["sha"]) == (compiler, *place)
            ),
            None,
        )
        for column in (*tokens.NAMES, *STEPS):
            if before is None or not before[column]:
                reason = f"instructions.tsv has no figures for {compiler}"
                verdicts.append(Verdict(*place, column, row[column], None, UNKNOWN, reason))
            else:
                limit = int(before[column])
                state = HELD if row[column] <= limit * (1 + tolerance) else BROKEN
                verdicts.append(Verdict(*place, column, row[column], limit, state))
    return verdicts


def streaming(rows, row):
    """The figures for verifying in pieces that have budgets."""
    of = {other["case"]: other for other in rows if other["key"] == row["key"]}
    return {
        "stream_flash": of[BOTH]["own"] - row["own"],
        "stream_state": of[BOTH]["state"],
        "sign_flash": of[SIGN]["own"] - row["own"],
        "stream_panics": max(of[case]["panics"] for case in STREAMING),
        "stream_64": of[PIECES]["typical"] / row["typical"],
        "stream_1": of[PIECES]["rounds"][BYTE_BY_BYTE]["typical"] / row["typical"],
        "incoming_state": of[INCOMING]["state"],
        "product_stack": most_stack(of[PRODUCT]),
    }


def spelled(row):
    """The instructions for each spelling, as a ratio to those for compact claims."""
    return {
        spelling: row["rounds"][at]["typical"] / row["typical"] for at, spelling in SPELLED.items()
    }


def steps(row):
    """The instructions of the steps that must not get longer."""
    return {
        name: row["steps"][WAYS[way][0], length][step]
        for name, (way, length, step) in STEPS.items()
    }


def most_stack(row):
    """The bound on the stack, or what was measured if there is none."""
    return row["stack"] if row["bound"] is None else row["bound"]


def judge_features(row, place):
    """A firmware that uses no feature must link none."""
    linked = parts.features(row["image"])
    state, reason = (BROKEN, f"it links {', '.join(linked)}") if linked else (HELD, "")
    return Verdict(*place, "features", len(linked), 0, state, reason)


def check_features_are_seen(rows):
    """Exits unless all features are found in a firmware that uses all of them. Otherwise finding
    none in another firmware would prove nothing."""
    for row in rows:
        if row["case"] == ALL_FEATURES and (
            unseen := set(parts.FEATURES).difference(parts.features(row["image"]))
        ):
            die(f"{row['image'].path} doesn't seem to link {', '.join(sorted(unseen))}")


def judge_readme(repository, rows, compiler, case, lengths):
    """Whether the pages show these figures. They are not judged if they name another compiler."""
    pages = [(repository / name).read_text() for name in PAGES if (repository / name).exists()]
    named = {name for page in pages for name in re.findall(r'rustc (\S+),\s+opt-level "s"', page)}
    if not named:
        reason = f"""none of {", ".join(PAGES)} says 'rustc VERSION, opt-level "s"'"""
        return [Verdict(THUMBV7EM, "compact", "readme", None, None, BROKEN, reason)]
    if compiler.removesuffix("-prebuilt") not in named:
        return []

    judged = [row for row in rows if row["case"] == case and row["opt"] == "s"]
    verdicts = judge_footprint(pages, judged)
    of = {row["case"]: row for row in rows if row["key"] == (THUMBV7EM, "s", "compact")}
    whole, pieces, both, incoming = (of[name] for name in (case, PIECES, BOTH, INCOMING))
    single, incoming_single = (
        number(row["rounds"][BYTE_BY_BYTE]["typical"]) for row in (pieces, incoming)
    )
    for label, column, figures in (
        (
            "own flash on a Cortex-M4, compact SHA-256",
            "own",
            f"{whole['own']:,} | {pieces['own']:,}; both in one image {both['own']:,} | "
            f"{incoming['own']:,}",
        ),
        (
            f"instructions there for {lengths['typical']} bytes",
            "typical",
            f"{whole['typical']:,} | {pieces['typical']:,} in pieces of 64 bytes, "
            f"{single} byte by byte | {incoming['typical']:,}, {incoming_single}",
        ),
    ):
        found = [
            line for page in pages for line in page.splitlines() if line.startswith(f"| {label} |")
        ]
        verdicts.append(judge_shown(pieces, column, f"| {label} | {figures} |", found))
    return verdicts


def judge_footprint(pages, rows):
    """Whether each footprint table shows these rows and no more, by target, compact first."""
    tables = []
    for page in pages:
        lines = page.splitlines()
        for at in (at for at, line in enumerate(lines) if line == PAGE_HEADER):
            tables.append(
                list(itertools.takewhile(lambda line: line.startswith("|"), lines[at + 2 :]))
            )
    if not tables:
        reason = f"none of {', '.join(PAGES)} has a table with the header {PAGE_HEADER}"
        return [Verdict(THUMBV7EM, "compact", "readme", None, None, BROKEN, reason)]

    verdicts = []
    order = list(NAMES)
    rows = sorted(rows, key=lambda row: (order.index(row["target"]), row["sha"]))
    for at, row in enumerate(rows):
        # Both zero, as long as there is no heap.
        memory = f"{row['ram']}" if row["ram"] == row["heap"] else f"{row['ram']}, {row['heap']}"
        first = f" {NAMES[row['target']]} (`{row['target']}`)" if row["sha"] == "compact" else ""
        shown = (
            f"|{first} | {row['sha']} | {row['own']:,} | {row['flash']:,} | {row['stack']:,} | "
            f"{memory} | {row['panics']} | {row['typical']:,} | {row['mac_ratio']:.2f} |"
        )
        found = [line for table in tables for line in table[at : at + 1] or [""]]
        verdicts.append(judge_shown(row, "typical", shown, found))
    for line in (line for table in tables for line in table[len(rows) :]):
        reason = f"the footprint table has a line too many: {line}"
        verdicts.append(Verdict(THUMBV7EM, "compact", "readme", None, None, BROKEN, reason))
    return verdicts


def judge_shown(row, column, shown, found):
    """Whether a line was found, and shows the figures of this row wherever it was found."""
    held = found and all(line == shown for line in found)
    state, reason = (HELD, "") if held else (BROKEN, f"{' or '.join(PAGES)} should show {shown}")
    return Verdict(row["target"], row["sha"], "readme", row[column], row[column], state, reason)


def compare(row, place, column, limit, unmet):
    figure = row[column]
    if figure is None:
        return Verdict(*place, column, figure, limit, BROKEN, row["path"])
    line = next(
        (
            line
            for line in unmet
            if (line["target"], line["sha"], line["column"]) == (*place, column)
        ),
        None,
    )
    if figure <= limit:
        return Verdict(
            *place,
            column,
            figure,
            limit,
            HELD,
            "with this compiler; unmet.tsv lists it" if line else "",
        )
    if line and figure <= float(line["figure"]):
        return Verdict(*place, column, figure, limit, UNMET, line["reason"])
    return Verdict(
        *place, column, figure, limit, BROKEN, f"unmet.tsv admits {line['figure']}" if line else ""
    )


def report(verdicts):
    """Prints the budgets that aren't held. Returns the exit code."""
    for verdict in verdicts:
        if verdict.state != HELD or verdict.reason:
            say(str(verdict))
    counts = {
        state: sum(verdict.state == state for verdict in verdicts)
        for state in (HELD, UNMET, BROKEN, UNKNOWN)
    }
    say("budgets: " + ", ".join(f"{count} {state}" for state, count in counts.items() if count))
    return 1 if counts[BROKEN] else 0


def write_committed(folder, rows, compiler, case):
    """Writes the measured instructions to instructions.tsv. Keeps the lines of other compilers."""
    file = folder / "instructions.tsv"
    lines = [line for line in read(file) if line["compiler"] != compiler]
    lines += [
        {**row, **steps(row), "compiler": compiler}
        for row in rows
        if row["case"] == case and row["opt"] == "s"
    ]
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(
            out, COMMITTED, delimiter="\t", lineterminator="\n", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(sorted(lines, key=lambda line: line["compiler"]))


def write(
    folder, rows, verdicts, apart, picture, compiler, qemu, lengths, main, other_builds, panics
):
    target, opt, sha = picture
    where = f"{NAMES[target]}, opt-level {opt}, {sha} SHA-256"
    totals = {row["case"]: row for row in rows if row["key"] == picture}
    flash = {case: with_rest(apart[case].flash, totals[case]["own"]) for case in PICTURED}
    steps = {case: apart[case].instructions for case in PICTURED}
    for name, title, values in (
        ("flash", f"Own flash in bytes ({where})", flash),
        (
            "instructions",
            f"Instructions for a token of {lengths['typical']} bytes ({where})",
            steps,
        ),
    ):
        bars = [(CASES[case], [values[case][part] for part in parts.PARTS]) for case in PICTURED]
        (folder / f"{name}.svg").write_text(pictures.bars(title, parts.PARTS, bars))

    sections = [
        "# What a verification costs on a microcontroller",
        wrap(
            "`benches/firmware/run` builds these firmwares, runs them in QEMU, measures them and "
            "writes this page. "
            f'Compiler: {compiler.description}; fat LTO, one codegen unit, `panic = "abort"`. '
            f"QEMU {'.'.join(map(str, qemu))}. Instructions are exact. They are not cycles: flash "
            "wait states, multipliers and branches differ between chips."
        ),
        footprint(rows, lengths),
        FLASH_NOTES,
        "![Own flash by part](flash.svg)",
        "![Instructions by step](instructions.svg)",
        "## Budgets",
        BUDGET_NOTES,
        budgets(verdicts),
        "## In pieces",
        STREAMING_NOTES,
        in_pieces(rows, main, lengths),
        "## Longest step",
        STEP_NOTES,
        longest_steps(rows, main),
        "## Stack of combinations",
        STACK_NOTES,
        stacks(rows),
        "## Reading claims",
        READING_NOTES,
        added(rows, READING, main, lengths),
        "## Naming errors",
        NAMING_NOTES,
        added(rows, NAMING, main, lengths),
        "## Spelled otherwise",
        SPELLING_NOTES.format(**lengths),
        in_spellings(rows, main),
        "## What each feature adds",
        FEATURE_NOTES.format(**lengths),
        added(rows, FEATURES, main, lengths),
        "## Other builds",
        OTHER_BUILD_NOTES,
        other(rows, main, other_builds, lengths),
        "## Panics",
        PANIC_NOTES,
        panicking(panics),
        "## Where it goes",
        wrap(
            f"Own flash and instructions of `embedded-jwt` by source file ({where}; typical "
            "token). Inlined code counts for the file it was written in. Instructions of `memcpy` "
            "and the like count for the caller. The last row holds unnamed constants and padding."
        ),
        by_file(apart[main], totals[main]["own"]),
        "## All of it",
        NOTES.format(**lengths),
    ]
    for (target, opt), group in itertools.groupby(
        rows, key=lambda row: (row["target"], row["opt"])
    ):
        sections += [f"### {NAMES[target]} (`{target}`), opt-level {opt}", everything(list(group))]
    (folder / "RESULTS.md").write_text("\n\n".join(sections) + "\n")


FLASH_NOTES = """\
- **over empty**: how many bytes of flash (`.text`, `.rodata`, `.data`) the image has more than the
  empty firmware.
- **own flash**: the same without the memory functions that the empty firmware doesn't link:
  `memcpy`, `memmove`, `memset`, `memcmp`, their Arm forms such as `__aeabi_memclr4`, and the
  functions of compiler-builtins that implement them. Almost every firmware links them anyway. Their
  sizes come from the image's symbol table. A byte under two names counts once, and padding between
  functions remains in own flash."""

BUDGET_NOTES = """\
For `embedded-jwt` at opt-level s. `run --check` fails if a budget is broken.

- **own**: own flash, as above.
- **bound**: an upper bound on the stack, for any input.
- **features**: how many of the modules under "What each feature adds" are linked, though unused.
- **stream_flash**: the own flash that streaming adds to an image that also verifies whole tokens.
  **stream_state**: the RAM in bytes that streaming keeps between pieces.
- **sign_flash**: the own flash that signing adds to an image that also verifies.
- **incoming_state**: the size of an `IncomingToken`. **product_stack**: the stack of the firmware
  that has all features, takes pieces and reads a struct: the bound, or what was measured if there
  is none.
- **push_64**, **finish**, **incoming_64**, **incoming_verify**: instructions of the longest step
  with one key, in pieces of 64 bytes, with a `StreamingVerifier` and an `IncomingToken`.
- **stream_64**, **stream_1**: instructions for the typical token in pieces of 64 bytes or byte by
  byte, divided by those for verifying it at once.
- **escaped**, **spaced**: instructions for the typical token with escapes or with spaces, divided
  by those for the compact one."""

STREAMING_NOTES = """\
Each firmware verifies the same tokens under the same policy as `embedded-jwt`, but takes them in
pieces, at opt-level s.

- **own flash** and **over empty** are in addition to `embedded-jwt` and include the loop over the
  pieces. Only the second firmware links the code for whole tokens.
- **stack** does not include the buffer. It includes the **state**, which is the size of the
  `StreamingVerifier` or the `IncomingToken`. The token's text is not kept anywhere.
- **64 bytes**, **1 byte**: instructions for the typical token in pieces of this length."""

STEP_NOTES = """\
Instructions of the longest `push` and of the end, for the large token in pieces of 1, 64 and 256
bytes, at opt-level s. What runs in an interrupt delays others by that much. The end is the same for
all lengths, up to a few instructions; the highest is shown. One image has all of this.

- `StreamingVerifier` with one key hashes what has arrived, block by block, so the longest `push` of
  one byte is the one that ends a block. `finish` checks the MAC, then validates and normalizes the
  claims.
- With a key set, and in an `IncomingToken`, `push` only decodes, and the end encodes and hashes the
  whole token again."""

STACK_NOTES = """\
The most stack in bytes that any input can need, at opt-level s, without the buffer. A star marks
what was measured, for the call graph gives no bound. In pieces, this includes the stream's state.
What is kept from one verification to the next is not on the stack: see "What each feature adds".
Guard, revocation and floor are saved to the buffer after each token. Restoring them and making keys
happens before, and is not included."""

READING_NOTES = """\
What reading adds to `embedded-jwt`, at opt-level s: `role` and `uses` with `Claims::get` or into a
struct, or these and `exp`, `sub` and `site` into a struct with `Claims::read`."""

NAMING_NOTES = """\
What naming the error of a refused token adds to `embedded-jwt`, at opt-level s. No token is
refused here, so this is about flash. `Debug` goes through `write!`, and stands for any formatting:
a firmware that formats already links most of it."""

SPELLING_NOTES = """\
Instructions for the typical token of {typical} bytes, and for tokens with the same kind of claims
as other issuers write them, at opt-level s.

- **escaped**, {escaped} bytes: `sub`, `scope` and `name` hold six characters that JSON can escape,
  and all six are escaped.
- **spaced**, {spaced} bytes: a space follows each comma and each colon. These make the large token
  16 % longer."""

FEATURE_NOTES = """\
Own flash, flash over empty, RAM and instructions are in addition to `embedded-jwt`, which links
none of the features. Stack and panics are those of the whole firmware. Each firmware verifies the
same tokens under the same policy, apart from what the feature needs, at opt-level s.

- **RAM** is kept from one verification to the next: a `KeySet` for 4 keys instead of one key, a
  `ReplayGuard` for 16 tokens (8 bytes are its `RefCell`), `Revocations` for 16 names, a
  `TimeFloor`.
- **key set**: holds three keys, and the tokens need the second, which is limited to an issuer and a
  period. They name it by a `kid`, which makes them {kid} bytes longer.
- **key set from a JWK Set**: also reads the keys from JSON. That costs the difference to the row
  above.
- **replay guard**: hashes `iss` and `jti` and compares the result with each remembered token, here
  two at most.
- **revocation**: holds three names. One is the typical token's `sub`, for which older tokens are
  revoked. Hashes `jti` and `sub`, as it does whenever the list has a name.
- **time floor**: there is no clock, and the policy accepts tokens that an unknown time leaves open.
- **saved**: restored at the start, and saved to the buffer after each token; the instructions
  include the latter. Writing flash is not included.
- Replay guard, revocation and time floor need SHA-256, which HS256 links anyway."""

BUILDS = {
    "s": "opt-level s, fat LTO",
    "core from source": "the same, `core` built from source at s",
    "dev": "dev",
    "dev-s": "dev, dependencies at s",
}

OTHER_BUILD_NOTES = """\
`embedded-jwt` in other builds, with the compact SHA-256. The stack is measured.

- **`core` built from source**: `-Zbuild-std=core`, which a stable compiler takes with
  `RUSTC_BOOTSTRAP=1`. rustup's `core` was compiled at opt-level 3, but most of it is generic, so it
  is compiled with the firmware.
- **dev**: cargo's profile for `cargo build` without optimization, link-time optimization, and with
  checks for overflow. It leaves secrets on the stack.
- **dev, dependencies at s**: the same with `[profile.dev.package."*"] opt-level = "s"` in the
  firmware's Cargo.toml. What is generic over types of the firmware is still not optimized.
- **over empty** compares with an empty firmware of the same build."""

PANIC_NOTES = """\
The functions that start a panic or only panic, by firmware and opt-level, with the compact SHA-256.
All other firmwares of this page, at all three opt-levels, have none. (jwt-compact is not in this
list.)"""

NOTES = """\
- **own**, **over empty**: flash in bytes, as defined at the top. **ram**: `.data` and `.bss`, in
  bytes over the empty firmware.
- **stack**: the deepest byte that verifying any of the three tokens overwrote, without the caller's
  buffer. **bound**: the most that any input can need, from the compiler's own stack sizes along the
  call graph. It exists only without recursion and indirect calls.
- **heap**: the most bytes in use at any moment for the typical token. Our firmwares link no
  allocator.
- **panics**: the number of functions in the image that panic.
- **tiny**, **typical**, **large**: instructions for a token of {tiny}, {typical} and {large} bytes.
  **x MAC**: instructions for the typical token, divided by those for the bare MAC over the same
  bytes with a prepared key. The MAC's tokens have no `kid`, which would add {kid} bytes.
- The policy is `iss`, `aud`, `exp`, `nbf` and a leeway. No rule is compiled out. jwt-compact has no
  rules for `iss` and `aud`, so its firmware compares them itself.
- The Cortex-M0 is a microbit with 16 KiB of RAM, except for jwt-compact, whose heap needs an
  mps2-an385."""


def wrap(text):
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def with_rest(counter, total):
    """The parts of an image's own flash. Bytes without an owner, such as constants without a name,
    count for the library."""
    known = sum(
        amount for part, amount in counter.items() if part not in (parts.HARNESS, parts.LIBRARY)
    )
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
            *(number(row[column]) for column in ("own", "flash", "stack", "heap", "panics")),
            number(row["typical"]), f"{row['mac_ratio']:.2f}",
        ])  # fmt: skip
    header = [
        "opt-level s", "SHA-256", "", "own flash", "over empty", "stack", "heap", "panics",
        f"instructions, {lengths['typical']} bytes", "x MAC",
    ]  # fmt: skip
    return table(header, lines, ["---"] * 3 + ["---:"] * 7)


def budgets(verdicts):
    lines = []
    for verdict in verdicts:
        budget = "" if verdict.budget is None else number(verdict.budget)
        figure = "none" if verdict.figure is None else number(verdict.figure)
        state = f"**{verdict.state}**: {verdict.reason}" if verdict.state != HELD else verdict.state
        lines.append(
            [NAMES[verdict.target], verdict.sha, verdict.column, figure, budget, state.rstrip(": ")]
        )
    return table(
        ["", "SHA-256", "what", "figure", "budget", ""], lines, ["---"] * 3 + ["---:"] * 2 + ["---"]
    )


def added(rows, cases, main, lengths):
    """What these cases take in addition to the main case."""
    lines = []
    for row in rows:
        if row["case"] not in cases or row["opt"] != "s":
            continue
        without = next(
            other for other in rows if other["case"] == main and other["key"] == row["key"]
        )
        own, flash, kept, typical = (
            f"{row[column] - without[column]:+,}" for column in ("own", "flash", "kept", "typical")
        )
        lines.append([
            NAMES[row["target"]], row["sha"], cases[row["case"]],
            own, flash, kept, typical, number(row["stack"]), row["panics"],
        ])  # fmt: skip
    header = [
        "", "SHA-256", "", "own flash", "over empty", "RAM",
        f"instructions, {lengths['typical']} bytes", "stack", "panics",
    ]  # fmt: skip
    return table(header, lines, ["---"] * 3 + ["---:"] * 6)


def in_spellings(rows, main):
    lines = []
    for row in rows:
        if row["case"] != main or row["opt"] != "s":
            continue
        figures = []
        for at in SPELLED:
            spelled = row["rounds"][at]
            typical, large = (spelled[name] / row[name] for name in ("typical", "large"))
            figures += [number(spelled["typical"]), f"{typical:.2f}", f"{large:.2f}"]
        lines.append([NAMES[row["target"]], row["sha"], number(row["typical"]), *figures])
    columns = [
        column
        for spelling in tokens.SPELLINGS
        for column in (spelling, "x compact", "large, x compact")
    ]
    return table(
        ["", "SHA-256", "compact", *columns], lines, ["---"] * 2 + ["---:"] * (1 + len(columns))
    )


def in_pieces(rows, main, lengths):
    lines = []
    for row in rows:
        if row["case"] not in STREAMING:
            continue
        whole = next(
            other for other in rows if other["case"] == main and other["key"] == row["key"]
        )
        own, flash = (f"{row[column] - whole[column]:+,}" for column in ("own", "flash"))
        times = []
        for spent in (measured["typical"] for measured in row["rounds"]):
            times += [number(spent), f"{spent / whole['typical']:.2f}"]
        lines.append([
            NAMES[row["target"]], row["sha"], STREAMING[row["case"]], own, flash,
            number(row["state"]), number(row["stack"]), row["panics"], *(times + ["", ""])[:4],
        ])  # fmt: skip
    header = [
        "", "SHA-256", "", "own flash", "over empty", "state", "stack", "panics", "64 bytes",
        "x at once", "1 byte", "x at once",
    ]  # fmt: skip
    return table(header, lines, ["---"] * 3 + ["---:"] * 9)


def by_place(header, lines):
    """A table with a column for each target and SHA-256. A line is a label and its figures by the
    rows' keys."""
    keys = list(dict.fromkeys(key for _, figures in lines for key in figures))
    columns = [f"{NAMES[target]}, {sha}" for target, _, sha in keys]
    lines = [[label, *(figures[key] for key in keys)] for label, figures in lines]
    return table([header, *columns], lines, ["---"] + ["---:"] * len(columns))


def longest_steps(rows, main):
    measured = {row["key"]: row["steps"] for row in rows if row["case"] == main and "steps" in row}
    lines = []
    for way, end in WAYS:
        for length in PIECE_LENGTHS:
            figures = {key: number(steps[way, length][0]) for key, steps in measured.items()}
            lines.append([f"{way}: `push` of {length}", figures])
        figures = {
            key: number(max(steps[way, length][1] for length in PIECE_LENGTHS))
            for key, steps in measured.items()
        }
        lines.append([f"{way}: `{end}`", figures])
    return by_place("", lines)


def stacks(rows):
    lines = []
    for case, what in STACKS.items():
        figures = {
            row["key"]: number(most_stack(row)) + ("*" if row["bound"] is None else "")
            for row in rows
            if row["case"] == case and row["opt"] == "s"
        }
        lines.append([what, figures])
    return by_place("", lines)


def other(rows, main, builds, lengths):
    usual = [row for row in rows if row["case"] == main and row["key"][1:] == ("s", "compact")]
    lines = []
    for name, rows in {"s": usual, **builds}.items():
        for row in rows:
            lines.append([
                NAMES[row["target"]], BUILDS[name],
                *(number(row[column]) for column in ("own", "flash", "stack", "panics", "typical")),
                f"{row['mac_ratio']:.2f}",
            ])  # fmt: skip
    header = [
        "", "build", "own flash", "over empty", "stack", "panics",
        f"instructions, {lengths['typical']} bytes", "x MAC",
    ]  # fmt: skip
    order = list(NAMES.values())
    lines.sort(key=lambda line: order.index(line[0]))
    return table(header, lines, ["---"] * 2 + ["---:"] * 6)


def panicking(panics):
    """A line for each case and opt-level that has functions that panic."""
    lines = []
    for (case, opt), names in panics.items():
        for name, targets in names.items():
            lines.append([CASES[case], opt, f"`{name}`", ", ".join(NAMES[at] for at in targets)])
    return table(["firmware", "opt-level", "function", ""], lines) if lines else "None."


def by_file(apart, total):
    names = sorted(
        (set(apart.flash_by_file) | set(apart.instructions_by_file)) - {parts.HARNESS},
        key=lambda name: (-apart.instructions_by_file[name], -apart.flash_by_file[name], name),
    )
    lines = [
        [name, number(apart.flash_by_file[name]), number(apart.instructions_by_file[name])]
        for name in names
    ]
    rest = total - sum(apart.flash_by_file[name] for name in names)
    lines.append(["all else", number(rest), 0])
    return table(["", "own flash", "instructions"], lines, ["---", "---:", "---:"])


def everything(rows):
    lines = []
    for row in rows:
        bound = (
            number(row["bound"])
            if row["bound"] is not None
            else "none: " + row["path"].split(":")[0].split(" in ")[0]
        )
        lines.append([
            row["sha"], CASES[row["case"]],
            *(number(row[column]) for column in ("own", "flash", "ram", "stack")), bound,
            *(number(row[column]) for column in ("heap", "panics", *tokens.NAMES)),
            f"{row['mac_ratio']:.2f}",
        ])  # fmt: skip
    header = [
        "SHA-2", "", "own", "over empty", "ram", "stack", "bound", "heap", "panics",
        *tokens.NAMES, "x MAC",
    ]  # fmt: skip
    return table(header, lines, ["---"] * 2 + ["---:"] * 11)
