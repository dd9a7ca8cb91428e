//! 退回与仲裁: the row of each return, its bound and its time.

use super::Order;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{case_unit, order_return, protection_case};
use crate::error::{Error, Result};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Part;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

/// What was ruled about a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// 退回成立，改派
    Granted,
    /// 驳回
    Refused,
    /// 市级仲裁指定
    Designated,
}

impl Ruling {
    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Designated => "designated",
        }
    }

    /// The words on screen of a stored word.
    #[must_use]
    pub fn label(code: &str) -> &'static str {
        match code {
            "granted" => "退回成立，已改派",
            "refused" => "已驳回",
            "designated" => "市级仲裁指定",
            _ => "已裁定",
        }
    }
}

/// Refuses a return that comes too late, or of a unit that the city designated.
///
/// # Errors
/// [`Error::Invalid`] that names the rule and its source.
pub async fn may_return(
    db: &impl ConnectionTrait,
    case: &protection_case::Model,
    order: &Order,
    now: DateTime<Utc>,
) -> Result<()> {
    if order.row.arbitrated_at.is_some() {
        return Err(Error::field(
            "",
            "本案已由市级仲裁指定承办单位，不得再次退回；继续办理，确有新情况的报市级（依据：潍坊市12345条例§22“指定后不得退回”，供参考，本地可配置）",
        ));
    }
    let Some((until, source)) = last_moment(db, case, now).await? else {
        return Ok(());
    };
    if now <= until {
        return Ok(());
    }
    let until = clock::minute(until);
    Err(Error::field(
        "",
        &format!("退回须在 {until} 前提出，已超过时限，视为接收；继续办理（依据：DL09，{source}）"),
    ))
}

/// The last moment for sending back (DL09), counted from when the unit was
/// given the order; nothing where no rule says so.
async fn last_moment(
    db: &impl ConnectionTrait,
    case: &protection_case::Model,
    now: DateTime<Utc>,
) -> Result<Option<(DateTime<Utc>, String)>> {
    let lead = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::UnitId.eq(case.lead_unit))
        .filter(case_unit::Column::Part.eq(Part::Lead.code()))
        .filter(case_unit::Column::Until.is_null())
        .one(db)
        .await?;
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let book = clocks::book(db, now).await?;
    let (Some(lead), Some(rule)) = (lead, book.at_level("DL09", level)) else {
        return Ok(None);
    };
    Ok(Some((book.due(rule, lead.since).at, rule.source().to_owned())))
}

/// How often a case was sent back or disputed before.
///
/// # Errors
/// When the database refuses.
pub async fn times(db: &impl ConnectionTrait, case: Uuid) -> Result<i32> {
    let count = order_return::Entity::find()
        .filter(order_return::Column::CaseId.eq(case))
        .count(db)
        .await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

/// Files a return, or with no reason of the list a dispute over who is
/// responsible.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn file(
    tx: &impl ConnectionTrait,
    (vault, ctx): (&Vault, &Ctx),
    case: &protection_case::Model,
    (reason, explanation): (Option<&str>, &str),
    arbitration: bool,
) -> Result<()> {
    let id = ctx.new_id();
    let row = order_return::ActiveModel {
        id: Set(id),
        case_id: Set(case.id),
        round: Set(times(tx, case.id).await? + 1),
        unit_id: Set(case.lead_unit),
        reason: Set(reason.map(str::to_owned)),
        explanation: Set(vault.seal(Slot::new("order_return", "explanation", id), explanation)?),
        arbitration: Set(arbitration),
        asked_by: Set(ctx.account()),
        asked_at: Set(ctx.now),
        ruling: Set(None),
        to_unit: Set(None),
        note: Set(None),
        ruled_by: Set(None),
        ruled_at: Set(None),
    };
    row.insert(tx).await?;
    Ok(())
}

/// Writes the ruling to what waits for one; nothing happens where nothing does.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn rule(
    tx: &impl ConnectionTrait,
    (vault, ctx): (&Vault, &Ctx),
    case: Uuid,
    (ruling, to): (Ruling, Uuid),
    note: &str,
) -> Result<()> {
    let waiting = order_return::Entity::find()
        .filter(order_return::Column::CaseId.eq(case))
        .filter(order_return::Column::RuledAt.is_null())
        .all(tx)
        .await?;
    for row in waiting {
        let note = vault.seal(Slot::new("order_return", "note", row.id), note)?;
        order_return::Entity::update_many()
            .col_expr(order_return::Column::Ruling, Expr::value(ruling.code()))
            .col_expr(order_return::Column::ToUnit, Expr::value(to))
            .col_expr(order_return::Column::Note, Expr::value(note))
            .col_expr(order_return::Column::RuledBy, Expr::value(ctx.account()))
            .col_expr(order_return::Column::RuledAt, Expr::value(ctx.now))
            .filter(order_return::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// The returns of a case, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn returns(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<order_return::Model>> {
    Ok(order_return::Entity::find()
        .filter(order_return::Column::CaseId.eq(case))
        .order_by_desc(order_return::Column::Round)
        .all(db)
        .await?)
}
