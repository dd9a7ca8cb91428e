//! What an event does to its order: to the case or the draft of its report.

use super::{Kind, slot};
use crate::casework::{self, order};
use crate::ctx::Ctx;
use crate::entity::{hotline_event, hotline_order, report};
use crate::error::{Error, Result};
use crate::hotline::attachments::{self, Belongs};
use crate::hotline::body::OrderEvent;
use crate::hotline::clean::{self, Reading};
use crate::hotline::flags::{self, FlagKind, Raised};
use crate::hotline::orders::{by_number, tell_lead};
use crate::intake::partner::{self, Place};
use crate::intake::{ReportInput, State};
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind as NoticeKind, Notice, To};
use crate::rules::triage;
use crate::state::App;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

/// What is told on the case of a withdrawal (本系统默认).
const WITHDRAWN: &str = "来电人经 12345 撤单。儿童事项不因撤单终止，继续办理";

/// Waiting events of one round.
const SWEPT: u64 = 500;

/// What became of an event.
struct Applied {
    outcome: &'static str,
    report: Option<Uuid>,
    entries: Vec<Entry>,
}

impl Applied {
    fn new(outcome: &'static str) -> Self {
        Self {
            outcome,
            report: None,
            entries: Vec::new(),
        }
    }
}

/// Lets an event do what it does to its order. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub(in crate::hotline) async fn apply(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (order, event): (&hotline_order::Model, &hotline_event::Model),
) -> Result<Vec<Entry>> {
    let text = app.vault.open(slot(event.id), &event.body)?;
    let said: OrderEvent = serde_json::from_str(&text).context("kept event")?;
    let (input, mut raised) = clean::report(&said.as_order(&order.ext_order_no), Some(event.at), reading(app, ctx))?;
    // An event need not name the matter again.
    raised.retain(|one| !matches!(one.kind, FlagKind::Untyped));
    let life_danger = triage::suggest(&input.triage(0)).life_danger;
    raised.extend(life_danger.then(|| Raised::whole(FlagKind::LifeDanger)));
    let report = report::Entity::find_by_id(order.report_id).one(tx).await?;
    let report = report.context("report of an order")?;
    let on = (order, &report);
    let kind = Kind::parse(&event.kind).context("kind of a kept event")?;
    let applied = match kind {
        Kind::Supplement => supplement(tx, app, ctx, on, &untyped(input, &said)).await?,
        Kind::Urge => urge(tx, app, ctx, on, input.content.as_deref()).await?,
        Kind::Cancel => {
            raised.push(Raised::whole(FlagKind::Cancelled));
            cancel(tx, app, ctx, on, event.at).await?
        }
        Kind::CallAgain => Box::pin(call_again(tx, app, ctx, on, (input, &said))).await?,
    };
    remember(tx, order, (kind, event.at)).await?;
    match applied.outcome {
        "ended" => raised.push(Raised::whole(FlagKind::Late)),
        "held" => raised.push(Raised::whole(FlagKind::Urged)),
        _ => {}
    }
    flags::raise(tx, &app.vault, ctx, (order.id, Some(event.id)), &raised).await?;
    files(tx, app, ctx, (on, event, &applied), &said).await?;
    if !raised.is_empty() {
        tell_lead(tx, ctx, order.report_id, life_danger).await?;
    }
    let row = hotline_event::ActiveModel {
        applied_at: Set(Some(ctx.now)),
        outcome: Set(Some(applied.outcome.to_owned())),
        report_id: Set(applied.report),
        ..Default::default()
    };
    let once = hotline_event::Entity::update_many()
        .set(row)
        .filter(hotline_event::Column::Id.eq(event.id))
        .filter(hotline_event::Column::AppliedAt.is_null())
        .exec(tx)
        .await?;
    if once.rows_affected == 0 {
        // Somebody else was faster: all of this is given up.
        return Err(Error::Unavailable);
    }
    Ok(applied.entries)
}

/// Keeps the files that an event names, with the report that it became, or that
/// of its order.
async fn files(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    ((order, _), event, applied): (On<'_>, &hotline_event::Model, &Applied),
    said: &OrderEvent,
) -> Result<()> {
    let belongs = Belongs {
        order: order.id,
        event: Some(event.id),
        client: order.client_id,
        report: applied.report.unwrap_or(order.report_id),
    };
    let (files, _) = attachments::read(said.attachments.as_ref());
    attachments::keep(tx, &app.vault, ctx, belongs, files).await?;
    Ok(())
}

/// Takes in what overtook its order by so little that neither saw the other.
///
/// # Errors
/// When what waits cannot be read.
pub async fn sweep(app: &App, ctx: &Ctx) -> Result<u64> {
    let waiting = hotline_event::Entity::find()
        .filter(hotline_event::Column::AppliedAt.is_null())
        .order_by_asc(hotline_event::Column::At)
        .order_by_asc(hotline_event::Column::Id)
        .limit(SWEPT)
        .all(app.db.read())
        .await?;
    let mut done = 0;
    for event in waiting {
        let order = by_number(app.db.read(), &event.ext_order_no).await?;
        let Some(order) = order.filter(|order| order.client_id == event.client_id) else {
            continue;
        };
        let tx = app.db.begin().await?;
        match apply(&tx, app, ctx, (&order, &event)).await {
            Ok(mut entries) => {
                let entry = Entry::new(Act::HotlineEventTaken)
                    .subject(event.id)
                    .report(order.report_id)
                    .detail(json!({ "kind": event.kind, "waits": false }));
                entries.push(entry);
                let entries = entries.into_iter().map(|entry| (ctx, entry)).collect();
                journal::commit_all(tx, entries).await?;
                done += 1;
            }
            // One that fails never stops the rest; it is tried again.
            Err(error) => tracing::warn!(event = %event.id, error = %error, "event of an order"),
        }
    }
    Ok(done)
}

fn reading(app: &App, ctx: &Ctx) -> Reading<'static> {
    Reading {
        now: ctx.now,
        synthetic: app.config.demo,
        push_url: None,
    }
}

