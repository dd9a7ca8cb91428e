//! 个案、参与单位、回避、儿童、人员、时间线.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, boolean, date_null, integer, json_binary, small_integer, small_integer_null, string, string_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
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
        protection_case(schema).await?;
        case_unit(schema).await?;
        recusal(schema).await?;
        child(schema).await?;
        case_child(schema).await?;
        party(schema).await?;
        case_event(schema).await?;
        Ok(())
    }
}

/// 个案：一户一名或多名儿童的保护。
async fn protection_case(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("protection_case")
        .col(uuid("id").primary_key())
        .col(string("number").unique_key())
        .col(string("stage"))
        .col(small_integer("level"))
        .col(small_integer("peak_level"))
        .col(small_integer_null("proposed_level"))
        .col(small_integer("sensitivity"))
        .col(string("primary_type"))
        .col(json_binary("case_types"))
        .col(string("division"))
        .col(string_null("residence"))
        .col(string_null("domicile"))
        .col(blob_null("address"))
        .col(blob("title"))
        .col(blob("summary"))
        .col(uuid("lead_unit"))
        .col(uuid_null("assignee"))
        .col(uuid_null("opened_by"))
        .col(timestamp_with_time_zone("opened_at"))
        .col(timestamp_with_time_zone_null("next_due_at"))
        .col(string("cohabiting_suspect"))
        .col(boolean("village_allowed"))
        .col(integer("return_count"))
        .col(string_null("closure_type"))
        .col(blob_null("close_note"))
        .col(uuid_null("close_asked_by"))
        .col(timestamp_with_time_zone_null("closed_at"))
        .col(date_null("conference_on"))
        .col(timestamp_with_time_zone_null("spot_checked_at"))
        .col(boolean("follow_up_planned"))
        .col(uuid_null("merged_into"))
        .col(string_null("stage_before"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create()
                .from("protection_case", "lead_unit")
                .to("unit", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("protection_case_division_stage_next_due_at")
                .table("protection_case")
                .col("division")
                .col("stage")
                .col("next_due_at")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("protection_case_lead_unit_stage")
                .table("protection_case")
                .col("lead_unit")
                .col("stage")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("protection_case_stage_next_due_at")
                .table("protection_case")
                .col("stage")
                .col("next_due_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 参与单位：主办恰一，协办、督办、抄送若干。
async fn case_unit(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("case_unit")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(uuid("unit_id"))
        .col(string("part"))
        .col(uuid_null("account_id"))
        .col(string("rule"))
        .col(string("why"))
        .col(timestamp_with_time_zone("since"))
        .col(timestamp_with_time_zone_null("until"))
        .col(timestamp_with_time_zone_null("signed_at"))
        .col(uuid_null("signed_by"))
        .foreign_key(
            ForeignKey::create()
                .from("case_unit", "case_id")
                .to("protection_case", "id"),
        )
        .foreign_key(ForeignKey::create().from("case_unit", "unit_id").to("unit", "id"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("case_unit_case_id")
                .table("case_unit")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("case_unit_unit_id_part")
                .table("case_unit")
                .col("unit_id")
                .col("part")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 回避：所列账号或机构看不到该个案。
async fn recusal(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("recusal")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(uuid_null("account_id"))
        .col(uuid_null("unit_id"))
        .col(string("rule"))
        .col(blob_null("note"))
        .col(uuid_null("declared_by"))
        .col(timestamp_with_time_zone("at"))
        .foreign_key(
            ForeignKey::create()
                .from("recusal", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("recusal_case_id")
                .table("recusal")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("recusal_account_id")
                .table("recusal")
                .col("account_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("recusal_unit_id")
                .table("recusal")
                .col("unit_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 儿童（一人一档）。
async fn child(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("child")
        .col(uuid("id").primary_key())
        .col(blob_null("name"))
        .col(string_null("name_index"))
        .col(string("sex"))
        .col(blob_null("birth_date"))
        .col(small_integer_null("age_at_intake"))
        .col(boolean("age_estimated"))
        .col(blob_null("id_number"))
        .col(string_null("id_index"))
        .col(blob_null("feature"))
        .col(json_binary("categories"))
        .col(string_null("division"))
        .col(blob_null("school"))
        .col(blob_null("opinion"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("child_name_index")
                .table("child")
                .col("name_index")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("child_id_index")
                .table("child")
                .col("id_index")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 个案与儿童。
async fn case_child(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("case_child")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(uuid("child_id"))
        .foreign_key(
            ForeignKey::create()
                .from("case_child", "case_id")
                .to("protection_case", "id"),
        )
        .foreign_key(ForeignKey::create().from("case_child", "child_id").to("child", "id"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("case_child_case_id")
                .table("case_child")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("case_child_child_id")
                .table("case_child")
                .col("child_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 个案相关成人：监护人、嫌疑人、照护人、紧急联系人。
async fn party(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("party")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(string("kind"))
        .col(string_null("relation"))
        .col(blob_null("name"))
        .col(string_null("name_index"))
        .col(blob_null("phone"))
        .col(string_null("phone_index"))
        .col(boolean("lives_with_child"))
        .col(boolean("suspect"))
        .col(blob_null("note"))
        .col(timestamp_with_time_zone("created_at"))
        .col(uuid("created_by"))
        .foreign_key(
            ForeignKey::create()
                .from("party", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("party_case_id")
                .table("party")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("party_phone_index")
                .table("party")
                .col("phone_index")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("party_name_index")
                .table("party")
                .col("name_index")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 时间线：发生时间与登记时间分列。
async fn case_event(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("case_event")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(string("kind"))
        .col(timestamp_with_time_zone("happened_at"))
        .col(timestamp_with_time_zone("entered_at"))
        .col(uuid_null("actor_id"))
        .col(uuid_null("actor_unit"))
        .col(blob_null("text"))
        .col(json_binary("refs"))
        .foreign_key(
            ForeignKey::create()
                .from("case_event", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("case_event_case_id_happened_at")
                .table("case_event")
                .col("case_id")
                .col("happened_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}
