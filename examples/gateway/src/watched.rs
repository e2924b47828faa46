//! A file that is read again when it changes, and what was read from it, swapped as a whole.
//!
//! The file is read whole, each second, and its hash compared. That is dearer than waiting for the
//! system's notices, and always right: editors and deployments replace a file by renaming another,
//! Kubernetes swaps a symbolic link above it, network file systems send no notices, and two writes
//! within one tick leave the same time and length.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// More than any file should have. It is reserved at once, so that a secret's text is never copied
/// to a larger buffer and left behind.
const LONGEST: usize = 256 * 1024;

/// Makes a value of a file's text. Gets the value that it will replace, too.
type Parse<T> = dyn Fn(&mut [u8], Option<&T>) -> Result<T, String> + Send + Sync;

/// What a file says, as of the last time that it could be read.
pub struct Watched<T> {
    path: PathBuf,
    parse: Box<Parse<T>>,
    current: ArcSwap<Loaded<T>>,
    /// What was found when it was last read, be it good or not.
    seen: Mutex<Found>,
    is_failing: AtomicBool,
    changes: AtomicU64,
    failures: AtomicU64,
    /// When it was last read, in milliseconds since `opened`.
    looked_at: AtomicU64,
    opened: Instant,
}

struct Loaded<T> {
    value: T,
    since: Instant,
}

#[derive(PartialEq)]
enum Found {
    Text([u8; 32]),
    Unreadable(String),
}

impl<T: Send + Sync + 'static> Watched<T> {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// Says what is wrong with which file.
    pub fn open(
        path: &Path,
        parse: impl Fn(&mut [u8], Option<&T>) -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let named = |error| format!("{}: {error}", path.display());
        let mut text = read(path).map_err(named)?;
        let seen = Mutex::new(Found::Text(Sha256::digest(&text).into()));
        let value = parse(&mut text, None).map_err(named)?;
        Ok(Self {
            path: path.to_owned(),
            parse: Box::new(parse),
            current: ArcSwap::from_pointee(Loaded { value, since: Instant::now() }),
            seen,
            is_failing: AtomicBool::new(false),
            changes: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            looked_at: AtomicU64::new(0),
            opened: Instant::now(),
        })
    }

    /// Calls `with` with the value that counts now. A swap meanwhile waits for nobody.
    pub fn with<R>(&self, with: impl FnOnce(&T) -> R) -> R {
        with(&self.current.load().value)
    }

    /// Reads the file again. If it changed and is good, its value replaces the old one; if not, the
    /// old one stays. Logs either once.
    pub fn refresh(&self) {
        let read = read(&self.path);
        let found = match &read {
            Ok(text) => Found::Text(Sha256::digest(text).into()),
            Err(error) => Found::Unreadable(error.clone()),
        };
        let now = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.looked_at.store(now, Ordering::Relaxed);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == found {
            return;
        }
        *seen = found;
        let old = self.current.load();
        let parsed = read.and_then(|mut text| (self.parse)(&mut text, Some(&old.value)));
        self.is_failing.store(parsed.is_err(), Ordering::Relaxed);
        let file = self.path.display();
        match parsed {
            Ok(value) => {
                self.current.store(Arc::new(Loaded { value, since: Instant::now() }));
                self.changes.fetch_add(1, Ordering::Relaxed);
                tracing::info!(%file, "file changed: new content is in use");
            }
            Err(reason) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(%file, reason, "file can't be used: old content stays in use");
            }
        }
    }

    /// Refreshes for ever, from a thread of its own: reading a file may take long.
    pub fn watch(self: &Arc<Self>, period: Duration) {
        let watched = Arc::clone(self);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(period);
                watched.refresh();
            }
        });
    }

    /// How long the present content has been in use.
    pub fn age(&self) -> Duration {
        self.current.load().since.elapsed()
    }

    /// For how long nobody has looked at the file: more than a few seconds if a file system hangs.
    pub fn unseen(&self) -> Duration {
        let looked_at = Duration::from_millis(self.looked_at.load(Ordering::Relaxed));
        self.opened.elapsed().saturating_sub(looked_at)
    }

    /// Whether the file, as it is now, can't be used.
    pub fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    /// How often new content came into use.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// How often the file changed to what can't be used.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}

