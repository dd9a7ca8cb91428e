//! Lists as people have them: CSV in UTF-8 or the first sheet of an XLSX,
//! read into rows of texts that know their line.

use calamine::{DataRef, Reader, Xlsx};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;

/// The most rows of one list.
const ROWS: usize = 20_000;
/// The most columns that are looked at.
const COLUMNS: u32 = 40;
const WIDTH: usize = 40;
/// What a workbook may unpack to, in bytes.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// A list with its headings.
#[derive(Debug)]
pub(crate) struct Sheet {
    heads: Vec<String>,
    /// The rows below the headings that are not empty.
    pub(crate) rows: Vec<Row>,
}

/// A row by its headings.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// The line in the file, the headings' being 1.
    pub(crate) line: usize,
    cells: HashMap<String, String>,
}

impl Row {
    /// The text under a heading, trimmed; empty when there is none. A heading
    /// may have several names.
    pub(crate) fn get(&self, names: &[&str]) -> &str {
        names
            .iter()
            .find_map(|name| self.cells.get(*name))
            .map_or("", String::as_str)
    }
}

impl Sheet {
    /// Reads a file by its content; of cells that hold a time, the day.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        Self::read_as(bytes, Times::Days)
    }

    /// Reads a file by its content, with the time of day where a cell holds one.
    pub(crate) fn read_with_times(bytes: &[u8]) -> Result<Self, String> {
        Self::read_as(bytes, Times::Seconds)
    }

    fn read_as(bytes: &[u8], times: Times) -> Result<Self, String> {
        let lines = if bytes.starts_with(b"PK\x03\x04") {
            workbook(bytes, times)?
        } else {
            csv_lines(bytes)?
        };
        let mut lines = lines
            .into_iter()
            .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
        let Some((_, heads)) = lines.next() else {
            return Err("文件是空的，第一行应为列名".to_owned());
        };
        let row = |(line, cells): (usize, Vec<String>)| Row {
            line,
            cells: heads.iter().cloned().zip(cells).collect(),
        };
        let rows: Vec<Row> = lines.map(row).collect();
        if rows.len() > ROWS {
            return Err(format!("一次最多导入 {ROWS} 行，分成几个文件"));
        }
        Ok(Self { heads, rows })
    }

    /// The headings, in their order.
    pub(crate) fn heads(&self) -> &[String] {
        &self.heads
    }

    /// Refuses a list without one of the columns.
    pub(crate) fn needs(&self, columns: &[&[&str]]) -> Result<(), String> {
        let missing = |names: &&&[&str]| !names.iter().any(|name| self.heads.iter().any(|head| head == name));
        match columns.iter().find(missing) {
            Some(names) => Err(format!("缺少“{}”列，核对第一行的列名", names.first().unwrap_or(&""))),
            None => Ok(()),
        }
    }
}

fn csv_lines(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| "文件不是 UTF-8 编码（不支持 GBK），另存为“CSV UTF-8”或 XLSX 后重试".to_owned())?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records().take(ROWS + 2) {
        let record = record.map_err(|_| "CSV 格式不符，核对引号与逗号".to_owned())?;
        let line = record.position().map_or(0, |start| line_of(bytes, start));
        let cells = record.iter().take(WIDTH).map(str::to_owned).collect();
        lines.push((line, cells));
    }
    Ok(lines)
}

/// The line on which a record begins: the reader counts the blank lines that
/// it passed over as part of the record.
fn line_of(bytes: &[u8], start: &csv::Position) -> usize {
    let rest = usize::try_from(start.byte()).ok().and_then(|at| bytes.get(at..));
    let blank = rest
        .unwrap_or_default()
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'));
    usize::try_from(start.line()).unwrap_or_default() + blank.filter(|byte| **byte == b'\n').count()
}

/// What of a cell's time counts.
#[derive(Debug, Clone, Copy)]
enum Times {
    Days,
    Seconds,
}

