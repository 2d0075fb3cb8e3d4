//! Mails through Amazon SES (API v2), as whole messages: what leaves is byte for byte what was built here.
//!
//! SES knows no token by which a repeated call would be one mail. So a call is made once, without the SDK's own
//! retries; a call of which nobody knows the end is [`MailError::Ambiguous`], and the event `Send`, which carries the
//! tags `notice` and `stage`, says later whether it left.

use std::error::Error;
use std::io::ErrorKind;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::Builder;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailFluentBuilder;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{Destination, EmailContent, MessageTag, RawMessage};
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::mail::{Daily, MailError, Mailer, NotSent, OutgoingMail, Quota};
use crate::tag;

/// How long a connection may take to come about. A region's own endpoint takes milliseconds.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a call may take. SES answers in some tens of milliseconds; what takes longer than this is in doubt, and a
/// doubt costs a quarter of an hour.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// The first status of faults on the side of the service.
const SERVER_FAULT: u16 = 500;

/// Codes by which SES says that it takes too much.
const THROTTLED: &[&str] = &["TooManyRequestsException", "ThrottlingException", "Throttling"];

/// What its message then says if it is the day's quota.
const DAILY_QUOTA: &str = "Daily message quota exceeded";

/// Codes by which SES refuses this one mail.
const REJECTED: &[&str] = &["MessageRejected", "BadRequestException"];

/// How the message of a rejection begins where not the mail, but the account is at fault: in the sandbox, or with a
/// sender that is not verified.
const NOT_VERIFIED: &str = "Email address is not verified";

/// What every stage sends with.
#[derive(Debug, Clone)]
pub struct SesSettings {
    /// The configuration set, by which SES tells of each mail what became of it.
    pub configuration_set: Option<String>,
    /// The stage, as in `production`: events of another stage are not ours.
    pub stage: String,
}

/// Sends through SES.
#[derive(Debug)]
pub struct SesMailer {
    client: Client,
    settings: SesSettings,
}

/// These timeouts, and no retries of the SDK's own: for every client that sends.
#[must_use]
pub fn settings(config: Builder) -> Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(CALL_TIMEOUT)
        .build();
    config.retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

impl SesMailer {
    /// Through this client: one made with [`settings`] if it leaves the process.
    #[must_use]
    pub fn new(client: Client, settings: SesSettings) -> Self {
        Self { client, settings }
    }

    fn request(&self, mail: OutgoingMail) -> Result<SendEmailFluentBuilder, BuildError> {
        let message = RawMessage::builder().data(Blob::new(mail.mime)).build()?;
        let mut tags = tag::of_notice(&mail.notice);
        tags.push((tag::STAGE.to_owned(), tag::encode(&self.settings.stage)));
        let tags =
            tags.into_iter().map(|(name, value)| MessageTag::builder().name(name).value(value).build());
        Ok(self
            .client
            .send_email()
            .destination(Destination::builder().to_addresses(mail.to).build())
            .content(EmailContent::builder().raw(message).build())
            .set_email_tags(Some(tags.collect::<Result<_, _>>()?))
            .set_configuration_set_name(self.settings.configuration_set.clone()))
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: OutgoingMail) -> Result<String, MailError> {
        let request = self.request(mail).map_err(|_| MailError::NotSent(NotSent::Rejected))?;
        match request.send().await {
            // Accepted without an id: it left, but nobody can tell by which name.
            Ok(answer) => answer.message_id.ok_or(MailError::Ambiguous),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn quota(&self) -> Result<Option<Quota>, MailError> {
        let account = self.client.get_account().send().await.map_err(|error| failed(&error))?;
        if !account.sending_enabled() {
            return Err(MailError::NotSent(NotSent::AccountRefused));
        }
        let Some(quota) = account.send_quota() else { return Ok(None) };
        // A negative number is SES's word for no limit.
        let granted = Some(quota.max24_hour_send()).filter(|granted| *granted >= 0.0);
        let per_day = granted.map(|granted| Daily { granted, sent: quota.sent_last24_hours() });
        Ok(Some(Quota { per_second: quota.max_send_rate(), per_day }))
    }

    async fn release(&self, address: &str) -> Result<(), MailError> {
        match self.client.delete_suppressed_destination().email_address(address).send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(answer)) if answer.err().is_not_found_exception() => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// What a call that failed means to the port.
fn failed<E>(error: &SdkError<E, HttpResponse>) -> MailError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => MailError::NotSent(NotSent::Rejected),
        SdkError::ServiceError(answer) => match error.code() {
            Some(code) if answer.raw().status().as_u16() < SERVER_FAULT => {
                MailError::NotSent(refused(code, error.message().unwrap_or_default()))
            }
            _ => MailError::Ambiguous,
        },
        SdkError::DispatchFailure(_) if never_connected(error) => MailError::NotSent(NotSent::Unreachable),
        _ => MailError::Ambiguous,
    }
}

fn refused(code: &str, message: &str) -> NotSent {
    match code {
        "LimitExceededException" => NotSent::QuotaReached,
        _ if THROTTLED.contains(&code) && message.contains(DAILY_QUOTA) => NotSent::QuotaReached,
        _ if THROTTLED.contains(&code) => NotSent::Throttled,
        _ if REJECTED.contains(&code) && !message.starts_with(NOT_VERIFIED) => NotSent::Rejected,
        _ => NotSent::AccountRefused,
    }
}

/// Whether no connection came about, so that nothing can have been sent: the name was not found, or the operating
/// system says so.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let mut behind = Some(error);
    while let Some(error) = behind {
        if error.is::<ResolveDnsError>() {
            return true;
        }
        if let Some(problem) = error.downcast_ref::<std::io::Error>()
            && matches!(
                problem.kind(),
                ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
            )
        {
            return true;
        }
        behind = error.source();
    }
    false
}
