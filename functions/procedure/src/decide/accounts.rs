//! Accounts: registration, activation (R5–R11).

use jiff::{SignedDuration, Timestamp};
use schemas::campaign::Phase;
use schemas::candidate::{Language, Questionnaire};
use schemas::command::Warning;
use schemas::{AccountState, Campaign, Candidate, Change, NoticeKind, Refusal};

use super::{Decision, Facts, event, invalid, outside};
use crate::{address, calendar, digest};

/// Longest name, in characters: longer than any on a French identity card, short enough for a mail's line.
const NAME_CHARACTERS_MAX: usize = 120;

/// Longest region, in characters: that of the longest name of a région académique, with room.
const REGION_CHARACTERS_MAX: usize = 60;

/// The least time between two links of one account: nobody's mailbox is to be filled by whoever asks again and again,
/// and whoever waits for a mail looks for it for that long.
const ACTIVATION_INTERVAL_MIN: SignedDuration = SignedDuration::from_mins(1);

/// What somebody who registers says of himself.
pub(super) struct Registration<'a> {
    pub(super) email: &'a str,
    pub(super) language: Language,
    pub(super) questionnaire: Questionnaire,
    pub(super) name: Option<&'a str>,
    pub(super) region: &'a str,
}

/// The candidate, if his account may act: active, or closed by the campaign's end, which leaves him whatever
/// the law still allows.
pub(super) fn active(candidate: Option<&Candidate>) -> Result<&Candidate, Refusal> {
    match candidate {
        Some(candidate) if is_activated(candidate) => Ok(candidate),
        other => Err(Refusal::AccountNotActive { account: other.map(|candidate| candidate.account) }),
    }
}

/// R5–R11: no account yet, four times "yes", a valid address that has none either, and a link is sent.
pub(super) fn register(
    existing: Option<&Candidate>,
    asked: &Registration<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    if existing.is_some() {
        return Err(not_yet_active(existing).err().unwrap_or(Refusal::AlreadyRegistered {}));
    }
    if calendar::phase(rules, now) == Phase::Closed {
        return Err(outside(calendar::campaign(rules)));
    }
    if !asked.questionnaire.is_eligible() {
        return Err(Refusal::NotEligible {});
    }
    if !address::is_valid(asked.email) {
        return Err(Refusal::InvalidAddress {});
    }
    if asked.name.is_some_and(|name| name.chars().count() > NAME_CHARACTERS_MAX) {
        return Err(invalid("name", 0, NAME_CHARACTERS_MAX));
    }
    if asked.region.chars().count() > REGION_CHARACTERS_MAX {
        return Err(invalid("region", 0, REGION_CHARACTERS_MAX));
    }
    if facts.address_taken {
        return Err(Refusal::AddressTaken {});
    }
    let change = Change::Registered {
        email: asked.email.to_owned(),
        language: asked.language,
        name: asked.name.map(str::to_owned),
        questionnaire: asked.questionnaire,
        region: asked.region.to_owned(),
        activation_issued_at: now,
    };
    let warnings =
        if address::may_block(asked.email, rules) { vec![Warning::MailboxMayBlock] } else { Vec::new() };
    Ok(Decision { events: vec![event(9, change)], notice: Some(NoticeKind::AccountActivation), warnings })
}

/// R9, R10: a new link, for whoever did not get the first one.
pub(super) fn resend_activation(candidate: Option<&Candidate>, now: Timestamp) -> Result<Decision, Refusal> {
    let issued = not_yet_active(candidate)?.activation_issued_at;
    let again_at = issued.and_then(|issued| issued.checked_add(ACTIVATION_INTERVAL_MIN).ok());
    if let Some(again_at) = again_at.filter(|again_at| now < *again_at) {
        return Err(Refusal::TooSoon { again_at });
    }
    let change = Change::ActivationIssued { activation_issued_at: now };
    Ok(Decision {
        events: vec![event(9, change)],
        notice: Some(NoticeKind::AccountActivation),
        warnings: Vec::new(),
    })
}

/// R9: the account is there once the candidate follows the link, within its life.
pub(super) fn activate(
    candidate: Option<&Candidate>,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let candidate = not_yet_active(candidate)?;
    // An address that was released may be somebody else's by now.
    let works = facts.token_valid && !candidate.address_released;
    if !works || activation_expires_at(candidate, rules).is_none_or(|end| end <= now) {
        return Err(Refusal::InvalidToken {});
    }
    Ok(Decision { events: vec![event(9, Change::Activated)], notice: None, warnings: Vec::new() })
}

