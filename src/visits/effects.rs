//! What a visit brings about: its line in the timeline, the clocks it meets
//! and starts, and the escalation when a child was not seen twice in a row.

use super::choices;
use super::record::skew_minutes;
use crate::casework::tell;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{protection_case, unit, visit};
use crate::error::Result;
use crate::journal::Act;
use crate::measures;
use crate::rules;
use crate::rules::calendar::{Amount, TimeUnit};
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::routing::Due;
use crate::rules::workflow::Stage;
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The clock of the regular visit.
pub const VISIT_CLOCK: &str = "visit";
/// The county's clock after a child was not seen twice in a row.
pub const NOT_SEEN_CLOCK: &str = "not_seen";
/// The kind of visit after closing, and the milestone of its clocks.
const FOLLOW_UP: &str = "follow_up";
/// The row of `data/deadlines.csv` behind it.
const NOT_SEEN_RULE: &str = "VST-not-seen";

pub(super) async fn follow(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    visit: &visit::Model,
) -> Result<()> {
    let refs = json!({
        "visit": visit.id, "number": visit.number, "kind": visit.kind, "method": visit.method,
        "seen": visit.seen, "danger": visit.danger, "late": visit.late,
        "skew_minutes": skew_minutes(visit), "supersedes": visit.supersedes,
    });
    let text = summary(visit);
    let told = (Act::VisitRecorded, visit.started_at, Some(text.as_str()), refs);
    tell(tx, &app.vault, ctx, case.id, told).await?;
    if visit.danger {
        let refs = json!({ "visit": visit.id, "danger": true, "suggest": "raise_risk" });
        let text = "走访发现儿童有现实危险：立即联系 110、120，并上调等级";
        let told = (Act::NoteAdded, visit.started_at, Some(text), refs);
        tell(tx, &app.vault, ctx, case.id, told).await?;
    }
    // Work on a closed case goes on only when somebody reopens it.
    if Stage::parse(&case.stage).is_some_and(Stage::is_open) {
        met(tx, case, visit).await?;
        ordered(tx, case, visit).await?;
        if !visit.seen && not_seen_before(tx, visit).await? {
            escalate(tx, app, ctx, case, visit).await?;
        }
        next_visit(tx, ctx, case, visit).await?;
    } else {
        followed_up(tx, case, visit).await?;
    }
    Ok(())
}

/// Whether the visit is one of those that follow the closing (结案跟踪).
pub(super) fn is_follow_up(visit_kind: &str) -> bool {
    visit_kind == FOLLOW_UP
}

/// A follow-up that saw the child of a closed case meets what was due by then,
/// or, before the first is due, the next one.
async fn followed_up(tx: &impl ConnectionTrait, case: &protection_case::Model, visit: &visit::Model) -> Result<()> {
    if !is_follow_up(&visit.kind) || !visit.seen || visit.method == "phone" {
        return Ok(());
    }
    let known = clocks::of_case(tx, case.id).await?;
    let owed: Vec<_> = known
        .iter()
        .filter(|clock| clock.milestone == FOLLOW_UP && clock.met_at.is_none() && clock.cancelled_at.is_none())
        .filter(|clock| minute_of(clock.started_at) <= visit.started_at)
        .collect();
    let due = owed.iter().filter(|clock| clock.due_at <= visit.started_at).count();
    for clock in owed.iter().take(due.max(1)) {
        clocks::meet_one(tx, (case.id, clock.id), visit.started_at).await?;
    }
    Ok(())
}

fn summary(visit: &visit::Model) -> String {
    let seen = match &visit.not_seen_reason {
        Some(reason) if !visit.seen => format!("没见到儿童：{}", choices::not_seen(reason)),
        _ => "见到儿童".to_owned(),
    };
    let kind = choices::kind(&visit.kind);
    let method = choices::label(choices::METHODS, &visit.method);
    let correction = if visit.supersedes.is_some() { "（更正）" } else { "" };
    format!("{kind}，{method}，{seen}{correction}")
}

/// Seeing the child meets the clocks of first contact; a call does not, and
/// neither does a visit from before the clock began.
async fn met(tx: &impl ConnectionTrait, case: &protection_case::Model, visit: &visit::Model) -> Result<()> {
    if !visit.seen || visit.method == "phone" {
        return Ok(());
    }
    let running = clocks::of_case(tx, case.id).await?;
    let due: BTreeSet<&str> = running
        .iter()
        .filter(|clock| clock.met_at.is_none() && clock.cancelled_at.is_none() && clock.task_id.is_none())
        .filter(|clock| minute_of(clock.started_at) <= visit.started_at)
        .map(|clock| clock.milestone.as_str())
        .collect();
    let milestones: Vec<&str> = ["contact", NOT_SEEN_CLOCK]
        .into_iter()
        .filter(|milestone| due.contains(milestone))
        .collect();
    clocks::meet(tx, case.id, &milestones, visit.started_at).await
}

