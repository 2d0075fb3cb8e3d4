//! The template of the cloud says what the code says.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::collections::BTreeMap;
use std::path::Path;

use procedure::campaign_file;

fn file(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap()
}

fn template() -> String {
    file("infra/template.yaml")
}

/// What stands between two texts on the lines of a text, in order.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.trim().strip_prefix(before)?.strip_suffix(after)).collect()
}

/// A cron expression of the cloud's scheduler in five fields, as campaign files have it: without the year, `?` is any,
/// and steps begin at the first value. None if it says more than five fields can.
fn five_fields(cloud: &str) -> Option<String> {
    let fields: Vec<&str> = cloud.split(' ').collect();
    let [minute, hour, day, month, weekday, "*"] = fields[..] else { return None };
    let plain = |field: &str| match field.strip_prefix("0/") {
        Some(step) => format!("*/{step}"),
        None => field.replace('?', "*"),
    };
    Some([minute, hour, day, month, weekday].map(plain).join(" "))
}

/// Every job fires in the cloud when its campaign file says, in whichever year: its own schedule, in the time of Paris, at
/// the very minute, tried once; and nothing else has a schedule.
#[test]
fn schedules_are_those_of_the_campaign_files() {
    let template = template();
    let ticks = template.split("Type: ScheduleV2").skip(1);
    let deployed: BTreeMap<String, String> = ticks
        .map(|tick| {
            let one = |before, after| *between(tick, before, after).first().unwrap();
            assert_eq!(one("ScheduleExpressionTimezone: ", ""), "Europe/Paris");
            assert_eq!(one("FlexibleTimeWindow: ", ""), r#"{ Mode: "OFF" }"#);
            assert_eq!(one("RetryPolicy: ", ""), "{ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }");
            let cron = one("ScheduleExpression: cron(", ")");
            (one("Name: !Sub monmaster-${Stage}-", "").to_owned(), five_fields(cron).unwrap())
        })
        .collect();
    for year in ["2023", "2024", "2025", "2026"] {
        let schedules = campaign_file::shipped(year).unwrap().schedules;
        assert_eq!(schedules.into_iter().collect::<BTreeMap<_, _>>(), deployed, "{year}");
    }
}

/// No schedule names a time between two and three in the morning: on the last Sunday of March there is none, and the
/// cloud's scheduler passes it over.
#[test]
fn no_schedule_falls_into_the_hour_that_is_skipped() {
    let template = template();
    let schedules = between(&template, "ScheduleExpression: cron(", ")");
    assert!(!schedules.is_empty());
    for schedule in schedules {
        let hours = schedule.split(' ').nth(1).unwrap();
        let first: u8 = hours.split(['-', ',']).next().unwrap().parse().unwrap_or(3);
        assert!(hours == "*" || first > 2, "{schedule}");
    }
}

/// Every alarm about a figure of ours is about one that the dictionary lists for that function, every kind of failure that
/// an alarm is about is a word there, and every page and heading that an alarm sends somebody to is there.
#[test]
fn alarms_are_about_what_is_measured() {
    let (template, dictionary) = (template(), file("functions/lambdas/dictionary.md"));
    let named = |line: &str, word: &str| line.contains(&format!("`{word}`"));
    let alarms: Vec<&str> = template.split("Type: AWS::CloudWatch::Alarm").skip(1).collect();
    let of_ours =
        alarms.iter().filter(|alarm| between(alarm, "Namespace: ", "").first() == Some(&"MonMaster"));
    let mut checked = 0;
    for alarm in of_ours {
        let metric = *between(alarm, "MetricName: ", "").first().unwrap();
        let dimensions = *between(alarm, "Dimensions: [", "]").first().unwrap();
        let value = |name: &str| {
            dimensions
                .split(&format!("Name: {name}, Value: "))
                .nth(1)
                .and_then(|rest| rest.split(" }").next())
        };
        let function = value("Function").unwrap();
        let lists = |line: &str| named(line, metric) && (named(line, function) || line.contains("| all |"));
        assert!(dictionary.lines().any(lists), "{metric} of {function} is not in the dictionary");
        if let Some(word) = value("Error") {
            assert!(dictionary.lines().any(|line| named(line, word)), "{word} is no word of a failure");
        }
        checked += 1;
    }
    assert!(checked > 5, "{checked} alarms about figures");
    for alarm in alarms {
        let description = *between(alarm, "AlarmDescription: \"", "\"").first().unwrap();
        let link = description.rsplit(' ').next().unwrap();
        let (page, heading) = link.split_once('#').unwrap_or((link, ""));
        let text = file(&format!("infra/{page}"));
        let anchor = |line: &str| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        let there = text.lines().any(|line| line.starts_with("## ") && anchor(line) == heading);
        assert!(heading.is_empty() || there, "{page} has no heading for {link}");
    }
}
