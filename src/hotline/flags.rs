//! 待核对: what a person has to look at, and their word that they did.

use crate::ctx::Ctx;
use crate::db::insert_all;
use crate::entity::{hotline_flag, hotline_order};
use crate::error::{Denial, Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

const NOTE: usize = 500;

macro_rules! kinds {
    ($($variant:ident $code:literal $label:literal,)*) => {
        /// Why a person has to look.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum FlagKind {
            $(#[doc = $label] $variant,)*
        }

        impl FlagKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stored word.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The words on screen.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }
        }
    };
}

kinds! {
    UnknownCode "unknown_code" "代码不在字典中，未采用",
    UnknownDivision "unknown_division" "区划不在名录中，按地址不详办理",
    Faulty "faulty" "内容不合格式，未采用",
    TooLong "too_long" "内容过长，已截断，原文保留",
    Untyped "untyped" "没有可用的案件类型，按「其他」办理",
    Lowered "lowered" "标注的紧急程度低于建议等级，按建议办理",
    Harm "harm" "文字疑似侵害儿童而类型未标明，暂按黄色办理",
    Held "held" "要素不足，未能转办，待登记",
    LifeDanger "life_danger" "有生命危险要素，立即办 110/120 三方联动",
    CallbackLocal "callback_local" "回调地址在内部网络，不调用",
    CallbackOther "callback_other" "回调地址不是登记的地址，不调用",
    Conflict "conflict" "同号工单再次到达而内容不同，已拒绝",
    Completed "completed" "文件与线路先后登记，补充的内容待核对",
    FileDiffers "file_differs" "线路推送与文件登记的内容不一致，以推送为准，待核对",
    Cancelled "cancelled" "12345 撤单；儿童事项不因撤单终止",
    Urged "urged" "12345 催办，线索尚未转办",
    Late "late" "办理已结束，之后又有补充或催办",
    AttachmentMissing "attachment_missing" "附件未取到，向 12345 核实或登记附件主机",
    UnknownThere "unknown_there" "对账：12345 没有此工单",
}

impl FlagKind {
    /// The words of a stored code.
    #[must_use]
    pub fn words(code: &str) -> &'static str {
        let kind = Self::ALL.iter().find(|kind| kind.code() == code);
        kind.map_or("", |kind| kind.label())
    }
}

/// Something that a person has to look at, not written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raised {
    /// Why.
    pub(super) kind: FlagKind,
    /// Where, as a JSON pointer.
    pub(super) pointer: String,
    /// What was given there.
    pub(super) given: Option<String>,
}

impl Raised {
    /// About the whole.
    pub(super) fn whole(kind: FlagKind) -> Self {
        Self {
            kind,
            pointer: String::new(),
            given: None,
        }
    }
}

fn slot(column: &'static str, id: Uuid) -> Slot {
    Slot::new("hotline_flag", column, id)
}

/// Writes what a person has to look at. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub(super) async fn raise(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    ctx: &Ctx,
    (order, event): (Uuid, Option<Uuid>),
    raised: &[Raised],
) -> Result<()> {
    let mut rows = Vec::new();
    for one in raised {
        let id = ctx.new_id();
        rows.push(hotline_flag::ActiveModel {
            id: Set(id),
            order_id: Set(order),
            event_id: Set(event),
            kind: Set(one.kind.code().to_owned()),
            pointer: Set(one.pointer.clone()),
            given: Set(vault.seal_some(slot("given", id), one.given.as_deref())?),
            raised_at: Set(ctx.now),
            settled_at: Set(None),
            settled_by: Set(None),
            note: Set(None),
        });
    }
    Ok(insert_all(tx, rows).await?)
}

/// The same about the whole, unless it stands and nobody has looked yet.
///
/// # Errors
/// As [`raise`].
pub(super) async fn raise_once(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    ctx: &Ctx,
    (order, kind): (Uuid, FlagKind),
) -> Result<bool> {
    let stands = hotline_flag::Entity::find()
        .filter(hotline_flag::Column::OrderId.eq(order))
        .filter(hotline_flag::Column::Kind.eq(kind.code()))
        .filter(hotline_flag::Column::SettledAt.is_null())
        .one(tx)
        .await?;
    if stands.is_some() {
        return Ok(false);
    }
    raise(tx, vault, ctx, (order, None), &[Raised::whole(kind)]).await?;
    Ok(true)
}

