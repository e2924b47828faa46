//! Tokens that arrive in pieces.
//!
//! The other tests also verify every token in pieces, and expect the same outcome: see
//! `common::every_way`. The tests here are about what only a streaming verifier can do.

mod common;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use common::{SECRET, every_way, sign, sign_segments};
use embedded_jwt::{
    AnyAlgorithm, AnyKey, Error, Hs256, IncomingToken, JwsVerifier, Key, KeyEntry, KeySet, Mac,
    Policy, Segment, StreamingMac, StreamingVerifier, Tag, Time, Token, Verifier,
};

const NOW: Time = Time::Known(1000);
const POLICY: Policy = match Policy::builder().build() {
    Ok(policy) => policy,
    Err(_) => panic!(),
};
const CLAIMS: &[u8] = br#"{"exp":2000,"secret":"of somebody","more":[1,2,3,4,5,6,7,8,9]}"#;

fn key() -> Key<Hs256> {
    Key::new(&SECRET).unwrap()
}

fn good() -> Vec<u8> {
    sign("HS256", &SECRET, br#"{"alg":"HS256","typ":"JWT"}"#, CLAIMS)
}

/// Verifies pairs of tokens. The first one has no effect on the second.
#[test]
fn streaming_verifier_can_be_used_for_many_tokens() {
    let verifier = Verifier::new(key(), POLICY);
    let good = good();
    let other = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, br#"{"exp":1500}"#);
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 4;
    let tokens: [(&[u8], Result<u64, Error>); 10] = [
        (&good, Ok(2000)),
        (&other, Ok(1500)),
        (&forged, Err(Error::SignatureMismatch)),
        (&good[..good.len() - 1], Err(Error::SignatureLength)),
        (&good[..50], Err(Error::NotCompactSerialization)),
        (b"", Err(Error::NotCompactSerialization)),
        (b"!.!.A", Err(Error::SignatureLength)),
        (b"!.!.!", Err(Error::InvalidBase64Url { segment: Segment::Signature })),
        (&[b'.'; 90_000], Err(Error::TokenTooLong)),
        (b"....", Err(Error::NotCompactSerialization)),
    ];
    let mut buffer = [0; 128];
    let mut streaming = verifier.stream(&mut buffer);
    for (first, _) in tokens {
        for (second, expected) in tokens {
            for way in ["finished", "reset"] {
                let _ = first.chunks(33).try_for_each(|piece| streaming.push(piece));
                if way == "finished" {
                    let _ = streaming.finish(NOW);
                } else {
                    streaming.reset();
                }
                assert!(!streaming.is_refused());
                let pushed = second.chunks(7).try_for_each(|piece| streaming.push(piece));
                assert!(pushed.is_ok() || expected == Err(Error::TokenTooLong));
                let token = streaming.finish(NOW);
                let expiration = token.map(|token| token.claims().get("exp").unwrap());
                assert_eq!(expiration, expected, "{way}");
            }
        }
    }
}

#[test]
fn token_that_is_too_long_is_refused_at_once() {
    let verifier = Verifier::new(key(), POLICY);
    let mut buffer = vec![0; 65_536];
    let mut streaming = verifier.stream(&mut buffer);
    assert_eq!(streaming.push(&[b'e'; 80_000]), Ok(()));
    assert!(!streaming.is_refused());
    assert_eq!(streaming.push(&[b'e'; 7_380]), Ok(()));
    assert_eq!(streaming.push(b""), Ok(()));
    for piece in [&b"e"[..], b"e", b"", &[b'.'; 100_000], b"."] {
        assert_eq!(streaming.push(piece), Err(Error::TokenTooLong));
        assert!(streaming.is_refused());
    }
    assert_eq!(streaming.finish(NOW).err(), Some(Error::TokenTooLong));
    assert!(!streaming.is_refused());
    // Too many dots are reported at the end, however many there are.
    for dots in [3, 253, 254, 255, 256, 257, 258, 259, 1000] {
        assert_eq!(streaming.push(&b".".repeat(dots)), Ok(()));
        assert_eq!(streaming.finish(NOW).err(), Some(Error::NotCompactSerialization), "{dots}");
    }
    // After a piece that is too long by itself, the verifier can still be used.
    assert_eq!(streaming.push(&[b'e'; 87_381]), Err(Error::TokenTooLong));
    streaming.reset();
    assert_eq!(streaming.push(&good()), Ok(()));
    assert!(streaming.finish(NOW).is_ok());
}

/// An error is known after at most 64 more bytes.
#[test]
fn is_refused_tells_early_that_a_token_is_invalid() {
    let e40 = "e".repeat(40);
    let short_dots = [&e40, ".", &e40, ".", &e40, ".", &e40].concat().into_bytes();
    let long = |begin: &str| [begin.as_bytes(), &[b'e'; 200]].concat();
    for (name, text, refused) in [
        ("nothing", b"".to_vec(), false),
        ("a header", long(""), false),
        ("a payload", long("e30."), false),
        ("a character outside the alphabet", long("e3!"), true),
        ("a space", long(" e30."), true),
        ("unused bits set", long("e31."), true),
        ("an impossible length", long("e30e3."), true),
        ("a payload in plain Base64", long("e30.e3+"), true),
        ("a long signature", long("e30.e30."), true),
        ("three dots", long("e30.e30.e."), true),
        ("three dots, otherwise valid", short_dots, true),
        ("longer than the buffer", vec![b'e'; 600], true),
        ("header and payload longer than the buffer", [long("e30."), long("")].concat(), true),
    ] {
        for length in [1, 63, 64, 1000] {
            let verifier = Verifier::new(key(), POLICY);
            let mut buffer = [0; 256];
            let mut streaming = verifier.stream(&mut buffer);
            for piece in text.chunks(length) {
                assert_eq!(streaming.push(piece), Ok(()), "{name}");
            }
            assert_eq!(streaming.is_refused(), refused, "{name}");

            let verifier = JwsVerifier::new(key());
            let mut buffer = [0; 256];
            let mut streaming = verifier.stream(&mut buffer);
            for piece in text.chunks(length) {
                assert_eq!(streaming.push(piece), Ok(()), "{name}");
            }
            assert_eq!(streaming.is_refused(), refused, "{name}, as JWS");

            let mut buffer = [0; 256];
            let mut incoming = IncomingToken::new(&mut buffer);
            for piece in text.chunks(length) {
                assert_eq!(incoming.push(piece), Ok(()), "{name}");
            }
            assert_eq!(incoming.is_refused(), refused, "{name}, without a key");
        }
    }
}

#[test]
fn unfinished_token_is_wiped_when_dropped_or_reset() {
    let verifier = Verifier::new(key(), POLICY);
    let token = good();
    for end in 0..=token.len() {
        for way in ["dropped", "reset"] {
            let mut buffer = [0xaa; 128];
            let mut streaming = verifier.stream(&mut buffer);
            streaming.push(&token[..end]).unwrap();
            if way == "reset" {
                streaming.reset();
            }
            drop(streaming);
            // Blocks of 64 bytes have been decoded. The signature is not in the buffer.
            let blocks = end / 64 * 64;
            let decoded = blocks.saturating_sub(8) * 3 / 4;
            let wiped = buffer.iter().take_while(|&&byte| byte == 0).count();
            assert!(wiped >= decoded.min(80), "{way} at {end}: {wiped}");
            assert!(buffer[wiped..].iter().all(|&byte| byte == 0xaa), "{way} at {end}");
        }
    }
}

#[test]
fn unfinished_jws_is_wiped_when_reset_and_dropped() {
    let verifier = JwsVerifier::new(key());
    let mut buffer = [0xaa; 128];
    let mut streaming = verifier.stream(&mut buffer);
    streaming.push(&good()).unwrap();
    streaming.reset();
    streaming.push(b"e").unwrap();
    drop(streaming);
    assert!(buffer[..80].iter().all(|&byte| byte == 0));
}

#[test]
fn accepted_token_stays_in_the_buffer() {
    let verifier = Verifier::new(key(), POLICY);
    let token = good();
    let (mut whole, mut pieces) = ([0xaa; 128], [0xaa; 128]);
    assert!(verifier.verify(&token, NOW, &mut whole).is_ok());
    let mut streaming = verifier.stream(&mut pieces);
    token.chunks(10).try_for_each(|piece| streaming.push(piece)).unwrap();
    assert!(streaming.finish(NOW).is_ok());
    drop(streaming);
    assert_eq!(whole, pieces);
}

/// The token borrows only the buffer, neither the streaming verifier nor the verifier.
#[test]
fn token_can_outlive_its_verifiers() {
    fn receive<'b>(pieces: &[&[u8]], buffer: &'b mut [u8]) -> Result<Token<'b>, Error> {
        let verifier = Verifier::new(key(), POLICY);
        let mut streaming = verifier.stream(buffer);
        pieces.iter().try_for_each(|piece| streaming.push(piece))?;
        streaming.into_token(NOW)
    }
    let token = good();
    let mut buffer = [0xaa; 128];
    let (first, second) = token.split_at(77);
    let received = receive(&[first, second], &mut buffer).unwrap();
    assert_eq!(received.claims().get("secret"), Ok("of somebody"));
    assert_eq!(receive(&[first], &mut buffer).err(), Some(Error::NotCompactSerialization));
    assert_eq!(
        receive(&[second, second], &mut buffer).err(),
        Some(Error::InvalidBase64Url { segment: Segment::Payload })
    );
    assert!(buffer.iter().take(96).all(|&byte| byte == 0), "wiped");
}

