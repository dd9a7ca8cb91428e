//! The history of a number: when it called and what became of it. The matter is
//! told only to those who may open the report or its case.

use super::candidates::called_from;
use super::{State, store};
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{protection_case, report};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::policy::{self, ReportAction, ReportFacts};
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

const DAYS: i64 = 90;
const SHOWN: usize = 10;
const LOOKED_AT: u64 = 200;

/// One earlier contact from a number.
#[derive(Debug, Clone)]
pub struct CallerCall {
    /// The report.
    pub report: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// The matter, or 无权查看.
    pub matter: String,
    /// What became of it.
    pub result: String,
    /// The case, when the asker may open it.
    pub case: Option<Uuid>,
    /// Whether the asker may open the report.
    pub visible: bool,
}

/// What is known of a number.
#[derive(Debug, Clone, Default)]
pub struct CallerHistory {
    /// Contacts in the last 90 days.
    pub in_90_days: usize,
    /// The latest contacts, latest first, at most ten.
    pub calls: Vec<CallerCall>,
    /// Whether it was said last that calling back is not safe.
    pub unsafe_phone: bool,
}

/// The history of a number. Recorded; the same one shown again is one view.
///
/// # Errors
/// When the database refuses.
pub async fn caller_history(app: &App, ctx: &Ctx, phone: &str) -> Result<CallerHistory> {
    let db = app.db.read();
    let Some(index) = app.vault.index_some("phone", Some(phone)) else {
        return Ok(CallerHistory::default());
    };
    let calls = report::Entity::find()
        .filter(report::Column::Id.in_subquery(called_from(&index)))
        .filter(report::Column::State.ne(State::Draft.code()))
        .order_by_desc(report::Column::StartedAt)
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    let since = ctx.now - TimeDelta::days(DAYS);
    let mut history = CallerHistory {
        in_90_days: calls.iter().filter(|call| call.started_at >= since).count(),
        ..CallerHistory::default()
    };
    if let Some(last) = calls.first() {
        history.unsafe_phone = store::open_form(&app.vault, last)?.caller.safe_phone == Some(false);
    }
    let shown = &calls[..calls.len().min(SHOWN)];
    let cases = visible_cases(app, ctx, shown).await?;
    history.calls = shown.iter().map(|call| row(ctx, call, &cases)).collect();
    if !calls.is_empty() {
        let reports: Vec<Uuid> = shown.iter().map(|call| call.id).collect();
        let detail = json!({ "count": calls.len(), "reports": reports });
        let entry = Entry::new(Act::CallerHistoryShown).detail(detail);
        journal::viewed_span(&app.db, ctx, entry).await?;
    }
    Ok(history)
}

/// The cases of these reports that the asker may open, with their numbers.
async fn visible_cases(app: &App, ctx: &Ctx, calls: &[report::Model]) -> Result<HashMap<Uuid, String>> {
    let ids = calls.iter().filter_map(|call| call.case_id);
    let cases: Vec<(Uuid, String)> = casework::visible(ctx)
        .select_only()
        .column(protection_case::Column::Id)
        .column(protection_case::Column::Number)
        .filter(protection_case::Column::Id.is_in(ids))
        .into_tuple()
        .all(app.db.read())
        .await?;
    Ok(cases.into_iter().collect())
}

fn row(ctx: &Ctx, call: &report::Model, cases: &HashMap<Uuid, String>) -> CallerCall {
    let facts = ReportFacts {
        opened_by: call.opened_by,
        reporter_account: call.reporter_account,
        // A case from which the asker is kept out is not among the visible.
        recused: call.case_id.is_some_and(|case| !cases.contains_key(&case)),
    };
    let visible = policy::may_report(&ctx.actor, ReportAction::View, &facts);
    let case = call.case_id.and_then(|case| cases.get_key_value(&case));
    let matter = if visible || case.is_some() {
        matter(call)
    } else {
        "无权查看".to_owned()
    };
    let state = State::parse(&call.state).map_or("", State::label);
    CallerCall {
        report: call.id,
        at: call.started_at,
        matter,
        result: case.map_or_else(|| state.to_owned(), |(_, number)| number.clone()),
        case: case.map(|(id, _)| *id),
        visible,
    }
}

fn matter(call: &report::Model) -> String {
    let kind = call.case_types.0.first().and_then(|code| codes::case_type(code));
    let demand = codes::demand_type(&call.demand_type);
    match (kind, demand) {
        (Some(kind), _) => kind.name.clone(),
        (None, Some(demand)) => demand.name.clone(),
        (None, None) => String::new(),
    }
}
