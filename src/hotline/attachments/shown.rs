//! What is seen of attachments, by whom: whoever reads the report's own words,
//! as the report or through its case. A recording carries the caller's voice:
//! it stays with those who may see the report itself, and so does the name that
//! the partner gave a file.

use super::{Kind, Reason, State, file_slot, slot};
use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{hotline_attachment, hotline_attachment_file, report};
use crate::error::{Denial, Error, Result};
use crate::journal::{self, Act, Entry};
use crate::outbox::Get;
use crate::rules::policy::{Action, ReportAction};
use crate::sight;
use crate::state::App;
use anyhow::Context;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// An attachment as a page shows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// What the partner calls it; 「附件 2」 where it says nothing.
    pub name: String,
    /// Host and port; the rest of the address may hold a token.
    pub host: String,
    /// 图片, PDF, 录音; empty before it is here.
    pub kind: &'static str,
    /// In KB.
    pub size: i32,
    /// Whether there is a small picture of it.
    pub is_image: bool,
    /// Whether it is here.
    pub fetched: bool,
    /// Whether this page's readers may open it.
    pub opens: bool,
    /// Whether it may still come by itself.
    pub waiting: bool,
    /// The words of its state.
    pub state: &'static str,
    /// Why it is not here.
    pub reason: &'static str,
    /// When it came, or when it was given up.
    pub at: String,
}

/// Through what an attachment is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Report,
    Case,
}

fn row(app: &App, by: By, (at, one): (usize, hotline_attachment::Model)) -> Result<Row> {
    let url = app.vault.open(slot("url", one.id), &one.url)?;
    let name = one.name.as_ref().filter(|_| by == By::Report);
    let name = app.vault.open_some(slot("name", one.id), name)?;
    let host = Get::from(&url, "", "").map_or_else(|_| String::new(), |get| format!("{}:{}", get.host(), get.port()));
    let state = State::parse(&one.state).context("state of an attachment")?;
    let kind = one.kind.as_deref().and_then(Kind::parse);
    let reason = one.reason.as_deref().and_then(Reason::parse);
    Ok(Row {
        id: one.id,
        name: name.unwrap_or_else(|| format!("附件 {}", at + 1)),
        host,
        kind: kind.map_or("", Kind::label),
        size: one.size.map_or(0, |size| (size + 1023) / 1024),
        is_image: kind == Some(Kind::Image),
        fetched: state == State::Fetched,
        opens: state == State::Fetched && (by == By::Report || !kind.is_some_and(Kind::is_voice)),
        waiting: state == State::Waiting,
        state: state.label(),
        reason: reason.map_or("", Reason::label),
        at: clock::minute(one.settled_at.unwrap_or(one.came_at)),
    })
}

async fn rows(app: &App, by: By, which: Condition) -> Result<Vec<Row>> {
    let found = hotline_attachment::Entity::find()
        .filter(which)
        .order_by_asc(hotline_attachment::Column::Id)
        .all(app.db.read())
        .await?;
    found.into_iter().enumerate().map(|one| row(app, by, one)).collect()
}

/// The attachments of an order and of what came later about it.
///
/// # Errors
/// When the database refuses or one does not open.
pub(in crate::hotline) async fn of_order(app: &App, order: Uuid) -> Result<Vec<Row>> {
    let own = hotline_attachment::Column::OrderId.eq(order);
    rows(app, By::Report, Condition::all().add(own)).await
}

/// The attachments of every report of a case, for whoever reads its narrative:
/// the caller has asked.
///
/// # Errors
/// As [`of_order`].
pub async fn of_case(app: &App, case: Uuid) -> Result<Vec<Row>> {
    let reports = Query::select()
        .column(report::Column::Id)
        .from(report::Entity)
        .cond_where(report::Column::CaseId.eq(case))
        .to_owned();
    let own = hotline_attachment::Column::ReportId.in_subquery(reports);
    rows(app, By::Case, Condition::all().add(own)).await
}

/// How many attachments an order has, and how many are here.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::hotline) struct Tally {
    pub(in crate::hotline) all: usize,
    pub(in crate::hotline) fetched: usize,
    pub(in crate::hotline) waiting: usize,
}

