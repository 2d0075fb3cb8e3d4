//! Uploaded contracts: whatever order their events come in, each has one verdict, and counts as of its arrival.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(test)]
mod common;

use std::sync::Arc;

use async_trait::async_trait;
use common::{World, at, submit, who};
use jobs::contract_check::{self, ContractCheckRun};
use jobs::intake::Waking;
use jobs::{Context, deadline_expiry};
use platform::memory::MemoryUploads;
use platform::{ObjectError, Objects, Platform, StoredUpload, UploadPage, Uploads};
use samplers::contracts::{ContractSpec, Defect, draw};
use schemas::campaign::ContractKind;
use schemas::upload::{ContractOutcome, FindingCode, Verdict};
use schemas::{Action, Actor, EstablishmentId, FormationId, Outcome, Track};

/// How alternance was in 2023, in the calendar of 2024: the upload is the acceptance, a search has a deadline.
const AS_IN_2023: &str = "alternance_mode = \"upload_is_acceptance\"\npre_search_waitlist = true\n\
                          search_reply_required = true\nsearch_uses_seat = true";

/// A world in which these candidates are placed in contract search at "ALT", in this order, on 4 June.
async fn searching(keys: &str, names: &[&str]) -> World {
    let world = World::with(keys);
    let two_seats = Action::OpenFormation {
        formation: FormationId::new("ALT").unwrap(),
        title: "Master ALT".into(),
        mention: "ALT".into(),
        track: Track::Alternance,
        capacity: 2,
        call_limit: None,
        complementary: false,
        mixed: false,
    };
    world.establishment(two_seats).await;
    world.at("2024-02-26T12:00");
    for name in names {
        world.account(name).await;
        world.does(name, submit("ALT")).await;
    }
    world.at("2024-04-02T12:00");
    world.rank("ALT", names, &[]).await;
    world.mornings("2024-06-04", "2024-06-04").await;
    for name in names {
        assert_eq!(world.sees(name).await, "ALT contract_search");
    }
    world
}

/// Puts a drawn contract as it arrives at a time in Paris.
fn put(world: &World, key: &str, version: &str, arrival: &str, defect: Option<Defect>) -> StoredUpload {
    let kind = ContractKind::Contract;
    let name = format!("{} Personne", key.split('/').nth(1).unwrap_or_default());
    let spec = ContractSpec { kind, name: &name, title: "Master ALT", year: 2024, defect };
    let bytes = draw(&spec, 1, version);
    world.uploads.put(key, version, at(arrival), bytes);
    StoredUpload { key: key.into(), version: version.into(), arrival: at(arrival), bytes: 0 }
}

fn waking(key: &str, version: &str) -> Waking {
    Waking { key: key.into(), version: Some(version.into()) }
}

async fn outcome(world: &World, upload: &StoredUpload) -> ContractOutcome {
    contract_check::outcome(&world.context, upload).await.unwrap().unwrap()
}

async fn woken(world: &World, wakings: &[Waking]) -> ContractCheckRun {
    contract_check::run(&world.context, wakings).await.unwrap()
}

async fn validate(world: &World, name: &str) -> String {
    let actor = Actor::Establishment(EstablishmentId::new(common::LYON).unwrap());
    let formation = FormationId::new("ALT").unwrap();
    match world.ask(actor, Action::ValidateContract { candidate: who(name), formation }).await {
        Outcome::Accepted { .. } => "validated".into(),
        Outcome::Refused { refusal } => refusal.code().into(),
    }
}

