"""Writes pyjwt.tsv and pyjwt-refused.tsv: tokens signed by PyJWT, for tests/interop.rs."""

import base64
import json
from datetime import datetime, timezone
from pathlib import Path

import jwt

NOW = 1_800_000_000  # the time of the test
ISSUED = NOW - 100_000_000
EXPIRES = NOW + 200_000_000
TEXT = "Grüße, 世界, Ω, 😀, \U0010ffff"
# As long as each algorithm needs it at least.
SECRETS = {"HS256": bytes(range(32)), "HS384": bytes(range(48)), "HS512": bytes(range(64))}

accepted, refused = [], []


def columns(name, algorithm, secret, token, last):
    encoded = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    return "\t".join([name, algorithm, encoded, token, last])


def accept_token(name, token, algorithm="HS256", secret=None):
    secret = secret or SECRETS[algorithm]
    # The dates are the test's matter: here they would be compared with today's.
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
    claims = jwt.decode(token, secret, algorithms=[algorithm], options=options)
    claims = json.dumps(claims, ensure_ascii=False, separators=(",", ":"))
    accepted.append(columns(name, algorithm, secret, token, claims))


def refuse_token(name, error, token, algorithm="HS256", secret=None):
    refused.append(columns(name, algorithm, secret or SECRETS[algorithm], token, error))


def sign(claims, algorithm="HS256", secret=None, **options):
    return jwt.encode(claims, secret or SECRETS[algorithm], algorithm, **options)


def sign_bytes(payload, **headers):
    """JWS level: the payload byte by byte."""
    return jwt.api_jws.encode(payload, SECRETS["HS256"], "HS256", headers)


def accept(name, claims, **options):
    accept_token(name, sign({"exp": EXPIRES, **claims}, **options))


def accept_bytes(name, payload, **headers):
    accept_token(name, sign_bytes(payload, **headers))


def refuse(name, error, claims, **options):
    refuse_token(name, error, sign({"exp": EXPIRES, **claims}, **options))


def refuse_bytes(name, error, payload, **headers):
    refuse_token(name, error, sign_bytes(payload, **headers))


def lists(depth):
    return [lists(depth - 1)] if depth > 1 else []


def write(file, what, rows):
    header = [
        f"# PyJWT {jwt.__version__}",
        f"# pip install PyJWT=={jwt.__version__} && python3 make_pyjwt.py",
        f"# name, alg, secret (Base64URL), token, {what}",
    ]
    text = "".join(line + "\n" for line in header + rows)
    Path(__file__).with_name(file).write_bytes(text.encode())


class RawEncoder(json.JSONEncoder):
    """Leaves characters beyond ASCII as they are."""

    def __init__(self, **options):
        super().__init__(**{**options, "ensure_ascii": False})


# Algorithms and secrets
plain = {
    "iss": "https://id.example",
    "sub": "device-7",
    "aud": "door-7",
    "exp": EXPIRES,
    "nbf": ISSUED,
    "iat": ISSUED,
    "jti": "5d1f7c3a",
}
for algorithm in SECRETS:
    accept_token(f"plain {algorithm}", sign(plain, algorithm), algorithm)
for algorithm, length in [
    ("HS256", 64),
    ("HS256", 65),
    ("HS384", 129),
    ("HS512", 128),
    ("HS512", 200),
]:
    secret = bytes(range(length))
    token = sign(plain, algorithm, secret)
    accept_token(f"secret of {length} bytes for {algorithm}", token, algorithm, secret)
secret = "Schlüssel, der als Text dasteht, 鍵"
accept_token("secret that is a text", sign(plain, secret=secret), secret=secret.encode())

