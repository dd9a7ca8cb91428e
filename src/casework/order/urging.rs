//! 催办: counted, by whoever keeps the orders moving or because the caller
//! urges. What is overdue is urged by itself the next working day with a paper
//! (催办通知书), and told in writing (书面通报) when that did not help (DL12).

use super::holding::{finish, hold};
use super::of;
use crate::casework::steps::words_if_any;
use crate::casework::{next_number, tell};
use crate::ctx::Ctx;
use crate::entity::{protection_case, urging};
use crate::error::{Error, Result};
use crate::journal::{Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::orderflow::OrderStep;
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::{Slot, Vault};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use serde_json::json;
use uuid::Uuid;

/// What kind of word to hurry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urging {
    /// 催办
    Word,
    /// 催办通知书
    Paper,
    /// 书面通报
    Bulletin,
}

impl Urging {
    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Paper => "paper",
            Self::Bulletin => "bulletin",
        }
    }

    /// The words on screen of a stored word.
    #[must_use]
    pub fn label(code: &str) -> &'static str {
        match code {
            "paper" => "催办通知书",
            "bulletin" => "书面通报",
            _ => "催办",
        }
    }
}

/// Who urges, in words.
#[must_use]
pub fn source_label(code: &str) -> &'static str {
    match code {
        "hotline" => "热线",
        "county" => "县级",
        "city" => "市级",
        "caller" => "来电人",
        _ => "系统",
    }
}

/// A word to hurry.
#[derive(Debug, Clone, Default)]
pub struct Urge {
    /// Whether the caller asked what became of it.
    pub from_caller: bool,
    /// What should be hurried; sealed.
    pub note: String,
}

/// Urges the lead.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`];
/// [`Error::IllegalOrderStep`]; [`Error::Invalid`] when the case is one's own.
pub async fn urge(app: &App, ctx: &Ctx, id: Uuid, seen: i32, urge: &Urge) -> Result<protection_case::Model> {
    let note = words_if_any("note", "催办说明", Some(&urge.note), 500)?;
    let held = hold(app, ctx, (id, seen), (Action::Supervise, OrderStep::Urge)).await?;
    let tx = &held.tx;
    if ctx.actor.unit == Some(held.case.lead_unit) {
        return Err(Error::field("", "本单位是主办单位，直接办理即可，无需催办"));
    }
    let source = match ctx.actor.role {
        _ if urge.from_caller => "caller",
        Role::County => "county",
        Role::City => "city",
        _ => "hotline",
    };
    let kind = (Urging::Word, source, None);
    let row = file(tx, (&app.vault, ctx), &held.case, kind, note.as_deref()).await?;
    let count = times(tx, id).await?;
    let refs = json!({ "source": source, "count": count, "sheet_no": row.number });
    finish(held, app, ctx, (Act::OrderUrged, note.as_deref(), refs)).await
}

/// The caller urges through a partner: nobody is signed in. Answers the
/// journal's line; none where the order has come to its end. The caller of this
/// holds the case and commits.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn caller_urges(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (case, note): (&protection_case::Model, Option<&str>),
) -> Result<Option<Entry>> {
    if !of(tx, case.id).await?.allows(case, OrderStep::Urge) {
        return Ok(None);
    }
    let row = file(tx, (&app.vault, ctx), case, (Urging::Word, "caller", None), note).await?;
    let count = times(tx, case.id).await?;
    let refs = json!({ "source": "caller", "count": count, "sheet_no": row.number });
    tell(
        tx,
        &app.vault,
        ctx,
        case.id,
        (Act::OrderUrged, ctx.now, note, refs.clone()),
    )
    .await?;
    Ok(Some(Entry::new(Act::OrderUrged).case(case.id).detail(refs)))
}

/// Writes a word to hurry and tells the lead.
pub(super) async fn file(
    tx: &impl ConnectionTrait,
    (vault, ctx): (&Vault, &Ctx),
    case: &protection_case::Model,
    (kind, source, clock): (Urging, &str, Option<Uuid>),
    note: Option<&str>,
) -> Result<urging::Model> {
    let id = ctx.new_id();
    let row = urging::ActiveModel {
        id: Set(id),
        case_id: Set(case.id),
        number: Set(next_number(tx, "CB", ctx.now).await?),
        kind: Set(kind.code().to_owned()),
        source: Set(source.to_owned()),
        unit_id: Set(case.lead_unit),
        clock_id: Set(clock),
        note: Set(vault.seal_some(Slot::new("urging", "note", id), note)?),
        made_by: Set(ctx.account()),
        made_at: Set(ctx.now),
    };
    let row = row.insert(tx).await?;
    let notice = Notice::new(Kind::Urged, To::Unit(case.lead_unit)).case(case.id);
    notices::tell(tx, ctx, &notice).await?;
    Ok(row)
}

/// How often a case was urged, papers included.
///
/// # Errors
/// When the database refuses.
async fn times(db: &impl ConnectionTrait, case: Uuid) -> Result<u64> {
    Ok(urging::Entity::find()
        .filter(urging::Column::CaseId.eq(case))
        .count(db)
        .await?)
}

/// Every word to hurry, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn urgings(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<urging::Model>> {
    Ok(urging::Entity::find()
        .filter(urging::Column::CaseId.eq(case))
        .order_by_desc(urging::Column::Id)
        .all(db)
        .await?)
}
