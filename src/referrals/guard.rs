//! What may be written to another line: texts and numbers checked, and nothing
//! in a letter by which the child or the caller could be known.

use crate::casework::steps::words_if_any;
use crate::entity::{report, reporter_identity};
use crate::error::{Error, Result};
use crate::vault::{Slot, Vault, normalise};
use anyhow::Context;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::Value;

const RECEIPT: usize = 50;

/// The other side's receipt number; blank is none yet.
///
/// # Errors
/// [`Error::Invalid`] on `receipt`.
pub(super) fn receipt(text: &str) -> Result<Option<String>> {
    let Some(text) = words_if_any("receipt", "回执号", Some(text), RECEIPT)? else {
        return Ok(None);
    };
    let known = |c: char| c.is_alphanumeric() || "-_/.·〔〕（）()[]【】# ".contains(c);
    if !text.chars().all(known) || !text.chars().any(char::is_alphanumeric) {
        let what = "回执号只写字母、数字、汉字和 -/〔〕（），按对方报的重填";
        return Err(Error::field("receipt", what));
    }
    Ok(Some(text))
}

/// Refuses a letter that names a child of the report, an id number, or the
/// caller's name or number: it leaves the house (未成年人保护法第一百零三条,
/// 反家庭暴力法第十四条).
///
/// # Errors
/// [`Error::Invalid`] on `told`.
pub(super) async fn neutral(
    db: &impl ConnectionTrait,
    vault: &Vault,
    report: &report::Model,
    text: &str,
) -> Result<()> {
    let text = normalise(text);
    let form = vault.open_some(Slot::new("report", "form", report.id), report.form.as_ref())?;
    let form: Value = match form {
        Some(form) => serde_json::from_str(&form).context("form of a report")?,
        None => Value::Null,
    };
    let mut secret = Vec::new();
    for child in form["children"].as_array().into_iter().flatten() {
        for field in ["name", "id_number"] {
            secret.push(child[field].as_str().unwrap_or_default().to_owned());
        }
    }
    secret.push(form["suspect_name"].as_str().unwrap_or_default().to_owned());
    if let Some(row) = reporter_identity::Entity::find_by_id(report.id).one(db).await? {
        let slot = |column| Slot::new("reporter_identity", column, report.id);
        secret.extend(vault.open_some(slot("name"), row.name.as_ref())?);
        secret.extend(vault.open_some(slot("phone"), row.phone.as_ref())?);
    }
    let told = |secret: &String| {
        let secret = normalise(secret);
        // One character is a word like any other.
        secret.chars().count() > 1 && text.contains(&secret)
    };
    if secret.iter().any(told) {
        let what = "函中不写儿童、来电人和被反映人的姓名、号码、证件号；写年龄、性别和需要对方做什么";
        return Err(Error::field("told", what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_taken_as_the_other_side_tells_them() {
        for good in ["JJ20261123001", "朔公接〔2026〕12号", "  A-1/2 ", "薛圐圙乡 3 号"] {
            assert!(receipt(good).unwrap().is_some(), "{good}");
        }
        assert_eq!(receipt("  ").unwrap(), None);
        for bad in ["😀😀", "---", "<script>", "a\u{7}b", &"9".repeat(51)] {
            assert!(receipt(bad).is_err(), "{bad}");
        }
    }
}
