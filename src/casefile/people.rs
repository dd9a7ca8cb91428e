//! Children and adults in masked form.

use crate::clock;
use crate::entity::{case_child, child};
use crate::error::Result;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use uuid::Uuid;

/// The first character, the others as asterisks.
pub(crate) fn mask(name: &str) -> String {
    let mut letters = name.chars();
    let first: String = letters.by_ref().take(1).collect();
    format!("{first}{}", "*".repeat(letters.count().max(1)))
}

/// GB/T 2261.1 in words.
pub(crate) fn sex(code: &str) -> &'static str {
    match code {
        "1" => "男",
        "2" => "女",
        _ => "性别未知",
    }
}

/// Full years between two days.
pub(crate) fn years(birth: NaiveDate, today: NaiveDate) -> i32 {
    let before = (today.month(), today.day()) < (birth.month(), birth.day());
    today.year() - birth.year() - i32::from(before)
}

/// `7岁`, `约7岁`, nothing when nobody knows.
pub(crate) fn age(vault: &Vault, row: &child::Model, now: DateTime<Utc>) -> Result<Option<String>> {
    let birth = vault.open_some(Slot::new("child", "birth_date", row.id), row.birth_date.as_ref())?;
    if let Some(birth) = birth.and_then(|text| text.parse::<NaiveDate>().ok()) {
        return Ok(Some(format!("{}岁", years(birth, clock::day(now)))));
    }
    let guess = if row.age_estimated { "约" } else { "" };
    Ok(row.age_at_intake.map(|age| format!("{guess}{age}岁")))
}

/// `李* 7岁 女`, or `约7岁女童` where no name is known.
pub(crate) fn short(vault: &Vault, row: &child::Model, now: DateTime<Utc>) -> Result<String> {
    let name = vault.open_some(Slot::new("child", "name", row.id), row.name.as_ref())?;
    let age = age(vault, row, now)?;
    Ok(match name {
        Some(name) => [Some(mask(&name)), age, Some(sex(&row.sex).to_owned())]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        None => {
            let word = match row.sex.as_str() {
                "1" => "男童",
                "2" => "女童",
                _ => "儿童",
            };
            format!("{}{word}", age.unwrap_or_default())
        }
    })
}

/// The children of these cases.
pub(crate) async fn children(db: &impl ConnectionTrait, cases: &[Uuid]) -> Result<HashMap<Uuid, Vec<child::Model>>> {
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.is_in(cases.iter().copied()))
        .order_by_asc(case_child::Column::Id)
        .all(db)
        .await?;
    let rows = child::Entity::find()
        .filter(child::Column::Id.is_in(links.iter().map(|link| link.child_id)))
        .all(db)
        .await?;
    let by_id: HashMap<Uuid, child::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut found: HashMap<Uuid, Vec<child::Model>> = HashMap::new();
    for link in links {
        if let Some(row) = by_id.get(&link.child_id) {
            found.entry(link.case_id).or_default().push(row.clone());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_character_of_a_name_is_shown() {
        assert_eq!(mask("李小雨"), "李**");
        assert_eq!(mask("单"), "单*");
        assert_eq!(mask("𬭎"), "𬭎*");
    }

    #[test]
    fn a_birthday_to_come_is_not_counted() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(years(day("2019-11-24"), day("2026-11-23")), 6);
        assert_eq!(years(day("2019-11-23"), day("2026-11-23")), 7);
    }
}
