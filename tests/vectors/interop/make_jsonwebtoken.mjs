// Writes jsonwebtoken.tsv and jsonwebtoken-refused.tsv: tokens signed by jsonwebtoken, for
// tests/interop.rs.

import { createSecretKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import jwt from "jsonwebtoken";

const NOW = 1_800_000_000; // the time of the test
const ISSUED = NOW - 100_000_000;
const EXPIRES = NOW + 200_000_000;
const TEXT = "Grüße, 世界, Ω, 😀, \u{10ffff}";
// As long as each algorithm needs it at least.
const SECRETS = { HS256: counting(32), HS384: counting(48), HS512: counting(64) };

const accepted = [];
const refused = [];

function counting(length) {
  return Uint8Array.from({ length }, (_, index) => index);
}

function columns(name, algorithm, secret, token, last) {
  return [name, algorithm, Buffer.from(secret).toString("base64url"), token, last].join("\t");
}

function acceptToken(name, token, algorithm = "HS256", secret = SECRETS[algorithm]) {
  const claims = jwt.verify(token, secret, { algorithms: [algorithm], clockTimestamp: NOW });
  accepted.push(columns(name, algorithm, secret, token, JSON.stringify(claims)));
}

function refuseToken(name, error, token, algorithm = "HS256", secret = SECRETS[algorithm]) {
  refused.push(columns(name, algorithm, secret, token, error));
}

// Object: a claims set, which gets an `iat`. String or Buffer: the payload byte by byte.
function sign(payload, options = {}, secret = SECRETS[options.algorithm ?? "HS256"]) {
  return jwt.sign(payload, secret, options);
}

function accept(name, claims, options) {
  acceptToken(name, sign({ iat: ISSUED, exp: EXPIRES, ...claims }, options));
}

function acceptBytes(name, payload) {
  acceptToken(name, sign(payload));
}

function refuse(name, error, claims, options) {
  refuseToken(name, error, sign({ iat: ISSUED, exp: EXPIRES, ...claims }, options));
}

function refuseBytes(name, error, payload, options) {
  refuseToken(name, error, sign(payload, options));
}

function lists(depth) {
  return depth > 1 ? [lists(depth - 1)] : [];
}

function write(file, what, rows) {
  const { version } = createRequire(import.meta.url)("jsonwebtoken/package.json");
  const header = [
    `# jsonwebtoken ${version}`,
    `# npm install jsonwebtoken@${version} && node make_jsonwebtoken.mjs`,
    `# name, alg, secret (Base64URL), token, ${what}`,
  ];
  const text = [...header, ...rows].map((line) => line + "\n").join("");
  writeFileSync(new URL(file, import.meta.url), text);
}

// Algorithms and secrets
const plain = {
  iss: "https://id.example",
  sub: "device-7",
  aud: "door-7",
  exp: EXPIRES,
  nbf: ISSUED,
  iat: ISSUED,
  jti: "5d1f7c3a",
};
for (const algorithm of Object.keys(SECRETS)) {
  acceptToken(`plain ${algorithm}`, sign(plain, { algorithm }), algorithm);
}
for (const [algorithm, length] of [
  ["HS256", 64],
  ["HS256", 65],
  ["HS384", 129],
  ["HS512", 128],
  ["HS512", 200],
]) {
  const secret = counting(length);
  acceptToken(
    `secret of ${length} bytes for ${algorithm}`,
    sign(plain, { algorithm }, secret),
    algorithm,
    secret,
  );
}
const text = "Schlüssel, der als Text dasteht, 鍵";
acceptToken("secret that is a text", sign(plain, {}, text), "HS256", text);
acceptToken("secret that is a KeyObject", sign(plain, {}, createSecretKey(SECRETS.HS256)));
const options = {
  algorithm: "HS512",
  issuer: "https://id.example",
  subject: "device-7",
  audience: ["door-7", "door-8"],
  jwtid: "5d1f7c3a",
  keyid: "key 1",
  notBefore: "-1h",
  expiresIn: "10y",
};
acceptToken(
  "every registered claim by its option",
  sign({ iat: ISSUED, text: TEXT }, options),
  "HS512",
);

// Dates
accept("dates like those of Date.now() / 1000", { exp: 1999999999.123, iat: 1700000000.765 });
acceptToken("span added to a float", sign({ iat: 1700000000.765 }, { expiresIn: 200_000_000 }));
accept("expires half a second from now", { exp: NOW + 0.5 });
accept("a date that never comes", { exp: 1e21 });
accept("valid from now on", { nbf: NOW });
accept("milliseconds for seconds", { exp: EXPIRES * 1000 });
accept("small and negative dates", { nbf: -1.5, iat: 1e-7 });
acceptBytes("exponents", '{"exp":2.0000000005E+9,"nbf":17000000005e-1,"iat":0.17000000005e10}');

// Strings
accept("beyond ASCII, raw", { text: TEXT, [TEXT]: [TEXT], sub: TEXT });
acceptBytes(
  "beyond ASCII, escaped",
  JSON.stringify({ text: TEXT, [TEXT]: [TEXT], sub: TEXT, exp: EXPIRES }).replace(
    /[^\0-\x7f]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  ),
);
accept("quotes, backslashes, slashes", { a: '"', b: "\\", c: 'C:\\"x"\\', d: "a/b", e: "\\u0041" });
accept("control characters", {
  text: String.fromCharCode(...counting(0x20)),
  delete: "\x7f",
  c1: "\x80\x9f",
});
accept("line separators", { text: "a\nb\r\nc\td\u0085e\u2028f\u2029g", nul: "a\0b" });
accept("empty strings", { iss: "", sub: "", aud: "", jti: "", "": "" });
accept("JSON in a string", { text: JSON.stringify({ exp: 0, a: ["}", "]"] }) });
accept("names with escapes", {
  'a"b': 1,
  "a\\b": 2,
  "a\nb": 3,
  ä: 4,
  "\0": 5,
  "exp\0": 6,
  "https://id.example/roles": 7,
});
acceptBytes(
  "escaped slashes",
  '{"iss":"https:\\/\\/id.example\\/","a\\/b":"\\/","exp":2000000000}',
);
acceptBytes(
  "escapes of every kind",
  String.raw`{"text":"\u0022\u005C\u002f\u0041\u00E9\u00e9\u20ac\uD83D\ude00\u0008\u000C\u000a\u000D\u0009\u001F\b\f\n\r\t","exp":2000000000}`,
);
acceptBytes(
  "registered names in escapes",
  String.raw`{"\u0065\u0078\u0070":2000000000,"is\u0073":"a","\u0061ud":["\u0062"]}`,
);

// Values
accept("audience of one", { aud: ["door-7"] });
accept("audiences", { aud: ["door-7", "", "Tür", "door\\8"] });
accept("no audience", { aud: [] });
accept("literals", { yes: true, no: false, nothing: null, all: [true, false, null] });
accept("nested", {
  a: { b: { c: [1, [2, { d: [{}, [], { e: [] }] }]] }, exp: 1 },
  empty: {},
  list: [],
});
accept("as deep as allowed", { a: lists(31) });
accept("integers", {
  zero: 0,
  byte: -128,
  greatest: Number.MAX_SAFE_INTEGER,
  least: Number.MIN_SAFE_INTEGER,
});
accept("integers beyond 64 bits", { a: 2 ** 64, b: 1e20, c: -1e20 });
accept("floats", {
  a: 0.1,
  b: 1e21,
  c: 1e300,
  d: Number.MIN_VALUE,
  e: Number.MAX_VALUE,
  f: -1.5e-9,
});
accept("what JSON has no form for", {
  a: NaN,
  b: [undefined, Infinity],
  c: undefined,
  d: new Date(0),
});

// White space and order
const pretty = { exp: EXPIRES, aud: ["a", "b"], text: " a  b\t", nested: { list: [1, {}, []] } };
acceptBytes("pretty-printed", JSON.stringify(pretty, null, 4));
acceptBytes(
  "pretty-printed with tabs and CRLF",
  JSON.stringify(pretty, null, "\t").replaceAll("\n", "\r\n"),
);
acceptBytes(
  "white space all around",
  ' \t\r\n{ \t"exp" : 2000000000\r\n,\t"a" :[ 1 , { } ,[ ] ] } \n\r\t ',
);
acceptBytes("unregistered name that stands twice", '{"a":1,"exp":2000000000,"a":{"b":1,"b":2}}');
acceptBytes("payload that is a Buffer", Buffer.from(JSON.stringify({ text: TEXT, exp: EXPIRES })));

// Header
accept("key identifier and type", {}, { keyid: "key 1", header: { typ: "at+jwt" } });
accept("content type", {}, { header: { cty: "application/claims+json" } });
accept(
  "header members of every kind",
  {},
  {
    header: {
      string: 'a"\\\n/b',
      number: -1.5e-9,
      true: true,
      false: false,
      null: null,
      list: [1, [], {}],
      object: { alg: "none", crit: ["b64"] },
      "": "",
      jku: "https://id.example/keys",
      kid: "../../dev/null",
    },
  },
);

// Refused: text and MAC
refuseToken("algorithm none", "SignatureLength", sign(plain, { algorithm: "none" }, null));
refuseToken(
  "HS512 under a key for HS256",
  "SignatureLength",
  sign(plain, { algorithm: "HS512" }),
  "HS256",
  SECRETS.HS512,
);
refuseToken("another secret", "SignatureMismatch", sign(plain), "HS256", SECRETS.HS512);

// Refused: header
refuse("critical extension", "CriticalExtension", {}, { header: { crit: ["ext"], ext: 1 } });
refuse(
  "unencoded payload, critical",
  "CriticalExtension",
  {},
  { header: { crit: ["b64"], b64: false } },
);
refuse("unencoded payload", "UnencodedPayload", {}, { header: { b64: false } });
refuse("key identifier that is a number", "InvalidKeyId", {}, { header: { kid: 1 } });
refuse("type that is null", "InvalidType", {}, { header: { typ: null } });
refuseBytes("token in a token", "NestedToken", sign(plain), { header: { cty: "JWT" } });
// jsonwebtoken writes the low byte of each UTF-16 unit of a header.
refuse("header in Latin-1", "InvalidUtf8", {}, { keyid: "Tür" });
refuse("quote made of a character's low byte", "InvalidJson", {}, { keyid: "\u0122" });

// Refused: JSON
refuse("half a surrogate pair", "LoneSurrogate", { a: "\ud83d" });
refuse("surrogates in the wrong order", "LoneSurrogate", { a: "\ude00\ud83d" });
refuse("one level too deep", "NestingTooDeep", { a: lists(32) });
refuse("claims in Latin-1", "InvalidUtf8", { text: "é" }, { encoding: "latin1" });
refuse("claims in UTF-16", "InvalidJson", {}, { encoding: "utf16le" });
refuseBytes("byte-order mark", "InvalidJson", '\ufeff{"exp":2000000000}');
refuseBytes("array", "InvalidJson", '[{"exp":2000000000}]');
refuseBytes("text", "InvalidJson", "device-7");
refuseBytes("nothing", "InvalidJson", "");

// Refused: claims
refuse("expired now", "Expired", { exp: NOW });
refuse("expired half a second ago", "Expired", { exp: NOW - 0.5 });
refuse("valid in half a second", "NotYetValid", { nbf: NOW + 0.5 });
refuse("expiration that is not-a-number, written as null", "InvalidExpiration", { exp: NaN });
refuse("subject that is a number", "InvalidSubject", { sub: 42 });
refuse("audience that holds a number", "InvalidAudience", { aud: ["a", 1] });
refuseToken("no expiration", "MissingExpiration", sign({ iat: ISSUED }));
refuseBytes("expiration twice", "DuplicateClaim", '{"exp":2000000000,"exp":2000000000}');
refuseBytes(
  "expiration twice, once in escapes",
  "DuplicateClaim",
  '{"exp":1,"\\u0065xp":2000000000}',
);

write("jsonwebtoken.tsv", "claims set as jsonwebtoken reads it back", accepted);
write("jsonwebtoken-refused.tsv", "error", refused);
