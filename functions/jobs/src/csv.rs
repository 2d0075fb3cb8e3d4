//! CSV for the spreadsheets of establishments: UTF-8 with a mark that says so, cells parted by `;` as in France, lines
//! ended by CR LF, and no cell that a spreadsheet would take for a formula.

/// What tells spreadsheets that a file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// With what the text of a formula begins, or what spreadsheets strip before they look for one.
const OF_FORMULAS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A whole file of these lines, headings included.
#[must_use]
pub fn file<L, C>(lines: impl IntoIterator<Item = L>) -> Vec<u8>
where
    L: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut text = BYTE_ORDER_MARK.to_owned();
    for line in lines {
        let cells: Vec<String> = line.into_iter().map(|content| cell(content.as_ref())).collect();
        text.push_str(&cells.join(";"));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// A cell: a leading apostrophe makes it text whatever it begins with, and quotes hold what would part it.
fn cell(content: &str) -> String {
    let apostrophe = if content.starts_with(OF_FORMULAS) { "'" } else { "" };
    if content.contains([';', '"', '\n', '\r']) {
        format!("\"{apostrophe}{}\"", content.replace('"', "\"\""))
    } else {
        format!("{apostrophe}{content}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What parts cells is quoted, and what a spreadsheet would calculate is text.
    #[test]
    fn cells_stay_what_they_are() {
        for (content, written) in [
            ("", ""),
            ("Droit, \u{e9}conomie", "Droit, \u{e9}conomie"),
            ("a;b", "\"a;b\""),
            ("a \"b\"", "\"a \"\"b\"\"\""),
            ("a\r\nb", "\"a\r\nb\""),
            ("=1+1", "'=1+1"),
            ("+33", "'+33"),
            ("-1", "'-1"),
            ("@cmd", "'@cmd"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("=a;b", "\"'=a;b\""),
        ] {
            assert_eq!(cell(content), written);
        }
        assert_eq!(file([["a", "b"], ["c", "d"]]), "\u{feff}a;b\r\nc;d\r\n".as_bytes());
    }
}
