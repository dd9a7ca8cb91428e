//! Text messages: for what is red, supervised or escalated, to people who have
//! a telephone and want them. The words are fixed and name neither a child nor
//! the matter: a telephone lies where others read it.

use super::inbox;
use crate::ctx::Ctx;
use crate::entity::{account, notice, outbox};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::outbox::{self as out, Outcome, Post};
use crate::sight;
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use chrono::TimeDelta;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// The outbox's topic.
pub const TOPIC: &str = "sms";
/// Notices of one round.
const ROUND: u64 = 200;
/// What could not be sent so long is not sent any more: the person has seen it
/// on screen, or somebody above has been told.
const STALE: TimeDelta = TimeDelta::hours(12);

/// What the outbox keeps: ids and the last digits of a number.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    account: Uuid,
    notice: Uuid,
    tail: String,
    pressing: bool,
}

/// The words of a message.
#[must_use]
pub fn words(tail: &str, pressing: bool) -> String {
    let what = if pressing { "紧急待办事项" } else { "待办事项" };
    if tail.is_empty() {
        format!("您有一件{what}，请登录工作平台查看。")
    } else {
        format!("您有一件{what}，编号后四位 {tail}，请登录工作平台查看。")
    }
}

/// Puts what is to be texted into the outbox, each notice once; where no
/// gateway is configured it is let go, so that nothing old goes out when one
/// is. Answers how many messages that were.
///
/// # Errors
/// When the database refuses.
pub async fn queue(app: &App, ctx: &Ctx) -> Result<u64> {
    let rows = notice::Entity::find()
        .filter(waits())
        .order_by_asc(notice::Column::CreatedAt)
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    if rows.is_empty() {
        return Ok(0);
    }
    if !app.config.sends_sms() {
        notice::Entity::update_many()
            .col_expr(notice::Column::Sms, Expr::value(false))
            .filter(waits())
            .filter(notice::Column::CreatedAt.lte(ctx.now))
            .exec(app.db.upkeep())
            .await?;
        return Ok(0);
    }
    let tx = app.db.begin().await?;
    let mut queued = 0;
    for row in rows {
        queued += u64::from(one(&tx, ctx, row).await?);
    }
    let entry = Entry::new(Act::MessagesQueued).detail(json!({ "topic": TOPIC, "count": queued }));
    journal::commit(tx, ctx, entry).await?;
    Ok(queued)
}

/// Whether a notice waits to be texted: said as the index of those says it, and
/// not compared with a value, or every round would read all notices.
fn waits() -> Expr {
    Expr::col(notice::Column::Sms)
}

/// One notice; whether a message goes out for it.
async fn one(tx: &DatabaseTransaction, ctx: &Ctx, row: notice::Model) -> Result<bool> {
    let taken = notice::Entity::update_many()
        .col_expr(notice::Column::Sms, Expr::value(false))
        .filter(notice::Column::Id.eq(row.id))
        .filter(notice::Column::Sms.eq(true))
        .exec(tx)
        .await?;
    if taken.rows_affected == 0 || row.seen_at.is_some() || row.created_at + STALE < ctx.now {
        return Ok(false);
    }
    let account = account::Entity::find_by_id(row.account_id).one(tx).await?;
    let account = account.filter(|account| account.disabled_at.is_none() && account.phone.is_some());
    let Some(account) = account else { return Ok(false) };
    let Some(actor) = sight::actors(tx, &[account], ctx.now).await?.pop() else {
        return Ok(false);
    };
    let (id, pressing) = (row.id, row.red);
    let Some(item) = inbox::items(tx, &actor, vec![row]).await?.pop() else {
        return Ok(false);
    };
    let payload = Payload {
        account: actor.account,
        notice: id,
        tail: tail(&item.number),
        pressing,
    };
    let payload = serde_json::to_value(payload).map_err(anyhow::Error::new)?;
    journal::announce(tx, ctx, TOPIC, &payload).await?;
    Ok(true)
}

/// The last four digits of a number.
fn tail(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(4)..].iter().collect()
}

/// Delivers the messages that are due through the gateway.
///
/// # Errors
/// When the database refuses.
pub async fn deliver(app: &App, ctx: &Ctx) -> Result<u64> {
    if !app.config.sends_sms() {
        return Ok(0);
    }
    let config = &app.config;
    let post =
        Post::to(&config.sms_url.value, "tonghu", &config.sms_secret.value).map_err(crate::error::Error::Internal)?;
    out::deliver(app, ctx, TOPIC, |message| send(app, &post, message)).await
}

async fn send(app: &App, post: &Post, message: outbox::Model) -> Result<Outcome> {
    let payload: Payload = serde_json::from_str(&message.payload).context("短信内容")?;
    let account = account::Entity::find_by_id(payload.account).one(app.db.read()).await?;
    let account = account.filter(|account| account.disabled_at.is_none());
    let Some(account) = account else {
        return Ok(Outcome::Moot("账号已停用，未发送"));
    };
    let slot = Slot::new("account", "phone", account.id);
    let Some(phone) = app.vault.open_some(slot, account.phone.as_ref())? else {
        return Ok(Outcome::Moot("账号没有联系电话，未发送"));
    };
    let body = json!({
        "id": message.id,
        "phone": phone,
        "text": words(&payload.tail, payload.pressing),
    });
    // Whatever the gateway answers may repeat the number: only the status is kept.
    Ok(match post.send(&app.clock, body.to_string().into_bytes()).await {
        Ok(sent) if (200..300).contains(&sent.status) => Outcome::Delivered,
        Ok(sent) => Outcome::Failed(format!("网关答复 {}", sent.status)),
        Err(error) => Outcome::Failed(format!("网关无法送达：{error}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_says_whom_or_what_it_is_about() {
        const NEVER: [&str; 12] = [
            "儿童",
            "孩子",
            "未成年",
            "家暴",
            "虐待",
            "侵害",
            "监护",
            "性",
            "保护",
            "红色",
            "案",
            "报警",
        ];
        for tail in ["", "0017"] {
            for pressing in [false, true] {
                let text = words(tail, pressing);
                assert!(NEVER.iter().all(|word| !text.contains(word)), "{text}");
                assert!(text.chars().count() <= 70, "one message: {text}");
            }
        }
    }

    #[test]
    fn a_number_is_known_by_its_last_four_digits() {
        assert_eq!(tail("TH-20261123-0017"), "0017");
        assert_eq!(tail("12"), "12");
        assert_eq!(tail(""), "");
    }
}
