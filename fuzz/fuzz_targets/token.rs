//! Any bytes as a token. The answer must be the judge's, with one MAC at most, and a refused token
//! must be wiped from the buffer.
#![no_main]

use embedded_jwt_fuzz::check::check;
use embedded_jwt_fuzz::judge::needed;
use embedded_jwt_fuzz::rules::Rules;
use embedded_jwt_fuzz::sign::Algorithm;

libfuzzer_sys::fuzz_target!(|token: &[u8]| {
    for algorithm in Algorithm::ALL {
        let needed = needed(&[algorithm], token).unwrap_or(0);
        for room in [0, needed.saturating_sub(1), needed, token.len()] {
            let _ = check(algorithm, &Rules::mild(), token, room);
        }
    }
});
