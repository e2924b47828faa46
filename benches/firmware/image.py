"""Reads a firmware's ELF file: sizes, symbols, and the code as the disassembler shows it."""

import functools
import re
import struct
import subprocess

import toolchain

# The functions in `core` that start a panic or do nothing but panic.
PANIC = re.compile(
    r"4core9panicking|unwrap_failed|expect_failed|slice_error_fail|len_mismatch_fail|"
    r"slice_(start|end)?_?index(_order|_len)?(_overflow)?_fail|4core5slice5index\w*fail"
)

# The functions that the compiler calls to copy, move, fill and compare memory, under their C and
# Arm names, and the functions of the crate `compiler_builtins` (its name mangled) that implement
# them.
MEMORY = re.compile(
    r"(__aeabi_)?mem(cpy|move|set|clr|cmp)[48]?|bcmp|"
    r"_(R|ZN)\w*17compiler_builtins(3mem|3arm\d+__aeabi_mem)[\w.$]*"
)


class Image:
    def __init__(self, path, target):
        self.path = path
        self.target = target
        self._data = path.read_bytes()
        self._read_sections()

    def _read_sections(self):
        table, entry, count, names = (
            *struct.unpack_from("<I", self._data, 0x20),
            *struct.unpack_from("<HHH", self._data, 0x2E),
        )
        headers = [
            struct.unpack_from("<10I", self._data, table + at * entry) for at in range(count)
        ]
        self.sections = []
        for name, kind, flags, address, offset, size, link, *_ in headers:
            name = self._text(headers[names][4] + name)
            self.sections.append((name, kind, flags, address, offset, size, link))
        self.symbols = []  # name, address, size, section's name
        for name, kind, _, _, offset, size, link in self.sections:
            if kind != 2:  # SHT_SYMTAB
                continue
            for at in range(offset, offset + size, 16):
                symbol, address, length, _, _, index = struct.unpack_from("<IIIBBH", self._data, at)
                section = self.sections[index][0] if index < len(self.sections) else ""
                self.symbols.append(
                    (self._text(self.sections[link][4] + symbol), address, length, section)
                )

    def _text(self, offset):
        return self._data[offset : self._data.index(b"\0", offset)].decode()

    def size_of(self, *prefixes):
        return sum(size for name, *_, size, _ in self.sections if name.startswith(prefixes))

    @property
    def flash(self):
        return self.size_of(".text", ".rodata", ".data")

    @property
    def memory_functions(self):
        """The bytes of `.text` that memory functions occupy, by their symbols' sizes. No byte is
        counted twice, so aliases of one function count once. Padding isn't counted."""
        spans = [
            range(address & ~1, (address & ~1) + size)  # bit 0 only marks Thumb code
            for name, address, size, section in self.symbols
            if section.startswith(".text") and MEMORY.fullmatch(name)
        ]
        return len(set().union(*spans))

    @property
    def ram(self):
        return self.size_of(".data", ".bss")

    @property
    def panics(self):
        return sum(1 for name, *_ in self.symbols if PANIC.search(name))

    @property
    def panic_names(self):
        """The names of the functions that panic, as in the source."""
        mangled = [name for name, *_ in self.symbols if PANIC.search(name)]
        if not mangled:
            return []
        names = toolchain.output(toolchain.binutil(self.target, "c++filt"), *mangled)
        return [re.sub(r"::h[0-9a-f]{16}$", "", name) for name in names.splitlines()]

    def size_of_symbol(self, symbol):
        return next(size for name, _, size, _ in self.symbols if name == symbol)

    def word(self, address):
        """The word in flash at an address, or None."""
        for _, kind, _, start, offset, size, _ in self.sections:
            if kind == 1 and start <= address <= start + size - 4:  # SHT_PROGBITS
                return struct.unpack_from("<I", self._data, offset + address - start)[0]
        return None

    @functools.cached_property
    def ends(self):
        """The end of each function, by its address."""
        # Bit 0 of a symbol's address only marks Thumb code.
        return {
            address & ~1: (address & ~1) + size for _, address, size, _ in self.symbols if size > 0
        }

    @functools.cached_property
    def functions(self):
        """For each function its address, name and instructions (address, mnemonic, operands)."""
        listing = toolchain.output(toolchain.binutil(self.target, "objdump"), "-d", str(self.path))
        functions = []
        for line in listing.splitlines():
            if label := re.fullmatch(r"([0-9a-f]+) <(.*)>:", line):
                functions.append((int(label.group(1), 16), label.group(2), []))
            elif functions and (
                instruction := re.match(r"\s*([0-9a-f]+):\t[0-9a-f ]+\t(\S+)(?:\t(.*))?", line)
            ):
                address, mnemonic, operands = (
                    int(instruction.group(1), 16),
                    instruction.group(2),
                    instruction.group(3),
                )
                start = functions[-1][0]
                if address < self.ends.get(start, address + 1):  # what follows its end is padding
                    functions[-1][2].append((address, mnemonic, operands or ""))
        return functions

    def addresses(self):
        return [address for *_, instructions in self.functions for address, *_ in instructions]

    def files_of(self, addresses):
        """For each address the source files of its instruction, innermost inlined call first."""
        lines = "\n".join(hex(address) for address in addresses)
        command = [toolchain.binutil(self.target, "addr2line"), "-a", "-i", "-e", str(self.path)]
        result = subprocess.run(
            command, input=lines, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        files, at = {}, None
        for line in result.splitlines():
            if line.startswith("0x"):
                at = int(line, 16)
                files[at] = []
            else:
                files[at].append(line.rsplit(":", 1)[0])
        return files

    @functools.cached_property
    def stack_sizes(self):
        """The stack size of each function by its address, as `-Z emit-stack-sizes` notes it."""
        sizes = {}
        for name, *_, offset, size, _ in self.sections:
            if name != ".stack_sizes":
                continue
            at, end = offset, offset + size
            while at < end:
                address = struct.unpack_from("<I", self._data, at)[0]
                at, value, shift = at + 4, 0, 0
                while True:  # ULEB128
                    byte = self._data[at]
                    value |= (byte & 0x7F) << shift
                    at, shift = at + 1, shift + 7
                    if byte < 0x80:
                        break
                sizes[address & ~1 if toolchain.is_arm(self.target) else address] = value
        return sizes
