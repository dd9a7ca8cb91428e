//! The rules of time on screen: all of them with what they rest on, one of
//! them with its history, and the form that changes it.

use super::rule_filter::{RuleFilter, Traits};
use super::rules::{Made, change_rule, history, set_hours};
use super::{book, guessed};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::rules::calendar::{TimeUnit, WorkingHours};
use crate::rules::codes;
use crate::rules::deadlines::is_known_by_code;
use crate::rules::policy::{self, Role};
use crate::rules::rule_change::{RuleWish, is_law};
use crate::rules::rulebook::{Rule, Rulebook};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

pub(super) const READERS: Access = Access::Roles(&[
    Role::SecAdmin,
    Role::SysAdmin,
    Role::Auditor,
    Role::Lead,
    Role::City,
    Role::County,
]);
pub(super) const KEEPERS: Access = Access::Roles(&[Role::SecAdmin]);
const HOME: &str = "/deadline-rules";

/// The pages of the rules.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/deadline-rules", READERS, list)
        .post("/deadline-rules/hours", KEEPERS, hours)
        .get("/deadline-rules/{code}", READERS, show)
        .post("/deadline-rules/{code}", KEEPERS, save)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct After {
    saved: String,
}

/// One rule in words.
struct Row {
    code: &'static str,
    /// Whether people speak of it by its code.
    known: bool,
    name: String,
    event: String,
    owner: String,
    time: String,
    calendar: &'static str,
    nature: &'static str,
    law: bool,
    on_expiry: String,
    source: String,
    version: i32,
    guessed: Option<i32>,
}

impl Row {
    fn is_asked_for(&self, filter: &RuleFilter) -> bool {
        let Self { name, event, owner, .. } = self;
        let texts = [
            self.code,
            name,
            event,
            owner,
            self.nature,
            &self.on_expiry,
            &self.source,
        ];
        filter.keeps(&Traits {
            texts: &texts,
            law: self.law,
            changed: self.version > 1,
            guessed: self.guessed.is_some(),
        })
    }
}

/// The rows of one rule `DL01` ….
struct Group {
    rows: Vec<Row>,
}

fn row(book: &Rulebook, rule: Rule<'_>, now: DateTime<Utc>) -> Row {
    let event = codes::deadline_event(&rule.row().event);
    let unit = TimeUnit::parse(rule.unit());
    Row {
        code: rule.code(),
        known: is_known_by_code(rule.rule()),
        name: rule.name().to_owned(),
        event: event.map_or_else(|| rule.row().event.clone(), |event| event.name.clone()),
        owner: rule.owner().to_owned(),
        time: time_words(rule.amount(), rule.unit()),
        calendar: if unit.is_some_and(TimeUnit::is_working) {
            "工作日历"
        } else {
            "自然时间"
        },
        nature: &rule.row().nature,
        law: is_law(&rule.row().nature),
        on_expiry: rule.on_expiry().to_owned(),
        source: rule.source().to_owned(),
        version: rule.version(),
        guessed: book.due(rule, now).guessed,
    }
}

/// `72小时`, `立即`, `提前30日`.
fn time_words(amount: i32, unit: &str) -> String {
    let label = TimeUnit::parse(unit).map_or("", TimeUnit::label);
    match amount {
        0 => "立即".to_owned(),
        n if n < 0 => format!("提前{}{label}", n.unsigned_abs()),
        n => format!("{n}{label}"),
    }
}

#[derive(Template)]
#[template(path = "clocks/rules.html")]
struct ListPage {
    shell: Shell,
    groups: Vec<Group>,
    count: usize,
    /// How many of them are shown, where not all are asked for.
    shown: Option<usize>,
    q: String,
    kinds: Vec<Choice>,
    may_change: bool,
    years: String,
    warning: Option<String>,
    hours: String,
    hint: String,
}

async fn list_page(
    app: &App,
    ctx: &Ctx,
    filter: RuleFilter,
    typed: Option<(String, Vec<FieldError>)>,
) -> Result<ListPage> {
    let db = app.db.read();
    let book = book(db, ctx.now).await?;
    let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut shown = 0;
    for rule in book.rules() {
        let row = row(&book, rule, ctx.now);
        if row.is_asked_for(&filter) {
            groups.entry(rule.rule().to_owned()).or_default().push(row);
            shown += 1;
        }
    }
    let years: Vec<String> = book.calendar().years().map(|year| year.to_string()).collect();
    let (hours, errors) = typed.unwrap_or_else(|| (book.calendar().hours().to_string(), Vec::new()));
    Ok(ListPage {
        shell: Shell::new(app, ctx, "时限规则", HOME).errors(errors),
        count: book.rules().count(),
        shown: (!filter.is_empty()).then_some(shown),
        kinds: filter.choices(),
        q: filter.q,
        groups: groups.into_values().map(|rows| Group { rows }).collect(),
        may_change: policy::keeps_deadline_rules(ctx.actor.role),
        years: years.join("、"),
        warning: guessed::warning(db, &book, ctx.now).await?,
        hours,
        hint: format!("一至四段，如 {}；按“工作小时”计的规则用它", WorkingHours::DEFAULT),
    })
}

