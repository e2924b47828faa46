"""Builds the firmware, and makes the lines that it is told."""

import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent.parent / "benches" / "firmware"))

import tokens  # noqa: E402
import toolchain  # noqa: E402

SECRET = (FOLDER / "demo.key").read_bytes()
NOW = 1800000000
# The serial port is standard input and output.
CONSOLE = ("-display", "none", "-monitor", "none", "-serial", "stdio")
BOARDS = {
    "arm": (toolchain.THUMBV7EM, ("qemu-system-arm", "-M", "mps2-an386", *CONSOLE)),
    "riscv": (toolchain.RISCV32, ("qemu-system-riscv32", "-M", "virt", "-bios", "none", *CONSOLE)),
}


def build(boards, from_source=False):
    """For each board the command that runs the firmware on it."""
    targets = [BOARDS[board][0] for board in boards]
    compiler = toolchain.find(targets, from_source)
    toolchain.say(compiler.description)
    folder = FOLDER / "target" / compiler.name
    for target in targets:
        compiler.cargo(
            ["build", "--locked", "--release"], target=target, folder=FOLDER, environment={"CARGO_TARGET_DIR": str(folder)}
        )
    return {
        board: [*BOARDS[board][1], "-kernel", str(folder / BOARDS[board][0] / "release" / "door-lock")] for board in boards
    }


def access(header={}, secret=SECRET, **claims):
    """A token that opens the door, but for what is said otherwise; `None` leaves a claim out."""
    claims = {"iss": "https://id.example", "sub": "erika", "aud": "door-7", "exp": NOW + 3600, **claims}
    return tokens.sign({"alg": "HS256", "typ": "JWT", **header}, without_none(claims), secret)


def time(now, header={}, **claims):
    """A line that sets the clock."""
    claims = {"iss": "https://id.example", "aud": "door-7", "iat": now, **claims}
    return "time " + tokens.sign({"alg": "HS256", "typ": "time+jwt", **header}, without_none(claims), SECRET)


def without_none(claims):
    return {name: value for name, value in claims.items() if value is not None}
