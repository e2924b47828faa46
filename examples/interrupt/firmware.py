"""Builds the firmware, and makes the tokens that are sent to it."""

import base64
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
TARGET = "thumbv7em-none-eabi"
NOW = 1800000000
# As in `main.rs`.
SECRETS = {"1": b"\x51" * 32, "2": b"\x52" * 32}
REPLACE_KEY = "\x12"
BUSY = "\x13"
GO_ON = "\x11"


def build():
    """Builds the firmware. Returns the command that runs it: the serial port is standard input and
    output."""
    if not shutil.which("qemu-system-arm"):
        sys.exit("missing: qemu-system-arm. On Debian or Ubuntu: apt-get install qemu-system-arm")
    cargo = ["cargo", "build", "--locked", "--quiet", "--release"]
    if subprocess.run(cargo, cwd=FOLDER).returncode != 0:
        sys.exit(f"can't build. If `core` is missing: rustup target add {TARGET}")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", FOLDER / "target"))
    image = target / TARGET / "release" / "interrupt-door"
    qemu = "qemu-system-arm -M mps2-an386 -display none -monitor none -serial stdio -kernel"
    return [*qemu.split(), str(image)]


def token(key_id, secret=None, **claims):
    """A token that opens the door, with the key of that name. `claims` change it."""
    header = {"alg": "HS256", "typ": "JWT", "kid": key_id}
    usual = {"iss": "https://id.example", "sub": "erika", "aud": "door-7", "exp": NOW + 3600}
    parts = (header, {**usual, **claims})
    signing_input = b".".join(base64url(to_json(part)) for part in parts)
    mac = hmac.digest(secret or SECRETS[key_id], signing_input, "sha256")
    return b".".join([signing_input, base64url(mac)]).decode()


def to_json(value):
    return json.dumps(value, separators=(",", ":")).encode()


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")
