//! Outcomes without a case: answered, referred, silent or misdialled; and the
//! way back within ten minutes.

use super::facts::{ReportInput, said};
use super::store::{self, Decided, Graded};
use super::{Seen, State, UNDO_MINUTES, planning, screening};
use crate::casework;
use crate::casework::steps::has_control;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{protection_case, report};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::knowledge::{self, Cited};
use crate::referrals;
use crate::rules::codes::{self, Tri};
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::policy::ReportAction;
use crate::state::App;
use crate::vault::Slot;
use chrono::TimeDelta;
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::json;

const NOTE: usize = 1000;

/// How a report ends without a case.
pub(super) struct End<'a> {
    pub(super) state: State,
    pub(super) outcome: &'a str,
    pub(super) note: &'a str,
    pub(super) line: Option<&'a str>,
    /// The knowledge articles that an answer rests on.
    pub(super) articles: &'a [Cited],
    pub(super) act: Act,
}

/// 当场答复: the matter is settled in the call.
///
/// # Errors
/// [`Error::Invalid`] without an answer or where the matter is a harm to a
/// child; [`Error::Stale`], [`Error::Hidden`].
pub async fn answer(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, note: &str) -> Result<report::Model> {
    answer_by(app, ctx, seen, input, (note, &[])).await
}

/// The same, by knowledge articles: `(note, articles)`, each article as
/// `ZS-20261123-0001:2`. Number and version stand with the report.
///
/// # Errors
/// As [`answer`]; [`Error::Invalid`] on `articles` for what is no such version.
pub async fn answer_by(
    app: &App,
    ctx: &Ctx,
    seen: Seen,
    input: &ReportInput,
    (note, articles): (&str, &[String]),
) -> Result<report::Model> {
    store::fetch_draft(app.db.read(), ctx, seen).await?;
    let articles = knowledge::cited(app.db.read(), articles).await?;
    let end = End {
        state: State::Answered,
        outcome: "answered",
        note,
        line: None,
        articles: &articles,
        act: Act::ReportAnswered,
    };
    let graded = check(app, ctx, seen, input, &end).await?;
    finish(app, ctx, seen, (input, &graded), &end).await
}

/// 转介: the caller is sent to another line (`(line, note)`).
///
/// # Errors
/// As [`answer`]; [`Error::Invalid`] for an unknown line.
pub async fn refer(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, to: (&str, &str)) -> Result<report::Model> {
    let (line, note) = to;
    let lines = referrals::lines(app.db.read()).await?;
    let known = lines.find(line).filter(|line| line.active);
    let line = known.ok_or_else(|| Error::field("referred_to", "选择转介到哪条热线"))?;
    let end = End {
        state: State::Referred,
        outcome: "referred",
        note: if note.trim().is_empty() { &line.name } else { note },
        line: Some(&line.code),
        articles: &[],
        act: Act::ReportReferred,
    };
    let graded = check(app, ctx, seen, input, &end).await?;
    finish(app, ctx, seen, (input, &graded), &end).await
}

/// 无声、误拨 end at once when nothing was said; 骚扰, and a call in which
/// something was said, waits for the second person. `kind` is `silent`,
/// `misdialled` or `nuisance`.
///
/// # Errors
/// As [`answer`].
pub async fn dismiss(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, kind: &str) -> Result<report::Model> {
    let label = match kind {
        "silent" => "无声来电",
        "misdialled" => "误拨",
        "nuisance" => "骚扰来电",
        _ => return Err(Error::field("outcome", "选择无声、骚扰或误拨")),
    };
    if kind == "nuisance" || says_something(input) {
        return screening::propose_screen_out(app, ctx, seen, input, label).await;
    }
    let end = End {
        state: State::Dismissed,
        outcome: kind,
        note: label,
        line: None,
        articles: &[],
        act: Act::CallDismissed,
    };
    let graded = check(app, ctx, seen, input, &end).await?;
    finish(app, ctx, seen, (input, &graded), &end).await
}

fn says_something(input: &ReportInput) -> bool {
    let texts = [&input.content, &input.title, &input.suspect_name];
    let words = texts.into_iter().any(|text| said(text.as_ref()).is_some());
    let codes = [&input.case_types, &input.mandatory_situations, &input.danger_flags];
    let chosen = codes.into_iter().any(|codes| !codes.is_empty());
    let answered = input.answers.values().any(|answer| !answer.trim().is_empty());
    words || chosen || answered || input.known_children().next().is_some()
}

/// Checks what ends without a case: a harm to a child never does.
async fn check(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput, end: &End<'_>) -> Result<Graded> {
    store::fetch_draft(app.db.read(), ctx, seen).await?;
    let graded = planning::grade(app, ctx, input, Some(seen.id)).await?;
    let mut faults = input.validate(ctx.now, app.config.demo);
    faults.extend(note_fault(end.note));
    if must_open(input, &graded) {
        let text = "内容涉及儿童受侵害或处于危险，须转办立案或并入个案；确不属实的提出不予受理，由班长复核";
        faults.push(FieldError::new("case_types", text));
    }
    if faults.is_empty() {
        Ok(graded)
    } else {
        Err(Error::Invalid(faults))
    }
}

