//! Payloads of any kind: signs and verifies them through both interfaces, with a key and with a
//! set, whole and in pieces.

use std::ffi::c_void;
use std::ptr;

use arbitrary::Arbitrary;
use embedded_jwt::{
    AnyKey, Error, Header, IncomingToken, Jws, JwsVerifier, KeyEntry, KeySet, Keys, Signer,
    StreamingMac,
};
use embedded_jwt_c::*;

use crate::{ALGORITHMS, key_in_c, key_of, refused, zeroed};

/// A payload, how it is signed and verified, and what is changed on the way.
#[derive(Arbitrary, Debug)]
pub struct Payload {
    algorithm: u8,
    payload: Vec<u8>,
    is_detached: bool,
    /// Whether its header names the key, and has a type.
    is_named: bool,
    is_typed: bool,
    /// Which type is wanted.
    wanted: Option<bool>,
    /// The keys of a set. None if there is one key alone.
    set: Option<Vec<Member>>,
    allow_missing_key_id: bool,
    /// The size of the buffers.
    room: u16,
    /// Cuts what comes in pieces.
    piece: u8,
    /// Which byte of the token is changed, and how.
    change: Option<(u16, u8)>,
}

/// A key of a set.
#[derive(Arbitrary, Debug)]
struct Member {
    algorithm: u8,
    has_the_name: bool,
    is_limited: bool,
}

/// What signing or verifying answers: bytes, or the code and its detail.
type Answer = Result<Vec<u8>, (ejwt_code, u32)>;

/// How a token is verified.
#[derive(Clone, Copy, Debug)]
enum Way {
    Whole,
    Stream,
    Incoming,
}