/// The event of a later version first, then the earlier one's, then both again: the first version that is not refused
/// has the place, each version has one verdict, and a second event changes nothing.
#[tokio::test]
async fn the_order_of_events_is_not_the_order_of_arrival() {
    let world = searching("", &["alice", "bob"]).await;
    let (alices, bobs) = ("contracts/alice/ALT/Contrat é+ 100%.pdf", "contracts/bob/ALT/a.pdf");
    let refused = put(&world, alices, "v1", "2024-06-05T09:00", Some(Defect::Encrypted));
    let first = put(&world, alices, "v2", "2024-06-05T10:00", None);
    let later = put(&world, alices, "v3", "2024-06-05T12:00", None);
    put(&world, bobs, "v9", "2024-06-05T11:00", None);
    world.at("2024-06-05T13:00");
    assert_eq!(woken(&world, &[waking(bobs, "v9")]).await.conform, 1);
    let run = woken(&world, &[waking(alices, "v3")]).await;
    assert_eq!((run.conform, run.refused), (2, 1));
    let again = woken(&world, &[waking(alices, "v1"), waking(alices, "v2"), waking(alices, "v3")]).await;
    assert_eq!(again, ContractCheckRun { known: 3, ..ContractCheckRun::default() });
    assert_eq!(outcome(&world, &refused).await.verdict, Verdict::Refused);
    assert_eq!(outcome(&world, &first).await.verdict, Verdict::Conform);
    assert_eq!(outcome(&world, &later).await.verdict, Verdict::Conform);
    // Alice's second version came before Bob's, though it was seen after it.
    assert_eq!(validate(&world, "bob").await, "earlier_contract_pending");
    assert_eq!(validate(&world, "alice").await, "validated");
    assert_eq!(validate(&world, "bob").await, "validated");
    world.clean("after the contracts").await;
}

/// Uploads of which one person's cannot be read now.
struct OneUnreadable(Arc<MemoryUploads>);

#[async_trait]
impl Uploads for OneUnreadable {
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<UploadPage, ObjectError> {
        self.0.list(prefix, after).await
    }

    async fn get(&self, key: &str, version: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        if key == "contracts/alice/ALT/a.pdf" {
            let source = std::io::Error::other("AccessDenied");
            return Err(ObjectError::Unavailable { key: key.to_owned(), source });
        }
        self.0.get(key, version).await
    }
}

/// A file that the bucket does not give out holds up its sender's later ones, whose order counts, and nobody else's; the
/// run says that it failed, deadlines are swept all the same, and once the bucket gives the file, all are as if it always
/// had.
#[tokio::test]
async fn one_unreadable_file_holds_up_nobody_else() {
    let world = searching(AS_IN_2023, &["alice", "bob"]).await;
    put(&world, "contracts/alice/ALT/a.pdf", "v1", "2024-06-05T09:00", None);
    put(&world, "contracts/alice/ALT/b.pdf", "v2", "2024-06-05T09:30", None);
    put(&world, "contracts/bob/ALT/b.pdf", "v3", "2024-06-05T10:00", None);
    world.at("2024-06-05T11:00");
    let uploads = Arc::new(OneUnreadable(Arc::clone(&world.uploads)));
    let platform = Platform { uploads, ..world.context.platform.clone() };
    let failing = Context::new(platform, world.context.settings.clone());
    assert!(contract_check::catch_up(&failing).await.is_err());
    deadline_expiry::run(&failing, deadline_expiry::ALL).await.unwrap();
    assert_eq!(world.sees("alice").await, "ALT contract_search");
    assert_eq!(world.sees("bob").await, "ALT accepted_definitively");
    let run = contract_check::catch_up(&world.context).await.unwrap();
    assert_eq!((run.conform, run.known), (1, 1));
    assert_eq!(world.sees("alice").await, "ALT accepted_definitively");
    world.clean("once all could be read").await;
}

/// What came in the last minute of a search is taken in by the sweep of midnight before anything lapses: no event, no
/// mail of a lapse.
#[tokio::test]
async fn what_came_before_midnight_counts() {
    let world = searching(AS_IN_2023, &["alice"]).await;
    put(&world, "contracts/alice/ALT/a.pdf", "v1", "2024-06-07T23:59:59", None);
    world.at("2024-06-08T00:05");
    deadline_expiry::run(&world.context, deadline_expiry::ALL).await.unwrap();
    assert_eq!(world.sees("alice").await, "ALT accepted_definitively");
    world.mails().await;
    assert!(world.sent().iter().all(|notice| !notice.ends_with("offers_expired")), "{:?}", world.sent());
    world.clean("after midnight").await;
}

