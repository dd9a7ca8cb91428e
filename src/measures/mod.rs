//! Papers and measures (文书与措施): number, authority, dates, validity, and
//! whether they keep a case open.

mod check;
mod form;
mod pages;

pub use check::{NewMeasure, faults};
pub(crate) use form::{PaperForm, date, kinds};

use crate::casework::steps::has_control;
use crate::casework::{self, fetch_for, tell};
use crate::clock;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{measure, protection_case};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::policy::Action;
use crate::rules::workflow::{Stage, Step};
use crate::state::App;
use crate::vault::{Slot, Vault};
use crate::web::Routes;
use anyhow::Context;
use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}

/// A paper as a case page shows it.
#[derive(Debug, Clone)]
pub struct MeasureRow {
    /// Its id.
    pub id: Uuid,
    /// Code of the kind.
    pub kind: String,
    /// The kind in words.
    pub kind_name: String,
    /// Its number.
    pub paper_no: String,
    /// Who issued it.
    pub issued_by: String,
    /// `2026-11-23`.
    pub issued_on: String,
    /// `有效期至 2027-05-22`, `已终止 2027-01-10`, or empty.
    pub validity: String,
    /// `2026-11-24`, or empty.
    pub served_on: String,
    /// A remark, or empty.
    pub note: String,
    /// Whether it is in force today.
    pub in_force: bool,
    /// Whether it keeps the case open today.
    pub blocks_closing: bool,
    /// The joint task that brought it.
    pub task: Option<Uuid>,
    /// Its version.
    pub version: i32,
}

/// Records a paper on a case.
///
/// # Errors
/// [`Error::Invalid`] with the faults; what [`fetch_for`] and the stage refuse.
pub async fn record(app: &App, ctx: &Ctx, case: Uuid, new: &NewMeasure) -> Result<measure::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case, Action::Record).await?;
    open_stage(&case)?;
    if let Some(known) = sent_before(&tx, ctx, case.id, new.id).await? {
        return Ok(known);
    }
    let row = add(&tx, app, ctx, (case.id, None), new).await?;
    let entry = Entry::new(Act::MeasureRecorded)
        .case(case.id)
        .subject(row.id)
        .detail(json!({ "kind": row.kind }));
    journal::commit(tx, ctx, entry).await?;
    Ok(row)
}

/// The paper of this id, when the same person has recorded it on this case.
async fn sent_before(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: Uuid,
    id: Option<Uuid>,
) -> Result<Option<measure::Model>> {
    let Some(id) = id else { return Ok(None) };
    match measure::Entity::find_by_id(id).one(tx).await? {
        Some(known) if known.case_id == case && known.created_by == ctx.actor.account => Ok(Some(known)),
        Some(_) => Err(Error::field("id", "该编号已用于其他文书，重新打开页面后提交")),
        None => Ok(None),
    }
}

/// Refuses records on a case that is over.
///
/// # Errors
/// [`Error::IllegalStep`].
pub fn open_stage(case: &protection_case::Model) -> Result<()> {
    let stage = Stage::parse(&case.stage).context("stage in the database")?;
    stage.after(&Step::Record)?;
    Ok(())
}

/// Writes a paper and its line of the timeline. The caller commits. A paper
/// that the same task reported before is not written twice.
///
/// # Errors
/// [`Error::Invalid`] with the faults.
pub async fn add(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, task): (Uuid, Option<Uuid>),
    new: &NewMeasure,
) -> Result<measure::Model> {
    let faults = faults(new, clock::day(ctx.now));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if let Some(known) = known(tx, &app.vault, task, new).await? {
        return Ok(known);
    }
    let id = new.id.unwrap_or_else(|| ctx.new_id());
    let slot = |column| Slot::new("measure", column, id);
    let (paper_no, note) = (new.paper_no.trim(), new.note.trim());
    let row = measure::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        task_id: Set(task),
        kind: Set(new.kind.clone()),
        paper_no: Set(app.vault.seal(slot("paper_no"), paper_no)?),
        issued_by: Set(app.vault.seal(slot("issued_by"), new.issued_by.trim())?),
        issued_on: Set(new.issued_on),
        in_force_from: Set(new.in_force_from),
        expires_on: Set(new.expires_on),
        ended_on: Set(None),
        served_on: Set(new.served_on),
        note: Set(app
            .vault
            .seal_some(slot("note"), Some(note).filter(|note| !note.is_empty()))?),
        created_by: Set(ctx.actor.account),
        created_at: Set(ctx.now),
        version: Set(1),
    };
    let row = row.insert(tx).await?;
    let text = format!("{} {paper_no}", kind_name(&row.kind));
    let refs = json!({ "measure": id, "kind": kind_name(&row.kind) });
    let happened = (Act::MeasureRecorded, ctx.now, Some(text.as_str()), refs);
    tell(tx, &app.vault, ctx, case, happened).await?;
    Ok(row)
}

/// The same paper from the same task. Numbers are sealed: the few papers of
/// the task are opened and compared.
async fn known(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    task: Option<Uuid>,
    new: &NewMeasure,
) -> Result<Option<measure::Model>> {
    let Some(task) = task else { return Ok(None) };
    let papers = measure::Entity::find()
        .filter(measure::Column::TaskId.eq(task))
        .filter(measure::Column::Kind.eq(&new.kind))
        .all(tx)
        .await?;
    for paper in papers {
        if self::paper_no(vault, &paper)? == new.paper_no.trim() {
            return Ok(Some(paper));
        }
    }
    Ok(None)
}

