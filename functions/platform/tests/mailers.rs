//! The one contract of every mailer: in memory, in a folder, through SES, and by SMTP to a real server.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[allow(dead_code, reason = "each test of a service uses a part of it")]
#[path = "kit/fake_http.rs"]
mod fake_http;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_http::{Answer, FakeHttp};
use platform::folder::FolderMailer;
use platform::memory::MemoryMailer;
use platform::ses::{SesMailer, SesSettings};
use platform::smtp::{SmtpMailer, SmtpSettings, SmtpSettingsError};
use platform::{MailError, Mailer, NotSent, OutgoingMail};
use serde_json::{Value, json};

/// A mail as it arrived: to whom, and its bytes.
type Arrived = (String, Vec<u8>);

/// A message with what transports are known to change: lines that begin with a dot, a dot alone, empty lines at the end,
/// a line of 998 bytes, spaces before a line's end, and bytes that look like the end of the message.
fn message(number: usize) -> Vec<u8> {
    let long = "x".repeat(998);
    format!(
        "From: Mon Master <from@example.org>\r\nTo: a@example.org\r\nSubject: =?utf-8?q?R=C3=A9ponse?= {number}\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\
         \r\n.\r\n..\r\n.a line\r\n{long}\r\ntrailing \r\n=0D=0A.=0D=0A\r\n\r\n\r\n"
    )
    .into_bytes()
}

fn mail(number: usize) -> OutgoingMail {
    OutgoingMail {
        notice: format!("C#c-{number}#N#2024-06-04#digest"),
        to: format!("c-{number}@example.org"),
        mime: message(number),
    }
}

/// What every mailer does: each mail arrives once, byte for byte, at its one recipient, under an id of its own, also when
/// many leave at once; it says what it grants; and a release of an address is done however often it is asked for.
async fn contract(mailer: &dyn Mailer, arrived: impl Fn() -> Vec<Arrived>) {
    mailer.quota().await.unwrap();
    let mut ids = BTreeSet::from([mailer.send(mail(0)).await.unwrap()]);
    assert!(arrived() == [("c-0@example.org".to_owned(), message(0))], "the first arrives as it was sent");
    let mails = (1..40).map(|number| mailer.send(mail(number)));
    for sent in futures_of(mails).await {
        ids.insert(sent.unwrap());
    }
    assert_eq!(ids.len(), 40, "each mail has an id of its own");
    let arrived: BTreeSet<Arrived> = arrived().into_iter().collect();
    let sent: BTreeSet<Arrived> = (0..40).map(|n| (format!("c-{n}@example.org"), message(n))).collect();
    assert!(arrived == sent, "each mail arrives as it was sent");
    mailer.release("c-1@example.org").await.unwrap();
    mailer.release("c-1@example.org").await.unwrap();
}

/// Waits for all of them, under way at once.
async fn futures_of<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in &mut waiting {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        let done = waiting.iter().all(|(_, output)| output.is_some());
        if done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    waiting.into_iter().map(|(_, output)| output.unwrap()).collect()
}

/// The contract, in memory.
#[tokio::test]
async fn memory_keeps_the_contract() {
    let mailer = MemoryMailer::new();
    contract(&mailer, || mailer.sent().into_iter().map(|mail| (mail.to, mail.mime)).collect()).await;
}

/// The contract, in a folder: the recipient is whose file it is.
#[tokio::test]
async fn a_folder_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = FolderMailer::new(dir.path());
    let arrived = || {
        let there = (0..40).filter_map(|number| {
            let OutgoingMail { notice, to, .. } = mail(number);
            Some((to, std::fs::read(mailer.mail_path(&notice)).ok()?))
        });
        there.collect()
    };
    contract(&mailer, arrived).await;
}

/// The contract, through SES: what is asked of it is the message as it is.
#[tokio::test]
async fn ses_keeps_the_contract() {
    let accepted = (0..40).map(|number| Answer::ok(json!({ "MessageId": format!("ses-{number}") })));
    let quota =
        json!({ "SendingEnabled": true, "SendQuota": { "MaxSendRate": 14.0, "Max24HourSend": 1000.0 } });
    let released = [Answer::ok(json!({}))];
    let http = FakeHttp::new([Answer::ok(quota)].into_iter().chain(accepted).chain(released));
    let config = aws_sdk_sesv2::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-west-3"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .http_client(http.clone());
    let client = aws_sdk_sesv2::Client::from_conf(platform::ses::settings(config).build());
    let mailer = SesMailer::new(client, SesSettings { configuration_set: None, stage: "test".into() });
    let arrived = || {
        let asked = http.asked().into_iter().filter(|asked| asked.operation.starts_with("POST"));
        let mails = asked.map(|asked| {
            let data = asked.body["Content"]["Raw"]["Data"].as_str().unwrap();
            let to = asked.body["Destination"]["ToAddresses"][0].as_str().unwrap();
            (to.to_owned(), STANDARD.decode(data).unwrap())
        });
        mails.collect()
    };
    contract(&mailer, arrived).await;
}

