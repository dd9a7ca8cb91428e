//! The order on the case page: how far it is, and what was asked, ruled, urged
//! and handed in, as lines.

use super::names::Names;
use super::work::Line;
use crate::casework::order::{self, Known, Ruling, Side, Urging};
use crate::clock;
use crate::clocks::PauseReason;
use crate::ctx::Ctx;
use crate::entity::{
    callback, feedback, order_extension, order_pause, order_return, protection_case, supervision, urging,
};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::policy::Role;
use crate::state::App;
use crate::vault::{Slot, Vault};
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;

/// What an order's states are called.
fn state_kind(state: &str) -> &'static str {
    match state {
        "open" => "wait",
        "granted" | "accepted" => "ok",
        "refused" | "lapsed" | "sent_back" => "bad",
        "running" => "on",
        _ => "",
    }
}

fn state_label(state: &str) -> &'static str {
    match state {
        "open" => "待裁定",
        "granted" => "已同意",
        "refused" => "未同意",
        "lapsed" => "到期未批，视为驳回",
        "running" => "停表中",
        "ended" => "已恢复计时",
        _ => "",
    }
}

fn line(title: String, (kind, state): (&'static str, &str), meta: String, text: String) -> Line {
    Line {
        href: None,
        title,
        kind,
        state: state.to_owned(),
        meta,
        text,
        fold: true,
        act: None,
    }
}

/// The lines of a case's order that this person may read. A village reads what
/// is said about its own work only.
pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, known): (&protection_case::Model, &Known),
) -> Result<Vec<Line>> {
    let mut lines = all(db, app, ctx, (case, known)).await?;
    if ctx.actor.role == Role::Village && !ctx.actor.serves(case.lead_unit) {
        for line in &mut lines {
            line.text.clear();
            line.act = None;
        }
    }
    Ok(lines)
}

/// How the order stands first, then what was supervised, handed in and called
/// back, then what was asked.
async fn all(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, known): (&protection_case::Model, &Known),
) -> Result<Vec<Line>> {
    let vault = &app.vault;
    let returns = order::returns(db, case.id).await?;
    let sheets = order::supervisions(db, case.id).await?;
    let units: BTreeSet<_> = returns
        .iter()
        .flat_map(|row| [Some(row.unit_id), row.to_unit])
        .flatten()
        .collect();
    let names = Names::load(db, vault, units, BTreeSet::new()).await?;
    let mut lines = vec![standing(known)];
    for row in &sheets {
        lines.push(supervised(vault, ctx, row)?);
    }
    for row in order::results(db, case.id).await? {
        lines.push(result(vault, &row)?);
    }
    for row in order::callbacks(db, case.id).await? {
        lines.push(called(vault, &row)?);
    }
    if let Some(row) = &known.extension {
        lines.push(extended(vault, row)?);
    }
    if let Some(row) = &known.pause {
        lines.push(paused(vault, row)?);
    }
    for row in &returns {
        lines.push(returned(vault, row, &names)?);
    }
    for row in order::urgings(db, case.id).await? {
        lines.push(urged(vault, &row)?);
    }
    Ok(lines)
}

/// How far the order is.
fn standing(known: &Known) -> Line {
    let row = &known.order.row;
    let mut said = Vec::new();
    if row.redone > 0 {
        said.push(format!("重办 {} 次", row.redone));
    }
    if let Some(at) = row.resolved_at {
        said.push(format!("办结 {}", clock::minute(at)));
    }
    if row.arbitrated_at.is_some() {
        said.push("市级仲裁指定，不得退回".to_owned());
    }
    line(
        "工单状态".to_owned(),
        ("on", known.order.state.label()),
        said.join(" · "),
        String::new(),
    )
}

fn supervised(vault: &Vault, ctx: &Ctx, row: &supervision::Model) -> Result<Line> {
    let cause = codes::supervision_cause(&row.cause).map_or("督办", |cause| &cause.name);
    let open = |name, value| vault.open_some(Slot::new("supervision", name, row.id), value);
    let said = [
        ("督办要求：", open("reason", row.reason.as_ref())?),
        ("答复：", open("answer", row.answer.as_ref())?),
        ("解除意见：", open("end_note", row.end_note.as_ref())?),
    ];
    let text: Vec<String> = said
        .into_iter()
        .filter_map(|(word, text)| text.map(|text| format!("{word}{text}")))
        .collect();
    let state = match (row.ended_at, row.answered_at) {
        (Some(_), _) => ("", "已解除"),
        (None, Some(_)) => ("wait", "已答复"),
        (None, None) if row.due_at < ctx.now => ("bad", "逾期未答复"),
        (None, None) => ("bad", "在督"),
    };
    let meta = format!("{cause} · 答复期限 {}（本地可配置）", clock::minute(row.due_at));
    Ok(Line {
        act: Some((format!("/cases/{}/sheet?no={}", row.case_id, row.number), "打印督办单")),
        ..line(
            format!("{} {}", row.number, order::level_label(row.level)),
            state,
            meta,
            text.join("\n"),
        )
    })
}

