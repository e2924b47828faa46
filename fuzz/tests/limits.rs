//! Long and edgy tokens and keys, by formula: every length and position around a limit. Most are
//! written as inputs of the target `long`, so that each can become a seed.

use embedded_jwt_fuzz::check::check_roomy;
use embedded_jwt_fuzz::jwk::{JWK_PARTS, check_jwk};
use embedded_jwt_fuzz::long::{Long, expand};
use embedded_jwt_fuzz::rules::Rules;
use embedded_jwt_fuzz::sign::Algorithm::Hs256;
use embedded_jwt_fuzz::signing::Signing;
use embedded_jwt_fuzz::value::Value;

/// Compares the answers with the judge's for a text of the target `long`.
fn check(rules: &str, header: &str, payload: &str) {
    let input = format!("{rules}\n\n{header}\n\n{payload}");
    Long::read(input.as_bytes()).check();
}

const MILD: &str = "no-exp any-audience open";

#[test]
fn names_as_long_as_a_registered_one_modulo_256() {
    for name in ["exp", "nbf", "iat", "iss", "sub", "aud", "jti"] {
        let (first, last) = name.split_at(2);
        for length in (0..=8).chain(250..=262).chain(509..=515) {
            let long = format!("{name}<{length}*x>{last}");
            check(MILD, "", &format!(r#"{{"{long}":1,"{name}":2}}"#));
            check(MILD, "", &format!(r#"{{"{first}<{length}*{last}>":[]}}"#));
        }
    }
    for length in 250..=260 {
        check(
            MILD,
            &format!(r#"{{"alg":"HS256","alg<{length}*x>g":1,"kid":"<{length}*k>"}}"#),
            "{}",
        );
    }
}

#[test]
fn exponents_and_fractions_of_any_length() {
    for digits in [8, 9, 10, 17, 18, 19, 98, 99, 100, 999, 1000, 9998, 9999, 10_000, 10_001, 60_000]
    {
        for exponent in [digits - 10, digits - 1, digits, digits + 1, digits + 9, digits + 10] {
            let numbers = [
                format!("0.<{digits}*0>1e{exponent}"),
                format!("-0.<{digits}*0>1e{exponent}"),
                format!("13<{digits}*0>e-{exponent}"),
                format!("13<{digits}*0>.5e-{exponent}"),
                format!("1.<{digits}*0>1"),
                format!("1e<{digits}*0>1"),
                format!("1e-<{digits}*0>{exponent}"),
            ];
            for number in numbers {
                check(
                    "now=1 no-future",
                    "",
                    &format!(r#"{{"exp":1e9,"nbf":{number},"iat":{number}}}"#),
                );
            }
        }
    }
}

#[test]
fn audiences_by_the_dozen_and_the_hundred() {
    for count in (0..40).chain([63, 64, 65, 99, 100, 127, 128, 255, 256, 257, 300, 1000]) {
        for last in ["\"door-7\"", "\"door-\"", "7", "null", "[]", "\"\\u0064oor-7\""] {
            let payload = format!(r#"{{"aud":[<{count}*"door-8",>{last}],"exp":2000}}"#);
            check("audience=door-7 now=1000", "", &payload);
            check("audiences=a,door-7 now=1000", "", &payload);
        }
    }
}

#[test]
fn depths_at_each_limit() {
    for limit in 1..=32 {
        for depth in limit - 1..=limit + 1 {
            let rules = format!("{MILD} depth={limit}");
            for (open, close) in [("[", "]"), ("{\"\":", "}"), ("[{\"a\":", "}]")] {
                let levels = if open.len() > 5 { depth / 2 } else { depth };
                let inside = format!("<{levels}*{open}>0<{levels}*{close}>");
                check(&rules, "", &format!(r#"{{"a":{inside}}}"#));
                check(&rules, &format!(r#"{{"alg":"HS256","a":{inside}}}"#), "{}");
                check(&rules, "", &format!(r#"{{"a":<{levels}*[><{levels}*]>}}"#));
            }
        }
    }
}

#[test]
fn surrogates_at_every_edge() {
    let edges = ["d7ff", "d800", "dbff", "dc00", "dfff", "e000", "D834", "DD1E", "0000", "ffff"];
    for first in edges {
        for second in edges {
            for text in [
                format!(r"\u{first}\u{second}"),
                format!(r"\u{first}x\u{second}"),
                format!(r"\u{first}\\u{second}"),
                format!(r"\u{first}\u"),
                format!(r"\u{first}\u{}", &second[..3]),
            ] {
                check(MILD, "", &format!(r#"{{"a":"{text}","{text}":1}}"#));
            }
        }
    }
}

#[test]
fn members_at_positions_around_each_power_of_two() {
    for middle in [256, 1 << 15, (1 << 15) + (1 << 14), 65_400] {
        for length in middle - 45..=middle + 4 {
            let payload = format!(r#"{{"b":1,"a":"<{length}*x>","exp":2000,"c":2}}"#);
            check("now=1000", "", &payload);
        }
    }
    for spaces in [255, 256, 32_700, 32_767, 32_768, 65_400] {
        check("now=1000", "", &format!("{{<{spaces}* >\"exp\":2000,\"iss\":\"\\u0061\"}}"));
        check(MILD, &format!("{{<{spaces}* >\"alg\":\"HS256\"}}"), "{}");
    }
}

#[test]
fn strings_that_end_at_each_place_of_a_block() {
    for length in 0..=130 {
        check(MILD, "", &format!(r#"{{"<{length}*n>":"<{length}*v>\n","iss":"a\u0062"}}"#));
        check(MILD, "", &format!(r#"{{"a":"<{length}*v>é","b":"<{length}*v>"#));
        check(MILD, &format!(r#"{{"alg":"HS256","kid":"<{length}*k>"}}"#), r#"{"exp":1}"#);
    }
}

#[test]
fn a_bad_symbol_at_each_place_of_a_payload_of_several_blocks() {
    for place in 0..300 {
        let mut symbols = [b'A'; 300];
        symbols[place] = b'!';
        let token = Hs256.sign_segments(b"eyJhbGciOiJIUzI1NiJ9", &symbols);
        assert!(check_roomy(Hs256, &Rules::mild(), &token).is_err());
    }
}

#[test]
fn payloads_around_the_limit() {
    for length in 65_480..=65_540 {
        check(MILD, "", &format!(r#"{{"a":"<{length}*x>"}}"#));
        check(MILD, &format!(r#"{{"alg":"HS256","a":"<{length}*x>"}}"#), "{}");
    }
}

#[test]
fn media_types_and_long_names() {
    for length in 0..=20 {
        for rules in ["typ=a/b", "typ=application/aaaaaaaaaa/b", "typ=aaaaaaaaaa/b"] {
            for before in ["", "application/", "APPLICATION/"] {
                let header = format!(r#"{{"alg":"HS256","typ":"{before}<{length}*a>/b"}}"#);
                check(&format!("{MILD} {rules}"), &header, "{}");
            }
        }
        let name = format!("<{length}*n>");
        check(MILD, "", &format!(r#"{{"exp":1,"{name}":1,"{name}":2}}"#));
        check(MILD, "", &format!(r#"{{"exp":1,"a":[{{"{name}":1,"b":2,"{name}":2}}]}}"#));
    }
}

#[test]
fn repetitions_are_written_out() {
    for (text, expected) in [
        ("a<3*bc>d", "abcbcbcd"),
        ("<2*a><1*b>", "aab"),
        ("<0*a>b", "b"),
        ("<3*>b", "b"),
        ("<x*a><3a><-1*a><3*a", "<x*a><3a><-1*a><3*a"),
        ("a<9*>>", "a>"),
    ] {
        assert_eq!(String::from_utf8_lossy(&expand(text.as_bytes())), expected, "{text}");
    }
    assert_eq!(expand(b"<99999999*ab>c").len(), 65_701);
}

/// Reads a text as a key and as a set.
fn check_keys(text: &str) {
    (0..JWK_PARTS).for_each(|part| check_jwk(text.as_bytes(), part));
}

/// The beginning of a key.
fn key() -> String {
    format!(r#"{{"kty":"oct","alg":"HS256","k":"{}","x":"#, "A".repeat(86))
}

#[test]
fn keys_as_deep_as_is_allowed() {
    for depth in 28..=35 {
        for (open, close) in [("[", "]"), ("{\"\":", "}")] {
            let inside = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            let key = format!("{}{inside}}}", key());
            check_keys(&key);
            check_keys(&format!(r#"{{"keys":[{key}]}}"#));
            check_keys(&format!(r#"{{"keys":[],"x":{inside}}}"#));
        }
    }
}

#[test]
fn keys_as_long_as_is_allowed() {
    for length in [65_534, 65_535, 65_536, 65_537, 131_072] {
        let start = key();
        let key = format!("{start}\"{}\"}}", "x".repeat(length - start.len() - 3));
        assert_eq!(key.len(), length);
        check_keys(&key);
        check_keys(&format!(r#"{{"keys":[{}]}}"#, " ".repeat(length - 11)));
    }
}

#[test]
fn any_number_of_dots_and_symbols_of_a_signature() {
    let rules = Rules::mild();
    for dots in (0..8).chain(252..262).chain(508..518).chain(65_530..65_545) {
        let text = [b"eyJhbGciOiJIUzI1NiJ9".as_slice(), &vec![b'.'; dots]].concat();
        assert!(check_roomy(Hs256, &rules, &text).is_err());
    }
    for symbols in (0..140).chain(250..400).chain(510..600).chain(65_570..65_590) {
        let text = [b"eyJhbGciOiJIUzI1NiJ9.e30.".as_slice(), &vec![b'A'; symbols]].concat();
        assert!(check_roomy(Hs256, &rules, &text).is_err());
    }
}

#[test]
fn integers_at_each_edge_are_signed() {
    let powers = (0..20).flat_map(|digits| {
        let power = 10_u64.pow(digits);
        [power - 1, power, power + 1].map(Value::U64)
    });
    let edges = [
        Value::I8(i8::MIN),
        Value::I16(i16::MIN),
        Value::I32(i32::MIN),
        Value::I64(i64::MIN),
        Value::I64(i64::MIN + 1),
        Value::I64(-1),
        Value::I64(i64::MAX),
        Value::I128(i128::MIN),
        Value::I128(i64::MIN.into()),
        Value::I128(i128::from(i64::MIN) - 1),
        Value::I128(i128::MAX),
        Value::U8(u8::MAX),
        Value::U16(u16::MAX),
        Value::U32(u32::MAX),
        Value::U64(u64::MAX),
        Value::U128(u128::MAX),
    ];
    for value in powers.chain(edges) {
        let name = Value::Text("a".to_owned());
        let _ = Signing::of_value(Value::Map(vec![(name, value)])).check();
    }
}
