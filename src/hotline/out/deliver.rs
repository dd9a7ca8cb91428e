//! Sending: signed with the partner's newest secret, to the address that was
//! agreed upon and no other.

use super::{TOPIC, reconcile};
use crate::ctx::Ctx;
use crate::entity::outbox;
use crate::error::Result;
use crate::hotline::clients;
use crate::outbox::{self as out, Outcome, Post};
use crate::state::App;
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// An order may have several answers waiting, of which one goes out at a time.
const ROUNDS: usize = 20;

/// A partner that refuses so many in a row is down; one that it will never take
/// is no reason to keep the others waiting.
const IN_A_ROW: u32 = 5;
/// Nor may refusals take longer than one call that is not answered.
const SPENT: TimeDelta = TimeDelta::seconds(10);

/// How each partner takes what it is told in one call of [`deliver`].
#[derive(Debug, Default)]
struct Patience(Mutex<HashMap<Uuid, Refusals>>);

/// Refusals in a row, and when the first of them was.
#[derive(Debug, Clone, Copy)]
struct Refusals {
    count: u32,
    since: DateTime<Utc>,
}

impl Patience {
    fn is_over(&self, client: Uuid, now: DateTime<Utc>) -> bool {
        let refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |one: &Refusals| one.count >= IN_A_ROW || now - one.since >= SPENT;
        refusals.get(&client).is_some_and(over)
    }

    fn refused(&self, client: Uuid, (count, now): (u32, DateTime<Utc>)) {
        let mut refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = Refusals { count: 0, since: now };
        refusals.entry(client).or_insert(first).count += count;
    }

    fn taken(&self, client: Uuid) {
        let mut refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.remove(&client);
    }
}

/// Delivers the answers that are due. A partner that does not answer, or takes
/// none of several, is left alone for the rest of the call, so that it holds
/// nothing else up.
///
/// # Errors
/// When the database refuses.
pub async fn deliver(app: &App, ctx: &Ctx) -> Result<u64> {
    let patience = Patience::default();
    let mut delivered = 0;
    for _ in 0..ROUNDS {
        let round = out::deliver(app, ctx, TOPIC, |message| send(app, ctx, &patience, message)).await?;
        delivered += round;
        if round == 0 {
            break;
        }
    }
    Ok(delivered)
}

async fn send(app: &App, ctx: &Ctx, patience: &Patience, message: outbox::Model) -> Result<Outcome> {
    let mut payload: Value = serde_json::from_str(&message.payload).context("12345 回告")?;
    let id = payload["client"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    let client = clients::find(app.db.read(), id.context("12345 回告的接入方")?).await?;
    if client.disabled_at.is_some() {
        return Ok(Outcome::Moot("接入方已停用，未发送"));
    }
    let Some(url) = clients::push_url(&app.vault, &client)? else {
        return Ok(Outcome::Moot("接入方未登记回告地址，由对方查询"));
    };
    if patience.is_over(client.id, app.clock.real()) {
        return Ok(Outcome::Later);
    }
    let secrets = clients::secrets(app.db.read(), &app.vault, (client.id, app.clock.now())).await?;
    let Some(secret) = secrets.first() else {
        return Ok(Outcome::Failed("接入方没有可用的密钥".to_owned()));
    };
    let post = Post::to(&url, &client.code, secret).context("12345 回告地址")?;
    let list = payload["reconciliation"]
        .as_str()
        .and_then(|id| Uuid::parse_str(id).ok());
    if let Some(fields) = payload.as_object_mut() {
        fields.remove("client");
        fields.remove("reconciliation");
        fields.insert("id".to_owned(), Value::String(message.id.to_string()));
    }
    let sent = post.send(&app.clock, payload.to_string().into_bytes()).await;
    // Whatever the partner answers is its own matter: only the status is kept.
    let (failed, weight) = match sent {
        Ok(sent) if (200..300).contains(&sent.status) => {
            patience.taken(client.id);
            if let Some(list) = list {
                reconcile::answered(app, ctx, (list, &sent.body)).await?;
            }
            return Ok(Outcome::Delivered);
        }
        Ok(sent) => (format!("对方答复 {}", sent.status), 1),
        Err(error) => (format!("无法送达：{error}"), IN_A_ROW),
    };
    patience.refused(client.id, (weight, app.clock.real()));
    Ok(Outcome::Failed(failed))
}
