//! 回访 (DL11): once by the unit and once by the hotline, the next working day.
//! A caller's number that is not marked safe is neither dialled nor texted:
//! somebody near the child asks on the spot instead; and the caller is told no
//! more than 已受理 or 已处置 (未成年人保护法§11③).

use super::holding::{Held, finish, hold};
use super::state::change;
use crate::casework::steps::{words, words_if_any};
use crate::clocks::{self, Begin};
use crate::ctx::Ctx;
use crate::entity::{callback, case_unit, protection_case, report, reporter_identity, unit};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::deadlines;
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::{OrderState, OrderStep};
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Who calls back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// 承办单位
    Unit,
    /// 热线
    Hotline,
}

impl Side {
    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Hotline => "hotline",
        }
    }

    /// The words on screen of a stored word.
    #[must_use]
    pub fn label(code: &str) -> &'static str {
        match code {
            "unit" => "承办单位回访",
            _ => "热线回访",
        }
    }

    /// The clock that it meets.
    fn milestone(self) -> &'static str {
        match self {
            Self::Unit => "callback_unit",
            Self::Hotline => "callback_hotline",
        }
    }
}

/// Ways of calling back: the stored word and the words on screen.
pub const WAYS: [(&str, &str); 4] = [
    ("phone", "电话（号码已标注安全）"),
    ("visit", "当面"),
    ("director", "请村（社区）儿童主任线下核实"),
    ("school", "请学校线下核实"),
];

/// All that a caller is told.
pub const TOLD: [(&str, &str); 3] = [("accepted", "已受理"), ("handled", "已处置"), ("nothing", "未告知")];

/// A callback.
#[derive(Debug, Clone, Default)]
pub struct CallBack {
    /// `phone`, `visit`, `director`, `school`.
    pub way: String,
    /// Whether somebody was reached.
    pub reached: bool,
    /// Whether the matter is solved.
    pub solved: bool,
    /// `accepted`, `handled`, `nothing`.
    pub told: String,
    /// What was learnt; sealed. Required where it is not solved or nobody was
    /// reached.
    pub note: String,
}

/// Whether every number left with the reports of a case is marked safe.
///
/// # Errors
/// When the database refuses.
pub(super) async fn safe_to_call(db: &impl ConnectionTrait, case: Uuid) -> Result<bool> {
    Ok(safe_cases(db, &[case]).await?.contains(&case))
}

/// Those of some cases whose callers may be called: a number was left, and
/// every one that was is marked safe.
///
/// # Errors
/// When the database refuses.
pub async fn safe_cases(db: &impl ConnectionTrait, cases: &[Uuid]) -> Result<BTreeSet<Uuid>> {
    let reports: HashMap<Uuid, Uuid> = report::Entity::find()
        .select_only()
        .columns([report::Column::Id, report::Column::CaseId])
        .filter(report::Column::CaseId.is_in(cases.iter().copied()))
        .into_tuple::<(Uuid, Option<Uuid>)>()
        .all(db)
        .await?
        .into_iter()
        .filter_map(|(report, case)| Some((report, case?)))
        .collect();
    let known = reporter_identity::Entity::find()
        .filter(reporter_identity::Column::ReportId.is_in(reports.keys().copied()))
        .all(db)
        .await?;
    let mut marks: HashMap<Uuid, bool> = HashMap::new();
    for row in known.iter().filter(|row| row.phone.is_some()) {
        if let Some(case) = reports.get(&row.report_id) {
            *marks.entry(*case).or_insert(true) &= row.safe_phone;
        }
    }
    Ok(marks
        .into_iter()
        .filter(|(_, safe)| *safe)
        .map(|(case, _)| case)
        .collect())
}

/// The hotline's unit.
async fn hotline(db: &impl ConnectionTrait) -> Result<Option<Uuid>> {
    let found = unit::Entity::find()
        .filter(unit::Column::Kind.eq("HOT"))
        .filter(unit::Column::Active.eq(true))
        .order_by_asc(unit::Column::Division)
        .one(db)
        .await?;
    Ok(found.map(|unit| unit.id))
}

