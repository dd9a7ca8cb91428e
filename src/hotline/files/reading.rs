//! A file as the platform makes it: XLSX, or CSV in UTF-8 or GB18030.

use crate::network::Sheet;
use encoding_rs::GB18030;
use std::borrow::Cow;

/// The largest file that is read, in bytes. It travels in base64 from the dry
/// run to the confirmation, so this is less than an attachment's.
pub(crate) const LARGEST: usize = 5 * 1024 * 1024;
/// The longest heading, in characters.
const HEAD: usize = 60;
/// The longest text of one cell, in characters.
const CELL: usize = 8000;

/// Reads a file, or says in the field's words why not.
pub(crate) fn read(bytes: &[u8]) -> Result<Sheet, String> {
    if bytes.is_empty() {
        return Err("选择要导入的文件".to_owned());
    }
    if bytes.len() > LARGEST {
        return Err("文件超过 5 MiB，分成几个文件".to_owned());
    }
    // The container of XLS and of encrypted workbooks.
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err("工作簿已加密或是旧版 XLS，去掉密码、另存为 XLSX 后重试".to_owned());
    }
    let sheet = Sheet::read_with_times(&decoded(bytes)?)?;
    let heads = sheet.heads();
    if heads
        .iter()
        .any(|head| head.chars().any(char::is_control) || head.chars().nth(HEAD).is_some())
    {
        return Err("列名过长或含换行等控制字符，改成一行短名称".to_owned());
    }
    let twice = |(at, head): (usize, &String)| (!head.is_empty() && heads[..at].contains(head)).then(|| head.clone());
    if let Some(head) = heads.iter().enumerate().find_map(twice) {
        return Err(format!("列名“{head}”重复，改成不同的列名"));
    }
    if sheet.rows.is_empty() {
        return Err("文件只有列名，没有数据行".to_owned());
    }
    Ok(sheet)
}

fn decoded(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if bytes.starts_with(b"PK\x03\x04") || std::str::from_utf8(bytes).is_ok() {
        return Ok(Cow::Borrowed(bytes));
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(Cow::Owned(text.into_owned().into_bytes())),
        None => Err("文件不是 UTF-8 或 GB18030 编码，另存为 XLSX 后重试".to_owned()),
    }
}

/// Whether a text is longer than a cell may be.
pub(super) fn too_long(text: &str) -> bool {
    text.chars().nth(CELL).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_in_the_encoding_that_spreadsheets_write() {
        let (bytes, ..) = GB18030.encode("工单号,诉求内容\nA-1,薛圐圙乡的孩子\n");
        let sheet = read(&bytes).unwrap();
        assert_eq!(sheet.rows[0].get(&["诉求内容"]), "薛圐圙乡的孩子");
    }

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        for (bytes, why) in [
            (&b""[..], "选择"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", "加密"),
            (b"\xff\xff\xff", "编码"),
            (b"PK\x03\x04 no workbook", "损坏"),
            (b"a,b,a\n1,2,3\n", "重复"),
            (b"a,b\n", "没有数据行"),
            (b"a\0,b\n1,2\n", "控制字符"),
        ] {
            assert!(read(bytes).unwrap_err().contains(why), "{why}");
        }
        assert!(read(&vec![b'a'; LARGEST + 1]).unwrap_err().contains("5 MiB"));
    }
}
