//! The procedure against a reference model: random histories must come out the same in the real code and in a second
//! implementation, written from the rule book as plainly as it can be.
//!
//! `REFERENCE_HISTORIES=100000 cargo test --release -p tests --test reference -- --nocapture` plays more of them and
//! prints how many a minute; `REFERENCE_SEED` is where the seeds begin. A difference names its seed and the shortest
//! history found that shows it.

#[cfg(test)]
mod history;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod met;
#[cfg(test)]
mod model;
#[cfg(test)]
mod real;
#[cfg(test)]
mod world;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::history::History;
    use crate::met;
    use crate::world::play;

    /// How many histories are played if nobody says otherwise: some seconds of an unoptimised build.
    const HISTORIES: u64 = 200;

    #[expect(clippy::disallowed_methods, reason = "how much is tried is said by whoever runs the test")]
    fn setting(name: &str, otherwise: u64) -> u64 {
        std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
    }

    /// The same history with ever fewer steps, as long as it still shows a difference.
    fn shortest(mut history: History) -> History {
        let mut place = 0;
        while place < history.steps.len() {
            let mut shorter = history.clone();
            shorter.steps.remove(place);
            if play(&shorter).is_err() { history = shorter } else { place += 1 }
        }
        history
    }

    /// Every history comes out the same in the real code and in the model, after each step: the answer to every command,
    /// where each application and account stands, before and behind the gate, the seats that each night gives; and what
    /// must always hold does. The property is not empty: together the histories meet every kind of change and refusal.
    #[test]
    fn the_real_code_and_the_model_agree() {
        let (histories, first) = (setting("REFERENCE_HISTORIES", HISTORIES), setting("REFERENCE_SEED", 0));
        #[expect(clippy::disallowed_methods, reason = "how many histories a minute are played")]
        let begun = std::time::Instant::now();
        let (mut counts, mut steps) = (BTreeMap::<String, u64>::new(), 0);
        for seed in first..first + histories {
            let history = History::drawn(seed);
            match play(&history) {
                Ok(world) => {
                    steps += world.real.asked;
                    world.real.met.into_iter().for_each(|kind| *counts.entry(kind).or_default() += 1);
                }
                Err(why) => {
                    let shortest = shortest(history);
                    let why = play(&shortest).err().unwrap_or(why);
                    panic!("seed {seed}: {why}\n{shortest:?}");
                }
            }
        }
        let minutes = begun.elapsed().as_secs_f64() / 60.0;
        println!("in how many histories each kind was met: {counts:?}");
        println!(
            "{histories} histories, {steps} commands, 0 differences, {minutes:.1} minutes, {:.0} histories a minute",
            histories as f64 / minutes
        );
        if histories >= HISTORIES {
            met::assert_met(&counts, histories);
        }
    }
}
