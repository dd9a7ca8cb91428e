//! `GET /cases/{id}`: the case page. The view is in the journal before a word
//! of it is shown.

use super::actions::{self, Offer, Powers};
use super::clockwork::{self, ClockRow};
use super::due::{self, Group};
use super::facts::{self, FactSheet};
use super::list_page::stage_kind;
use super::names::Names;
use super::next::{self, Known, Next};
use super::parts::{self, UnitRow};
use super::rulings;
use super::story::{self, Happening};
use super::work::{self, Work};
use crate::casework;
use crate::clocks::{self, Rules};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::joint::{self, Picture};
use crate::journal::{self, Act, Entry};
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::policy::{Action, Role};
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The head of every page about one case.
#[derive(Debug, Clone)]
pub(crate) struct Strip {
    pub(crate) id: Uuid,
    pub(crate) version: i32,
    pub(crate) number: String,
    pub(crate) title: String,
    pub(crate) level: i16,
    pub(crate) level_label: &'static str,
    pub(crate) stage: &'static str,
    pub(crate) stage_kind: &'static str,
    pub(crate) due: String,
    pub(crate) due_state: &'static str,
    pub(crate) unit: String,
    pub(crate) person: String,
    pub(crate) label: &'static str,
}

#[derive(Template)]
#[template(path = "casefile/page.html")]
struct CasePage {
    shell: Shell,
    strip: Strip,
    reduced: bool,
    warnings: Vec<String>,
    offers: Vec<Offer>,
    may_record: bool,
    may_show_identity: bool,
    may_open_reporter: bool,
    next: Vec<Next>,
    sheet: FactSheet,
    units: Vec<UnitRow>,
    recusals: Vec<String>,
    clocks: Vec<ClockRow>,
    ended_clocks: usize,
    /// Nothing for whoever may not read how the case is handled.
    work: Option<Work>,
    story: Vec<Happening>,
    /// The picture of joint handling, for whoever reads how the case is handled.
    joint: Option<Picture>,
}

impl CasePage {
    /// The address of an action, where it is offered now: `self.to("plan")`.
    fn to(&self, path: &str) -> Option<&str> {
        let wanted = format!("/cases/{}/{path}", self.strip.id);
        let found = self.offers.iter().find(|offer| offer.href == wanted);
        found.map(|offer| offer.href.as_str())
    }

    /// The plan, where goals may be set or there are goals to look at.
    fn plan_link(&self) -> Option<String> {
        let shown = (!self.reduced && self.work.as_ref().is_some_and(|work| !work.goals.is_empty()))
            || self.to("plan").is_some();
        shown.then(|| format!("/cases/{}/plan", self.strip.id))
    }

    /// The form of the next assessment, and its name.
    fn assess_link(&self) -> (Option<&str>, &'static str) {
        match self.to("review/new") {
            Some(href) => (Some(href), "复评"),
            None => (self.to("assess/new"), "评估"),
        }
    }

    /// The checks matter from the day on which closing may be asked for.
    fn near_closing(&self) -> bool {
        self.to("do/close").is_some() || self.to("do/decide-close").is_some()
    }

    fn met_checks(&self) -> usize {
        let checks = self.work.iter().flat_map(|work| &work.checks);
        checks.filter(|check| check.met).count()
    }

    fn has_rare(&self) -> bool {
        self.may_print() || self.offers.iter().any(|offer| offer.rare)
    }

    /// The printed sheet is for those who read how the case is handled.
    fn may_print(&self) -> bool {
        !self.reduced && self.work.is_some()
    }
}

/// What the address may carry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Arrival {
    /// The step that was just done.
    done: String,
}

/// Whether the role sees the page without what its part does not need.
pub(crate) fn reduced(role: Role) -> bool {
    matches!(role, Role::Village | Role::Handler)
}

/// The head of a case's pages.
pub(crate) async fn strip(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
) -> Result<Strip> {
    let people: BTreeSet<Uuid> = case.assignee.into_iter().collect();
    let names = Names::load(db, &app.vault, BTreeSet::from([case.lead_unit]), people).await?;
    let stage = Stage::parse(&case.stage);
    let open = stage.is_some_and(Stage::is_open);
    Ok(Strip {
        id: case.id,
        version: case.version,
        number: case.number.clone(),
        title: facts::title(app, case)?,
        level: case.level,
        level_label: RiskLevel::from_number(case.level).map_or("未定", RiskLevel::label),
        stage: stage.map_or("未知", Stage::label),
        stage_kind: stage_kind(stage),
        due: if open || case.next_due_at.is_some() {
            due::text(case.next_due_at, ctx.now)
        } else {
            "无".to_owned()
        },
        due_state: Group::of(case.next_due_at, ctx.now).state(),
        unit: names.unit(case.lead_unit),
        person: match case.assignee {
            Some(_) => names.person(case.assignee),
            None => "未指定".to_owned(),
        },
        label: Sensitivity::from_number(case.sensitivity)
            .unwrap_or(Sensitivity::L4)
            .label(),
    })
}