/// The file's text, which is wiped when it is dropped.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(LONGEST as u64 + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
    if text.len() > LONGEST { Err(format!("longer than {LONGEST} bytes")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn number(text: &mut [u8], _old: Option<&u32>) -> Result<u32, String> {
        let text = str::from_utf8(text).map_err(|error| error.to_string())?;
        text.trim().parse().map_err(|_| "not a number".to_owned())
    }

    /// How a test changes the file.
    enum Change {
        Write(&'static [u8]),
        Rename(&'static [u8]),
        Remove,
        Folder,
        Nothing,
    }
    use Change::{Folder, Nothing, Remove, Rename, Write};

    #[test]
    fn good_content_is_swapped_in_and_bad_content_leaves_the_old() {
        let folder = crate::scratch("watched");
        let path = folder.join("number");
        fs::write(&path, "1").unwrap();
        let watched = Watched::open(&path, number).unwrap();
        for (name, change, value, is_failing, failures) in [
            ("unchanged", Nothing, 1, false, 0),
            ("written", Write(b"2"), 2, false, 0),
            ("same length", Write(b"3"), 3, false, 0),
            ("renamed", Rename(b"4"), 4, false, 0),
            ("emptied", Write(b""), 4, true, 1),
            ("still empty", Nothing, 4, true, 1),
            ("no number", Write(b"five"), 4, true, 2),
            ("as it was", Write(b"4"), 4, false, 2),
            ("removed", Remove, 4, true, 3),
            ("made again", Write(b"6"), 6, false, 3),
            ("a folder", Folder, 6, true, 4),
            ("a file again", Rename(b"7"), 7, false, 4),
            ("too long", Write(&[b' '; LONGEST + 1]), 7, true, 5),
        ] {
            match change {
                Write(text) => fs::write(&path, text).unwrap(),
                Rename(text) => {
                    let _ = fs::remove_dir(&path);
                    fs::write(folder.join("new"), text).unwrap();
                    fs::rename(folder.join("new"), &path).unwrap();
                }
                Remove => fs::remove_file(&path).unwrap(),
                Folder => {
                    fs::remove_file(&path).unwrap();
                    fs::create_dir(&path).unwrap();
                }
                Nothing => {}
            }
            watched.refresh();
            let is = (watched.with(|value| *value), watched.is_failing(), watched.failures());
            assert_eq!(is, (value, is_failing, failures), "{name}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_folder_that_is_swapped_under_a_link_is_noticed() {
        use std::os::unix::fs::symlink;

        // As Kubernetes mounts a secret.
        let folder = crate::scratch("links");
        for (version, text) in [("1", "1"), ("2", "2")] {
            fs::create_dir(folder.join(version)).unwrap();
            fs::write(folder.join(version).join("number"), text).unwrap();
        }
        symlink("1", folder.join("data")).unwrap();
        symlink("data/number", folder.join("number")).unwrap();
        let watched = Watched::open(&folder.join("number"), number).unwrap();
        symlink("2", folder.join("new")).unwrap();
        fs::rename(folder.join("new"), folder.join("data")).unwrap();
        watched.refresh();
        assert_eq!(watched.with(|value| *value), 2);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_is_bad_at_the_start_is_named() {
        for (path, reason) in
            [("/dev/null", "not a number"), ("/", "Is a directory"), ("/none", "No such file")]
        {
            let error = Watched::open(Path::new(path), number).err().unwrap();
            assert!(error.starts_with(&format!("{path}: ")) && error.contains(reason), "{error}");
        }
    }
}
