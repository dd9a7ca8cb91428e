//! 评价与归档: what somebody thinks of the handling, kept apart from how units
//! perform; and the end, after which the order is only read.

use super::holding::{Held, finish, hold};
use super::state::change;
use crate::casework::advance;
use crate::casework::steps::{self, words_if_any};
use crate::ctx::Ctx;
use crate::entity::{deadline, evaluation, protection_case, report};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::rules::orderflow::OrderStep;
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use serde_json::json;
use uuid::Uuid;

/// Who may be asked: the stored word and the words on screen. Those of the
/// household stand here so that they can be refused with the reason.
pub const RATERS: [(&str, &str); 6] = [
    ("nobody", "不作评价（儿童保护默认）"),
    ("reporter", "报告人"),
    ("organisation", "报告单位"),
    ("suspect", "嫌疑人"),
    ("guardian", "父母或其他监护人"),
    ("household", "其他同住人"),
];

/// What may be said: the stored word and the words on screen.
pub const VALUES: [(&str, &str); 4] = [
    ("na", "不适用"),
    ("satisfied", "满意"),
    ("basically", "基本满意"),
    ("unsatisfied", "不满意"),
];

/// Reporters who are of the household: 父母或其他监护人, 亲属或同住成年人.
const HOUSEHOLD: [&str; 2] = ["V02", "V03"];

/// An evaluation.
#[derive(Debug, Clone, Default)]
pub struct Evaluate {
    /// A word of [`RATERS`].
    pub rater: String,
    /// A word of [`VALUES`].
    pub value: String,
    /// In words; sealed.
    pub note: String,
}

/// Records an evaluation. Nobody who may have harmed the child and nobody of
/// its household is asked: what they think says nothing about the handling.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`];
/// [`Error::IllegalOrderStep`]; [`Error::Invalid`] for whoever is not asked.
pub async fn evaluate(app: &App, ctx: &Ctx, id: Uuid, seen: i32, said: &Evaluate) -> Result<protection_case::Model> {
    let held = hold(app, ctx, (id, seen), (Action::CallBack, OrderStep::Evaluate)).await?;
    let tx = &held.tx;
    let value = match said.rater.as_str() {
        "nobody" => "na",
        "reporter" | "organisation" => {
            if said.rater == "reporter" && reporter_is_household(tx, id).await? {
                return Err(not_asked());
            }
            let known = VALUES.iter().find(|(code, _)| *code == said.value);
            known.ok_or_else(|| Error::field("value", "选择评价"))?.0
        }
        "suspect" | "guardian" | "household" => return Err(not_asked()),
        _ => return Err(Error::field("rater", "选择评价人")),
    };
    let note = words_if_any("note", "评价说明", Some(&said.note), 500)?;
    let row_id = ctx.new_id();
    let row = evaluation::ActiveModel {
        id: Set(row_id),
        case_id: Set(id),
        rater: Set(said.rater.clone()),
        value: Set(value.to_owned()),
        note: Set(app
            .vault
            .seal_some(Slot::new("evaluation", "note", row_id), note.as_deref())?),
        made_by: Set(ctx.account()),
        made_at: Set(ctx.now),
    };
    row.insert(tx).await?;
    let refs = json!({ "value": value });
    finish(held, app, ctx, (Act::OrderEvaluated, note.as_deref(), refs)).await
}

fn not_asked() -> Error {
    Error::field(
        "rater",
        "不向嫌疑人、监护人及其同住人征集评价，他们的意见不计入承办单位（依据：儿童保护评价规则，本系统默认，本地可配置）；选“不作评价”",
    )
}

/// Whether one of those who reported belongs to the household: which of several
/// is meant nobody says, so that none of them is asked.
async fn reporter_is_household(db: &impl ConnectionTrait, case: Uuid) -> Result<bool> {
    let reports = report::Entity::find()
        .filter(report::Column::CaseId.eq(case))
        .all(db)
        .await?;
    let household = |kind: &String| HOUSEHOLD.contains(&kind.as_str());
    Ok(reports
        .iter()
        .any(|row| row.reporter_type.as_ref().is_some_and(household)))
}

/// Every evaluation of a case, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn evaluations(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<evaluation::Model>> {
    Ok(evaluation::Entity::find()
        .filter(evaluation::Column::CaseId.eq(case))
        .order_by_desc(evaluation::Column::Id)
        .all(db)
        .await?)
}

/// Archives an order: its case is closed, called back and followed up. From
/// then on it is only read, until the case is reopened.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`];
/// [`Error::IllegalOrderStep`]; [`Error::Invalid`] while a clock runs.
pub async fn archive(app: &App, ctx: &Ctx, id: Uuid, seen: i32) -> Result<protection_case::Model> {
    let held = hold(app, ctx, (id, seen), (Action::Archive, OrderStep::Archive)).await?;
    let tx = &held.tx;
    let running = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(id))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .count(tx)
        .await?;
    if running > 0 {
        let message = format!("还有 {running} 项时限在计（如结案后跟踪），完成后再归档");
        return Err(Error::field("", &message));
    }
    let Held { tx, case, order, next } = held;
    // The version moves before the state does: nothing moves afterwards.
    advance(&tx, &case, seen, &Step::Order, |_| {}).await?;
    change(&tx, &order, |row| {
        row.archived_at = Set(Some(ctx.now));
        row.state = Set(next.code().to_owned());
    })
    .await?;
    steps::finish(tx, app, ctx, id, (Act::OrderArchived, None, json!({}))).await
}
