//! Opening a case from a routing plan: everything in one transaction.

use super::{next_number, search, tell};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{CodeList, case_child, case_unit, child, party, protection_case, recusal, unit};
use crate::error::Result;
use crate::journal::Act;
use crate::rules::division::Division;
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::policy::Part;
use crate::rules::routing::{Assignment, Plan, Recused};
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A child as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct NewChild {
    /// Name, when known.
    pub name: Option<String>,
    /// GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not stated.
    pub sex: String,
    /// Age in years on the day of the report, when known or guessed.
    pub age: Option<i16>,
    /// Birth date, when known.
    pub birth_date: Option<NaiveDate>,
    /// Identity number, when known.
    pub id_number: Option<String>,
    /// What a stranger would recognise: 约7岁女童，红色上衣.
    pub feature: Option<String>,
}

/// An adult of the case.
#[derive(Debug, Clone, Default)]
pub struct NewParty {
    /// `suspect`, `guardian`, `carer`, `contact`.
    pub kind: String,
    /// Code of the relation to the child.
    pub relation: Option<String>,
    /// Name, when known.
    pub name: Option<String>,
    /// Phone, when known.
    pub phone: Option<String>,
    /// Whether they live with the child.
    pub lives_with_child: bool,
    /// Whether they are suspected.
    pub suspect: bool,
}

/// What a case opens with.
#[derive(Debug)]
pub struct Opening<'a> {
    /// Short, without names.
    pub title: String,
    /// The narrative.
    pub summary: String,
    /// Where the child is, in words.
    pub address: Option<String>,
    /// Where the child is.
    pub division: Option<Division>,
    /// Where the child lives.
    pub residence: Option<Division>,
    /// Where the household is registered.
    pub domicile: Option<Division>,
    /// The confirmed level.
    pub level: RiskLevel,
    /// The label.
    pub sensitivity: Sensitivity,
    /// Primary type first.
    pub case_types: Vec<String>,
    /// `yes`, `no` or `unknown`.
    pub cohabiting_suspect: String,
    /// When the report was received: all clocks start here.
    pub received_at: DateTime<Utc>,
    /// The children of the household.
    pub children: Vec<NewChild>,
    /// Adults already known.
    pub parties: Vec<NewParty>,
    /// Who must not know.
    pub recused: Recused,
    /// Where it goes.
    pub plan: &'a Plan,
}

/// Opens a case: the row, its units, its recusals, its children, its clocks
/// and the first line of its timeline. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn open(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    opening: &Opening<'_>,
) -> Result<protection_case::Model> {
    let id = ctx.new_id();
    let number = next_number(tx, "TH", ctx.now).await?;
    let case = row(&app.vault, ctx, id, number, opening)?.insert(tx).await?;
    units(tx, ctx, id, opening.plan).await?;
    recusals(tx, ctx, id, opening).await?;
    for new in &opening.children {
        add_child(tx, &app.vault, ctx, (id, opening.residence.as_ref()), new).await?;
    }
    for new in &opening.parties {
        add_party(tx, &app.vault, ctx, id, new).await?;
    }
    let subject = clocks::Subject {
        case: Some(id),
        ..Default::default()
    };
    clocks::start(tx, subject, opening.received_at, &opening.plan.dues).await?;
    if told_police(opening.plan) {
        clocks::meet(tx, id, &["push_police"], ctx.now).await?;
    }
    for text in [&opening.title, &opening.summary] {
        search::index(tx, &app.vault, id, text).await?;
    }
    let refs = json!({
        "level": opening.level.code(),
        "lead": opening.plan.lead.unit_name,
        "rule": opening.plan.lead.rule,
        "steps": opening.plan.steps.iter().map(|step| json!([step.rule, step.text])).collect::<Vec<_>>(),
        "skipped": opening.plan.skipped.iter().map(|skip| json!([skip.rule, skip.why, skip.name])).collect::<Vec<_>>(),
    });
    let happened = (Act::CaseOpened, opening.received_at, None, refs);
    tell(tx, &app.vault, ctx, id, happened).await?;
    // The clocks set the next due time after the row was written.
    Ok(protection_case::Entity::find_by_id(id).one(tx).await?.unwrap_or(case))
}

/// Whether the plan itself puts the case on the police's list: then they are
/// told in this very transaction.
fn told_police(plan: &Plan) -> bool {
    std::iter::once(&plan.lead)
        .chain(&plan.assists)
        .any(|assignment| assignment.unit_kind == "PSB")
}

fn row(
    vault: &Vault,
    ctx: &Ctx,
    id: Uuid,
    number: String,
    opening: &Opening<'_>,
) -> Result<protection_case::ActiveModel> {
    let slot = |column| Slot::new("protection_case", column, id);
    let code = |division: &Option<Division>| division.as_ref().map(|division| division.code().to_owned());
    Ok(protection_case::ActiveModel {
        id: Set(id),
        number: Set(number),
        stage: Set(Stage::Assigned.code().to_owned()),
        level: Set(opening.level.number()),
        peak_level: Set(opening.level.number()),
        proposed_level: Set(None),
        sensitivity: Set(opening.sensitivity.number()),
        primary_type: Set(opening.case_types.first().cloned().unwrap_or_default()),
        case_types: Set(CodeList(opening.case_types.clone())),
        // Nobody knows where yet: the whole city answers for it.
        division: Set(code(&opening.division).unwrap_or_else(|| "140600000000".to_owned())),
        residence: Set(code(&opening.residence)),
        domicile: Set(code(&opening.domicile)),
        address: Set(vault.seal_some(slot("address"), opening.address.as_deref())?),
        title: Set(vault.seal(slot("title"), &opening.title)?),
        summary: Set(vault.seal(slot("summary"), &opening.summary)?),
        lead_unit: Set(opening.plan.lead.unit),
        assignee: Set(opening.plan.lead.person.as_ref().map(|person| person.account)),
        opened_by: Set(ctx.account()),
        opened_at: Set(ctx.now),
        next_due_at: Set(None),
        cohabiting_suspect: Set(opening.cohabiting_suspect.clone()),
        village_allowed: Set(opening.plan.village_allowed),
        return_count: Set(0),
        closure_type: Set(None),
        close_note: Set(None),
        close_asked_by: Set(None),
        closed_at: Set(None),
        conference_on: Set(None),
        spot_checked_at: Set(None),
        follow_up_planned: Set(false),
        routine_care_at: Set(None),
        routine_care_note: Set(None),
        merged_into: Set(None),
        stage_before: Set(None),
        version: Set(1),
    })
}

