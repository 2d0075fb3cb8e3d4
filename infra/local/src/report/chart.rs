//! The picture of the nights: how full the seats are, and below it the offers of each night.
//!
//! Two panels with one time axis, never one panel with two scales. Only places are computed here, in the
//! units of the drawing; the template draws them.

use jiff::civil::Date;
use serde::Serialize;

use super::NightLine;
use super::format::{grouped, percent, share, short_day};

/// Nights further apart than this many days (a long weekend) are set apart.
const TOGETHER_DAYS: i32 = 3;
/// The widest that a bar gets, and the part of a night's slot that it takes.
const BAR_MAX: f64 = 44.0;
const BAR_SHARE: f64 = 0.72;
/// How wide a digit of a label is, and a date with the space after it.
const DIGIT_WIDTH: f64 = 8.0;
const DATE_WIDTH: f64 = 58.0;
/// The height of the first title, of what is between the plots (the second title), of the plot of the
/// seats, of that of the offers, and of the dates below.
const TITLE: f64 = 42.0;
const BETWEEN: f64 = 70.0;
const SEATS_HEIGHT: f64 = 110.0;
const OFFERS_HEIGHT: f64 = 190.0;
const DATES: f64 = 52.0;
/// The radius of a point, and the height of its label with the space between them.
const POINT: f64 = 4.0;
const LABEL: f64 = 20.0;
/// The room right of the plot.
const RIGHT: f64 = 18.0;
/// Lines across the plot of the offers, at most.
const TICKS_MAX: u64 = 4;

/// A place on an axis, and what is written there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Tick {
    at: f64,
    label: String,
}

/// A number that is written in a plot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Label {
    x: f64,
    y: f64,
    label: String,
}

/// One of the two plots: from where to where, and its scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Panel {
    top: f64,
    bottom: f64,
    ticks: Vec<Tick>,
}

/// A night: its bar, its point on the line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Mark {
    /// The middle of its slot.
    x: f64,
    left: f64,
    width: f64,
    top: f64,
    height: f64,
    /// Where its point is.
    y: f64,
    /// The middle of its label.
    label_x: f64,
    /// The offers, where there is room to write them, and in any case for the night of the most.
    label: String,
}

/// The whole drawing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Chart {
    /// Tells the two drawings of a page apart.
    id: &'static str,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    seats: Panel,
    offers: Panel,
    marks: Vec<Mark>,
    /// One line for each run of nights, as SVG writes points.
    lines: Vec<String>,
    days: Vec<Tick>,
    /// How large the points of the line are.
    radius: f64,
    /// The last share, beside its point.
    last: Label,
}

