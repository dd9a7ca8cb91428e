//! The same key with the same body gets the first answer; the key and what it
//! made are written in one transaction.

use super::ReportInput;
use crate::ctx::Ctx;
use crate::entity::idempotency;
use crate::error::{Error, Result};
use crate::vault::{Slot, Vault};
use anyhow::Context;
use axum::http::StatusCode;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::Value;
use sm3::{Digest, Sm3};
use uuid::Uuid;

/// A client's key, bound to the account and to what was sent with it.
#[derive(Debug, Clone)]
pub(super) struct Key {
    row: Uuid,
    stored: String,
    hash: String,
}

impl Key {
    /// The key of one way of sending (`reports`, `portal`), bound to the account
    /// and to what is sent, so that a repeat sends nothing twice.
    ///
    /// # Errors
    /// When the body cannot be written.
    pub(super) fn new(door: &str, row: Uuid, (vault, ctx): (&Vault, &Ctx), input: &ReportInput) -> Result<Self> {
        let body = serde_json::to_vec(input).context("body of a report")?;
        Ok(Self {
            row,
            stored: format!("{door}:{}:{row}", ctx.actor.account),
            // Under a key: the hash alone tells nobody what was said.
            hash: vault.index("idempotency", &hex::encode(Sm3::digest(&body))),
        })
    }

    fn slot(&self) -> Slot {
        Slot::new("idempotency", "answer", self.row)
    }

    /// The answer that was given under this key.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the key came with another body.
    pub(super) async fn find(&self, db: &impl ConnectionTrait, vault: &Vault) -> Result<Option<Value>> {
        let Some(row) = idempotency::Entity::find_by_id(self.stored.as_str()).one(db).await? else {
            return Ok(None);
        };
        if row.body_hash != self.hash {
            let text = "该 Idempotency-Key 已用于其他内容，更换后重试";
            return Err(Error::Conflict(text.to_owned()));
        }
        let text = vault.open(self.slot(), &row.answer)?;
        Ok(Some(serde_json::from_str(&text).context("kept answer")?))
    }

    /// Keeps an answer. Fails when the key was used meanwhile: then the
    /// transaction is given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn keep(&self, tx: &impl ConnectionTrait, vault: &Vault, ctx: &Ctx, answer: &Value) -> Result<()> {
        let row = self.row(vault, ctx, answer)?;
        idempotency::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    }

    /// The row that keeps an answer.
    ///
    /// # Errors
    /// When the vault refuses.
    pub(super) fn row(&self, vault: &Vault, ctx: &Ctx, answer: &Value) -> Result<idempotency::ActiveModel> {
        Ok(idempotency::ActiveModel {
            key: Set(self.stored.clone()),
            body_hash: Set(self.hash.clone()),
            status: Set(i16::try_from(StatusCode::CREATED.as_u16()).unwrap_or_default()),
            answer: Set(vault.seal(self.slot(), &answer.to_string())?),
            created_at: Set(ctx.now),
        })
    }
}
