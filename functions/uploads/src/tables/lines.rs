//! Lines and cells of CSV, strictly: a quote that does not match is refused, since nobody can say what it swallows.

use schemas::intake::{FileRefusal, Limited};

use super::{ROWS_MAX, Row, row, too_large, words};

/// What parts cells: in France the semicolon, elsewhere the comma; a tab where "Unicode text" was chosen.
const DELIMITERS: [char; 3] = [';', ',', '\t'];

/// The rows that are not empty, and what parts their cells: the delimiter under which most columns have a known name.
pub(super) fn rows(text: &str) -> Result<(char, Vec<Row>), FileRefusal> {
    let is_blank = |line: &str| line.chars().all(|c| is_blank(c) || DELIMITERS.contains(&c) || c == '"');
    let mut lines = (1..).zip(lines(text)).filter(|(_, line)| !is_blank(line)).peekable();
    // A first line for spreadsheets, which do not show it.
    let said = lines.next_if(|(_, line)| line.len() == 5 && line.to_ascii_lowercase().starts_with("sep="));
    let (number, header) = *lines.peek().ok_or(FileRefusal::Empty {})?;
    let known = |delimiter: &char| {
        let cells = cells(header, *delimiter, number).unwrap_or_default();
        (cells.iter().filter(|cell| words::heading(cell).is_some()).count(), cells.len())
    };
    let said = said.and_then(|(_, line)| line.chars().last());
    // Of several that know as much, the first.
    let delimiter = said.or_else(|| DELIMITERS.into_iter().rev().max_by_key(known)).unwrap_or(';');
    let mut rows = Vec::new();
    for (number, line) in lines {
        rows.extend(row(number, cells(line, delimiter, number)?)?);
        if rows.len() as u64 > u64::from(ROWS_MAX) + 1 {
            return Err(too_large(Limited::Rows, ROWS_MAX.into()));
        }
    }
    Ok((delimiter, rows))
}

/// Lines that end in CR LF, LF or CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((line, after)) = text.find(['\r', '\n']).map(|at| text.split_at(at)) else {
            rest = None;
            return Some(text);
        };
        rest = after.strip_prefix("\r\n").or_else(|| after.get(1..));
        Some(line)
    })
}

/// The cells of a line. No cell of these files has more than one line, so that a quote left open ends here.
fn cells(line: &str, delimiter: char, row: u32) -> Result<Vec<String>, FileRefusal> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let Some(quoted) = rest.strip_prefix('"') else {
            let (cell, after) = rest.find(delimiter).map_or((rest, ""), |at| rest.split_at(at));
            if cell.contains('"') {
                return Err(FileRefusal::Quotes { row });
            }
            cells.push(clean(cell).to_owned());
            match after.strip_prefix(delimiter) {
                Some(after) => rest = after,
                None => return Ok(cells),
            }
            continue;
        };
        let (cell, after) = unquoted(quoted).ok_or(FileRefusal::Quotes { row })?;
        cells.push(clean(&cell).to_owned());
        match (after.strip_prefix(delimiter), after.is_empty()) {
            (Some(after), _) => rest = after,
            (None, true) => return Ok(cells),
            (None, false) => return Err(FileRefusal::Quotes { row }),
        }
    }
}

/// What stands before the closing quote, and what follows that; two quotes are one of the cell.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        cell.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return Some((cell, after)),
        }
    }
}

/// What no reader sees.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{feff}')
}

/// A cell without the blanks around it, and without what makes a spreadsheet take it for text: an apostrophe before it,
/// or a formula that is nothing but a text.
pub(super) fn clean(cell: &str) -> &str {
    let cell = cell.trim_matches(is_blank);
    let cell = cell.strip_prefix('\'').unwrap_or(cell);
    cell.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, Vec<String>)> {
        rows(text).unwrap().1.into_iter().map(|row| (row.number, row.cells)).collect()
    }

    /// Every end of a line, delimiter and way of quoting gives the same cells; rows keep a spreadsheet's numbers.
    #[test]
    fn dialects_give_the_same_cells() {
        let expected = [
            (1, vec!["candidat".to_owned(), "motif".into(), "date".into()]),
            (3, vec!["a".to_owned(), "x \"y\" z".into(), String::new()]),
            (4, vec!["007".to_owned(), "b".into(), "c".into()]),
        ];
        for text in [
            "candidat;motif;date\r\n\r\na;\"x \"\"y\"\" z\";\r\n'007;b;c\r\n",
            "candidat,motif,date\n,,\n\"a\",\"x \"\"y\"\" z\",\"\"\n\"=\"\"007\"\"\",b,c",
            "candidat\tmotif\tdate\r\t\t\ra \t\"x \"\"y\"\" z\"\t\r\u{a0}007\tb\u{202f}\tc\r",
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        let numbers: Vec<u32> = read("sep=,\ncandidat,motif,date\na,b,c").iter().map(|row| row.0).collect();
        assert_eq!(numbers, [2, 3]);
    }

    /// A quote that does not match refuses the file with its row.
    #[test]
    fn quotes_that_do_not_match_are_refused() {
        for (text, row) in [
            ("candidat;motif\na;\"b\nc;d\n", 2),
            ("candidat;motif\na;b\nc;d\"e\n", 3),
            ("candidat;motif\n\"a\"b;c\n", 2),
            ("candidat;motif\n\"a\"\";c\n", 2),
            ("\"candidat;motif\na;b", 1),
        ] {
            assert_eq!(rows(text), Err(FileRefusal::Quotes { row }), "{text}");
        }
        assert_eq!(rows("\n;;\n\u{feff}\n"), Err(FileRefusal::Empty {}));
    }
}
