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
use sea_orm::sea_query::{Query, SelectStatement};
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
        .filter(deadline::Column::CaseId.in_subquery(open_cases(cases)))
        .filter(deadline::Column::CaseId.not_in_subquery(supervised_for(code)))
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    Ok(on_cases(&clocks, code))
}

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

fn open_cases(further: Condition) -> SelectStatement {
    Query::select()
        .column(protection_case::Column::Id)
        .from(protection_case::Entity)
        .cond_where(further.add(protection_case::Column::Stage.is_not_in([Stage::Closed.code(), Stage::Merged.code()])))
        .to_owned()
}

/// The cases on which a cause has a sheet that still stands, or had one.
fn supervised_for(code: &str) -> SelectStatement {
    Query::select()
        .column(sheet::Column::CaseId)
        .from(sheet::Entity)
        .cond_where(Condition::all().add(sheet::Column::Cause.eq(code)))
        .to_owned()
}

async fn returned_twice(app: &App) -> Result<Vec<Cause>> {
    let found = protection_case::Entity::find()
        .filter(protection_case::Column::ReturnCount.gte(2))
        .filter(protection_case::Column::Id.in_subquery(open_cases(Condition::all())))
        .filter(protection_case::Column::Id.not_in_subquery(supervised_for("returns")))
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
    let told = Query::select()
        .column(word::Column::ClockId)
        .from(word::Entity)
        .cond_where(Condition::all().add(word::Column::Kind.eq(Urging::Bulletin.code())))
        .to_owned();
    let clocks = overdue("resolve", ctx.now)
        .filter(deadline::Column::Id.in_subquery(told))
        .filter(deadline::Column::CaseId.in_subquery(open_cases(Condition::all())))
        .filter(deadline::Column::CaseId.not_in_subquery(supervised_for("still_overdue")))
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
    let papers = Query::select()
        .column(word::Column::ClockId)
        .from(word::Entity)
        .cond_where(
            Condition::all()
                .add(word::Column::Kind.eq(Urging::Paper.code()))
                .add(word::Column::ClockId.is_not_null()),
        )
        .to_owned();
    let clocks = overdue("resolve", ctx.now)
        .filter(deadline::Column::CaseId.in_subquery(open_cases(Condition::all())))
        .filter(deadline::Column::Id.not_in_subquery(papers))
        .limit(ROUND)
        .all(app.db.read())
        .await?;
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
    let told = Query::select()
        .column(word::Column::ClockId)
        .from(word::Entity)
        .cond_where(
            Condition::all()
                .add(word::Column::Kind.eq(Urging::Bulletin.code()))
                .add(word::Column::ClockId.is_not_null()),
        )
        .to_owned();
    let still = Query::select()
        .column(deadline::Column::Id)
        .from(deadline::Entity)
        .cond_where(
            Condition::all()
                .add(deadline::Column::MetAt.is_null())
                .add(deadline::Column::CancelledAt.is_null())
                .add(deadline::Column::PausedAt.is_null())
                .add(deadline::Column::DueAt.lt(ctx.now)),
        )
        .to_owned();
    let papers = word::Entity::find()
        .filter(word::Column::Kind.eq(Urging::Paper.code()))
        .filter(word::Column::ClockId.not_in_subquery(told))
        .filter(word::Column::ClockId.in_subquery(still))
        .order_by_asc(word::Column::MadeAt)
        .limit(ROUND)
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
