//! The clocks of a case in words.

use super::due;
use super::names::Names;
use super::work::TaskNames;
use crate::clock;
use crate::clocks::Rules;
use crate::ctx::Ctx;
use crate::entity::deadline;
use crate::rules::deadlines::{Milestone, named};
use crate::rules::measures;

/// One clock.
pub(crate) struct ClockRow {
    pub(crate) what: String,
    pub(crate) unit: String,
    pub(crate) due: String,
    pub(crate) kind: &'static str,
    pub(crate) state: String,
    pub(crate) rule: String,
    /// Met or stopped: nobody waits for it any more.
    pub(crate) ended: bool,
}

/// What a clock runs for, in words.
fn milestone(code: &str) -> String {
    if let Some(known) = Milestone::parse(code) {
        return known.label().to_owned();
    }
    if let Some(words) = measures::milestone(code) {
        return words.to_owned();
    }
    match code {
        "transfer" => "三方转接 110/120".to_owned(),
        "locate" => "确认儿童所在地".to_owned(),
        "push_police" => "推送公安".to_owned(),
        "review" => "复评".to_owned(),
        "visit" => "走访".to_owned(),
        "follow_up" => "结案后跟踪".to_owned(),
        "callback_unit" => "承办单位回访".to_owned(),
        "callback_hotline" => "热线回访".to_owned(),
        "vacancy" => "补齐岗位".to_owned(),
        "move_confirm" => "移入方确认移交".to_owned(),
        "move_rule" => "裁定移交争议".to_owned(),
        "task_sign" => "签收协办".to_owned(),
        "task_done" => "反馈协办".to_owned(),
        "task_ruling" => "裁定协办争议".to_owned(),
        "supervision" => "答复督办".to_owned(),
        "referral" => "转介答复".to_owned(),
        "not_seen" => "连续两次未见到儿童，县级核查".to_owned(),
        _ => "其他时限".to_owned(),
    }
}

/// Every clock: met, stopped, overdue or running.
pub(crate) fn rows(ctx: &Ctx, clocks: &[deadline::Model], known: (&Names, &TaskNames, &Rules)) -> Vec<ClockRow> {
    clocks.iter().map(|clock| row(ctx, clock, known)).collect()
}

/// What a clock runs for; of a task also which.
pub(crate) fn purpose(clock: &deadline::Model, tasks: &TaskNames) -> String {
    let what = milestone(&clock.milestone);
    match clock.task_id.and_then(|task| tasks.get(&task)) {
        Some(kind) => format!("{what}：{kind}"),
        None => what,
    }
}

/// How a clock stands: the kind of its mark, and its words.
pub(crate) fn state(ctx: &Ctx, clock: &deadline::Model) -> (&'static str, String) {
    match (clock.met_at, clock.cancelled_at) {
        (Some(met), _) if met <= clock.due_at => ("ok", "按时完成".to_owned()),
        (Some(met), _) => ("bad", format!("迟 {} 完成", due::span(met - clock.due_at))),
        (None, Some(_)) => ("", "已停止".to_owned()),
        (None, None) if clock.paused_at.is_some() => ("", "停表中".to_owned()),
        (None, None) if clock.due_at <= ctx.now => ("bad", due::text(Some(clock.due_at), ctx.now)),
        (None, None) => ("wait", format!("还有 {}", due::span(clock.due_at - ctx.now))),
    }
}

fn row(ctx: &Ctx, clock: &deadline::Model, (names, tasks, rules): (&Names, &TaskNames, &Rules)) -> ClockRow {
    let (kind, state) = state(ctx, clock);
    ClockRow {
        what: purpose(clock, tasks),
        unit: names.unit(clock.owner_unit),
        due: clock::minute(clock.due_at),
        kind,
        state,
        ended: clock.met_at.is_some() || clock.cancelled_at.is_some(),
        rule: named(&clock.rule, &rules.by(clock).name),
    }
}