/// A lapse that was made durable before the bucket showed the upload is undone by it; after a night has given the seat,
/// it is not.
#[tokio::test]
async fn a_lapse_is_undone_until_a_night_came_between() {
    for (seen, state, verdict) in [
        ("2024-06-08T03:00", "ALT accepted_definitively", Verdict::Conform),
        ("2024-06-08T10:00", "ALT lost/expired", Verdict::Refused),
    ] {
        let world = searching(AS_IN_2023, &["alice"]).await;
        world.at("2024-06-08T00:05");
        deadline_expiry::run(&world.context, deadline_expiry::ALL).await.unwrap();
        assert_eq!(world.sees("alice").await, "ALT lost/expired");
        if seen.contains("T10") {
            world.mornings("2024-06-08", "2024-06-08").await;
        }
        let upload = put(&world, "contracts/alice/ALT/a.pdf", "v1", "2024-06-07T23:58", None);
        world.at(seen);
        woken(&world, &[waking(&upload.key, "v1")]).await;
        assert_eq!(world.sees("alice").await, state, "{seen}");
        let row = outcome(&world, &upload).await;
        assert_eq!(row.verdict, verdict, "{seen}");
        assert!(verdict != Verdict::Refused || row.findings[0].code == FindingCode::NotTaken);
        world.clean(seen).await;
    }
}

/// What came before a night closed the gate is in its snapshot; what comes behind the gate has its verdict at once and
/// its effect after publication.
#[tokio::test]
async fn a_night_takes_in_what_came_before_it() {
    let world = searching(AS_IN_2023, &["alice", "bob"]).await;
    put(&world, "contracts/alice/ALT/a.pdf", "v1", "2024-06-06T03:59:59", None);
    world.at("2024-06-06T04:00");
    world.night().await;
    let behind = put(&world, "contracts/bob/ALT/b.pdf", "v2", "2024-06-06T05:00", None);
    world.at("2024-06-06T05:01");
    let run = woken(&world, &[waking(&behind.key, "v2")]).await;
    assert_eq!((run.conform, run.postponed), (1, 1));
    let row = outcome(&world, &behind).await;
    assert_eq!((row.verdict, row.postponed), (Verdict::Conform, true));
    assert_eq!(world.sees("bob").await, "ALT contract_search");
    world.at("2024-06-06T09:00");
    world.night().await;
    assert_eq!(world.sees("alice").await, "ALT accepted_definitively");
    contract_check::catch_up(&world.context).await.unwrap();
    assert_eq!(world.sees("bob").await, "ALT accepted_definitively");
    assert!(!outcome(&world, &behind).await.postponed);
    world.clean("after publication").await;
}

