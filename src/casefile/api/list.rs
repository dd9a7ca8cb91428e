//! `GET /api/v1/cases`: filters, order and cursor.

use super::wrong;
use crate::casefile::{names, page};
use crate::casework;
use crate::casework::walk::{self, Place, Stretch, Wanted};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::rules::division::Division;
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::workflow::Stage;
use crate::state::App;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const LIMIT: u64 = 100;
const USUAL: u64 = 20;

/// What the address may ask for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct CaseQuery {
    /// A stage, `assigned` … `merged`; every stage without it.
    stage: Option<String>,
    /// `red`, `yellow`, `blue`, `green`.
    risk: Option<String>,
    /// A division of any tier, with all below it.
    division: Option<String>,
    /// RFC 3339; only what is due before.
    due_before: Option<String>,
    /// `true`: only what waits for the caller or the caller's unit.
    mine: Option<String>,
    /// A part of a number, or words of the narrative.
    q: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1–100, 20 without it.
    limit: Option<String>,
}

/// What is asked for, read.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    stage: Option<Stage>,
    level: Option<RiskLevel>,
    division: Option<Division>,
    due_before: Option<DateTime<Utc>>,
    mine: bool,
    q: Option<String>,
    cursor: Option<Cursor>,
    limit: u64,
}

impl Filter {
    /// Reads the address.
    pub(crate) fn read(query: &CaseQuery) -> Result<Self> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let read = |text: Option<String>| text.map(|text| text.trim().to_owned());
        let stage = read(given(&query.stage))
            .map(|text| Stage::parse(&text).ok_or_else(|| wrong("stage", "未知的阶段")))
            .transpose()?;
        let level = read(given(&query.risk))
            .map(|text| RiskLevel::parse(&text).ok_or_else(|| wrong("risk", "等级为 red、yellow、blue 或 green")))
            .transpose()?;
        let division = read(given(&query.division))
            .map(|text| Division::parse(&text).map_err(|bad| wrong("division", &bad.to_string())))
            .transpose()?;
        let due_before = read(given(&query.due_before))
            .map(|text| DateTime::parse_from_rfc3339(&text).map_err(|_| wrong("due_before", "时间格式应为 RFC 3339")))
            .transpose()?
            .map(Into::into);
        let cursor = read(given(&query.cursor))
            .map(|text| Cursor::parse(&text).ok_or_else(|| wrong("cursor", "游标无效，从第一页重新开始")))
            .transpose()?;
        let limit = read(given(&query.limit))
            .map(|text| text.parse::<u64>().ok().filter(|limit| (1..=LIMIT).contains(limit)))
            .map(|limit| limit.ok_or_else(|| wrong("limit", "每页 1 至 100 条")))
            .transpose()?
            .unwrap_or(USUAL);
        Ok(Self {
            stage,
            level,
            division,
            due_before,
            mine: matches!(query.mine.as_deref(), Some("true" | "1" | "yes")),
            q: given(&query.q),
            cursor,
            limit,
        })
    }
}

/// The place of the last row of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor(Place);

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.splitn(3, '.');
        let due = match parts.next()? {
            "" => None,
            micros => Some(DateTime::from_timestamp_micros(micros.parse().ok()?)?),
        };
        let level = parts.next()?.parse().ok()?;
        let id = Uuid::parse_str(parts.next()?).ok()?;
        Some(Self(Place { due, level, id }))
    }

    fn text(self) -> String {
        let Place { due, level, id } = self.0;
        let due = due.map(|due| due.timestamp_micros().to_string());
        let plain = format!("{}.{level}.{}", due.unwrap_or_default(), id.simple());
        URL_SAFE_NO_PAD.encode(plain)
    }
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CasePage {
    /// The rows.
    pub(crate) items: Vec<CaseItem>,
    /// Where the next page begins; absent on the last one.
    next: Option<String>,
}

