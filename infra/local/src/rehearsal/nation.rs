//! A drawn night as the items of the table `state`.

use anyhow::{Context as _, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use jobs::rows;
use platform::Store;
use platform::store::TRANSACTION_WRITES_MAX;
use procedure::calendar;
use procedure::settle::next_due;
use samplers::night::{DrawnNight, DrawnRow, DrawnState};
use schemas::formation::QuotaPair;
use schemas::{
    AccountState, Application, ApplicationState, Campaign, Candidate, CandidateId, EstablishmentId,
    Formation, FormationId, Language, NightMode, Round, Standing, Track,
};

/// How many establishments there are; formations are spread over them.
const ESTABLISHMENTS: u32 = 150;

/// A night of the mode: the third on which student formations call, so that the calendar is in its stride.
pub(super) fn date_of(rules: &Campaign, mode: NightMode) -> Result<Date> {
    let days = calendar::campaign_days(rules).context("the campaign has no days")?;
    let last = days.last;
    let mut calling = days.first.series(1.day()).take_while(|day| *day <= last).filter(|day| {
        calendar::is_night(rules, *day)
            && calendar::night_mode(rules, *day) == mode
            && calendar::calls_on(rules, Track::Student, *day)
    });
    calling.nth(2).with_context(|| {
        format!(
            "the campaign {} has no three nights of this mode; give another --mode or --campaign",
            rules.year
        )
    })
}

fn formation_id(number: u32) -> Result<FormationId> {
    Ok(FormationId::new(format!("f-{number:05}"))?)
}

fn establishment(formation: u32) -> Result<EstablishmentId> {
    Ok(EstablishmentId::new(format!("{:07}A", formation % ESTABLISHMENTS))?)
}

fn formation(number: u32, seats: u32) -> Result<Formation> {
    Ok(Formation {
        id: formation_id(number)?,
        version: 1,
        title: format!("Formation {number}"),
        establishment: establishment(number)?,
        mention: format!("MENTION-{}", number / 3),
        track: Track::Student,
        capacity: seats,
        call_limit: seats,
        complementary: true,
        mixed: false,
        enrolment: None,
        stopped: false,
    })
}

/// Where an application stands when the night of a date begins.
fn standing(row: &DrawnRow, mode: NightMode, rules: &Campaign, date: Date) -> Result<Standing> {
    let yesterday = date.yesterday()?;
    let of = |state| Standing { rank: Some(row.rank), ..Standing::of(state) };
    Ok(match (row.state, mode) {
        (DrawnState::Waitlisted, NightMode::Withdrawals) => of(ApplicationState::Archived),
        (DrawnState::Waitlisted, _) => of(ApplicationState::Waitlisted),
        (DrawnState::Offered, _) => Standing {
            received_on: Some(yesterday),
            deadline: Some(calendar::offer_deadline(rules, yesterday)),
            ..of(ApplicationState::Offered)
        },
        (DrawnState::Accepted, NightMode::Withdrawals) => {
            Standing { accepted_on: Some(yesterday), ..of(ApplicationState::AcceptedDefinitively) }
        }
        (DrawnState::Accepted, _) => of(ApplicationState::AcceptedProvisionally),
    })
}

fn application(row: &DrawnRow, mode: NightMode, rules: &Campaign, date: Date) -> Result<Application> {
    Ok(Application {
        pair: QuotaPair(establishment(row.formation)?, format!("MENTION-{}", row.formation / 3)),
        track: Track::Student,
        round: Round::Main,
        preference: Some(row.preference).filter(|_| mode != NightMode::Main),
        contract: None,
        now: standing(row, mode, rules, date)?,
        before: None,
        reason_requested_on: None,
    })
}

fn candidate(rows: &[DrawnRow], mode: NightMode, rules: &Campaign, date: Date) -> Result<Candidate> {
    let number = rows.first().map_or(0, |row| row.candidate);
    let applications =
        rows.iter().map(|row| Ok((formation_id(row.formation)?, application(row, mode, rules, date)?)));
    let mut candidate = Candidate {
        id: CandidateId::new(format!("c-{number:07}"))?,
        version: 1,
        account: AccountState::Active,
        email: format!("c-{number:07}@example.org"),
        new_email: None,
        address_released: false,
        unreachable: false,
        name: None,
        language: Language::Fr,
        region: String::new(),
        activation_issued_at: None,
        applications: applications.collect::<Result<_>>()?,
        exception: Vec::new(),
        fraud: None,
        last_night: None,
        due: None,
    };
    candidate.due = next_due(&candidate, rules);
    Ok(candidate)
}

/// Puts the night's formations and candidates into a store, as they stand when the night of a date begins.
pub(super) async fn put(
    store: &dyn Store,
    night: &DrawnNight,
    mode: NightMode,
    rules: &Campaign,
    date: Date,
) -> Result<()> {
    let mut writes = Vec::new();
    for (number, seats) in (1..).zip(&night.seats) {
        writes.push(rows::write(&formation(number, *seats)?));
        if writes.len() == TRANSACTION_WRITES_MAX {
            store.transact(std::mem::take(&mut writes)).await?;
        }
    }
    for rows in night.rows.chunk_by(|a, b| a.candidate == b.candidate) {
        writes.push(rows::write(&candidate(rows, mode, rules, date)?));
        if writes.len() == TRANSACTION_WRITES_MAX {
            store.transact(std::mem::take(&mut writes)).await?;
        }
    }
    if !writes.is_empty() {
        store.transact(writes).await?;
    }
    Ok(())
}