/// The callbacks that a case is owed and who owes them; what the hotline itself
/// led it calls back once.
async fn owed(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Vec<(Side, Uuid)>> {
    let hotline = hotline(db).await?;
    let unit = (Side::Unit, case.lead_unit);
    Ok(match hotline {
        Some(hotline) if hotline == case.lead_unit => vec![(Side::Hotline, hotline)],
        Some(hotline) => vec![unit, (Side::Hotline, hotline)],
        None => vec![unit],
    })
}

/// Starts the clocks of the callbacks that are still owed.
pub(super) async fn owe(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    let redone = super::of(tx, case.id).await?.row.redone;
    let done = made(tx, case.id, redone).await?;
    let mut told: Vec<Notice> = Vec::new();
    for (side, owner) in owed(tx, case).await? {
        if done.iter().any(|row| row.side == side.code() && row.reached) {
            continue;
        }
        let subject = clocks::Subject {
            case: Some(case.id),
            ..Default::default()
        };
        let begin = Begin {
            subject,
            code: "DL11",
            milestone: side.milestone(),
            from: ctx.now,
            owner,
        };
        let clock = clocks::begin(tx, ctx, begin).await?.id;
        told.push(
            Notice::new(Kind::CallbackDue, To::Unit(owner))
                .case(case.id)
                .clock(clock),
        );
    }
    // Where the number is not safe, the village looks for itself.
    if let Some(first) = told.first().copied()
        && !safe_to_call(tx, case.id).await?
    {
        let near = villages(tx, case.id).await?.into_iter().map(To::Unit);
        told.extend(near.map(|to| Notice { to, ..first }));
    }
    notices::tell_all(tx, ctx, &told).await
}

/// The villages that take part in a case.
async fn villages(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<Uuid>> {
    let parts = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case))
        .filter(case_unit::Column::Until.is_null())
        .all(db)
        .await?;
    let found = unit::Entity::find()
        .filter(unit::Column::Id.is_in(parts.into_iter().map(|part| part.unit_id)))
        .filter(unit::Column::Kind.eq("VIL"))
        .all(db)
        .await?;
    Ok(found.into_iter().map(|unit| unit.id).collect())
}

/// The callbacks of this time round, latest first.
async fn made(db: &impl ConnectionTrait, case: Uuid, round: i32) -> Result<Vec<callback::Model>> {
    Ok(callback::Entity::find()
        .filter(callback::Column::CaseId.eq(case))
        .filter(callback::Column::Round.eq(round))
        .order_by_desc(callback::Column::Id)
        .all(db)
        .await?)
}

/// Every callback of a case, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn callbacks(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<callback::Model>> {
    Ok(callback::Entity::find()
        .filter(callback::Column::CaseId.eq(case))
        .order_by_desc(callback::Column::Id)
        .all(db)
        .await?)
}

/// Records a callback. When both are made and the matter is solved, the order
/// is called back; when it is not solved, the order is in hand again.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`];
/// [`Error::IllegalOrderStep`]; [`Error::Invalid`] for a call to a number that is
/// not marked safe, for a closed case that is not solved, and for missing words.
pub async fn call_back(app: &App, ctx: &Ctx, id: Uuid, seen: i32, call: &CallBack) -> Result<protection_case::Model> {
    let one_of = |list: &[(&str, &str)], code: &str| list.iter().any(|(known, _)| *known == code);
    if !one_of(&WAYS, &call.way) {
        return Err(Error::field("way", "选择回访方式"));
    }
    if !one_of(&TOLD, &call.told) {
        return Err(Error::field(
            "told",
            "选择告知来电人的内容：只能是已受理、已处置，或未告知",
        ));
    }
    let note = if call.reached && call.solved {
        words_if_any("note", "回访情况", Some(&call.note), 500)?
    } else {
        Some(words("note", "回访情况（未联系到或未解决的原因）", &call.note, 500)?)
    };
    let step = if call.reached && !call.solved {
        OrderStep::NotSolved
    } else {
        OrderStep::CallBack { last: false }
    };
    let held = hold(app, ctx, (id, seen), (Action::CallBack, step)).await?;
    if call.way == "phone" && !safe_to_call(&held.tx, id).await? {
        return Err(Error::field(
            "way",
            "来电号码未标注安全，不得拨打，也不得发短信；请村（社区）儿童主任或学校线下核实（依据：儿童保护回访规则，本系统默认，本地可配置）",
        ));
    }
    let side = side_of(&held, ctx).await?;
    file(app, ctx, &held, (side, call, note.as_deref())).await?;
    if call.reached {
        clocks::meet(&held.tx, id, &[side.milestone()], ctx.now).await?;
        settle(&held, ctx, call.solved).await?;
    }
    let refs = json!({ "side": Side::label(side.code()), "reached": call.reached, "solved": call.solved });
    finish(held, app, ctx, (Act::CalledBack, note.as_deref(), refs)).await
}

