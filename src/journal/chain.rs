//! The hash chain over the journal. Writers leave entries unchained; the
//! worker chains them in batches, so that nobody queues for one lock.

use crate::db::Db;
use crate::entity::journal_entry;
use crate::error::Result;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use sm3::{Digest, Sm3};

const BATCH: u64 = 500;

/// Where the chain breaks.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// The first position that does not fit.
    pub seq: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Chains what has been committed since the last batch; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn seal(db: &Db) -> Result<u64> {
    let tx = db.begin().await?;
    let (mut seq, mut hash) = head(&tx).await?;
    let open = journal_entry::Entity::find()
        .filter(journal_entry::Column::Seq.is_null())
        .order_by_asc(journal_entry::Column::Id)
        .limit(BATCH)
        .all(&tx)
        .await?;
    let count = u64::try_from(open.len()).unwrap_or(BATCH);
    for entry in open {
        seq += 1;
        hash = link(&hash, seq, &entry);
        let mut row = entry.into_active_model();
        row.seq = Set(Some(seq));
        row.hash = Set(Some(hash.clone()));
        row.update(&tx).await?;
    }
    #[expect(clippy::disallowed_methods, reason = "chaining is the journal's own upkeep")]
    tx.commit().await?;
    Ok(count)
}

async fn head(db: &impl ConnectionTrait) -> Result<(i64, String)> {
    let last = journal_entry::Entity::find()
        .filter(journal_entry::Column::Seq.is_not_null())
        .order_by_desc(journal_entry::Column::Seq)
        .one(db)
        .await?;
    Ok(last.map_or((0, String::new()), |entry| {
        (entry.seq.unwrap_or_default(), entry.hash.unwrap_or_default())
    }))
}

/// The hash of an entry over its predecessor's: SM3, hexadecimal.
fn link(before: &str, seq: i64, entry: &journal_entry::Model) -> String {
    let canonical = serde_json::json!([
        before,
        seq,
        entry.id,
        entry.at.timestamp_micros(),
        entry.actor_id,
        entry.actor_role,
        entry.actor_unit,
        entry.act,
        entry.outcome,
        entry.case_id,
        entry.report_id,
        entry.subject,
        entry.detail,
        entry.address,
        entry.request_id,
    ]);
    hex::encode(Sm3::digest(canonical.to_string().as_bytes()))
}

/// Walks the chain from the start; answers how many entries hold, or where
/// it breaks first.
///
/// # Errors
/// When the database refuses.
pub async fn verify(db: &Db) -> Result<std::result::Result<u64, Broken>> {
    let (mut seq, mut hash) = (0i64, String::new());
    loop {
        let batch = journal_entry::Entity::find()
            .filter(journal_entry::Column::Seq.gt(seq))
            .order_by_asc(journal_entry::Column::Seq)
            .limit(BATCH)
            .all(db.read())
            .await?;
        if batch.is_empty() {
            return Ok(Ok(u64::try_from(seq).unwrap_or_default()));
        }
        for entry in batch {
            let expected = seq + 1;
            if entry.seq != Some(expected) {
                return Ok(Err(Broken {
                    seq: expected,
                    why: "缺少记录",
                }));
            }
            seq = expected;
            hash = link(&hash, seq, &entry);
            if entry.hash.as_deref() != Some(&hash) {
                return Ok(Err(Broken {
                    seq,
                    why: "内容与链不符",
                }));
            }
        }
    }
}
