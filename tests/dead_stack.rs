//! What stays on the stack: neither the secret, nor a key's hash states, nor the right MAC of a
//! token that was refused.
//!
//! Each operation runs in a thread whose stack is memory of the test. When the thread has ended,
//! that memory is searched. What stays there depends on how the compiler optimizes, so `.ci/run`
//! runs this test at `opt-level` 3 and z, and with link-time optimization. The firmware
//! `dead-stack` in `benches/firmware` does the same on microcontrollers.
//!
//! `cargo test` runs it in a debug build as well, but only with `sha2` optimized, as `Cargo.toml`
//! says. It doesn't show what a dependent's debug build leaves, which has `sha2` unoptimized:
//! secrets.

#![cfg(unix)]

mod common;

use std::collections::{BTreeSet, HashMap};
use std::ffi::c_void;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;

use common::{decode, encode, mac, sign};
use embedded_jwt::{
    Algorithm, AnyKey, Error, Hs256, Hs384, Hs512, IncomingToken, JwsVerifier, Key, KeyEntry,
    KeySet, Keys, Mac, Policy, RunningHmac, StreamingMac, Time, Verifier,
};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The memory of a stack, which the system wants in whole pages of at most 64 KiB.
#[derive(Clone)]
#[repr(align(65536))]
struct Page([u8; 65_536]);

/// What the memory holds before it is a stack.
const PAINT: u8 = 0xa5;

/// What `outer` keeps free, so that the end of the thread overwrites nothing that an operation
/// left.
const FREE: usize = 16_384;

type Operation<'o> = &'o dyn Fn() -> Result<(), Error>;

struct Call<'o> {
    operation: Operation<'o>,
    outcome: Result<(), Error>,
}

/// Runs an operation on a stack of its own. Returns the stack and the outcome.
fn run(operation: Operation<'_>) -> (Vec<Page>, Result<(), Error>) {
    let mut stack = vec![Page([PAINT; 65_536]); 2];
    let mut call = Call { operation, outcome: Err(Error::MacEngine) };
    let mut attributes = MaybeUninit::uninit();
    let mut thread = MaybeUninit::uninit();
    // SAFETY: the stack and the call live until the thread has ended, and this thread only waits.
    unsafe {
        assert_eq!(libc::pthread_attr_init(attributes.as_mut_ptr()), 0);
        let (start, length) = (stack.as_mut_ptr().cast(), size_of_val(&*stack));
        assert_eq!(libc::pthread_attr_setstack(attributes.as_mut_ptr(), start, length), 0);
        let argument = (&raw mut call).cast();
        let started =
            libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), outer, argument);
        assert_eq!(started, 0);
        assert_eq!(libc::pthread_join(thread.assume_init(), ptr::null_mut()), 0);
        assert_eq!(libc::pthread_attr_destroy(attributes.as_mut_ptr()), 0);
    }
    (stack, call.outcome)
}

