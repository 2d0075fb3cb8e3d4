//! The keys of alternance, and what cannot be together (R39–R49, contradictions C1 to C4).

use schemas::Campaign;
use schemas::campaign::{Alternance, AlternanceMode, ContractKind, Phase};

use super::CampaignError;
use super::keys::Keys;
use crate::calendar;

const KINDS: [(&str, ContractKind); 3] = [
    ("contract", ContractKind::Contract),
    ("promise", ContractKind::Promise),
    ("cfa_certificate", ContractKind::CfaCertificate),
];

pub(super) fn read(keys: &mut Keys) -> Result<Alternance, CampaignError> {
    let modes = [
        ("upload_is_acceptance", AlternanceMode::UploadIsAcceptance),
        ("validated_fifo", AlternanceMode::ValidatedFifo),
        ("validated_rank", AlternanceMode::ValidatedRank),
    ];
    Ok(Alternance {
        mode: keys.word("alternance_mode", &modes)?,
        pre_search_waitlist: keys.flag("pre_search_waitlist")?,
        search_reply_required: keys.flag("search_reply_required")?,
        search_uses_seat: keys.flag("search_uses_seat")?,
        contract_kinds: keys.several("contract_kinds", &KINDS)?,
        examination: keys.days("alternance_examination")?,
        results_from: keys.date("alternance_results_from")?,
        offers_from: keys.date("alternance_offers_from")?,
        end: keys.optional_date("alternance_end")?,
    })
}

/// A placement that takes a seat follows a waitlist and ends with the upload; one that takes none is open to everybody
/// ranked, and a validated contract is offered a seat.
pub(super) fn check(campaign: &Campaign) -> Result<(), CampaignError> {
    let impossible = |what: String| Err(CampaignError::Calendar(what));
    let alternance = &campaign.alternance;
    let seat = alternance.mode == AlternanceMode::UploadIsAcceptance;
    for (key, value) in [
        ("search_uses_seat", alternance.search_uses_seat),
        ("pre_search_waitlist", alternance.pre_search_waitlist),
    ] {
        if value != seat {
            let mode = if seat { "" } else { "not " };
            return impossible(format!(
                "`{key}` is {value}, but `alternance_mode` is {mode}\"upload_is_acceptance\": a search takes a seat, \
                 and is waited for, where and only where its contract accepts it"
            ));
        }
    }
    let whole = calendar::campaign(campaign);
    if !whole.is_some_and(|whole| whole.contains(calendar::start_of(alternance.offers_from))) {
        return impossible(format!(
            "`alternance_offers_from` is {}, outside the campaign",
            alternance.offers_from
        ));
    }
    let admission = campaign.phases.get(&Phase::Admission);
    if let Some((end, admission)) = alternance.end.zip(admission).filter(|(end, days)| *end <= days.last) {
        return impossible(format!(
            "`alternance_end` is {end}, not after the last day of `admission` ({})",
            admission.last
        ));
    }
    Ok(())
}
