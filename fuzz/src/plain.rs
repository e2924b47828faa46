//! Runs targets on files, without an engine.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use crate::targets::Target;

/// Runs a target on the files that are named as arguments, and on all files in named folders.
/// Prints for each what it stands for. A wrong answer is a panic, with a test to paste.
pub fn main(target: &Target) {
    let paths: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if paths.is_empty() {
        eprintln!("usage: {} FILE_OR_FOLDER...", target.name);
        process::exit(2);
    }
    for file in paths.iter().flat_map(|path| files(path)) {
        let input = fs::read(&file).expect("it can be read");
        println!("{}: {}", file.display(), (target.show)(&input));
        (target.run)(&input);
    }
}

/// The file itself, or the files in a folder, in order.
pub fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).expect("it is a folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.sort();
    files
}
