//! Bringing in a list of services: all of it or nothing, tried first. A service
//! of the same kind, place and name is updated, never doubled.

use super::keep::{Checked, Entry, may, texts};
use crate::ctx::Ctx;
use crate::db::{self, insert_models};
use crate::entity::{division, service};
use crate::error::{Error, Result};
use crate::journal::{self, Act};
use crate::network::{LARGEST, Report, Sheet, SheetRow};
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::policy;
use crate::state::App;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// The columns, as the page names them.
pub(super) const COLUMNS: &str = "类别、名称、区划代码、地址、电话、服务时间、备注、启用";

const KIND: &[&str] = &["类别"];
const NAME: &[&str] = &["名称", "机构名称"];
const PLACE: &[&str] = &["区划代码", "代码"];
const PHONE: &[&str] = &["电话"];
const HOURS: &[&str] = &["服务时间", "时间"];

/// By what two lines are the same service.
type Key = (String, String, String);

/// Brings in a list, or shows what it would change. A list with a fault changes
/// nothing; the faults are in the report.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not; when the database refuses.
pub async fn import(app: &App, ctx: &Ctx, (name, bytes): (&str, &[u8]), apply: bool) -> Result<Report> {
    if !policy::keeps_services(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("service.import", None)));
    }
    if bytes.len() > LARGEST {
        return Ok(Report::refused(format!("{name} 超过 2 MiB，分成几个文件")));
    }
    let needed = [KIND, NAME, PLACE, PHONE, HOURS];
    let sheet = match Sheet::read(bytes).and_then(|sheet| sheet.needs(&needed).map(|()| sheet)) {
        Ok(sheet) => sheet,
        Err(reason) => return Ok(Report::refused(reason)),
    };
    let tx = app.db.begin().await?;
    let mut report = Report {
        rows: sheet.rows.len(),
        ..Report::default()
    };
    let told = read(&tx, ctx, &sheet, &mut report).await?;
    if !report.faults.is_empty() {
        return Ok(report);
    }
    let known = known(&tx).await?;
    let mut new = Vec::new();
    for checked in told {
        let key = (checked.kind.clone(), checked.division.clone(), checked.name.clone());
        match known.get(&key) {
            Some(row) if same(row, &checked) => {}
            Some(row) => {
                report.changes.push(format!("更新 {}", row.name));
                db::update(&tx, (row.id, row.version), checked.change(ctx)).await?;
            }
            None => {
                report.changes.push(format!("新增 {}", checked.name));
                new.push(checked.row(ctx));
            }
        }
    }
    if !apply || report.changes.is_empty() {
        // Nothing is kept of a dry run: the transaction ends without a commit.
        return Ok(report);
    }
    insert_models(&tx, new).await?;
    let detail = json!({ "rows": report.rows, "changes": report.changes.len() });
    journal::commit(tx, ctx, journal::Entry::new(Act::ServicesImported).detail(detail)).await?;
    report.applied = true;
    Ok(report)
}

async fn known(db: &impl ConnectionTrait) -> Result<HashMap<Key, service::Model>> {
    let rows = service::Entity::find().all(db).await?;
    let key = |row: &service::Model| (row.kind.clone(), row.division.clone(), row.name.clone());
    Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
}

fn same(row: &service::Model, told: &Checked) -> bool {
    (&row.address, &row.phone, &row.hours, &row.note, row.active)
        == (&told.address, &told.phone, &told.hours, &told.note, told.active)
}

async fn read(db: &impl ConnectionTrait, ctx: &Ctx, sheet: &Sheet, report: &mut Report) -> Result<Vec<Checked>> {
    let codes: Vec<String> = division::Entity::find()
        .select_only()
        .column(division::Column::Code)
        .into_tuple()
        .all(db)
        .await?;
    let divisions: HashSet<String> = codes.into_iter().collect();
    let mut told = Vec::new();
    let mut seen: HashMap<Key, usize> = HashMap::new();
    for row in &sheet.rows {
        match line(ctx, row, &divisions) {
            Ok(checked) => {
                let key = (checked.kind.clone(), checked.division.clone(), checked.name.clone());
                match seen.insert(key, row.line) {
                    Some(before) => report
                        .faults
                        .push((row.line, format!("与第 {before} 行是同一机构，只留一行"))),
                    None => told.push(checked),
                }
            }
            Err(Error::Invalid(faults)) => {
                let reasons: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
                report.faults.push((row.line, reasons.join("；")));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(told)
}

/// One line; the kind by its word or its code.
fn line(ctx: &Ctx, row: &SheetRow, divisions: &HashSet<String>) -> Result<Checked> {
    let typed = row.get(KIND);
    let kind = codes::service_kinds()
        .iter()
        .find(|kind| kind.code == typed || kind.name == typed || kind.name.split('、').any(|word| word == typed));
    let wrong = || Error::field("place", "区划代码填本市 6、9 或 12 位代码，在区划名册中没有这一个");
    let place = Division::parse(row.get(PLACE)).map_err(|_| wrong())?;
    if !divisions.contains(place.code()) {
        return Err(wrong());
    }
    may(ctx, Some(&place))?;
    let entry = Entry {
        kind: kind.map(|kind| kind.code.clone()).unwrap_or_default(),
        name: row.get(NAME).to_owned(),
        address: row.get(&["地址"]).to_owned(),
        phone: row.get(PHONE).to_owned(),
        hours: row.get(HOURS).to_owned(),
        note: row.get(&["备注"]).to_owned(),
        active: !matches!(row.get(&["启用"]), "否" | "停用" | "0"),
        ..Entry::default()
    };
    let (checked, faults) = texts(&entry, place.code())?;
    if faults.is_empty() {
        Ok(checked)
    } else {
        Err(Error::Invalid(faults))
    }
}
