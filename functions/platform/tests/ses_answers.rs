//! What the mailer of SES sends, and what it makes of every kind of answer. Time is the runtime's and paused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[allow(dead_code, reason = "each test of a service uses a part of it")]
#[path = "kit/fake_http.rs"]
mod fake_http;

use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sesv2::{Client, Config};
use fake_http::{Answer, FakeHttp};
use platform::mail::Daily;
use platform::ses::{CALL_TIMEOUT, SesMailer, SesSettings, settings};
use platform::{MailError, Mailer, NotSent, OutgoingMail, Quota};
use serde_json::json;

fn mailer(answers: impl IntoIterator<Item = Answer>) -> (SesMailer, FakeHttp) {
    let http = FakeHttp::new(answers);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-west-3"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .http_client(http.clone());
    let own = SesSettings { configuration_set: Some("monmaster-test".into()), stage: "test-1".into() };
    (SesMailer::new(Client::from_conf(settings(config).build()), own), http)
}

fn mail() -> OutgoingMail {
    OutgoingMail {
        notice: "C#c-1#N#2024-06-04#digest".into(),
        to: "alice@example.org".into(),
        mime: b"To: alice@example.org\r\n\r\nBonjour\r\n".to_vec(),
    }
}

/// A refusal as SES writes it, of this status, name and sentence.
fn refusal(status: u16, name: &str, message: &str) -> Answer {
    Answer::Reply(status, json!({ "__type": name, "message": message }))
}

async fn outcome_of(answer: Answer) -> Result<String, MailError> {
    mailer([answer]).0.send(mail()).await
}

/// The whole message as it is, one recipient, the configuration set, and the tags by which the events come back.
#[tokio::test(start_paused = true)]
async fn a_mail_on_the_wire() {
    let (mailer, http) = mailer([Answer::ok(json!({ "MessageId": "0102-0000" }))]);
    assert_eq!(mailer.send(mail()).await.unwrap(), "0102-0000");
    let asked = http.asked().remove(0);
    assert_eq!(asked.operation, "POST /v2/email/outbound-emails");
    let expected = json!({
        "Destination": { "ToAddresses": ["alice@example.org"] },
        "Content": { "Raw": { "Data": "VG86IGFsaWNlQGV4YW1wbGUub3JnDQoNCkJvbmpvdXINCg==" } },
        "ConfigurationSetName": "monmaster-test",
        "EmailTags": [
            { "Name": "notice", "Value": "C_23c-1_23N_232024-06-04_23digest" },
            { "Name": "stage", "Value": "test-1" },
        ],
    });
    assert_eq!(asked.body, expected);
}

/// What SES refuses was certainly not sent, and each refusal says what would help: time, a day, an operator, nothing.
#[tokio::test(start_paused = true)]
async fn refusals_are_told_apart() {
    let unverified = "Email address is not verified. The following identities failed the check: x";
    let cases = [
        (429, "TooManyRequestsException", "Maximum sending rate exceeded.", NotSent::Throttled),
        (400, "ThrottlingException", "Rate exceeded", NotSent::Throttled),
        (429, "TooManyRequestsException", "Daily message quota exceeded.", NotSent::QuotaReached),
        (400, "LimitExceededException", "", NotSent::QuotaReached),
        (400, "MessageRejected", "Illegal address", NotSent::Rejected),
        (400, "BadRequestException", "Illegal address", NotSent::Rejected),
        (400, "MessageRejected", unverified, NotSent::AccountRefused),
        (400, "MailFromDomainNotVerifiedException", "", NotSent::AccountRefused),
        (400, "SendingPausedException", "", NotSent::AccountRefused),
        (400, "AccountSuspendedException", "", NotSent::AccountRefused),
        (404, "NotFoundException", "Configuration set", NotSent::AccountRefused),
        (403, "AccessDeniedException", "", NotSent::AccountRefused),
        (403, "ExpiredTokenException", "", NotSent::AccountRefused),
    ];
    for (status, name, message, expected) in cases {
        let sent = outcome_of(refusal(status, name, message)).await;
        assert!(
            matches!(sent, Err(MailError::NotSent(why)) if why == expected),
            "{name} {message}: {sent:?}"
        );
    }
}

