//! `monmaster night`: what an operator does with a night: looks at it, or at what the next one would do; keeps it back,
//! lets it go on, undoes it.

mod text;

use anyhow::{Context as _, Result, bail};
use jiff::civil::Date;
use jobs::night::{self, NightPage, stored};
use procedure::calendar;
use procedure::refusals;
use schemas::night::NightStatus;
use schemas::{Action, Actor, Command, CommandId, FormationId, Language, NightRun, Outcome};

use crate::args::{NightDeedOptions, NightPageOptions};
use crate::world::World;
use crate::{print, print_json};

/// Prints a stored night; the last one, if no date is given.
pub(crate) async fn show(date: Option<Date>, options: &NightPageOptions) -> Result<()> {
    let world = World::open(&options.out).await?;
    let runs = stored::runs(&world.context).await?;
    let Some((first, last)) = runs.first().zip(runs.last()) else {
        bail!("no night was planned yet; `monmaster night dry-run` shows what the next one would do");
    };
    let date = date.unwrap_or(last.date);
    let page = night::show(&world.context, date).await?.with_context(|| {
        format!("there is no night of {date}; there are nights from {} to {}", first.date, last.date)
    })?;
    printed(page, options)
}

/// Prints what the next night would do. Changes nothing, not even the store's time.
pub(crate) async fn dry_run(at: Option<&str>, options: &NightPageOptions) -> Result<()> {
    let world = World::open(&options.out).await?;
    if let Some(at) = at {
        world.clock.advance_to(world.not_before(at)?);
    }
    let context = &world.context;
    let Some((date, begins)) = night::next_date(context).await? else {
        bail!("no night is to come any more; `monmaster night show DATE` prints one that was");
    };
    if let Some(run) = stored::run(context, date).await? {
        bail!(
            "the night of {date} is {} already; `monmaster night show` prints it",
            text::status(run.status)
        );
    }
    let page = night::dry_run(context, date, begins).await?;
    printed(page, options)
}

fn printed(mut page: NightPage, options: &NightPageOptions) -> Result<()> {
    let only = options.formation.as_deref().map(FormationId::new).transpose()?;
    if let Some(only) = &only {
        page.rankings.retain(|ranking| ranking.formation == *only);
        page.offers.retain(|offer| offer.formation == *only);
        page.lost.retain(|loss| loss.formation == *only);
    }
    if options.json { print_json(&page) } else { print(text::page(&page, only.as_ref()).trim_end()) }
}

/// What can be done to a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Hold,
    Release,
    Void,
}

/// Sends an operator's command on a night, that of the store's day if no date is given, and says what comes of it.
pub(crate) async fn direct(deed: Deed, options: &NightDeedOptions) -> Result<()> {
    let mut world = World::open(&options.out).await?;
    // Written down only when there is something to do: what is refused moves no clock.
    let now = options.at.as_ref().map_or(Ok(world.context.now()), |at| world.not_before(at))?;
    let date = options.date.unwrap_or_else(|| calendar::day(now));
    let Some(run) = stored::run(&world.context, date).await? else {
        bail!(
            "there is no night of {date}; `monmaster night show` prints the last one, `monmaster night dry-run` the next"
        );
    };
    if let Some(reason) = impossible(deed, &run) {
        bail!("the night of {date} {reason}");
    }
    let rules = world.context.rules();
    if deed != Deed::Void && calendar::gate_latest(rules, date) <= now {
        bail!(
            "the night of {date} can only be undone, since it is past {}: by the next tick (`monmaster invoke waitlist-advance`), or by `monmaster night void`",
            text::latest(date, rules)
        );
    }
    let (verb, date_of) = (text::verb(deed), Some(date));
    let action = match deed {
        Deed::Hold => Action::HoldNight { date: date_of },
        Deed::Release => Action::ReleaseNight { date: date_of },
        Deed::Void => Action::VoidNight { date: date_of },
    };
    // The same deed on the same state of the night is the same command.
    let command_id = CommandId::new(format!("night-{verb}-{date}-{}", run.version))?;
    let command = Command { command_id, actor: Actor::Operator, action };
    world.advance_to(now)?;
    let outcome = jobs::commands::handle(&world.context, &command).await?;
    world.finish()?;
    match outcome {
        Outcome::Accepted { .. } => print(&text::done(deed, date, world.context.rules())),
        // Another was faster: the night is no longer as it was read.
        Outcome::Refused { refusal } => {
            bail!("refused: {}", refusals::sentence(&refusal, Language::En))
        }
    }
}

/// Why this cannot be done to a night as it is, with what can be done instead.
fn impossible(deed: Deed, run: &NightRun) -> Option<&'static str> {
    match (run.status, deed) {
        (NightStatus::Published, _) => {
            Some("is published already: people have seen it, so nothing of it can be taken back")
        }
        (NightStatus::Void, _) => Some("was undone already; the next night plans anew"),
        (NightStatus::Held, Deed::Hold) => Some(
            "is held already; `monmaster night void` undoes it, `release` lets it go on if an operator held it",
        ),
        (NightStatus::Held, Deed::Release) if run.held_from.is_none() => {
            Some("is held by the job itself, for a fault: it can only be undone, by `monmaster night void`")
        }
        (NightStatus::Planned | NightStatus::Applied, Deed::Release) => {
            Some("is not held: it goes on by itself; `monmaster night hold` keeps it back")
        }
        (NightStatus::Planned | NightStatus::Applied | NightStatus::Held, _) => None,
    }
}
