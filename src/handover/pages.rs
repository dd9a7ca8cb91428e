//! The pages of a hand-over: for the security administrator an account with
//! counts alone, for whoever manages a post its holder's items one by one.

use super::giving::candidates;
use super::{Handed, Item, Kind, Scope, Wanted, disable, items, leave_post, resign};
use crate::accounts;
use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::account;
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use sea_orm::QueryFilter;
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

const KEEPERS: Access = Access::Roles(&[Role::SecAdmin]);
const MANAGERS: Access = Access::Roles(&[Role::City, Role::County, Role::Township, Role::SysAdmin]);

pub(super) fn routes() -> Routes {
    Routes::new()
        .post("/accounts/{id}/disable", KEEPERS, disable_now)
        .post("/accounts/{id}/change", KEEPERS, change_now)
        .get("/accounts/{id}/handover", KEEPERS, of_account)
        .post("/accounts/{id}/handover", KEEPERS, account_leaves)
        .get("/network/posts/{id}/handover", MANAGERS, of_post)
        .post("/network/posts/{id}/handover", MANAGERS, holder_leaves)
}

/// One item with the people who may take it.
struct Row {
    item: Item,
    level_label: &'static str,
    due: String,
    field: String,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "handover/show.html")]
struct HandoverPage {
    shell: Shell,
    action: String,
    back: String,
    person: String,
    place: String,
    version: i32,
    counts: Vec<(&'static str, usize)>,
    rows: Vec<Row>,
    /// Items that are not this person's to see; they go to whoever is named
    /// for all, or by the rule.
    hidden: usize,
    all: Vec<Choice>,
    /// Whether the account may stay: the one who leaves may only leave a post.
    ways: Vec<Choice>,
}

/// What was typed, fields of single items included.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
struct Typed(Vec<(String, String)>);

impl Typed {
    fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    fn version(&self) -> i32 {
        self.text("version").parse().unwrap_or(0)
    }

