//! Giving what a person leaves to others: whom the one who hands over names,
//! or else the stand-in, the head of the unit, anybody of the unit.

use super::items::{Item, Kind, items};
use super::{Handed, Scope, Wanted};
use crate::casework::{self, tell};
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{account, case_unit, post, protection_case, recusal, report};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind as Told, Notice, To};
use crate::rules::policy::{Part, Role};
use crate::state::App;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Posts whose holder answers for a unit, the head first.
const HEADS: [&str; 11] = [
    "township_leader",
    "township_child_supervisor",
    "station_duty",
    "county_case_manager",
    "county_duty",
    "village_secretary",
    "village_child_director",
    "police_command",
    "shift_lead",
    "city_duty",
    "handler",
];

/// Gives everything open of a person within a scope to others; the person's
/// account has left already, so that nobody can give them more meanwhile.
pub(super) async fn give(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (person, scope): (Uuid, Scope),
    wanted: &Wanted,
) -> Result<Handed> {
    let open = items(tx, person, scope).await?;
    let cases: Vec<Uuid> = open.iter().filter_map(|item| item.case).collect();
    casework::hold(tx, &cases).await?;
    // Somebody may have moved one of them while this one waited for it.
    let open = items(tx, person, scope).await?;
    let mut handed = Handed::default();
    let mut took = false;
    for item in &open {
        let (to, named) = successor(tx, person, item, wanted).await?;
        took |= named;
        write(tx, app, ctx, (person, item), to).await?;
        handed.count(to);
    }
    if wanted.all.is_some() && !took && !open.is_empty() {
        return Err(Error::field("all", "选择能接手的在用人员"));
    }
    Ok(handed)
}

/// Who takes an item: the one named for it, the one named for all where they
/// can, or whom the rule finds; and whether a name was heeded.
async fn successor(
    tx: &impl ConnectionTrait,
    person: Uuid,
    item: &Item,
    wanted: &Wanted,
) -> Result<(Option<Uuid>, bool)> {
    if let Some(named) = wanted.each.get(&item.id) {
        return Ok((Some(checked(tx, person, item, *named).await?), true));
    }
    if let Some(named) = wanted.all
        && checked(tx, person, item, named).await.is_ok()
    {
        return Ok((Some(named), true));
    }
    // A person named for all may have nothing to do with this one.
    Ok((
        found(tx, person, item).await?,
        wanted.all.is_none() || !wanted.each.is_empty(),
    ))
}

/// The person named, or the fault of the field that names them.
async fn checked(tx: &impl ConnectionTrait, person: Uuid, item: &Item, named: Uuid) -> Result<Uuid> {
    let wrong = |message: &str| {
        let field = format!("to_{}", item.id);
        Err(Error::Invalid(vec![FieldError::new(
            &field,
            &format!("{}：{message}", item.number),
        )]))
    };
    if !candidates(tx, person, item.unit)
        .await?
        .iter()
        .any(|row| row.id == named)
    {
        return wrong("选择本机构的在用人员");
    }
    if recused(tx, item.case, named).await? {
        return wrong("该人员应当回避，另选");
    }
    Ok(named)
}

/// The stand-in of the person's post, the head of the unit, or anybody there
/// who may know of it; nobody where the unit is empty.
async fn found(tx: &impl ConnectionTrait, person: Uuid, item: &Item) -> Result<Option<Uuid>> {
    let able = candidates(tx, person, item.unit).await?;
    let mut order: Vec<Uuid> = Vec::new();
    if let Some(unit) = item.unit {
        let posts = posts_of(tx, unit).await?;
        let own = posts.iter().filter(|post| post.holder_id == Some(person));
        order.extend(own.filter_map(|post| post.stand_in_id));
        let heads = HEADS
            .iter()
            .flat_map(|role| posts.iter().filter(move |post| post.role == *role));
        order.extend(heads.filter_map(|post| post.holder_id));
    }
    order.extend(able.iter().map(|row| row.id));
    for one in order {
        if able.iter().any(|row| row.id == one) && !recused(tx, item.case, one).await? {
            return Ok(Some(one));
        }
    }
    Ok(None)
}

async fn posts_of(tx: &impl ConnectionTrait, unit: Uuid) -> Result<Vec<post::Model>> {
    Ok(post::Entity::find()
        .filter(post::Column::UnitId.eq(unit))
        .filter(post::Column::Active.eq(true))
        .order_by_asc(post::Column::Id)
        .all(tx)
        .await?)
}

