//! What people type into the steps, checked alike everywhere.

use crate::error::{Error, Result};

/// A required text: trimmed, at most `max` characters, no control characters
/// but line ends and tabs.
///
/// # Errors
/// [`Error::Invalid`] on the field.
pub fn words(field: &str, label: &str, text: &str, max: usize) -> Result<String> {
    words_if_any(field, label, Some(text), max)?.ok_or_else(|| Error::field(field, &format!("填写{label}")))
}

/// An optional text under the same rules; blank counts as none.
///
/// # Errors
/// [`Error::Invalid`] on the field.
pub fn words_if_any(field: &str, label: &str, text: Option<&str>, max: usize) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if has_control(text) {
        return Err(Error::field(field, &format!("{label}含有不可用的字符，删除后重试")));
    }
    let long = text.chars().count();
    if long > max {
        return Err(Error::field(field, &format!("{label}不超过{max}字，现有{long}字")));
    }
    Ok(Some(text.to_owned()))
}

/// Whether a text has control characters other than line ends and tabs.
#[must_use]
pub fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_text_is_asked_for_and_a_long_one_counted() {
        assert!(words("reason", "理由", "  \n", 10).is_err());
        assert!(words("reason", "理由", &"长".repeat(11), 10).is_err());
        assert!(words("reason", "理由", "含\u{7}铃", 10).is_err());
        assert_eq!(words("reason", "理由", " 两行\n字 ", 10).unwrap(), "两行\n字");
        assert_eq!(words_if_any("note", "备注", Some(" "), 10).unwrap(), None);
    }
}
