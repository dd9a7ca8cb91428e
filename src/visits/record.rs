//! Recording a visit: the same id and content is the same visit; an observed
//! fact about a child is never refused because a case closed meanwhile.

use super::effects;
use super::input::{SKEW_MINUTES, VisitInput};
use super::photo::{self, Clean};
use crate::casework::{self, advance, fetch_for, hold, next_number};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{case_child, protection_case, visit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Action;
use crate::rules::workflow::{Stage, Step};
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A visit that is now on record.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The visit.
    pub visit: visit::Model,
    /// Whether it had been recorded before.
    pub repeated: bool,
}

/// Records a visit.
///
/// # Errors
/// [`Error::Invalid`] for faults of the content and for an id that came
/// before with other content; those of the policy.
pub async fn record(app: &App, ctx: &Ctx, input: VisitInput) -> Result<Recorded> {
    record_with(app, ctx, input, Vec::new()).await
}

/// Records a visit together with its photos.
///
/// # Errors
/// As [`record`], and for more photos than a visit holds.
pub async fn record_with(app: &App, ctx: &Ctx, input: VisitInput, photos: Vec<Clean>) -> Result<Recorded> {
    let input = input.tidied();
    let faults = input.faults(ctx.now);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let body = serde_json::to_string(&input).context("visit as JSON")?;
    let hash = fingerprint(app, &input)?;
    let tx = app.db.begin().await?;
    // Those who record on one case queue here: a visit needs no version.
    let living = living(&tx, input.case_id).await?;
    hold(&tx, &[input.case_id, living]).await?;
    let known = visit::Entity::find_by_id(input.id).one(&tx).await?;
    let repeated = known.is_some();
    let visit = match known {
        Some(known) if known.body_hash == hash && known.author == ctx.actor.account => known,
        Some(_) => {
            fetch_for(&tx, ctx, input.case_id, Action::RecordVisit).await?;
            return Err(used());
        }
        None => add(&tx, app, ctx, &input, (body, hash)).await?,
    };
    let added = photos.len();
    for photo in photos {
        photo::keep(&tx, app, ctx, &visit, photo).await?;
    }
    if !repeated || added > 0 {
        let act = if repeated { Act::PhotoAdded } else { Act::VisitRecorded };
        let entry = Entry::new(act).case(visit.case_id).subject(visit.id).detail(json!({
            "seen": visit.seen, "danger": visit.danger, "late": visit.late,
            "skew_minutes": skew_minutes(&visit), "photos": added,
        }));
        journal::commit(tx, ctx, entry).await?;
    }
    Ok(Recorded { visit, repeated })
}

fn used() -> Error {
    Error::Invalid(vec![FieldError::new(
        "id",
        "这条走访已上报，内容与这次不同；打开原记录，用「更正」另写一条",
    )])
}

async fn add(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    input: &VisitInput,
    (body, hash): (String, String),
) -> Result<visit::Model> {
    let case = fetch_for(tx, ctx, input.case_id, Action::RecordVisit).await?;
    let child = child_of(tx, case.id, input.child_id).await?;
    correctable(tx, case.id, input.supersedes).await?;
    let case = casework::load(tx, living(tx, case.id).await?).await?;
    let closed = Stage::parse(&case.stage).is_none_or(|stage| !stage.is_open());
    let row = visit::ActiveModel {
        id: Set(input.id),
        number: Set(next_number(tx, "ZF", ctx.now).await?),
        case_id: Set(case.id),
        child_id: Set(child),
        kind: Set(input.kind.clone()),
        method: Set(input.method.clone()),
        planned_on: Set(input.planned_on),
        started_at: Set(input.started_at),
        ended_at: Set(input.ended_at),
        seen: Set(input.seen),
        not_seen_reason: Set(input.not_seen_reason.clone()),
        danger: Set(input.danger),
        body: Set(app.vault.seal(Slot::new("visit", "body", input.id), &body)?),
        body_hash: Set(hash),
        next_on: Set(input.next_on),
        author: Set(ctx.actor.account),
        unit_id: Set(ctx.actor.unit),
        device_at: Set(input.device_at),
        received_at: Set(ctx.now),
        late: Set((closed && !effects::is_follow_up(&input.kind)) || clock::day(input.started_at) < clock::day(ctx.now)),
        review_state: Set("pending".to_owned()),
        supersedes: Set(input.supersedes),
        version: Set(1),
        review_note: NotSet,
        reviewed_by: NotSet,
        reviewed_at: NotSet,
        reply: NotSet,
    };
    let inserted = visit::Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(tx)
        .await?;
    // The same id for another case at the same moment.
    if !matches!(inserted, sea_orm::TryInsertResult::Inserted(1)) {
        return Err(used());
    }
    let visit = visit::Entity::find_by_id(input.id)
        .one(tx)
        .await?
        .ok_or(Error::NotFound)?;
    let case = advance(tx, &case, case.version, &Step::Visit, |_| {}).await?;
    effects::follow(tx, app, ctx, &case, &visit).await?;
    Ok(visit)
}

/// What was observed, apart from when the device sent it, under a key: the
/// stored hash tells nobody what was written.
fn fingerprint(app: &App, input: &VisitInput) -> Result<String> {
    let observed = VisitInput {
        device_at: None,
        ..input.clone()
    };
    let json = serde_json::to_vec(&observed).context("visit as JSON")?;
    Ok(app.vault.index("visit", &hex::encode(Sha256::digest(json))))
}

/// By how many minutes the device was off when it sent the visit; `None`
/// within ten minutes or where it told no time.
#[must_use]
pub fn skew_minutes(visit: &visit::Model) -> Option<i64> {
    let off = (visit.device_at? - visit.received_at).num_minutes();
    (off.abs() > SKEW_MINUTES).then_some(off)
}

/// The child of the visit: the one named, or the only one.
async fn child_of(tx: &impl ConnectionTrait, case: Uuid, named: Option<Uuid>) -> Result<Option<Uuid>> {
    let children = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .all(tx)
        .await?;
    match (named, children.as_slice()) {
        (Some(named), rows) if rows.iter().any(|row| row.child_id == named) => Ok(Some(named)),
        (Some(_), _) => Err(Error::field("child_id", "该儿童不在本个案，重新选择")),
        (None, [only]) => Ok(Some(only.child_id)),
        (None, []) => Ok(None),
        (None, _) => Err(Error::field("child_id", "选择走访的是哪名儿童")),
    }
}

/// A correction names a visit of the same case that nothing corrects yet.
async fn correctable(tx: &impl ConnectionTrait, case: Uuid, supersedes: Option<Uuid>) -> Result<()> {
    let Some(id) = supersedes else { return Ok(()) };
    let known = visit::Entity::find_by_id(id)
        .filter(visit::Column::CaseId.eq(case))
        .one(tx)
        .await?;
    if known.is_none() {
        return Err(Error::field("supersedes", "没有找到要更正的走访"));
    }
    let corrected = visit::Entity::find()
        .filter(visit::Column::Supersedes.eq(id))
        .one(tx)
        .await?;
    if corrected.is_some() {
        return Err(Error::field("supersedes", "该走访已有更正，从最新一条更正"));
    }
    Ok(())
}

/// The case that a merged one lives on in; the case itself otherwise.
async fn living(tx: &impl ConnectionTrait, case: Uuid) -> Result<Uuid> {
    let mut id = case;
    loop {
        let row = protection_case::Entity::find_by_id(id).one(tx).await?;
        match row.ok_or(Error::NotFound)?.merged_into {
            Some(into) => id = into,
            None => return Ok(id),
        }
    }
}