/// The orders that a person has to look at.
pub(super) fn waiting() -> SelectStatement {
    Query::select()
        .column(hotline_flag::Column::OrderId)
        .from(hotline_flag::Entity)
        .cond_where(hotline_flag::Column::SettledAt.is_null())
        .to_owned()
}

/// A flag, opened.
#[derive(Debug, Clone)]
pub(super) struct Flag {
    pub(super) id: Uuid,
    pub(super) words: &'static str,
    pub(super) pointer: String,
    pub(super) given: String,
    pub(super) raised_at: DateTime<Utc>,
    pub(super) settled_at: Option<DateTime<Utc>>,
    pub(super) note: String,
}

/// The flags of an order, the earliest first.
///
/// # Errors
/// When the database refuses or one does not open.
pub(super) async fn of(db: &impl ConnectionTrait, vault: &Vault, order: Uuid) -> Result<Vec<Flag>> {
    let rows = hotline_flag::Entity::find()
        .filter(hotline_flag::Column::OrderId.eq(order))
        .order_by_asc(hotline_flag::Column::Id)
        .all(db)
        .await?;
    let mut flags = Vec::new();
    for row in rows {
        flags.push(Flag {
            id: row.id,
            words: FlagKind::words(&row.kind),
            given: vault
                .open_some(slot("given", row.id), row.given.as_ref())?
                .unwrap_or_default(),
            note: vault
                .open_some(slot("note", row.id), row.note.as_ref())?
                .unwrap_or_default(),
            pointer: row.pointer,
            raised_at: row.raised_at,
            settled_at: row.settled_at,
        });
    }
    Ok(flags)
}

/// Notes that a person has looked, and what they did about it. Done twice it is
/// done once.
///
/// # Errors
/// [`Error::Invalid`] without a word; [`Error::Forbidden`]; [`Error::NotFound`].
pub(super) async fn settle(app: &App, ctx: &Ctx, (order, flag): (Uuid, Uuid), note: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let found = hotline_order::Entity::find_by_id(order).one(&tx).await?;
    let found = found.ok_or(Error::NotFound)?;
    if !policy::keeps_hotline_orders(ctx.actor.role) {
        return Err(Error::Forbidden(Denial {
            act: "hotline settle".to_owned(),
            case: None,
            report: Some(found.report_id),
        }));
    }
    let note = note.trim();
    let wrong = note.is_empty() || note.chars().count() > NOTE || note.chars().any(char::is_control);
    if wrong {
        return Err(Error::field("note", "写明核对结果或已如何办理，500 字以内"));
    }
    let row = hotline_flag::ActiveModel {
        settled_at: Set(Some(ctx.now)),
        settled_by: Set(ctx.account()),
        note: Set(app.vault.seal_some(slot("note", flag), Some(note))?),
        ..Default::default()
    };
    let known = hotline_flag::Entity::find_by_id(flag)
        .filter(hotline_flag::Column::OrderId.eq(order))
        .one(&tx)
        .await?;
    let known = known.ok_or(Error::NotFound)?;
    let changed = hotline_flag::Entity::update_many()
        .set(row)
        .filter(hotline_flag::Column::Id.eq(flag))
        .filter(hotline_flag::Column::SettledAt.is_null())
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Ok(());
    }
    let entry = Entry::new(Act::HotlineFlagSettled)
        .report(found.report_id)
        .subject(order)
        .detail(json!({ "kind": known.kind }));
    journal::commit(tx, ctx, entry).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_words_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for kind in FlagKind::ALL {
            assert_eq!(FlagKind::words(kind.code()), kind.label());
            assert!(seen.insert(kind.code()) && seen.insert(kind.label()), "{kind:?}");
        }
        assert_eq!(FlagKind::words("nothing"), "");
    }
}
