//! The clocks of a case in words, and the box that says who must do what next.

use super::due::{self, Group};
use super::names::Names;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case};
use crate::rules::deadlines::Milestone;
use crate::rules::level::RiskLevel;
use crate::rules::workflow::Stage;

/// One clock.
pub(crate) struct ClockRow {
    pub(crate) what: String,
    pub(crate) unit: String,
    pub(crate) due: String,
    pub(crate) kind: &'static str,
    pub(crate) state: String,
    pub(crate) rule: String,
}

/// One thing that somebody owes.
pub(crate) struct Next {
    pub(crate) who: String,
    pub(crate) what: String,
    pub(crate) due: String,
    pub(crate) state: &'static str,
}

/// What a clock runs for, in words.
pub(crate) fn milestone(code: &str) -> String {
    if let Some(known) = Milestone::parse(code) {
        return known.label().to_owned();
    }
    match code {
        "locate" => "确认儿童所在地".to_owned(),
        "push_police" => "推送公安".to_owned(),
        "review" => "复评".to_owned(),
        "visit" => "走访".to_owned(),
        "follow_up" => "结案后跟踪".to_owned(),
        "vacancy" => "补齐岗位".to_owned(),
        "task_sign" => "签收协办".to_owned(),
        "task_done" => "反馈协办".to_owned(),
        "not_seen" => "连续两次未见到儿童，县级核查".to_owned(),
        _ => "其他时限".to_owned(),
    }
}

/// Every clock: met, stopped, overdue or running.
pub(crate) fn rows(ctx: &Ctx, clocks: Vec<deadline::Model>, names: &Names) -> Vec<ClockRow> {
    clocks.into_iter().map(|clock| row(ctx, clock, names)).collect()
}

fn row(ctx: &Ctx, clock: deadline::Model, names: &Names) -> ClockRow {
    let (kind, state) = match (clock.met_at, clock.cancelled_at) {
        (Some(met), _) if met <= clock.due_at => ("ok", format!("按时完成 {}", clock::minute(met))),
        (Some(met), _) => ("bad", format!("迟 {} 完成", due::span(met - clock.due_at))),
        (None, Some(_)) => ("", "已停止".to_owned()),
        (None, None) if clock.due_at <= ctx.now => ("bad", due::text(Some(clock.due_at), ctx.now)),
        (None, None) => ("wait", format!("还有 {}", due::span(clock.due_at - ctx.now))),
    };
    let task = if clock.task_id.is_some() { "协办：" } else { "" };
    ClockRow {
        what: format!("{task}{}", milestone(&clock.milestone)),
        unit: names.unit(clock.owner_unit),
        due: clock::minute(clock.due_at),
        kind,
        state,
        rule: clock.rule,
    }
}

/// Who must do what by when: first what the stage asks for, then the clocks.
pub(crate) fn next(ctx: &Ctx, case: &protection_case::Model, clocks: &[deadline::Model], names: &Names) -> Vec<Next> {
    let mut all = Vec::new();
    let asked = |who: &str, what: &str| Next {
        who: who.to_owned(),
        what: what.to_owned(),
        due: String::new(),
        state: "today",
    };
    match Stage::parse(&case.stage) {
        Some(Stage::Returning) => all.push(asked("班长（派单）", "裁定退回申请")),
        Some(Stage::Closing) => all.push(asked("县级个案经理", "审批结案")),
        _ => {}
    }
    if let Some(level) = case.proposed_level.and_then(RiskLevel::from_number) {
        all.push(asked("县级个案经理", &format!("确认降为{}", level.label())));
    }
    let running = clocks
        .iter()
        .filter(|clock| clock.met_at.is_none() && clock.cancelled_at.is_none());
    all.extend(running.take(5).map(|clock| Next {
        who: names.unit(clock.owner_unit),
        what: milestone(&clock.milestone),
        due: due::text(Some(clock.due_at), ctx.now),
        state: Group::of(Some(clock.due_at), ctx.now).state(),
    }));
    all
}
