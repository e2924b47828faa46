//! Any rules and time against any claims: the judge's answer, and policies that contradict
//! themselves are refused. Input: the rules in words, an empty line, the claims.
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