/// The same of several orders.
///
/// # Errors
/// When the database refuses.
pub(in crate::hotline) async fn tallies(db: &impl ConnectionTrait, orders: Vec<Uuid>) -> Result<HashMap<Uuid, Tally>> {
    use hotline_attachment::Column;
    let found: Vec<(Uuid, String)> = hotline_attachment::Entity::find()
        .select_only()
        .column(Column::OrderId)
        .column(Column::State)
        .filter(Column::OrderId.is_in(orders))
        .into_tuple()
        .all(db)
        .await?;
    let mut tallies: HashMap<Uuid, Tally> = HashMap::new();
    for (order, state) in found {
        let tally = tallies.entry(order).or_default();
        tally.all += 1;
        tally.fetched += usize::from(state == State::Fetched.code());
        tally.waiting += usize::from(state == State::Waiting.code());
    }
    Ok(tallies)
}

/// An attachment that the person may see. What they may not see is not there.
async fn fetch(app: &App, ctx: &Ctx, id: Uuid) -> Result<hotline_attachment::Model> {
    let db = app.db.read();
    let found = hotline_attachment::Entity::find_by_id(id).one(db).await?;
    let one = found.ok_or(Error::NotFound)?;
    let Err(hidden) = sight::report(db, ctx, one.report_id, ReportAction::View).await else {
        return Ok(one);
    };
    let report = report::Entity::find_by_id(one.report_id).one(db).await?;
    let Some(case) = report.and_then(|report| report.case_id) else {
        return Err(hidden);
    };
    let case = casework::fetch_for(db, ctx, case, Action::View).await?;
    let is_voice = one.kind.as_deref().and_then(Kind::parse).is_some_and(Kind::is_voice);
    if sight::reads_narrative(ctx, &case) && !is_voice {
        return Ok(one);
    }
    Err(Error::Hidden(Denial {
        act: "attachment".to_owned(),
        case: Some(case.id),
        report: Some(one.report_id),
    }))
}

/// The view of an attachment, in the report's story and in its case's.
async fn entry(app: &App, one: &hotline_attachment::Model) -> Result<Entry> {
    let report = report::Entity::find_by_id(one.report_id).one(app.db.read()).await?;
    let entry = Entry::new(Act::AttachmentViewed).report(one.report_id).subject(one.id);
    Ok(match report.and_then(|report| report.case_id) {
        Some(case) => entry.case(case),
        None => entry,
    })
}

async fn file(app: &App, id: Uuid) -> Result<hotline_attachment_file::Model> {
    let file = hotline_attachment_file::Entity::find_by_id(id)
        .one(app.db.read())
        .await?;
    file.ok_or(Error::NotFound)
}

/// The file of an attachment and its kind; recorded before it is shown.
///
/// # Errors
/// [`Error::NotFound`], also for one that is not here yet; those of the policy.
pub(in crate::hotline) async fn open(app: &App, ctx: &Ctx, id: Uuid) -> Result<(Kind, Vec<u8>)> {
    let one = fetch(app, ctx, id).await?;
    let kind = one.kind.as_deref().and_then(Kind::parse).ok_or(Error::NotFound)?;
    let file = file(app, id).await?;
    journal::viewed(&app.db, ctx, entry(app, &one).await?).await?;
    Ok((kind, app.vault.open_bytes(file_slot("content", id), &file.content)?))
}

/// The small picture of an attachment. A page that shows it again and again is
/// recorded once in a while.
///
/// # Errors
/// As [`open`]; [`Error::NotFound`] for what is no picture.
pub(in crate::hotline) async fn small(app: &App, ctx: &Ctx, id: Uuid) -> Result<Vec<u8>> {
    let one = fetch(app, ctx, id).await?;
    let small = file(app, id).await?.small.ok_or(Error::NotFound)?;
    let entry = entry(app, &one).await?.detail(serde_json::json!({ "small": true }));
    journal::viewed_span(&app.db, ctx, entry).await?;
    Ok(app.vault.open_bytes(file_slot("small", id), &small)?)
}
