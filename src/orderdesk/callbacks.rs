//! `GET /orders/callbacks`: resolved orders that wait for the callback (DL11,
//! 两次回访), red first, by due time: who owes it, whether the caller may be
//! called at all, how often it was tried. It is made on the case, by the step
//! that knows the rules; no number stands here.

use crate::casework;
use crate::casework::order::{Side, safe_cases};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{callback, deadline, protection_case, unit, work_order};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::OrderState;
use crate::rules::policy::{self, Action, Reach, Role};
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Orders looked at.
const LOOK: u64 = 300;

/// A callback that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// 承办单位回访 or 热线回访.
    pub side: &'static str,
    /// The unit that owes it.
    pub unit: String,
    /// Until when.
    pub due: DateTime<Utc>,
}

/// A resolved order that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its case.
    pub case: protection_case::Model,
    /// What is owed, the most pressing first.
    pub owed: Vec<Owed>,
    /// Whether the caller may be called.
    pub safe: bool,
    /// How often it was tried in this round.
    pub attempts: usize,
    /// When last.
    pub last: Option<DateTime<Utc>>,
    /// Whether the person calls back.
    pub may: bool,
}

impl Waiting {
    /// Until when the first of them is owed.
    #[must_use]
    pub fn due(&self) -> Option<DateTime<Utc>> {
        self.owed.first().map(|owed| owed.due)
    }
}

/// Orders that wait for a callback, red first, then by due time. Shift lead and
/// city see all that they may see, everybody else those that they call back.
///
/// # Errors
/// When the database refuses.
pub async fn waiting(db: &impl ConnectionTrait, ctx: &Ctx) -> Result<Vec<Waiting>> {
    let calls = policy::reach(&ctx.actor, Action::CallBack);
    let watches = matches!(ctx.actor.role, Role::Lead | Role::City);
    let reach = if watches {
        policy::reach(&ctx.actor, Action::View)
    } else {
        calls.clone()
    };
    if reach.grants.is_empty() {
        return Ok(Vec::new());
    }
    let cases = resolved(db, &reach).await?;
    let ids: Vec<Uuid> = cases.iter().map(|case| case.id).collect();
    let mine = callable(db, &ids, &calls).await?;
    let (safe, mut owed, mut tries) = (
        safe_cases(db, &ids).await?,
        owed(db, &ids).await?,
        attempts(db, &ids).await?,
    );
    let mut rows: Vec<Waiting> = cases
        .into_iter()
        .map(|case| {
            let (attempts, last) = tries.remove(&case.id).unwrap_or_default();
            Waiting {
                owed: owed.remove(&case.id).unwrap_or_default(),
                safe: safe.contains(&case.id),
                may: mine.contains(&case.id),
                attempts,
                last,
                case,
            }
        })
        .collect();
    rows.sort_by_key(|row| (row.case.level != 1, row.due().is_none(), row.due(), row.case.id));
    Ok(rows)
}

/// The cases whose order is resolved, within a reach.
async fn resolved(db: &impl ConnectionTrait, reach: &Reach) -> Result<Vec<protection_case::Model>> {
    let resolved = Query::select()
        .column(work_order::Column::CaseId)
        .from(work_order::Entity)
        .and_where(work_order::Column::State.eq(OrderState::Resolved.code()))
        .to_owned();
    Ok(protection_case::Entity::find()
        .filter(protection_case::Column::Id.in_subquery(resolved))
        .filter(casework::scope(reach))
        .order_by_asc(protection_case::Column::Level)
        .order_by_asc(protection_case::Column::NextDueAt)
        .order_by_asc(protection_case::Column::Id)
        .limit(LOOK)
        .all(db)
        .await?)
}

/// Which of some cases the person may call back about.
async fn callable(db: &impl ConnectionTrait, ids: &[Uuid], calls: &Reach) -> Result<BTreeSet<Uuid>> {
    let mine: Vec<Uuid> = protection_case::Entity::find()
        .select_only()
        .column(protection_case::Column::Id)
        .filter(protection_case::Column::Id.is_in(ids.iter().copied()))
        .filter(casework::scope(calls))
        .into_tuple()
        .all(db)
        .await?;
    Ok(mine.into_iter().collect())
}