extern "C" fn outer(call: *mut c_void) -> *mut c_void {
    let free = [0_u8; FREE];
    black_box(&free);
    // SAFETY: it is a call, and nothing else uses it.
    let call = unsafe { &mut *call.cast::<Call<'_>>() };
    call.outcome = (call.operation)();
    black_box(&free);
    ptr::null_mut()
}

/// The shortest part of a secret that is searched for.
const PART: usize = 8;

/// The same for a hash state, of which each byte is needed to forge anything: more than a register
/// has, since that may carry a part to the stack later.
const LONG_PART: usize = 16;

/// What to search for: some bytes in a row of a secret, in each form that it may have.
#[derive(Clone)]
struct Traces {
    parts: HashMap<Vec<u8>, String>,
    /// Whether a part may start with four bytes, at the index that `start` makes of them. This
    /// saves most look-ups in `parts`, which take long in a debug build.
    starts: Vec<bool>,
}

impl Traces {
    /// Secrets, also as HMAC pads them.
    fn of_secrets(secrets: &[&[u8]]) -> Self {
        let mut traces = Self { parts: HashMap::new(), starts: vec![false; 1 << 16] };
        for secret in secrets {
            traces.add("secret", secret);
            traces.add("secret ^ ipad", &xor(secret, 0x36));
            traces.add("secret ^ opad", &xor(secret, 0x5c));
        }
        traces
    }

    /// Adds a value, also as words of four and eight bytes, which a hash function swaps on most
    /// processors.
    fn add(&mut self, name: &str, value: &[u8]) {
        self.add_parts(name, value, PART, |_| true);
    }

    fn add_parts(&mut self, name: &str, value: &[u8], length: usize, is_part: fn(&[u8]) -> bool) {
        for word in [1, 4, 8] {
            for part in swapped(value, word).windows(length).filter(|part| is_part(part)) {
                self.parts.insert(part.to_vec(), format!("{name}, words of {word}"));
                self.starts[start(part)] = true;
            }
        }
    }

    /// Adds a key's hash states: whoever has both can make its MACs. Some processors hold their
    /// words in pairs, the later one first. The length beside them is no secret.
    fn add_states<A: Algorithm>(&mut self, key: &Key<A>) {
        // SAFETY: a key is two states, each some words and a length, without padding.
        let states =
            unsafe { slice::from_raw_parts(ptr::from_ref(key).cast::<u8>(), size_of_val(key)) };
        let has_no_length = |part: &[u8]| !part.windows(4).any(|bytes| bytes == [0; 4]);
        let pairs = swapped(&swapped(states, 4), 8);
        for (name, states) in [("states", states), ("states, in pairs", &*pairs)] {
            self.add_parts(name, states, LONG_PART, has_no_length);
        }
    }

    /// The names of what is found.
    fn found_in(&self, stack: &[Page]) -> BTreeSet<&str> {
        let bytes = stack.iter().map(|page| &page.0[..]).collect::<Vec<_>>().concat();
        let untouched = bytes.chunks(1024).take_while(|chunk| **chunk == [PAINT; 1024]).count();
        let used = &bytes[1024 * untouched..bytes.len() - FREE];
        let mut found = BTreeSet::new();
        for (at, bytes) in used.windows(4).enumerate() {
            if self.starts[start(bytes)] {
                let parts = [PART, LONG_PART].map(|length| used.get(at..at + length));
                let names = parts.into_iter().flatten().filter_map(|part| self.parts.get(part));
                found.extend(names.map(|name| &**name));
            }
        }
        found
    }
}

/// A number of 16 bits that depends on all of the first four bytes.
fn start(part: &[u8]) -> usize {
    let bytes = u32::from_ne_bytes([part[0], part[1], part[2], part[3]]);
    (bytes.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

fn swapped(bytes: &[u8], word: usize) -> Vec<u8> {
    bytes.chunks(word).flat_map(|word| word.iter().rev().copied()).collect()
}

fn xor(bytes: &[u8], with: u8) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ with).collect()
}

/// Bytes that look random: nothing on the stack is like them by chance.
fn random(seed: &str, length: usize) -> Vec<u8> {
    let blocks = (0_u8..).flat_map(|index| Sha512::digest([seed.as_bytes(), &[index]].concat()));
    blocks.take(length).collect()
}

/// The names of operations that left something, and what.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    fn check(
        &mut self,
        name: &str,
        traces: &Traces,
        expected: Result<(), Error>,
        operation: Operation<'_>,
    ) {
        let (stack, outcome) = run(operation);
        assert_eq!(outcome, expected, "{name}");
        let found = traces.found_in(&stack);
        if !found.is_empty() {
            self.0.push(format!("{name}: {found:?}"));
        }
    }
}

/// All operations with one algorithm, whose hash has blocks of this length.
fn check_all<A: Algorithm, H: Digest>(failures: &mut Failures, block: usize) {
    // The shortest, one that fills a block, and one that HMAC hashes first.
    for length in [A::TAG_LENGTH, block, 200] {
        let secret = &*random("secret", length);
        let traces = &Traces::of_secrets(&[secret, &H::digest(secret)]);
        let name = |what: &str| format!("{} {length} {what}", A::NAME);
        check_making::<A>(failures, traces, &name, secret);
        check_reading::<A>(failures, traces, &name, secret);

        let key = &*Box::new(Key::<A>::new(secret).unwrap());
        let mut with_states = traces.clone();
        // On a 32-bit computer, copies of the states stay where a stream was. That is not promised:
        // see SECURITY.md. On microcontrollers, the firmware `dead-stack` searches for them.
        if cfg!(target_pointer_width = "64") {
            with_states.add_states(key);
        }
        let traces = &Searched { with_states, moved: traces.clone() };
        check_mac(failures, &traces.with_states, &name("key"), key);
        let any = &AnyKey::new(A::VALUE, secret).unwrap();
        check_mac(failures, &traces.with_states, &name("AnyKey"), any);
        check_sets(failures, &traces.with_states, &name, key, secret);
        check_verifying::<A, _>(failures, traces, &name("key"), key, secret);
        #[cfg(feature = "sign")]
        check_signing(failures, traces, &name("key"), key);
        let engine = &Engine::<A>(Key::new(secret).unwrap());
        check_verifying::<A, _>(failures, traces, &name("engine"), engine, secret);
        let any = &AnyKey::new(A::VALUE, secret).unwrap();
        check_verifying::<A, _>(failures, traces, &name("any key"), any, secret);
        let mut set = KeySet::<Key<A>, 2, 1>::new().allow_missing_key_id();
        set.add("a", KeyEntry::new(Key::new(&[7; 64]).unwrap())).unwrap();
        set.add("b", KeyEntry::new(Key::new(secret).unwrap())).unwrap();
        check_verifying::<A, _>(failures, traces, &name("set"), &set, secret);
        let mut set = KeySet::<AnyKey, 2, 1>::new().allow_missing_key_id();
        set.add("a", KeyEntry::new(AnyKey::new(A::VALUE, &[7; 64]).unwrap())).unwrap();
        set.add("b", KeyEntry::new(AnyKey::new(A::VALUE, secret).unwrap())).unwrap();
        check_verifying::<A, _>(failures, traces, &name("set of any"), &set, secret);
    }
}

