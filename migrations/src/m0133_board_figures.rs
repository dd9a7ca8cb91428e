//! 热线看板的索引：每个数一次索引查询.

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

/// The last message that a receiver got, and the last order of a partner; none
/// partial, so that either database finds them whatever the statement binds.
const INDEXES: [&str; 2] = [
    "CREATE INDEX outbox_topic_delivered_at ON outbox (topic, delivered_at)",
    "CREATE INDEX hotline_order_client_id_arrived_at ON hotline_order (client_id, arrived_at)",
];
