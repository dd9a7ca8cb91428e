//! Asking for a transfer, with everything that must be handed over (§移交要素).

use super::RED_STAYS;
use super::clock::{owe, subject};
use crate::casework::steps::{pending_transfer, words, words_if_any};
use crate::casework::{advance, check_version, facts, fetch_for, next_number, tell};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{measure, protection_case, task, transfer, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::notices::{self, Kind, Notice, To as Told};
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::taskflow::TaskState;
use crate::rules::transferflow::{TransferReason, TransferState};
use crate::rules::workflow::Step;
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

/// Where a case goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// A division of the city, of any tier, by code or name.
    Place(String),
    /// A place and an authority outside the city: a letter is sent.
    Outside(String),
}

/// A transfer to be asked for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Made by the client, so that a second click is the same transfer.
    pub id: Option<Uuid>,
    /// Where to.
    pub to: To,
    /// A code of [`TransferReason`].
    pub reason: String,
    /// The day of the hand-over talk.
    pub met_on: Option<NaiveDate>,
    /// What was said there; sealed.
    pub meeting: String,
    /// `yes` or `no`.
    pub child_informed: String,
    /// `yes`, `no`, or `none` where there is no guardian who does no harm.
    pub guardian_informed: String,
    /// Why somebody was not informed; sealed.
    pub informed_note: String,
}

/// Where the answer comes from.
struct Receiver {
    place: Division,
    unit: unit::Model,
}

/// What was asked for, checked.
struct Checked {
    reason: TransferReason,
    to: Option<Receiver>,
    outside: Option<String>,
    met_on: NaiveDate,
    meeting: String,
    informed_note: Option<String>,
}

/// Asks for a case to be taken over elsewhere. Its stage, lead, clocks and
/// lists stay as they are.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] with every fault,
/// for a red case too; [`Error::Conflict`] while another transfer waits.
pub async fn ask(app: &App, ctx: &Ctx, case: Uuid, seen: i32, ask: &Ask) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case, Action::Transfer).await?;
    if sent_before(&tx, ctx, case.id, ask.id).await? {
        return Ok(case);
    }
    check_version(seen, case.version)?;
    if case.level == RiskLevel::Red.number() {
        return Err(Error::field("", RED_STAYS));
    }
    if pending_transfer(&tx, case.id).await?.is_some() {
        let text = "本案已有移交在等答复或裁定，先撤回或等有了结果";
        return Err(Error::Conflict(text.to_owned()));
    }
    let checked = checked(&tx, ctx, &case, ask).await?;
    let after = advance(&tx, &case, seen, &Step::Transfer, |_| {}).await?;
    // The receiver owes the answer; that a letter is answered, the sender.
    let owner = checked.to.as_ref().map_or(case.lead_unit, |to| to.unit.id);
    let due = owe(&tx, ctx, subject(case.id), (rule(case.level), "move_confirm", owner)).await?;
    let row = row(&tx, app, ctx, (&case, ask, due), &checked).await?;
    insert_models(&tx, vec![row.clone()]).await?;
    if let Some(to) = &checked.to {
        // Without the case: the receiver does not see it yet.
        notices::tell(&tx, ctx, &Notice::new(Kind::TransferAsked, Told::Unit(to.unit.id))).await?;
    }
    let place = match (&checked.to, &checked.outside) {
        (Some(to), _) => network::path_of(&tx, &to.place).await?,
        (None, outside) => outside.clone().unwrap_or_default(),
    };
    let text = format!("移交至 {place}");
    let refs = json!({ "number": row.number, "type": checked.reason.label() });
    let happened = (Act::TransferAsked, ctx.now, Some(text.as_str()), refs);
    tell(&tx, &app.vault, ctx, case.id, happened).await?;
    let entry = Entry::new(Act::TransferAsked).case(case.id).subject(row.id);
    let detail = json!({ "reason": checked.reason.label(), "from": row.from_place, "to": row.to_place });
    journal::commit(tx, ctx, entry.detail(detail)).await?;
    Ok(after)
}

