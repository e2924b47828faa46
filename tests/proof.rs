//! What a verified token contains, and what the crate promises: sizes, memory use, no leaks.

mod common;

use std::cell::Cell;
use std::hint::black_box;
use std::mem::size_of;

use common::{SECRET, every_way};
use embedded_jwt::{
    Algorithm, AnyAlgorithm, AnyKey, AnyRunningHmac, Claims, DetachedStream, Error, ErrorClass,
    Header, Hs256, Hs384, Hs512, IncomingToken, JsonString, JwkError, JwksReport, Jws, JwsVerifier,
    Key, KeyEntry, KeyHandle, KeyName, KeySet, Mac, NumericDate, PendingToken, Policy,
    PolicyBuilder, ReplayGuard, Revocations, RunningHmac, Segment, StreamingJwsVerifier,
    StreamingVerifier, Tag, Time, TimeFloor, Token, UnverifiedHeader, Verifier, WhenFull,
    unverified_header,
};

#[global_allocator]
static ALLOCATOR: counting::Allocator = counting::Allocator;

/// Counts the allocations of a thread.
mod counting {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    pub(crate) struct Allocator;

    thread_local! {
        static COUNT: Cell<usize> = const { Cell::new(0) };
    }

    // SAFETY: the system's allocator does the work.
    unsafe impl GlobalAlloc for Allocator {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            COUNT.set(COUNT.get() + 1);
            // SAFETY: the caller keeps the same contract.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            // SAFETY: the caller keeps the same contract.
            unsafe { System.dealloc(pointer, layout) }
        }
    }

    pub(crate) fn allocations(work: impl FnOnce()) -> usize {
        let before = COUNT.get();
        work();
        COUNT.get() - before
    }
}

fn key() -> Key<Hs256> {
    Key::new(&SECRET).unwrap()
}

fn sign(header: &str, claims: &str) -> Vec<u8> {
    common::sign("HS256", &SECRET, header.as_bytes(), claims.as_bytes())
}

const CLAIMS: &str = r#"{ "iss":"https:\/\/id.example", "sub":"CONTOSO\\erika",
    "aud":["a","door-7"], "exp":1900000000.25, "nbf":1.7e9, "iat":-1,
    "jti":"\u00e4\ud834\udd1e", "door":"7b", "uses":3,
    "note":"line\nline", "list":[1,2,3], "nested":{"a":[{"b":"c"}]}, "twice":1, "twice":2 }"#;

fn verified<'b>(claims: &str, buffer: &'b mut [u8]) -> Token<'b> {
    let policy = Policy::builder().audience("door-7").build().unwrap();
    let token = sign(r#"{"alg":"HS256","typ":"JWT","kid":"k\u0031","n":7}"#, claims);
    Verifier::new(key(), policy).verify(&token, Time::Known(1_800_000_000), buffer).unwrap()
}

