//! The log of calls, the bar of what rings now, and the field for dialling.

use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::rules::call_back::Mark;
use crate::rules::calls::{CONNECTED_PERCENT, CallState, IN_TIME_PERCENT, Rates};
use crate::rules::policy;
use crate::state::App;
use crate::telephone::log::{self, Narrowing};
use crate::telephone::now::{self, Present};
use crate::telephone::{softphone, taking};
use crate::web::{Choice, Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

struct CallRow {
    at: String,
    outbound: bool,
    number: String,
    state: &'static str,
    kind: &'static str,
    waited: String,
    lasted: String,
    agent: String,
    strangers: String,
    report: Option<Uuid>,
}

struct Rate {
    share: String,
    count: String,
    short: bool,
}

struct Dialled {
    number: String,
    link: String,
    unmarked: bool,
}

#[derive(Template)]
#[template(path = "telephone/calls.html")]
struct CallsPage {
    shell: Shell,
    rows: Vec<CallRow>,
    day: String,
    is_today: bool,
    kept: u32,
    prev: Option<String>,
    next: Option<String>,
    states: Vec<Choice>,
    mine: bool,
    leads: bool,
    in_time: Rate,
    in_time_goal: u64,
    connected: Rate,
    connected_goal: u64,
    number: String,
    dialled: Option<Dialled>,
}

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    mine: String,
    day: String,
    cursor: Option<String>,
}

impl Wanted {
    /// What is looked for, and what of it cannot be read.
    fn narrowing(&self) -> Result<(Narrowing, Vec<FieldError>)> {
        let typed = self.day.trim();
        let day = clock::read_day(typed);
        let wrong = day.is_none() && !typed.is_empty();
        let fault = || FieldError::new("day", "填写日期，如 2026-11-23");
        let narrowing = Narrowing {
            state: CallState::parse(&self.state),
            mine: !self.mine.is_empty(),
            day,
            after: self.cursor.as_deref().map(after).transpose()?,
        };
        Ok((narrowing, wrong.then(fault).into_iter().collect()))
    }

    fn page(&self, cursor: Option<&str>) -> Option<String> {
        let pairs = [
            ("state", Some(self.state.as_str())),
            ("mine", Some(self.mine.as_str())),
            ("day", Some(self.day.trim())),
            ("cursor", cursor),
        ];
        let given = |(name, value): (&'static str, Option<&'_ str>)| {
            let value = value.filter(|value| !value.is_empty())?;
            Some((name, value.to_owned()))
        };
        let pairs: Vec<(&str, String)> = pairs.into_iter().filter_map(given).collect();
        let query = serde_html_form::to_string(pairs).ok()?;
        Some(format!("/calls?{query}"))
    }
}

/// The call after which a page begins.
fn after(cursor: &str) -> Result<(DateTime<Utc>, Uuid)> {
    let read = || {
        let (at, id) = cursor.split_once('.')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some((at, Uuid::parse_str(id).ok()?))
    };
    read().ok_or_else(|| Error::BadRequest("翻页参数无效，从第一页重新打开".to_owned()))
}

/// `GET /calls`
pub(super) async fn list(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    page(&app, &ctx, &wanted, Dial::default()).await
}

/// What was typed to be dialled, and what came of it.
#[derive(Default)]
struct Dial {
    typed: String,
    done: Option<Dialled>,
    errors: Vec<FieldError>,
}

async fn page(app: &App, ctx: &Ctx, wanted: &Wanted, dial: Dial) -> Result<Response> {
    let (narrowing, misread) = wanted.narrowing()?;
    let log = log::of_day(app, ctx, &narrowing).await?;
    let mut shown = Vec::new();
    for row in log.rows {
        shown.push(call_row(app, row).await?);
    }
    let shell = Shell::new(app, ctx, "通话记录", "/calls").errors([dial.errors, misread].concat());
    let states = CallState::ALL.map(|state| Choice::new(state.code(), state.label(), &wanted.state));
    let page = CallsPage {
        rows: shown,
        day: if wanted.day.trim().is_empty() {
            log.day.to_string()
        } else {
            wanted.day.clone()
        },
        is_today: log.is_today,
        kept: app.config.call_days.value,
        prev: wanted.cursor.as_ref().and_then(|_| wanted.page(None)),
        next: log
            .next
            .and_then(|(at, id)| wanted.page(Some(&format!("{}.{id}", at.timestamp_micros())))),
        states: states.into(),
        mine: narrowing.mine,
        leads: policy::leads_calls(ctx.actor.role),
        in_time: rate(log.in_time, log.in_time.in_time, IN_TIME_PERCENT),
        in_time_goal: IN_TIME_PERCENT,
        connected: rate(log.connected, log.connected.connected, CONNECTED_PERCENT),
        connected_goal: CONNECTED_PERCENT,
        number: dial.typed,
        dialled: dial.done,
        shell,
    };
    render_with(page.shell.status(), &page)
}

