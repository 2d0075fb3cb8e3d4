//! Mails that never leave.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::mail::{MailError, Mailer, OutgoingMail};

/// Keeps every mail it is given, in order; a notice sent twice is there twice.
#[derive(Debug, Default)]
pub struct MemoryMailer {
    sent: Mutex<Vec<OutgoingMail>>,
}

impl MemoryMailer {
    /// Nothing sent yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was sent, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<OutgoingMail> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: OutgoingMail) -> Result<String, MailError> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(mail);
        Ok(format!("memory:{}", sent.len()))
    }
}
