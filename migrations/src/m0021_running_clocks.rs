//! 运行中的时限：规则版本、文书与工单、停表、逐级上报、后台占用.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, integer, small_integer, string, string_null, timestamp_with_time_zone_null, uuid_null,
};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            string("rule_code").default("").to_owned(),
            integer("rule_version").default(1).to_owned(),
            uuid_null("measure_id"),
            uuid_null("order_id"),
            boolean("calendar_guessed").default(false).to_owned(),
            timestamp_with_time_zone_null("paused_at"),
            string_null("pause_reason"),
            small_integer("escalation").default(0).to_owned(),
            timestamp_with_time_zone_null("next_at"),
            timestamp_with_time_zone_null("leased_until"),
        ];
        for column in columns {
            let mut table = Table::alter();
            table.table("deadline").add_column(column);
            schema.alter_table(table).await?;
        }
        let db = schema.get_connection();
        for sql in STATEMENTS {
            db.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

/// Clocks that ran before warn no more: they run out, and climb from there.
/// The worker asks one indexed question: whose next moment has come?
const STATEMENTS: [&str; 5] = [
    "UPDATE deadline SET escalation = 1, next_at = due_at WHERE overdue_at IS NULL",
    "UPDATE deadline SET escalation = 2, next_at = due_at WHERE overdue_at IS NOT NULL",
    "DROP INDEX deadline_met_at_cancelled_at_overdue_at_due_at",
    "CREATE INDEX deadline_next_at ON deadline (next_at, id)
       WHERE met_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL AND next_at IS NOT NULL",
    "CREATE INDEX deadline_task_id ON deadline (task_id) WHERE task_id IS NOT NULL",
];
