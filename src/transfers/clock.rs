//! The clocks of a transfer: counted by the rows `TRF…` of `data/deadlines.csv`.

use crate::clocks::{self, Subject};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::rules::calendar::Calendar;
use crate::rules::codes;
use crate::rules::routing::Due;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// A case, as what a clock runs for.
pub(super) fn subject(case: Uuid) -> Subject {
    Subject {
        case: Some(case),
        ..Subject::default()
    }
}

/// Starts a clock by a row of the rules, from now on; answers when it is due.
pub(super) async fn owe(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    subject: Subject,
    (code, milestone, owner): (&str, &str, Uuid),
) -> Result<DateTime<Utc>> {
    let rule = codes::deadline_rule(code);
    let amount = rule.and_then(codes::DeadlineRule::time);
    let at = amount.and_then(|amount| Calendar::shared().add(ctx.now, amount).ok());
    let due = Due {
        rule: rule.map(|row| row.rule.clone()).unwrap_or_default(),
        milestone: milestone.to_owned(),
        owner,
        at,
        text: rule.map(|row| row.name.clone()).unwrap_or_default(),
    };
    clocks::start(tx, subject, ctx.now, &[due]).await?;
    Ok(at.unwrap_or(ctx.now))
}
