//! Every rule for a verifier of compact HMAC-signed tokens, row by row.
//!
//! Each row begins with the ids of the rules it tests. Look them up in `CHECKLIST.md`, in this
//! directory. Unless a row says otherwise, a token's MAC is right, however malformed the token is:
//! only the rule under test can refuse it. The last test compares the ids here with those there.

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
    Algorithm, Hs256, Hs384, Hs512, JwkError, Key, KeyEntry, KeySet, MAX_TOKEN_LENGTH, Mac, Policy,
    PolicyBuilder, ReplayGuard, Segment, Tag, Time, WhenFull, unverified_header,
};

/// The result of a verification.
type Outcome = Result<(), Error>;

const OK: Outcome = Ok(());

const MALFORMED_HEADER: Error = InvalidBase64Url { segment: Segment::Header };
const MALFORMED_PAYLOAD: Error = InvalidBase64Url { segment: Segment::Payload };
const MALFORMED_SIGNATURE: Error = InvalidBase64Url { segment: Segment::Signature };

/// The time, in rows that are not about time.
const NOW: Time = Known(1000);

const DEFAULT: Policy<'_> = built(Policy::builder());

const fn built(builder: PolicyBuilder<'static>) -> Policy<'static> {
    match builder.build() {
        Ok(policy) => policy,
        Err(error) => panic!("{}", error.as_str()),
    }
}

/// A header or a claims set. `~` stands for the member that it needs: `alg` or `exp`.
fn fill(template: impl AsRef<[u8]>, members: &str) -> Vec<u8> {
    template.as_ref().split(|&byte| byte == b'~').collect::<Vec<_>>().join(members.as_bytes())
}

fn header(template: impl AsRef<[u8]>) -> Vec<u8> {
    fill(template, r#""alg":"HS256""#)
}

fn payload(template: impl AsRef<[u8]>) -> Vec<u8> {
    fill(template, r#""exp":2000"#)
}

fn token(header_text: &[u8], payload_text: &[u8]) -> Vec<u8> {
    sign("HS256", &SECRET, header_text, payload_text)
}

fn token_with_header(header_text: &[u8]) -> Vec<u8> {
    token(header_text, &payload("{~}"))
}

fn token_with_payload(payload_text: &[u8]) -> Vec<u8> {
    token(&header("{~}"), payload_text)
}

fn verify_default(token: &[u8]) -> Outcome {
    verify::<Hs256>(&SECRET, DEFAULT, NOW, token)
}

/// Reads the header only, without a key.
fn read_header(token: &[u8]) -> Outcome {
    unverified_header(token, &mut [0; 200]).map(drop)
}

/// A token, and whether it is accepted.
#[derive(Clone, Copy)]
struct Row {
    /// The ids of the rules that it tests.
    ids: &'static str,
    name: &'static str,
    /// `H`, `P` and `S` stand for the segments of a valid token.
    text: &'static str,
    /// `~` stands for `alg`.
    header: &'static str,
    /// `~` stands for `exp`.
    claims: &'static str,
    policy: Policy<'static>,
    time: Time,
    outcome: Outcome,
}

/// A row with a valid token, for the methods of [`Row`] to change.
const fn row(ids: &'static str, name: &'static str) -> Row {
    Row {
        ids,
        name,
        text: "H.P.S",
        header: "{~}",
        claims: "{~}",
        policy: DEFAULT,
        time: NOW,
        outcome: OK,
    }
}

impl Row {
    const fn text(self, text: &'static str) -> Self {
        Self { text, ..self }
    }

    const fn header(self, header: &'static str) -> Self {
        Self { header, ..self }
    }

    const fn claims(self, claims: &'static str) -> Self {
        Self { claims, ..self }
    }

    const fn policy(self, policy: Policy<'static>) -> Self {
        Self { policy, ..self }
    }

    const fn time(self, time: Time) -> Self {
        Self { time, ..self }
    }

    const fn accepted(self) -> Self {
        Self { outcome: OK, ..self }
    }

    const fn refused(self, error: Error) -> Self {
        Self { outcome: Err(error), ..self }
    }

    /// The token with this header and these claims.
    fn token(&self) -> Vec<u8> {
        token(&header(self.header), &payload(self.claims))
    }

    fn verify(&self) -> Outcome {
        verify::<Hs256>(&SECRET, self.policy, self.time, &self.token())
    }
}

/// Counts rows and collects those that failed.
#[derive(Default)]
struct Report {
    rows: usize,
    failed: Vec<String>,
}

impl Report {
    fn check(&mut self, row: &Row, outcome: Outcome) {
        self.row(row.ids, row.name, outcome, row.outcome);
    }

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

// ---- The text ---------------------------------------------------------------------------------

const TEXTS: &[Row] = &[
    row("S1 S14 C12", "three segments").accepted(),
    row("S1 C12 #38", "the empty text").text("").refused(NotCompactSerialization),
    row("S1 C12", "no dot").text("HPS").refused(NotCompactSerialization),
    row("S1", "one dot").text("H.P").refused(NotCompactSerialization),
    row("S1", "one dot and nothing else").text(".").refused(NotCompactSerialization),
    row("S1", "two dots and nothing else").text("..").refused(SignatureLength),
    row("S1", "a trailing dot").text("H.P.S.").refused(NotCompactSerialization),
    row("S1", "a leading dot").text(".H.P.S").refused(NotCompactSerialization),
    row("S1", "two dots in a row").text("H..P.S").refused(NotCompactSerialization),
    row("S1", "a fourth segment").text("H.P.S.S").refused(NotCompactSerialization),
    row("S1", "five segments, like a JWE").text("H.P.P.P.S").refused(NotCompactSerialization),
    row("S1 #38", "no header").text(".P.S").refused(SignatureMismatch),
    row("S1 K11 P4 #8", "no signature").text("H.P.").refused(SignatureLength),
    row("S1", "segments out of order").text("P.H.S").refused(SignatureMismatch),
    row("S15 #16", "a leading space").text(" H.P.S").refused(MALFORMED_HEADER),
    row("S15 #14 #16", "a trailing space").text("H.P.S ").refused(MALFORMED_SIGNATURE),
    row("S15 B1 #14", "a trailing line feed").text("H.P.S\n").refused(MALFORMED_SIGNATURE),
    row("S15 #17", "a trailing NUL").text("H.P.S\0").refused(MALFORMED_SIGNATURE),
    row("S15 P7", "a leading byte-order mark").text("\u{feff}H.P.S").refused(MALFORMED_HEADER),
    row("S15 #16", "the scheme of an Authorization header")
        .text("Bearer H.P.S")
        .refused(MALFORMED_HEADER),
    row("S1 #18 #39", "dots are checked before symbols")
        .text("!.!.!.!")
        .refused(NotCompactSerialization),
    row("K10 #39", "lengths are checked before symbols").text("!.!.AAAA").refused(SignatureLength),
    row("S15 #39", "symbols are checked before the MAC").text("H.P!.S").refused(MALFORMED_PAYLOAD),
    row("K10 #39", "symbols of the signature are checked before lengths")
        .text("!.!.AAAA=")
        .refused(MALFORMED_SIGNATURE),
    // RFC 7515 appendix F would need a method of its own.
    row("S28", "detached content").text("H..S").refused(DetachedPayload),
    row("S2 P15 #9", "flattened JSON serialization")
        .text(r#"{"payload":"P","protected":"H","signature":"S"}"#)
        .refused(NotCompactSerialization),
    row("S2 P15 #9", "general JSON serialization")
        .text(r#"{"payload":"P","signatures":[{"protected":"H","signature":"S"}]}"#)
        .refused(NotCompactSerialization),
    // GHSA-jc38-x7x8-2xc8 (web-token/jwt-framework) read `alg` from an unprotected header.
    row("S2 P15 #9", "JSON serialization with alg in the unprotected header")
        .text(r#"{"payload":"P","header":{"alg":"none"},"signature":"S"}"#)
        .refused(NotCompactSerialization),
    row("S2 P15", "JSON serialization that contains two dots")
        .text(r#"{"payload":"P","protected":"H","header":{"kid":"a.b.c"},"signature":"S"}"#)
        .refused(MALFORMED_SIGNATURE),
];

#[test]
fn token_is_three_segments_and_two_dots() {
    let [header, payload] = [header("{~}"), payload("{~}")].map(encode);
    let signature = encode(mac("HS256", &SECRET, format!("{header}.{payload}").as_bytes()));
    let mut report = Report::default();
    for row in TEXTS {
        let segment = |symbol: char| match symbol {
            'H' => header.clone(),
            'P' => payload.clone(),
            'S' => signature.clone(),
            other => other.to_string(),
        };
        let token: String = row.text.chars().map(segment).collect();
        report.check(row, verify_default(token.as_bytes()));
        report.check(row, verify_jws::<Hs256>(&SECRET, token.as_bytes()).map(drop));
        if matches!(row.outcome, Ok(()) | Err(NotCompactSerialization)) {
            report.check(row, read_header(token.as_bytes()));
        }
    }
    report.finish();
}

/// Ids, name, and a function that makes a segment malformed in every way of one kind.
type Sweep = (&'static str, &'static str, fn(&[u8]) -> Vec<Vec<u8>>);

/// A segment that is not canonical Base64URL is refused although the MAC covers it.
const SWEEPS: &[Sweep] = &[
    ("B1 S15 C13", "a line feed at every offset", |clean| inserted(clean, b"\n")),
    ("B1 S15 C13", "CR LF at every offset", |clean| inserted(clean, b"\r\n")),
    ("B1 S15 S19 #16", "a space at every offset", |clean| inserted(clean, b" ")),
    ("S15 S19 #16", "#### at every offset", |clean| inserted(clean, b"####")),
    ("S15 #17", "NUL at every offset", |clean| inserted(clean, b"\0")),
    ("B2 S15", "padding", |clean| vec![[clean, b"="].concat(), [clean, b"=="].concat()]),
    ("B3 S15 S19 C13", "every byte outside the alphabet, first, in the middle and last", |clean| {
        let outside = (0..=u8::MAX).filter(|byte| !is_symbol(*byte)).collect::<Vec<_>>();
        assert_eq!(outside.len(), 192);
        [0, clean.len() / 2, clean.len() - 1]
            .into_iter()
            .flat_map(|at| outside.iter().map(move |byte| replaced(clean, at, *byte)))
            .collect()
    }),
    ("B6 S15", "+ and / of plain Base64 at every offset", |clean| {
        let places = 0..clean.len();
        places.flat_map(|at| [b'+', b'/'].map(|byte| replaced(clean, at, byte))).collect()
    }),
    ("B4 S15 S19 #15", "a last symbol with unused bits set", |clean| {
        // A tail of two symbols has 15 such variants, one of three has 3 (RFC 4648 section 3.5).
        let left_over = [0, 0, 0b1111, 0b0011][clean.len() % 4];
        let last = clean.len() - 1;
        let value = ALPHABET.iter().position(|symbol| *symbol == clean[last]).unwrap();
        let siblings = (1..=left_over).map(|bits| ALPHABET[value | bits]);
        siblings.map(|symbol| replaced(clean, last, symbol)).collect()
    }),
    ("B5 S15", "every length 4n + 1", |clean| {
        let cut = (1..clean.len()).step_by(4).map(|length| clean[..length].to_vec());
        // One symbol after the last full quad, which a lenient decoder would drop.
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
fn segments_that_are_not_canonical_base64url_are_refused() {
    let mut report = Report::default();
    // Trailing white space in the JSON text makes tails of zero, two and three symbols, and so do
    // the algorithms for the signature.
    sweep_segments::<Hs256>("", &mut report);
    sweep_segments::<Hs384>(" ", &mut report);
    sweep_segments::<Hs512>("  ", &mut report);
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
            refused::<A>(ids, &name, &token, segment_error(&dirty, Segment::Header), report);
            report.row(
                ids,
                &name,
                read_header(&token),
                Err(segment_error(&dirty, Segment::Header)),
            );
        }
        for dirty in sweep(&payload) {
            let token = sign_segments(A::NAME, &SECRET, &header, &dirty);
            let name = format!("{name}, payload: {}", dirty.escape_ascii());
            refused::<A>(ids, &name, &token, segment_error(&dirty, Segment::Payload), report);
        }
        for dirty in sweep(signature) {
            let token = [input, &dirty].concat();
            let name = format!("{name}, signature: {}", dirty.escape_ascii());
            let is_told_by_length =
                dirty.len() != signature.len() && dirty.iter().all(|byte| is_symbol(*byte));
            let error = if is_told_by_length {
                SignatureLength
            } else {
                segment_error(&dirty, Segment::Signature)
            };
            refused::<A>(ids, &name, &token, error, report);
        }
    }
}

fn segment_error(dirty: &[u8], segment: Segment) -> Error {
    if dirty.contains(&b'.') { NotCompactSerialization } else { InvalidBase64Url { segment } }
}

fn refused<A: Algorithm>(ids: &str, name: &str, token: &[u8], error: Error, report: &mut Report) {
    report.row(ids, name, verify::<A>(&SECRET, DEFAULT, NOW, token), Err(error));
    report.row(ids, name, verify_jws::<A>(&SECRET, token).map(drop), Err(error));
}

// ---- The MAC ----------------------------------------------------------------------------------

/// A key of some length, and the outcomes for HS256, HS384 and HS512.
struct Secret {
    ids: &'static str,
    name: &'static str,
    length: usize,
    outcomes: [Outcome; 3],
}

const fn short(needed: u8) -> Outcome {
    Err(KeyTooShort { needed })
}

const NONE: [Outcome; 3] = [short(32), short(48), short(64)];
const HS256_ONLY: [Outcome; 3] = [OK, short(48), short(64)];
const NOT_HS512: [Outcome; 3] = [OK, OK, short(64)];
const ALL: [Outcome; 3] = [OK; 3];

const KEYS: &[Secret] = &[
    // CVE-2026-45363 (ruby-jwt), GHSA-gmvf-9v4p-v8jc (fast-jwt), GHSA-q843-6q5f-w55g (libjwt).
    Secret { ids: "K8 P6 #3 #5", name: "empty", length: 0, outcomes: NONE },
    Secret { ids: "K8 P6 #6", name: "one byte", length: 1, outcomes: NONE },
    Secret { ids: "K8 P6 #6", name: "31 bytes", length: 31, outcomes: NONE },
    Secret { ids: "K8", name: "32 bytes, as HS256 needs", length: 32, outcomes: HS256_ONLY },
    Secret { ids: "K8 P6 #6", name: "47 bytes", length: 47, outcomes: HS256_ONLY },
    Secret { ids: "K8", name: "48 bytes, as HS384 needs", length: 48, outcomes: NOT_HS512 },
    Secret { ids: "K8 P6 #6", name: "63 bytes", length: 63, outcomes: NOT_HS512 },
    Secret {
        ids: "K8",
        name: "64 bytes, as HS512 needs and one block of SHA-256",
        length: 64,
        outcomes: ALL,
    },
    Secret { ids: "K8", name: "65 bytes, more than a block of SHA-256", length: 65, outcomes: ALL },
    Secret { ids: "K8", name: "128 bytes, one block of SHA-512", length: 128, outcomes: ALL },
    Secret {
        ids: "K8",
        name: "129 bytes, more than a block of SHA-512",
        length: 129,
        outcomes: ALL,
    },
    Secret { ids: "K8", name: "131 bytes, as in RFC 4231", length: 131, outcomes: ALL },
];

#[test]
fn keys_shorter_than_the_hash_are_refused() {
    let mut report = Report::default();
    for &Secret { ids, name, length, outcomes } in KEYS {
        let secret: Vec<u8> = (1..=length as u8).collect();
        report.row(ids, name, key::<Hs256>(&secret), outcomes[0]);
        report.row(ids, name, key::<Hs384>(&secret), outcomes[1]);
        report.row(ids, name, key::<Hs512>(&secret), outcomes[2]);
    }
    report.finish();
}

/// Makes a key and verifies a token with it.
fn key<A: Algorithm>(secret: &[u8]) -> Outcome {
    Key::<A>::new(secret)?;
    let token = sign(A::NAME, secret, format!(r#"{{"alg":"{}"}}"#, A::NAME).as_bytes(), b"{}");
    verify_jws::<A>(secret, &token).map(drop)
}

/// A JWK Set, and the number of keys it gives.
///
/// `~` stands for a valid key, `$` for its secret, `&` for another secret and `^` for a secret of
/// 31 bytes.
struct JwkSet {
    ids: &'static str,
    name: &'static str,
    text: &'static str,
    outcome: Result<(usize, Option<Fault>), (Error, Option<Fault>)>,
}

/// The fault of a key, and its index, if it is in a set.
type Fault = (Error, Option<u16>);

const fn jwk_set(ids: &'static str, name: &'static str) -> JwkSet {
    JwkSet { ids, name, text: "", outcome: Ok((0, None)) }
}

impl JwkSet {
    const fn text(self, text: &'static str) -> Self {
        Self { text, ..self }
    }

    const fn gives_keys(self, count: usize) -> Self {
        Self { outcome: Ok((count, None)), ..self }
    }

    /// Gives one key. The key at this index is the first that is passed over.
    const fn gives_one_without(self, index: u16, error: Error) -> Self {
        Self { outcome: Ok((1, Some((error, Some(index))))), ..self }
    }

    /// Gives no key, since those that there are can't be used.
    const fn gives_none(self, error: Error, index: Option<u16>) -> Self {
        Self { outcome: Err((NoUsableKey, Some((error, index)))), ..self }
    }

    const fn refused(self, error: Error) -> Self {
        Self { outcome: Err((error, None)), ..self }
    }

    const fn refused_at(self, index: u16, error: Error) -> Self {
        Self { outcome: Err((error, Some((error, Some(index))))), ..self }
    }
}

const JWKS: &[JwkSet] = &[
    jwk_set("K6", "a key").text(r#"{"keys":[~]}"#).gives_keys(1),
    jwk_set("K6 K2", "a key and an EC key")
        .text(r#"{"keys":[{"kty":"EC","crv":"P-256"},~]}"#)
        .gives_one_without(0, UnsupportedKeyType),
    jwk_set("K6 K2 #7", "a key and an RSA key without alg")
        .text(r#"{"keys":[~,{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#)
        .gives_one_without(1, UnsupportedKeyType),
    jwk_set("K6", "no key").text(r#"{"keys":[]}"#).refused(NoUsableKey),
    jwk_set("K6", "no keys").text("{}").gives_none(MissingKeyType, None),
    jwk_set("K6", "keys is not an array").text(r#"{"keys":~}"#).refused(InvalidKeys),
    jwk_set("K6 S23", "junk after the set").text(r#"{"keys":[~]}x"#).refused(InvalidJson),
    jwk_set("K6", "a key and a malformed oct key")
        .text(r#"{"keys":[~,{"kty":"oct"}]}"#)
        .gives_one_without(1, MissingKeyValue),
    jwk_set("K6", "a key and a key without members")
        .text(r#"{"keys":[{},~]}"#)
        .gives_one_without(0, MissingKeyType),
    jwk_set("K6", "a key and an empty array").text(r#"{"keys":[~,[]]}"#).refused_at(1, InvalidJson),
    jwk_set("K6", "more keys than the set has room for")
        .text(r#"{"keys":[~,{"kty":"oct","k":"$"},{"kty":"oct","k":"$","kid":"x"}]}"#)
        .refused_at(2, KeySetFull),
    jwk_set("K1", "k twice")
        .text(r#"{"keys":[{"kty":"oct","k":"$","k":"$"}]}"#)
        .refused_at(0, DuplicateJwkMember),
    jwk_set("K1", "k twice, escaped")
        .text(r#"{"keys":[{"kty":"oct","k":"$","\u006b":"$"}]}"#)
        .refused_at(0, DuplicateJwkMember),
    jwk_set("K1", "kty twice")
        .text(r#"{"keys":[{"kty":"EC","k":"$","kty":"oct"}]}"#)
        .refused_at(0, DuplicateJwkMember),
    jwk_set("K1", "unknown members")
        .text(r#"{"keys":[{"kty":"oct","k":"$","x":[{"k":1}],"K":2}]}"#)
        .gives_keys(1),
    jwk_set("K2", "kty OCT").text(r#"{"keys":[{"kty":"OCT","k":"$"}]}"#).gives_none(UnsupportedKeyType, Some(0)),
    jwk_set("K2", "kty OCT, not in a set")
        .text(r#"{"kty":"OCT","k":"$"}"#)
        .gives_none(UnsupportedKeyType, None),
    jwk_set("K2 #1 #7", "kty EC, not in a set")
        .text(r#"{"kty":"EC","k":"$"}"#)
        .gives_none(UnsupportedKeyType, None),
    jwk_set("K2", "no kty").text(r#"{"keys":[{"k":"$"}]}"#).gives_none(MissingKeyType, Some(0)),
    jwk_set("K2", "kty is not a string")
        .text(r#"{"keys":[{"kty":["oct"],"k":"$"}]}"#)
        .gives_none(InvalidKeyType, Some(0)),
    jwk_set("K3", "use sig").text(r#"{"keys":[{"kty":"oct","k":"$","use":"sig"}]}"#).gives_keys(1),
    jwk_set("K3", "use enc")
        .text(r#"{"keys":[~,{"kty":"oct","k":"$","use":"enc"}]}"#)
        .gives_one_without(1, KeyNotForSignatures),
    jwk_set("K3", "use Sig")
        .text(r#"{"keys":[{"kty":"oct","k":"$","use":"Sig"}]}"#)
        .gives_none(KeyNotForSignatures, Some(0)),
    jwk_set("K3", "key_ops verify")
        .text(r#"{"keys":[{"kty":"oct","k":"$","key_ops":["verify"]}]}"#)
        .gives_keys(1),
    jwk_set("K3", "key_ops sign")
        .text(r#"{"keys":[{"kty":"oct","k":"$","key_ops":["sign"]}]}"#)
        .gives_keys(1),
    jwk_set("K3", "key_ops sign and verify, and use sig")
        .text(r#"{"keys":[{"kty":"oct","k":"$","use":"sig","key_ops":["sign","verify"]}]}"#)
        .gives_keys(1),
    jwk_set("K3", "key_ops wrapKey")
        .text(r#"{"keys":[{"kty":"oct","k":"$","key_ops":["wrapKey"]}]}"#)
        .gives_none(KeyNotForSignatures, Some(0)),
    jwk_set("K3", "key_ops that contradict use")
        .text(r#"{"keys":[{"kty":"oct","k":"$","use":"sig","key_ops":["verify","encrypt"]}]}"#)
        .gives_none(KeyNotForSignatures, Some(0)),
    jwk_set("K3", "key_ops with a duplicate")
        .text(r#"{"keys":[{"kty":"oct","k":"$","key_ops":["verify","verify"]}]}"#)
        .gives_none(InvalidKeyOperations, Some(0)),
    jwk_set("K4", "alg HS256")
        .text(r#"{"keys":[{"kty":"oct","k":"$","alg":"HS256"}]}"#)
        .gives_keys(1),
    jwk_set("K4", "alg HS256, and the same key for HS512")
        .text(r#"{"keys":[~,{"kty":"oct","k":"$","kid":"good","alg":"HS512"}]}"#)
        .gives_one_without(1, AlgorithmMismatch),
    jwk_set("K4", "alg HS512")
        .text(r#"{"keys":[{"kty":"oct","k":"$","alg":"HS512"}]}"#)
        .gives_none(AlgorithmMismatch, Some(0)),
    jwk_set("K4", "alg for content encryption")
        .text(r#"{"keys":[{"kty":"oct","k":"$","alg":"A256GCM"}]}"#)
        .gives_none(UnsupportedAlgorithm, Some(0)),
    jwk_set("K4", "alg for key wrapping")
        .text(r#"{"keys":[{"kty":"oct","k":"$","alg":"A256KW"}]}"#)
        .gives_none(UnsupportedAlgorithm, Some(0)),
    jwk_set("K4 K11 #8", "alg none")
        .text(r#"{"keys":[{"kty":"oct","k":"$","alg":"none"}]}"#)
        .gives_none(UnsupportedAlgorithm, Some(0)),
    jwk_set("K4 S7", "alg hs256")
        .text(r#"{"keys":[{"kty":"oct","k":"$","alg":"hs256"}]}"#)
        .gives_none(UnsupportedAlgorithm, Some(0)),
    jwk_set("K5", "two keys with different kids")
        .text(r#"{"keys":[{"kty":"oct","k":"$","kid":"a"},{"kty":"oct","k":"$","kid":"A"}]}"#)
        .gives_keys(2),
    jwk_set("K5", "two keys with one kid")
        .text(r#"{"keys":[{"kty":"oct","k":"$","kid":"a"},{"kty":"oct","k":"&","kid":"\u0061"}]}"#)
        .refused_at(1, DuplicateKeyId),
    jwk_set("K5", "one key twice")
        .text(r#"{"keys":[{"kty":"oct","k":"$","kid":"a"},{"kty":"oct","k":"$","kid":"\u0061"}]}"#)
        .gives_keys(1),
    jwk_set("K5", "two keys without kid")
        .text(r#"{"keys":[{"kty":"oct","k":"$"},{"kty":"oct","k":"&"}]}"#)
        .gives_keys(2),
    jwk_set("K5", "one key without kid, twice")
        .text(r#"{"keys":[{"kty":"oct","k":"$"},{"kty":"oct","k":"$"}]}"#)
        .gives_keys(1),
    jwk_set("K5", "kid of a key of another kty")
        .text(r#"{"keys":[{"kty":"EC","kid":"good"},~]}"#)
        .gives_one_without(0, UnsupportedKeyType),
    jwk_set("K5", "kid is too long")
        .text(r#"{"keys":[~,{"kty":"oct","k":"$","kid":"65-byte-name-65-byte-name-65-byte-name-65-byte-name-65-byte-name!"}]}"#)
        .gives_one_without(1, KeyIdTooLong),
    jwk_set("K5 S9", "kid is not a string")
        .text(r#"{"keys":[{"kty":"oct","k":"$","kid":1}]}"#)
        .gives_none(InvalidKeyId, Some(0)),
    jwk_set("K7", "no k").text(r#"{"keys":[{"kty":"oct"}]}"#).gives_none(MissingKeyValue, Some(0)),
    jwk_set("K7", "k is not a string")
        .text(r#"{"keys":[{"kty":"oct","k":1}]}"#)
        .gives_none(InvalidKeyValue, Some(0)),
    jwk_set("K7 B2", "k padded")
        .text(r#"{"keys":[{"kty":"oct","k":"$="}]}"#)
        .gives_none(KeyNotBase64Url, Some(0)),
    jwk_set("K7 B1", "k with a line feed")
        .text(r#"{"keys":[{"kty":"oct","k":"$\n"}]}"#)
        .gives_none(KeyNotBase64Url, Some(0)),
    jwk_set("K7 B6", "k in plain Base64")
        .text(r#"{"keys":[{"kty":"oct","k":"$+/+/"}]}"#)
        .gives_none(KeyNotBase64Url, Some(0)),
    jwk_set("K7 B4 #15", "k with unused bits set")
        .text(r#"{"keys":[{"kty":"oct","k":"^B"}]}"#)
        .gives_none(KeyNotBase64Url, Some(0)),
    jwk_set("K8 P6 #6", "k of 31 bytes")
        .text(r#"{"keys":[~,{"kty":"oct","k":"^"}]}"#)
        .gives_one_without(1, KeyTooShort { needed: 32 }),
    jwk_set("K8 P6 #3 #5", "k is empty")
        .text(r#"{"keys":[{"kty":"oct","k":""}]}"#)
        .gives_none(KeyTooShort { needed: 32 }, Some(0)),
];

#[test]
fn jwk_set_is_read_for_what_it_has_or_refused() {
    let (secret, short) = (encode(&SECRET[..32]), encode(&SECRET[..31]));
    let other = encode(&SECRET[32..]);
    let mut report = Report::default();
    for &JwkSet { ids, name, text, outcome: expected } in JWKS {
        let text = text.replace('~', r#"{"kty":"oct","k":"$","kid":"good"}"#);
        let text = text.replace('$', &secret).replace('&', &other).replace('^', &short);
        let mut text = text.into_bytes();
        let mut keys: KeySet<Key<Hs256>, 2> = KeySet::new();
        let fault = |error: JwkError| (error.passed_over().unwrap_or(error.error()), error.index());
        let read = keys.read_jwks(&mut text, None);
        let read = read.map(|read| (read.added(), read.first_passed_over().map(fault)));
        let read = read.map_err(|error| {
            let fault = Some(fault(error)).filter(|fault| *fault != (error.error(), None));
            (error.error(), fault)
        });
        report.row(ids, name, read, expected);
        let added = expected.map_or(0, |(added, _)| added);
        report.row(ids, "the keys that were added", keys.len(), added);
        report.row(ids, "the text is wiped", text.iter().all(|&byte| byte == 0), true);
    }
    report.finish();
}

/// The key `a` signed the token; the key set has the keys `a` and `b`.
const KEY_IDS: &[Row] = &[
    row("S9 #23", "kid").header(r#"{~,"kid":"a"}"#).accepted(),
    row("S9 S21", "kid, escaped").header(r#"{~,"kid":"\u0061"}"#).accepted(),
    row("S9 #23", "kid in another case").header(r#"{~,"kid":"A"}"#).refused(UnknownKeyId),
    row("S9 #5 #23", "unknown kid").header(r#"{~,"kid":"c"}"#).refused(UnknownKeyId),
    row("S9 P10 #23", "kid is a path").header(r#"{~,"kid":"../a"}"#).refused(UnknownKeyId),
    row("S9 #5", "kid is empty").header(r#"{~,"kid":""}"#).refused(UnknownKeyId),
    row("S9", "kid of the other key").header(r#"{~,"kid":"b"}"#).refused(SignatureMismatch),
    row("S9 #24", "kid is null").header(r#"{~,"kid":null}"#).refused(InvalidKeyId),
    row("S8 P10 #11", "unknown kid, and jwk with a key")
        .header(r#"{~,"kid":"c","jwk":{"kty":"oct","k":"AAAA"}}"#)
        .refused(UnknownKeyId),
    row("P1 P2 S6", "alg that no key is for")
        .header(r#"{"alg":"HS512","kid":"a"}"#)
        .refused(AlgorithmMismatch),
    row("S11 #19", "crit").header(r#"{~,"kid":"a","crit":["x"]}"#).refused(CriticalExtension),
    row("S16 #37", "junk").header(r#"{~,"kid":"a","x":tru}"#).refused(InvalidJson),
];

/// The same, but a set that allows a missing `kid` accepts this token.
const NO_KEY_ID: Row = row("#23 #4", "no kid").refused(MissingKeyId);

#[test]
fn kid_selects_its_key_or_none() {
    let mut report = Report::default();
    let lenient = Row { outcome: OK, ..NO_KEY_ID };
    // Only a token without `kid` depends on what the set allows.
    let rows = KEY_IDS.iter().map(|row| (row, row)).chain([(&NO_KEY_ID, &lenient)]);
    for (row, lenient) in rows {
        let token = row.token();
        let mut keys: KeySet<Key<Hs256>, 2> = KeySet::new();
        keys.add("b", KeyEntry::new(Key::new(&[7; 32]).unwrap())).unwrap();
        keys.add("a", KeyEntry::new(Key::new(&SECRET).unwrap())).unwrap();
        let verify = |keys: &KeySet<Key<Hs256>, 2>| {
            Verifier::new(keys, DEFAULT).verify(&token, NOW, &mut [0; 200]).map(drop)
        };
        report.check(row, verify(&keys));
        report.check(lenient, verify(&keys.allow_missing_key_id()));
    }
    report.finish();
}

/// Changes to a MAC, and the outcome for each of them.
struct TagSweep {
    ids: &'static str,
    name: &'static str,
    change: fn(&[u8]) -> Vec<Vec<u8>>,
    outcome: Outcome,
}

/// The MAC has its full length, and every bit matters.
const TAGS: &[TagSweep] = &[
    TagSweep { ids: "K10 #13", name: "unchanged", change: |tag| vec![tag.to_vec()], outcome: OK },
    TagSweep {
        ids: "K10 #13 #14",
        name: "cut to every length",
        change: cut,
        outcome: Err(SignatureLength),
    },
    TagSweep {
        ids: "K10 #14",
        name: "one more byte",
        change: |tag| vec![[tag, &[0]].concat()],
        outcome: Err(SignatureLength),
    },
    TagSweep {
        ids: "K10 #14",
        name: "twice",
        change: |tag| vec![[tag, tag].concat()],
        outcome: Err(SignatureLength),
    },
    TagSweep {
        ids: "#13",
        name: "every bit flipped",
        change: every_bit_flipped,
        outcome: Err(SignatureMismatch),
    },
    TagSweep {
        ids: "#13",
        name: "zeros",
        change: |tag| vec![vec![0; tag.len()]],
        outcome: Err(SignatureMismatch),
    },
    TagSweep {
        ids: "#13",
        name: "inverted",
        change: |tag| vec![tag.iter().map(|byte| !byte).collect()],
        outcome: Err(SignatureMismatch),
    },
    TagSweep {
        ids: "#13",
        name: "reversed",
        change: |tag| vec![tag.iter().rev().copied().collect()],
        outcome: Err(SignatureMismatch),
    },
];

fn cut(tag: &[u8]) -> Vec<Vec<u8>> {
    (0..tag.len()).map(|length| tag[..length].to_vec()).collect()
}

fn every_bit_flipped(tag: &[u8]) -> Vec<Vec<u8>> {
    (0..8 * tag.len()).map(|bit| replaced(tag, bit / 8, tag[bit / 8] ^ 1 << (bit % 8))).collect()
}

#[test]
fn signature_must_be_the_full_mac() {
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
    for &TagSweep { ids, name, change, outcome } in TAGS {
        for changed in change(&tag) {
            let token = format!("{input}.{}", encode(changed)).into_bytes();
            report.row(ids, name, verify::<A>(&SECRET, DEFAULT, NOW, &token), outcome);
            report.row(ids, name, verify_jws::<A>(&SECRET, &token).map(drop), outcome);
        }
    }
    let text = encode(&tag);
    for length in 0..text.len() {
        let token = format!("{input}.{}", &text[..length]).into_bytes();
        let outcome = verify::<A>(&SECRET, DEFAULT, NOW, &token);
        report.row("K10 #14", "text cut to every length", outcome, Err(SignatureLength));
    }
}

/// Ids, name, and a function that signs two segments wrongly.
type Signature = (&'static str, &'static str, fn(&str, &str) -> Vec<u8>);

/// The MAC covers the segments as received, and nothing else.
const SIGNATURES: &[Signature] = &[
    ("S6 S19", "with another key", |header, payload| {
        mac("HS256", &[7; 32], format!("{header}.{payload}").as_bytes())
    }),
    ("S8 P10 #11", "with a key from the header", |header, payload| {
        mac("HS256", EMBEDDED_KEY, format!("{header}.{payload}").as_bytes())
    }),
    ("S19", "over the payload only", |_, payload| mac("HS256", &SECRET, payload.as_bytes())),
    ("S19", "over the header only", |header, _| mac("HS256", &SECRET, header.as_bytes())),
    ("S19", "over the segments without the dot", |header, payload| {
        mac("HS256", &SECRET, format!("{header}{payload}").as_bytes())
    }),
    ("S19", "over the segments with a trailing dot", |header, payload| {
        mac("HS256", &SECRET, format!("{header}.{payload}.").as_bytes())
    }),
    ("S19", "over the decoded segments", |header, payload| {
        let [header, payload] = [header, payload].map(common::decode);
        mac("HS256", &SECRET, &[header, payload].join(&b'.'))
    }),
    ("S19", "over the header without its white space", |_, payload| {
        let header = encode(WITH_JWK.replace(' ', ""));
        mac("HS256", &SECRET, format!("{header}.{payload}").as_bytes())
    }),
    ("K10 P2", "with another hash, truncated", |header, payload| {
        mac("HS512", &SECRET, format!("{header}.{payload}").as_bytes())[..32].to_vec()
    }),
];

const EMBEDDED_KEY: &[u8; 32] = b"0123456789abcdef0123456789abcdef";
/// CVE-2018-0114: a header that brings its own key.
const WITH_JWK: &str =
    r#"{ "alg":"HS256","jwk":{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}}"#;

#[test]
fn signature_covers_the_segments_as_received() {
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

/// Ids, name, and a value of `alg`. Only a key for exactly this algorithm accepts it.
const ALGORITHMS: &[(&str, &str, &str)] = &[
    ("S6 S20 C16 P1 P2 #1 #10", "HMAC with SHA-256", "HS256"),
    ("S6 S20 C16 P1 P2 #1 #10", "HMAC with SHA-384", "HS384"),
    ("S6 S20 C16 P1 P2 #1 #10", "HMAC with SHA-512", "HS512"),
    ("S6 K11 P2 P4 #8", "Unsecured JWS", "none"),
    ("S6 K11 P2 P4 P14 #8", "Unsecured JWS in capitals", "NONE"),
    ("S6 K11 P2 P4 P14 #8", "Unsecured JWS in mixed case", "nOnE"),
    // CVE-2015-9235, CVE-2016-10555, CVE-2022-29217 (PyJWT).
    ("S6 P1 P2 #1 #7", "RSA", "RS256"),
    ("S6 P1 P2 #1 #7", "RSA-PSS", "PS256"),
    ("S6 P1 P2 #1 #7", "ECDSA", "ES256"),
    ("S6 P1 P2 #1 #7", "EdDSA", "EdDSA"),
    ("S6 P2", "an algorithm for JWE", "dir"),
    ("S6 #4", "an empty name", ""),
    ("S7 P14", "lower case", "hs256"),
    ("S7 P14", "mixed case", "Hs256"),
    ("S7 P14", "HS512 in lower case", "hs512"),
    ("S6 S7", "a trailing space", "HS256 "),
    ("S6 S7", "a leading space", " HS256"),
    ("S6 S7 #10", "a prefix", "HS25"),
    ("S6 S7 #10", "the family", "HS"),
    ("S6 S7 #10", "a longer name", "HS2566"),
    ("S6 S7 #17", "a trailing NUL", r"HS256\u0000"),
    ("S6 S7", "two names", "HS256,HS512"),
    ("S7 S21", "full-width digits", "HS２５６"),
];

#[test]
fn alg_must_be_the_algorithm_of_the_key() {
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

// ---- JSON -------------------------------------------------------------------------------------

/// Accepted texts. Here and in the next three tables: ids, name, and the text of the header or of
/// the claims set.
const VALID_JSON: &[(&str, &str, &[u8])] = &[
    (
        "S4 C2 C13 C14",
        "members of every type",
        br#"{~,"a":"x","b":-0.5e+1,"c":true,"d":false,"e":null,"f":[1,[]],"g":{"h":{}}}"#,
    ),
    ("C2 S4", "numbers in every form", br#"{~,"z":[0,-0,1.50,1e9,1E+9,1e-9,1e400,-0.0e-0]}"#),
    ("C2 S4", "a number with many digits", br#"{~,"z":123456789012345678901234567890}"#),
    ("S19 C2", "white space", b" \t\r\n{ ~ , \"z\" : [ 1 , { } ] }"),
    ("S24", "trailing white space", b"{~} \t\r\n"),
    ("S23", "all escapes", br#"{~,"z":"\"\\\/\b\f\n\r\t\u0000\u00e9\uABCD"}"#),
    ("S4 P7", "UTF-8 sequences of every length", "{~,\"é\":\"€𝄞\u{10ffff}\u{fffe}\"}".as_bytes()),
    ("S23", "DEL, which JSON allows in a string", b"{~,\"z\":\"\x7f\"}"),
    // Names that nobody reads are not compared (RFC 8259 section 4).
    ("S3 C1 #21", "a duplicate of a name that nobody reads", br#"{~,"z":1,"z":2}"#),
    ("S3 C1 #21", "a duplicate name in an inner object", br#"{~,"z":{"exp":1,"exp":2}}"#),
    // S25, RFC 7515 section 10.13, RFC 8259 section 8.2.
    ("S25", "a pair of surrogates, escaped", br#"{~,"z":"\uD834\uDD1E"}"#),
    ("S25", "a pair of surrogates in a name", br#"{~,"\ud834\udd1e":1}"#),
];

/// Texts that are not one valid JSON object.
const INVALID_JSON: &[(&str, &str, &[u8])] = &[
    // S16, C14: one completely valid JSON object, and nothing else.
    ("S16 C14", "the empty text", b""),
    ("S16 C14", "only white space", b" "),
    ("S16 C14", "an array", b"[]"),
    ("S16 C14", "an object in an array", b"[{~}]"),
    ("S16 C14", "a string", b"\"x\""),
    ("S16 C14", "a number", b"1"),
    ("S16 C14", "null", b"null"),
    ("S16 C14", "true", b"true"),
    ("S16 C14", "members without an object", b"~"),
    ("S16 S14", "no closing brace", b"{~"),
    ("S16 S14", "the wrong closing bracket", b"{~]"),
    ("S16 S14", "an array that is not closed", br#"{~,"z":[1}"#),
    ("S16 S14", "crossed brackets", br#"{~,"z":[{]}}"#),
    ("S16 S14", "an unterminated string", br#"{~,"z":"}"#),
    ("S16", "a trailing comma", b"{~,}"),
    ("S16", "a leading comma", b"{,~}"),
    ("S16", "two commas", br#"{~,,"z":1}"#),
    ("S16", "no comma", br#"{~ "z":1}"#),
    ("S16", "a semicolon", br#"{~;"z":1}"#),
    ("S16", "no colon", br#"{~,"z" 1}"#),
    ("S16", "no value", br#"{~,"z":}"#),
    ("S16", "no value and no colon", br#"{~,"z"}"#),
    ("S16", "a name without quotes", b"{~,z:1}"),
    ("S16", "single quotes", b"{~,'z':1}"),
    ("S16", "a number for a name", b"{~,1:1}"),
    ("S16", "a comment", b"{~/**/}"),
    ("S16", "a line comment", b"{~//\n}"),
    ("S16", "NaN", br#"{~,"z":NaN}"#),
    ("S16", "Infinity", br#"{~,"z":Infinity}"#),
    ("S16", "-Infinity", br#"{~,"z":-Infinity}"#),
    ("S16", "a form feed for white space", b"{~\x0c}"),
    ("S16", "a no-break space for white space", "{~\u{a0}}".as_bytes()),
    // S24, RFC 7515 section 10.12: only white space may follow.
    ("S24 S16", "a letter after the text", b"{~}x"),
    ("S24", "the RFC's own example", br#"{~,"tool":"mallet"}ABCD"#),
    ("S24", "a second object", b"{~}{~}"),
    ("S24", "a second closing brace", b"{~}}"),
    ("S24", "a comma after the text", b"{~},"),
    ("S24 #17", "a trailing NUL", b"{~}\0"),
    ("S24", "a letter after white space", b"{~} x"),
    // S23, RFC 7515 section 10.12: malformed JSON is refused even where nobody reads it.
    ("S23", "no value at all", br#"{~,"z":@@}"#),
    ("S23 S16", "a truncated literal", br#"{~,"z":tru}"#),
    ("S23", "a literal misspelt", br#"{~,"z":trxe}"#),
    ("S23", "a literal with a letter more", br#"{~,"z":truex}"#),
    ("S23", "a truncated null", br#"{~,"z":nul}"#),
    ("S23", "a literal in capitals", br#"{~,"z":True}"#),
    ("S23", "a word", br#"{~,"z":undefined}"#),
    ("S23", "a leading zero", br#"{~,"z":01}"#),
    ("S23", "a leading zero after a sign", br#"{~,"z":-01}"#),
    ("S23", "a plus", br#"{~,"z":+1}"#),
    ("S23", "only a minus", br#"{~,"z":-}"#),
    ("S23", "two signs", br#"{~,"z":--1}"#),
    ("S23", "no digit before the point", br#"{~,"z":.5}"#),
    ("S23", "no digit after the point", br#"{~,"z":5.}"#),
    ("S23", "no digit between point and exponent", br#"{~,"z":5.e1}"#),
    ("S23", "two points", br#"{~,"z":1.2.3}"#),
    ("S23", "no exponent", br#"{~,"z":1e}"#),
    ("S23", "a sign for an exponent", br#"{~,"z":1e+}"#),
    ("S23", "a fraction in the exponent", br#"{~,"z":1e1.5}"#),
    ("S23", "hexadecimal", br#"{~,"z":0x10}"#),
    ("S23", "two numbers", br#"{~,"z":[1 2]}"#),
    ("S23", "an array with a trailing comma", br#"{~,"z":[1,]}"#),
    ("S23", "an array with a leading comma", br#"{~,"z":[,1]}"#),
    ("S23", "junk deep inside", br#"{~,"z":[[{"y":[1,@]}]]}"#),
    ("S23 S16", "a control character", b"{~,\"z\":\"\x01\"}"),
    ("S23 S16", "a line feed in a string", b"{~,\"z\":\"\n\"}"),
    ("S23 S16", "a tab in a name", b"{~,\"\t\":1}"),
    ("S23 S16 #17", "NUL in a string", b"{~,\"z\":\"\0\"}"),
    ("S23 S16", "the last control character", b"{~,\"z\":\"\x1f\"}"),
    ("S23", "an unknown escape", br#"{~,"z":"\q"}"#),
    ("S23", "an escape from C", br#"{~,"z":"\x41"}"#),
    ("S23", "an escaped single quote", br#"{~,"z":"\'"}"#),
    ("S23", "a capital U", br#"{~,"z":"\U0041"}"#),
    ("S23", "three hexadecimal digits", br#"{~,"z":"\u041"}"#),
    ("S23", "a sign in an escape", br#"{~,"z":"\u+041"}"#),
    ("S23", "no hexadecimal digit", br#"{~,"z":"\u004g"}"#),
    ("S23", "an escape in braces", br#"{~,"z":"\u{41}"}"#),
    ("S16 P7", "a leading byte-order mark", b"\xef\xbb\xbf{~}"),
    ("S16 P7", "a trailing byte-order mark", b"{~}\xef\xbb\xbf"),
];

/// Texts that are not UTF-8 as RFC 3629 section 4 defines it.
const INVALID_UTF8: &[(&str, &str, &[u8])] = &[
    ("S16 C14 P7", "a byte that is not UTF-8", b"{~,\"z\":\"\xff\"}"),
    ("S16 C14 P7", "a byte that is not UTF-8, in a name", b"{~,\"\xff\":1}"),
    ("S16 P7", "ISO 8859-1", b"{~,\"z\":\"caf\xe9\"}"),
    ("S16 P7", "a continuation byte without a first byte", b"{~,\"z\":\"\x80\"}"),
    ("S16 P7", "a truncated sequence", b"{~,\"z\":\"\xe2\x82\"}"),
    ("S16 P7", "a quote, overlong", b"{~,\"z\":\"\xc0\xa2\"}"),
    ("S16 P7", "three bytes, overlong", b"{~,\"z\":\"\xe0\x80\xa2\"}"),
    ("S16 P7", "four bytes, overlong", b"{~,\"z\":\"\xf0\x80\x80\xa2\"}"),
    ("S16 P7 S25", "a surrogate", b"{~,\"z\":\"\xed\xa0\x80\"}"),
    ("S16 P7 S25", "a pair of surrogates", b"{~,\"z\":\"\xed\xa0\xb4\xed\xb4\x9e\"}"),
    ("S16 P7", "beyond U+10FFFF", b"{~,\"z\":\"\xf4\x90\x80\x80\"}"),
];

/// Unpaired surrogates (RFC 7515 section 10.13, RFC 8259 section 8.2).
const LONE_SURROGATES: &[(&str, &str, &[u8])] = &[
    ("S25", "only a high surrogate", br#"{~,"z":"\uD834"}"#),
    ("S25", "only a low surrogate", br#"{~,"z":"\uDD1E"}"#),
    ("S25", "a high surrogate before a letter", br#"{~,"z":"\uD834x"}"#),
    ("S25", "a high surrogate before an escape", br#"{~,"z":"\uD834\u0041"}"#),
    ("S25", "two high surrogates", br#"{~,"z":"\uD834\uD834"}"#),
    ("S25", "a pair in the wrong order", br#"{~,"z":"\uDD1E\uD834"}"#),
    ("S25", "an unpaired surrogate in a name", br#"{~,"\udd1e":1}"#),
];

/// Ids, name, and a function that encodes a text.
type Encoding = (&'static str, &'static str, fn(&str) -> Vec<u8>);

/// Texts in an encoding other than UTF-8 (RFC 8725 section 3.7).
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

/// The number of levels in a text, and the number that the policy allows.
struct Depth {
    ids: &'static str,
    name: &'static str,
    levels: usize,
    allowed: u8,
    outcome: Outcome,
}

/// CVE-2025-53864 (Nimbus), CVE-2023-1370 (json-smart).
const DEPTHS: &[Depth] = &[
    Depth { ids: "#37", name: "only the object", levels: 1, allowed: 1, outcome: OK },
    Depth {
        ids: "#37",
        name: "one level too many",
        levels: 2,
        allowed: 1,
        outcome: Err(NestingTooDeep),
    },
    Depth { ids: "#37", name: "as deep as allowed", levels: 5, allowed: 5, outcome: OK },
    Depth {
        ids: "#37",
        name: "deeper than allowed",
        levels: 6,
        allowed: 5,
        outcome: Err(NestingTooDeep),
    },
    Depth { ids: "#37", name: "as deep as can be allowed", levels: 32, allowed: 32, outcome: OK },
    Depth {
        ids: "#37",
        name: "deeper than can be allowed",
        levels: 33,
        allowed: 32,
        outcome: Err(NestingTooDeep),
    },
    Depth {
        ids: "#37 #38",
        name: "far too deep",
        levels: 10_000,
        allowed: 32,
        outcome: Err(NestingTooDeep),
    },
];

#[test]
fn header_and_claims_set_must_be_one_valid_json_object() {
    let mut report = Report::default();
    let tables = [
        (VALID_JSON, OK),
        (INVALID_JSON, Err(InvalidJson)),
        (INVALID_UTF8, Err(InvalidUtf8)),
        (LONE_SURROGATES, Err(LoneSurrogate)),
    ];
    for (table, expected) in tables {
        for &(ids, name, template) in table {
            json(ids, name, &header(template), &payload(template), expected, &mut report);
        }
    }
    for &(ids, name, encoding) in ENCODINGS {
        let [header, payload] = [r#"{"alg":"HS256"}"#, r#"{"exp":2000}"#].map(encoding);
        json(ids, name, &header, &payload, Err(InvalidJson), &mut report);
    }
    report.finish();
}

/// Checks a text as header and as claims set, with everything that reads it.
fn json(
    ids: &str,
    name: &str,
    header_text: &[u8],
    payload_text: &[u8],
    expected: Outcome,
    report: &mut Report,
) {
    let token = token_with_header(header_text);
    report.row(ids, &format!("{name}, header"), verify_default(&token), expected);
    let as_jws = verify_jws::<Hs256>(&SECRET, &token).map(drop);
    report.row(ids, &format!("{name}, header of a JWS"), as_jws, expected);
    report.row(ids, &format!("{name}, header alone"), read_header(&token), expected);

    let token = token_with_payload(payload_text);
    report.row(ids, &format!("{name}, claims set"), verify_default(&token), expected);
    // The payload of a JWS may be anything.
    let as_jws = verify_jws::<Hs256>(&SECRET, &token);
    report.row(ids, &format!("{name}, payload of a JWS"), as_jws, Ok(payload_text.to_vec()));
}

#[test]
fn nesting_deeper_than_the_policy_allows_is_refused() {
    let mut report = Report::default();
    for &Depth { ids, name, levels, allowed, outcome: expected } in DEPTHS {
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

// ---- The header -------------------------------------------------------------------------------

const HEADERS: &[Row] = &[
    row("S4 S5 S18 C10 #22", "nothing but alg").accepted(),
    // S5, RFC 7515 section 4.1.1.
    row("S5 S18 #4", "no alg").header("{}").refused(MissingAlgorithm),
    row("S5 S18 #4", "no alg but typ").header(r#"{"typ":"JWT"}"#).refused(MissingAlgorithm),
    row("S5 S18 #35", "a prefix of alg").header(r#"{"al":"HS256"}"#).refused(MissingAlgorithm),
    row("S5 S18 #35", "a name that starts with alg")
        .header(r#"{"algo":"HS256"}"#)
        .refused(MissingAlgorithm),
    row("S5 S18 #35", "algalg").header(r#"{"algalg":"HS256"}"#).refused(MissingAlgorithm),
    row("S5 S18 #35", "a name that ends like alg")
        .header(r#"{"xlg":"HS256"}"#)
        .refused(MissingAlgorithm),
    row("S5 S18 #35", "alg only in an inner object")
        .header(r#"{"x":{"alg":"HS256"}}"#)
        .refused(MissingAlgorithm),
    row("S5 S18 #35", "alg as a value")
        .header(r#"{"x":"alg","y":"HS256"}"#)
        .refused(MissingAlgorithm),
    // S21, RFC 7515 sections 5.3 and 10.13: names are compared by code points, after unescaping.
    row("S21 #20", "alg escaped").header(r#"{"\u0061lg":"HS256"}"#).accepted(),
    row("S21 #20", "alg with every letter escaped")
        .header(r#"{"\u0061\u006c\u0067":"HS256"}"#)
        .accepted(),
    row("S21", "an escaped value").header(r#"{"alg":"\u0048S\u0032\u0035\u0036"}"#).accepted(),
    row("S21 P2 #20", "another value, escaped")
        .header(r#"{"alg":"n\u006fne"}"#)
        .refused(AlgorithmMismatch),
    row("S21 S7 P14", "ALG").header(r#"{"ALG":"HS256"}"#).refused(MissingAlgorithm),
    row("S21 S7 P14", "Alg").header(r#"{"Alg":"HS256"}"#).refused(MissingAlgorithm),
    row("S21 #20", "alG, escaped").header(r#"{"al\u0047":"HS256"}"#).refused(MissingAlgorithm),
    row("S21 #17", "alg with a trailing NUL")
        .header(r#"{"alg\u0000":"HS256"}"#)
        .refused(MissingAlgorithm),
    row("S21", "alg in full-width letters")
        .header(r#"{"ａｌｇ":"HS256"}"#)
        .refused(MissingAlgorithm),
    row("S21 S4", "alg and ALG").header(r#"{~,"ALG":"none"}"#).accepted(),
    row("S21", "an escaped backslash").header(r#"{"\\u0061lg":"HS256"}"#).refused(MissingAlgorithm),
    // S8, RFC 7515 sections 4.1.2 to 4.1.8, RFC 8725 section 3.10: a token brings no key.
    row("S8 S4 P10 #11", "jwk").header(r#"{~,"jwk":{"kty":"oct","k":"AAAA"}}"#).accepted(),
    row("S8 S4 P10 #11", "jku").header(r#"{~,"jku":"https://evil.example/keys"}"#).accepted(),
    row("S8 S4 P10 #11", "x5u").header(r#"{~,"x5u":"https://evil.example/cert"}"#).accepted(),
    row("S8 S4 P10 #11", "x5c")
        .header(r#"{~,"x5c":["MIIB"],"x5t":"AAAA","x5t#S256":"AAAA"}"#)
        .accepted(),
    // S9, RFC 7515 section 4.1.4: `kid` is a hint. With a single key, any string is accepted.
    row("S9 #23", "kid").header(r#"{~,"kid":"2026-11"}"#).accepted(),
    row("S9 P10 #23", "kid is a path").header(r#"{~,"kid":"../../../dev/null"}"#).accepted(),
    row("S9 P10 #23", "kid is SQL").header(r#"{~,"kid":"' OR 1=1 --"}"#).accepted(),
    row("S9 #23 #5", "kid is empty").header(r#"{~,"kid":""}"#).accepted(),
    // C10, RFC 7519 section 5.2: nested tokens are not supported.
    row("S10 C10", "cty JWT").header(r#"{~,"cty":"JWT"}"#).refused(NestedToken),
    row("S10 C10", "cty jwt").header(r#"{~,"cty":"jwt"}"#).refused(NestedToken),
    row("S10 C10", "cty application/jwt")
        .header(r#"{~,"cty":"application/jwt"}"#)
        .refused(NestedToken),
    row("S10 C10", "cty in capitals").header(r#"{~,"cty":"APPLICATION/JWT"}"#).refused(NestedToken),
    row("S10 C10", "cty escaped")
        .header(r#"{~,"cty":"application\/\u004aWT"}"#)
        .refused(NestedToken),
    row("S10 C10", "another cty").header(r#"{~,"cty":"json"}"#).accepted(),
    row("S10 C10", "cty text/jwt").header(r#"{~,"cty":"text/jwt"}"#).accepted(),
    // C11: claims in the header have no effect.
    row("C11 #35", "a past exp in the header")
        .header(r#"{~,"exp":1,"nbf":9999,"iat":"x"}"#)
        .accepted(),
    row("C11 #35", "claims with wrong types in the header")
        .header(r#"{~,"iss":1,"aud":[1],"sub":null}"#)
        .accepted(),
    // S11 to S13, RFC 7515 section 4.1.11: no extension is supported, so any `crit` is refused.
    // CVE-2025-59420 (Authlib), CVE-2026-32597 (PyJWT), GHSA-hm7r-c7qw-ghp6 (fast-jwt).
    row("S11 S12 S18 #19", "crit with an unknown name")
        .header(r#"{~,"crit":["x"],"x":1}"#)
        .refused(CriticalExtension),
    row("S12 #19", "crit before alg")
        .header(r#"{"crit":["x"],"x":1,~}"#)
        .refused(CriticalExtension),
    row("S11 S27 #19", "the header of RFC 7515 appendix E")
        .header(
            "{~,\r\n \"crit\":[\"http://example.com/UNDEFINED\"],\r\n \
            \"http://example.com/UNDEFINED\":true\r\n}",
        )
        .refused(CriticalExtension),
    row("S12 #19 #20", "crit escaped")
        .header(r#"{~,"\u0063rit":["x"],"x":1}"#)
        .refused(CriticalExtension),
    row("S12 #19 #20", "crit, t escaped")
        .header(r#"{~,"cri\u0074":["x"],"x":1}"#)
        .refused(CriticalExtension),
    row("S12 #19", "crit twice")
        .header(r#"{~,"crit":["x"],"crit":[]}"#)
        .refused(DuplicateHeaderParameter),
    row("S13 #19", "crit, with a name that the header lacks")
        .header(r#"{~,"crit":["x"]}"#)
        .refused(CriticalExtension),
    row("S13 #19", "crit, empty").header(r#"{~,"crit":[]}"#).refused(CriticalExtension),
    row("S13 #19", "crit, a registered name")
        .header(r#"{~,"crit":["alg"]}"#)
        .refused(CriticalExtension),
    row("S13 #19", "crit, a claim's name")
        .header(r#"{~,"crit":["exp"],"exp":2000}"#)
        .refused(CriticalExtension),
    row("S13 #19", "crit, a name twice")
        .header(r#"{~,"crit":["x","x"],"x":1}"#)
        .refused(CriticalExtension),
    row("S13 #19", "crit, a number").header(r#"{~,"crit":[1]}"#).refused(CriticalExtension),
    row("S13 #19", "crit, a string").header(r#"{~,"crit":"x","x":1}"#).refused(CriticalExtension),
    row("S13 #19", "crit, null").header(r#"{~,"crit":null}"#).refused(CriticalExtension),
    row("S13 #19", "crit, false").header(r#"{~,"crit":false}"#).refused(CriticalExtension),
    row("S13 #19", "crit, zero").header(r#"{~,"crit":0}"#).refused(CriticalExtension),
    row("S13 #19", "crit, an object").header(r#"{~,"crit":{}}"#).refused(CriticalExtension),
    row("S21 S4", "Crit, which is unknown").header(r#"{~,"Crit":["x"]}"#).accepted(),
    // U1 to U3, RFC 7797 sections 3, 6 and 7: the payload might be unencoded.
    row("U1 U3", "b64 false, not critical").header(r#"{~,"b64":false}"#).refused(UnencodedPayload),
    row("U1 U3", "b64 escaped").header(r#"{~,"b6\u0034":false}"#).refused(UnencodedPayload),
    row("U3 S11", "b64 false, critical")
        .header(r#"{~,"b64":false,"crit":["b64"]}"#)
        .refused(CriticalExtension),
    row("U2 U3 S11", "b64 true, critical")
        .header(r#"{~,"b64":true,"crit":["b64"]}"#)
        .refused(CriticalExtension),
    row("U2", "b64, a string").header(r#"{~,"b64":"false"}"#).refused(UnencodedPayload),
    row("U2", "b64, zero").header(r#"{~,"b64":0}"#).refused(UnencodedPayload),
    row("U2", "b64, null").header(r#"{~,"b64":null}"#).refused(UnencodedPayload),
    // Stricter than RFC 7797: even the default value is refused.
    row("U2", "b64 true, not critical").header(r#"{~,"b64":true}"#).refused(UnencodedPayload),
];

#[test]
fn headers_that_break_a_rule_are_refused() {
    let mut report = Report::default();
    for row in HEADERS {
        report.check(row, row.verify());
        report.check(row, verify_jws::<Hs256>(&SECRET, &row.token()).map(drop));
    }
    report.finish();
}

/// The expected `typ`, and a token.
const KINDS: &[(&str, Row)] = &[
    ("at+jwt", row("P11 S10 #22", "equal").header(r#"{~,"typ":"at+jwt"}"#).accepted()),
    ("JWT", row("S10 #22", "JWT as jwt").header(r#"{~,"typ":"jwt"}"#).accepted()),
    (
        "JWT",
        row("S10 #22", "JWT as application/JWT")
            .header(r#"{~,"typ":"application/JWT"}"#)
            .accepted(),
    ),
    (
        "application/jwt",
        row("S10 #22", "application/jwt as JWT").header(r#"{~,"typ":"JWT"}"#).accepted(),
    ),
    (
        "at+jwt",
        row("S10 #22", "APPLICATION/at+JWT").header(r#"{~,"typ":"APPLICATION/at+JWT"}"#).accepted(),
    ),
    (
        "at+jwt",
        row("S10 #22", "escaped").header(r#"{~,"typ":"application\/at\u002bjwt"}"#).accepted(),
    ),
    ("at+jwt", row("P11 #22", "missing").refused(MissingType)),
    ("at+jwt", row("P11 #22", "another type").header(r#"{~,"typ":"JWT"}"#).refused(TypeMismatch)),
    ("at+jwt", row("P11 #22", "empty").header(r#"{~,"typ":""}"#).refused(TypeMismatch)),
    ("at+jwt", row("P11 #22 #34", "a suffix").header(r#"{~,"typ":"jwt"}"#).refused(TypeMismatch)),
    (
        "jwt",
        row("P11 #22 #34", "a longer type").header(r#"{~,"typ":"jwt+x"}"#).refused(TypeMismatch),
    ),
    (
        "jwt",
        row("S10 #22", "another top-level type")
            .header(r#"{~,"typ":"text/jwt"}"#)
            .refused(TypeMismatch),
    ),
    (
        "a/b",
        row("S10 #22", "two slashes")
            .header(r#"{~,"typ":"application/a/b"}"#)
            .refused(TypeMismatch),
    ),
    (
        "JWT",
        row("S10 #22", "application/ twice")
            .header(r#"{~,"typ":"application/application/JWT"}"#)
            .refused(TypeMismatch),
    ),
    ("at+jwt", row("C11 #35", "only in the claims set").refused(MissingType)),
];

#[test]
fn typ_must_be_the_expected_one() {
    let mut report = Report::default();
    for &(expected_type, row) in KINDS {
        let policy = Policy::builder().typ(expected_type).build().unwrap();
        let row = row.claims(r#"{~,"typ":"at+jwt"}"#).policy(policy);
        report.check(&row, row.verify());
        let as_jws = JwsVerifier::new(Key::<Hs256>::new(&SECRET).unwrap()).typ(expected_type);
        report.check(&row, as_jws.verify(&row.token(), &mut [0; 100]).map(drop));
    }
    report.finish();
}

// ---- Header and claims set --------------------------------------------------------------------

const VALUES: &[&str] =
    &[r#""x""#, r#""""#, "1500", "-1.5e1", "null", "true", "false", "[]", r#"["x"]"#, "[1]", "{}"];

/// Whether a JSON value has the right type for a member.
type Fits = fn(&str) -> bool;

const STRING: Fits = |value| value.starts_with('"');
const NUMBER: Fits = |value| value.starts_with(['1', '-']);
const STRINGS: Fits = |value| STRING(value) || matches!(value, "[]" | r#"["x"]"#);

/// A registered member, and the error for a value of another type.
#[derive(Clone, Copy)]
struct MemberType {
    ids: &'static str,
    member: &'static str,
    fits: Fits,
    otherwise: Error,
}

const PARAMETER_TYPES: &[MemberType] = &[
    MemberType { ids: "S5 S18", member: "alg", fits: STRING, otherwise: InvalidAlgorithm },
    MemberType { ids: "S9 S18 #23 #24", member: "kid", fits: STRING, otherwise: InvalidKeyId },
    MemberType { ids: "S10 S18 #24", member: "typ", fits: STRING, otherwise: InvalidType },
    MemberType {
        ids: "S10 S18 C10 #24",
        member: "cty",
        fits: STRING,
        otherwise: InvalidContentType,
    },
];

/// A claim that can't be read is not absent: CVE-2026-25537 (jsonwebtoken), CVE-2026-44459 (hono).
const CLAIM_TYPES: &[MemberType] = &[
    MemberType {
        ids: "C3 C13 C14 C15 P5 #24 #25",
        member: "exp",
        fits: NUMBER,
        otherwise: InvalidExpiration,
    },
    MemberType {
        ids: "C3 C15 P5 #24 #25",
        member: "nbf",
        fits: NUMBER,
        otherwise: InvalidNotBefore,
    },
    MemberType {
        ids: "C3 C15 P5 #24 #25",
        member: "iat",
        fits: NUMBER,
        otherwise: InvalidIssuedAt,
    },
    MemberType { ids: "C8 C15 P5 #24", member: "iss", fits: STRING, otherwise: InvalidIssuer },
    MemberType { ids: "C8 C15 P5 P8 #24", member: "sub", fits: STRING, otherwise: InvalidSubject },
    MemberType { ids: "C8 C15 P5 #24", member: "jti", fits: STRING, otherwise: InvalidJwtId },
    MemberType {
        ids: "C7 C15 P5 #24 #33",
        member: "aud",
        fits: STRINGS,
        otherwise: InvalidAudience,
    },
];

#[test]
fn registered_members_of_a_wrong_type_are_refused() {
    let mut report = Report::default();
    for &MemberType { ids, member, fits, otherwise: error } in PARAMETER_TYPES {
        for value in VALUES.iter().filter(|value| !fits(value)) {
            let header_text = match member {
                "alg" => format!(r#"{{"alg":{value}}}"#),
                _ => format!(r#"{{"alg":"HS256","{member}":{value}}}"#),
            };
            let token = token_with_header(header_text.as_bytes());
            report.row(ids, &header_text, verify_default(&token), Err(error));
            report.row(ids, &header_text, verify_jws::<Hs256>(&SECRET, &token), Err(error));
            report.row(ids, &header_text, read_header(&token), Err(error));
        }
    }
    for &MemberType { ids, member, fits, otherwise: error } in CLAIM_TYPES {
        for value in VALUES.iter().filter(|value| !fits(value)) {
            let claims = format!(r#"{{"{member}":{value}}}"#);
            let token = token_with_payload(claims.as_bytes());
            report.row(ids, &claims, verify::<Hs256>(&SECRET, LENIENT, NOW, &token), Err(error));
        }
    }
    report.finish();
}

/// Accepts a token with any claims, or none.
const LENIENT: Policy<'_> =
    built(Policy::builder().allow_missing_expiration().allow_any_audience());

/// Ids, and the name of a member that must not occur twice (RFC 7515 and RFC 7519, section 4).
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
fn duplicates_of_registered_members_are_refused() {
    let mut report = Report::default();
    for &(ids, name) in PARAMETERS_ONCE {
        for header_text in twice(name) {
            let token = token_with_header(&header(&header_text));
            let expected = Err(DuplicateHeaderParameter);
            report.row(ids, &header_text, verify_default(&token), expected);
            report.row(ids, &header_text, verify_jws::<Hs256>(&SECRET, &token).map(drop), expected);
            report.row(ids, &header_text, read_header(&token), expected);
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

/// Objects in which a member occurs twice: plain or escaped, with the same value or another.
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

// ---- The claims set ---------------------------------------------------------------------------

const ISSUER: Policy<'_> = built(Policy::builder().issuer("https://id.ex"));
const SUBJECT: Policy<'_> = built(Policy::builder().subject("José"));
const AUDIENCE: Policy<'_> = built(Policy::builder().audience("door-7"));
const WITH_JTI: Policy<'_> = built(Policy::builder().required_claims(&["jti"]));
const NO_EXP: Policy<'_> = built(Policy::builder().allow_missing_expiration());
const LEEWAY_60: Policy<'_> = built(Policy::builder().leeway(60));
const AGE_60: Policy<'_> = built(Policy::builder().maximum_age(60));
const AGE_LEEWAY: Policy<'_> = built(Policy::builder().maximum_age(60).leeway(30));
const LIFE_60: Policy<'_> = built(Policy::builder().maximum_lifetime(60));

/// The time is 1000.
const CLAIMS: &[Row] = &[
    // C4, RFC 7519 section 4.1.4: a token is refused "on or after" `exp`.
    row("C4 C13 C14", "a second before exp").claims(r#"{"exp":1001}"#).accepted(),
    row("C4 C6", "at exp").claims(r#"{"exp":1000}"#).refused(Expired),
    row("C4", "a second after exp").claims(r#"{"exp":999}"#).refused(Expired),
    row("C4 #31", "no exp").claims("{}").refused(MissingExpiration),
    row("C4 #35", "a prefix of the name").claims(r#"{"ex":2000}"#).refused(MissingExpiration),
    row("C4 #35", "a longer name than exp").claims(r#"{"expi":2000}"#).refused(MissingExpiration),
    row("C4 #35", "expexp").claims(r#"{"expexp":2000}"#).refused(MissingExpiration),
    row("C4 #35", "a name that ends like exp").claims(r#"{"xxp":2000}"#).refused(MissingExpiration),
    row("C4 S21", "EXP").claims(r#"{"EXP":2000}"#).refused(MissingExpiration),
    row("C4 #35", "only in an inner object")
        .claims(r#"{"x":{"exp":2000}}"#)
        .refused(MissingExpiration),
    row("S21 #20", "an escaped name").claims(r#"{"\u0065x\u0070":999}"#).refused(Expired),
    row("C4", "no exp, if it may be missing").policy(NO_EXP).claims("{}").accepted(),
    // golang-jwt#509: a claim that is zero is not missing.
    row("C4 #30", "exp zero").claims(r#"{"exp":0}"#).refused(Expired),
    row("C4 #30", "exp zero, if it may be missing")
        .policy(NO_EXP)
        .claims(r#"{"exp":0}"#)
        .refused(Expired),
    row("C4 #30", "exp -0, if it may be missing")
        .policy(NO_EXP)
        .claims(r#"{"exp":-0.0}"#)
        .refused(Expired),
    // C3, RFC 7519 section 2: any JSON number, compared exactly.
    row("C3", "a fraction").claims(r#"{"exp":1000.5}"#).accepted(),
    row("C3", "a fraction too fine for f64").claims(r#"{"exp":1000.0000000000000001}"#).accepted(),
    row("C3", "a fraction that f64 rounds up")
        .claims(r#"{"exp":999.99999999999999999}"#)
        .refused(Expired),
    row("C3", "a fraction that is zero").claims(r#"{"exp":1000.000}"#).refused(Expired),
    row("C3", "an exponent").claims(r#"{"exp":1.0005e3}"#).accepted(),
    row("C3", "a negative exponent").claims(r#"{"exp":10005e-1}"#).accepted(),
    row("C3", "an exponent, and exp equals the time").claims(r#"{"exp":0.1E+4}"#).refused(Expired),
    row("C3", "an exponent with leading zeros").claims(r#"{"exp":1001e-000}"#).accepted(),
    // Other verifiers wrap these numbers. They stand for a date that never comes.
    row("C3 #26 #28", "the last date").claims(r#"{"exp":999999999999999999}"#).accepted(),
    row("#26", "above i64").claims(r#"{"exp":9223372036854775808}"#).accepted(),
    row("#26", "zero in u64").claims(r#"{"exp":18446744073709551616}"#).accepted(),
    row("#25 #26 #28", "above i64, with an exponent").claims(r#"{"exp":1e19}"#).accepted(),
    row("#25 #26 #28", "infinite as double").claims(r#"{"exp":1e309}"#).accepted(),
    row("#25 #28", "infinite and negative")
        .policy(NO_EXP)
        .claims(r#"{"exp":-1e309}"#)
        .refused(Expired),
    row("#28", "a huge exponent").claims(r#"{"exp":1e999999999999}"#).accepted(),
    row("#28", "an exponent of 2^32").claims(r#"{"exp":1e4294967296}"#).accepted(),
    row("#28", "a huge negative exponent")
        .claims(r#"{"exp":1e-9999999999999999999}"#)
        .refused(Expired),
    row("#28", "zero with a huge exponent")
        .claims(r#"{"exp":0e99999999999999999999}"#)
        .refused(Expired),
    row("#28", "10 to the power of 50")
        .claims(r#"{"exp":100000000000000000000000000000000000000000000000000}"#)
        .accepted(),
    row("#27", "negative").claims(r#"{"exp":-1}"#).refused(Expired),
    row("#27", "far below zero").claims(r#"{"exp":-999999999999999999}"#).refused(Expired),
    row("#27 #28", "negative and out of range").claims(r#"{"exp":-1e19}"#).refused(Expired),
    row("#28", "milliseconds are read as seconds")
        .claims(r#"{~,"nbf":1000000}"#)
        .refused(NotYetValid),
    // C5, RFC 7519 section 4.1.5. It is checked by default (jsonwebtoken#542).
    row("C5 #32", "a second before nbf").claims(r#"{~,"nbf":1001}"#).refused(NotYetValid),
    row("C5 C6", "at nbf").claims(r#"{~,"nbf":1000}"#).accepted(),
    row("C5", "a second after nbf").claims(r#"{~,"nbf":999}"#).accepted(),
    row("C5 C3", "before nbf by a fraction").claims(r#"{~,"nbf":1000.5}"#).refused(NotYetValid),
    row("C5 C3", "before nbf by a fine fraction")
        .claims(r#"{~,"nbf":1000.0000000000000001}"#)
        .refused(NotYetValid),
    row("C5 #30", "nbf zero").claims(r#"{~,"nbf":0}"#).accepted(),
    row("C5 #27", "nbf negative").claims(r#"{~,"nbf":-1}"#).accepted(),
    row("C5 #28", "nbf out of range").claims(r#"{~,"nbf":1e19}"#).refused(NotYetValid),
    row("C5 S21 #20", "nbf escaped").claims(r#"{~,"\u006ebf":1001}"#).refused(NotYetValid),
    // C6: the leeway is exact to the second, and zero by default.
    row("C6", "exp within the leeway").policy(LEEWAY_60).claims(r#"{"exp":941}"#).accepted(),
    row("C6 C4", "exp at the leeway's end")
        .policy(LEEWAY_60)
        .claims(r#"{"exp":940}"#)
        .refused(Expired),
    row("C6", "nbf at the leeway's end").policy(LEEWAY_60).claims(r#"{~,"nbf":1060}"#).accepted(),
    row("C6", "nbf beyond the leeway")
        .policy(LEEWAY_60)
        .claims(r#"{~,"nbf":1060.5}"#)
        .refused(NotYetValid),
    row("C6 #28", "the lowest exp")
        .policy(LEEWAY_60)
        .claims(r#"{"exp":-999999999999999999}"#)
        .refused(Expired),
    row("C6 #28", "the highest nbf")
        .policy(LEEWAY_60)
        .claims(r#"{~,"nbf":999999999999999999}"#)
        .refused(NotYetValid),
    // `iat` is not limited by default, but a rule that needs it fails without it.
    row("C3 #25", "iat in the future").claims(r#"{~,"iat":1001}"#).accepted(),
    row("C3 #28", "iat out of range").claims(r#"{~,"iat":1e19}"#).accepted(),
    row("#31", "a maximum age, no iat").policy(AGE_60).refused(MissingIssuedAt),
    row("#31", "a maximum age, iat null")
        .policy(AGE_60)
        .claims(r#"{~,"iat":null}"#)
        .refused(InvalidIssuedAt),
    row("#31", "as old as allowed").policy(AGE_60).claims(r#"{~,"iat":940}"#).accepted(),
    row("#31", "older than allowed").policy(AGE_60).claims(r#"{~,"iat":939}"#).refused(TooOld),
    row("#30 #31", "a maximum age, iat zero")
        .policy(AGE_60)
        .claims(r#"{~,"iat":0}"#)
        .refused(TooOld),
    row("#31", "a maximum age, iat in the future")
        .policy(AGE_60)
        .claims(r#"{~,"iat":1001}"#)
        .refused(IssuedInFuture),
    row("C6 #31", "as old as allowed, with leeway")
        .policy(AGE_LEEWAY)
        .claims(r#"{~,"iat":910}"#)
        .accepted(),
    row("C6 #31", "older than allowed, with leeway")
        .policy(AGE_LEEWAY)
        .claims(r#"{~,"iat":909}"#)
        .refused(TooOld),
    row("#31", "a maximum lifetime, no iat")
        .policy(LIFE_60)
        .claims(r#"{"exp":1001}"#)
        .refused(MissingIssuedAt),
    row("#31", "a maximum lifetime, no exp")
        .policy(LIFE_60)
        .claims(r#"{"iat":1000}"#)
        .refused(MissingExpiration),
    row("#31", "as long as allowed")
        .policy(LIFE_60)
        .claims(r#"{"exp":1060,"iat":1000}"#)
        .accepted(),
    row("C3 #31", "as long, by fractions")
        .policy(LIFE_60)
        .claims(r#"{"exp":1059.25,"iat":999.3}"#)
        .accepted(),
    row("C3 #31", "longer by a fraction")
        .policy(LIFE_60)
        .claims(r#"{"exp":1060.3,"iat":1000.25}"#)
        .refused(LifetimeTooLong),
    row("C3 #31", "longer by a fine fraction")
        .policy(LIFE_60)
        .claims(r#"{"exp":1060.5,"iat":1000.4999999999999}"#)
        .refused(LifetimeTooLong),
    row("#31", "longer than allowed")
        .policy(LIFE_60)
        .claims(r#"{"exp":1061,"iat":1000}"#)
        .refused(LifetimeTooLong),
    row("#28 #31", "longer than any")
        .policy(LIFE_60)
        .claims(r#"{"exp":999999999999999999,"iat":-999999999999999999}"#)
        .refused(LifetimeTooLong),
    // C8, C9, RFC 7519 section 2: strings must be equal after unescaping.
    row("C8 C9 P8 #34", "iss, equal")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https://id.ex"}"#)
        .accepted(),
    row("C9", "iss, slashes escaped")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https:\/\u002fid.ex"}"#)
        .accepted(),
    row("C8 P8 #24", "no iss").policy(ISSUER).refused(MissingIssuer),
    row("C9", "iss, a trailing slash")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https://id.ex/"}"#)
        .refused(IssuerMismatch),
    row("C8 C9", "iss, another case")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https://ID.ex"}"#)
        .refused(IssuerMismatch),
    row("C9", "iss, with the default port")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https://id.ex:443"}"#)
        .refused(IssuerMismatch),
    row("C9", "iss, percent-encoded")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https://id%2Eex"}"#)
        .refused(IssuerMismatch),
    // CVE-2024-53861 (PyJWT).
    row("P8 #34", "iss, a prefix")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https://id"}"#)
        .refused(IssuerMismatch),
    row("P8 #34", "iss, a longer one")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https://id.ex.net"}"#)
        .refused(IssuerMismatch),
    row("P8 #34 #17", "iss, a trailing NUL")
        .policy(ISSUER)
        .claims(r#"{~,"iss":"https://id.ex\u0000"}"#)
        .refused(IssuerMismatch),
    row("P8 #34", "iss, empty").policy(ISSUER).claims(r#"{~,"iss":""}"#).refused(IssuerMismatch),
    // CVE-2025-30144 (fast-jwt).
    row("C8 P8 #34", "iss in an array")
        .policy(ISSUER)
        .claims(r#"{~,"iss":["https://id.ex"]}"#)
        .refused(InvalidIssuer),
    row("C8 P8", "sub, equal").policy(SUBJECT).claims(r#"{~,"sub":"José"}"#).accepted(),
    row("C8 C9 P8", "sub, escaped").policy(SUBJECT).claims(r#"{~,"sub":"Jos\u00e9"}"#).accepted(),
    row("C8 P8 #24", "no sub").policy(SUBJECT).refused(MissingSubject),
    row("C8 P8", "sub, another case")
        .policy(SUBJECT)
        .claims(r#"{~,"sub":"josé"}"#)
        .refused(SubjectMismatch),
    row("C9 P8 S21", "sub, decomposed")
        .policy(SUBJECT)
        .claims(r#"{~,"sub":"Jose\u0301"}"#)
        .refused(SubjectMismatch),
    row("C8", "jti").policy(WITH_JTI).claims(r#"{~,"jti":"x"}"#).accepted(),
    row("C8", "no jti, if it is required").policy(WITH_JTI).refused(MissingClaim { index: 0 }),
    // C7, P9, RFC 7519 section 4.1.3 and RFC 8725 section 3.9.
    row("C7 P9 #33", "aud, the string").policy(AUDIENCE).claims(r#"{~,"aud":"door-7"}"#).accepted(),
    row("C7 P9 #33", "aud, an array with only the string")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":["door-7"]}"#)
        .accepted(),
    row("C7 P9 #33", "aud, an array with the string")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":["door-6","door-7","x"]}"#)
        .accepted(),
    row("C7 C9", "aud, escaped")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":["x\\","\u0064oor-7"]}"#)
        .accepted(),
    row("C7 P9 #24 #33", "no aud").policy(AUDIENCE).refused(MissingAudience),
    row("C7 P9 #33", "aud, another string")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":"door-6"}"#)
        .refused(AudienceMismatch),
    row("C7 #33", "aud, an array of others")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":["door-6","x"]}"#)
        .refused(AudienceMismatch),
    row("C7 #33", "aud, another case")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":"Door-7"}"#)
        .refused(AudienceMismatch),
    row("C7 #33 #34", "aud, a prefix")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":"door"}"#)
        .refused(AudienceMismatch),
    row("C7 #33 #34", "aud, a longer string")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":"door-71"}"#)
        .refused(AudienceMismatch),
    row("C7 #33", "aud, a list in one string")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":"x door-7"}"#)
        .refused(AudienceMismatch),
    row("C7 #33", "aud, escaped quotes")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":["x\",\"door-7"]}"#)
        .refused(AudienceMismatch),
    // CVE-2020-26160: an empty array is not the empty string.
    row("C7 #33", "aud, an empty array")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":[]}"#)
        .refused(AudienceMismatch),
    row("C7 #33", "aud, an empty string")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":""}"#)
        .refused(AudienceMismatch),
    row("C7 #33", "aud, an array with an empty string")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":[""]}"#)
        .refused(AudienceMismatch),
    row("C7 #33", "aud, with a number")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":["door-7",1]}"#)
        .refused(InvalidAudience),
    row("C7 #33", "aud, with null")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":["door-7",null]}"#)
        .refused(InvalidAudience),
    row("C7 #33", "aud, an array in an array")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":[["door-7"]]}"#)
        .refused(InvalidAudience),
    row("C7 #33", "aud, an object")
        .policy(AUDIENCE)
        .claims(r#"{~,"aud":{"door-7":1}}"#)
        .refused(InvalidAudience),
    row("C7 #33", "aud, not expected").claims(r#"{~,"aud":"door-7"}"#).refused(UnexpectedAudience),
    row("C7 #33", "aud, empty, not expected").claims(r#"{~,"aud":[]}"#).refused(UnexpectedAudience),
    row("C7", "aud, if any is allowed")
        .policy(LENIENT)
        .claims(r#"{~,"aud":["door-6"]}"#)
        .accepted(),
];

#[test]
fn claims_must_meet_the_policy() {
    let mut report = Report::default();
    for row in CLAIMS {
        report.check(row, row.verify());
    }
    report.finish();
}

/// The header has all the claims that these policies expect (RFC 7519 section 5.3).
const IN_HEADER: &[Row] = &[
    row("C11 #35", "no exp").claims("{}").refused(MissingExpiration),
    row("C11 #35", "no iss").policy(ISSUER).refused(MissingIssuer),
    row("C11 #35", "no sub").policy(SUBJECT).refused(MissingSubject),
    row("C11 #35", "no aud").policy(AUDIENCE).refused(MissingAudience),
    row("C11 #35", "no jti").policy(WITH_JTI).refused(MissingClaim { index: 0 }),
    row("C11 #35", "no iat").policy(AGE_60).refused(MissingIssuedAt),
    row("C11 #35", "aud only in the header").accepted(),
];

#[test]
fn claims_in_the_header_are_ignored() {
    let mut report = Report::default();
    let header =
        r#"{~,"iss":"https://id.ex","sub":"José","aud":"door-7","jti":"x","exp":2000,"iat":1000}"#;
    for row in IN_HEADER {
        report.check(row, row.header(header).verify());
    }
    report.finish();
}

const ACCEPTING: Policy<'_> = built(Policy::builder().allow_uncertain_time().leeway(600));

const FOREVER: Policy<'_> = built(Policy::builder().allow_missing_expiration().leeway(600));

const TIMES: &[Row] = &[
    // T1: a device without a reliable clock says so.
    row("T1", "a clock at 1970").time(Known(0)).claims(r#"{~,"nbf":900}"#).refused(NotYetValid),
    row("T1", "no clock").time(Unknown).refused(TimeUnknown),
    row("T1", "no clock, only nbf")
        .policy(NO_EXP)
        .time(Unknown)
        .claims(r#"{"nbf":900}"#)
        .refused(TimeUnknown),
    row("T1", "a floor before exp")
        .time(AtLeast(1000))
        .claims(r#"{"exp":1001}"#)
        .refused(TimeUnknown),
    row("T1 C4", "a floor at exp").time(AtLeast(1000)).claims(r#"{"exp":1000}"#).refused(Expired),
    row("T1 C5", "a floor at nbf")
        .policy(NO_EXP)
        .time(AtLeast(1000))
        .claims(r#"{"nbf":1000}"#)
        .accepted(),
    row("T1", "a floor before nbf")
        .policy(NO_EXP)
        .time(AtLeast(999))
        .claims(r#"{"nbf":1000}"#)
        .refused(TimeUnknown),
    row("T1", "no clock, opted out")
        .policy(ACCEPTING)
        .time(Unknown)
        .claims(r#"{~,"nbf":900}"#)
        .accepted(),
    row("T1", "a floor, opted out")
        .policy(ACCEPTING)
        .time(AtLeast(1000))
        .claims(r#"{"exp":401}"#)
        .accepted(),
    row("T1 C4", "a floor at exp, opted out")
        .policy(ACCEPTING)
        .time(AtLeast(1000))
        .claims(r#"{"exp":400}"#)
        .refused(Expired),
    // #28: adding a time and a leeway does not overflow.
    row("#28", "the last second, exp").policy(LEEWAY_60).time(Known(u64::MAX)).refused(Expired),
    row("#28", "the last second, nbf")
        .policy(FOREVER)
        .time(Known(u64::MAX))
        .claims(r#"{"nbf":9}"#)
        .accepted(),
    row("#28", "the last second in i64")
        .policy(LEEWAY_60)
        .time(Known(i64::MAX as u64))
        .claims(r#"{"exp":999999999999999999}"#)
        .refused(Expired),
    row("#28", "above i64")
        .policy(LEEWAY_60)
        .time(Known(1 << 63))
        .claims(r#"{"exp":999999999999999999}"#)
        .refused(Expired),
    row("#28 #27", "the first second, in time")
        .policy(LEEWAY_60)
        .time(Known(0))
        .claims(r#"{"exp":-59}"#)
        .accepted(),
    row("#28 #27", "the first second, expired")
        .policy(LEEWAY_60)
        .time(Known(0))
        .claims(r#"{"exp":-60}"#)
        .refused(Expired),
    row("#28", "the first second, no age")
        .policy(AGE_60)
        .time(Known(0))
        .claims(r#"{~,"iat":-60}"#)
        .accepted(),
    row("#28", "the first second, too old")
        .policy(AGE_60)
        .time(Known(0))
        .claims(r#"{~,"iat":-60.5}"#)
        .refused(TooOld),
];

#[test]
fn unknown_time_is_not_guessed() {
    let mut report = Report::default();
    for row in TIMES {
        report.check(row, row.verify());
    }
    report.finish();
}

/// A policy, and whether it can be built.
struct Bound {
    ids: &'static str,
    name: &'static str,
    policy: PolicyBuilder<'static>,
    outcome: Outcome,
}

const POLICIES: &[Bound] = &[
    // RFC 7519 section 4.1.4: "no more than a few minutes"; node-jsonwebtoken#1021.
    Bound {
        ids: "C6 #29",
        name: "the longest leeway, in seconds",
        policy: Policy::builder().leeway(600),
        outcome: OK,
    },
    Bound {
        ids: "C6 #29",
        name: "a longer leeway",
        policy: Policy::builder().leeway(601),
        outcome: Err(LeewayTooLong),
    },
    Bound {
        ids: "C6 #29",
        name: "milliseconds",
        policy: Policy::builder().leeway(60_000),
        outcome: Err(LeewayTooLong),
    },
    Bound {
        ids: "C6 #28 #29",
        name: "the highest leeway",
        policy: Policy::builder().leeway(u32::MAX),
        outcome: Err(LeewayTooLong),
    },
    Bound {
        ids: "#37",
        name: "no depth",
        policy: Policy::builder().maximum_depth(0),
        outcome: Err(DepthOutOfRange),
    },
    Bound {
        ids: "#37",
        name: "more depth than there are bits",
        policy: Policy::builder().maximum_depth(33),
        outcome: Err(DepthOutOfRange),
    },
    Bound {
        ids: "#37",
        name: "the highest depth",
        policy: Policy::builder().maximum_depth(u8::MAX),
        outcome: Err(DepthOutOfRange),
    },
];

#[test]
fn policy_out_of_bounds_is_not_built() {
    let mut report = Report::default();
    for &Bound { ids, name, policy, outcome } in POLICIES {
        report.row(ids, name, policy.build().map(drop), outcome);
    }
    report.finish();
}

// ---- The order of checks ----------------------------------------------------------------------

/// Tokens under another key. Nothing in them is parsed as JSON.
const FORGED: &[Row] = &[
    row("#39 #38", "the MAC comes before the depth")
        .header(DEEP)
        .claims("{}")
        .refused(SignatureMismatch),
    row("#39 #38", "the MAC comes before the header")
        .header("\0")
        .claims("{}")
        .refused(SignatureMismatch),
    row("#39", "the MAC comes before the claims set").claims("junk").refused(SignatureMismatch),
    row("#39", "the MAC comes before alg")
        .header(r#"{"alg":"none"}"#)
        .claims("{}")
        .refused(SignatureMismatch),
    row("#39 #36", "the MAC comes before exp").claims(r#"{"exp":1}"#).refused(SignatureMismatch),
];

/// Tokens with several faults under the right key.
const SIGNED: &[Row] = &[
    row("#39", "the header comes before the claims set")
        .header("junk")
        .claims("\u{feff}")
        .refused(InvalidJson),
    row("#39", "alg comes before the claims set")
        .header(r#"{"alg":"none"}"#)
        .claims("junk")
        .refused(AlgorithmMismatch),
    row("#39", "crit comes before the claims set")
        .header(r#"{~,"crit":[]}"#)
        .claims("junk")
        .refused(CriticalExtension),
    row("#39", "JSON comes before values").claims(r#"{"exp":1,"iss":1}x"#).refused(InvalidJson),
    row("#39", "types come before values").claims(r#"{"exp":1,"iss":1}"#).refused(InvalidIssuer),
    row("C15 P5 #39", "a value is checked last").claims(r#"{"exp":1}"#).refused(Expired),
];

const HS256: &str = r#"{"alg":"HS256"}"#;
const DEEP: &str =
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";

/// A token under another key.
fn forged(header_text: impl AsRef<[u8]>, payload_text: impl AsRef<[u8]>) -> Vec<u8> {
    sign("HS256", &[7; 32], header_text.as_ref(), payload_text.as_ref())
}

#[test]
fn faults_are_reported_in_the_order_mac_header_claims() {
    let mut report = Report::default();
    for row in FORGED {
        report.check(row, verify_default(&forged(header(row.header), payload(row.claims))));
    }
    for row in SIGNED {
        report.check(row, row.verify());
    }
    report.finish();
}

// ---- Facts beyond single tokens ---------------------------------------------------------------

/// Ids, name, and a check that returns true.
type Fact = (&'static str, &'static str, fn() -> bool);

const FACTS: &[Fact] = &[
    // CVE-2025-30204 (golang-jwt): a token of any length was split at every dot.
    ("#18 #38 #39", "the length is checked before the dots", || {
        let dots = vec![b'.'; MAX_TOKEN_LENGTH + 1];
        verify_default(&dots) == Err(TokenTooLong)
            && verify_default(&dots[1..]) == Err(NotCompactSerialization)
    }),
    ("B7", "the vectors of RFC 4648 section 10 decode", || {
        let vectors = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let encoded = ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"];
        vectors.iter().zip(encoded).all(|(bytes, symbols)| {
            jws_payload(symbols.as_bytes()).as_deref() == Ok(bytes.as_bytes())
        })
    }),
    ("B4 #15", "only one text decodes to a given byte", || {
        ALPHABET.iter().all(|first| {
            ALPHABET.iter().enumerate().all(|(value, second)| {
                let outcome = jws_payload(&[*first, *second]).map(drop);
                outcome == if value % 16 == 0 { OK } else { Err(MALFORMED_PAYLOAD) }
            })
        })
    }),
    ("B4 #15", "only one text decodes to two given bytes", || {
        ALPHABET.iter().all(|second| {
            ALPHABET.iter().enumerate().all(|(value, third)| {
                let outcome = jws_payload(&[b'A', *second, *third]).map(drop);
                outcome == if value % 4 == 0 { OK } else { Err(MALFORMED_PAYLOAD) }
            })
        })
    }),
    ("S28", "a detached payload is empty, which is not a claims set", || {
        jws_payload(b"") == Ok(vec![])
            && verify_default(&token_with_payload(b"")) == Err(InvalidJson)
    }),
    ("S9 #23", "kid is compared after unescaping, with its case", || {
        let token = token_with_header(br#"{"alg":"HS256","kid":"Key-\u0031"}"#);
        let mut buffer = [0; 100];
        let unverified = unverified_header(&token, &mut buffer).unwrap();
        unverified.key_id().is_some_and(|kid| kid == "Key-1" && kid != "key-1" && kid != "Key-")
    }),
    ("S3 C1 #21", "a duplicate member can't be read", || {
        let twice = br#"{"alg":"HS256","exp":2000,"z":1,"\u007a":2}"#;
        with_token(DEFAULT, &token(twice, twice), |token| {
            token.header().get::<u8>("z") == Err(DuplicateHeaderParameter)
                && token.claims().get::<u8>("z") == Err(DuplicateClaim)
                && token.claims().string("z") == Err(DuplicateClaim)
        })
    }),
    ("S25 C9", "characters beyond U+FFFF are kept", || {
        with_token(DEFAULT, &token_with_payload(br#"{"exp":2000,"z":"\uD834\uDD1E"}"#), |token| {
            token.claims().get("z") == Ok("\u{1d11e}")
        })
    }),
    ("S26 #36", "jti can be read from an accepted token", || {
        with_token(DEFAULT, &token_with_payload(br#"{"exp":2000,"jti":"x"}"#), |token| {
            token.claims().jwt_id().is_some_and(|id| id == "x")
        })
    }),
    // libjwt#283 L7: a jti was remembered before the MAC was compared, so anyone could use it up.
    ("S26 #36", "a replay is refused, and refused tokens are not remembered", || {
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
    ("S26 S19 #36 #39", "the engine gets the text as received, once", || {
        let token = token_with_header(br#"{ "alg":"HS256"}"#);
        let asked = Cell::new(0);
        let engine = Engine { asked: &asked, input: token.len() - 44, works: true };
        let outcome = embedded_jwt::Verifier::new(engine, DEFAULT)
            .verify(&token, NOW, &mut [0; 100])
            .map(drop);
        outcome == OK && asked.get() == 1
    }),
    ("S26 S19 #39", "a malformed text does not reach the engine", || {
        let asked = Cell::new(0);
        let token = token_with_header(HS256.as_bytes());
        (0..token.len()).filter(|&at| token[at] != b'.').all(|at| {
            let token = replaced(&token, at, b'!');
            let engine = Engine { asked: &asked, input: token.len() - 44, works: true };
            let outcome = embedded_jwt::Verifier::new(engine, DEFAULT)
                .verify(&token, NOW, &mut [0; 100])
                .map(drop);
            matches!(outcome, Err(InvalidBase64Url { .. })) && asked.get() == 0
        })
    }),
    ("S26 #36 #39", "if the engine fails, the token is not parsed", || {
        let token = token_with_header(b"junk");
        let asked = Cell::new(0);
        let engine = Engine { asked: &asked, input: token.len() - 44, works: false };
        let outcome = embedded_jwt::Verifier::new(engine, DEFAULT)
            .verify(&token, NOW, &mut [0; 100])
            .map(drop);
        outcome == Err(MacEngine) && asked.get() == 1
    }),
    ("C15 P5 S26 #36", "an error leaves nothing of the token in the buffer", || {
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
    ("P1 P3 #1", "keys for different algorithms have different types", || {
        let types =
            [TypeId::of::<Key<Hs256>>(), TypeId::of::<Key<Hs384>>(), TypeId::of::<Key<Hs512>>()];
        types[0] != types[1] && types[0] != types[2] && types[1] != types[2]
    }),
    ("P3 #10", "one secret makes different MACs with two algorithms", || {
        let (short, long) = (Key::<Hs256>::new(&SECRET), Key::<Hs512>::new(&SECRET));
        short.unwrap().mac(b"x").unwrap() != long.unwrap().mac(b"x").unwrap()[..32]
    }),
    ("K12 P6", "a key is made from bytes, not from text", || {
        let _: fn(&[u8]) -> Result<Key<Hs256>, Error> = Key::new;
        true
    }),
    ("K7 K8 #2 #5", "a secret in Base64URL must be canonical and long enough", || {
        let from = |text: &[u8]| Key::<Hs256>::from_base64url(text, &mut [0; 100]).map(drop);
        let text = encode(&SECRET[..32]).into_bytes();
        let mut dirty = SWEEPS.iter().flat_map(|(_, _, sweep)| sweep(&text));
        from(&text) == OK
            && from(b"") == short(32)
            && from(encode(&SECRET[..31]).as_bytes()) == short(32)
            && dirty.all(|text| from(&text) == Err(KeyNotBase64Url))
    }),
    // CVE-2023-48223 and GHSA-mvf2-f6gm-w987 (fast-jwt): a PEM was recognized by its first bytes.
    ("#2", "a key may look like a PEM or a JWK", || {
        let pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n";
        let jwk = r#"{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
        let texts = [pem.to_owned(), format!(" \n{pem}"), pem.trim().to_owned(), jwk.to_owned()];
        texts.iter().all(|text| {
            let key = Key::<Hs256>::new(text.as_bytes()).unwrap();
            key.mac(b"x").unwrap()[..] == mac("HS256", text.as_bytes(), b"x")
        })
    }),
    // RFC 8725 section 3.12.
    ("P12 P11 P9", "each of two kinds of tokens is accepted by its own verifier only", || {
        let access = Policy::builder().typ("at+jwt").audience("api").build().unwrap();
        let identity = Policy::builder().typ("id+jwt").audience("app").build().unwrap();
        let token = |typ: &str, audience: &str| {
            let header_text = header(format!(r#"{{~,"typ":"{typ}"}}"#));
            token(&header_text, &payload(format!(r#"{{~,"aud":"{audience}"}}"#)))
        };
        let kinds = [(access, token("at+jwt", "api")), (identity, token("id+jwt", "app"))];
        let holds = |policy, token: &[u8]| verify::<Hs256>(&SECRET, policy, NOW, token) == OK;
        holds(kinds[0].0, &kinds[0].1)
            && holds(kinds[1].0, &kinds[1].1)
            && !holds(kinds[0].0, &kinds[1].1)
            && !holds(kinds[1].0, &kinds[0].1)
    }),
    // CVE-2019-7644, jwt-dotnet#61: an exception showed the signature that it had expected.
    ("#12", "errors and Debug show no MAC, no key and no claim", || {
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
    ("S14 S16 C13 C14 #38", "refuses exactly the texts that serde_json refuses", || {
        let text = br#"{"exp":2000,"z":[1.5e1,-0,"\u00e9\uD834\uDD1E\n",{"y":null}]}"#;
        // Once, not in every way: the claims are read when they have been decoded in any of them.
        let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), LENIENT);
        mutations(text).iter().all(|text| {
            let token = token_with_payload(text);
            let refused = matches!(
                (*verifier).verify(&token, NOW, &mut vec![0; token.len()]).map(drop),
                Err(InvalidJson | InvalidUtf8 | LoneSurrogate | NestingTooDeep)
            );
            refused == serde_json::from_slice::<serde_json::Map<_, _>>(text).is_err()
        })
    }),
    ("S14 #38", "a token with any byte changed is refused", || {
        let token = token_with_payload(&payload("{~}"));
        let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), DEFAULT);
        let is_refused_once = |token: &[u8]| (*verifier).verify(token, NOW, &mut [0; 200]).is_err();
        (0..token.len()).all(|at| {
            // In every way if one bit is changed.
            let bits = (0..8).map(|bit| token[at] ^ 1 << bit);
            let mut others = (0..=u8::MAX).filter(|byte| *byte != token[at]);
            others.all(|byte| is_refused_once(&replaced(&token, at, byte)))
                && bits
                    .map(|byte| replaced(&token, at, byte))
                    .all(|it| verify_default(&it).is_err())
        })
    }),
];

#[test]
fn facts_hold() {
    let mut report = Report::default();
    for &(ids, name, fact) in FACTS {
        report.row(ids, name, fact(), true);
    }
    report.finish();
}

/// The payload of a JWS with this payload segment and a right MAC.
fn jws_payload(segment: &[u8]) -> Result<Vec<u8>, Error> {
    let token = sign_segments("HS256", &SECRET, encode(HS256).as_bytes(), segment);
    verify_jws::<Hs256>(&SECRET, &token)
}

/// The result of a check on an accepted token.
fn with_token(
    policy: Policy<'_>,
    token: &[u8],
    check: fn(embedded_jwt::Token<'_>) -> bool,
) -> bool {
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
    let mut buffer = [0; 200];
    check(verifier.verify(token, NOW, &mut buffer).unwrap())
}

/// Counts its calls, each of which must be for a message of `input` bytes.
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

/// A text with any byte replaced, removed or doubled, or cut at any place.
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

// ---- No rule is left out ----------------------------------------------------------------------

/// Rules without a row here, and the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("S22", "`subtle` compares in constant time (src/keys.rs); benches/timing measures it"),
    ("K9", "as S22"),
    ("C17", "deliberately not met for `none`, as RFC 8725 section 3.2 advises"),
];

#[test]
fn every_rule_of_the_checklist_has_a_row() {
    // A rule is a line of a table: `| id | rule | source |`.
    let cells = |line: &'static str| line.strip_prefix("| ")?.split(" | ").next();
    let is_id = |cell: &&str| !matches!(*cell, "id" | "---");
    let checklist = include_str!("CHECKLIST.md").lines().filter_map(cells).filter(is_id);
    let checklist = checklist.collect::<Vec<_>>();
    let all: BTreeSet<&str> = checklist.iter().copied().collect();
    assert_eq!(all.len(), checklist.len(), "an id occurs twice");

    let rows = [TEXTS, KEY_IDS, &[NO_KEY_ID], HEADERS, CLAIMS, IN_HEADER, TIMES, FORGED, SIGNED];
    let ids = [
        rows.concat().iter().map(|row| row.ids).collect::<Vec<_>>(),
        SWEEPS.iter().map(|row| row.0).collect(),
        KEYS.iter().map(|row| row.ids).collect(),
        JWKS.iter().map(|row| row.ids).collect(),
        TAGS.iter().map(|row| row.ids).collect(),
        SIGNATURES.iter().map(|row| row.0).collect(),
        ALGORITHMS.iter().map(|row| row.0).collect(),
        [VALID_JSON, INVALID_JSON, INVALID_UTF8, LONE_SURROGATES]
            .concat()
            .iter()
            .map(|row| row.0)
            .collect(),
        ENCODINGS.iter().map(|row| row.0).collect(),
        DEPTHS.iter().map(|row| row.ids).collect(),
        KINDS.iter().map(|(_, row)| row.ids).collect(),
        [PARAMETER_TYPES, CLAIM_TYPES].concat().iter().map(|row| row.ids).collect(),
        [PARAMETERS_ONCE, CLAIMS_ONCE].concat().iter().map(|row| row.0).collect(),
        POLICIES.iter().map(|row| row.ids).collect(),
        FACTS.iter().map(|row| row.0).collect(),
    ];
    let tested: BTreeSet<&str> = ids.concat().iter().flat_map(|ids| ids.split(' ')).collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|row| row.0).collect();

    let both = &tested & &elsewhere;
    assert!(both.is_empty(), "tested here and elsewhere: {both:?}");
    let accounted = &tested | &elsewhere;
    let (missing, unknown) = (&all - &accounted, &accounted - &all);
    assert!(missing.is_empty(), "no row for {missing:?}");
    assert!(unknown.is_empty(), "not in CHECKLIST.md: {unknown:?}");
}
