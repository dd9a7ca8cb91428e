//! 后台每轮要问的问题：按节点找超期、按文书找时限、按任务找文书、按退回次数找个案、按承办人找分工.

use sea_orm_migration::prelude::*;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        for sql in INDEXES {
            schema.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

/// The worker asks every few seconds which ends have passed: without these
/// each round would read more the longer the service runs.
const INDEXES: [&str; 6] = [
    "CREATE INDEX deadline_milestone_due_at ON deadline (milestone, due_at)
       WHERE met_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL AND task_id IS NULL",
    "CREATE INDEX deadline_measure_id ON deadline (measure_id) WHERE measure_id IS NOT NULL",
    "CREATE INDEX case_unit_account_id ON case_unit (account_id) WHERE until IS NULL AND account_id IS NOT NULL",
    "CREATE INDEX measure_task_id ON measure (task_id) WHERE task_id IS NOT NULL",
    "CREATE INDEX protection_case_return_count ON protection_case (return_count)",
    "CREATE INDEX report_submitted_at_case_id ON report (submitted_at, case_id)",
];
