//! `monmaster notices`: every notice with sample facts, in both languages, as a mail, a page and a text, with an index.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use notices::{Envelope, Mail, Message, Reader, mime, samples};
use schemas::Language;

use crate::print;
use crate::stopwatch::Stopwatch;

/// How often each notice is composed for the measurement: some thousands of mails in all.
const ROUNDS: usize = 40;

/// Who reads the samples.
const NAME: &str = "Zoé Lefèvre";

pub(crate) fn run(out: &Path) -> Result<()> {
    let refused = || format!("cannot write to {}; name another folder with --out", out.display());
    fs::create_dir_all(out).with_context(refused)?;
    let mut index = String::from(INDEX_HEAD);
    let mut sizes = Vec::new();
    for (name, message) in samples() {
        for (language, code) in [(Language::Fr, "fr"), (Language::En, "en")] {
            let (mail, bytes) = composed(&message, language, name)?;
            let stem = format!("{name}.{code}");
            for (ending, content) in
                [("eml", bytes.as_slice()), ("html", mail.html.as_bytes()), ("txt", mail.text.as_bytes())]
            {
                fs::write(out.join(format!("{stem}.{ending}")), content).with_context(refused)?;
            }
            let kind = message.kind().name();
            writeln!(
                index,
                "<tr><td>{kind}</td><td lang=\"{code}\"><a href=\"{stem}.html\">{}</a></td><td><a href=\"{stem}.txt\">text</a></td>\
                 <td><a href=\"{stem}.eml\">mail</a>, {} bytes</td></tr>",
                escaped(&mail.subject),
                bytes.len()
            )?;
            sizes.push(bytes.len());
        }
    }
    index.push_str("</tbody></table></main></body></html>\n");
    fs::write(out.join("index.html"), index).with_context(refused)?;
    sizes.sort_unstable();
    let of = |part: usize| sizes.get((sizes.len() - 1) * part / 100).copied().unwrap_or_default();
    print(&format!(
        "{} mails in {}: {} to {} bytes each, half of them up to {}; {:.0} composed a second on one core; open {}",
        sizes.len(),
        out.display(),
        of(0),
        of(100),
        of(50),
        per_second()?,
        out.join("index.html").display()
    ))
}

/// Written out and built into the bytes that would leave.
fn composed(message: &Message, language: Language, name: &str) -> Result<(Mail, Vec<u8>)> {
    let mail = message.render(&Reader { language, name: Some(NAME) })?;
    let envelope = Envelope {
        from: "Mon Master <ne-pas-repondre@monmaster.example>",
        to: "zoe.lefevre@example.org",
        date: "2024-06-05T07:00:00Z".parse()?,
        message_id: name,
        stage: "sample",
        kind: message.kind(),
    };
    let bytes = mime(&mail, &envelope)?;
    Ok((mail, bytes))
}

/// How many whole mails one core composes in a second.
fn per_second() -> Result<f64> {
    let samples = samples();
    let watch = Stopwatch::start();
    let mut mails = 0;
    for _ in 0..ROUNDS {
        for (name, message) in &samples {
            for language in [Language::Fr, Language::En] {
                composed(message, language, name)?;
                mails += 1;
            }
        }
    }
    Ok(f64::from(mails) / watch.seconds())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const INDEX_HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Every notice, with sample facts</title>\
<style>:root { color-scheme: light dark; } body { font: 16px/1.5 sans-serif; margin: 24px auto; max-width: 60rem; padding: 0 12px; }\
 td, th { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; }</style></head>\n<body><main>\
<h1>Every notice, with sample facts</h1>\n<table><thead><tr><th scope=\"col\">Notice</th><th scope=\"col\">Subject</th>\
<th scope=\"col\">Text</th><th scope=\"col\">As sent</th></tr></thead><tbody>\n";
