//! Files of vacant seats and rankings: each row its outcome, each file one verdict, whatever the order of events.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::before_reads::BeforeReads;
use common::faulty::{FaultyStore, Mishap, Work};
use common::*;
use jobs::Context;
use jobs::intake::{self, FORMATIONS_MAX, IntakeRun, Waking};
use platform::{Key, Objects, Store, Table};
use schemas::intake::{IntakeKind, IntakeReport, RowOutcome};
use schemas::{Action, Actor, EstablishmentId, Outcome, Ranking, RankingContent};

/// Vacant seats are signalled on two days in June, long before 2024 had them, so that few nights are played.
const RULES: &str = "vacancy_signals = [[\"2024-06-06\", \"2024-06-07\"]]";

/// The examination lasts to the evening before the results.
const EXAMINATION: &str = "examination = [\"2024-04-02\", \"2024-06-03\"]";

const VACANCIES: IntakeKind = IntakeKind::Vacancies;
const RANKING: IntakeKind = IntakeKind::Ranking;

/// Who accepted for good: alice at ART, bob at BIO.
async fn accepted() -> World {
    let world = evening_before(RULES).await;
    open_elsewhere(&world).await;
    world.mornings("2024-06-04", "2024-06-04").await;
    world.at("2024-06-04T10:00");
    world.does("alice", accept_definitively("ART")).await;
    world.morning("2024-06-05").await;
    world.at("2024-06-05T10:00");
    world.does("bob", accept_definitively("BIO")).await;
    world.morning("2024-06-06").await;
    world
}