/// Making keys. The copies of its hash states that moving a key leaves are not searched for.
fn check_making<A: Algorithm>(
    failures: &mut Failures,
    traces: &Traces,
    name: &dyn Fn(&str) -> String,
    secret: &[u8],
) {
    let text = encode(secret);
    let mut traces = traces.clone();
    traces.add("text", text.as_bytes());
    let jwk = |kid| format!(r#"{{"kty":"oct","alg":"{}","kid":"{kid}","k":"{text}"}}"#, A::NAME);
    let jwks = format!(r#"{{"keys":[{},{}]}}"#, jwk("a"), jwk("b"));
    let jwk = jwk("a");
    let key = || Key::<A>::new(secret).unwrap();
    let operations: [(&str, Operation<'_>); 10] = [
        ("Key::new", &|| keep(Key::<A>::new(secret))),
        ("AnyKey::new", &|| keep(AnyKey::new(A::VALUE, secret))),
        ("from_base64url", &|| {
            keep(Key::<A>::from_base64url(text.as_bytes(), &mut vec![0; secret.len()]))
        }),
        ("Key::from_jwk", &|| keep(Key::<A>::from_jwk(&mut jwk.clone().into_bytes()))),
        ("AnyKey::from_jwk", &|| keep(AnyKey::from_jwk(&mut jwk.clone().into_bytes(), None))),
        ("read_jwks", &|| read_jwks::<A>(&jwks)),
        ("read_jwks of any", &|| read_jwks_of_any(&jwks)),
        ("KeySet::add", &|| {
            let mut set = KeySet::<Key<A>, 2, 1>::new();
            keep(set.add("a", KeyEntry::new(key())))
        }),
        ("KeySet::replace", &|| {
            let mut set = KeySet::<Key<A>, 2, 1>::new();
            set.add("a", KeyEntry::new(Key::new(&[7; 64])?))?;
            keep(set.replace("a", KeyEntry::new(key())))
        }),
        ("KeySet::remove", &|| {
            let mut set = KeySet::<Key<A>, 2, 1>::new();
            set.add("a", KeyEntry::new(key()))?;
            set.add("b", KeyEntry::new(Key::new(&[7; 64])?))?;
            keep(set.remove("a"))
        }),
    ];
    for (what, operation) in operations {
        failures.check(&name(what), &traces, Ok(()), operation);
    }
}

/// JWK Sets with a key that is passed over, and JWK Sets that are refused.
fn check_reading<A: Algorithm>(
    failures: &mut Failures,
    traces: &Traces,
    name: &dyn Fn(&str) -> String,
    secret: &[u8],
) {
    let text = encode(secret);
    let mut traces = traces.clone();
    traces.add("text", text.as_bytes());
    let other = encode(random("another", 64));
    let jwk =
        |more: &str, k: &str| format!(r#"{{"kty":"oct","alg":"{}","k":"{k}"{more}}}"#, A::NAME);
    let [a, b, c] = ["a", "b", "c"].map(|kid| jwk(&format!(r#","kid":"{kid}""#), &text));
    let conflict = jwk(r#","kid":"a""#, &other);
    let long_name = jwk(r#","kid":"long""#, &text);
    let for_encryption = jwk(r#","use":"enc""#, &text);
    let twice = jwk(&format!(r#","k":"{text}""#), &text);
    let padded = jwk("", &format!("{text}="));
    // A symbol whose low bits are set. They are not part of the secret, if its length is no
    // multiple of three.
    let stray = jwk("", &format!("{}_", &text[..text.len() - 1]));
    let short = jwk("", &encode(&secret[..31]));
    let table: [(&str, String, Result<(), Error>); 10] = [
        ("kid too long", format!("{long_name},{b}]"), Ok(())),
        ("use enc", format!("{for_encryption},{b}]"), Ok(())),
        ("k padded", format!("{padded},{b}]"), Ok(())),
        ("k with stray bits", format!("{stray},{b}]"), Ok(())),
        ("k too short", format!("{short},{b}]"), Ok(())),
        ("none usable", format!("{for_encryption}]"), Err(Error::NoUsableKey)),
        ("too many", format!("{a},{b},{c}]"), Err(Error::KeySetFull)),
        ("conflict", format!("{a},{conflict}]"), Err(Error::DuplicateKeyId)),
        ("k twice", format!("{a},{twice}]"), Err(Error::DuplicateJwkMember)),
        ("bad JSON", format!("{a},{b}"), Err(Error::InvalidJson)),
    ];
    for (what, keys, expected) in table {
        let jwks = format!(r#"{{"keys":[{keys}}}"#);
        failures.check(&name(&format!("JWK Set, {what}")), &traces, expected, &|| {
            read_jwks::<A>(&jwks)
        });
        failures.check(&name(&format!("JWK Set of any, {what}")), &traces, expected, &|| {
            read_jwks_of_any(&jwks)
        });
    }
}

fn read_jwks<A: Algorithm>(jwks: &str) -> Result<(), Error> {
    let mut set = KeySet::<Key<A>, 2, 1>::new();
    let read = set.read_jwks(&mut jwks.to_owned().into_bytes(), None);
    keep(read.map_err(|error| error.error()))
}

fn read_jwks_of_any(jwks: &str) -> Result<(), Error> {
    let mut set = KeySet::<AnyKey, 2, 1>::new();
    let read = set.read_jwks(&mut jwks.to_owned().into_bytes(), None, None);
    keep(read.map_err(|error| error.error()))
}

/// A MAC that is asked for. It is returned, so it is no secret.
fn check_mac(failures: &mut Failures, traces: &Traces, name: &str, key: &impl Mac) {
    for length in [0, 20, 200] {
        let message = vec![7; length];
        let name = format!("{name}, Mac::mac of {length}");
        failures.check(&name, traces, Ok(()), &|| keep(key.mac(&message)));
    }
}

/// Two keys of one name, for different issuers, and a token of the second key.
fn check_sets<A: Algorithm>(
    failures: &mut Failures,
    traces: &Traces,
    name: &dyn Fn(&str) -> String,
    key: &Key<A>,
    secret: &[u8],
) {
    let header = format!(r#"{{"alg":"{}","kid":"a"}}"#, A::NAME);
    let other = &Key::<A>::new(&[7; 64]).unwrap();
    let mut set = KeySet::<&Key<A>, 3, 1>::new();
    set.add("a", KeyEntry::new(other).issuer("x")).unwrap();
    set.add("a", KeyEntry::new(key).issuer("y")).unwrap();
    set.add("a", KeyEntry::new(key).issuer("z")).unwrap();
    let verifier = Verifier::new(&set, Policy::builder().build().unwrap());
    for (issuer, expected) in [("x", Err(Error::KeyOfAnotherIssuer)), ("y", Ok(())), ("z", Ok(()))]
    {
        let claims = format!(r#"{{"exp":2000,"iss":"{issuer}"}}"#);
        let token = &sign(A::NAME, secret, header.as_bytes(), claims.as_bytes());
        let operations: [(&str, Operation<'_>); 2] = [
            ("whole", &|| verifier.verify(token, Time::Known(1000), &mut [0; 200]).map(drop)),
            ("in pieces", &|| {
                let mut buffer = vec![0; 200];
                let mut streaming = verifier.stream(&mut buffer);
                streaming.push(token)?;
                streaming.finish(Time::Known(1000)).map(drop)
            }),
        ];
        for (way, operation) in operations {
            let name = name(&format!("candidates, issuer {issuer}, {way}"));
            failures.check(&name, traces, expected, operation);
        }
    }
}

/// Makes sure that it is made.
fn keep<T>(made: Result<T, Error>) -> Result<(), Error> {
    black_box(&made);
    made.map(drop)
}

/// What is searched for after a token is verified.
#[derive(Clone)]
struct Searched {
    with_states: Traces,
    /// If a streaming verifier was moved when a token had begun: `into_token` moves it. That leaves
    /// a copy of the states, as always in Rust.
    moved: Traces,
}

/// A right and a forged token, with and without `kid`, whole and in pieces.
fn check_verifying<A: Algorithm, K: Keys<Key: StreamingMac> + Copy>(
    failures: &mut Failures,
    traces: &Searched,
    name: &str,
    keys: K,
    secret: &[u8],
) {
    let verifier = Verifier::new(keys, Policy::builder().build().unwrap());
    let jws = JwsVerifier::new(keys);
    let now = Time::Known(1000);
    for key_id in [r#","kid":"b""#, ""] {
        let header = format!(r#"{{"alg":"{}"{key_id}}}"#, A::NAME);
        let right = &sign(A::NAME, secret, header.as_bytes(), br#"{"exp":2000,"door":"7b"}"#);
        let dot = right.iter().rposition(|byte| *byte == b'.').unwrap();
        let mac = mac(A::NAME, secret, &right[..dot]);
        // No byte of its MAC is right.
        let forged = &[&right[..=dot], encode(xor(&mac, 0xff)).as_bytes()].concat();
        let mut with_mac = traces.clone();
        with_mac.with_states.add("MAC", &mac);
        with_mac.moved.add("MAC", &mac);
        for (token, traces, expected) in
            [(right, traces, Ok(())), (forged, &with_mac, Err(Error::SignatureMismatch))]
        {
            let Searched { with_states, moved } = traces;
            let operations: [(&str, &Traces, Operation<'_>); 7] = [
                ("whole", with_states, &|| verifier.verify(token, now, &mut [0; 200]).map(drop)),
                ("whole, JWS", with_states, &|| jws.verify(token, &mut [0; 200]).map(drop)),
                ("in pieces", with_states, &|| {
                    let mut buffer = vec![0; 200];
                    let mut streaming = verifier.stream(&mut buffer);
                    token.chunks(10).try_for_each(|piece| streaming.push(piece))?;
                    streaming.finish(now).map(drop)
                }),
                ("in pieces, last", moved, &|| {
                    let mut buffer = vec![0; 200];
                    let mut streaming = verifier.stream(&mut buffer);
                    streaming.push(token)?;
                    streaming.into_token(now).map(drop)
                }),
                ("in pieces, JWS", with_states, &|| {
                    let mut buffer = vec![0; 200];
                    let mut streaming = jws.stream(&mut buffer);
                    streaming.push(token)?;
                    streaming.finish().map(drop)
                }),
                ("in pieces, last JWS", moved, &|| {
                    let mut buffer = vec![0; 200];
                    let mut streaming = jws.stream(&mut buffer);
                    streaming.push(token)?;
                    streaming.into_jws().map(drop)
                }),
                ("in pieces, hashed at the end", with_states, &|| {
                    let mut buffer = vec![0; 200];
                    let mut incoming = IncomingToken::new(&mut buffer);
                    incoming.push(token)?;
                    incoming.verify(&verifier, now).map(drop)
                }),
            ];
            for (way, traces, operation) in operations {
                let name = format!("{name}{key_id} {way}, {expected:?}");
                failures.check(&name, traces, expected, operation);
            }
        }
        let name = &format!("{name}{key_id}");
        check_detached::<A, _>(failures, traces, name, &jws, right, secret);
        for length in [10, 80, right.len()] {
            let name = format!("{name}, {length} bytes of a token");
            failures.check(&format!("{name}, dropped"), &traces.with_states, Ok(()), &|| {
                let mut buffer = vec![0; 200];
                let mut streaming = verifier.stream(&mut buffer);
                streaming.push(&right[..length])
            });
            failures.check(&format!("{name}, reset"), &traces.with_states, Ok(()), &|| {
                let mut buffer = vec![0; 200];
                let mut streaming = verifier.stream(&mut buffer);
                streaming.push(&right[..length])?;
                streaming.reset();
                Ok(())
            });
        }
    }
}

/// The payload of a right token, beside it, and another payload. A stream has begun when it is
/// made, and is moved then.
fn check_detached<A: Algorithm, K: Keys<Key: StreamingMac>>(
    failures: &mut Failures,
    traces: &Searched,
    name: &str,
    jws: &JwsVerifier<'_, K>,
    token: &[u8],
    secret: &[u8],
) {
    let segments: Vec<_> = token.split(|byte| *byte == b'.').collect();
    let [header, payload, signature] = segments[..] else { unreachable!() };
    let token = [header, b"..", signature].concat();
    let payload = decode(core::str::from_utf8(payload).unwrap());
    let verify = |payload: &[u8]| jws.verify_detached(&token, payload, &mut [0; 100]).map(drop);
    if verify(&payload) == Err(Error::AmbiguousKeyId) {
        return;
    }
    failures.check(&format!("{name} detached"), &traces.moved, Ok(()), &|| verify(&payload));
    let other = [&payload[..], b"x"].concat();
    let mut with_mac = traces.moved.clone();
    // Nobody may learn the right MAC of the other payload.
    let input = [header, encode(&other).as_bytes()].join(&b'.');
    with_mac.add("MAC", &mac(A::NAME, secret, &input));
    let refused = Err(Error::SignatureMismatch);
    failures.check(&format!("{name} detached, forged"), &with_mac, refused, &|| verify(&other));
}

/// Tokens that are made. Their MAC is no secret.
#[cfg(feature = "sign")]
fn check_signing<A: Algorithm>(
    failures: &mut Failures,
    traces: &Searched,
    name: &str,
    key: &Key<A>,
) {
    let signer = embedded_jwt::Signer::new(key);
    failures.check(&format!("{name} signs"), &traces.with_states, Ok(()), &|| {
        signer.sign_json(r#"{"exp":2000}"#, &mut [0; 200]).map(drop)
    });
    failures.check(&format!("{name} signs a payload apart"), &traces.moved, Ok(()), &|| {
        signer.sign_detached(&[7; 100], &mut [0; 200]).map(drop)
    });
}

/// An engine with only the required methods: it returns its MAC by value.
struct Engine<A: Algorithm>(Key<A>);

impl<A: Algorithm> Mac for Engine<A> {
    type Algorithm = A;

    fn mac(&self, message: &[u8]) -> Result<A::Tag, Error> {
        self.0.mac(message)
    }
}

impl<A: Algorithm> StreamingMac for Engine<A> {
    type Running = RunningHmac<A>;

    fn begin(&self) -> Result<RunningHmac<A>, Error> {
        self.0.begin()
    }

    fn update(&self, running: &mut RunningHmac<A>, piece: &[u8]) -> Result<(), Error> {
        self.0.update(running, piece)
    }

    fn finish(&self, running: &mut RunningHmac<A>) -> Result<A::Tag, Error> {
        self.0.finish(running)
    }
}

#[test]
fn neither_secret_nor_right_mac_is_left() {
    let mut failures = Failures::default();
    check_all::<Hs256, Sha256>(&mut failures, 64);
    check_all::<Hs384, Sha384>(&mut failures, 128);
    check_all::<Hs512, Sha512>(&mut failures, 128);
    assert!(failures.0.is_empty(), "left on the stack:\n{}", failures.0.join("\n"));
}

#[test]
fn search_finds_what_is_left() {
    let secret = random("secret", 64);
    let traces = Traces::of_secrets(&[&secret]);
    let table: [(&str, Vec<u8>, &[&str]); 8] = [
        ("secret", secret.clone(), &["secret, words of 1"]),
        ("padded for the inner hash", xor(&secret, 0x36), &["secret ^ ipad, words of 1"]),
        ("padded for the outer hash", xor(&secret, 0x5c), &["secret ^ opad, words of 1"]),
        ("words of a block", xor(&swapped(&secret, 4), 0x5c), &["secret ^ opad, words of 4"]),
        ("long words", swapped(&secret, 8), &["secret, words of 8"]),
        ("part", secret[3..11].to_vec(), &["secret, words of 1"]),
        ("part that is too short", secret[3..10].to_vec(), &[]),
        ("another secret", random("another", 64), &[]),
    ];
    for (name, left, expected) in table {
        let (stack, _) = run(&|| {
            leave(&left);
            Ok(())
        });
        assert_eq!(traces.found_in(&stack).into_iter().collect::<Vec<_>>(), expected, "{name}");
    }
}

#[inline(never)]
fn leave(bytes: &[u8]) {
    let mut copy = [0_u8; 256];
    copy[100..100 + bytes.len()].copy_from_slice(bytes);
    black_box(&copy);
}
