//! The day of a village director or a township supervisor: what is due, the
//! most urgent first.

use super::effects::{NOT_SEEN_CLOCK, VISIT_CLOCK};
use super::{choices, view};
use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{case_unit, deadline, protection_case, recusal};
use crate::error::Result;
use crate::rules::deadlines::Milestone;
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::measures::{self, ordered_visits};
use crate::rules::workflow::Stage;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

const MOST: u64 = 200;

/// One case to see to.
#[derive(Debug, Clone)]
pub struct Card {
    /// The case.
    pub case: Uuid,
    /// Its number.
    pub number: String,
    /// 1 (red) to 4 (green).
    pub level: i16,
    /// The level in words.
    pub level_label: &'static str,
    /// The children in short.
    pub children: String,
    /// Where.
    pub place: String,
    /// What is due.
    pub what: String,
    /// The kind of visit that is owed, where it is not for the visitor to say.
    pub kind: Option<String>,
    /// When, in words.
    pub due: String,
    /// `over`, `today`, `soon`, `later`.
    pub due_state: &'static str,
    /// Whether this unit has not signed yet.
    pub unsigned: bool,
    /// The version for the signing form.
    pub version: i32,
    due_at: Option<DateTime<Utc>>,
}

/// The list, in its groups.
#[derive(Debug, Clone, Default)]
pub struct Day {
    /// 已超期
    pub over: Vec<Card>,
    /// 今天到期
    pub today: Vec<Card>,
    /// 七日内
    pub week: Vec<Card>,
    /// 以后
    pub later: Vec<Card>,
    /// Cases of this unit whose label hides them from it.
    pub special: usize,
}

/// What the actor's own unit has to see to.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn today(app: &App, db: &impl ConnectionTrait, ctx: &Ctx) -> Result<Day> {
    let mut day = Day::default();
    let units: Vec<Uuid> = ctx.actor.units().collect();
    let parts = case_unit::Entity::find()
        .filter(case_unit::Column::UnitId.is_in(units.iter().copied()))
        .filter(case_unit::Column::Until.is_null())
        .filter(case_unit::Column::Part.is_in(["lead", "assist"]))
        .all(db)
        .await?;
    let signed: BTreeMap<Uuid, bool> = parts
        .iter()
        .map(|part| (part.case_id, part.signed_at.is_some()))
        .collect();
    let mine = open_ones().add(protection_case::Column::Id.is_in(signed.keys().copied()));
    let cases = casework::visible(ctx)
        .filter(mine)
        .order_by_asc(protection_case::Column::NextDueAt)
        .limit(MOST)
        .all(db)
        .await?;
    day.special = special(db, ctx, &units, signed.keys().copied().collect()).await?;
    let dues = dues(db, &units, cases.iter().map(|case| case.id).collect()).await?;
    let ordered = ordered(db, &units, cases.iter().map(|case| case.id).collect()).await?;
    let mut cards = Vec::new();
    for case in cases {
        let unsigned = !signed.get(&case.id).copied().unwrap_or(true);
        let checks = ordered.get(&case.id).into_iter().flatten();
        let own = dues.get(&case.id);
        // A case with nothing due but its checks is told by these alone.
        if own.is_some() || unsigned || !ordered.contains_key(&case.id) {
            cards.push(card(app, db, ctx, &case, (own, unsigned)).await?);
        }
        for check in checks {
            cards.push(card(app, db, ctx, &case, (Some(check), false)).await?);
        }
    }
    // Earliest first, then red first; what has no due time comes last.
    cards.sort_by_key(|card| (card.due_at.is_none(), card.due_at, card.level));
    for card in cards {
        match card.due_state {
            "over" => day.over.push(card),
            "today" => day.today.push(card),
            "soon" => day.week.push(card),
            _ => day.later.push(card),
        }
    }
    Ok(day)
}

fn open_ones() -> Condition {
    let closed = [Stage::Closed.code(), Stage::Merged.code()];
    Condition::all().add(protection_case::Column::Stage.is_not_in(closed))
}

/// How many cases this unit takes part in without being told what they are.
async fn special(db: &impl ConnectionTrait, ctx: &Ctx, units: &[Uuid], ids: Vec<Uuid>) -> Result<usize> {
    let facts = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(ids))
        .filter(open_ones())
        .filter(protection_case::Column::Sensitivity.eq(Sensitivity::L4.number()))
        .all(db)
        .await?;
    let mut hidden = 0;
    for case in facts {
        let blind = recusal::Entity::find()
            .filter(recusal::Column::CaseId.eq(case.id))
            .filter(
                Condition::any()
                    .add(recusal::Column::UnitId.is_in(units.iter().copied()))
                    .add(recusal::Column::AccountId.eq(ctx.actor.account)),
            )
            .one(db)
            .await?;
        let seen = casework::visible(ctx)
            .filter(protection_case::Column::Id.eq(case.id))
            .one(db)
            .await?;
        hidden += usize::from(blind.is_none() && seen.is_none());
    }
    Ok(hidden)
}