/// The number of a paper, opened.
///
/// # Errors
/// When it does not open.
pub fn paper_no(vault: &Vault, row: &measure::Model) -> Result<String> {
    Ok(vault.open_or_empty(Slot::new("measure", "paper_no", row.id), &row.paper_no)?)
}

/// A paper of a case, as the person may act upon it.
///
/// # Errors
/// [`Error::NotFound`] when the case has no such paper.
pub async fn one(db: &impl ConnectionTrait, case: Uuid, id: Uuid) -> Result<measure::Model> {
    measure::Entity::find_by_id(id)
        .filter(measure::Column::CaseId.eq(case))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Ends a paper before its time: lifted, revoked, the procedure closed.
///
/// # Errors
/// [`Error::Stale`]; [`Error::Invalid`] for a date before the paper or after
/// today and for a missing reason; [`Error::Conflict`] when it has ended.
pub async fn end(
    app: &App,
    ctx: &Ctx,
    (case, id): (Uuid, Uuid),
    seen: i32,
    (on, reason): (NaiveDate, &str),
) -> Result<measure::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case, Action::Record).await?;
    open_stage(&case)?;
    let row = one(&tx, case.id, id).await?;
    casework::check_version(seen, row.version)?;
    if row.ended_on.is_some() {
        return Err(Error::Conflict("该文书已登记终止，刷新后查看".to_owned()));
    }
    let faults = end_faults(&row, on, reason, clock::day(ctx.now));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let (kind, paper_no) = (kind_name(&row.kind), paper_no(&app.vault, &row)?);
    let change = measure::ActiveModel {
        ended_on: Set(Some(on)),
        ..Default::default()
    };
    let after = db::update(&tx, (id, seen), change).await?;
    let text = format!("{kind} {paper_no}：{}", reason.trim());
    let refs = json!({ "measure": id, "kind": kind, "on": on });
    let happened = (Act::MeasureEnded, ctx.now, Some(text.as_str()), refs);
    tell(&tx, &app.vault, ctx, case.id, happened).await?;
    let entry = Entry::new(Act::MeasureEnded).case(case.id).subject(id);
    journal::commit(tx, ctx, entry).await?;
    Ok(after)
}

fn end_faults(row: &measure::Model, on: NaiveDate, reason: &str, today: NaiveDate) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if on < row.issued_on {
        faults.push(FieldError::new("ended_on", "终止日期不得早于作出日期"));
    }
    if on > today {
        faults.push(FieldError::new("ended_on", "终止日期不得晚于今天"));
    }
    if reason.trim().is_empty() || reason.chars().count() > 200 || has_control(reason) {
        faults.push(FieldError::new(
            "reason",
            "填写终止原因，200字以内，不含不可见的控制字符",
        ));
    }
    faults
}

/// The papers of a case, latest first.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<MeasureRow>> {
    let today = clock::day(app.clock.now());
    let rows = measure::Entity::find()
        .filter(measure::Column::CaseId.eq(case))
        .order_by_desc(measure::Column::IssuedOn)
        .order_by_desc(measure::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(|row| shown(app, row, today)).collect()
}

/// The papers that a task brought, in the order of their recording.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn of_task(app: &App, db: &impl ConnectionTrait, task: Uuid) -> Result<Vec<MeasureRow>> {
    let today = clock::day(app.clock.now());
    let rows = measure::Entity::find()
        .filter(measure::Column::TaskId.eq(task))
        .order_by_asc(measure::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(|row| shown(app, row, today)).collect()
}

fn shown(app: &App, row: measure::Model, today: NaiveDate) -> Result<MeasureRow> {
    let over = row.ended_on.is_some() || row.expires_on.is_some_and(|last| last < today);
    let begun = row.in_force_from.unwrap_or(row.issued_on) <= today;
    let blocks = codes::artifact_kind(&row.kind).is_some_and(|kind| kind.blocks_closing);
    let slot = |column| Slot::new("measure", column, row.id);
    let note = app.vault.open_some(slot("note"), row.note.as_ref())?;
    let paper_no = paper_no(&app.vault, &row)?;
    let issued_by = app.vault.open_or_empty(slot("issued_by"), &row.issued_by)?;
    Ok(MeasureRow {
        kind_name: kind_name(&row.kind),
        validity: validity(&row, today),
        issued_on: row.issued_on.to_string(),
        served_on: row.served_on.map(|date| date.to_string()).unwrap_or_default(),
        note: note.unwrap_or_default(),
        in_force: begun && !over,
        blocks_closing: blocks && !over,
        id: row.id,
        kind: row.kind,
        paper_no,
        issued_by,
        task: row.task_id,
        version: row.version,
    })
}

fn validity(row: &measure::Model, today: NaiveDate) -> String {
    match (row.ended_on, row.expires_on) {
        (Some(on), _) => format!("已终止 {on}"),
        (None, Some(last)) if last < today => format!("已到期 {last}"),
        (None, Some(last)) => format!("有效期至 {last}"),
        (None, None) => String::new(),
    }
}

/// The kind in words; the code itself where the list does not know it.
#[must_use]
pub fn kind_name(code: &str) -> String {
    codes::artifact_kind(code).map_or_else(|| code.to_owned(), |kind| kind.name.clone())
}
