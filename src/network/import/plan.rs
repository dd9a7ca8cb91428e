//! What an import is going to write, and the network that it starts from.

use super::Report;
use crate::entity::{account, division, post, setting, unit};
use crate::error::Result;
use crate::network::found::{division_row, insert, unit_row};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// The network as it stands, changed in memory while rows are read.
pub(super) struct Standing {
    pub(super) divisions: BTreeMap<String, division::Model>,
    pub(super) units: HashMap<Uuid, unit::Model>,
    pub(super) posts: HashMap<Uuid, post::Model>,
    pub(super) accounts: HashMap<String, account::Model>,
}

impl Standing {
    pub(super) async fn load(db: &impl ConnectionTrait) -> Result<Self> {
        let divisions = division::Entity::find().all(db).await?;
        let units = unit::Entity::find().all(db).await?;
        let posts = post::Entity::find().all(db).await?;
        let accounts = account::Entity::find().all(db).await?;
        Ok(Self {
            divisions: divisions.into_iter().map(|row| (row.code.clone(), row)).collect(),
            units: units.into_iter().map(|row| (row.id, row)).collect(),
            posts: posts.into_iter().map(|row| (row.id, row)).collect(),
            accounts: accounts.into_iter().map(|row| (row.username.clone(), row)).collect(),
        })
    }
}

/// Everything that an import writes, with its report.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) report: Report,
    pub(super) new_divisions: Vec<division::Model>,
    pub(super) divisions: Vec<division::Model>,
    pub(super) new_units: BTreeMap<Uuid, unit::Model>,
    pub(super) units: BTreeMap<Uuid, unit::Model>,
    pub(super) new_posts: BTreeMap<Uuid, post::Model>,
    pub(super) posts: BTreeMap<Uuid, post::Model>,
    pub(super) setting: Option<setting::Model>,
    /// Lines whose key was already read.
    pub(super) seen: BTreeSet<String>,
}

impl Plan {
    pub(super) fn fault(&mut self, row: usize, reason: &str) {
        self.report.faults.push((row, reason.to_owned()));
    }

    pub(super) fn change(&mut self, line: String) {
        self.report.changes.push(line);
    }

    /// Whether this key comes for the first time.
    pub(super) fn first(&mut self, key: String) -> bool {
        self.seen.insert(key)
    }

    /// Writes it all.
    pub(super) async fn write(&mut self, tx: &impl ConnectionTrait) -> Result<()> {
        insert(
            tx,
            std::mem::take(&mut self.new_divisions).into_iter().map(division_row),
        )
        .await?;
        insert(tx, std::mem::take(&mut self.new_units).into_values().map(unit_row)).await?;
        let posts = std::mem::take(&mut self.new_posts).into_values();
        insert(tx, posts.map(|post| post.into_active_model().reset_all())).await?;
        for row in std::mem::take(&mut self.divisions) {
            division_row(row).update(tx).await?;
        }
        for mut row in std::mem::take(&mut self.units).into_values() {
            row.version += 1;
            unit_row(row).update(tx).await?;
        }
        for mut row in std::mem::take(&mut self.posts).into_values() {
            row.version += 1;
            row.into_active_model().reset_all().update(tx).await?;
        }
        if let Some(row) = self.setting.take() {
            write_setting(tx, row).await?;
        }
        Ok(())
    }
}

async fn write_setting(tx: &impl ConnectionTrait, row: setting::Model) -> Result<()> {
    let known = setting::Entity::find_by_id(&row.name).one(tx).await?;
    let active = setting::ActiveModel {
        name: Set(row.name),
        value: Set(row.value),
        updated_at: Set(row.updated_at),
    };
    if known.is_some() {
        active.update(tx).await?;
    } else {
        active.insert(tx).await?;
    }
    Ok(())
}
