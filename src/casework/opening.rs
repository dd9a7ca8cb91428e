//! What a case opens with, and the people who are added to it.

use super::making::NewCase;
use super::next_number;
use crate::ctx::Ctx;
use crate::db::insert_all;
use crate::entity::{CodeList, case_child, child, party, protection_case, unit};
use crate::error::Result;
use crate::notices;
use crate::rules::division::Division;
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::routing::{Plan, Recused};
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
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
    let number = next_number(tx, "TH", ctx.now).await?;
    let blind = kept_out(tx, opening).await?;
    let new = NewCase::compose(&app.vault, ctx, opening, (number, &blind))?;
    let (case, told) = (new.case().clone(), new.notices());
    NewCase::write(tx, vec![new]).await?;
    notices::tell_all(tx, ctx, &told).await?;
    Ok(case)
}

/// The units that must not know of a case: those named, and those of an
/// involved official's tier with all below it, but none that the plan sends
/// the case to.
///
/// # Errors
/// When the database refuses.
pub async fn kept_out(db: &impl ConnectionTrait, opening: &Opening<'_>) -> Result<BTreeSet<Uuid>> {
    let mut units = opening.recused.units.clone();
    if let (Some(tier), Some(place)) = (opening.recused.official_tier, &opening.division)
        && let Some(top) = place.at(tier)
    {
        let (first, last) = top.range();
        let below = unit::Entity::find()
            .filter(unit::Column::Division.between(first, last))
            .all(db)
            .await?;
        units.extend(below.into_iter().map(|unit| unit.id));
    }
    let plan = opening.plan;
    for sent in std::iter::once(&plan.lead).chain(&plan.assists).chain(&plan.overseers) {
        units.remove(&sent.unit);
    }
    Ok(units)
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
    let (child, link) = child_rows(vault, ctx, (case, residence), new)?;
    insert_all(tx, vec![child]).await?;
    insert_all(tx, vec![link]).await?;
    Ok(())
}

/// A child with its place in a case, not written yet.
///
/// # Errors
/// When the vault refuses.
pub(super) fn child_rows(
    vault: &Vault,
    ctx: &Ctx,
    (case, residence): (Uuid, Option<&Division>),
    new: &NewChild,
) -> Result<(child::ActiveModel, case_child::ActiveModel)> {
    let id = Uuid::now_v7();
    let slot = |column| Slot::new("child", column, id);
    let birth = new.birth_date.map(|date| date.to_string());
    let child = child::ActiveModel {
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
    };
    let link = case_child::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        child_id: Set(id),
    };
    Ok((child, link))
}

/// Adds an adult to a case. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn add_party(tx: &impl ConnectionTrait, vault: &Vault, ctx: &Ctx, case: Uuid, new: &NewParty) -> Result<()> {
    Ok(insert_all(tx, vec![party_row(vault, ctx, case, new)?]).await?)
}

/// An adult of a case, not written yet.
///
/// # Errors
/// When the vault refuses.
pub(super) fn party_row(vault: &Vault, ctx: &Ctx, case: Uuid, new: &NewParty) -> Result<party::ActiveModel> {
    let id = Uuid::now_v7();
    let slot = |column| Slot::new("party", column, id);
    Ok(party::ActiveModel {
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
    })
}
