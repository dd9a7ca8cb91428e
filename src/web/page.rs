//! Pages: the frame that every template gets, and how one is answered.

use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::rules::policy::{self, Role};
use crate::state::App;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// The person at the screen.
#[derive(Debug, Clone, Default)]
pub struct ShellUser {
    /// Name.
    pub name: String,
    /// Role in Chinese.
    pub role: String,
    /// Unit.
    pub unit: String,
}

/// One entry of the main navigation.
#[derive(Debug, Clone)]
pub struct NavItem {
    /// Where it leads.
    pub href: String,
    /// Its words.
    pub label: String,
    /// Whether this page is there.
    pub current: bool,
    /// How many things wait there.
    pub count: Option<u64>,
}

/// What the layout needs.
#[derive(Debug, Clone, Default)]
pub struct Shell {
    /// Page title.
    pub title: String,
    /// The person, when signed in.
    pub user: Option<ShellUser>,
    /// Main navigation.
    pub nav: Vec<NavItem>,
    /// How many notices are unread.
    pub unread: u64,
    /// Whether the person answers the telephone.
    pub telephone: bool,
    /// Form token.
    pub csrf: String,
    /// Whether the demonstration banner is shown.
    pub demo: bool,
    /// The time of the page.
    pub now: String,
    /// A message of the last step.
    pub flash: Option<String>,
    /// Faults of the last submission.
    pub errors: Vec<FieldError>,
    /// The version seen and the version now, when somebody else was faster
    /// and what was typed comes back with the present version.
    pub stale: Option<(i32, i32)>,
}

impl Shell {
    /// The frame of a page for whoever is signed in.
    #[must_use]
    pub fn new(app: &App, ctx: &Ctx, title: &str, current: &str) -> Self {
        Self {
            title: title.to_owned(),
            user: Some(ShellUser {
                name: ctx.name.clone(),
                role: ctx.actor.role.label().to_owned(),
                unit: ctx.unit_name.clone(),
            }),
            nav: nav(ctx.actor.role, current),
            unread: ctx.unread,
            telephone: policy::answers_calls(ctx.actor.role),
            csrf: ctx.csrf.clone(),
            demo: app.config.demo,
            now: clock::minute(ctx.now),
            flash: None,
            errors: Vec::new(),
            stale: None,
        }
    }

    /// The frame of a page for nobody in particular.
    #[must_use]
    pub fn public(app: &App, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            demo: app.config.demo,
            now: clock::minute(app.clock.now()),
            ..Self::default()
        }
    }

    /// With a message.
    #[must_use]
    pub fn flash(mut self, message: Option<String>) -> Self {
        self.flash = message;
        self
    }

    /// With the faults of a submission.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// With both versions of what somebody else changed meanwhile.
    #[must_use]
    pub fn stale(mut self, versions: Option<(i32, i32)>) -> Self {
        self.stale = versions;
        self
    }

    /// The status of a page that answers a submission.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match (self.stale, self.errors.is_empty()) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, true) => StatusCode::OK,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// How many things wait behind a navigation entry.
    #[must_use]
    pub fn count(mut self, href: &str, count: u64) -> Self {
        for item in self.nav.iter_mut().filter(|item| item.href == href) {
            item.count = Some(count).filter(|count| *count > 0);
        }
        self
    }

    /// The fault of one control.
    #[must_use]
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map(|error| error.message.as_str())
    }
}

/// An entry of the navigation: where it leads and its word.
type Entry = (&'static str, &'static str);

const INTAKE: Entry = ("/intake", "来电登记");
const CALLS: Entry = ("/calls", "通话");
const CALLBACKS: Entry = ("/callbacks", "待回拨");
const EXCHANGES: Entry = ("/exchanges", "话务平台");
const REPORTS: Entry = ("/reports", "线索");
const CASES: Entry = ("/cases", "个案");
const ORDERS: Entry = ("/orders", "工单");
const TASKS: Entry = ("/tasks", "协办");
const CLOCKS: Entry = ("/clocks", "时限");
const MEASURES: Entry = ("/measures", "措施");
const TODAY: Entry = ("/today", "今日走访");
const VISITS: Entry = ("/visits", "走访审核");
const TRANSFERS: Entry = ("/transfers", "移交");
const REFERRALS: Entry = ("/referrals", "转介");
const LINES: Entry = ("/referral-lines", "联动热线");
const KNOWLEDGE: Entry = ("/knowledge", "知识库");
const NETWORK: Entry = ("/network", "网络");
const ACCOUNTS: Entry = ("/accounts", "账号");
const RULES: Entry = ("/deadline-rules", "时限规则");
const BOARD: Entry = ("/board", "看板");
const SUPERVISION: Entry = ("/supervision", "督导");
const HOTLINE: Entry = ("/hotline/orders", "12345");
const PARTNERS: Entry = ("/hotline/partners", "接入方");
const DAYBOARD: Entry = ("/hotline/board", "今日看板");
const QUALITY: Entry = ("/quality", "质检");
const OUTBOX: Entry = ("/outbox", "外发");

