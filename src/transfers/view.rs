//! What is shown of a transfer: to both sides what is handed over, to the place
//! where the household is registered the necessary summary alone.

use super::{fetch, is_outside, state};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{case_child, child, protection_case, transfer};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::policy::{Action, Role, TransferAction, reach, transfer_may};
use crate::rules::taskflow::TaskState;
use crate::rules::transferflow::{TransferReason, TransferState, TransferStep};
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// A transfer in a list.
#[derive(Debug, Clone)]
pub struct TransferRow {
    /// Its id.
    pub id: Uuid,
    /// `YJ-20261123-0001`.
    pub number: String,
    /// The case's number.
    pub case_number: String,
    /// 1–4, of the case now.
    pub level: i16,
    /// The level in words.
    pub level_label: &'static str,
    /// The stored word of the state.
    pub state: &'static str,
    /// The state in words.
    pub state_label: &'static str,
    /// The mark's kind.
    pub state_kind: &'static str,
    /// The code of the reason.
    pub reason: &'static str,
    /// The reason in words.
    pub reason_label: &'static str,
    /// From where, in words.
    pub from: String,
    /// Where to, in words.
    pub to: String,
    /// When it was asked for.
    pub asked: String,
    /// By when it is owed, or empty when it is over.
    pub due: String,
    /// `over` or `later`, `done` when it is over.
    pub due_state: &'static str,
    /// The time itself.
    pub due_at: DateTime<Utc>,
    /// Whether a letter answers it.
    pub outside: bool,
    /// Its version.
    pub version: i32,
}

