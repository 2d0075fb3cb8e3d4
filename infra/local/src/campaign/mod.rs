//! `monmaster campaign`: a drawn cohort goes through a campaign's main phase in virtual time, through the same
//! jobs that run in the cloud.

mod agenda;
mod figures;
mod later;
mod people;
mod play;

use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use procedure::calendar;
use samplers::{Cohort, CohortSpec};

use crate::args::CampaignOptions;
use crate::report::{self, Speed};
use crate::run::Drawn;
use crate::stopwatch::{Stopwatch, peak_mib};
use crate::world::World;
use crate::{print, print_json};
use play::Play;

pub(crate) async fn run(options: CampaignOptions) -> Result<()> {
    let watch = Stopwatch::start();
    let overrides = overrides(&options.set)?;
    let rules = Drawn::rules(&options.campaign, &overrides.to_string())?;
    let drawn = Drawn {
        campaign: options.campaign.clone(),
        overrides: overrides.to_string(),
        rules: rules.digest.clone(),
        candidates: options.candidates,
        formations: options.formations,
        seed: options.seed,
        store: options.store,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let spec =
        CohortSpec { candidates: options.candidates, formations: options.formations, seed: options.seed };
    let cohort = Arc::new(Cohort::draw(&spec)?);
    let world = World::begin(&options.out, drawn, rules).await?;
    if world.goes_on {
        let out = options.out.display();
        // Nobody is left to tell if the terminal itself is gone.
        let _ = writeln!(std::io::stderr(), "the run in {out} was cut off: going on where it stopped");
    }
    let mut play = Play::new(world, cohort);
    play.through(options.until.map(calendar::instant)).await?;
    let report = play.finish(&overrides).await?;
    let mut world = play.world;
    world.write("report.json", &serde_json::to_string_pretty(&report)?)?;
    world.write("report.html", &report::html(&report).context("cannot write out the report")?)?;
    world.finish()?;
    let commits = world.cost().all().count();
    let speed = Speed { seconds: watch.seconds(), commits, peak_mib: peak_mib() };
    if options.json {
        return print_json(&serde_json::json!({ "report": report, "speed": speed, "out": options.out }));
    }
    print(&report::text(&report, None))?;
    print(&closing_lines(&options, &speed))
}

/// Where everything was left, and how fast it was.
fn closing_lines(options: &CampaignOptions, speed: &Speed) -> String {
    let out = options.out.display();
    let rate = if speed.seconds > 0.0 { speed.commits as f64 / speed.seconds } else { 0.0 };
    let peak = speed.peak_mib.map_or_else(String::new, |mib| format!(", {mib} MiB at the most"));
    format!(
        "\n{:.1} s, {} commits, {rate:.0} commits a second{peak}\n\
         \n\
         report   {out}/report.html\n\
         mails    {out}/mails\n\
         plans    {out}/objects/plans\n\
         store    {out}/store\n\
         \n\
         why?     monmaster explain c-0000001 --out {out}\n\
         is it?   monmaster verify --out {out}",
        speed.seconds, speed.commits
    )
}

/// The settings typed as KEY=VALUE; a bare word is taken for a text.
fn overrides(set: &[String]) -> Result<toml::Table> {
    let mut overrides = toml::Table::new();
    for typed in set {
        let Some((key, value)) = typed.split_once('=') else {
            bail!("--set {typed}: expected KEY=VALUE, as provisional_conversion_phase=main");
        };
        let (key, value) = (key.trim(), value.trim());
        let parsed = format!("value = {value}")
            .parse::<toml::Table>()
            .ok()
            .and_then(|mut table| table.remove("value"));
        overrides.insert(key.to_owned(), parsed.unwrap_or_else(|| toml::Value::String(value.to_owned())));
    }
    Ok(overrides)
}