/// The city looks at all of it.
const CITY: &[Entry] = &[
    BOARD,
    DAYBOARD,
    SUPERVISION,
    CASES,
    ORDERS,
    HOTLINE,
    TASKS,
    CLOCKS,
    MEASURES,
    VISITS,
    TRANSFERS,
    NETWORK,
    REFERRALS,
    KNOWLEDGE,
];

/// The shift lead works the telephone and watches the line.
const LEAD: &[Entry] = &[
    DAYBOARD,
    INTAKE,
    CALLS,
    CALLBACKS,
    REPORTS,
    CASES,
    ORDERS,
    HOTLINE,
    TASKS,
    CLOCKS,
    NETWORK,
    SUPERVISION,
    REFERRALS,
    KNOWLEDGE,
];

/// What a role finds in the navigation, in the order of its day.
fn entries(role: Role) -> &'static [Entry] {
    match role {
        Role::Operator => &[
            INTAKE,
            CALLS,
            CALLBACKS,
            REPORTS,
            CASES,
            ORDERS,
            REFERRALS,
            KNOWLEDGE,
            DAYBOARD,
            ("/quality/mine", "质检"),
        ],
        Role::Lead => LEAD,
        Role::City => CITY,
        Role::County => &[
            BOARD,
            SUPERVISION,
            CASES,
            ORDERS,
            TASKS,
            CLOCKS,
            MEASURES,
            VISITS,
            TRANSFERS,
            NETWORK,
            KNOWLEDGE,
        ],
        Role::Township => &[BOARD, CASES, TODAY, VISITS, TASKS, TRANSFERS, MEASURES, CLOCKS, NETWORK],
        Role::Village => &[TODAY, CASES, CLOCKS],
        Role::Handler => &[BOARD, TASKS, MEASURES, ("/cases", "主办个案"), CLOCKS],
        Role::Reporter => &[("/portal", "强制报告")],
        Role::SysAdmin => &[NETWORK, ACCOUNTS, RULES, OUTBOX, LINES],
        Role::SecAdmin => &[ACCOUNTS, PARTNERS, EXCHANGES, RULES],
        Role::Auditor => &[("/journal", "审计"), QUALITY],
        Role::Service | Role::System => &[],
    }
}

/// The navigation of a role.
fn nav(role: Role, current: &str) -> Vec<NavItem> {
    entries(role)
        .iter()
        .map(|(href, label)| NavItem {
            href: (*href).to_owned(),
            label: (*label).to_owned(),
            current: *href == current,
            count: None,
        })
        .collect()
}

/// Where a role starts its day.
#[must_use]
pub fn home(role: Role) -> &'static str {
    match role {
        Role::Operator => "/intake",
        Role::Lead | Role::City | Role::County | Role::Township => "/cases",
        Role::Village => "/today",
        Role::Handler => "/tasks",
        Role::Reporter => "/portal",
        Role::SysAdmin => "/network",
        Role::SecAdmin => "/accounts",
        Role::Auditor => "/journal",
        Role::Service | Role::System => "/login",
    }
}

/// Answers a page.
///
/// # Errors
/// When the template cannot be written.
pub fn render(page: &impl Template) -> Result<Response> {
    render_with(StatusCode::OK, page)
}

/// Answers a page with a status.
///
/// # Errors
/// When the template cannot be written.
pub fn render_with(status: StatusCode, page: &impl Template) -> Result<Response> {
    let html = page.render().map_err(|error| Error::Internal(error.into()))?;
    Ok((status, Html(html)).into_response())
}
