//! Uploads in a folder: what somebody copies there has arrived.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::objects::ObjectError;
use crate::uploads::{StoredUpload, UploadPage, Uploads, folder_of};

/// Uploads as files: the parts of a key are folders, the last one is the file. A file has one version at a time, its
/// last one; when it was last written is its arrival, and with its size also the version's id.
#[derive(Debug, Clone)]
pub struct FolderUploads {
    dir: PathBuf,
}

impl FolderUploads {
    /// Uploads in this folder; as long as it is not there, there are none.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    fn stored(&self, path: &Path) -> io::Result<Option<StoredUpload>> {
        let Some(key) = path.strip_prefix(&self.dir).ok().and_then(Path::to_str) else { return Ok(None) };
        let about = match fs::metadata(path) {
            // Whoever is about to list or to read it is late.
            Err(problem) if is_absence(&problem) => return Ok(None),
            about => about?,
        };
        let arrival = Timestamp::try_from(about.modified()?).map_err(io::Error::other)?;
        let version = format!("{}-{}", arrival.as_microsecond(), about.len());
        Ok(Some(StoredUpload { arrival, version, key: key.to_owned(), bytes: about.len() }))
    }

    /// The file of a key, if that is how its path is written: none else would be one file of several keys, or lead out.
    fn path(&self, key: &str) -> Option<PathBuf> {
        let names = key.split('/').map(|name| Component::Normal(name.as_ref()));
        Path::new(key).components().eq(names).then(|| self.dir.join(key))
    }

    fn read(&self, key: &str, version: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(path) = self.path(key) else { return Ok(None) };
        let is_version = || Ok::<_, io::Error>(self.stored(&path)?.is_some_and(|it| it.version == version));
        // A link on the way could lead anywhere.
        if !is_version()? || fs::canonicalize(&path)? != fs::canonicalize(&self.dir)?.join(key) {
            return Ok(None);
        }
        let bytes = fs::read(&path)?;
        // It may have become another one meanwhile, and these bytes be of both.
        Ok(is_version()?.then_some(bytes))
    }

    fn walk(&self, dir: &Path, prefix: &str, found: &mut Vec<StoredUpload>) -> io::Result<()> {
        let entries = match fs::read_dir(dir) {
            Err(problem) if problem.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            // A link could lead anywhere.
            if entry.file_type()?.is_dir() {
                self.walk(&path, prefix, found)?;
            } else if entry.file_type()?.is_file() {
                found.extend(self.stored(&path)?.filter(|upload| upload.key.starts_with(prefix)));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Uploads for FolderUploads {
    async fn list(&self, prefix: &str, _after: Option<&str>) -> Result<UploadPage, ObjectError> {
        let mut uploads = Vec::new();
        self.walk(&self.dir, prefix, &mut uploads).map_err(|source| unavailable(prefix, source))?;
        uploads.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(UploadPage { uploads, next: None })
    }

    async fn get(&self, key: &str, version: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        match self.read(key, version) {
            Err(problem) if is_absence(&problem) => Ok(None),
            read => read.map_err(|source| unavailable(key, source)),
        }
    }
}

/// Whether a file is not there, be it because what should be its folder is a file.
fn is_absence(problem: &io::Error) -> bool {
    matches!(problem.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn unavailable(key: &str, source: io::Error) -> ObjectError {
    ObjectError::Unavailable { key: folder_of(key).to_owned(), source }
}
