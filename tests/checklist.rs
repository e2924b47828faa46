//! Every rule that a verifier of compact HMAC tokens has to keep, row by row.
//!
//! A row names the rules that it holds by their ids in our checklist: `B` RFC 4648, `S` RFC 7515,
//! `K` RFC 7517 and 7518, `C` RFC 7519, `P` RFC 8725, `U` RFC 7797, and `#1` to `#39` for what
//! broke in other verifiers. Tokens carry a MAC that holds over just what stands in them, so that
//! nothing but the rule in question can refuse them. The last test checks that no id is left out.

mod common;

use std::any::TypeId;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Debug;

use common::every_way::{JwsVerifier, Verifier};
use common::{SECRET, encode, mac, sign, sign_segments, verify, verify_jws};
use embedded_jwt::Error::{self, *};
use embedded_jwt::Time::{AtLeast, Known, Unknown};
use embedded_jwt::{
    Algorithm, Hs256, Hs384, Hs512, Key, KeyEntry, KeySet, MAX_TOKEN_LENGTH, Mac, Policy,
    PolicyBuilder, ReplayGuard, Tag, Time, WhenFull, unverified_header,
};

/// What comes out of a verification.
type Outcome = Result<(), Error>;

const OK: Outcome = Ok(());

/// The time of all rows that are not about time.
const NOW: Time = Known(1000);

const DEFAULT: Policy<'_> = built(Policy::builder());

