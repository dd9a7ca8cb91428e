//! 线索、报告人、来电儿童.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob_null, boolean, integer, json_binary, small_integer, small_integer_null, string, string_null,
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
        report(schema).await?;
        reporter_identity(schema).await?;
        report_child(schema).await?;
        emergency_call(schema).await?;
        Ok(())
    }
}

/// 线索：一次来电、来件或上报。
async fn report(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("report")
        .col(uuid("id").primary_key())
        .col(string("number").unique_key())
        .col(string("channel"))
        .col(string("state"))
        .col(string("demand_type"))
        .col(json_binary("case_types"))
        .col(json_binary("mandatory_situations"))
        .col(json_binary("danger_flags"))
        .col(json_binary("safety_answers"))
        .col(small_integer_null("suggested_level"))
        .col(json_binary("suggestion"))
        .col(small_integer_null("level"))
        .col(blob_null("level_reason"))
        .col(small_integer("sensitivity"))
        .col(string_null("reporter_type"))
        .col(string_null("relation_to_child"))
        .col(boolean("confidential"))
        .col(boolean("mandated"))
        .col(string_null("child_location"))
        .col(string_null("incident_place"))
        .col(string_null("residence"))
        .col(string_null("domicile"))
        .col(blob_null("child_address"))
        .col(blob_null("incident_address"))
        .col(string("cohabiting_suspect"))
        .col(string_null("suspect_relation"))
        .col(blob_null("suspect_name"))
        .col(string_null("official_tier"))
        .col(boolean("teaching_staff"))
        .col(boolean("at_school"))
        .col(boolean("reported_to_police"))
        .col(blob_null("police_receipt"))
        .col(blob_null("title"))
        .col(blob_null("content"))
        .col(blob_null("form"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("discovered_at"))
        .col(timestamp_with_time_zone_null("submitted_at"))
        .col(uuid_null("opened_by"))
        .col(uuid_null("reporter_account"))
        .col(uuid_null("unit_id"))
        .col(uuid_null("case_id"))
        .col(string_null("outcome"))
        .col(blob_null("outcome_note"))
        .col(string_null("referred_to"))
        .col(uuid_null("proposed_by"))
        .col(uuid_null("confirmed_by"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(string_null("ext_order_no"))
        .col(integer("version"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("report_state_started_at")
                .table("report")
                .col("state")
                .col("started_at")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("report_opened_by")
                .table("report")
                .col("opened_by")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("report_reporter_account")
                .table("report")
                .col("reporter_account")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("report_case_id")
                .table("report")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("report_child_location_started_at")
                .table("report")
                .col("child_location")
                .col("started_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 报告人身份：另表另钥，启封留痕。
async fn reporter_identity(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("reporter_identity")
        .col(uuid("report_id").primary_key())
        .col(blob_null("name"))
        .col(blob_null("phone"))
        .col(string_null("phone_index"))
        .col(boolean("anonymous"))
        .col(boolean("safe_phone"))
        .col(blob_null("safe_time"))
        .foreign_key(
            ForeignKey::create()
                .from("reporter_identity", "report_id")
                .to("report", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("reporter_identity_phone_index")
                .table("reporter_identity")
                .col("phone_index")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 线索中的儿童：允许只有特征。
async fn report_child(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("report_child")
        .col(uuid("id").primary_key())
        .col(uuid("report_id"))
        .col(small_integer("position"))
        .col(blob_null("name"))
        .col(string_null("name_index"))
        .col(string("sex"))
        .col(small_integer_null("age"))
        .col(blob_null("id_number"))
        .col(string_null("id_index"))
        .col(blob_null("feature"))
        .foreign_key(
            ForeignKey::create()
                .from("report_child", "report_id")
                .to("report", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("report_child_report_id")
                .table("report_child")
                .col("report_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("report_child_name_index")
                .table("report_child")
                .col("name_index")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("report_child_id_index")
                .table("report_child")
                .col("id_index")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 110/120 三方联动记录。
async fn emergency_call(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("emergency_call")
        .col(uuid("id").primary_key())
        .col(uuid("report_id"))
        .col(string("line"))
        .col(timestamp_with_time_zone("at"))
        .col(blob_null("receipt"))
        .col(uuid("by_account"))
        .foreign_key(
            ForeignKey::create()
                .from("emergency_call", "report_id")
                .to("report", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("emergency_call_report_id")
                .table("emergency_call")
                .col("report_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}