/// Who may take over: active people of the unit and of its posts; for a report
/// of the desk, those at the desk.
pub(super) async fn candidates(
    db: &impl ConnectionTrait,
    person: Uuid,
    unit: Option<Uuid>,
) -> Result<Vec<account::Model>> {
    let able = match unit {
        Some(unit) => {
            let seats = posts_of(db, unit).await?;
            let seated = seats
                .iter()
                .flat_map(|post| [post.holder_id, post.stand_in_id])
                .flatten();
            Condition::any()
                .add(account::Column::UnitId.eq(unit))
                .add(account::Column::Id.is_in(seated))
        }
        None => Condition::any().add(account::Column::Role.is_in([Role::Operator.code(), Role::Lead.code()])),
    };
    Ok(account::Entity::find()
        .filter(able)
        .filter(account::Column::Id.ne(person))
        .filter(account::Column::DisabledAt.is_null())
        .filter(account::Column::Role.is_not_in([Role::Service.code(), Role::Reporter.code()]))
        .order_by_asc(account::Column::Username)
        .all(db)
        .await?)
}

async fn recused(tx: &impl ConnectionTrait, case: Option<Uuid>, account: Uuid) -> Result<bool> {
    let Some(case) = case else { return Ok(false) };
    let found = recusal::Entity::find()
        .filter(recusal::Column::CaseId.eq(case))
        .filter(recusal::Column::AccountId.eq(account))
        .one(tx)
        .await?;
    Ok(found.is_some())
}

/// Writes who answers for an item from now on. What the person did stays
/// theirs: signatures, visits and entries keep their names.
async fn write(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (person, item): (Uuid, &Item),
    to: Option<Uuid>,
) -> Result<()> {
    match item.kind {
        Kind::Case => assign(tx, item.id, to).await?,
        Kind::Part => {
            name_part(tx, case_unit::Column::Id.eq(item.id), to).await?;
        }
        Kind::Report => {
            report::Entity::update_many()
                .col_expr(report::Column::OpenedBy, Expr::value(to))
                .filter(report::Column::Id.eq(item.id))
                .exec(tx)
                .await?;
        }
        // The unit does the task, and whoever is in the unit answers for its
        // visits: they only have to be told.
        Kind::Task | Kind::Visit => {}
    }
    if let Some(to) = to {
        let notice = Notice::new(Told::HandedOver, To::Account(to));
        let notice = item.case.map_or(notice, |case| notice.case(case));
        notices::tell(tx, ctx, &notice).await?;
    }
    let detail = json!({ "was": person, "account": to, "kind": item.kind.label() });
    let mut entry = Entry::new(Act::ItemHandedOver).subject(item.id).detail(detail);
    if let Some(case) = item.case {
        entry = entry.case(case);
        tell(
            tx,
            &app.vault,
            ctx,
            case,
            (Act::ItemHandedOver, ctx.now, None, json!({})),
        )
        .await?;
    }
    journal::note(tx, ctx, entry).await
}

async fn assign(tx: &impl ConnectionTrait, id: Uuid, to: Option<Uuid>) -> Result<()> {
    let case = protection_case::Entity::find_by_id(id).one(tx).await?;
    let case = case.ok_or(Error::NotFound)?;
    let row = protection_case::ActiveModel {
        assignee: Set(to),
        ..Default::default()
    };
    db::update(tx, (id, case.version), row).await?;
    let lead = Condition::all()
        .add(case_unit::Column::CaseId.eq(id))
        .add(case_unit::Column::Part.eq(Part::Lead.code()));
    name_part(tx, lead, to).await
}

async fn name_part(
    tx: &impl ConnectionTrait,
    which: impl sea_orm::sea_query::IntoCondition,
    to: Option<Uuid>,
) -> Result<()> {
    case_unit::Entity::update_many()
        .col_expr(case_unit::Column::AccountId, Expr::value(to))
        .filter(which)
        .filter(case_unit::Column::Until.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Empties the posts of a person within a scope; those for which they stood
/// in have nobody standing in. Answers how many fell vacant.
pub(super) async fn vacate(tx: &impl ConnectionTrait, ctx: &Ctx, person: Uuid, scope: Scope) -> Result<usize> {
    let theirs = Condition::any()
        .add(post::Column::HolderId.eq(person))
        .add(post::Column::StandInId.eq(person));
    let mut found = post::Entity::find().filter(theirs);
    if let Scope::Unit(unit) = scope {
        found = found.filter(post::Column::UnitId.eq(unit));
    }
    let mut vacant = 0;
    for row in found.all(tx).await? {
        let mut change = post::ActiveModel::default();
        if row.holder_id == Some(person) {
            change.holder_id = Set(None);
            change.leave_from = Set(None);
            change.leave_until = Set(None);
            change.vacant_since = Set(Some(ctx.now));
            change.alerted_at = Set(None);
            change.alerted_above_at = Set(None);
            vacant += 1;
        }
        if row.stand_in_id == Some(person) {
            change.stand_in_id = Set(None);
        }
        db::update(tx, (row.id, row.version), change).await?;
        let detail = json!({ "unit": row.unit_id, "role": row.role, "was": row.holder_id });
        journal::note(tx, ctx, Entry::new(Act::PostChanged).subject(row.id).detail(detail)).await?;
    }
    Ok(vacant)
}

/// Everybody who is given something, with how much.
pub(super) type Given = BTreeMap<Uuid, usize>;
