//! Bringing in a list of children: all of it or nothing. A child that is known
//! by its id number is updated, never doubled; an empty cell changes nothing.
//!
//! What an importer on screen is told is the same whether or not a child has
//! a file: the list must not be a way to ask who is known to the service.

use super::known::{Files, Known};
use super::row::{Field, Frame, NAME, PLACE, Told, words};
use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{CodeList, Sealed, child, division, protection_case};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network::{LARGEST, Report, Sheet, insert_rows};
use crate::rules::codes;
use crate::rules::policy::{self, Role};
use crate::state::App;
use crate::vault::{Slot, Vault};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Brings in a list, or shows what it would change. A list with a fault
/// changes nothing; the faults are in the report.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not; when the database refuses.
pub async fn import(app: &App, ctx: &Ctx, file: (&str, &[u8]), apply: bool) -> Result<Report> {
    if !policy::imports_children(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("children.import", None)));
    }
    let (name, bytes) = file;
    if bytes.len() > LARGEST {
        return Ok(Report::refused(format!("{name} 超过 2 MiB，分成几个文件")));
    }
    let sheet = match Sheet::read(bytes).and_then(|sheet| sheet.needs(&[NAME, PLACE]).map(|()| sheet)) {
        Ok(sheet) => sheet,
        Err(reason) => return Ok(Report::refused(reason)),
    };
    let (told, mut report) = read(app, ctx, &sheet).await?;
    if !report.faults.is_empty() {
        return Ok(report);
    }
    if !apply {
        let files = Files::load(app.db.read(), app, ctx, &told).await?;
        report.changes = Plan::make(app, ctx, &told, &files)?.lines(ctx, &told);
        return Ok(report);
    }
    let tx = app.db.begin().await?;
    // The number also keeps a second import waiting: it must see the first.
    let number = casework::next_number(&tx, "DR", ctx.now).await?;
    let files = Files::load(&tx, app, ctx, &told).await?;
    let plan = Plan::make(app, ctx, &told, &files)?;
    report.changes = plan.lines(ctx, &told);
    if report.changes.is_empty() {
        return Ok(report);
    }
    let detail = plan.detail(&number, ctx);
    plan.write(&tx, app, ctx).await?;
    journal::commit(tx, ctx, Entry::new(Act::ChildrenImported).detail(detail)).await?;
    report.applied = true;
    Ok(report)
}

/// The lines that can be read, and the faults of the others.
async fn read(app: &App, ctx: &Ctx, sheet: &Sheet) -> Result<(Vec<Told>, Report)> {
    let codes: Vec<String> = division::Entity::find()
        .select_only()
        .column(division::Column::Code)
        .into_tuple()
        .all(app.db.read())
        .await?;
    let divisions: HashSet<String> = codes.into_iter().collect();
    let frame = Frame {
        area: &ctx.actor.division,
        divisions: &divisions,
        today: clock::day(ctx.now),
        synthetic: app.config.demo,
    };
    let mut report = Report {
        rows: sheet.rows.len(),
        ..Report::default()
    };
    let mut told = Vec::new();
    let mut seen: HashMap<(Option<String>, String), usize> = HashMap::new();
    for row in &sheet.rows {
        match Told::read(row, &frame) {
            Ok(one) => match seen.insert(identity(&one), one.line) {
                Some(before) => report
                    .faults
                    .push((one.line, format!("与第 {before} 行是同一名儿童，只留一行"))),
                None => told.push(one),
            },
            Err(reason) => report.faults.push((row.line, reason)),
        }
    }
    Ok((told, report))
}

/// What makes two lines the same child.
fn identity(told: &Told) -> (Option<String>, String) {
    match &told.number {
        Some(number) => (Some(number.clone()), String::new()),
        None => (None, format!("{} {}", told.name, told.birth)),
    }
}

/// What becomes of one line.
enum Deed {
    New,
    Same,
    Changed(Vec<Field>),
    Withheld,
}

/// What an import writes.
struct Plan {
    deeds: Vec<Deed>,
    new: Vec<child::ActiveModel>,
    changed: Vec<Change>,
}

/// A change of a file that stands.
struct Change {
    child: Uuid,
    version: i32,
    row: child::ActiveModel,
    fields: Vec<Field>,
    cases: Vec<protection_case::Model>,
    label: i16,
}

