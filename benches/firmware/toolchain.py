"""Finds the programs that build and run firmware: a compiler with `core`, QEMU, binutils."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

THUMBV6M = "thumbv6m-none-eabi"
THUMBV7EM = "thumbv7em-none-eabi"
RISCV32 = "riscv32imc-unknown-none-elf"

# The Debian package of each program.
PACKAGES = {
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-riscv32": "qemu-system-misc",
    "arm-none-eabi-objdump": "binutils-arm-none-eabi",
    "riscv64-unknown-elf-objdump": "binutils-riscv64-unknown-elf",
}
SYSTEM_COMPILER = ["rustc-web", "rust-web-src", "cargo-web"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def die(text):
    say(text)
    sys.exit(2)


def output(*command, **options):
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, **options
    ).stdout.strip()


def is_arm(target):
    return target.startswith("thumb")


def binutil(target, name):
    return ("arm-none-eabi-" if is_arm(target) else "riscv64-unknown-elf-") + name


def qemu(target):
    return "qemu-system-arm" if is_arm(target) else "qemu-system-riscv32"


class Toolchain:
    """A compiler whose `core` is prebuilt for the targets, by rustup, or built from source. Without
    rustup, it is Debian's."""

    def __init__(self, rustc, from_source, is_debian):
        self.rustc = rustc
        self.from_source = from_source
        self.is_debian = is_debian
        release = re.search(r"^release: (.*)", output(rustc, "-vV"), re.MULTILINE).group(1)
        self.name = f"{release}-{'source' if from_source else 'prebuilt'}"
        self.description = (
            f"rustc {release}, core {'built from source' if from_source else 'as rustup has it'}"
        )

    def cargo(self, arguments, *, targets, folder, alloc=False, environment=()):
        """Runs cargo for these targets in a folder. Prints cargo's output only if it fails."""
        if self.from_source:
            arguments = [*arguments, "-Zbuild-std=" + ("core,alloc" if alloc else "core")]
        if not self.is_debian:
            # All at once, which keeps all cores busy.
            self._cargo(arguments, targets, folder, [], dict(environment))
            return
        # Each target has a linker of its own. Debian has no rust-lld.
        for target in targets:
            flags = [f"-Clinker={binutil(target, 'ld')}", "-Clinker-flavor=ld"]
            if not is_arm(target):
                flags.append("-Clink-arg=-melf32lriscv")
            debian = {"PATH": "/usr/bin:" + os.environ["PATH"]}
            self._cargo(arguments, [target], folder, flags, {**debian, **dict(environment)})

    @staticmethod
    def _cargo(arguments, targets, folder, flags, environment):
        # Flags from the caller's environment would replace ours or change the code we measure.
        variables = {
            name: value
            for name, value in os.environ.items()
            if name
            not in (
                "RUSTFLAGS",
                "CARGO_ENCODED_RUSTFLAGS",
                "CARGO_BUILD_TARGET",
                "CARGO_INCREMENTAL",
            )
        }
        variables["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)
        # A stable compiler takes the unstable options that we need only with this.
        variables["RUSTC_BOOTSTRAP"] = "1"
        variables.update(environment)
        command = ["cargo", *arguments, *(f"--target={target}" for target in targets)]
        done = subprocess.run(
            command,
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            die(f"{done.stdout}\nfailed: {' '.join(command)}")


def find(targets, from_source=False):
    """The toolchain for these targets. A missing program is installed as root in CI, else fatal."""
    may_install = os.environ.get("CI") == "true" and os.geteuid() == 0
    programs = sorted(
        {qemu(target) for target in targets} | {binutil(target, "objdump") for target in targets}
    )
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        packages = [PACKAGES[program] for program in missing]
        if not (may_install and apt_install(packages)):
            die(
                f"missing: {', '.join(missing)}. "
                f"On Debian or Ubuntu: apt-get install {' '.join(packages)}"
            )

    if not from_source:
        if not has_prebuilt(targets) and may_install:
            rustup_add(targets)
        if has_prebuilt(targets):
            return Toolchain("rustc", False, False)
    if not system_has_source() and may_install and not os.path.exists("/usr/bin/cargo"):
        apt_install(SYSTEM_COMPILER)
    if system_has_source():
        return Toolchain("/usr/bin/rustc", True, True)
    die(
        "There is no `core` for " + ", ".join(targets) + ". Either of these gives one:\n"
        f"  rustup target add {' '.join(targets)}\n"
        f"  apt-get install {' '.join(SYSTEM_COMPILER)}   (Debian 12)"
    )


def with_source(compiler):
    """The same compiler, but `core` is built from source."""
    if not has_source(compiler.rustc):
        die("There is no source of `core`. This gives it: rustup component add rust-src")
    return Toolchain(compiler.rustc, True, compiler.is_debian)


def has_source(rustc):
    sysroot = pathlib.Path(output(rustc, "--print", "sysroot"))
    return (sysroot / "lib/rustlib/src/rust/library/core/src/lib.rs").exists()


def has_prebuilt(targets):
    # Asks rustc, not rustup: PATH may name another rustc first, and that one compiles.
    if not shutil.which("rustc"):
        return False
    folders = [
        pathlib.Path(output("rustc", "--print", "target-libdir", "--target", target))
        for target in targets
    ]
    return all(list(folder.glob("libcore-*.rlib")) for folder in folders)


def system_has_source():
    programs = ("cargo", "rustc")
    return all(os.access(f"/usr/bin/{program}", os.X_OK) for program in programs) and has_source(
        "/usr/bin/rustc"
    )


def rustup_add(targets):
    if not shutil.which("rustup"):
        return
    say(f"rustup target add {' '.join(targets)}")
    # Don't wait minutes for a server that never answers: there is another way to get `core`.
    subprocess.run(
        ["rustup", "--quiet", "target", "add", *targets],
        env={**os.environ, "RUSTUP_DOWNLOAD_TIMEOUT": "30"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def apt_install(packages):
    if not shutil.which("apt-get"):
        return False
    say(f"apt-get install {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages]
    return all(
        subprocess.run(command, env=environment, stdout=sys.stderr).returncode == 0
        for command in (["apt-get", "-qq", "update"], install)
    )
