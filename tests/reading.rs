//! Claims are read into the user's types, or refused if they do not fit.

mod common;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use common::SECRET;
use common::every_way::Verifier;
use embedded_jwt::{Error, Hs256, Key, Policy, Time, Token};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

/// Verifies a token with these members. The buffer is leaked, so that claims can borrow it.
fn token_of(members: &str) -> Result<Token<'static>, Error> {
    let claims = format!("{{{members}}}");
    let token =
        common::sign("HS256", &SECRET, br#"{"alg":"HS256","n":"CORP\\erika"}"#, claims.as_bytes());
    let policy = Policy::builder().allow_missing_expiration().build()?;
    let verifier = Verifier::new(Key::<Hs256>::new(&SECRET)?, policy);
    verifier.verify(&token, Time::Unknown, vec![0; token.len()].leak())
}

/// Verifies a token with these members, and reads its claims.
fn read<T: Deserialize<'static>>(members: &str) -> Result<T, Error> {
    token_of(members)?.claims().read()
}

/// Somewhere a value doesn't fit. `errors_tell_which_value_does_not_fit` is about where.
const UNREADABLE: Error = Error::UnreadableValue { position: u16::MAX };

fn somewhere(error: Error) -> Error {
    if let Error::UnreadableValue { .. } = error { UNREADABLE } else { error }
}

