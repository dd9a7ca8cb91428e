//! Holidays and make-up working days laid over the embedded calendar.

use super::plan::Plan;
use super::sheet::{Row, Sheet};
use crate::ctx::Ctx;
use crate::entity::setting;
use crate::error::Result;
use crate::network::change::name_fault;
use crate::rules::calendar::{Calendar, WorkingHours};
use crate::rules::codes::WorkdayRow;
use anyhow::Context;
use chrono::{Datelike, NaiveDate};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The setting that holds the days that were imported.
pub const EXTRA_DAYS: &str = "calendar_extra";
/// The setting that holds the working hours.
pub const WORKING_HOURS: &str = "working_hours";
const DATE: &[&str] = &["日期", "date"];
const KIND: &[&str] = &["类型", "kind"];
const NAME: &[&str] = &["名称", "name"];

/// A day as it is stored: `holiday` or `makeup_workday`, and its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Day {
    kind: String,
    name: String,
}

/// The working calendar: the embedded one with what was imported over it, and
/// the working hours of the place.
///
/// # Errors
/// When the database refuses.
pub async fn calendar(db: &impl ConnectionTrait) -> Result<Calendar> {
    let rows: Vec<WorkdayRow> = stored(db)
        .await?
        .into_iter()
        .map(|(date, day)| WorkdayRow {
            date: date.to_string(),
            kind: day.kind,
            name: day.name,
        })
        .collect();
    let calendar = Calendar::shared().clone().with(&rows);
    let hours = setting::Entity::find_by_id(WORKING_HOURS).one(db).await?;
    Ok(match hours.and_then(|row| WorkingHours::parse(&row.value)) {
        Some(hours) => calendar.at_hours(hours),
        None => calendar,
    })
}

/// The imported days.
pub(super) async fn stored(db: &impl ConnectionTrait) -> Result<BTreeMap<NaiveDate, Day>> {
    let row = setting::Entity::find_by_id(EXTRA_DAYS).one(db).await?;
    match row {
        Some(row) => Ok(serde_json::from_str(&row.value).context("setting calendar_extra")?),
        None => Ok(BTreeMap::new()),
    }
}

pub(super) fn plan(plan: &mut Plan, mut days: BTreeMap<NaiveDate, Day>, ctx: &Ctx, sheet: &Sheet) {
    if let Err(reason) = sheet.needs(&[DATE, KIND]) {
        plan.fault(1, &reason);
        return;
    }
    for row in &sheet.rows {
        match read(row) {
            Ok((date, _)) if !plan.first(date.to_string()) => plan.fault(row.line, "日期与前面的行重复"),
            Ok((date, day)) => {
                if days.get(&date) != Some(&day) {
                    let words = if day.kind == "holiday" {
                        "节假日"
                    } else {
                        "调休上班"
                    };
                    plan.change(format!("{date} {words} {}", day.name));
                    days.insert(date, day);
                }
            }
            Err(reason) => plan.fault(row.line, reason),
        }
    }
    plan.setting = Some(setting::Model {
        name: EXTRA_DAYS.to_owned(),
        value: serde_json::json!(days).to_string(),
        updated_at: ctx.now,
    });
}

fn read(row: &Row) -> std::result::Result<(NaiveDate, Day), &'static str> {
    let date: NaiveDate = row.get(DATE).parse().map_err(|_| "日期应为 2027-01-01 的样子")?;
    if !(2020..=2100).contains(&date.year()) {
        return Err("日期的年份应在 2020 至 2100 之间");
    }
    let kind = match row.get(KIND) {
        "节假日" | "holiday" => "holiday",
        "调休上班" | "调休" | "makeup_workday" => "makeup_workday",
        _ => return Err("类型应为 节假日 或 调休上班"),
    };
    let name = row.get(NAME);
    if !name.is_empty() && name_fault(name).is_some() {
        return Err("名称不超过 60 字，且不含不可用的字符");
    }
    let day = Day {
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    Ok((date, day))
}
