//! Generates tokens from the fuzzer's bytes: most are valid, the others have a fault or two.

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::random::{near, rarely};
use crate::rules::{NAMES, Rules};
use crate::sign::{Algorithm, SECRET, encode};

/// A token, and what it is verified with.
pub struct Made {
    pub algorithm: Algorithm,
    pub rules: Rules,
    pub token: Vec<u8>,
    /// The length of the buffer.
    pub room: usize,
}

/// Prints the token as text.
impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { algorithm, rules, token, room } = self;
        write!(f, "{algorithm:?}, {room} bytes of buffer, {rules:?}\n{}", token.escape_ascii())
    }
}

impl<'a> Arbitrary<'a> for Made {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let algorithm = u.arbitrary()?;
        let rules = u.arbitrary()?;
        let key_id = if u.arbitrary()? { Some(*u.choose(&NAMES)?) } else { None };
        let token = token(u, &rules, key_id, algorithm, &SECRET)?;
        let room = if rarely(u)? { u.int_in_range(0..=token.len())? } else { token.len() };
        Ok(Self { algorithm, rules, token, room })
    }
}

/// Generates a token for these rules, signed with this key and naming it, except for a few faults.
pub fn token(
    u: &mut Unstructured<'_>,
    rules: &Rules,
    key_id: Option<&str>,
    algorithm: Algorithm,
    secret: &[u8],
) -> Result<Vec<u8>> {
    let mut header = header(u, algorithm, key_id)?;
    let mut payload = claims(u, rules)?;
    if rarely(u)? {
        mutate(u, &mut header)?;
    }
    if rarely(u)? {
        mutate(u, &mut payload)?;
    }
    let (mut header, mut payload) = (encode(header).into_bytes(), encode(payload).into_bytes());
    // Faults that the MAC covers.
    if rarely(u)? {
        mutate(u, &mut header)?;
    }
    if rarely(u)? {
        mutate(u, &mut payload)?;
    }
    let signed_as = if rarely(u)? { u.arbitrary()? } else { algorithm };
    let mut token = signed_as.sign_segments_with(secret, &header, &payload);
    // Faults that the MAC doesn't cover.
    if rarely(u)? {
        mutate(u, &mut token)?;
    }
    Ok(token)
}

/// Makes one change anywhere in a text.
pub fn mutate(u: &mut Unstructured<'_>, text: &mut Vec<u8>) -> Result<()> {
    let at = u.int_in_range(0..=text.len())?;
    let until = (at + u.int_in_range(0..=8)?).min(text.len());
    let pieces: [&[u8]; 16] = [
        b".", b"=", b"A", b"\n", b"\0", b"\"", b"\\", b"{", b"}", b"[", b"]", b",", b"0", b"\\u",
        b"\xff", b"\\ud800",
    ];
    match u.int_in_range(0..=4)? {
        0 => text.truncate(at),
        1 => drop(text.drain(at..until)),
        2 => drop(text.splice(at..until, u.choose(&pieces)?.iter().copied())),
        3 => drop(text.splice(at..at, text[at..until].to_vec())),
        _ => {
            if let Some(byte) = text.get_mut(at) {
                *byte = u.arbitrary()?;
            }
        }
    }
    Ok(())
}

/// Generates a header that names an algorithm and a key, except for a few faults.
pub fn header(
    u: &mut Unstructured<'_>,
    algorithm: Algorithm,
    key_id: Option<&str>,
) -> Result<Vec<u8>> {
    let mut writer = Writer { u, text: Vec::new() };
    writer.object(|writer| {
        if !rarely(writer.u)? {
            writer.member("alg", |writer| writer.string(algorithm.name()))?;
        }
        if key_id.is_some() != rarely(writer.u)? {
            writer.member("kid", |writer| match key_id {
                Some(key_id) if !rarely(writer.u)? => writer.string(key_id),
                _ => writer.name(),
            })?;
        }
        for name in ["typ", "cty"] {
            if writer.u.arbitrary()? {
                writer.member(name, |writer| match writer.u.int_in_range(0..=3)? {
                    0 => writer.name(),
                    1 => writer.string("application/jwt"),
                    2 => writer.string("at+JWT"),
                    _ => writer.value(2),
                })?;
            }
        }
        for name in ["crit", "b64", "alg", "typ", "kid"] {
            if rarely(writer.u)? {
                writer.member(name, |writer| writer.value(2))?;
            }
        }
        writer.other_members()
    })?;
    Ok(writer.text)
}