/// Whether the same person has asked for this very transfer.
async fn sent_before(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid, id: Option<Uuid>) -> Result<bool> {
    let Some(id) = id else { return Ok(false) };
    match transfer::Entity::find_by_id(id).one(tx).await? {
        Some(known) if known.case_id == case && Some(known.asked_by) == ctx.account() => Ok(true),
        Some(_) => Err(Error::field("id", "该编号已用于其他移交，重新打开页面后提交")),
        None => Ok(false),
    }
}

/// Takes a value or keeps its faults.
fn kept<T>(faults: &mut Vec<FieldError>, found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(value) => Ok(Some(value)),
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

async fn checked(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model, ask: &Ask) -> Result<Checked> {
    let mut faults = Vec::new();
    let (mut to, mut outside) = (None, None);
    match &ask.to {
        To::Place(text) => to = kept(&mut faults, receiver(tx, case, text).await)?,
        To::Outside(text) => outside = kept(&mut faults, words("outside", "外地名称和接收机关", text, 100))?,
    }
    let reason = TransferReason::parse(&ask.reason);
    if reason.is_none() {
        faults.push(FieldError::new("reason", "选择移交理由"));
    }
    let today = clock::day(ctx.now);
    let met_on = ask
        .met_on
        .filter(|day| *day <= today && *day >= clock::day(case.opened_at));
    if met_on.is_none() {
        faults.push(FieldError::new("met_on", "填写交接会谈日期，在立案之后、不晚于今天"));
    }
    let meeting = kept(&mut faults, words("meeting", "交接会谈记录", &ask.meeting, 1000))?;
    let informed_note = kept(&mut faults, told(ask))?;
    match (reason, met_on, meeting, informed_note, faults.is_empty()) {
        (Some(reason), Some(met_on), Some(meeting), Some(informed_note), true) => Ok(Checked {
            reason,
            to,
            outside,
            met_on,
            meeting,
            informed_note,
        }),
        _ => Err(Error::Invalid(faults)),
    }
}

/// Whoever was not told of the move: the record says why.
fn told(ask: &Ask) -> Result<Option<String>> {
    let mut faults = Vec::new();
    if !matches!(ask.child_informed.as_str(), "yes" | "no") {
        faults.push(FieldError::new("child_informed", "选择儿童是否知情"));
    }
    if !matches!(ask.guardian_informed.as_str(), "yes" | "no" | "none") {
        faults.push(FieldError::new("guardian_informed", "选择非加害监护人是否知情"));
    }
    let left_out = ask.child_informed == "no" || ask.guardian_informed == "no";
    let note = words_if_any("informed_note", "未告知的理由", Some(&ask.informed_note), 500);
    match note {
        Ok(None) if left_out => faults.push(FieldError::new("informed_note", "写明未告知的理由")),
        Ok(note) if faults.is_empty() => return Ok(note),
        Err(Error::Invalid(more)) => faults.extend(more),
        Err(other) => return Err(other),
        Ok(_) => {}
    }
    Err(Error::Invalid(faults))
}

/// Who answers for the place: another county's 未保中心, or within the county
/// the other township's station.
async fn receiver(tx: &impl ConnectionTrait, case: &protection_case::Model, text: &str) -> Result<Receiver> {
    let wrong = |message: &str| Error::field("to", message);
    let unknown = || match text.trim() {
        "" => wrong("填写移入地，从列表中选一个乡镇或村"),
        _ => wrong(network::UNCLEAR),
    };
    let place = network::resolve(tx, text).await?.ok_or_else(unknown)?;
    let from = Division::parse(&case.division)?;
    let Some(home) = from.at(Tier::County) else {
        return Err(wrong("儿童现在地还没有核定，先由派单员更正所在地"));
    };
    let Some(county) = place.at(Tier::County) else {
        return Err(wrong("移入地写到县，本县范围内写到乡镇"));
    };
    let unit = if county == home {
        let (here, there) = (from.at(Tier::Township), place.at(Tier::Township));
        match (here, there) {
            (_, None) => return Err(wrong("本县范围内的移交写到乡镇（街道）")),
            (None, _) => return Err(wrong("儿童现在的乡镇还没有核定，由派单员更正所在地")),
            (Some(here), Some(there)) if here == there => {
                return Err(wrong("同一乡镇内不需移交，由县级改派"));
            }
            (_, Some(there)) => network::unit_at(tx, "TMP", &there).await,
        }
    } else {
        county_unit(tx, &county).await
    };
    let unit = match unit {
        Err(Error::NotFound) => return Err(wrong("移入地没有在用的接收单位，联系市级先行指定")),
        found => found?,
    };
    if facts(tx, case).await?.recused_units.contains(&unit.id) {
        return Err(wrong("移入地的接收单位应当回避，联系市级办理"));
    }
    Ok(Receiver { place, unit })
}

/// The county's 未保中心; where a zone has none, that of the county to which
/// its matters fall back (RT11).
async fn county_unit(tx: &impl ConnectionTrait, county: &Division) -> Result<unit::Model> {
    match network::unit_at(tx, "MPC", county).await {
        Err(Error::NotFound) => {
            let back = codes::fallback_division(county.code()).ok_or(Error::NotFound)?;
            network::unit_at(tx, "MPC", &Division::parse(&back.falls_to)?).await
        }
        found => found,
    }
}

async fn row(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, ask, due_at): (&protection_case::Model, &Ask, DateTime<Utc>),
    checked: &Checked,
) -> Result<transfer::Model> {
    let id = ask.id.unwrap_or_else(|| ctx.new_id());
    let slot = |column| Slot::new("transfer", column, id);
    let vault = &app.vault;
    let to = checked.to.as_ref();
    Ok(transfer::Model {
        id,
        number: next_number(tx, "YJ", ctx.now).await?,
        case_id: case.id,
        state: TransferState::Asked.code().to_owned(),
        reason: checked.reason.code().to_owned(),
        level: case.level,
        from_place: case.division.clone(),
        from_unit: case.lead_unit,
        to_place: to.map(|to| to.place.code().to_owned()),
        to_unit: to.map(|to| to.unit.id),
        to_area: to.map(|to| to.unit.division.clone()),
        domicile: case.domicile.clone(),
        outside: vault.seal_some(slot("outside"), checked.outside.as_deref())?,
        listed: listed(tx, case.id).await?,
        met_on: checked.met_on,
        meeting: vault.seal(slot("meeting"), &checked.meeting)?,
        child_informed: ask.child_informed.clone(),
        guardian_informed: ask.guardian_informed.clone(),
        informed_note: vault.seal_some(slot("informed_note"), checked.informed_note.as_deref())?,
        asked_by: ctx.actor.account,
        asked_at: ctx.now,
        due_at,
        answered_by: None,
        answered_at: None,
        answer: None,
        dispute: None,
        disputed_at: None,
        ruled_by: None,
        ruled_at: None,
        ruling: None,
        withdrawal: None,
        ended_at: None,
        called_on: None,
        contact: None,
        reply_no: None,
        reply_on: None,
        version: 1,
    })
}

/// The open tasks and the papers of the case on that day: numbers, kinds and
/// dates, nobody's words.
async fn listed(tx: &impl ConnectionTrait, case: Uuid) -> Result<Value> {
    let open = TaskState::ALL.into_iter().filter(|state| state.is_open());
    let tasks = task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .filter(task::Column::State.is_in(open.map(TaskState::code)))
        .order_by_asc(task::Column::Id)
        .all(tx)
        .await?;
    let papers = measure::Entity::find()
        .filter(measure::Column::CaseId.eq(case))
        .order_by_asc(measure::Column::Id)
        .all(tx)
        .await?;
    let tasks: Vec<Value> = tasks
        .iter()
        .map(|row| json!([row.number, row.type_code, row.state]))
        .collect();
    let papers: Vec<Value> = papers.iter().map(|row| json!([row.kind, row.issued_on])).collect();
    Ok(json!({ "tasks": tasks, "papers": papers }))
}

/// The row of `data/deadlines.csv` for the answer at a level.
fn rule(level: i16) -> &'static str {
    if level <= RiskLevel::Yellow.number() {
        "TRF-yellow"
    } else {
        "TRF"
    }
}
