//! What a mail says of the state as it is when it leaves.

#[cfg(test)]
mod common;

use common::{accept_definitively, evening_before, hold, refuse, withdraw};

/// The mail of this kind to this candidate, as its reader sees it.
#[cfg(test)]
fn letter(world: &common::World, candidate: &str, kind: &str) -> String {
    let sent = world.mailer.sent();
    let owner = format!("C#{candidate}#");
    let mail =
        sent.iter().find(|mail| mail.notice.starts_with(&owner) && mail.notice.ends_with(kind)).unwrap();
    String::from_utf8_lossy(&mail.mime).replace("=\r\n", "")
}

/// R30, R32: at one midnight bob's unanswered offer lapses and the one that he holds becomes definitive. Both
/// mails leave after it, and the first still says which offer he keeps.
#[tokio::test]
async fn what_is_kept_is_said_also_once_it_is_definitive() {
    let world = evening_before("provisional_conversion_phase = \"main\"").await;
    world.morning("2024-06-04").await;
    world.does("alice", hold("ART", &[])).await;
    world.morning("2024-06-05").await;
    world.does("bob", hold("BIO", &["ART"])).await;
    world.mornings("2024-06-06", "2024-06-22").await;
    world.does("alice", withdraw("ART")).await;
    world.morning("2024-06-23").await;
    assert_eq!(world.sees("bob").await, "ART offered, BIO accepted_provisionally");
    world.morning("2024-06-25").await;
    assert_eq!(world.sees("bob").await, "ART lost/expired, BIO accepted_definitively");
    let letter = letter(&world, "bob", "offers_expired");
    assert!(letter.contains("Vous conservez la proposition"), "{letter}");
    assert!(letter.contains("Master BIO"), "{letter}");
}

/// R26, R29: who holds nothing any more is not told that he keeps something.
#[tokio::test]
async fn what_is_not_kept_is_not_said() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", hold("ART", &[])).await;
    world.morning("2024-06-05").await;
    world.does("bob", hold("BIO", &["ART"])).await;
    world.does("alice", refuse("ART")).await;
    world.morning("2024-06-06").await;
    world.at("2024-06-08T00:01");
    world.sweep().await;
    world.does("bob", refuse("BIO")).await;
    world.mails().await;
    assert!(!letter(&world, "bob", "offers_expired").contains("Vous conservez"));
}

/// R59, R60: where archived placements are still to be ordered, the mail that tells of them says until when, and no longer
/// once it is over.
#[tokio::test]
async fn who_must_still_order_is_told_until_when() {
    for (sent_at, told) in [("2024-06-25T00:05", true), ("2024-07-01T00:05", false)] {
        let world = evening_before("provisional_conversion_phase = \"main\"").await;
        world.morning("2024-06-04").await;
        world.does("alice", accept_definitively("ART")).await;
        world.at(sent_at);
        world.sweep().await;
        world.mails().await;
        assert!(world.sees("carol").await.contains("ART archived"));
        let letter = letter(&world, "carol", "waitlist_archived");
        assert_eq!(letter.contains("30 juin 2024"), told, "{letter}");
    }
}
