//! A client whose answers are written by the test, and that keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::time::Instant;

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This status and this body.
    Reply(u16, Value),
    /// Nothing, ever.
    Silence,
    /// The connection breaks.
    Broken,
    /// No connection comes about.
    Refused,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self::Reply(200, body)
    }

    /// An error by its name, as the service writes it.
    pub(crate) fn error(status: u16, name: &str) -> Self {
        let service = "com.amazonaws.dynamodb.v20120810";
        Self::Reply(status, json!({ "__type": format!("{service}#{name}"), "message": "as said" }))
    }
}

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// When, since the client was made.
    pub(crate) at: Duration,
    pub(crate) operation: String,
    pub(crate) body: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct FakeHttp {
    begun: Instant,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeHttp {
    /// Gives these answers in turn; the last one over and over.
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { begun: Instant::now(), answers, asked: Arc::default() }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn next_answer(&self) -> Answer {
        let mut answers = self.answers.lock().unwrap();
        let answer = answers.pop_front().unwrap();
        if answers.is_empty() {
            answers.push_back(answer.clone());
        }
        answer
    }
}

impl HttpConnector for FakeHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // A service of one address names the operation in a header, the others by method and path.
        let operation = match request.headers().get("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap().to_owned(),
            None => {
                let path = request.uri().splitn(4, '/').nth(3).unwrap_or_default();
                format!("{} /{}", request.method(), path.split('?').next().unwrap())
            }
        };
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap_or_default();
        self.asked.lock().unwrap().push(Asked { at: self.begun.elapsed(), operation, body });
        match self.next_answer() {
            Answer::Silence => HttpConnectorFuture::new(std::future::pending()),
            Answer::Broken => {
                HttpConnectorFuture::ready(Err(ConnectorError::io("the connection broke".into())))
            }
            Answer::Refused => {
                let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
                HttpConnectorFuture::ready(Err(ConnectorError::io(refused.into())))
            }
            Answer::Reply(status, body) => {
                let body = SdkBody::from(body.to_string());
                HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), body)))
            }
        }
    }
}

impl HttpClient for FakeHttp {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
