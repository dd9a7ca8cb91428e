//! 并入: a report joins an open case. A repeated report about a child is never
//! merged silently: it is told on the case and may raise its level.

use super::facts::ReportInput;
use super::outcome::{new_child, suspect};
use super::store::{self, Decided, Graded};
use super::{Seen, State, candidates, planning};
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{CodeList, case_child, child, protection_case, report};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::workflow::{Stage, Step};
use crate::state::App;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// A report joined an open case.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The report as it is now.
    pub report: report::Model,
    /// The case as it is now.
    pub case: protection_case::Model,
    /// Whether the report raised the case's level.
    pub raised: bool,
}

/// Which case a report joins.
#[derive(Debug, Clone)]
pub enum Target {
    /// By its id, as the candidates give it.
    Id(Uuid),
    /// By its number, as typed.
    Number(String),
}

/// 并入: adds the report to an open case that the person may see or that is a
/// candidate of this report. A repeated report raises the case's level to its
/// own at least, and never merges silently.
///
/// # Errors
/// [`Error::Invalid`] for faults and for a case that is closed or out of
/// reach; [`Error::Stale`], [`Error::Hidden`].
pub async fn join(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, target: &Target) -> Result<Joined> {
    store::fetch_draft(app.db.read(), ctx, seen).await?;
    let case = find(app, ctx, input, target).await?;
    // It is the second report about this child at least.
    let mut graded = planning::graded(input, 1);
    if input.chosen().is_none() {
        graded.level = graded.level.min(level_of(&case)?);
    }
    let mut faults = input.validate(ctx.now, app.config.demo);
    faults.extend(planning::lowering_fault(input, &graded));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let tx = app.db.begin().await?;
    let case = casework::load(&tx, case.id).await?;
    if !is_open(&case) {
        return Err(out_of_reach());
    }
    let raised = graded.level.above(level_of(&case)?);
    let after = take_in(&tx, app, ctx, (&case, input), (&graded, Act::ReportJoined)).await?;
    let decided = Decided {
        case: Some(case.id),
        ..Decided::new(State::Joined, "join", ctx.now)
    };
    let report = store::write(&tx, app, seen, (input, &graded), decided).await?;
    let detail = json!({ "level": after.level, "raised": raised });
    let entry = Entry::new(Act::ReportJoined)
        .report(report.id)
        .case(case.id)
        .detail(detail);
    journal::commit(tx, ctx, entry).await?;
    Ok(Joined {
        report,
        case: after,
        raised,
    })
}

pub(super) fn level_of(case: &protection_case::Model) -> Result<RiskLevel> {
    let level = RiskLevel::from_number(case.level);
    level.ok_or_else(|| anyhow::anyhow!("level of a case in the database").into())
}

/// The open case that is meant, when the person may join it.
async fn find(app: &App, ctx: &Ctx, input: &ReportInput, target: &Target) -> Result<protection_case::Model> {
    let db = app.db.read();
    let query = match target {
        Target::Id(id) => protection_case::Entity::find_by_id(*id),
        Target::Number(number) => {
            protection_case::Entity::find().filter(protection_case::Column::Number.eq(number.trim().to_uppercase()))
        }
    };
    let case = query.one(db).await?.ok_or_else(out_of_reach)?;
    let seen = match casework::fetch_for(db, ctx, case.id, Action::View).await {
        Ok(_) => true,
        Err(Error::Hidden(_) | Error::Forbidden(_)) => candidates::is_candidate(app, ctx, input, case.id).await?,
        Err(other) => return Err(other),
    };
    if is_open(&case) && seen {
        Ok(case)
    } else {
        Err(out_of_reach())
    }
}

pub(super) fn is_open(case: &protection_case::Model) -> bool {
    Stage::parse(&case.stage).is_some_and(Stage::is_open)
}

fn out_of_reach() -> Error {
    Error::field("join_number", "没有可并入的在办个案，核对个案编号")
}

/// Writes the report into the case: level, label, types, children, suspect,
/// clocks, search, timeline.
pub(super) async fn take_in(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (case, input): (&protection_case::Model, &ReportInput),
    (graded, act): (&Graded, Act),
) -> Result<protection_case::Model> {
    let raised = graded.level.above(level_of(case)?);
    let mut types = case.case_types.0.clone();
    types.extend(
        input
            .case_types
            .iter()
            .filter(|code| !case.case_types.0.contains(code))
            .cloned(),
    );
    let sensitivity = case.sensitivity.max(graded.suggestion.sensitivity.number());
    casework::advance(tx, case, case.version, &Step::Record, |row| {
        row.sensitivity = Set(sensitivity);
        row.case_types = Set(CodeList(types));
    })
    .await?;
    new_children(tx, app, ctx, case.id, input).await?;
    if let Some(party) = suspect(input) {
        casework::add_party(tx, &app.vault, ctx, case.id, &party).await?;
    }
    for text in [&input.title, &input.content].into_iter().flatten() {
        casework::search::index(tx, &app.vault, case.id, text).await?;
    }
    if raised {
        casework::steps::raise_in(tx, app, ctx, case, graded.level).await?;
    }
    let refs = json!({ "level": graded.level.code(), "raised": raised });
    let at = input.received_at.unwrap_or(ctx.now);
    let told = (act, at, input.content.as_deref(), refs);
    casework::tell(tx, &app.vault, ctx, case.id, told).await?;
    let after = protection_case::Entity::find_by_id(case.id).one(tx).await?;
    after.ok_or(Error::NotFound)
}

/// Adds the children that the case does not have yet.
async fn new_children(tx: &impl ConnectionTrait, app: &App, ctx: &Ctx, case: Uuid, input: &ReportInput) -> Result<()> {
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .all(tx)
        .await?;
    let known = child::Entity::find()
        .filter(child::Column::Id.is_in(links.iter().map(|link| link.child_id)))
        .all(tx)
        .await?;
    let residence = super::facts::division(input.residence.as_ref());
    let told: Vec<_> = input.known_children().collect();
    for child in told {
        let name = app.vault.index_some("name", child.name.as_deref());
        let id = app.vault.index_some("id_number", child.id_number.as_deref());
        // A child of whom only a feature is told may well be one of those known.
        let new = (name.is_some() || id.is_some())
            && !known
                .iter()
                .any(|old| (id.is_some() && old.id_index == id) || (name.is_some() && old.name_index == name));
        if new {
            casework::add_child(tx, &app.vault, ctx, (case, residence.as_ref()), &new_child(child)).await?;
        }
    }
    Ok(())
}
