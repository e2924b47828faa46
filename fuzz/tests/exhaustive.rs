//! Tries all inputs of some small kinds, and compares the answers with the judge's.

use std::thread;

use embedded_jwt_fuzz::check::{check_roomy, check_times};
use embedded_jwt_fuzz::date::Date;
use embedded_jwt_fuzz::embedded_jwt::{
    AnyKey, Error, Hs256, JwsVerifier, Key, KeyEntry, Keys, Policy, Segment, StreamingMac, Time,
    Verifier,
};
use embedded_jwt_fuzz::keys::{Set, SetKey};
use embedded_jwt_fuzz::rules::Rules;
use embedded_jwt_fuzz::sign::Algorithm::Hs256 as HS256;
use embedded_jwt_fuzz::sign::{Algorithm, SECRET, decode};
use embedded_jwt_fuzz::stream::{Either, UNTOUCHED, Whole};

/// RFC 7515 appendix A.1.
const A1: &[u8] = include_bytes!("../seeds/token/rfc7515-a1");

/// Rules that accept the token of RFC 7515 appendix A.1.
fn rules() -> Rules {
    Rules::read(b"now=1300819379")
}

#[test]
fn every_payload_of_up_to_three_symbols_is_decoded_or_refused_as_by_base64() {
    let header = b"eyJhbGciOiJIUzI1NiJ9";
    let verifier = JwsVerifier::new(Key::<Hs256>::new(&SECRET).unwrap());
    let malformed = HS256.sign_segments(header, b"");
    let try_all_from = |first: u8| {
        let mut buffer = [0; 32];
        let mut try_one = |symbols: &[u8]| {
            let decoded = decode(symbols);
            let token = match &decoded {
                Some(_) => HS256.sign_segments(header, symbols),
                // The MAC doesn't matter.
                None => [header, &b"."[..], symbols, &malformed[header.len() + 1..]].concat(),
            };
            let expected = decoded.ok_or(match symbols.contains(&b'.') {
                true => Error::NotCompactSerialization,
                false => Error::InvalidBase64Url { segment: Segment::Payload },
            });
            let payload = verifier.verify(&token, &mut buffer).map(|jws| jws.payload());
            assert_eq!(payload, expected.as_deref().map_err(|error| *error), "{symbols:x?}");
        };
        try_one(&[first]);
        for second in 0..=u8::MAX {
            try_one(&[first, second]);
            for third in 0..=u8::MAX {
                try_one(&[first, second, third]);
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| (0..0x80).for_each(try_all_from));
        scope.spawn(|| (0x80..=u8::MAX).for_each(try_all_from));
    });
}

#[test]
fn a_token_with_any_byte_changed_is_refused() {
    assert!(check_roomy(HS256, &rules(), A1).is_ok());
    for place in 0..A1.len() {
        for byte in 0..=u8::MAX {
            let mut token = A1.to_vec();
            token[place] = byte;
            let accepted = check_roomy(HS256, &rules(), &token).is_ok();
            assert_eq!(accepted, byte == A1[place], "{place}: {byte:x}");
        }
    }
}

#[test]
fn a_token_with_its_dots_anywhere_else_is_refused() {
    let text: Vec<u8> = A1.iter().copied().filter(|&byte| byte != b'.').collect();
    let mut accepted = 0;
    let mut try_one = |segments: &[&[u8]]| {
        accepted += usize::from(check_roomy(HS256, &rules(), &segments.join(&b'.')).is_ok());
    };
    try_one(&[&text]);
    for first in 0..=text.len() {
        let (header, rest) = text.split_at(first);
        try_one(&[header, rest]);
        for second in 0..=rest.len() {
            let (payload, rest) = rest.split_at(second);
            try_one(&[header, payload, rest]);
            // A third dot at every place would make a million tokens. At these, the signature
            // before or behind it has the right length, or nearly.
            let near = |length: usize| matches!(length, 0 | 1 | 42..=44);
            for third in (0..=rest.len())
                .filter(|&third| third % 7 == 0 || near(third) || near(rest.len() - third))
            {
                let (signature, rest) = rest.split_at(third);
                try_one(&[header, payload, signature, rest]);
            }
        }
    }
    assert_eq!(accepted, 1);
}

