//! A night in the terminal.

use std::fmt::Write as _;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use jobs::night::{NightFigures, NightPage};
use procedure::calendar;
use schemas::night::{NightStatus, Seat};
use schemas::{Campaign, FormationId, NightMode};

use super::Deed;

/// How wide the names of lines are.
const NAME_WIDTH: usize = 12;

/// The whole page, or the part of one formation.
pub(super) fn page(page: &NightPage, only: Option<&FormationId>) -> String {
    let mut text = String::new();
    head(&mut text, page);
    let results = page.rankings.len();
    match only {
        None if results > 0 => line(&mut text, "results", &format!("of {} appear", formations(results))),
        Some(_) if results > 0 => line(&mut text, "results", "appear"),
        _ => {}
    }
    if !page.lost.is_empty() {
        let ended = counted(page.lost.len() as u64, "placement");
        line(&mut text, "ends", &format!("{ended} that their candidates ordered lower"));
    }
    for offers in page.offers.chunk_by(|a, b| a.formation == b.formation) {
        let Some(first) = offers.first() else { continue };
        let given = match first.seat {
            Seat::Offer => counted(offers.len() as u64, "offer"),
            Seat::Search => counted(offers.len() as u64, "placement") + " in contract search",
        };
        // Writing into a text never fails.
        let _ = writeln!(text, "\n{}  {given}", first.formation);
        for offer in offers {
            let _ = writeln!(text, "  rank {:<5} {}", offer.rank, offer.candidate);
        }
    }
    if page.offers.is_empty() {
        let whose = only.map_or_else(String::new, |formation| format!(" by {formation}"));
        let _ = writeln!(text, "\nNo seat is given{whose}.");
    }
    text
}

fn head(text: &mut String, page: &NightPage) {
    let mode = match page.mode {
        NightMode::Main => "main phase",
        NightMode::Complementary => "complementary phase",
        NightMode::Withdrawals => "withdrawals",
    };
    let _ = writeln!(text, "Night of {}, {mode}", page.date.strftime("%A %-d %B %Y"));
    let held = !page.breaches.is_empty();
    let would = match page.status {
        Some(stored) => status(stored).to_owned(),
        None if held => "a dry run: nothing is changed; such a night would be held".to_owned(),
        None => "a dry run: nothing is changed; such a night would be published".to_owned(),
    };
    line(text, "status", &would);
    line(text, "plan", &page.plan);
    line(text, "answer by", &last_minute(page.deadline));
    figures(text, &page.figures);
    for formation in &page.withheld {
        line(text, "", &format!("withheld: {formation}"));
    }
    for breach in &page.breaches {
        line(text, "breach", breach);
    }
    if page.status.is_some() {
        let counts = &page.counts;
        line(
            text,
            "applied",
            &format!(
                "{}, {}, {} waitlisted, {} placed in search, {} refused",
                counted(counts.candidates, "candidate"),
                counted(counts.offers, "seat"),
                counts.waitlisted,
                counts.searches,
                counts.refused
            ),
        );
    }
}

/// The five figures.
fn figures(text: &mut String, figures: &NightFigures) {
    line(text, "offers", &figures.offers.to_string());
    line(text, "lapses", &format!("{} since the last published night", figures.lapses));
    line(text, "seats free", &figures.seats_free.to_string());
    line(text, "withheld", &formations(usize::try_from(figures.withheld).unwrap_or(usize::MAX)));
    let yesterday = match figures.yesterday.zip(figures.change()) {
        Some(((date, offers), change)) => format!("{change:+} offers ({offers} on {date})"),
        None => "no night was published before".to_owned(),
    };
    line(text, "change", &yesterday);
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name:<NAME_WIDTH$}{value}");
}

fn formations(count: usize) -> String {
    counted(count as u64, "formation")
}

fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The last minute before an instant: what "23:59" means (R36).
fn last_minute(deadline: Timestamp) -> String {
    let last = deadline.checked_sub(SignedDuration::from_mins(1)).unwrap_or(deadline);
    format!("{} (Paris)", calendar::civil(last).strftime("%A %-d %B %Y, %H:%M"))
}

/// How far a night is, in words.
pub(super) fn status(status: NightStatus) -> &'static str {
    match status {
        NightStatus::Planned => "planned",
        NightStatus::Applied => "applied",
        NightStatus::Published => "published",
        NightStatus::Held => "held",
        NightStatus::Void => "undone",
    }
}

/// The word that is typed for it.
pub(super) fn verb(deed: Deed) -> &'static str {
    match deed {
        Deed::Hold => "hold",
        Deed::Release => "release",
        Deed::Void => "void",
    }
}

/// The time of day after which a night is not published any more.
pub(super) fn latest(date: Date, rules: &Campaign) -> String {
    calendar::civil(calendar::gate_latest(rules, date)).strftime("%H:%M").to_string()
}

/// What was done, and what comes of it.
pub(super) fn done(deed: Deed, date: Date, rules: &Campaign) -> String {
    let latest = latest(date, rules);
    match deed {
        Deed::Hold => format!(
            "the night of {date} is held: nobody sees it, and no command changes an application; `monmaster night release` lets it go on, and at {latest} it is undone by itself"
        ),
        Deed::Release => format!(
            "the night of {date} goes on with the next tick (`monmaster invoke waitlist-advance`), if that comes before {latest}"
        ),
        Deed::Void => format!(
            "the night of {date} is undone: everybody has what he had before, the gate is open, and the next night plans anew"
        ),
    }
}
