//! The explanation as a person reads it.

use std::fmt::{Display, Formatter, Result};

use schemas::Language;

use super::{Account, ApplicationExplained, Explanation, NoResult, Scope, Step, Waiting, words};

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{}: {}", self.candidate, self.account)?;
        match &self.scope {
            Scope::Whole | Scope::One { .. } => {}
            Scope::NeverApplied { formation, title } => {
                writeln!(f, "\nThe candidate never applied to {formation} ({title}).")?;
            }
            Scope::UnknownFormation { formation } => writeln!(f, "\nThere is no formation {formation}.")?,
        }
        for application in &self.applications {
            write!(f, "\n{application}")?;
        }
        Ok(())
    }
}

impl Display for Account {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let language = match self.language {
            Language::Fr => "French",
            Language::En => "English",
        };
        write!(f, "{}, {}, reads {language}", words::account(self.state), self.address)?;
        if let Some(opened_at) = &self.opened_at {
            write!(f, ", opened {opened_at}")?;
        }
        let s = if self.applications == 1 { "" } else { "s" };
        write!(f, ", {} application{s}", self.applications)
    }
}

impl Display for ApplicationExplained {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{} ({})", self.formation, self.title)?;
        write!(f, "  now: {}", words::state(self.state))?;
        if let Some(cause) = self.cause {
            write!(f, ", because {}", words::cause(cause))?;
        }
        if let Some(rank) = self.rank {
            write!(f, "; rank {rank}")?;
        }
        if let Some(until) = &self.answer_until {
            write!(f, "; to be answered until {until}")?;
        }
        writeln!(f)?;
        if let Some(waiting) = &self.waiting {
            writeln!(f, "  why no offer: {waiting}")?;
        }
        if let Some(no_result) = &self.no_result {
            writeln!(f, "  why no result: {no_result}")?;
        }
        if let Some(step) = self.ended_by.and_then(|place| self.steps.get(place)) {
            writeln!(f, "  ended by: {} ({}, by {})", step.what, step.at, step.by)?;
        }
        writeln!(f, "  what happened (Paris time):")?;
        for step in &self.steps {
            write!(f, "{step}")?;
        }
        Ok(())
    }
}

impl Display for Waiting {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { position, before, seats, call_limit, taken, .. } = self;
        let wait = if *before == 1 { "waits" } else { "wait" };
        write!(f, "position {position} ({before} {wait} before)")?;
        if let Some((night, published)) = self.published.filter(|(_, published)| published != position) {
            write!(f, ", {published} on the morning of {night}")?;
        }
        write!(f, "; seats {seats}, call limit {call_limit}, taken {taken}")?;
        match self.last_called {
            Some(rank) => write!(f, "; the last of those has rank {rank}")?,
            None => write!(f, "; nobody has one")?,
        }
        if self.stopped {
            write!(f, "; the formation calls nobody for now")?;
        }
        match &self.next_night {
            Some(night) => write!(f, "; the next offers are published {night}"),
            None => write!(f, "; no further night makes offers"),
        }
    }
}

impl Display for NoResult {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let silence = |f: &mut Formatter<'_>, until: &Option<String>| match until {
            Some(until) => write!(f, "; silence until {until} is a refusal (R22)"),
            None => Ok(()),
        };
        match self {
            Self::ResultsCome { on } => write!(f, "results come {on}"),
            Self::NoRanking { silence_until } => {
                write!(f, "the formation has published no ranking")?;
                silence(f, silence_until)
            }
            Self::NotInRanking { published_at, silence_until } => {
                write!(
                    f,
                    "the formation published a ranking {published_at}, and the candidate is not in it"
                )?;
                silence(f, silence_until)
            }
            Self::NextNight { on: Some(on) } => {
                write!(f, "the ranking names the candidate; the result comes {on}")
            }
            Self::NextNight { on: None } => {
                write!(f, "the ranking names the candidate, but no further night publishes results")
            }
        }
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "  - {}  {}", self.at, self.what)?;
        write!(f, "      by {}; {}", self.by, self.rule)?;
        if let (Some(says), Some(source)) = (self.says, self.source) {
            write!(f, ": {says} [{source}]")?;
        }
        writeln!(f)
    }
}
