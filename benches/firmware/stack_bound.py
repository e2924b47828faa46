"""The most stack that a call can need for any input: the sum of the frames along the deepest path
through the image's call graph.

The compiler notes the size of each frame. Functions that come compiled (`memcpy` and the like) have
no such note, so their instructions are read instead.
"""

import re

import toolchain


class Unbounded(Exception):
    """The call graph has a cycle or a call whose target is unknown."""


def bound(image, entry):
    """The stack in bytes that the function `entry` needs, and the path that needs it."""
    by_address = {address: (name, instructions) for address, name, instructions in image.functions}
    start = next((address for address, (name, _) in by_address.items() if name == entry), None)
    if start is None:
        raise Unbounded(f"there is no function {entry}")
    known = {}

    def visit(address, path):
        if address in path:
            raise Unbounded(
                "recursion: " + " -> ".join(by_address[at][0] for at in [*path, address])
            )
        if address not in known:
            name, instructions = by_address[address]
            deepest = (0, [])
            for callee in callees(image, address, name, instructions, by_address):
                deepest = max(deepest, visit(callee, [*path, address]))
            frame = image.stack_sizes.get(address)
            if frame is None:
                frame = frame_of(name, instructions, image.target)
            known[address] = (frame + deepest[0], [(name, frame), *deepest[1]])
        return known[address]

    return visit(start, [])


def callees(image, address, name, instructions, by_address):
    """The addresses of the functions that a function calls or jumps to."""
    arm = toolchain.is_arm(image.target)
    branches, indirect = (ARM_BRANCH, arm_indirect) if arm else (RISCV_BRANCH, riscv_indirect)
    end = instructions[-1][0]
    found = set()
    for at, (where, mnemonic, operands) in enumerate(instructions):
        if mnemonic.startswith(".") and not arm:  # on Arm it is a constant in the code
            raise Unbounded(f"not disassembled in {name}: {where:x}")
        direct = re.search(r"\b([0-9a-f]+) <", operands) if branches.fullmatch(mnemonic) else None
        if direct is None:
            if indirect(mnemonic, operands) and not is_jump_table(
                image, address, end, instructions, at
            ):
                raise Unbounded(f"indirect call in {name} at {where:x}: {mnemonic} {operands}")
            continue
        target = int(direct.group(1), 16)
        if address < target <= end or target == address and not is_call(mnemonic, operands):
            continue  # within the function
        if target not in by_address:
            raise Unbounded(f"jump into a function in {name} at {where:x}: {mnemonic} {operands}")
        found.add(target)
    return sorted(found)


ARM_BRANCH = re.compile(
    r"(b|bl|blx|cbn?z|b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al))(\.[nw])?"
)
RISCV_BRANCH = re.compile(r"(c\.)?(j|jal|jalr|jr|call|tail|b\w+)")


def is_call(mnemonic, operands):
    return (
        mnemonic.startswith(("bl", "call"))
        and not mnemonic.startswith(("ble", "blt"))
        or (mnemonic.startswith("jal") and not operands.startswith("zero"))
    )


def arm_indirect(mnemonic, operands):
    # `mov pc` and `add pc` are jumps through a table on a Cortex-M0. Calls are `blx` and `bx`.
    return (
        mnemonic in ("blx", "bx")
        and operands != "lr"
        or mnemonic.startswith("ldr")
        and operands.startswith("pc,")
    )


def riscv_indirect(mnemonic, operands):
    # A `jalr` for which the disassembler prints an address is a direct call.
    return mnemonic in ("jr", "jalr") and operands != "ra" and "<" not in operands


def is_jump_table(image, start, end, instructions, at):
    """Whether a RISC-V `jr` jumps through a table of addresses in its own function.

    A `match` compiles to this. The table's address may be loaded long before, outside a loop. A
    `jalr` is always a call.
    """
    if instructions[at][1] != "jr":
        return False
    for _, mnemonic, operands in instructions[:at]:
        table = None
        if mnemonic in ("addi", "add", "mv", "lw"):
            table = re.search(r"# ([0-9a-f]+)", operands)
            table = table and int(table.group(1), 16)
        elif mnemonic == "lui":  # alone, if the rest of the address is 0
            table = int(operands.split(",")[1], 16) << 12
        entry = table and image.word(table)
        if entry is not None and start < entry <= end:
            return True
    return False


def frame_of(name, instructions, target):
    """The most stack that a function's own instructions can take: the sum of all pushes."""
    total = 0
    for _, mnemonic, operands in instructions:
        mnemonic = mnemonic.removesuffix(".w").removesuffix(".n")
        number = re.search(r"#?(-?\d+)", operands)
        if toolchain.is_arm(target):
            if mnemonic == "push" or mnemonic == "stmdb" and operands.startswith("sp!"):
                total += 4 * registers(operands)
            elif mnemonic in ("sub", "subw") and operands.startswith("sp"):
                total += int(re.search(r"#(\d+)", operands).group(1))
            elif re.search(r"\[sp, #-\d+\]!", operands):
                total += int(re.search(r"#-(\d+)\]!", operands).group(1))
            elif mnemonic in ("mov", "msr", "add") and operands.startswith("sp, r"):
                raise Unbounded(f"{name} moves the stack pointer: {mnemonic} {operands}")
        elif mnemonic in ("addi", "add", "c.addi16sp") and operands.startswith("sp,sp,"):
            amount = re.fullmatch(r"sp,sp,(-?\d+)", operands)
            if amount is None:
                raise Unbounded(f"{name} moves the stack pointer: {mnemonic} {operands}")
            total += max(0, -int(amount.group(1)))
        elif mnemonic in ("mv", "add", "sub") and operands.startswith("sp,"):
            raise Unbounded(f"{name} moves the stack pointer: {mnemonic} {operands}")
    return total


def registers(operands):
    """The number of registers in a list such as `{r4, r5, r7-r9, lr}`."""
    count = 0
    for part in re.search(r"\{(.*)\}", operands).group(1).split(","):
        low, _, high = part.strip().partition("-")
        count += int(high[1:]) - int(low[1:]) + 1 if high else 1
    return count
