//! The hash chain over the journal. Writers leave entries unchained; the
//! worker chains them in batches, so that nobody queues for one lock. The end
//! of the chain is marked under a key that the database does not hold: whoever
//! rewrites the whole chain, or cuts its end off, cannot write the mark.

use crate::entity::{Sealed, journal_entry, setting};
use crate::error::Result;
use crate::state::App;
use crate::vault::{Slot, Vault};
use anyhow::{Context, ensure};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use sm3::{Digest, Sm3};
use uuid::Uuid;

/// Entries of one batch.
pub const BATCH: u64 = 500;
/// The setting that marks the end of the chain.
const MARK: &str = "journal_head";

/// Where the chain breaks.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// The first position that does not fit.
    pub seq: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// An end of the chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Head {
    seq: i64,
    hash: String,
}

/// Chains what has been committed since the last batch; answers how many.
///
/// # Errors
/// When the database refuses, or when the chain does not end where its mark
/// says: then it is not carried on, so that the break stays visible.
pub async fn seal(app: &App) -> Result<u64> {
    let tx = app.db.begin().await?;
    let mut head = last(&tx).await?;
    let marked = mark(&tx, &app.vault).await?.unwrap_or_default();
    if head != marked {
        return Err(anyhow::anyhow!("审计链末尾与标记不符（第 {} 条），不再续链；先查明原因", head.seq).into());
    }
    let open = journal_entry::Entity::find()
        .filter(journal_entry::Column::Seq.is_null())
        .order_by_asc(journal_entry::Column::Id)
        .limit(BATCH)
        .all(&tx)
        .await?;
    let count = u64::try_from(open.len()).unwrap_or(BATCH);
    if count == 0 {
        return Ok(0);
    }
    let mut links = Vec::with_capacity(open.len());
    for entry in &open {
        head.seq += 1;
        head.hash = link(&head.hash, head.seq, entry);
        links.push((entry.id, head.seq, head.hash.clone()));
    }
    write(&tx, links).await?;
    write_mark(&tx, app, &head).await?;
    #[expect(clippy::disallowed_methods, reason = "chaining is the journal's own upkeep")]
    tx.commit().await?;
    Ok(count)
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

async fn last(db: &impl ConnectionTrait) -> Result<Head> {
    let last = journal_entry::Entity::find()
        .filter(journal_entry::Column::Seq.is_not_null())
        .order_by_desc(journal_entry::Column::Seq)
        .one(db)
        .await?;
    Ok(last.map_or_else(Head::default, |entry| Head {
        seq: entry.seq.unwrap_or_default(),
        hash: entry.hash.unwrap_or_default(),
    }))
}

fn slot() -> Slot {
    Slot::new("setting", MARK, Uuid::nil())
}

/// The end that was marked; nothing while nothing has been chained.
async fn mark(db: &impl ConnectionTrait, vault: &Vault) -> Result<Option<Head>> {
    let Some(stored) = setting::Entity::find_by_id(MARK).one(db).await? else {
        return Ok(None);
    };
    Ok(Some(
        open_mark(vault, &stored.value).context("审计链末尾的标记无法读取")?,
    ))
}

fn open_mark(vault: &Vault, value: &str) -> anyhow::Result<Head> {
    let text = vault.open(slot(), &Sealed(hex::decode(value)?))?;
    let (seq, hash) = text.split_once(' ').context("mark")?;
    ensure!(!hash.is_empty(), "mark without a hash");
    Ok(Head {
        seq: seq.parse()?,
        hash: hash.to_owned(),
    })
}

async fn write_mark(tx: &impl ConnectionTrait, app: &App, head: &Head) -> Result<()> {
    let sealed = app.vault.seal(slot(), &format!("{} {}", head.seq, head.hash))?;
    let row = setting::ActiveModel {
        name: Set(MARK.to_owned()),
        value: Set(hex::encode(sealed.0)),
        updated_at: Set(app.clock.now()),
    };
    let columns = [setting::Column::Value, setting::Column::UpdatedAt];
    setting::Entity::insert(row)
        .on_conflict(
            OnConflict::column(setting::Column::Name)
                .update_columns(columns)
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
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

/// Walks the chain from the start to its mark; answers how many entries hold,
/// or where it breaks first.
///
/// # Errors
/// When the database refuses.
pub async fn verify(app: &App) -> Result<std::result::Result<u64, Broken>> {
    let db = app.db.read();
    let mut head = Head::default();
    loop {
        let batch = journal_entry::Entity::find()
            .filter(journal_entry::Column::Seq.gt(head.seq))
            .order_by_asc(journal_entry::Column::Seq)
            .limit(BATCH)
            .all(db)
            .await?;
        let ended = batch.is_empty();
        if let Some(broken) = batch.iter().find_map(|entry| follow(&mut head, entry)) {
            return Ok(Err(broken));
        }
        if !ended {
            continue;
        }
        // Read after the entries: what was chained meanwhile is marked already.
        let marked = match mark(db, &app.vault).await {
            Ok(marked) => marked.unwrap_or_default(),
            Err(_) => return Ok(Err(broken(head.seq, "末尾的标记无法读取"))),
        };
        match judged(&head, &marked) {
            Verdict::Whole => return counted(app, head.seq).await,
            Verdict::Broken(found) => return Ok(Err(found)),
            Verdict::Longer if last(db).await?.seq > head.seq => {}
            Verdict::Longer => return Ok(Err(broken(head.seq + 1, "末尾缺少记录"))),
        }
    }
}

/// A second entry under a number would hide between two batches of the walk.
async fn counted(app: &App, seq: i64) -> Result<std::result::Result<u64, Broken>> {
    let count = journal_entry::Entity::find()
        .filter(journal_entry::Column::Seq.lte(seq))
        .count(app.db.read())
        .await?;
    if i64::try_from(count).is_ok_and(|count| count == seq) {
        Ok(Ok(count))
    } else {
        Ok(Err(broken(seq, "序号重复")))
    }
}

/// How the end that was found stands to the end that was marked.
enum Verdict {
    Whole,
    Longer,
    Broken(Broken),
}

fn judged(found: &Head, marked: &Head) -> Verdict {
    if found == marked {
        Verdict::Whole
    } else if marked.seq > found.seq {
        Verdict::Longer
    } else if marked.seq == found.seq {
        Verdict::Broken(broken(found.seq, "末尾与标记不符，链被整体改写"))
    } else {
        Verdict::Broken(broken(marked.seq + 1, "标记之后多出记录"))
    }
}

/// Takes one more entry, or says how it does not follow.
fn follow(head: &mut Head, entry: &journal_entry::Model) -> Option<Broken> {
    let expected = head.seq + 1;
    let Some(seq) = entry.seq.filter(|seq| *seq >= expected) else {
        return Some(broken(head.seq, "序号重复"));
    };
    if seq != expected {
        return Some(broken(expected, "缺少记录"));
    }
    let hash = link(&head.hash, expected, entry);
    if entry.hash.as_deref() != Some(&hash) {
        return Some(broken(expected, "内容与链不符"));
    }
    *head = Head { seq, hash };
    None
}

fn broken(seq: i64, why: &'static str) -> Broken {
    Broken { seq, why }
}
