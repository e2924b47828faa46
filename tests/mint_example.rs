//! The example `mint` as a program. What it prints is verified by the example `verify`.

#![cfg(feature = "sign")]

mod common;

use std::path::PathBuf;
use std::process::{Command, Output};

use common::example::{command, run_example};
use common::{SECRET, decode, encode};

const SECRET_TEXT: &str = "32 random bytes go here, no text, and as many again for HS512 ..";
const KEY: [&str; 4] = ["--alg", "HS256", "--secret-text", SECRET_TEXT];

fn mint(arguments: &[&str], input: &[u8]) -> Output {
    run_example("mint", arguments, input)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The one line that was printed, without its line feed.
#[track_caller]
fn token(result: &Output) -> &str {
    assert_eq!(result.status.code(), Some(0), "{}", text(&result.stderr));
    assert!(result.stderr.is_empty(), "{}", text(&result.stderr));
    let token = text(&result.stdout).strip_suffix('\n').unwrap();
    assert!(!token.contains(char::is_whitespace), "{token}");
    token
}

/// The header or the payload of a token.
fn segment(token: &str, index: usize) -> String {
    String::from_utf8(decode(token.split('.').nth(index).unwrap())).unwrap()
}

/// What `verify` prints for a token.
fn verify(key: &[&str], options: &[&str], token: &str) -> String {
    let result = run_example("verify", &[key, options, &[token]].concat(), b"");
    text(&result.stdout).to_owned()
}

#[test]
fn claims_come_from_options_and_from_standard_input() {
    let stamped = r#"{"iat":1000,"nbf":1000,"exp":1060"#;
    let expires = &["--expires-in", "60", "--now", "1000"][..];
    let table: &[(&str, &[&str], &str, &str)] = &[
        ("one claim", &["--claim", "exp=2000"], "", r#"{"exp":2000}"#),
        (
            "several claims",
            &["--claim", "exp=2000", "--claim", r#"sub="erika""#, "--claim", "a=[1,{}]"],
            "",
            r#"{"exp":2000,"sub":"erika","a":[1,{}]}"#,
        ),
        (
            "name with a quote",
            &["--claim", "a\"=1", "--claim=exp=9e9"],
            "",
            r#"{"a\"":1,"exp":9e9}"#,
        ),
        ("value with spaces", &["--claim", "exp= 2000 "], "", r#"{"exp":2000}"#),
        (
            "value with =",
            &["--claim", "exp=2000", "--claim", r#"a="b=c""#],
            "",
            r#"{"exp":2000,"a":"b=c"}"#,
        ),
        ("standard input is not read", &["--claim", "exp=2000"], "x", r#"{"exp":2000}"#),
        ("no claim", &[], "{\"exp\":2000}", r#"{"exp":2000}"#),
        (
            "as it is, but for white space around it",
            &[],
            " {\n\"exp\" :2000 }\r\n",
            "{\n\"exp\" :2000 }",
        ),
        ("a dash", &["-"], r#"{"exp":2000}"#, r#"{"exp":2000}"#),
        ("both", &["--claim", "a=1", "-"], "{ \"exp\": 2000 }\n", r#"{"exp":2000,"a":1}"#),
        ("both, empty", &["-", "--claim", "exp=2000"], "{}", r#"{"exp":2000}"#),
        (
            "lifetime",
            &[expires, &["--claim", r#"sub="erika""#]].concat(),
            "",
            &format!(r#"{stamped},"sub":"erika"}}"#),
        ),
        ("lifetime, input", expires, r#"{"a":1}"#, &format!(r#"{stamped},"a":1}}"#)),
        ("lifetime alone", expires, "{}\n", &format!("{stamped}}}")),
        (
            "long lifetime",
            &["--expires-in", "4294967295", "--now", "0"],
            "{}",
            r#"{"iat":0,"nbf":0,"exp":4294967295}"#,
        ),
        ("no lifetime", &["--allow-missing-exp"], "{}", "{}"),
        (
            "not yet valid",
            &["--claim", "exp=2000", "--claim", "nbf=1999"],
            "",
            r#"{"exp":2000,"nbf":1999}"#,
        ),
    ];
    for (name, arguments, input, claims) in table {
        let result = mint(&[&KEY, *arguments].concat(), input.as_bytes());
        let token = token(&result);
        assert_eq!(segment(token, 0), r#"{"alg":"HS256","typ":"JWT"}"#, "{name}");
        assert_eq!(segment(token, 1), *claims, "{name}");
        let now = if claims.contains("1999") { "1999" } else { "1000" };
        let printed = verify(&KEY, &["--now", now, "--allow-missing-exp"], token);
        assert!(printed.starts_with("ok\t{"), "{name}: {printed}");
    }
    // By the system's clock, on both ends.
    let result = mint(&[&KEY[..], &["--expires-in", "600"]].concat(), b"{}");
    assert!(verify(&KEY, &[], token(&result)).starts_with("ok\t"));
}

#[test]
fn key_options_are_those_of_verify() {
    let hex: String = SECRET_TEXT.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64url = encode(SECRET_TEXT);
    let path = file("raw.key", SECRET_TEXT);
    for algorithm in ["HS256", "HS384", "HS512"] {
        for (option, value) in [
            ("--secret-text", SECRET_TEXT),
            ("--secret-hex", &hex),
            ("--secret-base64url", &base64url),
            ("--secret-base64", &base64url),
            ("--secret-file", &path),
        ] {
            let arguments = ["--alg", algorithm, option, value, "--claim", "exp=2000"];
            let result = mint(&arguments, b"");
            let key = ["--alg", algorithm, "--secret-text", SECRET_TEXT];
            let printed = verify(&key, &["--now", "0"], token(&result));
            assert_eq!(printed, "ok\t{\"exp\":2000}\n", "{algorithm} {option}");
        }
    }
    // A file that may be meant otherwise is used as it is, with a word about it.
    let path = file("line.key", format!("{SECRET_TEXT}\n"));
    let key = ["--alg", "HS256", "--secret-file", &path];
    let result = mint(&[&key[..], &["--claim", "exp=2000"]].concat(), b"");
    let told = format!("mint: --secret-file {path} ends in a line feed");
    assert!(text(&result.stderr).starts_with(&told), "{result:?}");
    assert!(verify(&key, &["--now", "0"], text(&result.stdout).trim()).starts_with("ok\t"));
}

/// The path of a file with these bytes.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("mint-{name}"));
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn key_of_a_set_is_the_one_that_is_named() {
    let key = encode(&*SECRET);
    let json = |keys: &str| keys.replace('~', &key);
    let set = json(
        r#"{"keys":[{"kty":"EC","kid":"e"},{"kty":"oct","kid":"a","k":"~"},
            {"kty":"oct","kid":"b","alg":"HS384","k":"~"},
            {"kty":"oct","kid":"b","alg":"HS512","k":"~"},
            {"kty":"oct","kid":"s","alg":"HS256","k":"AAAA"}]}"#,
    );
    let one = json(r#"{"kty":"oct","kid":"a","alg":"HS384","k":"~"}"#);
    let unnamed = json(r#"{"keys":[{"kty":"oct","alg":"HS256","k":"~"},{"kty":"EC"}]}"#);
    const OF_A: &str = r#"{"alg":"HS256","typ":"JWT","kid":"a"}"#;
    let table: &[(&str, &[&str], Result<&str, &str>)] = &[
        (&set, &["--kid", "a", "--alg", "HS256"], Ok(OF_A)),
        (&set, &["--kid", "b", "--alg", "HS512"], Ok(r#"{"alg":"HS512","typ":"JWT","kid":"b"}"#)),
        (&set, &["--alg", "HS384", "--kid", "b"], Ok(r#"{"alg":"HS384","typ":"JWT","kid":"b"}"#)),
        (&one, &[], Ok(r#"{"alg":"HS384","typ":"JWT","kid":"a"}"#)),
        (&one, &["--kid", "a"], Ok(r#"{"alg":"HS384","typ":"JWT","kid":"a"}"#)),
        (&unnamed, &[], Ok(r#"{"alg":"HS256","typ":"JWT"}"#)),
        (&set, &["--kid", "b"], Err("there are several keys: --kid and --alg pick one")),
        (&set, &["--kid", "a"], Err("MissingAlgorithm")),
        (&set, &["--kid", "e"], Err("UnsupportedKeyType")),
        (&set, &["--kid", "s"], Err("KeyTooShort")),
        (&set, &["--kid", "z"], Err("there is no such key")),
        (&one, &["--alg", "HS256"], Err("AlgorithmMismatch")),
        ("", &[], Err("InvalidJson")),
        ("[]", &[], Err("InvalidJson")),
        (r#""5a5a""#, &[], Err("InvalidJson")),
        (r#"{"keys":"5a5a"}"#, &[], Err("there is no such key")),
        (r#"{"keys":[5]}"#, &[], Err("InvalidJson")),
    ];
    for (number, (set, arguments, header)) in table.iter().enumerate() {
        let path = file(&format!("{number}.jwks"), set);
        let options = ["--jwks", &path, "--claim", "exp=2000"];
        let result = mint(&[&options[..], arguments].concat(), b"");
        // From standard input, the same.
        let options = ["--jwks", "-", "--claim", "exp=2000"];
        let other = mint(&[&options[..], arguments].concat(), set.as_bytes());
        assert_eq!(other.stdout, result.stdout, "{set} {arguments:?}");
        match header {
            Ok(header) => {
                let token = token(&result);
                assert_eq!(segment(token, 0), *header, "{set} {arguments:?}");
                let key = ["--jwks", &path, "--alg", "HS256", "--now", "0", "--allow-missing-kid"];
                assert!(verify(&key, &[], token).starts_with("ok\t"), "{set} {arguments:?}");
            }
            Err(why) => {
                let told = text(&result.stderr);
                assert!(told.starts_with(&format!("mint: --jwks {path}: ")), "{told}");
                assert!(
                    told.contains(why) && !told.contains("5a5a"),
                    "{set} {arguments:?}: {told}"
                );
                assert_eq!(result.status.code(), Some(2), "{told}");
                assert!(text(&other.stderr).contains(why), "{other:?}");
            }
        }
    }
}

#[test]
fn header_has_what_the_options_say() {
    for (options, header) in [
        (&["--kid", "a\"b"][..], r#"{"alg":"HS256","typ":"JWT","kid":"a\"b"}"#),
        (&["--typ", "at+jwt", "--kid", "-"], r#"{"alg":"HS256","typ":"at+jwt","kid":"-"}"#),
    ] {
        let result = mint(&[&KEY[..], &["--claim", "exp=2000"], options].concat(), b"");
        assert_eq!(segment(token(&result), 0), header);
        assert!(verify(&KEY, &["--now", "0"], token(&result)).starts_with("ok\t"), "{header}");
    }
}

#[test]
fn any_payload_is_signed_as_it_is() {
    for payload in [&b"$.02"[..], b"\0\xff\n", b" {} \n"] {
        let result = mint(&[&KEY[..], &["--jws"]].concat(), payload);
        let token = token(&result);
        assert_eq!(segment(token, 0), r#"{"alg":"HS256"}"#);
        assert_eq!(verify(&KEY, &["--jws"], token), format!("ok\t{}\n", encode(payload)));
    }
}

/// What `verify` would refuse for what it is, and what would never expire.
#[test]
fn refused_claims_are_exit_code_1_and_nothing_is_printed() {
    let expires = &["--expires-in", "60", "--now", "1000"][..];
    let long = format!(r#"{{"exp":1,"a":"{}"}}"#, "x".repeat(66_000));
    let table: &[(&[&str], &[u8], &str)] = &[
        (&[], b"{}", "exp is missing: --expires-in sets it, --allow-missing-exp does without"),
        (
            &["--claim", "a=1"],
            b"",
            "exp is missing: --expires-in sets it, --allow-missing-exp does without",
        ),
        (&[], b"", "InvalidJson: text is not one valid JSON object: there are no claims"),
        (&[], b" \n", "InvalidJson: text is not one valid JSON object: there are no claims"),
        (&[], b"{\"a\":01}", "InvalidJson: text is not one valid JSON object: invalid number"),
        (&["-", "--claim", "a=1"], b"[]", "claims on standard input: invalid type"),
        (&["-", "--claim", "a=1"], b"", "claims on standard input: EOF"),
        (expires, b"[]", "InvalidJson"),
        (expires, b"\x0c{}", "InvalidJson"),
        (&[], b"{\"a\":\"\xff\"}", "standard input is not UTF-8"),
        (expires, br#"{"a":"\ud800"}"#, "LoneSurrogate"),
        (expires, br#"{"exp":2000}"#, "DuplicateClaim: claim appears twice: --expires-in sets exp"),
        (
            &[expires, &["--claim", "exp=1"]].concat(),
            b"",
            "DuplicateClaim: claim appears twice: --expires-in sets exp",
        ),
        (expires, br#"{"exp":2000,}"#, "trailing comma"),
        (expires, br#"{"a":1,"nbf":2000}"#, "--expires-in sets nbf"),
        (expires, br#"{"iat":2000}"#, "--expires-in sets iat"),
        (
            &["--claim", "exp=1", "--claim", "exp=1"],
            b"",
            "DuplicateClaim: claim appears twice: \"exp\"",
        ),
        (
            &["--claim", "exp=1", "-"],
            br#"{"exp":1}"#,
            "DuplicateClaim: claim appears twice: \"exp\"",
        ),
        (&[], br#"{"exp":1,"a\u007f":1,"a\u007f":1}"#, r#"appears twice: "a\u007f""#),
        (&[], br#"{"exp":1,"a":{"b":1,"b":1}}"#, "DuplicateClaim: claim appears twice\n"),
        (&["--claim", "sub=7", "--claim", "exp=1"], b"", "InvalidSubject: sub is not a string"),
        (&["--claim", r#"exp="1""#], b"", "InvalidExpiration"),
        (&[], long.as_bytes(), "TokenTooLong"),
    ];
    for (arguments, input, why) in table {
        let result = mint(&[&KEY[..], arguments].concat(), input);
        let told = text(&result.stderr);
        assert_eq!(result.status.code(), Some(1), "{arguments:?}: {told}");
        assert!(result.stdout.is_empty(), "{arguments:?}: {told}");
        assert!(told.starts_with("mint: refused: ") && told.contains(why), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let long = vec![b'x'; 66_000];
    let result = mint(&[&KEY[..], &["--jws"]].concat(), &long);
    assert_eq!(result.status.code(), Some(1), "{result:?}");
    assert!(text(&result.stderr).contains("TokenTooLong"), "{result:?}");
}

#[test]
fn unusable_options_are_exit_code_2_and_nothing_is_printed() {
    let table: &[(&[&str], &str)] = &[
        (&[], "required"),
        (&["--secret-text", SECRET_TEXT], "--alg"),
        (&["--alg", "HS256"], "--secret"),
        (&["--alg", "none", "--secret-text", SECRET_TEXT], "none"),
        (&["--alg", "HS256", "--secret-text", "too short"], "--secret-text: key is shorter"),
        (&["--alg", "HS256", "--secret-hex", "xyz"], "--secret-hex: not hexadecimal"),
        (&["--alg", "HS256", "--secret-file", "/no/such"], "--secret-file /no/such: "),
        (&["--jwks", "/no/such"], "--jwks /no/such: "),
        (&["--jwks", "-"], "standard input can't have both the JWK Set and the claims"),
        (&["--jwks", "-", "--claim", "exp=1", "-"], "standard input can't have both"),
        (&[&KEY[..], &["--secret-hex", "00"]].concat(), "cannot be used with"),
        (&[&KEY[..], &["--claim", "door"]].concat(), "no ="),
        (&[&KEY[..], &["--claim", "door=7b"]].concat(), r#"a string needs quotes: door="7b""#),
        (&[&KEY[..], &["--claim", r#"a={"b":1,"b":1}"#]].concat(), "twice"),
        (&[&KEY[..], &["--expires-in", "soon"]].concat(), "--expires-in"),
        (&[&KEY[..], &["--expires-in", "-1"]].concat(), "-1"),
        (&[&KEY[..], &["--expires-in", "4294967296"]].concat(), "--expires-in"),
        (&[&KEY[..], &["--now", "noon"]].concat(), "--now"),
        (
            &[&KEY[..], &["--expires-in", "9", "--allow-missing-exp"]].concat(),
            "cannot be used with",
        ),
        (&[&KEY[..], &["--jws", "--claim", "a=1"]].concat(), "cannot be used with"),
        (&[&KEY[..], &["--jws", "--expires-in", "1"]].concat(), "cannot be used with"),
        (&[&KEY[..], &["--jws", "--allow-missing-exp"]].concat(), "cannot be used with"),
        (&[&KEY[..], &["{}"]].concat(), "INPUT"),
        (&[&KEY[..], &["--no-such-option"]].concat(), "--no-such-option"),
    ];
    for (arguments, why) in table {
        let result = mint(arguments, br#"{"exp":2000}"#);
        let told = text(&result.stderr);
        assert_eq!(result.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(result.stdout.is_empty(), "{arguments:?}: {told}");
        assert!(told.contains(why), "{arguments:?}: {told}");
        assert!(!told.contains("too short"), "{told}");
    }
}

/// A token that can't be written is an error, and a message that can't be written changes nothing.
#[cfg(target_os = "linux")]
#[test]
fn output_that_is_full_is_exit_code_2() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let made = [&KEY[..], &["--claim", "exp=1"]].concat();
    let refused = [&KEY[..], &["--claim", "a=1"]].concat();
    let result = command("mint").args(&made).stdout(full()).output().unwrap();
    assert_eq!(result.status.code(), Some(2), "{result:?}");
    assert!(text(&result.stderr).starts_with("mint: standard output: "), "{result:?}");
    for (arguments, code) in [(&made, 0), (&refused, 1)] {
        let result = command("mint").args(arguments).stderr(full()).output().unwrap();
        assert_eq!(result.status.code(), Some(code), "{result:?}");
    }
}

#[test]
fn version_is_that_of_the_package() {
    let expected = format!("mint {}\n", env!("CARGO_PKG_VERSION"));
    let result = mint(&["--version"], b"");
    assert_eq!((result.status.code(), text(&result.stdout)), (Some(0), &*expected));
}

/// The commands run as they stand, but for Cargo, which has built the examples already.
#[cfg(unix)]
#[test]
fn readme_shows_how_to_mint_and_verify() {
    let readme = include_str!("../README.md");
    let blocks = readme.split("\n```").filter_map(|block| block.strip_prefix("sh\n"));
    let mut commands = blocks.filter(|block| block.contains("--example mint -- "));
    let mut script = format!("set -e\n{}", commands.next().unwrap());
    assert_eq!(commands.next(), None);
    for (cargo, name) in [
        ("cargo run --features sign --example mint --", "mint"),
        ("cargo run --example verify --", "verify"),
    ] {
        assert!(script.contains(cargo), "{script}");
        let example = command(name);
        let words = [&[example.get_program()], &*example.get_args().collect::<Vec<_>>()].concat();
        let words: Vec<_> =
            words.iter().map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        script = script.replace(cargo, &words.join(" "));
    }
    let result = Command::new("sh").args(["-c", &script]).output().unwrap();
    let printed = text(&result.stdout);
    assert!(printed.starts_with("ok\t{\"iat\":"), "{script}: {result:?}");
    assert!(printed.ends_with(",\"sub\":\"erika\",\"door\":7}\n"), "{printed}");
    assert_eq!(printed.lines().count(), 1, "{printed}");
}