/// The clocks of callbacks that run, by case.
async fn owed(db: &impl ConnectionTrait, cases: &[Uuid]) -> Result<HashMap<Uuid, Vec<Owed>>> {
    let clocks = deadline::Entity::find()
        .filter(deadline::Column::CaseId.is_in(cases.iter().copied()))
        .filter(deadline::Column::Milestone.is_in(["callback_unit", "callback_hotline"]))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .order_by_asc(deadline::Column::DueAt)
        .all(db)
        .await?;
    let units: BTreeSet<Uuid> = clocks.iter().map(|clock| clock.owner_unit).collect();
    let names: HashMap<Uuid, String> = unit::Entity::find()
        .filter(unit::Column::Id.is_in(units))
        .all(db)
        .await?
        .into_iter()
        .map(|unit| (unit.id, unit.name))
        .collect();
    let mut owed: HashMap<Uuid, Vec<Owed>> = HashMap::new();
    for clock in clocks {
        let Some(case) = clock.case_id else { continue };
        let side = if clock.milestone == "callback_unit" {
            Side::Unit
        } else {
            Side::Hotline
        };
        owed.entry(case).or_default().push(Owed {
            side: Side::label(side.code()),
            unit: names.get(&clock.owner_unit).cloned().unwrap_or_default(),
            due: clock.due_at,
        });
    }
    Ok(owed)
}

type Tried = (usize, Option<DateTime<Utc>>);

/// How often the callers of this round were tried, and when last, by case.
async fn attempts(db: &impl ConnectionTrait, cases: &[Uuid]) -> Result<HashMap<Uuid, Tried>> {
    let rounds: HashMap<Uuid, i32> = work_order::Entity::find()
        .filter(work_order::Column::CaseId.is_in(cases.iter().copied()))
        .all(db)
        .await?
        .into_iter()
        .map(|order| (order.case_id, order.redone))
        .collect();
    let made = callback::Entity::find()
        .filter(callback::Column::CaseId.is_in(cases.iter().copied()))
        .all(db)
        .await?;
    let mut tried: HashMap<Uuid, Tried> = HashMap::new();
    for row in made
        .into_iter()
        .filter(|row| rounds.get(&row.case_id) == Some(&row.round))
    {
        let entry = tried.entry(row.case_id).or_default();
        entry.0 += 1;
        entry.1 = entry.1.max(Some(row.made_at));
    }
    Ok(tried)
}

struct Row {
    number: String,
    href: String,
    form: Option<String>,
    level: i16,
    level_label: &'static str,
    owed: Vec<(&'static str, String, String, &'static str)>,
    safe: bool,
    attempts: usize,
    last: String,
}

#[derive(Template)]
#[template(path = "orderdesk/callbacks.html")]
struct CallbacksPage {
    shell: Shell,
    rows: Vec<Row>,
    hours: String,
    /// Whether callers are called at this time of the day.
    open: bool,
}

fn due_state(due: DateTime<Utc>, now: DateTime<Utc>) -> &'static str {
    if due <= now {
        "over"
    } else if clock::day(due) == clock::day(now) {
        "today"
    } else if due <= now + TimeDelta::days(3) {
        "soon"
    } else {
        "later"
    }
}

fn row(row: Waiting, now: DateTime<Utc>) -> Row {
    let words = |owed: Owed| {
        let state = due_state(owed.due, now);
        let late = if state == "over" { "已超期，应于 " } else { "" };
        (
            owed.side,
            owed.unit,
            format!("{late}{}", clock::minute(owed.due)),
            state,
        )
    };
    let case = row.case;
    Row {
        href: format!("/cases/{}", case.id),
        form: row.may.then(|| format!("/cases/{}/do/call-back", case.id)),
        level: case.level,
        level_label: RiskLevel::from_number(case.level).map_or("未定", RiskLevel::label),
        owed: row.owed.into_iter().map(words).collect(),
        safe: row.safe,
        attempts: row.attempts,
        last: row.last.map(clock::minute).unwrap_or_default(),
        number: case.number,
    }
}

/// The list.
pub(super) async fn show(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let rows = waiting(app.db.read(), &ctx).await?;
    let entry = Entry::new(Act::CasesListed).detail(json!({ "rows": rows.len() }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let hours = app.config.call_back_hours.value;
    let time = ctx.now.with_timezone(&clock::shanghai()).time();
    render(&CallbacksPage {
        shell: Shell::new(&app, &ctx, "办结后回访", "/orders"),
        rows: rows.into_iter().map(|waiting| row(waiting, ctx.now)).collect(),
        hours: hours.to_string().replace('-', " 至 "),
        open: time >= hours.from && time < hours.until,
    })
}
