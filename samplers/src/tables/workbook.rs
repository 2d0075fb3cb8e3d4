//! The smallest workbook that spreadsheets open: one sheet, its texts in the cells or in a table of their own.

use std::io::{Cursor, Write as _};

use jiff::civil::{Date, date};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::Written;

/// The day that a workbook counts days from.
const DAY_ZERO: Date = date(1899, 12, 30);

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// The workbook of these rows. `shared`: its texts are in a table of their own, as Excel has them.
pub(super) fn write(rows: &[Vec<Written>], shared: bool) -> Vec<u8> {
    let mut texts = Vec::new();
    let sheet = sheet(rows, shared.then_some(&mut texts));
    let types = format!(
        "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>{}</Types>",
        [("workbook", "sheet.main"), ("worksheets/sheet1", "worksheet"), ("styles", "styles"), ("sharedStrings", "sharedStrings")]
            .map(|(part, kind)| format!("<Override PartName=\"/xl/{part}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml\"/>"))
            .concat()
    );
    let relations = |of: &[(&str, &str)]| {
        let each = of.iter().zip(1..).map(|((kind, target), number)| {
            format!("<Relationship Id=\"rId{number}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
        });
        format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\">{}</Relationships>",
            each.collect::<String>()
        )
    };
    let parts = [
        ("[Content_Types].xml", types),
        ("_rels/.rels", relations(&[("officeDocument", "xl/workbook.xml")])),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"Feuil1\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(&[
                ("worksheet", "worksheets/sheet1.xml"),
                ("styles", "styles.xml"),
                ("sharedStrings", "sharedStrings.xml"),
            ]),
        ),
        // The second format is that of days.
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/sharedStrings.xml", format!("<sst xmlns=\"{MAIN}\">{}</sst>", texts.concat())),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>{text}");
        // An archive in memory takes everything.
        let _ = archive
            .start_file(name, SimpleFileOptions::default())
            .map(|()| archive.write_all(text.as_bytes()));
    }
    archive.finish().map(Cursor::into_inner).unwrap_or_default()
}

fn sheet(rows: &[Vec<Written>], mut shared: Option<&mut Vec<String>>) -> String {
    let mut text = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>");
    for (row, number) in rows.iter().zip(1..) {
        text.push_str(&format!("<row r=\"{number}\">"));
        for (cell, column) in row.iter().zip('A'..) {
            let place = format!("r=\"{column}{number}\"");
            match cell {
                // Nothing is in the file of a cell that nobody filled in.
                Written::Text(text) if text.is_empty() => {}
                Written::Text(content) => match &mut shared {
                    Some(texts) => {
                        text.push_str(&format!("<c {place} t=\"s\"><v>{}</v></c>", texts.len()));
                        texts.push(format!("<si>{}</si>", element(content)));
                    }
                    None => text
                        .push_str(&format!("<c {place} t=\"inlineStr\"><is>{}</is></c>", element(content))),
                },
                Written::Number(digits) => text.push_str(&format!("<c {place}><v>{digits}</v></c>")),
                Written::Day(day) => {
                    let days = DAY_ZERO.until(*day).map_or(0, |span| span.get_days());
                    text.push_str(&format!("<c {place} s=\"1\"><v>{days}</v></c>"));
                }
            }
        }
        text.push_str("</row>");
    }
    text + "</sheetData></worksheet>"
}

fn element(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<t xml:space=\"preserve\">{text}</t>")
}
