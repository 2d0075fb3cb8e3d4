use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the writer of lines adds to each, and the words for its levels.
const WRITERS: [&str; 6] = ["timestamp", "level", "target", "message", "spans", "name"];

/// What comes before a line's or a span's fields in the sources.
const MACROS: [&str; 6] =
    ["tracing::info!(", "tracing::warn!(", "tracing::error!(", "info_span!(", "warn_span!(", "error_span!("];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The first column of a section's table.
fn section(title: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("functions/lambdas/dictionary.md")).unwrap();
    let after = text.split(&format!("## {title}\n")).nth(1).unwrap_or_else(|| panic!("no section {title}"));
    let rows = after.split("\n## ").next().unwrap().lines().filter(|line| line.starts_with("| `"));
    rows.flat_map(|row| row.split('|').nth(1).unwrap().split(','))
        .map(|name| name.trim().trim_matches('`').to_owned())
        .collect()
}

/// The sources of a crate, up to their tests.
fn sources(name: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("functions").join(name).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text.split("#[cfg(test)]").next().unwrap().to_owned()));
            }
        }
    }
    found
}

/// What is between an opening bracket, which was read, and its own closing one, cut at the commas in no other bracket.
fn arguments(text: &str) -> Vec<String> {
    let (mut arguments, mut depth, mut quoted, mut before) = (vec![String::new()], 0_u32, false, ' ');
    for character in text.chars() {
        match character {
            '"' if before != '\\' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted && depth == 0 => break,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                arguments.push(String::new());
                before = ' ';
                continue;
            }
            _ => {}
        }
        before = character;
        arguments.last_mut().unwrap().push(character);
    }
    arguments.into_iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

/// The names of the fields of every line and span of the functions, and those of the spans.
fn fields_in_the_sources() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fields, mut spans) = (BTreeSet::new(), BTreeSet::new());
    for (path, text) in ["jobs", "platform", "lambdas"].iter().flat_map(|name| sources(name)) {
        for name in MACROS {
            for call in text.split(name).skip(1) {
                for argument in arguments(call) {
                    if let Some(literal) = argument.strip_prefix('"') {
                        if name.contains("span") {
                            spans.insert(literal.trim_end_matches('"').to_owned());
                        }
                        continue;
                    }
                    let field = argument.split('=').next().unwrap().trim().trim_start_matches(['%', '?']);
                    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte == b'.';
                    assert!(field.bytes().all(plain), "{}: {argument}", path.display());
                    fields.insert(field.to_owned());
                }
            }
        }
    }
    (fields, spans)
}

/// The dictionary lists every field that a function writes, and none that it does not; the same of spans.
#[test]
fn fields_are_those_of_the_dictionary() {
    let (fields, spans) = fields_in_the_sources();
    assert!(fields.contains("error.word") && spans.contains("invocation"), "{fields:?} {spans:?}");
    let mut listed = section("Fields");
    for writers in WRITERS {
        assert!(listed.remove(writers), "{writers} is not listed");
    }
    assert_eq!(fields, listed);
    assert_eq!(spans, section("Spans"));
}

/// So of figures, by the names in the sources.
#[test]
fn figures_are_those_of_the_dictionary() {
    let mut figures = BTreeSet::new();
    for (_, text) in sources("lambdas") {
        for call in ["Figure::count(", "Figure::seconds("].iter().flat_map(|call| text.split(call).skip(1)) {
            figures.extend(call.strip_prefix('"').map(|name| name.split('"').next().unwrap().to_owned()));
        }
    }
    assert!(figures.contains("MailsSent"), "{figures:?}");
    assert_eq!(figures, section("Figures"));
}

/// So of the words by which an invocation fails or a function does not start: alarms key on them.
#[test]
fn words_are_those_of_the_dictionary() {
    let mut words = BTreeSet::new();
    for (_, text) in sources("lambdas") {
        for before in ["=> \"", "word: \"", "error.word = \""] {
            words.extend(text.split(before).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
    }
    let words: BTreeSet<String> =
        words.into_iter().filter(|word| word.starts_with(|first: char| first.is_ascii_uppercase())).collect();
    assert!(words.contains("OutOfTime"), "{words:?}");
    assert_eq!(words, section("Words"));
}
