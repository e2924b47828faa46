//! `instructions FOLDER` verifies each token of a folder once, and makes one, in [`counted`]. `run`
//! counts the instructions of that function. Prints a line for each call: token, case.

use std::hint::black_box;
use std::path::PathBuf;

use peers::{AUDIENCE, Case, ISSUER, Values, ours, read_tokens};

#[inline(never)]
fn counted(case: &Case, token: &str, buffer: &mut [u8]) -> Option<Values> {
    (case.verify)(token, buffer)
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("instructions FOLDER"));
    let good = read_tokens(&folder.join("good"));
    let spelled = read_tokens(&folder.join("spelled"));
    let mut buffer = vec![0; 65_536];
    let ours = ours::embedded_jwt(ISSUER, AUDIENCE);
    let (in_a_struct, in_pieces, mac) = (ours::in_a_struct(), ours::in_pieces(), ours::mac());
    let signing = ours::signing().into_case();
    let signing = Case { name: "signing", ..signing };
    let typical = good.iter().position(|token| token.name == "typical").expect("`run` made it");
    for (case, tokens) in [
        (&ours, &good[..]),
        (&ours, &spelled[..]),
        (&in_a_struct, &good[..]),
        (&in_pieces, &good[..]),
        (&mac, &good[..]),
        (&signing, &good[typical..=typical]),
    ] {
        for token in tokens {
            let values = black_box(counted(case, black_box(&token.text), &mut buffer));
            assert!(values.is_some(), "{} refuses {}", case.name, token.name);
            println!("{}\t{}", token.name, case.name);
        }
    }
}
