//! Runs every seed through its target.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use embedded_jwt_fuzz::plain::files;
use embedded_jwt_fuzz::targets::TARGETS;

#[test]
fn every_seed_gives_the_right_answers() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    let work: Vec<_> = TARGETS
        .into_iter()
        .flat_map(|target| {
            let seeds = files(&seeds.join(target.name));
            assert!(!seeds.is_empty(), "{}: no seeds", target.name);
            seeds.into_iter().map(move |seed| (target, seed))
        })
        .collect();
    let (work, failed) = (Mutex::new(work), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((target, seed)) = work.lock().unwrap().pop() else { break };
                    let input = fs::read(&seed).unwrap();
                    if panic::catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
                        failed.lock().unwrap().push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    for seed in &failed {
        eprintln!("wrong: {}", seed.display());
    }
    assert!(failed.is_empty(), "{} seeds with wrong answers", failed.len());
}
