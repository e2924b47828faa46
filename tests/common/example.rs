//! The examples as programs.

use std::env::{self, consts};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{LazyLock, OnceLock};
use std::time::SystemTime;

/// The examples that can be built with the features of this test.
const EXAMPLES: &[&str] =
    if cfg!(feature = "sign") { &["verify", "inspect", "mint"] } else { &["verify", "inspect"] };

/// One of the examples, built for the same target and profile as this test.
pub(crate) fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = profile_directory().join("examples");
        // Cargo builds all examples before it runs the tests, except with `--test`.
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let examples = ["examples/verify", "examples/inspect.rs", "examples/mint.rs"];
        let sources = ["src", "Cargo.toml"].into_iter().chain(examples);
        let changed = sources.map(|path| last_change(&package.join(path))).max();
        let is_fresh = |name: &&str| {
            let program = folder.join(name).with_extension(consts::EXE_EXTENSION);
            let built = program.metadata().and_then(|metadata| metadata.modified()).ok();
            built >= changed
        };
        if EXAMPLES.iter().all(is_fresh) {
            return folder;
        }
        let mut build = Command::new(env::var_os("CARGO").expect("run by Cargo"));
        build.current_dir(package).args(["build", "--quiet"]);
        build.args(EXAMPLES.iter().flat_map(|name| ["--example", name]));
        if cfg!(feature = "sign") {
            build.args(["--features", "sign"]);
        }
        build.arg("--profile");
        // The directory of the profile `dev` is named `debug`.
        let profile = profile_directory().file_name().unwrap();
        build.arg(if profile == "debug" { OsStr::new("dev") } else { profile });
        let above = profile_directory().parent().unwrap();
        if let Some(target) = target() {
            build.arg("--target").arg(target).arg("--target-dir").arg(above.parent().unwrap());
        } else {
            build.arg("--target-dir").arg(above);
        }
        assert!(build.status().unwrap().success(), "the examples do not build");
        folder
    });
    folder.join(name).with_extension(consts::EXE_EXTENSION)
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

/// Runs an example, through the runner that Cargo was given for this target if there is one.
pub(crate) fn command(name: &str) -> Command {
    let variable = |target: &str| {
        format!("CARGO_TARGET_{}_RUNNER", target.to_uppercase().replace(['-', '.'], "_"))
    };
    let runner = target().and_then(|target| env::var(variable(target)).ok()).unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(runner) = words.next() else { return Command::new(program(name)) };
    let mut command = Command::new(runner);
    command.args(words).arg(program(name));
    command
}

pub(crate) fn run_example(name: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = command(name)
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
