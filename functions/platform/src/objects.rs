//! The port `Objects`: whole files by key.

use async_trait::async_trait;

/// What can go wrong with objects.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The key would leave the store or cannot be one.
    #[error("\"{0}\" is not an object key: use letters, digits, \"-_.:@#\" and \"/\" between parts")]
    InvalidKey(String),
    /// The object could not be read or written.
    #[error("the object {key} could not be reached")]
    Unavailable {
        /// Which object.
        key: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Files by key. A write is whole or not there: no reader ever sees half of one.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Writes an object, replacing what was there.
    ///
    /// # Errors
    /// [`ObjectError`].
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), ObjectError>;

    /// Reads an object, if there is one.
    ///
    /// # Errors
    /// [`ObjectError`].
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, ObjectError>;
}
