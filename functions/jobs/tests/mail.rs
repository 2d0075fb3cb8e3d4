//! From the outbox to the inbox: each notice ends once, whatever the provider does, says and says again.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::sync::Arc;

use common::provider::{Does, Provider, bounce, event, hear};
use common::*;
use jobs::mail_dispatch::{self, MailDispatchReport};
use jobs::{Context, commands, mails, rows};
use platform::mail::Daily;
use platform::{Clock, NotSent, Quota, Table};
use schemas::notice::{MailFact, NoticeStatus};
use schemas::{Action, Actor, Command, CommandId, Notice, Outcome};
use serde_json::json;

/// A registration's notice: the first command of the world below.
const ACTIVATION: &str = "C#alice#N#cmd-000#account_activation";

const ALICE: &str = "alice.secret@example.org";

/// A world in which alice has just registered: one notice is owed.
async fn registered() -> World {
    let world = World::new();
    world.does("alice", register("alice")).await;
    world
}

async fn notice(world: &World, id: &str) -> Notice {
    let (pk, sk) = id.split_once("#N#").unwrap();
    rows::read(&world.item(Table::Journal, &platform::Key::new(pk, format!("N#{sk}"))).await).unwrap()
}

fn facts(notice: &Notice) -> Vec<&MailFact> {
    notice.trail.iter().map(|trace| &trace.what).collect()
}

async fn dispatch(context: &Context) -> MailDispatchReport {
    mail_dispatch::run(context).await.unwrap()
}

async fn operator(context: &Context, id: &str, action: Action) -> Outcome {
    let command = Command { command_id: CommandId::new(id).unwrap(), actor: Actor::Operator, action };
    commands::decide_and_record(context, &command).await.unwrap()
}

/// Fault 29, I9: an answer that is lost is no second mail: the claim holds, and the provider's own event settles it.
#[tokio::test]
async fn a_lost_answer_is_settled_by_the_providers_event() {
    let world = registered().await;
    let provider = Provider::with([Does::LosesAnswer]);
    let context = provider.in_world(&world);
    assert_eq!(dispatch(&context).await.waiting, 1);
    assert!(matches!(notice(&world, ACTIVATION).await.status, NoticeStatus::Claimed { attempts: 1, .. }));
    let heard = hear(&context, &event("Send", ACTIVATION, "ses-1", world.clock.now(), json!({}))).await;
    assert_eq!(heard["known"], true);
    world.at("2024-01-29T13:00");
    assert_eq!(dispatch(&context).await, MailDispatchReport::default());
    let settled = notice(&world, ACTIVATION).await;
    assert!(matches!(&settled.status, NoticeStatus::Sent { provider_id, .. } if provider_id == "ses-1"));
    assert_eq!(facts(&settled), [&MailFact::Attempt]);
    assert_eq!(provider.notices(), [ACTIVATION]);
    world.clean("after a lost answer").await;
}

/// Without an event, one more attempt is made once the claim is over, counted as doubtful; after a second doubt the
/// notice is given up, so that nobody gets a mail three times. If the first mail had left after all, that is recorded.
#[tokio::test]
async fn only_silence_allows_one_more_attempt() {
    let world = registered().await;
    let provider = Provider::with([Does::LosesAnswer]);
    let context = provider.in_world(&world);
    dispatch(&context).await;
    world.at("2024-01-29T12:14");
    assert_eq!(dispatch(&context).await.sent, 0, "the claim still holds");
    world.at("2024-01-29T12:16");
    let report = dispatch(&context).await;
    assert_eq!((report.sent, report.doubtful), (1, 1));
    hear(&context, &event("Send", ACTIVATION, "ses-1", at("2024-01-29T12:00"), json!({}))).await;
    let again = notice(&world, ACTIVATION).await;
    let twice = MailFact::SentAgain { id: "ses-1".into() };
    assert_eq!(facts(&again), [&MailFact::Attempt, &MailFact::Attempt, &twice]);

    let world = registered().await;
    let provider = Provider::with([Does::LosesMail, Does::LosesMail]);
    let context = provider.in_world(&world);
    for (minute, failed) in [("12:00", 0), ("12:16", 0), ("12:32", 1), ("12:48", 0)] {
        world.at(&format!("2024-01-29T{minute}"));
        assert_eq!(dispatch(&context).await.failed, failed, "{minute}");
    }
    assert!(matches!(notice(&world, ACTIVATION).await.status, NoticeStatus::Failed { .. }));
    assert_eq!(provider.notices(), [] as [String; 0]);
}

