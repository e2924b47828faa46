//! Tokens that are signed through both interfaces: claims, with a stamp or without, and detached
//! payloads in pieces.

use std::ffi::{CString, c_char};
use std::ptr;

use arbitrary::{Arbitrary, Unstructured};
use embedded_jwt::{AnyAlgorithm, AnyKey, Error, Signer, Stamp};
use embedded_jwt_c::*;

use crate::{ALGORITHMS, claims_set, key_in_c, key_of, some, zeroed};

const PARAMETERS: [&str; 8] = [
    "{}",
    "{\"x\":[1]}",
    "{\"kid\":\"b\"}",
    "{\"alg\":\"none\"}",
    "{\"crit\":[]}",
    "{\"cty\":\"JWT\"}",
    "{\"x\":1,\"x\":2}",
    "[1]",
];
const STRINGS: [&str; 6] = ["", "a", "2026-12", "\"\\\n", "\u{e4}", "JWT"];

/// What is signed, and how.
#[derive(Debug)]
pub struct Signing {
    algorithm: AnyAlgorithm,
    key_id: Option<Vec<u8>>,
    typ: Option<Vec<u8>>,
    parameters: Option<Vec<u8>>,
    flags: u32,
    claims: Vec<u8>,
    stamp: Option<(u64, u32, Option<Vec<u8>>)>,
    payload: Vec<u8>,
    /// Cuts the payload.
    piece: usize,
    /// The size of the buffer, without the zero byte.
    room: usize,
}

/// A text, nearly as it has to be.
fn text(u: &mut Unstructured<'_>, list: &[&str]) -> arbitrary::Result<Option<Vec<u8>>> {
    if u.ratio(1, 16)? {
        return Ok(Some(Vec::arbitrary(u)?));
    }
    Ok(some(u, list)?.map(|text| text.as_bytes().to_vec()))
}

impl<'a> Arbitrary<'a> for Signing {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let stamp = if u.arbitrary()? {
            let now = if u.ratio(1, 4)? { u.arbitrary()? } else { 1_800_000_000 };
            let id = u.arbitrary::<Option<[u8; 8]>>()?.map(Vec::from);
            Some((now, *u.choose(&[0, 1, 300, u32::MAX])?, id))
        } else {
            None
        };
        Ok(Self {
            algorithm: *u.choose(&ALGORITHMS)?,
            key_id: text(u, &STRINGS)?,
            typ: text(u, &STRINGS)?,
            parameters: text(u, &PARAMETERS)?,
            flags: *u.choose(&[0, 0, 1, 2, 3, 4])?,
            claims: claims_set(u)?,
            stamp,
            piece: *u.choose(&[1, 2, 3, 64, 1000])?,
            room: if u.ratio(1, 2)? { 2000 } else { u.int_in_range(0..=400)? },
            payload: u.arbitrary()?,
        })
    }
}

/// What C reads of a text: up to the first zero byte, if that is UTF-8.
fn as_c(bytes: &[u8]) -> Result<&str, ejwt_code> {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    str::from_utf8(&bytes[..end]).map_err(|_| EJWT_NOT_UTF8)
}

/// A token, or the code and the length that is needed.
type Answer = Result<Vec<u8>, (ejwt_code, usize)>;

/// Nothing is touched, so the length is what it was.
fn wrong_call(code: ejwt_code) -> (ejwt_code, usize) {
    (code, usize::MAX)
}

fn refused(error: Error) -> (ejwt_code, usize) {
    let needed = match error {
        // With the zero byte.
        Error::BufferTooSmall { needed } => usize::from(needed) + 1,
        _ => 0,
    };
    (error.code().into(), needed)
}

impl Signing {
    /// Signs. Panics if the C interface answers anything else than the Rust library.
    pub fn check(&self) {
        let key = key_of(self.algorithm);
        let expected = self.claims_by(&key);
        assert_eq!(self.claims_by_c(), expected, "{self:?}");
        let expected = self.payload_by(&key).map_err(|(code, _)| code);
        assert_eq!(self.payload_by_c(), expected, "{self:?}");
    }

