//! Reasons, exceptional circumstances and fraud through the jobs: what mails and explanations say of them, and where the
//! words of persons lie (R21, R38, R71–R74).

#[cfg(test)]
mod common;

use common::tamper::Tampered;
use common::{World, accept_definitively, at_formation, evening_before, hold, who};
use jobs::audit::FindingKind;
use jobs::{explain, rows};
use platform::Table;
use schemas::{Action, Actor, Outcome};

#[cfg(test)]
const WORDS: &str = "Niveau insuffisant en algèbre.";
#[cfg(test)]
const GROUNDS: &str = "Hospitalisation en urgence";

/// Sends a command of the operator or the rector; it is accepted.
#[cfg(test)]
async fn decides(world: &World, actor: Actor, action: Action) {
    let outcome = world.ask(actor, action).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

/// The mail of this kind to this candidate, as its reader sees it, if one was sent.
#[cfg(test)]
fn letter(world: &World, candidate: &str, kind: &str) -> Option<String> {
    let sent = world.mailer.sent();
    let owner = format!("C#{candidate}#");
    let mail = sent.iter().find(|mail| mail.notice.starts_with(&owner) && mail.notice.ends_with(kind))?;
    Some(String::from_utf8_lossy(&mail.mime).replace("=\r\n", ""))
}

/// What an operator reads of one application.
#[cfg(test)]
async fn explained(world: &World, candidate: &str, formation: &str) -> String {
    let asked = at_formation(formation);
    explain::run(&world.context, &who(candidate), Some(&asked)).await.unwrap().unwrap().to_string()
}

/// That the item which every night reads has none of these words, nor any mail.
#[cfg(test)]
async fn only_in_the_journal(world: &World, candidate: &str, words: &str) {
    let item = world.item(Table::State, &rows::candidate_key(&who(candidate))).await;
    assert!(!format!("{item:?}").contains(words), "{item:?}");
    let mails = world.mailer.sent();
    assert!(mails.iter().all(|mail| !String::from_utf8_lossy(&mail.mime).contains(words)));
}

/// R21: the answer's words lie in the journal alone: an explanation has them; the mail says only that they are there.
#[tokio::test]
async fn the_words_of_an_answer_are_explained_and_not_mailed() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("dan", Action::RequestRefusalReason { formation: at_formation("ART") }).await;
    let formation = at_formation("ART");
    world
        .establishment(Action::AnswerRefusalReason { candidate: who("dan"), formation, text: WORDS.into() })
        .await;
    world.mails().await;
    assert!(letter(&world, "dan", "refusal_reason").unwrap().contains("Master ART"));
    only_in_the_journal(&world, "dan", "algèbre").await;
    let explanation = explained(&world, "dan", "ART").await;
    assert!(explanation.contains(WORDS), "{explanation}");
    world.clean("after the answer").await;
}

/// R38: whose definitive acceptance becomes provisional is told so; who asked and how it was decided is explained, the
/// grounds are not.
#[tokio::test]
async fn an_exception_granted_is_told_with_all_that_it_changes() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", accept_definitively("BIO")).await;
    let formations = vec![at_formation("ART")];
    let request = Action::RequestException { formations: formations.clone(), grounds: GROUNDS.into() };
    world.does("alice", request).await;
    let grant = Action::DecideException { candidate: who("alice"), formations, grant: true };
    decides(&world, Actor::Operator, grant).await;
    assert_eq!(world.sees("alice").await, "ART waitlisted, BIO accepted_provisionally");
    world.mails().await;
    let letter = letter(&world, "alice", "exception_decided").unwrap();
    assert!(letter.contains("que provisoirement"), "{letter}");
    only_in_the_journal(&world, "alice", GROUNDS).await;
    let restored = explained(&world, "alice", "ART").await;
    for words in ["invoked", "were recognised", "given back"] {
        assert!(restored.contains(words), "{words}: {restored}");
    }
    assert!(!restored.contains(GROUNDS), "{restored}");
    let held = explained(&world, "alice", "BIO").await;
    assert!(held.contains("held provisionally again"), "{held}");
    world.clean("after the grant").await;
}

/// R38: a request denied is explained too, and the mail says nothing of an offer held again.
#[tokio::test]
async fn an_exception_denied_is_told() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", hold("BIO", &[])).await;
    let formations = vec![at_formation("ART")];
    let request = Action::RequestException { formations: formations.clone(), grounds: GROUNDS.into() };
    world.does("alice", request).await;
    let deny = Action::DecideException { candidate: who("alice"), formations, grant: false };
    decides(&world, Actor::Operator, deny).await;
    world.mails().await;
    let letter = letter(&world, "alice", "exception_decided").unwrap();
    assert!(letter.contains("Rien ne change") && !letter.contains("que provisoirement"), "{letter}");
    assert!(explained(&world, "alice", "ART").await.contains("were not recognised"));
    world.clean("after the denial").await;
}

