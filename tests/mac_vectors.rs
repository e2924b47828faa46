//! The vectors of RFC 4231 and of Wycheproof, through the public [`Mac`] trait.

mod common;

use common::{encode, verify_jws};
use embedded_jwt::{Algorithm, Error, Hs256, Hs384, Hs512, Key, Mac};
use wycheproof::TestResult;
use wycheproof::mac::{Test, TestName, TestSet};

/// The MAC that the crate computes.
fn mac<A: Algorithm>(key: &[u8], message: &[u8]) -> Result<Vec<u8>, Error> {
    let key = Key::<A>::new(key)?;
    Ok(key.mac(message)?.as_ref().to_vec())
}

#[test]
fn rfc_4231_vectors_with_long_enough_keys_hold() {
    let mut run = [0; 3];
    for line in
        include_str!("vectors/rfc/rfc4231.tsv").lines().filter(|line| !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split('\t').collect();
        let [case, key, data, sha256, sha384, sha512] = fields[..] else { panic!("{line}") };
        let (key, data) = (from_hex(key), from_hex(data));
        run[0] += rfc_4231_case::<Hs256>(case, &key, &data, &from_hex(sha256));
        run[1] += rfc_4231_case::<Hs384>(case, &key, &data, &from_hex(sha384));
        run[2] += rfc_4231_case::<Hs512>(case, &key, &data, &from_hex(sha512));
    }
    // Cases 6 and 7 have keys of 131 bytes. All others have fewer than 32.
    assert_eq!(run, [2, 2, 2]);
}

/// The number of MACs compared: 1, or 0 if the key is too short (RFC 7518 section 3.2).
fn rfc_4231_case<A: Algorithm>(case: &str, key: &[u8], data: &[u8], tag: &[u8]) -> usize {
    // The test's own MAC must match too. Case 5 has 128 bits only, too few for a JWS.
    let whole = common::mac(A::NAME, key, data);
    assert_eq!(tag.len(), if case == "5" { 16 } else { A::TAG_LENGTH }, "{case} {}", A::NAME);
    assert_eq!(&whole[..tag.len()], tag, "{case} {}", A::NAME);

    let computed = mac::<A>(key, data);
    if key.len() < A::TAG_LENGTH {
        assert_eq!(
            computed,
            Err(Error::KeyTooShort { needed: size_of::<A::Tag>() as u8 }),
            "{case} {}",
            A::NAME
        );
        return 0;
    }
    assert_eq!(computed.as_deref(), Ok(tag), "{case} {}", A::NAME);
    1
}

fn from_hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| char::from(text.as_bytes()[at]).to_digit(16).unwrap() as u8;
    (0..text.len()).step_by(2).map(|at| digit(at) << 4 | digit(at + 1)).collect()
}

#[test]
fn wycheproof_hmac_sha256_vectors_hold() {
    assert_eq!(
        wycheproof::<Hs256>(TestName::HmacSha256),
        Counts { valid: 30, invalid: 54, truncated: 84, short_key: 6 }
    );
}

#[test]
fn wycheproof_hmac_sha384_vectors_hold() {
    assert_eq!(
        wycheproof::<Hs384>(TestName::HmacSha384),
        Counts { valid: 30, invalid: 54, truncated: 84, short_key: 6 }
    );
}

#[test]
fn wycheproof_hmac_sha512_vectors_hold() {
    assert_eq!(
        wycheproof::<Hs512>(TestName::HmacSha512),
        Counts { valid: 30, invalid: 54, truncated: 84, short_key: 6 }
    );
}

/// The number of vectors of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    /// The MAC is right.
    valid: usize,
    /// The MAC is wrong.
    invalid: usize,
    /// Half a MAC, right or wrong, which is too short for a token (RFC 7518 section 3.2).
    truncated: usize,
    /// The key is shorter than the hash's output, so there is no MAC.
    short_key: usize,
}

fn wycheproof<A: Algorithm>(name: TestName) -> Counts {
    let set = TestSet::load(name).unwrap();
    let mut counts = Counts::default();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let id = test.tc_id;
        let computed = mac::<A>(&test.key, &test.msg);
        if test.key.len() < A::TAG_LENGTH {
            assert_eq!(
                computed,
                Err(Error::KeyTooShort { needed: size_of::<A::Tag>() as u8 }),
                "{id}"
            );
            counts.short_key += 1;
            continue;
        }
        let computed = computed.unwrap();
        let equal = match test.result {
            TestResult::Valid => true,
            TestResult::Invalid => false,
            TestResult::Acceptable => panic!("{id} is neither valid nor invalid"),
        };
        assert_eq!(computed.starts_with(&test.tag), equal, "{id}");
        if test.tag.len() < A::TAG_LENGTH {
            let token = [b"e30.e30.", encode(&test.tag).as_bytes()].concat();
            assert_eq!(verify_jws::<A>(&test.key, &token), Err(Error::SignatureLength), "{id}");
            counts.truncated += 1;
        } else if equal {
            check_message_as_payload::<A>(test);
            counts.valid += 1;
        } else {
            counts.invalid += 1;
        }
    }
    assert_eq!(
        counts.valid + counts.invalid + counts.truncated + counts.short_key,
        set.number_of_tests
    );
    counts
}

/// Checks a token with the vector's key and message, then flips one bit of its signature.
fn check_message_as_payload<A: Algorithm>(test: &Test) {
    let header = format!(r#"{{"alg":"{}"}}"#, A::NAME);
    let input = format!("{}.{}", encode(header), encode(&test.msg));
    let mut tag = common::mac(A::NAME, &test.key, input.as_bytes());
    let token = |tag: &[u8]| format!("{input}.{}", encode(tag)).into_bytes();
    assert_eq!(verify_jws::<A>(&test.key, &token(&tag)).as_ref(), Ok(&*test.msg), "{}", test.tc_id);

    // Each vector flips another bit.
    let bit = test.tc_id * 37 % (8 * A::TAG_LENGTH);
    tag[bit / 8] ^= 1 << (bit % 8);
    let refused = verify_jws::<A>(&test.key, &token(&tag));
    let expected = match test.msg.is_empty() {
        true => Error::DetachedPayload,
        false => Error::SignatureMismatch,
    };
    assert_eq!(refused, Err(expected), "{} bit {bit}", test.tc_id);
}
