"""Builds the firmware, makes tokens for images, and sends both to it. Needs Python's own library
only."""

import base64
import contextlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading

FOLDER = pathlib.Path(__file__).resolve().parent
TARGET = "thumbv7em-none-eabi"
KEY_FILE = FOLDER / "demo.key"
# As in src/main.rs and src/install.rs.
KEY_ID = "device-7"
TYPE = "firmware-image"
# What a radio or a serial line may carry at once.
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
        ["cargo", *arguments, "--locked", "--target-dir", "target"],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def sign_image(key, key_id, version, image):
    """Runs `sign-image`. Returns what it prints, and its exit code."""
    program = FOLDER / "target" / "debug" / "sign-image"
    command = [program, key, key_id, str(version), image]
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

    def __init__(self, qemu, radio):
        self.qemu, self.radio = qemu, radio
        # Log messages since the last answer.
        self.log = []

    def next_line(self, log=False):
        """The next line, a log message if `log` is true. An empty one if QEMU has ended."""
        for line in self.qemu.stdout:
            line = line.decode(errors="replace").rstrip("\n")
            if line.startswith("#"):
                self.log.append(line)
            if line.startswith("#") == log:
                return line
        return ""

    def send(self, token, image=b"", packet=PACKET, stop_after=None):
        """Sends a token and an image. Returns the answer; `more` if it stops after so many bytes,
        which are a multiple of the packet's."""
        self.log = []
        self.write(token.encode() + b"\n")
        for start in range(0, len(image), packet):
            if (answer := self.next_line()) != "more" or start == stop_after:
                return answer
            piece = image[start : start + packet]
            self.write(len(piece).to_bytes(2, "big") + piece)
        if (answer := self.next_line()) != "more":
            return answer
        self.write(bytes(2))
        return self.next_line()

    def write(self, content):
        self.radio.write(content)


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
    command = [*qemu.split(), FOLDER / "target" / TARGET / "release" / "firmware-update"]
    pipe = os.open(folder / "radio", os.O_RDWR)
    with (
        open(pipe, "wb", buffering=0) as radio,
        subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process,
    ):
        # A firmware that hangs must not hang the test.
        timer = threading.Timer(SECONDS, process.kill)
        timer.start()
        try:
            yield Device(process, radio)
        finally:
            timer.cancel()
            process.kill()
