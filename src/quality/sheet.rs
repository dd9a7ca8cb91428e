//! The score sheet in force: the rows of `data/quality_items.csv` until somebody
//! changes it on screen, one version more each time. A review keeps the version
//! under which it was begun.

use crate::casework::steps::words;
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::quality_sheet;
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::policy;
use crate::rules::quality::{Item, Quota};
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, SqlErr};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most items of a sheet.
pub(super) const MOST: usize = 40;

/// A version of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// 1 for the rows of the file.
    pub version: i32,
    /// What is looked at, in order.
    pub items: Vec<Item>,
    /// How many reports are drawn.
    pub quota: Quota,
    /// Since when; none for the file.
    pub since: Option<DateTime<Utc>>,
}

impl Sheet {
    fn of_file() -> Self {
        let items = codes::quality_items().iter().map(|row| Item {
            code: row.code.clone(),
            text: row.text.clone(),
            max: row.max,
            fatal: row.fatal,
        });
        Self {
            version: 1,
            items: items.collect(),
            quota: Quota::USUAL,
            since: None,
        }
    }

    fn of_row(row: &quality_sheet::Model) -> Result<Self> {
        Ok(Self {
            version: row.version,
            items: serde_json::from_str(&row.items).context("items of a score sheet")?,
            quota: Quota {
                least: u32::try_from(row.least).unwrap_or_default(),
                percent: u32::try_from(row.percent).unwrap_or_default(),
            },
            since: Some(row.valid_from),
        })
    }

    /// The most points there can be.
    #[must_use]
    pub fn full(&self) -> u32 {
        self.items.iter().map(|item| u32::from(item.max)).sum()
    }
}

/// The sheet in force.
///
/// # Errors
/// When the database refuses.
pub async fn sheet(db: &impl ConnectionTrait) -> Result<Sheet> {
    let latest = quality_sheet::Entity::find()
        .order_by_desc(quality_sheet::Column::Version)
        .one(db)
        .await?;
    latest.map_or_else(|| Ok(Sheet::of_file()), |row| Sheet::of_row(&row))
}

/// A version of the sheet.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn sheet_of(db: &impl ConnectionTrait, version: i32) -> Result<Sheet> {
    if version == 1 {
        return Ok(Sheet::of_file());
    }
    let row = quality_sheet::Entity::find()
        .filter(quality_sheet::Column::Version.eq(version))
        .one(db)
        .await?;
    Sheet::of_row(&row.ok_or(Error::NotFound)?)
}

/// A version in the list of versions.
pub(super) struct Made {
    pub(super) version: i32,
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) reason: String,
    pub(super) by: Option<Uuid>,
}

/// Every version, latest first.
pub(super) async fn history(app: &App) -> Result<Vec<Made>> {
    let rows = quality_sheet::Entity::find()
        .order_by_desc(quality_sheet::Column::Version)
        .all(app.db.read())
        .await?;
    let mut made = Vec::new();
    for row in rows {
        made.push(Made {
            version: row.version,
            since: Some(row.valid_from),
            reason: app.vault.open(reason_slot(row.id), &row.reason)?,
            by: row.changed_by,
        });
    }
    made.push(Made {
        version: 1,
        since: None,
        reason: "本系统默认（可配置）".to_owned(),
        by: None,
    });
    Ok(made)
}

fn reason_slot(id: Uuid) -> Slot {
    Slot::new("quality_sheet", "reason", id)
}

/// An item as typed.
#[derive(Debug, Clone, Default)]
pub struct ItemWish {
    /// 编号
    pub code: String,
    /// 评分项
    pub text: String,
    /// 分值
    pub max: String,
    /// 一票否决
    pub fatal: bool,
}

