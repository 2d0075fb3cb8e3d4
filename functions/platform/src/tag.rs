//! How a mail is marked for its provider, so that what the provider says of it later finds its notice: SES takes
//! tags whose values have at most 256 ASCII letters, digits, `_` and `-`.

/// The tag that carries the notice's id, or its beginning.
pub const NOTICE: &str = "notice";

/// The tag that carries the stage.
pub const STAGE: &str = "stage";

/// Longest value of a tag.
pub const VALUE_BYTES_MAX: usize = 256;

/// The tags of a notice's id, name and value: one, or `notice`, `notice-2`, … for an id that is too long for one.
#[must_use]
pub fn of_notice(id: &str) -> Vec<(String, String)> {
    let encoded = encode(id);
    let parts =
        encoded.as_bytes().chunks(VALUE_BYTES_MAX).map(|part| String::from_utf8_lossy(part).into_owned());
    parts.enumerate().map(|(number, value)| (part_name(number), value)).collect()
}

/// The id of the notice with these tags; `None` if there is none or it is none of ours.
#[must_use]
pub fn notice_of<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let mut encoded = String::new();
    for number in 0.. {
        match value(&part_name(number)) {
            Some(part) => encoded.push_str(part),
            None => break,
        }
    }
    decode(&encoded).filter(|id| !id.is_empty())
}

fn part_name(number: usize) -> String {
    if number == 0 { NOTICE.to_owned() } else { format!("{NOTICE}-{}", number + 1) }
}

/// A text in the letters of a tag: letters, digits and `-` stay, every other byte is `_` and two hexadecimal digits.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' => value.push('-'),
            _ if byte.is_ascii_alphanumeric() => value.push(char::from(byte)),
            _ => value.push_str(&format!("_{byte:02X}")),
        }
    }
    value
}

/// The text that was encoded so; `None` if none was.
#[must_use]
pub fn decode(value: &str) -> Option<String> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    };
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'_' => bytes.push(digit(rest.next()?)? * 16 + digit(rest.next()?)?),
            b'-' => bytes.push(byte),
            _ if byte.is_ascii_alphanumeric() => bytes.push(byte),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(id: &str) -> Option<String> {
        let tags = of_notice(id);
        notice_of(|name| tags.iter().find(|(tag, _)| tag == name).map(|(_, value)| value.as_str()))
    }

    // Every id comes back from its tags, also one too long for one tag; each value is one that SES takes.
    #[test]
    fn an_id_comes_back_from_its_tags() {
        let long = format!("C#{}#N#{}#answer_recorded", ".".repeat(128), ":".repeat(128));
        for id in ["C#c-0001840#N#2024-06-04#digest", "J#night#2024-06-04#N#night_ready", "é_-#", &long] {
            assert_eq!(read_back(id).as_deref(), Some(id));
            for (name, value) in of_notice(id) {
                let safe = |text: &str| {
                    (1..=VALUE_BYTES_MAX).contains(&text.len())
                        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
                };
                assert!(safe(&name) && safe(&value), "{name} {value}");
            }
        }
        assert_eq!(of_notice("C#a#N#d").first().map(|(_, value)| value.as_str()), Some("C_23a_23N_23d"));
    }

    // What is none of ours is no id: no tag, an escape cut off or of small letters, a sign that no tag has.
    #[test]
    fn foreign_tags_are_no_id() {
        for value in ["", "_", "_2", "_zz", "_c3", "_FF", "a b", "a#b"] {
            assert_eq!(notice_of(|name| (name == NOTICE).then_some(value)), None, "{value:?}");
        }
    }
}
