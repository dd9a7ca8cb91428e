//! 审计、外发、幂等、检索.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, integer, json_binary, small_integer, string, string_null, text,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        journal_entry(schema).await?;
        outbox(schema).await?;
        idempotency(schema).await?;
        search_token(schema).await?;
        append_only(schema).await
    }
}

/// 审计：每次变更、查看、拒绝各一行，只增。
async fn journal_entry(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("journal_entry")
        .col(uuid("id").primary_key())
        .col(timestamp_with_time_zone("at"))
        .col(uuid_null("actor_id"))
        .col(string("actor_role"))
        .col(uuid_null("actor_unit"))
        .col(string("act"))
        .col(string("outcome"))
        .col(uuid_null("case_id"))
        .col(uuid_null("report_id"))
        .col(uuid_null("subject"))
        .col(json_binary("detail"))
        .col(string("address"))
        .col(uuid("request_id"))
        .col(big_integer_null("seq"))
        .col(string_null("hash"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("journal_entry_case_id_at")
                .table("journal_entry")
                .col("case_id")
                .col("at")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("journal_entry_actor_id_at")
                .table("journal_entry")
                .col("actor_id")
                .col("at")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("journal_entry_at")
                .table("journal_entry")
                .col("at")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("journal_entry_seq")
                .table("journal_entry")
                .col("seq")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 外发消息：与变更同一事务写入。
async fn outbox(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("outbox")
        .col(uuid("id").primary_key())
        .col(string("topic"))
        .col(text("payload"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("available_at"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone_null("claimed_until"))
        .col(timestamp_with_time_zone_null("delivered_at"))
        .col(string_null("failure"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("outbox_delivered_at_available_at")
                .table("outbox")
                .col("delivered_at")
                .col("available_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 幂等键：同键同体得同一答复。
async fn idempotency(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("idempotency")
        .col(string("key").primary_key())
        .col(string("body_hash"))
        .col(small_integer("status"))
        .col(blob("answer"))
        .col(timestamp_with_time_zone("created_at"));
    schema.create_table(table).await?;
    Ok(())
}

/// 盲检索：正文二元组的带钥散列。
async fn search_token(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("search_token")
        .col(uuid("case_id"))
        .col(big_integer("token"))
        .primary_key(Index::create().col("case_id").col("token"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("search_token_token")
                .table("search_token")
                .col("token")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// An entry may be chained once; nothing else of it ever changes.
async fn append_only(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sql = match schema.get_database_backend() {
        DbBackend::Postgres => {
            "CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
               IF TG_OP = 'DELETE' OR OLD.hash IS NOT NULL OR NEW.id <> OLD.id OR NEW.at <> OLD.at
                  OR NEW.act <> OLD.act OR NEW.detail <> OLD.detail
                  OR NEW.actor_id IS DISTINCT FROM OLD.actor_id
                  OR NEW.case_id IS DISTINCT FROM OLD.case_id THEN
                 RAISE EXCEPTION 'journal is append-only';
               END IF;
               RETURN NEW;
             END $$;
             CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal_entry
             FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();"
        }
        _ => {
            "CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal_entry
             BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
             CREATE TRIGGER journal_no_change BEFORE UPDATE ON journal_entry
             WHEN OLD.hash IS NOT NULL OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.act <> OLD.act
               OR NEW.detail <> OLD.detail OR NEW.actor_id IS NOT OLD.actor_id
               OR NEW.case_id IS NOT OLD.case_id
             BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;"
        }
    };
    schema.get_connection().execute_unprepared(sql).await?;
    Ok(())
}