/// Generates header parameters that a signer adds to its own, except for a few faults.
pub fn parameters(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut writer = Writer { u, text: Vec::new() };
    writer.object(|writer| {
        for name in ["cty", "zip", "crit", "b64", "alg", "typ", "kid"] {
            if rarely(writer.u)? {
                writer.member(name, |writer| writer.value(2))?;
            }
        }
        writer.other_members()
    })?;
    Ok(writer.text)
}

/// Generates claims for these rules, except for a few faults.
pub fn claims(u: &mut Unstructured<'_>, rules: &Rules) -> Result<Vec<u8>> {
    let mut writer = Writer { u, text: Vec::new() };
    writer.object(|writer| {
        for (name, expected) in [("iss", &rules.issuer), ("sub", &rules.subject), ("jti", &None)] {
            if expected.is_some() != rarely(writer.u)? {
                writer.member(name, |writer| match expected {
                    Some(expected) if !rarely(writer.u)? => writer.string(expected),
                    _ => writer.name(),
                })?;
            }
        }
        if rules.audience.is_some() != rarely(writer.u)? {
            let expected = rules.audience.as_deref().unwrap_or_default();
            writer.member("aud", |writer| writer.audience(expected))?;
        }
        for (name, seconds) in [("exp", 2300), ("nbf", 1700), ("iat", 1800)] {
            if !rarely(writer.u)? {
                writer.member(name, |writer| writer.date(seconds))?;
            }
        }
        for name in &rules.required {
            if !rarely(writer.u)? {
                writer.member(name, |writer| writer.value(2))?;
            }
        }
        for name in ["exp", "nbf", "iat", "iss", "sub", "aud", "jti"] {
            if rarely(writer.u)? {
                writer.member(name, |writer| writer.value(2))?;
            }
        }
        writer.other_members()
    })?;
    Ok(writer.text)
}

/// Writes JSON, with the white space, escapes and forms of numbers that the fuzzer chooses.
struct Writer<'u, 'a> {
    u: &'u mut Unstructured<'a>,
    text: Vec<u8>,
}

impl Writer<'_, '_> {
    fn write(&mut self, text: &str) -> Result<()> {
        self.text.extend(text.bytes());
        if rarely(self.u)? {
            self.text.push(*self.u.choose(b" \t\r\n")?);
        }
        Ok(())
    }

    fn object(&mut self, members: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.write("{")?;
        let start = self.text.len();
        members(self)?;
        // Each member ends with a comma. The last one is removed.
        if let Some(comma) = self.text[start..].iter().rposition(|&byte| byte == b',') {
            self.text.remove(start + comma);
        }
        self.write("}")
    }

    fn member(&mut self, name: &str, value: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.string(name)?;
        self.write(":")?;
        value(self)?;
        self.write(",")
    }