fn result(vault: &Vault, row: &feedback::Model) -> Result<Line> {
    let mut text = vault.open(Slot::new("feedback", "summary", row.id), &row.summary)?;
    if let Some(papers) = vault.open_some(Slot::new("feedback", "papers", row.id), row.papers.as_ref())? {
        text.push_str("\n文书：");
        text.push_str(&papers);
    }
    if let Some(note) = vault.open_some(Slot::new("feedback", "note", row.id), row.note.as_ref())? {
        text.push_str("\n审核意见：");
        text.push_str(&note);
    }
    let state = match row.state.as_str() {
        "open" => "待审核",
        "accepted" => "审核通过",
        _ => "退回重办",
    };
    let title = format!("第{}次办理结果", row.round);
    let meta = format!("提交 {}", clock::minute(row.handed_at));
    Ok(line(title, (state_kind(&row.state), state), meta, text))
}

fn called(vault: &Vault, row: &callback::Model) -> Result<Line> {
    let word = |list: &[(&str, &'static str)], code: &str| {
        let found = list.iter().find(|(known, _)| *known == code);
        found.map_or("", |(_, label)| *label)
    };
    let text = vault
        .open_some(Slot::new("callback", "note", row.id), row.note.as_ref())?
        .unwrap_or_default();
    let state = match (row.reached, row.solved) {
        (false, _) => ("wait", "未联系到"),
        (true, true) => ("ok", "已解决"),
        (true, false) => ("bad", "未解决，重办"),
    };
    let meta = format!(
        "{} · {} · 告知来电人：{}",
        clock::minute(row.made_at),
        word(&order::WAYS, &row.way),
        word(&order::TOLD, &row.told)
    );
    Ok(line(Side::label(&row.side).to_owned(), state, meta, text))
}

fn extended(vault: &Vault, row: &order_extension::Model) -> Result<Line> {
    let mut text = vault.open(Slot::new("order_extension", "reason", row.id), &row.reason)?;
    if let Some(note) = vault.open_some(Slot::new("order_extension", "note", row.id), row.note.as_ref())? {
        text.push_str("\n裁定意见：");
        text.push_str(&note);
    }
    let meta = format!(
        "原到期 {} · 延至 {}",
        clock::minute(row.due_before),
        clock::minute(row.due_after)
    );
    let state = (state_kind(&row.state), state_label(&row.state));
    Ok(line(format!("延期 {} 个工作日", row.days), state, meta, text))
}

fn paused(vault: &Vault, row: &order_pause::Model) -> Result<Line> {
    let ground = PauseReason::parse(&row.ground).map_or("停表", PauseReason::label);
    let text = vault.open(Slot::new("order_pause", "reason", row.id), &row.reason)?;
    let meta = format!("申请 {}", clock::minute(row.asked_at));
    let state = (state_kind(&row.state), state_label(&row.state));
    Ok(line(format!("停表：{ground}"), state, meta, text))
}

fn returned(vault: &Vault, row: &order_return::Model, names: &Names) -> Result<Line> {
    let mut text = vault.open(Slot::new("order_return", "explanation", row.id), &row.explanation)?;
    if let Some(note) = vault.open_some(Slot::new("order_return", "note", row.id), row.note.as_ref())? {
        text.push_str("\n裁定：");
        text.push_str(&note);
    }
    let state = match row.ruling.as_deref() {
        None => ("wait", "待裁定"),
        Some(code) => ("", Ruling::label(code)),
    };
    let what = if row.reason.is_some() { "退回" } else { "职责争议" };
    let to = row
        .to_unit
        .map(|unit| format!(" · 承办 {}", names.unit(unit)))
        .unwrap_or_default();
    let meta = format!("{} · {}{to}", names.unit(row.unit_id), clock::minute(row.asked_at));
    Ok(line(format!("第{}次{what}", row.round), state, meta, text))
}

fn urged(vault: &Vault, row: &urging::Model) -> Result<Line> {
    let text = vault
        .open_some(Slot::new("urging", "note", row.id), row.note.as_ref())?
        .unwrap_or_default();
    let paper = row.kind != Urging::Word.code();
    let meta = format!("{} · {}", order::source_label(&row.source), clock::minute(row.made_at));
    Ok(Line {
        act: paper.then(|| (format!("/cases/{}/sheet?no={}", row.case_id, row.number), "打印")),
        ..line(
            format!("{} {}", row.number, Urging::label(&row.kind)),
            ("bad", "已发出"),
            meta,
            text,
        )
    })
}