/// A formation of another establishment.
async fn open_elsewhere(world: &World) {
    let Action::OpenFormation { title, mention, track, capacity, .. } = alternance("PARIS") else { return };
    let action = Action::OpenFormation {
        formation: at_formation("PARIS"),
        title,
        mention,
        track,
        capacity,
        call_limit: None,
        complementary: false,
        mixed: false,
    };
    let outcome = world.ask(Actor::Establishment(EstablishmentId::new("0751717J").unwrap()), action).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

fn key(kind: IntakeKind, name: &str) -> String {
    format!("{}/{LYON}/{name}", intake::folder(kind))
}

fn waking(key: &str, version: &str) -> Waking {
    Waking { key: key.to_owned(), version: Some(version.to_owned()) }
}

impl World {
    /// Puts a file now and wakes its job.
    async fn send(&self, kind: IntakeKind, name: &str, version: &str, text: &str) -> IntakeRun {
        let arrival = self.context.now();
        self.uploads.put(&key(kind, name), version, arrival, text.as_bytes().to_vec());
        self.wake(kind, name, version).await
    }

    async fn wake(&self, kind: IntakeKind, name: &str, version: &str) -> IntakeRun {
        intake::run(&self.context, kind, &[waking(&key(kind, name), version)]).await.unwrap()
    }

    /// The reports, in the order of their keys.
    async fn reports(&self) -> Vec<IntakeReport> {
        let mut reports = Vec::new();
        for key in
            self.objects.keys().iter().filter(|key| key.starts_with("reports/") && key.ends_with(".json"))
        {
            reports.push(serde_json::from_slice(&self.objects.get(key).await.unwrap().unwrap()).unwrap());
        }
        reports
    }

    async fn report(&self) -> IntakeReport {
        let mut reports = self.reports().await;
        assert_eq!(reports.len(), 1);
        reports.pop().unwrap()
    }

    /// Whom a formation's ranking has, best first.
    async fn ranked(&self, formation: &str) -> Vec<String> {
        let ranking: Ranking = jobs::rows::read(
            &self.item(Table::State, &jobs::rows::ranking_key(&at_formation(formation))).await,
        )
        .unwrap();
        let object = jobs::rows::ranking_object(&at_formation(formation), &ranking.digest);
        let content: RankingContent =
            serde_json::from_slice(&self.objects.get(&object).await.unwrap().unwrap()).unwrap();
        content.ranked.iter().map(ToString::to_string).collect()
    }
}

fn outcomes(report: &IntakeReport) -> Vec<(u32, RowOutcome, Option<&str>)> {
    report.rows.iter().map(|row| (row.row, row.outcome, row.reason.as_deref())).collect()
}

const ROWS: &str = "Candidat;Formation;Motif;Date\r\n\
    alice;ART;d\u{e9}sistement;05/06/2024\r\n\
    alice;ART;withdrew;2024-06-05\r\n\
    bob;ART;d\u{e9}sistement;05/06/2024\r\n\
    dan;BIO;d\u{e9}sistement;05/06/2024\r\n\
    zoe;BIO;d\u{e9}sistement;05/06/2024\r\n\
    bob;PARIS;d\u{e9}sistement;05/06/2024\r\n\
    bob;NOWHERE;d\u{e9}sistement;05/06/2024\r\n\
    bob;BIO;fatigu\u{e9};05/06/2024\r\n\
    1E+05;BIO;d\u{e9}sistement;05/06/2024\r\n\
    bob;BIO;d\u{e9}sistement;07/06/2024\r\n\
    bob;BIO\r\n";

/// R67, R68: row by row, each done, so already, or refused with its reason; a formation of another establishment is counted
/// for the alarm. The same event again, and the same file again, change nothing, and bob, whom the second leaves out,
/// keeps what he has. The next night gives the seat.
#[tokio::test]
async fn vacant_seats_are_taken_row_by_row() {
    use RowOutcome::{AlreadyDone, Done, Refused};
    let world = accepted().await;
    world.at("2024-06-06T10:00");
    let run = world.send(VACANCIES, "places vacantes.csv", "v1", ROWS).await;
    let expected = IntakeRun {
        accepted: 1,
        rows_done: 1,
        rows_already_done: 1,
        rows_refused: 9,
        rows_foreign: 1,
        ..IntakeRun::default()
    };
    assert_eq!(run, expected);
    let report = world.report().await;
    assert_eq!(
        outcomes(&report),
        [
            (2, Done, None),
            (3, AlreadyDone, None),
            (4, Refused, Some("not_accepted")),
            (5, Refused, Some("unknown_candidate")),
            (6, Refused, Some("unknown_candidate")),
            (7, Refused, Some("not_the_owner")),
            (8, Refused, Some("no_such_formation")),
            (9, Refused, Some("unknown_word")),
            (10, Refused, Some("scientific_notation")),
            (11, Refused, Some("date_in_future")),
            (12, Refused, Some("wrong_number_of_cells")),
        ]
    );
    assert!(report.rows.iter().all(|row| row.message.is_some() == row.reason.is_some()));
    let before = world.outcome().await;
    assert_eq!(
        world.wake(VACANCIES, "places vacantes.csv", "v1").await,
        IntakeRun { known: 1, ..IntakeRun::default() }
    );
    let again = world
        .send(
            VACANCIES,
            "places vacantes.csv",
            "v2",
            "candidate,formation,reason,date\nalice,ART,withdrew,2024-06-05\n",
        )
        .await;
    assert_eq!(again, IntakeRun { accepted: 1, rows_already_done: 1, ..IntakeRun::default() });
    assert_eq!(world.outcome().await, before);
    assert_eq!(world.sees("bob").await, "ART lost/other_accepted, BIO accepted_definitively");
    world.morning("2024-06-07").await;
    assert_eq!(world.sees("carol").await, "ART offered, BIO waitlisted");
    world.complete("after the night").await;
}

/// The window is that of the arrival: what came in its last second counts, however late it is read, and what came after
/// it is refused with its days. The sweep after midnight finds both without any event.
#[tokio::test]
async fn a_file_counts_as_of_its_arrival() {
    let world = accepted().await;
    let file = |name: &str| {
        format!(
            "candidat;formation;motif;date\n{name};{};désistement;05/06/2024\n",
            if name == "alice" { "ART" } else { "BIO" }
        )
    };
    let late = at("2024-06-08T00:00");
    world.uploads.put(
        &key(VACANCIES, "a.csv"),
        "v1",
        late - jiff::SignedDuration::from_secs(1),
        file("alice").into(),
    );
    world.uploads.put(&key(VACANCIES, "b.csv"), "v1", late, file("bob").into());
    world.at("2024-06-08T02:00");
    world.sweep().await;
    let run = intake::catch_up(&world.context, VACANCIES).await.unwrap();
    assert_eq!(run, IntakeRun { accepted: 1, refused: 1, rows_done: 1, ..IntakeRun::default() });
    let run = intake::catch_up(&world.context, VACANCIES).await.unwrap();
    assert_eq!(run, IntakeRun { known: 2, ..IntakeRun::default() });
    let refused = world.reports().await.into_iter().find(|report| report.done == 0).unwrap();
    assert_eq!(
        (outcomes(&refused), refused.reason.as_deref()),
        (vec![(2, RowOutcome::Read, None)], Some("outside_window"))
    );
    let message = refused.message.clone().unwrap();
    assert!(message.contains("06/06/2024") && message.contains("07/06/2024"), "{message}");
    assert_eq!(world.sees("alice").await, "ART lost/renounced, BIO lost/other_accepted");
    world.clean("after the files").await;
}

/// What arrives while a night is made waits for its publication, and is decided then; a file that cannot be read has its
/// verdict at once.
#[tokio::test]
async fn behind_the_gate_files_wait_for_the_publication() {
    let world = accepted().await;
    world.at("2024-06-07T00:05");
    world.sweep().await;
    world.at("2024-06-07T04:00");
    world.night().await;
    let row = "candidat;formation;motif;date\nalice;ART;withdrew;2024-06-05\n";
    let run = world.send(VACANCIES, "a.csv", "v1", row).await;
    assert_eq!(run, IntakeRun { postponed: 1, ..IntakeRun::default() });
    assert_eq!(world.send(VACANCIES, "b.csv", "v1", "nothing\n").await.refused, 1);
    world.at("2024-06-07T09:00");
    world.night().await;
    let run = intake::catch_up(&world.context, VACANCIES).await.unwrap();
    assert_eq!(run, IntakeRun { accepted: 1, rows_done: 1, known: 1, ..IntakeRun::default() });
    world.mails().await;
    world.complete("after the publication").await;
}

/// A process that ends at any of its writes, with or without effect, is followed by another one, and all is as if none
/// had ended.
#[tokio::test]
async fn a_file_survives_the_end_of_a_process_at_any_write() {
    let rows = "candidat;formation;motif;date\nalice;ART;withdrew;2024-06-05\nbob;BIO;withdrew;2024-06-05\n";
    // All but when a signal was recorded: whoever comes after another one comes later.
    let timeless = |line: String| match line.split_once("\"v\":{\"on\":\"") {
        Some((before, after)) => format!("{before}{}", after.split_once('"').unwrap().1),
        None => line,
    };
    let told = async |world: &World| {
        let mut told: Vec<String> = world.outcome().await.into_iter().map(timeless).collect();
        told.extend(world.reports().await.iter().map(|report| format!("{report:?}")));
        told
    };
    let clean = accepted().await;
    clean.at("2024-06-06T10:00");
    let watching = FaultyStore::watching(&clean.store);
    clean.uploads.put(&key(VACANCIES, "a.csv"), "v1", clean.context.now(), rows.into());
    intake::catch_up(&clean.through(watching.clone()), VACANCIES).await.unwrap();
    let expected = told(&clean).await;
    assert_eq!(watching.seen(), 3);
    for number in 0..watching.seen() {
        for mishap in [Mishap::Before, Mishap::After] {
            let world = accepted().await;
            world.at("2024-06-06T10:00");
            world.uploads.put(&key(VACANCIES, "a.csv"), "v1", world.context.now(), rows.into());
            let faulty: Context = world.through(FaultyStore::failing(&world.store, number, mishap));
            let _ = intake::catch_up(&faulty, VACANCIES).await;
            intake::catch_up(&world.context, VACANCIES).await.unwrap();
            assert_eq!(told(&world).await, expected, "{mishap:?} {number}");
        }
    }
}

/// R19: a ranking is taken whole or not at all, by a file of several formations too; an application in neither list is
/// counted, one who never applied refuses it, and so does a formation of another establishment.
#[tokio::test]
async fn rankings_are_taken_whole_or_not_at_all() {
    let world = evening_before(EXAMINATION).await;
    open_elsewhere(&world).await;
    let header = "formation;candidat;rang;decision;motif\n";
    for (version, rows, code, foreign) in [
        ("v1", "ART;carol;1;classé;\nART;bob;1;classé;\nBIO;bob;1;classé;\n", "rows", 0),
        ("v2", "ART;carol;1;classé;\nART;carol;2;classé;\n", "rows", 0),
        ("v3", "ART;carol;1;classé;\nART;zoe;2;classé;\n", "rows", 0),
        ("v4", "ART;carol;1;classé;\nPARIS;bob;1;classé;\n", "not_the_owner", 1),
        ("v5", "ART;carol;1;classé;\nNOWHERE;bob;1;classé;\n", "no_such_formation", 0),
        ("v6", "ART;carol;1;peut-être;\n", "rows", 0),
        ("v7", "ART;carol;;classé;\n", "rows", 0),
    ] {
        let run = world.send(RANKING, "c.csv", version, &format!("{header}{rows}")).await;
        assert_eq!((run.accepted, run.refused, run.rows_foreign), (0, 1, foreign), "{rows}");
        let report = world.reports().await.into_iter().find(|report| report.reason.as_deref() == Some(code));
        assert!(report.is_some_and(|report| report.done == 0 && report.message.is_some()), "{rows}");
        assert_eq!(world.ranked("ART").await, ["alice", "bob", "carol"], "{rows}");
    }
    let rows =
        "ART;carol;1;classé;\nART;bob;3;classé;\nART;dan;;refusé;dossier incomplet\nCHIMIE;dan;1;classé;\n";
    let run = world.send(RANKING, "c.csv", "v8", &format!("{header}{rows}")).await;
    assert_eq!(run, IntakeRun { accepted: 1, rows_done: 4, ..IntakeRun::default() });
    let report = world.reports().await.into_iter().find(|report| report.done == 4).unwrap();
    let counts: Vec<_> = report
        .formations
        .iter()
        .map(|f| (f.formation.as_str(), f.ranked, f.refused, f.undecided, f.gaps))
        .collect();
    assert_eq!(counts, [("ART", 2, 1, Some(1), 1), ("CHIMIE", 1, 0, Some(0), 0)]);
    assert_eq!(world.ranked("ART").await, ["carol", "bob"]);
    world.clean("after the rankings").await;
}

/// Rankings in any order of events, with duplicates: the one that arrived last counts, ties by version, and what comes
/// too late to be read is told that it does.
#[tokio::test]
async fn the_ranking_that_arrived_last_counts_in_any_order_of_events() {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        let world = evening_before(EXAMINATION).await;
        let now = world.context.now();
        let row = |names: &[&str]| {
            let rows = names.iter().zip(1..).map(|(name, rank)| format!("ART;{name};{rank};ranked;\n"));
            format!("formation;candidate;rank;decision;reason\n{}", rows.collect::<String>())
        };
        for (version, names) in [("v1", ["bob", "alice"]), ("v2", ["carol", "bob"]), ("v3", ["bob", "alice"])]
        {
            world.uploads.put(&key(RANKING, "c.csv"), version, now, row(&names).into());
        }
        for version in order {
            for _ in 0..2 {
                world.wake(RANKING, "c.csv", ["v1", "v2", "v3"][version]).await;
            }
        }
        assert_eq!(world.ranked("ART").await, ["bob", "alice"], "{order:?}");
        world.clean("after the files").await;
    }
}