/// R11: mails may go to another address, once the link that is sent there is followed; until then to the one before.
pub(super) fn change_email(
    candidate: &Candidate,
    email: &str,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    if !address::is_valid(email) {
        return Err(Refusal::InvalidAddress {});
    }
    let issued = candidate.new_email.as_ref().map(|new| new.issued_at);
    let again_at = issued.and_then(|issued| issued.checked_add(ACTIVATION_INTERVAL_MIN).ok());
    if let Some(again_at) = again_at.filter(|again_at| now < *again_at) {
        return Err(Refusal::TooSoon { again_at });
    }
    if facts.address_taken {
        return Err(Refusal::AddressTaken {});
    }
    let change = Change::EmailAsked { email: email.to_owned(), issued_at: now };
    let warnings = if address::may_block(email, rules) { vec![Warning::MailboxMayBlock] } else { Vec::new() };
    Ok(Decision { events: vec![event(11, change)], notice: Some(NoticeKind::EmailChange), warnings })
}

/// R11: the link works as long as that of an activation (R9), and only while the address is still free.
pub(super) fn confirm_email(
    candidate: &Candidate,
    facts: &Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    if !facts.token_valid || email_link_expires_at(candidate, rules).is_none_or(|end| end <= now) {
        return Err(Refusal::InvalidToken {});
    }
    Ok(Decision { events: vec![event(11, Change::EmailConfirmed)], ..Decision::default() })
}

/// R11: of an account that was left, or never activated, the address may be used again.
pub(super) fn release_address(candidate: Option<&Candidate>) -> Result<Decision, Refusal> {
    let left = |candidate: &&Candidate| {
        matches!(
            candidate.account,
            AccountState::Resigned | AccountState::Sanctioned | AccountState::Registered
        )
    };
    match candidate {
        Some(candidate) if candidate.address_released => Ok(Decision::default()),
        Some(_) if candidate.is_some_and(|candidate| left(&candidate)) => {
            Ok(Decision { events: vec![event(11, Change::AddressReleased)], ..Decision::default() })
        }
        Some(_) => Err(Refusal::AlreadyActive {}),
        None => Err(Refusal::AccountNotActive { account: None }),
    }
}

/// R10: mails to the address that he still has come back. Of an address that he no longer has it says nothing.
pub(super) fn mark_unreachable(candidate: Option<&Candidate>, address: &str) -> Result<Decision, Refusal> {
    let candidate = candidate.ok_or(Refusal::AccountNotActive { account: None })?;
    let has_it = digest::of(address::normalised(&candidate.email).as_bytes()) == address;
    if candidate.unreachable || !has_it {
        return Ok(Decision::default());
    }
    Ok(Decision { events: vec![event(10, Change::BecameUnreachable)], ..Decision::default() })
}

/// R10: mails may go to his address again, since somebody saw to it that it takes them.
pub(super) fn release_mailbox(candidate: Option<&Candidate>) -> Result<Decision, Refusal> {
    match candidate {
        Some(candidate) if candidate.unreachable => {
            Ok(Decision { events: vec![event(10, Change::MailboxReleased)], ..Decision::default() })
        }
        Some(_) => Ok(Decision::default()),
        None => Err(Refusal::AccountNotActive { account: None }),
    }
}

/// R10: the same notice once more, with what there is to say by then.
pub(super) fn resend_notice(candidate: Option<&Candidate>, facts: &Facts<'_>) -> Result<Decision, Refusal> {
    candidate.ok_or(Refusal::AccountNotActive { account: None })?;
    let notice = Some(facts.notice.ok_or(Refusal::NoSuchNotice {})?);
    Ok(Decision { notice, ..Decision::default() })
}

/// The first instant at which the link to a new address no longer works.
#[must_use]
pub fn email_link_expires_at(candidate: &Candidate, rules: &Campaign) -> Option<Timestamp> {
    let life = SignedDuration::from_hours(i64::from(rules.activation_hours));
    candidate.new_email.as_ref().and_then(|new| new.issued_at.checked_add(life).ok())
}

/// The first instant at which the activation link that counts no longer works (R9).
#[must_use]
pub fn activation_expires_at(candidate: &Candidate, rules: &Campaign) -> Option<Timestamp> {
    let life = SignedDuration::from_hours(i64::from(rules.activation_hours));
    candidate.activation_issued_at.and_then(|issued| issued.checked_add(life).ok())
}

fn not_yet_active(candidate: Option<&Candidate>) -> Result<&Candidate, Refusal> {
    match candidate {
        Some(candidate) if candidate.account == AccountState::Registered => Ok(candidate),
        Some(candidate) if is_activated(candidate) => Err(Refusal::AlreadyActive {}),
        other => Err(Refusal::AccountNotActive { account: other.map(|candidate| candidate.account) }),
    }
}

fn is_activated(candidate: &Candidate) -> bool {
    matches!(candidate.account, AccountState::Active | AccountState::Closed)
}
