"""Builds the door lock in C, and runs it as examples/door-lock does the one in Rust."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
CAPI = FOLDER.parent.parent
RUST = CAPI.parent / "examples" / "door-lock"
BUILT = CAPI / "target" / "examples"
sys.path.insert(0, str(RUST))

import firmware  # noqa: E402


class Board:
    """A board of the Rust door lock, with the image in C."""

    def __init__(self, name, compiler, most_flash):
        self.name, self.rust = name, firmware.BOARDS[name]
        # With the SHA-2 for devices. The other one takes more than is left.
        self.most_flash = most_flash
        self.flash = self.rust.flash
        self.size = compiler.removesuffix("gcc") + "size"
        self.build_folder = BUILT / f"door-lock-{name}"
        self.image = self.build_folder / "door-lock"

    def command(self, profile, ram_file=None):
        return [*self.rust.command(profile, ram_file)[:-1], str(self.image)]

    def build(self):
        call(
            "cmake", "-S", FOLDER, "-B", self.build_folder, f"-DCMAKE_TOOLCHAIN_FILE={FOLDER / self.name}.cmake",
            f"-DEMBEDDED_JWT_TARGET_DIR={BUILT / 'cargo'}",
        )  # fmt: skip
        call("cmake", "--build", self.build_folder)
        text, data, bss = map(int, call(self.size, self.image).splitlines()[1].split()[:3])
        if text + data > self.most_flash:
            sys.exit(f"{self.name}: {text + data} bytes of flash, and not {self.most_flash}")
        print(f"{self.name}: {text + data} bytes of flash, {data + bss} of RAM besides the stack")


def load(name):
    """A script of the door lock in Rust, as a module."""
    loader = importlib.machinery.SourceFileLoader(f"door_lock_{name}", str(RUST / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def call(*command):
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nfailed: {' '.join(map(str, command))}")
    return done.stdout


BOARDS = {
    "arm": Board("arm", "arm-none-eabi-gcc", 36_000),
    "riscv": Board("riscv", "riscv64-unknown-elf-gcc", 44_000),
}
