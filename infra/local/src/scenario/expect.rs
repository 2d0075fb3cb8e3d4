//! What a story must find, and what is there.

use anyhow::{Result, bail};
use jiff::ToSpan;
use jiff::civil::DateTime;
use procedure::{calendar, seats};
use schemas::campaign::EnrolBy;
use schemas::{ApplicationState, Campaign, Candidate, Formation, FormationId, NoticeKind};
use serde::Serialize;

use super::stage::Stage;
use super::story::{Expectation, Mails, OrNone};

/// One thing that is not as the story says.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    /// The step, from 1; none for what concerns the whole story.
    pub(super) step: Option<usize>,
    pub(super) expected: String,
    pub(super) found: String,
}

/// Mails of which a candidate gets none: those to operators and establishments.
const NOT_TO_CANDIDATES: [&str; 2] = ["night_ready", "intake_report"];

/// What one expectation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Application,
    Account,
    Formation,
    Mail,
}

impl About {
    /// The keys that go together.
    fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Application => (
                &["candidate", "formation"],
                &["state", "cause", "position", "deadline", "received", "accepted", "enrol_by"],
            ),
            Self::Account => (&["candidate"], &["account"]),
            Self::Formation => (&["formation"], &["taken", "free", "waiting"]),
            Self::Mail => (&["mail", "to"], &["times", "on"]),
        }
    }
}

impl Expectation {
    fn about(&self) -> Result<About> {
        Ok(match (&self.mail, &self.candidate, &self.formation) {
            (Some(_), _, _) => About::Mail,
            (None, Some(_), Some(_)) => About::Application,
            (None, Some(_), None) => About::Account,
            (None, None, Some(_)) => About::Formation,
            (None, None, None) => bail!("it is about nothing; name a `candidate`, a `formation` or a `mail`"),
        })
    }

    /// The keys that are given.
    fn given(&self) -> Vec<&'static str> {
        [
            ("candidate", self.candidate.is_some()),
            ("formation", self.formation.is_some()),
            ("state", self.state.is_some()),
            ("cause", self.cause.is_some()),
            ("position", self.position.is_some()),
            ("deadline", self.deadline.is_some()),
            ("received", self.received.is_some()),
            ("accepted", self.accepted.is_some()),
            ("enrol_by", self.enrol_by.is_some()),
            ("account", self.account.is_some()),
            ("taken", self.taken.is_some()),
            ("free", self.free.is_some()),
            ("waiting", self.waiting.is_some()),
            ("mail", self.mail.is_some()),
            ("to", self.to.is_some()),
            ("times", self.times.is_some()),
            ("on", self.on.is_some()),
        ]
        .into_iter()
        .filter_map(|(key, given)| given.then_some(key))
        .collect()
    }

    /// That its keys go together, and that it checks something.
    pub(super) fn check(&self) -> Result<()> {
        let (names, checks) = self.about()?.keys();
        let given = self.given();
        let stray = given.iter().find(|key| !names.contains(key) && !checks.contains(key));
        if let Some(stray) = stray {
            bail!("`{stray}` does not go with {}; expected {}", names.join(" and "), checks.join(", "));
        }
        if let Some(missing) = names.iter().find(|name| !given.contains(name)) {
            bail!("`{missing}` is missing");
        }
        if !checks.iter().any(|check| given.contains(check)) {
            bail!("it checks nothing; expected one of {}", checks.join(", "));
        }
        if self.mail.is_some() && self.times.is_none() {
            bail!("`times` is missing: how many mails");
        }
        for kind in self.mail.iter().flat_map(Mails::kinds) {
            let mut names = NoticeKind::ALL.iter().map(|known| known.name()).chain(NOT_TO_CANDIDATES);
            if !names.any(|known| known == kind) {
                let known = NoticeKind::ALL.map(NoticeKind::name).join(", ");
                bail!("there is no mail \"{kind}\"; known are {known}");
            }
        }
        Ok(())
    }
}

/// Compares one expectation with what is there; each difference as what was expected and what was found.
pub(super) async fn compare(stage: &Stage, expectation: &Expectation) -> Result<Vec<(String, String)>> {
    let mut found = Found::default();
    match expectation.about()? {
        About::Mail => found.mails(stage, expectation),
        About::Account => {
            let candidates = stage.candidates().await?;
            let account = candidates.iter().find(|c| Some(&c.id) == expectation.candidate.as_ref());
            found.word("account", expectation.account, account.map(|candidate| candidate.account));
        }
        About::Application => {
            found.application(expectation, &stage.candidates().await?, stage.rules());
            found.enrol_by(stage, expectation).await?;
        }
        About::Formation => {
            let Some(id) = &expectation.formation else { return Ok(Vec::new()) };
            let Some(formation) = stage.formation(id).await? else {
                return Ok(vec![(format!("a formation {id}"), "none".to_owned())]);
            };
            found.formation(expectation, &formation, &stage.candidates().await?, stage.rules());
        }
    }
    let whose = [
        expectation.candidate.as_ref().map(ToString::to_string),
        expectation.formation.as_ref().map(ToString::to_string),
        expectation.to.clone().map(|to| format!("to {to}")),
    ];
    let whose = whose.into_iter().flatten().collect::<Vec<_>>().join(" at ");
    Ok(found.0.into_iter().map(|(expected, found)| (format!("{whose}: {expected}"), found)).collect())
}

