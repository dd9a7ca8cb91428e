//! 会商: who sat together, about what, and what was decided; its decisions
//! become tasks in the same act.

use super::opening::{NewTask, add_all, entry};
use crate::casework::search;
use crate::casework::steps::{words, words_if_any};
use crate::casework::{self, advance, fetch_for, tell};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{conference, conference_member, protection_case, task, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use crate::state::App;
use crate::vault::Slot;
use chrono::NaiveDate;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Units that may be named as having taken part.
pub(super) const MOST_MEMBERS: usize = 12;

/// What stands as the agenda where nothing else was written.
const AGENDA: &str = "研究本个案";
/// What the unit that records it did, where nobody else is named.
const CONVENED: &str = "召集";

/// A conference to be recorded.
#[derive(Debug, Clone, Default)]
pub struct NewConference {
    /// Made by the client, so that a second click is the same conference.
    pub id: Option<Uuid>,
    /// The day it was held, not in the future.
    pub on: NaiveDate,
    /// The number of its minutes.
    pub minutes_no: String,
    /// Where, may be empty.
    pub place: String,
    /// What it was about; the case as a whole when empty.
    pub agenda: String,
    /// What was decided, may be empty; sealed.
    pub decisions: String,
    /// Who took part, by unit and function; the own unit when empty.
    pub members: Vec<Member>,
    /// The tasks that follow from it.
    pub tasks: Vec<NewTask>,
}

/// A unit at the table.
#[derive(Debug, Clone)]
pub struct Member {
    /// The unit.
    pub unit: Uuid,
    /// What its person is there: 局长, 检察官 …, never a name.
    pub function: String,
}

/// Records a conference (会商) on a case, which a red case needs before it may
/// be closed, with the tasks that follow from it: all or nothing.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] on `on`,
/// `minutes_no`, `agenda`, `decisions`, `members/0/unit` …, `tasks/0/request` ….
pub async fn hold_conference(
    app: &App,
    ctx: &Ctx,
    case_id: Uuid,
    seen: i32,
    new: NewConference,
) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case_id, Action::Confirm).await?;
    if sent_before(&tx, ctx, &case, new.id).await? {
        return Ok(case);
    }
    let new = checked(&tx, ctx, &case, new).await?;
    let after = advance(&tx, &case, seen, &Step::Record, |row| {
        row.conference_on = Set(Some(new.on));
    })
    .await?;
    let id = write(&tx, app, ctx, &case, &new).await?;
    let fresh = follow(&tx, app, ctx, &case, (id, new.tasks.clone())).await?;
    told(tx, app, ctx, &case, (id, &new, &fresh)).await?;
    Ok(after)
}

async fn sent_before(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    id: Option<Uuid>,
) -> Result<bool> {
    let Some(id) = id else { return Ok(false) };
    match conference::Entity::find_by_id(id).one(tx).await? {
        Some(known) if known.case_id == case.id && known.created_by == ctx.actor.account => Ok(true),
        Some(_) => Err(Error::field("id", "该编号已用于其他会商，重新打开页面后提交")),
        None => Ok(false),
    }
}

/// The record with its texts as they are kept, or everything wrong with it.
async fn checked(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    mut new: NewConference,
) -> Result<NewConference> {
    let mut faults = Vec::new();
    let mut keep = |text: Result<Option<String>>| match text {
        Ok(text) => text.unwrap_or_default(),
        Err(Error::Invalid(own)) => {
            faults.extend(own);
            String::new()
        }
        Err(_) => String::new(),
    };
    new.minutes_no = keep(words("minutes_no", "会商纪要编号", &new.minutes_no, 60).map(Some));
    new.place = keep(words_if_any("place", "地点", Some(&new.place), 60));
    new.agenda = keep(words_if_any("agenda", "议题", Some(&new.agenda), 500));
    new.decisions = keep(words_if_any("decisions", "议定事项", Some(&new.decisions), 2000));
    if new.agenda.is_empty() {
        AGENDA.clone_into(&mut new.agenda);
    }
    if new.on > clock::day(ctx.now) {
        faults.push(FieldError::new("on", "会商日期不能晚于今天"));
    }
    if new.on < clock::day(case.opened_at) {
        faults.push(FieldError::new("on", "会商日期不能早于立案日期"));
    }
    if new.members.is_empty() {
        new.members.extend(ctx.actor.unit.map(|unit| Member {
            unit,
            function: CONVENED.to_owned(),
        }));
    }
    faults.extend(member_faults(tx, case, &mut new.members).await?);
    if faults.is_empty() {
        Ok(new)
    } else {
        Err(Error::Invalid(faults))
    }
}

async fn member_faults(
    tx: &impl ConnectionTrait,
    case: &protection_case::Model,
    members: &mut [Member],
) -> Result<Vec<FieldError>> {
    if members.len() > MOST_MEMBERS {
        let text = format!("参加单位最多{MOST_MEMBERS}个");
        return Ok(vec![FieldError::new("members", &text)]);
    }
    let recused = casework::facts(tx, case).await?.recused_units;
    let known: HashMap<Uuid, unit::Model> = unit::Entity::find()
        .filter(unit::Column::Id.is_in(members.iter().map(|member| member.unit)))
        .filter(unit::Column::Active.eq(true))
        .all(tx)
        .await?
        .into_iter()
        .map(|unit| (unit.id, unit))
        .collect();
    let mut faults = Vec::new();
    for (at, member) in members.iter_mut().enumerate() {
        let mut fault = |field: &str, text: &str| {
            faults.push(FieldError::new(&format!("members/{at}/{field}"), text));
        };
        if !known.contains_key(&member.unit) {
            fault("unit", "从列表中选择参加单位");
        } else if recused.contains(&member.unit) {
            fault("unit", "该单位已登记回避，不得参加会商");
        }
        match words("function", "职务", &member.function, 30) {
            Ok(function) => member.function = function,
            Err(_) => fault("function", "填写参加人的职务，30字以内，不写姓名"),
        }
    }
    Ok(faults)
}

