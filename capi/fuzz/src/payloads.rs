//! Payloads of any kind: signs and verifies them through both interfaces.

use std::ffi::c_void;
use std::ptr;

use arbitrary::Arbitrary;
use embedded_jwt::{AnyAlgorithm, AnyKey, Error, JwsVerifier, Signer};
use embedded_jwt_c::*;

use crate::{SECRET, refused};

/// A payload, how it is signed and verified, and what is changed on the way.
#[derive(Arbitrary, Debug)]
pub struct Payload {
    algorithm: u8,
    payload: Vec<u8>,
    is_detached: bool,
    /// The size of the buffers.
    room: u16,
    /// Cuts a detached payload.
    piece: u8,
    /// Which byte of the token is changed, and how.
    change: Option<(u16, u8)>,
}

/// What signing or verifying answers: bytes, or the code and its detail.
type Answer = Result<Vec<u8>, (i32, u32)>;

impl Payload {
    /// Signs and verifies. Panics if the C interface answers anything else than the Rust library.
    pub fn check(&self) {
        let algorithms = [AnyAlgorithm::Hs256, AnyAlgorithm::Hs384, AnyAlgorithm::Hs512];
        let algorithm = algorithms[usize::from(self.algorithm) % 3];
        let key = AnyKey::new(algorithm, &SECRET).expect("a secret for all algorithms");
        // SAFETY: plain memory, and the secret is there.
        let in_c = unsafe {
            let make = [ejwt_key_hs256, ejwt_key_hs384, ejwt_key_hs512][algorithm as usize];
            let mut key: Box<ejwt_key> = Box::new(std::mem::zeroed());
            assert_eq!(make(&mut *key, SECRET.as_ptr().cast(), SECRET.len()), EJWT_OK);
            key
        };
        let signed = self.sign(&key, self.room.into());
        assert_eq!(self.sign_c(&in_c, usize::from(self.room) + 1), signed, "{self:?}");
        let mut token = self.sign(&key, 1 << 17).expect("enough room");
        if let Some((at, bits)) = self.change {
            let at = usize::from(at) % token.len();
            token[at] ^= bits;
        }
        let expected = self.verify(&key, &token);
        assert_eq!(self.verify_c(&in_c, &token, false), expected, "{self:?}");
        if self.is_detached {
            assert_eq!(self.verify_c(&in_c, &token, true), expected, "in pieces: {self:?}");
        }
    }

    fn sign(&self, key: &AnyKey, room: usize) -> Answer {
        let signer = Signer::new(key);
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
        // SAFETY: all pointers lead to what they are for.
        let code = unsafe {
            sign(key, ptr::null(), payload, self.payload.len(), place, room, &mut length)
        };
        if code != EJWT_OK {
            assert!(buffer.iter().all(|byte| matches!(byte, 0 | 0xee)), "{self:?}");
            return Err((code, 0));
        }
        assert_eq!(buffer[length], 0, "{self:?}");
        Ok(buffer[..length].to_vec())
    }

    /// The payload, or the header if the payload is detached.
    fn verify(&self, key: &AnyKey, token: &[u8]) -> Answer {
        let verifier = JwsVerifier::new(key);
        let mut buffer = vec![0; self.room.into()];
        let answer: Result<Vec<u8>, Error> = if self.is_detached {
            let header = verifier.verify_detached(token, &self.payload, &mut buffer);
            header.map(|header| header.as_json().as_bytes().to_vec())
        } else {
            verifier.verify(token, &mut buffer).map(|jws| jws.payload().to_vec())
        };
        answer.map_err(refused)
    }

    fn verify_c(&self, key: &ejwt_key, token: &[u8], in_pieces: bool) -> Answer {
        let mut buffer = vec![0xee_u8; self.room.into()];
        let (place, size) = (buffer.as_mut_ptr().cast::<c_void>(), buffer.len());
        let (token, length) = (token.as_ptr().cast::<c_void>(), token.len());
        let (payload, payload_length) = (self.payload.as_ptr().cast(), self.payload.len());
        // SAFETY: plain memory, and all pointers lead to what they are for.
        unsafe {
            let mut proof: Box<ejwt_token> = Box::new(std::mem::zeroed());
            let proof = &raw mut *proof;
            let code = if in_pieces {
                let mut stream: Box<ejwt_stream> = Box::new(std::mem::zeroed());
                let stream = &raw mut *stream;
                let begun = ejwt_stream_begin_detached(
                    stream,
                    key,
                    ptr::null(),
                    token,
                    length,
                    place,
                    size,
                );
                if begun != EJWT_OK {
                    // A call that begins has no place for a detail.
                    return self
                        .verify_c(key, std::slice::from_raw_parts(token.cast(), length), false)
                        .map_err(|(code, detail)| {
                            assert_eq!(code, begun, "{self:?}");
                            (code, detail)
                        });
                }
                for piece in self.payload.chunks(usize::from(self.piece) + 1) {
                    assert_eq!(
                        ejwt_stream_push(stream, piece.as_ptr().cast(), piece.len()),
                        EJWT_OK
                    );
                }
                let code = ejwt_stream_finish(stream, ejwt_time_unknown(), ptr::null(), proof);
                let answer = self.read(code, proof);
                assert_eq!(ejwt_stream_end(stream), EJWT_OK);
                return answer;
            } else if self.is_detached {
                ejwt_verify_detached(
                    key,
                    ptr::null(),
                    token,
                    length,
                    payload,
                    payload_length,
                    place,
                    size,
                    proof,
                )
            } else {
                ejwt_verify_jws(key, ptr::null(), token, length, place, size, proof)
            };
            self.read(code, proof)
        }
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
            let mut length = 0;
            if self.is_detached {
                let mut text = ptr::null();
                assert_eq!(ejwt_header_json(proof, &mut text, &mut length), EJWT_OK);
                return Ok(std::slice::from_raw_parts(text.cast(), length).to_vec());
            }
            let mut payload = ptr::null();
            assert_eq!(ejwt_payload(proof, &mut payload, &mut length), EJWT_OK);
            Ok(std::slice::from_raw_parts(payload.cast(), length).to_vec())
        }
    }
}
