//! What is there before a story's steps: made by the real commands, at noon of the days on which each is due.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use procedure::calendar;
use schemas::campaign::{Days, Phase};
use schemas::{Actor, Campaign, CandidateId, EstablishmentId, Track};
use serde_json::{Map, Value, json};

use super::stage;
use super::story::{DeclaredCandidate, DeclaredFormation, DeclaredState, Story};

/// A command that prepares the story.
pub(super) struct Preparation {
    pub(super) at: Timestamp,
    pub(super) actor: Actor,
    pub(super) asked: Map<String, Value>,
}

/// The codes of the establishments that run the story's formations.
pub(super) fn establishments(story: &Story) -> Vec<&str> {
    story.formations.iter().map(DeclaredFormation::establishment).collect()
}

/// Every preparation, in the order in which it is made: accounts after formations, then applications and rankings
/// in the order of the file.
pub(super) fn preparations(story: &Story, rules: &Campaign) -> Result<Vec<Preparation>> {
    let noon_of = |days: Option<Days>| {
        let first = days.map_or(Date::ZERO, |days| days.first);
        calendar::instant(first.at(12, 0, 0, 0))
    };
    let noon = |phase| noon_of(rules.phases.get(&phase).copied());
    let mut made = Vec::new();
    let mut prepare = |at, actor, asked| made.push(Preparation { at, actor, asked });
    let opening = noon(Phase::Catalogue);
    for code in establishments(story).into_iter().collect::<BTreeSet<_>>() {
        let email = format!("{}@example.org", code.to_lowercase());
        let asked = fields(json!({ "type": "set_establishment", "establishment": code, "email": email }));
        prepare(opening, Actor::Operator, asked);
    }
    for formation in &story.formations {
        let establishment = EstablishmentId::new(formation.establishment())?;
        prepare(opening, Actor::Establishment(establishment), opened(formation));
    }
    for candidate in candidates(story)? {
        let by = Actor::Candidate(candidate.id.clone());
        prepare(opening, by.clone(), registered(&candidate));
        if candidate.state == DeclaredState::Active {
            prepare(opening, by, fields(json!({ "type": "activate_account" })));
        }
    }
    let declared =
        story.applications.iter().map(|application| (&application.candidate, &application.formation));
    let implied = story.rankings.iter().flat_map(|ranking| {
        let refused = ranking.refused.iter().map(|refusal| &refusal.candidate);
        ranking.ranked.iter().chain(refused).map(|candidate| (candidate, &ranking.formation))
    });
    let mut applied = BTreeSet::new();
    for (candidate, formation) in declared.chain(implied) {
        if !applied.insert((candidate, formation)) {
            continue;
        }
        let asked = fields(json!({ "type": "submit_application", "formation": formation }));
        prepare(noon(Phase::Application), Actor::Candidate(candidate.clone()), asked);
    }
    for ranking in &story.rankings {
        let formation = story.formations.iter().find(|formation| formation.id == ranking.formation);
        let Some(formation) = formation else {
            anyhow::bail!("a [[ranking]] names {}, which is no [[formation]]", ranking.formation);
        };
        let asked = fields(json!({
            "type": "publish_ranking", "formation": ranking.formation,
            "ranked": ranking.ranked, "refused": ranking.refused,
        }));
        let own = rules.alternance.examination.filter(|_| formation.track == Track::Alternance);
        let at = own.map_or_else(|| noon(Phase::Examination), |own| noon_of(Some(own)));
        prepare(at, Actor::Establishment(EstablishmentId::new(formation.establishment())?), asked);
    }
    made.sort_by_key(|preparation| preparation.at);
    Ok(made)
}

/// The fields of a command.
fn fields(command: Value) -> Map<String, Value> {
    match command {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn opened(formation: &DeclaredFormation) -> Map<String, Value> {
    let mut asked = fields(json!({
        "type": "open_formation", "formation": formation.id, "title": formation.id,
        "mention": formation.mention.as_deref().unwrap_or(formation.id.as_str()),
        "track": formation.track, "capacity": formation.capacity,
    }));
    if let Some(limit) = formation.call_limit {
        asked.insert("call_limit".to_owned(), limit.into());
    }
    for (key, flag) in [("complementary", formation.complementary), ("mixed", formation.mixed)] {
        if flag {
            asked.insert(key.to_owned(), true.into());
        }
    }
    asked
}

fn registered(candidate: &DeclaredCandidate) -> Map<String, Value> {
    let mut asked = fields(json!({ "type": "register_account", "language": candidate.language }));
    if let Some(email) = &candidate.email {
        asked.insert("email".to_owned(), email.as_str().into());
    }
    if !candidate.region.is_empty() {
        asked.insert("region".to_owned(), candidate.region.as_str().into());
    }
    asked
}

/// The declared candidates, then those whom an application, a ranking or a step names; not who registers in a step.
fn candidates(story: &Story) -> Result<Vec<DeclaredCandidate>> {
    let mut named: Vec<CandidateId> = Vec::new();
    named.extend(story.applications.iter().map(|application| application.candidate.clone()));
    for ranking in &story.rankings {
        named.extend(ranking.ranked.iter().cloned());
        named.extend(ranking.refused.iter().map(|refusal| refusal.candidate.clone()));
    }
    let establishments = establishments(story);
    let mut known: BTreeSet<CandidateId> =
        story.candidates.iter().map(|candidate| candidate.id.clone()).collect();
    for step in &story.steps {
        let command = step.command.as_ref();
        let text = |key| command.and_then(|command| command.get(key)).and_then(toml::Value::as_str);
        if let Some(by) = &step.by
            && let Actor::Candidate(candidate) = stage::actor(by, &establishments)?
        {
            if text("type") == Some("register_account") && !named.contains(&candidate) {
                known.insert(candidate);
            } else {
                named.push(candidate);
            }
        }
        named.extend(text("candidate").map(CandidateId::new).transpose()?);
    }
    let implied = named.into_iter().filter(|candidate| known.insert(candidate.clone()));
    let implied: Vec<_> = implied.map(implied_candidate).collect();
    Ok(story.candidates.iter().cloned().chain(implied).collect())
}

fn implied_candidate(id: CandidateId) -> DeclaredCandidate {
    DeclaredCandidate {
        id,
        state: DeclaredState::default(),
        language: schemas::Language::default(),
        email: None,
        region: String::new(),
    }
}