/// A supplement that names no type says nothing of it.
fn untyped(mut input: ReportInput, said: &OrderEvent) -> ReportInput {
    if said.case_types.iter().flatten().next().is_none() {
        input.case_types.clear();
    }
    input
}

type On<'a> = (&'a hotline_order::Model, &'a report::Model);

async fn supplement(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (order, report): On<'_>,
    more: &ReportInput,
) -> Result<Applied> {
    match partner::add(tx, app, ctx, order.report_id, more).await? {
        Place::Case(case) => {
            tell_unit(tx, ctx, case).await?;
            let entry = Entry::new(Act::NoteAdded).case(case).report(report.id);
            Ok(Applied {
                entries: vec![entry],
                ..Applied::new("case")
            })
        }
        Place::Draft => Ok(Applied {
            entries: vec![Entry::new(Act::DraftSaved).report(report.id)],
            ..Applied::new("draft")
        }),
        Place::Ended => Ok(Applied::new("ended")),
    }
}

/// The unit that leads learns that something came.
async fn tell_unit(tx: &DatabaseTransaction, ctx: &Ctx, case: Uuid) -> Result<()> {
    let case = casework::load(tx, case).await?;
    let notice = Notice::new(NoticeKind::PartnerAdded, To::Unit(case.lead_unit)).case(case.id);
    notices::tell(tx, ctx, &notice).await
}

async fn urge(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (_, report): On<'_>,
    note: Option<&str>,
) -> Result<Applied> {
    let Some(case) = partner::open_case(tx, report).await? else {
        // What nobody has sent on yet is for the shift lead to hurry.
        let held = report.state == State::Draft.code();
        return Ok(Applied::new(if held { "held" } else { "ended" }));
    };
    match order::caller_urges(tx, app, ctx, (&case, note)).await? {
        Some(entry) => Ok(Applied {
            entries: vec![entry],
            ..Applied::new("urged")
        }),
        None => Ok(Applied::new("ended")),
    }
}

async fn cancel(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (_, report): On<'_>,
    at: DateTime<Utc>,
) -> Result<Applied> {
    let Some(case) = partner::open_case(tx, report).await? else {
        return Ok(Applied::new("draft"));
    };
    let refs = json!({ "source": "12345" });
    let told = (Act::NoteAdded, at, Some(WITHDRAWN), refs);
    casework::tell(tx, &app.vault, ctx, case.id, told).await?;
    tell_unit(tx, ctx, case.id).await?;
    let entry = Entry::new(Act::NoteAdded).case(case.id).report(report.id);
    Ok(Applied {
        entries: vec![entry],
        ..Applied::new("case")
    })
}

/// A further call is a report of its own: it joins the open case and raises it,
/// or opens one where the first has ended.
async fn call_again(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (order, report): On<'_>,
    (fresh, said): (ReportInput, &OrderEvent),
) -> Result<Applied> {
    let joining = untyped(fresh.clone(), said);
    if let Some(taken) = partner::call_again(tx, app, ctx, (report, &joining)).await? {
        if let Some(case) = &taken.case {
            tell_unit(tx, ctx, case.id).await?;
        }
        return Ok(Applied {
            outcome: "joined",
            report: Some(taken.report.id),
            entries: taken.entries,
        });
    }
    if partner::add(tx, app, ctx, order.report_id, &joining).await? == Place::Draft {
        return Ok(Applied {
            entries: vec![Entry::new(Act::DraftSaved).report(report.id)],
            ..Applied::new("draft")
        });
    }
    let brought = partner::plan(app, ctx, fresh).await?;
    let taken = partner::take(tx, app, ctx, brought).await?;
    // From now on the order stands as this one does.
    hotline_order::Entity::update_many()
        .col_expr(hotline_order::Column::ReportId, Expr::value(taken.report.id))
        .filter(hotline_order::Column::Id.eq(order.id))
        .exec(tx)
        .await?;
    Ok(Applied {
        outcome: "report",
        report: Some(taken.report.id),
        entries: taken.entries,
    })
}

/// The latest withdrawal and the latest further call, by when they happened.
async fn remember(
    tx: &impl ConnectionTrait,
    order: &hotline_order::Model,
    (kind, at): (Kind, DateTime<Utc>),
) -> Result<()> {
    use hotline_order::Column;
    let column = match kind {
        Kind::Cancel => Column::CancelledAt,
        Kind::CallAgain => Column::CalledAgainAt,
        Kind::Supplement | Kind::Urge => return Ok(()),
    };
    let older = Condition::any().add(column.is_null()).add(column.lt(at));
    hotline_order::Entity::update_many()
        .col_expr(column, Expr::value(Some(at)))
        .filter(Column::Id.eq(order.id))
        .filter(older)
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether an order was withdrawn since anybody called last, by when both
/// happened and not by when they came.
pub(in crate::hotline) fn is_cancelled(order: &hotline_order::Model) -> bool {
    match (order.cancelled_at, order.called_again_at) {
        (Some(cancelled), Some(called)) => cancelled > called,
        (cancelled, _) => cancelled.is_some(),
    }
}
