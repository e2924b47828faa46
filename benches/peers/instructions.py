"""Counts instructions with valgrind, and compares them with the committed ones."""

import csv
import pathlib
import platform
import shutil
import subprocess
import tempfile

from results import read
from toolchain import die, say

# Valgrind doesn't know SHA instructions, so the program must not look for them.
FLAGS = ['--cfg=sha2_backend="soft"']
FUNCTION = "instructions::counted"
FILE = "instructions.tsv"
COLUMNS = ("compiler", "token", "case", "instructions")
TOLERANCE = 0.01


def count(program, folder):
    """Returns rows of token, case, instructions."""
    if not shutil.which("valgrind"):
        die("missing: valgrind. On Debian or Ubuntu: apt-get install valgrind")
    with tempfile.TemporaryDirectory() as counts:
        file = pathlib.Path(counts) / "count"
        # Writes a file per call, numbered from 1, and one for the rest at the end.
        done = subprocess.run(
            ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={file}",
             f"--toggle-collect={FUNCTION}", f"--dump-after={FUNCTION}", program, folder],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if done.returncode != 0:
            die(done.stderr)
        lines = [line.split("\t") for line in done.stdout.splitlines()]
        return [(*line, total(f"{file}.{number}")) for number, line in enumerate(lines, 1)]


def total(file):
    with open(file) as lines:
        totals = (line.removeprefix("totals: ") for line in lines if line.startswith("totals: "))
        number = int(next(totals))
    return number or die(f"{FUNCTION} was not counted")


def name(compiler):
    return f"{compiler}-{platform.machine()}"


def judge(folder, rows, compiler):
    """Prints each case that takes more instructions than committed. Returns the exit code."""
    compiler = name(compiler)
    committed = {
        (line["token"], line["case"]): int(line["instructions"])
        for line in read(folder / FILE)
        if line["compiler"] == compiler
    }
    if not committed:
        say(f"{FILE} has no figures for {compiler}: nothing is checked")
        return 0
    broken = 0
    for token, case, instructions in rows:
        limit = committed.get((token, case))
        if limit is None or instructions > limit * (1 + TOLERANCE):
            say(f"BROKEN: {case}, {token}: {instructions:,} instructions, {FILE} has {limit}")
            broken += 1
    say(f"{len(rows) - broken} of {len(rows)} held")
    return 1 if broken else 0


def update(folder, rows, compiler):
    """Writes these rows to instructions.tsv, and keeps those of other compilers."""
    compiler = name(compiler)
    committed = read(folder / FILE)
    lines = [tuple(line.values()) for line in committed if line["compiler"] != compiler]
    lines += [(compiler, *row) for row in rows]
    with (folder / FILE).open("w", newline="") as out:
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(sorted(lines, key=lambda line: line[0]))