#[test]
fn a_token_cut_anywhere_into_three_pieces_gives_the_same_result_as_whole() {
    let key = || Key::<Hs256>::new(&SECRET).unwrap();
    let set = || {
        let mut set = Set::new().allow_missing_key_id();
        set.add("a", KeyEntry::new(key())).map(|()| set).unwrap()
    };
    let named = HS256.sign(br#"{"kid":"\u0061","alg":"HS256"}"#, br#"{"exp":1300819380}"#);
    check_every_cut(key(), &[HS256], false, A1);
    check_every_cut(AnyKey::make(HS256, &SECRET), &Algorithm::ALL, false, A1);
    check_every_cut(set(), &[HS256], true, A1);
    check_every_cut(set(), &[HS256], true, &named);
}

/// Cuts a valid token, and the same with one byte changed.
fn check_every_cut<K: Keys<Key: StreamingMac>>(
    keys: K,
    algorithms: &[Algorithm],
    is_set: bool,
    token: &[u8],
) {
    let verifier = Verifier::new(keys, Policy::builder().build().unwrap());
    let verifier = Either::Jwt(verifier, Time::Known(1_300_819_379));
    let (last, signature) = (token.len() - 1, token.len() - 43);
    let payload = token.iter().position(|&byte| byte == b'.').unwrap() + 1;
    let mut accepted = 0;
    for (place, byte) in [
        (0, token[0]),
        // A dot less, no symbol of Base64URL, another MAC, stray trailing bits.
        (payload - 1, b'A'),
        (payload, b'='),
        (signature, b'-'),
        (last, b'l'),
    ] {
        let mut token = token.to_vec();
        token[place] = byte;
        let before = vec![UNTOUCHED; token.len()];
        let mut after = before.clone();
        let answer = verifier.verify(&token, &mut after);
        accepted += usize::from(answer.is_ok());
        let (answer, before, after) = (Some(answer), &before, &after);
        let whole = Whole { token: &token, answer, before, after, algorithms, is_set };
        let length = u8::try_from(token.len()).unwrap();
        for first in 0..=length {
            whole.check_room_to_copy(&verifier, &[first, length, length]);
            for second in 0..=length - first {
                whole.check_in_pieces(&verifier, &[first, second, length]);
            }
        }
    }
    assert_eq!(accepted, 1);
}

/// Numbers around every power of ten and the limits of integer types, in all forms.
fn edges() -> Vec<String> {
    let powers = (0..=20).map(|exponent| 10_i128.pow(exponent));
    let ends = [i32::MAX.into(), u32::MAX.into(), i64::MAX.into(), u64::MAX.into(), 1_300_819_380];
    let integers = powers.chain(ends).flat_map(|middle| middle - 1..=middle + 1);
    let fractions =
        ["", ".0", ".5", ".000000001", ".0000000001", ".9999999999", ".00000000000000000000"];
    let exponents = ["", "e0", "E+1", "e-1", "e9", "e-9", "e-10", "e18", "e-18", "e-30"];
    let mut edges = Vec::new();
    for integer in integers {
        for fraction in fractions {
            for exponent in exponents {
                edges.push(format!("{integer}{fraction}{exponent}"));
                edges.push(format!("-{integer}{fraction}{exponent}"));
            }
        }
    }
    edges
}

#[test]
fn dates_at_their_edges_give_the_judges_answer_in_the_seconds_around_them() {
    for number in edges() {
        let seconds = Date::read(&number).seconds();
        let claims = format!(r#"{{"exp":{number},"nbf":{number},"iat":{number}}}"#);
        let token = HS256.sign(br#"{"alg":"HS256"}"#, claims.as_bytes());
        let _ = check_roomy(HS256, &Rules::default(), &token);
        let near = (seconds - 2..=seconds + 2).filter_map(|second| u64::try_from(second).ok());
        let known: Vec<_> = near.clone().map(Time::Known).collect();
        let floors: Vec<_> = near.map(Time::AtLeast).collect();
        for (words, times) in
            [("", &known), ("leeway=1 age=1", &known), ("open no-future", &floors)]
        {
            check_times(HS256, &Rules::read(words.as_bytes()), &token, times);
        }
    }
}

#[test]
fn lifetimes_at_their_edges_give_the_judges_answer() {
    let dates = ["0", "-0.5", "4.5", "4.500000001", "4.5000000001", "5", "9.5", "9.4999999999"];
    for expiration in dates {
        for issued_at in dates {
            for words in ["lifetime=0", "lifetime=4", "lifetime=5", "lifetime=10"] {
                let claims = format!(r#"{{"exp":{expiration},"iat":{issued_at}}}"#);
                let token = HS256.sign(br#"{"alg":"HS256"}"#, claims.as_bytes());
                let rules = Rules { time: Time::Known(0), ..Rules::read(words.as_bytes()) };
                let _ = check_roomy(HS256, &rules, &token);
            }
        }
    }
}