impl Plan {
    fn make(app: &App, ctx: &Ctx, told: &[Told], files: &Files) -> Result<Self> {
        let mut plan = Self {
            deeds: Vec::with_capacity(told.len()),
            new: Vec::new(),
            changed: Vec::new(),
        };
        for one in told {
            let deed = match files.of(app, one) {
                None => {
                    plan.new.push(fresh(&app.vault, ctx, one)?);
                    Deed::New
                }
                Some(known) if known.withheld => Deed::Withheld,
                Some(known) => plan.update(&app.vault, one, known)?,
            };
            plan.deeds.push(deed);
        }
        Ok(plan)
    }

    fn update(&mut self, vault: &Vault, told: &Told, known: &Known) -> Result<Deed> {
        let change = change(vault, told, known)?;
        if change.fields.is_empty() {
            return Ok(Deed::Same);
        }
        let fields = change.fields.clone();
        self.changed.push(change);
        Ok(Deed::Changed(fields))
    }

    /// What the importer is told, line by line. At the shell, which holds the
    /// whole database anyway, it is told what happens; on screen only what was
    /// sent.
    fn lines(&self, ctx: &Ctx, told: &[Told]) -> Vec<String> {
        let open = ctx.actor.role == Role::System;
        let lines = told.iter().zip(&self.deeds).filter_map(|(one, deed)| {
            let words = match deed {
                _ if !open => format!("登记或更新 {}", words(&one.fields())),
                Deed::New => format!("新建 {}", words(&one.fields())),
                Deed::Changed(fields) => format!("更新 {}", words(fields)),
                Deed::Same | Deed::Withheld => return None,
            };
            Some(format!("第 {} 行：{words}", one.line))
        });
        lines.collect()
    }

    fn detail(&self, number: &str, ctx: &Ctx) -> serde_json::Value {
        let withheld = self.deeds.iter().filter(|deed| matches!(deed, Deed::Withheld)).count();
        json!({
            "number": number,
            "division": ctx.actor.division.code(),
            "rows": self.deeds.len(),
            "new": self.new.len(),
            "changed": self.changed.len(),
            "withheld": withheld,
        })
    }

    async fn write(self, tx: &impl ConnectionTrait, app: &App, ctx: &Ctx) -> Result<()> {
        insert_rows(tx, self.new).await?;
        for change in self.changed {
            let done = child::Entity::update_many()
                .set(change.row)
                .filter(child::Column::Id.eq(change.child))
                .filter(child::Column::Version.eq(change.version))
                .exec(tx)
                .await?;
            if done.rows_affected != 1 {
                return Err(Error::Conflict(
                    "导入期间有档案被他人更新，重新试运行后再导入".to_owned(),
                ));
            }
            for case in &change.cases {
                tell_case(tx, app, ctx, (case, change.child, change.label, &change.fields)).await?;
            }
        }
        Ok(())
    }
}

/// A new file.
fn fresh(vault: &Vault, ctx: &Ctx, told: &Told) -> Result<child::ActiveModel> {
    let id = ctx.new_id();
    let slot = |column| Slot::new("child", column, id);
    let row = child::Model {
        id,
        name: vault.seal_some(slot("name"), Some(&told.name))?,
        name_index: vault.index_some("name", Some(&told.name)),
        sex: told.sex.unwrap_or("0").to_owned(),
        birth_date: Some(vault.seal(slot("birth_date"), &told.birth.to_string())?),
        age_at_intake: Some(told.age(clock::day(ctx.now))),
        age_estimated: false,
        id_number: vault.seal_some(slot("id_number"), told.number.as_deref())?,
        id_index: vault.index_some("id_number", told.number.as_deref()),
        feature: vault.seal_some(slot("feature"), told.feature.as_deref())?,
        categories: CodeList(told.categories.clone()),
        division: Some(told.place.code().to_owned()),
        school: vault.seal_some(slot("school"), told.school.as_deref())?,
        opinion: None,
        created_at: ctx.now,
        version: 1,
    };
    Ok(row.into_active_model().reset_all())
}