/// The earliest clock of each case that this unit can stop: its own, and
/// those that seeing the child meets.
async fn dues(db: &impl ConnectionTrait, units: &[Uuid], cases: Vec<Uuid>) -> Result<BTreeMap<Uuid, deadline::Model>> {
    let own = Condition::all()
        .add(deadline::Column::OwnerUnit.is_in(units.iter().copied()))
        .add(deadline::Column::Milestone.is_not_in(ordered_visits()));
    let ours =
        Condition::any()
            .add(own)
            .add(deadline::Column::Milestone.is_in(["contact", VISIT_CLOCK, NOT_SEEN_CLOCK]));
    let running = deadline::Entity::find()
        .filter(deadline::Column::CaseId.is_in(cases))
        .filter(deadline::Column::TaskId.is_null())
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .filter(ours)
        .order_by_desc(deadline::Column::DueAt)
        .all(db)
        .await?;
    Ok(running
        .into_iter()
        .filter_map(|clock| clock.case_id.map(|case| (case, clock)))
        .collect())
}

/// The next visit that each measure orders from this unit, by case.
async fn ordered(
    db: &impl ConnectionTrait,
    units: &[Uuid],
    cases: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, Vec<deadline::Model>>> {
    let running = deadline::Entity::find()
        .filter(deadline::Column::CaseId.is_in(cases))
        .filter(deadline::Column::OwnerUnit.is_in(units.iter().copied()))
        .filter(deadline::Column::Milestone.is_in(ordered_visits()))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .order_by_asc(deadline::Column::DueAt)
        .all(db)
        .await?;
    let mut next: BTreeMap<Uuid, Vec<deadline::Model>> = BTreeMap::new();
    for clock in running {
        let Some(case) = clock.case_id else { continue };
        let known = next.entry(case).or_default();
        if known.iter().all(|other| other.measure_id != clock.measure_id) {
            known.push(clock);
        }
    }
    Ok(next)
}

async fn card(
    app: &App,
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    (due, unsigned): (Option<&deadline::Model>, bool),
) -> Result<Card> {
    let children: Vec<String> = view::children(app, db, case.id)
        .await?
        .into_iter()
        .map(|(_, words)| words)
        .collect();
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let due_at = due.map(|clock| clock.due_at);
    let (due_state, due_words) = due_at.map_or(("later", "无时限".to_owned()), |at| words(at, ctx.now));
    Ok(Card {
        case: case.id,
        number: case.number.clone(),
        level: level.number(),
        level_label: level.label(),
        children: children.join("；"),
        place: view::place(&case.division),
        what: due.map_or_else(|| "在办".to_owned(), |clock| what(&clock.milestone)),
        kind: due
            .filter(|clock| is_ordered(&clock.milestone))
            .map(|clock| clock.milestone.clone()),
        due: due_words,
        due_state,
        unsigned,
        version: case.version,
        due_at,
    })
}

/// What a clock asks for, in the words of the person who does it.
fn what(milestone: &str) -> String {
    if is_ordered(milestone) {
        return choices::kind(milestone);
    }
    let words = match (milestone, Milestone::parse(milestone)) {
        (VISIT_CLOCK, _) => "定期走访",
        (NOT_SEEN_CLOCK, _) => "连续 2 次没见到儿童，尽快见到",
        ("supervision", _) => "答复督办",
        (_, Some(Milestone::Contact)) => "首次走访，见到儿童",
        (_, Some(milestone)) => milestone.label(),
        _ => measures::milestone(milestone).unwrap_or("待办"),
    };
    words.to_owned()
}

/// Whether a clock waits for a visit of its own kind.
fn is_ordered(milestone: &str) -> bool {
    ordered_visits().any(|kind| kind == milestone)
}

/// How urgent, and in words: 超期 3 天, 今天 17:30 前, 11-26 前（3 天后）.
fn words(due: DateTime<Utc>, now: DateTime<Utc>) -> (&'static str, String) {
    let minute = clock::minute(due);
    let late = now - due;
    if late.num_seconds() >= 0 {
        let words = match (late.num_days(), late.num_hours()) {
            (0, 0) => format!("超期 {} 分钟", late.num_minutes()),
            (0, hours) => format!("超期 {hours} 小时"),
            (days, _) => format!("超期 {days} 天"),
        };
        return ("over", words);
    }
    let days = (clock::day(due) - clock::day(now)).num_days();
    match days {
        0 => ("today", format!("今天 {} 前", &minute[11..])),
        1..=7 => ("soon", format!("{minute} 前（{days} 天后）")),
        _ => ("later", format!("{minute} 前")),
    }
}
