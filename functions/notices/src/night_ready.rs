//! `night_ready`: to an operator, while he can still keep it back: a night is applied, or the job itself holds it (R33).

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::Language;
use serde::Serialize;

use crate::mail::Notice;
use crate::words;

/// A night before its publication, by its figures. It names nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NightReady {
    /// The business date.
    pub date: Date,
    /// Whether the job holds it, for a fault; otherwise it is applied.
    pub held: bool,
    /// When it is published, if nobody keeps it back.
    pub publication: Timestamp,
    /// When it is undone, if it is not published before.
    pub latest: Timestamp,
    /// Seats that it gives.
    pub offers: u64,
    /// Offers and placements in contract search that lapsed since the last published night.
    pub lapses: u64,
    /// Seats that nobody takes once it is published.
    pub seats_free: u64,
    /// Formations that are treated as stopped.
    pub withheld: u64,
    /// The last published night and the seats that it gave; none before the first.
    pub yesterday: Option<(Date, u64)>,
    /// The night's page on the platform.
    pub page: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    date: String,
    day: String,
    held: bool,
    publication: String,
    latest: String,
    offers: u64,
    lapses: u64,
    seats_free: u64,
    withheld: u64,
    yesterday: Option<Yesterday>,
}

/// The night before, and what is different.
#[derive(Serialize)]
struct Yesterday {
    on: String,
    offers: u64,
    change: String,
}

impl Notice for NightReady {
    type Facts = Facts;

    /// It goes to whoever is on duty.
    const GREETS_BY_NAME: bool = false;

    fn link(&self) -> &str {
        &self.page
    }

    fn facts(&self, language: Language) -> Facts {
        let yesterday = |(date, offers): (Date, u64)| Yesterday {
            on: words::on(language, date),
            offers,
            change: format!("{:+}", self.offers.cast_signed() - offers.cast_signed()),
        };
        Facts {
            date: self.date.to_string(),
            day: words::day(language, self.date),
            held: self.held,
            publication: words::moment(language, self.publication),
            latest: words::moment(language, self.latest),
            offers: self.offers,
            lapses: self.lapses,
            seats_free: self.seats_free,
            withheld: self.withheld,
            yesterday: self.yesterday.map(yesterday),
        }
    }
}
