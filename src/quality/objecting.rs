//! 申诉: whoever took the call objects to its score once; somebody other than
//! the scorer rules, and the score stands or is given anew.

use super::review::{Scored, checked, fetch, scored, sheet_for, slot, state_of};
use crate::casework::check_version;
use crate::casework::steps::words;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::quality_review;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::policy::{QualityAction, Role};
use crate::rules::quality::{ReviewState, score};
use crate::state::App;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

/// Objects to a score, once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`];
/// [`Error::Stale`]; [`Error::Conflict`] when it was objected to already;
/// [`Error::Invalid`] without a reason.
pub async fn object(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), reason: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    let row = fetch(&tx, ctx, id, QualityAction::Object).await?;
    check_version(seen, row.version)?;
    if state_of(&row)? != ReviewState::Finished {
        return Err(Error::Conflict("每次评分只能申诉一次，刷新查看裁定".to_owned()));
    }
    let reason = words("objection", "申诉理由", reason, 500)?;
    let change = quality_review::ActiveModel {
        state: Set(ReviewState::Objected.code().to_owned()),
        objection: Set(Some(app.vault.seal(slot("objection", id), &reason)?)),
        objected_at: Set(Some(ctx.now)),
        ..Default::default()
    };
    let after = db::update(&tx, (id, seen), change).await?;
    // Whoever scored does not rule; where there is one lead, the city does.
    for role in [Role::Lead, Role::City] {
        notices::tell(&tx, ctx, &Notice::new(Kind::QualityObjected, To::Role(role))).await?;
    }
    let entry = Entry::new(Act::QualityObjected).report(row.report_id).subject(id);
    journal::commit(tx, ctx, entry.detail(json!({ "version": after.version }))).await
}

/// What is decided about an objection.
#[derive(Debug, Clone, Default)]
pub struct Ruling {
    /// `kept`, `changed`.
    pub ruling: String,
    /// Why; sealed.
    pub note: String,
    /// The marks, where the score is changed.
    pub scored: Scored,
}

/// Rules on an objection.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`]; [`Error::Forbidden`] for whoever
/// scored it; [`Error::Stale`]; [`Error::Conflict`] when nothing waits;
/// [`Error::Invalid`] without reason or marks.
pub async fn rule(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), ruling: &Ruling) -> Result<()> {
    let tx = app.db.begin().await?;
    let row = fetch(&tx, ctx, id, QualityAction::Rule).await?;
    check_version(seen, row.version)?;
    if state_of(&row)? != ReviewState::Objected {
        return Err(Error::Conflict("没有待裁定的申诉，刷新查看".to_owned()));
    }
    let mut change = match ruling.ruling.as_str() {
        "kept" => quality_review::ActiveModel::default(),
        "changed" => {
            let sheet = sheet_for(&tx, &row).await?;
            let marks = checked(&sheet.items, &ruling.scored, true)?;
            quality_review::ActiveModel {
                marks_before: Set(Some(row.marks.clone())),
                points_before: Set(row.points),
                ..scored(&marks, score(&sheet.items, &marks).0)?
            }
        }
        _ => return Err(Error::field("ruling", "选择维持原评分或更改评分")),
    };
    let note = words("ruling_note", "裁定意见", &ruling.note, 500)?;
    change.state = Set(ReviewState::Ruled.code().to_owned());
    change.ruling = Set(Some(ruling.ruling.clone()));
    change.ruling_note = Set(Some(app.vault.seal(slot("ruling_note", id), &note)?));
    change.ruled_by = Set(ctx.account());
    change.ruled_at = Set(Some(ctx.now));
    let after = db::update(&tx, (id, seen), change).await?;
    let told = Notice::new(Kind::QualityRuled, To::Account(row.agent_id));
    notices::tell(&tx, ctx, &told).await?;
    let detail = json!({ "version": after.version, "ruling": ruling.ruling });
    let entry = Entry::new(Act::QualityRuled).report(row.report_id).subject(id);
    journal::commit(tx, ctx, entry.detail(detail)).await
}
