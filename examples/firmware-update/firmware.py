"""Builds the firmware, makes tokens for images, and sends both to it. Needs Python's own library
only."""

import base64
import contextlib
import hmac
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading

FOLDER = pathlib.Path(__file__).resolve().parent
BUILT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", FOLDER / "target"))
TARGET = "thumbv7em-none-eabi"
KEY_FILE = FOLDER / "demo.key"
# As in src/main.rs and src/install.rs.
KEY_ID = "device-7"
TYPE = "firmware-image"
# As in src/slots.rs and src/flash.rs.
CAPACITY = 1 << 20
SLOTS = {"A": 0, "B": CAPACITY + 4096}
FLASH_SIZE = 2 * (CAPACITY + 4096)
# What a radio may carry at once.
PACKET = 256
SECONDS = 120


def build():
    """Builds the firmware and `sign-image`."""
    if not shutil.which("qemu-system-arm"):
        sys.exit("missing: qemu-system-arm. On Debian or Ubuntu: apt-get install qemu-system-arm")
    firmware = ("--release", "--bin", "firmware-update", "--target", TARGET)
    for options in firmware, ("--bin", "sign-image"):
        done = cargo("build", *options)
        if done.returncode != 0:
            sys.exit(f"{done.stdout}\nIf `core` is missing: rustup target add {TARGET}")


def cargo(*arguments):
    return subprocess.run(
        ["cargo", *arguments, "--locked", "--target-dir", str(BUILT)],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def sign_image(*arguments):
    """Runs `sign-image`. Returns what it prints, and its exit code."""
    command = [BUILT / "debug" / "sign-image", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.rstrip("\n"), done.returncode


def token(image, version, secret=None, **header):
    """A token for an image, made without `sign-image`. `header` changes the header; `None` leaves a
    parameter out."""
    header = {"alg": "HS256", "typ": TYPE, "kid": KEY_ID, "version": version, **header}
    header = {name: value for name, value in header.items() if value is not None}
    header = base64url(json.dumps(header, separators=(",", ":")).encode())
    mac = hmac.digest(secret or KEY_FILE.read_bytes(), header + b"." + base64url(image), "sha256")
    return b"..".join([header, base64url(mac)]).decode()


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


class Device:
    """The firmware, in QEMU."""

    def __init__(self, folder, qemu, radio):
        self.folder, self.qemu, self.radio = folder, qemu, radio
        # Log messages about the last image.
        self.log = []

    def next_line(self, log=False):
        """The next line: a log message, or an answer. Empty if QEMU has ended."""
        for line in self.qemu.stdout:
            line = line.decode(errors="replace").rstrip("\n")
            is_log = line.startswith("#")
            if is_log:
                self.log.append(line)
            if is_log == log:
                return line
        return ""

    def send(self, token, image, packet=PACKET, stop_after=None):
        """Sends a token and an image. Returns the answer, which is `more` if it stops after so many
        bytes, a multiple of the packet's."""
        self.log = []
        self.radio.write(token.encode() + b"\n")
        answer = self.next_line()
        # The last one is empty.
        for start in range(0, len(image) + packet, packet):
            if answer != "more" or start == stop_after:
                return answer
            piece = image[start : start + packet]
            self.radio.write(len(piece).to_bytes(2, "big") + piece)
            answer = self.next_line()
        return answer

    def state_and_stack(self):
        """What the firmware says of its memory, in bytes."""
        numbers = re.fullmatch("# state: (.*) bytes, stack: (.*) bytes", self.log[0]).groups()
        return [int(number) for number in numbers]

    def set_flash(self, fault):
        with open(self.folder / "ram", "r+b") as ram:
            ram.seek(FLASH_SIZE)
            ram.write(bytes([fault]))

    def read_slot(self, slot, length):
        """The start of a slot. Each byte of RAM is the complement of one in flash."""
        with open(self.folder / "ram", "rb") as ram:
            ram.seek(SLOTS[slot])
            return bytes(byte ^ 0xff for byte in ram.read(length))


@contextlib.contextmanager
def started(folder):
    """Starts the firmware. The folder has a file with its RAM, and with it the simulated flash: it
    survives the end of QEMU. A pipe is its radio."""
    (folder / "radio").unlink(missing_ok=True)
    os.mkfifo(folder / "radio")
    ram = "memory-backend-file,id=ram,size=16M,share=on,mem-path=ram"
    machine = "mps2-an386,memory-backend=ram"
    out = "-chardev stdio,id=out -semihosting-config enable=on,chardev=out"
    qemu = f"qemu-system-arm -M {machine} -object {ram} -display none -monitor none {out} -kernel"
    command = [*qemu.split(), BUILT / TARGET / "release" / "firmware-update"]
    # Open at both ends, so that it has no end while QEMU is not running.
    pipe = os.open(folder / "radio", os.O_RDWR)
    radio = open(pipe, "wb", buffering=0)
    files = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    with radio, subprocess.Popen(command, cwd=folder, **files) as process:
        # A firmware that hangs must not hang the test.
        timer = threading.Timer(SECONDS, process.kill)
        timer.start()
        try:
            yield Device(folder, process, radio)
        finally:
            timer.cancel()
            process.kill()