const fn built(builder: PolicyBuilder<'static>) -> Policy<'static> {
    match builder.build() {
        Ok(policy) => policy,
        Err(error) => panic!("{}", error.as_str()),
    }
}

/// A header or a claims set, `~` standing for the members that it needs: `alg`, or `exp`.
fn fill(template: impl AsRef<[u8]>, members: &str) -> Vec<u8> {
    template.as_ref().split(|&byte| byte == b'~').collect::<Vec<_>>().join(members.as_bytes())
}

fn header(template: impl AsRef<[u8]>) -> Vec<u8> {
    fill(template, r#""alg":"HS256""#)
}

fn payload(template: impl AsRef<[u8]>) -> Vec<u8> {
    fill(template, r#""exp":2000"#)
}

fn token(of_header: &[u8], of_payload: &[u8]) -> Vec<u8> {
    sign("HS256", &SECRET, of_header, of_payload)
}

fn token_with_header(of_header: &[u8]) -> Vec<u8> {
    token(of_header, &payload("{~}"))
}

fn token_with_payload(of_payload: &[u8]) -> Vec<u8> {
    token(&header("{~}"), of_payload)
}

fn verify_default(token: &[u8]) -> Outcome {
    verify::<Hs256>(&SECRET, DEFAULT, NOW, token)
}

/// What [`unverified_header`] says to a token: the rules that need no key.
fn read_header(token: &[u8]) -> Outcome {
    unverified_header(token, &mut [0; 200]).map(drop)
}

/// Collects the rows that did not come out as they should.
#[derive(Default)]
struct Report {
    rows: usize,
    failed: Vec<String>,
}

impl Report {
    fn row<T: PartialEq + Debug>(&mut self, ids: &str, name: &str, outcome: T, expected: T) {
        self.rows += 1;
        if outcome != expected {
            self.failed.push(format!("{ids}: {name}: {outcome:?}, not {expected:?}"));
        }
    }

    fn finish(self) {
        println!("{} rows", self.rows);
        let (failed, rows) = (self.failed.len(), self.rows);
        assert!(failed == 0, "{failed} of {rows} rows failed:\n{}", self.failed.join("\n"));
    }
}

// ---- The text ------------------------------------------------------------------------------

/// Rules, name, token, outcome. `H`, `P` and `S` stand for the segments of a token that holds.
const TEXTS: &[(&str, &str, &str, Outcome)] = &[
    ("S1 S14 C12", "three segments", "H.P.S", OK),
    ("S1 C12 #38", "the empty text", "", Err(NotCompactSerialization)),
    ("S1 C12", "no dot", "HPS", Err(NotCompactSerialization)),
    ("S1", "one dot", "H.P", Err(NotCompactSerialization)),
    ("S1", "a dot alone", ".", Err(NotCompactSerialization)),
    ("S1", "two dots alone", "..", Err(SignatureLength)),
    ("S1", "a dot behind", "H.P.S.", Err(NotCompactSerialization)),
    ("S1", "a dot before", ".H.P.S", Err(NotCompactSerialization)),
    ("S1", "a dot in between", "H..P.S", Err(NotCompactSerialization)),
    ("S1", "a segment behind", "H.P.S.S", Err(NotCompactSerialization)),
    ("S1", "five segments, as a JWE has", "H.P.P.P.S", Err(NotCompactSerialization)),
    ("S1 #38", "no header", ".P.S", Err(SignatureMismatch)),
    ("S1 K11 P4 #8", "no signature", "H.P.", Err(SignatureLength)),
    ("S1", "segments out of order", "P.H.S", Err(SignatureMismatch)),
    ("S15 #16", "a space before", " H.P.S", Err(InvalidBase64Url)),
    ("S15 #14 #16", "a space behind", "H.P.S ", Err(SignatureLength)),
    ("S15 B1 #14", "a line feed behind", "H.P.S\n", Err(SignatureLength)),
    ("S15 #17", "NUL behind, as C has it", "H.P.S\0", Err(SignatureLength)),
    ("S15 P7", "a byte-order mark before", "\u{feff}H.P.S", Err(InvalidBase64Url)),
    ("S15 #16", "the scheme of an Authorization header", "Bearer H.P.S", Err(InvalidBase64Url)),
    ("S1 #18 #39", "dots before symbols", "!.!.!.!", Err(NotCompactSerialization)),
    ("K10 #39", "lengths before symbols", "!.!.AAAA", Err(SignatureLength)),
    ("S15 #39", "symbols before the MAC", "H.P!.S", Err(InvalidBase64Url)),
    // Detached content (RFC 7515 appendix F) would need a call of its own.
    ("S28", "detached content", "H..S", Err(SignatureMismatch)),
    (
        "S2 P15 #9",
        "flattened JSON serialization",
        r#"{"payload":"P","protected":"H","signature":"S"}"#,
        Err(NotCompactSerialization),
    ),
    (
        "S2 P15 #9",
        "general JSON serialization",
        r#"{"payload":"P","signatures":[{"protected":"H","signature":"S"}]}"#,
        Err(NotCompactSerialization),
    ),
    (
        // CVE of web-token/jwt-framework, GHSA-jc38-x7x8-2xc8: `alg` of an unprotected header.
        "S2 P15 #9",
        "JSON serialization with alg in the unprotected header",
        r#"{"payload":"P","header":{"alg":"none"},"signature":"S"}"#,
        Err(NotCompactSerialization),
    ),
    (
        "S2 P15",
        "JSON serialization with two dots in it",
        r#"{"payload":"P","protected":"H","header":{"kid":"a.b.c"},"signature":"S"}"#,
        Err(SignatureLength),
    ),
];

#[test]
fn texts_are_three_segments_and_two_dots() {
    let [header, payload] = [header("{~}"), payload("{~}")].map(encode);
    let signature = encode(mac("HS256", &SECRET, format!("{header}.{payload}").as_bytes()));
    let mut report = Report::default();
    for &(ids, name, text, expected) in TEXTS {
        let segment = |symbol: char| match symbol {
            'H' => header.clone(),
            'P' => payload.clone(),
            'S' => signature.clone(),
            other => other.to_string(),
        };
        let token: String = text.chars().map(segment).collect();
        report.row(ids, name, verify_default(token.as_bytes()), expected);
        let as_jws = verify_jws::<Hs256>(&SECRET, token.as_bytes()).map(drop);
        report.row(ids, name, as_jws, expected);
        if matches!(expected, Ok(()) | Err(NotCompactSerialization)) {
            report.row(ids, name, read_header(token.as_bytes()), expected);
        }
    }
    report.finish();
}

/// Rules, name, and what makes a segment dirty, in every way there is.
type Sweep = (&'static str, &'static str, fn(&[u8]) -> Vec<Vec<u8>>);

/// A segment that is not canonical Base64URL is refused though the MAC covers it as it is.
const SWEEPS: &[Sweep] = &[
    ("B1 S15 C13", "a line feed at every offset", |clean| inserted(clean, b"\n")),
    ("B1 S15 C13", "CR LF at every offset", |clean| inserted(clean, b"\r\n")),
    ("B1 S15 S19 #16", "a space at every offset", |clean| inserted(clean, b" ")),
    ("S15 S19 #16", "#### at every offset", |clean| inserted(clean, b"####")),
    ("S15 #17", "NUL at every offset", |clean| inserted(clean, b"\0")),
    ("B2 S15", "padding", |clean| vec![[clean, b"="].concat(), [clean, b"=="].concat()]),
    ("B3 S15 S19 C13", "all other bytes, first, in the middle and last", |clean| {
        let outside = (0..=u8::MAX).filter(|byte| !is_symbol(*byte)).collect::<Vec<_>>();
        assert_eq!(outside.len(), 192);
        [0, clean.len() / 2, clean.len() - 1]
            .into_iter()
            .flat_map(|at| outside.iter().map(move |byte| replaced(clean, at, *byte)))
            .collect()
    }),
    ("B6 S15", "+ and / of plain Base64 at every place", |clean| {
        let places = 0..clean.len();
        places.flat_map(|at| [b'+', b'/'].map(|byte| replaced(clean, at, byte))).collect()
    }),
    ("B4 S15 S19 #15", "a last symbol with bits left over", |clean| {
        // 15 siblings of each tail of two symbols, 3 of each of three (RFC 4648 section 3.5).
        let left_over = [0, 0, 0b1111, 0b0011][clean.len() % 4];
        let last = clean.len() - 1;
        let value = ALPHABET.iter().position(|symbol| *symbol == clean[last]).unwrap();
        let siblings = (1..=left_over).map(|bits| ALPHABET[value | bits]);
        siblings.map(|symbol| replaced(clean, last, symbol)).collect()
    }),
    ("B5 S15", "every length of 4n + 1", |clean| {
        let cut = (1..clean.len()).step_by(4).map(|length| clean[..length].to_vec());
        // One symbol more than whole quads have: a lenient decoder would drop it.
        let more = b"A".repeat(5 - clean.len() % 4);
        cut.chain([[clean, &more].concat()]).collect()
    }),
];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn is_symbol(byte: u8) -> bool {
    ALPHABET.contains(&byte)
}

fn inserted(clean: &[u8], what: &[u8]) -> Vec<Vec<u8>> {
    (0..=clean.len()).map(|at| [&clean[..at], what, &clean[at..]].concat()).collect()
}

fn replaced(clean: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut dirty = clean.to_vec();
    dirty[at] = byte;
    dirty
}

#[test]
fn segments_are_canonical_base64url() {
    let mut report = Report::default();
    // White space behind the JSON text makes tails of no, two and three symbols.
    for spaces in ["", " ", "  "] {
        sweep_segments::<Hs256>(spaces, &mut report);
        sweep_segments::<Hs384>(spaces, &mut report);
        sweep_segments::<Hs512>(spaces, &mut report);
    }
    report.finish();
}

fn sweep_segments<A: Algorithm>(spaces: &str, report: &mut Report) {
    let header = encode(format!(r#"{{"alg":"{}"}}{spaces}"#, A::NAME)).into_bytes();
    let payload = encode(format!(r#"{{"exp":2000}}{spaces}"#)).into_bytes();
    let clean = sign_segments(A::NAME, &SECRET, &header, &payload);
    let (input, signature) = clean.split_at(header.len() + 1 + payload.len() + 1);
    report.row("S15", "clean", verify::<A>(&SECRET, DEFAULT, NOW, &clean), OK);

    for &(ids, name, sweep) in SWEEPS {
        for dirty in sweep(&header) {
            let token = sign_segments(A::NAME, &SECRET, &dirty, &payload);
            let name = format!("{name}, header: {}", dirty.escape_ascii());
            refused::<A>(ids, &name, &token, segment_error(&dirty), report);
            report.row(ids, &name, read_header(&token), Err(segment_error(&dirty)));
        }
        for dirty in sweep(&payload) {
            let token = sign_segments(A::NAME, &SECRET, &header, &dirty);
            let name = format!("{name}, payload: {}", dirty.escape_ascii());
            refused::<A>(ids, &name, &token, segment_error(&dirty), report);
        }
        for dirty in sweep(signature) {
            let token = [input, &dirty].concat();
            let name = format!("{name}, signature: {}", dirty.escape_ascii());
            let same_length = dirty.len() == signature.len();
            let error = if same_length { segment_error(&dirty) } else { SignatureLength };
            refused::<A>(ids, &name, &token, error, report);
        }
    }
}

fn segment_error(dirty: &[u8]) -> Error {
    if dirty.contains(&b'.') { NotCompactSerialization } else { InvalidBase64Url }
}

fn refused<A: Algorithm>(ids: &str, name: &str, token: &[u8], error: Error, report: &mut Report) {
    report.row(ids, name, verify::<A>(&SECRET, DEFAULT, NOW, token), Err(error));
    report.row(ids, name, verify_jws::<A>(&SECRET, token).map(drop), Err(error));
}

// ---- The MAC -------------------------------------------------------------------------------

/// Rules, name, length of the secret, outcome for HS256, HS384 and HS512.
const KEYS: &[(&str, &str, usize, [Outcome; 3])] = &[
    // ruby-jwt CVE-2026-45363, fast-jwt GHSA-gmvf-9v4p-v8jc, libjwt GHSA-q843-6q5f-w55g.
    ("K8 P6 #3 #5", "empty", 0, [Err(KeyTooShort); 3]),
    ("K8 P6 #6", "one byte", 1, [Err(KeyTooShort); 3]),
    ("K8 P6 #6", "31 bytes", 31, [Err(KeyTooShort); 3]),
    ("K8", "32 bytes, as HS256 needs", 32, [OK, Err(KeyTooShort), Err(KeyTooShort)]),
    ("K8 P6 #6", "47 bytes", 47, [OK, Err(KeyTooShort), Err(KeyTooShort)]),
    ("K8", "48 bytes, as HS384 needs", 48, [OK, OK, Err(KeyTooShort)]),
    ("K8 P6 #6", "63 bytes", 63, [OK, OK, Err(KeyTooShort)]),
    ("K8", "64 bytes, as HS512 needs: a block of SHA-256", 64, [OK; 3]),
    ("K8", "65 bytes: more than a block of SHA-256", 65, [OK; 3]),
    ("K8", "128 bytes: a block of SHA-512", 128, [OK; 3]),
    ("K8", "129 bytes: more than a block of SHA-512", 129, [OK; 3]),
    ("K8", "131 bytes, as in RFC 4231", 131, [OK; 3]),
];

#[test]
fn keys_are_as_long_as_the_hash_or_longer() {
    let mut report = Report::default();
    for &(ids, name, length, expected) in KEYS {
        let secret: Vec<u8> = (1..=length as u8).collect();
        report.row(ids, name, key::<Hs256>(&secret), expected[0]);
        report.row(ids, name, key::<Hs384>(&secret), expected[1]);
        report.row(ids, name, key::<Hs512>(&secret), expected[2]);
    }
    report.finish();
}

/// Whether there is such a key; if there is, a token under it holds.
fn key<A: Algorithm>(secret: &[u8]) -> Outcome {
    Key::<A>::new(secret)?;
    let token = sign(A::NAME, secret, format!(r#"{{"alg":"{}"}}"#, A::NAME).as_bytes(), b"{}");
    verify_jws::<A>(secret, &token).map(drop)
}

/// Rules, name, a JWK Set, outcome: how many keys there are, or why it is refused and at which key. `~`
/// stands for a key that holds, `$` for its secret and `^` for one of 31 bytes.
type JwkRow = (&'static str, &'static str, &'static str, Result<usize, (Error, Option<u16>)>);

const JWKS: &[JwkRow] = &[
    ("K6", "a key", r#"{"keys":[~]}"#, Ok(1)),
    ("K6 K2", "an EC key beside it", r#"{"keys":[{"kty":"EC","crv":"P-256"},~]}"#, Ok(1)),
    (
        "K6 K2 #7",
        "an RSA key without alg",
        r#"{"keys":[~,{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#,
        Ok(1),
    ),
    ("K6", "no key", r#"{"keys":[]}"#, Ok(0)),
    ("K6", "no keys", "{}", Err((MissingKeyType, None))),
    ("K6", "keys that are no array", r#"{"keys":~}"#, Err((InvalidKeys, None))),
    ("K6 S23", "junk behind", r#"{"keys":[~]}x"#, Err((InvalidJson, None))),
    ("K6", "a malformed oct key", r#"{"keys":[~,{"kty":"oct"}]}"#, Err((MissingKeyValue, Some(1)))),
    (
        "K1",
        "k twice",
        r#"{"keys":[{"kty":"oct","k":"$","k":"$"}]}"#,
        Err((DuplicateJwkMember, Some(0))),
    ),
    (
        "K1",
        "k twice, escaped",
        r#"{"keys":[{"kty":"oct","k":"$","\u006b":"$"}]}"#,
        Err((DuplicateJwkMember, Some(0))),
    ),
    (
        "K1",
        "kty twice",
        r#"{"keys":[{"kty":"EC","k":"$","kty":"oct"}]}"#,
        Err((DuplicateJwkMember, Some(0))),
    ),
    (
        "K1",
        "a member that nobody knows",
        r#"{"keys":[{"kty":"oct","k":"$","x":[{"k":1}],"K":2}]}"#,
        Ok(1),
    ),
    ("K2", "OCT", r#"{"keys":[{"kty":"OCT","k":"$"}]}"#, Ok(0)),
    ("K2", "OCT alone", r#"{"kty":"OCT","k":"$"}"#, Err((UnsupportedKeyType, None))),
    ("K2 #1 #7", "EC alone", r#"{"kty":"EC","k":"$"}"#, Err((UnsupportedKeyType, None))),
    ("K2", "no kty", r#"{"keys":[{"k":"$"}]}"#, Err((MissingKeyType, Some(0)))),
    (
        "K2",
        "kty that is no string",
        r#"{"keys":[{"kty":["oct"],"k":"$"}]}"#,
        Err((InvalidKeyType, Some(0))),
    ),
    ("K3", "use sig", r#"{"keys":[{"kty":"oct","k":"$","use":"sig"}]}"#, Ok(1)),
    (
        "K3",
        "use enc",
        r#"{"keys":[~,{"kty":"oct","k":"$","use":"enc"}]}"#,
        Err((KeyNotForSignatures, Some(1))),
    ),
    (
        "K3",
        "use of another case",
        r#"{"keys":[{"kty":"oct","k":"$","use":"Sig"}]}"#,
        Err((KeyNotForSignatures, Some(0))),
    ),
    ("K3", "key_ops verify", r#"{"keys":[{"kty":"oct","k":"$","key_ops":["verify"]}]}"#, Ok(1)),
    ("K3", "key_ops sign", r#"{"keys":[{"kty":"oct","k":"$","key_ops":["sign"]}]}"#, Ok(1)),
    (
        "K3",
        "key_ops both, and use",
        r#"{"keys":[{"kty":"oct","k":"$","use":"sig","key_ops":["sign","verify"]}]}"#,
        Ok(1),
    ),
    (
        "K3",
        "key_ops of another kind",
        r#"{"keys":[{"kty":"oct","k":"$","key_ops":["wrapKey"]}]}"#,
        Err((KeyNotForSignatures, Some(0))),
    ),
    (
        "K3",
        "key_ops against use",
        r#"{"keys":[{"kty":"oct","k":"$","use":"sig","key_ops":["verify","encrypt"]}]}"#,
        Err((KeyNotForSignatures, Some(0))),
    ),
    (
        "K3",
        "key_ops twice",
        r#"{"keys":[{"kty":"oct","k":"$","key_ops":["verify","verify"]}]}"#,
        Err((InvalidKeyOperations, Some(0))),
    ),
    ("K4", "alg", r#"{"keys":[{"kty":"oct","k":"$","alg":"HS256"}]}"#, Ok(1)),
    (
        "K4",
        "alg of another HMAC",
        r#"{"keys":[{"kty":"oct","k":"$","alg":"HS512"}]}"#,
        Err((AlgorithmMismatch, Some(0))),
    ),
    (
        "K4",
        "alg for content",
        r#"{"keys":[{"kty":"oct","k":"$","alg":"A256GCM"}]}"#,
        Err((UnsupportedAlgorithm, Some(0))),
    ),
    (
        "K4",
        "alg for keys",
        r#"{"keys":[{"kty":"oct","k":"$","alg":"A256KW"}]}"#,
        Err((UnsupportedAlgorithm, Some(0))),
    ),
    (
        "K4 K11 #8",
        "alg none",
        r#"{"keys":[{"kty":"oct","k":"$","alg":"none"}]}"#,
        Err((UnsupportedAlgorithm, Some(0))),
    ),
    (
        "K4 S7",
        "alg of another case",
        r#"{"keys":[{"kty":"oct","k":"$","alg":"hs256"}]}"#,
        Err((UnsupportedAlgorithm, Some(0))),
    ),
    (
        "K5",
        "two kids",
        r#"{"keys":[{"kty":"oct","k":"$","kid":"a"},{"kty":"oct","k":"$","kid":"A"}]}"#,
        Ok(2),
    ),
    (
        "K5",
        "one kid",
        r#"{"keys":[{"kty":"oct","k":"$","kid":"a"},{"kty":"oct","k":"$","kid":"\u0061"}]}"#,
        Err((DuplicateKeyId, Some(1))),
    ),
    (
        "K5 S9",
        "kid that is no string",
        r#"{"keys":[{"kty":"oct","k":"$","kid":1}]}"#,
        Err((InvalidKeyId, Some(0))),
    ),
    ("K7", "no k", r#"{"keys":[{"kty":"oct"}]}"#, Err((MissingKeyValue, Some(0)))),
    (
        "K7",
        "k that is no string",
        r#"{"keys":[{"kty":"oct","k":1}]}"#,
        Err((InvalidKeyValue, Some(0))),
    ),
    ("K7 B2", "k padded", r#"{"keys":[{"kty":"oct","k":"$="}]}"#, Err((InvalidBase64Url, Some(0)))),
    (
        "K7 B1",
        "k with a line feed",
        r#"{"keys":[{"kty":"oct","k":"$\n"}]}"#,
        Err((InvalidBase64Url, Some(0))),
    ),
    (
        "K7 B6",
        "k in plain Base64",
        r#"{"keys":[{"kty":"oct","k":"$+/+/"}]}"#,
        Err((InvalidBase64Url, Some(0))),
    ),
    (
        "K7 B4 #15",
        "k with bits left over",
        r#"{"keys":[{"kty":"oct","k":"^B"}]}"#,
        Err((InvalidBase64Url, Some(0))),
    ),
    (
        "K8 P6 #6",
        "k of 31 bytes",
        r#"{"keys":[~,{"kty":"oct","k":"^"}]}"#,
        Err((KeyTooShort, Some(1))),
    ),
    (
        "K8 P6 #3 #5",
        "k of no byte",
        r#"{"keys":[{"kty":"oct","k":""}]}"#,
        Err((KeyTooShort, Some(0))),
    ),
];

#[test]
fn a_jwk_set_is_right_or_refused_whole() {
    let (secret, short) = (encode(&SECRET[..32]), encode(&SECRET[..31]));
    let mut report = Report::default();
    for &(ids, name, template, expected) in JWKS {
        let text = template.replace('~', r#"{"kty":"oct","k":"$","kid":"good"}"#);
        let mut text = text.replace('$', &secret).replace('^', &short).into_bytes();
        let mut keys: KeySet<Key<Hs256>, 2> = KeySet::new();
        let read = keys.read_jwks(&mut text, None).map_err(|error| (error.error(), error.index()));
        report.row(ids, name, read, expected);
        report.row(ids, "what stays", keys.len(), expected.unwrap_or(0));
        report.row(ids, "the text is wiped", text.iter().all(|&byte| byte == 0), true);
    }
    report.finish();
}

/// Rules, name, header of a token that a key named `a` signed, outcome with a set of `a` and `b`, and
/// with one that allows a missing `kid`.
const KEY_IDS: &[(&str, &str, &str, Outcome, Outcome)] = &[
    ("S9 #23", "kid", r#"{~,"kid":"a"}"#, OK, OK),
    ("S9 S21", "kid, escaped", r#"{~,"kid":"\u0061"}"#, OK, OK),
    ("S9 #23", "kid of another case", r#"{~,"kid":"A"}"#, Err(UnknownKeyId), Err(UnknownKeyId)),
    ("S9 #5 #23", "unknown kid", r#"{~,"kid":"c"}"#, Err(UnknownKeyId), Err(UnknownKeyId)),
    (
        "S9 P10 #23",
        "kid that is a path",
        r#"{~,"kid":"../a"}"#,
        Err(UnknownKeyId),
        Err(UnknownKeyId),
    ),
    ("S9 #5", "kid that is empty", r#"{~,"kid":""}"#, Err(UnknownKeyId), Err(UnknownKeyId)),
    (
        "S9",
        "kid of the other key",
        r#"{~,"kid":"b"}"#,
        Err(SignatureMismatch),
        Err(SignatureMismatch),
    ),
    ("#23 #4", "no kid", "{~}", Err(MissingKeyId), OK),
    ("S9 #24", "kid that is null", r#"{~,"kid":null}"#, Err(InvalidKeyId), Err(InvalidKeyId)),
    (
        "S8 P10 #11",
        "a key of its own",
        r#"{~,"kid":"c","jwk":{"kty":"oct","k":"AAAA"}}"#,
        Err(UnknownKeyId),
        Err(UnknownKeyId),
    ),
    (
        "P1 P2 S6",
        "alg of no key",
        r#"{"alg":"HS512","kid":"a"}"#,
        Err(AlgorithmMismatch),
        Err(AlgorithmMismatch),
    ),
    (
        "S11 #19",
        "crit",
        r#"{~,"kid":"a","crit":["x"]}"#,
        Err(CriticalExtension),
        Err(CriticalExtension),
    ),
    ("S16 #37", "junk", r#"{~,"kid":"a","x":tru}"#, Err(InvalidJson), Err(InvalidJson)),
];

#[test]
fn a_kid_picks_its_key_or_none() {
    let mut report = Report::default();
    for &(ids, name, template, strict, lenient) in KEY_IDS {
        let token = token(&header(template), &payload("{~}"));
        let mut keys: KeySet<Key<Hs256>, 2> = KeySet::new();
        keys.add("b", KeyEntry::new(Key::new(&[7; 32]).unwrap())).unwrap();
        keys.add("a", KeyEntry::new(Key::new(&SECRET).unwrap())).unwrap();
        let verify = |keys: &KeySet<Key<Hs256>, 2>| {
            Verifier::new(keys, DEFAULT).verify(&token, NOW, &mut [0; 200]).map(drop)
        };
        report.row(ids, name, verify(&keys), strict);
        report.row(ids, name, verify(&keys.allow_missing_key_id()), lenient);
    }
    report.finish();
}

/// Rules, name, what becomes of the right MAC, outcome.
type TagSweep = (&'static str, &'static str, fn(&[u8]) -> Vec<Vec<u8>>, Outcome);

/// The MAC is whole, and every bit of it counts.
const TAGS: &[TagSweep] = &[
    ("K10 #13", "as it is", |tag| vec![tag.to_vec()], OK),
    ("K10 #13 #14", "cut to every length", cut, Err(SignatureLength)),
    ("K10 #14", "a byte behind", |tag| vec![[tag, &[0]].concat()], Err(SignatureLength)),
    ("K10 #14", "twice", |tag| vec![[tag, tag].concat()], Err(SignatureLength)),
    ("#13", "every bit flipped", every_bit_flipped, Err(SignatureMismatch)),
    ("#13", "zeros", |tag| vec![vec![0; tag.len()]], Err(SignatureMismatch)),
    ("#13", "inverted", |tag| vec![tag.iter().map(|byte| !byte).collect()], Err(SignatureMismatch)),
    ("#13", "reversed", |tag| vec![tag.iter().rev().copied().collect()], Err(SignatureMismatch)),
];

fn cut(tag: &[u8]) -> Vec<Vec<u8>> {
    (0..tag.len()).map(|length| tag[..length].to_vec()).collect()
}

fn every_bit_flipped(tag: &[u8]) -> Vec<Vec<u8>> {
    (0..8 * tag.len()).map(|bit| replaced(tag, bit / 8, tag[bit / 8] ^ 1 << (bit % 8))).collect()
}

#[test]
fn signatures_are_the_whole_mac() {
    let mut report = Report::default();
    sweep_tags::<Hs256>(&mut report);
    sweep_tags::<Hs384>(&mut report);
    sweep_tags::<Hs512>(&mut report);
    report.finish();
}

fn sweep_tags<A: Algorithm>(report: &mut Report) {
    let header = format!(r#"{{"alg":"{}"}}"#, A::NAME);
    let input = format!("{}.{}", encode(header), encode(payload("{~}")));
    let tag = mac(A::NAME, &SECRET, input.as_bytes());
    for &(ids, name, sweep, expected) in TAGS {
        for changed in sweep(&tag) {
            let token = format!("{input}.{}", encode(changed)).into_bytes();
            report.row(ids, name, verify::<A>(&SECRET, DEFAULT, NOW, &token), expected);
            report.row(ids, name, verify_jws::<A>(&SECRET, &token).map(drop), expected);
        }
    }
    let text = encode(&tag);
    for length in 0..text.len() {
        let token = format!("{input}.{}", &text[..length]).into_bytes();
        let outcome = verify::<A>(&SECRET, DEFAULT, NOW, &token);
        report.row("K10 #14", "text cut to every length", outcome, Err(SignatureLength));
    }
}

/// Rules, name, and the signature of a token that is otherwise right.
type Signature = (&'static str, &'static str, fn(&str, &str) -> Vec<u8>);

/// The MAC covers the segments as they came, and nothing else.
const SIGNATURES: &[Signature] = &[
    ("S6 S19", "under another key", |header, payload| {
        mac("HS256", &[7; 32], format!("{header}.{payload}").as_bytes())
    }),
    ("S8 P10 #11", "under a key that the header holds", |header, payload| {
        mac("HS256", EMBEDDED_KEY, format!("{header}.{payload}").as_bytes())
    }),
    ("S19", "of the payload alone", |_, payload| mac("HS256", &SECRET, payload.as_bytes())),
    ("S19", "of the header alone", |header, _| mac("HS256", &SECRET, header.as_bytes())),
    ("S19", "without the dot", |header, payload| {
        mac("HS256", &SECRET, format!("{header}{payload}").as_bytes())
    }),
    ("S19", "with a dot behind", |header, payload| {
        mac("HS256", &SECRET, format!("{header}.{payload}.").as_bytes())
    }),
    ("S19", "of the decoded segments", |header, payload| {
        let [header, payload] = [header, payload].map(common::decode);
        mac("HS256", &SECRET, &[header, payload].join(&b'.'))
    }),
    ("S19", "of the header without its white space", |_, payload| {
        let header = encode(WITH_JWK.replace(' ', ""));
        mac("HS256", &SECRET, format!("{header}.{payload}").as_bytes())
    }),
    ("K10 P2", "of another hash, cut", |header, payload| {
        mac("HS512", &SECRET, format!("{header}.{payload}").as_bytes())[..32].to_vec()
    }),
];

const EMBEDDED_KEY: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
/// CVE-2018-0114: a header that brings its own key.
const WITH_JWK: &str =
    r#"{ "alg":"HS256","jwk":{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}}"#;

#[test]
fn signatures_are_of_the_segments_as_received() {
    let (header, payload) = (encode(WITH_JWK), encode(payload("{~}")));
    let mut report = Report::default();
    let with = |tag: Vec<u8>| format!("{header}.{payload}.{}", encode(tag)).into_bytes();
    let right = mac("HS256", &SECRET, format!("{header}.{payload}").as_bytes());
    report.row("S8 S19", "right", verify_default(&with(right)), OK);
    for &(ids, name, signature) in SIGNATURES {
        let outcome = verify_default(&with(signature(&header, &payload)));
        report.row(ids, name, outcome, Err(SignatureMismatch));
    }
    report.finish();
}

/// Rules, name, `alg`: no key is for it, except that one of this very name.
const ALGORITHMS: &[(&str, &str, &str)] = &[
    ("S6 S20 C16 P1 P2 #1 #10", "HMAC with SHA-256", "HS256"),
    ("S6 S20 C16 P1 P2 #1 #10", "HMAC with SHA-384", "HS384"),
    ("S6 S20 C16 P1 P2 #1 #10", "HMAC with SHA-512", "HS512"),
    ("S6 K11 P2 P4 #8", "Unsecured JWS", "none"),
    ("S6 K11 P2 P4 P14 #8", "Unsecured JWS in capitals", "NONE"),
    ("S6 K11 P2 P4 P14 #8", "Unsecured JWS in mixed case", "nOnE"),
    // CVE-2015-9235, CVE-2016-10555, PyJWT CVE-2022-29217.
    ("S6 P1 P2 #1 #7", "RSA", "RS256"),
    ("S6 P1 P2 #1 #7", "RSA-PSS", "PS256"),
    ("S6 P1 P2 #1 #7", "ECDSA", "ES256"),
    ("S6 P1 P2 #1 #7", "EdDSA", "EdDSA"),
    ("S6 P2", "a name of JWE", "dir"),
    ("S6 #4", "no name", ""),
    ("S7 P14", "lower case", "hs256"),
    ("S7 P14", "mixed case", "Hs256"),
    ("S7 P14", "lower case of HS512", "hs512"),
    ("S6 S7", "a space behind", "HS256 "),
    ("S6 S7", "a space before", " HS256"),
    ("S6 S7 #10", "a prefix", "HS25"),
    ("S6 S7 #10", "the family", "HS"),
    ("S6 S7 #10", "more behind", "HS2566"),
    ("S6 S7 #17", "NUL behind", r"HS256\u0000"),
    ("S6 S7", "two names", "HS256,HS512"),
    ("S7 S21", "wide digits, equal by compatibility", "HS２５６"),
];

#[test]
fn tokens_are_of_the_algorithm_that_the_key_is_for() {
    let mut report = Report::default();
    algorithms::<Hs256>(&mut report);
    algorithms::<Hs384>(&mut report);
    algorithms::<Hs512>(&mut report);
    report.finish();
}

fn algorithms<A: Algorithm>(report: &mut Report) {
    for &(ids, name, algorithm) in ALGORITHMS {
        let expected = if algorithm == A::NAME { OK } else { Err(AlgorithmMismatch) };
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let token = sign(A::NAME, &SECRET, header.as_bytes(), &payload("{~}"));
        let name = format!("{name} under {}", A::NAME);
        report.row(ids, &name, verify::<A>(&SECRET, DEFAULT, NOW, &token), expected);
        report.row(ids, &name, verify_jws::<A>(&SECRET, &token).map(drop), expected);
    }
}

// ---- JSON ----------------------------------------------------------------------------------

/// Rules, name, text of the header or of the claims set, outcome.
const JSON: &[(&str, &str, &[u8], Outcome)] = &[
    (
        "S4 C2 C13 C14",
        "members of every type",
        br#"{~,"a":"x","b":-0.5e+1,"c":true,"d":false,"e":null,"f":[1,[]],"g":{"h":{}}}"#,
        OK,
    ),
    ("C2 S4", "numbers of all forms", br#"{~,"z":[0,-0,1.50,1e9,1E+9,1e-9,1e400,-0.0e-0]}"#, OK),
    ("C2 S4", "a number of many digits", br#"{~,"z":123456789012345678901234567890}"#, OK),
    ("S19 C2", "white space", b" \t\r\n{ ~ , \"z\" : [ 1 , { } ] }", OK),
    ("S24", "white space behind", b"{~} \t\r\n", OK),
    ("S23", "all escapes", br#"{~,"z":"\"\\\/\b\f\n\r\t\u0000\u00e9\uABCD"}"#, OK),
    ("S4 P7", "UTF-8 of all lengths", "{~,\"é\":\"€𝄞\u{10ffff}\u{fffe}\"}".as_bytes(), OK),
    ("S23", "DEL, which is no control character here", b"{~,\"z\":\"\x7f\"}", OK),
    // RFC 8259 section 4: names that nobody looks at are not compared.
    ("S3 C1 #21", "a name that is not looked at twice", br#"{~,"z":1,"z":2}"#, OK),
    ("S3 C1 #21", "a name inside twice", br#"{~,"z":{"exp":1,"exp":2}}"#, OK),
    // S16, C14: a completely valid JSON object, and nothing else.
    ("S16 C14", "nothing", b"", Err(InvalidJson)),
    ("S16 C14", "white space alone", b" ", Err(InvalidJson)),
    ("S16 C14", "an array", b"[]", Err(InvalidJson)),
    ("S16 C14", "an object in an array", b"[{~}]", Err(InvalidJson)),
    ("S16 C14", "a string", b"\"x\"", Err(InvalidJson)),
    ("S16 C14", "a number", b"1", Err(InvalidJson)),
    ("S16 C14", "null", b"null", Err(InvalidJson)),
    ("S16 C14", "true", b"true", Err(InvalidJson)),
    ("S16 C14", "members without an object", b"~", Err(InvalidJson)),
    ("S16 S14", "never closed", b"{~", Err(InvalidJson)),
    ("S16 S14", "closed by another bracket", b"{~]", Err(InvalidJson)),
    ("S16 S14", "closed within an array", br#"{~,"z":[1}"#, Err(InvalidJson)),
    ("S16 S14", "brackets crossed", br#"{~,"z":[{]}}"#, Err(InvalidJson)),
    ("S16 S14", "a string never closed", br#"{~,"z":"}"#, Err(InvalidJson)),
    ("S16", "a comma behind", b"{~,}", Err(InvalidJson)),
    ("S16", "a comma before", b"{,~}", Err(InvalidJson)),
    ("S16", "two commas", br#"{~,,"z":1}"#, Err(InvalidJson)),
    ("S16", "no comma", br#"{~ "z":1}"#, Err(InvalidJson)),
    ("S16", "a semicolon", br#"{~;"z":1}"#, Err(InvalidJson)),
    ("S16", "no colon", br#"{~,"z" 1}"#, Err(InvalidJson)),
    ("S16", "no value", br#"{~,"z":}"#, Err(InvalidJson)),
    ("S16", "no value and no colon", br#"{~,"z"}"#, Err(InvalidJson)),
    ("S16", "a name without quotes", b"{~,z:1}", Err(InvalidJson)),
    ("S16", "single quotes", b"{~,'z':1}", Err(InvalidJson)),
    ("S16", "a number for a name", b"{~,1:1}", Err(InvalidJson)),
    ("S16", "a comment", b"{~/**/}", Err(InvalidJson)),
    ("S16", "a comment of a line", b"{~//\n}", Err(InvalidJson)),
    ("S16", "NaN", br#"{~,"z":NaN}"#, Err(InvalidJson)),
    ("S16", "Infinity", br#"{~,"z":Infinity}"#, Err(InvalidJson)),
    ("S16", "-Infinity", br#"{~,"z":-Infinity}"#, Err(InvalidJson)),
    ("S16", "a form feed for white space", b"{~\x0c}", Err(InvalidJson)),
    ("S16", "a no-break space for white space", "{~\u{a0}}".as_bytes(), Err(InvalidJson)),
    // S24, RFC 7515 section 10.12: nothing but white space behind the text.
    ("S24 S16", "a letter behind", b"{~}x", Err(InvalidJson)),
    ("S24", "the RFC's own example", br#"{~,"tool":"mallet"}ABCD"#, Err(InvalidJson)),
    ("S24", "another object behind", b"{~}{~}", Err(InvalidJson)),
    ("S24", "a bracket behind", b"{~}}", Err(InvalidJson)),
    ("S24", "a comma behind the object", b"{~},", Err(InvalidJson)),
    ("S24 #17", "NUL behind", b"{~}\0", Err(InvalidJson)),
    ("S24", "a letter behind white space", b"{~} x", Err(InvalidJson)),
    // S23, RFC 7515 section 10.12: malformed JSON is refused also where nobody reads it.
    ("S23", "no value at all", br#"{~,"z":@@}"#, Err(InvalidJson)),
    ("S23 S16", "a literal cut", br#"{~,"z":tru}"#, Err(InvalidJson)),
    ("S23", "a literal misspelt", br#"{~,"z":trxe}"#, Err(InvalidJson)),
    ("S23", "a literal with more behind", br#"{~,"z":truex}"#, Err(InvalidJson)),
    ("S23", "another literal cut", br#"{~,"z":nul}"#, Err(InvalidJson)),
    ("S23", "a literal in capitals", br#"{~,"z":True}"#, Err(InvalidJson)),
    ("S23", "a word", br#"{~,"z":undefined}"#, Err(InvalidJson)),
    ("S23", "a leading zero", br#"{~,"z":01}"#, Err(InvalidJson)),
    ("S23", "a leading zero behind the sign", br#"{~,"z":-01}"#, Err(InvalidJson)),
    ("S23", "a plus", br#"{~,"z":+1}"#, Err(InvalidJson)),
    ("S23", "a minus alone", br#"{~,"z":-}"#, Err(InvalidJson)),
    ("S23", "two signs", br#"{~,"z":--1}"#, Err(InvalidJson)),
    ("S23", "no digit before the point", br#"{~,"z":.5}"#, Err(InvalidJson)),
    ("S23", "no digit behind the point", br#"{~,"z":5.}"#, Err(InvalidJson)),
    ("S23", "no digit between point and exponent", br#"{~,"z":5.e1}"#, Err(InvalidJson)),
    ("S23", "two points", br#"{~,"z":1.2.3}"#, Err(InvalidJson)),
    ("S23", "no exponent", br#"{~,"z":1e}"#, Err(InvalidJson)),
    ("S23", "a sign for an exponent", br#"{~,"z":1e+}"#, Err(InvalidJson)),
    ("S23", "a fraction in the exponent", br#"{~,"z":1e1.5}"#, Err(InvalidJson)),
    ("S23", "hexadecimal", br#"{~,"z":0x10}"#, Err(InvalidJson)),
    ("S23", "two numbers", br#"{~,"z":[1 2]}"#, Err(InvalidJson)),
    ("S23", "an array with a comma behind", br#"{~,"z":[1,]}"#, Err(InvalidJson)),
    ("S23", "an array with a comma before", br#"{~,"z":[,1]}"#, Err(InvalidJson)),
    ("S23", "junk deep inside", br#"{~,"z":[[{"y":[1,@]}]]}"#, Err(InvalidJson)),
    ("S23 S16", "a control character", b"{~,\"z\":\"\x01\"}", Err(InvalidJson)),
    ("S23 S16", "a line feed in a string", b"{~,\"z\":\"\n\"}", Err(InvalidJson)),
    ("S23 S16", "a tab in a name", b"{~,\"\t\":1}", Err(InvalidJson)),
    ("S23 S16 #17", "NUL in a string", b"{~,\"z\":\"\0\"}", Err(InvalidJson)),
    ("S23 S16", "the last control character", b"{~,\"z\":\"\x1f\"}", Err(InvalidJson)),
    ("S23", "an unknown escape", br#"{~,"z":"\q"}"#, Err(InvalidJson)),
    ("S23", "an escape of C", br#"{~,"z":"\x41"}"#, Err(InvalidJson)),
    ("S23", "an escaped single quote", br#"{~,"z":"\'"}"#, Err(InvalidJson)),
    ("S23", "a capital U", br#"{~,"z":"\U0041"}"#, Err(InvalidJson)),
    ("S23", "three hexadecimal digits", br#"{~,"z":"\u041"}"#, Err(InvalidJson)),
    ("S23", "a sign in an escape", br#"{~,"z":"\u+041"}"#, Err(InvalidJson)),
    ("S23", "no hexadecimal digit", br#"{~,"z":"\u004g"}"#, Err(InvalidJson)),
    ("S23", "an escape in braces", br#"{~,"z":"\u{41}"}"#, Err(InvalidJson)),
    // P7, S16: UTF-8 as RFC 3629 section 4 has it.
    ("S16 C14 P7", "no UTF-8", b"{~,\"z\":\"\xff\"}", Err(InvalidUtf8)),
    ("S16 C14 P7", "no UTF-8 in a name", b"{~,\"\xff\":1}", Err(InvalidUtf8)),
    ("S16 P7", "ISO 8859-1", b"{~,\"z\":\"caf\xe9\"}", Err(InvalidUtf8)),
    ("S16 P7", "a continuation alone", b"{~,\"z\":\"\x80\"}", Err(InvalidUtf8)),
    ("S16 P7", "a sequence cut", b"{~,\"z\":\"\xe2\x82\"}", Err(InvalidUtf8)),
    ("S16 P7", "a quote, overlong", b"{~,\"z\":\"\xc0\xa2\"}", Err(InvalidUtf8)),
    ("S16 P7", "three bytes, overlong", b"{~,\"z\":\"\xe0\x80\xa2\"}", Err(InvalidUtf8)),
    ("S16 P7", "four bytes, overlong", b"{~,\"z\":\"\xf0\x80\x80\xa2\"}", Err(InvalidUtf8)),
    ("S16 P7 S25", "a surrogate", b"{~,\"z\":\"\xed\xa0\x80\"}", Err(InvalidUtf8)),
    (
        "S16 P7 S25",
        "a pair of surrogates",
        b"{~,\"z\":\"\xed\xa0\xb4\xed\xb4\x9e\"}",
        Err(InvalidUtf8),
    ),
    ("S16 P7", "beyond U+10FFFF", b"{~,\"z\":\"\xf4\x90\x80\x80\"}", Err(InvalidUtf8)),
    ("S16 P7", "a byte-order mark before", b"\xef\xbb\xbf{~}", Err(InvalidJson)),
    ("S16 P7", "a byte-order mark behind", b"{~}\xef\xbb\xbf", Err(InvalidJson)),
    // S25, RFC 7515 section 10.13, RFC 8259 section 8.2.
    ("S25", "a pair of surrogates, escaped", br#"{~,"z":"\uD834\uDD1E"}"#, OK),
    ("S25", "a pair of surrogates in a name", br#"{~,"\ud834\udd1e":1}"#, OK),
    ("S25", "a high surrogate alone", br#"{~,"z":"\uD834"}"#, Err(LoneSurrogate)),
    ("S25", "a low surrogate alone", br#"{~,"z":"\uDD1E"}"#, Err(LoneSurrogate)),
    ("S25", "a high surrogate before a letter", br#"{~,"z":"\uD834x"}"#, Err(LoneSurrogate)),
    ("S25", "a high surrogate before an escape", br#"{~,"z":"\uD834\u0041"}"#, Err(LoneSurrogate)),
    ("S25", "two high surrogates", br#"{~,"z":"\uD834\uD834"}"#, Err(LoneSurrogate)),
    ("S25", "a pair in the wrong order", br#"{~,"z":"\uDD1E\uD834"}"#, Err(LoneSurrogate)),
    ("S25", "a surrogate alone in a name", br#"{~,"\udd1e":1}"#, Err(LoneSurrogate)),
];

type Encoding = (&'static str, &'static str, fn(&str) -> Vec<u8>);

/// Whole texts in another encoding than UTF-8 (RFC 8725 section 3.7).
const ENCODINGS: &[Encoding] = &[
    ("P7 S16", "UTF-16LE", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("P7 S16", "UTF-16BE", |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ("P7 S16", "UTF-16LE with a byte-order mark", |text| {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    }),
    ("P7 S16", "UTF-16BE with a byte-order mark", |text| {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect()
    }),
    ("P7 S16", "UTF-32LE", |text| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()),
    ("P7 S16", "UTF-32BE", |text| text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()),
];

/// Rules, name, how many levels a text has, how many the policy allows, outcome.
///
/// Nimbus CVE-2025-53864, json-smart CVE-2023-1370.
const DEPTHS: &[(&str, &str, usize, u8, Outcome)] = &[
    ("#37", "the object alone", 1, 1, OK),
    ("#37", "one level more", 2, 1, Err(NestingTooDeep)),
    ("#37", "as deep as allowed", 5, 5, OK),
    ("#37", "deeper than allowed", 6, 5, Err(NestingTooDeep)),
    ("#37", "as deep as can be allowed", 32, 32, OK),
    ("#37", "deeper than can be allowed", 33, 32, Err(NestingTooDeep)),
    ("#37 #38", "far too deep", 10_000, 32, Err(NestingTooDeep)),
];

#[test]
fn headers_and_claims_sets_are_one_valid_json_object() {
    let mut report = Report::default();
    for &(ids, name, template, expected) in JSON {
        json(ids, name, &header(template), &payload(template), expected, &mut report);
    }
    for &(ids, name, encoding) in ENCODINGS {
        let [header, payload] = [r#"{"alg":"HS256"}"#, r#"{"exp":2000}"#].map(encoding);
        json(ids, name, &header, &payload, Err(InvalidJson), &mut report);
    }
    report.finish();
}

/// The same outcome as a header and as a claims set, whoever reads it.
fn json(
    ids: &str,
    name: &str,
    of_header: &[u8],
    of_payload: &[u8],
    expected: Outcome,
    report: &mut Report,
) {
    let token = token_with_header(of_header);
    report.row(ids, &format!("{name}, header"), verify_default(&token), expected);
    let as_jws = verify_jws::<Hs256>(&SECRET, &token).map(drop);
    report.row(ids, &format!("{name}, header of a JWS"), as_jws, expected);
    report.row(ids, &format!("{name}, header alone"), read_header(&token), expected);

    let token = token_with_payload(of_payload);
    report.row(ids, &format!("{name}, claims set"), verify_default(&token), expected);
    // A JWS takes any payload.
    let as_jws = verify_jws::<Hs256>(&SECRET, &token);
    report.row(ids, &format!("{name}, payload of a JWS"), as_jws, Ok(of_payload.to_vec()));
}

#[test]
fn nesting_is_as_deep_as_the_policy_allows() {
    let mut report = Report::default();
    for &(ids, name, levels, allowed, expected) in DEPTHS {
        let policy = Policy::builder().maximum_depth(allowed).build().unwrap();
        for (opening, closing) in [("[", "]"), (r#"{"y":"#, "}")] {
            let inside = levels - 1;
            let value = format!("{}1{}", opening.repeat(inside), closing.repeat(inside));
            let template = format!(r#"{{~,"z":{value}}}"#);
            let deep_header = token_with_header(&header(&template));
            report.row(ids, name, verify::<Hs256>(&SECRET, policy, NOW, &deep_header), expected);
            let deep_payload = token_with_payload(&payload(&template));
            report.row(ids, name, verify::<Hs256>(&SECRET, policy, NOW, &deep_payload), expected);
        }
    }
    report.finish();
}

// ---- The header ----------------------------------------------------------------------------

/// Rules, name, header, outcome.
const HEADERS: &[(&str, &str, &str, Outcome)] = &[
    ("S4 S5 S18 C10 #22", "nothing but alg", "{~}", OK),
    // S5, RFC 7515 section 4.1.1.
    ("S5 S18 #4", "no alg", "{}", Err(MissingAlgorithm)),
    ("S5 S18 #4", "no alg but typ", r#"{"typ":"JWT"}"#, Err(MissingAlgorithm)),
    ("S5 S18 #35", "a name that alg begins with", r#"{"al":"HS256"}"#, Err(MissingAlgorithm)),
    ("S5 S18 #35", "a name that begins with alg", r#"{"algo":"HS256"}"#, Err(MissingAlgorithm)),
    ("S5 S18 #35", "a name of alg twice over", r#"{"algalg":"HS256"}"#, Err(MissingAlgorithm)),
    ("S5 S18 #35", "a name that ends as alg does", r#"{"xlg":"HS256"}"#, Err(MissingAlgorithm)),
    ("S5 S18 #35", "alg in an inner object", r#"{"x":{"alg":"HS256"}}"#, Err(MissingAlgorithm)),
    ("S5 S18 #35", "alg as a value", r#"{"x":"alg","y":"HS256"}"#, Err(MissingAlgorithm)),
    // S21, RFC 7515 section 5.3 and 10.13: code point by code point, after unescaping.
    ("S21 #20", "alg escaped", r#"{"\u0061lg":"HS256"}"#, OK),
    ("S21 #20", "alg escaped as a whole", r#"{"\u0061\u006c\u0067":"HS256"}"#, OK),
    ("S21", "its value escaped", r#"{"alg":"\u0048S\u0032\u0035\u0036"}"#, OK),
    ("S21 P2 #20", "another value escaped", r#"{"alg":"n\u006fne"}"#, Err(AlgorithmMismatch)),
    ("S21 S7 P14", "ALG", r#"{"ALG":"HS256"}"#, Err(MissingAlgorithm)),
    ("S21 S7 P14", "Alg", r#"{"Alg":"HS256"}"#, Err(MissingAlgorithm)),
    ("S21 #20", "alG, escaped", r#"{"al\u0047":"HS256"}"#, Err(MissingAlgorithm)),
    ("S21 #17", "alg with NUL behind", r#"{"alg\u0000":"HS256"}"#, Err(MissingAlgorithm)),
    ("S21", "alg in wide letters", r#"{"ａｌｇ":"HS256"}"#, Err(MissingAlgorithm)),
    ("S21 S4", "alg and ALG", r#"{~,"ALG":"none"}"#, OK),
    ("S21", "an escaped backslash", r#"{"\\u0061lg":"HS256"}"#, Err(MissingAlgorithm)),
    // S8, RFC 7515 section 4.1.2 to 4.1.8 and RFC 8725 section 3.10: no key comes from a token.
    ("S8 S4 P10 #11", "jwk, whatever it is", r#"{~,"jwk":{"kty":"oct","k":"AAAA"}}"#, OK),
    ("S8 S4 P10 #11", "jku", r#"{~,"jku":"https://evil.example/keys"}"#, OK),
    ("S8 S4 P10 #11", "x5u", r#"{~,"x5u":"https://evil.example/cert"}"#, OK),
    ("S8 S4 P10 #11", "x5c", r#"{~,"x5c":["MIIB"],"x5t":"AAAA","x5t#S256":"AAAA"}"#, OK),
    // S9, RFC 7515 section 4.1.4: a string, and a hint: with one key it selects nothing.
    ("S9 #23", "kid", r#"{~,"kid":"2026-11"}"#, OK),
    ("S9 P10 #23", "kid that is a path", r#"{~,"kid":"../../../dev/null"}"#, OK),
    ("S9 P10 #23", "kid that is SQL", r#"{~,"kid":"' OR 1=1 --"}"#, OK),
    ("S9 #23 #5", "kid that is empty", r#"{~,"kid":""}"#, OK),
    // C10, RFC 7519 section 5.2: a token in a token is not supported.
    ("S10 C10", "cty JWT", r#"{~,"cty":"JWT"}"#, Err(NestedToken)),
    ("S10 C10", "cty jwt", r#"{~,"cty":"jwt"}"#, Err(NestedToken)),
    ("S10 C10", "cty application/jwt", r#"{~,"cty":"application/jwt"}"#, Err(NestedToken)),
    ("S10 C10", "cty in capitals", r#"{~,"cty":"APPLICATION/JWT"}"#, Err(NestedToken)),
    ("S10 C10", "cty escaped", r#"{~,"cty":"application\/\u004aWT"}"#, Err(NestedToken)),
    ("S10 C10", "another cty", r#"{~,"cty":"json"}"#, OK),
    ("S10 C10", "cty of another tree", r#"{~,"cty":"text/jwt"}"#, OK),
    // C11: claims in the header are none.
    ("C11 #35", "exp in the header, long ago", r#"{~,"exp":1,"nbf":9999,"iat":"x"}"#, OK),
    ("C11 #35", "claims of wrong types in the header", r#"{~,"iss":1,"aud":[1],"sub":null}"#, OK),
    // S11 to S13, RFC 7515 section 4.1.11: Authlib CVE-2025-59420, PyJWT CVE-2026-32597,
    // fast-jwt GHSA-hm7r-c7qw-ghp6. There is no extension, so there is no `crit`.
    ("S11 S12 S18 #19", "crit, unknown name", r#"{~,"crit":["x"],"x":1}"#, Err(CriticalExtension)),
    ("S12 #19", "crit before alg", r#"{"crit":["x"],"x":1,~}"#, Err(CriticalExtension)),
    (
        "S11 S27 #19",
        "the header of RFC 7515 appendix E",
        "{~,\r\n \"crit\":[\"http://example.com/UNDEFINED\"],\r\n \"http://example.com/UNDEFINED\":true\r\n}",
        Err(CriticalExtension),
    ),
    ("S12 #19 #20", "crit escaped", r#"{~,"\u0063rit":["x"],"x":1}"#, Err(CriticalExtension)),
    ("S12 #19 #20", "crit, t escaped", r#"{~,"cri\u0074":["x"],"x":1}"#, Err(CriticalExtension)),
    ("S12 #19", "crit twice", r#"{~,"crit":["x"],"crit":[]}"#, Err(DuplicateHeaderParameter)),
    ("S13 #19", "crit, its name absent", r#"{~,"crit":["x"]}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, empty", r#"{~,"crit":[]}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, a registered name", r#"{~,"crit":["alg"]}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, a claim's name", r#"{~,"crit":["exp"],"exp":2000}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, a name twice", r#"{~,"crit":["x","x"],"x":1}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, a number", r#"{~,"crit":[1]}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, a string", r#"{~,"crit":"x","x":1}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, null", r#"{~,"crit":null}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, false", r#"{~,"crit":false}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, zero", r#"{~,"crit":0}"#, Err(CriticalExtension)),
    ("S13 #19", "crit, an object", r#"{~,"crit":{}}"#, Err(CriticalExtension)),
    ("S21 S4", "Crit, which is unknown", r#"{~,"Crit":["x"]}"#, OK),
    // U1 to U3, RFC 7797 sections 3, 6 and 7: a payload that may be meant unencoded is refused.
    ("U1 U3", "b64 false, not critical", r#"{~,"b64":false}"#, Err(UnencodedPayload)),
    ("U1 U3", "b64 escaped", r#"{~,"b6\u0034":false}"#, Err(UnencodedPayload)),
    ("U3 S11", "b64 false, critical", r#"{~,"b64":false,"crit":["b64"]}"#, Err(CriticalExtension)),
    ("U2 U3 S11", "b64 true, critical", r#"{~,"b64":true,"crit":["b64"]}"#, Err(CriticalExtension)),
    ("U2", "b64, a string", r#"{~,"b64":"false"}"#, Err(UnencodedPayload)),
    ("U2", "b64, zero", r#"{~,"b64":0}"#, Err(UnencodedPayload)),
    ("U2", "b64, null", r#"{~,"b64":null}"#, Err(UnencodedPayload)),
    // Stricter than RFC 7797, whose default it is: b64 is refused whatever it is.
    ("U2", "b64 true, not critical", r#"{~,"b64":true}"#, Err(UnencodedPayload)),
];

#[test]
fn headers_keep_their_rules() {
    let mut report = Report::default();
    for &(ids, name, template, expected) in HEADERS {
        let token = token_with_header(&header(template));
        report.row(ids, name, verify_default(&token), expected);
        report.row(ids, name, verify_jws::<Hs256>(&SECRET, &token).map(drop), expected);
    }
    report.finish();
}

/// Rules, name, `typ` that is expected, header, outcome.
const KINDS: &[(&str, &str, &str, &str, Outcome)] = &[
    ("P11 S10 #22", "equal", "at+jwt", r#"{~,"typ":"at+jwt"}"#, OK),
    ("S10 #22", "JWT as jwt", "JWT", r#"{~,"typ":"jwt"}"#, OK),
    ("S10 #22", "JWT as application/JWT", "JWT", r#"{~,"typ":"application/JWT"}"#, OK),
    ("S10 #22", "application/jwt as JWT", "application/jwt", r#"{~,"typ":"JWT"}"#, OK),
    ("S10 #22", "APPLICATION/at+JWT", "at+jwt", r#"{~,"typ":"APPLICATION/at+JWT"}"#, OK),
    ("S10 #22", "escaped", "at+jwt", r#"{~,"typ":"application\/at\u002bjwt"}"#, OK),
    ("P11 #22", "missing", "at+jwt", "{~}", Err(MissingType)),
    ("P11 #22", "another", "at+jwt", r#"{~,"typ":"JWT"}"#, Err(TypeMismatch)),
    ("P11 #22", "empty", "at+jwt", r#"{~,"typ":""}"#, Err(TypeMismatch)),
    ("P11 #22 #34", "a part", "at+jwt", r#"{~,"typ":"jwt"}"#, Err(TypeMismatch)),
    ("P11 #22 #34", "more", "jwt", r#"{~,"typ":"jwt+x"}"#, Err(TypeMismatch)),
    ("S10 #22", "another tree", "jwt", r#"{~,"typ":"text/jwt"}"#, Err(TypeMismatch)),
    ("S10 #22", "two slashes", "a/b", r#"{~,"typ":"application/a/b"}"#, Err(TypeMismatch)),
    (
        "S10 #22",
        "application/ twice",
        "JWT",
        r#"{~,"typ":"application/application/JWT"}"#,
        Err(TypeMismatch),
    ),
    ("C11 #35", "in the claims set", "at+jwt", "{~}", Err(MissingType)),
];

#[test]
fn tokens_are_of_the_expected_type() {
    let mut report = Report::default();
    for &(ids, name, expected_type, template, expected) in KINDS {
        let token = token(&header(template), &payload(r#"{~,"typ":"at+jwt"}"#));
        let policy = Policy::builder().typ(expected_type).build().unwrap();
        report.row(ids, name, verify::<Hs256>(&SECRET, policy, NOW, &token), expected);
        let as_jws = JwsVerifier::new(Key::<Hs256>::new(&SECRET).unwrap()).typ(expected_type);
        let outcome = as_jws.verify(&token, &mut [0; 100]).map(drop);
        report.row(ids, name, outcome, expected);
    }
    report.finish();
}

// ---- Header and claims set -------------------------------------------------------------------

const VALUES: &[&str] =
    &[r#""x""#, r#""""#, "1500", "-1.5e1", "null", "true", "false", "[]", r#"["x"]"#, "[1]", "{}"];

/// A JSON value that is right for a member.
type Fits = fn(&str) -> bool;
const STRING: Fits = |value| value.starts_with('"');
const NUMBER: Fits = |value| value.starts_with(['1', '-']);
const STRINGS: Fits = |value| STRING(value) || matches!(value, "[]" | r#"["x"]"#);

/// Rules, header parameter, the values that it may have, outcome for all others.
const PARAMETER_TYPES: &[(&str, &str, Fits, Error)] = &[
    ("S5 S18", "alg", STRING, InvalidAlgorithm),
    ("S9 S18 #23 #24", "kid", STRING, InvalidKeyId),
    ("S10 S18 #24", "typ", STRING, InvalidType),
    ("S10 S18 C10 #24", "cty", STRING, InvalidContentType),
];

/// Rules, claim, the values that it may have, outcome for all others.
///
/// jsonwebtoken CVE-2026-25537, hono CVE-2026-44459: what can't be read is not absent.
const CLAIM_TYPES: &[(&str, &str, Fits, Error)] = &[
    ("C3 C13 C14 C15 P5 #24 #25", "exp", NUMBER, InvalidExpiration),
    ("C3 C15 P5 #24 #25", "nbf", NUMBER, InvalidNotBefore),
    ("C3 C15 P5 #24 #25", "iat", NUMBER, InvalidIssuedAt),
    ("C8 C15 P5 #24", "iss", STRING, InvalidIssuer),
    ("C8 C15 P5 P8 #24", "sub", STRING, InvalidSubject),
    ("C8 C15 P5 #24", "jti", STRING, InvalidJwtId),
    ("C7 C15 P5 #24 #33", "aud", STRINGS, InvalidAudience),
];

#[test]
fn registered_members_have_their_types_asked_for_or_not() {
    let mut report = Report::default();
    for &(ids, parameter, fits, error) in PARAMETER_TYPES {
        for value in VALUES.iter().filter(|value| !fits(value)) {
            let of_header = match parameter {
                "alg" => format!(r#"{{"alg":{value}}}"#),
                _ => format!(r#"{{"alg":"HS256","{parameter}":{value}}}"#),
            };
            let token = token_with_header(of_header.as_bytes());
            report.row(ids, &of_header, verify_default(&token), Err(error));
            report.row(ids, &of_header, verify_jws::<Hs256>(&SECRET, &token), Err(error));
            report.row(ids, &of_header, read_header(&token), Err(error));
        }
    }
    for &(ids, claim, fits, error) in CLAIM_TYPES {
        for value in VALUES.iter().filter(|value| !fits(value)) {
            let claims = format!(r#"{{"{claim}":{value}}}"#);
            let token = token_with_payload(claims.as_bytes());
            report.row(ids, &claims, verify::<Hs256>(&SECRET, LENIENT, NOW, &token), Err(error));
        }
    }
    report.finish();
}

/// Accepts whatever claims there are.
const LENIENT: Policy<'_> =
    built(Policy::builder().allow_missing_expiration().allow_any_audience());

/// Rules and name of what may stand once at most (RFC 7515 section 4, RFC 7519 section 4).
const PARAMETERS_ONCE: &[(&str, &str)] = &[
    ("S3 S17 #21", "alg"),
    ("S3 S12 S17 #21", "crit"),
    ("S3 S17 U1 #21", "b64"),
    ("S3 S9 S17 #21", "kid"),
    ("S3 S17 #21", "typ"),
    ("S3 S17 #21", "cty"),
];

const CLAIMS_ONCE: &[(&str, &str)] = &[
    ("C1 #21", "exp"),
    ("C1 #21", "nbf"),
    ("C1 #21", "iat"),
    ("C1 #21", "iss"),
    ("C1 #21", "sub"),
    ("C1 #21", "aud"),
    ("C1 #21", "jti"),
];

#[test]
fn members_that_are_looked_at_stand_once() {
    let mut report = Report::default();
    for &(ids, name) in PARAMETERS_ONCE {
        for of_header in twice(name) {
            let token = token_with_header(&header(&of_header));
            let expected = Err(DuplicateHeaderParameter);
            report.row(ids, &of_header, verify_default(&token), expected);
            report.row(ids, &of_header, verify_jws::<Hs256>(&SECRET, &token).map(drop), expected);
            report.row(ids, &of_header, read_header(&token), expected);
        }
    }
    for &(ids, name) in CLAIMS_ONCE {
        for claims in twice(name) {
            let token = token_with_payload(&payload(&claims));
            let outcome = verify::<Hs256>(&SECRET, LENIENT, NOW, &token);
            report.row(ids, &claims, outcome, Err(DuplicateClaim));
        }
    }
    report.finish();
}

/// An object with a member that stands twice: plain and escaped, with equal and other values.
fn twice(name: &str) -> Vec<String> {
    let plain = format!(r#""{name}""#);
    let escaped = format!(r#""\u{:04x}{}""#, name.as_bytes()[0], &name[1..]);
    let (others, value) = match name {
        "alg" => ("", r#""HS256""#),
        "exp" => ("", "2000"),
        "nbf" | "iat" => ("~,", "900"),
        _ => ("~,", r#""x""#),
    };
    let object =
        |a: &str, b: &str, second: &str| format!(r#"{{{others}{a}:{value},"z":1,{b}:{second}}}"#);
    vec![
        object(&plain, &plain, value),
        object(&plain, &plain, "null"),
        object(&plain, &escaped, value),
        object(&escaped, &plain, value),
        object(&escaped, &escaped, "[]"),
    ]
}

// ---- The claims set ----------------------------------------------------------------------------

const ISSUER: Policy<'_> = built(Policy::builder().issuer("https://id.ex"));
const SUBJECT: Policy<'_> = built(Policy::builder().subject("José"));
const AUDIENCE: Policy<'_> = built(Policy::builder().audience("door-7"));
const WITH_JTI: Policy<'_> = built(Policy::builder().required_claims(&["jti"]));
const NO_EXP: Policy<'_> = built(Policy::builder().allow_missing_expiration());
const LEEWAY_60: Policy<'_> = built(Policy::builder().leeway(60));
const AGE_60: Policy<'_> = built(Policy::builder().maximum_age(60));
const AGE_LEEWAY: Policy<'_> = built(Policy::builder().maximum_age(60).leeway(30));
const LIFE_60: Policy<'_> = built(Policy::builder().maximum_lifetime(60));

/// Rules, name, policy, claims set, outcome when the time is 1000.
const CLAIMS: &[(&str, &str, Policy<'_>, &str, Outcome)] = &[
    // C4, RFC 7519 section 4.1.4: "on or after" `exp` is too late.
    ("C4 C13 C14", "a second before exp", DEFAULT, r#"{"exp":1001}"#, OK),
    ("C4 C6", "at exp", DEFAULT, r#"{"exp":1000}"#, Err(Expired)),
    ("C4", "a second behind exp", DEFAULT, r#"{"exp":999}"#, Err(Expired)),
    ("C4 #31", "no exp", DEFAULT, "{}", Err(MissingExpiration)),
    ("C4 #35", "a part of its name", DEFAULT, r#"{"ex":2000}"#, Err(MissingExpiration)),
    ("C4 #35", "more than its name", DEFAULT, r#"{"expi":2000}"#, Err(MissingExpiration)),
    ("C4 #35", "its name twice over", DEFAULT, r#"{"expexp":2000}"#, Err(MissingExpiration)),
    ("C4 #35", "a name that ends as it does", DEFAULT, r#"{"xxp":2000}"#, Err(MissingExpiration)),
    ("C4 S21", "EXP", DEFAULT, r#"{"EXP":2000}"#, Err(MissingExpiration)),
    ("C4 #35", "in an inner object", DEFAULT, r#"{"x":{"exp":2000}}"#, Err(MissingExpiration)),
    ("S21 #20", "its name escaped", DEFAULT, r#"{"\u0065x\u0070":999}"#, Err(Expired)),
    ("C4", "no exp where it may be missing", NO_EXP, "{}", OK),
    // golang-jwt #509: presence is not value.
    ("C4 #30", "exp zero", DEFAULT, r#"{"exp":0}"#, Err(Expired)),
    ("C4 #30", "exp zero where it may be missing", NO_EXP, r#"{"exp":0}"#, Err(Expired)),
    ("C4 #30", "exp -0 where it may be missing", NO_EXP, r#"{"exp":-0.0}"#, Err(Expired)),
    // C3, RFC 7519 section 2: any JSON number, compared exactly.
    ("C3", "a fraction", DEFAULT, r#"{"exp":1000.5}"#, OK),
    ("C3", "a fraction too fine for f64", DEFAULT, r#"{"exp":1000.0000000000000001}"#, OK),
    (
        "C3",
        "a fraction that f64 rounds up",
        DEFAULT,
        r#"{"exp":999.99999999999999999}"#,
        Err(Expired),
    ),
    ("C3", "a fraction of zeros", DEFAULT, r#"{"exp":1000.000}"#, Err(Expired)),
    ("C3", "an exponent", DEFAULT, r#"{"exp":1.0005e3}"#, OK),
    ("C3", "an exponent below zero", DEFAULT, r#"{"exp":10005e-1}"#, OK),
    ("C3", "an exponent that makes exp the time", DEFAULT, r#"{"exp":0.1E+4}"#, Err(Expired)),
    ("C3", "an exponent with leading zeros", DEFAULT, r#"{"exp":1001e-000}"#, OK),
    // Numbers that other verifiers wrap, saturate or read as infinity.
    ("C3 #26 #28", "the last date", DEFAULT, r#"{"exp":999999999999999999}"#, OK),
    ("#26", "above i64", DEFAULT, r#"{"exp":9223372036854775808}"#, Err(NumericDateOutOfRange)),
    ("#26", "zero in u64", DEFAULT, r#"{"exp":18446744073709551616}"#, Err(NumericDateOutOfRange)),
    ("#25 #26 #28", "above i64 in short", DEFAULT, r#"{"exp":1e19}"#, Err(NumericDateOutOfRange)),
    ("#25 #26 #28", "infinite as double", DEFAULT, r#"{"exp":1e309}"#, Err(NumericDateOutOfRange)),
    ("#25 #28", "infinite below", NO_EXP, r#"{"exp":-1e309}"#, Err(NumericDateOutOfRange)),
    ("#28", "a huge exponent", DEFAULT, r#"{"exp":1e999999999999}"#, Err(NumericDateOutOfRange)),
    ("#28", "an exponent of 2^32", DEFAULT, r#"{"exp":1e4294967296}"#, Err(NumericDateOutOfRange)),
    (
        "#28",
        "an exponent far below zero",
        DEFAULT,
        r#"{"exp":1e-9999999999999999999}"#,
        Err(Expired),
    ),
    ("#28", "a zero of any exponent", DEFAULT, r#"{"exp":0e99999999999999999999}"#, Err(Expired)),
    (
        "#28",
        "10 to the 50th",
        DEFAULT,
        r#"{"exp":100000000000000000000000000000000000000000000000000}"#,
        Err(NumericDateOutOfRange),
    ),
    ("#27", "below zero", DEFAULT, r#"{"exp":-1}"#, Err(Expired)),
    ("#27", "far below zero", DEFAULT, r#"{"exp":-999999999999999999}"#, Err(Expired)),
    ("#27 #28", "out of range below zero", DEFAULT, r#"{"exp":-1e19}"#, Err(NumericDateOutOfRange)),
    ("#28", "milliseconds are seconds", DEFAULT, r#"{~,"nbf":1000000}"#, Err(NotYetValid)),
    // C5, RFC 7519 section 4.1.5. jsonwebtoken #542: on by default.
    ("C5 #32", "a second before nbf", DEFAULT, r#"{~,"nbf":1001}"#, Err(NotYetValid)),
    ("C5 C6", "at nbf", DEFAULT, r#"{~,"nbf":1000}"#, OK),
    ("C5", "a second behind nbf", DEFAULT, r#"{~,"nbf":999}"#, OK),
    ("C5 C3", "before nbf by a fraction", DEFAULT, r#"{~,"nbf":1000.5}"#, Err(NotYetValid)),
    (
        "C5 C3",
        "before nbf by a fine fraction",
        DEFAULT,
        r#"{~,"nbf":1000.0000000000000001}"#,
        Err(NotYetValid),
    ),
    ("C5 #30", "nbf zero", DEFAULT, r#"{~,"nbf":0}"#, OK),
    ("C5 #27", "nbf below zero", DEFAULT, r#"{~,"nbf":-1}"#, OK),
    ("C5 #28", "nbf out of range", DEFAULT, r#"{~,"nbf":1e19}"#, Err(NumericDateOutOfRange)),
    ("C5 S21 #20", "nbf escaped", DEFAULT, r#"{~,"\u006ebf":1001}"#, Err(NotYetValid)),
    // C6: zero by default, to the second where it is set, and less than `exp` is enough.
    ("C6", "exp within the leeway", LEEWAY_60, r#"{"exp":941}"#, OK),
    ("C6 C4", "exp at the leeway's end", LEEWAY_60, r#"{"exp":940}"#, Err(Expired)),
    ("C6", "nbf at the leeway's end", LEEWAY_60, r#"{~,"nbf":1060}"#, OK),
    ("C6", "nbf behind the leeway", LEEWAY_60, r#"{~,"nbf":1060.5}"#, Err(NotYetValid)),
    ("C6 #28", "exp below all", LEEWAY_60, r#"{"exp":-999999999999999999}"#, Err(Expired)),
    ("C6 #28", "nbf above all", LEEWAY_60, r#"{~,"nbf":999999999999999999}"#, Err(NotYetValid)),
    // `iat`: no limit by itself; what needs it fails without it.
    ("C3 #25", "iat in the future", DEFAULT, r#"{~,"iat":1001}"#, OK),
    ("C3 #28", "iat out of range", DEFAULT, r#"{~,"iat":1e19}"#, Err(NumericDateOutOfRange)),
    ("#31", "a maximum age, no iat", AGE_60, "{~}", Err(MissingIssuedAt)),
    ("#31", "a maximum age, iat null", AGE_60, r#"{~,"iat":null}"#, Err(InvalidIssuedAt)),
    ("#31", "as old as allowed", AGE_60, r#"{~,"iat":940}"#, OK),
    ("#31", "older than allowed", AGE_60, r#"{~,"iat":939}"#, Err(TooOld)),
    ("#30 #31", "a maximum age, iat zero", AGE_60, r#"{~,"iat":0}"#, Err(TooOld)),
    ("#31", "a maximum age, iat in the future", AGE_60, r#"{~,"iat":1001}"#, Err(IssuedInFuture)),
    ("C6 #31", "as old as allowed, with leeway", AGE_LEEWAY, r#"{~,"iat":910}"#, OK),
    ("C6 #31", "older than allowed, with leeway", AGE_LEEWAY, r#"{~,"iat":909}"#, Err(TooOld)),
    ("#31", "a maximum lifetime, no iat", LIFE_60, r#"{"exp":1001}"#, Err(MissingIssuedAt)),
    ("#31", "a maximum lifetime, no exp", LIFE_60, r#"{"iat":1000}"#, Err(MissingExpiration)),
    ("#31", "as long as allowed", LIFE_60, r#"{"exp":1060,"iat":1000}"#, OK),
    ("C3 #31", "as long, by fractions", LIFE_60, r#"{"exp":1060.25,"iat":1000.3}"#, OK),
    (
        "C3 #31",
        "longer by a fraction",
        LIFE_60,
        r#"{"exp":1060.3,"iat":1000.25}"#,
        Err(LifetimeTooLong),
    ),
    (
        "C3 #31",
        "longer by a fine fraction",
        LIFE_60,
        r#"{"exp":1060.5,"iat":1000.4999999999999}"#,
        Err(LifetimeTooLong),
    ),
    ("#31", "longer than allowed", LIFE_60, r#"{"exp":1061,"iat":1000}"#, Err(LifetimeTooLong)),
    (
        "#28 #31",
        "longer than any",
        LIFE_60,
        r#"{"exp":999999999999999999,"iat":-999999999999999999}"#,
        Err(LifetimeTooLong),
    ),
    // C8, C9, RFC 7519 section 2: exactly this string, after unescaping.
    ("C8 C9 P8 #34", "iss, equal", ISSUER, r#"{~,"iss":"https://id.ex"}"#, OK),
    ("C9", "iss, slashes escaped", ISSUER, r#"{~,"iss":"https:\/\u002fid.ex"}"#, OK),
    ("C8 P8 #24", "no iss", ISSUER, "{~}", Err(MissingIssuer)),
    ("C9", "iss, a slash behind", ISSUER, r#"{~,"iss":"https://id.ex/"}"#, Err(IssuerMismatch)),
    ("C8 C9", "iss, another case", ISSUER, r#"{~,"iss":"https://ID.ex"}"#, Err(IssuerMismatch)),
    (
        "C9",
        "iss, its default port",
        ISSUER,
        r#"{~,"iss":"https://id.ex:443"}"#,
        Err(IssuerMismatch),
    ),
    ("C9", "iss, percent-encoded", ISSUER, r#"{~,"iss":"https://id%2Eex"}"#, Err(IssuerMismatch)),
    // PyJWT CVE-2024-53861.
    ("P8 #34", "iss, a part", ISSUER, r#"{~,"iss":"https://id"}"#, Err(IssuerMismatch)),
    ("P8 #34", "iss, more", ISSUER, r#"{~,"iss":"https://id.ex.net"}"#, Err(IssuerMismatch)),
    (
        "P8 #34 #17",
        "iss, NUL behind",
        ISSUER,
        r#"{~,"iss":"https://id.ex\u0000"}"#,
        Err(IssuerMismatch),
    ),
    ("P8 #34", "iss, empty", ISSUER, r#"{~,"iss":""}"#, Err(IssuerMismatch)),
    // fast-jwt CVE-2025-30144.
    ("C8 P8 #34", "iss in an array", ISSUER, r#"{~,"iss":["https://id.ex"]}"#, Err(InvalidIssuer)),
    ("C8 P8", "sub, equal", SUBJECT, r#"{~,"sub":"José"}"#, OK),
    ("C8 C9 P8", "sub, escaped", SUBJECT, r#"{~,"sub":"Jos\u00e9"}"#, OK),
    ("C8 P8 #24", "no sub", SUBJECT, "{~}", Err(MissingSubject)),
    ("C8 P8", "sub, another case", SUBJECT, r#"{~,"sub":"josé"}"#, Err(SubjectMismatch)),
    ("C9 P8 S21", "sub, decomposed", SUBJECT, r#"{~,"sub":"Jose\u0301"}"#, Err(SubjectMismatch)),
    ("C8", "jti", WITH_JTI, r#"{~,"jti":"x"}"#, OK),
    ("C8", "no jti where it is required", WITH_JTI, "{~}", Err(MissingClaim)),
    // C7, P9, RFC 7519 section 4.1.3 and RFC 8725 section 3.9.
    ("C7 P9 #33", "aud, the string", AUDIENCE, r#"{~,"aud":"door-7"}"#, OK),
    ("C7 P9 #33", "aud, an array of it", AUDIENCE, r#"{~,"aud":["door-7"]}"#, OK),
    ("C7 P9 #33", "aud, an array with it", AUDIENCE, r#"{~,"aud":["door-6","door-7","x"]}"#, OK),
    ("C7 C9", "aud, escaped", AUDIENCE, r#"{~,"aud":["x\\","\u0064oor-7"]}"#, OK),
    ("C7 P9 #24 #33", "no aud", AUDIENCE, "{~}", Err(MissingAudience)),
    ("C7 P9 #33", "aud, another string", AUDIENCE, r#"{~,"aud":"door-6"}"#, Err(AudienceMismatch)),
    ("C7 #33", "aud, others", AUDIENCE, r#"{~,"aud":["door-6","x"]}"#, Err(AudienceMismatch)),
    ("C7 #33", "aud, another case", AUDIENCE, r#"{~,"aud":"Door-7"}"#, Err(AudienceMismatch)),
    ("C7 #33 #34", "aud, a part", AUDIENCE, r#"{~,"aud":"door"}"#, Err(AudienceMismatch)),
    ("C7 #33 #34", "aud, more", AUDIENCE, r#"{~,"aud":"door-71"}"#, Err(AudienceMismatch)),
    ("C7 #33", "aud, a list", AUDIENCE, r#"{~,"aud":"x door-7"}"#, Err(AudienceMismatch)),
    ("C7 #33", "aud, quotes", AUDIENCE, r#"{~,"aud":["x\",\"door-7"]}"#, Err(AudienceMismatch)),
    // CVE-2020-26160: an empty array is not the empty string.
    ("C7 #33", "aud, an empty array", AUDIENCE, r#"{~,"aud":[]}"#, Err(AudienceMismatch)),
    ("C7 #33", "aud, an empty string", AUDIENCE, r#"{~,"aud":""}"#, Err(AudienceMismatch)),
    ("C7 #33", "aud, of an empty string", AUDIENCE, r#"{~,"aud":[""]}"#, Err(AudienceMismatch)),
    ("C7 #33", "aud, a number behind", AUDIENCE, r#"{~,"aud":["door-7",1]}"#, Err(InvalidAudience)),
    ("C7 #33", "aud, null behind", AUDIENCE, r#"{~,"aud":["door-7",null]}"#, Err(InvalidAudience)),
    ("C7 #33", "aud, array in array", AUDIENCE, r#"{~,"aud":[["door-7"]]}"#, Err(InvalidAudience)),
    ("C7 #33", "aud, an object", AUDIENCE, r#"{~,"aud":{"door-7":1}}"#, Err(InvalidAudience)),
    ("C7 #33", "aud, not expected", DEFAULT, r#"{~,"aud":"door-7"}"#, Err(UnexpectedAudience)),
    ("C7 #33", "aud, empty, not expected", DEFAULT, r#"{~,"aud":[]}"#, Err(UnexpectedAudience)),
    ("C7", "any aud where it may be any", LENIENT, r#"{~,"aud":["door-6"]}"#, OK),
];

#[test]
fn claims_are_what_the_policy_asks_for() {
    let mut report = Report::default();
    for &(ids, name, policy, template, expected) in CLAIMS {
        let token = token_with_payload(&payload(template));
        report.row(ids, name, verify::<Hs256>(&SECRET, policy, NOW, &token), expected);
    }
    report.finish();
}

/// Rules, name, policy, claims set, outcome with a header that holds all that is asked for
/// (RFC 7519 section 5.3).
const IN_HEADER: &[(&str, &str, Policy<'_>, &str, Outcome)] = &[
    ("C11 #35", "no exp", DEFAULT, "{}", Err(MissingExpiration)),
    ("C11 #35", "no iss", ISSUER, "{~}", Err(MissingIssuer)),
    ("C11 #35", "no sub", SUBJECT, "{~}", Err(MissingSubject)),
    ("C11 #35", "no aud", AUDIENCE, "{~}", Err(MissingAudience)),
    ("C11 #35", "no jti", WITH_JTI, "{~}", Err(MissingClaim)),
    ("C11 #35", "no iat", AGE_60, "{~}", Err(MissingIssuedAt)),
    ("C11 #35", "aud in the header alone is not unexpected", DEFAULT, "{~}", OK),
];

#[test]
fn claims_in_the_header_are_none() {
    let mut report = Report::default();
    let of_header = header(
        r#"{~,"iss":"https://id.ex","sub":"José","aud":"door-7","jti":"x","exp":2000,"iat":1000}"#,
    );
    for &(ids, name, policy, template, expected) in IN_HEADER {
        let token = token(&of_header, &payload(template));
        report.row(ids, name, verify::<Hs256>(&SECRET, policy, NOW, &token), expected);
    }
    report.finish();
}

const ACCEPTING: Policy<'_> =
    built(Policy::builder().accept_what_an_unknown_time_leaves_open().leeway(600));

const FOREVER: Policy<'_> = built(Policy::builder().allow_missing_expiration().leeway(600));

/// Rules, name, policy, what is known of the time, claims set, outcome.
const TIMES: &[(&str, &str, Policy<'_>, Time, &str, Outcome)] = &[
    // The wish of all who have an RTC: no answer that looks like one (2.6).
    ("2.6", "a clock at 1970", DEFAULT, Known(0), r#"{~,"nbf":900}"#, Err(NotYetValid)),
    ("2.6", "no clock", DEFAULT, Unknown, "{~}", Err(TimeUnknown)),
    ("2.6", "no clock, nbf alone", NO_EXP, Unknown, r#"{"nbf":900}"#, Err(TimeUnknown)),
    ("2.6", "a floor before exp", DEFAULT, AtLeast(1000), r#"{"exp":1001}"#, Err(TimeUnknown)),
    ("2.6 C4", "a floor at exp", DEFAULT, AtLeast(1000), r#"{"exp":1000}"#, Err(Expired)),
    ("2.6 C5", "a floor at nbf", NO_EXP, AtLeast(1000), r#"{"nbf":1000}"#, OK),
    ("2.6", "a floor before nbf", NO_EXP, AtLeast(999), r#"{"nbf":1000}"#, Err(TimeUnknown)),
    ("2.6", "no clock, opted out", ACCEPTING, Unknown, r#"{~,"nbf":900}"#, OK),
    ("2.6", "a floor, opted out", ACCEPTING, AtLeast(1000), r#"{"exp":401}"#, OK),
    (
        "2.6 C4",
        "a floor at exp, opted out",
        ACCEPTING,
        AtLeast(1000),
        r#"{"exp":400}"#,
        Err(Expired),
    ),
    // #28: no sum of a time and a leeway wraps.
    ("#28", "the last second, exp", LEEWAY_60, Known(u64::MAX), "{~}", Err(Expired)),
    ("#28", "the last second, nbf", FOREVER, Known(u64::MAX), r#"{"nbf":9}"#, OK),
    (
        "#28",
        "the last second of i64",
        LEEWAY_60,
        Known(i64::MAX as u64),
        r#"{"exp":999999999999999999}"#,
        Err(Expired),
    ),
    ("#28", "above i64", LEEWAY_60, Known(1 << 63), r#"{"exp":999999999999999999}"#, Err(Expired)),
    ("#28 #27", "the first second, in time", LEEWAY_60, Known(0), r#"{"exp":-59}"#, OK),
    ("#28 #27", "the first second, expired", LEEWAY_60, Known(0), r#"{"exp":-60}"#, Err(Expired)),
    ("#28", "the first second, no age", AGE_60, Known(0), r#"{~,"iat":-60}"#, OK),
    ("#28", "the first second, too old", AGE_60, Known(0), r#"{~,"iat":-60.5}"#, Err(TooOld)),
];

#[test]
fn what_is_not_known_of_the_time_is_not_made_up() {
    let mut report = Report::default();
    for &(ids, name, policy, time, template, expected) in TIMES {
        let token = token_with_payload(&payload(template));
        report.row(ids, name, verify::<Hs256>(&SECRET, policy, time, &token), expected);
    }
    report.finish();
}

/// Rules, name, policy, whether it is one.
const POLICIES: &[(&str, &str, PolicyBuilder<'_>, Outcome)] = &[
    // node-jsonwebtoken #1021; RFC 7519 section 4.1.4: "no more than a few minutes".
    ("C6 #29", "the longest leeway, in seconds", Policy::builder().leeway(600), OK),
    ("C6 #29", "a longer leeway", Policy::builder().leeway(601), Err(LeewayTooLong)),
    ("C6 #29", "milliseconds", Policy::builder().leeway(60_000), Err(LeewayTooLong)),
    ("C6 #28 #29", "any leeway", Policy::builder().leeway(u32::MAX), Err(LeewayTooLong)),
    ("#37", "no depth", Policy::builder().maximum_depth(0), Err(DepthOutOfRange)),
    ("#37", "more depth than bits", Policy::builder().maximum_depth(33), Err(DepthOutOfRange)),
    ("#37", "any depth", Policy::builder().maximum_depth(u8::MAX), Err(DepthOutOfRange)),
];

#[test]
fn policies_have_bounds() {
    let mut report = Report::default();
    for &(ids, name, policy, expected) in POLICIES {
        report.row(ids, name, policy.build().map(drop), expected);
    }
    report.finish();
}

// ---- What is looked at first -------------------------------------------------------------------

/// Rules, name, whether the MAC holds, header, claims set, the fault that is told.
const FAULTS: &[(&str, &str, Signer, &str, &str, Error)] = &[
    // Nothing is parsed as JSON for a forger.
    ("#39 #38", "the MAC before depth", forged, DEEP, "{}", SignatureMismatch),
    ("#39 #38", "the MAC before the header", forged, "\0", "{}", SignatureMismatch),
    ("#39", "the MAC before the claims set", forged, HS256, "junk", SignatureMismatch),
    ("#39", "the MAC before alg", forged, r#"{"alg":"none"}"#, "{}", SignatureMismatch),
    ("#39 #36", "the MAC before exp", forged, HS256, r#"{"exp":1}"#, SignatureMismatch),
    ("#39", "the header before the claims set", signed, "junk", "\u{feff}", InvalidJson),
    ("#39", "alg before the claims set", signed, r#"{"alg":"none"}"#, "junk", AlgorithmMismatch),
    (
        "#39",
        "crit before the claims set",
        signed,
        r#"{"alg":"HS256","crit":[]}"#,
        "junk",
        CriticalExtension,
    ),
    ("#39", "JSON before values", signed, HS256, r#"{"exp":1,"iss":1}x"#, InvalidJson),
    ("#39", "types before values", signed, HS256, r#"{"exp":1,"iss":1}"#, InvalidIssuer),
    ("C15 P5 #39", "a value", signed, HS256, r#"{"exp":1}"#, Expired),
];

type Signer = fn(&str, &str) -> Vec<u8>;

const HS256: &str = r#"{"alg":"HS256"}"#;
const DEEP: &str =
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";

fn signed(header: &str, payload: &str) -> Vec<u8> {
    token(header.as_bytes(), payload.as_bytes())
}

/// A token under another key.
fn forged(header: &str, payload: &str) -> Vec<u8> {
    sign("HS256", &[7; 32], header.as_bytes(), payload.as_bytes())
}

#[test]
fn faults_are_told_in_the_order_mac_header_claims() {
    let mut report = Report::default();
    for &(ids, name, signer, of_header, of_payload, error) in FAULTS {
        report.row(ids, name, verify_default(&signer(of_header, of_payload)), Err(error));
    }
    report.finish();
}

// ---- What no table of tokens can say -----------------------------------------------------------

type Fact = (&'static str, &'static str, fn() -> bool);

/// Rules, name, whether it is so.
const FACTS: &[Fact] = &[
    // golang-jwt CVE-2025-30204: split at every dot, at any length.
    ("#18 #38 #39", "a token has a length, and that is looked at before its dots", || {
        let dots = vec![b'.'; MAX_TOKEN_LENGTH + 1];
        verify_default(&dots) == Err(TokenTooLong)
            && verify_default(&dots[1..]) == Err(NotCompactSerialization)
    }),
    ("B7", "the vectors of RFC 4648 section 10", || {
        let vectors = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let encoded = ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"];
        vectors.iter().zip(encoded).all(|(bytes, symbols)| {
            jws_payload(symbols.as_bytes()).as_deref() == Ok(bytes.as_bytes())
        })
    }),
    ("B4 #15", "one text for each of all bytes", || {
        ALPHABET.iter().all(|first| {
            ALPHABET.iter().enumerate().all(|(value, second)| {
                let outcome = jws_payload(&[*first, *second]).map(drop);
                outcome == if value % 16 == 0 { OK } else { Err(InvalidBase64Url) }
            })
        })
    }),
    ("B4 #15", "one text for each of two bytes", || {
        ALPHABET.iter().all(|second| {
            ALPHABET.iter().enumerate().all(|(value, third)| {
                let outcome = jws_payload(&[b'A', *second, *third]).map(drop);
                outcome == if value % 4 == 0 { OK } else { Err(InvalidBase64Url) }
            })
        })
    }),
    ("S28", "detached content is the empty payload, and no claims set", || {
        jws_payload(b"") == Ok(vec![])
            && verify_default(&token_with_payload(b"")) == Err(InvalidJson)
    }),
    ("S9 #23", "a kid is compared case by case, after unescaping", || {
        let token = token_with_header(br#"{"alg":"HS256","kid":"Key-\u0031"}"#);
        let mut buffer = [0; 100];
        let unverified = unverified_header(&token, &mut buffer).unwrap();
        unverified.key_id().is_some_and(|kid| kid == "Key-1" && kid != "key-1" && kid != "Key-")
    }),
    ("S3 C1 #21", "a member that stands twice is not read", || {
        let twice = br#"{"alg":"HS256","exp":2000,"z":1,"\u007a":2}"#;
        with_token(DEFAULT, &token(twice, twice), |token| {
            token.header().get::<u8>("z") == Err(DuplicateHeaderParameter)
                && token.claims().get::<u8>("z") == Err(DuplicateClaim)
                && token.claims().string("z") == Err(DuplicateClaim)
        })
    }),
    ("S25 C9", "characters beyond the first plane are kept", || {
        with_token(DEFAULT, &token_with_payload(br#"{"exp":2000,"z":"\uD834\uDD1E"}"#), |token| {
            token.claims().get("z") == Ok("\u{1d11e}")
        })
    }),
    ("S26 #36", "a jti is there once all holds", || {
        with_token(DEFAULT, &token_with_payload(br#"{"exp":2000,"jti":"x"}"#), |token| {
            token.claims().jwt_id().is_some_and(|id| id == "x")
        })
    }),
    // libjwt#283 L7: a jti was remembered before the MAC was compared, and so burnt by anyone.
    ("S26 #36", "a replay is told, and no refused token is remembered", || {
        let mut guard = ReplayGuard::<1>::new(WhenFull::Refuse);
        let mut verify = |token: &[u8]| {
            let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), DEFAULT);
            verifier.verify_with(token, NOW, &(), &mut guard, &mut [0; 200]).map(drop)
        };
        let good = token_with_payload(br#"{"exp":2000,"jti":"x"}"#);
        verify(&forged(HS256, r#"{"exp":2000,"jti":"x"}"#)) == Err(SignatureMismatch)
            && verify(&token_with_payload(br#"{"exp":1000,"jti":"x"}"#)) == Err(Expired)
            && verify(&good) == OK
            && verify(&good) == Err(Replayed)
    }),
    ("S26 S19 #36 #39", "the MAC is of the text as received, and asked for once", || {
        let token = token_with_header(br#"{ "alg":"HS256"}"#);
        let asked = Cell::new(0);
        let engine = Engine { asked: &asked, input: token.len() - 44, works: true };
        let outcome = embedded_jwt::Verifier::new(engine, DEFAULT)
            .verify(&token, NOW, &mut [0; 100])
            .map(drop);
        outcome == OK && asked.get() == 1
    }),
    ("S26 S19 #39", "an ill-formed text is not worth a MAC", || {
        let asked = Cell::new(0);
        let token = token_with_header(HS256.as_bytes());
        (0..token.len()).filter(|&at| token[at] != b'.').all(|at| {
            let token = replaced(&token, at, b'!');
            let engine = Engine { asked: &asked, input: token.len() - 44, works: true };
            let outcome = embedded_jwt::Verifier::new(engine, DEFAULT)
                .verify(&token, NOW, &mut [0; 100])
                .map(drop);
            outcome == Err(InvalidBase64Url) && asked.get() == 0
        })
    }),
    ("S26 #36 #39", "nothing is looked at when the engine fails", || {
        let token = token_with_header(b"junk");
        let asked = Cell::new(0);
        let engine = Engine { asked: &asked, input: token.len() - 44, works: false };
        let outcome = embedded_jwt::Verifier::new(engine, DEFAULT)
            .verify(&token, NOW, &mut [0; 100])
            .map(drop);
        outcome == Err(MacEngine) && asked.get() == 1
    }),
    ("C15 P5 S26 #36", "an error leaves nothing of the token behind", || {
        [
            token_with_payload(br#"{"exp":1,"jti":"x"}"#),
            token_with_header(br#"{"alg":"none"}"#),
            forged(HS256, r#"{"exp":2000}"#),
        ]
        .iter()
        .all(|token| {
            let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), DEFAULT);
            let mut buffer = [0xaa; 200];
            let refused = verifier.verify(token, NOW, &mut buffer).is_err();
            let decoded = (token.len() - "..".len() - 43) / 4 * 3;
            refused && buffer[..decoded].iter().all(|byte| *byte == 0)
        })
    }),
    ("P1 P3 #1", "keys of two algorithms are two types", || {
        let types =
            [TypeId::of::<Key<Hs256>>(), TypeId::of::<Key<Hs384>>(), TypeId::of::<Key<Hs512>>()];
        types[0] != types[1] && types[0] != types[2] && types[1] != types[2]
    }),
    ("P3 #10", "the same secret makes unequal MACs under two algorithms", || {
        let (short, long) = (Key::<Hs256>::new(&SECRET), Key::<Hs512>::new(&SECRET));
        short.unwrap().mac(b"x").unwrap() != long.unwrap().mac(b"x").unwrap()[..32]
    }),
    ("K12 P6", "a key is made of bytes: of a text does not compile", || {
        let _: fn(&[u8]) -> Result<Key<Hs256>, Error> = Key::new;
        true
    }),
    ("K7 K8 #2 #5", "a secret in Base64URL is canonical and long enough", || {
        let from = |text: &[u8]| Key::<Hs256>::from_base64url(text, &mut [0; 100]).map(drop);
        let text = encode(&SECRET[..32]).into_bytes();
        let mut dirty = SWEEPS.iter().flat_map(|(_, _, sweep)| sweep(&text));
        from(&text) == OK
            && from(b"") == Err(KeyTooShort)
            && from(encode(&SECRET[..31]).as_bytes()) == Err(KeyTooShort)
            && dirty.all(|text| from(&text) == Err(InvalidBase64Url))
    }),
    // fast-jwt CVE-2023-48223 and GHSA-mvf2-f6gm-w987: a PEM was told by how it begins.
    ("#2", "a key is its bytes, whatever they look like", || {
        let pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n";
        let jwk = r#"{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
        let texts = [pem.to_owned(), format!(" \n{pem}"), pem.trim().to_owned(), jwk.to_owned()];
        texts.iter().all(|text| {
            let key = Key::<Hs256>::new(text.as_bytes()).unwrap();
            key.mac(b"x").unwrap()[..] == mac("HS256", text.as_bytes(), b"x")
        })
    }),
    // RFC 8725 section 3.12.
    ("P12 P11 P9", "each of two kinds of tokens holds for its verifier alone", || {
        let access = Policy::builder().typ("at+jwt").audience("api").build().unwrap();
        let identity = Policy::builder().typ("id+jwt").audience("app").build().unwrap();
        let token = |typ: &str, audience: &str| {
            let of_header = header(format!(r#"{{~,"typ":"{typ}"}}"#));
            token(&of_header, &payload(format!(r#"{{~,"aud":"{audience}"}}"#)))
        };
        let kinds = [(access, token("at+jwt", "api")), (identity, token("id+jwt", "app"))];
        let holds = |policy, token: &[u8]| verify::<Hs256>(&SECRET, policy, NOW, token) == OK;
        holds(kinds[0].0, &kinds[0].1)
            && holds(kinds[1].0, &kinds[1].1)
            && !holds(kinds[0].0, &kinds[1].1)
            && !holds(kinds[1].0, &kinds[0].1)
    }),
    // jwt-dotnet #61, CVE-2019-7644: an exception that showed the signature it had expected.
    ("#12", "no error and no Debug shows a MAC, a key or a claim", || {
        let token = forged(HS256, r#"{"exp":2000,"sub":"Alice-4711"}"#);
        let input = token.len() - 44;
        let expected = mac("HS256", &SECRET, &token[..input]);
        let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), DEFAULT);
        let error = verifier.verify(&token, NOW, &mut [0; 200]).unwrap_err();
        let good = token_with_payload(br#"{"exp":2000,"sub":"Alice-4711"}"#);
        let mut buffer = [0; 200];
        let verified = verifier.verify(&good, NOW, &mut buffer).unwrap();
        let shown =
            format!("{error} {error:?} {:?} {verified:?} {:?}", *verifier, verified.claims());
        ![encode(&expected), encode(&*SECRET), "Alice-4711".into()]
            .iter()
            .any(|it| shown.contains(it))
            && !shown.contains(&format!("{:?}", &expected[..4]).replace(['[', ']'], ""))
            && !shown.contains(&format!("{:?}", &SECRET[..4]).replace(['[', ']'], ""))
    }),
    ("S14 S16 C13 C14 #38", "what serde_json refuses is refused, and the other way round", || {
        let text = br#"{"exp":2000,"z":[1.5e1,-0,"\u00e9\uD834\uDD1E\n",{"y":null}]}"#;
        mutations(text).iter().all(|text| {
            let token = token_with_payload(text);
            let refused = matches!(
                verify::<Hs256>(&SECRET, LENIENT, NOW, &token),
                Err(InvalidJson | InvalidUtf8 | LoneSurrogate | NestingTooDeep)
            );
            refused == serde_json::from_slice::<serde_json::Map<_, _>>(text).is_err()
        })
    }),
    ("S14 #38", "no byte of a token can be changed", || {
        let token = token_with_payload(&payload("{~}"));
        (0..token.len()).all(|at| {
            (0..=u8::MAX)
                .filter(|byte| *byte != token[at])
                .all(|byte| verify_default(&replaced(&token, at, byte)).is_err())
        })
    }),
];

#[test]
fn facts_are_so() {
    let mut report = Report::default();
    for &(ids, name, fact) in FACTS {
        report.row(ids, name, fact(), true);
    }
    report.finish();
}

/// The payload of a JWS whose MAC covers this segment.
fn jws_payload(segment: &[u8]) -> Result<Vec<u8>, Error> {
    let token = sign_segments("HS256", &SECRET, encode(HS256).as_bytes(), segment);
    verify_jws::<Hs256>(&SECRET, &token)
}

/// Whether something is so of a token that holds.
fn with_token(policy: Policy<'_>, token: &[u8], so: fn(embedded_jwt::Token<'_>) -> bool) -> bool {
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
    let mut buffer = [0; 200];
    so(verifier.verify(token, NOW, &mut buffer).unwrap())
}

/// Counts how often it is asked for the MAC of the first `input` bytes of a token.
struct Engine<'c> {
    asked: &'c Cell<usize>,
    input: usize,
    works: bool,
}

impl Mac for Engine<'_> {
    type Algorithm = Hs256;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        assert_eq!(message.len(), self.input);
        self.asked.set(self.asked.get() + 1);
        if self.works { Key::<Hs256>::new(&SECRET)?.mac(message) } else { Err(MacEngine) }
    }
}

/// A text with each byte replaced by every byte, left out or doubled, and each of its beginnings.
fn mutations(text: &[u8]) -> Vec<Vec<u8>> {
    let mut mutations = Vec::new();
    for at in 0..text.len() {
        mutations.extend((0..=u8::MAX).map(|byte| replaced(text, at, byte)));
        mutations.push([&text[..at], &text[at + 1..]].concat());
        mutations.push([&text[..at], &text[at..=at], &text[at..]].concat());
        mutations.push(text[..at].to_vec());
    }
    mutations
}

// ---- No rule is left out -----------------------------------------------------------------------

/// Every id of the checklist.
const CHECKLIST: &str = "
    B1 B2 B3 B4 B5 B6 B7
    S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S25 S26
    S27 S28
    K1 K2 K3 K4 K5 K6 K7 K8 K9 K10 K11 K12
    C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 C12 C13 C14 C15 C16 C17
    P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P14 P15
    U1 U2 U3
    #1 #2 #3 #4 #5 #6 #7 #8 #9 #10 #11 #12 #13 #14 #15 #16 #17 #18 #19 #20 #21 #22 #23 #24 #25 #26
    #27 #28 #29 #30 #31 #32 #33 #34 #35 #36 #37 #38 #39 2.6";

/// Ids that no row here can hold, and what does.
const ELSEWHERE: &[(&str, &str)] = &[
    ("S22", "the comparison is `subtle`'s, in src/keys.rs: how long it takes is for a timing test"),
    ("K9", "as S22"),
    // RFC 7519 section 8 has every implementation accept `none`; RFC 8725 section 3.2 no one.
    ("C17", "deliberately not met for `none`: the documentation says so"),
];

#[test]
fn every_rule_has_a_row() {
    let rows = [
        TEXTS.iter().map(|row| row.0).collect::<Vec<_>>(),
        SWEEPS.iter().map(|row| row.0).collect(),
        KEYS.iter().map(|row| row.0).collect(),
        JWKS.iter().map(|row| row.0).collect(),
        KEY_IDS.iter().map(|row| row.0).collect(),
        TAGS.iter().map(|row| row.0).collect(),
        SIGNATURES.iter().map(|row| row.0).collect(),
        ALGORITHMS.iter().map(|row| row.0).collect(),
        JSON.iter().map(|row| row.0).collect(),
        ENCODINGS.iter().map(|row| row.0).collect(),
        DEPTHS.iter().map(|row| row.0).collect(),
        HEADERS.iter().map(|row| row.0).collect(),
        KINDS.iter().map(|row| row.0).collect(),
        PARAMETER_TYPES.iter().map(|row| row.0).collect(),
        CLAIM_TYPES.iter().map(|row| row.0).collect(),
        PARAMETERS_ONCE.iter().map(|row| row.0).collect(),
        CLAIMS_ONCE.iter().map(|row| row.0).collect(),
        CLAIMS.iter().map(|row| row.0).collect(),
        IN_HEADER.iter().map(|row| row.0).collect(),
        TIMES.iter().map(|row| row.0).collect(),
        POLICIES.iter().map(|row| row.0).collect(),
        FAULTS.iter().map(|row| row.0).collect(),
        FACTS.iter().map(|row| row.0).collect(),
    ];
    let rows = rows.concat();
    let held: BTreeSet<&str> = rows.iter().flat_map(|ids| ids.split_whitespace()).collect();
    let excused: BTreeSet<&str> = ELSEWHERE.iter().map(|row| row.0).collect();
    let all: BTreeSet<&str> = CHECKLIST.split_whitespace().collect();

    assert!(held.is_disjoint(&excused), "excused, but held: {:?}", &held & &excused);
    let accounted = &held | &excused;
    assert_eq!(accounted, all, "{:?}", &accounted ^ &all);
}
