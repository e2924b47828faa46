//! Any symbols as each of the three segments, signed as they are, and as a key. The `base64` and
//! `base64ct` crates must decode or refuse them alike.
#![no_main]

use base64ct::{Base64UrlUnpadded, Encoding as _};
use embedded_jwt_fuzz::check::{check_key, check_roomy};
use embedded_jwt_fuzz::rules::Rules;
use embedded_jwt_fuzz::sign::{Algorithm, decode};

libfuzzer_sys::fuzz_target!(|symbols: &[u8]| {
    let by_base64ct = str::from_utf8(symbols).map(Base64UrlUnpadded::decode_vec);
    assert_eq!(decode(symbols), by_base64ct.ok().and_then(Result::ok));
    check_key(symbols);
    for algorithm in Algorithm::ALL {
        let good = algorithm.sign_segments(b"e30", b"e30");
        let (start, tag) = good.split_at(8);
        let patched = tag.len() - symbols.len().min(tag.len());
        for token in [
            algorithm.sign_segments(symbols, b"e30"),
            algorithm.sign_segments(b"e30", symbols),
            [start, symbols].concat(),
            [start, &tag[..patched], symbols].concat(),
        ] {
            let _ = check_roomy(algorithm, &Rules::default(), &token);
        }
    }
});
