//! 改派: another lead unit by hand, or a new plan for the corrected place.

use super::moving::drop_transfer;
use super::planning::{self, NewPart, begin, end, standing};
use super::{finish, words};
use crate::casework::order::{self, Ruling};
use crate::casework::{advance, check_version, facts, fetch_for};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{case_unit, post, protection_case, unit};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::network;
use crate::rules::division::Division;
use crate::rules::policy::{Action, Part, Role};
use crate::rules::workflow::Step;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// Where a case is sent instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// This unit becomes the lead; the others stay.
    Unit(Uuid),
    /// The child is elsewhere (a division of any tier): routing plans anew.
    Place(String),
}

/// A dispatcher's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redispatch {
    /// Where to.
    pub to: To,
    /// Why.
    pub reason: String,
}

/// Sends the case to another lead unit. The old lead no longer takes part,
/// unless the plan for another place wants it beside the new one (RT06: where
/// the child lives assists). The clock `sign` starts again from now, all others
/// run on, owed by the new lead.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] for a unit that
/// may not take it, an unknown place, or one outside a county manager's county.
pub async fn redispatch(app: &App, ctx: &Ctx, id: Uuid, seen: i32, to: &Redispatch) -> Result<protection_case::Model> {
    let reason = words("reason", "改派理由", &to.reason, 500)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Dispatch).await?;
    check_version(seen, case.version)?;
    if ctx.actor.role != Role::City && order::of(&tx, id).await?.row.arbitrated_at.is_some() {
        return Err(Error::field("", "本案已由市级仲裁指定承办单位，改派由市级办理"));
    }
    let new = match &to.to {
        To::Unit(unit) => by_hand(&tx, ctx, &case, (*unit, "改派", "派单员裁定改派")).await?,
        To::Place(place) => by_place(&tx, app, ctx, &case, Some(place)).await?,
    };
    hand_over(&tx, ctx, &case, seen, (&new, &Step::Redispatch)).await?;
    order::rule(&tx, (&app.vault, ctx), id, (Ruling::Granted, new.unit), &reason).await?;
    let refs = json!({ "from": case.lead_unit, "to": new.unit, "rule": new.rule, "division": new.division });
    finish(tx, app, ctx, id, (Act::CaseRedispatched, Some(&reason), refs)).await
}

/// A lead unit found, its row already written.
pub(super) struct NewLead {
    pub(super) unit: Uuid,
    pub(super) account: Option<Uuid>,
    pub(super) rule: String,
    pub(super) division: Option<String>,
    /// Where the child lives and is registered, when that changes too.
    pub(super) homes: Option<(Option<String>, Option<String>)>,
    pub(super) village_allowed: Option<bool>,
}

/// Moves the case to its new lead by a step, with the clocks.
pub(super) async fn hand_over(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    seen: i32,
    (new, step): (&NewLead, &Step),
) -> Result<()> {
    let after = advance(tx, case, seen, step, |row| {
        row.lead_unit = Set(new.unit);
        row.assignee = Set(new.account);
        if let Some(division) = &new.division {
            row.division = Set(division.clone());
        }
        if let Some((residence, domicile)) = &new.homes {
            row.residence = Set(residence.clone());
            row.domicile = Set(domicile.clone());
        }
        if let Some(allowed) = new.village_allowed {
            row.village_allowed = Set(allowed);
        }
        // What the old lead asked for is not the new one's wish.
        row.closure_type = Set(None);
        row.close_note = Set(None);
        row.close_asked_by = Set(None);
    })
    .await?;
    drop_transfer(tx, ctx, case.id).await?;
    if new.division.is_some() {
        clocks::meet(tx, case.id, &["locate"], ctx.now).await?;
    }
    clocks::hand_over(tx, case.id, case.lead_unit, new.unit).await?;
    order::handed_over(tx, ctx, case.id).await?;
    start_signing(tx, ctx, &after).await
}

