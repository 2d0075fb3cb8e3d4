//! A client for an engine on this machine: HTTP/1.1 without TLS, one connection at a time for each request under
//! way. Good enough for tests; no answer of an engine or an emulator needs more.

use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

type Connection = BufReader<TcpStream>;

/// Keeps connections for the next request.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlainHttp {
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl PlainHttp {
    async fn send(self, request: HttpRequest) -> std::io::Result<HttpResponse> {
        let address = request.uri().split('/').nth(2).ok_or(ErrorKind::AddrNotAvailable)?.to_owned();
        let idle = self.idle.lock().unwrap().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(&address).await?),
        };
        let body = request.body().bytes().unwrap_or_default();
        let path = request.uri().splitn(4, '/').nth(3).unwrap_or_default();
        let mut head = format!("{} /{path} HTTP/1.1\r\nhost: {address}\r\n", request.method());
        head.push_str(&format!("content-length: {}\r\n", body.len()));
        for (name, value) in request.headers() {
            if !["host", "content-length"].contains(&name) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        connection.write_all(format!("{head}\r\n").as_bytes()).await?;
        connection.write_all(body).await?;

        let (status, headers) = read_head(&mut connection).await?;
        let header =
            |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let body = match header("content-length") {
            Some(length) => read_exactly(&mut connection, parsed(length, 10)?).await?,
            None => read_chunks(&mut connection).await?,
        };
        if header("connection") != Some("close") {
            self.idle.lock().unwrap().push(connection);
        }
        let mut response =
            HttpResponse::new(u16::try_from(status).unwrap().try_into().unwrap(), SdkBody::from(body));
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

async fn read_line(connection: &mut Connection) -> std::io::Result<String> {
    let mut line = String::new();
    if connection.read_line(&mut line).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

async fn read_head(connection: &mut Connection) -> std::io::Result<(usize, Vec<(String, String)>)> {
    let line = read_line(connection).await?;
    let status = parsed(line.split(' ').nth(1).unwrap_or_default(), 10)?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(connection).await?;
        match line.split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => return Ok((status, headers)),
        }
    }
}

async fn read_exactly(connection: &mut Connection, length: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    connection.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn read_chunks(connection: &mut Connection) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = parsed(&read_line(connection).await?, 16)?;
        body.extend(read_exactly(connection, length).await?);
        read_line(connection).await?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn parsed(number: &str, radix: u32) -> std::io::Result<usize> {
    usize::from_str_radix(number, radix).map_err(|_| Error::new(ErrorKind::InvalidData, number.to_owned()))
}

impl HttpConnector for PlainHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.clone();
        HttpConnectorFuture::new(async move {
            client.send(request).await.map_err(|error| ConnectorError::io(error.into()))
        })
    }
}

impl HttpClient for PlainHttp {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
