//! The hash chain over the journal. Writers leave entries unchained; the
//! worker chains them in batches, so that nobody queues for one lock.

use crate::db::Db;
use crate::entity::journal_entry;
use crate::error::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value};
use sm3::{Digest, Sm3};
use uuid::Uuid;

/// Entries of one batch.
pub const BATCH: u64 = 500;

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
    let mut links = Vec::with_capacity(open.len());
    for entry in &open {
        seq += 1;
        hash = link(&hash, seq, entry);
        links.push((entry.id, seq, hash.clone()));
    }
    write(&tx, links).await?;
    #[expect(clippy::disallowed_methods, reason = "chaining is the journal's own upkeep")]
    tx.commit().await?;
    Ok(u64::try_from(open.len()).unwrap_or(BATCH))
}

/// Writes a batch of links in one statement.
async fn write(tx: &impl ConnectionTrait, links: Vec<(Uuid, i64, String)>) -> Result<()> {
    if links.is_empty() {
        return Ok(());
    }
    let rows: Vec<String> = (0..links.len())
        .map(|at| format!("(${}, ${}, ${})", 3 * at + 1, 3 * at + 2, 3 * at + 3))
        .collect();
    let sql = format!(
        "WITH link (id, seq, hash) AS (VALUES {}) UPDATE journal_entry SET seq = link.seq, hash = link.hash \
         FROM link WHERE journal_entry.id = link.id",
        rows.join(", ")
    );
    let values = links
        .into_iter()
        .flat_map(|(id, seq, hash)| [Value::from(id), Value::from(seq), Value::from(hash)]);
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    tx.execute_raw(statement).await?;
    Ok(())
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
