"""embedded-jwt for Python, by ctypes: for a test rig that has to see a token as a device does.

    key = Key("HS256", secret)
    token = verify(key, text, now=1800000000, issuer="https://id.example", audience="door-7")
    token.claims["sub"]
    sign(key, {"sub": "erika"}, now=1800000000, lifetime=3600)

A refused token raises `Refused`, whose `code` is one of this module's constants, such as `EXPIRED`.
They are read from the header, as are the sizes of objects. `EMBEDDED_JWT_LIBRARY` and
`EMBEDDED_JWT_HEADER` say where the shared library and the header are.
"""

import ctypes
import ctypes.util
import json
import os
import pathlib
import re
import time

_CAPI = pathlib.Path(__file__).resolve().parents[2]
_IS_64_BIT = ctypes.sizeof(ctypes.c_void_p) == 8


def _read_header(path):
    """The numbers that the header defines, for this computer."""
    numbers, skipped = {}, False
    for line in path.read_text().splitlines():
        if line.startswith("#if"):
            skipped = "EJWT_64_BIT" in line and line.startswith("#if !") == _IS_64_BIT
        elif line.startswith("#endif"):
            skipped = False
        elif (found := re.fullmatch(r"#define EJWT_(\w+) (\d+)", line)) and not skipped:
            numbers[found[1]] = int(found[2])
    return numbers


def _load_library():
    path = os.environ.get("EMBEDDED_JWT_LIBRARY") or ctypes.util.find_library("embedded_jwt_c")
    if not path:
        raise ImportError("EMBEDDED_JWT_LIBRARY has to say where libembedded_jwt_c.so is")
    return ctypes.CDLL(path)


_numbers = _read_header(
    pathlib.Path(os.environ.get("EMBEDDED_JWT_HEADER", _CAPI / "include" / "embedded_jwt.h"))
)
globals().update(_numbers)
_library = _load_library()
_WORD, _KNOWN = _numbers["WORD_SIZE"], _numbers["KNOWN"]
_KEY_SIZE = _WORD * _numbers["KEY_WORDS"]
_TOKEN_DETAIL = _WORD * _numbers["TOKEN_WORDS"]
_TOKEN_SIZE = _TOKEN_DETAIL + _WORD