/// A ranking file of two formations, and a later one for one of them, in either order of events: the same two rankings
/// at the end; read after the later one, the earlier is taken for the other formation, and says of each row what became
/// of it.
#[tokio::test]
async fn a_file_is_taken_for_what_no_later_one_replaced() {
    for order in [["v1", "v2"], ["v2", "v1"]] {
        let world = evening_before(EXAMINATION).await;
        let now = world.context.now();
        let head = "formation;candidate;rank;decision;reason\n";
        let both = "ART;bob;1;ranked;\nART;alice;2;ranked;\nBIO;carol;1;ranked;\nBIO;bob;2;ranked;\n";
        let one = "BIO;alice;1;ranked;\nBIO;bob;2;ranked;\n";
        for (version, rows) in [("v1", both), ("v2", one)] {
            world.uploads.put(&key(RANKING, "c.csv"), version, now, format!("{head}{rows}").into());
        }
        for version in order {
            world.wake(RANKING, "c.csv", version).await;
        }
        assert_eq!(world.ranked("ART").await, ["bob", "alice"], "{order:?}");
        assert_eq!(world.ranked("BIO").await, ["alice", "bob"], "{order:?}");
        let report = world.reports().await.into_iter().find(|report| report.rows.len() == 4).unwrap();
        let replaced = if order[0] == "v2" { 2 } else { 0 };
        assert_eq!((report.done, report.refused), (4 - replaced, replaced), "{order:?}");
        assert_eq!(report.formations.len(), if replaced == 0 { 2 } else { 1 });
        let reasons: Vec<_> = report.rows.iter().filter_map(|row| row.reason.as_deref()).collect();
        assert_eq!(reasons.len(), replaced as usize);
        assert!(reasons.iter().all(|reason| *reason == "ranking_superseded"), "{reasons:?}");
        world.clean("after the files").await;
    }
}

