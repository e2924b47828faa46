//! Any text as payload, as a claim and as a header parameter. `serde_json` must accept the same
//! texts. The normal form must be the shortest equal text, and parsing it again must change
//! nothing.
#![no_main]

use embedded_jwt_fuzz::check::check_roomy;
use embedded_jwt_fuzz::rules::Rules;
use embedded_jwt_fuzz::sign::Algorithm::Hs256;

const HEADER: &[u8] = br#"{"alg":"HS256"}"#;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let as_parameter = [br#"{"alg":"HS256","":"#, text, b"}"].concat();
    let as_claim = [br#"{"":"#, text, b"}"].concat();
    for (header, payload) in [(HEADER, text), (HEADER, &as_claim), (&as_parameter, b"{}")] {
        let first = check_roomy(Hs256, &Rules::mild(), &Hs256.sign(header, payload));
        if let Ok(first) = first {
            let (header, claims) = (first.header.to_string(), first.claims.to_string());
            let again = Hs256.sign(header.as_bytes(), claims.as_bytes());
            assert_eq!(check_roomy(Hs256, &Rules::mild(), &again), Ok(first));
        }
    }
});