class _Policy(ctypes.Structure):
    """`ejwt_policy`."""

    _fields_ = [
        ("issuer", ctypes.c_char_p),
        ("issuers", ctypes.c_void_p),
        ("issuers_length", ctypes.c_size_t),
        ("subject", ctypes.c_char_p),
        ("audience", ctypes.c_char_p),
        ("audiences", ctypes.c_void_p),
        ("audiences_length", ctypes.c_size_t),
        ("typ", ctypes.c_char_p),
        ("required_claims", ctypes.c_void_p),
        ("required_claims_length", ctypes.c_size_t),
        ("leeway", ctypes.c_uint32),
        ("maximum_age", ctypes.c_uint32),
        ("maximum_lifetime", ctypes.c_uint32),
        ("maximum_remaining_lifetime", ctypes.c_uint32),
        ("maximum_depth", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
    ]


_RULES = {
    name
    for name, kind in _Policy._fields_
    if kind is not ctypes.c_void_p and not name.endswith("_length")
}


class _Time(ctypes.Structure):
    """`ejwt_time`."""

    _fields_ = [("seconds", ctypes.c_uint64), ("knowledge", ctypes.c_uint32)]


class _Signing(ctypes.Structure):
    """`ejwt_signing`."""

    _fields_ = [
        ("key_id", ctypes.c_char_p),
        ("typ", ctypes.c_char_p),
        ("header_parameters", ctypes.c_char_p),
        ("flags", ctypes.c_uint32),
    ]


class _Stamp(ctypes.Structure):
    """`ejwt_stamp`."""

    _fields_ = [
        ("now", ctypes.c_uint64),
        ("lifetime", ctypes.c_uint32),
        ("jwt_id", ctypes.c_char_p),
        ("jwt_id_length", ctypes.c_size_t),
    ]


def _declare(name, *arguments, result=ctypes.c_int32):
    function = getattr(_library, f"ejwt_{name}")
    function.argtypes, function.restype = arguments, result
    return function


_ADDRESS, _SIZE, _TEXT = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
_SIZE_OUT = ctypes.POINTER(_SIZE)
_MAKE_KEY = {
    name: _declare(f"key_{name.lower()}", _ADDRESS, _TEXT, _SIZE)
    for name in ("HS256", "HS384", "HS512")
}
_key_wipe = _declare("key_wipe", _ADDRESS)
_version = _declare("version", result=_TEXT)
_error_text = _declare("error_text", ctypes.c_int32, result=_TEXT)
_verify = _declare(
    "verify", _ADDRESS, ctypes.POINTER(_Policy), _TEXT, _SIZE, _Time, _ADDRESS, _SIZE, _ADDRESS
)
_SLICE = (_ADDRESS, ctypes.POINTER(_ADDRESS), _SIZE_OUT)
_claims_json = _declare("claims_json", *_SLICE)
_header_json = _declare("header_json", *_SLICE)
_sign = _declare(
    "sign", _ADDRESS, ctypes.POINTER(_Signing), _TEXT, ctypes.POINTER(_Stamp), _ADDRESS, _SIZE, _SIZE_OUT
)  # fmt: skip


class Refused(Exception):
    """A call returned a code. `detail` is what the code leaves open, as in `ejwt_token`."""

    def __init__(self, code, detail=0):
        super().__init__(_error_text(code).decode())
        self.code, self.detail = code, detail


def _check(code, detail=0):
    if code != _numbers["OK"]:
        raise Refused(code, detail)


class _Object:
    """Memory for an object of the library, aligned as the header asks for."""

    def __init__(self, size):
        self._memory = ctypes.create_string_buffer(size + _WORD)
        self.address = -ctypes.addressof(self._memory) % _WORD + ctypes.addressof(self._memory)


class Key:
    """A secret for HS256, HS384 or HS512. It is wiped when Python forgets it."""

    def __init__(self, algorithm, secret):
        self._object = _Object(_KEY_SIZE)
        self.address = self._object.address
        _check(_MAKE_KEY[algorithm](self.address, secret, len(secret)))

    def __del__(self):
        _key_wipe(self.address)


class Token:
    """A verified token: `header` and `claims` as Python's json reads them."""

    def __init__(self, header, claims):
        self.header, self.claims = header, claims


def version():
    """The version of the library."""
    return _version().decode()


def verify(key, token, *, now=None, buffer_size=None, **rules):
    """Verifies a token, which is text or bytes. `rules` are members of `ejwt_policy`, such as `issuer`,
    `audience`, `typ`, `leeway` and `flags`; lists are left out. Without `now`, this computer's clock is
    trusted."""
    content = token.encode() if isinstance(token, str) else token
    if unknown := set(rules) - _RULES:
        raise TypeError(f"no such rule: {', '.join(sorted(unknown))}")
    policy = _Policy(**{name: _plain(rule) for name, rule in rules.items()})
    buffer = ctypes.create_string_buffer(len(content) if buffer_size is None else buffer_size)
    verified = _Object(_TOKEN_SIZE)
    seconds = int(time.time()) if now is None else now
    code = _verify(
        key.address, policy, content, len(content), _Time(seconds, _KNOWN),
        ctypes.addressof(buffer), len(buffer), verified.address,
    )  # fmt: skip
    detail = ctypes.c_uint32.from_address(verified.address + _TOKEN_DETAIL).value
    _check(code, detail)
    return Token(_read_json(_header_json, verified), _read_json(_claims_json, verified))


def _plain(value):
    return value.encode() if isinstance(value, str) else value


def _read_json(read, verified):
    start, length = _ADDRESS(), _SIZE()
    _check(read(verified.address, start, length))
    return json.loads(ctypes.string_at(start.value, length.value))


def sign(key, claims, *, now=None, lifetime=None, jwt_id=None, key_id=None, typ=None):
    """Makes a token of a dictionary. With `lifetime`, it gets `iat`, `nbf` and `exp` from `now` on, and
    with `jwt_id`, which is bytes, `jti`."""
    text = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    signing = _Signing(_plain(key_id), _plain(typ), None, 0)
    stamp = None
    if lifetime is not None:
        seconds = int(time.time()) if now is None else now
        stamp = _Stamp(seconds, lifetime, jwt_id, 0 if jwt_id is None else len(jwt_id))
    elif now is not None or jwt_id is not None:
        raise TypeError("`now` and `jwt_id` need a `lifetime`")
    # The first call says how much memory it takes.
    length, buffer = _SIZE(), ctypes.create_string_buffer(1)
    while True:
        code = _sign(key.address, signing, text, stamp, buffer, len(buffer), length)
        if code != _numbers["BUFFER_TOO_SMALL"] or length.value <= len(buffer):
            break
        buffer = ctypes.create_string_buffer(length.value)
    _check(code)
    return buffer.value.decode()