async fn units(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid, plan: &Plan) -> Result<()> {
    let mut seen = BTreeSet::new();
    let roles = [
        (Part::Lead, std::slice::from_ref(&plan.lead)),
        (Part::Assist, &plan.assists[..]),
        (Part::Oversee, &plan.overseers[..]),
        (Part::Informed, &plan.informed[..]),
    ];
    for (part, list) in roles {
        for assignment in list {
            if seen.insert(assignment.unit) {
                part_row(ctx, case, part, assignment).insert(tx).await?;
            }
        }
    }
    Ok(())
}

fn part_row(ctx: &Ctx, case: Uuid, part: Part, assignment: &Assignment) -> case_unit::ActiveModel {
    case_unit::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        unit_id: Set(assignment.unit),
        part: Set(part.code().to_owned()),
        account_id: Set(assignment.person.as_ref().map(|person| person.account)),
        rule: Set(assignment.rule.clone()),
        why: Set(assignment.why.clone()),
        since: Set(ctx.now),
        until: Set(None),
        signed_at: Set(None),
        signed_by: Set(None),
    }
}

async fn recusals(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid, opening: &Opening<'_>) -> Result<()> {
    let blank = |account, unit| recusal::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        account_id: Set(account),
        unit_id: Set(unit),
        rule: Set("RT04".to_owned()),
        note: Set(None),
        declared_by: Set(ctx.account()),
        at: Set(ctx.now),
    };
    for account in &opening.recused.accounts {
        blank(Some(*account), None).insert(tx).await?;
    }
    let mut units = opening.recused.units.clone();
    if let (Some(tier), Some(place)) = (opening.recused.official_tier, &opening.division)
        && let Some(top) = place.at(tier)
    {
        let (first, last) = top.range();
        let below = unit::Entity::find()
            .filter(unit::Column::Division.between(first, last))
            .all(tx)
            .await?;
        units.extend(below.into_iter().map(|unit| unit.id));
    }
    // Whoever the plan sends the case to is not blinded by the tier's rule.
    let plan = opening.plan;
    let sent: BTreeSet<Uuid> = std::iter::once(&plan.lead)
        .chain(&plan.assists)
        .chain(&plan.overseers)
        .map(|assignment| assignment.unit)
        .collect();
    for unit in units.difference(&sent) {
        blank(None, Some(*unit)).insert(tx).await?;
    }
    Ok(())
}

/// Adds a child to a case, with where it lives. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn add_child(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    ctx: &Ctx,
    (case, residence): (Uuid, Option<&Division>),
    new: &NewChild,
) -> Result<()> {
    let id = Uuid::now_v7();
    let slot = |column| Slot::new("child", column, id);
    let birth = new.birth_date.map(|date| date.to_string());
    child::ActiveModel {
        id: Set(id),
        name: Set(vault.seal_some(slot("name"), new.name.as_deref())?),
        name_index: Set(vault.index_some("name", new.name.as_deref())),
        sex: Set(new.sex.clone()),
        birth_date: Set(vault.seal_some(slot("birth_date"), birth.as_deref())?),
        age_at_intake: Set(new.age),
        age_estimated: Set(new.birth_date.is_none()),
        id_number: Set(vault.seal_some(slot("id_number"), new.id_number.as_deref())?),
        id_index: Set(vault.index_some("id_number", new.id_number.as_deref())),
        feature: Set(vault.seal_some(slot("feature"), new.feature.as_deref())?),
        categories: Set(CodeList::default()),
        division: Set(residence.map(|division| division.code().to_owned())),
        school: Set(None),
        opinion: Set(None),
        created_at: Set(ctx.now),
        version: Set(1),
    }
    .insert(tx)
    .await?;
    case_child::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        child_id: Set(id),
    }
    .insert(tx)
    .await?;
    Ok(())
}

/// Adds an adult to a case. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn add_party(tx: &impl ConnectionTrait, vault: &Vault, ctx: &Ctx, case: Uuid, new: &NewParty) -> Result<()> {
    let id = Uuid::now_v7();
    let slot = |column| Slot::new("party", column, id);
    party::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        kind: Set(new.kind.clone()),
        relation: Set(new.relation.clone()),
        name: Set(vault.seal_some(slot("name"), new.name.as_deref())?),
        name_index: Set(vault.index_some("name", new.name.as_deref())),
        phone: Set(vault.seal_some(slot("phone"), new.phone.as_deref())?),
        phone_index: Set(vault.index_some("phone", new.phone.as_deref())),
        lives_with_child: Set(new.lives_with_child),
        suspect: Set(new.suspect),
        note: Set(None),
        created_at: Set(ctx.now),
        created_by: Set(ctx.actor.account),
    }
    .insert(tx)
    .await?;
    Ok(())
}