/// Malformed texts in buffers of every length up to a sufficient one: with one key, whose algorithm
/// is known at compile time or not, and with key sets.
#[test]
fn malformed_text_is_refused_with_buffers_of_any_length() {
    let header = br#"{"alg":"HS256","kid":"a","x":"longer than the payload"}"#;
    let named = sign("HS256", &SECRET, header, br#"{"exp":2000}"#);
    let unnamed = sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, br#"{"exp":2000}"#);
    let as_text = |token: &[u8]| String::from_utf8(token.to_vec()).unwrap();
    let spoilt: [fn(String) -> String; 9] = [
        |token| token,
        |token| token.replacen('e', "!", 1),
        |token| token.replacen(".e", ".!", 1),
        |token| token + "A",
        |token| token[..token.len() - 1].to_owned(),
        |token| token[..token.len() - 1].to_owned() + "!",
        |token| token + ".",
        |token| token.replacen('.', "..", 1),
        |token| token.replacen('.', "A.", 1),
    ];
    let any = AnyKey::new(AnyAlgorithm::Hs256, &SECRET).unwrap();
    let set = || {
        let mut keys: KeySet<Key<Hs256>, 2> = KeySet::new();
        keys.add("a", KeyEntry::new(key())).unwrap();
        keys.add("b", KeyEntry::new(Key::new(&[7; 32]).unwrap())).unwrap();
        keys
    };
    let (strict, lax) = (set(), set().allow_missing_key_id());
    for (token, held) in [(named, [true, true, true, true]), (unnamed, [true, true, false, true])] {
        for (index, spoil) in spoilt.iter().enumerate() {
            let token = spoil(as_text(&token)).into_bytes();
            for room in 0..=token.len() * 3 / 4 {
                let buffer = &mut vec![0; room][..];
                let outcomes = [
                    every_way::Verifier::new(key(), POLICY).verify(&token, NOW, buffer).is_ok(),
                    every_way::Verifier::new(&any, POLICY).verify(&token, NOW, buffer).is_ok(),
                    every_way::Verifier::new(&strict, POLICY).verify(&token, NOW, buffer).is_ok(),
                    every_way::Verifier::new(&lax, POLICY).verify(&token, NOW, buffer).is_ok(),
                ];
                if index > 0 {
                    assert_eq!(outcomes, [false; 4]);
                } else if room == token.len() * 3 / 4 {
                    assert_eq!(outcomes, held);
                }
            }
        }
    }
}

/// In pieces, a set needs room for the header twice if it has escapes or white space outside
/// strings.
#[test]
fn set_needs_room_for_a_spelled_header_twice() {
    let mut keys: KeySet<Key<Hs256>, 1> = KeySet::new();
    keys.add("a b", KeyEntry::new(key())).unwrap();
    let claims = br#"{"exp":2000}"#;
    for (header, times) in [
        (r#"{"alg":"HS256","kid":"a b"}"#, 1),
        (r#"{"alg":"HS256", "kid":"a b"}"#, 2),
        (r#"{"alg":"HS256","kid":"a b"} "#, 2),
        ("{\n\"alg\":\"HS256\",\"kid\":\"a b\"}", 2),
        ("{\t\"alg\":\"HS256\",\"kid\":\"a b\"}", 2),
        ("{\r\"alg\":\"HS256\",\"kid\":\"a b\"}", 2),
        (r#"{"alg":"HS256","kid":"a\u0020b"}"#, 2),
        (r#"{"alg":"HS256","kid":"a b","x":"\u001F"}"#, 2),
    ] {
        let token = sign("HS256", &SECRET, header.as_bytes(), claims);
        let verifier = Verifier::new(&keys, POLICY);
        let needed = times * header.len() + claims.len();
        let mut room = vec![0; needed];
        let mut streaming = verifier.stream(&mut room);
        streaming.push(&token).unwrap();
        assert!(streaming.finish(NOW).is_ok(), "{header}");
        drop(streaming);
        let token_length = header.len() + claims.len();
        assert!(room[token_length..].iter().all(|&byte| byte == 0), "the copy is wiped: {header}");

        let mut room = vec![0; needed - 1];
        let mut streaming = verifier.stream(&mut room);
        streaming.push(&token).unwrap();
        let outcome = streaming.finish(NOW).map(drop);
        assert_eq!(outcome, Err(Error::BufferTooSmall { needed: needed as u16 }), "{header}");
    }
}

/// A key that counts the MACs it begins.
struct Counting {
    key: Key<Hs256>,
    begun: Rc<Cell<usize>>,
}

impl Mac for Counting {
    type Algorithm = Hs256;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.key.mac(message)
    }
}

impl StreamingMac for Counting {
    type Running = <Key<Hs256> as StreamingMac>::Running;

    fn begin(&self) -> Result<Self::Running, Error> {
        self.begun.set(self.begun.get() + 1);
        self.key.begin()
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) -> Result<(), Error> {
        self.key.update(running, piece)
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error> {
        self.key.finish(running)
    }
}

/// With a key set, only the key that the header names computes a MAC, once. If a set tries all of
/// its keys, each computes one until the MAC holds.
#[test]
fn only_the_named_key_computes_a_mac() {
    let plain = r#"{"alg":"HS256","kid":"k/3"}"#;
    let escaped = "{ \"alg\":\"HS256\",\r\n \"kid\":\"\\u006b\\/3\" }";
    let unnamed = r#"{"alg":"HS256"}"#;
    let stranger = r#"{"alg":"HS256","kid":"k/4"}"#;
    let other = r#"{"alg":"HS512","kid":"k/3"}"#;
    let broken = r#"{"alg":"HS256","kid":"k/3"]"#;
    let nested = r#"{"alg":"HS256","kid":"k/3","x":[[{"y":[]}]]}"#;
    let far = "{ \"alg\":\"HS256\",\r\n \"kid\":\"k\\/4\" }";
    let torn = "{ \"alg\":\"HS256\",\r\n \"kid\":\"k\\/3\" ]";
    let claims = r#"{"exp":2000,"and":"some more, for it to be longer than any of the headers"}"#;
    let short = r#"{"exp":2000}"#;
    #[derive(Clone, Copy)]
    struct Row<'t> {
        name: &'static str,
        header: &'static str,
        claims: &'t str,
        /// Whether the set allows a missing `kid`.
        lax: bool,
        /// The number of MACs that were begun.
        begun: usize,
        expected: Result<(), Error>,
    }
    let row = Row { name: "", header: "", claims, lax: false, begun: 1, expected: Ok(()) };
    let refused = |error| Row { begun: 0, expected: Err(error), ..row };
    let unknown = Row { header: stranger, ..refused(Error::UnknownKeyId) };
    for Row { name, header, claims, lax, begun, expected } in [
        Row { name: "named", header: plain, ..row },
        Row { name: "escaped and pretty", header: escaped, ..row },
        Row { name: "unknown", ..unknown },
        Row { name: "unknown to a lax set", lax: true, ..unknown },
        Row { name: "another algorithm", header: other, ..refused(Error::AlgorithmMismatch) },
        Row { name: "no JSON", header: broken, lax: true, ..refused(Error::InvalidJson) },
        Row { name: "unnamed", header: unnamed, ..refused(Error::MissingKeyId) },
        Row { name: "unnamed, lax", header: unnamed, lax: true, begun: 3, ..row },
        Row { name: "longer than the rest", header: plain, claims: short, ..row },
        Row { name: "unknown, longer than the rest", claims: short, ..unknown },
        Row { name: "nested", header: nested, ..row },
        Row { name: "escaped, longer than the rest", header: escaped, claims: short, ..row },
        Row {
            name: "unknown, escaped",
            header: far,
            claims: short,
            ..refused(Error::UnknownKeyId)
        },
        Row {
            name: "no JSON, escaped",
            header: torn,
            claims: short,
            ..refused(Error::InvalidJson)
        },
    ] {
        let count = Rc::new(Cell::new(0));
        let mut keys: KeySet<Counting, 4> = KeySet::new();
        if lax {
            keys = keys.allow_missing_key_id();
        }
        for (key_id, secret) in [("k/1", [1; 32]), ("k/2", [2; 32]), ("k/3", [3; 32])] {
            let key = Counting { key: Key::new(&secret).unwrap(), begun: Rc::clone(&count) };
            keys.add(key_id, KeyEntry::new(key)).unwrap();
        }
        let token = sign("HS256", &[3; 32], header.as_bytes(), claims.as_bytes());
        let verifier = Verifier::new(&keys, POLICY);
        // A header with escapes or white space is kept twice.
        let mut buffer = vec![0; 2 * header.len() + claims.len()];
        for length in [1, 5, 64, token.len()] {
            count.set(0);
            let mut streaming = verifier.stream(&mut buffer);
            token.chunks(length).try_for_each(|piece| streaming.push(piece)).unwrap();
            assert_eq!(streaming.finish(NOW).map(drop), expected, "{name}");
            assert_eq!(count.get(), begun, "{name}");
        }
        let outcome = every_way::Verifier::new(&keys, POLICY).verify(&token, NOW, &mut buffer);
        assert_eq!(outcome.map(drop), expected, "{name}");
    }
}

/// If two keys have the same secret but different limits, the limits of the named key apply.
#[test]
fn named_key_is_used_if_several_have_the_same_secret() {
    let mut keys: KeySet<AnyKey, 4> = KeySet::new();
    let any = |algorithm| AnyKey::new(algorithm, &SECRET).unwrap();
    keys.add("retired", KeyEntry::new(any(AnyAlgorithm::Hs256)).retired_after(999)).unwrap();
    keys.add("good", KeyEntry::new(any(AnyAlgorithm::Hs256))).unwrap();
    keys.add("long", KeyEntry::new(any(AnyAlgorithm::Hs512))).unwrap();
    keys.add("other", KeyEntry::new(AnyKey::new(AnyAlgorithm::Hs256, &[7; 32]).unwrap())).unwrap();
    for (key_id, algorithm, expected) in [
        ("retired", "HS256", Err(Error::KeyRetired)),
        ("good", "HS256", Ok(())),
        ("long", "HS512", Ok(())),
        ("other", "HS256", Err(Error::SignatureMismatch)),
        ("good", "HS512", Err(Error::AlgorithmMismatch)),
    ] {
        for claims in [&br#"{"exp":2000}"#[..], CLAIMS] {
            let header = format!(r#"{{"alg":"{algorithm}","kid":"{key_id}"}}"#);
            let token = sign(algorithm, &SECRET, header.as_bytes(), claims);
            let mut buffer = vec![0; header.len() + claims.len()];
            let verifier = every_way::Verifier::new(&keys, POLICY);
            assert_eq!(verifier.verify(&token, NOW, &mut buffer).map(drop), expected, "{key_id}");
        }
    }
    // The signature has another length than the named key's MAC.
    let header = common::encode(br#"{"alg":"HS256","kid":"good"}"#);
    let payload = common::encode(br#"{"exp":2000}"#);
    let token = sign_segments("HS512", &SECRET, header.as_bytes(), payload.as_bytes());
    for room in [token.len(), 40] {
        let mut buffer = vec![0; room];
        let outcome = every_way::Verifier::new(&keys, POLICY).verify(&token, NOW, &mut buffer);
        assert_eq!(outcome.map(drop), Err(Error::SignatureLength));
    }
}

/// A forged token is refused by a set, whichever key it names and whatever an engine returns for
/// messages that are not its signing input.
#[test]
fn forged_token_is_refused_by_a_set() {
    /// A key whose engine returns zeros, or fails, for a message that is not a signing input.
    struct Odd(Key<Hs256>, bool);
    impl Mac for Odd {
        type Algorithm = Hs256;

        fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
            match message.contains(&b'.') {
                true => self.0.mac(message),
                false if self.1 => Err(Error::MacEngine),
                false => Ok([0; 32]),
            }
        }
    }
    impl StreamingMac for Odd {
        type Running = Vec<u8>;

        fn begin(&self) -> Result<Vec<u8>, Error> {
            Ok(Vec::new())
        }

        fn update(&self, running: &mut Vec<u8>, piece: &[u8]) -> Result<(), Error> {
            running.extend(piece);
            Ok(())
        }

        fn finish(&self, running: &mut Vec<u8>) -> Result<Tag<Self>, Error> {
            self.mac(running)
        }
    }
    fn check<K: StreamingMac>(keys: &KeySet<'_, K, 2>) {
        let verifier = Verifier::new(keys, POLICY);
        for header in [r#"{"alg":"HS256", "kid":"a","x":"kept twice"}"#, r#"{"alg":"HS256"}"#] {
            let signed = sign("HS256", &[9; 32], header.as_bytes(), br#"{"exp":2000}"#);
            let input = &signed[..signed.len() - 43];
            for tag in
                [[0; 32], [0x41; 32], common::mac("HS256", &[2; 32], b"").try_into().unwrap()]
            {
                let token = [input, common::encode(tag).as_bytes()].concat();
                let mut buffer = vec![0; 2 * header.len() + 12];
                let whole = verifier.verify(&token, NOW, &mut buffer).map(drop);
                assert!(whole.is_err());
                let mut streaming = verifier.stream(&mut buffer);
                streaming.push(&token).unwrap();
                let outcome = streaming.finish(NOW).map(drop);
                assert_eq!(outcome, whole, "{header}");
            }
        }
    }
    for lax in [false, true] {
        let mut keys: KeySet<Key<Hs256>, 2> = KeySet::new();
        let mut zeros: KeySet<Odd, 2> = KeySet::new();
        let mut failing: KeySet<Odd, 2> = KeySet::new();
        if lax {
            keys = keys.allow_missing_key_id();
            zeros = zeros.allow_missing_key_id();
            failing = failing.allow_missing_key_id();
        }
        for (key_id, secret) in [("a", [1; 32]), ("b", [2; 32])] {
            let key = || Key::new(&secret).unwrap();
            keys.add(key_id, KeyEntry::new(key())).unwrap();
            zeros.add(key_id, KeyEntry::new(Odd(key(), false))).unwrap();
            failing.add(key_id, KeyEntry::new(Odd(key(), true))).unwrap();
        }
        check(&keys);
        check(&zeros);
        check(&failing);
    }
}

/// The memory of a streaming verifier after it was used and dropped.
fn bytes_of_state(token: &[u8], way: fn(&mut StreamingVerifier<'_, '_, Key<Hs256>>)) -> Vec<u8> {
    let verifier = Verifier::new(key(), POLICY);
    let mut buffer = [0; 128];
    let mut place = std::mem::MaybeUninit::<StreamingVerifier<'_, '_, Key<Hs256>>>::zeroed();
    let streaming = place.write(verifier.stream(&mut buffer));
    token.chunks(50).try_for_each(|piece| streaming.push(piece)).unwrap();
    way(streaming);
    // SAFETY: a verifier was written there, and it is not used again.
    unsafe { place.assume_init_drop() };
    let size = size_of::<StreamingVerifier<'_, '_, Key<Hs256>>>();
    // SAFETY: the memory was zeroed before the verifier was written.
    unsafe { std::slice::from_raw_parts(place.as_ptr().cast::<u8>(), size).to_vec() }
}

#[test]
fn dropped_verifier_contains_no_part_of_the_token() {
    let good = good();
    let mut forged = good.clone();
    forged[60] ^= 1;
    let signature = common::decode(std::str::from_utf8(&good[good.len() - 43..]).unwrap());
    for (name, token, way) in [
        ("accepted", &good, (|s| _ = s.finish(NOW)) as fn(&mut StreamingVerifier<'_, '_, _>)),
        ("refused", &forged, |s| _ = s.finish(NOW)),
        ("reset", &good, |s| s.reset()),
        ("dropped", &good, |_| {}),
    ] {
        let bytes = bytes_of_state(token, way);
        for part in token.windows(4).chain(signature.windows(4)) {
            assert!(!bytes.windows(4).any(|window| window == part), "{name}: {part:?}");
        }
    }
}

/// A MAC engine like one in hardware: it takes one message at a time, in pieces, and can fail at
/// the end.
#[derive(Default)]
struct Engine {
    message: RefCell<Vec<u8>>,
    finished: Cell<usize>,
    is_broken: Cell<bool>,
}

impl Mac for Engine {
    type Algorithm = Hs256;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        if self.is_broken.get() { Err(Error::MacEngine) } else { key().mac(message) }
    }
}

impl StreamingMac for Engine {
    type Running = ();

    fn begin(&self) -> Result<(), Error> {
        self.message.borrow_mut().clear();
        Ok(())
    }

    fn update(&self, (): &mut (), piece: &[u8]) -> Result<(), Error> {
        self.message.borrow_mut().extend(piece);
        Ok(())
    }

    fn finish(&self, (): &mut ()) -> Result<Tag<Self>, Error> {
        self.finished.set(self.finished.get() + 1);
        self.mac(&self.message.borrow())
    }
}

#[test]
fn hardware_engine_takes_pieces() {
    let engine = Engine::default();
    let token = good();
    let signing_input = &token[..token.len() - 44];
    for length in [1, 2, 3, 64, 1000] {
        let verifier = Verifier::new(&engine, POLICY);
        let mut buffer = [0; 128];
        let mut streaming = verifier.stream(&mut buffer);
        token.chunks(length).try_for_each(|piece| streaming.push(piece)).unwrap();
        assert!(streaming.finish(NOW).is_ok());
        assert_eq!(*engine.message.borrow(), signing_input);
        assert_eq!(engine.finished.replace(0), 1, "once for each token");
    }
    engine.is_broken.set(true);
    let mut dirty = token.clone();
    dirty[3] = b'!';
    let mut text = token.clone();
    text.truncate(100);
    for (name, token, expected) in [
        ("fails", &token, Error::MacEngine),
        ("not Base64URL", &dirty, Error::InvalidBase64Url { segment: Segment::Header }),
        ("cut off", &text, Error::NotCompactSerialization),
    ] {
        let mut buffer = [0; 128];
        let outcome = every_way::Verifier::new(&engine, POLICY).verify(token, NOW, &mut buffer);
        assert_eq!(outcome.map(drop), Err(expected), "{name}");
    }
    assert_eq!(
        engine.finished.get(),
        24,
        "only for the well-formed text, three times in each of eight ways"
    );
}

#[test]
fn debug_shows_nothing_of_the_token() {
    let verifier = Verifier::new(key(), POLICY);
    let mut buffer = [0; 128];
    let mut streaming = verifier.stream(&mut buffer);
    streaming.push(&good()).unwrap();
    assert_eq!(format!("{streaming:?}"), "StreamingVerifier { .. }");
    let jws = JwsVerifier::new(key());
    let mut buffer = [0; 128];
    assert_eq!(format!("{:?}", jws.stream(&mut buffer)), "StreamingJwsVerifier { .. }");
    let running = key().begin().unwrap();
    assert_eq!(format!("{running:?}"), r#"RunningHmac { algorithm: "HS256", .. }"#);
}

/// An engine on a bus that works, but for one transfer: the one that has `left` before it.
struct Bus {
    key: Key<Hs256>,
    left: Cell<usize>,
    has_failed: Rc<Cell<bool>>,
}

impl Bus {
    fn new(left: usize) -> Self {
        Self { key: key(), left: Cell::new(left), has_failed: Rc::default() }
    }

    fn transfer(&self) -> Result<(), Error> {
        assert!(!self.has_failed.get(), "asked again");
        let left = self.left.get();
        self.left.set(left.wrapping_sub(1));
        self.has_failed.set(left == 0);
        if left == 0 { Err(Error::MacEngine) } else { Ok(()) }
    }
}

impl Mac for Bus {
    type Algorithm = Hs256;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.transfer()?;
        self.key.mac(message)
    }
}

impl StreamingMac for Bus {
    type Running = <Key<Hs256> as StreamingMac>::Running;

    fn begin(&self) -> Result<Self::Running, Error> {
        self.transfer()?;
        self.key.begin()
    }

    fn update(&self, running: &mut Self::Running, piece: &[u8]) -> Result<(), Error> {
        self.transfer()?;
        self.key.update(running, piece)
    }

    fn finish(&self, running: &mut Self::Running) -> Result<Tag<Self>, Error> {
        self.transfer()?;
        self.key.finish(running)
    }
}

/// Whichever transfer fails, the answer is that of a whole token whose engine fails: never a
/// signature that does not match, and never another error in place of the text's own. `push` says
/// so for the piece whose transfer failed.
#[test]
fn an_engine_that_fails_at_any_transfer_is_told_and_told_at_once() {
    let good = good();
    let spaced = sign("HS256", &SECRET, br#"{ "alg" : "HS256" }"#, CLAIMS);
    let mut forged = good.clone();
    *forged.last_mut().unwrap() ^= 4;
    let mut dirty = good.clone();
    dirty[60] = b'!';
    let dirty_error = Error::InvalidBase64Url { segment: Segment::Payload };
    let crit = sign("HS256", &SECRET, br#"{"alg":"HS256","crit":["x"]}"#, CLAIMS);
    for (name, token, room, holds, fails) in [
        ("good", &good, 128, Ok(()), Error::MacEngine),
        ("white space", &spaced, 128, Ok(()), Error::MacEngine),
        ("forged", &forged, 128, Err(Error::SignatureMismatch), Error::MacEngine),
        ("header refused", &crit, 128, Err(Error::CriticalExtension), Error::MacEngine),
        ("malformed", &dirty, 128, Err(dirty_error), dirty_error),
        (
            "small buffer",
            &good,
            20,
            Err(Error::BufferTooSmall { needed: 89 }),
            Error::BufferTooSmall { needed: 89 },
        ),
    ] {
        let whole = |left| {
            let verifier = Verifier::new(Bus::new(left), POLICY);
            verifier.verify(token, NOW, &mut vec![0; room]).map(drop)
        };
        assert_eq!((whole(1), whole(0)), (holds, Err(fails)), "{name}");
        for length in [1, 7, 64, token.len()] {
            let in_pieces = |left| {
                let bus = Bus::new(left);
                let has_failed = bus.has_failed.clone();
                let verifier = Verifier::new(bus, POLICY);
                let mut buffer = vec![0; room];
                let mut streaming = verifier.stream(&mut buffer);
                for piece in token.chunks(length) {
                    let outcome = streaming.push(piece);
                    let expected = if has_failed.get() { Err(Error::MacEngine) } else { Ok(()) };
                    assert_eq!(outcome, expected, "{name}");
                    assert!(streaming.is_refused() >= has_failed.get(), "{name}");
                }
                streaming.finish(NOW).map(drop)
            };
            let at_the_end = |left| {
                let mut buffer = vec![0; room];
                let mut incoming = IncomingToken::new(&mut buffer);
                token.chunks(length).try_for_each(|piece| incoming.push(piece)).unwrap();
                incoming.verify(&Verifier::new(Bus::new(left), POLICY), NOW).map(drop)
            };
            type Way<'w> = &'w dyn Fn(usize) -> Result<(), Error>;
            let ways: [(&str, Way<'_>); 2] =
                [("in pieces", &in_pieces), ("at the end", &at_the_end)];
            for (way, verify) in ways {
                let enough = (0..100).find(|left| verify(*left) == holds).unwrap();
                for left in 0..100 {
                    let expected = if left < enough { Err(fails) } else { holds };
                    assert_eq!(verify(left), expected, "{name}, {way} of {length}, {left}");
                }
            }
        }
    }
}

/// A token in a static waits for its end while keys are added and removed. The keys that are there
/// at the end judge it.
#[test]
fn keys_can_change_while_a_token_waits() {
    let with_kid = |kid: &str| {
        let header = format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#);
        sign("HS256", &SECRET, header.as_bytes(), CLAIMS)
    };
    let entry = || KeyEntry::new(key());
    for (name, kid, before, after, expected) in [
        ("same keys", "a", &["a"][..], &["a"][..], Ok(())),
        ("added", "b", &["a"], &["a", "b"], Ok(())),
        ("removed", "a", &["a", "b"], &["b"], Err(Error::UnknownKeyId)),
    ] {
        let token = with_kid(kid);
        let mut keys: KeySet<Key<Hs256>, 4> = KeySet::new();
        before.iter().try_for_each(|kid| keys.add(kid, entry())).unwrap();
        let mut verifier = Verifier::new(keys, POLICY);
        let mut buffer = [0; 128];
        let mut incoming = IncomingToken::new(&mut buffer);
        let (first, rest) = token.split_at(70);
        incoming.push(first).unwrap();
        for kid in before.iter().filter(|kid| !after.contains(kid)) {
            verifier.keys_mut().remove(*kid).unwrap();
        }
        for kid in after.iter().filter(|kid| !before.contains(kid)) {
            verifier.keys_mut().add(kid, entry()).unwrap();
        }
        incoming.push(rest).unwrap();
        assert_eq!(incoming.verify(&verifier, NOW).map(drop), expected, "{name}");
        // The next token has nothing of this one.
        incoming.push(&with_kid("b")).unwrap();
        let expected = if after.contains(&"b") { Ok(()) } else { Err(Error::UnknownKeyId) };
        assert_eq!(incoming.verify(&verifier, NOW).map(drop), expected, "{name}, the next one");
    }
}

#[test]
fn an_incoming_token_is_wiped_unless_it_is_accepted() {
    let verifier = Verifier::new(key(), POLICY);
    let token = good();
    type End = fn(&mut IncomingToken<'_>, &Verifier<'_, Key<Hs256>>);
    let ways: [(&str, End); 3] = [
        ("reset", |incoming, _| incoming.reset()),
        ("refused", |incoming, verifier| {
            incoming.push(b"AAAA").unwrap();
            assert!(incoming.verify(verifier, NOW).is_err());
        }),
        ("dropped", |_, _| {}),
    ];
    for (name, end) in ways {
        for length in [10, 64, 100, token.len()] {
            let mut buffer = [0; 128];
            let mut incoming = IncomingToken::new(&mut buffer);
            incoming.push(&token[..length]).unwrap();
            assert_eq!(format!("{incoming:?}"), "IncomingToken { .. }");
            end(&mut incoming, &verifier);
            drop(incoming);
            assert_eq!(buffer, [0; 128], "{name} after {length}");
        }
    }
    let mut buffer = [0; 128];
    let mut incoming = IncomingToken::new(&mut buffer);
    incoming.push(&token).unwrap();
    assert!(incoming.verify(&verifier, NOW).is_ok());
    drop(incoming);
    assert!(buffer.starts_with(br#"{"alg":"HS256""#));
}