pub(super) fn note_fault(note: &str) -> Option<FieldError> {
    let note = note.trim();
    if note.is_empty() {
        return Some(FieldError::new("outcome_note", "写明答复内容或理由"));
    }
    if has_control(note) {
        return Some(FieldError::new("outcome_note", "含有不可见的控制字符，删除后重试"));
    }
    let long = note.chars().count() > NOTE;
    long.then(|| FieldError::new("outcome_note", &format!("缩短到 {NOTE} 字以内")))
}

/// 凡疑似侵害未成年人，一律受理并评估后再分流 (本系统默认).
fn must_open(input: &ReportInput, graded: &Graded) -> bool {
    let types = input.case_types.iter().filter_map(|code| codes::case_type(code));
    let harm = types
        .into_iter()
        .any(|kind| kind.mandated == Tri::Yes || kind.sensitivity >= Sensitivity::L3);
    let suggestion = &graded.suggestion;
    harm || suggestion.life_danger || suggestion.level == RiskLevel::Red || !input.mandatory_situations.is_empty()
}

/// Writes a report that ends without a case.
///
/// # Errors
/// [`Error::Stale`]; when the database refuses.
pub(super) async fn finish(
    app: &App,
    ctx: &Ctx,
    seen: Seen,
    (input, graded): (&ReportInput, &Graded),
    end: &End<'_>,
) -> Result<report::Model> {
    let note = app
        .vault
        .seal(Slot::new("report", "outcome_note", seen.id), end.note.trim())?;
    let tx = app.db.begin().await?;
    let decided = Decided {
        note: Some(note),
        line: end.line,
        proposed_by: ctx.account().filter(|_| end.state == State::Screening),
        ..Decided::new(end.state, end.outcome, ctx.now)
    };
    let report = store::write(&tx, app, seen, (input, graded), decided).await?;
    knowledge::cite(&tx, ctx, seen.id, end.articles).await?;
    if let Some(line) = end.line {
        referrals::told(&tx, app, ctx, &report, (line, end.note)).await?;
    }
    let detail = json!({ "outcome": end.outcome, "line": end.line, "articles": end.articles.len() });
    journal::commit(tx, ctx, Entry::new(end.act).report(seen.id).detail(detail)).await?;
    Ok(report)
}

/// 撤回: an answered, referred or joined report becomes a draft again, within
/// ten minutes and as long as nothing was built on it.
///
/// # Errors
/// [`Error::Invalid`] when it is too late, [`Error::Stale`], [`Error::Hidden`].
pub async fn undo(app: &App, ctx: &Ctx, seen: Seen) -> Result<report::Model> {
    let states = [State::Answered, State::Referred, State::Joined, State::Dismissed];
    let report = store::fetch_in(app.db.read(), ctx, seen, (ReportAction::Work, &states)).await?;
    let until = report.decided_at.map(|at| at + TimeDelta::minutes(UNDO_MINUTES));
    if until.is_none_or(|until| ctx.now > until) {
        let text = format!("已超过 {UNDO_MINUTES} 分钟，不能撤回；需要更正时在个案中登记或另行登记");
        return Err(Error::field("undo", &text));
    }
    let tx = app.db.begin().await?;
    referrals::take_back(&tx, ctx, report.id).await?;
    knowledge::uncite(&tx, report.id).await?;
    let mut entry = Entry::new(Act::OutcomeUndone).report(report.id);
    if let Some(case) = report.case_id {
        untouched(&tx, &report, case).await?;
        let told = (Act::OutcomeUndone, ctx.now, None, json!({ "report": report.number }));
        casework::tell(&tx, &app.vault, ctx, case, told).await?;
        entry = entry.case(case);
    }
    let back = report::ActiveModel {
        state: Set(State::Draft.code().to_owned()),
        outcome: Set(None),
        outcome_note: Set(None),
        referred_to: Set(None),
        case_id: Set(None),
        decided_at: Set(None),
        submitted_at: Set(None),
        ..Default::default()
    };
    let report = db::update(&tx, (seen.id, seen.version), back).await?;
    journal::commit(tx, ctx, entry).await?;
    Ok(report)
}

/// Nothing was built on a joined report: the joining is the case's last event.
async fn untouched(db: &impl sea_orm::ConnectionTrait, report: &report::Model, case: uuid::Uuid) -> Result<()> {
    let known = protection_case::Entity::find_by_id(case).one(db).await?;
    known.ok_or(Error::NotFound)?;
    let events = casework::happenings(db, case).await?;
    let since = report.decided_at.unwrap_or(report.started_at);
    let built = events
        .iter()
        .any(|event| event.entered_at > since && event.kind != Act::ReportJoined.code());
    if built {
        return Err(Error::field("undo", "并入后个案已有新的办理记录，不能撤回"));
    }
    Ok(())
}
