//! Which column is which field: guessed by usual headings, corrected by hand,
//! kept for every partner, version by version.

use super::fields::{FIELDS, guess};
use crate::ctx::Ctx;
use crate::entity::hotline_file_mapping as kept;
use crate::error::{Error, FieldError, Result};
use crate::network::Sheet;
use anyhow::Context;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Fields by the headings of their columns; a column without a field is left
/// out, which is remembered as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mapping {
    columns: BTreeMap<String, String>,
}

impl Mapping {
    /// The mapping of a file: as saved, and as guessed for headings that are new.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn of(db: &impl ConnectionTrait, client: Uuid, sheet: &Sheet) -> Result<Self> {
        let saved = latest(db, client).await?;
        let saved = saved
            .map(|row| Self::parse(row.columns))
            .transpose()?
            .unwrap_or_default();
        let mut columns = BTreeMap::new();
        for head in sheet.heads().iter().filter(|head| !head.is_empty()) {
            let field = match saved.columns.get(head) {
                Some(field) => field.clone(),
                None => guess(head)
                    .filter(|field| !columns.values().any(|taken| taken == field))
                    .unwrap_or_default()
                    .to_owned(),
            };
            columns.insert(head.clone(), field);
        }
        Ok(Self { columns })
    }

    fn parse(columns: serde_json::Value) -> Result<Self> {
        let columns = serde_json::from_value(columns).context("kept mapping")?;
        Ok(Self { columns })
    }

    /// The mapping as chosen on screen: the fields in the order of the columns.
    pub(crate) fn chosen(sheet: &Sheet, chosen: &BTreeMap<usize, String>) -> Self {
        let known = |code: &&String| FIELDS.iter().any(|field| field.code == code.as_str());
        let heads = sheet.heads().iter().enumerate().filter(|(_, head)| !head.is_empty());
        let columns =
            heads.map(|(at, head)| (head.clone(), chosen.get(&at).filter(known).cloned().unwrap_or_default()));
        Self {
            columns: columns.collect(),
        }
    }

    /// The field of a heading; empty for none.
    pub(crate) fn field(&self, head: &str) -> &str {
        self.columns.get(head).map_or("", String::as_str)
    }

    /// The heading of a field's column.
    pub(super) fn head(&self, code: &str) -> Option<&str> {
        let mut found = self.columns.iter().filter(|(_, field)| *field == code);
        found.next().map(|(head, _)| head.as_str())
    }

    /// What keeps a file from being read by it.
    ///
    /// # Errors
    /// [`Error::Invalid`] beside the column.
    pub(crate) fn check(&self, sheet: &Sheet) -> Result<()> {
        let mut faults = Vec::new();
        if self.head("ext_order_no").is_none() {
            faults.push(FieldError::new("map0", "指定哪一列是 12345 工单号"));
        }
        if self.head("kind").is_some() && self.head("event_id").is_none() {
            faults.push(FieldError::new("map0", "有记录类型列时，指定哪一列是事件号"));
        }
        for (at, head) in sheet.heads().iter().enumerate() {
            let field = self.field(head);
            if !field.is_empty() && self.head(field) != Some(head.as_str()) {
                faults.push(FieldError::new(&format!("map{at}"), "这个字段已对应另一列，只留一列"));
            }
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// Keeps it as the partner's newest version, unless it is that already.
    /// What was saved for headings that this file lacks goes on holding.
    ///
    /// # Errors
    /// When the database refuses; of two at once the second.
    pub(super) async fn save(&self, tx: &impl ConnectionTrait, ctx: &Ctx, client: Uuid) -> Result<i32> {
        let last = latest(tx, client).await?;
        let version = last.as_ref().map_or(0, |row| row.version);
        let before = last
            .map(|row| Self::parse(row.columns))
            .transpose()?
            .unwrap_or_default();
        let mut all = before.clone();
        all.columns.extend(self.columns.clone());
        if all == before {
            return Ok(version);
        }
        let row = kept::ActiveModel {
            id: Set(ctx.new_id()),
            client_id: Set(client),
            version: Set(version + 1),
            columns: Set(serde_json::to_value(&all.columns).context("mapping")?),
            saved_at: Set(ctx.now),
            saved_by: Set(ctx.account()),
        };
        kept::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(version + 1)
    }
}

async fn latest(db: &impl ConnectionTrait, client: Uuid) -> Result<Option<kept::Model>> {
    Ok(kept::Entity::find()
        .filter(kept::Column::ClientId.eq(client))
        .order_by_desc(kept::Column::Version)
        .one(db)
        .await?)
}
