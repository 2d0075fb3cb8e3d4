//! What makes a contract do something, carry something or harm its reader.

use super::Defect;
use super::pdf::Document;

/// How much a bomb unpacks to, and how often: four times what a guarded reader may have.
pub(super) const BOMB_BYTES: usize = 32 * 1024 * 1024;
pub(super) const BOMBS: usize = 24;

/// How deep arrays lie in arrays.
const NESTED: usize = 20_000;

/// Larger than any contract may be.
const LARGE_BYTES: usize = 11 * 1024 * 1024;

/// What a defect adds to the catalogue.
pub(super) fn catalogue_entries(document: &mut Document, defect: Option<Defect>) -> String {
    let Some(defect) = defect else { return String::new() };
    match defect {
        Defect::JavaScript | Defect::PackedScript => {
            let action = document.add("<</Type/Action/S/JavaScript/JS(app.alert\\(1\\))>>");
            format!("/OpenAction {action} 0 R")
        }
        Defect::EscapedName => {
            let action = document.add("<</Type/Action/#53/Java#53cript/#4aS(app.alert\\(1\\))>>");
            format!("/OpenAction {action} 0 R")
        }
        Defect::NamedScript => {
            let script = document.add_packed("", b"app.alert(1)");
            format!("/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS {script} 0 R>>]>>>>")
        }
        Defect::LinkOnOpen => {
            let action = document.add("<</S/URI/URI(https://example.org/seen)>>");
            format!("/OpenAction {action} 0 R")
        }
        Defect::EmbeddedFile => {
            let file = document.add_packed("/Type/EmbeddedFile", b"MZ");
            let named = document.add(format!("<</Type/Filespec/F(a.exe)/EF<</F {file} 0 R>>>>"));
            format!("/Names<</EmbeddedFiles<</Names[(a) {named} 0 R]>>>>")
        }
        Defect::Xfa => {
            let program = document.add_packed("", b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>");
            format!("/Perms<<>>/AcroForm<</Fields[]/XFA {program} 0 R>>")
        }
        Defect::Nested => {
            let mut deep = vec![b'['; NESTED];
            deep.extend(vec![b']'; NESTED]);
            let deep = document.add(deep);
            format!("/PieceInfo {deep} 0 R")
        }
        Defect::Encrypted => {
            document.trailer.push_str("/ID[<00><00>]");
            let key = "0".repeat(64);
            let encryption =
                document.add(format!("<</Filter/Standard/V 1/R 2/Length 40/P -4/O<{key}>/U<{key}>>>"));
            document.trailer.push_str(&format!("/Encrypt {encryption} 0 R"));
            String::new()
        }
        _ => String::new(),
    }
}

/// What a defect adds to the page: something to click on, or something that happens when it is shown.
pub(super) fn page_entries(document: &mut Document, defect: Option<Defect>) -> String {
    let action = match defect {
        Some(Defect::Launch) => "<</S/Launch/F(calc.exe)>>",
        Some(Defect::SubmitForm) => "<</S/SubmitForm/F<</FS/URL/F(https://example.org/)>>>>",
        Some(Defect::ImportData) => "<</S/ImportData/F(a.fdf)>>",
        Some(Defect::RemoteGoTo) => "<</S/GoToR/F(\\\\\\\\server\\\\share\\\\a.pdf)/D[0/Fit]>>",
        Some(Defect::EmbeddedGoTo) => "<</S/GoToE/T<</R/C/N(a)>>>>",
        Some(Defect::ScriptLink) => "<</S/URI/URI(javascript:alert\\(1\\))>>",
        Some(Defect::RichMedia) => "<</S/Rendition/R<</S/MR>>>>",
        _ => return String::new(),
    };
    let action = document.add(action);
    format!("/AA<</O {action} 0 R>>")
}

/// What a defect does to the finished file.
pub(super) fn finish(file: Vec<u8>, defect: Option<Defect>) -> Vec<u8> {
    let mut file = file;
    match defect {
        Some(Defect::Truncated) => file.truncate(file.len() * 2 / 3),
        Some(Defect::LeadingBytes) => {
            file.splice(..0, b"MZ\x90\x00".iter().copied());
        }
        Some(Defect::PolyglotHtml) => {
            file.splice(9..9, b"%<html><script>alert(1)</script>\n".iter().copied());
        }
        Some(Defect::PolyglotZip) => {
            file.extend(b"%PK\x05\x06");
            file.extend([0; 18]);
            file.extend(b"\n%%EOF\n");
        }
        Some(Defect::TooLarge) => {
            let room = LARGE_BYTES.saturating_sub(file.len());
            file.splice(9..9, std::iter::repeat_n(b"%\n".iter().copied(), room / 2).flatten());
        }
        Some(Defect::EarlierRevision) => {
            let script = b"999 0 obj\n<</S/JavaScript/JS(app.alert\\(1\\))>>\nendobj\n";
            file.splice(9..9, script.iter().copied());
        }
        _ => {}
    }
    file
}
