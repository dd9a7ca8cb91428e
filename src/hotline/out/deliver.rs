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
use serde_json::Value;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// An order may have several answers waiting, of which one goes out at a time.
const ROUNDS: usize = 20;

/// Delivers the answers that are due. A partner that does not answer is tried
/// once in a round, so that it holds nothing else up.
///
/// # Errors
/// When the database refuses.
pub async fn deliver(app: &App, ctx: &Ctx) -> Result<u64> {
    let down = Mutex::new(HashSet::new());
    let mut delivered = 0;
    for _ in 0..ROUNDS {
        let round = out::deliver(app, ctx, TOPIC, |message| send(app, ctx, &down, message)).await?;
        delivered += round;
        if round == 0 {
            break;
        }
    }
    Ok(delivered)
}

async fn send(app: &App, ctx: &Ctx, down: &Mutex<HashSet<Uuid>>, message: outbox::Model) -> Result<Outcome> {
    let mut payload: Value = serde_json::from_str(&message.payload).context("12345 回告")?;
    let id = payload["client"].as_str().and_then(|id| Uuid::parse_str(id).ok());
    let client = clients::find(app.db.read(), id.context("12345 回告的接入方")?).await?;
    if client.disabled_at.is_some() {
        return Ok(Outcome::Moot("接入方已停用，未发送"));
    }
    let Some(url) = clients::push_url(&app.vault, &client)? else {
        return Ok(Outcome::Moot("接入方未登记回告地址，由对方查询"));
    };
    if down.lock().unwrap_or_else(PoisonError::into_inner).contains(&client.id) {
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
    let failed = match sent {
        Ok(sent) if (200..300).contains(&sent.status) => {
            if let Some(list) = list {
                reconcile::answered(app, ctx, (list, &sent.body)).await?;
            }
            return Ok(Outcome::Delivered);
        }
        Ok(sent) => format!("对方答复 {}", sent.status),
        Err(error) => format!("无法送达：{error}"),
    };
    down.lock().unwrap_or_else(PoisonError::into_inner).insert(client.id);
    Ok(Outcome::Failed(failed))
}