/// For whom the actor calls back.
async fn side_of(held: &Held, ctx: &Ctx) -> Result<Side> {
    let of_hotline = matches!(ctx.actor.role, Role::Lead | Role::Operator);
    let side = if of_hotline { Side::Hotline } else { Side::Unit };
    let owed = owed(&held.tx, &held.case).await?;
    if owed.iter().any(|(known, _)| *known == side) {
        return Ok(side);
    }
    Err(Error::field("", "本案不需要本单位回访"))
}

async fn file(app: &App, ctx: &Ctx, held: &Held, (side, call, note): (Side, &CallBack, Option<&str>)) -> Result<()> {
    let id = ctx.new_id();
    let row = callback::ActiveModel {
        id: Set(id),
        case_id: Set(held.case.id),
        round: Set(held.order.row.redone),
        side: Set(side.code().to_owned()),
        way: Set(call.way.clone()),
        reached: Set(call.reached),
        solved: Set(call.reached && call.solved),
        told: Set(call.told.clone()),
        note: Set(app.vault.seal_some(Slot::new("callback", "note", id), note)?),
        made_by: Set(ctx.account()),
        made_at: Set(ctx.now),
    };
    row.insert(&held.tx).await?;
    Ok(())
}

/// Moves the order after somebody was reached.
async fn settle(held: &Held, ctx: &Ctx, solved: bool) -> Result<()> {
    let (tx, case) = (&held.tx, &held.case);
    if !solved {
        return redo(held, ctx).await;
    }
    let made = made(tx, case.id, held.order.row.redone).await?;
    let all = owed(tx, case)
        .await?
        .iter()
        .all(|(side, _)| made.iter().any(|row| row.side == side.code() && row.reached));
    if all {
        let next = held.order.after(case, OrderStep::CallBack { last: true })?;
        change(tx, &held.order, |row| row.state = Set(next.code().to_owned())).await?;
    }
    Ok(())
}

/// Not solved: the order is in hand again, under a new end from now.
async fn redo(held: &Held, ctx: &Ctx) -> Result<()> {
    let (tx, case) = (&held.tx, &held.case);
    change(tx, &held.order, |row| {
        row.state = Set(OrderState::Handling.code().to_owned());
        row.redone = Set(held.order.row.redone + 1);
        row.resolved_at = Set(None);
    })
    .await?;
    clocks::cancel(tx, case.id, &["callback_unit", "callback_hotline", "resolve"], ctx.now).await?;
    let demand = crate::casework::steps::demand_of(tx, case.id).await?;
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let book = clocks::book(tx, ctx.now).await?;
    let dues = deadlines::dues(&book, &demand, level, ctx.now);
    let resolve: Vec<_> = dues
        .into_iter()
        .filter(|due| due.milestone == deadlines::Milestone::Resolve)
        .map(|due| crate::rules::routing::Due::owed(due, case.lead_unit))
        .collect();
    let subject = clocks::Subject {
        case: Some(case.id),
        ..Default::default()
    };
    clocks::start(tx, subject, ctx.now, &resolve).await?;
    let notice = Notice::new(Kind::ResultReviewed, To::Unit(case.lead_unit)).case(case.id);
    notices::tell(tx, ctx, &notice).await
}
