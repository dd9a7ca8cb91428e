//! Recording a referral: one row, and for what is answered the clock of the
//! answer, owed by the hotline, which asks again.

use super::kind::{Kind, State};
use super::lines::{Line, lines};
use super::{ANSWER_CLOCK, guard};
use crate::casework::steps::words;
use crate::casework::{self, next_number};
use crate::clock;
use crate::clocks::{self, Begin, Subject};
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{deadline, referral, report};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::division::Division;
use crate::rules::policy::ReportAction;
use crate::sight;
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Prefix of the numbers of referrals.
const PREFIX: &str = "ZJ";
const CITY: &str = "140600";

/// A referral to be recorded.
#[derive(Debug, Clone, Default)]
pub struct Referral {
    /// Made by the client, so that a second click is the same referral.
    pub id: Option<Uuid>,
    /// The line's number.
    pub line: String,
    /// A code of [`Kind`].
    pub kind: String,
    /// When; none: now.
    pub at: Option<DateTime<Utc>>,
    /// What the other side was told; of a letter what it asks for. Sealed.
    pub told: String,
    /// The other side's receipt number; may come later. Sealed.
    pub receipt: String,
}

/// A referral that stands, and whether this request made it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The row.
    pub row: referral::Model,
    /// False when the same request had come before.
    pub new: bool,
}

/// What was asked for, checked.
struct Checked {
    line: Line,
    kind: Kind,
    at: DateTime<Utc>,
    told: String,
    receipt: Option<String>,
}

/// Records a referral of a report, in whatever state that is; the report and
/// its case stay as they are.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`];
/// [`Error::Invalid`] with every fault.
pub async fn record(app: &App, ctx: &Ctx, report: Uuid, wish: &Referral) -> Result<Recorded> {
    let found = sight::report(app.db.read(), ctx, report, ReportAction::Work).await?;
    let tx = app.db.begin().await?;
    if let Some(row) = sent_before(&tx, ctx, report, wish.id).await? {
        return Ok(Recorded { row, new: false });
    }
    casework::hold(&tx, found.case_id.as_slice()).await?;
    let checked = checked(&tx, app, ctx, &found, wish).await?;
    let row = insert(&tx, app, ctx, (&found, wish.id), &checked).await?;
    let detail = json!({ "line": row.line, "kind": row.kind });
    let mut entry = Entry::new(Act::ReferralMade).report(report).subject(row.id);
    if let Some(case) = found.case_id {
        entry = entry.case(case);
        let text = format!("{} {}", checked.kind.label(), checked.line.label());
        let refs = json!({ "number": row.number });
        let told = (Act::ReferralMade, row.at, Some(text.as_str()), refs);
        casework::tell(&tx, &app.vault, ctx, case, told).await?;
    }
    journal::commit(tx, ctx, entry.detail(detail)).await?;
    Ok(Recorded { row, new: true })
}

