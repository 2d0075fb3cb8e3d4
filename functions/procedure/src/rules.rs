//! What each rule says, in a line, and the text it comes from: for `explain`.

use schemas::Rule;

/// A rule in a line, with its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Citation {
    /// What the rule says.
    pub says: &'static str,
    /// Where it is written.
    pub source: &'static str,
}

const D: &str = "code de l'éducation, D. 612-36-2 and following (décret 2023-113)";
const D24: &str = "code de l'éducation, D. 612-36-2-2 and -3 (décret 2024-149)";
const D25: &str = "décret 2025-151 of 19 February 2025";

/// Every rule that an event of this code cites, by number.
const CITATIONS: &[(u8, &str, &str)] = &[
    (1, "formations that lead to the national master's diploma recruit on the platform", D),
    (2, "the procedure is held at the dates of the year's calendar, and ends with it", D),
    (9, "the account exists once its activation link is followed", "account-creation guide"),
    (
        10,
        "some mailboxes block the platform's mails: what counts is what stands in the candidate's space",
        "platform's help",
    ),
    (11, "one valid address for one account", "charter of the platform"),
    (17, "applications are sent within the window of the calendar, within the quota", D),
    (19, "each application gets a rank or a refusal from the establishment", D),
    (20, "an application may be refused, for its file or its requirements", D),
    (21, "reasons may be asked for within the month after a refusal", D),
    (22, "silence of the establishment to the end of admission is a refusal", "décret 2023-179"),
    (23, "at the opening each application is an offer, a place on the waitlist or a refusal", D),
    (24, "a freed seat is offered to the next on the waitlist, strictly by rank", D),
    (26, "an offer is accepted for good, held, or refused; accepting one ends the other pending ones", D),
    (27, "who holds an offer says of each waitlist placement whether he keeps it", D),
    (28, "a definitive acceptance closes the phase for the candidate", D),
    (29, "an offer not answered by its deadline is lost", D),
    (30, "silence on a new offer keeps the one already accepted", D),
    (31, "a new acceptance replaces the offer held before", D),
    (32, "at the end of admission the offer held becomes definitive", D),
    (33, "queues are computed every night and published in the morning", "press of 2023 to 2025"),
    (34, "an offer is due on the initial deadline, or on the day after it came", "arrêté of the year"),
    (37, "a night that is not published on its own date is undone, and never seen", "design choice"),
    (38, "for exceptional circumstances a placement is given back at its initial rank", D),
    (40, "who waits is placed in contract search when a better-ranked place is freed", D),
    (41, "a placement in contract search is accepted or refused by its deadline", D),
    (42, "silence on a placement in contract search loses it", D),
    (43, "silence on a new placement keeps those already accepted", D),
    (44, "who accepts a new placement says of each earlier one whether he keeps it", D),
    (46, "the contract's upload is the definitive acceptance of the place", D),
    (47, "the formation validates contracts in the order of arrival, and an offer follows", "UPEC, 2024"),
    (48, "a validated contract and the jury's rank bring the offer, within the seats", D25),
    (49, "who is admitted by a mixed formation enters as a student or in alternance", "campaign of 2026"),
    (53, "kept placements and new applications are ordered by preference", D24),
    (54, "what is not ordered in time is lost, and an offer held alone becomes definitive", D24),
    (56, "an offer of the complementary phase is accepted at once and ends what is ordered lower", D24),
    (57, "at the end of the complementary phase the offer held becomes definitive", D24),
    (58, "at the end of admission a placement without an offer had no favourable answer", D),
    (59, "who has only waitlist placements at the end keeps them for the withdrawals phase", D),
    (60, "archived placements are called in the order of preference", D),
    (61, "who withdraws or leaves the platform frees his seats", D),
    (62, "an offer of the withdrawals ends the placements ordered lower", D),
    (63, "an offer of the withdrawals is accepted for good or refused by its deadline, or lost", D),
    (64, "after the last day of offers what still waits has no favourable answer", D),
    (
        65,
        "the establishment enrols whom it admitted, within bounds set by the minister",
        "arrêté of the year",
    ),
    (
        67,
        "who does not enrol in time, or cannot, or is absent on the first day, gave up the seat",
        "arrêté of the year",
    ),
    (68, "the establishment may signal vacant seats on the days of the calendar", "arrêté of the year"),
    (
        69,
        "who enrols off the platform shows its certificate that he is not enrolled on it",
        "arrêté of the year",
    ),
    (70, "refusals and admissions are certified to the candidate", "the platform's pages for candidates"),
    (71, "fraud may lead to the annulment of applications and the withdrawal of offers", D),
    (72, "an establishment reports the facts to the rector of the candidate's region", D),
    (73, "the candidate is told of the facts and has five working days for his observations", D),
    (74, "the rector drops the case or sanctions, and tells the person and the establishments", D),
];

/// What the rule says and where; `None` for a rule that no event of this code cites.
#[must_use]
pub fn citation(rule: Rule) -> Option<Citation> {
    let of_rule = CITATIONS.iter().find(|(number, _, _)| *number == rule.0);
    of_rule.map(|(_, says, source)| Citation { says, source })
}