async fn list(
    State(app): State<App>,
    ctx: Ctx,
    Query(after): Query<After>,
    Query(filter): Query<RuleFilter>,
) -> Result<Response> {
    let mut page = list_page(&app, &ctx, filter, None).await?;
    let saved = (after.saved == "hours").then(|| "工作时段已保存，对此后起算的时限生效".to_owned());
    page.shell = page.shell.flash(saved);
    render(&page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HoursForm {
    hours: String,
}

async fn hours(State(app): State<App>, ctx: Ctx, Form(form): Form<HoursForm>) -> Result<Response> {
    match set_hours(&app, &ctx, &form.hours).await {
        Ok(()) => Ok(see_other("/deadline-rules?saved=hours")),
        Err(Error::Invalid(faults)) => {
            let page = list_page(&app, &ctx, RuleFilter::default(), Some((form.hours, faults))).await?;
            render_with(page.shell.status(), &page)
        }
        Err(error) => Err(error),
    }
}

/// What is typed into the form of a rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct RuleForm {
    name: String,
    owner: String,
    amount: String,
    unit: String,
    on_expiry: String,
    source: String,
    reason: String,
    version: i32,
}

impl RuleForm {
    fn of(rule: Rule<'_>) -> Self {
        Self {
            name: rule.name().to_owned(),
            owner: rule.owner().to_owned(),
            amount: rule.amount().unsigned_abs().to_string(),
            unit: rule.unit().to_owned(),
            on_expiry: rule.on_expiry().to_owned(),
            source: rule.source().to_owned(),
            reason: String::new(),
            version: rule.version(),
        }
    }

    fn wish(&self) -> RuleWish {
        RuleWish {
            name: self.name.clone(),
            owner: self.owner.clone(),
            amount: self.amount.clone(),
            unit: self.unit.clone(),
            on_expiry: self.on_expiry.clone(),
            source: self.source.clone(),
            reason: self.reason.clone(),
        }
    }
}

/// A version in the history.
struct Past {
    version: i32,
    name: String,
    time: String,
    on_expiry: String,
    source: String,
    reason: String,
    who: String,
    from: String,
}

fn past(made: Made) -> Past {
    Past {
        version: made.row.version,
        time: time_words(made.row.amount, &made.row.unit),
        name: made.row.name,
        on_expiry: made.row.on_expiry,
        source: made.row.source,
        reason: made.reason,
        who: made.who,
        from: clock::minute(made.row.valid_from),
    }
}

fn first(row: &codes::DeadlineRule) -> Past {
    Past {
        version: 1,
        name: row.name.clone(),
        time: time_words(row.amount, &row.unit),
        on_expiry: row.on_expiry.clone(),
        source: row.source.clone(),
        reason: "随系统提供".to_owned(),
        who: "系统".to_owned(),
        from: "启用时".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "clocks/rule.html")]
struct RulePage {
    shell: Shell,
    row: Row,
    limit: Option<String>,
    before: bool,
    units: Vec<Choice>,
    form: RuleForm,
    may_change: bool,
    past: Vec<Past>,
}

async fn rule_page(app: &App, ctx: &Ctx, code: &str, form: Option<RuleForm>) -> Result<RulePage> {
    let db = app.db.read();
    let book = book(db, ctx.now).await?;
    let rule = book.rule(code).ok_or(Error::NotFound)?;
    let form = form.unwrap_or_else(|| RuleForm::of(rule));
    let mut versions: Vec<Past> = history(app, code).await?.into_iter().map(past).collect();
    versions.push(first(rule.row()));
    let units = TimeUnit::ALL.map(|unit| Choice::new(unit.code(), unit.label(), &form.unit));
    let title = format!("时限规则：{}", rule.name());
    Ok(RulePage {
        shell: Shell::new(app, ctx, &title, HOME),
        row: row(&book, rule, ctx.now),
        limit: codes::legal_limit(code).map(|limit| limit.source.clone()),
        before: rule.row().amount < 0,
        units: units.into(),
        form,
        may_change: policy::keeps_deadline_rules(ctx.actor.role),
        past: versions,
    })
}

async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path(code): Path<String>,
    Query(after): Query<After>,
) -> Result<Response> {
    let mut page = rule_page(&app, &ctx, &code, None).await?;
    let saved = (after.saved == "rule").then(|| "规则已变更，对此后起算的时限生效；已在走的时限不变".to_owned());
    page.shell = page.shell.flash(saved);
    render(&page)
}

async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(code): Path<String>,
    Form(mut form): Form<RuleForm>,
) -> Result<Response> {
    match change_rule(&app, &ctx, &code, form.version, &form.wish()).await {
        Ok(_) => Ok(see_other(&format!("{HOME}/{code}?saved=rule"))),
        Err(Error::Invalid(faults)) => {
            let mut page = rule_page(&app, &ctx, &code, Some(form)).await?;
            page.shell = page.shell.errors(faults);
            render_with(page.shell.status(), &page)
        }
        Err(Error::Stale { seen, now }) => {
            // What was typed comes back over the version that stands now.
            form.version = now;
            let mut page = rule_page(&app, &ctx, &code, Some(form)).await?;
            page.shell = page.shell.stale(Some((seen, now)));
            render_with(page.shell.status(), &page)
        }
        Err(error) => Err(error),
    }
}