/// Keys that lead out of their folder, or of nobody, are refused and named to nobody; a deleted file is nothing to fail
/// over; a large one is not read; spaces and accents are a name like any other.
#[tokio::test]
async fn hostile_keys_lead_nowhere() {
    let world = accepted().await;
    world.at("2024-06-06T10:00");
    let row: &[u8] = b"candidat;formation;motif;date\nalice;ART;withdrew;2024-06-05\n";
    let mut woken = Vec::new();
    for name in [
        "vacancies/0691774D/../0751717J/a.csv",
        "vacancies/../0691774D/a.csv",
        "vacancies/0691774D",
        "vacancies/0691774D/",
        "vacancies//a.csv",
        "vacancies/0691774D/a\\b.csv",
        "vacancies/0691774D/a\u{0}.csv",
        "vacancies/069 1774D/a.csv",
    ] {
        world.uploads.put(name, "v1", world.context.now(), row.into());
        woken.push(waking(name, "v1"));
    }
    woken.push(waking("vacancies/0691774D/deleted.csv", "v1"));
    woken.push(waking("rankings/0691774D/not-mine.csv", "v1"));
    let run = intake::run(&world.context, VACANCIES, &woken).await.unwrap();
    assert_eq!(run, IntakeRun { refused: 8, gone: 1, ..IntakeRun::default() });
    assert_eq!(world.reports().await, []);
    // An establishment that nobody knows.
    world.uploads.put("vacancies/9999999Z/a.csv", "v1", world.context.now(), row.into());
    intake::run(&world.context, VACANCIES, &[waking("vacancies/9999999Z/a.csv", "v1")]).await.unwrap();
    assert_eq!(world.report().await.reason.as_deref(), Some("unknown_establishment"));
    let large = vec![b'a'; uploads::tables::FILE_BYTES_MAX + 1];
    world.uploads.put(&key(VACANCIES, "large.csv"), "v1", world.context.now(), large);
    assert_eq!(world.wake(VACANCIES, "large.csv", "v1").await.refused, 1);
    let run = world
        .send(VACANCIES, "\u{e9}t\u{e9} + 100%/places vacantes.csv", "v1", str::from_utf8(row).unwrap())
        .await;
    assert_eq!((run.accepted, run.rows_done), (1, 1));
}