impl ItemWish {
    fn is_blank(&self) -> bool {
        [&self.code, &self.text, &self.max]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// What the sheet is to be, as typed.
#[derive(Debug, Clone, Default)]
pub struct SheetWish {
    /// The items; blank ones are left out.
    pub items: Vec<ItemWish>,
    /// 每人至少抽取
    pub least: String,
    /// 每人抽取比例
    pub percent: String,
    /// 变更理由
    pub reason: String,
}

/// Changes the sheet; answers its version. Reviews that were begun keep theirs.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Stale`] when somebody was faster;
/// [`Error::Invalid`] with every fault, items by their place: `text_0`.
pub async fn change_sheet(app: &App, ctx: &Ctx, seen: i32, wish: &SheetWish) -> Result<i32> {
    if !policy::keeps_quality(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("quality_sheet.change", None)));
    }
    let tx = app.db.begin().await?;
    let now = sheet(&tx).await?.version;
    if seen != now {
        return Err(Error::Stale { seen, now });
    }
    let (items, quota, reason) = checked(wish)?;
    let id = ctx.new_id();
    let row = quality_sheet::Model {
        id,
        version: seen + 1,
        items: serde_json::to_string(&items).context("items of a score sheet")?,
        least: i32::try_from(quota.least).unwrap_or_default(),
        percent: i32::try_from(quota.percent).unwrap_or_default(),
        reason: app.vault.seal(reason_slot(id), &reason)?,
        valid_from: ctx.now,
        changed_by: ctx.account(),
    };
    insert_models(&tx, vec![row])
        .await
        .map_err(|error| faster(error, seen))?;
    let entry = Entry::new(Act::QualitySheetChanged).subject(id);
    journal::commit(tx, ctx, entry.detail(json!({ "version": seen + 1 }))).await?;
    Ok(seen + 1)
}

/// Two at once: the version is there already.
fn faster(error: DbErr, seen: i32) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Stale { seen, now: seen + 1 },
        _ => error.into(),
    }
}

fn checked(wish: &SheetWish) -> Result<(Vec<Item>, Quota, String)> {
    let mut faults = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let mut codes = BTreeSet::new();
    for (place, wish) in wish.items.iter().enumerate().filter(|(_, wish)| !wish.is_blank()) {
        match item(place, wish) {
            Ok(item) if codes.insert(item.code.clone()) => items.push(item),
            Ok(_) => faults.push(FieldError::new(&format!("code_{place}"), "编号重复，每项用不同的编号")),
            Err(found) => faults.extend(found),
        }
    }
    if faults.is_empty() && (items.len() > MOST || !items.iter().any(|item| !item.fatal)) {
        let text = format!("至少写一个计分的评分项，最多 {MOST} 项");
        faults.push(FieldError::new("text_0", &text));
    }
    let least = number("least", "每人至少抽取", &wish.least, (0, Quota::MOST_LEAST));
    let percent = number("percent", "抽取比例", &wish.percent, (0, Quota::MOST_PERCENT));
    let mut kept = |found: std::result::Result<u32, FieldError>| found.map_err(|fault| faults.push(fault)).ok();
    let (least, percent) = (kept(least), kept(percent));
    if (least, percent) == (Some(0), Some(0)) {
        faults.push(FieldError::new("least", "每人至少抽取和抽取比例不能都是 0"));
    }
    let reason = match words("reason", "变更理由", &wish.reason, 200) {
        Ok(reason) => reason,
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            String::new()
        }
        Err(other) => return Err(other),
    };
    match (least, percent, faults.is_empty()) {
        (Some(least), Some(percent), true) => Ok((items, Quota { least, percent }, reason)),
        _ => Err(Error::Invalid(faults)),
    }
}

fn item(place: usize, wish: &ItemWish) -> std::result::Result<Item, Vec<FieldError>> {
    let mut faults = Vec::new();
    let code = wish.code.trim().to_ascii_uppercase();
    let fits = (1..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !fits {
        let text = "编号写 1 到 8 位字母和数字，如 Q01";
        faults.push(FieldError::new(&format!("code_{place}"), text));
    }
    let text = match words(&format!("text_{place}"), "评分项", &wish.text, 80) {
        Ok(text) => text,
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            String::new()
        }
        Err(_) => String::new(),
    };
    let max = if wish.fatal {
        Ok(0)
    } else {
        number(&format!("max_{place}"), "分值", &wish.max, (1, 100))
    };
    match (max, faults.is_empty()) {
        (Ok(max), true) => Ok(Item {
            code,
            text,
            max: u8::try_from(max).unwrap_or_default(),
            fatal: wish.fatal,
        }),
        (found, _) => {
            faults.extend(found.err());
            Err(faults)
        }
    }
}

fn number(field: &str, label: &str, text: &str, (least, most): (u32, u32)) -> std::result::Result<u32, FieldError> {
    let read = super::review::digits(text).and_then(|text| text.parse().ok());
    read.filter(|number| (least..=most).contains(number))
        .ok_or_else(|| FieldError::new(field, &format!("{label}写 {least} 至 {most} 的整数")))
}
