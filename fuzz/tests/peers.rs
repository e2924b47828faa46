//! The known differences from the peers.

use embedded_jwt_fuzz::check::check_roomy;
use embedded_jwt_fuzz::peers::{DIFFERENCES, Peer, now, rules};
use embedded_jwt_fuzz::sign::Algorithm::Hs256;

/// The file and the code must name the same differences. Fails if a peer starts to agree with
/// us.
#[test]
fn every_known_difference_is_found_in_its_example() {
    for line in DIFFERENCES.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [peer, verdict, answer, difference, header, claims, reason] = columns[..] else {
            panic!("{line}")
        };
        assert!(!reason.is_empty(), "{line}");
        let peer = Peer::ALL.into_iter().find(|one| one.name() == peer).expect(line);
        // Try again until all have used the same second.
        let (ours, theirs) = loop {
            let now = now();
            let token =
                Hs256.sign(header.as_bytes(), claims.replace("NOW", &now.to_string()).as_bytes());
            let ours = check_roomy(Hs256, &rules(now), &token);
            let theirs = peer.verify(str::from_utf8(&token).unwrap(), now, None);
            if now == embedded_jwt_fuzz::peers::now() {
                break (ours, theirs);
            }
        };
        match ours {
            Ok(verified) => {
                assert_eq!(answer, "Accepted", "{line}");
                let known = peer.known_refusal(&verified.header, &verified.claims);
                assert_eq!(known, Some(difference), "{line}");
            }
            Err(error) => assert_eq!(answer, format!("{error:?}"), "{line}"),
        }
        let agreed = theirs.is_ok() == (answer == "Accepted");
        assert!(!agreed, "the peer agrees with us: {line}");
        assert_eq!(theirs.is_ok(), verdict == "accepts", "{theirs:?}: {line}");
    }
}
