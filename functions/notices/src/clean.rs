//! The one place where words that somebody else typed become fit to print on one line.

/// The longest name printed in a greeting, in characters; what follows is cut and replaced by "…".
///
/// A first and a last name fit in 80 characters; a longer one is no name, or would fill a small screen.
pub const NAME_LENGTH_MAX: usize = 80;

/// The longest title of a formation printed in a mail, in characters; what follows is cut.
///
/// The platform's longest titles (mention, parcours, place) stay under 200.
pub const TITLE_LENGTH_MAX: usize = 200;

/// One printable line of at most `length_max` characters, or `None` if nothing readable is left.
///
/// Line breaks and control characters become spaces, so that no name can start a line of its own;
/// spaces are collapsed; characters that only turn or hide text are dropped.
pub(crate) fn line(raw: &str, length_max: usize) -> Option<String> {
    let visible: String = raw
        .chars()
        .filter(|character| !hides_or_turns(*character))
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let line = words.join(" ");
    line.chars().any(char::is_alphanumeric).then(|| cut(&line, length_max))
}

/// The line itself, or its beginning and "…", together `length_max` characters.
fn cut(line: &str, length_max: usize) -> String {
    if line.chars().count() <= length_max {
        return line.to_owned();
    }
    let beginning: String = line.chars().take(length_max.saturating_sub(1)).collect();
    format!("{}…", beginning.trim_end())
}

/// Characters without a shape of their own that could reorder or conceal the words around them.
///
/// The joiners U+200C and U+200D stay: several languages need them in names.
fn hides_or_turns(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'                        // soft hyphen
        | '\u{61c}'                     // Arabic letter mark
        | '\u{180e}'                    // Mongolian vowel separator
        | '\u{200b}'                    // zero-width space
        | '\u{200e}'..='\u{200f}'       // left-to-right and right-to-left marks
        | '\u{202a}'..='\u{202e}'       // embeddings and overrides
        | '\u{2060}'..='\u{206f}'       // word joiner, isolates, deprecated format characters
        | '\u{feff}'                    // byte order mark
        | '\u{fff9}'..='\u{fffb}'       // interlinear annotations
        | '\u{e0000}'..='\u{e007f}'     // tags
    )
}

#[cfg(test)]
mod tests {
    use super::line;

    // Proves what becomes of each kind of hostile word, character by character.
    #[test]
    fn hostile_words_become_one_printable_line() {
        let cases = [
            ("Zoé", Some("Zoé")),
            ("  Zoé \t  Le  Gall ", Some("Zoé Le Gall")),
            ("O'Brien \"Bob\" <b>", Some("O'Brien \"Bob\" <b>")),
            ("Zoé\r\nBcc: a@example.org", Some("Zoé Bcc: a@example.org")),
            ("Zoé\rX\nY\u{b}Z\u{c}W\u{85}V", Some("Zoé X Y Z W V")),
            ("Zoé\u{2028}Le\u{2029}Gall", Some("Zoé Le Gall")),
            ("Zo\u{202e}é\u{2066}\u{200f}\u{feff}", Some("Zoé")),
            ("Zo\u{0}é\u{1b}[31m", Some("Zo é [31m")),
            ("نیما می\u{200c}خواهد", Some("نیما می\u{200c}خواهد")),
            ("李小龙", Some("李小龙")),
            ("", None),
            (" \r\n\t ", None),
            ("\u{200d}\u{200d}", None),
            ("...", None),
        ];
        for (raw, expected) in cases {
            assert_eq!(line(raw, 80).as_deref(), expected, "{raw:?}");
        }
    }

    // Proves that the limit counts characters, holds exactly, and shows that something was cut.
    #[test]
    fn the_limit_holds_to_the_character() {
        assert_eq!(line(&"é".repeat(80), 80), Some("é".repeat(80)));
        assert_eq!(line(&"é".repeat(81), 80), Some(format!("{}…", "é".repeat(79))));
        assert_eq!(line("abc defg", 5).as_deref(), Some("abc…"));
    }
}
