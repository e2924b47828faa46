"""Writes the tokens to files: those of the firmware measurements, the same claims with escapes or
spaces, tokens of many lengths, and bad tokens."""

import itertools
import shutil

import tokens

HEADER = {"alg": "HS256", "typ": "JWT"}
SHORT_HEADER = {"alg": "HS256"}
SIZES = [2**power for power in range(7, 17)]
# The shortest token has no room for more claims.
SHORT = {"iss": "id", "aud": "d", "exp": 1900000000, "nbf": 0}


def make(folder):
    """Writes one folder of files per use. Returns the tokens that are compared, by name."""
    shutil.rmtree(folder, ignore_errors=True)
    good = {
        "tiny": tokens.sign(SHORT_HEADER, tokens.TINY),
        "typical": tokens.sign(HEADER, tokens.TYPICAL),
        "large": tokens.sign(HEADER, tokens.LARGE),
    }
    write(folder / "good", good)
    write(folder / "refused", refused(good["typical"]))
    write(folder / "sizes", {str(size): sized(size) for size in SIZES})
    spelled = {}
    for spelling in tokens.SPELLINGS:
        for name, claims in (("typical", tokens.TYPICAL), ("large", tokens.LARGE)):
            spelled[f"{name}-{spelling}"] = tokens.sign(HEADER, claims, spelling=spelling)
    write(folder / "spelled", spelled)
    return good


def refused(typical):
    """Tokens that break one rule each. The dates are wrong by the real clock as well."""
    flipped = "A" if typical[-10] != "A" else "B"
    return {
        "signature": f"{typical[:-10]}{flipped}{typical[-9:]}",
        "algorithm": tokens.sign({**HEADER, "alg": "HS512"}, tokens.TYPICAL),
        "issuer": tokens.sign(HEADER, {**tokens.TYPICAL, "iss": "id.other"}),
        "audience": tokens.sign(HEADER, {**tokens.TYPICAL, "aud": "door-8"}),
        "expired": tokens.sign(HEADER, {**tokens.TYPICAL, "exp": 1700000001}),
        "early": tokens.sign(HEADER, {**tokens.TYPICAL, "nbf": 1890000000}),
    }


def sized(size):
    """A token of exactly `size` bytes, filled with doors like the large one."""
    room = (size - len(tokens.sign(SHORT_HEADER, {})) + len("e30")) * 3 // 4  # "e30" encodes {}
    claims = SHORT
    for number in itertools.count():
        doors = list(itertools.islice(itertools.cycle(tokens.LARGE["doors"]), number))
        more = {**SHORT, "doors": doors, "rest": ""}
        if len(tokens.to_json(more)) > room:
            break
        claims = more
    if "rest" in claims:
        claims["rest"] = "x" * (room - len(tokens.to_json(claims)))
    token = tokens.sign(SHORT_HEADER, claims)
    assert len(token) == size, (len(token), size)
    return token


def write(folder, texts):
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
