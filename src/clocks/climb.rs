//! Who is told when a clock climbs: stand-in, head of the unit, township,
//! county, city (岗位空缺与失联). Whoever is recused from the case is passed
//! over, and so is a rung that is the owner itself or below it.

use crate::ctx::Ctx;
use crate::db::insert_all;
use crate::entity::{case_event, case_unit, deadline, post, protection_case, recusal, unit};
use crate::error::Result;
use crate::journal::Act;
use crate::notices::To;
use crate::rules::division::{Division, Tier};
use crate::rules::escalation::Rung;
use crate::rules::policy::Part;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The post that heads a unit of a kind.
const HEADS: [(&str, &str); 6] = [
    ("VIL", "village_secretary"),
    ("TMP", "township_leader"),
    ("MPC", "county_duty"),
    ("MPO", "county_duty"),
    ("PSB", "police_command"),
    ("HOT", "shift_lead"),
];
/// The kinds of unit that stand for a tier, the first one first.
const TOWNSHIP: [&str; 1] = ["TMP"];
const COUNTY: [&str; 2] = ["MPC", "MPO"];
const CITY: [&str; 3] = ["HOT", "MPO", "MPC"];

/// A rung at which there is somebody.
#[derive(Debug, Clone)]
pub(super) struct Reached {
    pub(super) rung: Rung,
    pub(super) to: Vec<To>,
    /// The unit that comes to look over the case; none within the owner.
    pub(super) unit: Option<Uuid>,
}

/// The rungs above the owner of a clock, as the network stands now.
pub(super) async fn rungs(
    tx: &impl ConnectionTrait,
    clock: &deadline::Model,
    case: Option<&protection_case::Model>,
) -> Result<Vec<Reached>> {
    let Some(owner) = unit::Entity::find_by_id(clock.owner_unit).one(tx).await? else {
        return Ok(Vec::new());
    };
    let kept_out = kept_out(tx, case).await?;
    let mut rungs = within(tx, &owner, &kept_out).await?;
    let place = Division::parse(&owner.division)?;
    // A department of the city or the hotline answers to its city at once; so
    // does a county to which the case does not belong.
    let above = [
        (Rung::Township, Tier::Township),
        (Rung::County, Tier::County),
        (Rung::City, Tier::City),
    ];
    for (rung, tier) in above {
        if place.tier() < tier || (place.tier() == tier && tier == Tier::Township) {
            continue;
        }
        let Some(top) = place.at(tier) else { continue };
        if let Some(unit) = standing_for(tx, tier, &top, (&owner, &kept_out)).await? {
            rungs.push(Reached {
                rung,
                to: vec![To::Unit(unit)],
                unit: Some(unit),
            });
        }
    }
    Ok(rungs)
}

/// Accounts and units that may learn nothing of a case.
type KeptOut = BTreeSet<Uuid>;

async fn kept_out(tx: &impl ConnectionTrait, case: Option<&protection_case::Model>) -> Result<KeptOut> {
    let Some(case) = case else { return Ok(KeptOut::new()) };
    let rows = recusal::Entity::find()
        .filter(recusal::Column::CaseId.eq(case.id))
        .all(tx)
        .await?;
    Ok(rows
        .iter()
        .flat_map(|row| [row.account_id, row.unit_id])
        .flatten()
        .collect())
}

/// The stand-ins and the head of the unit itself.
async fn within(tx: &impl ConnectionTrait, owner: &unit::Model, kept_out: &KeptOut) -> Result<Vec<Reached>> {
    let posts = post::Entity::find()
        .filter(post::Column::UnitId.eq(owner.id))
        .filter(post::Column::Active.eq(true))
        .order_by_asc(post::Column::Id)
        .all(tx)
        .await?;
    let head = HEADS
        .iter()
        .find(|(kind, _)| *kind == owner.kind)
        .map(|(_, post)| *post);
    let told = |accounts: BTreeSet<Uuid>| -> Vec<To> {
        let free = accounts.into_iter().filter(|account| !kept_out.contains(account));
        free.map(To::Account).collect()
    };
    let stand_ins = told(posts.iter().filter_map(|post| post.stand_in_id).collect());
    let heads = posts.iter().filter(|post| Some(post.role.as_str()) == head);
    let heads = told(
        heads
            .flat_map(|post| [post.holder_id, post.stand_in_id])
            .flatten()
            .collect(),
    );
    let rungs = [(Rung::StandIn, stand_ins), (Rung::Head, heads)];
    Ok(rungs
        .into_iter()
        .filter(|(_, to)| !to.is_empty())
        .map(|(rung, to)| Reached { rung, to, unit: None })
        .collect())
}

/// The unit that stands for a tier there; nothing where that is the owner.
async fn standing_for(
    tx: &impl ConnectionTrait,
    tier: Tier,
    top: &Division,
    (owner, kept_out): (&unit::Model, &KeptOut),
) -> Result<Option<Uuid>> {
    let kinds: &[&str] = match tier {
        Tier::City => &CITY,
        Tier::County => &COUNTY,
        _ => &TOWNSHIP,
    };
    let units = unit::Entity::find()
        .filter(unit::Column::Division.eq(top.code()))
        .filter(unit::Column::Kind.is_in(kinds.iter().copied()))
        .filter(unit::Column::Active.eq(true))
        .all(tx)
        .await?;
    // The county's own office does not answer to the office beside it.
    if tier == Tier::County && owner.division == top.code() && kinds.contains(&owner.kind.as_str()) {
        return Ok(None);
    }
    let free = |kind: &&str| {
        let of_kind = |unit: &&unit::Model| unit.kind == **kind && unit.id != owner.id && !kept_out.contains(&unit.id);
        units.iter().find(of_kind).map(|unit| unit.id)
    };
    Ok(kinds.iter().find_map(free))
}

/// Lets a unit look over a case that it took no part in so far.
pub(super) async fn look_over(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    unit: Uuid,
) -> Result<()> {
    let known = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::UnitId.eq(unit))
        .filter(case_unit::Column::Until.is_null())
        .one(tx)
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let row = case_unit::ActiveModel {
        id: Set(ctx.new_id()),
        case_id: Set(case.id),
        unit_id: Set(unit),
        part: Set(Part::Oversee.code().to_owned()),
        account_id: Set(None),
        rule: Set("逐级上报".to_owned()),
        why: Set("时限超期，逐级上报".to_owned()),
        since: Set(ctx.now),
        until: Set(None),
        signed_at: Set(None),
        signed_by: Set(None),
        // The database copies the order of the case.
        ..Default::default()
    };
    Ok(insert_all(tx, vec![row]).await?)
}

/// The line of the case's timeline.
pub(super) async fn tell_story(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, clock): (Uuid, &deadline::Model),
    reached: &Reached,
) -> Result<()> {
    let unit = match reached.unit {
        Some(unit) => unit::Entity::find_by_id(unit).one(tx).await?.map(|unit| unit.name),
        None => None,
    };
    let text = format!("已上报{}：{}", reached.rung.label(), unit.unwrap_or_default());
    let id = ctx.new_id();
    let row = case_event::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        kind: Set(Act::DeadlineEscalated.code().to_owned()),
        happened_at: Set(ctx.now),
        entered_at: Set(ctx.now),
        actor_id: Set(None),
        actor_unit: Set(None),
        text: Set(app.vault.seal_some(Slot::new("case_event", "text", id), Some(&text))?),
        refs: Set(json!({ "milestone": clock.milestone, "rule": clock.rule, "rung": reached.rung.code() })),
    };
    Ok(insert_all(tx, vec![row]).await?)
}