async fn write(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    new: &NewConference,
) -> Result<Uuid> {
    let id = new.id.unwrap_or_else(|| ctx.new_id());
    let slot = |column| Slot::new("conference", column, id);
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let row = conference::ActiveModel {
        id: Set(id),
        case_id: Set(case.id),
        held_on: Set(new.on),
        minutes_no: Set(app.vault.seal(slot("minutes_no"), &new.minutes_no)?),
        place: Set(app.vault.seal_some(slot("place"), some(&new.place).as_deref())?),
        agenda: Set(app.vault.seal(slot("agenda"), &new.agenda)?),
        decisions: Set(app
            .vault
            .seal_some(slot("decisions"), some(&new.decisions).as_deref())?),
        created_by: Set(ctx.actor.account),
        created_at: Set(ctx.now),
    };
    row.insert(tx).await?;
    for (position, member) in (1..).zip(&new.members) {
        let id_of = ctx.new_id();
        let row = conference_member::ActiveModel {
            id: Set(id_of),
            conference_id: Set(id),
            position: Set(position),
            unit_id: Set(member.unit),
            function: Set(app
                .vault
                .seal(Slot::new("conference_member", "function", id_of), &member.function)?),
        };
        row.insert(tx).await?;
    }
    Ok(id)
}

/// The tasks that follow from a conference.
async fn follow(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (conference, mut tasks): (Uuid, Vec<NewTask>),
) -> Result<Vec<task::Model>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    for task in &mut tasks {
        task.conference = Some(conference);
    }
    Ok(add_all(tx, app, ctx, case, &tasks).await?.fresh)
}

async fn told(
    tx: DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (id, new, fresh): (Uuid, &NewConference, &[task::Model]),
) -> Result<()> {
    let text = format!("{} 会商，纪要 {}。{}", new.on, new.minutes_no, new.decisions);
    let refs = json!({ "on": new.on, "conference": id, "tasks": fresh.len() });
    let happened = (Act::ConferenceHeld, ctx.now, Some(text.as_str()), refs);
    tell(&tx, &app.vault, ctx, case.id, happened).await?;
    search::index(&tx, &app.vault, case.id, &text).await?;
    let held = Entry::new(Act::ConferenceHeld)
        .case(case.id)
        .subject(id)
        .detail(json!({ "on": new.on }));
    let entries = std::iter::once(held).chain(fresh.iter().map(entry));
    journal::commit_all(tx, entries.map(|entry| (ctx, entry)).collect()).await
}

/// A conference as the page shows it.
#[derive(Debug, Clone)]
pub struct ConferenceView {
    /// Its id.
    pub id: Uuid,
    /// `2026-11-23`.
    pub on: String,
    /// The number of its minutes.
    pub minutes_no: String,
    /// Where, or empty.
    pub place: String,
    /// What it was about.
    pub agenda: String,
    /// What was decided, or empty.
    pub decisions: String,
    /// Units and functions.
    pub members: Vec<(String, String)>,
    /// When it was recorded.
    pub recorded: String,
}

/// The conferences of a case, latest first.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn conferences(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<ConferenceView>> {
    let rows = conference::Entity::find()
        .filter(conference::Column::CaseId.eq(case))
        .order_by_desc(conference::Column::HeldOn)
        .order_by_desc(conference::Column::Id)
        .all(db)
        .await?;
    let mut shown = Vec::new();
    for row in rows {
        shown.push(view(app, db, row).await?);
    }
    Ok(shown)
}

async fn view(app: &App, db: &impl ConnectionTrait, row: conference::Model) -> Result<ConferenceView> {
    let slot = |column| Slot::new("conference", column, row.id);
    let members = conference_member::Entity::find()
        .filter(conference_member::Column::ConferenceId.eq(row.id))
        .order_by_asc(conference_member::Column::Position)
        .all(db)
        .await?;
    let units = unit::Entity::find()
        .filter(unit::Column::Id.is_in(members.iter().map(|member| member.unit_id)))
        .all(db)
        .await?;
    let named = |id| {
        let unit = units.iter().find(|unit| unit.id == id);
        unit.map(|unit| unit.name.clone()).unwrap_or_default()
    };
    let members = members.iter().map(|member| {
        let slot = Slot::new("conference_member", "function", member.id);
        Ok((named(member.unit_id), app.vault.open(slot, &member.function)?))
    });
    Ok(ConferenceView {
        members: members.collect::<Result<_>>()?,
        id: row.id,
        on: row.held_on.to_string(),
        minutes_no: app.vault.open(slot("minutes_no"), &row.minutes_no)?,
        place: app
            .vault
            .open_some(slot("place"), row.place.as_ref())?
            .unwrap_or_default(),
        agenda: app.vault.open(slot("agenda"), &row.agenda)?,
        decisions: app
            .vault
            .open_some(slot("decisions"), row.decisions.as_ref())?
            .unwrap_or_default(),
        recorded: clock::minute(row.created_at),
    })
}
