//! What kind of file it is, by its bytes: a whole PDF and nothing else.

use schemas::upload::{Finding, FindingCode, Place};

/// Largest contract, in bytes: twelve pages scanned at 200 dpi have half of it.
pub const BYTES_MAX: usize = 10 * 1024 * 1024;

/// How a PDF begins: at its very first byte, for what stands before may be another file.
const HEADER: &[u8] = b"%PDF-";

/// How a PDF ends.
const END: &[u8] = b"%%EOF";

/// How far from the end an archive's directory may point back: its own comment has at most 65,535 bytes.
const ARCHIVE_END_BYTES: usize = 22 + 65_535;

/// How far from where it should be the table may lie: tools that change line ends shift it a little.
const TABLE_BYTES_OFF: usize = 64;

/// Within how many bytes of the beginning a browser guesses that a file is a page.
const SNIFFED_BYTES: usize = 1024;

/// What makes a browser or an interpreter take a file for a program of its own, within [`SNIFFED_BYTES`].
const MARKUP: [&[u8]; 6] = [b"<html", b"<script", b"<!doctype", b"<?php", b"<svg", b"<iframe"];

/// Signatures of other formats that do not stand at the first byte: where, what, and the format's name.
const ELSEWHERE: [(usize, &[u8], &str); 3] =
    [(257, b"ustar", "tar"), (128, b"DICM", "dicom"), (0x8001, b"CD001", "iso")];

/// Archives that unpack wherever they begin.
const ARCHIVES: [(&[u8], &str); 2] = [(b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z")];

/// Refuses what is not a PDF, not only one, or not a whole one.
pub(super) fn check(bytes: &[u8]) -> Result<(), Finding> {
    if bytes.len() > BYTES_MAX {
        return refused(FindingCode::OverLimit, Place::File, "bytes");
    }
    if !bytes.starts_with(HEADER) {
        return match find(bytes, HEADER) {
            Some(at) => refused(FindingCode::Polyglot, Place::Byte(at as u64), magic(bytes)),
            None => refused(FindingCode::NotAPdf, Place::File, magic(bytes)),
        };
    }
    if let Some((at, name)) = other_format(bytes) {
        return refused(FindingCode::Polyglot, Place::Byte(at as u64), name);
    }
    let ends = rfind(bytes, END).map(|at| at + END.len());
    let tail = ends.and_then(|ends| bytes.get(ends..));
    if !tail.is_some_and(|tail| tail.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0)) {
        return refused(FindingCode::Truncated, Place::Byte(bytes.len() as u64), "");
    }
    if cut_after_an_inner_end(bytes) {
        return refused(FindingCode::Truncated, Place::Byte(bytes.len() as u64), "startxref");
    }
    Ok(())
}

/// A file made for reading while it loads has an end within, before most of its objects: what it says there of where its
/// table lies, and of its length, is true of the whole file only.
fn cut_after_an_inner_end(bytes: &[u8]) -> bool {
    let said = |text: &[u8]| -> Option<usize> {
        let digits = text.trim_ascii_start();
        let ends = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        std::str::from_utf8(digits.get(..ends)?).ok()?.parse().ok()
    };
    let after = |what: &[u8], at: usize| bytes.get(at + what.len()..);
    let table = rfind(bytes, b"startxref").and_then(|at| said(after(b"startxref", at)?));
    let lies_there = table.is_some_and(|at| {
        let around = bytes.get(at.saturating_sub(TABLE_BYTES_OFF)..).unwrap_or_default();
        let around = around.get(..2 * TABLE_BYTES_OFF).unwrap_or(around);
        find(around, b"xref").is_some() || find(around, b"obj").is_some()
    });
    let head = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    let length = find(head, b"/Linearized").and_then(|at| {
        let dictionary = head.get(at..)?;
        let dictionary = dictionary.get(..find(dictionary, b">>")?)?;
        let key = dictionary.windows(2).enumerate().find(|(at, key)| {
            *key == b"/L"
                && dictionary
                    .get(at + 2)
                    .is_some_and(|next| next.is_ascii_whitespace() || next.is_ascii_digit())
        });
        said(dictionary.get(key?.0 + 2..)?)
    });
    !lies_there || length.is_some_and(|length| length > bytes.len())
}

fn refused(code: FindingCode, place: Place, found: &str) -> Result<(), Finding> {
    Err(Finding::refusing(code, place, found))
}

/// Another format of which this PDF is a file too.
fn other_format(bytes: &[u8]) -> Option<(usize, &'static str)> {
    let head = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes).to_ascii_lowercase();
    if let Some(at) = MARKUP.into_iter().find_map(|opening| find(&head, opening)) {
        return Some((at, "html"));
    }
    let fixed = |(at, signature, name): (usize, &[u8], &'static str)| {
        bytes.get(at..)?.starts_with(signature).then_some((at, name))
    };
    if let Some(found) = ELSEWHERE.into_iter().find_map(fixed) {
        return Some(found);
    }
    let anywhere = |(signature, name): (&[u8], &'static str)| Some((find(bytes, signature)?, name));
    ARCHIVES.into_iter().find_map(anywhere).or_else(|| archive(bytes))
}

/// A ZIP archive, whose directory is found from the end.
fn archive(bytes: &[u8]) -> Option<(usize, &'static str)> {
    let from = bytes.len().saturating_sub(ARCHIVE_END_BYTES);
    let at = from + rfind(bytes.get(from..)?, b"PK\x05\x06")?;
    Some((at, "zip"))
}

/// The name of what a file that is no PDF begins with, if it is well known.
fn magic(bytes: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 10] = [
        (b"PK\x03\x04", "zip"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"\x89PNG", "png"),
        (b"MZ", "exe"),
        (b"\x7fELF", "elf"),
        (b"\xd0\xcf\x11\xe0", "doc"),
        (b"{\\rtf", "rtf"),
        (b"<?xml", "xml"),
        (b"<svg", "svg"),
        (b"GIF8", "gif"),
    ];
    KNOWN.into_iter().find(|(signature, _)| bytes.starts_with(signature)).map_or("", |(_, name)| name)
}

/// Where a sequence of bytes first occurs.
pub(super) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Where a sequence of bytes last occurs.
pub(super) fn rfind(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}
