//! Writing a list that a spreadsheet opens: CSV, or an XLSX of one sheet whose
//! cells are all texts, so that no cell is ever a formula.

use anyhow::Context;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const RELS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const BOOK_RELS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// A list as CSV in UTF-8 with its mark, by which spreadsheets know it.
///
/// # Errors
/// Never in memory.
pub(crate) fn csv(rows: &[Vec<String>]) -> anyhow::Result<Vec<u8>> {
    let mut lines = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        lines.write_record(row.iter().map(|text| plain(text)))?;
    }
    lines.into_inner().context("csv")
}

/// What a spreadsheet would take for a formula is text.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// A list as a workbook.
///
/// # Errors
/// Never in memory.
pub(crate) fn workbook(rows: &[Vec<String>]) -> anyhow::Result<Vec<u8>> {
    let sheet = worksheet(rows)?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELS),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", BOOK_RELS),
        ("xl/worksheets/sheet1.xml", &sheet),
    ] {
        archive.start_file(name, stored)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

fn worksheet(rows: &[Vec<String>]) -> anyhow::Result<String> {
    let mut xml = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#,
    );
    for (line, row) in rows.iter().enumerate() {
        write!(xml, r#"<row r="{}">"#, line + 1)?;
        for (letter, text) in ('A'..='Z').zip(row) {
            let text = escaped(text);
            write!(
                xml,
                r#"<c r="{letter}{}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#,
                line + 1
            )?;
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData></worksheet>");
    Ok(xml)
}

/// Text between tags; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let held = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n'));
    held.fold(String::new(), |mut all, c| {
        match c {
            '&' => all.push_str("&amp;"),
            '<' => all.push_str("&lt;"),
            '>' => all.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c => all.push(c),
        }
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Sheet;

    #[test]
    fn what_is_written_is_read_again_and_is_no_formula() {
        let rows = [
            vec!["工单号".to_owned(), "状态".to_owned()],
            vec!["=1+1".to_owned(), "已受理 <&>".to_owned()],
        ];
        let book = Sheet::read(&workbook(&rows).unwrap()).unwrap();
        assert_eq!(book.rows[0].get(&["工单号"]), "=1+1");
        assert_eq!(book.rows[0].get(&["状态"]), "已受理 <&>");
        let text = String::from_utf8(csv(&rows).unwrap()).unwrap();
        assert!(text.contains("'=1+1") && text.starts_with('\u{feff}'));
    }
}
