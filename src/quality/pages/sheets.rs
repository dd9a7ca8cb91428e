//! `/quality/sheet`: the score sheet, its versions, and the form that changes it.

use super::{Fields, HOME, MINE, seen, value};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::quality::sheet::{MOST, history};
use crate::quality::shown::names;
use crate::quality::{ItemWish, Sheet, SheetWish, change_sheet, sheet, sheet_of};
use crate::rules::policy;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render_with};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

/// Blank rows for further items.
const MORE: usize = 3;

/// A row of the form.
struct Line {
    label: String,
    /// Ids of its controls.
    code_id: String,
    text_id: String,
    max_id: String,
    fatal_id: String,
    wish: ItemWish,
}

fn line((place, wish): (usize, ItemWish)) -> Line {
    Line {
        label: format!("第 {} 项", place + 1),
        code_id: format!("code_{place}"),
        text_id: format!("text_{place}"),
        max_id: format!("max_{place}"),
        fatal_id: format!("fatal_{place}"),
        wish,
    }
}

struct Past {
    version: i32,
    since: String,
    reason: String,
    by: String,
}

#[derive(Template)]
#[template(path = "quality/sheet.html")]
struct SheetPage {
    shell: Shell,
    /// The version that is shown.
    sheet: Sheet,
    /// The one in force.
    now: i32,
    keeps: bool,
    lines: Vec<Line>,
    least: String,
    percent: String,
    reason: String,
    version: i32,
    past: Vec<Past>,
}

impl SheetPage {
    fn is_current(&self) -> bool {
        self.sheet.version == self.now
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    version: String,
    saved: bool,
}

/// `GET /quality/sheet`
pub(super) async fn show(State(app): State<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let db = app.db.read();
    let now = sheet(db).await?;
    let shown = match asked.version.trim() {
        "" => now.clone(),
        text => sheet_of(db, text.parse().map_err(|_| Error::NotFound)?).await?,
    };
    let flash = asked.saved.then(|| "已保存为新的一版，此后开始的评分按它".to_owned());
    let wish = wish_of(&now);
    let mut page = page(&app, &ctx, (shown, now.version), &wish, Vec::new()).await?;
    page.shell = page.shell.flash(flash);
    render_with(page.shell.status(), &page)
}

fn wish_of(sheet: &Sheet) -> SheetWish {
    let item = |item: &crate::rules::quality::Item| ItemWish {
        code: item.code.clone(),
        text: item.text.clone(),
        max: if item.fatal {
            String::new()
        } else {
            item.max.to_string()
        },
        fatal: item.fatal,
    };
    SheetWish {
        items: sheet.items.iter().map(item).collect(),
        least: sheet.quota.least.to_string(),
        percent: sheet.quota.percent.to_string(),
        reason: String::new(),
    }
}

async fn page(
    app: &App,
    ctx: &Ctx,
    (shown, now): (Sheet, i32),
    wish: &SheetWish,
    errors: Vec<FieldError>,
) -> Result<SheetPage> {
    let made = history(app).await?;
    let names = names(app, made.iter().filter_map(|made| made.by).collect()).await?;
    let past = made.into_iter().map(|made| Past {
        version: made.version,
        since: made.since.map(clock::minute).unwrap_or_default(),
        by: made.by.and_then(|by| names.get(&by).cloned()).unwrap_or_default(),
        reason: made.reason,
    });
    let keeps = policy::keeps_quality(ctx.actor.role);
    let blank = std::iter::repeat_n(ItemWish::default(), MORE);
    let rows = wish.items.iter().cloned().chain(blank).take(MOST);
    Ok(SheetPage {
        shell: Shell::new(app, ctx, "质检评分表", if keeps { HOME } else { MINE }).errors(errors),
        sheet: shown,
        now,
        keeps,
        lines: rows.enumerate().map(line).collect(),
        least: wish.least.clone(),
        percent: wish.percent.clone(),
        reason: wish.reason.clone(),
        version: now,
        past: past.collect(),
    })
}

fn typed(fields: &Fields) -> SheetWish {
    let item = |place: usize| ItemWish {
        code: value(fields, &format!("code_{place}")).to_owned(),
        text: value(fields, &format!("text_{place}")).to_owned(),
        max: value(fields, &format!("max_{place}")).to_owned(),
        fatal: value(fields, &format!("fatal_{place}")) == "true",
    };
    SheetWish {
        items: (0..MOST).map(item).collect(),
        least: value(fields, "least").to_owned(),
        percent: value(fields, "percent").to_owned(),
        reason: value(fields, "reason").to_owned(),
    }
}

/// Without the blank rows at the end, which the form adds itself.
fn trimmed(mut wish: SheetWish) -> SheetWish {
    let blank = |item: &ItemWish| [&item.code, &item.text, &item.max].iter().all(|text| text.is_empty());
    while wish.items.last().is_some_and(blank) {
        wish.items.pop();
    }
    wish
}

/// `POST /quality/sheet`
pub(super) async fn change(State(app): State<App>, ctx: Ctx, Form(fields): Form<Fields>) -> Result<Response> {
    let wish = typed(&fields);
    let (errors, stale) = match change_sheet(&app, &ctx, seen(&fields), &wish).await {
        Ok(_) => return Ok(see_other("/quality/sheet?saved=true")),
        Err(Error::Invalid(errors)) => (errors, None),
        Err(Error::Stale { seen, now }) => (Vec::new(), Some((seen, now))),
        Err(error) => return Err(error),
    };
    let now = sheet(app.db.read()).await?;
    let version = now.version;
    let mut page = page(&app, &ctx, (now, version), &trimmed(wish), errors).await?;
    page.shell = page.shell.stale(stale);
    render_with(page.shell.status(), &page)
}
