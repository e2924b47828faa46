"""Writes jwcrypto.tsv: keys that jwcrypto exported and tokens that it signed with them, for tests/interop.rs."""

import base64
import importlib.metadata
import json
from pathlib import Path

from jwcrypto import jwk, jwt

CLAIMS = {"iss": "https://id.example", "exp": 2_000_000_000}
TEXT = 'Schlüssel "\\\n😀'


def key(kid, length=64, **members):
    secret = base64.urlsafe_b64encode(bytes(range(length))).rstrip(b"=").decode()
    names = {} if kid is None else {"kid": kid}
    return jwk.JWK(kty="oct", k=secret, **names, **members)


def export(*keys):
    # `JWKSet.export` has no order.
    return json.dumps({"keys": [json.loads(one.export()) for one in keys]}, separators=(",", ":"))


def sign(one, algorithm, **header):
    token = jwt.JWT(header={"alg": algorithm, **header}, claims=CLAIMS)
    token.make_signed_token(one)
    return token.serialize()


A = key("a", alg="HS256", use="sig")
B = key("b", alg="HS384", key_ops=["sign", "verify"])
C = key(TEXT, length=131, alg="HS512")
NAMELESS = key(None, alg="HS256")
# The key of RFC 7517 appendix A.1.
EC = jwk.JWK(
    kty="EC",
    crv="P-256",
    x="MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    y="4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    kid="a",
)

ROWS = [
    ("HS256", export(A, B, C), sign(A, "HS256", kid="a"), "ok"),
    ("HS384", export(A, B, C), sign(B, "HS384", kid="b"), "ok"),
    ("HS512, name beyond ASCII", export(A, B, C), sign(C, "HS512", kid=TEXT), "ok"),
    ("elliptic key of the same name", export(EC, A), sign(A, "HS256", kid="a"), "ok"),
    ("key alone", A.export(), sign(A, "HS256", kid="a"), "ok"),
    ("another name", export(A, B, C), sign(A, "HS256", kid="c"), "UnknownKeyId"),
    ("another key's name", export(A, B, C), sign(A, "HS256", kid="b"), "AlgorithmMismatch"),
    ("no name", export(A, B, C), sign(A, "HS256"), "MissingKeyId"),
    ("no name on either side", export(NAMELESS), sign(NAMELESS, "HS256"), "MissingKeyId"),
    ("short key", export(A, key("b", 31, alg="HS256")), sign(A, "HS256", kid="a"), "ok"),
    ("key for keys", export(A, key("b", 16, alg="A128KW")), sign(A, "HS256", kid="a"), "ok"),
    ("key for encryption", export(A, key("b", use="enc")), sign(A, "HS256", kid="a"), "ok"),
    ("key without algorithm", export(A, key("b")), sign(A, "HS256", kid="a"), "ok"),
    ("same key twice", export(A, B, A), sign(B, "HS384", kid="b"), "ok"),
    ("two of one name", export(A, key("a", 32, alg="HS256")), sign(A, "HS256", kid="a"), "DuplicateKeyId"),
]

version = importlib.metadata.version("jwcrypto")
lines = [
    f"# jwcrypto {version}",
    f"# pip install jwcrypto=={version} && python3 make_jwcrypto.py",
    "# name, JWK Set, token, answer",
    *("\t".join(row) for row in ROWS),
]
(Path(__file__).parent / "jwcrypto.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
