//! What every job is given: the ports, the rules, and the few settings of the place it runs in.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use platform::{Clock, Platform};
use schemas::Campaign;

use crate::amendments;
use crate::fault::Fault;
use crate::rows::Extending;

/// Length of the key from which links' tokens are derived, in bytes: that of the hash it keys.
pub const TOKEN_KEY_BYTES: usize = 32;

/// Settings of the place where the jobs run.
#[derive(Clone)]
pub struct Settings {
    /// The campaign.
    pub rules: Campaign,
    /// Where candidates sign in: `https://` and a host, without a slash at the end.
    pub site: String,
    /// The sender of every mail: `Mon Master <ne-pas-repondre@…>`.
    pub sender: String,
    /// Where an operator reads of each night before it is published; without an address nobody is told.
    pub operator: Option<String>,
    /// The stage, as in `production`; it tags every mail.
    pub stage: String,
    /// The key from which the tokens in links are derived; never stored beside the data.
    pub token_key: [u8; TOKEN_KEY_BYTES],
    /// How many candidates a sweep has in hand at once.
    pub concurrency: usize,
    /// In how many segments the table `state` is read, side by side: several for each core where the store answers in
    /// parallel. A night's plan counts the segments applied, so it stays the same from one deployment to the next.
    pub segments: u32,
}

/// The ports and the settings, as a job receives them. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The ports.
    pub platform: Platform,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The deadlines extended for everybody that may not be written to each candidate yet.
    pub(crate) extending: Arc<[Extending]>,
    /// The same settings under the last amendment that was read.
    amended: Arc<Mutex<Option<Arc<Settings>>>>,
}

impl Context {
    /// A context of these ports and settings.
    #[must_use]
    pub fn new(platform: Platform, settings: Arc<Settings>) -> Self {
        Self { platform, settings, extending: Arc::default(), amended: Arc::default() }
    }

    /// The same context under what is in force now: an amendment of the campaign file if there is one (C13), and the
    /// extensions that no sweep has written yet (R34). Every job begins with it.
    ///
    /// # Errors
    /// A [`Fault`] of the store, or if the amendment's file is not there.
    pub async fn in_force(&self) -> Result<Self, Fault> {
        let Some(row) = amendments::stored(self).await? else { return Ok(self.clone()) };
        let this = Self { extending: row.extending.into(), ..self.clone() };
        let Some(digest) = row.digest.filter(|digest| self.settings.rules.digest != *digest) else {
            return Ok(this);
        };
        let known = self.amended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let settings = match known.filter(|settings| settings.rules.digest == digest) {
            Some(settings) => settings,
            None => {
                let rules = amendments::file(self, &digest).await?;
                let settings = Arc::new(Settings { rules, ..Settings::clone(&self.settings) });
                *self.amended.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&settings));
                settings
            }
        };
        Ok(Self { settings, ..this })
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.platform.clock.now()
    }

    /// The campaign.
    #[must_use]
    pub fn rules(&self) -> &Campaign {
        &self.settings.rules
    }

    /// The same context at another time.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { platform: self.platform.with_clock(clock), ..self.clone() }
    }
}
