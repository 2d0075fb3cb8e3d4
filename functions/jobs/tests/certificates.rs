//! A certificate from the request to the check by whoever is shown it (R69, R70).
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod common;

use common::{World, accept_definitively, at_formation, day, evening_before, who, withdraw};
use jobs::certificates::{self, Checked};
use schemas::Action;
use schemas::candidate::CertificateKind;

fn request(kind: CertificateKind) -> Action {
    Action::RequestCertificate { kind, formation: None }
}

/// The codes in the last mail with certificates, as its reader would copy them.
fn codes(world: &World) -> Vec<String> {
    let sent = world.mailer.sent();
    let mail = sent.iter().rfind(|mail| mail.notice.contains("certificate")).unwrap().mime.clone();
    let text = String::from_utf8_lossy(&mail).replace("=\r\n", "");
    let html = text.find("text/html").unwrap();
    let lines = text[..html].split("rification").skip(1);
    lines.map(|line| line.chars().skip_while(|c| *c != ':').skip(2).take(19).collect()).collect()
}

async fn check(world: &World, candidate: &str, code: &str) -> Checked {
    certificates::check(&world.context, &who(candidate), code).await.unwrap()
}

#[tokio::test]
async fn whoever_is_shown_a_certificate_checks_it() {
    // Proves that the code of the mail is valid for its candidate alone, says what it certifies and since when, and
    // whether that is still true; nothing of it lies in the tables.
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", request(CertificateKind::NonEnrolment)).await;
    world.mails().await;
    let codes = codes(&world);
    let [code] = codes.as_slice() else { panic!("{codes:?}") };
    let valid = |still_true| Checked::Valid {
        kind: CertificateKind::NonEnrolment,
        formation: None,
        title: None,
        issued_on: day("2024-06-04"),
        still_true,
    };
    assert_eq!(check(&world, "alice", code).await, valid(true));
    assert_eq!(check(&world, "alice", &code.to_lowercase().replace('-', " ")).await, valid(true));
    assert_eq!(check(&world, "bob", code).await, Checked::Unknown);
    assert_eq!(check(&world, "nobody", code).await, Checked::Unknown);
    assert_eq!(check(&world, "alice", &code[1..]).await, Checked::Mistyped);
    assert!(!world.outcome().await.iter().any(|line| line.contains(code.as_str())));
    world.does("alice", accept_definitively("ART")).await;
    assert_eq!(check(&world, "alice", code).await, valid(false));
    assert_eq!(world.refused("alice", request(CertificateKind::NonEnrolment)).await, "already_definitive");
    world.complete("a certificate was issued").await;
}

#[tokio::test]
async fn each_application_has_its_own_certificate() {
    // Proves that refusals are certified one by one in one mail, that of an admission until the seat is given up, and
    // that neither is given before it is true.
    let world = evening_before("").await;
    assert_eq!(world.refused("dan", request(CertificateKind::Refusal)).await, "certificate_not_due");
    world.morning("2024-06-04").await;
    world.at("2024-08-01T10:00");
    world.sweep().await;
    world.does("dan", request(CertificateKind::Refusal)).await;
    world.mails().await;
    let refusals = codes(&world);
    assert_eq!(refusals.len(), 2, "ART refused him, CHIMIE never answered");
    let mut certified = Vec::new();
    for code in &refusals {
        let Checked::Valid { kind, formation, still_true: true, .. } = check(&world, "dan", code).await
        else {
            panic!("{code} is not valid")
        };
        certified.push((kind, formation));
    }
    let refused = |id| (CertificateKind::Refusal, Some(at_formation(id)));
    assert_eq!(certified, [refused("ART"), refused("CHIMIE")]);
    let one = Action::RequestCertificate {
        kind: CertificateKind::Refusal,
        formation: Some(at_formation("CHIMIE")),
    };
    world.does("dan", one).await;
    world.mails().await;
    assert_eq!(codes(&world).len(), 1);
}

#[tokio::test]
async fn an_admission_is_certified_until_the_seat_is_given_up() {
    // Proves that the certificate of an admission names its formation and is no longer true once the seat is gone.
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    assert_eq!(world.refused("alice", request(CertificateKind::Admission)).await, "certificate_not_due");
    world.does("alice", accept_definitively("ART")).await;
    world.does("alice", request(CertificateKind::Admission)).await;
    world.mails().await;
    let code = codes(&world).remove(0);
    let still = |checked: Checked| match checked {
        Checked::Valid { kind: CertificateKind::Admission, formation, still_true, .. } => {
            assert_eq!(formation, Some(at_formation("ART")));
            still_true
        }
        other => panic!("{other:?}"),
    };
    assert!(still(check(&world, "alice", &code).await));
    world.does("alice", withdraw("ART")).await;
    assert!(!still(check(&world, "alice", &code).await));
    world.complete("a certificate was issued").await;
}
