//! Scoring a report that was drawn: a draft until it is finished, final from
//! then on except by an objection.

use super::sheet::{Sheet, sheet, sheet_of};
use crate::casework::check_version;
use crate::casework::steps::words_if_any;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{Sealed, quality_review};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::policy::{self, QualityAction, QualityFacts, ReportAction};
use crate::rules::quality::{Item, Marks, ReviewState, Score, score};
use crate::sight;
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is typed into a score sheet.
#[derive(Debug, Clone, Default)]
pub struct Scored {
    /// By item: the points, or `yes`, `no` for a veto.
    pub marks: BTreeMap<String, String>,
    /// By item: what is to be said of it.
    pub notes: BTreeMap<String, String>,
    /// 总体意见
    pub comment: String,
}

/// Digits as they are, those of full width too; nothing for anything else.
pub(super) fn digits(text: &str) -> Option<String> {
    let read = |c: char| match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    };
    let text = text.trim();
    let found: String = text.chars().map(read).collect::<Option<_>>()?;
    (1..=6).contains(&found.len()).then_some(found)
}

pub(super) fn slot(column: &'static str, id: Uuid) -> Slot {
    Slot::new("quality_review", column, id)
}

/// Where a review stands.
pub(super) fn state_of(row: &quality_review::Model) -> Result<ReviewState> {
    Ok(ReviewState::parse(&row.state).context("state of a review in the database")?)
}

/// What the policy must know of it.
pub(super) fn facts(row: &quality_review::Model) -> Result<QualityFacts> {
    Ok(QualityFacts {
        agent: row.agent_id,
        scorer: row.scorer,
        told: state_of(row)?.is_told(),
    })
}

/// A review for one purpose. One that the person may not read, or whose report
/// they may not see, does not exist for them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub(super) async fn fetch(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    id: Uuid,
    action: QualityAction,
) -> Result<quality_review::Model> {
    let row = quality_review::Entity::find_by_id(id).one(db).await?;
    let row = row.ok_or(Error::NotFound)?;
    let facts = facts(&row)?;
    let mut denial = Error::denied(&format!("quality {action:?}"), None);
    denial.report = Some(row.report_id);
    if !policy::quality_may(&ctx.actor, QualityAction::Read, &facts) {
        return Err(Error::Hidden(denial));
    }
    sight::report(db, ctx, row.report_id, ReportAction::View).await?;
    if !policy::quality_may(&ctx.actor, action, &facts) {
        return Err(Error::Forbidden(denial));
    }
    Ok(row)
}

/// The sheet of a review: the one under which it was begun, or else the one in
/// force.
pub(super) async fn sheet_for(db: &impl ConnectionTrait, row: &quality_review::Model) -> Result<Sheet> {
    match row.sheet_version {
        Some(version) => sheet_of(db, version).await,
        None => sheet(db).await,
    }
}

/// Keeps what was scored, or finishes it: then every item must have its mark.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`];
/// [`Error::Stale`]; [`Error::Conflict`] when it is finished;
/// [`Error::Invalid`] with every fault, marks as `m_Q01`, remarks as `n_Q01`.
pub async fn save(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), typed: &Scored, finish: bool) -> Result<()> {
    let tx = app.db.begin().await?;
    let row = fetch(&tx, ctx, id, QualityAction::Score).await?;
    check_version(seen, row.version)?;
    if state_of(&row)?.is_told() {
        return Err(Error::Conflict("已评定，只能由申诉更改，刷新查看".to_owned()));
    }
    let sheet = sheet_for(&tx, &row).await?;
    let marks = checked(&sheet.items, typed, finish)?;
    let notes = notes(app, id, &sheet.items, typed)?;
    let (score, _) = score(&sheet.items, &marks);
    let comment = words_if_any("comment", "总体意见", Some(&typed.comment), 500)?;
    if finish && score.fatal && comment.is_none() {
        return Err(Error::field("comment", "一票否决的，在总体意见里写明情况"));
    }
    let state = if finish {
        ReviewState::Finished
    } else {
        ReviewState::Draft
    };
    let change = quality_review::ActiveModel {
        state: Set(state.code().to_owned()),
        sheet_version: Set(Some(sheet.version)),
        comment: Set(app.vault.seal_some(slot("comment", id), comment.as_deref())?),
        notes: Set(notes),
        scorer: Set(ctx.account()),
        finished_at: Set(finish.then_some(ctx.now)),
        ..scored(&marks, score)?
    };
    let after = db::update(&tx, (id, seen), change).await?;
    if finish {
        let told = Notice::new(Kind::QualityScored, To::Account(row.agent_id));
        notices::tell(&tx, ctx, &told).await?;
    }
    let act = if finish {
        Act::QualityReviewFinished
    } else {
        Act::QualityReviewSaved
    };
    let entry = Entry::new(act).report(row.report_id).subject(id);
    journal::commit(tx, ctx, entry.detail(json!({ "version": after.version }))).await
}

/// The columns of a score.
pub(super) fn scored(marks: &Marks, score: Score) -> Result<quality_review::ActiveModel> {
    Ok(quality_review::ActiveModel {
        marks: Set(serde_json::to_string(marks).context("marks of a review")?),
        points: Set(i32::try_from(score.points).ok()),
        full: Set(i32::try_from(score.full).ok()),
        fatal: Set(score.fatal),
        ..Default::default()
    })
}

/// The marks; whether all of them must be there.
pub(super) fn checked(items: &[Item], typed: &Scored, whole: bool) -> Result<Marks> {
    let mut faults = Vec::new();
    let mut marks = Marks::new();
    for item in items {
        let text = typed.marks.get(&item.code).map_or("", |text| text.trim());
        if text.is_empty() && !whole {
            continue;
        }
        match mark(item, text) {
            Some(mark) => {
                marks.insert(item.code.clone(), mark);
            }
            None => faults.push(FieldError::new(&format!("m_{}", item.code), &asked(item))),
        }
    }
    if faults.is_empty() {
        Ok(marks)
    } else {
        Err(Error::Invalid(faults))
    }
}

fn mark(item: &Item, text: &str) -> Option<u8> {
    if item.fatal {
        return match text {
            "yes" => Some(1),
            "no" => Some(0),
            _ => None,
        };
    }
    let points: u8 = digits(text)?.parse().ok()?;
    (points <= item.max).then_some(points)
}

fn asked(item: &Item) -> String {
    if item.fatal {
        format!("{}：选择有或没有", item.code)
    } else {
        format!("{}：写 0 至 {} 的整数", item.code, item.max)
    }
}

/// The remarks on items, sealed together.
fn notes(app: &App, id: Uuid, items: &[Item], typed: &Scored) -> Result<Option<Sealed>> {
    let mut faults = Vec::new();
    let mut notes: BTreeMap<&str, String> = BTreeMap::new();
    for item in items {
        let text = typed.notes.get(&item.code).map(String::as_str);
        match words_if_any(&format!("n_{}", item.code), "意见", text, 200) {
            Ok(Some(text)) => {
                notes.insert(item.code.as_str(), text);
            }
            Ok(None) => {}
            Err(Error::Invalid(more)) => faults.extend(more),
            Err(other) => return Err(other),
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let text = serde_json::to_string(&notes).context("remarks of a review")?;
    let text = Some(text.as_str()).filter(|_| !notes.is_empty());
    Ok(app.vault.seal_some(slot("notes", id), text)?)
}