/// A file of more formations than any establishment has is refused whole before one of them is looked up, by its job and
/// by who only reads it; one of as many as may be is looked up, and each row told.
#[tokio::test]
async fn no_file_names_more_formations_than_an_establishment_has() {
    for (kind, head, rest) in [
        (VACANCIES, "formation;candidat;motif;date", "alice;withdrew;2024-06-03"),
        (RANKING, "formation;candidat;rang;decision;motif", "alice;1;ranked;"),
    ] {
        for too_many in [false, true] {
            let formations = FORMATIONS_MAX + usize::from(too_many);
            let world = evening_before(RULES).await;
            let mut text = format!("{head}\nART;{rest}\n");
            text.extend((1..formations).map(|number| format!("INVENTED-{number};{rest}\n")));
            world.uploads.put(&key(kind, "a.csv"), "v1", world.context.now(), text.clone().into());
            let reads = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&reads);
            let count = move |_: &Key| -> Work {
                counted.fetch_add(1, Ordering::SeqCst);
                Box::pin(std::future::ready(()))
            };
            let store = BeforeReads { inner: Arc::clone(&world.store), before: Box::new(count) };
            intake::catch_up(&world.through(Arc::new(store)), kind).await.unwrap();
            let alone = intake::read(world.context.platform.reader.as_ref(), kind, text.as_bytes()).await;
            for report in [world.report().await, alone.unwrap()] {
                let is_told = report.message.is_some_and(|told| told.contains("2000 formations différentes"));
                assert_eq!((is_told, report.rows.is_empty()), (too_many, too_many), "{kind:?}");
            }
            assert_eq!(reads.load(Ordering::SeqCst) < 10, too_many, "{kind:?}: {reads:?} readings");
        }
    }
}

