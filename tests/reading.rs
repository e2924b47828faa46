//! Claims are read into the user's types, or refused if they do not fit.

mod common;

use std::collections::BTreeMap;
use std::fmt::Debug;

use common::SECRET;
use common::every_way::Verifier;
use embedded_jwt::{Error, Hs256, Key, Policy, Time};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Verifies a token with these members, and reads its claims with this much scratch memory.
fn read<T: DeserializeOwned>(members: &str, scratch: usize) -> Result<T, Error> {
    let claims = format!("{{{members}}}");
    let token = common::sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let policy = Policy::builder().allow_missing_expiration().build()?;
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET)?, policy);
    let mut buffer = vec![0; token.len()];
    let token = verifier.verify(&token, Time::Unknown, &mut buffer)?;
    token.claims().read_with_scratch(&mut vec![0; scratch])
}

/// A row is the members, and what is read with enough scratch memory.
#[track_caller]
fn check<T: DeserializeOwned + Debug + PartialEq>(table: &[(&str, Result<T, Error>)]) {
    for (members, expected) in table {
        assert_eq!(&read::<T>(members, 64), expected, "{members}");
    }
}

fn text(text: &str) -> heapless::String<16> {
    text.try_into().unwrap()
}

#[derive(Debug, PartialEq, Deserialize)]
struct A<T> {
    a: T,
}

