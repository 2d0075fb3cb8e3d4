//! Objects and mails as files in a folder: what the local command leaves behind for people to open.
//!
//! A file is written under a hidden name in its own folder and then renamed, so no reader ever sees half of
//! one. The calls are the plain blocking ones: a small file on a local disk takes some tens of microseconds,
//! less than handing it to another thread would.

mod uploads;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

pub use uploads::FolderUploads;

use crate::limits::check_object_key;
use crate::mail::{MailError, Mailer, NotSent, OutgoingMail};
use crate::objects::{ObjectError, Objects};
use crate::store::shard;

/// Longest file name that is still the notice's id in readable form.
const READABLE_NAME_BYTES_MAX: usize = 200;

/// Objects as files: the parts of a key are folders, the last one is the file. Other than in a bucket, `a` and
/// `a/b` cannot both be objects.
#[derive(Debug, Clone)]
pub struct FolderObjects {
    dir: PathBuf,
}

impl FolderObjects {
    /// Objects in this folder; it is made with the first of them.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The file of an object.
    ///
    /// # Errors
    /// [`ObjectError::InvalidKey`] for a key that would leave the folder or cannot be one.
    pub fn path(&self, key: &str) -> Result<PathBuf, ObjectError> {
        check_object_key(key)?;
        Ok(self.dir.join(key))
    }
}

#[async_trait]
impl Objects for FolderObjects {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), ObjectError> {
        write_whole(&self.path(key)?, &bytes)
            .map_err(|source| ObjectError::Unavailable { key: key.to_owned(), source })
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        match fs::read(self.path(key)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(source) => match source.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => Ok(None),
                _ => Err(ObjectError::Unavailable { key: key.to_owned(), source }),
            },
        }
    }
}

/// Mails as files `<dir>/<shard>/<notice>.eml`: one per notice, however often it is sent.
///
/// The name is the notice's id with `+` for `#`; letters, digits, `-` and `_` stay, every other byte becomes
/// `%` and two hexadecimal digits. `C#alice#N#2024-06-04#digest` is `C+alice+N+2024-06-04+digest.eml`. An id too
/// long for a file name keeps its beginning and ends in `%~` and its SHA-256. No two ids have one name. The
/// folder is the shard of the id's first two parts, the candidate, in two digits.
#[derive(Debug, Clone)]
pub struct FolderMailer {
    dir: PathBuf,
}

impl FolderMailer {
    /// Mails in this folder; it is made with the first of them.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The file of a notice's mail, whether it was sent or not.
    #[must_use]
    pub fn mail_path(&self, notice: &str) -> PathBuf {
        let owner = notice.match_indices('#').nth(1).and_then(|(end, _)| notice.get(..end)).unwrap_or(notice);
        self.dir.join(format!("{:02}", shard(owner))).join(file_name(notice) + ".eml")
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: OutgoingMail) -> Result<String, MailError> {
        write_whole(&self.mail_path(&mail.notice), &mail.mime)
            .map_err(|problem| MailError::NotSent(NotSent::NotWritten(problem.kind())))?;
        Ok(format!("folder:{}", file_name(&mail.notice)))
    }
}

/// A notice's id as a file name, without extension.
fn file_name(notice: &str) -> String {
    let mut name = String::with_capacity(notice.len());
    for byte in notice.bytes() {
        match byte {
            b'#' => name.push('+'),
            b'-' | b'_' => name.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    if name.is_empty() || name.len() > READABLE_NAME_BYTES_MAX {
        name.truncate(READABLE_NAME_BYTES_MAX / 2);
        name.push_str("%~");
        for byte in Sha256::digest(notice.as_bytes()) {
            name.push_str(&format!("{byte:02x}"));
        }
    }
    name
}

/// What the name of a file that is not whole begins with.
const UNFINISHED: &str = ".unfinished-";

/// Takes away, in a folder and below, what a process that was killed left half written. Only where no other process
/// writes at the time.
///
/// # Errors
/// The first file or folder that cannot be read or taken away. A folder that is not there has nothing in it.
pub fn discard_unfinished(dir: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            discard_unfinished(&entry.path())?;
        } else if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes a file that is whole or not there, also if the process ends in between; not if the power does. Its
/// folder is made only when it turns out to be missing: nearly every file goes where others are already.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static FILES: AtomicU64 = AtomicU64::new(0);
    let dir = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let unfinished = dir.join(format!("{UNFINISHED}{}-{number}", std::process::id()));
    let written = match fs::write(&unfinished, bytes) {
        Err(problem) if problem.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(dir).and_then(|()| fs::write(&unfinished, bytes))
        }
        written => written,
    };
    written.and_then(|()| fs::rename(&unfinished, path)).inspect_err(|_| {
        let _ = fs::remove_file(&unfinished);
    })
}
