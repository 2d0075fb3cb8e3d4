//! `monmaster scenario`: stories that a lawyer can read, told to the same jobs that run in the cloud, on ports in
//! memory. Says what differs.

mod expect;
mod record;
mod setup;
mod stage;
mod story;
mod uploads;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use procedure::{calendar, campaign_file};
use schemas::Outcome;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{print, print_json};
use expect::Difference;
pub(crate) use record::RecordOptions;
use setup::Preparation;
use stage::{SETUP_ID, Stage};
use story::{Step, Story};

/// What came of one story.
#[derive(Debug, Serialize)]
struct Told {
    file: String,
    title: String,
    ok: bool,
    differences: Vec<Difference>,
}

/// Tells the stories of these files and folders, and fails if any differs.
pub(crate) async fn run(paths: &[PathBuf], record: &RecordOptions, json: bool) -> Result<()> {
    let mut told = Vec::new();
    for path in files(paths)? {
        told.push(tell(&path, record).await);
    }
    if json {
        print_json(&told)?;
    } else {
        print(text(&told).trim_end())?;
    }
    let differing = told.iter().filter(|story| !story.ok).count();
    if differing > 0 {
        bail!("{differing} of {} stories differ; mend the story or what it tests", told.len());
    }
    Ok(())
}

/// The files named, and those of the folders named, by name.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let cannot = || format!("cannot read the folder {}", path.display());
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).with_context(cannot)? {
            inside.push(entry.with_context(cannot)?.path());
        }
        inside.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
        if inside.is_empty() {
            bail!("there is no story in {}; a story is a file that ends in .toml", path.display());
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

/// Tells one story. What keeps it from being told to its end is a difference too, so that the others are told.
async fn tell(path: &Path, record: &RecordOptions) -> Told {
    let mut differences = Vec::new();
    let mut title = String::new();
    let told = match Story::read(path) {
        Ok(story) => {
            title.clone_from(&story.title);
            play(&story, path, record, &mut differences).await
        }
        Err(error) => Err((None, error)),
    };
    if let Err((step, error)) = told {
        let expected = "a story that can be told to its end".to_owned();
        differences.push(Difference { step, expected, found: format!("{error:#}") });
    }
    Told { file: path.display().to_string(), title, ok: differences.is_empty(), differences }
}

/// Plays a story from its preparations to its last step, then checks what it leaves. An error comes with the step
/// that it happened in.
async fn play(
    story: &Story,
    path: &Path,
    record: &RecordOptions,
    differences: &mut Vec<Difference>,
) -> Result<(), (Option<usize>, anyhow::Error)> {
    let whole = |error| (None, error);
    let (mut stage, preparations) = begin(story, record).map_err(whole)?;
    let mut preparations = (1_usize..).zip(preparations).peekable();
    for (number, step) in (1..).zip(&story.steps) {
        let at = calendar::instant(step.at);
        while let Some((nth, preparation)) = preparations.next_if(|(_, preparation)| preparation.at <= at) {
            prepare(&mut stage, nth, preparation).await.map_err(whole)?;
        }
        let mut differs = |expected: String, found: String| {
            differences.push(Difference { step: Some(number), expected, found });
        };
        take(&mut stage, story, number, step, &mut differs).await.map_err(|error| (Some(number), error))?;
    }
    for finding in stage.audit().await.map_err(whole)? {
        let expected = "every invariant kept, every record replayed".to_owned();
        differences.push(Difference { step: None, expected, found: finding });
    }
    record.keep(path, story, &stage).await.map_err(whole)
}

fn begin(story: &Story, record: &RecordOptions) -> Result<(Stage, Vec<Preparation>)> {
    let rules = campaign_file::of_text(&story.campaign_text()?).context("the campaign and its [rules]")?;
    let preparations = setup::preparations(story, &rules)?;
    Ok((Stage::new(rules, record.token_key())?, preparations))
}

async fn prepare(stage: &mut Stage, nth: usize, preparation: Preparation) -> Result<()> {
    stage.advance_to(preparation.at).await?;
    let Preparation { actor, asked, .. } = preparation;
    // Not the whole command: an address is in it.
    let said = |key| asked.get(key).and_then(Value::as_str).unwrap_or_default();
    let what = format!("{} {} by {actor:?}", said("type"), said("formation"));
    let outcome = stage.command(&format!("{SETUP_ID}{nth}"), actor, asked).await;
    match outcome.with_context(|| format!("in the preparation: {what}"))? {
        Outcome::Accepted { .. } => stage.deliver().await,
        Outcome::Refused { refusal } => bail!("the preparation {what} was refused: {}", refusal.code()),
    }
}

/// Takes one step: the jobs that are due, what is done, what is found.
async fn take(
    stage: &mut Stage,
    story: &Story,
    number: usize,
    step: &Step,
    differs: &mut impl FnMut(String, String),
) -> Result<()> {
    stage.advance_to(calendar::instant(step.at)).await?;
    if let Some((by, mut asked)) = step.by.as_ref().zip(asked(story, step)?) {
        let id = match asked.remove("command_id") {
            None => format!("step-{number}"),
            Some(Value::String(id)) => id,
            Some(other) => bail!("the `command_id` is {other}; expected a text"),
        };
        let actor = stage::actor(by, &setup::establishments(story))?;
        let outcome = match file_of(story, step)? {
            Some((key, bytes)) => stage.send_file(&id, &key, bytes).await?,
            None => stage.command(&id, actor, asked).await?,
        };
        stage.deliver().await?;
        let found = match &outcome {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Refused { refusal } => refusal.code(),
        };
        let as_told = match step.refused.as_deref() {
            None => found == "accepted",
            Some("allowed") => true,
            // Of an upload it says what the verdict is, not why.
            Some(code) if code == "any" || step.upload.is_some() => found != "accepted",
            Some(code) => found == code,
        };
        if !as_told {
            let expected =
                step.refused.as_ref().map_or("accepted".to_owned(), |code| format!("refused: {code}"));
            let found = if found == "accepted" { found.to_owned() } else { format!("refused: {found}") };
            differs(expected, found);
        }
    }
    for expectation in &step.expect {
        for (expected, found) in expect::compare(stage, expectation).await? {
            differs(expected, found);
        }
    }
    Ok(())
}

/// What a step asks for: its `do`, or the contract that it uploads, in the short form. A campaign file may be given by the
/// keys that it changes in the story's own.
fn asked(story: &Story, step: &Step) -> Result<Option<Map<String, Value>>> {
    let fields = |table: &toml::Table| -> Map<String, Value> {
        table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect()
    };
    let Some(upload) = &step.upload else {
        let Some(command) = &step.command else { return Ok(None) };
        let mut asked = fields(command);
        if let Some(toml::Value::Table(keys)) = command.get("file") {
            let file = campaign_file::with_keys(&story.campaign_text()?, keys)?;
            asked.insert("file".to_owned(), file.into());
        }
        return Ok(Some(asked));
    };
    let mut asked = fields(upload);
    let Some(kind) = asked.remove("contract") else { return Ok(Some(asked)) };
    asked.insert("type".to_owned(), "upload_contract".into());
    asked.insert("kind".to_owned(), kind);
    Ok(Some(asked))
}

/// The file of vacant seats or the ranking that a step uploads: its key, and its text or the file beside the story.
fn file_of(story: &Story, step: &Step) -> Result<Option<(String, Vec<u8>)>> {
    let Some(upload) = step.upload.as_ref().filter(|upload| !upload.contains_key("contract")) else {
        return Ok(None);
    };
    let text = |key: &str| upload.get(key).and_then(toml::Value::as_str);
    let Some(key) = text("key") else {
        bail!("an upload needs a `contract`, or a `key` with a `text` or a `file`");
    };
    let bytes = match (text("text"), text("file")) {
        (Some(text), None) => text.as_bytes().to_vec(),
        (None, Some(file)) => {
            let path = story.folder.join(file);
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?
        }
        _ => bail!("the upload of {key} needs a `text` or a `file`, one of them"),
    };
    Ok(Some((key.to_owned(), bytes)))
}

/// A value of TOML as one of JSON; times are texts there.
fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
        toml::Value::Datetime(datetime) => datetime.to_string().into(),
        toml::Value::Array(values) => values.iter().map(as_json).collect(),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect(),
    }
}

/// What people read: a line for each story, and below it what differs.
fn text(told: &[Told]) -> String {
    let mut text = String::new();
    for story in told {
        let verdict = if story.ok { "ok     " } else { "DIFFERS" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{verdict}  {}  {}", story.file, story.title);
        for Difference { step, expected, found } in &story.differences {
            let place = step.map_or_else(|| "the whole".to_owned(), |step| format!("step {step}"));
            let found = found.trim_end().replace('\n', "\n             ");
            let _ = writeln!(text, "    {place}: expected {expected}");
            let _ = writeln!(text, "       found {found}");
        }
    }
    text
}