/// A visit that a measure ordered (告诫查访 …) meets what is owed of its kind
/// when it saw the child; a call does not.
async fn ordered(tx: &impl ConnectionTrait, case: &protection_case::Model, visit: &visit::Model) -> Result<()> {
    let wanted = rules::measures::ordered_visits().any(|kind| kind == visit.kind);
    if !wanted || !visit.seen || visit.method == "phone" {
        return Ok(());
    }
    measures::visited(tx, case.id, &visit.kind, visit.started_at).await
}

/// Forms tell whole minutes: a clock that began within the minute counts as
/// begun.
fn minute_of(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp() - at.timestamp().rem_euclid(60), 0).unwrap_or(at)
}

/// Whether the last valid visit to the same child before this one did not
/// see it either; calls do not count.
async fn not_seen_before(tx: &impl ConnectionTrait, visit: &visit::Model) -> Result<bool> {
    if visit.method == "phone" {
        return Ok(false);
    }
    let all = visit::Entity::find()
        .filter(visit::Column::CaseId.eq(visit.case_id))
        .order_by_desc(visit::Column::StartedAt)
        .order_by_desc(visit::Column::Id)
        .all(tx)
        .await?;
    let corrected: BTreeSet<Uuid> = all.iter().filter_map(|row| row.supersedes).collect();
    let before = all.iter().find(|row| {
        row.id != visit.id
            && row.child_id == visit.child_id
            && row.method != "phone"
            && row.started_at <= visit.started_at
            && !corrected.contains(&row.id)
    });
    Ok(before.is_some_and(|row| !row.seen))
}

/// 连续 2 次未见到儿童：报县级.
async fn escalate(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    visit: &visit::Model,
) -> Result<()> {
    let refs = json!({ "visit": visit.id, "escalated_to": "county", "rule": NOT_SEEN_RULE });
    let text = "连续 2 次没见到儿童，已报县级核查";
    let told = (Act::NoteAdded, ctx.now, Some(text), refs);
    tell(tx, &app.vault, ctx, case.id, told).await?;
    let running = clocks::of_case(tx, case.id).await?;
    let already = running
        .iter()
        .any(|clock| clock.milestone == NOT_SEEN_CLOCK && clock.met_at.is_none() && clock.cancelled_at.is_none());
    let book = clocks::book(tx, ctx.now).await?;
    let (false, Some(rule)) = (already, book.rule(NOT_SEEN_RULE)) else {
        return Ok(());
    };
    let owner = county_centre(tx, case).await?;
    let due = Due {
        rule: rule.code().to_owned(),
        ..Due::under(&book, rule, (NOT_SEEN_CLOCK, owner), ctx.now)
    };
    clocks::start(tx, subject(case), ctx.now, &[due]).await
}

fn subject(case: &protection_case::Model) -> clocks::Subject {
    clocks::Subject {
        case: Some(case.id),
        ..Default::default()
    }
}

/// The county's protection centre; the lead unit where the county has none.
async fn county_centre(tx: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Uuid> {
    let Some(county) = Division::parse(&case.division)?.at(Tier::County) else {
        return Ok(case.lead_unit);
    };
    let centre = unit::Entity::find()
        .filter(unit::Column::Division.eq(county.code()))
        .filter(unit::Column::Kind.eq("MPC"))
        .filter(unit::Column::Active.eq(true))
        .one(tx)
        .await?;
    Ok(centre.map_or(case.lead_unit, |centre| centre.id))
}

/// A visit that saw the child meets the running clock and starts the next;
/// one that did not leaves it running unless it names another day.
async fn next_visit(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    visit: &visit::Model,
) -> Result<()> {
    let running = clocks::of_case(tx, case.id)
        .await?
        .iter()
        .any(|clock| clock.milestone == VISIT_CLOCK && clock.met_at.is_none() && clock.cancelled_at.is_none());
    if visit.supersedes.is_some() {
        clocks::cancel(tx, case.id, &[VISIT_CLOCK], ctx.now).await?;
    } else if visit.seen {
        clocks::meet(tx, case.id, &[VISIT_CLOCK], visit.started_at).await?;
    } else if visit.next_on.is_some() {
        clocks::cancel(tx, case.id, &[VISIT_CLOCK], ctx.now).await?;
    } else if running {
        return Ok(());
    }
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let book = clocks::book(tx, ctx.now).await?;
    let owner = ctx.actor.unit.unwrap_or(case.lead_unit);
    let rule = book.at_level("DL29", level);
    let due = rule.map(|rule| match visit.next_on {
        Some(day) => {
            let (from, amount) = until(ctx.now, day);
            Due::counted(rule, (VISIT_CLOCK, owner), book.reckon(from, amount))
        }
        None => Due::under(&book, rule, (VISIT_CLOCK, owner), visit.started_at),
    });
    clocks::start(tx, subject(case), ctx.now, due.as_slice()).await
}

/// The end of a day that is today or later, as an amount of days from
/// yesterday, because the first day of an amount does not count.
fn until(now: DateTime<Utc>, day: chrono::NaiveDate) -> (DateTime<Utc>, Amount) {
    let days = (day - clock::day(now)).num_days() + 1;
    let amount = Amount::new(u32::try_from(days).unwrap_or(1), TimeUnit::NaturalDays);
    (now - TimeDelta::days(1), amount)
}
