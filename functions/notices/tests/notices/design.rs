//! The page can be read by everyone: in the dark, on a small screen, by a machine that speaks.

use std::collections::BTreeMap;

use crate::support::mails;

const BASE: &str = include_str!("../../templates/base.html.j2");

/// The least contrast of text on its ground (WCAG 2.2, criterion 1.4.3, level AA).
const CONTRAST_MIN: f64 = 4.5;

/// The colours that the base page names in this scheme.
fn colours(scheme: &str) -> BTreeMap<&'static str, &'static str> {
    let line = BASE.lines().find(|line| line.starts_with(&format!("{{% set {scheme} = "))).unwrap();
    let quoted: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    quoted.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Relative luminance of `#rrggbb`, as WCAG defines it.
fn luminance(colour: &str) -> f64 {
    let channel = |from: usize| {
        let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

// Proves that every text of the page stands out from its ground, in the light and in the dark.
#[test]
fn every_text_stands_out() {
    for scheme in ["light", "dark"] {
        let colours = colours(scheme);
        for (text, ground) in
            [("ink", "card"), ("quiet", "card"), ("accent", "card"), ("on_accent", "accent")]
        {
            let ratio = contrast(colours[text], colours[ground]);
            assert!(ratio >= CONTRAST_MIN, "{scheme}: {text} on {ground} is {ratio:.2}");
        }
    }
    // The measure itself: black on white is 21.
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.001);
}

// Proves that opening a mail asks nothing of the network, so nobody learns that it was opened.
#[test]
fn the_page_fetches_nothing() {
    for (name, _, mail) in mails() {
        for fetches in ["<img", "<link", "<script", "<iframe", "url(", "@import", "src=", "background="] {
            assert!(!mail.html.contains(fetches), "{name}: {fetches}");
        }
    }
}

// Proves what a screen reader and a small screen need: the language, one heading, tables that are layout
// only, a width that gives way.
#[test]
fn the_page_is_accessible() {
    for (name, _, mail) in mails() {
        let tag = if name.ends_with(".fr") { "fr" } else { "en" };
        assert!(mail.html.starts_with("<!doctype html>\n"), "{name}");
        assert!(mail.html.contains(&format!("<html lang=\"{tag}\"")), "{name}");
        assert_eq!(mail.html.matches("<h1").count(), 1, "{name}");
        assert!(mail.html.contains("<title>"), "{name}");
        assert!(mail.html.contains("name=\"viewport\""), "{name}");
        assert!(mail.html.contains("prefers-color-scheme: dark"), "{name}");
        assert_eq!(
            mail.html.matches("<table").count(),
            mail.html.matches("<table role=\"presentation\"").count()
        );
        assert!(mail.html.contains("max-width: 600px"), "{name}");
        // Gmail cuts a page at 102 kB.
        assert!(mail.html.len() < 20_000, "{name}: {} bytes", mail.html.len());
    }
}

// Proves that the style holds only what a style may hold: one non-breaking space, such as those of the
// sentences, and a whole declaration is silently dropped, the dark colours with it.
#[test]
fn the_style_is_plain_ascii() {
    for (name, _, mail) in mails() {
        let style = mail.html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        assert!(style.is_ascii(), "{name}");
        assert_eq!(style.matches('{').count(), style.matches('}').count(), "{name}");
        assert_eq!(style.matches(" !important;").count(), 9, "{name}");
        for attribute in mail.html.split(" style=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(attribute.is_ascii() && attribute.ends_with(';'), "{name}: {attribute}");
        }
    }
}

// Proves that every tag opened is closed, in order.
#[test]
fn the_page_is_well_formed() {
    for (name, _, mail) in mails() {
        let mut open = Vec::new();
        for tag in mail.html.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap()) {
            match tag.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed), "{name}"),
                None if ["!doctype", "meta", "br"].contains(&tag) => {}
                None => open.push(tag),
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
}