/// Every order in which events can come, and each of them twice, leaves the same notice: sent, and each fact once.
#[tokio::test]
async fn events_in_any_order_leave_the_same_notice() {
    let (one, two) = (at("2024-01-29T12:01"), at("2024-01-29T12:02"));
    let events = [
        event("Send", ACTIVATION, "ses-1", one, json!({})),
        event("DeliveryDelay", ACTIVATION, "ses-1", one, json!({ "deliveryDelay": { "timestamp": one } })),
        event("Delivery", ACTIVATION, "ses-1", one, json!({ "delivery": { "timestamp": two } })),
        bounce(ACTIVATION, "ses-1", two, "Transient", &[ALICE]),
    ];
    let mut orders: Vec<Vec<usize>> = vec![vec![]];
    for _ in 0..events.len() {
        let longer = |order: Vec<usize>| {
            let rest: Vec<usize> = (0..events.len()).filter(|event| !order.contains(event)).collect();
            rest.into_iter().map(move |event| [order.clone(), vec![event]].concat())
        };
        orders = orders.into_iter().flat_map(longer).collect();
    }
    assert_eq!(orders.len(), 24);
    for order in orders {
        let world = registered().await;
        // Before the dispatcher knows of it, and after it: half of the events come while the answer is on its way.
        let provider = Provider::with([Does::LosesAnswer]);
        let context = provider.in_world(&world);
        dispatch(&context).await;
        for &event in order.iter().chain(&order) {
            hear(&context, &events[event]).await;
        }
        let left = notice(&world, ACTIVATION).await;
        assert!(matches!(&left.status, NoticeStatus::Sent { provider_id, .. } if provider_id == "ses-1"));
        let mut told: Vec<String> = facts(&left).iter().map(|fact| format!("{fact:?}")).collect();
        told.sort();
        assert_eq!(told, ["Attempt", "BouncedForNow", "Delayed", "Delivered"], "{order:?}");
    }
}

/// Fault 34: what the provider took and then did not send has failed, whether the dispatcher or the event was first.
#[tokio::test]
async fn what_was_taken_and_not_sent_has_failed() {
    for (kind, answer) in [("Reject", None), ("Rendering Failure", Some(Does::LosesAnswer))] {
        let world = registered().await;
        let provider = Provider::with(answer);
        let context = provider.in_world(&world);
        dispatch(&context).await;
        hear(&context, &event(kind, ACTIVATION, "ses-1", world.clock.now(), json!({}))).await;
        hear(&context, &event("Send", ACTIVATION, "ses-1", world.clock.now(), json!({}))).await;
        let failed = notice(&world, ACTIVATION).await;
        assert!(matches!(failed.status, NoticeStatus::Failed { .. }), "{kind}: {failed:?}");
    }
}

