// Writes jose.tsv and jose-refused.tsv: tokens signed by jose, for tests/interop.rs.

import { createSecretKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as jose from "jose";

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

async function acceptToken(name, token, algorithm = "HS256", secret = SECRETS[algorithm]) {
  const options = { algorithms: [algorithm], currentDate: new Date(NOW * 1000) };
  const { payload } = await jose.jwtVerify(token, secret, options);
  accepted.push(columns(name, algorithm, secret, token, JSON.stringify(payload)));
}

function refuseToken(name, error, token, algorithm = "HS256", secret = SECRETS[algorithm]) {
  refused.push(columns(name, algorithm, secret, token, error));
}

function sign(claims, { alg = "HS256", ...header } = {}, key = SECRETS[alg]) {
  return new jose.SignJWT(claims).setProtectedHeader({ alg, ...header }).sign(key);
}

// JWS level: the payload byte by byte. `crit` tells jose which extensions the caller understands.
function signBytes(payload, header = {}, crit = {}) {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  const jws = new jose.CompactSign(Uint8Array.from(bytes));
  return jws.setProtectedHeader({ alg: "HS256", ...header }).sign(SECRETS.HS256, { crit });
}

async function accept(name, claims, header) {
  await acceptToken(name, await sign({ exp: EXPIRES, ...claims }, header));
}

async function acceptBytes(name, payload) {
  await acceptToken(name, await signBytes(payload));
}

async function refuse(name, error, claims, header) {
  refuseToken(name, error, await sign({ exp: EXPIRES, ...claims }, header));
}

async function refuseBytes(name, error, payload, header, crit) {
  refuseToken(name, error, await signBytes(payload, header, crit));
}

function lists(depth) {
  return depth > 1 ? [lists(depth - 1)] : [];
}

function write(file, what, rows) {
  const { version } = createRequire(import.meta.url)("jose/package.json");
  const header = [
    `# jose ${version}`,
    `# npm install jose@${version} && node make_jose.mjs`,
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
for (const alg of Object.keys(SECRETS)) {
  await acceptToken(`plain ${alg}`, await sign(plain, { alg }), alg);
}
for (const [alg, length] of [
  ["HS256", 64],
  ["HS256", 65],
  ["HS384", 129],
  ["HS512", 128],
  ["HS512", 200],
]) {
  const secret = counting(length);
  await acceptToken(
    `secret of ${length} bytes for ${alg}`,
    await sign(plain, { alg }, secret),
    alg,
    secret,
  );
}
const key = { kty: "oct", k: "__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA", alg: "HS256" };
const secretOfKey = Buffer.from(key.k, "base64url");
await acceptToken(
  "secret that is a JWK",
  await sign(plain, {}, await jose.importJWK(key)),
  "HS256",
  secretOfKey,
);
await acceptToken(
  "secret that is a KeyObject",
  await sign(plain, {}, createSecretKey(SECRETS.HS256)),
);
const built = new jose.SignJWT({ text: TEXT })
  .setProtectedHeader({ alg: "HS512", typ: "JWT" })
  .setIssuer("https://id.example")
  .setSubject("device-7")
  .setAudience(["door-7", "door-8"])
  .setJti("5d1f7c3a")
  .setIssuedAt(new Date("2023-11-14T22:13:20.999Z"))
  .setNotBefore(ISSUED)
  .setExpirationTime(new Date("2033-05-18T03:33:20Z"));
await acceptToken("every registered claim by its method", await built.sign(SECRETS.HS512), "HS512");

// Dates
await accept("dates like those of Date.now() / 1000", { exp: 1999999999.123, iat: 1700000000.765 });
await accept("expires half a second from now", { exp: NOW + 0.5 });
await accept("a date that never comes", { exp: 1e21 });
await accept("valid from now on", { nbf: NOW });
await accept("milliseconds for seconds", { exp: EXPIRES * 1000 });
await accept("small and negative dates", { nbf: -1.5, iat: 1e-7 });
await acceptBytes(
  "exponents",
  '{"exp":2.0000000005E+9,"nbf":17000000005e-1,"iat":0.17000000005e10}',
);

// Strings
await accept("beyond ASCII, raw", { text: TEXT, [TEXT]: [TEXT], sub: TEXT });
await acceptBytes(
  "beyond ASCII, escaped",
  JSON.stringify({ text: TEXT, [TEXT]: [TEXT], sub: TEXT, exp: EXPIRES }).replace(
    /[^\0-\x7f]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  ),
);
await accept("quotes, backslashes, slashes", {
  a: '"',
  b: "\\",
  c: 'C:\\"x"\\',
  d: "a/b",
  e: "\\u0041",
});
await accept("control characters", {
  text: String.fromCharCode(...counting(0x20)),
  delete: "\x7f",
  c1: "\x80\x9f",
});
await accept("line separators", { text: "a\nb\r\nc\td\u0085e\u2028f\u2029g", nul: "a\0b" });
await accept("empty strings", { iss: "", sub: "", aud: "", jti: "", "": "" });
await accept("JSON in a string", { text: JSON.stringify({ exp: 0, a: ["}", "]"] }) });
await accept("names with escapes", {
  'a"b': 1,
  "a\\b": 2,
  "a\nb": 3,
  ä: 4,
  "\0": 5,
  "exp\0": 6,
  "https://id.example/roles": 7,
});
await acceptBytes(
  "escaped slashes",
  '{"iss":"https:\\/\\/id.example\\/","a\\/b":"\\/","exp":2000000000}',
);
await acceptBytes(
  "escapes of every kind",
  String.raw`{"text":"\u0022\u005C\u002f\u0041\u00E9\u00e9\u20ac\uD83D\ude00\u0008\u000C\u000a\u000D\u0009\u001F\b\f\n\r\t","exp":2000000000}`,
);
await acceptBytes(
  "registered names in escapes",
  String.raw`{"\u0065\u0078\u0070":2000000000,"is\u0073":"a","\u0061ud":["\u0062"]}`,
);

// Values
await accept("audience of one", { aud: ["door-7"] });
await accept("audiences", { aud: ["door-7", "", "Tür", "door\\8"] });
await accept("no audience", { aud: [] });
await accept("literals", { yes: true, no: false, nothing: null, all: [true, false, null] });
await accept("nested", {
  a: { b: { c: [1, [2, { d: [{}, [], { e: [] }] }]] }, exp: 1 },
  empty: {},
  list: [],
});
await accept("as deep as allowed", { a: lists(31) });
await accept("integers", {
  zero: 0,
  byte: -128,
  greatest: Number.MAX_SAFE_INTEGER,
  least: Number.MIN_SAFE_INTEGER,
});
await accept("integers beyond 64 bits", { a: 2 ** 64, b: 1e20, c: -1e20 });
await accept("floats", {
  a: 0.1,
  b: 1e21,
  c: 1e300,
  d: Number.MIN_VALUE,
  e: Number.MAX_VALUE,
  f: -1.5e-9,
});
await accept("what JSON has no form for", {
  a: NaN,
  b: [undefined, Infinity],
  c: undefined,
  d: new Date(0),
});

// White space and order
const pretty = { exp: EXPIRES, aud: ["a", "b"], text: " a  b\t", nested: { list: [1, {}, []] } };
await acceptBytes("pretty-printed", JSON.stringify(pretty, null, 4));
await acceptBytes(
  "pretty-printed with tabs and CRLF",
  JSON.stringify(pretty, null, "\t").replaceAll("\n", "\r\n"),
);
await acceptBytes(
  "white space all around",
  ' \t\r\n{ \t"exp" : 2000000000\r\n,\t"a" :[ 1 , { } ,[ ] ] } \n\r\t ',
);
await acceptBytes(
  "unregistered name that stands twice",
  '{"a":1,"exp":2000000000,"a":{"b":1,"b":2}}',
);

// Header
await accept("key identifier and type", {}, { kid: "key 1", typ: "at+jwt" });
await accept("content type", {}, { cty: "application/claims+json" });
await accept(
  "header members of every kind",
  {},
  {
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
);
await accept("header beyond ASCII, raw", {}, { kid: TEXT, [TEXT]: TEXT, "\0": "\0" });

// Refused: text and MAC
refuseToken("algorithm none", "SignatureLength", new jose.UnsecuredJWT(plain).encode());
refuseToken(
  "HS512 under a key for HS256",
  "SignatureLength",
  await sign(plain, { alg: "HS512" }),
  "HS256",
  SECRETS.HS512,
);
refuseToken("another secret", "SignatureMismatch", await sign(plain), "HS256", SECRETS.HS512);

// Refused: header
const payload = JSON.stringify(plain);
await refuseBytes(
  "critical extension",
  "CriticalExtension",
  payload,
  { crit: ["ext"], ext: 1 },
  { ext: true },
);
await refuseBytes("encoded payload, critical", "CriticalExtension", payload, {
  crit: ["b64"],
  b64: true,
});
await refuse("encoded payload", "UnencodedPayload", {}, { b64: true });
// The text of the payload is Base64URL itself: a verifier that ignores `b64` reads other claims.
const unencoded = Buffer.from(payload).toString("base64url");
const detached = await new jose.FlattenedSign(Buffer.from(unencoded))
  .setProtectedHeader({ alg: "HS256", crit: ["b64"], b64: false })
  .sign(SECRETS.HS256);
const attached = [detached.protected, unencoded, detached.signature].join(".");
refuseToken("unencoded payload", "CriticalExtension", attached);
refuseToken(
  "detached payload",
  "DetachedPayload",
  [detached.protected, "", detached.signature].join("."),
);
await refuseBytes("token in a token", "NestedToken", await sign(plain), { cty: "JWT" });

// Refused: JSON
await refuse("half a surrogate pair", "LoneSurrogate", { a: "\ud83d" });
await refuse("surrogates in the wrong order", "LoneSurrogate", { a: "\ude00\ud83d" });
await refuse("one level too deep", "NestingTooDeep", { a: lists(32) });
await refuseBytes("byte-order mark", "InvalidJson", '\ufeff{"exp":2000000000}');
await refuseBytes("UTF-16", "InvalidJson", Buffer.from('{"exp":2000000000}', "utf16le"));
await refuseBytes("Latin-1", "InvalidUtf8", Buffer.from('{"exp":2000000000,"text":"é"}', "latin1"));
await refuseBytes("array", "InvalidJson", '[{"exp":2000000000}]');

// Refused: claims
await refuse("expired now", "Expired", { exp: NOW });
await refuse("expired half a second ago", "Expired", { exp: NOW - 0.5 });
await refuse("valid in half a second", "NotYetValid", { nbf: NOW + 0.5 });
await refuse("expiration that is a string", "InvalidExpiration", { exp: new Date(EXPIRES * 1000) });
await refuse("subject that is a number", "InvalidSubject", { sub: 42 });
await refuse("audience that holds a number", "InvalidAudience", { aud: ["a", 1] });
refuseToken("no expiration", "MissingExpiration", await sign({ iat: ISSUED }));
await refuseBytes("expiration twice", "DuplicateClaim", '{"exp":2000000000,"exp":2000000000}');
await refuseBytes(
  "expiration twice, once in escapes",
  "DuplicateClaim",
  '{"exp":1,"\\u0065xp":2000000000}',
);

write("jose.tsv", "claims set as jose reads it back", accepted);
write("jose-refused.tsv", "error", refused);