/// Everything that is handed over and what was said about it.
#[derive(Debug, Clone, Default)]
pub struct Handed {
    /// The case's title; nothing where its label forbids it.
    pub title: String,
    /// The main type of the case.
    pub kind: String,
    /// The children by age and sex.
    pub children: Vec<String>,
    /// Open tasks: number, type, state.
    pub tasks: Vec<String>,
    /// Papers: kind and day.
    pub papers: Vec<String>,
    /// The day of the hand-over talk.
    pub met_on: String,
    /// What was said there.
    pub meeting: String,
    /// Whether the child knows.
    pub child_informed: &'static str,
    /// Whether the guardian who does no harm knows.
    pub guardian_informed: &'static str,
    /// Why somebody does not.
    pub informed_note: String,
    /// What was said since: title, words.
    pub said: Vec<(&'static str, String)>,
}

/// A transfer as one person sees it.
#[derive(Debug, Clone)]
pub struct TransferView {
    /// The row.
    pub row: TransferRow,
    /// The unit that sends.
    pub from_unit: String,
    /// The unit that answers, or the authority outside.
    pub to_unit: String,
    /// The unit that leads the case now.
    pub lead: String,
    /// The case, for those who may see it.
    pub case: Option<Uuid>,
    /// Nothing for whoever sees the summary alone.
    pub handed: Option<Handed>,
    /// The steps that this person may take now.
    pub steps: Vec<TransferStep>,
}

/// A transfer for whoever may see it; the view stands in the journal.
///
/// # Errors
/// Those of [`fetch`].
pub async fn view(app: &App, ctx: &Ctx, id: Uuid) -> Result<TransferView> {
    let db = app.db.read();
    let (row, case) = fetch(db, ctx, id, |_| TransferAction::Summary).await?;
    let entry = Entry::new(Act::TransferViewed).case(case.id).subject(id);
    journal::viewed(&app.db, ctx, entry).await?;
    let facts = super::facts(db, &row, &case).await?;
    let may = |action| transfer_may(&ctx.actor, action, &facts);
    let handed = if may(TransferAction::View) {
        Some(handed(db, app, ctx, (&row, &case)).await?)
    } else {
        None
    };
    let sees_case = reach(&ctx.actor, Action::View).covers(&facts.case);
    let now = state(&row)?;
    let steps = TransferStep::ALL
        .into_iter()
        .filter(|step| now.after(*step).is_ok() && may(super::answering::action(&row, *step)))
        .filter(|step| super::answering::fits(&row, *step, ctx.now))
        .collect();
    let to_unit = match row.to_unit {
        Some(unit) => network::unit_name(db, unit).await?,
        None => outside(app, &row)?,
    };
    Ok(TransferView {
        from_unit: network::unit_name(db, row.from_unit).await?,
        lead: network::unit_name(db, case.lead_unit).await?,
        case: sees_case.then_some(case.id),
        row: line(db, app, ctx.now, (row, &case)).await?,
        to_unit,
        handed,
        steps,
    })
}

fn outside(app: &App, row: &transfer::Model) -> Result<String> {
    let opened = app
        .vault
        .open_some(Slot::new("transfer", "outside", row.id), row.outside.as_ref())?;
    Ok(opened.unwrap_or_default())
}

/// The row of a transfer.
pub(super) async fn line(
    db: &impl ConnectionTrait,
    app: &App,
    now: DateTime<Utc>,
    (row, case): (transfer::Model, &protection_case::Model),
) -> Result<TransferRow> {
    let at = state(&row)?;
    let reason = TransferReason::parse(&row.reason);
    let to = match &row.to_place {
        Some(place) => network::path_of(db, &Division::parse(place)?).await?,
        None => outside(app, &row)?,
    };
    let (due, due_state) = match at {
        TransferState::Asked if row.due_at <= now => (format!("{} 前，已逾期", clock::minute(row.due_at)), "over"),
        TransferState::Asked => (format!("{} 前", clock::minute(row.due_at)), "soon"),
        _ => (String::new(), "done"),
    };
    Ok(TransferRow {
        id: row.id,
        case_number: case.number.clone(),
        level: case.level,
        level_label: RiskLevel::from_number(case.level).map_or("未定", RiskLevel::label),
        state: at.code(),
        state_label: at.label(),
        state_kind: kind(at),
        reason: reason.map_or("", TransferReason::code),
        reason_label: reason.map_or("", TransferReason::label),
        from: network::path_of(db, &Division::parse(&row.from_place)?).await?,
        to,
        asked: clock::minute(row.asked_at),
        due,
        due_state,
        due_at: row.due_at,
        outside: is_outside(&row),
        version: row.version,
        number: row.number,
    })
}

fn kind(state: TransferState) -> &'static str {
    match state {
        TransferState::Asked => "wait",
        TransferState::Refused | TransferState::Disputed => "bad",
        TransferState::Confirmed => "ok",
        TransferState::Kept | TransferState::Withdrawn => "",
    }
}

async fn handed(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (row, case): (&transfer::Model, &protection_case::Model),
) -> Result<Handed> {
    let open = |column, sealed| -> Result<String> {
        let opened = app.vault.open_some(Slot::new("transfer", column, row.id), sealed)?;
        Ok(opened.unwrap_or_default())
    };
    let secret = Sensitivity::from_number(case.sensitivity).unwrap_or(Sensitivity::L4) == Sensitivity::L4;
    // What a case of the highest label is about is told to a township once it
    // has taken the case.
    let hidden = secret && ctx.actor.role == Role::Township;
    let title = Slot::new("protection_case", "title", case.id);
    let (tasks, papers) = listed(row);
    let contact = match row.called_on {
        Some(day) => format!("{day} {}", open("contact", row.contact.as_ref())?),
        None => String::new(),
    };
    let reply = match row.reply_on {
        Some(day) => format!("{} {day}", open("reply_no", row.reply_no.as_ref())?),
        None => String::new(),
    };
    let said = vec![
        ("电话联系和省平台登记", contact),
        ("回函", reply),
        ("答复", open("answer", row.answer.as_ref())?),
        ("提请裁定", open("dispute", row.dispute.as_ref())?),
        ("裁定", open("ruling", row.ruling.as_ref())?),
        ("撤回", open("withdrawal", row.withdrawal.as_ref())?),
    ];
    Ok(Handed {
        title: if hidden {
            "特别关爱（接收后可见）".to_owned()
        } else {
            app.vault.open(title, &case.title)?
        },
        kind: if hidden {
            String::new()
        } else {
            codes::case_type(&case.primary_type).map_or(String::new(), |row| row.name.clone())
        },
        children: children(db, case.id).await?,
        tasks,
        papers,
        met_on: row.met_on.to_string(),
        meeting: open("meeting", Some(&row.meeting))?,
        child_informed: informed(&row.child_informed),
        guardian_informed: informed(&row.guardian_informed),
        informed_note: open("informed_note", row.informed_note.as_ref())?,
        said: said.into_iter().filter(|(_, words)| !words.is_empty()).collect(),
    })
}