/// R10, fault 35: a mail that came back for good closes its address and marks the candidate; the next notice ends as
/// suppressed. An operator opens it again, at the provider too, and the old event does not close it once more.
#[tokio::test]
async fn an_address_that_bounces_gets_no_more_mail_until_it_is_released() {
    let world = World::new();
    world.account("alice").await;
    let provider = Provider::with([]);
    let context = provider.in_world(&world);
    let came_back =
        bounce(ACTIVATION, "memory:1", world.clock.now(), "Permanent", &["Alice.Secret@example.org"]);
    let heard = hear(&context, &came_back).await;
    assert_eq!((&heard["suppressed"], &heard["unreachable"]), (&json!(1), &json!(1)));
    assert_eq!(hear(&context, &came_back).await["suppressed"], 0, "the same event again");
    assert!(world.candidate("alice").await.unreachable);

    world.does("alice", Action::ChangeEmail { email: "alice.new@example.org".into() }).await;
    world.does("alice", Action::Resign {}).await;
    let report = dispatch(&context).await;
    assert_eq!((report.sent, report.suppressed), (1, 1), "the link to the new address leaves");
    let whose = mails::of(&context, &who("alice")).await.unwrap().unwrap();
    assert_eq!(
        (whose.address.as_str(), whose.unreachable, whose.suppressed.is_some()),
        ("a***@e***.org", true, true)
    );
    let resigned = whose.mails.iter().find(|mail| mail.notice.ends_with("answer_recorded")).unwrap();
    assert!(matches!(resigned.status, NoticeStatus::Suppressed { .. }));

    world.at("2024-01-30T12:00");
    let alice = who("alice");
    let released = operator(&context, "op-1", Action::ReleaseMailbox { candidate: alice.clone() }).await;
    assert!(matches!(released, Outcome::Accepted { .. }), "{released:?}");
    assert_eq!(*provider.released.lock().unwrap(), [ALICE]);
    assert!(!world.candidate("alice").await.unreachable);
    let resend = Action::ResendNotice { candidate: alice, notice: resigned.notice.clone() };
    operator(&context, "op-2", resend).await;
    assert_eq!(hear(&context, &came_back).await["suppressed"], 0, "it came back before the release");
    assert_eq!(dispatch(&context).await.sent, 1);
    assert_eq!(provider.notices().last().unwrap(), "C#alice#N#op-2#answer_recorded");
    world.clean("after a release").await;
}

/// A bounce of an address that somebody no longer has says nothing of him; of several recipients each counts by itself.
#[tokio::test]
async fn each_recipient_counts_by_itself() {
    let world = World::new();
    for name in ["alice", "bob", "carol"] {
        world.account(name).await;
    }
    world.does("bob", Action::ChangeEmail { email: "bob.new@example.org".into() }).await;
    world.mails().await;
    let token = token(&world.mailer.sent().last().unwrap().mime);
    world.does("bob", Action::ConfirmEmail { token }).await;
    let to = ["Alice <alice.secret@example.org>", "bob.secret@example.org", "nobody@example.org"];
    let heard = hear(&world.context, &bounce(ACTIVATION, "x", world.clock.now(), "Permanent", &to)).await;
    assert_eq!((&heard["suppressed"], &heard["unreachable"]), (&json!(3), &json!(1)));
    for (name, unreachable) in [("alice", true), ("bob", false), ("carol", false)] {
        assert_eq!(world.candidate(name).await.unreachable, unreachable, "{name}");
    }
    world.clean("after a bounce of three").await;
}

/// A complaint closes the address; one that is taken back does not, nor does a mailbox that is full. An event of another
/// stage, or of no stage, touches nothing; what is no event at all is an error without any of its words.
#[tokio::test]
async fn only_what_is_meant_for_us_closes_an_address() {
    let world = World::new();
    world.account("alice").await;
    let now = world.clock.now();
    let complaint = |kind: &str| {
        let complained = json!([{ "emailAddress": ALICE }]);
        let complaint =
            json!({ "complainedRecipients": complained, "complaintFeedbackType": kind, "timestamp": now });
        event("Complaint", ACTIVATION, "x", now, json!({ "complaint": complaint }))
    };
    let mut foreign = bounce(ACTIVATION, "x", now, "Permanent", &[ALICE]);
    foreign["detail"]["mail"]["tags"]["stage"] = json!(["production"]);
    let mut untagged = foreign.clone();
    untagged["detail"]["mail"]["tags"] = json!({});
    for event in [&foreign, &untagged] {
        let heard = hear(&world.context, event).await;
        assert_eq!((&heard["foreign"], &heard["suppressed"]), (&json!(true), &json!(0)));
    }
    for event in [complaint("not-spam"), bounce(ACTIVATION, "x", now, "Transient", &[ALICE])] {
        assert_eq!(hear(&world.context, &event).await["suppressed"], 0, "{event}");
    }
    assert!(!world.candidate("alice").await.unreachable);
    assert_eq!(hear(&world.context, &complaint("abuse")).await["unreachable"], 1);
    let junk = json!({ "detail": { "eventType": "Bounce", "mail": { "source": ALICE } } });
    let refused = jobs::mail_feedback::hear(&world.context, &junk).await.unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains('@'));
}