/// The case page.
pub(crate) async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(arrival): Query<Arrival>,
) -> Result<Response> {
    let db = app.db.read();
    let case = casework::fetch_for(db, &ctx, id, Action::View).await?;
    journal::viewed(&app.db, &ctx, Entry::new(Act::CaseViewed).case(id)).await?;
    let powers = Powers::new(&ctx, casework::facts(db, &case).await?);
    let clocks = clocks::of_case(db, id).await?;
    let events = casework::happenings(db, id).await?;
    let units = parts::of_case(db, id).await?;
    let (unit_ids, people) = mentioned(&clocks, &events, &units);
    let names = Names::load(db, &app.vault, unit_ids, people).await?;
    let strip = strip(db, &app, &ctx, &case).await?;
    let order = casework::order::known(db, id).await?;
    let offers = actions::offers(&powers, (&case, &order), parts::unsigned(&ctx, &units));
    let work = work::of_case(db, &app, &ctx, (&case, &powers, &order)).await?;
    let tasks = work.as_ref().map(|work| work.task_names.clone()).unwrap_or_default();
    let rulings = rulings::of_case(db, &ctx, (&case, &powers), (&order, &offers)).await?;
    let known = Known {
        case: &case,
        rulings: &rulings,
        clocks: &clocks,
        names: &names,
        offers: &offers,
        waiting: work.as_ref().map_or(&[], |work| &work.waiting),
        tasks: &tasks,
    };
    let rules = Rules::of(db, &clocks).await?;
    let clock_rows = clockwork::rows(&ctx, &clocks, (&names, &tasks, &rules));
    let page = CasePage {
        shell: Shell::new(&app, &ctx, &strip.number, "/cases")
            .count("/cases", super::waiting(db, &ctx).await?)
            .flash(actions::done(&arrival.done)),
        reduced: reduced(ctx.actor.role),
        warnings: facts::warnings(&case),
        may_record: powers.may(Action::Record) && Stage::parse(&case.stage).is_some_and(Stage::is_open),
        may_show_identity: powers.may_show_identity(),
        may_open_reporter: powers.may(Action::OpenReporter),
        next: next::steps(&ctx, &known),
        offers,
        sheet: facts::sheet(db, &app, &ctx, (&case, &powers)).await?,
        recusals: parts::recusals(db, &app, &powers, id).await?,
        units: parts::rows(units, &names),
        ended_clocks: clock_rows.iter().filter(|row| row.ended).count(),
        clocks: clock_rows,
        work,
        story: story::rows(&app, &powers, events, &names)?,
        joint: drawn(&app, &ctx, (id, &powers)).await?,
        strip,
    };
    render(&page)
}

/// Who holds what, for whoever reads the work on the case.
async fn drawn(app: &App, ctx: &Ctx, (case, powers): (Uuid, &Powers)) -> Result<Option<Picture>> {
    if !powers.may(Action::ReadWork) {
        return Ok(None);
    }
    joint::picture(app, ctx, case).await.map(Some)
}

pub(crate) type Ids = BTreeSet<Uuid>;

/// The units and people that the page names.
pub(crate) fn mentioned(
    clocks: &[crate::entity::deadline::Model],
    events: &[crate::entity::case_event::Model],
    units: &[crate::entity::case_unit::Model],
) -> (Ids, Ids) {
    let mut unit_ids: Ids = clocks.iter().map(|clock| clock.owner_unit).collect();
    unit_ids.extend(events.iter().filter_map(|event| event.actor_unit));
    unit_ids.extend(units.iter().map(|row| row.unit_id));
    let mut people: Ids = events.iter().filter_map(|event| event.actor_id).collect();
    people.extend(units.iter().filter_map(|row| row.account_id));
    people.extend(units.iter().filter_map(|row| row.signed_by));
    (unit_ids, people)
}