/// A contract that came behind the gate is before one that came once the gate was open, also while its effect is still to
/// come (R47); a refused one behind the gate is before nobody.
#[tokio::test]
async fn what_came_behind_the_gate_is_first_in_the_queue() {
    let world = searching("", &["alice", "bob", "carol"]).await;
    world.at("2024-06-06T04:00");
    world.night().await;
    let carols = put(&world, "contracts/carol/ALT/c.pdf", "v1", "2024-06-06T04:30", Some(Defect::Encrypted));
    let alices = put(&world, "contracts/alice/ALT/a.pdf", "v2", "2024-06-06T05:00", None);
    world.at("2024-06-06T05:01");
    woken(&world, &[waking(&carols.key, "v1"), waking(&alices.key, "v2")]).await;
    assert!(outcome(&world, &alices).await.postponed);
    world.at("2024-06-06T09:00");
    world.night().await;
    // The file of the day is written in the minute in which those contracts have not had their effect yet.
    jobs::night_report::run(&world.context).await.unwrap();
    let listed =
        world.objects.get(&format!("daily/{}/2024-06-06-contrats.csv", common::LYON)).await.unwrap().unwrap();
    let listed = String::from_utf8(listed).unwrap();
    assert!(listed.ends_with("\r\nALT;1;alice;2024-06-06 05:00:00;oui\r\n"), "{listed}");
    let bobs = put(&world, "contracts/bob/ALT/b.pdf", "v3", "2024-06-06T09:01", None);
    world.at("2024-06-06T09:02");
    assert_eq!(woken(&world, &[waking(&bobs.key, "v3")]).await.conform, 1);
    assert_eq!(validate(&world, "bob").await, "earlier_contract_pending");
    contract_check::catch_up(&world.context).await.unwrap();
    assert_eq!(validate(&world, "bob").await, "earlier_contract_pending");
    assert_eq!(validate(&world, "alice").await, "validated");
    assert_eq!(validate(&world, "bob").await, "validated");
    world.clean("after the contracts").await;
}

/// In the year in which the upload accepts, only a conform one does: another waits for the formation and keeps its seat.
#[tokio::test]
async fn only_a_conform_contract_accepts() {
    let world = searching(AS_IN_2023, &["alice"]).await;
    let upload = put(&world, "contracts/alice/ALT/a.pdf", "v1", "2024-06-05T10:00", Some(Defect::Scan));
    world.at("2024-06-05T10:01");
    assert_eq!(woken(&world, &[waking(&upload.key, "v1")]).await.to_review, 1);
    assert_eq!(world.sees("alice").await, "ALT contract_submitted");
    world.mornings("2024-06-06", "2024-06-09").await;
    assert_eq!(world.sees("alice").await, "ALT contract_submitted", "its search does not lapse");
    assert_eq!(validate(&world, "alice").await, "validated");
    assert_eq!(world.sees("alice").await, "ALT accepted_definitively");
    world.clean("after the validation").await;
}

/// A key that names nobody, leads elsewhere or is gone harms nobody and stops nothing; a candidate without a search is
/// told so.
#[tokio::test]
async fn strange_keys_change_nothing() {
    let world = searching("", &["alice"]).await;
    world.at("2024-06-05T10:00");
    for key in [
        "contracts/",
        "contracts/alice",
        "contracts/alice/ALT",
        "contracts/alice/ALT/",
        "contracts/alice/ALT/..",
        "contracts/alice/ALT/../../../vacancies/x.pdf",
        "contracts/../alice/ALT/x.pdf",
        "contracts/alice#1/ALT/x.pdf",
        "contracts//ALT/x.pdf",
        "contracts/alice/ALT/a\u{0}b",
        "vacancies/alice/ALT/x.pdf",
    ] {
        let upload = put(&world, key, "v1", "2024-06-05T09:00", None);
        woken(&world, &[waking(key, "v1")]).await;
        let known = contract_check::outcome(&world.context, &upload).await.unwrap();
        assert!(known.is_none_or(|row| row.verdict == Verdict::Refused), "{key}");
        world.uploads.delete(key);
    }
    let gone = woken(&world, &[waking("contracts/alice/ALT/gone.pdf", "v1")]).await;
    assert_eq!(gone, ContractCheckRun { gone: 1, ..ContractCheckRun::default() });
    let nobodys = put(&world, "contracts/zoe/ALT/a.pdf", "v1", "2024-06-05T09:00", None);
    woken(&world, &[waking(&nobodys.key, "v1")]).await;
    let row = outcome(&world, &nobodys).await;
    assert_eq!((row.verdict, row.findings[0].found.as_str()), (Verdict::Refused, "account_not_active"));
    assert_eq!(world.sees("alice").await, "ALT contract_search");
    world.clean("after the strange keys").await;
}
