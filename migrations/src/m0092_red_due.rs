//! 红色个案另有按时限排列的索引：红色排在最前，又为数不多.

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

/// For each index in due order one of its red rows alone (level 1). Every page
/// asks for the red ones first; among all of a stage it would pass over the
/// others to find them.
const INDEXES: [&str; 6] = [
    "CREATE INDEX protection_case_everywhere_red ON protection_case
       (substr(division, 1, 0), stage, next_due_at, level, id) WHERE level = 1",
    "CREATE INDEX protection_case_county_red ON protection_case
       (substr(division, 1, 6), stage, next_due_at, level, id) WHERE level = 1",
    "CREATE INDEX protection_case_township_red ON protection_case
       (substr(division, 1, 9), stage, next_due_at, level, id) WHERE level = 1",
    "CREATE INDEX protection_case_opened_by_red ON protection_case
       (opened_by, stage, next_due_at, level, id) WHERE level = 1",
    "CREATE INDEX protection_case_assignee_red ON protection_case
       (assignee, stage, next_due_at, level, id) WHERE level = 1",
    "CREATE INDEX case_unit_unit_id_red ON case_unit
       (unit_id, stage, next_due_at, level, case_id) WHERE until IS NULL AND level = 1",
];
