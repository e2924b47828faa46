//! Long tokens from short texts. A text may repeat a part of itself: `<300*ab>` stands for `ab` 300
//! times. So seeds can be written by hand, and a fuzzer changes a length by changing a digit.

use crate::check::check;
use crate::rules::Rules;
use crate::sign::{Algorithm, encode};
use crate::signing::Signing;

/// The longest text that is made of one: a little more than what can be in a token.
const MAX_LENGTH: usize = 65_700;

/// A header and a payload to be signed, and the rules.
pub struct Long {
    rules: Rules,
    header: Vec<u8>,
    payload: Vec<u8>,
    /// Which symbol of the payload is replaced by one of another alphabet.
    broken: Option<usize>,
}

/// Shows the texts.
impl std::fmt::Debug for Long {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rules, header, payload, broken } = self;
        writeln!(f, "{rules:?}, symbol {broken:?} is broken")?;
        write!(f, "{}\n{}", header.escape_ascii(), payload.escape_ascii())
    }
}

impl Long {
    /// Reads rules as words, a header, and a payload, with an empty line after each but the last.
    /// The word `broken=9` replaces the payload's tenth symbol by one of another alphabet.
    pub fn read(input: &[u8]) -> Self {
        let (rules, rest) = crate::two_texts(input);
        let (header, payload) = crate::two_texts(rest);
        let header = if header.is_empty() { br#"{"alg":"HS256"}"# } else { header };
        let mut words = rules.split(u8::is_ascii_whitespace);
        let broken = words.find_map(|word| str::from_utf8(word.strip_prefix(b"broken=")?).ok());
        Self {
            rules: Rules::read(rules),
            header: expand(header),
            payload: expand(payload),
            broken: broken.and_then(|index| index.parse().ok()),
        }
    }

    /// Compares the answer with the judge's, in a buffer of exactly the length. Then signs the
    /// payload, and compares the token with that of an independent signer.
    pub fn check(&self) {
        let Self { rules, header, payload, broken } = self;
        let algorithm = Algorithm::named_in(header);
        let mut symbols = encode(payload).into_bytes();
        if let Some(symbol) = broken.and_then(|index| symbols.get_mut(index)) {
            *symbol = b'+';
        }
        let token = algorithm.sign_segments(encode(header).as_bytes(), &symbols);
        let _ = check(algorithm, rules, &token, header.len() + payload.len());
        if let Ok(text) = str::from_utf8(payload) {
            let _ = Signing::of_text(text).check();
        }
    }
}

/// Repeats what a text says to repeat, as far as there is room. What is no repetition stays.
pub fn expand(text: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::new();
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        if let Some((times, part, behind)) = repetition(rest) {
            let room = MAX_LENGTH.saturating_sub(expanded.len());
            let times = times.min(room.checked_div(part.len()).unwrap_or(0));
            expanded.extend(part.repeat(times));
            rest = behind;
        } else {
            expanded.push(first);
            rest = after;
        }
    }
    expanded
}

/// The number, the part and what follows, if a text begins with a repetition.
fn repetition(text: &[u8]) -> Option<(usize, &[u8], &[u8])> {
    let inside = text.strip_prefix(b"<")?;
    let (number, inside) = inside.split_at(inside.iter().position(|&byte| byte == b'*')?);
    let times = str::from_utf8(number).ok()?.parse().ok()?;
    let inside = &inside[1..];
    let (part, behind) = inside.split_at(inside.iter().position(|&byte| byte == b'>')?);
    Some((times, part, &behind[1..]))
}