    /// Who is named; a name that is none is a fault of its field.
    fn wanted(&self) -> Result<Wanted> {
        let mut wanted = Wanted::default();
        let mut faults = Vec::new();
        for (key, value) in self.0.iter().filter(|(_, value)| !value.trim().is_empty()) {
            let item = key.strip_prefix("to_").map(Uuid::parse_str);
            match (key.as_str(), item, Uuid::parse_str(value)) {
                ("all", _, Ok(person)) => wanted.all = Some(person),
                (_, Some(Ok(item)), Ok(person)) => drop(wanted.each.insert(item, person)),
                ("all", _, Err(_)) | (_, Some(_), _) => faults.push(FieldError::new(key, "从列表中选择接手人")),
                _ => {}
            }
        }
        if faults.is_empty() {
            Ok(wanted)
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

/// The words after a hand-over, in the address.
fn after(handed: &Handed) -> String {
    format!(
        "handed={}&left={}&vacant={}",
        handed.total(),
        handed.left,
        handed.vacant
    )
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Seen {
    version: i32,
}

async fn disable_now(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(seen): Form<Seen>,
) -> Result<Response> {
    let handed = disable(&app, &ctx, (id, seen.version), &Wanted::default()).await?;
    Ok(see_other(&format!("/accounts/{id}?{}", after(&handed))))
}

async fn change_now(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<accounts::ChangeForm>,
) -> Result<Response> {
    accounts::change_posted(&app, &ctx, (&id, form), async |id, seen, to| {
        let handed = super::change(&app, &ctx, (id, seen), &to, &Wanted::default()).await?;
        Ok(after(&handed))
    })
    .await
}

async fn person(app: &App, id: Uuid) -> Result<account::Model> {
    accounts::find(&app.db, id).await?.ok_or(Error::NotFound)
}

async fn of_account(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let account = person(&app, id).await?;
    let typed = Typed(vec![("version".to_owned(), account.version.to_string())]);
    account_page(&app, &ctx, account, &typed, Vec::new()).await
}

/// Whoever keeps the accounts sees no case: counts, and one name for all.
async fn account_page(
    app: &App,
    ctx: &Ctx,
    account: account::Model,
    typed: &Typed,
    errors: Vec<FieldError>,
) -> Result<Response> {
    let open = items(app.db.read(), account.id, Scope::All).await?;
    let able = candidates(app.db.read(), account.id, account.unit_id).await?;
    journal::viewed(&app.db, ctx, Entry::new(Act::AccountsListed).subject(account.id)).await?;
    let shell = Shell::new(app, ctx, "离任交接", "/accounts").errors(errors);
    let status = shell.status();
    let page = HandoverPage {
        shell,
        action: format!("/accounts/{}/handover", account.id),
        back: format!("/accounts/{}", account.id),
        person: accounts::name(app, &account)?,
        place: match account.unit_id {
            Some(unit) => network::unit_name(app.db.read(), unit).await?,
            None => "全市".to_owned(),
        },
        version: typed.version(),
        counts: counts(&open),
        rows: Vec::new(),
        hidden: open.len(),
        all: people(app, &able, typed.text("all"))?,
        ways: Vec::new(),
    };
    render_with(status, &page)
}

async fn account_leaves(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let done = match typed.wanted() {
        Ok(wanted) => disable(&app, &ctx, (id, typed.version()), &wanted).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(handed) => Ok(see_other(&format!("/accounts/{id}?{}", after(&handed)))),
        Err(Error::Invalid(errors)) => account_page(&app, &ctx, person(&app, id).await?, &typed, errors).await,
        Err(other) => Err(other),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Whose {
    person: Option<Uuid>,
}

async fn of_post(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(whose): Query<Whose>,
) -> Result<Response> {
    let seat = network::seat(app.db.read(), &ctx, id, whose.person).await?;
    let typed = Typed(vec![("version".to_owned(), seat.version.to_string())]);
    post_page(&app, &ctx, seat, &typed, Vec::new()).await
}

async fn post_page(
    app: &App,
    ctx: &Ctx,
    seat: network::Leaving,
    typed: &Typed,
    errors: Vec<FieldError>,
) -> Result<Response> {
    let account = person(app, seat.account).await?;
    let open = items(app.db.read(), seat.account, Scope::All).await?;
    let counted = counts(&open);
    let shown = seen(app, ctx, &open).await?;
    let (rows, hidden): (Vec<Item>, Vec<Item>) = open.into_iter().partition(|item| shown.contains(&item.id));
    let able = candidates(app.db.read(), account.id, Some(seat.unit)).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for item in rows {
        lines.push(line(app, (&account, item), typed).await?);
    }
    let shell = Shell::new(app, ctx, "离任交接", "/network").errors(errors);
    let status = shell.status();
    let ways: &[(&str, &str)] = if seat.holds {
        &[
            ("resign", "离任离职：账号立即停用，全部事项移交"),
            ("post", "只离开本岗位：账号保留，移交本机构的事项"),
        ]
    } else {
        &[("post", "已离开本岗位：账号保留，移交本机构的事项")]
    };
    // Shutting an account is nobody's preset.
    let chosen = match (typed.text("way"), ways) {
        ("", [(only, _)]) => *only,
        (way, _) => way,
    };
    let page = HandoverPage {
        shell,
        action: format!("/network/posts/{}/handover?person={}", seat.post, seat.account),
        back: format!("/network/posts/{}", seat.post),
        person: accounts::name(app, &account)?,
        place: network::unit_name(app.db.read(), seat.unit).await?,
        version: typed.version(),
        counts: counted,
        rows: lines,
        hidden: hidden.len(),
        all: people(app, &able, typed.text("all"))?,
        ways: Choice::list(ways, chosen),
    };
    render_with(status, &page)
}

async fn holder_leaves(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(whose): Query<Whose>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let seen = (id, typed.version());
    let done = match (typed.wanted(), typed.text("way")) {
        (Err(error), _) => Err(error),
        (Ok(wanted), "resign") => resign(&app, &ctx, seen, &wanted).await,
        (Ok(wanted), "post") => leave_post(&app, &ctx, (seen, whose.person), &wanted).await,
        (Ok(_), _) => Err(Error::field("way", "选择离任方式")),
    };
    match done {
        Ok(handed) => Ok(see_other(&format!("/network?saved=handover&{}", after(&handed)))),
        Err(Error::Invalid(errors)) => {
            let seat = network::seat(app.db.read(), &ctx, id, whose.person).await?;
            post_page(&app, &ctx, seat, &typed, errors).await
        }
        Err(other) => Err(other),
    }
}

/// The items whose case this person may see anyway.
async fn seen(app: &App, ctx: &Ctx, open: &[Item]) -> Result<BTreeSet<Uuid>> {
    use crate::entity::protection_case;
    use sea_orm::ColumnTrait;
    let ids = open.iter().filter_map(|item| item.case);
    let visible: BTreeSet<Uuid> = casework::visible(ctx)
        .filter(protection_case::Column::Id.is_in(ids))
        .all(app.db.read())
        .await?
        .into_iter()
        .map(|case| case.id)
        .collect();
    let shown = |item: &&Item| item.case.is_some_and(|case| visible.contains(&case));
    Ok(open.iter().filter(shown).map(|item| item.id).collect())
}

fn counts(open: &[Item]) -> Vec<(&'static str, usize)> {
    Kind::ALL
        .into_iter()
        .map(|kind| (kind.label(), open.iter().filter(|item| item.kind == kind).count()))
        .filter(|(_, count)| *count > 0)
        .collect()
}

async fn line(app: &App, (leaving, item): (&account::Model, Item), typed: &Typed) -> Result<Row> {
    let able = candidates(app.db.read(), leaving.id, item.unit).await?;
    let field = format!("to_{}", item.id);
    Ok(Row {
        level_label: RiskLevel::from_number(item.level).map_or("", RiskLevel::label),
        due: item.due_at.map(clock::minute).unwrap_or_default(),
        choices: people(app, &able, typed.text(&field))?,
        field,
        item,
    })
}

fn people(app: &App, able: &[account::Model], chosen: &str) -> Result<Vec<Choice>> {
    able.iter()
        .map(|row| {
            let role = Role::parse(&row.role).map_or("", Role::label);
            let words = format!("{}（{role}）", accounts::name(app, row)?);
            Ok(Choice::new(&row.id.to_string(), &words, chosen))
        })
        .collect()
}
