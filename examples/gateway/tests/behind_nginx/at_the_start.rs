//! A gateway that can't start says why in one line, and names what is wrong.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::process::Command;

use crate::Failure;
use crate::programs::{Ports, gateway};
use crate::setup::Folder;
use crate::tokens::Issuer;

pub(crate) async fn check() -> Result<(), Failure> {
    let folder = Folder::new("start", &Issuer::new()?)?;
    let path = |name: &str| folder.0.join(name).display().to_string();
    fs::write(path("empty.json"), "")?;
    fs::write(path("no-keys.json"), r#"{"keys":[]}"#)?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let taken = taken.local_addr()?.to_string();
    let ports = Ports::free()?;
    let usual = |more: &[&str]| gateway(&folder.0, ports, more);
    let (none, empty, no_keys) = (path("none.json"), path("empty.json"), path("no-keys.json"));
    let own = path("");
    // The usual options, but for one.
    let with = |name: &str, value: &str| {
        let usual = usual(&[]);
        let mut arguments: Vec<_> = usual.get_args().map(OsStr::to_owned).collect();
        match arguments.iter().position(|argument| argument == name) {
            Some(at) => arguments[at + 1] = value.into(),
            None => arguments.extend([name.into(), value.into()]),
        }
        let mut command = Command::new(usual.get_program());
        command.args(arguments);
        command
    };
    let mut bad_address = with("--replay", "redis");
    bad_address.env("REDIS_URL", "http://user:password@nowhere");
    let mut no_address = with("--replay", "redis");
    no_address.env_remove("REDIS_URL");
    let table = [
        ("no options", Command::new(env!("CARGO_BIN_EXE_gateway")), 2, "--issuer <URL>"),
        ("unknown option", usual(&["--verbose"]), 2, "--verbose"),
        ("no number", with("--leeway", "much"), 2, "--leeway"),
        ("no time between looks", with("--look-every", "0"), 2, "--look-every"),
        ("no room for tokens", with("--replay-capacity", "0"), 2, "--replay-capacity"),
        ("no time for Redis", with("--replay-timeout", "0"), 2, "--replay-timeout"),
        ("leeway too long", with("--leeway", "601"), 1, "leeway is longer than 600 seconds"),
        ("no key file", with("--keys", &none), 1, "none.json: No such file or directory"),
        ("key file is a folder", with("--keys", &own), 1, "Is a directory"),
        (
            "empty key file",
            with("--keys", &empty),
            1,
            "empty.json: text is not one valid JSON object",
        ),
        ("no usable key", with("--keys", &no_keys), 1, "no-keys.json: JWK Set has no usable key"),
        ("no list", with("--revoked", &none), 1, "none.json: No such file or directory"),
        ("list is no list", with("--revoked", &no_keys), 1, "no-keys.json: unknown field `keys`"),
        ("port in use", with("--listen", &taken), 1, "Address already in use"),
        ("admin port in use", with("--admin", &taken), 1, "Address already in use"),
        ("no address of Redis", no_address, 1, "REDIS_URL: environment variable not found"),
        ("bad address of Redis", bad_address, 1, "REDIS_URL: "),
    ];
    let count = table.len();
    for (name, mut command, code, text) in table {
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(code) || !said.contains(text) || said.contains("password") {
            return Err(format!(
                "{name}: {}, instead of {code} and {text:?}: {said}",
                output.status
            )
            .into());
        }
    }
    // What the script says without the programs.
    let output = Command::new("./test").env("NGINX_PROGRAM", "no-such-nginx").output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(1) || !said.contains("apt-get install nginx-light") {
        return Err(format!("without nginx, ./test says {said}").into());
    }
    println!("    {} reasons are told", count + 1);
    folder.remove()
}