/// Fault 31: at the day's quota a run stops, without an attempt counted and with what is left of it kept for those who
/// wait at their screens; once the quota renews the rest leaves.
#[tokio::test]
async fn a_days_quota_stops_a_run_and_the_next_day_goes_on() {
    let world = evening_before("").await;
    let provider = Provider::with([]);
    let quota = |sent: f64| Some(Quota { per_second: 1000.0, per_day: Some(Daily { granted: 100.0, sent }) });
    let context = provider.in_world(&world);
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T09:00");
    world.night().await;
    world.does("dan", withdraw("CHIMIE")).await;
    // Three are left: two for the lane `now`, one for the four digests.
    *provider.quota.lock().unwrap() = quota(97.0);
    let report = dispatch(&context).await;
    assert!(report.quota_reached);
    let sent = provider.notices();
    assert!(sent.iter().any(|notice| notice.ends_with("answer_recorded")), "{sent:?}");
    assert!(sent.iter().filter(|notice| notice.ends_with("digest")).count() < 4, "{sent:?}");
    let digests = |sent: &[String]| sent.iter().filter(|notice| notice.ends_with("digest")).count();
    *provider.quota.lock().unwrap() = quota(0.0);
    world.at("2024-06-05T09:05");
    assert!(!dispatch(&context).await.quota_reached);
    assert_eq!(digests(&provider.notices()), 4);
    assert!(facts(&notice(&world, "C#alice#N#2024-06-04#digest").await).len() <= 2);
}

/// Faults 30, 32: throttling and an account that is paused cost no notice an attempt of its schedule, however long they
/// last; a paused account stops the run at once and is said.
#[tokio::test]
async fn no_fault_of_a_mails_own_uses_up_its_attempts() {
    for why in [NotSent::Throttled, NotSent::AccountRefused, NotSent::QuotaReached] {
        let world = registered().await;
        let provider = Provider::with(vec![Does::Refuses(why); 100]);
        let context = provider.in_world(&world);
        for minute in 0..10 {
            world.at(&format!("2024-01-29T12:{:02}", minute * 2));
            let report = dispatch(&context).await;
            assert_eq!((report.sent, report.failed), (0, 0));
            assert_eq!(report.account_refused, why == NotSent::AccountRefused);
            assert_eq!(report.quota_reached, why == NotSent::QuotaReached);
        }
        let status = notice(&world, ACTIVATION).await.status;
        assert!(matches!(status, NoticeStatus::Pending { attempts: 0, .. }), "{why}: {status:?}");
    }
}

/// A provider that is throttling the question what it grants says nothing of the account: it is asked again in the same
/// run, and if it goes on not to answer nothing leaves and nothing is lost until it does.
#[tokio::test]
async fn a_provider_that_does_not_say_what_it_grants_is_asked_again() {
    for (why, times, silent, refused) in [
        (NotSent::Throttled, 4, false, false),
        (NotSent::Unreachable, 5, true, false),
        (NotSent::AccountRefused, 1, false, true),
    ] {
        let world = registered().await;
        let provider = Provider::with([]);
        provider.says_no_quota.lock().unwrap().extend(vec![why; times]);
        let context = provider.in_world(&world);
        let report = dispatch(&context).await;
        assert_eq!((report.provider_silent, report.account_refused), (silent, refused), "{why}");
        assert_eq!(report.sent, u64::from(!silent && !refused), "{why}");
        let status = notice(&world, ACTIVATION).await.status;
        let waits = matches!(status, NoticeStatus::Pending { attempts: 0, .. });
        assert_eq!(waits, silent || refused, "{why}: {status:?}");
        let next = dispatch(&context).await;
        assert_eq!(next.sent, u64::from(silent || refused), "{why}");
    }
}