/// A way to change what lies with an establishment; the last argument is its copy's sort key.
#[cfg(test)]
type Tamper = fn(&mut Tampered, &str, &str);

/// Dan is sanctioned on 12 June; Lyon, where he applied, reported him.
#[cfg(test)]
async fn sanctioned(world: &World) {
    world.morning("2024-06-04").await;
    let establishment = schemas::EstablishmentId::new(common::LYON).unwrap();
    let (candidate, facts) = (who("dan"), String::from("Diplôme falsifié"));
    let report = Action::ReportFraud { candidate: candidate.clone(), establishment, facts: facts.clone() };
    decides(world, Actor::Rector, report).await;
    decides(world, Actor::Rector, Action::NotifyFraud { candidate: candidate.clone(), facts }).await;
    world.mornings("2024-06-05", "2024-06-11").await;
    decides(world, Actor::Rector, Action::DecideFraud { candidate, sanction: true }).await;
}

/// An operator says how Lyon is written to.
#[cfg(test)]
async fn lyon_has_an_address(world: &World) {
    let establishment = schemas::EstablishmentId::new(common::LYON).unwrap();
    let email = "masters@lyon.example".to_owned();
    decides(world, Actor::Operator, Action::SetEstablishment { establishment, email }).await;
}

/// R74: a copy waits for its establishment's address, however long, is named by the audit, and leaves within the hour
/// once there is one; it names the candidate by number alone, shows no other recipient, and is to be found missing.
#[tokio::test]
async fn a_copy_waits_for_its_address_and_shows_nobody_else() {
    let world = evening_before("").await;
    sanctioned(&world).await;
    let to_lyon = || {
        let owner = format!("E#{}#", common::LYON);
        world.mailer.sent().into_iter().find(|mail| mail.notice.starts_with(&owner))
    };
    world.mornings("2024-06-12", "2024-06-14").await;
    world.mails().await;
    assert!(to_lyon().is_none(), "nowhere to send it to");
    let waits = world.audit().await.findings;
    assert!(waits.iter().any(|finding| finding.detail.contains("set_establishment")), "{waits:?}");
    lyon_has_an_address(&world).await;
    world.at("2024-06-14T10:01");
    world.mails().await;
    let mail = to_lyon().unwrap();
    assert_eq!(mail.to, "masters@lyon.example");
    let read = String::from_utf8_lossy(&mail.mime).replace("=\r\n", "");
    assert!(read.contains("candidat n=C2=B0=C2=A0dan"), "{read}");
    assert!(!read.contains("dan@example.org") && !read.contains("falsifi"), "{read}");
    world.clean("after the copy").await;

    let sound = Tampered::of(&world).await;
    let pk = format!("E#{}", common::LYON);
    let sk = sound.sk(&pk, "#fraud_decision");
    let key = format!("{pk} / {sk}");
    let cases: [(Tamper, FindingKind, &str); 4] = [
        (|t, pk, sk| t.remove(Table::Journal, pk, sk), FindingKind::NoticeMissing, &key),
        (|t, pk, sk| t.set(Table::Journal, pk, sk, "/decision", "1"), FindingKind::NoticeUnfounded, &key),
        (
            |t, pk, _| t.set(Table::State, pk, "STATE", "/email", "\"x@example.org\""),
            FindingKind::StateDiffers,
            &format!("{pk} / STATE"),
        ),
        (
            |t, pk, _| t.remove(Table::Journal, pk, "D#00000001"),
            FindingKind::RecordsNotWhole,
            &format!("{pk} / STATE"),
        ),
    ];
    for (tamper, what, key) in cases {
        let mut tampered = sound.clone();
        tamper(&mut tampered, &pk, &sk);
        let findings = tampered.findings().await;
        assert!(findings.contains(&(what, key.to_owned())), "{what:?}: {findings:?}");
    }
}

/// R2, R71, R74: the sweep at the campaign's end closes active accounts and writes to nobody for it; a sanctioned account
/// stays as it is.
#[tokio::test]
async fn accounts_close_without_a_mail_and_a_sanctioned_one_does_not() {
    let world = evening_before("").await;
    lyon_has_an_address(&world).await;
    sanctioned(&world).await;
    world.mornings("2024-06-12", "2024-09-15").await;
    let before = world.mailer.sent().len();
    world.at("2024-12-31T12:00");
    world.sweep().await;
    world.mails().await;
    let states = ["alice", "bob", "carol", "dan"];
    let mut accounts = Vec::new();
    for name in states {
        accounts.push(format!("{:?}", world.candidate(name).await.account));
    }
    assert_eq!(accounts, ["Closed", "Closed", "Closed", "Sanctioned"]);
    assert_eq!(world.mailer.sent().len(), before);
    world.clean("after the campaign").await;
}
