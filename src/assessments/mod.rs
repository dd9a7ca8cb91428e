//! Investigation, assessment and review (评估、复评): what was found, the
//! four-colour scale, the child's own opinion, and the level that follows.

mod input;
mod pages;
mod view;

pub use input::{CONCLUSIONS, INTERVIEWED, Kind, NewAssessment, WAYS};
pub use view::{AssessmentRow, of_case};

use crate::casework::steps::{propose_lowering_in, raise_in};
use crate::casework::{advance, fetch_for, tell};
use crate::clock;
use crate::clocks::{self, Subject};
use crate::ctx::Ctx;
use crate::entity::{assessment, case_child, child, protection_case};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::assessment::{Outcome, score};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::routing::Due;
use crate::state::App;
use crate::vault::Slot;
use crate::web::Routes;
use chrono::NaiveDate;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// From this age on a child is heard (未成年人保护法第四条、民法典第三十五条).
const HEARD_FROM: u32 = 8;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}

/// Records an assessment or a review: moves the case, meets its clock, starts
/// the next review's. A higher level holds at once; a lower one is proposed to
/// the county and never taken by itself.
///
/// # Errors
/// [`Error::Invalid`] with the faults, [`Error::Stale`], what the policy and
/// the stage refuse.
pub async fn assess(app: &App, ctx: &Ctx, case_id: Uuid, seen: i32, new: &NewAssessment) -> Result<assessment::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case_id, Action::Assess).await?;
    let outcome = checked(&tx, app, ctx, &case, new).await?;
    let moved = advance(&tx, &case, seen, &new.kind.step(), |_| {}).await?;
    let row = insert(&tx, app, ctx, (&case, &outcome), new).await?;
    let met: &[&str] = match new.kind {
        Kind::First => &["assess"],
        Kind::Review => &["assess", "review"],
    };
    clocks::meet(&tx, case.id, met, ctx.now).await?;
    settle(&tx, app, ctx, &moved, outcome.level).await?;
    next_review(&tx, ctx, &moved, current(&case).min(outcome.level)).await?;
    let act = new.kind.act();
    let refs = json!({ "assessment": row.id, "level": outcome.level.code(), "conclusion": row.conclusion });
    tell(&tx, &app.vault, ctx, case.id, (act, ctx.now, None, refs.clone())).await?;
    let entry = Entry::new(act).case(case.id).subject(row.id).detail(refs);
    journal::commit(tx, ctx, entry).await?;
    Ok(row)
}

/// The level of a case; an unreadable one counts as red.
fn current(case: &protection_case::Model) -> RiskLevel {
    RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red)
}

async fn checked(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    new: &NewAssessment,
) -> Result<Outcome> {
    let mut faults = new.faults(clock::day(ctx.now));
    if new.opinion().is_none() && must_hear(tx, app, case.id, clock::day(ctx.now)).await? {
        let text = "有满8周岁的儿童：写明儿童意见，或写明不适宜询问的理由";
        faults.push(FieldError::new("child_opinion", text));
    }
    match score(&new.sheet()) {
        Ok(outcome) if faults.is_empty() => Ok(outcome),
        scored => {
            faults.extend(scored.err().into_iter().flatten().map(|bad| input::bad_mark(&bad)));
            Err(Error::Invalid(faults))
        }
    }
}

/// Whether a child of the case is old enough to be heard. An age that nobody
/// knows counts as old enough.
async fn must_hear(db: &impl ConnectionTrait, app: &App, case: Uuid, today: NaiveDate) -> Result<bool> {
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .all(db)
        .await?;
    let children = child::Entity::find()
        .filter(child::Column::Id.is_in(links.iter().map(|link| link.child_id)))
        .all(db)
        .await?;
    for child in &children {
        let slot = Slot::new("child", "birth_date", child.id);
        let born = app.vault.open_some(slot, child.birth_date.as_ref())?;
        let born = born.and_then(|text| text.parse::<NaiveDate>().ok());
        let age = match born {
            Some(born) => today.years_since(born),
            None => child.age_at_intake.and_then(|age| u32::try_from(age).ok()),
        };
        if age.is_none_or(|age| age >= HEARD_FROM) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn insert(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, outcome): (&protection_case::Model, &Outcome),
    new: &NewAssessment,
) -> Result<assessment::Model> {
    let id = ctx.new_id();
    let slot = |column| Slot::new("assessment", column, id);
    let answers = json!({ "marks": new.marks, "vetoes": new.vetoes }).to_string();
    let findings = serde_json::to_string(&new.findings()).map_err(anyhow::Error::new)?;
    let row = assessment::ActiveModel {
        id: Set(id),
        case_id: Set(case.id),
        kind: Set(new.kind.code().to_owned()),
        answers: Set(app.vault.seal(slot("answers"), &answers)?),
        scores: Set(scores(outcome)),
        level: Set(outcome.level.number()),
        conclusion: Set(new.conclusion.clone()),
        findings: Set(app.vault.seal(slot("findings"), &findings)?),
        child_opinion: Set(app.vault.seal_some(slot("child_opinion"), new.opinion().as_deref())?),
        temp_custody: Set(new.temp_custody),
        assessed_by: Set(ctx.actor.account),
        assessed_at: Set(ctx.now),
    };
    Ok(row.insert(tx).await?)
}

fn scores(outcome: &Outcome) -> Value {
    let dimensions: Vec<_> = outcome
        .dimensions
        .iter()
        .map(|result| {
            json!({
                "code": result.dimension.code(),
                "points": result.points,
                "max": result.max,
                "permille": result.permille,
                "vetoes": result.vetoes,
                "level": result.level.map(RiskLevel::code),
            })
        })
        .collect();
    json!({ "dimensions": dimensions, "level": outcome.level.code() })
}

/// Takes a higher level at once and proposes a lower one.
async fn settle(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    found: RiskLevel,
) -> Result<()> {
    let now = current(case);
    if found.above(now) {
        raise_in(tx, app, ctx, case, found).await?;
        let entry = Entry::new(Act::RiskRaised)
            .case(case.id)
            .detail(json!({ "from": now.code(), "to": found.code() }));
        journal::note(tx, ctx, entry).await?;
    } else if now.above(found) {
        let reason = format!("四色量表评估为{}", found.label());
        propose_lowering_in(tx, app, ctx, case, (found, &reason)).await?;
    }
    Ok(())
}

/// The clock of the next review (DL30); one runs at a time.
async fn next_review(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    level: RiskLevel,
) -> Result<()> {
    clocks::cancel(tx, case.id, &["review"], ctx.now).await?;
    let subject = Subject {
        case: Some(case.id),
        ..Subject::default()
    };
    let book = clocks::book(tx, ctx.now).await?;
    let due = book
        .at_level("DL30", level)
        .map(|rule| Due::under(&book, rule, ("review", case.lead_unit), ctx.now));
    clocks::start(tx, subject, ctx.now, due.as_slice()).await
}
