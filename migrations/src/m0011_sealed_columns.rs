//! Numbers of papers and receipts are sealed like everything that people
//! write. What stood there in the clear cannot be sealed by SQL: it is left
//! behind, and shows as empty.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, blob_null};

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let required = |name: &'static str| blob(name).default(Vec::<u8>::new()).take();
        for (table, name, column) in [
            ("report", "police_receipt", blob_null("police_receipt")),
            ("emergency_call", "receipt", blob_null("receipt")),
            ("measure", "paper_no", required("paper_no")),
            ("measure", "issued_by", required("issued_by")),
        ] {
            // SQLite drops or adds one column by one statement.
            let mut old = Table::alter();
            old.table(table).drop_column(name);
            schema.alter_table(old).await?;
            let mut new = Table::alter();
            new.table(table).add_column(column);
            schema.alter_table(new).await?;
        }
        Ok(())
    }
}
