//! The password's criteria (R8). The platform holds passwords; it asks here whether one will do.

/// Fewest characters (R8).
const CHARACTERS_MIN: usize = 8;

/// The special characters that count. Named by the guide: `%`, `&`, `$`; by the tips page: `@`; the others
/// are signs that nobody calls punctuation (R8).
const SPECIAL: &str = "%&$@#+=*^~|<>";

/// What a password lacks (R8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// Eight characters.
    Length,
    /// An upper-case letter.
    Upper,
    /// A lower-case letter.
    Lower,
    /// A digit.
    Digit,
    /// A special character that is not a punctuation mark.
    Special,
}

/// What the password lacks; nothing if it will do (R8).
#[must_use]
pub fn lacks(password: &str) -> Vec<Lack> {
    let has = |test: fn(char) -> bool| password.chars().any(test);
    [
        (Lack::Length, password.chars().count() >= CHARACTERS_MIN),
        (Lack::Upper, has(char::is_uppercase)),
        (Lack::Lower, has(char::is_lowercase)),
        (Lack::Digit, has(|c| c.is_ascii_digit())),
        (Lack::Special, has(|c| SPECIAL.contains(c))),
    ]
    .into_iter()
    .filter_map(|(lack, met)| (!met).then_some(lack))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R8: a punctuation mark never stands for the special character; each missing criterion is named.
    #[test]
    fn punctuation_is_not_special() {
        for (password, expected) in [
            ("Master24%", vec![]),
            ("Élève2024&", vec![]),
            ("Master24,", vec![Lack::Special]),
            ("Master24!", vec![Lack::Special]),
            ("Master24\"", vec![Lack::Special]),
            ("Mast24%", vec![Lack::Length]),
            ("master24%", vec![Lack::Upper]),
            ("MASTER24%", vec![Lack::Lower]),
            ("Masterxx%", vec![Lack::Digit]),
            ("", vec![Lack::Length, Lack::Upper, Lack::Lower, Lack::Digit, Lack::Special]),
        ] {
            assert_eq!(lacks(password), expected, "{password}");
        }
    }
}
