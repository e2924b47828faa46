//! The examples `verify` and `inspect` as programs, and the commands that the README shows.

mod common;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use common::encode;
use common::example::{command, run_example};

const KEY: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
/// RFC 7519 section 3.1.
const TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7797 section 4.1.
const JWS: &str = "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ";
const CLAIMS: &str = r#"{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}"#;

fn run(arguments: &[&str], input: &[u8]) -> Output {
    run_example("verify", arguments, input)
}

/// Runs the example with the RFC's key.
fn run_with_key(arguments: &[&str], input: &[u8]) -> Output {
    run(&[&["--alg", "HS256", "--secret-base64url", KEY], arguments].concat(), input)
}

/// Runs the example with the RFC's key, and compares exit code and standard output.
#[track_caller]
fn check(arguments: &[&str], input: &[u8], code: i32, output: &str) {
    check_with(&["--alg", "HS256", "--secret-base64url", KEY], arguments, input, code, output);
}

/// The same with other options. Every token is verified as a whole and in pieces.
#[track_caller]
fn check_with(options: &[&str], arguments: &[&str], input: &[u8], code: i32, output: &str) {
    for chunk in [&[][..], &["--chunk", "1"], &["--chunk", "7"], &["--chunk", "100000"]] {
        let result = run(&[options, chunk, arguments].concat(), input);
        let errors = String::from_utf8_lossy(&result.stderr);
        let printed = String::from_utf8_lossy(&result.stdout);
        assert_eq!(printed, output, "{chunk:?} {arguments:?}: {errors}");
        assert_eq!(result.status.code(), Some(code), "{chunk:?} {arguments:?}");
    }
}

#[test]
fn token_gives_a_line_and_an_exit_code() {
    let ok = format!("ok\t{CLAIMS}\n");
    let expired = "error\tExpired\ttoken has expired\n";
    check(&["--now", "1300819379", TOKEN], b"", 0, &ok);
    check(&["--now", "1300819380", TOKEN], b"", 1, expired);
    check(&["--now", "1300819380", "--leeway", "1", TOKEN], b"", 0, &ok);
    check(&[TOKEN], b"", 1, expired); // by the system's clock
    let dots =
        "error\tNotCompactSerialization\ttoken is not three segments separated by two dots\n";
    check(&["--now", "0", TOKEN, "x", TOKEN], b"", 1, &format!("{ok}{dots}{ok}"));
}

#[test]
fn standard_input_has_one_token_per_line() {
    let ok = format!("ok\t{CLAIMS}\n");
    check(&["--now", "0", "-"], TOKEN.as_bytes(), 0, &ok);
    check(&["--now", "0", "-"], format!("{TOKEN}\n").as_bytes(), 0, &ok);
    check(&["--now", "0", "-"], format!("{TOKEN}\n{TOKEN}\n").as_bytes(), 0, &format!("{ok}{ok}"));
    check(&["--now", "0", TOKEN, "-"], format!("{TOKEN}\n").as_bytes(), 0, &format!("{ok}{ok}"));
    // One carriage return before the line feed belongs to the line's end. Any other, and a space,
    // belongs to the token.
    let two = format!("{TOKEN}\r\n{TOKEN}\r\n");
    check(&["--now", "0", "-"], two.as_bytes(), 0, &format!("{ok}{ok}"));
    let stray = "error\tInvalidBase64Url\tsegment is not canonical Base64URL without padding";
    for end in ["\r", "\r\r\n", " \n", " \r\n", " "] {
        let result = run_with_key(&["--now", "0", "-"], format!("{TOKEN}{end}").as_bytes());
        assert!(result.stdout.starts_with(stray.as_bytes()), "{end:?}: {result:?}");
        assert_eq!(result.status.code(), Some(1), "{end:?}");
    }
    let mut invalid = TOKEN.as_bytes().to_vec();
    invalid[50] = 0xff;
    let result = run_with_key(&["--now", "0", "-"], &invalid);
    assert!(result.stdout.starts_with(stray.as_bytes()), "{result:?}");
    let dots =
        "error\tNotCompactSerialization\ttoken is not three segments separated by two dots\n";
    check(&["--now", "0", "-"], format!("\n{TOKEN}\n").as_bytes(), 1, &format!("{dots}{ok}"));
    check(&["--now", "0", "-"], format!("{TOKEN}\n\r\n").as_bytes(), 1, &format!("{ok}{dots}"));
    check(&["--now", "0", "-"], b"\n", 1, dots);
    // Without any line, there is nothing to be valid. What came before is answered.
    check(&["--now", "0", "-"], b"", 2, "");
    check(&["--now", "0", TOKEN, "-"], b"", 2, &ok);
    // The first of two reads all of it.
    check(&["--now", "0", "-", "-"], TOKEN.as_bytes(), 0, &ok);
    check(&["--now", "0", "-", "-"], b"", 2, "");
}

