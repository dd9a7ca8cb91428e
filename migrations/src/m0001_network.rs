//! 区划、机构、岗位.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob_null, boolean, date_null, integer, string, string_null, timestamp_with_time_zone_null, uuid, uuid_null,
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
        division(schema).await?;
        unit(schema).await?;
        post(schema).await?;
        Ok(())
    }
}

/// 区划：十二位统计用区划代码，四级。
async fn division(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("division")
        .col(string("code").primary_key())
        .col(string("name"))
        .col(string("tier"))
        .col(string_null("parent"))
        .col(string("kind"))
        .col(boolean("statutory"))
        .col(string("initials"))
        .col(string("pinyin"))
        .col(string("note"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("division_parent")
                .table("division")
                .col("parent")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("division_tier")
                .table("division")
                .col("tier")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 机构：某区划内某类单位。
async fn unit(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("unit")
        .col(uuid("id").primary_key())
        .col(string("kind"))
        .col(string("name"))
        .col(string("division"))
        .col(boolean("active"))
        .col(blob_null("phone"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().from("unit", "division").to("division", "code"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("unit_division_kind")
                .table("unit")
                .col("division")
                .col("kind")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 岗位：机构内的一个职位，有任职人、代班人、请假与空缺。
async fn post(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("post")
        .col(uuid("id").primary_key())
        .col(uuid("unit_id"))
        .col(string("role"))
        .col(uuid_null("holder_id"))
        .col(uuid_null("stand_in_id"))
        .col(date_null("leave_from"))
        .col(date_null("leave_until"))
        .col(timestamp_with_time_zone_null("vacant_since"))
        .col(boolean("active"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().from("post", "unit_id").to("unit", "id"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("post_unit_id")
                .table("post")
                .col("unit_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("post_holder_id")
                .table("post")
                .col("holder_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}
