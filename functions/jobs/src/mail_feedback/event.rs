//! An event of Amazon SES, as EventBridge delivers it (`source` `aws.ses`, the record under `detail`) or as the bare
//! record. Only what is used is read: fields come and go.

use jiff::Timestamp;
use platform::tag;
use schemas::notice::{MailFact, SuppressionReason};
use serde::Deserialize;
use serde_json::Value;

use crate::outbox::Told;

/// Why an event was not understood. It quotes nothing of it: there are addresses in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the event is not one of Amazon SES: it has no `eventType` and `mail` with `messageId`, `timestamp` and `tags`"
)]
pub struct NotAMailEvent;

/// What SES says of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailEvent {
    /// The stage that sent it, as tagged.
    pub(crate) stage: Option<String>,
    /// The notice, as tagged.
    pub(crate) notice: Option<String>,
    /// SES's own id of the mail.
    pub(crate) id: String,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// What; `None` where it is of no use here: an opening, a click.
    pub(crate) told: Option<Told>,
    /// The addresses to which no mail is to go any more, and why.
    pub(crate) suppressed: Option<(SuppressionReason, Vec<String>)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_type: String,
    mail: Mail,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
    delivery: Option<Timed>,
    delivery_delay: Option<Timed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mail {
    timestamp: Timestamp,
    message_id: String,
    #[serde(default)]
    destination: Vec<String>,
    #[serde(default)]
    tags: std::collections::BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Timed {
    timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
    timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
    complaint_feedback_type: Option<String>,
    timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

/// What SES calls a mail that came back for good.
const PERMANENT: &str = "Permanent";

/// What a mailbox's provider calls a complaint that takes one back.
const NOT_SPAM: &str = "not-spam";

impl MailEvent {
    /// Reads an event.
    pub(crate) fn read(event: &Value) -> Result<Self, NotAMailEvent> {
        let record = event.get("detail").unwrap_or(event);
        let Record { event_type, mail, bounce, complaint, delivery, delivery_delay } =
            Record::deserialize(record).map_err(|_| NotAMailEvent)?;
        let tag = |name: &str| mail.tags.get(name).and_then(|values| values.first()).map(String::as_str);
        let later = |fact: MailFact| Some(Told::Later(fact));
        // A mailbox that forwards is named as the one to which it forwards: what came back is what went to ours.
        let addresses = |to: &[Recipient]| match mail.destination.as_slice() {
            [one] => vec![one.clone()],
            _ => to.iter().map(|one| one.email_address.clone()).collect(),
        };
        let timed = |timed: Option<Timed>| timed.and_then(|timed| timed.timestamp);
        let (mut at, mut suppressed) = (None, None);
        let told = match event_type.as_str() {
            "Send" => Some(Told::Sent),
            "Reject" | "Rendering Failure" => Some(Told::Rejected),
            "Delivery" => {
                at = timed(delivery);
                later(MailFact::Delivered)
            }
            "DeliveryDelay" => {
                at = timed(delivery_delay);
                later(MailFact::Delayed)
            }
            "Bounce" => {
                let bounce = bounce.ok_or(NotAMailEvent)?;
                at = bounce.timestamp;
                if bounce.bounce_type == PERMANENT {
                    suppressed = Some((SuppressionReason::Bounce, addresses(&bounce.bounced_recipients)));
                    later(MailFact::BouncedForGood)
                } else {
                    later(MailFact::BouncedForNow)
                }
            }
            "Complaint" => {
                let complaint = complaint.ok_or(NotAMailEvent)?;
                at = complaint.timestamp;
                if complaint.complaint_feedback_type.as_deref() == Some(NOT_SPAM) {
                    None
                } else {
                    let to = addresses(&complaint.complained_recipients);
                    suppressed = Some((SuppressionReason::Complaint, to));
                    later(MailFact::Complained)
                }
            }
            _ => None,
        };
        Ok(Self {
            stage: tag(tag::STAGE).and_then(tag::decode),
            notice: tag::notice_of(tag),
            at: at.unwrap_or(mail.timestamp),
            told,
            suppressed,
            id: mail.message_id.clone(),
        })
    }
}