/// Answers and exit codes stay the same.
#[cfg(target_os = "linux")]
#[test]
fn standard_error_that_is_full_changes_nothing() {
    let line_feed = file("full.key", [&common::SECRET[..], b"\n"].concat());
    let set = jwks("full", r#"{"keys":[{"kty":"EC"},{"kty":"oct","kid":"a","k":"~"}]}"#);
    let a = sign_with("HS256", r#"{"alg":"HS256","kid":"a"}"#, r#"{"exp":9}"#);
    let key = ["--alg", "HS256", "--secret-base64url", KEY, "--now", "0"];
    let table: &[(&str, &[&str], i32, &str)] = &[
        ("verify", &["--jwks", "/no/such/file", "x"], 2, ""),
        ("verify", &["--alg", "HS256", "--secret-hex", "x", "x"], 2, ""),
        ("verify", &[&key[..], &["--explain", TOKEN]].concat(), 0, "ok\t"),
        ("verify", &["--jwks", &set, "--alg", "HS256", "--now", "0", &a], 0, "ok\t"),
        ("verify", &["--alg", "HS256", "--secret-file", &line_feed, TOKEN], 1, "error\tSignature"),
        ("inspect", &["-"], 2, ""),
    ];
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for (name, arguments, code, output) in table {
        let result = command(name).args(*arguments).stdin(Stdio::null()).stderr(full()).output();
        let result = result.unwrap();
        assert_eq!(result.status.code(), Some(*code), "{arguments:?}: {result:?}");
        assert!(result.stdout.starts_with(output.as_bytes()), "{arguments:?}: {result:?}");
        assert_eq!(result.stdout.is_empty(), output.is_empty(), "{arguments:?}: {result:?}");
    }
    // An answer that can't be written is an error.
    let result = command("verify").args(key).arg(TOKEN).stdout(full()).output().unwrap();
    assert_eq!(result.status.code(), Some(2), "{result:?}");
    assert!(result.stderr.starts_with(b"verify: "), "{result:?}");
}

#[test]
fn policy_options_are_applied() {
    let ok = format!("ok\t{CLAIMS}\n");
    for (option, value, output) in [
        ("--iss", "joe", &*ok),
        ("--iss", "jo", "error\tIssuerMismatch\tiss is not the expected one\n"),
        ("--iss", "-joe", "error\tIssuerMismatch\tiss is not the expected one\n"),
        ("--sub", "joe", "error\tMissingSubject\tsub is missing\n"),
        ("--aud", "joe", "error\tMissingAudience\taud is missing\n"),
        ("--typ", "application/jwt", &*ok),
        ("--typ", "at+jwt", "error\tTypeMismatch\ttyp is not the expected one\n"),
        ("--max-age", "1", "error\tMissingIssuedAt\tiat is missing\n"),
        ("--max-lifetime", "1", "error\tMissingIssuedAt\tiat is missing\n"),
        ("--require", "exp", &*ok),
    ] {
        let code = i32::from(output != ok);
        check(&["--now", "0", option, value, TOKEN], b"", code, output);
        check(&["--now", "0", &format!("{option}={value}"), TOKEN], b"", code, output);
    }
}

/// Verifies a token with these claims at the time 0. The claims come back, or an error's name.
#[track_caller]
fn check_claims(options: &[&str], claims: &str, expected: Result<(), &str>) {
    let result = run_with_key(&[&["--now", "0"], options, &[&sign(claims)]].concat(), b"");
    let printed = String::from_utf8(result.stdout).unwrap();
    let name = match expected {
        Ok(()) => "ok",
        Err(name) => &format!("error\t{name}"),
    };
    let code = Some(i32::from(expected.is_err()));
    assert!(printed.starts_with(&format!("{name}\t")), "{options:?} {claims}: {printed}");
    assert_eq!(result.status.code(), code, "{options:?} {claims}: {printed}");
}

#[test]
fn options_for_claims_decide_which_are_accepted() {
    let table: &[(&[&str], &str, Result<(), &str>)] = &[
        (&[], r#"{}"#, Err("MissingExpiration")),
        (&["--allow-missing-exp"], r#"{}"#, Ok(())),
        // Any of several issuers or audiences.
        (&["--iss", "a", "--iss", "b"], r#"{"exp":9,"iss":"a"}"#, Ok(())),
        (&["--iss", "a", "--iss", "b"], r#"{"exp":9,"iss":"b"}"#, Ok(())),
        (&["--iss", "a", "--iss", "b"], r#"{"exp":9,"iss":"c"}"#, Err("IssuerMismatch")),
        (&["--iss", "a", "--iss", "b"], r#"{"exp":9}"#, Err("MissingIssuer")),
        (&["--aud", "a", "--aud", "b"], r#"{"exp":9,"aud":"b"}"#, Ok(())),
        (&["--aud", "a", "--aud", "b"], r#"{"exp":9,"aud":["c","a"]}"#, Ok(())),
        (&["--aud", "a", "--aud", "b"], r#"{"exp":9,"aud":["c"]}"#, Err("AudienceMismatch")),
        (&["--aud", "a", "--aud", "b"], r#"{"exp":9}"#, Err("MissingAudience")),
        (&[], r#"{"exp":9,"aud":"a"}"#, Err("UnexpectedAudience")),
        (&["--allow-any-audience"], r#"{"exp":9,"aud":"a"}"#, Ok(())),
        (&["--allow-any-audience"], r#"{"exp":9}"#, Ok(())),
        (&["--require", "door"], r#"{"exp":9,"door":false}"#, Ok(())),
        (&["--require", "door"], r#"{"exp":9,"door":null}"#, Err("MissingClaim")),
        (&["--require", "exp", "--require", "door"], r#"{"exp":9}"#, Err("MissingClaim")),
        (&["--require", "-"], r#"{"exp":9,"-":1}"#, Ok(())),
        (&["--max-remaining", "9"], r#"{"exp":9}"#, Ok(())),
        (&["--max-remaining", "9"], r#"{"exp":10}"#, Err("ExpiresTooLate")),
        (&["--max-remaining", "9", "--leeway", "1"], r#"{"exp":10}"#, Ok(())),
        (&[], r#"{"exp":9,"sub":12}"#, Err("InvalidSubject")),
        (&[], r#"{"exp":9,"iss":null}"#, Err("InvalidIssuer")),
        (&["--allow-mistyped"], r#"{"exp":9,"sub":12,"jti":42,"iss":null}"#, Ok(())),
        (&["--allow-mistyped", "--sub", "12"], r#"{"exp":9,"sub":12}"#, Err("InvalidSubject")),
        (&["--allow-mistyped", "--once"], r#"{"exp":9,"jti":42}"#, Err("InvalidJwtId")),
    ];
    for (options, claims, expected) in table {
        check_claims(options, claims, *expected);
    }
}

#[test]
fn expected_claim_has_to_stand_once_and_to_be_equal() {
    const REFUSED: Result<(), &str> = Err("RefusedByApplication");
    const TWICE: Result<(), &str> = Err("DuplicateClaim");
    let table: &[(&str, &str, Result<(), &str>)] = &[
        (r#"door="7b""#, r#""door":"7b""#, Ok(())),
        (r#"door="7b""#, r#""door":"7\u0062""#, Ok(())),
        (r#"d\u006for="7b""#, r#""door":"7b""#, REFUSED),
        (r#"door="7b""#, r#""d\u006for":"7b""#, Ok(())),
        (r#"door="7b""#, r#""door":"7B""#, REFUSED),
        (r#"door="7b""#, r#""door":["7b"]"#, REFUSED),
        (r#"door="7b""#, r#""doors":"7b""#, REFUSED),
        (r#"door="7b""#, r#""x":{"door":"7b"}"#, REFUSED),
        // The name ends at the first equals sign.
        (r#"door="a=b""#, r#""door":"a=b""#, Ok(())),
        (r#"="""#, r#""":"""#, Ok(())),
        (r#"-v= true "#, r#""-v":true"#, Ok(())),
        // Once, even if equal.
        (r#"n=1"#, r#""n":1,"n":1"#, TWICE),
        (r#"n=1"#, r#""n":2,"\u006e":1"#, TWICE),
        (r#"n=1"#, r#""n":1,"m":1,"m":1"#, Ok(())),
        (r#"o={"a":1}"#, r#""o":{"a":1,"a":1}"#, REFUSED),
        // Absent is not null.
        ("n=null", r#""n":null"#, Ok(())),
        ("n=null", r#""m":null"#, REFUSED),
        ("n=null", r#""n":false"#, REFUSED),
        ("n=null", r#""n":"null""#, REFUSED),
        ("n=false", r#""n":0"#, REFUSED),
        // Numbers by value, exactly.
        ("n=1", r#""n":1.0"#, Ok(())),
        ("n=1", r#""n":1e0"#, Ok(())),
        ("n=1.50", r#""n":15E-1"#, Ok(())),
        ("n=0.5", r#""n":5e-1"#, Ok(())),
        ("n=0", r#""n":-0.0e7"#, Ok(())),
        ("n=-1", r#""n":1"#, REFUSED),
        ("n=1", r#""n":"1""#, REFUSED),
        ("n=10", r#""n":1"#, REFUSED),
        ("n=9007199254740993", r#""n":9007199254740992"#, REFUSED),
        ("n=9007199254740993", r#""n":9007199254740993.000"#, Ok(())),
        ("n=0.1", r#""n":0.1000000000000000001"#, REFUSED),
        ("n=1e400", r#""n":10e399"#, Ok(())),
        ("n=1e400", r#""n":1e401"#, REFUSED),
        ("n=1", r#""n":1e99999999999999999999"#, REFUSED),
        ("n=0", r#""n":1e-99999999999999999999"#, REFUSED),
        ("n=0", r#""n":0e99999999999999999999"#, Ok(())),
        ("exp=9", r#""n":1"#, Ok(())),
        // Objects in any order, arrays in theirs.
        (r#"o={"a":1,"b":[true,{}]}"#, r#""o":{"b":[true,{}],"a":1.0}"#, Ok(())),
        (r#"o={"a":1}"#, r#""o":{"a":1,"b":2}"#, REFUSED),
        (r#"o={"a":1,"b":null}"#, r#""o":{"a":1}"#, REFUSED),
        ("o=[1,2]", r#""o":[1,2.0]"#, Ok(())),
        ("o=[1,2]", r#""o":[2,1]"#, REFUSED),
        ("o=[1]", r#""o":[1,1]"#, REFUSED),
        ("o=[]", r#""o":{}"#, REFUSED),
    ];
    for (expected, claims, outcome) in table {
        check_claims(&["--claim", expected], &format!(r#"{{"exp":9,{claims}}}"#), *outcome);
    }
    let both = ["--claim", "a=1", "--claim", "b=2"];
    check_claims(&both, r#"{"exp":9,"a":1,"b":2}"#, Ok(()));
    check_claims(&both, r#"{"exp":9,"a":1,"b":3}"#, REFUSED);
    check_claims(&both, r#"{"exp":9,"b":2}"#, REFUSED);
    let deep = ["[".repeat(31), "]".repeat(31)].concat();
    check_claims(&["--claim", &format!("a={deep}")], &format!(r#"{{"exp":9,"a":{deep}}}"#), Ok(()));
    check_claims(&["--claim=a=1", "--revoke-jti", "x"], r#"{"exp":9,"jti":"x"}"#, Err("Revoked"));
    // A refused token is not remembered.
    let (other, door) =
        (sign(r#"{"exp":9,"jti":"a","n":2}"#), sign(r#"{"exp":9,"jti":"a","n":1}"#));
    let lines = "error\tRefusedByApplication\tapplication refused the token\n\
        ok\t{\"exp\":9,\"jti\":\"a\",\"n\":1}\n";
    check(&["--now", "0", "--once", "--claim", "n=1", &other, &door], b"", 1, lines);
}

/// A token with these claims, signed with the RFC's key.
fn sign(claims: &str) -> String {
    let token = common::sign("HS256", &common::SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    String::from_utf8(token).unwrap()
}

#[test]
fn text_direction_is_not_changed_by_a_claim() {
    let bidi = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}\u{200d}\u{202f}";
    let token = sign(&format!(r#"{{"exp":9999999999,"iss":"{bidi}"}}"#));
    let escaped = "\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069\u{200d}\u{202f}";
    check(&[&token], b"", 0, &format!("ok\t{{\"exp\":9999999999,\"iss\":\"{escaped}\"}}\n"));
}

#[test]
fn output_is_one_line_even_if_a_claim_has_line_separators() {
    let token = sign("{\"exp\":9999999999,\"a\":\"\\n\u{85}\u{2028}\u{7f}\u{e4}\"}");
    let ok = "ok\t{\"exp\":9999999999,\"a\":\"\\n\\u0085\\u2028\\u007f\u{e4}\"}\n";
    check(&[&token], b"", 0, ok);
}

#[test]
fn payload_of_a_jws_may_be_anything() {
    check(&["--jws", JWS], b"", 0, "ok\tJC4wMg\n");
    check(&[JWS], b"", 1, "error\tInvalidJson\ttext is not one valid JSON object\n");
    check(&["--jws", "--typ", "x", JWS], b"", 1, "error\tMissingType\ttyp is missing\n");
    let payload = TOKEN.split('.').nth(1).unwrap();
    let ok = format!("ok\t{payload}\n");
    check(&["--jws", "--typ", "JWT", "--now", "2000000000", TOKEN], b"", 0, &ok);
}

/// The path of a file with these bytes.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("verify-{name}"));
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn secret_is_read_in_each_form() {
    let hex: String = common::SECRET.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = KEY.replace('-', "+").replace('_', "/");
    let text = "a secret \u{e4}s text of over 32 bytes";
    let of_text = common::sign("HS256", text.as_bytes(), br#"{"alg":"HS256"}"#, CLAIMS.as_bytes());
    let of_text = String::from_utf8(of_text).unwrap();
    for (option, value, token) in [
        ("--secret-hex", &*hex, TOKEN),
        ("--secret-hex", &hex.to_uppercase(), TOKEN),
        ("--secret-base64", &base64, TOKEN),
        ("--secret-base64", &format!("{base64}=="), TOKEN),
        ("--secret-text", text, &of_text),
        ("--secret-file", &file("raw.key", &*common::SECRET), TOKEN),
        ("--secret-file", &file("text.key", text), &of_text),
    ] {
        let result = run(&["--alg", "HS256", option, value, "--now", "0", token], b"");
        assert_eq!(result.status.code(), Some(0), "{option} {value}: {result:?}");
        assert_eq!(String::from_utf8(result.stdout).unwrap(), format!("ok\t{CLAIMS}\n"));
        assert!(result.stderr.is_empty(), "{option} {value}");
    }
}

#[test]
fn refused_secret_is_not_shown() {
    let short = file("short.key", "short text");
    for (option, value, message) in [
        ("--secret-hex", "0123456789abcdef", "shorter"),
        ("--secret-hex", &"5a".repeat(40)[1..], "not hexadecimal"),
        ("--secret-hex", &format!("{}ZZ", "5a".repeat(40)), "not hexadecimal"),
        ("--secret-base64", "Wlpa", "shorter"),
        ("--secret-base64", &"Wl-_".repeat(20), "not Base64"),
        ("--secret-base64", &format!("{}Wg=", "Wlpa".repeat(20)), "not Base64"),
        ("--secret-base64", &format!("{}Wh==", "Wlpa".repeat(20)), "not Base64"),
        ("--secret-base64url", &"Wl+/".repeat(20), "Base64URL"),
        ("--secret-text", "short text", "shorter"),
        ("--secret-text", "", "shorter"),
        ("--secret-file", &short, "shorter"),
    ] {
        let result = run(&["--alg", "HS256", option, value, TOKEN], b"");
        let errors = String::from_utf8(result.stderr).unwrap();
        assert_eq!(result.status.code(), Some(2), "{option} {value}: {errors}");
        assert!(errors.starts_with(&format!("verify: {option}")), "{errors}");
        assert!(errors.contains(message), "{option} {value}: {errors}");
        for secret in ["Z", "Wl", "5a", "short text"] {
            assert!(!errors.contains(secret), "{option} {value}: {errors}");
        }
    }
}

#[test]
fn file_that_made_no_mac_gets_a_hint() {
    let hex: String = common::SECRET.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = KEY.replace('-', "+").replace('_', "/");
    let raw = [&common::SECRET[..], b"\n"].concat();
    let line_feed = "ends in a line feed";
    let (first, rest) = base64.split_at(60);
    let begins = "begins with a line feed";
    let table: [(&str, &[u8], &[&str]); 11] = [
        ("line-feed", &raw, &[line_feed]),
        ("cr-lf", &[&common::SECRET[..], b"\r\n"].concat(), &[line_feed]),
        ("space", &[&common::SECRET[..], b" "].concat(), &["ends in white space"]),
        ("hex", hex.as_bytes(), &["hexadecimal", "--secret-hex"]),
        ("hex-line", &[hex.as_bytes(), b"\n"].concat(), &[line_feed, "--secret-hex"]),
        ("base64url", KEY.as_bytes(), &["Base64URL", "--secret-base64url"]),
        ("base64", base64.as_bytes(), &["Base64,", "--secret-base64"]),
        ("base64-padded", &[base64.as_bytes(), b"==\n"].concat(), &[line_feed, "--secret-base64"]),
        (
            "two-lines",
            &[first, "\n", rest, "\n"].concat().into_bytes(),
            &["--secret-base64, without line breaks\n"],
        ),
        ("begin", &[b"\n", KEY.as_bytes()].concat(), &[begins, "try --secret-base64url\n"]),
        ("other", &[0x80; 32], &[]),
    ];
    for (name, contents, fragments) in table {
        let path = file(name, contents);
        let options = ["--alg", "HS256", "--secret-file", &path, "--now", "0"];
        let result = run(&[&options[..], &[TOKEN]].concat(), b"");
        let errors = String::from_utf8(result.stderr).unwrap();
        assert!(result.stdout.starts_with(b"error\tSignatureMismatch\t"), "{name}");
        assert_eq!(errors.is_empty(), fragments.is_empty(), "{name}: {errors}");
        for fragment in fragments {
            assert!(errors.starts_with(&format!("verify: --secret-file {path} ")), "{errors}");
            assert!(errors.contains(fragment), "{name}: {errors}");
        }
        assert!(!errors.contains(KEY) && !errors.contains(&hex), "{name}: {errors}");
        // With a token that this secret signed, the secret is right, though that token is refused.
        let token = common::sign("HS256", contents, br#"{"alg":"HS256"}"#, b"{}");
        let signed = String::from_utf8(token).unwrap();
        let result = run(&[&options[..], &[TOKEN, &signed]].concat(), b"");
        assert!(result.stderr.is_empty(), "{name}: {result:?}");
        // Also if that token's header is refused.
        let signed = common::sign("HS256", contents, br#"{"alg":"HS512"}"#, b"{}");
        let signed = String::from_utf8(signed).unwrap();
        let result = run(&[&options[..], &[&signed, TOKEN]].concat(), b"");
        assert!(result.stdout.starts_with(b"error\tAlgorithmMismatch\t"), "{name}: {result:?}");
        assert!(result.stderr.is_empty(), "{name}: {result:?}");
        // A token that is malformed tells nothing of the secret.
        let result = run(&[&options[..], &["x"]].concat(), b"");
        assert!(result.stderr.is_empty(), "{name}: {result:?}");
    }
}

/// The path of a file with this JSON, where `~` stands for the RFC's key.
fn jwks(name: &str, json: &str) -> String {
    file(&format!("{name}.json"), json.replace('~', KEY))
}

/// A token with this header and these claims, signed with the RFC's key.
fn sign_with(algorithm: &str, header: &str, claims: &str) -> String {
    let token = common::sign(algorithm, &common::SECRET, header.as_bytes(), claims.as_bytes());
    String::from_utf8(token).unwrap()
}

#[track_caller]
fn check_jwks(path: &str, arguments: &[&str], code: i32, output: &str) {
    check_with(&["--jwks", path, "--now", "0"], arguments, b"", code, output);
}

#[test]
fn jwk_set_gives_the_key_that_a_token_names() {
    let set = jwks(
        "set",
        r#"{"keys":[{"kty":"oct","kid":"a","alg":"HS512","k":"~"},{"kty":"EC","kid":"b"},
            {"kty":"oct","kid":"b","k":"~"}]}"#,
    );
    let a = sign_with("HS512", r#"{"alg":"HS512","kid":"a"}"#, r#"{"exp":9}"#);
    let b = sign_with("HS256", r#"{"alg":"HS256","kid":"b"}"#, r#"{"exp":9}"#);
    let c = sign_with("HS256", r#"{"alg":"HS256","kid":"c"}"#, r#"{"exp":9}"#);
    let ok = "ok\t{\"exp\":9}\n";
    let unknown = "error\tUnknownKeyId\tkid names no key of the set\n";
    let missing = "error\tMissingKeyId\tkid is missing\n";
    check_jwks(&set, &["--alg", "HS256", &a, &b], 0, &ok.repeat(2));
    check_jwks(&set, &["--alg", "HS256", &c], 1, unknown);
    check_jwks(&set, &["--alg", "HS256", "--allow-missing-kid", &c], 1, unknown);
    check_jwks(&set, &["--alg", "HS256", TOKEN], 1, missing);
    check_jwks(
        &set,
        &["--alg", "HS256", "--allow-missing-kid", TOKEN, &a],
        0,
        &format!("ok\t{CLAIMS}\n{ok}"),
    );
    check_jwks(
        &set,
        &["--alg", "HS256", "--iss", "x", &a],
        1,
        "error\tMissingIssuer\tiss is missing\n",
    );
    check_jwks(&set, &["--alg", "HS256", "--jws", &a], 0, "ok\teyJleHAiOjl9\n");
    // A single key.
    let key = jwks("key", r#"{"kty":"oct","kid":"b","k":"~","alg":"HS256"}"#);
    check_jwks(&key, &[&b], 0, ok);
    check_jwks(&key, &[&a], 1, unknown);
}

#[test]
fn keys_that_are_passed_over_are_told() {
    let token = sign_with("HS256", r#"{"alg":"HS256","kid":"b"}"#, r#"{"exp":9}"#);
    for (name, keys, message) in [
        ("all-used", "~b", ""),
        ("same-twice", "~b,~b", ""),
        (
            "one-passed-over",
            r#"{"kty":"EC"},~b"#,
            "keys used: 1, passed over: 1; the first: key at index 0: kty is not oct",
        ),
        (
            "two-passed-over",
            r#"~b,~b,~a,{"kty":"oct","alg":"A256GCM"},{"kty":1}"#,
            "keys used: 2, passed over: 2; the first: key at index 3: \
             algorithm is none of HS256, HS384 and HS512",
        ),
    ] {
        let keys = keys.replace("~b", r#"{"kty":"oct","kid":"b","k":"~","alg":"HS256"}"#);
        let keys = keys.replace("~a", r#"{"kty":"oct","kid":"a","k":"~","alg":"HS256"}"#);
        let path = jwks(name, &format!(r#"{{"keys":[{keys}]}}"#));
        let result = run(&["--jwks", &path, "--now", "0", &token], b"");
        assert_eq!(result.status.code(), Some(0), "{name}: {result:?}");
        let errors = String::from_utf8(result.stderr).unwrap();
        let expected = format!("verify: --jwks {path}: {message}\n");
        assert_eq!(errors, if message.is_empty() { "" } else { &expected }, "{name}");
    }
}

#[test]
fn refused_jwk_set_is_reported_with_the_index_of_the_key() {
    for (name, json, message) in [
        ("junk", "[]", "text is not one valid JSON object\n"),
        (
            "no alg",
            r#"{"keys":[{"kty":"oct","k":"~"}]}"#,
            "JWK Set has no usable key: key at index 0: alg is missing\n",
        ),
        (
            "short",
            r#"{"keys":[{"kty":"oct","alg":"HS256","k":"AAAA"}]}"#,
            "JWK Set has no usable key: key at index 0: key is shorter than the hash's output: \
             32 bytes are needed\n",
        ),
        (
            "twice",
            r#"{"keys":[{"kty":"EC"},{"kty":"oct","kty":"oct"}]}"#,
            "key at index 1: member of a JSON Web Key appears twice\n",
        ),
        ("alone", r#"{"kty":"RSA"}"#, "JWK Set has no usable key: kty is not oct\n"),
        ("empty", r#"{"keys":[]}"#, "JWK Set has no usable key\n"),
    ] {
        let path = jwks(&format!("refused-{name}"), json);
        let result = run(&["--jwks", &path, TOKEN], b"");
        let errors = String::from_utf8(result.stderr).unwrap();
        assert_eq!(errors, format!("verify: --jwks {path}: {message}"));
        assert_eq!(result.status.code(), Some(2), "{name}");
        assert!(result.stdout.is_empty(), "{name}");
    }
}

#[test]
fn jwk_set_is_read_from_standard_input() {
    let set = format!(r#"{{"keys":[{{"kty":"oct","kid":"b","k":"{KEY}","alg":"HS256"}}]}}"#);
    let token = sign_with("HS256", r#"{"alg":"HS256","kid":"b"}"#, r#"{"exp":9}"#);
    let options = ["--jwks", "-", "--now", "0"];
    check_with(&options, &[&token], set.as_bytes(), 0, "ok\t{\"exp\":9}\n");
    let result = run(&[&options[..], &[&token, "-"]].concat(), set.as_bytes());
    let errors = String::from_utf8(result.stderr).unwrap();
    assert_eq!(result.status.code(), Some(2), "{errors}");
    assert!(errors.contains("both"), "{errors}");
    let result = run(&[&options[..], &[&token]].concat(), b"");
    let errors = String::from_utf8(result.stderr).unwrap();
    assert_eq!(result.status.code(), Some(2), "{errors}");
    assert!(errors.starts_with("verify: --jwks standard input: "), "{errors}");
}

#[test]
fn tokens_are_revoked_by_jti() {
    let named = |jti: &str| sign(&format!(r#"{{"exp":9,"jti":"{jti}"}}"#));
    let (a, b, c) = (named("a"), named("-b"), named("\\u0063"));
    let options = ["--now", "0", "--revoke-jti", "a", "--revoke-jti", "c"];
    let revoked = "error\tRevoked\ttoken is revoked\n";
    let ok = "ok\t{\"exp\":9,\"jti\":\"-b\"}\n";
    check(&[&options[..], &[&a, &b, &c]].concat(), b"", 1, &[revoked, ok, revoked].concat());
    check(&["--now", "0", "--revoke-jti", "-b", &b], b"", 1, revoked);
    check(&["--now", "0", "--revoke-jti", "a", TOKEN], b"", 0, &format!("ok\t{CLAIMS}\n"));
}

#[test]
fn token_is_accepted_once_with_once_option() {
    let replayed = "error\tReplayed\ttoken was accepted before\n";
    let ok = format!("ok\t{CLAIMS}\n");
    check(&["--now", "0", "--once", TOKEN, TOKEN], b"", 1, &format!("{ok}{replayed}"));
    check(&["--now", "0", TOKEN, TOKEN], b"", 0, &ok.repeat(2));
    let first = sign(r#"{"exp":9,"jti":"a"}"#);
    let second = sign(r#"{"exp":10,"jti":"a"}"#);
    let input = format!("{second}\n{first}\n{TOKEN}\n");
    let second_ok = "ok\t{\"exp\":10,\"jti\":\"a\"}\n";
    let output = [second_ok, replayed, &ok].concat();
    check(&["--now", "0", "--once", "-"], input.as_bytes(), 1, &output);
    // A refused token is not remembered.
    let expired = "error\tExpired\ttoken has expired\n";
    check(&["--now", "9", "--once", &first, &second], b"", 1, &[expired, second_ok].concat());
}

/// What is large, the keys of a set and what `--once` remembers, is not on the stack.
#[cfg(unix)]
#[test]
fn stack_of_512_kib_is_enough() {
    let set = jwks("stack", r#"{"keys":[{"kty":"oct","kid":"a","k":"~"}]}"#);
    let verify = command("verify");
    let result = Command::new("sh")
        .args(["-c", "ulimit -s 512 && exec \"$@\"", "sh"])
        .arg(verify.get_program())
        .args(verify.get_args())
        .args(["--alg", "HS256", "--jwks", &set, "--allow-missing-kid", "--once", "--explain"])
        .args(["--now", "0", TOKEN])
        .output()
        .unwrap();
    assert_eq!(result.status.code(), Some(0), "{result:?}");
}

#[test]
fn secret_may_begin_with_a_dash() {
    let secret = format!("-{}", &"A".repeat(42));
    for arguments in [
        &["--alg", "HS256", "--secret-base64url", &secret, TOKEN][..],
        &["--alg", "HS256", &format!("--secret-base64url={secret}"), TOKEN],
    ] {
        let result = run(arguments, b"");
        assert_eq!(result.status.code(), Some(1), "{result:?}");
        assert!(result.stdout.starts_with(b"error\tSignatureMismatch\t"), "{result:?}");
    }
}

#[test]
fn token_longer_than_64_kib_is_accepted() {
    let token = |filler: usize| {
        let claims = format!(r#"{{"exp":9999999999,"filler":"{}"}}"#, "x".repeat(filler));
        (sign(&claims) + "\n", format!("ok\t{claims}\n"))
    };
    for filler in [49_200, 65_440] {
        let (token, ok) = token(filler);
        assert!(token.len() > 65_536);
        check(&["-"], token.as_bytes(), 0, &ok);
    }
    check(&["-"], token(65_500).0.as_bytes(), 1, "error\tTokenTooLong\ttoken is too long\n");
}

#[test]
fn unusable_options_are_reported_on_standard_error() {
    let secret = &["--alg", "HS256", "--secret-base64url", KEY][..];
    let [deep, very_deep] =
        [33, 20_000].map(|levels| format!("n={}{}", "[".repeat(levels), "]".repeat(levels)));
    let table: &[(&str, &[&str], &str)] = &[
        ("no option", &[], "required"),
        ("no token", secret, "required"),
        ("no algorithm", &["--secret-base64url", KEY, TOKEN], "--alg"),
        ("no secret", &["--alg", "HS256", TOKEN], "--secret"),
        (
            "two secrets",
            &[secret, &["--secret-file", "/dev/null", TOKEN]].concat(),
            "cannot be used with",
        ),
        ("unknown algorithm", &["--alg", "none", "--secret-base64url", KEY, TOKEN], "none"),
        ("another case", &["--alg", "hs256", "--secret-base64url", KEY, TOKEN], "hs256"),
        ("short key", &["--alg", "HS256", "--secret-base64url", "AAAA", TOKEN], "shorter"),
        ("empty key", &["--alg", "HS256", "--secret-base64url=", TOKEN], "shorter"),
        (
            "padded key",
            &["--alg", "HS256", "--secret-base64url", &format!("{KEY}=="), TOKEN],
            "Base64URL",
        ),
        (
            "missing file",
            &["--alg", "HS256", "--secret-file", "/no/such/file", TOKEN],
            "--secret-file /no/such/file: ",
        ),
        ("negative time", &[secret, &["--now", "-1", TOKEN]].concat(), "-1"),
        ("time is not a number", &[secret, &["--now", "noon", TOKEN]].concat(), "--now"),
        ("leeway too long", &[secret, &["--leeway", "601", TOKEN]].concat(), "leeway"),
        (
            "leeway too long for a JWS",
            &[secret, &["--jws", "--leeway", "601", TOKEN]].concat(),
            "leeway is longer than",
        ),
        (
            "contradiction",
            &[secret, &["--allow-missing-exp", "--max-lifetime", "9", TOKEN]].concat(),
            "exp",
        ),
        (
            "two kinds of keys",
            &[secret, &["--jwks", "/no/such/file", TOKEN]].concat(),
            "cannot be used with",
        ),
        ("missing JWK Set", &["--jwks", "/no/such/file", TOKEN], "--jwks /no/such/file: "),
        (
            "missing kid allowed for one key",
            &[secret, &["--allow-missing-kid", TOKEN]].concat(),
            "cannot be used with",
        ),
        ("--once for a JWS", &[secret, &["--jws", "--once", TOKEN]].concat(), "--once"),
        (
            "--revoke-jti for a JWS",
            &[secret, &["--jws", "--revoke-jti", "x", TOKEN]].concat(),
            "--revoke-jti",
        ),
        ("empty pieces", &[secret, &["--chunk", "0", TOKEN]].concat(), "--chunk"),
        ("claims for a JWS", &[secret, &["--jws", "--iss", "joe", TOKEN]].concat(), "--iss"),
        (
            "required claim for a JWS",
            &[secret, &["--jws", "--require", "x", TOKEN]].concat(),
            "--require",
        ),
        (
            "expected claim for a JWS",
            &[secret, &["--jws", "--claim", "x=1", TOKEN]].concat(),
            "--claim",
        ),
        ("expected claim without a value", &[secret, &["--claim", "door", TOKEN]].concat(), "no ="),
        ("expected claim is no JSON", &[secret, &["--claim", "door={7}", TOKEN]].concat(), "JSON"),
        (
            "expected claim is a string without quotes",
            &[secret, &["--claim", "door=7\\b", TOKEN]].concat(),
            r#"a string needs quotes: door="7\\b""#,
        ),
        ("expected claim is deep", &[secret, &["--claim", &deep, TOKEN]].concat(), "32 levels"),
        (
            "expected claim is very deep",
            &[secret, &["--claim", &very_deep, TOKEN]].concat(),
            "32 levels",
        ),
        (
            "expected claim has a name twice",
            &[secret, &["--claim", r#"o={"a":1,"a":1}"#, TOKEN]].concat(),
            "twice",
        ),
        (
            "vast exponent",
            &[secret, &["--claim", "n=1e99999999999999999999", TOKEN]].concat(),
            "exponent",
        ),
        (
            "tiny exponent",
            &[secret, &["--claim", "n=1e-99999999999999999999", TOKEN]].concat(),
            "exponent is out of range",
        ),
        (
            "any audience and one",
            &[secret, &["--allow-any-audience", "--aud", "a", TOKEN]].concat(),
            "aud",
        ),
        (
            "remaining lifetime without exp",
            &[secret, &["--allow-missing-exp", "--max-remaining", "9", TOKEN]].concat(),
            "exp",
        ),
        ("no line", &[secret, &["-"]].concat(), "standard input has no line"),
        ("unknown option", &[secret, &["--insecure", TOKEN]].concat(), "--insecure"),
    ];
    for (name, arguments, message) in table {
        let result = run(arguments, b"");
        let errors = String::from_utf8(result.stderr).unwrap();
        assert_eq!(result.status.code(), Some(2), "{name}: {errors}");
        assert!(errors.contains(message), "{name}: {errors}");
        assert!(!errors.contains(KEY), "{name}: shows the key");
        assert!(result.stdout.is_empty(), "{name}");
    }
}

/// Verifies a token with the RFC's key at the time 1,000,000, and compares the report.
#[track_caller]
fn check_report(options: &[&str], token: &str, report: &str) {
    let options = [&["--explain", "--now", "1000000"], options, &[token]].concat();
    let result = run_with_key(&options, b"");
    let errors = String::from_utf8(result.stderr).unwrap();
    assert_eq!(errors, format!("token 1: {report}\n"), "{options:?}");
    // The line on standard output is the same as without a report.
    let without = run_with_key(&options[1..], b"");
    assert!(without.stderr.is_empty());
    assert_eq!((result.stdout, result.status), (without.stdout, without.status), "{options:?}");
}

#[test]
fn accepted_token_is_reported_with_its_dates() {
    check_report(
        &["--allow-any-audience", "--claim", "a=2"],
        &sign(
            "{ \"exp\" : 1003600, \"nbf\":999999.5,\n\"iat\":-1e9,\"aud\":[ ],\"a\":2,\"\u{85}\":\"\\\" \"}",
        ),
        r#"accepted
    header  {"alg":"HS256"}
    MAC     holds
    claims  {"exp":1003600,"nbf":999999.5,"iat":-1e9,"aud":[],"a":2,"\u0085":"\" "}
    now     1970-01-12T13:46:40Z
    exp     1970-01-12T14:46:40Z, in 3,600 s (60 minutes)
    nbf     1970-01-12T13:46:39.5Z, 0.5 s ago
    iat     1938-04-24T22:13:20Z, 1,001,000,000 s ago (11,585 days)"#,
    );
    check_report(
        &[],
        &sign(r#"{"exp":1e30,"nbf":0.0000000019,"iat":1e17}"#),
        r#"accepted
    header  {"alg":"HS256"}
    MAC     holds
    claims  {"exp":1e30,"nbf":0.0000000019,"iat":1e17}
    now     1970-01-12T13:46:40Z
    exp     after the year 9999
    nbf     1970-01-01T00:00:00.000000001Z, 999,999.999999999 s ago (11 days)
    iat     after the year 9999, in 99,999,999,999,000,000 s (1,157,407,407,395 days)"#,
    );
}

#[test]
fn claims_are_not_reported_unless_the_mac_holds() {
    let forged = TOKEN.replace("dBjf", "dBjg");
    check_report(
        &[],
        &forged,
        r#"refused with SignatureMismatch: signature does not match
    header  {"typ":"JWT","alg":"HS256"} (not verified)
    MAC     does not hold
    claims  not shown
    now     1970-01-12T13:46:40Z
    why     the key is another, or the token was changed"#,
    );
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ";
    let (header, rest) = TOKEN.split_once('.').unwrap();
    let detached = format!("{header}..{}", rest.split_once('.').unwrap().1);
    let result = run_with_key(&["--explain", &detached], b"");
    let errors = String::from_utf8(result.stderr).unwrap();
    assert!(errors.contains("DetachedPayload"), "{errors}");
    assert!(errors.contains("\n    MAC     does not hold\n"), "{errors}");
    for (name, token) in [
        ("detached", detached),
        ("forged", forged),
        ("malformed", format!("{TOKEN}=")),
        ("header refused", sign_with("HS256", r#"{"alg":"HS512"}"#, r#"{"iss":"joe"}"#)),
        ("critical", sign_with("HS256", r#"{"alg":"HS256","crit":["x"]}"#, r#"{"iss":"joe"}"#)),
    ] {
        let result = run_with_key(&["--explain", &token], b"");
        let errors = String::from_utf8(result.stderr).unwrap();
        assert!(errors.contains("\n    claims  not shown"), "{name}: {errors}");
        assert!(!errors.contains("joe") && !errors.contains(secret), "{name}: {errors}");
    }
}

#[test]
fn header_is_reported_even_if_it_is_refused() {
    for (header, refusal) in [
        (
            r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
            "CriticalExtension: crit names extensions, and none is supported",
        ),
        (r#"{"alg":"HS256","kid":5}"#, "InvalidKeyId: kid is not a string"),
        (
            r#"{"alg":"HS256","alg":"HS256"}"#,
            "DuplicateHeaderParameter: header parameter appears twice",
        ),
    ] {
        let token = sign_with("HS256", header, "{}");
        let report = format!(
            "refused with {refusal}
    header  {header}
    MAC     holds, but the header is refused
    claims  not shown: the header is refused
    now     1970-01-12T13:46:40Z"
        );
        check_report(&[], &token, &report);
        let forged =
            format!("{}{}", token.rsplit_once('.').unwrap().0, ".".to_owned() + &"A".repeat(43));
        let result = run_with_key(&["--explain", &forged], b"");
        let errors = String::from_utf8(result.stderr).unwrap();
        let row = format!("\n    header  {header} (not verified)\n");
        assert!(errors.contains(&row), "{errors}");
    }
}

#[test]
fn names_of_claims_are_escaped_in_a_report() {
    let token = sign(r#"{"exp":1000060}"#);
    check_why(&["--require", "a\u{1b}[31m"], &token, r"there is no a\u{1b}[31m");
    check_why(&["--claim", "\u{1b}\u{202e}=2"], &token, r"there is no \u{1b}\u{202e}; accepted: 2");
}

#[test]
fn refusal_is_reported_with_the_values_that_met() {
    let max_age = ["--max-age", "60", "--leeway", "5"];
    let table: &[(&[&str], &str, &str, &str)] = &[
        (&[], "{}", r#""exp":996400"#, "expired 3,600 s ago (60 minutes)"),
        (&[], "{}", r#""exp":1000000"#, "expired 0 s ago"),
        (
            &["--leeway", "5"],
            "{}",
            r#""exp":1"#,
            "expired 999,999 s ago (11 days); the leeway is 5 s",
        ),
        (&[], "{}", r#""nbf":1000000.25"#, "becomes valid in 0.25 s"),
        (&max_age, "{}", r#""iat":1000030"#, "iat comes in 30 s; the leeway is 5 s"),
        (
            &max_age,
            "{}",
            r#""iat":992800"#,
            "issued 7,200 s ago (2 hours); at most 60 s are accepted; the leeway is 5 s",
        ),
        (&max_age, "{}", "", "there is no iat"),
        (
            &["--max-lifetime", "3600"],
            "{}",
            r#""iat":999999,"exp":1003600"#,
            "valid for 3,601 s (60 minutes) from iat to exp; at most 3,600 s are accepted",
        ),
        (
            &["--max-lifetime", "3600"],
            "{}",
            r#""iat":2000000,"exp":1000001"#,
            "exp is 1000001, iat is 2000000: exp comes before iat",
        ),
        // Dates that are too far away for a difference.
        (
            &["--max-lifetime", "3600"],
            "{}",
            r#""iat":5,"exp":1e300"#,
            "exp is 1e300, iat is 5; at most 3,600 s are accepted",
        ),
        (
            &["--max-remaining", "60"],
            "{}",
            r#""exp":1e300"#,
            "expires after the year 9999; at most 60 s are accepted",
        ),
        (&[], "{}", r#""nbf":1e300"#, "becomes valid after the year 9999"),
        (&max_age, "{}", r#""iat":1e300"#, "iat comes after the year 9999; the leeway is 5 s"),
        (&[], "{}", r#""exp":-1e300"#, "expired before the year 0"),
        (&[], "{}", r#""exp":-1e99999999999999999999"#, "expired before the year 0"),
        (&[], "{}", r#""exp":1e-99999999999999999999"#, "expired 1,000,000 s ago (11 days)"),
        (
            &["--max-remaining", "60"],
            "{}",
            r#""exp":1003600"#,
            "expires in 3,600 s (60 minutes); at most 60 s are accepted",
        ),
        (
            &["--iss", "a", "--iss", "\"b"],
            "{}",
            r#""iss":"\u0061\u0085""#,
            r#"iss is "\u0061\u0085"; accepted: "a", "\"b""#,
        ),
        (&["--iss", "a"], "{}", "", r#"there is no iss; accepted: "a""#),
        (&["--sub", "a"], "{}", r#""sub":"b""#, r#"sub is "b"; accepted: "a""#),
        (&["--aud", "a"], "{}", r#""aud":["b", "c"]"#, r#"aud is ["b","c"]; accepted: "a""#),
        (&[], "{}", r#""aud":"b""#, r#"aud is "b"; no --aud says who we are"#),
        (&["--typ", "at+jwt"], r#"{"typ":"JWT"}"#, "", r#"typ is "JWT"; accepted: "at+jwt""#),
        (&["--typ", "at+jwt"], "{}", "", r#"there is no typ; accepted: "at+jwt""#),
        (&["--require", "a", "--require", "b"], "{}", r#""a":1"#, "there is no b"),
        (&["--require", "a"], "{}", r#""a":null"#, "a is null"),
        (
            &["--claim", "a=1", "--claim", "b=[ 2 ]"],
            "{}",
            r#""a":1,"b":[3]"#,
            "b is [3]; accepted: [2]",
        ),
        (&["--claim", "a=null"], "{}", "", "there is no a; accepted: null"),
        (&["--claim", "a=1"], "{}", r#""a":1,"a":1"#, r#""a" appears twice"#),
        (&[], "{}", r#""exp":1000001,"exp":1000002"#, r#""exp" appears twice"#),
        (&[], "{}", r#""sub":[1, 2]"#, "sub is [1,2]"),
        (&[], "{}", r#""nbf":"now""#, r#"nbf is "now""#),
        (&["--revoke-jti", "x"], "{}", r#""jti":"x""#, r#"jti is "x""#),
    ];
    for (options, header, claims, why) in table {
        let exp = if claims.contains("exp") { "" } else { r#""exp":1000060"# };
        let comma = if claims.is_empty() || exp.is_empty() { "" } else { "," };
        let header =
            if *header == "{}" { r#"{"alg":"HS256"}"# } else { r#"{"alg":"HS256","typ":"JWT"}"# };
        let token = sign_with("HS256", header, &format!("{{{claims}{comma}{exp}}}"));
        check_why(options, &token, why);
    }
}

/// Compares the last row of the report on a token at the time 1,000,000.
#[track_caller]
fn check_why(options: &[&str], token: &str, why: &str) {
    let options = [&["--explain", "--now", "1000000"], options, &[token]].concat();
    let errors = String::from_utf8(run_with_key(&options, b"").stderr).unwrap();
    let last = errors.trim_end().lines().last().unwrap();
    assert_eq!(last, format!("    why     {why}"), "{options:?}: {errors}");
}

#[test]
fn malformed_token_is_reported_with_what_is_wrong() {
    let two_thirds = TOKEN.rsplit_once('.').unwrap().0;
    let long = "A".repeat(87_381);
    for (token, why) in [
        ("", "it has no dot; two are needed"),
        ("a.b", "it has 1 of the two dots"),
        ("a.b.c.d", "it has 3 dots; two are needed"),
        ("a.b.c.d.e", "it has five segments: an encrypted token (JWE)"),
        (&long, "it has 87,381 bytes; at most 87,380 are accepted"),
        (&format!("{TOKEN}A"), "the signature has 44 characters; HS256 has 43, HS384 64, HS512 86"),
        (&format!("{TOKEN}="), "character 44 of 44 of the signature is =, padding"),
        (&format!("{TOKEN}\r"), "character 44 of 44 of the signature is a carriage return"),
        (&TOKEN.replace("eyJ0", "ey 0"), "character 3 of 40 of the header is a space"),
        (&TOKEN.replace("leHAi", "le+Ai"), "character 26 of 94 of the payload is +"),
        (
            &TOKEN.replace("leHAi", "le\u{1b}Ai"),
            "character 26 of 94 of the payload is the byte 0x1b",
        ),
        (
            &format!("{two_thirds}AAA.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "a segment has an impossible length, or bits are left over at its end",
        ),
    ] {
        check_why(&[], token, why);
    }
    check_why(&["--max-remaining", "60"], &sign("{}"), "there is no exp");
    check_why(&["--allow-mistyped"], &sign(r#"{"exp":null}"#), "exp is null");
    let detached = TOKEN.split('.').collect::<Vec<_>>();
    let why = "the payload is empty: it may have to be put back in (RFC 7515 appendix F)";
    check_why(&[], &format!("{}..{}", detached[0], detached[2]), why);
    for (header, why) in [
        (r#"{"alg":"HS512"}"#, r#"alg is "HS512"; the key is for HS256"#),
        (r#"{"alg":"none"}"#, r#"alg is "none"; the key is for HS256"#),
    ] {
        check_why(&[], &sign_with("HS256", header, "{}"), why);
    }
}

#[test]
fn report_on_a_key_set_names_its_keys() {
    let set = jwks(
        "explain",
        r#"{"keys":[{"kty":"oct","kid":"a","k":"~"},{"kty":"oct","kid":"b\"","k":"~"}]}"#,
    );
    let options = ["--explain", "--now", "0", "--alg", "HS256", "--jwks", &set];
    let c = sign_with("HS256", r#"{"alg":"HS256","kid":"c\u007f"}"#, r#"{"exp":9}"#);
    let other = sign_with("HS512", r#"{"alg":"HS512","kid":"a"}"#, r#"{"exp":9}"#);
    let a = sign_with("HS256", r#"{"alg":"HS256","kid":"a"}"#, r#"{"exp":0}"#);
    for (token, rows) in [
        (
            &*c,
            &[
                r#"header  {"alg":"HS256","kid":"c\u007f"} (not verified)"#,
                "MAC     not computed: the header is refused",
                "claims  not shown",
                r#"why     kid is "c\u007f"; the set has "a", "b\"""#,
            ][..],
        ),
        (TOKEN, &[r#"why     there is no kid; the set has "a", "b\"""#]),
        (
            &other,
            &[
                "MAC     not computed: the header is refused",
                r#"why     alg is "HS512"; the set has no key of that name for it"#,
            ],
        ),
        (&a, &["MAC     holds", "why     expired 0 s ago"]),
    ] {
        let errors =
            String::from_utf8(run(&[&options[..], &[token]].concat(), b"").stderr).unwrap();
        for row in rows {
            assert!(errors.contains(&format!("\n    {row}\n")), "{row}: {errors}");
        }
    }
    let nameless = sign_with("HS512", r#"{"alg":"HS512"}"#, "{}");
    let result = run(&[&options[..], &["--allow-missing-kid", &nameless]].concat(), b"");
    let errors = String::from_utf8(result.stderr).unwrap();
    assert!(errors.contains(r#"alg is "HS512"; the set has no key for it"#), "{errors}");
}

#[test]
fn report_on_a_jws_does_not_look_at_its_payload() {
    let result = run_with_key(&["--explain", "--jws", "--now", "0", JWS], b"");
    let errors = String::from_utf8(result.stderr).unwrap();
    assert!(
        errors.contains("\n    MAC     holds\n    claims  not read, for --jws: 4 bytes\n"),
        "{errors}"
    );
    let result = run_with_key(&["--explain", "--now", "0", JWS], b"");
    let errors = String::from_utf8(result.stderr).unwrap();
    assert!(errors.contains("\n    claims  not a JSON object: "), "{errors}");
}

#[test]
fn version_is_that_of_the_package() {
    for name in ["verify", "inspect"] {
        let result = run_example(name, &["--version"], b"");
        let expected = format!("{name} {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(String::from_utf8(result.stdout).unwrap(), expected);
        assert_eq!(result.status.code(), Some(0));
    }
}

#[test]
fn inspect_shows_a_token_and_says_that_it_is_not_verified() {
    const MARK: &str = "NOT VERIFIED, anyone may have written this";
    let shown = format!(
        r#"token 1: {MARK}
    header  {{"typ":"JWT","alg":"HS256"}}
    claims  {CLAIMS}
    exp     2011-03-22T18:43:00Z, 620 s ago (10 minutes)
"#
    );
    let odd = format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(r#"{"sub":1, "\u007f":"\n"}"#));
    let odd_shown = format!(
        r#"token 1: {MARK}
    header  {{"alg":"none"}}
    claims  {{"sub":1,"\u007f":"\n"}}
"#
    );
    let no_header = format!("x.{}.", encode("{}"));
    let refused =
        format!("{}.{}.", encode(r#"{"alg":"a", "kid":5}"#), encode(r#"{"exp":1,"exp":1}"#));
    let refused_shown = format!(
        r#"token 1: {MARK}
    header  {{"alg":"a","kid":5}} (refused: kid is not a string)
    claims  {{"exp":1,"exp":1}} (refused: claim appears twice)
"#
    );
    let dots = "can't be read: token is not three segments separated by two dots";
    let table: &[(&[&str], &str, i32, String)] = &[
        (&[TOKEN], "", 0, shown.clone()),
        (
            &["-"],
            &format!("{TOKEN}\r\n{TOKEN}\n"),
            0,
            [&*shown, &shown.replace("token 1", "token 2")].concat(),
        ),
        (&[&odd], "", 0, odd_shown),
        (&[&refused], "", 1, refused_shown),
        (&["x"], "", 1, format!("token 1: {MARK}\n    header  {dots}\n    claims  {dots}\n")),
        (&["-"], "", 2, String::new()),
        (&[], "", 2, String::new()),
    ];
    for (arguments, input, code, output) in table {
        let arguments = [&["--now", "1300820000"], *arguments].concat();
        let result = run_example("inspect", &arguments, input.as_bytes());
        assert_eq!(String::from_utf8_lossy(&result.stdout), *output, "{arguments:?}");
        assert_eq!(result.status.code(), Some(*code), "{arguments:?}");
        assert_eq!(result.stderr.is_empty(), *code < 2, "{arguments:?}");
    }
    // What can be read is shown.
    let result = run_example("inspect", &[&no_header], b"");
    let printed = String::from_utf8(result.stdout).unwrap();
    assert!(printed.contains("\n    header  can't be read: "), "{printed}");
    assert!(printed.ends_with("\n    claims  {}\n"), "{printed}");
    assert_eq!(result.status.code(), Some(1));
}

#[test]
fn readme_shows_what_its_first_command_prints() {
    let readme = include_str!("../README.md");
    let mut blocks = readme.split("\n```").skip_while(|block| !block.starts_with("sh\n"));
    let command = blocks.next().unwrap().strip_prefix("sh\n").unwrap();
    let output = blocks.find_map(|block| block.strip_prefix("text\n")).unwrap();
    let arguments = command.trim().strip_prefix("cargo run --example verify -- ").unwrap();
    let result = run(&arguments.split(' ').collect::<Vec<_>>(), b"");
    assert_eq!(String::from_utf8(result.stdout).unwrap().trim(), output.trim());
    assert_eq!(result.status.code(), Some(0));
    let inspect = "\n```sh\ncargo run --example inspect -- ";
    let token = readme.split_once(inspect).unwrap().1.lines().next().unwrap();
    assert_eq!(run_example("inspect", &[token], b"").status.code(), Some(0));
    assert!(readme.contains("\n```sh\ncargo test\n```\n"), "the second command runs these tests");
}

#[test]
fn readme_states_the_actual_limits() {
    let readme = include_str!("../README.md");
    let (major, minor) = (env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    let (length, leeway) = (embedded_jwt::MAX_TOKEN_LENGTH, embedded_jwt::MAX_LEEWAY);
    for fact in [
        format!("embedded-jwt = \"{major}.{minor}\""),
        format!("\n{}, which is what the dependencies ask for", env!("CARGO_PKG_RUST_VERSION")),
        format!("at most {},{} bytes", length / 1000, length % 1000),
        format!("at most {leeway} s"),
        format!("nesting | {} levels", embedded_jwt::MAX_DEPTH),
    ] {
        assert!(readme.contains(&fact), "{fact}");
    }
}
