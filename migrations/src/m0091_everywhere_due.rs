//! 全市清单的索引另立，不与本人清单的索引相混.

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

/// The index of the whole city began with the stage. `SQLite`, which plans without
/// counting, held it for as good as the index that begins with a person and then
/// the stage, and read every case of a stage to find one person's. Now only a
/// statement that asks for everything can use the one; what asks for a stage
/// alone has the other.
const INDEXES: [&str; 3] = [
    "DROP INDEX protection_case_stage_due",
    "CREATE INDEX protection_case_everywhere_due ON protection_case
       (substr(division, 1, 0), stage, next_due_at, level, id)",
    "CREATE INDEX protection_case_stage_level ON protection_case (stage, level)",
];
