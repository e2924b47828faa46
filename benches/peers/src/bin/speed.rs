//! `speed FOLDER ROUNDS` times the cases with the tokens of a folder. Prints a line for each
//! measurement, for `run` to make tables of:
//!
//! - `allocations token case number`, and `signing-allocations token case number`,
//! - `speed token case ns`, `signing token case ns`, `ways token case ns` and `sizes token case
//!   ns`, once per round,
//! - `threads number verifications-per-second`, once per round.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::io::{BufWriter, Write, stdout};
use std::iter;
use std::path::PathBuf;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use peers::signing::Signing;
use peers::{AUDIENCE, Case, ISSUER, Token, ours, read_tokens, theirs};

/// How long a case runs before the next one has its turn.
const BATCH: Duration = Duration::from_micros(200);
/// How long threads run together.
const TOGETHER: Duration = Duration::from_millis(50);
/// How many verifications a thread does before it looks at the clock again.
const BETWEEN_LOOKS: u32 = 100;
/// The length of the longest token, which is more room than any token needs.
const BUFFER: usize = 65_536;

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: the system's allocator keeps the contract; this type only counts.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Not an atomic addition, which would slow down the libraries that allocate. Allocations
        // are only counted while there is one thread.
        ALLOCATIONS.store(ALLOCATIONS.load(Relaxed) + 1, Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.store(ALLOCATIONS.load(Relaxed) + 1, Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("speed FOLDER ROUNDS"));
    let rounds = arguments.next().and_then(|text| text.parse().ok()).expect("speed FOLDER ROUNDS");
    let good = read_tokens(&folder.join("good"));
    let refused = read_tokens(&folder.join("refused"));
    let spelled = read_tokens(&folder.join("spelled"));
    let sizes = read_tokens(&folder.join("sizes"));

    let mut cases = vec![ours::mac(), ours::embedded_jwt(ISSUER, AUDIENCE)];
    cases.extend(theirs::cases());
    check(&cases[1..], &good, &refused);
    check(&cases[1..], &spelled, &[]);
    count_allocations("allocations", &cases, &good);
    interleave("speed", &cases, &good, rounds);

    let typical = good.iter().position(|token| token.name == "typical").expect("`run` made it");
    let typical = &good[typical..=typical];
    let signing: Vec<_> = iter::once(ours::signing()).chain(theirs::signing()).collect();
    check_signing(&signing, &cases[1], &typical[0]);
    let mut cases = vec![ours::mac()];
    cases.extend(signing.into_iter().map(Signing::into_case));
    count_allocations("signing-allocations", &cases, typical);
    interleave("signing", &cases, typical, rounds);

    // Other ways to write the tokens, and to read them.
    let ways = [ours::embedded_jwt(ISSUER, AUDIENCE), ours::in_a_struct(), ours::in_pieces()];
    check(&ways, &good, &refused);
    check(&ways, &spelled, &[]);
    interleave("ways", &ways, &good, rounds);
    interleave("ways", &ways[..1], &spelled, rounds);

    // The shortest token has no room for long names.
    let cases = [ours::mac(), ours::embedded_jwt("id", "d")];
    check(&cases[1..], &sizes, &[]);
    interleave("sizes", &cases, &sizes, rounds);

    in_threads(&ways[0], &typical[0].text, rounds.div_ceil(10));
}

/// Checks that the cases accept the good tokens, read the same values, and refuse tokens that break
/// a rule.
fn check(cases: &[Case], good: &[Token], refused: &[Token]) {
    let mut buffer = vec![0; BUFFER];
    for token in good {
        let values = (cases[0].verify)(&token.text, &mut buffer);
        assert!(values.is_some(), "{} refuses {}", cases[0].name, token.name);
        for case in cases {
            let of_case = (case.verify)(&token.text, &mut buffer);
            assert_eq!(of_case, values, "{}: {}", case.name, token.name);
        }
    }
    for token in refused {
        for case in cases {
            let values = (case.verify)(&token.text, &mut buffer);
            assert_eq!(values, None, "{} accepts {}", case.name, token.name);
        }
    }
}

/// Checks that the made tokens hold, have the same values as the typical one, and are as long. The
/// order of members is not the same.
fn check_signing(signing: &[Signing], verifier: &Case, typical: &Token) {
    let mut buffer = vec![0; BUFFER];
    let expected = (verifier.verify)(&typical.text, &mut buffer);
    for signing in signing {
        let token = signing.token().expect("it makes a token");
        assert_eq!(token.len(), typical.text.len(), "{}: {token}", signing.name);
        assert_eq!((verifier.verify)(&token, &mut buffer), expected, "{}: {token}", signing.name);
    }
    assert_eq!(signing[0].token().as_ref(), Some(&typical.text));
}

fn count_allocations(kind: &str, cases: &[Case], tokens: &[Token]) {
    let mut buffer = vec![0; BUFFER];
    for token in tokens {
        for case in cases {
            let before = ALLOCATIONS.load(Relaxed);
            black_box((case.verify)(&token.text, &mut buffer));
            let number = ALLOCATIONS.load(Relaxed) - before;
            assert!(number == 0 || case.name != cases[1].name, "embedded-jwt allocates");
            println!("{kind}\t{}\t{}\t{number}", token.name, case.name);
        }
    }
}

/// Runs rounds in which each case has its turn with each token. Each round starts with another
/// case.
fn interleave(kind: &str, cases: &[Case], tokens: &[Token], rounds: usize) {
    let mut buffer = vec![0; BUFFER];
    let mut turns = Vec::new();
    for token in tokens {
        for case in cases {
            let ns = time(case, &token.text, 100, &mut buffer);
            turns.push((token, case, (BATCH.as_nanos() as f64 / ns).ceil() as u32));
        }
    }
    let mut out = BufWriter::new(stdout().lock());
    for _ in 0..rounds {
        turns.rotate_left(1);
        for (token, case, batch) in &turns {
            let ns = time(case, &token.text, *batch, &mut buffer);
            writeln!(out, "{kind}\t{}\t{}\t{ns}", token.name, case.name).expect("`run` reads");
        }
    }
}

/// The time of a verification in ns.
fn time(case: &Case, token: &str, batch: u32, buffer: &mut [u8]) -> f64 {
    let start = Instant::now();
    for _ in 0..batch {
        black_box((case.verify)(black_box(token), buffer));
    }
    start.elapsed().as_nanos() as f64 / f64::from(batch)
}

/// Runs rounds in which 1, 2, 3, … threads share a verifier. Each thread has its own token and
/// buffer.
fn in_threads(verifier: &Case, token: &str, rounds: usize) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    for round in 0..rounds {
        for at in 0..cores {
            let number = 1 + (at + round) % cores;
            println!("threads\t{number}\t{}", verifications_a_second(verifier, token, number));
        }
    }
}

fn verifications_a_second(verifier: &Case, token: &str, threads: usize) -> f64 {
    let all_are_there = Barrier::new(threads);
    thread::scope(|scope| {
        let spawn = |_| {
            scope.spawn(|| {
                let (token, mut buffer) = (token.to_owned(), vec![0; BUFFER]);
                all_are_there.wait();
                let start = Instant::now();
                let mut number = 0;
                while start.elapsed() < TOGETHER {
                    time(verifier, &token, BETWEEN_LOOKS, &mut buffer);
                    number += BETWEEN_LOOKS;
                }
                f64::from(number) / start.elapsed().as_secs_f64()
            })
        };
        let running: Vec<_> = (0..threads).map(spawn).collect();
        running.into_iter().map(|thread| thread.join().expect("it does not panic")).sum()
    })
}
