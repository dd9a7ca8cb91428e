//! The list of referrals: what waits for an answer first, by when it is due.

use super::kind::State;
use super::shown::{Known, Shown};
use crate::ctx::Ctx;
use crate::entity::{referral, report};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::sight;
use crate::state::App;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// No more wait at once on one page; they come by when they are due.
const OPEN: u64 = 300;

/// Which referrals are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A code of [`State`]; all of them when empty.
    pub list: String,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// 1–100.
    pub limit: u64,
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// The open ones by when they are due, others latest first; without what
    /// was told.
    pub rows: Vec<Shown>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The referrals of the reports that the person may see. Recorded.
///
/// # Errors
/// [`Error::Invalid`] for an unknown list or a cursor that is none.
pub async fn list(app: &App, ctx: &Ctx, wanted: &Wanted) -> Result<Listed> {
    let state = match wanted.list.as_str() {
        "" => None,
        word => Some(State::parse(word).ok_or_else(|| Error::field("list", "没有这一列表"))?),
    };
    let limit = match state {
        Some(State::Open) => OPEN,
        _ => wanted.limit.clamp(1, 100),
    };
    let visible = Query::select()
        .column(report::Column::Id)
        .from(report::Entity)
        .cond_where(sight::reports(ctx))
        .to_owned();
    let mut query = referral::Entity::find().filter(referral::Column::ReportId.in_subquery(visible));
    if let Some(state) = state {
        query = query.filter(referral::Column::State.eq(state.code()));
    }
    if let Some(cursor) = &wanted.cursor {
        let last = Uuid::parse_str(cursor).map_err(|_| Error::field("cursor", "翻页参数无效，从第一页重新查询"))?;
        query = query.filter(referral::Column::Id.lt(last));
    }
    let db = app.db.read();
    let mut found = query
        .order_by_desc(referral::Column::Id)
        .limit(limit + 1)
        .all(db)
        .await?;
    let more = u64::try_from(found.len()).unwrap_or(u64::MAX) > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|row| row.id.to_string());
    let reports = report::Entity::find()
        .filter(report::Column::Id.is_in(found.iter().map(|row| row.report_id)))
        .all(db)
        .await?;
    let reports: HashMap<Uuid, report::Model> = reports.into_iter().map(|row| (row.id, row)).collect();
    let known = Known::load(db, app, (&found, &[])).await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let report = reports.get(&row.report_id).ok_or(Error::NotFound)?;
        rows.push(known.row(app, ctx.now, (row, report), false)?);
    }
    if state == Some(State::Open) {
        rows.sort_by_key(|row| (row.due_at, row.id));
    }
    let entry = Entry::new(Act::ReferralsListed).detail(json!({ "rows": rows.len() }));
    journal::viewed(&app.db, ctx, entry).await?;
    Ok(Listed { rows, next })
}
