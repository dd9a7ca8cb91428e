//! 按到期时间取用个案：索引，以及参与单位行上的阶段、等级、到期副本.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{small_integer, string, timestamp_with_time_zone_null};
use sea_orm_migration::sea_orm::DbBackend;

/// See the module.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        copies(schema).await?;
        let db = schema.get_connection();
        for sql in INDEXES {
            db.execute_unprepared(sql).await?;
        }
        let kept = match schema.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        db.execute_unprepared(kept).await?;
        Ok(())
    }
}

/// One index for each way in which a person comes to cases: the whole city, a
/// county, a township, what one took in, what one answers for, what one's unit
/// takes part in. Within a stage each is in the order of the lists, so that a
/// page is read off and never sorted.
const INDEXES: [&str; 10] = [
    "DROP INDEX protection_case_division_stage_next_due_at",
    "DROP INDEX protection_case_stage_next_due_at",
    "DROP INDEX case_unit_unit_id_part",
    "CREATE INDEX protection_case_stage_due ON protection_case (stage, next_due_at, level, id)",
    "CREATE INDEX protection_case_county_due ON protection_case
       (substr(division, 1, 6), stage, next_due_at, level, id)",
    "CREATE INDEX protection_case_township_due ON protection_case
       (substr(division, 1, 9), stage, next_due_at, level, id)",
    "CREATE INDEX protection_case_opened_by_due ON protection_case (opened_by, stage, next_due_at, level, id)",
    "CREATE INDEX protection_case_assignee_due ON protection_case (assignee, stage, next_due_at, level, id)",
    "CREATE INDEX case_unit_unit_id_due ON case_unit (unit_id, stage, next_due_at, level, case_id)
       WHERE until IS NULL",
    // Likely duplicates are looked for in one place, latest first.
    "CREATE INDEX protection_case_division_opened_at ON protection_case (division, opened_at)",
];

/// A unit's list needs the order of its cases beside the unit.
async fn copies(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = [
        string("stage").default("").to_owned(),
        small_integer("level").default(0).to_owned(),
        timestamp_with_time_zone_null("next_due_at"),
    ];
    for column in columns {
        let mut table = Table::alter();
        table.table("case_unit").add_column(column);
        schema.alter_table(table).await?;
    }
    let fill = "UPDATE case_unit SET
        stage = (SELECT c.stage FROM protection_case c WHERE c.id = case_unit.case_id),
        level = (SELECT c.level FROM protection_case c WHERE c.id = case_unit.case_id),
        next_due_at = (SELECT c.next_due_at FROM protection_case c WHERE c.id = case_unit.case_id)";
    schema.get_connection().execute_unprepared(fill).await?;
    Ok(())
}

/// The database keeps the copies in step, so that no writer can forget them.
const POSTGRES: &str = "
    CREATE FUNCTION case_unit_takes_copies() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      SELECT c.stage, c.level, c.next_due_at INTO NEW.stage, NEW.level, NEW.next_due_at
        FROM protection_case c WHERE c.id = NEW.case_id;
      RETURN NEW;
    END $$;
    CREATE TRIGGER case_unit_takes_copies BEFORE INSERT ON case_unit
      FOR EACH ROW EXECUTE FUNCTION case_unit_takes_copies();
    CREATE FUNCTION case_unit_keeps_copies() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE case_unit SET stage = NEW.stage, level = NEW.level, next_due_at = NEW.next_due_at
        WHERE case_id = NEW.id AND until IS NULL;
      RETURN NULL;
    END $$;
    CREATE TRIGGER case_unit_keeps_copies AFTER UPDATE OF stage, level, next_due_at ON protection_case
      FOR EACH ROW WHEN (OLD.stage <> NEW.stage OR OLD.level <> NEW.level
        OR OLD.next_due_at IS DISTINCT FROM NEW.next_due_at)
      EXECUTE FUNCTION case_unit_keeps_copies();";

const SQLITE: &str = "
    CREATE TRIGGER case_unit_takes_copies AFTER INSERT ON case_unit
    BEGIN
      UPDATE case_unit SET (stage, level, next_due_at) =
        (SELECT c.stage, c.level, c.next_due_at FROM protection_case c WHERE c.id = NEW.case_id)
        WHERE id = NEW.id;
    END;
    CREATE TRIGGER case_unit_keeps_copies AFTER UPDATE OF stage, level, next_due_at ON protection_case
    WHEN OLD.stage <> NEW.stage OR OLD.level <> NEW.level OR OLD.next_due_at IS NOT NEW.next_due_at
    BEGIN
      UPDATE case_unit SET stage = NEW.stage, level = NEW.level, next_due_at = NEW.next_due_at
        WHERE case_id = NEW.id AND until IS NULL;
    END;";
