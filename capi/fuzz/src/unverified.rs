//! Reads a token unverified through both interfaces.

use std::ffi::{CString, c_char, c_void};
use std::ptr;

use embedded_jwt::{Error, JsonString, unverified_claims, unverified_header};
use embedded_jwt_c::*;

use crate::{READ, text_of, zeroed};

/// The names that are read of a header.
const OF_HEADER: [&str; 4] = ["alg", "kid", "typ", "cty"];

/// The JSON text and each string, or the code why there is none.
type Answer = Result<(String, Vec<Result<String, ejwt_code>>), ejwt_code>;

/// Panics if the C interface answers anything else than the Rust library.
pub fn check(token: &[u8], room: usize) {
    let mut buffer = vec![0; room];
    let claims = unverified_claims(token, &mut buffer).map(|claims| {
        let strings = READ.map(|name| string(claims.string(name))).to_vec();
        (claims.as_json().to_owned(), strings)
    });
    assert_eq!(read_c(ejwt_unverified_claims, &READ, token, room), with_code(claims), "{token:?}");
    let mut buffer = vec![0; room];
    let header = unverified_header(token, &mut buffer).map(|header| {
        let found = [Some(header.algorithm()), header.key_id(), header.typ()];
        let mut strings = found.map(string).to_vec();
        strings.push(Err(EJWT_UNKNOWN_VALUE));
        (header.as_json().to_owned(), strings)
    });
    assert_eq!(
        read_c(ejwt_unverified_header, &OF_HEADER, token, room),
        with_code(header),
        "{token:?}"
    );
}

fn with_code<T>(answer: Result<T, Error>) -> Result<T, ejwt_code> {
    answer.map_err(|error| error.code().into())
}

fn string(found: Option<JsonString<'_>>) -> Result<String, ejwt_code> {
    let bytes: Vec<u8> = found.ok_or(EJWT_MISSING_MEMBER)?.bytes().collect();
    if bytes.contains(&0) {
        return Err(EJWT_EMBEDDED_NUL);
    }
    Ok(String::from_utf8(bytes).expect("strings of a token are UTF-8"))
}

type Read = unsafe extern "C" fn(
    *const c_void,
    usize,
    *mut c_void,
    usize,
    *mut ejwt_unverified,
) -> ejwt_code;

fn read_c(read: Read, names: &[&str], token: &[u8], room: usize) -> Answer {
    let mut buffer = vec![0xee_u8; room];
    let mut place = zeroed::<ejwt_unverified>();
    let (start, length) = (token.as_ptr().cast(), token.len());
    // SAFETY: all pointers lead to what they are for.
    unsafe {
        let code = read(start, length, buffer.as_mut_ptr().cast(), room, &mut *place);
        let (mut text, mut length) = (ptr::null(), 0);
        let json = ejwt_unverified_json(&*place, &mut text, &mut length);
        if code != EJWT_OK {
            assert_eq!(json, EJWT_NOT_INITIALIZED);
            assert!(buffer.iter().all(|byte| matches!(byte, 0 | 0xee)), "{token:?}");
            return Err(code);
        }
        assert_eq!(json, EJWT_OK);
        let json = text_of(text, length);
        let string = |name: &&str| {
            let name = CString::new(*name).expect("no zero bytes");
            let (mut memory, mut length) = ([0 as c_char; 1024], 0);
            let (start, size) = (memory.as_mut_ptr(), memory.len());
            match ejwt_unverified_string(&*place, name.as_ptr(), start, size, &mut length) {
                EJWT_OK => {
                    let is = ejwt_unverified_is(&*place, name.as_ptr(), start);
                    assert_eq!(is, EJWT_OK, "{token:?}");
                    Ok(text_of(start, length))
                }
                code => Err(code),
            }
        };
        Ok((json, names.iter().map(string).collect()))
    }
}
