//! Verifies tokens of the worst shapes and of growing lengths, each once in [`verify`], whose
//! instructions `run` counts. Prints a line for each token: shape, length, answer.

use std::hint::black_box;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use embedded_jwt::{
    Error, Hs256, Key, KeyEntry, KeySet, Keys, Policy, StreamingMac, Time, Verifier,
};
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use serde::Deserialize;
use sha2::Sha256;

const SECRET: &[u8; 32] = b"32 bytes that make up a test key";

const POLICY: Policy = match Policy::builder()
    .allow_missing_expiration()
    .audience("door-7")
    .required_claims(&["aud", "b", "c", "d"])
    .build()
{
    Ok(policy) => policy,
    Err(error) => panic!("{}", error.as_str()),
};

/// The lengths of the tokens, in bytes.
const LENGTHS: [usize; 8] = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

/// A name, and a function that returns members of this length in total.
type Shape = (&'static str, fn(usize) -> String);

/// Shapes of payloads. Each is followed by the claims that the policy requires.
const PAYLOADS: [Shape; 20] = [
    ("one long string", |room| string("x", room)),
    ("a string of escapes that stay", |room| string(r"\n", room)),
    ("a string of escapes that go", |room| string(r"\u0061", room)),
    ("escapes and plain characters", |room| string(r"\/x", room)),
    ("a string of surrogate pairs", |room| string(r"\ud834\udd1e", room)),
    ("a string of UTF-8", |room| string("\u{1d11e}", room)),
    ("one long number", |room| format!(r#""x":{},"#, "7".repeat(room - 5))),
    ("one long date", |room| format!(r#""nbf":0.{}1,"#, "0".repeat(room - 10))),
    ("a date out of a long exponent", |room| format!(r#""nbf":1e-{},"#, "7".repeat(room - 10))),
    ("white space", |room| " ".repeat(room)),
    ("members with short names", |room| repeat(r#""":0,"#, room)),
    ("members with names like registered ones", |room| repeat(r#""exq":0,"xub":0,"#, room)),
    ("members with names in escapes", |room| repeat(r#""\u0065xq":0,"#, room)),
    ("a member that is required twice, at the end", |room| {
        repeat(r#""a":0,"#, room - 12) + r#""b":0,"b":0,"#
    }),
    ("a registered claim twice, at the end", |room| {
        repeat(r#""a":0,"#, room - 16) + r#""exp":1,"exp":1,"#
    }),
    ("arrays as deep as allowed", |room| nested("[", "]", room)),
    ("objects as deep as allowed", |room| nested(r#"{"":"#, "}", room)),
    ("an array too deep, at the end", |room| {
        repeat(r#""a":0,"#, room - 70) + r#""a":"# + &"[".repeat(66)
    }),
    ("audiences, ours the last", |room| {
        // This replaces the `aud` of the required claims.
        format!(r#""aud":[{}"door-7"],"b":0,"c":0,"d":0}}"#, repeat(r#""door-8","#, room - 17))
    }),
    ("a fault at the end", |room| repeat(r#""a":0,"#, room - 1) + ","),
];

/// The shapes that differ before JSON is parsed.
const OF_TEXT: [&str; 6] =
    ["one long string", "a long header", "another MAC", "no symbol, at the end", "dots", "no dot"];

/// The claims that the policy requires.
const REST: &str = r#""aud":"door-7","b":0,"c":0,"d":0}"#;

fn string(piece: &str, room: usize) -> String {
    format!(r#""x":"{}","#, repeat(piece, room - 7))
}

fn repeat(piece: &str, room: usize) -> String {
    piece.repeat(room / piece.len())
}

fn nested(open: &str, close: &str, room: usize) -> String {
    let one = format!("{}0{},", open.repeat(30), close.repeat(30));
    format!(r#""x":[{}0],"#, repeat(&one, room.saturating_sub(8)))
}

/// Returns the payload of a shape, of about `room` bytes.
fn payload((_, fill): Shape, room: usize) -> String {
    let filled = fill(room - 1 - REST.len());
    if filled.ends_with('}') { format!("{{{filled}") } else { format!("{{{filled}{REST}") }
}

fn sign(header: &str, payload: &str) -> Vec<u8> {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let input = format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()));
    let mac = Hmac::<Sha256>::new_from_slice(SECRET).expect("any key will do");
    let signature = encode(&mac.chain_update(&input).finalize().into_bytes());
    format!("{input}.{signature}").into_bytes()
}

/// The claims that a user reads after the verification.
#[derive(Deserialize)]
struct Read {
    b: u8,
    d: u8,
}

/// The keys of a set.
const KEYS: usize = 4;

/// A set from which a header picks keys. All but the last have another secret. They share a name,
/// each for an issuer of its own, or have names of their own.
fn key_set(share_a_name: bool) -> KeySet<'static, Key<Hs256>, KEYS, 8> {
    let mut keys = KeySet::new().allow_missing_key_id();
    for (index, issuer) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let mut secret = *SECRET;
        secret[0] ^= u8::from(index + 1 < KEYS);
        secret[1] ^= if index + 1 < KEYS { index as u8 } else { 0 };
        let entry = KeyEntry::new(Key::new(&secret).expect("it is long enough"));
        let (name, entry) =
            if share_a_name { ("a", entry.issuer(issuer)) } else { (issuer, entry) };
        keys.add(name, entry).expect("there is room");
    }
    keys
}

/// Tokens for a set: a name, the header, and whether the keys share a name.
fn for_a_set(room: usize) -> [(&'static str, String, String, bool); 6] {
    let string = payload(PAYLOADS[0], room - 40);
    let of_d = string.replacen('{', r#"{"iss":"d","#, 1);
    let long = |member: &str, fill: &str| {
        format!(r#"{{"alg":"HS256",{member}"x":"{}"}}"#, repeat(fill, room - 160))
    };
    let short = format!("{{{REST}");
    let of_no_key = format!(r#"{{"alg":"HS256","kid":"{}"}}"#, repeat(r"\n", room - 160));
    [
        ("a key set, no name", r#"{"alg":"HS256"}"#.into(), string, false),
        ("a key set, one name for all", r#"{"alg":"HS256","kid":"a"}"#.into(), of_d, true),
        ("a key set, a long header", long(r#""kid":"d","#, "x"), short.clone(), false),
        ("a key set, a long header of escapes", long(r#""kid":"d","#, r"\/"), short.clone(), false),
        ("a key set, a long header without a name", long("", r"\/"), short.clone(), false),
        ("a key set, a long name of no key", of_no_key, short, false),
    ]
}

/// The work whose instructions are counted. Without a length of pieces, the token arrives whole.
#[inline(never)]
fn verify<K: Keys<Key: StreamingMac>>(
    verifier: &Verifier<K>,
    token: &[u8],
    in_pieces: Option<usize>,
    buffer: &mut [u8],
) -> Result<u8, Error> {
    let token = match in_pieces {
        None => verifier.verify(token, Time::Known(1), buffer)?,
        Some(length) => {
            let mut streaming = verifier.stream(buffer);
            token.chunks(length).try_for_each(|piece| streaming.push(piece))?;
            streaming.into_token(Time::Known(1))?
        }
    };
    let d: u8 = token.claims().get("d")?;
    let read: Read = token.claims().read()?;
    Ok(d + read.b + read.d)
}

fn main() {
    const HEADER: &str = r#"{"alg":"HS256"}"#;
    let verifier = Verifier::new(Key::<Hs256>::new(SECRET).expect("it is long enough"), POLICY);
    let sets = [false, true].map(|share| Verifier::new(key_set(share), POLICY));
    let mut tokens: Vec<(String, usize, Vec<u8>)> = Vec::new();
    let mut tokens_for_sets = Vec::new();
    for length in LENGTHS {
        // Four symbols encode three bytes. Header, signature and dots take the rest.
        let room = (length - 20 - 43 - 2) / 4 * 3;
        for shape in PAYLOADS {
            tokens.push((shape.0.to_owned(), length, sign(HEADER, &payload(shape, room))));
        }
        let good = payload(PAYLOADS[0], room);
        let long_header =
            format!(r#"{{"alg":"HS256",{}"a":0}}"#, repeat(r#""\u0061":0,"#, room - 120));
        tokens.push(("a long header".into(), length, sign(&long_header, &format!("{{{REST}"))));
        let mut token = sign(HEADER, &good);
        *token.last_mut().expect("it is not empty") = b'A';
        tokens.push(("another MAC".into(), length, token.clone()));
        let last_of_payload = token.len() - 45;
        token[last_of_payload] = b'!';
        tokens.push(("no symbol, at the end".into(), length, token));
        tokens.push(("dots".into(), length, vec![b'.'; length]));
        tokens.push(("no dot".into(), length, vec![b'A'; length]));
        for (shape, header, payload, share) in for_a_set(room) {
            tokens_for_sets.push((shape, length, sign(&header, &payload), share));
        }
    }
    // A set needs room for a copy of the header.
    let mut buffer = vec![0; 2 * 65_536];
    let check_length = |shape: &str, length: usize, token: &[u8]| {
        let is_near = token.len() <= length && token.len() + 300 > length;
        assert!(is_near, "{shape}: {}", token.len());
    };
    for (shape, length, token) in &tokens {
        check_length(shape, *length, token);
        // A token in pieces takes other work until JSON is parsed, and the same work from there.
        let is_of_text = OF_TEXT.contains(&shape.as_str());
        for in_pieces in if is_of_text { &[None, Some(1), Some(50)][..] } else { &[None] } {
            let answer = verify(black_box(&verifier), black_box(token), *in_pieces, &mut buffer);
            print(shape, *length, *in_pieces, black_box(answer));
        }
    }
    for (shape, length, token, share) in &tokens_for_sets {
        check_length(shape, *length, token);
        for in_pieces in [None, Some(1), Some(50)] {
            let set = black_box(&sets[usize::from(*share)]);
            let answer = verify(set, black_box(token), in_pieces, &mut buffer);
            print(shape, *length, in_pieces, black_box(answer));
        }
    }
}

/// Prints the line of a token.
fn print(shape: &str, length: usize, in_pieces: Option<usize>, answer: Result<u8, Error>) {
    let answer = answer.map_or_else(|error| format!("{error:?}"), |_| "accepted".to_owned());
    let how = in_pieces.map_or(String::new(), |length| format!(", pieces of {length}"));
    println!("{shape}{how}\t{length}\t{answer}");
}