    fn signer<'s>(&'s self, key: &'s AnyKey) -> Result<Signer<'s, &'s AnyKey>, (ejwt_code, usize)> {
        let mut signer = Signer::new(key);
        let texts = [&self.key_id, &self.typ, &self.parameters];
        let [key_id, typ, object] = texts.map(|bytes| bytes.as_deref().map(as_c).transpose());
        if let Some(key_id) = key_id.map_err(wrong_call)? {
            signer = signer.key_id(key_id);
        }
        if let Some(typ) = typ.map_err(wrong_call)? {
            signer = signer.typ(typ);
        }
        if let Some(object) = object.map_err(wrong_call)? {
            signer = signer.header_parameters(object);
        }
        let without_typ = self.flags & EJWT_WITHOUT_TYP != 0;
        if self.flags > 3 || without_typ && self.typ.is_some() {
            return Err(wrong_call(EJWT_UNKNOWN_VALUE));
        }
        if without_typ {
            signer = signer.without_typ();
        }
        if self.flags & EJWT_ALLOW_UNLIMITED != 0 {
            signer = signer.allow_missing_expiration();
        }
        Ok(signer)
    }

    fn claims_by(&self, key: &AnyKey) -> Answer {
        let claims = as_c(&self.claims).map_err(wrong_call)?;
        let mut buffer = vec![0; self.room];
        let signer = self.signer(key)?;
        let token = match &self.stamp {
            None => signer.sign_json(claims, &mut buffer),
            Some((now, lifetime, id)) => {
                let stamp = Stamp::new(*now, *lifetime);
                let stamp = id.iter().fold(stamp, |stamp, id| stamp.jwt_id(id));
                signer.sign_json_with(claims, &stamp, &mut buffer)
            }
        };
        token.map(<[u8]>::to_vec).map_err(refused)
    }

    fn payload_by(&self, key: &AnyKey) -> Answer {
        let mut buffer = vec![0; self.room];
        let signer = self.signer(key)?;
        let mut stream = signer.stream_detached(&mut buffer).map_err(refused)?;
        for piece in self.payload.chunks(self.piece) {
            stream.push(piece).map_err(refused)?;
        }
        stream.finish().map(<[u8]>::to_vec).map_err(refused)
    }

    /// What C is told of the header. The texts are kept.
    fn header(&self, texts: &mut Vec<CString>) -> ejwt_signing {
        let mut text = |bytes: &Option<Vec<u8>>| {
            bytes.as_deref().map_or(ptr::null(), |bytes| {
                texts.push(until_zero(bytes));
                texts.last().map_or(ptr::null(), |text| text.as_ptr())
            })
        };
        ejwt_signing {
            key_id: text(&self.key_id),
            typ: text(&self.typ),
            header_parameters: text(&self.parameters),
            flags: self.flags,
        }
    }

    fn claims_by_c(&self) -> Answer {
        let mut texts = Vec::new();
        let header = self.header(&mut texts);
        let (key, claims) = (key_in_c(self.algorithm), until_zero(&self.claims));
        let stamp = self.stamp.as_ref().map(|(now, lifetime, id)| ejwt_stamp {
            now: *now,
            lifetime: *lifetime,
            jwt_id: id.as_ref().map_or(ptr::null(), |id| id.as_ptr().cast()),
            jwt_id_length: id.as_ref().map_or(0, Vec::len),
        });
        let stamp = stamp.as_ref().map_or(ptr::null(), ptr::from_ref);
        let mut buffer = vec![0xee_u8; self.room + 1];
        let (place, size, mut length) =
            (buffer.as_mut_ptr().cast::<c_char>(), buffer.len(), usize::MAX);
        // SAFETY: all pointers lead to what they are for.
        let code =
            unsafe { ejwt_sign(&*key, &header, claims.as_ptr(), stamp, place, size, &mut length) };
        if code != EJWT_OK {
            self.is_wiped(&buffer);
            return Err((code, length));
        }
        assert_eq!(buffer[length], 0, "{self:?}");
        buffer.truncate(length);
        Ok(buffer)
    }

    fn payload_by_c(&self) -> Result<Vec<u8>, ejwt_code> {
        let mut texts = Vec::new();
        let header = self.header(&mut texts);
        let (key, mut stream) = (key_in_c(self.algorithm), zeroed::<ejwt_stream>());
        let mut buffer = vec![0xee_u8; self.room];
        let (place, size, mut length) = (buffer.as_mut_ptr().cast(), buffer.len(), usize::MAX);
        // SAFETY: all pointers lead to what they are for.
        unsafe {
            let stream = &raw mut *stream;
            let begun = ejwt_stream_begin_signing(stream, &*key, &header, place, size);
            if begun != EJWT_OK {
                self.is_wiped(&buffer);
                assert_eq!(ejwt_stream_end(stream), EJWT_NOT_INITIALIZED);
                return Err(begun);
            }
            for piece in self.payload.chunks(self.piece) {
                let code = ejwt_stream_push(stream, piece.as_ptr().cast(), piece.len());
                assert_eq!(code, EJWT_OK, "{self:?}");
            }
            let code = ejwt_stream_finish_signing(stream, &mut length);
            assert_eq!(ejwt_stream_end(stream), EJWT_OK);
            if code != EJWT_OK {
                self.is_wiped(&buffer);
                return Err(code);
            }
        }
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Nothing is left of a token that can't be made.
    fn is_wiped(&self, buffer: &[u8]) {
        assert!(buffer.iter().all(|byte| matches!(byte, 0 | 0xee)), "{self:?}");
    }
}

fn until_zero(bytes: &[u8]) -> CString {
    let text: Vec<u8> = bytes.iter().copied().take_while(|&byte| byte != 0).collect();
    CString::new(text).expect("no zero bytes")
}
