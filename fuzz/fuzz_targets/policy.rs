//! Any rules and time, and any claims. The answer must be the judge's, and a contradictory policy
//! must be refused. Input: the rules as words, an empty line, the claims.
#![no_main]

use embedded_jwt_fuzz::check::check_roomy;
use embedded_jwt_fuzz::rules::Rules;
use embedded_jwt_fuzz::sign::Algorithm::Hs256;
use embedded_jwt_fuzz::two_texts;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (rules, claims) = two_texts(input);
    let token = Hs256.sign(br#"{"alg":"HS256","typ":"JWT"}"#, claims);
    let _ = check_roomy(Hs256, &Rules::read(rules), &token);
});