    fn other_members(&mut self) -> Result<()> {
        for _ in 0..self.u.int_in_range(0..=3)? {
            let name = if rarely(self.u)? { self.u.arbitrary()? } else { "a".to_owned() };
            self.member(&name, |writer| writer.value(3))?;
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<()> {
        match self.u.int_in_range(0..=if depth > 0 { 9 } else { 6 })? {
            0 => self.write("null"),
            1 => self.write("true"),
            2 => self.write("false"),
            3 => self.name(),
            4 => self.number(),
            5 => self.date(2000),
            6 => {
                let text: String = self.u.arbitrary()?;
                self.string(&text)
            }
            7 => {
                self.write("[")?;
                for index in 0..self.u.int_in_range(0..=3)? {
                    if index > 0 {
                        self.write(",")?;
                    }
                    self.value(depth - 1)?;
                }
                self.write("]")
            }
            8 => self.object(|writer| {
                for _ in 0..writer.u.int_in_range(0..=3)? {
                    let name = *writer.u.choose(&["a", "exp", "", "\u{e4}"])?;
                    writer.member(name, |writer| writer.value(depth - 1))?;
                }
                Ok(())
            }),
            _ => {
                let levels = self.u.int_in_range(0..=40)?;
                self.text.extend(b"[".repeat(levels));
                self.value(0)?;
                self.text.extend(b"]".repeat(levels));
                Ok(())
            }
        }
    }

    /// Writes one of the names that rules require too.
    fn name(&mut self) -> Result<()> {
        let name = *self.u.choose(&NAMES)?;
        self.string(name)
    }

    fn audience(&mut self, expected: &str) -> Result<()> {
        if self.u.arbitrary()? {
            self.write("[")?;
            for _ in 0..self.u.int_in_range(0..=2)? {
                if rarely(self.u)? {
                    self.value(1)?
                } else {
                    self.name()?
                }
                self.write(",")?;
            }
            self.string(expected)?;
            self.write("]")
        } else {
            self.string(expected)
        }
    }

    /// Writes a number near `seconds`, in one of many forms.
    fn date(&mut self, seconds: u64) -> Result<()> {
        let seconds = near(self.u, seconds, 310)?;
        let text = match self.u.int_in_range(0..=7)? {
            0 => format!("{seconds}.0"),
            1 => format!("{seconds}.000000000000000000001"),
            2 => format!("{seconds}{}", self.u.choose(&[".5", ".999999999", ".9999999999"])?),
            3 => format!("{seconds}e0"),
            4 => format!("{}.{:02}E+2", seconds / 100, seconds % 100),
            5 => format!("{seconds}00000e-5"),
            _ => seconds.to_string(),
        };
        self.write(&text)
    }

    fn number(&mut self) -> Result<()> {
        let mut text = String::new();
        if self.u.arbitrary()? {
            text.push('-');
        }
        let integer: u64 = if rarely(self.u)? { self.u.arbitrary()? } else { 7 };
        text += &integer.to_string();
        if self.u.arbitrary()? {
            text += &format!(".{}", self.u.arbitrary::<u32>()?);
        }
        if self.u.arbitrary()? {
            text += &format!("e{}", self.u.int_in_range(-400..=400)?);
        }
        self.write(&text)
    }

    fn string(&mut self, text: &str) -> Result<()> {
        self.text.push(b'"');
        let escape_all = rarely(self.u)?;
        for character in text.chars() {
            if escape_all || character < ' ' || matches!(character, '"' | '\\') {
                self.escape(character)?;
            } else {
                self.text.extend(character.encode_utf8(&mut [0; 4]).bytes());
            }
        }
        self.write("\"")
    }

    fn escape(&mut self, character: char) -> Result<()> {
        let short = match character {
            '"' | '\\' | '/' => Some(character),
            '\u{8}' => Some('b'),
            '\u{c}' => Some('f'),
            '\n' => Some('n'),
            '\r' => Some('r'),
            '\t' => Some('t'),
            _ => None,
        };
        let escape = match short {
            Some(short) if self.u.arbitrary()? => format!("\\{short}"),
            _ => {
                let upper = self.u.arbitrary()?;
                let unit = |unit: &u16| {
                    if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") }
                };
                character.encode_utf16(&mut [0; 2]).iter().map(unit).collect()
            }
        };
        self.text.extend(escape.bytes());
        Ok(())
    }
}
