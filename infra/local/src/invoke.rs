//! `monmaster invoke`: one function, one event, on the store of a campaign.

use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;
use schemas::intake::IntakeKind;
use serde_json::Value;

use crate::print_json;
use crate::world::World;

/// The functions that can be invoked.
const FUNCTIONS: [&str; 11] = [
    "commands",
    "contract-check",
    "deadline-expiry",
    "deadline-reminder",
    "mail-dispatch",
    "mail-feedback",
    "night-report",
    "phase-transition",
    "ranking-intake",
    "vacancy-intake",
    "waitlist-advance",
];

pub(crate) async fn run(function: &str, event: &str, at: Option<&str>, out: &Path) -> Result<()> {
    if !FUNCTIONS.contains(&function) {
        bail!("there is no function \"{function}\"; known are {}", FUNCTIONS.join(", "));
    }
    let text = if event == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read the event from standard input")?;
        text
    } else {
        std::fs::read_to_string(event).with_context(|| format!("cannot read the event from {event}"))?
    };
    let value: Value =
        serde_json::from_str(&text).with_context(|| format!("the event in {event} is not JSON"))?;
    let mut world = World::open(out).await?;
    match (at, instant(&value)?) {
        (Some(at), _) => world.advance_to(world.not_before(at)?)?,
        (None, Some(instant)) => world.advance_to(world.on_from(instant)?)?,
        (None, None) => {}
    }
    let context = &world.context;
    let answer = match function {
        "commands" => {
            let command: schemas::Command = command(&text)?;
            serde_json::to_value(jobs::commands::handle(context, &command).await?)?
        }
        "contract-check" => serde_json::to_value(jobs::contract_check::hear(context, &value).await?)?,
        "deadline-expiry" => {
            serde_json::to_value(jobs::deadline_expiry::run(context, jobs::deadline_expiry::ALL).await?)?
        }
        "deadline-reminder" => serde_json::to_value(jobs::deadline_reminder::run(context).await?)?,
        "phase-transition" => serde_json::to_value(jobs::phase_transition::run(context).await?)?,
        "ranking-intake" | "vacancy-intake" => {
            let kind = if function == "ranking-intake" { IntakeKind::Ranking } else { IntakeKind::Vacancies };
            serde_json::to_value(jobs::intake::hear(context, kind, &value).await?)?
        }
        "night-report" => serde_json::to_value(jobs::night_report::run(context).await?)?,
        "waitlist-advance" => serde_json::to_value(jobs::night::run(context).await?)?,
        "mail-feedback" => serde_json::to_value(jobs::mail_feedback::hear(context, &value).await?)?,
        _ => serde_json::to_value(jobs::mail_dispatch::run(context).await?)?,
    };
    world.finish()?;
    print_json(&answer)
}

/// A scheduled event's own `time`, if it has one.
fn instant(event: &Value) -> Result<Option<Timestamp>> {
    let Some(time) = event.get("time").and_then(Value::as_str) else { return Ok(None) };
    let instant = time
        .parse()
        .map_err(|_| anyhow!("the event's `time` \"{time}\" is not a time as 2024-06-05T08:00:00Z"))?;
    Ok(Some(instant))
}

/// Reads a command; the error names the field.
fn command(text: &str) -> Result<schemas::Command> {
    serde_json::from_str(text).map_err(|error| {
        anyhow!("the event is not a command: {error}; expected what schemas/json/command.json describes")
    })
}
