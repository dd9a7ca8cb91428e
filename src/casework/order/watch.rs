//! What happens to orders by itself: a wish that nobody ruled lapses, what is
//! overdue is urged on paper and told in writing, and the causes of supervision
//! fire. Each once for each case and cause, also with several workers: the case
//! is held meanwhile, and an index of the table stands behind it.

use super::extension::lapse;
use super::second_tip;
use super::supervision::{self, New};
use super::urging::{self, Urging};
use crate::casework::{load, tell};
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case, supervision as sheet, urging as word};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::workflow::Stage;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// So many of a kind in one round; what is left waits for the next.
const ROUND: u64 = 200;

/// One round. One failure never stops the rest.
///
/// # Errors
/// When what is due cannot be read.
pub async fn watch(app: &App, ctx: &Ctx) -> Result<u64> {
    let mut done = lapse(app, ctx).await?;
    for found in [
        late(app, ctx, "sign").await?,
        late(app, ctx, "contact").await?,
        late(app, ctx, "resolve").await?,
        returned_twice(app).await?,
        tipped_twice(app, ctx).await?,
        urged_in_vain(app, ctx).await?,
    ]
    .into_iter()
    .flatten()
    {
        done += report_one("supervision", supervise(app, ctx, &found).await);
    }
    for clock in unurged(app, ctx).await? {
        done += report_one("urging", urge(app, ctx, &clock).await);
    }
    for row in unbulletined(app, ctx).await? {
        done += report_one("bulletin", bulletin(app, ctx, &row).await);
    }
    Ok(done)
}

fn report_one(what: &str, outcome: Result<bool>) -> u64 {
    match outcome {
        Ok(done) => u64::from(done),
        Err(error) => {
            tracing::error!(what, error = %error, "order not watched");
            0
        }
    }
}

/// A cause of supervision that has come true.
struct Cause {
    case: Uuid,
    code: &'static str,
}

impl Cause {
    fn new(case: Uuid, code: &'static str) -> Self {
        Self { case, code }
    }
}

/// A cause that came true on the cases of these clocks.
fn on_cases(clocks: &[deadline::Model], code: &'static str) -> Vec<Cause> {
    let cases = clocks.iter().filter_map(|clock| clock.case_id);
    cases.map(|case| Cause::new(case, code)).collect()
}

/// The clocks of open cases that ran out and whose cause has not fired.
async fn late(app: &App, ctx: &Ctx, milestone: &'static str) -> Result<Vec<Cause>> {
    let code = match milestone {
        "sign" => "unsigned",
        "contact" => "unresponded",
        _ => "overdue",
    };
    let mut cases = Condition::all();
    if milestone == "contact" {
        cases = cases.add(protection_case::Column::Level.eq(RiskLevel::Red.number()));
    }
    let clocks = overdue(milestone, ctx.now)
        .filter(of_open_case(cases))
        .filter(supervised_for(code, deadline::Column::CaseId).not())
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    Ok(on_cases(&clocks, code))
}

/// Read off one index, however many clocks have run before.
fn overdue(milestone: &str, now: DateTime<Utc>) -> sea_orm::Select<deadline::Entity> {
    deadline::Entity::find()
        .filter(deadline::Column::Milestone.eq(milestone))
        .filter(deadline::Column::TaskId.is_null())
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .filter(deadline::Column::PausedAt.is_null())
        .filter(deadline::Column::DueAt.lt(now))
        .order_by_asc(deadline::Column::DueAt)
}

const OVER: [Stage; 2] = [Stage::Closed, Stage::Merged];

fn is_open() -> Expr {
    protection_case::Column::Stage.is_not_in(OVER.map(Stage::code))
}

/// Whether a clock runs for an open case.
fn of_open_case(further: Condition) -> Expr {
    let own = Expr::col(protection_case::Column::Id.as_column_ref()).equals(deadline::Column::CaseId.as_column_ref());
    let case = Query::select()
        .expr(Expr::value(1))
        .from(protection_case::Entity)
        .cond_where(further.add(own).add(is_open()))
        .to_owned();
    Expr::exists(case)
}

/// Whether a cause has a sheet on the case that still stands, or had one.
fn supervised_for(code: &str, case: impl ColumnTrait) -> Expr {
    let there = Condition::all()
        .add(Expr::col(sheet::Column::CaseId.as_column_ref()).equals(case.as_column_ref()))
        .add(sheet::Column::Cause.eq(code));
    let sheets = Query::select()
        .expr(Expr::value(1))
        .from(sheet::Entity)
        .cond_where(there)
        .to_owned();
    Expr::exists(sheets)
}

/// Whether a paper of a kind was written about a clock.
fn was_told(kind: Urging) -> Expr {
    let there = Condition::all()
        .add(Expr::col(word::Column::ClockId.as_column_ref()).equals(deadline::Column::Id.as_column_ref()))
        .add(word::Column::Kind.eq(kind.code()));
    let papers = Query::select()
        .expr(Expr::value(1))
        .from(word::Entity)
        .cond_where(there)
        .to_owned();
    Expr::exists(papers)
}

async fn returned_twice(app: &App) -> Result<Vec<Cause>> {
    let found = protection_case::Entity::find()
        .filter(protection_case::Column::ReturnCount.gte(2))
        .filter(is_open())
        .filter(supervised_for("returns", protection_case::Column::Id).not())
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    Ok(found.into_iter().map(|case| Cause::new(case.id, "returns")).collect())
}

