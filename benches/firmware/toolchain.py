"""Finds what builds and runs firmware: a compiler with `core` for the targets, QEMU, binutils."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

THUMBV6M = "thumbv6m-none-eabi"
THUMBV7EM = "thumbv7em-none-eabi"
RISCV32 = "riscv32imc-unknown-none-elf"

# Debian's names of the packages, by the programs that they bring.
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
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout.strip()


def is_arm(target):
    return target.startswith("thumb")


def binutil(target, name):
    return ("arm-none-eabi-" if is_arm(target) else "riscv64-unknown-elf-") + name


def qemu(target):
    return "qemu-system-arm" if is_arm(target) else "qemu-system-riscv32"


class Toolchain:
    """A compiler, and whether it has `core` prebuilt for the targets, as rustup brings it, or builds it from source."""

    def __init__(self, rustc, from_source):
        self.from_source = from_source
        release = re.search(r"^release: (.*)", output(rustc, "-vV"), re.MULTILINE).group(1)
        self.name = f"{release}-{'source' if from_source else 'prebuilt'}"
        self.description = f"rustc {release}, core {'built from source' if from_source else 'as rustup has it'}"

    def cargo(self, arguments, *, target, folder, alloc=False, rustflags=(), environment=()):
        """Runs cargo for a target, in a folder. It says what it does only if it fails."""
        # Flags of the caller's environment would change what is measured, or replace ours.
        variables = {
            name: value
            for name, value in os.environ.items()
            if name not in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_INCREMENTAL")
        }
        flags = list(rustflags)
        command = ["cargo", *arguments, "--target", target]
        if self.from_source:
            variables["PATH"] = "/usr/bin:" + variables["PATH"]
            variables["RUSTC_BOOTSTRAP"] = "1"  # building `core` is unstable
            command.append("-Zbuild-std=" + ("core,alloc" if alloc else "core"))
            # Debian has no rust-lld.
            flags += [f"-Clinker={binutil(target, 'ld')}", "-Clinker-flavor=ld"]
            if not is_arm(target):
                flags.append("-Clink-arg=-melf32lriscv")
        variables["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)
        variables.update(environment)
        done = subprocess.run(
            command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode != 0:
            die(f"{done.stdout}\nfailed: {' '.join(command)}")


def find(targets, from_source=False):
    """The toolchain for these targets, after a check that all programs are there. In CI as root, installs what is not."""
    may_install = os.environ.get("CI") == "true" and os.geteuid() == 0
    programs = sorted({qemu(target) for target in targets} | {binutil(target, "objdump") for target in targets})
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        packages = [PACKAGES[program] for program in missing]
        if not (may_install and apt_install(packages)):
            die(f"missing: {', '.join(missing)}. On Debian or Ubuntu: apt-get install {' '.join(packages)}")

    if not from_source:
        if not has_prebuilt(targets) and may_install:
            rustup_add(targets)
        if has_prebuilt(targets):
            return Toolchain("rustc", False)
    if not system_has_source() and may_install and not os.path.exists("/usr/bin/cargo"):
        apt_install(SYSTEM_COMPILER)
    if system_has_source():
        return Toolchain("/usr/bin/rustc", True)
    die(
        "There is no `core` for " + ", ".join(targets) + ". Either of these gives one:\n"
        f"  rustup target add {' '.join(targets)}\n"
        f"  apt-get install {' '.join(SYSTEM_COMPILER)}   (Debian 12)"
    )


def has_prebuilt(targets):
    # Asks rustc, not rustup: PATH may put another rustc before rustup's, and only what rustc sees counts.
    if not shutil.which("rustc"):
        return False
    folders = [pathlib.Path(output("rustc", "--print", "target-libdir", "--target", target)) for target in targets]
    return all(list(folder.glob("libcore-*.rlib")) for folder in folders)


def system_has_source():
    if not all(os.access(f"/usr/bin/{program}", os.X_OK) for program in ("cargo", "rustc")):
        return False
    sysroot = pathlib.Path(output("/usr/bin/rustc", "--print", "sysroot"))
    return (sysroot / "lib/rustlib/src/rust/library/core/src/lib.rs").exists()


def rustup_add(targets):
    if not shutil.which("rustup"):
        return
    say(f"rustup target add {' '.join(targets)}")
    # A server that never answers would take rustup minutes to give up on, and there is something else to try.
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