/// A mailbox that forwards its mail elsewhere: the provider names the mailbox that refused, but it is the address that
/// we wrote to whose mails come back.
#[tokio::test]
async fn a_forwarded_mail_that_comes_back_closes_our_address() {
    let world = registered().await;
    dispatch(&world.context).await;
    let mut event = bounce(ACTIVATION, "x", world.clock.now(), "Permanent", &["elsewhere@example.net"]);
    event["detail"]["mail"]["destination"] = json!([ALICE]);
    let heard = hear(&world.context, &event).await;
    assert_eq!((heard["suppressed"].as_u64(), heard["unreachable"].as_u64()), (Some(1), Some(1)), "{heard}");
    assert!(world.candidate("alice").await.unreachable);
}

/// What the provider refuses for the mail's own sake is tried again on the schedule, and then given up.
#[tokio::test]
async fn a_refused_mail_is_tried_on_its_schedule() {
    let world = registered().await;
    let provider = Provider::with(vec![Does::Refuses(NotSent::Rejected); 10]);
    let context = provider.in_world(&world);
    let mut failed = 0;
    for time in ["12:00", "12:01", "12:11", "13:11", "19:11", "23:00"] {
        world.at(&format!("2024-01-29T{time}"));
        failed += dispatch(&context).await.failed;
    }
    assert_eq!(failed, 1);
    let given_up = notice(&world, ACTIVATION).await;
    assert_eq!(facts(&given_up).len(), 10, "five attempts, five answers: {given_up:?}");
}

/// An operator's repetition is a notice of its own, once per command; what was never owed cannot be repeated.
#[tokio::test]
async fn a_notice_is_sent_again_on_an_operators_word() {
    let world = registered().await;
    let context = &world.context;
    world.mails().await;
    let resend = |notice: &str| Action::ResendNotice { candidate: who("alice"), notice: notice.into() };
    let Outcome::Refused { refusal } = operator(context, "op-0", resend("N#never")).await else { panic!() };
    assert_eq!(refusal.code(), "no_such_notice");
    assert_eq!(world.refused("alice", resend("N#cmd-000#account_activation")).await, "not_the_owner");
    for _ in 0..2 {
        operator(context, "op-1", resend("N#cmd-000#account_activation")).await;
    }
    assert_eq!(world.mails().await, 1);
    assert_eq!(
        notice(&world, "C#alice#N#op-1#account_activation").await.again.unwrap(),
        "N#cmd-000#account_activation"
    );
    world.clean("after a repetition").await;
}

/// A claim is written before the mail is handed over: a provider that looks finds it, with its attempt.
#[tokio::test]
async fn the_attempt_is_written_before_the_mail_leaves() {
    struct Looks(Arc<platform::memory::MemoryStore>);
    #[async_trait::async_trait]
    impl platform::Mailer for Looks {
        async fn send(&self, mail: platform::OutgoingMail) -> Result<String, platform::MailError> {
            let (pk, sk) = mail.notice.split_once("#N#").unwrap();
            let key = platform::Key::new(pk, format!("N#{sk}"));
            let stored = platform::Store::get(self.0.as_ref(), Table::Journal, &key).await.unwrap().unwrap();
            let notice: Notice = rows::read(&stored).unwrap();
            assert!(matches!(notice.status, NoticeStatus::Claimed { attempts: 1, .. }));
            assert_eq!(facts(&notice), [&MailFact::Attempt]);
            Ok("seen".into())
        }
    }
    let world = registered().await;
    let mailer = Arc::new(Looks(world.store.clone()));
    let platform = platform::Platform { mailer, ..world.context.platform.clone() };
    let report = dispatch(&Context::new(platform, world.context.settings.clone())).await;
    assert_eq!(report.sent, 1);
}
