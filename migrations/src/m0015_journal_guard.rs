//! 审计表的防护：入链前也只许补链号与散列，不许清空；按线索检索.

use sea_orm_migration::prelude::*;
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
        schema
            .create_index(
                Index::create()
                    .name("journal_entry_report_id_at")
                    .table("journal_entry")
                    .col("report_id")
                    .col("at")
                    .to_owned(),
            )
            .await?;
        let sql = match schema.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        schema.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}

const POSTGRES: &str = "
    CREATE OR REPLACE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP <> 'UPDATE' OR OLD.hash IS NOT NULL
         OR (NEW.id, NEW.at, NEW.actor_role, NEW.act, NEW.outcome, NEW.detail, NEW.address, NEW.request_id)
            IS DISTINCT FROM
            (OLD.id, OLD.at, OLD.actor_role, OLD.act, OLD.outcome, OLD.detail, OLD.address, OLD.request_id)
         OR (NEW.actor_id, NEW.actor_unit, NEW.case_id, NEW.report_id, NEW.subject)
            IS DISTINCT FROM
            (OLD.actor_id, OLD.actor_unit, OLD.case_id, OLD.report_id, OLD.subject) THEN
        RAISE EXCEPTION 'journal is append-only';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER journal_not_emptied BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();";

const SQLITE: &str = "
    DROP TRIGGER journal_no_change;
    CREATE TRIGGER journal_no_change BEFORE UPDATE ON journal_entry
    WHEN OLD.hash IS NOT NULL OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.actor_role <> OLD.actor_role
      OR NEW.act <> OLD.act OR NEW.outcome <> OLD.outcome OR NEW.detail <> OLD.detail
      OR NEW.address <> OLD.address OR NEW.request_id <> OLD.request_id
      OR NEW.actor_id IS NOT OLD.actor_id OR NEW.actor_unit IS NOT OLD.actor_unit
      OR NEW.case_id IS NOT OLD.case_id OR NEW.report_id IS NOT OLD.report_id OR NEW.subject IS NOT OLD.subject
    BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;";
