"""Makes the tokens that the firmwares verify: the same bytes each time."""

import base64
import hashlib
import hmac
import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "harness" / "tokens"
SECRET = bytes(range(64))
NAMES = ("tiny", "typical", "large")
HASHES = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}

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
    "doors": [
        {"id": f"door-{number}", "from": 6 + number % 3, "to": 18.5, "days": ["mo", "tu", "we", "th", "fr"], "log": True}
        for number in range(38)
    ],
}


def sign(header, claims, secret=SECRET):
    """A token, as text. The algorithm is the header's."""
    segments = [
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()).rstrip(b"=")
        for part in (header, claims)
    ]
    signing_input = b".".join(segments)
    mac = hmac.digest(secret, signing_input, HASHES[header["alg"]])
    return b".".join([signing_input, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


def make():
    """Writes the tokens' files, where they are not as they should be, and returns the lengths of those for HS256."""
    FOLDER.mkdir(exist_ok=True)
    lengths = {}
    for algorithm in HASHES:
        for name, claims in zip(NAMES, (TINY, TYPICAL, LARGE)):
            # The tiny one leaves out what it can.
            header = {"alg": algorithm} if name == "tiny" else {"alg": algorithm, "typ": "JWT"}
            token = sign(header, claims).encode()
            file = FOLDER / f"{algorithm.lower()}-{name}.jwt"
            if not file.exists() or file.read_bytes() != token:
                file.write_bytes(token)
            if algorithm == "HS256":
                lengths[name] = len(token)
    return lengths


if __name__ == "__main__":
    print(make())