/// A row is the members, and what is read.
#[track_caller]
fn check<T: Deserialize<'static> + Debug + PartialEq>(table: &[(&str, Result<T, Error>)]) {
    for (members, expected) in table {
        let found = read::<T>(members).map_err(somewhere);
        assert_eq!(&found, expected, "{members}");
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
fn check_field<T: Deserialize<'static> + Debug + PartialEq>(table: &[(&str, Option<T>)]) {
    for (json, expected) in table {
        let found = read::<A<T>>(&format!(r#""a":{json}"#)).map(|A { a }| a);
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
        (r#""role":1,"x":1"#, Err(UNREADABLE)),
        (r#""role":9"#, Err(UNREADABLE)),
        (r#""role":true"#, Err(UNREADABLE)),
    ]);
}

#[test]
fn maps_are_read_and_keep_the_last_of_equal_names() {
    type Map<K> = BTreeMap<K, u8>;
    let map = |pairs: &[(&str, u8)]| -> Map<String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    };
    check::<Map<String>>(&[
        ("", Ok(map(&[]))),
        (r#""a":1,"b":2"#, Ok(map(&[("a", 1), ("b", 2)]))),
        (r#""a\n\"":1"#, Ok(map(&[("a\n\"", 1)]))),
        (r#""a":1,"a":2"#, Ok(map(&[("a", 2)]))), // the last one, as RFC 7519 section 4 allows
        (r#""a":"1""#, Err(UNREADABLE)),
    ]);
    check_field::<Map<String>>(&[
        (r#"{"a":1}"#, Some(map(&[("a", 1)]))),
        ("[]", None),
        ("1", None),
    ]);
    check_field::<Map<(u8, u8)>>(&[("{}", Some(Map::new())), (r#"{"a":1}"#, None)]);
}

/// Reads claims with these values, and compares with what `serde_json` reads: the first list must
/// be read, the second refused, by both.
#[track_caller]
fn agree<T: Deserialize<'static> + Debug + PartialEq>(read: &[&str], refused: &[&str]) {
    for (values, fits) in [(read, true), (refused, false)] {
        for json in values {
            let json: &'static str = json.to_string().leak();
            let expected = serde_json::from_str::<T>(json).ok();
            assert_eq!(expected.is_some(), fits, "{json}: serde_json reads {expected:?}");
            let token = token_of(&format!(r#""a":{json}"#)).unwrap();
            let found = token.claims().get::<T>("a").map_err(somewhere);
            assert_eq!(found, expected.ok_or(UNREADABLE), "{json}");
        }
    }
}

#[test]
fn owned_strings_are_read_as_serde_json_reads_them() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct User<T>(T);
    #[derive(Debug, PartialEq, Deserialize)]
    struct Borrowed(#[serde(borrow)] Cow<'static, str>);

    let strings = [
        r#""""#,
        r#""erika""#,
        r#""CORP\\erika""#,
        r#""\"\\\b\f\n\r\t\u0000\u001F""#,
        r#""\u00e4\/""#,
    ];
    let others = ["1", "null", "true", "[]", "{}"];
    agree::<String>(&strings, &others);
    agree::<Box<str>>(&strings, &others);
    agree::<Cow<str>>(&strings, &others);
    agree::<Borrowed>(&strings, &others);
    agree::<User<String>>(&strings, &others);
    agree::<heapless::String<10>>(&strings, &[r#""CORP\\erika2""#, "1"]);
    agree::<Option<String>>(&[r#""CORP\\erika""#, "null"], &["1"]);
    agree::<heapless::Vec<heapless::String<10>, 2>>(
        &[r#"["CORP\\erika","\n"]"#, "[]"],
        &[r#"["CORP\\erika","\n","a"]"#, r#""CORP\\erika""#],
    );
    agree::<(String, u8, String)>(&[r#"["\\",1,"\n"]"#], &[r#"["\\","\n",1]"#]);
    agree::<BTreeMap<String, String>>(&[r#"{"\\":"CORP\\erika","\n":"\""}"#], &[r#"{"\\":1}"#]);
    agree::<char>(&[r#""\\""#, r#""\u0000""#, r#""a""#], &[r#""\\\\""#, r#""""#]);
    agree::<&str>(&[r#""erika""#, r#""""#], &[r#""CORP\\erika""#, "1"]);
    agree::<Option<&str>>(&[r#""erika""#, "null"], &[r#""CORP\\erika""#]);

    // Only what JSON can't write without an escape is decoded; everything else is borrowed.
    let borrows = |json: &str| {
        let Borrowed(text) =
            token_of(&format!(r#""a":{json}"#)).unwrap().claims().get("a").unwrap();
        matches!(text, Cow::Borrowed(_))
    };
    assert!(borrows(r#""\u00e4\/""#) && !borrows(r#""CORP\\erika""#));
    check_field::<&str>(&[(r#""\u00e4\/""#, Some("\u{e4}/"))]);
    let token = token_of(r#""sub":"CORP\\erika""#).unwrap();
    assert_eq!(token.claims().get::<String>("sub").unwrap(), r"CORP\erika");
    assert_eq!(token.header().get::<String>("n").unwrap(), r"CORP\erika");
}

#[test]
fn enums_are_read_as_serde_json_reads_them() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum External {
        Guest,
        #[serde(rename = "CORP\\erika", alias = "\n")]
        Erika,
        #[serde(rename = "\\")]
        Door(Option<u8>),
        Range(u8, u8),
        Named {
            #[serde(rename = "\"")]
            name: String,
        },
    }
    agree::<External>(
        &[
            r#""Guest""#,
            r#""CORP\\erika""#,
            r#""\n""#,
            r#"{"CORP\\erika":null}"#,
            r#"{"\\":7}"#,
            r#"{"\\":null}"#,
            r#"{"Range":[1,2]}"#,
            r#"{"Named":{"\"":"CORP\\erika","\\":1}}"#,
        ],
        &[
            r#""CORP\\\\erika""#,
            r#""\\""#,
            r#""\t""#,
            r#"{"\t":null}"#,
            r#"{"CORP\\erika":1}"#,
            r#"{"\\":7,"Guest":null}"#,
            r#"{"Named":{"\"":1}}"#,
        ],
    );
    agree::<Vec<External>>(&[r#"["\n","Guest",{"\\":1}]"#], &[r#"["\n","\t"]"#]);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "\\t")]
    enum Internal {
        Guest,
        #[serde(rename = "CORP\\erika")]
        Erika {
            name: String,
        },
        #[serde(other)]
        Other,
    }
    agree::<Internal>(
        &[
            r#"{"\\t":"Guest"}"#,
            r#"{"\\t":"CORP\\erika","name":"\n"}"#,
            r#"{"name":"\n","\\t":"CORP\\erika"}"#,
            r#"{"\\t":"\n"}"#,
        ],
        &[r#"{"\\t":"CORP\\erika"}"#, r#"{"t":"Guest"}"#, r#"{"name":"\n"}"#],
    );

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "\\t", content = "\\c")]
    enum Adjacent {
        Guest,
        #[serde(rename = "CORP\\erika")]
        Erika(String),
    }
    agree::<Adjacent>(
        &[
            r#"{"\\t":"Guest"}"#,
            r#"{"\\t":"CORP\\erika","\\c":"\n"}"#,
            r#"{"\\c":"\n","\\t":"CORP\\erika"}"#,
        ],
        &[r#"{"\\t":"CORP\\erika"}"#, r#"{"\\t":"\n"}"#, r#"{"\\t":"CORP\\erika","\\c":1}"#],
    );

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Door(u8),
        Named(String),
        Members {
            #[serde(rename = "\\")]
            name: String,
        },
    }
    agree::<Untagged>(
        &["7", r#""CORP\\erika""#, r#"{"\\":"\n"}"#],
        &["300", "null", r#"{"\\":1}"#, r#"{"n":"\n"}"#],
    );
}

#[test]
fn map_keys_are_read_as_serde_json_reads_them() {
    const NO_INTEGERS: [&str; 18] = [
        "", "-", "+1", "01", "00", "-01", " 1", "1 ", "1.0", "1e1", "0x1", "a", "1a", "--1",
        "null", "1,", r"1\n", "\u{663}",
    ];
    macro_rules! integers {
        ($($integer:ident)*) => {$({
            let map = |key: &str| format!(r#"{{"{key}":1}}"#);
            let (lowest, highest) = ($integer::MIN.to_string(), $integer::MAX.to_string());
            for key in ["0", "9", "10", &lowest, &highest] {
                agree::<BTreeMap<$integer, u8>>(&[&map(key)], &[]);
            }
            let above = format!("{}0", highest);
            for key in NO_INTEGERS.into_iter().chain([&*above, "-999999999999999999999999999999999999999999"]) {
                agree::<BTreeMap<$integer, u8>>(&[], &[&map(key)]);
            }
            agree::<BTreeMap<$integer, u8>>(&["{}", r#"{"7":1,"8":2,"7":3}"#], &[r#"{"7":"1"}"#]);
            if $integer::MIN == 0 {
                agree::<BTreeMap<$integer, u8>>(&[], &[&map("-1")]);
            }
        })*};
    }
    integers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128);
    agree::<BTreeMap<u8, u8>>(&[], &[r#"{"256":1}"#, r#"{"-0":1}"#]);
    agree::<BTreeMap<i8, u8>>(&[], &[r#"{"128":1}"#, r#"{"-129":1}"#]);
    // `serde_json` doesn't decode escapes in such keys, and `-0` is a float to it. Here `-0` is an
    // integer, as in values.
    check_field::<BTreeMap<i8, u8>>(&[
        (r#"{"\u0031":1}"#, Some([(1, 1)].into())),
        (r#"{"-0":1}"#, Some([(0, 1)].into())),
    ]);

    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    struct Id<T>(T);
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    enum Role {
        Guest,
        #[serde(rename = "CORP\\erika")]
        Erika,
        Door(u8),
    }
    agree::<BTreeMap<bool, u8>>(
        &[r#"{"true":1,"false":2}"#],
        &[r#"{"True":1}"#, r#"{" true":1}"#, r#"{"true ":1}"#, r#"{"1":1}"#, r#"{"\"":1}"#],
    );
    agree::<BTreeMap<char, u8>>(&[r#"{"a":1,"\\":2}"#], &[r#"{"ab":1}"#]);
    agree::<BTreeMap<&str, u8>>(&[r#"{"a":1,"":2}"#], &[r#"{"CORP\\erika":1}"#]);
    agree::<BTreeMap<Id<u16>, u8>>(&[r#"{"7":1}"#], &[r#"{"a":1}"#]);
    agree::<BTreeMap<Id<String>, u8>>(&[r#"{"7":1,"CORP\\erika":2}"#], &[]);
    agree::<BTreeMap<Option<u16>, u8>>(&[r#"{"7":1}"#], &[r#"{"null":1}"#]);
    agree::<BTreeMap<Option<String>, u8>>(&[r#"{"7":1,"null":2}"#], &[]);
    agree::<BTreeMap<Role, u8>>(
        &[r#"{"Guest":1,"CORP\\erika":2}"#],
        &[r#"{"guest":1}"#, r#"{"\\":1}"#, r#"{"Door":1}"#],
    );
    agree::<BTreeMap<(), u8>>(&[], &[r#"{"null":1}"#]);
    agree::<BTreeMap<String, BTreeMap<u8, String>>>(
        &[r#"{"\n":{"1":"\n"}}"#],
        &[r#"{"1":{"\n":""}}"#],
    );

    agree::<u128>(
        &["0", "340282366920938463463374607431768211455"],
        &["340282366920938463463374607431768211456", "-1", "1.0", "1e1", "\"1\"", "null"],
    );
    agree::<i128>(
        &["-170141183460469231731687303715884105728", "170141183460469231731687303715884105727"],
        &["170141183460469231731687303715884105728", "1.0", "1e1", "\"1\"", "null"],
    );
}

#[test]
fn strings_with_escapes_are_read_up_to_256_bytes_and_longer_with_more_memory() {
    const ALLOC: bool = cfg!(feature = "alloc");
    for (length, scratch, fits) in [
        (255, 0, true),
        (256, 0, true),
        (256, 255, true),
        (257, 0, ALLOC),
        (257, 256, ALLOC),
        (257, 257, true),
        (3000, 2999, ALLOC),
        (3000, 3000, true),
    ] {
        let text = "\\".repeat(length);
        let json = serde_json::to_string(&text).unwrap();
        let error = Error::ScratchTooSmall { needed: length as u16 };
        let expected = if fits { Ok(text.clone()) } else { Err(error) };
        let mut memory = vec![0; scratch];

        let token = token_of(&format!(r#""a":{json},"x":{{{json}:1}}"#)).unwrap();
        let claims = token.claims();
        let found: Result<A<String>, _> = claims.read_with_scratch(&mut memory);
        assert_eq!(found.map(|A { a }| a), expected, "{length} {scratch}");
        assert_eq!(claims.get_with_scratch("a", &mut memory), expected, "{length} {scratch}");
        let expected_map = expected.clone().map(|text| BTreeMap::from([(text, 1)]));
        assert_eq!(claims.get_with_scratch("x", &mut memory), expected_map, "{length} {scratch}");
        if scratch == 0 {
            assert_eq!(claims.read::<A<String>>().map(|A { a }| a), expected, "{length}");
            assert_eq!(claims.get("a"), expected, "{length}");
        }
        // What is only compared, or skipped, needs no memory, and no more than a refusal.
        #[derive(Debug, PartialEq, Deserialize)]
        enum Role {
            Guest,
        }
        assert_eq!(read(&format!(r#"{json}:1,"a":1"#)), Ok(A { a: 1 }), "{length}");
        assert_eq!(claims.get::<Role>("a").map_err(somewhere), Err(UNREADABLE), "{length}");
        // Without an escape, there is no limit.
        let token = token_of(&format!(r#""a":"{}""#, "a".repeat(length))).unwrap();
        assert_eq!(token.claims().get("a"), Ok("a".repeat(length)));
    }
    // It is the decoded string that counts.
    let token = token_of(&format!(r#""a":"{}""#, r"\u0000".repeat(256))).unwrap();
    assert_eq!(token.claims().get("a"), Ok("\0".repeat(256)));
    // The token stays verified, whatever was read from it.
    let token = token_of(&format!(r#""a":"{}""#, r"\n".repeat(300))).unwrap();
    assert_eq!(token.claims().get::<String>("a").is_ok(), ALLOC);
    assert_eq!(token.claims().get_with_scratch("a", &mut [0; 300]), Ok("\n".repeat(300)));
}

/// Types that a value doesn't fit. Where it is, is told by the text from there on.
#[track_caller]
fn refused_at<T: Deserialize<'static> + Debug>(table: &[(&str, &str)]) {
    for (members, expected) in table {
        let token = token_of(members).unwrap();
        let Err(Error::UnreadableValue { position }) = token.claims().read::<T>() else {
            panic!("{members} is read, or refused with another error");
        };
        assert_eq!(&token.claims().as_json()[position.into()..], *expected, "{members}");
    }
}

#[test]
fn errors_tell_which_value_does_not_fit() {
    #[allow(dead_code)]
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        a: Option<u8>,
    }
    #[allow(dead_code)]
    #[derive(Debug, Deserialize)]
    enum Role {
        Guest,
        Door(A<u8>),
        Range(u8, u8),
        Named { a: u8 },
    }
    #[allow(dead_code)]
    #[derive(Debug, Deserialize)]
    #[serde(tag = "t")]
    enum Internal {
        Door { a: u8 },
    }
    #[allow(dead_code)]
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Door(u8),
        Pair(u8, u8),
    }
    #[allow(dead_code)]
    #[derive(Debug, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        rest: A<u8>,
    }

    // A scalar.
    refused_at::<A<u8>>(&[
        (r#""a":300"#, "300}"),
        (r#""x":1,"a":"1","y":2"#, r#""1","y":2}"#),
        (r#""a":null"#, "null}"),
        (r#""x":"\u0061" , "\u0061" : 1.5"#, "1.5}"),
        (r#""a":[1]"#, "[1]}"),
    ]);
    refused_at::<A<f64>>(&[(r#""a":1e999"#, "1e999}")]);
    refused_at::<A<bool>>(&[(r#""a":"true""#, r#""true"}"#)]);
    refused_at::<A<()>>(&[(r#""a":1"#, "1}")]);
    // A string: of another type, too long, with an escape.
    refused_at::<A<String>>(&[(r#""a":7"#, "7}")]);
    refused_at::<A<heapless::String<3>>>(&[
        (r#""a":"abcd""#, r#""abcd"}"#),
        (r#""a":"abc\n""#, r#""abc\n"}"#),
    ]);
    refused_at::<A<&str>>(&[(r#""a":"\u005c""#, r#""\\"}"#)]);
    // An object: what is missing or twice, and what is unknown.
    refused_at::<A<u8>>(&[
        (r#""b":1"#, r#"{"b":1}"#),
        ("", "{}"),
        (r#""a":1,"a":2"#, r#"{"a":1,"a":2}"#),
    ]);
    refused_at::<A<A<u8>>>(&[
        (r#""x":0,"a":{"b":1},"y":1"#, r#"{"b":1},"y":1}"#),
        (r#""a":{"a":1,"a":1}"#, r#"{"a":1,"a":1}}"#),
        (r#""a":{"a":{"a":1}}"#, r#"{"a":1}}}"#),
        (r#""a":1"#, "1}"),
    ]);
    refused_at::<Closed>(&[(r#""a":1,"b":2"#, r#""b":2}"#), (r#""\"":2"#, r#""\"":2}"#)]);
    refused_at::<Flat>(&[(r#""a":300"#, r#"{"a":300}"#)]);
    // An array, or one of its elements.
    refused_at::<A<heapless::Vec<u8, 2>>>(&[
        (r#""a":[1,2,3]"#, "[1,2,3]}"),
        (r#""a":[1,{}]"#, "{}]}"),
    ]);
    refused_at::<A<(u8, Option<[u8; 1]>)>>(&[
        (r#""a":[1]"#, "[1]}"),
        (r#""a":[1,null,2]"#, "[1,null,2]}"),
        (r#""a":[1,[2,3]]"#, "[2,3]]}"),
        (r#""a":[1,[""]]"#, r#"""]]}"#),
    ]);
    // An enum: the variant or its content.
    refused_at::<A<Role>>(&[
        (r#""a":"guest""#, r#""guest"}"#),
        (r#""a":"\n""#, r#""\n"}"#),
        (r#""a":"Door""#, r#""Door"}"#),
        (r#""a":{"guest":1}"#, r#"{"guest":1}}"#),
        (r#""a":{"Guest":null,"Door":1}"#, r#"{"Guest":null,"Door":1}}"#),
        (r#""a":{"Guest":1}"#, "1}}"),
        (r#""a":{"Door":{"b":1}}"#, r#"{"b":1}}}"#),
        (r#""a":{"Range":[1]}"#, "[1]}}"),
        (r#""a":{"Range":[1,"2"]}"#, r#""2"]}}"#),
        (r#""a":{"Named":{}}"#, "{}}}"),
        (r#""a":{"Named":{"a":-1}}"#, "-1}}}"),
    ]);
    refused_at::<A<Internal>>(&[
        (r#""a":{"a":1}"#, r#"{"a":1}}"#),
        (r#""a":{"t":"door","a":1}"#, r#""door","a":1}}"#),
        (r#""a":{"t":"Door","a":300}"#, r#"{"t":"Door","a":300}}"#),
    ]);
    refused_at::<A<Vec<Untagged>>>(&[(r#""a":[1,[1,2],[1,300]]"#, "[1,300]]}")]);
    // A map: a name, or a value.
    refused_at::<A<BTreeMap<u8, u8>>>(&[
        (r#""a":{"1":1,"x":2}"#, r#""x":2}}"#),
        (r#""a":{"1":1,"\n":2}"#, r#""\n":2}}"#),
        (r#""a":{"1":1,"2":300}"#, "300}}"),
    ]);
    refused_at::<BTreeMap<u8, u8>>(&[(r#""1":1,"x":2"#, r#""x":2}"#)]);
    refused_at::<BTreeMap<&str, u8>>(&[(r#""a":1,"\\":2"#, r#""\\":2}"#)]);
    refused_at::<BTreeMap<bool, u8>>(&[(r#""true":1,"no":2"#, r#""no":2}"#)]);
    refused_at::<u8>(&[(r#""a":1"#, r#"{"a":1}"#)]);
}

/// A scope as an application may read it, which isn't empty.
#[derive(Debug)]
struct Scope;

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let scope = String::deserialize(deserializer)?;
        if scope.is_empty() { Err(D::Error::custom("scope must not be empty")) } else { Ok(Self) }
    }
}

/// A number that logs why it can't be read.
#[derive(Debug)]
struct Logged;

impl<'de> Deserialize<'de> for Logged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(|_| Self).map_err(|error| {
            assert_eq!(error.to_string(), "value does not fit");
            D::Error::custom(error)
        })
    }
}

/// A value that may be wrong.
#[derive(Debug)]
struct Lenient<T>(#[allow(dead_code)] Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(T::deserialize(deserializer).ok()))
    }
}

#[test]
fn errors_of_a_users_type_tell_its_value() {
    refused_at::<A<Scope>>(&[(r#""x":1,"a":"""#, r#"""}"#), (r#""a":1"#, "1}")]);
    refused_at::<A<Vec<Scope>>>(&[(r#""a":["a","","b"]"#, r#""","b"]}"#)]);
    refused_at::<BTreeMap<String, Option<Scope>>>(&[(r#""\n":null,"b":"""#, r#"""}"#)]);
    refused_at::<A<Logged>>(&[(r#""a":300"#, "300}")]);
    // An error that a type has dealt with is forgotten.
    refused_at::<A<(Lenient<u8>, Scope)>>(&[(r#""a":["no number",""]"#, r#"""]}"#)]);
    refused_at::<A<(Lenient<u8>, u8)>>(&[(r#""a":["no number"]"#, r#"["no number"]}"#)]);
}

#[test]
fn errors_of_a_single_claim_or_parameter_tell_its_place_in_the_whole_text() {
    let token = token_of(r#" "\u0061" : 1, "b":{"a":"x"}, "long":"\n""#).unwrap();
    let claims = token.claims();
    assert_eq!(claims.as_json(), r#"{"a":1,"b":{"a":"x"},"long":"\n"}"#);
    let unreadable = |position| Error::UnreadableValue { position };
    assert_eq!(claims.get::<bool>("a"), Err(unreadable(5)));
    assert_eq!(claims.string("a"), Err(unreadable(5)));
    assert_eq!(claims.get::<u8>("b"), Err(unreadable(11)));
    assert_eq!(claims.get::<A<u8>>("b"), Err(unreadable(16)));
    assert_eq!(claims.get::<&str>("long"), Err(unreadable(28)));
    let header = token.header();
    assert_eq!(header.as_json(), r#"{"alg":"HS256","n":"CORP\\erika"}"#);
    assert_eq!(header.get::<u8>("n"), Err(unreadable(19)));
    assert_eq!(header.get::<&str>("n"), Err(unreadable(19)));
    assert_eq!(header.get::<u8>("alg"), Err(unreadable(7)));
    for (error, text) in [
        (
            unreadable(19),
            "value does not fit the type that it is read into: byte 19 of the JSON text",
        ),
        (
            Error::ScratchTooSmall { needed: 300 },
            "string with escapes needs more memory for decoding: 300 bytes are needed",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn unknown_members_are_skipped_at_every_level() {
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    for (members, expected) in [
        (r#""a":{"a":1}"#.to_owned(), Ok(1)),
        (r#""a":{"a":1,"x":"\"\\\n","y\"":1e400},"z\n":"\n""#.to_owned(), Ok(1)),
        (format!(r#""x":{0},"a":{{"y":{1},"a":1}}"#, deep(31), deep(30)), Ok(1)),
        (r#""a":{"x":1}"#.to_owned(), Err(UNREADABLE)),
        (r#""a":{"a":1,"\u0061":1}"#.to_owned(), Err(UNREADABLE)),
    ] {
        let found = read::<A<A<u8>>>(&members).map(|A { a: A { a } }| a).map_err(somewhere);
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
        (r#""a":1,"b":1"#, Err(UNREADABLE)),
        (r#""a":1,"x":2,"\u0061":1"#, Err(UNREADABLE)),
        (r#""c\"":1,"c\u0022":1"#, Err(UNREADABLE)),
        (r#""i":{"a":1,"a":1}"#, Err(UNREADABLE)),
    ]);
    check::<Option<A<u8>>>(&[(r#""b":1,"a":2"#, Ok(Some(A { a: 2 }))), ("", Err(UNREADABLE))]);
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
        (r#""\u0000":1,"z":2"#, Err(UNREADABLE)),
        (r#""\u0000":1,"z\"":2"#, Err(UNREADABLE)),
        (r#""z\"":2"#, Err(UNREADABLE)),
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
        (r#""":0"#, Err(UNREADABLE)),
        (r#""":0,"a":1"#, Err(UNREADABLE)),
        (r#""a":1,"":0"#, Err(UNREADABLE)),
        (r#""a":1,"sub":"""#, Err(UNREADABLE)),
        (r#""jti":"""#, Err(UNREADABLE)),
        (r#""b":0,"b":0"#, Err(UNREADABLE)),
        (r#""b":{"a":1}"#, Err(UNREADABLE)),
    ]);
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Empty {}
    check::<Empty>(&[("", Ok(Empty {})), (r#""":0"#, Err(UNREADABLE))]);
}

#[test]
fn self_describing_types_read_what_serde_json_reads() {
    for members in [
        "",
        r#""a":[1,-1,1.5,1e3,0,-0.0,18446744073709551615,true,false,null,"",{},[]]"#,
        // Beyond 64 bits, and an exponent in capitals.
        r#""a":[18446744073709551616,-9223372036854775809,1E2,-1E2,-9223372036854775808]"#,
        r#""a\"b":"\u0000\n\\ \ud834\udd1e","c":{"d":{"e":["f",{"g":"\t"}]}}"#,
    ] {
        let expected: serde_json::Value = serde_json::from_str(&format!("{{{members}}}")).unwrap();
        assert_eq!(read(members), Ok(expected), "{members}");
    }
    assert!(read::<serde_json::Value>(r#""a":1e400"#).is_err());
}

/// A large number in a claim that nobody reads does not keep a flattened struct from being read.
#[test]
fn flattened_struct_is_read_beside_any_number() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Rest {
        #[serde(default)]
        uses: u8,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Outer {
        id: String,
        #[serde(flatten)]
        rest: Rest,
    }
    let expected = Outer { id: "e".to_owned(), rest: Rest { uses: 3 } };
    for number in ["18446744073709551616", "-9223372036854775809", "1e30", "-1E3", "0"] {
        let members = format!(r#""id":"e","big":{number},"uses":3"#);
        assert_eq!(read(&members).as_ref(), Ok(&expected), "{number}");
    }
}

/// A type that says no names, but reads one as a string, never gets a wrong one.
#[test]
fn name_with_an_escape_is_not_read_as_another_one() {
    use serde::de::{Deserializer, EnumAccess, MapAccess, VariantAccess, Visitor};
    #[derive(Debug, PartialEq)]
    struct Names(Vec<String>);
    struct Collect;
    impl<'de> Visitor<'de> for Collect {
        type Value = Names;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("names")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
            let mut names = Vec::new();
            while let Some((name, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                names.push(name);
            }
            Ok(Names(names))
        }
        fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Names, A::Error> {
            let (name, content) = data.variant::<String>()?;
            content.unit_variant().map(|()| Names(vec![name]))
        }
    }
    impl<'de> Deserialize<'de> for Names {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_struct("Names", &[], Collect)
        }
    }
    #[derive(Debug, PartialEq)]
    struct Variant(Names);
    impl<'de> Deserialize<'de> for Variant {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_enum("Variant", &[], Collect).map(Self)
        }
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct One<T> {
        value: T,
    }
    let plain = One { value: Names(vec!["a".to_owned()]) };
    assert_eq!(read(r#""value":{"a":1}"#), Ok(plain));
    assert!(read::<One<Names>>(r#""value":{"a\"b":1}"#).is_err());
    assert!(read::<One<Variant>>(r#""value":"a""#).is_ok());
    assert!(read::<One<Variant>>(r#""value":"CORP\\erika""#).is_err());
}

fn key() -> Key<Hs256> {
    Key::new(&SECRET).unwrap()
}

fn verified<'b>(claims: &str, buffer: &'b mut [u8]) -> Token<'b> {
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
        (r#""x":"7b""#, Err(UNREADABLE)),
        (r#""door":7"#, Err(UNREADABLE)),
        (r#""door":null"#, Err(UNREADABLE)),
        (r#""door":"a","door":"a""#, Err(UNREADABLE)),
        (r#""door":"\"""#, Err(UNREADABLE)),
    ] {
        let mut buffer = [0; 1024];
        let token = verified(&format!("{{{aud},{claims}}}"), &mut buffer);
        let read = token.claims().read::<Door>().map(drop);
        assert_eq!(read.map_err(somewhere), expected, "{claims}");
        let read = token.claims().read::<Wrapper>().map(|Wrapper(Door { .. })| ());
        assert_eq!(read.map_err(somewhere), expected, "{claims}");
    }
    let mut buffer = [0; 1024];
    let token = verified(&format!("{{{aud}}}"), &mut buffer);
    assert_eq!(token.claims().read::<Closed>().err().map(somewhere), Some(UNREADABLE));
    // A map takes all members, so all of them must fit.
    type Map<'a> = heapless::LinearMap<&'a str, Option<&'a str>, 4>;
    assert!(token.claims().read::<Map>().is_err());
    assert!(token.claims().read::<heapless::Vec<u8, 4>>().is_err());
}