/// The report opens in a spreadsheet and calculates nothing, whatever the file says.
#[tokio::test]
async fn reports_calculate_nothing() {
    let world = accepted().await;
    world.at("2024-06-06T10:00");
    world.send(VACANCIES, "a.csv", "v1", "candidat;formation;motif;date\n=HYPERLINK(1);@ART;+1;-2\n").await;
    let key = world
        .objects
        .keys()
        .into_iter()
        .find(|key| key.ends_with(".csv") && key.starts_with("reports/"))
        .unwrap();
    let text = String::from_utf8(world.objects.get(&key).await.unwrap().unwrap()).unwrap();
    assert_eq!(
        text,
        "\u{feff}ligne;candidat;formation;resultat;motif;explication\r\n\
         2;'=HYPERLINK(1);'@ART;refusée;invalid_id;« =HYPERLINK(1) » n'est pas un identifiant (colonne « candidat »).\r\n"
    );
}

/// How a large file is taken in: `cargo test -p jobs --test intake -- --ignored --nocapture` prints how long 100,000 rows
/// take on a store in memory, how much memory, and how many write units a row.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures, for a minute or more"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn a_hundred_thousand_rows() {
    const ROWS: usize = 100_000;
    let world = accepted().await;
    let alice = world.candidate("alice").await;
    let mut ids = Vec::with_capacity(ROWS);
    for number in 0..ROWS {
        let id = who(&format!("c-{number:07}"));
        let candidate = schemas::Candidate { id: id.clone(), version: 1, ..alice.clone() };
        world.store.transact(vec![jobs::rows::write(&candidate)]).await.unwrap();
        ids.push(id);
    }
    world.at("2024-06-06T10:00");
    let art = at_formation("ART");
    let file = samplers::tables::plain_vacancies(ids.iter().map(|id| (id, &art)), day("2024-06-05"));
    let bytes = file.len();
    world.uploads.put(&key(VACANCIES, "all.csv"), "v1", world.context.now(), file);
    let store = FaultyStore::watching(&world.store);
    let started = std::time::Instant::now();
    let run = intake::catch_up(&world.through(store.clone()), VACANCIES).await.unwrap();
    let took = started.elapsed();
    assert_eq!((run.accepted, run.rows_done), (1, ROWS as u64));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("unknown").to_owned();
    println!(
        "{ROWS} rows, {bytes} bytes: {took:?}; {} transactions, {:.2} write units a row; {peak}, the store included",
        store.seen(),
        store.units() as f64 / ROWS as f64,
    );
    let before = store.units();
    let again = started.elapsed();
    let file = samplers::tables::plain_vacancies(ids.iter().map(|id| (id, &art)), day("2024-06-05"));
    world.uploads.put(&key(VACANCIES, "all.csv"), "v2", world.context.now(), file);
    let run = intake::catch_up(&world.through(store.clone()), VACANCIES).await.unwrap();
    assert_eq!((run.known, run.rows_already_done), (1, ROWS as u64));
    println!("again: {:?}, {} write units in all", started.elapsed() - again, store.units() - before);
}
