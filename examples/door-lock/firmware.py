"""Builds the firmware, and makes the lines that are sent to it."""

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
    """Builds the firmware. Returns the command that runs it, for each board."""
    targets = [BOARDS[board][0] for board in boards]
    compiler = toolchain.find(targets, from_source)
    toolchain.say(compiler.description)
    folder = FOLDER / "target" / compiler.name
    compiler.cargo(
        ["build", "--locked", "--release"],
        targets=targets,
        folder=FOLDER,
        environment={"CARGO_TARGET_DIR": str(folder)},
    )
    commands = {}
    for board, target in zip(boards, targets):
        image = folder / target / "release" / "door-lock"
        commands[board] = [*BOARDS[board][1], "-kernel", str(image)]
    return commands


def access(header={}, secret=SECRET, **claims):
    """A token that opens the door. `header` and `claims` change it; `None` leaves a member out."""
    usual = {"iss": "https://id.example", "sub": "erika", "aud": "door-7", "exp": NOW + 3600}
    claims = {**usual, **claims}
    return tokens.sign({"alg": "HS256", "typ": "JWT", **header}, without_none(claims), secret)


def time(now, header={}, **claims):
    """A line that sets the clock."""
    claims = {"iss": "https://id.example", "aud": "door-7", "iat": now, **claims}
    header = {"alg": "HS256", "typ": "time+jwt", **header}
    return "time " + tokens.sign(header, without_none(claims), SECRET)


def without_none(claims):
    return {name: value for name, value in claims.items() if value is not None}
