//! The `verify` example as a program, and the commands that the README shows.

mod common;

use std::env::{self, consts};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{LazyLock, OnceLock};
use std::time::SystemTime;

const KEY: &str =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
/// RFC 7519 section 3.1.
const TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
    eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
    dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// RFC 7797 section 4.1.
const JWS: &str = "eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ";
const CLAIMS: &str = r#"{"iss":"joe","exp":1300819380,"http://example.com/is_root":true}"#;

/// The example, built for the same target and profile as this test.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program =
            profile_directory().join("examples/verify").with_extension(consts::EXE_EXTENSION);
        // Cargo builds all examples before it runs the tests, except with `--test`.
        let built = program.metadata().and_then(|metadata| metadata.modified());
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = ["src", "examples/verify.rs", "Cargo.toml"].map(|path| package.join(path));
        if built.is_ok_and(|built| sources.iter().all(|source| last_change(source) <= built)) {
            return program;
        }
        let mut build = Command::new(env::var_os("CARGO").expect("run by Cargo"));
        build.current_dir(package).args(["build", "--quiet", "--example", "verify", "--profile"]);
        // The directory of the profile `dev` is named `debug`.
        let profile = profile_directory().file_name().unwrap();
        build.arg(if profile == "debug" { OsStr::new("dev") } else { profile });
        let above = profile_directory().parent().unwrap();
        if let Some(target) = target() {
            build.arg("--target").arg(target).arg("--target-dir").arg(above.parent().unwrap());
        } else {
            build.arg("--target-dir").arg(above);
        }
        assert!(build.status().unwrap().success(), "the example does not build");
        program
    })
}

/// `target/PROFILE`, or `target/TARGET/PROFILE` with `--target`.
fn profile_directory() -> &'static Path {
    static TEST: LazyLock<PathBuf> = LazyLock::new(|| env::current_exe().unwrap());
    // The test is `deps/verify_example-HASH` in it.
    TEST.ancestors().nth(2).unwrap()
}

/// The value of `--target`, if there was one.
fn target() -> Option<&'static str> {
    let above = profile_directory().parent().unwrap();
    // Cargo keeps this file in `target` itself.
    if above.join(".rustc_info.json").exists() { None } else { above.file_name()?.to_str() }
}

/// When a file, or any file in a directory, was last changed.
fn last_change(path: &Path) -> SystemTime {
    if path.is_dir() {
        let entries = path.read_dir().unwrap();
        entries.map(|entry| last_change(&entry.unwrap().path())).max().unwrap()
    } else {
        path.metadata().unwrap().modified().unwrap()
    }
}

/// Runs the example, through the runner that Cargo was given for this target if there is one.
fn command() -> Command {
    let variable = |target: &str| {
        format!("CARGO_TARGET_{}_RUNNER", target.to_uppercase().replace(['-', '.'], "_"))
    };
    let runner = target().and_then(|target| env::var(variable(target)).ok()).unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(runner) = words.next() else { return Command::new(program()) };
    let mut command = Command::new(runner);
    command.args(words).arg(program());
    command
}

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // If the example refuses its options, it exits without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
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
    check(&["--now", "0", "-"], b"", 0, "");
    // Only the line feed ends a token: a carriage return or a space belongs to it.
    let foreign = "error\tInvalidBase64Url\tsegment is not canonical Base64URL without padding: the \
                   signature\n";
    check(&["--now", "0", "-"], format!("{TOKEN}\r\n").as_bytes(), 1, foreign);
    check(&["--now", "0", "-"], format!("{TOKEN} \n").as_bytes(), 1, foreign);
    let mut invalid = TOKEN.as_bytes().to_vec();
    invalid[50] = 0xff;
    check(
        &["--now", "0", "-"],
        &invalid,
        1,
        "error\tInvalidBase64Url\tsegment is not canonical Base64URL without padding: the payload\n",
    );
    let dots =
        "error\tNotCompactSerialization\ttoken is not three segments separated by two dots\n";
    check(&["--now", "0", "-"], format!("\n{TOKEN}\n").as_bytes(), 1, &format!("{dots}{ok}"));
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
    ] {
        let code = i32::from(output != ok);
        check(&["--now", "0", option, value, TOKEN], b"", code, output);
        check(&["--now", "0", &format!("{option}={value}"), TOKEN], b"", code, output);
    }
    // {"alg":"HS256"}.{}
    let empty = "eyJhbGciOiJIUzI1NiJ9.e30.kV_0TaAytE8UYEw3uFsmhDVFEgvnO6S_dA8UnWQoxmU";
    check(&[empty], b"", 1, "error\tMissingExpiration\texp is missing\n");
    check(&["--allow-missing-exp", empty], b"", 0, "ok\t{}\n");
}

/// A token with these claims, signed with the RFC's key.
fn sign(claims: &str) -> String {
    let token = common::sign("HS256", &common::SECRET, br#"{"alg":"HS256"}"#, claims.as_bytes());
    String::from_utf8(token).unwrap()
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

#[test]
fn secret_can_be_read_from_a_file() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("verify-example.key");
    std::fs::write(&path, &*common::SECRET).unwrap();
    let path = path.to_str().unwrap();
    let result = run(&["--alg", "HS256", "--secret-file", path, "--now", "0", TOKEN], b"");
    assert_eq!(result.status.code(), Some(0));
    assert_eq!(String::from_utf8(result.stdout).unwrap(), format!("ok\t{CLAIMS}\n"));
}

/// The path of a file with this JSON, where `~` stands for the RFC's key.
fn jwks(name: &str, json: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("verify-{name}.json"));
    std::fs::write(&path, json.replace('~', KEY)).unwrap();
    path.to_str().unwrap().to_owned()
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
fn refused_jwk_set_is_reported_with_the_index_of_the_key() {
    for (name, json, message) in [
        ("junk", "[]", "verify: --jwks: text is not one valid JSON object\n"),
        (
            "no alg",
            r#"{"keys":[{"kty":"oct","k":"~"}]}"#,
            "verify: --jwks: JWK Set has no usable key: key at index 0: alg is missing\n",
        ),
        (
            "short",
            r#"{"keys":[{"kty":"EC"},{"kty":"oct","alg":"HS256","k":"AAAA"}]}"#,
            "verify: --jwks: JWK Set has no usable key: key at index 0: kty is not oct\n",
        ),
        (
            "alone",
            r#"{"kty":"RSA"}"#,
            "verify: --jwks: JWK Set has no usable key: kty is not oct\n",
        ),
        (
            "twice",
            r#"{"keys":[{"kty":"EC"},{"kty":"oct","kty":"oct"}]}"#,
            "verify: --jwks: key at index 1: member of a JSON Web Key appears twice\n",
        ),
        ("empty", r#"{"keys":[]}"#, "verify: --jwks: JWK Set has no usable key\n"),
    ] {
        let path = jwks(&format!("refused-{name}"), json);
        let result = run(&["--jwks", &path, TOKEN], b"");
        assert_eq!(String::from_utf8(result.stderr).unwrap(), message);
        assert_eq!(result.status.code(), Some(2), "{name}");
        assert!(result.stdout.is_empty(), "{name}");
    }
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
            "--secret-file",
        ),
        ("negative time", &[secret, &["--now", "-1", TOKEN]].concat(), "-1"),
        ("time is not a number", &[secret, &["--now", "noon", TOKEN]].concat(), "--now"),
        ("leeway too long", &[secret, &["--leeway", "601", TOKEN]].concat(), "leeway"),
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
        ("missing JWK Set", &["--jwks", "/no/such/file", TOKEN], "--jwks"),
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
