//! The inbox on screen, and a person's settings.

use super::choices::{self, Choices};
use super::inbox::{self, Asked, Item};
use super::{Kind, stream};
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::NaiveTime;
use serde::Deserialize;
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    let access = Access::PEOPLE;
    Routes::new()
        .get("/notices", access, index)
        .get("/notices/stream", access, stream::open)
        .get("/notices/settings", access, settings)
        .post("/notices/settings", access, keep)
        .get("/notices/{id}", access, open)
        .post("/notices/read", access, read)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    show: String,
    before: Option<Uuid>,
    saved: Option<String>,
}

struct Tab {
    href: &'static str,
    label: &'static str,
    current: bool,
}

struct Section {
    title: &'static str,
    rows: Vec<Item>,
}

#[derive(Template)]
#[template(path = "notices/list.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    sections: Vec<Section>,
    first: Option<String>,
    next: Option<String>,
    /// For so many days what was read is kept.
    kept: u32,
}

/// `GET /notices`: what is unread first, then what was read or settled, latest first.
async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    let db = app.db.read();
    let red = wanted.show == "red";
    let asked = |seen, limit| Asked {
        seen: Some(seen),
        red,
        before: wanted.before.filter(|_| seen),
        limit,
    };
    // A later page goes on with what was read.
    let unread = if wanted.before.is_none() {
        inbox::list(db, &ctx, asked(false, inbox::MOST)).await?.items
    } else {
        Vec::new()
    };
    let read = if wanted.show == "unread" {
        inbox::Page::default()
    } else {
        inbox::list(db, &ctx, asked(true, 25)).await?
    };
    let show = |name: &str| (!name.is_empty()).then(|| format!("show={name}&"));
    let address = |before: Uuid| format!("/notices?{}before={before}", show(&wanted.show).unwrap_or_default());
    let flash = wanted.saved.as_ref().map(|_| "已标为已读".to_owned());
    let section = |title, rows| Section { title, rows };
    let mut sections = vec![section("未读", unread), section("已读和已办", read.items)];
    sections.retain(|section| !section.rows.is_empty());
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "通知", "/notices").flash(flash),
        tabs: tabs(&wanted.show),
        sections,
        first: wanted.before.map(|_| "/notices".to_owned()),
        next: read.next.map(address),
        kept: app.config.notice_days.value,
    })
}

fn tabs(shown: &str) -> Vec<Tab> {
    let tabs = [
        ("/notices", "", "全部"),
        ("/notices?show=unread", "unread", "未读"),
        ("/notices?show=red", "red", "红色"),
    ];
    let tab = |(href, name, label)| Tab {
        href,
        label,
        current: name == shown,
    };
    tabs.map(tab).into()
}

/// `GET /notices/{id}`: to the matter; the notice is read by that.
async fn open(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    Ok(see_other(&inbox::read(&app, &ctx, id).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReadForm {
    id: Vec<Uuid>,
}

/// `POST /notices/read`: one, some, or all when none is named.
async fn read(State(app): State<App>, ctx: Ctx, Form(form): Form<ReadForm>) -> Result<Response> {
    let ids = (!form.id.is_empty()).then_some(form.id.as_slice());
    inbox::mark(&app, &ctx, ids).await?;
    Ok(see_other("/notices?saved=read"))
}

/// The settings as they are typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChoiceForm {
    kinds: Vec<String>,
    quiet_from: String,
    quiet_to: String,
    digest: bool,
    sms: bool,
}

impl ChoiceForm {
    fn of(choices: &Choices) -> Self {
        let time = |time: NaiveTime| time.format("%H:%M").to_string();
        Self {
            kinds: Kind::ALL
                .iter()
                .filter(|kind| !choices.mutes(**kind))
                .map(|kind| kind.code().to_owned())
                .collect(),
            quiet_from: choices.quiet.map(|(from, _)| time(from)).unwrap_or_default(),
            quiet_to: choices.quiet.map(|(_, to)| time(to)).unwrap_or_default(),
            digest: choices.digest,
            sms: choices.sms,
        }
    }

    fn wanted(&self, kind: Kind) -> bool {
        self.kinds.iter().any(|code| code == kind.code())
    }

    /// The wishes, or what is wrong with them.
    fn read(&self) -> Result<Choices> {
        let mut faults = Vec::new();
        let mut time = |field: &str, text: &str| {
            let text = text.trim().replace('：', ":");
            if text.is_empty() {
                return None;
            }
            let time = NaiveTime::parse_from_str(&text, "%H:%M").ok();
            if time.is_none() {
                faults.push(FieldError::new(field, "按 22:00 的样子填写时间"));
            }
            time
        };
        let (from, to) = (time("quiet_from", &self.quiet_from), time("quiet_to", &self.quiet_to));
        match (from, to) {
            (Some(_), None) if self.quiet_to.trim().is_empty() => {
                faults.push(FieldError::new("quiet_to", "填写免打扰到几点，或把起点也清空"));
            }
            (None, Some(_)) if self.quiet_from.trim().is_empty() => {
                faults.push(FieldError::new("quiet_from", "填写免打扰从几点起，或把止点也清空"));
            }
            (Some(from), Some(to)) if from == to => {
                faults.push(FieldError::new("quiet_to", "起止时间不能相同"));
            }
            _ => {}
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let muted = Kind::ALL
            .iter()
            .copied()
            .filter(|kind| kind.is_chosen() && !self.wanted(*kind));
        Ok(Choices {
            muted: muted.collect(),
            quiet: from.zip(to),
            digest: self.digest,
            sms: self.sms,
        })
    }
}

#[derive(Template)]
#[template(path = "notices/settings.html")]
struct SettingsPage {
    shell: Shell,
    form: ChoiceForm,
    kinds: Vec<Choice>,
    sends_sms: bool,
}

async fn settings(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    let choices = choices::load(app.db.read(), ctx.actor.account).await?;
    let flash = wanted.saved.map(|_| "通知设置已保存".to_owned());
    settings_page(&app, &ctx, ChoiceForm::of(&choices), (flash, Vec::new()))
}

fn settings_page(
    app: &App,
    ctx: &Ctx,
    form: ChoiceForm,
    (flash, errors): (Option<String>, Vec<FieldError>),
) -> Result<Response> {
    let choice = |kind: &Kind| Choice {
        code: kind.code().to_owned(),
        label: kind.title().to_owned(),
        hint: String::new(),
        on: form.wanted(*kind),
    };
    let page = SettingsPage {
        shell: Shell::new(app, ctx, "通知设置", "/notices").flash(flash).errors(errors),
        kinds: Kind::ALL.iter().filter(|kind| kind.is_chosen()).map(choice).collect(),
        sends_sms: app.config.sends_sms(),
        form,
    };
    render_with(page.shell.status(), &page)
}

async fn keep(State(app): State<App>, ctx: Ctx, Form(form): Form<ChoiceForm>) -> Result<Response> {
    let kept = match form.read() {
        Ok(choices) => choices::keep(&app, &ctx, &choices).await,
        Err(error) => Err(error),
    };
    match kept {
        Ok(()) => Ok(see_other("/notices/settings?saved=1")),
        Err(Error::Invalid(errors)) => settings_page(&app, &ctx, form, (None, errors)),
        Err(error) => Err(error),
    }
}
