//! Buckets of S3 in this process, which keep versions, with answers of the test's own before them: what is not told
//! otherwise is carried out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_sdk_s3::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use self::fake_buckets::Buckets;

#[path = "fake_buckets.rs"]
mod fake_buckets;

/// The header with the checksum of a body.
const CHECKSUM: &str = "x-amz-checksum-crc32";

/// What comes back instead of what was asked for.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This status with this code.
    Error(u16, &'static str),
    /// This body, whatever was asked.
    Body(String),
    /// Nothing, ever.
    Silence,
    /// The connection breaks.
    Broken,
    /// The object, but for its second half.
    CutOff,
    /// The object, but for its first byte.
    Changed,
}

impl Answer {
    pub(crate) fn error(status: u16, code: &'static str) -> Self {
        Self::Error(status, code)
    }
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) checksum: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct FakeS3 {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    always: Option<Answer>,
    buckets: Arc<Mutex<Buckets>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeS3 {
    /// Gives these answers first.
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Self::default() }
    }

    /// Gives this answer to everything.
    pub(crate) fn always(answer: Answer) -> Self {
        Self { always: Some(answer), ..Self::default() }
    }

    /// Gives this answer next.
    pub(crate) fn next(&self, answer: Answer) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// An answer with its body spoilt: its length and checksum are still those of the whole.
fn spoilt(mut whole: HttpResponse, changed: bool) -> HttpResponse {
    let mut bytes = whole.body().bytes().unwrap().to_vec();
    if changed {
        *bytes.first_mut().unwrap() ^= 1;
    } else {
        bytes.truncate(bytes.len() / 2);
    }
    *whole.body_mut() = SdkBody::from(bytes);
    whole
}

pub(super) fn answer(status: u16, bytes: Vec<u8>, checksum: Option<String>) -> HttpResponse {
    let length = bytes.len();
    let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(bytes));
    response.headers_mut().insert("content-length", length.to_string());
    if let Some(checksum) = checksum {
        response.headers_mut().insert(CHECKSUM, checksum);
    }
    response
}

pub(super) fn refusal(status: u16, code: &str) -> HttpResponse {
    let body = format!("<Error><Code>{code}</Code><Message>as said</Message></Error>");
    answer(status, body.into_bytes(), None)
}

impl HttpConnector for FakeS3 {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let checksum = request.headers().get(CHECKSUM).map(str::to_owned);
        let method = request.method().to_owned();
        let target = request.uri().splitn(4, '/').nth(3).unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (format!("/{path}"), query.to_owned());
        let asked = Asked { method: method.clone(), path: path.clone(), query, checksum: checksum.clone() };
        self.asked.lock().unwrap().push(asked.clone());
        let told = self.always.clone().or_else(|| self.answers.lock().unwrap().pop_front());
        let bytes = request.body().bytes().unwrap_or_default();
        let carried_out = || self.buckets.lock().unwrap().carry_out(&asked, bytes);
        HttpConnectorFuture::ready(Ok(match told {
            Some(Answer::Silence) => return HttpConnectorFuture::new(std::future::pending()),
            Some(Answer::Broken) => {
                let broke = ConnectorError::io("the connection broke".into());
                return HttpConnectorFuture::ready(Err(broke));
            }
            Some(Answer::Error(status, code)) => refusal(status, code),
            Some(Answer::Body(body)) => answer(200, body.into_bytes(), None),
            Some(Answer::CutOff) => spoilt(carried_out(), false),
            Some(Answer::Changed) => spoilt(carried_out(), true),
            None => carried_out(),
        }))
    }
}

impl HttpClient for FakeS3 {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