# Dates
accept(
    "dates that were datetime objects",
    {
        "exp": datetime(2033, 5, 18, 3, 33, 20, tzinfo=timezone.utc),
        "iat": datetime(2023, 11, 14, 22, 13, 20, 999999, tzinfo=timezone.utc),
    },
)
accept("dates like those of time.time()", {"exp": 1999999999.1234567, "iat": 1700000000.7654321})
accept("dates that are whole floats", {"exp": float(EXPIRES), "nbf": float(ISSUED)})
accept("expires half a second from now", {"exp": NOW + 0.5})
accept("a date that never comes", {"exp": 1e18})
accept("valid from now on", {"nbf": NOW})
accept("large float, which Python writes with an exponent", {"exp": 1e17})
accept("small and negative floats", {"nbf": -1.5, "iat": 1e-07})
accept_bytes("exponents", b'{"exp":2e9,"nbf":1.7E+9,"iat":17000000005e-1}')

# Strings
accept("beyond ASCII, escaped", {"text": TEXT, TEXT: [TEXT], "sub": TEXT})
accept("beyond ASCII, raw", {"text": TEXT, TEXT: [TEXT], "sub": TEXT}, json_encoder=RawEncoder)
accept(
    "quotes, backslashes, slashes",
    {"a": '"', "b": "\\", "c": 'C:\\"x"\\', "d": "a/b", "e": "\\u0041"},
)
accept(
    "control characters",
    {"text": "".join(map(chr, range(0x20))), "delete": "\x7f", "c1": "\x80\x9f"},
)
accept("line separators", {"text": "a\nb\r\nc\td\u0085e\u2028f\u2029g", "nul": "a\0b"})
accept("empty strings", {"iss": "", "sub": "", "aud": "", "jti": "", "": ""})
accept("JSON in a string", {"text": json.dumps({"exp": 0, "a": ["}", "]"]})})
accept(
    "names with escapes",
    {'a"b': 1, "a\\b": 2, "a\nb": 3, "ä": 4, "\0": 5, "exp\0": 6, "https://id.example/roles": 7},
)
accept_bytes("escaped slashes", rb'{"iss":"https:\/\/id.example\/","a\/b":"\/","exp":2000000000}')
accept_bytes(
    "escapes of every kind",
    rb'{"text":"\u0022\u005C\u002f\u0041\u00E9\u00e9\u20ac\uD83D\ude00\u0008\u000C\u000a\u000D\u0009\u001F\b\f\n\r\t","exp":2000000000}',
)
accept_bytes(
    "registered names in escapes",
    rb'{"\u0065\u0078\u0070":2000000000,"is\u0073":"a","\u0061ud":["\u0062"]}',
)

# Values
accept("audience of one", {"aud": ["door-7"]})
accept("audiences", {"aud": ["door-7", "", "Tür", "door\\8"]})
accept("no audience", {"aud": []})
accept("literals", {"yes": True, "no": False, "nothing": None, "all": [True, False, None]})
accept(
    "nested",
    {"a": {"b": {"c": [1, [2, {"d": [{}, [], {"e": []}]}]]}, "exp": 1}, "empty": {}, "list": []},
)
accept("as deep as allowed", {"a": lists(31)})
accept(
    "integers", {"zero": 0, "byte": -128, "u64": 2**64 - 1, "i64": -(2**63), "double": 2**53 + 1}
)
accept("integers beyond 64 bits", {"a": 2**64, "b": 10**30, "c": -(10**30)})
accept(
    "floats",
    {
        "a": 0.1,
        "b": -0.0,
        "c": 1e300,
        "d": 5e-324,
        "e": 1.7976931348623157e308,
        "f": 3.0,
        "g": 1e16,
    },
)
accept("two hundred claims", {f"claim {number}": number for number in range(200)})

# White space and order
pretty = {"exp": EXPIRES, "aud": ["a", "b"], "text": " a  b\t", "nested": {"list": [1, {}, []]}}
accept_bytes("pretty-printed", json.dumps(pretty, indent=4).encode())
accept_bytes(
    "pretty-printed with tabs and CRLF",
    json.dumps(pretty, indent="\t").replace("\n", "\r\n").encode(),
)
accept_bytes(
    "white space all around", b' \t\r\n{ \t"exp" : 2000000000\r\n,\t"a" :[ 1 , { } ,[ ] ] } \n\r\t '
)
accept_bytes("unregistered name that stands twice", b'{"a":1,"exp":2000000000,"a":{"b":1,"b":2}}')