/// A server of a package, which lives as long as the test.
struct Server {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts it; `None`, said aloud, where its packages cannot be had.
    fn start() -> Option<Self> {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/mail");
        let tools = Command::new(tests.join("tools.sh")).output().ok().filter(|tools| tools.status.success());
        let Some(tools) = tools else {
            println!("SKIPPED SMTP: aiosmtpd is not here and could not be installed");
            return None;
        };
        let python = String::from_utf8(tools.stdout).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(python.trim())
            .arg(tests.join("smtp_server.py"))
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Some(Self { child, port: port.trim().parse().unwrap(), folder })
    }

    fn mailer(&self, password: &str) -> SmtpMailer {
        let authority = std::fs::read(self.folder.path().join("ca.pem")).unwrap();
        SmtpMailer::new(SmtpSettings {
            host: "localhost".into(),
            port: self.port,
            user: "monmaster".into(),
            password: password.into(),
            sender: "bounces@example.org".into(),
            authority: Some(authority),
            per_second: Some(50.0),
        })
        .unwrap()
    }

    fn kept(&self) -> Vec<Value> {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_mail = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            !name.starts_with('.') && name.ends_with(".json")
        };
        let read = |path: PathBuf| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        files.filter(is_mail).map(read).collect()
    }
}

/// The contract, by SMTP to a real server: over TLS, signed in, on connections that are kept; and what that server
/// refuses, puts off, or does not let in is told apart.
#[tokio::test]
async fn smtp_keeps_the_contract() {
    let Some(server) = Server::start() else { return };
    let mailer = server.mailer("open sesame");
    let arrived = || {
        let of = |kept: &Value| {
            let content = STANDARD.decode(kept["content"].as_str().unwrap()).unwrap();
            assert_eq!((&kept["tls"], &kept["from"]), (&json!(true), &json!("bounces@example.org")));
            (kept["to"][0].as_str().unwrap().to_owned(), content)
        };
        server.kept().iter().map(of).collect()
    };
    contract(&mailer, arrived).await;
    assert_eq!(mailer.quota().await.unwrap().unwrap().per_second, 50.0);
    let to = |address: &str| OutgoingMail { to: address.into(), ..mail(1) };
    for (address, expected) in [
        ("full@example.org", NotSent::Deferred),
        ("nobody@example.org", NotSent::Rejected),
        ("no address", NotSent::Rejected),
    ] {
        let sent = mailer.send(to(address)).await;
        assert!(matches!(sent, Err(MailError::NotSent(why)) if why == expected), "{address}: {sent:?}");
    }
    let stranger = server.mailer("wrong").send(mail(1)).await;
    assert!(matches!(stranger, Err(MailError::NotSent(NotSent::AccountRefused))), "{stranger:?}");
    assert_eq!(server.kept().len(), 40, "none of these arrived");
    drop(server);
    let gone = mailer.send(mail(1)).await;
    assert!(gone.is_err(), "{gone:?}");
}

/// Where nobody listens nothing was sent; settings that cannot be used are refused before anything is.
#[tokio::test]
async fn a_relay_that_is_not_there_was_not_reached() {
    let settings = SmtpSettings {
        host: "localhost".into(),
        port: 1,
        user: String::new(),
        password: String::new(),
        sender: "bounces@example.org".into(),
        authority: None,
        per_second: None,
    };
    let sent = SmtpMailer::new(settings.clone()).unwrap().send(mail(1)).await;
    assert!(matches!(sent, Err(MailError::NotSent(NotSent::Unreachable))), "{sent:?}");
    let wrong = SmtpSettings { sender: "Mon Master".into(), ..settings.clone() };
    assert_eq!(SmtpMailer::new(wrong).err(), Some(SmtpSettingsError::Sender));
    let wrong = SmtpSettings { authority: Some(b"-----BEGIN CERTIFICATE-----\njunk".to_vec()), ..settings };
    assert_eq!(SmtpMailer::new(wrong).err(), Some(SmtpSettingsError::Tls));
}
