//! What is shown of referrals. Beside a report stand all of them, the emergency
//! key's calls among them; beside a case only that and how they stand: what was
//! told another line is for those who work on the report.

use super::kind::{Kind, State};
use super::lines::{Lines, lines};
use super::steps::fetch;
use crate::accounts;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, deadline, emergency_call, referral, report};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{self, ReportAction, ReportFacts, may_report};
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Line that stands for the start of the emergency protocol: no call yet.
const STARTED: &str = "started";

/// A referral in words.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Its id; none for a call of the emergency key.
    pub id: Option<Uuid>,
    /// Where the receipt of such a call is written down, for whoever works on
    /// the report.
    pub receipt_href: Option<String>,
    /// `ZJ-20261123-0001`; empty for a call of the emergency key.
    pub number: String,
    /// The report.
    pub report: Uuid,
    /// The report's number.
    pub report_number: String,
    /// The line's number.
    pub line_code: String,
    /// `12355 青少年服务台`.
    pub line: String,
    /// The stored word of the way.
    pub kind: &'static str,
    /// The way in words.
    pub kind_label: &'static str,
    /// The stored word of the state.
    pub state: &'static str,
    /// The state in words.
    pub state_label: &'static str,
    /// The mark's kind.
    pub mark: &'static str,
    /// When it happened.
    pub at: Option<DateTime<Utc>>,
    /// The same in words.
    pub when: String,
    /// By when the answer is owed; empty when it is not waited for.
    pub due: String,
    /// `over`, `soon` or `done`.
    pub due_state: &'static str,
    /// The time itself, while the answer is waited for.
    pub due_at: Option<DateTime<Utc>>,
    /// The other side's receipt number.
    pub receipt: String,
    /// Who recorded it.
    pub by: String,
    /// What the other side was told.
    pub told: String,
    /// What it answered.
    pub answer: String,
    /// When it answered.
    pub answered: String,
    /// The answer's time itself.
    pub answered_at: Option<DateTime<Utc>>,
    /// Why it was withdrawn.
    pub withdrawal: String,
    /// The version to send with the next step.
    pub version: i32,
}

/// What rows of one page have in common.
pub(super) struct Known {
    lines: Lines,
    clocks: HashMap<Uuid, deadline::Model>,
    people: HashMap<Uuid, String>,
}

impl Known {
    pub(super) async fn load(
        db: &impl ConnectionTrait,
        app: &App,
        (rows, calls): (&[referral::Model], &[emergency_call::Model]),
    ) -> Result<Self> {
        let clocks: Vec<Uuid> = rows.iter().filter_map(|row| row.clock_id).collect();
        let clocks = deadline::Entity::find()
            .filter(deadline::Column::Id.is_in(clocks))
            .all(db)
            .await?;
        let people: BTreeSet<Uuid> = rows
            .iter()
            .map(|row| row.made_by)
            .chain(calls.iter().map(|call| call.by_account))
            .collect();
        let people = account::Entity::find()
            .filter(account::Column::Id.is_in(people))
            .all(db)
            .await?;
        let mut names = HashMap::new();
        for person in people {
            names.insert(person.id, accounts::name(app, &person)?);
        }
        Ok(Self {
            lines: lines(db).await?,
            clocks: clocks.into_iter().map(|clock| (clock.id, clock)).collect(),
            people: names,
        })
    }

    fn by(&self, id: Uuid) -> String {
        self.people.get(&id).cloned().unwrap_or_default()
    }

    /// A referral in words; what was told only where it may be read.
    pub(super) fn row(
        &self,
        app: &App,
        now: DateTime<Utc>,
        (row, report): (&referral::Model, &report::Model),
        whole: bool,
    ) -> Result<Shown> {
        let kind = Kind::parse(&row.kind).context("kind of a referral in the database")?;
        let state = State::parse(&row.state).context("state of a referral in the database")?;
        let open = |column, sealed, shown: bool| -> Result<String> {
            if !shown {
                return Ok(String::new());
            }
            let opened = app.vault.open_some(Slot::new("referral", column, row.id), sealed)?;
            Ok(opened.unwrap_or_default())
        };
        let clock = row.clock_id.and_then(|id| self.clocks.get(&id));
        let due_at = clock.filter(|_| state == State::Open).map(|clock| clock.due_at);
        let (due, due_state) = match due_at {
            Some(due) if due <= now => (format!("{} 前，已逾期", clock::minute(due)), "over"),
            Some(due) => (format!("{} 前", clock::minute(due)), "soon"),
            None => (String::new(), "done"),
        };
        Ok(Shown {
            receipt_href: None,
            id: Some(row.id),
            number: row.number.clone(),
            report: report.id,
            report_number: report.number.clone(),
            line_code: row.line.clone(),
            line: self.lines.label(&row.line),
            kind: kind.code(),
            kind_label: kind.label(),
            state: state.code(),
            state_label: state.label(),
            mark: state.mark(),
            at: Some(row.at),
            when: clock::minute(row.at),
            due,
            due_state,
            due_at,
            receipt: open("receipt", row.receipt.as_ref(), true)?,
            by: self.by(row.made_by),
            told: open("told", row.told.as_ref(), whole)?,
            answer: open("answer", row.answer.as_ref(), whole)?,
            answered: row.answered_at.map(clock::minute).unwrap_or_default(),
            answered_at: row.answered_at,
            withdrawal: open("withdrawal", row.withdrawal.as_ref(), whole)?,
            version: row.version,
        })
    }

