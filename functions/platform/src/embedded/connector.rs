//! The SDK's way to the engine: an HTTP client without HTTP. A request is taken from the SDK as it would leave,
//! carried out by the engine, and its answer given back as if it had come in.

use std::fmt;

use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The header that names the operation, after a dot.
const TARGET: &str = "x-amz-target";

/// The protocol of requests and answers.
const CONTENT_TYPE: (&str, &str) = ("content-type", "application/x-amz-json-1.0");

/// The status of an answer that is no error.
const OK: u16 = 200;

/// Carries requests to the engine.
#[derive(Clone)]
pub(super) struct Connector {
    database: Database,
}

impl Connector {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let operation = request.headers().get(TARGET).and_then(|target| target.rsplit('.').next());
        let answered = match (operation, request.body().bytes()) {
            (Some(operation), Some(body)) => carry_out(&self.database, operation, body),
            _ => {
                Err(DynoxideError::SerializationException("a request without a target or a body".to_owned()))
            }
        };
        let (status, body) = match answered {
            Ok(body) => (OK, body),
            Err(error) => (error.status_code(), error.to_json().into_bytes()),
        };
        let status =
            StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        response.headers_mut().insert(CONTENT_TYPE.0, CONTENT_TYPE.1);
        Ok(response)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(&request))
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The operations that the store and its tests need.
fn carry_out(database: &Database, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
    match operation {
        "GetItem" => run(body, |request| database.get_item(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "Scan" => run(body, |request| database.scan(request)),
        "TransactWriteItems" => run(body, |mut request: TransactWriteItemsRequest| {
            // The engine keeps every token for ten minutes and goes through all of them at each transaction, for
            // a request that may be sent again because its answer was lost: here none is lost.
            request.client_request_token = None;
            database.transact_write_items(request)
        }),
        "CreateTable" => run(body, |request| database.create_table(request)),
        "DescribeTable" => run(body, |request| database.describe_table(request)),
        _ => Err(DynoxideError::ValidationException(format!("{operation} is not served in process"))),
    }
}

fn run<Request: DeserializeOwned, Answer: Serialize>(
    body: &[u8],
    carry_out: impl FnOnce(Request) -> Result<Answer, DynoxideError>,
) -> Result<Vec<u8>, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| refusal(&error))?;
    serde_json::to_vec(&carry_out(request)?)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The engine says what it refuses while it reads a request in a word at the beginning of the reader's message.
fn refusal(error: &serde_json::Error) -> DynoxideError {
    let message = error.to_string();
    let said = message.split_once(" at line ").map_or(message.as_str(), |(said, _)| said);
    match said.split_once(':') {
        Some((word, rest)) if word.starts_with("VALIDATION") => {
            DynoxideError::ValidationException(rest.to_owned())
        }
        Some((word, rest)) if word.starts_with("SERIALIZATION") => {
            DynoxideError::SerializationException(rest.to_owned())
        }
        _ if said.contains("missing field") => DynoxideError::ValidationException(message),
        _ => DynoxideError::SerializationException(message),
    }
}
