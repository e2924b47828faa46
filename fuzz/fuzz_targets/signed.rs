//! Any header and payload with a valid MAC. The answer must be the judge's. Input: the header, an
//! empty line, the payload.
#![no_main]

use embedded_jwt_fuzz::check::check_roomy;
use embedded_jwt_fuzz::rules::Rules;
use embedded_jwt_fuzz::sign::Algorithm;
use embedded_jwt_fuzz::two_texts;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (header, payload) = two_texts(input);
    let rules = Rules::read(b"issuer=joe typ=JWT leeway=30 now=1300819380");
    let algorithm = Algorithm::named_in(header);
    let token = algorithm.sign(header, payload);
    let _ = check_roomy(algorithm, &rules, &token);
    let _ = check_roomy(algorithm, &Rules::mild(), &token);
});