    /// A call of the emergency key, in the same words.
    fn call(&self, app: &App, (call, report): (&emergency_call::Model, &report::Model)) -> Result<Shown> {
        let slot = Slot::new("emergency_call", "receipt", call.id);
        Ok(Shown {
            report: report.id,
            report_number: report.number.clone(),
            line_code: call.line.clone(),
            line: self.lines.label(&call.line),
            kind: Kind::Joined.code(),
            kind_label: "紧急联动",
            state: State::Told.code(),
            state_label: "已接入",
            mark: "on",
            at: Some(call.at),
            when: clock::minute(call.at),
            due_state: "done",
            receipt: app.vault.open_some(slot, call.receipt.as_ref())?.unwrap_or_default(),
            by: self.by(call.by_account),
            receipt_href: Some(format!("/reports/{}/emergency/{}", report.id, call.id)),
            ..Shown::default()
        })
    }
}

/// Everything handed to other lines for some reports, earliest first.
async fn of_reports(
    db: &impl ConnectionTrait,
    app: &App,
    now: DateTime<Utc>,
    reports: &[report::Model],
    whole: bool,
) -> Result<Vec<Shown>> {
    let ids = || reports.iter().map(|report| report.id);
    let by_id: HashMap<Uuid, &report::Model> = reports.iter().map(|report| (report.id, report)).collect();
    let rows = referral::Entity::find()
        .filter(referral::Column::ReportId.is_in(ids()))
        .order_by_asc(referral::Column::Id)
        .all(db)
        .await?;
    let calls = emergency_call::Entity::find()
        .filter(emergency_call::Column::ReportId.is_in(ids()))
        .filter(emergency_call::Column::Line.ne(STARTED))
        .order_by_asc(emergency_call::Column::Id)
        .all(db)
        .await?;
    if rows.is_empty() && calls.is_empty() {
        return Ok(Vec::new());
    }
    let known = Known::load(db, app, (&rows, &calls)).await?;
    let mut all = Vec::new();
    for row in &rows {
        if let Some(report) = by_id.get(&row.report_id) {
            all.push(known.row(app, now, (row, report), whole)?);
        }
    }
    for call in &calls {
        if let Some(report) = by_id.get(&call.report_id) {
            all.push(known.call(app, (call, report))?);
        }
    }
    all.sort_by_key(|shown| shown.at);
    Ok(all)
}

/// What was handed to other lines for a report; who may see the report has been
/// asked by whoever calls.
///
/// # Errors
/// When the database refuses.
pub async fn of_report(app: &App, ctx: &Ctx, report: &report::Model) -> Result<Vec<Shown>> {
    let mut rows = of_reports(app.db.read(), app, ctx.now, std::slice::from_ref(report), true).await?;
    if !policy::takes_reports(ctx.actor.role) {
        for row in &mut rows {
            row.receipt_href = None;
        }
    }
    Ok(rows)
}

/// The same for all reports of a case, without what was told and answered.
///
/// # Errors
/// When the database refuses.
pub async fn of_case(db: &impl ConnectionTrait, app: &App, ctx: &Ctx, case: Uuid) -> Result<Vec<Shown>> {
    let reports = report::Entity::find()
        .filter(report::Column::CaseId.eq(case))
        .all(db)
        .await?;
    let mut rows = of_reports(db, app, ctx.now, &reports, false).await?;
    for row in &mut rows {
        row.receipt_href = None;
    }
    Ok(rows)
}

/// One referral, and whether this person may take steps on it. Recorded.
///
/// # Errors
/// Those of a report that may not be seen.
pub async fn view(app: &App, ctx: &Ctx, id: Uuid) -> Result<(Shown, bool)> {
    let db = app.db.read();
    let (row, report) = fetch(db, ctx, id, ReportAction::View).await?;
    let facts = ReportFacts {
        opened_by: report.opened_by,
        reporter_account: report.reporter_account,
        recused: false,
    };
    let works = may_report(&ctx.actor, ReportAction::Work, &facts);
    let entry = Entry::new(Act::ReferralViewed).report(report.id).subject(id);
    journal::viewed(&app.db, ctx, entry).await?;
    let known = Known::load(db, app, (std::slice::from_ref(&row), &[])).await?;
    Ok((known.row(app, ctx.now, (&row, &report), true)?, works))
}