/// Lets the lead unit that keeps the case sign once more: what it had signed
/// before it sent the case back says nothing about the ruling.
pub(super) async fn sign_again(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    let signed = standing(tx, case.id)
        .await?
        .into_iter()
        .find(|row| row.unit_id == case.lead_unit && row.part == Part::Lead.code() && row.signed_at.is_some());
    let Some(row) = signed else { return Ok(()) };
    case_unit::Entity::update_many()
        .col_expr(case_unit::Column::SignedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(case_unit::Column::SignedBy, Expr::value(None::<Uuid>))
        .filter(case_unit::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    start_signing(tx, ctx, case).await
}

/// Starts the clock `sign` from now.
async fn start_signing(tx: &impl ConnectionTrait, ctx: &Ctx, case: &protection_case::Model) -> Result<()> {
    clocks::cancel(tx, case.id, &["sign"], ctx.now).await?;
    let mut dues = planning::dues(tx, (case, ctx.now), planning::level_of(case), ctx.now).await?;
    dues.retain(|due| due.milestone == "sign");
    let subject = clocks::Subject {
        case: Some(case.id),
        ..Default::default()
    };
    clocks::start(tx, subject, ctx.now, &dues).await
}

/// Another unit by its id, with the words that stand for why.
pub(super) async fn by_hand(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    (id, rule, why): (Uuid, &str, &str),
) -> Result<NewLead> {
    let wrong = |message: &str| Err(Error::field("unit", message));
    let Some(unit) = unit::Entity::find_by_id(id).one(tx).await?.filter(|unit| unit.active) else {
        return wrong("选择在用的机构");
    };
    if id == case.lead_unit {
        return wrong("该机构已是主办单位，选择其他机构");
    }
    if unit.kind == "VIL" && !case.village_allowed {
        return wrong("该类型个案不派村级，选择其他机构");
    }
    if facts(tx, case).await?.recused_units.contains(&id) {
        return wrong("该机构应当回避，选择其他机构");
    }
    within(ctx, &Division::parse(&unit.division)?, "unit")?;
    let account = holder(tx, id).await?;
    for row in standing(tx, case.id).await? {
        if row.unit_id == id || row.part == Part::Lead.code() {
            end(tx, ctx, row.id).await?;
        }
    }
    let part = NewPart {
        unit: id,
        part: Part::Lead,
        account,
        rule,
        why,
    };
    begin(tx, ctx, case.id, &part).await?;
    Ok(NewLead {
        unit: id,
        account,
        rule: part.rule.to_owned(),
        division: None,
        homes: None,
        village_allowed: None,
    })
}

/// Plans anew, for another place or around those recused by now.
pub(super) async fn by_place(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    place: Option<&str>,
) -> Result<NewLead> {
    let place = match place {
        Some(text) => {
            let unknown = || Error::field("place", "没有这个区划，重新选择");
            let place = network::resolve(tx, text).await?.ok_or_else(unknown)?;
            within(ctx, &place, "place")?;
            Some(place)
        }
        None => None,
    };
    let plan = planning::replan(tx, app, ctx, case, place.as_ref()).await?;
    planning::take_plan(tx, ctx, case.id, &plan).await?;
    Ok(NewLead {
        unit: plan.lead.unit,
        account: plan.lead.person.as_ref().map(|person| person.account),
        rule: plan.lead.rule.clone(),
        division: place.map(|place| place.code().to_owned()),
        homes: None,
        village_allowed: Some(plan.village_allowed),
    })
}

/// A county manager dispatches within the county; beyond it the city does.
fn within(ctx: &Ctx, place: &Division, field: &str) -> Result<()> {
    if ctx.actor.role != Role::County || ctx.actor.division.contains(place) {
        return Ok(());
    }
    Err(Error::field(field, "县级只能在本县范围内改派，跨县改派由市级办理"))
}

async fn holder(tx: &impl ConnectionTrait, unit: Uuid) -> Result<Option<Uuid>> {
    let posts = post::Entity::find()
        .filter(post::Column::UnitId.eq(unit))
        .filter(post::Column::Active.eq(true))
        .order_by_asc(post::Column::Id)
        .all(tx)
        .await?;
    Ok(posts.iter().find_map(|post| post.holder_id.or(post.stand_in_id)))
}
