//! What a plain contract says, beside what is known of its candidate, its formation and its campaign.

use jiff::ToSpan;
use jiff::civil::Date;
use schemas::campaign::ContractKind;
use schemas::upload::{ContractFact, Finding, FindingCode, Place, Verdict, verdict};

use super::facts::{Checked, Facts, Section};
use super::{ContractFile, Said};

/// Shortest contract, in months (Code du travail, L6222-7-1).
const MONTHS_MIN: i32 = 6;

/// Longest contract, in months (Code du travail, L6222-7-1).
const MONTHS_MAX: i32 = 36;

/// First and last day on which a contract for a master that begins in September may begin: three months before, and
/// to the end of the year (Code du travail, L6222-12, and what search periods of training centres allow).
const START: [(i8, i8); 2] = [(6, 1), (12, 31)];

/// What is known beforehand. What is not known is not compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The candidate's first and last name.
    pub name: Option<&'a str>,
    /// The formation's title.
    pub title: Option<&'a str>,
    /// The year in which the campaign's masters begin.
    pub year: Option<i16>,
}

/// The verdict on a file, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    /// The verdict.
    pub verdict: Verdict,
    /// What kind of document it calls itself, if it says so.
    pub kind: Option<ContractKind>,
    /// What was found, the gravest first.
    pub findings: Vec<Finding>,
}

impl Checks {
    fn of(kind: Option<ContractKind>, mut findings: Vec<Finding>) -> Self {
        findings.sort();
        Self { verdict: verdict(&findings), kind, findings }
    }

    /// Of a file that ended its reader.
    #[must_use]
    pub fn unreadable(how: &str) -> Self {
        Self::of(None, vec![Finding::refusing(FindingCode::Unreadable, Place::File, how)])
    }
}

/// Compares what a file says with what is expected.
#[must_use]
pub fn check(file: &ContractFile, expected: &Expected<'_>) -> Checks {
    match file {
        ContractFile::Refused(findings) => Checks::of(None, findings.clone()),
        ContractFile::Plain(said) => {
            let facts = Facts::of(said);
            let kind = facts.kind();
            Checks::of(kind, findings(said, &facts, kind, expected))
        }
    }
}

fn findings(said: &Said, facts: &Facts, kind: Option<ContractKind>, expected: &Expected<'_>) -> Vec<Finding> {
    if said.lines.is_empty() && said.fields.is_empty() {
        return vec![Finding::for_review(FindingCode::NoText, None, "")];
    }
    if said.form > 0 && said.fields.is_empty() {
        return vec![Finding::for_review(FindingCode::BlankForm, None, "")];
    }
    let mut found = Vec::new();
    let missing = |fact| Finding::for_review(FindingCode::Missing, Some(fact), "");
    let differs = |fact, what: &str| Finding::for_review(FindingCode::Differs, Some(fact), what);
    if kind.is_none() {
        found.push(missing(ContractFact::Document));
    }
    if expected.name.is_some_and(|name| !facts.names(name)) {
        found.push(differs(ContractFact::Candidate, ""));
    }
    if !facts.master() {
        found.push(missing(ContractFact::Diploma));
    } else if expected.title.is_some_and(|title| !facts.titled(title)) {
        found.push(differs(ContractFact::Diploma, ""));
    }
    let sirets = facts.sirets();
    let of = |section: Section, numbers: &[Checked]| -> Option<bool> {
        let own = || numbers.iter().filter(|number| number.section == section);
        own().next().map(|_| own().all(|number| number.right))
    };
    match of(Section::Employer, &sirets) {
        Some(true) => {}
        Some(false) => found.push(differs(ContractFact::Employer, "siret")),
        None => found.push(missing(ContractFact::Employer)),
    }
    let centre = [of(Section::TrainingCentre, &facts.uais()), of(Section::TrainingCentre, &sirets)];
    match (kind, centre) {
        (_, [Some(false), _] | [_, Some(false)]) => found.push(differs(ContractFact::TrainingCentre, "")),
        (_, [Some(true), _] | [_, Some(true)]) | (Some(ContractKind::Promise), _) => {}
        _ => found.push(missing(ContractFact::TrainingCentre)),
    }
    found.extend(dates(facts, kind, expected.year));
    if said.signatures == 0 && said.images == 0 && !facts.signed_by_text() {
        found.push(missing(ContractFact::Signatures));
    }
    found
}

/// What is wrong with the days on which it begins and ends.
fn dates(facts: &Facts, kind: Option<ContractKind>, year: Option<i16>) -> Vec<Finding> {
    let missing = |fact| Finding::for_review(FindingCode::Missing, Some(fact), "");
    let differs = |fact, day: Date| Finding::for_review(FindingCode::Differs, Some(fact), day.to_string());
    let Some(start) = facts.start() else { return vec![missing(ContractFact::Start)] };
    let mut found = Vec::new();
    let bounds = year.map(|year| START.map(|(month, day)| Date::new(year, month, day)));
    if let Some([Ok(first), Ok(last)]) = bounds
        && !(first..=last).contains(&start)
    {
        found.push(differs(ContractFact::Start, start));
    }
    let after = |months: i32| start.checked_add(months.months()).unwrap_or(Date::MAX);
    match facts.end() {
        // The last day is included: a year from 1 September ends on 31 August.
        Some(end) => {
            let beyond = end.tomorrow().unwrap_or(Date::MAX);
            if !(after(MONTHS_MIN)..=after(MONTHS_MAX)).contains(&beyond) {
                found.push(differs(ContractFact::End, end));
            }
        }
        None if kind.is_none_or(|kind| kind == ContractKind::Contract) => {
            found.push(missing(ContractFact::End));
        }
        None => {}
    }
    found
}
