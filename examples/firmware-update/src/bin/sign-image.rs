//! Makes the token of a firmware image, on the computer that releases it:
//!
//! ```sh
//! cargo run --bin sign-image -- KEY_FILE KEY_ID VERSION IMAGE_FILE
//! ```
//!
//! The key file has the secret's bytes and nothing else. The image is read in pieces, so it may be
//! larger than memory.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read};
use std::process::ExitCode;

use embedded_jwt::{Hs256, Key, Signer};
use firmware_update::install::{TYPE, VERSION};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, key, key_id, version, image] = &*arguments else {
        eprintln!("usage: sign-image KEY_FILE KEY_ID VERSION IMAGE_FILE");
        return ExitCode::from(2);
    };
    match sign(key, key_id, version, image) {
        Ok(token) => {
            println!("{token}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("sign-image: {error}");
            ExitCode::FAILURE
        }
    }
}

fn sign(key: &str, key_id: &str, version: &str, image: &str) -> Result<String, Box<dyn Error>> {
    let version: u32 = version.parse().map_err(|error| format!("version {version}: {error}"))?;
    let in_file = |file: &str, error: io::Error| format!("{file}: {error}");
    let secret = fs::read(key).map_err(|error| in_file(key, error))?;
    let mut image_file = File::open(image).map_err(|error| in_file(image, error))?;

    let key = Key::<Hs256>::new(&secret)?;
    let parameters = format!(r#"{{"{VERSION}":{version}}}"#);
    let signer = Signer::new(key).typ(TYPE).key_id(key_id).header_parameters(&parameters);
    let mut token = [0; 512];
    let mut stream = signer.stream_detached(&mut token)?;
    let mut piece = [0; 4096];
    loop {
        match image_file.read(&mut piece).map_err(|error| in_file(image, error))? {
            0 => break,
            length => stream.push(&piece[..length])?,
        }
    }
    Ok(str::from_utf8(stream.finish()?)?.to_owned())
}
