//! From what was typed to the operation that does it.

use super::actions::Deed;
use super::typed::Typed;
use crate::casework::steps::{
    self, ChildChange, CloseAsk, Merge, PartyInput, Recuse, Redispatch, ReturnAsk, RiskChange, To, Whom,
};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::state::App;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Does the step and answers the act that was done.
#[expect(clippy::too_many_lines, reason = "one arm per step, in the order of the list")]
pub(crate) async fn perform(app: &App, ctx: &Ctx, (deed, id): (Deed, Uuid), typed: &Typed) -> Result<Act> {
    let seen = typed.version();
    let reason = typed.text("reason");
    match deed {
        Deed::Sign => steps::sign(app, ctx, id, seen).await.map(|_| Act::CaseSigned),
        Deed::Support => steps::begin_support(app, ctx, id, seen)
            .await
            .map(|_| Act::SupportBegun),
        Deed::Return => {
            let ask = ReturnAsk {
                reason: reason.to_owned(),
                explanation: typed.text("explanation").to_owned(),
                done_first: typed.text("done_first").to_owned(),
            };
            steps::ask_return(app, ctx, id, seen, &ask)
                .await
                .map(|_| Act::ReturnAsked)
        }
        Deed::Dispatch => dispatch(app, ctx, id, typed).await,
        Deed::Order(deed) => deed.perform(app, ctx, id, typed).await,
        Deed::Assign => {
            let account = typed
                .id("account")
                .ok_or_else(|| Error::field("account", "选择承办人"))?;
            steps::assign(app, ctx, id, seen, account)
                .await
                .map(|_| Act::CaseAssigned)
        }
        Deed::Raise => {
            let change = RiskChange {
                level: typed.text("level").to_owned(),
                reason: reason.to_owned(),
            };
            steps::raise_risk(app, ctx, id, seen, &change)
                .await
                .map(|_| Act::RiskRaised)
        }
        Deed::Lowering if yes(typed)? => steps::confirm_lowering(app, ctx, id, seen)
            .await
            .map(|_| Act::LoweringConfirmed),
        Deed::Lowering => steps::refuse_lowering(app, ctx, id, seen, reason)
            .await
            .map(|_| Act::LoweringRefused),
        Deed::DecideClose if yes(typed)? => steps::approve_close(app, ctx, id, seen)
            .await
            .map(|_| Act::CloseApproved),
        Deed::DecideClose => steps::refuse_close(app, ctx, id, seen, reason)
            .await
            .map(|_| Act::CloseRefused),
        _ => record(app, ctx, (deed, id), typed).await,
    }
}

/// Whether the decision is yes.
pub(super) fn yes(typed: &Typed) -> Result<bool> {
    match typed.text("decision") {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Error::field("decision", "选择决定")),
    }
}

/// The steps that write something down, and those that reshape a case.
#[expect(clippy::too_many_lines, reason = "one arm per step, in the order of the list")]
async fn record(app: &App, ctx: &Ctx, (deed, id): (Deed, Uuid), typed: &Typed) -> Result<Act> {
    let seen = typed.version();
    let (reason, note) = (typed.text("reason"), typed.text("note"));
    match deed {
        Deed::Note => steps::add_note(app, ctx, id, seen, typed.text("text"))
            .await
            .map(|_| Act::NoteAdded),
        Deed::Party => steps::record_party(app, ctx, id, seen, &party(typed))
            .await
            .map(|_| Act::PartyRecorded),
        Deed::Child => steps::record_child(app, ctx, id, seen, &child(typed)?)
            .await
            .map(|_| Act::ChildRecorded),
        Deed::Recuse => {
            let recuse = Recuse {
                whom: whom(typed)?,
                reason: reason.to_owned(),
            };
            steps::declare_recusal(app, ctx, id, seen, &recuse)
                .await
                .map(|_| Act::RecusalDeclared)
        }
        Deed::SpotCheck => steps::spot_check(app, ctx, id, seen, note)
            .await
            .map(|_| Act::SpotChecked),
        Deed::FollowUp => steps::plan_follow_up(app, ctx, id, seen, note)
            .await
            .map(|_| Act::FollowUpPlanned),
        Deed::Close => {
            let ask = CloseAsk {
                closure_type: typed.text("closure_type").to_owned(),
                note: note.to_owned(),
            };
            steps::ask_close(app, ctx, id, seen, &ask)
                .await
                .map(|_| Act::CloseAsked)
        }
        Deed::Reopen => steps::reopen(app, ctx, id, seen, reason)
            .await
            .map(|_| Act::CaseReopened),
        Deed::Merge => {
            let merge = Merge {
                into: numbered(app, typed.text("into")).await?,
                reason: reason.to_owned(),
            };
            steps::merge(app, ctx, id, seen, &merge).await.map(|_| Act::CaseMerged)
        }
        Deed::Unmerge => steps::undo_merge(app, ctx, id, seen, reason)
            .await
            .map(|_| Act::MergeUndone),
        _ => Err(Error::NotFound),
    }
}

async fn dispatch(app: &App, ctx: &Ctx, id: Uuid, typed: &Typed) -> Result<Act> {
    let seen = typed.version();
    let reason = typed.text("reason").to_owned();
    let to = match typed.text("decision") {
        "refuse" => {
            return steps::refuse_return(app, ctx, id, seen, &reason)
                .await
                .map(|_| Act::ReturnRefused);
        }
        "unit" => To::Unit(
            typed
                .id("unit")
                .ok_or_else(|| Error::field("unit", "选择改派到的单位"))?,
        ),
        "place" => {
            let place = typed.filled("place").or_else(|| typed.filled("place_text"));
            To::Place(place.ok_or_else(|| Error::field("place", "填写更正后的所在地"))?)
        }
        _ => return Err(Error::field("decision", "选择裁定")),
    };
    let to = Redispatch { to, reason };
    steps::redispatch(app, ctx, id, seen, &to)
        .await
        .map(|_| Act::CaseRedispatched)
}

fn party(typed: &Typed) -> PartyInput {
    PartyInput {
        kind: typed.text("kind").to_owned(),
        relation: typed.filled("relation"),
        name: typed.filled("name"),
        phone: typed.filled("phone"),
        lives_with_child: typed.on("lives_with_child"),
        suspect: typed.on("suspect"),
    }
}

/// A child's name and number change only where something was typed; an
/// opinion once recorded is never blanked by an empty box.
fn child(typed: &Typed) -> Result<ChildChange> {
    Ok(ChildChange {
        child: typed.id("child").ok_or(Error::NotFound)?,
        name: typed.filled("name"),
        id_number: typed.filled("id_number"),
        categories: Some(typed.all("categories")),
        school: typed.sent("school"),
        opinion: typed.filled("opinion"),
        ..Default::default()
    })
}

fn whom(typed: &Typed) -> Result<Whom> {
    match typed.text("whom") {
        "myself" => Ok(Whom::Myself),
        _ => typed
            .id("whom")
            .map(Whom::Unit)
            .ok_or_else(|| Error::field("whom", "选择谁应当回避")),
    }
}

/// The case of a number as people write it. Whether the actor may see it, the
/// operation says.
async fn numbered(app: &App, text: &str) -> Result<Uuid> {
    let number = text.trim().to_uppercase();
    if number.is_empty() {
        return Err(Error::field("into", "填写并入的个案编号"));
    }
    let found = protection_case::Entity::find()
        .filter(protection_case::Column::Number.eq(number))
        .one(app.db.read())
        .await?;
    found
        .map(|case| case.id)
        .ok_or_else(|| Error::field("into", "没有找到要并入的个案，核对编号"))
}