fn informed(code: &str) -> &'static str {
    match code {
        "yes" => "已告知",
        "none" => "没有非加害监护人",
        _ => "未告知",
    }
}

/// The tasks and papers that were listed when the transfer was asked for.
fn listed(row: &transfer::Model) -> (Vec<String>, Vec<String>) {
    let text = |item: &serde_json::Value, at: usize| item.get(at).and_then(|value| value.as_str()).map(str::to_owned);
    let items = |key: &str| {
        let list = row.listed.get(key).and_then(|list| list.as_array());
        list.cloned().unwrap_or_default()
    };
    let task = |item: &serde_json::Value| {
        let kind = text(item, 1).unwrap_or_default();
        let kind = codes::task_type(&kind).map_or(kind, |row| row.name.clone());
        let state = text(item, 2).and_then(|code| TaskState::parse(&code));
        let number = text(item, 0).unwrap_or_default();
        format!("{number} {kind}，{}", state.map_or("", TaskState::label))
    };
    let paper = |item: &serde_json::Value| {
        let kind = text(item, 0).unwrap_or_default();
        let kind = codes::artifact_kind(&kind).map_or(kind, |row| row.name.clone());
        format!("{kind} {}", text(item, 1).unwrap_or_default())
    };
    (
        items("tasks").iter().map(task).collect(),
        items("papers").iter().map(paper).collect(),
    )
}

/// The children by age and sex: no names before the case is taken.
async fn children(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<String>> {
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .all(db)
        .await?;
    let children = child::Entity::find()
        .filter(child::Column::Id.is_in(links.iter().map(|link| link.child_id)))
        .order_by_asc(child::Column::Id)
        .all(db)
        .await?;
    let line = |row: &child::Model| {
        let sex = match row.sex.as_str() {
            "1" => "男",
            "2" => "女",
            _ => "性别不详",
        };
        let age = row
            .age_at_intake
            .map_or("年龄不详".to_owned(), |age| format!("{age}岁"));
        format!("{sex}，{age}")
    };
    Ok(children.iter().map(line).collect())
}

/// The transfers of a case, latest first.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<TransferRow>> {
    let found = transfer::Entity::find()
        .filter(transfer::Column::CaseId.eq(case))
        .order_by_desc(transfer::Column::Id)
        .all(db)
        .await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let case = protection_case::Entity::find_by_id(case)
        .one(db)
        .await?
        .ok_or(Error::NotFound)?;
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        rows.push(line(db, app, app.clock.now(), (row, &case)).await?);
    }
    Ok(rows)
}

/// The letter to a place outside the city, for whoever sends it.
///
/// # Errors
/// Those of [`fetch`]; [`Error::NotFound`] for a transfer within the city.
pub async fn letter(app: &App, ctx: &Ctx, id: Uuid) -> Result<TransferView> {
    let (row, case) = fetch(app.db.read(), ctx, id, |_| TransferAction::Send).await?;
    if !is_outside(&row) {
        return Err(Error::NotFound);
    }
    let entry = Entry::new(Act::Printed).case(case.id).subject(id);
    journal::viewed(&app.db, ctx, entry.detail(serde_json::json!({ "form": "移交函" }))).await?;
    view(app, ctx, id).await
}