/// No answer, half of one, a fault of the service or an acceptance without an id: it may have left, and the call is
/// never made again by itself.
#[tokio::test(start_paused = true)]
async fn what_is_in_doubt_is_ambiguous_and_not_repeated() {
    let cases = [
        Answer::Silence,
        Answer::Broken,
        refusal(500, "InternalFailure", ""),
        refusal(503, "ServiceUnavailable", ""),
        Answer::Reply(200, json!({})),
        Answer::Reply(200, json!("no object")),
        Answer::Reply(502, json!("a proxy's page")),
    ];
    for answer in cases {
        let (mailer, http) = mailer([answer.clone()]);
        let sent = mailer.send(mail()).await;
        assert!(matches!(sent, Err(MailError::Ambiguous)), "{answer:?}: {sent:?}");
        assert_eq!(http.asked().len(), 1, "{answer:?}");
    }
    let begun = tokio::time::Instant::now();
    assert!(outcome_of(Answer::Silence).await.is_err());
    assert_eq!(begun.elapsed(), CALL_TIMEOUT);
}

/// Whose connection was refused by the other machine has sent nothing: it may be sent again at once.
#[tokio::test(start_paused = true)]
async fn who_was_not_reached_has_sent_nothing() {
    let sent = outcome_of(Answer::Refused).await;
    assert!(matches!(sent, Err(MailError::NotSent(NotSent::Unreachable))), "{sent:?}");
}

/// The granted rate and the day's quota as SES gives them; -1 a day is no limit; a paused account grants nothing.
#[tokio::test(start_paused = true)]
async fn the_quota_is_read() {
    let account = |sending: bool, day: f64| {
        let quota = json!({ "Max24HourSend": day, "MaxSendRate": 100.0, "SentLast24Hours": 1234.0 });
        Answer::ok(json!({ "SendingEnabled": sending, "SendQuota": quota }))
    };
    let daily = Daily { granted: 250_000.0, sent: 1234.0 };
    let (granting, http) = mailer([account(true, 250_000.0)]);
    let quota = granting.quota().await.unwrap();
    assert_eq!(quota, Some(Quota { per_second: 100.0, per_day: Some(daily) }));
    assert_eq!(quota.unwrap().left_today(), Some(248_766.0));
    assert_eq!(http.asked()[0].operation, "GET /v2/email/account");
    let unlimited = mailer([account(true, -1.0)]).0.quota().await.unwrap();
    assert_eq!(unlimited, Some(Quota { per_second: 100.0, per_day: None }));
    let paused = mailer([account(false, 250_000.0)]).0.quota().await;
    assert!(matches!(paused, Err(MailError::NotSent(NotSent::AccountRefused))), "{paused:?}");
}

/// A release takes the address from SES's own list; one that is not on it is released already.
#[tokio::test(start_paused = true)]
async fn a_release_reaches_the_providers_list() {
    let (mailer, http) = mailer([Answer::ok(json!({})), refusal(404, "NotFoundException", "")]);
    mailer.release("alice@example.org").await.unwrap();
    mailer.release("alice@example.org").await.unwrap();
    assert_eq!(http.asked()[0].operation, "DELETE /v2/email/suppression/addresses/alice%40example.org");
}

/// What is logged of a failure quotes nothing of what SES said, which may be an address.
#[tokio::test(start_paused = true)]
async fn errors_hold_no_address() {
    for answer in [
        refusal(400, "MessageRejected", "Illegal address alice@example.org"),
        refusal(500, "InternalFailure", "alice@example.org"),
    ] {
        let said = format!("{0} {0:?}", outcome_of(answer).await.unwrap_err());
        assert!(!said.contains('@'), "{said}");
    }
}