#[test]
fn token_gives_its_header_and_registered_claims() {
    let mut buffer = [0; 1024];
    let token = verified(CLAIMS, &mut buffer);
    let (header, claims) = (token.header(), token.claims());
    assert_eq!(header.key_id().unwrap(), "k1");
    assert_eq!(header.typ().unwrap(), "JWT");
    assert!(header.content_type().is_none());
    assert_eq!(header.get("n"), Ok(7));
    assert_eq!(header.get::<u8>("m"), Err(Error::MissingMember));
    assert_eq!(header.string("kid").unwrap(), "k1");
    assert!(matches!(header.string("n"), Err(Error::UnreadableValue { position: 42 })));
    assert_eq!(header.string("m").err(), Some(Error::MissingMember));
    assert_eq!(header.as_json(), r#"{"alg":"HS256","typ":"JWT","kid":"k1","n":7}"#);
    assert_eq!(claims.issuer().unwrap().as_str(), Some("https://id.example"));
    assert_eq!(claims.subject().unwrap(), "CONTOSO\\erika");
    assert_eq!(claims.subject().unwrap().as_str(), None);
    assert_eq!(claims.subject().unwrap().to_string(), "CONTOSO\\erika");
    assert_eq!(claims.jwt_id().unwrap(), "\u{e4}\u{1d11e}");
    let audiences: Vec<_> = claims.audiences().map(|name| name.to_string()).collect();
    assert_eq!(audiences, ["a", "door-7"]);
    let date =
        |date: Option<NumericDate>| date.map(|date| (date.seconds(), date.subsec_nanoseconds()));
    assert_eq!(date(claims.expiration()), Some((1_900_000_000, 250_000_000)));
    assert_eq!(date(claims.not_before()), Some((1_700_000_000, 0)));
    assert_eq!(date(claims.issued_at()), Some((-1, 0)));
}

#[test]
fn claim_of_any_name_is_read_or_refused() {
    let mut buffer = [0; 1024];
    let token = verified(CLAIMS, &mut buffer);
    let claims = token.claims();
    assert_eq!(claims.get("door"), Ok("7b"));
    assert_eq!(claims.get("uses"), Ok(3_u8));
    assert_eq!(claims.get("list"), Ok([1, 2, 3]));
    let unreadable = |text| {
        let position = claims.as_json().find(text).unwrap() as u16;
        Error::UnreadableValue { position }
    };
    let uses = unreadable(r#"3,"note""#);
    assert_eq!(claims.get::<Option<bool>>("uses"), Err(uses));
    assert_eq!(claims.get::<bool>("uses"), Err(uses));
    assert_eq!(claims.get::<&str>("uses"), Err(uses));
    assert_eq!(claims.get::<u64>("exp"), Err(unreadable("1900000000.25")));
    assert_eq!(claims.get::<[u8; 2]>("list"), Err(unreadable("[1,2,3]")));
    assert_eq!(claims.get::<&str>("missing"), Err(Error::MissingMember));
    assert_eq!(claims.get::<u8>("twice"), Err(Error::DuplicateClaim));
    assert_eq!(claims.get::<&str>("b"), Err(Error::MissingMember));
    // A string with an escape can't be borrowed.
    assert_eq!(claims.get::<&str>("note"), Err(unreadable(r#""line\nline""#)));
    assert_eq!(claims.get("note"), Ok("line\nline".to_owned()));
    assert_eq!(claims.string("note").unwrap(), "line\nline");
    assert_eq!(claims.string("uses").err(), Some(uses));
    assert_eq!(claims.string("missing").err(), Some(Error::MissingMember));
    assert_eq!(claims.string("twice").err(), Some(Error::DuplicateClaim));
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Nested<'a> {
    #[serde(borrow)]
    a: heapless::Vec<Inner<'a>, 2>,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Inner<'a> {
    b: &'a str,
}

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Whole<'a> {
    door: &'a str,
    #[serde(rename = "uses")]
    count: u8,
    sub: heapless::String<16>,
    note: heapless::String<16>,
    list: heapless::Vec<u8, 4>,
    #[serde(borrow)]
    nested: Nested<'a>,
    absent: Option<u8>,
}

#[test]
fn claims_are_read_into_a_struct() {
    let mut buffer = [0; 1024];
    let token = verified(CLAIMS, &mut buffer);
    let whole: Whole = token.claims().read().unwrap();
    let inner = Inner { b: "c" };
    assert_eq!(
        whole,
        Whole {
            door: "7b",
            count: 3,
            sub: "CONTOSO\\erika".try_into().unwrap(),
            note: "line\nline".try_into().unwrap(),
            list: [1, 2, 3].into(),
            nested: Nested { a: heapless::Vec::from_iter([inner]) },
            absent: None,
        }
    );
}

#[test]
fn buffer_of_exactly_the_needed_length_is_enough() {
    let token = sign(r#"{"alg":"HS256"}"#, r#"{"exp":9999999999}"#);
    let needed = 15 + 18;
    let verifier = Verifier::new(key(), Policy::builder().build().unwrap());
    let mut buffer = [0xaa; 64];
    for length in 0..needed {
        let result = verifier.verify(&token, Time::Known(0), &mut buffer[..length]);
        assert_eq!(result.err(), Some(Error::BufferTooSmall { needed: needed as u16 }));
    }
    assert_eq!(buffer, [0xaa; 64], "nothing was written");
    assert_eq!(
        Error::BufferTooSmall { needed: 33 }.to_string(),
        "buffer is too small: 33 bytes are needed"
    );
    assert!(verifier.verify(&token, Time::Known(0), &mut buffer[..needed]).is_ok());
    assert_eq!(buffer[needed..], [0xaa; 64][needed..], "nothing was written after it");
    let mut header = [0; 15];
    assert!(unverified_header(&token, &mut header).is_ok());
    let result = unverified_header(&token, &mut header[..14]);
    assert_eq!(result.err(), Some(Error::BufferTooSmall { needed: 15 }));
}

#[test]
fn refused_token_is_wiped_from_the_buffer() {
    let good = sign(r#"{"alg":"HS256"}"#, r#"{"exp":9999999999,"secret":"of somebody"}"#);
    let mut forged = good.clone();
    *forged.last_mut().unwrap() = if forged.ends_with(b"A") { b"E" } else { b"A" }[0];
    let mut dirty = good.clone();
    dirty[40] = b'!';
    for (name, token) in [
        ("forged", forged),
        ("dirty", dirty),
        ("header", sign(r#"{"alg":"HS512"}"#, r#"{"exp":9999999999}"#)),
        ("json", sign(r#"{"alg":"HS256"}"#, r#"{"exp":9999999999,}"#)),
        ("policy", sign(r#"{"alg":"HS256"}"#, r#"{"exp":1}"#)),
    ] {
        let mut buffer = [0xaa; 256];
        let verifier = Verifier::new(key(), Policy::builder().build().unwrap());
        assert!(verifier.verify(&token, Time::Known(2), &mut buffer).is_err(), "{name}");
        let written = buffer.iter().position(|&byte| byte == 0xaa).unwrap();
        assert!(written > 20, "{name}: the token was decoded");
        assert!(buffer[..written].iter().all(|&byte| byte == 0), "{name}");
        if name != "json" && name != "policy" {
            let mut buffer = [0xaa; 256];
            assert!(JwsVerifier::new(key()).verify(&token, &mut buffer).is_err(), "{name}");
            assert!(buffer.iter().all(|&byte| byte == 0 || byte == 0xaa), "{name}");
        }
    }
    let mut buffer = [0xaa; 64];
    assert!(unverified_header(&sign(r#"{"alg":1}"#, "{}"), &mut buffer).is_err());
    assert!(buffer.iter().all(|&byte| byte == 0 || byte == 0xaa));
}

#[test]
fn unverified_header_gives_alg_kid_and_typ() {
    let mut buffer = [0; 128];
    let read = |header: &str, buffer: &mut [u8]| {
        let token = format!("{}.x.y", common::encode(header.as_bytes()));
        unverified_header(token.as_bytes(), buffer).map(|header| {
            let text = |string: Option<JsonString>| string.map(|string| string.to_string());
            (header.algorithm().to_string(), text(header.key_id()), text(header.typ()))
        })
    };
    for (header, expected) in [
        (r#"{"alg":"none"}"#, Ok(("none".into(), None, None))),
        (
            r#"{"alg":"HS512","kid":"\u0061\"","typ":"JWT","crit":["b64"]}"#,
            Ok(("HS512".into(), Some("a\"".into()), Some("JWT".into()))),
        ),
        (r#"{}"#, Err(Error::MissingAlgorithm)),
        (r#"{"alg":1}"#, Err(Error::InvalidAlgorithm)),
        (r#"{"alg":"","kid":1}"#, Err(Error::InvalidKeyId)),
        (r#"{"alg":"","typ":1}"#, Err(Error::InvalidType)),
        (r#"{"alg":"","cty":1}"#, Err(Error::InvalidContentType)),
        (r#"{"alg":"","kid":"a","kid":"b"}"#, Err(Error::DuplicateHeaderParameter)),
        (r#"{"alg":"","x":tru}"#, Err(Error::InvalidJson)),
    ] {
        assert_eq!(read(header, &mut buffer), expected, "{header}");
    }
    assert_eq!(unverified_header(b"e30", &mut buffer).err(), Some(Error::NotCompactSerialization));
    assert_eq!(
        unverified_header(b"e3=.x.y", &mut buffer).err(),
        Some(Error::InvalidBase64Url { segment: Segment::Header })
    );
}

#[test]
fn secret_in_base64url_makes_the_same_key() {
    let text =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let mut scratch = [0xaa; 80];
    let decoded = Key::<Hs512>::from_base64url(text.as_bytes(), &mut scratch).unwrap();
    assert_eq!(decoded.mac(b"x"), Key::<Hs512>::new(&SECRET).unwrap().mac(b"x"));
    assert_eq!(scratch[..64], [0; 64], "wiped");
    assert_eq!(scratch[64..], [0xaa; 16], "untouched");
    let check = |name: &str, text: &str, room: usize, error: Error| {
        let mut scratch = [0xaa; 80];
        let key = Key::<Hs512>::from_base64url(text.as_bytes(), &mut scratch[..room]);
        assert_eq!(key.err(), Some(error), "{name}");
        assert!(scratch.iter().all(|&byte| byte == 0 || byte == 0xaa), "{name}");
    };
    for (name, text, error) in [
        ("padded", format!("{text}=="), Error::KeyNotBase64Url),
        ("unused bits set", text.replace("CAow", "CAox"), Error::KeyNotBase64Url),
        ("another alphabet", text.replace('-', "+"), Error::KeyNotBase64Url),
        ("impossible length", format!("{text}AAA"), Error::KeyNotBase64Url),
        ("line feed", format!("{text}\n"), Error::KeyNotBase64Url),
        ("short", text[..84].to_owned(), Error::KeyTooShort { needed: 64 }),
        ("empty", String::new(), Error::KeyTooShort { needed: 64 }),
    ] {
        check(name, &text, 80, error);
    }
    check("small scratch", text, 63, Error::BufferTooSmall { needed: 64 });
    check("long", &"A".repeat(90_000), 63, Error::BufferTooSmall { needed: u16::MAX });
}

#[test]
fn header_of_a_jws_may_have_32_levels() {
    for (levels, accepted) in [(31, true), (32, false)] {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        let token = sign(&format!(r#"{{"alg":"HS256","x":{open}{close}}}"#), "any");
        let mut buffer = [0; 128];
        let jws = JwsVerifier::new(key()).verify(&token, &mut buffer);
        assert_eq!(jws.is_ok(), accepted, "{levels}");
    }
}

/// A MAC engine like one in hardware: it takes one message at a time, and can fail.
struct Engine {
    key: Key<Hs256>,
    starts: Cell<usize>,
    broken: Cell<bool>,
}

impl Mac for Engine {
    type Algorithm = Hs256;

    fn mac(&self, message: &[u8]) -> Result<Tag<Self>, Error> {
        self.starts.set(self.starts.get() + 1);
        if self.broken.get() { Err(Error::MacEngine) } else { self.key.mac(message) }
    }
}

#[test]
fn hardware_engine_can_replace_the_key() {
    let engine = Engine { key: key(), starts: Cell::new(0), broken: Cell::new(false) };
    let verifier = Verifier::new(&engine, Policy::builder().build().unwrap());
    let token = sign(r#"{"alg":"HS256"}"#, r#"{"exp":9}"#);
    let mut buffer = [0; 64];
    assert!(verifier.verify(&token, Time::Known(0), &mut buffer).is_ok());
    assert!(JwsVerifier::new(&engine).verify(&token, &mut buffer).is_ok());
    assert_eq!(engine.starts.get(), 2, "once for each token");
    // The verifier compares the MACs, not the engine.
    let other = [&token[..token.len() - 1], b"A"].concat();
    assert_eq!(
        verifier.verify(&other, Time::Known(0), &mut buffer).err(),
        Some(Error::SignatureMismatch)
    );
    engine.broken.set(true);
    assert_eq!(verifier.verify(&token, Time::Known(0), &mut buffer).err(), Some(Error::MacEngine));
}

#[test]
fn verification_allocates_nothing() {
    let token = sign(r#"{"alg":"HS256","typ":"JWT"}"#, CLAIMS);
    let policy = Policy::builder().audience("door-7").leeway(60).build().unwrap();
    let count = counting::allocations(|| {
        let verifier = Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
        let (mut buffer, mut other) = ([0; 1024], [0; 1024]);
        let sent = &token;
        let token = verifier.verify(sent, Time::Known(1_800_000_000), &mut buffer).unwrap();
        assert_eq!(token.claims().get("door"), Ok("7b"));
        let mut streaming = verifier.stream(&mut other);
        sent.chunks(7).try_for_each(|piece| streaming.push(piece)).unwrap();
        assert!(streaming.finish(Time::Known(1_800_000_000)).is_ok());
        assert!(token.claims().read::<Whole>().is_ok());
        assert_eq!(
            verifier.verify(b"..", Time::Unknown, &mut []).err(),
            Some(Error::SignatureLength)
        );
    });
    assert_eq!(count, 0);
    assert_eq!(counting::allocations(|| drop(black_box(Box::new(1)))), 1, "the counter counts");

    let secret = common::encode(&*SECRET);
    let jwks = format!(r#"{{"keys":[{{"kty":"oct","kid":"k1","k":"{secret}"}}]}}"#);
    let mut jwks = jwks.into_bytes();
    let token = sign(r#"{"alg":"HS256","kid":"k\u0031"}"#, CLAIMS);
    let count = counting::allocations(|| {
        let mut keys: KeySet<AnyKey, 2> = KeySet::new();
        let read = keys.read_jwks(&mut jwks, None, Some(AnyAlgorithm::Hs256));
        assert_eq!(read.map(JwksReport::added), Ok(1));
        let mut revocations: Revocations<2> = Revocations::new();
        revocations.revoke_jwt_id("x", u64::MAX).unwrap();
        let mut guard: ReplayGuard<2> = ReplayGuard::new(WhenFull::Refuse);
        let mut floor = TimeFloor::new(0, u32::MAX);
        let verifier = Verifier::new(&keys, policy);
        let time = Time::Known(1_800_000_000);
        let mut buffer = [0; 1024];
        let token = verifier.verify_with(&token, time, &revocations, &mut guard, &mut buffer);
        floor.raise(&token.unwrap());
        let mut memory = [0; ReplayGuard::<2>::MAX_SAVED_LENGTH];
        let saved = guard.save(&mut memory).unwrap();
        assert_eq!(guard.restore(saved), Ok(()));
    });
    assert_eq!(count, 0);
}

#[test]
#[cfg_attr(
    target_arch = "x86",
    ignore = "aligns 64-bit integers to 4 bytes, unlike the devices that the documentation is about"
)]
fn public_types_have_the_documented_sizes() {
    let pointer = size_of::<usize>();
    let on_64 = pointer == 8;
    // Integers of 128 bits are aligned to 16 bytes on most 64-bit targets, but to 8 on s390x.
    let by_alignment = |on_32, aligned_to_8, aligned_to_16| match align_of::<Key<Hs512>>() {
        16 => aligned_to_16,
        _ if on_64 => aligned_to_8,
        _ => on_32,
    };
    assert_eq!(size_of::<Error>(), 4);
    assert_eq!(size_of::<Time>(), 16);
    assert_eq!(size_of::<NumericDate>(), 16);
    assert_eq!(size_of::<Key<Hs256>>(), 80);
    assert_eq!(size_of::<Key<Hs384>>(), 160);
    assert_eq!(size_of::<Key<Hs512>>(), 160);
    assert_eq!(size_of::<JsonString>(), 2 * pointer);
    let spans = if on_64 && cfg!(not(embedded_jwt_small)) { 16 } else { 8 };
    assert_eq!(size_of::<Header>(), 2 * pointer + spans * 4);
    assert_eq!(size_of::<UnverifiedHeader>(), size_of::<Header>());
    assert_eq!(size_of::<Claims>(), size_of::<Header>());
    assert_eq!(size_of::<Token>(), 2 * size_of::<Header>());
    assert_eq!(size_of::<Jws>(), size_of::<Header>() + 2 * pointer);
    assert_eq!(
        size_of::<Policy>(),
        12 * pointer /* texts, lists */ + 4 + 3 * 8 /* seconds */ + 7 /* depth, switches */
            + if on_64 { 5 } else { 1 } /* padding */
    );
    assert_eq!(size_of::<PolicyBuilder>(), size_of::<Policy>() + pointer);
    assert_eq!(size_of::<Verifier<Key<Hs256>>>(), 80 + size_of::<Policy>());
    assert_eq!(size_of::<JwsVerifier<Key<Hs256>>>(), 80 + 2 * pointer);

    assert_eq!(size_of::<StreamingVerifier<'_, '_, Key<Hs256>>>(), by_alignment(304, 336, 336));
    assert_eq!(size_of::<StreamingVerifier<'_, '_, Key<Hs384>>>(), by_alignment(464, 496, 512));
    assert_eq!(size_of::<StreamingVerifier<'_, '_, Key<Hs512>>>(), by_alignment(480, 512, 528));
    assert_eq!(size_of::<StreamingVerifier<'_, '_, AnyKey>>(), by_alignment(480, 512, 528));
    assert_eq!(
        size_of::<StreamingVerifier<'_, '_, &KeySet<Key<Hs256>, 4>>>(),
        by_alignment(304, 336, 336)
    );
    assert_eq!(size_of::<StreamingJwsVerifier<'_, '_, Key<Hs512>>>(), by_alignment(480, 512, 528));
    assert_eq!(size_of::<IncomingToken<'_>>(), if on_64 { 200 } else { 168 });
    assert_eq!(size_of::<KeyHandle<Hs256, u8>>(), 1);
    let pending = |on_32| on_32 + if on_64 { 64 + 4 * (spans - 8) } else { 0 };
    assert_eq!(size_of::<PendingToken<'_, '_, '_, KeyHandle<Hs256, u8>>>(), pending(160));
    assert_eq!(size_of::<PendingToken<'_, '_, '_, KeyHandle<Hs384, u8>>>(), pending(176));
    assert_eq!(size_of::<PendingToken<'_, '_, '_, &KeySet<AnyKey, 4>>>(), pending(192));
    // The small code path on a 64-bit computer has sizes of its own, which nobody ships.
    if !on_64 || cfg!(not(embedded_jwt_small)) {
        assert_eq!(size_of::<DetachedStream<'_, '_, Key<Hs256>>>(), by_alignment(248, 304, 304));
        assert_eq!(size_of::<DetachedStream<'_, '_, Key<Hs384>>>(), by_alignment(408, 464, 480));
        assert_eq!(size_of::<DetachedStream<'_, '_, Key<Hs512>>>(), by_alignment(424, 480, 496));
    }
    assert_eq!(size_of::<RunningHmac<Hs256>>(), 144);
    assert_eq!(size_of::<RunningHmac<Hs384>>(), 288);
    assert_eq!(size_of::<RunningHmac<Hs512>>(), 288);
    assert_eq!(size_of::<AnyRunningHmac>(), 288 + align_of::<AnyRunningHmac>());

    assert_eq!(size_of::<AnyAlgorithm>(), 1);
    assert_eq!(size_of::<AnyKey>(), 160 + align_of::<AnyKey>());
    assert_eq!(size_of::<JwkError>(), 12);
    assert_eq!(size_of::<JwksReport>(), 18);
    assert_eq!(size_of::<KeyName<'_>>(), 5 * pointer);
    let scope = 2 * pointer /* issuer */ + 2 * 8 /* times */;
    assert_eq!(size_of::<KeyEntry<Key<Hs256>>>(), 80 + scope);
    let key_id = 64 + 2 * pointer /* length, whether there is one */;
    let [one, four] = [size_of::<KeySet<Key<Hs256>, 1>>(), size_of::<KeySet<Key<Hs256>, 4>>()];
    assert_eq!(four - one, 3 * (80 + scope + key_id), "for each key");
    assert_eq!(one - (80 + scope + key_id), 2 * pointer, "for the set");
    assert_eq!(size_of::<ReplayGuard<16>>(), 16 * 24 + 16 + pointer);
    assert_eq!(size_of::<Revocations<16>>(), 16 * 32 + 8 + pointer);
    assert_eq!(size_of::<TimeFloor>(), 16);
}

#[test]
#[cfg_attr(
    target_arch = "x86",
    ignore = "aligns 64-bit integers to 4 bytes, unlike the devices that the documentation is about"
)]
fn field_page_states_the_actual_sizes() {
    let page = include_str!("../FIELD.md");
    for (tokens, size) in [
        ("1", size_of::<ReplayGuard<1>>()),
        ("60", size_of::<ReplayGuard<60>>()),
        ("3,000", size_of::<ReplayGuard<3_000>>()),
    ] {
        let size = match size {
            0..1_000 => size.to_string(),
            _ => format!("{},{:03}", size / 1_000, size % 1_000),
        };
        let row = format!("| {tokens} | {size} |");
        assert!(page.contains(&row), "{row}");
    }
    let saved = [ReplayGuard::<0>::MAX_SAVED_LENGTH, ReplayGuard::<1>::MAX_SAVED_LENGTH];
    assert!(page.contains(&format!(
        "saved is {} bytes and {} for each token",
        saved[0],
        saved[1] - saved[0]
    )));
}

#[test]
fn header_gives_its_content_type() {
    let token = sign(r#"{"alg":"HS256","cty":"text/plain"}"#, r#"{"exp":9}"#);
    let mut buffer = [0; 64];
    let jws = JwsVerifier::new(key()).verify(&token, &mut buffer).unwrap();
    assert_eq!(jws.header().content_type().unwrap(), "text/plain");
    assert_eq!(format!("{jws:?}"), "Jws { .. }");
}

#[test]
fn debug_shows_no_secret_and_no_claim() {
    let secret = *b"0123456789abcdef0123456789abcdef";
    let key = Key::<Hs256>::new(&secret).unwrap();
    assert_eq!(format!("{key:?}"), r#"Key { algorithm: "HS256", .. }"#);
    let verifier = Verifier::new(key, Policy::builder().build().unwrap());
    assert!(
        format!("{verifier:?}").starts_with(r#"Verifier { keys: Key { algorithm: "HS256", .. }"#)
    );
    let mut buffer = [0; 1024];
    let token = verified(CLAIMS, &mut buffer);
    assert_eq!(format!("{token:?}"), "Token { .. }");
    assert_eq!(format!("{:?} {:?}", token.claims(), token.header()), "Claims { .. } Header { .. }");
}

#[test]
fn key_is_wiped_when_dropped() {
    fn wiped_on_drop<A: Algorithm>() {
        let secret = [0x5a; 64];
        let mut place = std::mem::MaybeUninit::<Key<A>>::zeroed();
        let size = size_of::<Key<A>>();
        place.write(Key::new(&secret).unwrap());
        let bytes = |place: &std::mem::MaybeUninit<Key<A>>| {
            // SAFETY: a key has only integers and no padding, and its memory was zeroed before.
            unsafe { std::slice::from_raw_parts(place.as_ptr().cast::<u8>(), size).to_vec() }
        };
        assert!(bytes(&place).iter().filter(|&&byte| byte != 0).count() > size / 2);
        // SAFETY: a key was written there, and it is not used again.
        unsafe { place.assume_init_drop() };
        assert_eq!(bytes(&place), vec![0; size]);
    }
    wiped_on_drop::<Hs256>();
    wiped_on_drop::<Hs384>();
    wiped_on_drop::<Hs512>();
}

/// An empty payload may be that of a token whose payload travels apart, and `zip` may say why a
/// payload is no JSON. Neither is looked at where nothing is wrong.
#[test]
fn payloads_that_are_detached_or_compressed_are_told_as_such() {
    use Error::{
        CompressedPayload, DetachedPayload, DuplicateClaim, InvalidJson, SignatureMismatch,
    };
    const PLAIN: &str = r#"{"alg":"HS256"}"#;
    const ZIP: &str = r#"{"alg":"HS256","zip":"DEF"}"#;
    const CLAIMS: &[u8] = br#"{"exp":2000}"#;
    /// The start of what DEFLATE makes of a claims set.
    const DEFLATED: &[u8] = &[0xab, 0x56, 0x4a, 0xad, 0x28, 0x50, 0xb2, 0x32, 0x32];
    let detach = |token: Vec<u8>| common::detach(&token).into_bytes();
    let of =
        |header: &str, payload: &[u8]| common::sign("HS256", &SECRET, header.as_bytes(), payload);
    let mut forged = of(PLAIN, CLAIMS);
    forged[25] ^= 1;
    for (name, token, of_jwt, of_jws) in [
        ("whole", of(PLAIN, CLAIMS), Ok(()), Ok(())),
        ("detached", detach(of(PLAIN, CLAIMS)), Err(DetachedPayload), Err(DetachedPayload)),
        ("empty, and signed", of(PLAIN, b""), Err(InvalidJson), Ok(())),
        ("forged", forged, Err(SignatureMismatch), Err(SignatureMismatch)),
        ("zip, plain", of(ZIP, CLAIMS), Ok(()), Ok(())),
        ("zip, compressed", of(ZIP, DEFLATED), Err(CompressedPayload), Ok(())),
        ("zip, no UTF-8", of(ZIP, b"{\"\xff\":1}"), Err(CompressedPayload), Ok(())),
        ("zip, empty", of(ZIP, b""), Err(CompressedPayload), Ok(())),
        ("zip, a member twice", of(ZIP, br#"{"exp":1,"exp":1}"#), Err(DuplicateClaim), Ok(())),
        ("zip, detached", detach(of(ZIP, CLAIMS)), Err(DetachedPayload), Err(DetachedPayload)),
        ("compressed, no zip", of(PLAIN, DEFLATED), Err(InvalidJson), Ok(())),
    ] {
        let policy = Policy::builder().build().unwrap();
        let mut keys: KeySet<Key<Hs256>, 1> = KeySet::new().allow_missing_key_id();
        keys.add("a", KeyEntry::new(Key::new(&SECRET).unwrap())).unwrap();
        let one = every_way::Verifier::new(Key::<Hs256>::new(&SECRET).unwrap(), policy);
        let set = every_way::Verifier::new(&keys, policy);
        let time = Time::Known(1000);
        assert_eq!(one.verify(&token, time, &mut [0; 100]).map(drop), of_jwt, "{name}");
        assert_eq!(set.verify(&token, time, &mut [0; 100]).map(drop), of_jwt, "{name}, a set");
        let jws = every_way::JwsVerifier::new(Key::<Hs256>::new(&SECRET).unwrap());
        assert_eq!(jws.verify(&token, &mut [0; 100]).map(drop), of_jws, "{name}, JWS");
        let jws = every_way::JwsVerifier::new(&keys);
        assert_eq!(jws.verify(&token, &mut [0; 100]).map(drop), of_jws, "{name}, JWS, a set");
    }
}

#[test]
fn error_has_its_own_text_for_logs_and_a_common_one_for_peers() {
    use Error::*;
    use ErrorClass::{Configuration, Device, Reading, Token};
    let segment = Segment::Payload;
    for (error, class, to_peer, text) in [
        (SignatureMismatch, Token, "invalid_token", "signature does not match"),
        (Expired, Token, "invalid_token", "token has expired"),
        (UnknownKeyId, Token, "invalid_token", "kid names no key of the set"),
        (Replayed, Token, "invalid_token", "token was accepted before"),
        (RefusedByApplication, Token, "invalid_token", "application refused the token"),
        (
            InvalidBase64Url { segment },
            Token,
            "invalid_token",
            "segment is not canonical Base64URL without padding: the payload",
        ),
        (
            MissingClaim { index: 3 },
            Token,
            "invalid_token",
            "required claim is missing: the one at index 3",
        ),
        (
            BufferTooSmall { needed: 7 },
            Configuration,
            "server_error",
            "buffer is too small: 7 bytes are needed",
        ),
        (
            KeyTooShort { needed: 48 },
            Configuration,
            "server_error",
            "key is shorter than the hash's output: 48 bytes are needed",
        ),
        (
            RecordsUnavailable,
            Device,
            "temporarily_unavailable",
            "records of tokens can't be looked up",
        ),
        (MacEngine, Device, "temporarily_unavailable", "engine failed to compute the MAC"),
        (ReplayGuardFull, Device, "temporarily_unavailable", "replay guard is full"),
        (
            ReplayNotExcluded,
            Device,
            "temporarily_unavailable",
            "token may have been accepted before, and been forgotten",
        ),
        (TimeUnknown, Device, "temporarily_unavailable", "time is not known well enough"),
        (MissingMember, Reading, "server_error", "member asked for is missing"),
    ] {
        assert_eq!(error.class(), class, "{error:?}");
        assert_eq!(error.to_peer(), to_peer, "{error:?}");
        assert_eq!(error.to_string(), text);
        let _: &dyn std::error::Error = &error;
    }
    // All that is not the token's fault, and what is close to it.
    for (class, errors) in [
        (Device, &[MacEngine, TimeUnknown, ReplayNotExcluded, ReplayGuardFull][..]),
        (Device, &[RecordsUnavailable, InvalidSavedState]),
        (Configuration, &[KeyTooShort { needed: 1 }, KeyNotBase64Url, RuleSetTwice, EmptyList]),
        (Configuration, &[LeewayTooLong, DepthOutOfRange, ContradictoryExpiration]),
        (Configuration, &[ContradictoryAudience, ContradictoryJwtId, KeySetFull, DuplicateKeyId]),
        (Configuration, &[AmbiguousKeyId, KeyIdTooLong, JwkTooLong, InvalidKeys, MissingKeyType]),
        (Configuration, &[DuplicateJwkMember, InvalidKeyType, UnsupportedKeyType, InvalidKeyUse]),
        (Configuration, &[InvalidKeyOperations, KeyNotForSignatures, UnsupportedAlgorithm]),
        (Configuration, &[MissingKeyValue, InvalidKeyValue, NoUsableKey, RevocationsFull]),
        (Configuration, &[BufferTooSmall { needed: 1 }]),
        (Reading, &[MissingMember, UnreadableValue { position: 1 }, ScratchTooSmall { needed: 1 }]),
        (Token, &[TokenTooLong, NotCompactSerialization, SignatureLength, SignatureMismatch]),
        (Token, &[DetachedPayload, CompressedPayload, InvalidJson, MissingKeyId, UnknownKeyId]),
        (Token, &[AlgorithmMismatch, MissingType, InvalidSubject, MissingAudience, Expired]),
        (Token, &[ExpiresTooLate, NotYetValid, IssuedInFuture, TooOld, LifetimeTooLong]),
        (Token, &[KeyOfAnotherIssuer, KeyNotYetValid, KeyRetired, Revoked, MissingJwtId, Replayed]),
    ] {
        for error in errors {
            assert_eq!(error.class(), class, "{error:?}");
        }
    }
}