fn workbook(bytes: &[u8], times: Times) -> Result<Vec<(usize, Vec<String>)>, String> {
    let unreadable = || "文件不是可读的 XLSX 工作簿，重新另存后重试".to_owned();
    if unpacked(bytes).is_none_or(|size| size > UNPACKED) {
        return Err("工作簿损坏或展开后过大，删去无关内容后重试".to_owned());
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let first = book.sheet_names().first().cloned().ok_or_else(unreadable)?;
    // Cell by cell, because a single far-away cell would make a whole range huge.
    let mut cells = book.worksheet_cells_reader(&first).map_err(|_| unreadable())?;
    let mut lines: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(|_| unreadable())? {
        let (row, column) = cell.get_position();
        let text = text_of(cell.get_value(), times);
        if column < COLUMNS && !text.is_empty() {
            lines.entry(row).or_default().insert(column, text);
        }
        if lines.len() > ROWS + 1 {
            return Err(format!("一次最多导入 {ROWS} 行，分成几个文件"));
        }
    }
    let line = |(row, mut cells): (u32, BTreeMap<u32, String>)| {
        let width = cells.keys().next_back().map_or(0, |last| last + 1);
        let texts = (0..width).map(|column| cells.remove(&column).unwrap_or_default());
        (usize::try_from(row).unwrap_or_default() + 1, texts.collect())
    };
    Ok(lines.into_iter().map(line).collect())
}

/// What the archive says that its members unpack to, in bytes; nothing when
/// its directory cannot be read.
fn unpacked(bytes: &[u8]) -> Option<u64> {
    let number = |at: usize, len: usize| {
        let part = bytes.get(at..at.checked_add(len)?)?;
        Some(part.iter().rev().fold(0u64, |all, byte| (all << 8) | u64::from(*byte)))
    };
    let end = bytes.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let members = number(end + 10, 2)?;
    let mut at = usize::try_from(number(end + 16, 4)?).ok()?;
    let mut total = 0u64;
    for _ in 0..members {
        if bytes.get(at..at.checked_add(4)?)? != b"PK\x01\x02" {
            return None;
        }
        total += number(at + 24, 4)?;
        let tail = number(at + 28, 2)? + number(at + 30, 2)? + number(at + 32, 2)?;
        at = at.checked_add(46 + usize::try_from(tail).ok()?)?;
    }
    Some(total)
}

/// A cell as people see it: whole numbers without a point, dates as dates.
fn text_of(cell: &DataRef<'_>, times: Times) -> String {
    match cell {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => format!("{number}"),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (times, hour, minute, second, milli) {
                (Times::Days, ..) | (_, 0, 0, 0, 0) => date,
                _ => {
                    let day = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
                    let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
                    // A time of day is a fraction, and falls a little short of its second.
                    let past = TimeDelta::seconds(seconds + i64::from(milli >= 500));
                    day.map_or(date, |day| format!("{}", day.and_time(NaiveTime::MIN) + past))
                }
            }
        }
        DataRef::DateTimeIso(text) => match times {
            Times::Days => text.chars().take(10).collect(),
            Times::Seconds => text
                .strip_suffix("T00:00:00")
                .unwrap_or(text)
                .chars()
                .take(19)
                .collect(),
        },
        DataRef::DurationIso(_) | DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_heading() {
        let sheet = Sheet::read("\u{feff}代码,名称\n140622,应县\n\n140623,右玉县\n".as_bytes()).unwrap();
        assert_eq!(sheet.rows.len(), 2);
        assert_eq!(sheet.rows[1].get(&["code", "代码"]), "140623");
        assert_eq!(sheet.rows[1].line, 4);
        assert!(
            sheet
                .needs(&[&["名称"], &["类别", "kind"]])
                .unwrap_err()
                .contains("类别")
        );
    }

    #[test]
    fn another_encoding_is_refused_with_what_to_do() {
        let gbk = [0xb4, 0xfa, 0xc2, 0xeb, b',', 0xc3, 0xfb];
        assert!(Sheet::read(&gbk).unwrap_err().contains("UTF-8"));
        assert!(Sheet::read(b"").unwrap_err().contains("空"));
        assert!(Sheet::read(b"PK\x03\x04 but no workbook").is_err());
    }

    #[test]
    fn long_codes_in_number_cells_keep_every_digit() {
        assert_eq!(text_of(&DataRef::Float(140_622_100_001.0), Times::Days), "140622100001");
    }
}