/// Whether the same person has recorded this very referral.
async fn sent_before(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    report: Uuid,
    id: Option<Uuid>,
) -> Result<Option<referral::Model>> {
    let Some(id) = id else { return Ok(None) };
    match referral::Entity::find_by_id(id).one(tx).await? {
        Some(known) if known.report_id == report && known.made_by == ctx.actor.account => Ok(Some(known)),
        Some(_) => Err(Error::field("id", "该编号已用于其他转介，重新打开页面后提交")),
        None => Ok(None),
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

async fn checked(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    report: &report::Model,
    wish: &Referral,
) -> Result<Checked> {
    let mut faults = Vec::new();
    let lines = lines(tx).await?;
    let line = lines.find(&wish.line).filter(|line| line.active);
    if line.is_none() {
        faults.push(FieldError::new("line", "从列表中选择转介到哪条热线"));
    }
    let kind = Kind::parse(&wish.kind);
    if kind.is_none() {
        faults.push(FieldError::new("kind", "选择三方转接、转介函或告知号码"));
    }
    if kind == Some(Kind::Joined) && line.is_some_and(Line::is_emergency) {
        let text = "110、120、119 的三方通话按“联动”（F9）登记，不在这里重复登记";
        faults.push(FieldError::new("kind", text));
    }
    let at = wish.at.unwrap_or(ctx.now);
    kept(&mut faults, timely("at", at, (report.started_at, ctx.now)))?;
    let told = kept(&mut faults, words("told", "告知对方的内容", &wish.told, 1000))?;
    if let (Some(Kind::Letter), Some(told)) = (kind, &told) {
        kept(&mut faults, guard::neutral(tx, &app.vault, report, told).await)?;
    }
    let receipt = kept(&mut faults, guard::receipt(&wish.receipt))?;
    match (line, kind, told, receipt, faults.is_empty()) {
        (Some(line), Some(kind), Some(told), Some(receipt), true) => Ok(Checked {
            line: line.clone(),
            kind,
            at,
            told,
            receipt,
        }),
        _ => Err(Error::Invalid(faults)),
    }
}

/// Not before what it belongs to (a call entered afterwards may have begun a
/// little later than was typed), not after now.
///
/// # Errors
/// [`Error::Invalid`] on the field.
pub(super) fn timely(field: &str, at: DateTime<Utc>, (from, now): (DateTime<Utc>, DateTime<Utc>)) -> Result<()> {
    if at > now + TimeDelta::minutes(1) {
        let text = format!("时间不能晚于现在 {}", clock::minute(now));
        return Err(Error::field(field, &text));
    }
    if at < from - TimeDelta::days(1) {
        let text = format!("时间不能早于受理 {}", clock::minute(from));
        return Err(Error::field(field, &text));
    }
    Ok(())
}

async fn insert(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (report, id): (&report::Model, Option<Uuid>),
    checked: &Checked,
) -> Result<referral::Model> {
    let number = next_number(tx, PREFIX, ctx.now).await?;
    let clock = if checked.kind.is_answered() {
        Some(owed(tx, ctx, report.id, checked).await?.id)
    } else {
        None
    };
    let id = id.unwrap_or_else(|| ctx.new_id());
    let slot = |column| Slot::new("referral", column, id);
    let state = if clock.is_some() { State::Open } else { State::Told };
    let row = referral::Model {
        id,
        number,
        report_id: report.id,
        line: checked.line.code.clone(),
        kind: checked.kind.code().to_owned(),
        state: state.code().to_owned(),
        at: checked.at,
        told: app.vault.seal_some(slot("told"), Some(&checked.told))?,
        receipt: app.vault.seal_some(slot("receipt"), checked.receipt.as_deref())?,
        made_by: ctx.actor.account,
        made_unit: ctx.actor.unit,
        made_at: ctx.now,
        clock_id: clock,
        answer: None,
        answered_at: None,
        answered_by: None,
        withdrawal: None,
        withdrawn_by: None,
        withdrawn_at: None,
        version: 1,
    };
    insert_models(tx, vec![row.clone()]).await?;
    Ok(row)
}

/// The clock of the answer runs for the report, not for its case: closing the
/// case does not make the other line's answer less owed.
async fn owed(tx: &impl ConnectionTrait, ctx: &Ctx, report: Uuid, checked: &Checked) -> Result<deadline::Model> {
    let hotline = network::unit_at(tx, "HOT", &Division::parse(CITY)?).await;
    let owner = match (hotline, ctx.actor.unit) {
        (Ok(unit), _) => unit.id,
        (Err(Error::NotFound), Some(own)) => own,
        (Err(Error::NotFound), None) => {
            let text = "网络中没有在用的热线机构，由系统管理员先登记";
            return Err(Error::Conflict(text.to_owned()));
        }
        (Err(other), _) => return Err(other),
    };
    let code = checked.line.rule();
    let begin = Begin {
        subject: Subject {
            report: Some(report),
            ..Subject::default()
        },
        code: &code,
        milestone: ANSWER_CLOCK,
        from: checked.at,
        owner,
    };
    clocks::begin(tx, ctx, begin).await
}

/// The caller was told a number, and the call ends with it: recorded with the
/// outcome, in its transaction.
///
/// # Errors
/// When the database refuses.
pub async fn told(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    report: &report::Model,
    (line, note): (&str, &str),
) -> Result<()> {
    let lines = lines(tx).await?;
    let Some(line) = lines.find(line) else {
        return Err(Error::field("referred_to", "选择转介到哪条热线"));
    };
    let checked = Checked {
        line: line.clone(),
        kind: Kind::Told,
        at: ctx.now,
        told: note.trim().to_owned(),
        receipt: None,
    };
    insert(tx, app, ctx, (report, None), &checked).await?;
    Ok(())
}

/// The outcome was undone: what was recorded with it is withdrawn.
///
/// # Errors
/// When the database refuses.
pub async fn take_back(tx: &impl ConnectionTrait, ctx: &Ctx, report: Uuid) -> Result<()> {
    use referral::Column;
    referral::Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Withdrawn.code()))
        .col_expr(Column::WithdrawnBy, Expr::value(ctx.account()))
        .col_expr(Column::WithdrawnAt, Expr::value(ctx.now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::ReportId.eq(report))
        .filter(Column::State.eq(State::Told.code()))
        .exec(tx)
        .await?;
    Ok(())
}