/// What a line changes in a file that stands.
fn change(vault: &Vault, told: &Told, known: &Known) -> Result<Change> {
    let child = &known.child;
    let mut row = child::ActiveModel {
        version: Set(child.version + 1),
        ..Default::default()
    };
    let mut fields = identity_changes(vault, told, child, &mut row)?;
    fields.extend(circumstance_changes(vault, told, child, &mut row)?);
    Ok(Change {
        child: child.id,
        version: child.version,
        row,
        fields,
        cases: known.cases.clone(),
        label: label(&told.categories),
    })
}

/// Whether a line gives another text than the sealed one.
fn differs(vault: &Vault, slot: Slot, old: Option<&Sealed>, new: Option<&str>) -> Result<bool> {
    Ok(new.is_some() && vault.open_some(slot, old)?.as_deref() != new)
}

fn identity_changes(
    vault: &Vault,
    told: &Told,
    child: &child::Model,
    row: &mut child::ActiveModel,
) -> Result<Vec<Field>> {
    let mut fields = Vec::new();
    let slot = |column| Slot::new("child", column, child.id);
    let birth = told.birth.to_string();
    if differs(vault, slot("name"), child.name.as_ref(), Some(&told.name))? {
        row.name = Set(vault.seal_some(slot("name"), Some(&told.name))?);
        row.name_index = Set(vault.index_some("name", Some(&told.name)));
        fields.push(Field::Name);
    }
    if let Some(sex) = told.sex.filter(|sex| child.sex != *sex) {
        row.sex = Set(sex.to_owned());
        fields.push(Field::Sex);
    }
    if differs(vault, slot("birth_date"), child.birth_date.as_ref(), Some(&birth))? {
        row.birth_date = Set(Some(vault.seal(slot("birth_date"), &birth)?));
        row.age_estimated = Set(false);
        fields.push(Field::BirthDate);
    }
    Ok(fields)
}

fn circumstance_changes(
    vault: &Vault,
    told: &Told,
    child: &child::Model,
    row: &mut child::ActiveModel,
) -> Result<Vec<Field>> {
    let mut fields = Vec::new();
    let slot = |column| Slot::new("child", column, child.id);
    if !told.categories.is_empty() && child.categories.0 != told.categories {
        row.categories = Set(CodeList(told.categories.clone()));
        fields.push(Field::Categories);
    }
    if child.division.as_deref() != Some(told.place.code()) {
        row.division = Set(Some(told.place.code().to_owned()));
        fields.push(Field::Division);
    }
    if differs(vault, slot("school"), child.school.as_ref(), told.school.as_deref())? {
        row.school = Set(vault.seal_some(slot("school"), told.school.as_deref())?);
        fields.push(Field::School);
    }
    if differs(vault, slot("feature"), child.feature.as_ref(), told.feature.as_deref())? {
        row.feature = Set(vault.seal_some(slot("feature"), told.feature.as_deref())?);
        fields.push(Field::Feature);
    }
    Ok(fields)
}

/// The strictest label of the categories; the lowest without any.
fn label(categories: &[String]) -> i16 {
    let labels = categories.iter().filter_map(|code| codes::child_category(code));
    labels.map(|row| row.sensitivity.number()).max().unwrap_or_default()
}

/// A case is told what became known of its child; a category may raise its
/// label, never lower it.
async fn tell_case(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, child, label, fields): (&protection_case::Model, Uuid, i16, &[Field]),
) -> Result<()> {
    if label > case.sensitivity {
        protection_case::Entity::update_many()
            .set(protection_case::ActiveModel {
                sensitivity: Set(label),
                version: Set(case.version + 1),
                ..Default::default()
            })
            .filter(protection_case::Column::Id.eq(case.id))
            .exec(tx)
            .await?;
    }
    let fields: Vec<&str> = fields.iter().map(|field| field.code()).collect();
    let refs = json!({ "child": child, "fields": fields, "by": "import" });
    casework::tell(
        tx,
        &app.vault,
        ctx,
        case.id,
        (Act::ChildRecorded, ctx.now, None, refs.clone()),
    )
    .await?;
    let entry = Entry::new(Act::ChildRecorded).case(case.id).subject(child).detail(refs);
    journal::note(tx, ctx, entry).await
}
