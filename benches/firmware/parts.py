"""Splits an image's own flash and a verification's instructions by part and by source file."""

import collections
import re

from image import MEMORY
from toolchain import die

MAC, BASE64URL, JSON, RULES, HEAP, LIBRARY = (
    "MAC", "Base64URL", "JSON", "header, claims, policy", "heap", "core, arithmetic",
)  # fmt: skip
PARTS = (MAC, BASE64URL, JSON, RULES, HEAP, LIBRARY)
# The empty firmware has this too.
HARNESS = "harness"

CRATES = {
    MAC: "sha2 hmac digest block-buffer crypto-common hybrid-array generic-array typenum ctutils "
    "cmov subtle zeroize",
    BASE64URL: "base64ct",
    JSON: "serde serde_core serde_json serde-json-core itoa ryu zmij memchr heapless",
    HEAP: "embedded-alloc linked_list_allocator critical-section",
    RULES: "jwt-compact chrono anyhow smallvec num-traits",
    HARNESS: "cortex-m-rt riscv-rt riscv",
}
# The part that a source file belongs to. The first match counts.
PATTERNS = [
    *((part, rf"/({'|'.join(names.split())})-\d") for part, names in CRATES.items()),
    (HARNESS, r"^/repository/benches/firmware/harness/"),
    (HEAP, r"^/repository/benches/firmware/peer/src/heap\.rs"),
    (RULES, r"^/repository/benches/firmware/"),
    (BASE64URL, r"^/repository/src/base64url\.rs"),
    (JSON, r"^/repository/src/(json/|deserialize\.rs)"),
    (MAC, r"^/repository/src/key/(mac|hmac)\.rs"),
    (RULES, r"^/repository/src/"),
]
PATTERNS = [(part, re.compile(pattern)) for part, pattern in PATTERNS]

# The source files that only a firmware that uses them should link.
FEATURES = (
    "key/jwk",
    "key/set",
    "state/fingerprint",
    "state/records",
    "state/replay",
    "state/revocation",
    "state/time_floor",
)


class Apart:
    """Own flash in bytes and instructions, both by part and by source file."""

    def __init__(self):
        self.flash = collections.Counter()
        self.instructions = collections.Counter()
        self.flash_by_file = collections.Counter()
        self.instructions_by_file = collections.Counter()


def take_apart(image, executed):
    apart = Apart()
    places = {}
    files = image.files_of(image.addresses())
    for start, name, instructions in image.functions:
        ends = [address for address, *_ in instructions[1:]]
        end = image.ends.get(start, ends[-1] + 2 if ends else start)
        for (address, *_), after in zip(instructions, [*ends, end]):
            # Inlined code belongs to the innermost file outside the standard library.
            place = next(
                (found for found in map(place_of, files[address]) if found), (LIBRARY, LIBRARY)
            )
            places[address] = place
            if not MEMORY.fullmatch(name):
                add(apart.flash, apart.flash_by_file, place, after - address)
    for name, _, size, section in image.symbols:
        if section.startswith((".rodata", ".data")):
            add(apart.flash, apart.flash_by_file, constant(name), size)
    last = (RULES, RULES)
    for address in executed:
        place = places[address]
        if place[0] != LIBRARY:
            last = place
        # Copying and arithmetic count for the part that calls it.
        add(apart.instructions, apart.instructions_by_file, last, 1)
    return apart


def features(image):
    """The features that an image links: an instruction, inlined or not, comes from their source
    file, or a symbol, maybe a constant's, has their name."""
    files = set().union(*image.files_of(image.addresses()).values())
    if "/repository/src/verifier.rs" not in files:
        die(f"{image.path} doesn't name the source files of its instructions")
    names = " ".join(name for name, *_ in image.symbols)
    return [
        feature
        for feature in FEATURES
        if f"/repository/src/{feature}.rs" in files or re.search(mangled(feature), names)
    ]


def mangled(feature):
    """A pattern for the names of a module. In a mangled name, each part follows its length."""
    return "".join(rf"(?<!\d){len(part)}{part}" for part in feature.split("/"))


def add(by_part, by_file, place, amount):
    by_part[place[0]] += amount
    by_file[place[1]] += amount


def place_of(file):
    """A source file's part and short name."""
    for part, pattern in PATTERNS:
        if pattern.search(file):
            if part == HARNESS:
                return HARNESS, HARNESS
            ours = re.match(r"/repository/(src/.*)", file)
            crate = re.search(r"/([\w-]+?)-\d[^/]*/src/", file)
            return part, ours.group(1) if ours else crate.group(
                1
            ) if crate else "the firmware's own"
    return None


def constant(symbol):
    """A constant's part and short name, from its mangled name."""
    if "embedded_jwt" in symbol:
        for module, place in (("base64url", BASE64URL), ("4json", JSON), ("deserialize", JSON)):
            if module in symbol:
                return place, f"src/{module.lstrip('4')}, constants"
        return RULES, "src, constants"
    if "harness" in symbol:
        return HARNESS, HARNESS
    for part, names in CRATES.items():
        if any(f"{len(name)}{name.replace('-', '_')}" in symbol for name in names.split()):
            return part, f"{part}, constants"
    return LIBRARY, f"{LIBRARY}, constants"