/// What differs so far.
#[derive(Default)]
struct Found(Vec<(String, String)>);

/// A word of the schemas, as it is written.
fn word<T: Serialize>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.trim_matches('"').to_owned()
}

impl Found {
    /// Notes a difference, if the story says something and finds something else.
    fn value<T: PartialEq + ToString>(&mut self, key: &str, expected: Option<T>, found: Option<T>) {
        let Some(expected) = expected else { return };
        if found.as_ref() != Some(&expected) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
            self.0.push((format!("{key} {}", expected.to_string()), format!("{key} {found}")));
        }
    }

    fn word<T: PartialEq + Serialize>(&mut self, key: &str, expected: Option<OrNone<T>>, found: Option<T>) {
        let expected = expected.map(|expected| match expected {
            OrNone::None => "none".to_owned(),
            OrNone::Some(value) => word(&value),
        });
        let found = found.map_or_else(|| "none".to_owned(), |found| word(&found));
        self.value(key, expected, Some(found));
    }

    fn application(&mut self, expectation: &Expectation, candidates: &[Candidate], rules: &Campaign) {
        let Some(formation) = &expectation.formation else { return };
        let candidate = candidates.iter().find(|c| Some(&c.id) == expectation.candidate.as_ref());
        let standing = candidate.and_then(|c| c.applications.get(formation)).map(|a| &a.now);
        self.word("state", expectation.state, standing.map(|standing| standing.state));
        self.value(
            "cause",
            expectation.cause.map(|c| word(&c)),
            standing.and_then(|s| s.cause).map(|c| word(&c)),
        );
        self.value("received", expectation.received, standing.and_then(|standing| standing.received_on));
        let last_minute = standing
            .and_then(|standing| standing.deadline)
            .map(|deadline| calendar::civil(deadline).checked_sub(1.minute()).unwrap_or(DateTime::MIN));
        self.value("deadline", expectation.deadline, last_minute);
        let searching = standing.filter(|standing| standing.state == ApplicationState::ContractSearch);
        self.value("accepted", expectation.accepted, searching.map(|standing| standing.accepted));
        let position = candidate.and_then(|candidate| position(candidate, formation, candidates, rules));
        self.value("position", expectation.position, position);
    }

    /// Until when who accepted for good enrols (R66).
    async fn enrol_by(&mut self, stage: &Stage, expectation: &Expectation) -> Result<()> {
        let (Some(candidate), Some(id)) = (&expectation.candidate, &expectation.formation) else {
            return Ok(());
        };
        let candidates = stage.candidates().await?;
        let candidate = candidates.iter().find(|one| one.id == *candidate);
        let standing = candidate.and_then(|one| one.applications.get(id)).map(|application| &application.now);
        let accepted = standing.filter(|standing| {
            matches!(standing.state, ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled)
        });
        let own = stage.formation(id).await?.and_then(|formation| formation.enrolment);
        let by = accepted.and_then(|standing| standing.accepted_on).map(|on| {
            match calendar::enrol_by(stage.rules(), on, own) {
                EnrolBy::Day(day) => day.to_string(),
                EnrolBy::Establishment => "establishment".to_owned(),
            }
        });
        self.value("enrol_by", expectation.enrol_by.clone(), by);
        Ok(())
    }

    fn formation(
        &mut self,
        expectation: &Expectation,
        formation: &Formation,
        candidates: &[Candidate],
        rules: &Campaign,
    ) {
        let there = || candidates.iter().filter_map(|candidate| candidate.applications.get(&formation.id));
        let taken = there().filter(|a| seats::takes_seat(a.now.state, rules)).count();
        let free = (formation.call_limit as usize).saturating_sub(taken);
        let waiting = there().filter(|application| seats::turn(application, rules).is_some()).count();
        self.value("taken", expectation.taken, Some(taken));
        self.value("free", expectation.free, Some(free));
        self.value("waiting", expectation.waiting, Some(waiting));
    }

    fn mails(&mut self, stage: &Stage, expectation: &Expectation) {
        let (Some(mails), Some(to)) = (&expectation.mail, &expectation.to) else { return };
        let times = stage
            .mails()
            .filter(|mail| mail.to == *to && mails.kinds().contains(&mail.kind))
            .filter(|mail| expectation.on.is_none_or(|day| mail.on == day))
            .count();
        let kinds = mails.kinds().join(" or ");
        let on = expectation.on.map_or_else(String::new, |day| format!(" on {day}"));
        self.value(&format!("mails {kinds}{on}:"), expectation.times, Some(times));
    }
}

/// How many stand before him in the queue, himself included.
fn position(
    candidate: &Candidate,
    formation: &FormationId,
    candidates: &[Candidate],
    rules: &Campaign,
) -> Option<usize> {
    let turn = |candidate: &Candidate| seats::turn(candidate.applications.get(formation)?, rules);
    let own = turn(candidate)?;
    Some(candidates.iter().filter_map(turn).filter(|turn| *turn <= own).count())
}