/// A case as lists show it. Of a case labelled L4 neither type nor title is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseItem {
    id: Uuid,
    /// `TH-20261123-0001`
    number: String,
    title: Option<String>,
    stage: String,
    stage_label: &'static str,
    /// `red` …
    level: &'static str,
    level_label: &'static str,
    /// `L1`–`L4`, with its words.
    sensitivity: &'static str,
    case_type: Option<String>,
    division: String,
    place: String,
    lead_unit: Uuid,
    lead_unit_name: String,
    assignee: Option<Uuid>,
    opened_at: DateTime<Utc>,
    next_due_at: Option<DateTime<Utc>>,
    overdue: bool,
    version: i32,
}

/// One page: first the cases with a due time, then those without.
pub(crate) async fn page(db: &impl ConnectionTrait, app: &App, ctx: &Ctx, filter: &Filter) -> Result<CasePage> {
    let wanted = wanted(db, app, filter).await?;
    let asked = filter.limit + 1;
    let mut rows = Vec::new();
    for undated in [false, true] {
        let missing = asked.saturating_sub(u64::try_from(rows.len()).unwrap_or(asked));
        let passed = !undated && filter.cursor.is_some_and(|cursor| cursor.0.due.is_none());
        if missing == 0 || passed || (undated && filter.due_before.is_some()) {
            continue;
        }
        let stretch = Stretch {
            undated,
            before: filter.due_before,
            from: filter
                .cursor
                .map(|cursor| cursor.0)
                .filter(|place| place.due.is_none() == undated),
            ..Stretch::default()
        };
        rows.extend(walk::cases(db, ctx, &wanted, &stretch, missing).await?);
    }
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| Cursor(Place::of(row)).text());
    let units: BTreeSet<Uuid> = rows.iter().map(|row| row.lead_unit).collect();
    let names = names::Names::load(db, &app.vault, units, BTreeSet::new()).await?;
    let items = rows
        .iter()
        .map(|row| item(app, ctx, row, &names))
        .collect::<Result<_>>()?;
    Ok(CasePage { items, next })
}

async fn wanted(db: &impl ConnectionTrait, app: &App, filter: &Filter) -> Result<Wanted> {
    let search = match &filter.q {
        Some(term) => Some(casework::search::find(db, &app.vault, term).await?),
        None => None,
    };
    Ok(Wanted {
        stages: filter.stage.map_or_else(|| Stage::ALL.to_vec(), |stage| vec![stage]),
        followed_up: false,
        level: filter.level,
        division: filter.division.clone(),
        lead: None,
        mine: filter.mine,
        search,
    })
}

fn item(app: &App, ctx: &Ctx, row: &protection_case::Model, names: &names::Names) -> Result<CaseItem> {
    let label = Sensitivity::from_number(row.sensitivity).unwrap_or(Sensitivity::L4);
    let told = label < Sensitivity::L4;
    let level = RiskLevel::from_number(row.level).unwrap_or(RiskLevel::Red);
    let title = told.then(|| crate::casefile::facts::title(app, row)).transpose()?;
    let hidden = page::reduced(ctx.actor.role) && !ctx.actor.serves(row.lead_unit);
    Ok(CaseItem {
        id: row.id,
        number: row.number.clone(),
        title,
        stage: row.stage.clone(),
        stage_label: Stage::parse(&row.stage).map_or("", Stage::label),
        level: level.code(),
        level_label: level.label(),
        sensitivity: label.label(),
        case_type: (told && !hidden).then(|| names::case_type(&row.primary_type)),
        division: row.division.clone(),
        place: names::place(&row.division),
        lead_unit: row.lead_unit,
        lead_unit_name: names.unit(row.lead_unit),
        assignee: row.assignee,
        opened_at: row.opened_at,
        next_due_at: row.next_due_at,
        overdue: row.next_due_at.is_some_and(|due| due <= ctx.now),
        version: row.version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_forged_one_does_not() {
        for due in [None, DateTime::from_timestamp_micros(1_795_000_000_000_001)] {
            let id = Uuid::from_u128(7);
            let cursor = Cursor(Place { due, level: 2, id });
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
        assert_eq!(Cursor::parse("bm9uc2Vuc2U"), None);
        assert_eq!(Cursor::parse("不是"), None);
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let query = CaseQuery {
            limit: Some("101".to_owned()),
            ..Default::default()
        };
        assert!(Filter::read(&query).is_err());
        assert_eq!(Filter::read(&CaseQuery::default()).unwrap().limit, USUAL);
    }
}