fn rate(rates: Rates, part: u64, goal: u64) -> Rate {
    let permille = rates.permille(part);
    Rate {
        share: permille.map_or_else(|| "—".to_owned(), |share| format!("{}.{}%", share / 10, share % 10)),
        count: format!("{part}/{}", rates.inbound),
        short: permille.is_some_and(|share| share < goal * 10),
    }
}

async fn call_row(app: &App, row: log::Row) -> Result<CallRow> {
    let call = row.call;
    let seconds = |from: DateTime<Utc>, to: Option<DateTime<Utc>>| to.map(|to| duration((to - from).num_seconds()));
    let none = || "—".to_owned();
    Ok(CallRow {
        at: clock::second(call.started_at),
        outbound: call.outbound,
        number: row.number.unwrap_or_else(|| no_number(&call.shown).to_owned()),
        state: row.state.label(),
        kind: kind(row.state),
        waited: seconds(call.started_at, call.answered_at.or(call.ended_at)).unwrap_or_else(none),
        lasted: call
            .answered_at
            .and_then(|at| seconds(at, call.ended_at))
            .unwrap_or_else(none),
        agent: taking::name_of(app, call.agent_id).await?,
        strangers: row.strangers.join("、"),
        report: row.report,
    })
}

fn no_number(shown: &str) -> &'static str {
    match shown {
        "garbled" => "号码无法识别",
        _ => "号码隐藏",
    }
}

/// `12 秒`, `3 分 05 秒`.
fn duration(seconds: i64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} 秒"),
        (minutes, seconds) => format!("{minutes} 分 {seconds:02} 秒"),
    }
}

fn kind(state: CallState) -> &'static str {
    match state {
        CallState::Ringing => "wait",
        CallState::Talking => "on",
        CallState::Ended => "ok",
        CallState::Missed | CallState::Abandoned => "bad",
        CallState::Unreached => "",
    }
}

/// A number to be dialled.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Number {
    number: String,
}

/// `POST /calls/dial`: the link for the softphone, or why there is none.
pub(super) async fn dial(State(app): State<App>, ctx: Ctx, Form(form): Form<Number>) -> Result<Response> {
    let mut dial = Dial {
        typed: form.number,
        ..Dial::default()
    };
    match softphone::dial(&app, &ctx, &dial.typed).await {
        Ok((number, mark)) => {
            dial.done = Some(Dialled {
                link: softphone::link(&app.config, &number),
                unmarked: mark == Mark::Unmarked,
                number,
            });
        }
        Err(Error::Invalid(errors)) => dial.errors = errors,
        Err(error) => return Err(error),
    }
    page(&app, &ctx, &Wanted::default(), dial).await
}

struct Earlier {
    at: String,
    matter: String,
    result: String,
}

struct Ringing {
    state: &'static str,
    code: &'static str,
    live: bool,
    lost: bool,
    /// Whether the caller can be rung up at all.
    known: bool,
    number: String,
    summary: String,
    warning: bool,
    earlier: Vec<Earlier>,
    draft: Option<(Uuid, String)>,
    from: String,
}

#[derive(Template)]
#[template(path = "telephone/now.html")]
struct NowFragment {
    calls: Vec<Ringing>,
}

/// Earlier contacts shown in the bar.
const EARLIER: usize = 2;

/// `GET /calls/now`: the bar.
pub(super) async fn now(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let present = now::present(&app, &ctx).await?;
    render(&NowFragment {
        calls: present.into_iter().map(ringing).collect(),
    })
}

fn ringing(call: Present) -> Ringing {
    let history = &call.history;
    let summary = match (&call.number, history.in_90_days) {
        (None, _) => String::new(),
        (Some(_), 0) if history.calls.is_empty() => "首次来电".to_owned(),
        (Some(_), count) => format!("90 天内来电 {count} 次"),
    };
    let earlier = history.calls.iter().take(EARLIER).map(|call| Earlier {
        at: clock::minute(call.at).get(5..).unwrap_or_default().to_owned(),
        matter: call.matter.clone(),
        result: call.result.clone(),
    });
    Ringing {
        state: call.state.label(),
        code: call.state.code(),
        live: call.state.is_live(),
        lost: call.state.is_lost(),
        known: call.number.is_some(),
        summary: if call.state.is_live() { summary } else { String::new() },
        warning: history.unsafe_phone,
        earlier: earlier.collect(),
        number: call.number.unwrap_or_else(|| "号码未显示".to_owned()),
        draft: call.draft,
        from: call.from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_and_a_rate_are_words() {
        assert_eq!(duration(9), "9 秒");
        assert_eq!(duration(185), "3 分 05 秒");
        let rates = Rates {
            inbound: 3,
            in_time: 2,
            connected: 3,
        };
        let shown = rate(rates, rates.in_time, IN_TIME_PERCENT);
        assert_eq!(
            (shown.share.as_str(), shown.count.as_str(), shown.short),
            ("66.7%", "2/3", true)
        );
        assert_eq!(rate(Rates::default(), 0, 95).share, "—");
    }
}
