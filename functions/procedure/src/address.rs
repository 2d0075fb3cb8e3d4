//! Mail addresses: what can be one, when two are the same, which ones are known to block mail (R10, R11).

use schemas::Campaign;

/// Longest address (RFC 5321: a path of 256 bytes with its brackets).
const ADDRESS_BYTES_MAX: usize = 254;

/// Longest part before the `@` (RFC 5321).
const LOCAL_BYTES_MAX: usize = 64;

/// Whether the text can be an address that a mail is sent to (R11): no comment, no quoted part, a domain
/// with a dot. The activation mail is the real test.
#[must_use]
pub fn is_valid(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let local_ok = (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b));
    let labels: Vec<&str> = domain.split('.').collect();
    let domain_ok = labels.len() >= 2
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
    address.len() <= ADDRESS_BYTES_MAX && local_ok && domain_ok
}

/// The form in which two spellings of one address are equal (R11): surrounding space gone, lower case.
#[must_use]
pub fn normalised(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Whether the address belongs to a provider that is known to block the platform's mails (R10).
#[must_use]
pub fn may_block(address: &str, rules: &Campaign) -> bool {
    let normalised = normalised(address);
    normalised
        .rsplit_once('@')
        .is_some_and(|(_, domain)| rules.blocking_mail_domains.iter().any(|d| d == domain))
}

/// The address as a log or a terminal may show it: `z***@e***.org`.
#[must_use]
pub fn masked(address: &str) -> String {
    let first = |text: &str| text.chars().next().map_or_else(String::new, |c| format!("{c}***"));
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let ending = domain.rsplit_once('.').map_or("", |(_, ending)| ending);
            format!("{}@{}.{ending}", first(local), first(domain))
        }
        None => "***".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R11: what no mail could reach, or what could forge a header, is no address.
    #[test]
    fn only_plain_addresses_are_taken() {
        for good in ["a@b.fr", "zoe.o'brien+master@univ-lyon2.fr", "x_y@a-b.example.org"] {
            assert!(is_valid(good), "{good}");
        }
        for bad in [
            "",
            "@",
            "a@b",
            "a@@b.fr",
            "a b@c.fr",
            "a@b..fr",
            ".a@b.fr",
            "a.@b.fr",
            "a..b@c.fr",
            "a@-b.fr",
            "a@b.fr\r\nBcc: c@d.fr",
            "\"a\"@b.fr",
            "a@[127.0.0.1]",
            "zoé@b.fr",
            "a@b.fr ",
            "<a@b.fr>",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(!is_valid(&format!("{}@b.fr", "x".repeat(65))));
    }

    /// R11: one account per address, however it is written.
    #[test]
    fn spellings_of_one_address_are_equal() {
        assert_eq!(normalised(" Zoe@Example.ORG "), normalised("zoe@example.org"));
    }

    /// A masked address tells an operator enough and a thief nothing.
    #[test]
    fn a_masked_address_hides_the_person() {
        assert_eq!(masked("zoe.martin@example.org"), "z***@e***.org");
        assert_eq!(masked("nonsense"), "***");
    }
}