/// Where the keys are in C: a key, or a set.
#[derive(Clone, Copy)]
enum KeysInC<'k> {
    One(&'k ejwt_key),
    Set(&'k ejwt_key_set),
}

impl Payload {
    /// Signs and verifies. Panics if the C interface answers anything else than the Rust library.
    pub fn check(&self) {
        let algorithm = ALGORITHMS[usize::from(self.algorithm) % 3];
        let (key, in_c) = (key_of(algorithm), key_in_c(algorithm));
        let signed = self.sign(&key, self.room.into());
        assert_eq!(self.sign_c(&in_c, usize::from(self.room) + 1), signed, "{self:?}");
        let mut token = self.sign(&key, 1 << 17).expect("enough room");
        if let Some((at, bits)) = self.change {
            let at = usize::from(at) % token.len();
            token[at] ^= bits;
        }
        match &self.set {
            None => self.verify_both(key, KeysInC::One(&in_c), &token),
            Some(members) => {
                let (set, in_c) = self.sets(members);
                self.verify_both(set, KeysInC::Set(&in_c), &token);
            }
        }
    }

    /// The same set in both languages.
    fn sets(&self, members: &[Member]) -> (KeySet<'static, AnyKey, 4>, Box<ejwt_key_set>) {
        let (mut set, mut in_c) = (KeySet::new(), zeroed::<ejwt_key_set>());
        let mut flags = 0;
        if self.allow_missing_key_id {
            set = set.allow_missing_key_id();
            flags = EJWT_ALLOW_MISSING_KEY_ID;
        }
        // SAFETY: all pointers lead to what they are for.
        unsafe {
            assert_eq!(ejwt_key_set_init(&mut *in_c, size_of::<ejwt_key_set>(), flags), EJWT_OK);
            for member in members.iter().take(8) {
                let algorithm = ALGORITHMS[usize::from(member.algorithm) % 3];
                let name = if member.has_the_name { c"key" } else { c"other" };
                let mut entry = KeyEntry::new(key_of(algorithm));
                let mut limits: ejwt_key_limits = std::mem::zeroed();
                if member.is_limited {
                    entry = entry.issuer("a").not_before(1).retired_after(2);
                    limits.issuer = c"a".as_ptr();
                    (limits.not_before, limits.retired_after) = (1, 2);
                }
                let added = set.add(name.to_str().expect("ASCII"), entry);
                let mut key = key_in_c(algorithm);
                let code = ejwt_key_set_add(&mut *in_c, name.as_ptr(), &mut *key, &limits);
                let expected = added.map_or_else(|error| error.code().into(), |()| EJWT_OK);
                assert_eq!(code, expected, "{self:?}");
            }
        }
        (set, in_c)
    }

    fn verify_both<K: Keys<Key: StreamingMac>>(&self, keys: K, in_c: KeysInC<'_>, token: &[u8]) {
        let verifier = JwsVerifier::new(keys);
        let verifier = match self.wanted {
            Some(same) => verifier.typ(if same { "image" } else { "text" }),
            None => verifier,
        };
        for way in [Way::Whole, Way::Stream, Way::Incoming] {
            let expected = self.verify(&verifier, token, way);
            assert_eq!(self.verify_c(in_c, token, way), expected, "{way:?}: {self:?}");
        }
    }

    fn sign(&self, key: &AnyKey, room: usize) -> Answer {
        let mut signer = Signer::new(key);
        if self.is_named {
            signer = signer.key_id("key");
        }
        if self.is_typed {
            signer = signer.typ("image");
        }
        let mut buffer = vec![0; room];
        let token = if self.is_detached {
            signer.sign_detached(&self.payload, &mut buffer)
        } else {
            signer.sign_payload(&self.payload, &mut buffer)
        };
        token.map(<[u8]>::to_vec).map_err(|error| (error.code().into(), 0))
    }

    /// `room` has a byte more, for the zero.
    fn sign_c(&self, key: &ejwt_key, room: usize) -> Answer {
        let sign = if self.is_detached { ejwt_sign_detached } else { ejwt_sign_payload };
        let (mut buffer, mut length) = (vec![0xee_u8; room], 0);
        let (payload, place) = (self.payload.as_ptr().cast(), buffer.as_mut_ptr().cast());
        let if_so = |is: bool, text: &'static std::ffi::CStr| {
            if is { text.as_ptr() } else { ptr::null() }
        };
        let signing = ejwt_signing {
            key_id: if_so(self.is_named, c"key"),
            typ: if_so(self.is_typed, c"image"),
            header_parameters: ptr::null(),
            flags: 0,
        };
        // SAFETY: all pointers lead to what they are for.
        let code =
            unsafe { sign(key, &signing, payload, self.payload.len(), place, room, &mut length) };
        if code != EJWT_OK {
            assert!(buffer.iter().all(|byte| matches!(byte, 0 | 0xee)), "{self:?}");
            return Err((code, 0));
        }
        assert_eq!(buffer[length], 0, "{self:?}");
        Ok(buffer[..length].to_vec())
    }

    fn pieces<'p>(&self, whole: &'p [u8]) -> impl Iterator<Item = &'p [u8]> {
        whole.chunks(usize::from(self.piece) + 1)
    }

    /// The header, and the payload if it is in the token.
    fn verify<K: Keys<Key: StreamingMac>>(
        &self,
        verifier: &JwsVerifier<'_, K>,
        token: &[u8],
        way: Way,
    ) -> Answer {
        let mut buffer = vec![0; self.room.into()];
        let with_payload = |jws: Result<Jws<'_>, Error>| -> Answer {
            let jws = jws.map_err(refused)?;
            Ok([jws.header().as_json().as_bytes(), jws.payload()].concat())
        };
        let alone = |header: Result<Header<'_>, Error>| -> Answer {
            Ok(header.map_err(refused)?.as_json().as_bytes().to_vec())
        };
        match (way, self.is_detached) {
            // There is one way to verify a detached payload in pieces.
            (Way::Whole, true) => {
                alone(verifier.verify_detached(token, &self.payload, &mut buffer))
            }
            (Way::Stream | Way::Incoming, true) => {
                let mut stream = match verifier.stream_detached(token, &mut buffer) {
                    Ok(stream) => stream,
                    // A call that begins has no place for a detail.
                    Err(error) => return Err((error.code().into(), 0)),
                };
                for piece in self.pieces(&self.payload) {
                    stream.push(piece).map_err(refused)?;
                }
                alone(stream.finish())
            }
            (Way::Whole, false) => with_payload(verifier.verify(token, &mut buffer)),
            (Way::Stream, false) => {
                let mut stream = verifier.stream(&mut buffer);
                // What it says is said at the end as well.
                self.pieces(token).for_each(|piece| _ = stream.push(piece));
                with_payload(stream.finish())
            }
            (Way::Incoming, false) => {
                let mut incoming = IncomingToken::new(&mut buffer);
                self.pieces(token).for_each(|piece| _ = incoming.push(piece));
                with_payload(incoming.verify_jws(verifier))
            }
        }
    }

    fn verify_c(&self, keys: KeysInC<'_>, token: &[u8], way: Way) -> Answer {
        let mut buffer = vec![0xee_u8; self.room.into()];
        let (place, size) = (buffer.as_mut_ptr().cast::<c_void>(), buffer.len());
        let (start, length) = (token.as_ptr().cast::<c_void>(), token.len());
        let (payload, payload_length) = (self.payload.as_ptr().cast(), self.payload.len());
        let typ = match self.wanted {
            Some(true) => c"image".as_ptr(),
            Some(false) => c"text".as_ptr(),
            None => ptr::null(),
        };
        let mut proof = zeroed::<ejwt_token>();
        let mut stream = zeroed::<ejwt_stream>();
        let mut incoming = zeroed::<ejwt_incoming>();
        let (proof, stream, incoming) = (&raw mut *proof, &raw mut *stream, &raw mut *incoming);
        use KeysInC::{One, Set};
        // SAFETY: all pointers lead to what they are for.
        let answer = unsafe {
            match (way, self.is_detached) {
                (Way::Whole, true) => {
                    let code = match keys {
                        One(key) => ejwt_verify_detached(
                            key,
                            typ,
                            start,
                            length,
                            payload,
                            payload_length,
                            place,
                            size,
                            proof,
                        ),
                        Set(set) => ejwt_key_set_verify_detached(
                            set,
                            typ,
                            start,
                            length,
                            payload,
                            payload_length,
                            place,
                            size,
                            proof,
                        ),
                    };
                    self.read(code, proof)
                }
                (Way::Whole, false) => {
                    let code = match keys {
                        One(key) => ejwt_verify_jws(key, typ, start, length, place, size, proof),
                        Set(set) => {
                            ejwt_key_set_verify_jws(set, typ, start, length, place, size, proof)
                        }
                    };
                    self.read(code, proof)
                }
                (Way::Incoming, false) => {
                    assert_eq!(ejwt_incoming_init(incoming, place, size), EJWT_OK);
                    for piece in self.pieces(token) {
                        ejwt_incoming_push(incoming, piece.as_ptr().cast(), piece.len());
                    }
                    let code = match keys {
                        One(key) => ejwt_incoming_verify_jws(incoming, key, typ, proof),
                        Set(set) => ejwt_key_set_incoming_verify_jws(incoming, set, typ, proof),
                    };
                    let answer = self.read(code, proof);
                    assert_eq!(ejwt_incoming_end(incoming), EJWT_OK);
                    answer
                }
                (Way::Stream | Way::Incoming, _) => {
                    let code = match (keys, self.is_detached) {
                        (One(key), true) => {
                            ejwt_stream_begin_detached(stream, key, typ, start, length, place, size)
                        }
                        (Set(set), true) => ejwt_key_set_stream_begin_detached(
                            stream, set, typ, start, length, place, size,
                        ),
                        (One(key), false) => ejwt_stream_begin_jws(stream, key, typ, place, size),
                        (Set(set), false) => {
                            ejwt_key_set_stream_begin_jws(stream, set, typ, place, size)
                        }
                    };
                    if code != EJWT_OK {
                        assert_eq!(ejwt_stream_end(stream), EJWT_NOT_INITIALIZED);
                        Err((code, 0))
                    } else {
                        let whole = if self.is_detached { &self.payload } else { token };
                        for piece in self.pieces(whole) {
                            ejwt_stream_push(stream, piece.as_ptr().cast(), piece.len());
                        }
                        let now = ejwt_time_unknown();
                        let code = ejwt_stream_finish(stream, now, ptr::null(), proof);
                        let answer = self.read(code, proof);
                        assert_eq!(ejwt_stream_end(stream), EJWT_OK);
                        answer
                    }
                }
            }
        };
        // Of a token that is refused, nothing that was decoded stays.
        let is_wiped = buffer.iter().all(|byte| matches!(byte, 0 | 0xee));
        assert!(answer.is_ok() || is_wiped, "{way:?}: {self:?}");
        answer
    }

    /// What a proof says, or why there is none.
    ///
    /// # Safety
    /// `proof` leads to a token, whose buffer is there.
    unsafe fn read(&self, code: ejwt_code, proof: *const ejwt_token) -> Answer {
        // SAFETY: as the caller promises.
        unsafe {
            if code != EJWT_OK {
                return Err((code, (*proof).detail));
            }
            let (mut text, mut length) = (ptr::null(), 0);
            assert_eq!(ejwt_header_json(proof, &mut text, &mut length), EJWT_OK);
            let mut said = std::slice::from_raw_parts(text.cast(), length).to_vec();
            let mut payload = ptr::null();
            let code = ejwt_payload(proof, &mut payload, &mut length);
            if self.is_detached {
                assert_eq!(code, EJWT_NOT_INITIALIZED, "{self:?}");
                return Ok(said);
            }
            assert_eq!(code, EJWT_OK, "{self:?}");
            said.extend(std::slice::from_raw_parts(payload.cast::<u8>(), length));
            Ok(said)
        }
    }
}