# Header
accept("key identifier and type", {}, headers={"kid": "key 1", "typ": "at+jwt"})
accept("no type", {}, headers={"typ": None})
accept("content type", {}, headers={"cty": "application/claims+json"})
accept(
    "header members of every kind",
    {},
    headers={
        "string": 'a"\\\n/b',
        "number": -1.5e-9,
        "true": True,
        "false": False,
        "null": None,
        "list": [1, [], {}],
        "object": {"alg": "none", "crit": ["b64"]},
        "": "",
        "jku": "https://id.example/keys",
        "kid": "../../dev/null",
    },
)
accept("header beyond ASCII, escaped", {}, headers={"kid": TEXT, TEXT: TEXT, "\0": "\0"})
accept("header beyond ASCII, raw", {}, headers={"kid": TEXT, TEXT: TEXT}, json_encoder=RawEncoder)
accept("header in order of insertion", {}, headers={"b": 1, "a": 2}, sort_headers=False)

# Refused: text and MAC
refuse_token("algorithm none", "SignatureLength", jwt.encode(plain, None, "none"))
refuse_token(
    "HS512 under a key for HS256",
    "SignatureLength",
    sign(plain, "HS512"),
    "HS256",
    SECRETS["HS512"],
)
refuse_token("another secret", "SignatureMismatch", sign(plain), "HS256", SECRETS["HS512"])
detached = jwt.api_jws.encode(
    json.dumps(plain).encode(), SECRETS["HS256"], is_payload_detached=True
)
refuse_token("detached payload", "DetachedPayload", detached)

# Refused: header
refuse("critical extension", "CriticalExtension", {}, headers={"crit": ["ext"], "ext": 1})
refuse("critical extension, none named", "CriticalExtension", {}, headers={"crit": []})
refuse("type that is no string", "InvalidType", {}, headers={"typ": 7})
refuse_bytes("token in a token", "NestedToken", sign(plain).encode(), cty="JWT")

# Refused: JSON
refuse("not-a-number as Python writes it", "InvalidJson", {"a": float("nan")})
refuse("infinity as Python writes it", "InvalidJson", {"a": float("inf")})
refuse("half a surrogate pair", "LoneSurrogate", {"a": "\ud83d"})
refuse("surrogates in the wrong order", "LoneSurrogate", {"a": "\ude00\ud83d"})
refuse("one level too deep", "NestingTooDeep", {"a": lists(32)})
refuse_bytes("byte-order mark", "InvalidJson", '{"exp":2000000000}'.encode("utf-8-sig"))
refuse_bytes("UTF-16", "InvalidJson", '{"exp":2000000000}'.encode("utf-16-le"))
refuse_bytes("Latin-1", "InvalidUtf8", '{"exp":2000000000,"text":"é"}'.encode("latin-1"))
refuse_bytes("array", "InvalidJson", b'[{"exp":2000000000}]')

# Refused: claims
refuse("expired now", "Expired", {"exp": NOW})
refuse("expired half a second ago", "Expired", {"exp": NOW - 0.5})
refuse("valid in half a second", "NotYetValid", {"nbf": NOW + 0.5})
refuse("expiration that is a string", "InvalidExpiration", {"exp": str(EXPIRES)})
refuse("not-before that is null", "InvalidNotBefore", {"nbf": None})
refuse("subject that is a number", "InvalidSubject", {"sub": 42})
refuse("audience that holds a number", "InvalidAudience", {"aud": ["a", 1]})
refuse_token("no expiration", "MissingExpiration", sign({"iat": ISSUED}))
refuse_bytes("expiration twice", "DuplicateClaim", b'{"exp":2000000000,"exp":2000000000}')
refuse_bytes(
    "expiration twice, once in escapes", "DuplicateClaim", rb'{"exp":1,"\u0065xp":2000000000}'
)

write("pyjwt.tsv", "claims set as PyJWT reads it back", accepted)
write("pyjwt-refused.tsv", "error", refused)
