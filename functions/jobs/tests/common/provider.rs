//! A mail provider that answers as the test says, and the events that it would send.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use jobs::{Context, mail_feedback};
use platform::{MailError, Mailer, NotSent, OutgoingMail, Platform, Quota, tag};
use serde_json::{Value, json};

use super::World;

/// What the provider does with the next mail.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Does {
    /// It takes it, and its answer is lost.
    LosesAnswer,
    /// It does not take it, and its answer is lost.
    LosesMail,
    /// It says why it does not take it.
    Refuses(NotSent),
}

/// Takes every mail, but what was arranged for the next ones.
#[derive(Default)]
pub(crate) struct Provider {
    next: Mutex<VecDeque<Does>>,
    pub(crate) quota: Mutex<Option<Quota>>,
    /// Why it does not say what it grants, the next times that it is asked.
    pub(crate) says_no_quota: Mutex<VecDeque<NotSent>>,
    /// The mails that left, by notice and the provider's id.
    left: Mutex<Vec<(String, String)>>,
    pub(crate) released: Mutex<Vec<String>>,
}

impl Provider {
    pub(crate) fn with(next: impl IntoIterator<Item = Does>) -> Arc<Self> {
        let provider = Arc::new(Self::default());
        provider.next.lock().unwrap().extend(next);
        provider
    }

    /// The world with this provider.
    pub(crate) fn in_world(self: &Arc<Self>, world: &World) -> Context {
        let platform = Platform { mailer: self.clone(), ..world.context.platform.clone() };
        Context::new(platform, world.context.settings.clone())
    }

    /// The notices of the mails that left, in order.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.left.lock().unwrap().iter().map(|(notice, _)| notice.clone()).collect()
    }
}

#[async_trait]
impl Mailer for Provider {
    async fn send(&self, mail: OutgoingMail) -> Result<String, MailError> {
        let does = self.next.lock().unwrap().pop_front();
        let mut left = self.left.lock().unwrap();
        let id = format!("ses-{}", left.len() + 1);
        match does {
            Some(Does::LosesMail) => Err(MailError::Ambiguous),
            Some(Does::Refuses(why)) => Err(MailError::NotSent(why)),
            Some(Does::LosesAnswer) => {
                left.push((mail.notice, id));
                Err(MailError::Ambiguous)
            }
            None => {
                left.push((mail.notice, id.clone()));
                Ok(id)
            }
        }
    }

    async fn quota(&self) -> Result<Option<Quota>, MailError> {
        match self.says_no_quota.lock().unwrap().pop_front() {
            Some(why) => Err(MailError::NotSent(why)),
            None => Ok(*self.quota.lock().unwrap()),
        }
    }

    async fn release(&self, address: &str) -> Result<(), MailError> {
        self.released.lock().unwrap().push(address.to_owned());
        Ok(())
    }
}

/// An event of SES in EventBridge's envelope, with what this kind of event adds to it.
pub(crate) fn event(kind: &str, notice: &str, id: &str, at: Timestamp, adds: Value) -> Value {
    let mut tags = json!({ "stage": ["test"], "ses:configuration-set": ["monmaster"] });
    for (name, value) in tag::of_notice(notice) {
        tags[name] = json!([value]);
    }
    let mail = json!({
        "timestamp": at, "messageId": id, "tags": tags, "destination": ["alice.secret@example.org"],
    });
    let mut detail = json!({ "eventType": kind, "mail": mail });
    for (name, value) in adds.as_object().unwrap() {
        detail[name] = value.clone();
    }
    json!({ "source": "aws.ses", "detail-type": format!("Email {kind}"), "detail": detail })
}

/// A mail to these addresses came back.
pub(crate) fn bounce(notice: &str, id: &str, at: Timestamp, kind: &str, to: &[&str]) -> Value {
    let recipients: Vec<Value> = to.iter().map(|address| json!({ "emailAddress": address })).collect();
    let bounce = json!({ "bounceType": kind, "bouncedRecipients": recipients, "timestamp": at });
    let mut event = event("Bounce", notice, id, at, json!({ "bounce": bounce }));
    event["detail"]["mail"]["destination"] = json!(to);
    event
}

/// Hears an event; gives the report as JSON.
pub(crate) async fn hear(context: &Context, event: &Value) -> Value {
    serde_json::to_value(mail_feedback::hear(context, event).await.unwrap()).unwrap()
}
