//! `GET /orders`: what waits, by what is to be done.

use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{order_extension, order_pause, protection_case, supervision, unit, work_order};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::OrderState;
use crate::rules::policy::{self, Action, Role};
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// So many of a kind are shown, most urgent first.
const SHOWN: u64 = 50;

struct Row {
    href: String,
    number: String,
    level: i16,
    level_label: &'static str,
    stage: &'static str,
    unit: String,
    due: String,
}

struct List {
    id: &'static str,
    title: &'static str,
    none: &'static str,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "orderdesk/desk.html")]
struct DeskPage {
    shell: Shell,
    lists: Vec<List>,
}

/// One kind of thing that waits.
struct Kind {
    id: &'static str,
    title: &'static str,
    none: &'static str,
    action: Action,
    /// The form on the case page.
    step: &'static str,
    /// Not for the people of the unit that leads: another one rules.
    apart: bool,
}

const KINDS: [Kind; 8] = [
    Kind {
        id: "disputes",
        title: "待仲裁的职责争议",
        none: "没有待仲裁的争议",
        action: Action::Arbitrate,
        step: "arbitrate",
        apart: false,
    },
    Kind {
        id: "returns",
        title: "待裁定的退回",
        none: "没有待裁定的退回",
        action: Action::Dispatch,
        step: "dispatch",
        apart: true,
    },
    Kind {
        id: "extensions",
        title: "待裁定的延期",
        none: "没有待裁定的延期",
        action: Action::RuleExtension,
        step: "rule-extension",
        apart: true,
    },
    Kind {
        id: "pauses",
        title: "待裁定的停表",
        none: "没有待裁定的停表",
        action: Action::RulePause,
        step: "rule-pause",
        apart: true,
    },
    Kind {
        id: "results",
        title: "待审核的办理结果",
        none: "没有待审核的结果",
        action: Action::ReviewResult,
        step: "review-result",
        apart: true,
    },
    Kind {
        id: "unanswered",
        title: "待答复的督办",
        none: "没有待答复的督办",
        action: Action::Apply,
        step: "answer-supervision",
        apart: false,
    },
    Kind {
        id: "answered",
        title: "已答复、待解除的督办",
        none: "没有待解除的督办",
        action: Action::Supervise,
        step: "end-supervision",
        apart: true,
    },
    Kind {
        id: "callbacks",
        title: "待回访",
        none: "没有待回访的工单",
        action: Action::CallBack,
        step: "call-back",
        apart: false,
    },
];

/// The cases on which something of a kind waits.
fn waiting(kind: &Kind) -> Condition {
    let case_in = |ids: SelectStatement| Condition::all().add(protection_case::Column::Id.in_subquery(ids));
    let at = |stage: Stage| Condition::all().add(protection_case::Column::Stage.eq(stage.code()));
    match kind.id {
        "disputes" => at(Stage::Arbitrating),
        "returns" => at(Stage::Returning),
        "extensions" => case_in(
            Query::select()
                .column(order_extension::Column::CaseId)
                .from(order_extension::Entity)
                .cond_where(Condition::all().add(order_extension::Column::State.eq("open")))
                .to_owned(),
        ),
        "pauses" => case_in(
            Query::select()
                .column(order_pause::Column::CaseId)
                .from(order_pause::Entity)
                .cond_where(Condition::all().add(order_pause::Column::State.eq("open")))
                .to_owned(),
        ),
        "results" => case_in(orders(OrderState::Feedback)),
        "callbacks" => case_in(orders(OrderState::Resolved)),
        kind => case_in(sheets(kind == "answered")),
    }
}

fn orders(state: OrderState) -> SelectStatement {
    Query::select()
        .column(work_order::Column::CaseId)
        .from(work_order::Entity)
        .cond_where(Condition::all().add(work_order::Column::State.eq(state.code())))
        .to_owned()
}

fn sheets(answered: bool) -> SelectStatement {
    let said = if answered {
        supervision::Column::AnsweredAt.is_not_null()
    } else {
        supervision::Column::AnsweredAt.is_null()
    };
    Query::select()
        .column(supervision::Column::CaseId)
        .from(supervision::Entity)
        .cond_where(Condition::all().add(supervision::Column::EndedAt.is_null()).add(said))
        .to_owned()
}

async fn list(db: &impl ConnectionTrait, ctx: &Ctx, kind: &Kind) -> Result<Option<List>> {
    let reach = policy::reach(&ctx.actor, kind.action);
    if reach.grants.is_empty() {
        return Ok(None);
    }
    let mut query = protection_case::Entity::find()
        .filter(casework::scope(&reach))
        .filter(waiting(kind));
    if let Some(own) = ctx.actor.unit.filter(|_| kind.apart && ctx.actor.role != Role::City) {
        query = query.filter(protection_case::Column::LeadUnit.ne(own));
    }
    let cases = query
        .order_by_asc(protection_case::Column::Level)
        .order_by_asc(protection_case::Column::NextDueAt)
        .order_by_asc(protection_case::Column::Id)
        .limit(SHOWN)
        .all(db)
        .await?;
    let units = unit_names(db, &cases).await?;
    let rows = cases.into_iter().map(|case| row(&case, kind, &units)).collect();
    Ok(Some(List {
        id: kind.id,
        title: kind.title,
        none: kind.none,
        rows,
    }))
}

async fn unit_names(db: &impl ConnectionTrait, cases: &[protection_case::Model]) -> Result<HashMap<Uuid, String>> {
    let ids: BTreeSet<Uuid> = cases.iter().map(|case| case.lead_unit).collect();
    let rows = unit::Entity::find().filter(unit::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

fn row(case: &protection_case::Model, kind: &Kind, units: &HashMap<Uuid, String>) -> Row {
    Row {
        href: format!("/cases/{}/do/{}", case.id, kind.step),
        number: case.number.clone(),
        level: case.level,
        level_label: RiskLevel::from_number(case.level).map_or("未定", RiskLevel::label),
        stage: Stage::parse(&case.stage).map_or("未知", Stage::label),
        unit: units.get(&case.lead_unit).cloned().unwrap_or_default(),
        due: case.next_due_at.map(clock::minute).unwrap_or_default(),
    }
}

/// The desk.
pub(super) async fn show(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let db = app.db.read();
    let mut lists = Vec::new();
    for kind in &KINDS {
        lists.extend(list(db, &ctx, kind).await?);
    }
    let count: usize = lists.iter().map(|list| list.rows.len()).sum();
    journal::viewed(
        &app.db,
        &ctx,
        Entry::new(Act::CasesListed).detail(json!({ "rows": count })),
    )
    .await?;
    // What waits stands before what does not.
    lists.sort_by_key(|list| list.rows.is_empty());
    render(&DeskPage {
        shell: Shell::new(&app, &ctx, "工单", "/orders"),
        lists,
    })
}
