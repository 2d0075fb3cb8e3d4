//! Uploads in a folder: what somebody copies there has arrived.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::objects::ObjectError;
use crate::uploads::{StoredUpload, UploadPage, Uploads};

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
        let about = fs::metadata(path)?;
        let arrival = Timestamp::try_from(about.modified()?).map_err(io::Error::other)?;
        let version = format!("{}-{}", arrival.as_microsecond(), about.len());
        Ok(Some(StoredUpload { arrival, version, key: key.to_owned(), bytes: about.len() }))
    }

    /// The file of a key that stays within the folder.
    fn path(&self, key: &str) -> Option<PathBuf> {
        let path = Path::new(key);
        let stays = path.components().all(|part| matches!(part, Component::Normal(_)));
        (stays && !key.is_empty()).then(|| self.dir.join(path))
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
        self.walk(&self.dir, prefix, &mut uploads)
            .map_err(|source| ObjectError::Unavailable { key: prefix.to_owned(), source })?;
        uploads.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(UploadPage { uploads, next: None })
    }

    async fn get(&self, key: &str, version: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        let unavailable = |source| ObjectError::Unavailable { key: key.to_owned(), source };
        let Some(path) = self.path(key) else { return Ok(None) };
        match self.stored(&path) {
            Ok(Some(stored)) if stored.version == version => Ok(Some(fs::read(&path).map_err(unavailable)?)),
            Ok(_) => Ok(None),
            Err(problem) if problem.kind() == ErrorKind::NotFound => Ok(None),
            Err(problem) => Err(unavailable(problem)),
        }
    }
}
