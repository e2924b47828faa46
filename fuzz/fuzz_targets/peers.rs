//! Any header and claims, verified by `jsonwebtoken` and `jwt-simple` under an equal policy. They
//! must accept what we accept, with equal claims, except for the differences in
//! `peer-differences.tsv`: then they must refuse. Input: the header, an empty line, the claims.
#![no_main]

use embedded_jwt_fuzz::check::check_roomy;
use embedded_jwt_fuzz::peers::{Peer, is_reserved, now, rules};
use embedded_jwt_fuzz::sign::Algorithm::Hs256;
use embedded_jwt_fuzz::two_texts;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (header, claims) = two_texts(input);
    let token = Hs256.sign(header, claims);
    let now = now();
    let Ok(ours) = check_roomy(Hs256, &rules(now), &token) else { return };
    if is_reserved(&ours.header) || is_reserved(&ours.claims) {
        return;
    }
    for peer in Peer::ALL {
        let theirs = peer.verify(str::from_utf8(&token).unwrap(), now, Some(&ours.claims));
        let known = peer.known_refusal(&ours.header, &ours.claims);
        assert_eq!(theirs.is_err(), known.is_some(), "{peer:?}: {theirs:?}, known: {known:?}");
    }
});