/// The cases that answer for a second report about their child.
async fn tipped_twice(app: &App, ctx: &Ctx) -> Result<Vec<Cause>> {
    let found = second_tip::seek(app, ctx).await?;
    Ok(found
        .into_iter()
        .map(|case| Cause::new(case, second_tip::CAUSE))
        .collect())
}

/// Cases that were told in writing and are still not resolved.
async fn urged_in_vain(app: &App, ctx: &Ctx) -> Result<Vec<Cause>> {
    let clocks = overdue("resolve", ctx.now)
        .filter(was_told(Urging::Bulletin))
        .filter(of_open_case(Condition::all()))
        .filter(supervised_for("still_overdue", deadline::Column::CaseId).not())
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    Ok(on_cases(&clocks, "still_overdue"))
}

/// Writes the sheet of a cause, unless another worker was faster.
async fn supervise(app: &App, ctx: &Ctx, found: &Cause) -> Result<bool> {
    let Some(cause) = codes::supervision_cause(found.code) else {
        return Ok(false);
    };
    let tx = app.db.begin().await?;
    let case = load(&tx, found.case).await?;
    let there = sheet::Entity::find()
        .filter(sheet::Column::CaseId.eq(case.id))
        .filter(sheet::Column::CauseKey.eq(found.code))
        .one(&tx)
        .await?;
    if there.is_some() {
        return Ok(false);
    }
    let new = New {
        level: cause.level,
        cause,
        key: found.code.to_owned(),
        due: None,
    };
    let row = supervision::file(&tx, (&app.vault, ctx), &case, new, None).await?;
    let refs = json!({
        "sheet_no": row.number, "sheet_level": supervision::level_label(row.level), "cause": cause.name,
    });
    end(tx, app, ctx, (case.id, Act::SupervisionOpened, refs)).await
}

async fn end(tx: DatabaseTransaction, app: &App, ctx: &Ctx, (case, act, refs): (Uuid, Act, Value)) -> Result<bool> {
    tell(&tx, &app.vault, ctx, case, (act, ctx.now, None, refs.clone())).await?;
    journal::commit(tx, ctx, Entry::new(act).case(case).detail(refs)).await?;
    Ok(true)
}

/// Ends that ran out at least a working day ago without a paper (DL12).
async fn unurged(app: &App, ctx: &Ctx) -> Result<Vec<deadline::Model>> {
    let clocks = overdue("resolve", ctx.now)
        .filter(of_open_case(Condition::all()))
        .filter(was_told(Urging::Paper).not())
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    if clocks.is_empty() {
        return Ok(clocks);
    }
    let book = clocks::book(app.db.read(), ctx.now).await?;
    let Some(rule) = book.rule("DL12-urge") else {
        return Ok(Vec::new());
    };
    // The paper goes out in the course of the working day after.
    let day_after = |clock: &deadline::Model| clock::day(book.due(rule, clock.due_at).at);
    Ok(clocks
        .into_iter()
        .filter(|clock| day_after(clock) <= clock::day(ctx.now))
        .collect())
}

async fn urge(app: &App, ctx: &Ctx, late: &deadline::Model) -> Result<bool> {
    let Some(case) = late.case_id else { return Ok(false) };
    written(app, ctx, (case, late.id), (Urging::Paper, Act::UrgingPaper)).await
}

/// Papers after which five working days have passed and the end is still not
/// met.
async fn unbulletined(app: &App, ctx: &Ctx) -> Result<Vec<word::Model>> {
    let clocks = overdue("resolve", ctx.now)
        .filter(was_told(Urging::Paper))
        .filter(was_told(Urging::Bulletin).not())
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    if clocks.is_empty() {
        return Ok(Vec::new());
    }
    let papers = word::Entity::find()
        .filter(word::Column::Kind.eq(Urging::Paper.code()))
        .filter(word::Column::ClockId.is_in(clocks.into_iter().map(|clock| clock.id)))
        .order_by_asc(word::Column::MadeAt)
        .all(app.db.read())
        .await?;
    let book = clocks::book(app.db.read(), ctx.now).await?;
    let Some(rule) = book.rule("DL12-notice") else {
        return Ok(Vec::new());
    };
    Ok(papers
        .into_iter()
        .filter(|paper| book.due(rule, paper.made_at).at < ctx.now)
        .collect())
}

async fn bulletin(app: &App, ctx: &Ctx, paper: &word::Model) -> Result<bool> {
    let Some(clock) = paper.clock_id else { return Ok(false) };
    written(
        app,
        ctx,
        (paper.case_id, clock),
        (Urging::Bulletin, Act::UrgingBulletin),
    )
    .await
}

/// Writes a paper about a clock, unless it is there.
async fn written(app: &App, ctx: &Ctx, (case, clock): (Uuid, Uuid), (kind, act): (Urging, Act)) -> Result<bool> {
    let tx = app.db.begin().await?;
    let case = load(&tx, case).await?;
    if is_written(&tx, clock, kind).await? {
        return Ok(false);
    }
    let row = urging::file(&tx, (&app.vault, ctx), &case, (kind, "system", Some(clock)), None).await?;
    let refs = json!({ "sheet_no": row.number });
    end(tx, app, ctx, (case.id, act, refs)).await
}

async fn is_written(tx: &impl ConnectionTrait, clock: Uuid, kind: Urging) -> Result<bool> {
    let there = word::Entity::find()
        .filter(word::Column::ClockId.eq(clock))
        .filter(word::Column::Kind.eq(kind.code()))
        .one(tx)
        .await?;
    Ok(there.is_some())
}
