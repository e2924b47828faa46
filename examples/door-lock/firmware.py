"""Builds the firmware, and makes the lines that are sent to it. Needs Python's own library only."""

import base64
import hashlib
import hmac
import itertools
import json
import pathlib
import shutil
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
NOW = 1800000000
# When the issuer changes over to the next key, and when the last token by the one before it has
# expired: as in src/keys.rs.
FEBRUARY = 1801440000
LAST_USE = FEBRUARY + 8 * 60 * 60
SECRETS = (FOLDER / "demo.key").read_bytes()
KEYS = {"2026-12": SECRETS[:32], "2027-01": SECRETS[32:64], "2027-02": SECRETS[64:]}
HASHES = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}


class Board:
    def __init__(self, target, package, ram, flash, *qemu):
        self.target, self.package, self.ram, self.qemu = target, package, ram, qemu
        # Where in the RAM the simulated flash begins, as in src/board.
        self.flash = flash

    def command(self, profile, ram_file=None):
        """Runs the firmware: the serial port is standard input and output. A file for the RAM makes
        it survive the end of QEMU, and with it the simulated flash."""
        program, machine, *options = self.qemu
        if ram_file:
            ram = f"memory-backend-file,id=ram,size={self.ram},share=on,mem-path={ram_file}"
            machine += ",memory-backend=ram"
            options += ["-object", ram]
        options += ["-display", "none", "-monitor", "none", "-serial", "stdio"]
        folder = {"dev": "debug"}.get(profile, profile)
        image = FOLDER / "target" / self.target / folder / "door-lock"
        return [program, "-M", machine, *options, "-kernel", str(image)]


BOARDS = {
    "arm": Board(
        "thumbv7em-none-eabi", "qemu-system-arm", "16M", 0, "qemu-system-arm", "mps2-an386"
    ),
    "riscv": Board(
        "riscv32imc-unknown-none-elf",
        "qemu-system-misc",
        "128M",
        0x200000,
        *("qemu-system-riscv32", "virt", "-bios", "none"),
    ),
}


def build(boards, profile="release"):
    """Builds the firmware for these boards, or says what is missing."""
    for board in boards:
        if not shutil.which(program := board.qemu[0]):
            sys.exit(f"missing: {program}. On Debian or Ubuntu: apt-get install {board.package}")
    targets = [board.target for board in boards]
    options = [f"--target={target}" for target in targets]
    done = cargo("build", "--profile", profile, "--bin", "door-lock", *options)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nIf `core` is missing: rustup target add {' '.join(targets)}")


def cargo(*arguments):
    return subprocess.run(
        ["cargo", *arguments, "--locked", "--target-dir", "target"],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


numbers = itertools.count()


def access(header={}, secret=None, **claims):
    """A token that opens the door, another one each time. `header` and `claims` change it; `None`
    leaves a member out."""
    number = next(numbers)
    usual = {"iss": "https://id.example", "sub": "erika", "aud": "door-7", "role": "resident"}
    # Each expires later than the one before, as tokens do that are made one after the other.
    expiration = claims.get("exp") or NOW + 3600 + number
    dates = {"iat": min(NOW, expiration) - 60, "exp": expiration}
    claims = {**usual, **dates, "jti": f"{number:06}", **claims}
    return sign({"typ": "JWT", **header}, claims, secret)


def time(now, header={}, **claims):
    """A line that sets the clock."""
    claims = {"iss": "https://id.example", "aud": "door-7", "iat": now, **claims}
    return "time " + sign({"typ": "time+jwt", **header}, claims)


def sign(header, claims, secret=None):
    header = {"alg": "HS256", "kid": "2027-01", **header}
    secret = secret or KEYS.get(header["kid"], bytes(32))
    signed = b".".join(base64url(to_json(part)) for part in (header, claims))
    mac = hmac.digest(secret, signed, HASHES[header["alg"]])
    return b".".join([signed, base64url(mac)]).decode()


def to_json(value):
    members = {name: member for name, member in value.items() if member is not None}
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def say(text):
    print(text, file=sys.stderr, flush=True)