/// One decimal is finer than any screen.
fn rounded(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// The step of an axis that goes from 0 to at least `most` in few steps: 1, 2 or 5 with zeros.
fn step(most: u64) -> u64 {
    let mut tens: u64 = 1;
    loop {
        for digit in [1, 2, 5] {
            let step = tens.saturating_mul(digit);
            if most.div_ceil(step) <= TICKS_MAX || step == u64::MAX {
                return step;
            }
        }
        tens = tens.saturating_mul(10);
    }
}

/// The days between two nights that are set apart have a slot of their own, which stays empty.
fn apart(one: Date, next: Date) -> bool {
    (next - one).get_days() > TOGETHER_DAYS
}

/// The slot of each night, from 0.
fn slots(nights: &[NightLine]) -> Vec<f64> {
    let mut slot = 0.0;
    let mut before: Option<Date> = None;
    let mut slots = Vec::with_capacity(nights.len());
    for night in nights {
        if let Some(before) = before {
            slot += if apart(before, night.date) { 2.0 } else { 1.0 };
        }
        before = Some(night.date);
        slots.push(slot);
    }
    slots
}

/// The scale of the offers: the lines across it, from the bottom up, and its highest value.
fn offers_panel(most: u64, top: f64, bottom: f64) -> (Panel, u64) {
    let step = step(most);
    let steps = most.div_ceil(step).max(1);
    let ticks = (0..=steps).map(|at| Tick {
        at: rounded(bottom - (bottom - top) * share(at, steps)),
        label: grouped(step.saturating_mul(at)),
    });
    (Panel { top, bottom, ticks: ticks.collect() }, step.saturating_mul(steps))
}

fn seats_panel(top: f64, bottom: f64) -> Panel {
    let ticks = [0, 50, 100].map(|hundredths| Tick {
        at: rounded(bottom - (bottom - top) * share(hundredths, 100)),
        label: percent(hundredths, 100),
    });
    Panel { top, bottom, ticks: ticks.into() }
}

/// The points of each run of nights that are not set apart.
fn lines(nights: &[NightLine], marks: &[Mark]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut before: Option<Date> = None;
    for (night, mark) in nights.iter().zip(marks) {
        let point = format!("{},{}", mark.x, mark.y);
        match (lines.last_mut(), before) {
            (Some(line), Some(before)) if !apart(before, night.date) => {
                line.push(' ');
                line.push_str(&point);
            }
            _ => lines.push(point),
        }
        before = Some(night.date);
    }
    lines
}

/// As many dates as can be written side by side.
fn days(nights: &[NightLine], marks: &[Mark]) -> Vec<Tick> {
    let mut days: Vec<Tick> = Vec::new();
    for (night, mark) in nights.iter().zip(marks) {
        if days.last().is_none_or(|last| mark.x - last.at >= DATE_WIDTH) {
            days.push(Tick { at: mark.x, label: short_day(night.date) });
        }
    }
    days
}

/// The last share: over its point, or under it if the point is near the top.
fn beside_last(night: &NightLine, marks: &[Mark], seats: &Panel) -> Label {
    let (x, y) = marks.last().map_or((0.0, seats.bottom), |mark| (mark.x, mark.y));
    let y = if y - seats.top < LABEL { y + LABEL } else { y - LABEL / 2.0 };
    Label { x, y: rounded(y), label: percent(night.seats_taken, night.seats) }
}

impl Chart {
    /// The drawing of these nights, this wide; none of no nights.
    pub(super) fn draw(id: &'static str, width: f64, nights: &[NightLine]) -> Option<Self> {
        let last = nights.last()?;
        let peak = nights.iter().rev().max_by_key(|night| night.offers)?;
        let most = peak.offers;
        let seats = seats_panel(TITLE, TITLE + SEATS_HEIGHT);
        let offers_top = seats.bottom + BETWEEN;
        let (offers, scale) = offers_panel(most, offers_top, offers_top + OFFERS_HEIGHT);
        let longest = offers.ticks.iter().map(|tick| tick.label.chars().count()).max().unwrap_or_default();
        let left = rounded(longest.max(5) as f64 * DIGIT_WIDTH + 8.0);
        let right = width - RIGHT;

        let slots = slots(nights);
        let slot = (right - left) / (slots.last().copied().unwrap_or_default() + 1.0);
        let bar = (slot * BAR_SHARE).min(BAR_MAX);
        let label_width = grouped(most).chars().count() as f64 * DIGIT_WIDTH;
        let written = label_width < slot;
        let mark = |(night, at): (&NightLine, f64)| {
            let x = left + slot * (at + 0.5);
            let height = (offers.bottom - offers.top) * share(night.offers, scale);
            Mark {
                x: rounded(x),
                left: rounded(x - bar / 2.0),
                width: rounded(bar),
                top: rounded(offers.bottom - height),
                height: rounded(height),
                y: rounded(seats.bottom - (seats.bottom - seats.top) * share(night.seats_taken, night.seats)),
                label_x: rounded(x.max(left + label_width / 2.0)),
                label: if written || night.date == peak.date { grouped(night.offers) } else { String::new() },
            }
        };
        let marks: Vec<Mark> = nights.iter().zip(slots).map(mark).collect();
        Some(Self {
            id,
            width,
            height: offers.bottom + DATES,
            left,
            right,
            lines: lines(nights, &marks),
            days: days(nights, &marks),
            radius: if slot < 2.0 * POINT + 2.0 { POINT / 2.0 } else { POINT },
            last: beside_last(last, &marks, &seats),
            seats,
            offers,
            marks,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn drawn(nights: &[NightLine]) -> Chart {
        Chart::draw("wide", 880.0, nights).unwrap()
    }

    #[test]
    fn an_axis_has_few_round_steps_and_holds_every_value() {
        // Proves the steps for no offer, for few, for as many as France makes and for more than there are.
        for (most, expected) in [(0, 1), (4, 1), (5, 2), (1_498, 500), (150_000, 50_000), (200_001, 100_000)]
        {
            assert_eq!(step(most), expected, "{most}");
        }
        for most in [1, 7, 41, 8_001, 99_999, u64::MAX] {
            let (panel, scale) = offers_panel(most, 10.0, 110.0);
            assert!(scale >= most && panel.ticks.len() <= 5, "{most}: {panel:?}");
        }
    }

    #[test]
    fn everything_is_inside_the_drawing() {
        // Proves, for one night to forty and for both widths, that bars do not overlap, that each stands on
        // the axis, and that points and dates are inside the plot.
        for count in 1..=40 {
            for width in [880.0, 320.0] {
                let chart = Chart::draw("any", width, &sample::nights(count).nights).unwrap();
                assert_eq!(chart.marks.len(), count as usize);
                for mark in &chart.marks {
                    assert!(mark.left >= chart.left && mark.left + mark.width <= chart.right, "{mark:?}");
                    assert!((mark.top + mark.height - chart.offers.bottom).abs() < 0.11, "{mark:?}");
                    assert!((chart.seats.top..=chart.seats.bottom).contains(&mark.y), "{mark:?}");
                }
                for pair in chart.marks.windows(2) {
                    assert!(pair[0].left + pair[0].width < pair[1].left, "{pair:?}");
                }
                for pair in chart.days.windows(2) {
                    assert!(pair[1].at - pair[0].at >= DATE_WIDTH, "{pair:?}");
                }
            }
        }
    }

    #[test]
    fn nights_of_two_phases_stand_apart() {
        // Proves that the line breaks between the main and the complementary phase, and only there.
        let chart = drawn(&sample::small().nights);
        assert_eq!(chart.lines.len(), 2);
        let gap = |pair: &[Mark]| pair[1].x - pair[0].x;
        assert!(gap(&chart.marks[2..4]) > 1.9 * gap(&chart.marks[0..2]));
    }

    #[test]
    fn zeros_are_drawn_as_nothing() {
        // Proves that no offer, no seat and no night give a drawing without bars, or none: no fault.
        assert_eq!(Chart::draw("wide", 880.0, &[]), None);
        let mut nights = sample::nights(3).nights;
        for night in &mut nights {
            (night.offers, night.seats_taken, night.seats) = (0, 0, 0);
        }
        let chart = drawn(&nights);
        assert!(chart.marks.iter().all(|mark| mark.height.abs() < 0.01));
        assert_eq!(chart.last.label, "–");
    }

    #[test]
    fn the_greatest_night_is_always_labelled() {
        // Proves that where there is no room for every number, that of the most offers is written.
        let chart = Chart::draw("narrow", 320.0, &sample::nights(40).nights).unwrap();
        let labels: Vec<_> =
            chart.marks.iter().map(|mark| mark.label.as_str()).filter(|l| !l.is_empty()).collect();
        assert_eq!(labels, ["150\u{202f}000"]);
    }
}
