//! 按角色和地区找账号、按类别找机构、按并入的个案、督办事由、签收人、更正的走访找：不再逐行读全表.

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

/// What every notice, every step and every round of the worker look up.
const INDEXES: [&str; 7] = [
    "CREATE INDEX account_role_division ON account (role, division)",
    "CREATE INDEX unit_kind_division ON unit (kind, division)",
    "CREATE INDEX protection_case_merged_into ON protection_case (merged_into) WHERE merged_into IS NOT NULL",
    "CREATE INDEX supervision_cause_case_id ON supervision (cause, case_id)",
    "CREATE INDEX task_signed_by ON task (signed_by) WHERE signed_by IS NOT NULL",
    "CREATE INDEX visit_supersedes ON visit (supersedes) WHERE supersedes IS NOT NULL",
    "CREATE INDEX hotline_event_waiting ON hotline_event (at, id) WHERE applied_at IS NULL",
];
