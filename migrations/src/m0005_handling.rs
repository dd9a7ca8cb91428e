//! 时限、任务、走访、评估、计划、文书.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    blob, blob_null, boolean, date, date_null, integer, json_binary, small_integer, string, string_null,
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
        deadline(schema).await?;
        task(schema).await?;
        measure(schema).await?;
        visit(schema).await?;
        visit_photo(schema).await?;
        assessment(schema).await?;
        plan_goal(schema).await?;
        Ok(())
    }
}

/// 时限：一行一个应完成时刻。
async fn deadline(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("deadline")
        .col(uuid("id").primary_key())
        .col(uuid_null("case_id"))
        .col(uuid_null("report_id"))
        .col(uuid_null("task_id"))
        .col(string("milestone"))
        .col(string("rule"))
        .col(uuid("owner_unit"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone("due_at"))
        .col(timestamp_with_time_zone_null("met_at"))
        .col(timestamp_with_time_zone_null("cancelled_at"))
        .col(timestamp_with_time_zone_null("overdue_at"))
        .foreign_key(
            ForeignKey::create()
                .from("deadline", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("deadline_case_id")
                .table("deadline")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("deadline_met_at_cancelled_at_overdue_at_due_at")
                .table("deadline")
                .col("met_at")
                .col("cancelled_at")
                .col("overdue_at")
                .col("due_at")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("deadline_owner_unit_due_at")
                .table("deadline")
                .col("owner_unit")
                .col("due_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 协办任务：派给一个部门的一件事。
async fn task(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("task")
        .col(uuid("id").primary_key())
        .col(string("number").unique_key())
        .col(uuid("case_id"))
        .col(string("type_code"))
        .col(uuid("unit_id"))
        .col(string("state"))
        .col(blob("request"))
        .col(blob("shared"))
        .col(small_integer("level"))
        .col(uuid_null("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("due_at"))
        .col(timestamp_with_time_zone_null("signed_at"))
        .col(uuid_null("signed_by"))
        .col(blob_null("result"))
        .col(timestamp_with_time_zone_null("done_at"))
        .col(uuid_null("done_by"))
        .col(blob_null("review_note"))
        .col(integer("version"))
        .foreign_key(ForeignKey::create().from("task", "case_id").to("protection_case", "id"))
        .foreign_key(ForeignKey::create().from("task", "unit_id").to("unit", "id"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("task_case_id")
                .table("task")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("task_unit_id_state_due_at")
                .table("task")
                .col("unit_id")
                .col("state")
                .col("due_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 文书与措施：文号、机关、日期、有效期。
async fn measure(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("measure")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(uuid_null("task_id"))
        .col(string("kind"))
        .col(blob("paper_no"))
        .col(blob("issued_by"))
        .col(date("issued_on"))
        .col(date_null("in_force_from"))
        .col(date_null("expires_on"))
        .col(date_null("ended_on"))
        .col(date_null("served_on"))
        .col(blob_null("note"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create()
                .from("measure", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("measure_case_id")
                .table("measure")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("measure_expires_on")
                .table("measure")
                .col("expires_on")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 走访与随访：只增不改，更正另立。
async fn visit(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("visit")
        .col(uuid("id").primary_key())
        .col(string("number").unique_key())
        .col(uuid("case_id"))
        .col(uuid_null("child_id"))
        .col(string("kind"))
        .col(string("method"))
        .col(date_null("planned_on"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(boolean("seen"))
        .col(string_null("not_seen_reason"))
        .col(boolean("danger"))
        .col(blob("body"))
        .col(string("body_hash"))
        .col(date_null("next_on"))
        .col(uuid("author"))
        .col(uuid_null("unit_id"))
        .col(timestamp_with_time_zone_null("device_at"))
        .col(timestamp_with_time_zone("received_at"))
        .col(boolean("late"))
        .col(string("review_state"))
        .col(blob_null("review_note"))
        .col(uuid_null("reviewed_by"))
        .col(timestamp_with_time_zone_null("reviewed_at"))
        .col(blob_null("reply"))
        .col(uuid_null("supersedes"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create()
                .from("visit", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("visit_case_id_started_at")
                .table("visit")
                .col("case_id")
                .col("started_at")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("visit_author_started_at")
                .table("visit")
                .col("author")
                .col("started_at")
                .to_owned(),
        )
        .await?;
    schema
        .create_index(
            Index::create()
                .name("visit_review_state")
                .table("visit")
                .col("review_state")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 走访照片：去除元数据后加密保存。
async fn visit_photo(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("visit_photo")
        .col(uuid("id").primary_key())
        .col(uuid("visit_id"))
        .col(uuid("case_id"))
        .col(string("mime"))
        .col(string("sha"))
        .col(blob("content"))
        .col(integer("size"))
        .col(uuid("added_by"))
        .col(timestamp_with_time_zone("added_at"))
        .foreign_key(ForeignKey::create().from("visit_photo", "visit_id").to("visit", "id"));
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("visit_photo_visit_id")
                .table("visit_photo")
                .col("visit_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 评估与复评。
async fn assessment(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("assessment")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(string("kind"))
        .col(blob("answers"))
        .col(json_binary("scores"))
        .col(small_integer("level"))
        .col(string("conclusion"))
        .col(blob("findings"))
        .col(blob_null("child_opinion"))
        .col(boolean("temp_custody"))
        .col(uuid("assessed_by"))
        .col(timestamp_with_time_zone("assessed_at"))
        .foreign_key(
            ForeignKey::create()
                .from("assessment", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("assessment_case_id_assessed_at")
                .table("assessment")
                .col("case_id")
                .col("assessed_at")
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// 个案计划目标。
async fn plan_goal(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table("plan_goal")
        .col(uuid("id").primary_key())
        .col(uuid("case_id"))
        .col(string("dimension"))
        .col(blob("goal"))
        .col(blob("means"))
        .col(blob_null("responsible"))
        .col(date_null("due_on"))
        .col(boolean("core"))
        .col(timestamp_with_time_zone_null("done_at"))
        .col(timestamp_with_time_zone_null("dropped_at"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(integer("version"))
        .foreign_key(
            ForeignKey::create()
                .from("plan_goal", "case_id")
                .to("protection_case", "id"),
        );
    schema.create_table(table).await?;
    schema
        .create_index(
            Index::create()
                .name("plan_goal_case_id")
                .table("plan_goal")
                .col("case_id")
                .to_owned(),
        )
        .await?;
    Ok(())
}