/// Reads members of the claims set, and the same members of an object in it.
#[track_caller]
fn check_at_both_levels<T>(members: &str, expected: Result<T, Error>)
where
    T: DeserializeOwned + Debug + PartialEq + Copy,
{
    check::<T>(&[(members, expected)]);
    check::<A<T>>(&[(&format!(r#""a":{{{members}}}"#), expected.map(|a| A { a }))]);
}

/// A row is a JSON value, and the field of type `T` that is read from it, if it fits.
#[track_caller]
fn check_field<T: DeserializeOwned + Debug + PartialEq>(table: &[(&str, Option<T>)]) {
    for (json, expected) in table {
        let found = read::<A<T>>(&format!(r#""a":{json}"#), 64).map(|A { a }| a);
        assert_eq!(found.as_ref().ok(), expected.as_ref(), "{json}: {found:?}");
    }
}

#[test]
fn scalars_that_do_not_fit_are_refused() {
    check_field::<u8>(&[
        ("0", Some(0)),
        ("255", Some(255)),
        ("256", None),
        ("-0", None),
        ("-1", None),
        ("1.0", None),
        ("1e2", None),
        ("\"1\"", None),
        ("null", None),
        ("true", None),
        ("[1]", None),
        ("18446744073709551616", None),
    ]);
    check_field::<i64>(&[
        ("-9223372036854775808", Some(i64::MIN)),
        ("9223372036854775807", Some(i64::MAX)),
        ("9223372036854775808", None),
        ("-0", Some(0)),
        ("1.5", None),
    ]);
    check_field::<u64>(&[("18446744073709551615", Some(u64::MAX)), ("18446744073709551616", None)]);
    check_field::<f64>(&[
        ("1.5", Some(1.5)),
        ("-1e-3", Some(-0.001)),
        ("7", Some(7.0)),
        ("1e999", None),
        ("-1e999", None),
        ("null", None),
        ("\"1\"", None),
        ("{}", None),
    ]);
    check_field::<f32>(&[("0.5", Some(0.5)), ("1e39", None)]);
    check_field::<bool>(&[
        ("true", Some(true)),
        ("false", Some(false)),
        ("0", None),
        ("null", None),
    ]);
    check_field::<()>(&[("null", Some(())), ("{}", None), ("0", None)]);
    #[derive(Debug, PartialEq, Deserialize)]
    struct Unit;
    check_field::<Unit>(&[("null", Some(Unit)), ("[]", None)]);
    check_field::<char>(&[
        ("\"x\"", Some('x')),
        (r#""\n""#, Some('\n')),
        (r#""\ud834\udd1e""#, Some('\u{1d11e}')),
        ("\"xy\"", None),
        ("\"\"", None),
    ]);
    check_field::<Option<u8>>(&[("null", Some(None)), ("1", Some(Some(1))), ("\"\"", None)]);
}

#[test]
fn strings_are_unescaped_or_refused() {
    check_field::<heapless::String<16>>(&[
        (r#""""#, Some(text(""))),
        (r#""\u0061\/""#, Some(text("a/"))),
        (r#""\"\\\n\u0000\u001F""#, Some(text("\"\\\n\0\u{1f}"))),
        (r#""0123456789abcdef""#, Some(text("0123456789abcdef"))),
        (r#""0123456789abcdefg""#, None),
        ("1", None),
    ]);
    check_field::<String>(&[(r#""a\n""#, Some("a\n".to_owned())), ("1", None)]);
    // Only strings with an escape need scratch memory, as much as they are long.
    for (json, scratch, expected) in [
        (r#""plain""#, 0, Ok(())),
        (r#""a\nb""#, 3, Ok(())),
        (r#""a\nb""#, 2, Err(Error::ScratchTooSmall)),
        (r#""\n""#, 0, Err(Error::ScratchTooSmall)),
    ] {
        let found = read::<A<heapless::String<16>>>(&format!(r#""a":{json}"#), scratch).map(drop);
        assert_eq!(found, expected, "{json} {scratch}");
    }
}

#[test]
fn arrays_of_a_wrong_length_are_refused() {
    check_field::<heapless::Vec<u8, 3>>(&[
        ("[]", Some(heapless::Vec::new())),
        ("[1, 2, 3]", Some([1, 2, 3].into())),
        ("[1,2,3,4]", None),
        ("[1,\"2\"]", None),
        ("{}", None),
        ("1", None),
    ]);
    check_field::<(u8, bool)>(&[
        ("[1,true]", Some((1, true))),
        ("[1]", None),
        ("[1,true,0]", None),
        ("[true,1]", None),
    ]);
    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair(u8, bool);
    check_field::<Pair>(&[
        ("[1,true]", Some(Pair(1, true))),
        ("[1]", None),
        ("[1,true,0]", None),
        ("{}", None),
    ]);
    check_field::<[[u8; 1]; 2]>(&[("[[1],[2]]", Some([[1], [2]])), ("[[1],[2,3]]", None)]);
}

#[test]
fn enums_are_read_by_variant_name() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Role {
        Guest,
        #[serde(rename = "line\nfeed")]
        LineFeed,
        Door(u8),
        Range(u8, u8),
        Named {
            name: heapless::String<16>,
        },
    }
    check_field::<Role>(&[
        (r#""Guest""#, Some(Role::Guest)),
        (r#""line\nfeed""#, Some(Role::LineFeed)),
        (r#"{"Guest":null}"#, Some(Role::Guest)),
        (r#"{"Door":7}"#, Some(Role::Door(7))),
        (r#"{"Range":[1,2]}"#, Some(Role::Range(1, 2))),
        (r#"{"Named":{"name":"a\"b","x":[{}]}}"#, Some(Role::Named { name: text("a\"b") })),
        (r#""guest""#, None),
        (r#""Door""#, None),
        (r#"{"Guest":1}"#, None),
        (r#"{"Door":"7"}"#, None),
        (r#"{"Range":[1]}"#, None),
        (r#"{"Range":[1,2,3]}"#, None),
        (r#"{"Named":{}}"#, None),
        (r#"{"Door":7,"Guest":null}"#, None),
        ("{}", None),
        ("[]", None),
        ("null", None),
    ]);
}

#[test]
fn enum_tag_must_be_a_string() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "role")]
    enum Role {
        Guest,
        Door {
            x: u8,
        },
        #[serde(other)]
        Other,
    }
    check::<Role>(&[
        (r#""role":"Guest""#, Ok(Role::Guest)),
        (r#""x":1,"role":"Door""#, Ok(Role::Door { x: 1 })),
        (r#""role":"door""#, Ok(Role::Other)),
        (r#""role":1,"x":1"#, Err(Error::UnreadableValue)),
        (r#""role":9"#, Err(Error::UnreadableValue)),
        (r#""role":true"#, Err(Error::UnreadableValue)),
    ]);
}

#[test]
fn maps_with_string_keys_are_read_and_others_refused() {
    type Map<K> = BTreeMap<K, u8>;
    let map = |pairs: &[(&str, u8)]| -> Map<String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    };
    check::<Map<String>>(&[
        ("", Ok(map(&[]))),
        (r#""a":1,"b":2"#, Ok(map(&[("a", 1), ("b", 2)]))),
        (r#""a\n\"":1"#, Ok(map(&[("a\n\"", 1)]))),
        (r#""a":1,"a":2"#, Ok(map(&[("a", 2)]))), // the last one, as RFC 7519 section 4 allows
        (r#""a":"1""#, Err(Error::UnreadableValue)),
    ]);
    assert_eq!(read::<Map<String>>(r#""a\n":1"#, 1), Err(Error::ScratchTooSmall));
    check_field::<Map<String>>(&[
        (r#"{"a":1}"#, Some(map(&[("a", 1)]))),
        ("[]", None),
        ("1", None),
    ]);
    check_field::<Map<u8>>(&[("{}", Some(Map::new())), (r#"{"1":1}"#, None)]);
    check_field::<Map<bool>>(&[(r#"{"true":1}"#, None)]);
    check_field::<Map<(u8, u8)>>(&[(r#"{"a":1}"#, None)]);
}

#[test]
fn unknown_members_are_skipped_at_every_level() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    for (members, expected) in [
        (r#""a":{"a":1}"#.to_owned(), Ok(1)),
        (r#""a":{"a":1,"x":"\"\\\n","y\"":1e400},"z\n":"\n""#.to_owned(), Ok(1)),
        (format!(r#""x":{0},"a":{{"y":{1},"a":1}}"#, deep(31), deep(30)), Ok(1)),
        (r#""a":{"x":1}"#.to_owned(), Err(Error::UnreadableValue)),
        (r#""a":{"a":1,"\u0061":1}"#.to_owned(), Err(Error::UnreadableValue)),
    ] {
        let found = read::<A<A<u8>>>(&members, 0).map(|A { a: A { a } }| a);
        assert_eq!(found, expected, "{members}");
    }
}

#[test]
fn fields_are_found_by_their_unescaped_names() {
    #[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
    struct Odd {
        #[serde(rename = "a\nb")]
        line_feed: Option<u8>,
        #[serde(rename = "a\\nb")]
        backslash: Option<u8>,
    }
    let odd = |line_feed, backslash| Ok(Odd { line_feed, backslash });
    for (members, expected) in [
        (r#""a\nb":1"#, odd(Some(1), None)),
        (r#""a\u000ab":1"#, odd(Some(1), None)),
        (r#""a\\nb":1"#, odd(None, Some(1))),
        (r#""a\tb":1"#, odd(None, None)),
        (r#""a\tb":1,"a\nb":2,"a\\nb":3,"\"":4"#, odd(Some(2), Some(3))),
    ] {
        check_at_both_levels::<Odd>(members, expected);
    }
}

#[test]
fn unknown_members_are_not_taken_for_fields_with_odd_names() {
    #[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
    struct Names {
        #[serde(rename = "")]
        empty: Option<u8>,
        #[serde(rename = "\0")]
        zero: Option<u8>,
    }
    let names = |empty, zero| Ok(Names { empty, zero });
    for (members, expected) in [
        (r#""":1,"z":2"#, names(Some(1), None)),
        (r#""\u0000":1,"z\n":2"#, names(None, Some(1))),
        (r#""z\"":3,"":1,"\u0000":2"#, names(Some(1), Some(2))),
        (r#""\u0001":1"#, names(None, None)),
    ] {
        check_at_both_levels::<Names>(members, expected);
    }
}

#[test]
fn fields_are_found_in_any_order() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Mixed {
        sub: Option<heapless::String<8>>,
        #[serde(alias = "b", alias = "c\"")]
        a: Option<u8>,
        i: Option<A<u8>>,
        jti: Option<char>,
        #[serde(default)]
        q: u8,
    }
    let none = || Mixed { sub: None, a: None, i: None, jti: None, q: 0 };
    let a = |a| Ok(Mixed { a: Some(a), ..none() });
    check::<Mixed>(&[
        ("", Ok(none())),
        (r#""a":1"#, a(1)),
        (r#""b":2"#, a(2)),
        (r#""c\"":3"#, a(3)),
        (
            r#""i":{"a":1,"i":2},"q":4,"a":5,"aa":6,"y":7"#,
            Ok(Mixed { i: Some(A { a: 1 }), q: 4, ..a(5).unwrap() }),
        ),
        (
            r#""jti":"6","a":5,"sub":"x","iss":"y""#,
            Ok(Mixed { sub: Some("x".try_into().unwrap()), jti: Some('6'), ..a(5).unwrap() }),
        ),
        (r#""aa":1,"aa":2,"":3,"":4,"a":5"#, a(5)),
        (r#""sub":null"#, Err(Error::InvalidSubject)),
        (r#""a":1,"b":1"#, Err(Error::UnreadableValue)),
        (r#""a":1,"x":2,"\u0061":1"#, Err(Error::UnreadableValue)),
        (r#""c\"":1,"c\u0022":1"#, Err(Error::UnreadableValue)),
        (r#""i":{"a":1,"a":1}"#, Err(Error::UnreadableValue)),
    ]);
    check::<Option<A<u8>>>(&[
        (r#""b":1,"a":2"#, Ok(Some(A { a: 2 }))),
        ("", Err(Error::UnreadableValue)),
    ]);
}

#[test]
fn struct_that_denies_unknown_fields_refuses_unknown_members() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        #[serde(rename = "\0")]
        a: u8,
    }
    check::<Closed>(&[
        (r#""\u0000":1"#, Ok(Closed { a: 1 })),
        (r#""\u0000":1,"z":2"#, Err(Error::UnreadableValue)),
        (r#""\u0000":1,"z\"":2"#, Err(Error::UnreadableValue)),
        (r#""z\"":2"#, Err(Error::UnreadableValue)),
    ]);
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Optional {
        a: Option<u8>,
        iss: Option<heapless::String<8>>,
        #[serde(rename = "\u{1}\"\t\u{e9}")]
        odd: Option<bool>,
    }
    let iss = Some("x\"".try_into().unwrap());
    check::<Optional>(&[
        ("", Ok(Optional { a: None, iss: None, odd: None })),
        (r#""a":1"#, Ok(Optional { a: Some(1), iss: None, odd: None })),
        (
            r#""\u0001\"\u0009\u00e9":true , "iss":"x\"" , "a":1"#,
            Ok(Optional { a: Some(1), iss, odd: Some(true) }),
        ),
        (r#""":0"#, Err(Error::UnreadableValue)),
        (r#""":0,"a":1"#, Err(Error::UnreadableValue)),
        (r#""a":1,"":0"#, Err(Error::UnreadableValue)),
        (r#""a":1,"sub":"""#, Err(Error::UnreadableValue)),
        (r#""jti":"""#, Err(Error::UnreadableValue)),
        (r#""b":0,"b":0"#, Err(Error::UnreadableValue)),
        (r#""b":{"a":1}"#, Err(Error::UnreadableValue)),
    ]);
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Empty {}
    check::<Empty>(&[("", Ok(Empty {})), (r#""":0"#, Err(Error::UnreadableValue))]);
}

#[test]
fn self_describing_types_read_what_serde_json_reads() {
    for members in [
        "",
        r#""a":[1,-1,1.5,1e3,0,-0.0,18446744073709551615,true,false,null,"",{},[]]"#,
        r#""a\"b":"\u0000\n\\ \ud834\udd1e","c":{"d":{"e":["f",{"g":"\t"}]}}"#,
    ] {
        let expected: serde_json::Value = serde_json::from_str(&format!("{{{members}}}")).unwrap();
        assert_eq!(read(members, 64), Ok(expected), "{members}");
    }
    assert!(read::<serde_json::Value>(r#""a":1e400"#, 0).is_err());
}

fn key() -> Key<Hs256> {
    Key::new(&SECRET).unwrap()
}

fn verified<'b>(claims: &str, buffer: &'b mut [u8]) -> embedded_jwt::Token<'b> {
    let token = common::sign("HS256", &SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    let policy = Policy::builder().audience("door-7").build().unwrap();
    Verifier::new(key(), policy).verify(&token, Time::Known(1_800_000_000), buffer).unwrap()
}

#[test]
fn struct_that_does_not_fit_is_refused() {
    #[derive(Debug, serde::Deserialize)]
    struct Door<'a> {
        #[serde(rename = "door")]
        _door: &'a str,
    }
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        #[serde(rename = "aud")]
        _aud: heapless::String<8>,
    }
    #[derive(Debug, serde::Deserialize)]
    struct Wrapper<'a>(#[serde(borrow)] Door<'a>);

    let aud = r#""aud":"door-7","exp":1900000000"#;
    for (claims, expected) in [
        (r#""door":"7b""#, Ok(())),
        (r#""d\u006for":"7\u0062""#, Ok(())),
        // Unknown members are skipped, whatever their value.
        (r#""door":"7b","x":"a\"\\\n\u0000","y\"":[[[[[[1e400]]]]]],"z":{"door":1}"#, Ok(())),
        (r#""x":"7b""#, Err(Error::UnreadableValue)),
        (r#""door":7"#, Err(Error::UnreadableValue)),
        (r#""door":null"#, Err(Error::UnreadableValue)),
        (r#""door":"a","door":"a""#, Err(Error::UnreadableValue)),
        (r#""door":"\"""#, Err(Error::UnreadableValue)),
    ] {
        let mut buffer = [0; 1024];
        let token = verified(&format!("{{{aud},{claims}}}"), &mut buffer);
        let read = token.claims().read_with_scratch::<Door>(&mut [0; 16]).map(drop);
        assert_eq!(read, expected, "{claims}");
        let read = token.claims().read_with_scratch::<Wrapper>(&mut [0; 16]);
        assert_eq!(read.map(|Wrapper(Door { .. })| ()), expected, "{claims}");
    }
    let mut buffer = [0; 1024];
    let token = verified(&format!("{{{aud}}}"), &mut buffer);
    assert_eq!(token.claims().read::<Closed>().err(), Some(Error::UnreadableValue));
    // A map takes all members, so all of them must fit.
    type Map<'a> = heapless::LinearMap<&'a str, Option<&'a str>, 4>;
    assert!(token.claims().read::<Map>().is_err());
    assert!(token.claims().read::<heapless::Vec<u8, 4>>().is_err());
}
