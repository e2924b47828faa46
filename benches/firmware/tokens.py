"""Makes the tokens that the firmwares verify, always the same bytes."""

import base64
import hashlib
import hmac
import itertools
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "harness" / "tokens"
SECRET = bytes(range(64))
NAMES = ("tiny", "typical", "large")
HASHES = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}
# The headers, by the first part of the file names.
HEADERS = {
    "hs256": {"alg": "HS256", "typ": "JWT"},
    "hs512": {"alg": "HS512", "typ": "JWT"},
    "hs256-kid": {"alg": "HS256", "typ": "JWT", "kid": "2026-11"},
}
# How some issuers write claims: with every escape that JSON allows, or with white space.
SPELLINGS = ("escaped", "spaced")
# The keys of the key set, by name.
KEYS = {"2026-10": SECRET[:32], "2026-11": SECRET, "2026-12": SECRET[32:]}

TINY = {"iss": "id.example", "aud": "door-7", "exp": 1900000000, "nbf": 1700000000}
TYPICAL = {
    **TINY,
    "sub": "device-4711",
    "iat": 1700000000,
    "jti": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "scope": "open close status",
    "role": "maintainer",
    "uses": 30,
    "name": "Erika Mustermann",
    "site": "Hannover-Linden, Bau 4",
}
LARGE = {
    **TYPICAL,
    "jti": "7d444840-9dc0-11d1-b245-5ffdce74fad2",  # so that a replay guard accepts both
    "doors": [
        {
            "id": f"door-{number}",
            "from": 6 + number % 3,
            "to": 18.5,
            "days": ["mo", "tu", "we", "th", "fr"],
            "log": True,
        }
        for number in range(38)
    ],
}
# Claims with characters to escape.
FOREIGN = {"sub": "device/4711", "scope": "door/open door/close", "name": "Jörg Käßner"}


def sign(header, claims, secret=SECRET, spelling=None):
    """A token as text. The header names the algorithm."""
    segments = [base64url(part) for part in (to_json(header), spell(claims, spelling))]
    signing_input = b".".join(segments)
    mac = hmac.digest(secret, signing_input, HASHES[header["alg"]])
    return b".".join([signing_input, base64url(mac)]).decode()


def key_set():
    """The keys as the text of a JWK Set."""
    jwk = {"kty": "oct", "use": "sig", "alg": "HS256"}
    keys = [
        {**jwk, "kid": key_id, "k": base64url(secret).decode()} for key_id, secret in KEYS.items()
    ]
    return to_json({"keys": keys}).decode()


def spell(claims, spelling):
    if spelling == "escaped":
        claims = {**claims, **{name: FOREIGN[name] for name in FOREIGN if name in claims}}
        return json.dumps(claims, separators=(",", ":")).replace("/", r"\/").encode()
    return (
        json.dumps(claims, ensure_ascii=False).encode() if spelling == "spaced" else to_json(claims)
    )


def to_json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def make():
    """Writes the files that are missing or different. Returns lengths in bytes: of each token for
    HS256 by its name, of the typical one by spelling, and under `kid` what a `kid` adds."""
    FOLDER.mkdir(exist_ok=True)
    lengths = {}
    for kind, header in HEADERS.items():
        for name, claims in zip(NAMES, (TINY, TYPICAL, LARGE)):
            # The tiny token leaves out what is optional.
            token = sign(
                {key: header[key] for key in header if (name, key) != ("tiny", "typ")}, claims
            )
            write(f"{kind}-{name}.jwt", token)
            lengths[kind, name] = len(token)
    for spelling, (name, claims) in itertools.product(
        SPELLINGS, zip(NAMES, (TINY, TYPICAL, LARGE))
    ):
        token = sign(HEADERS["hs256"], claims, spelling=spelling)
        write(f"hs256-{spelling}-{name}.jwt", token)
        lengths[spelling, name] = len(token)
    write("keys.jwks", key_set())
    kid = lengths["hs256-kid", "typical"] - lengths["hs256", "typical"]
    spelled = {spelling: lengths[spelling, "typical"] for spelling in SPELLINGS}
    return {**{name: lengths["hs256", name] for name in NAMES}, **spelled, "kid": kid}


def write(name, text):
    file = FOLDER / name
    if not file.exists() or file.read_bytes() != text.encode():
        file.write_bytes(text.encode())


if __name__ == "__main__":
    print(make())
