//! `POST /api/v1/tasks/{id}/steps`: the body of each step.

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::measures::NewMeasure;
use crate::tasks::{Move, Refusal};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A step on a task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::tasks) struct TaskStepBody {
    /// `sign`, `refuse`, `report`, `accept`, `reject`, `rule`, `drop`, `waive`, `cancel`.
    #[schema(example = "report")]
    step: String,
    /// The version that was seen.
    pub(super) version: i32,
    /// `report`: what was done.
    #[serde(default)]
    result: String,
    /// `report`: the papers, one of the type's kinds among them.
    #[serde(default)]
    papers: Vec<PaperBody>,
    /// `accept`: a remark, may be empty.
    #[serde(default)]
    note: String,
    /// `refuse`: a code of the return reasons, `R01`–`R07`; `reject`, `rule`,
    /// `drop`, `waive`, `cancel`: why, in words.
    #[serde(default)]
    reason: String,
    /// `refuse`: the law, document or fact it rests on.
    #[serde(default)]
    basis: String,
    /// `refuse`: what was done before; required at red and yellow.
    #[serde(default)]
    done_first: String,
    /// `rule`: the unit that does it from now on; absent: the one that has it.
    #[serde(default)]
    unit: Option<Uuid>,
}

/// A paper as a step brings it; what is missing is named as a field error.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::tasks) struct PaperBody {
    /// Code of the kind.
    #[schema(example = "admonition")]
    kind: String,
    /// 文号.
    paper_no: String,
    /// 作出机关; the own unit when absent, an empty one is refused.
    issued_by: Option<String>,
    /// 作出日期; today when empty.
    issued_on: Option<NaiveDate>,
    /// 生效日期.
    in_force_from: Option<NaiveDate>,
    /// 失效日期.
    expires_on: Option<NaiveDate>,
    /// 送达日期.
    served_on: Option<NaiveDate>,
    /// 法定情形: `TC1`–`TC7` for temporary, `LC1`–`LC5` for long-term custody.
    ground: String,
    /// 备注.
    note: String,
}

impl PaperBody {
    fn read(self, ctx: &Ctx) -> NewMeasure {
        NewMeasure {
            id: None,
            kind: self.kind,
            paper_no: self.paper_no,
            issued_by: self.issued_by.unwrap_or_else(|| ctx.unit_name.clone()),
            issued_on: self.issued_on.unwrap_or_else(|| crate::clock::day(ctx.now)),
            in_force_from: self.in_force_from,
            expires_on: self.expires_on,
            served_on: self.served_on,
            ground: self.ground,
            note: self.note,
        }
    }
}

/// Reads a step.
pub(super) fn read(ctx: &Ctx, body: TaskStepBody) -> Result<Move> {
    let reason = body.reason;
    match body.step.as_str() {
        "sign" => Ok(Move::Sign),
        "refuse" => Ok(Move::Refuse(Refusal {
            reason,
            basis: body.basis,
            done_first: body.done_first,
        })),
        "report" => Ok(Move::Report {
            result: body.result,
            papers: body.papers.into_iter().map(|paper| paper.read(ctx)).collect(),
        }),
        "accept" => Ok(Move::Accept { note: body.note }),
        "reject" => Ok(Move::Reject { reason }),
        "rule" => Ok(Move::Rule {
            unit: body.unit,
            reason,
        }),
        "drop" => Ok(Move::Drop { reason }),
        "waive" => Ok(Move::Waive { reason }),
        "cancel" => Ok(Move::Cancel { reason }),
        _ => Err(Error::field(
            "step",
            "步骤应为 sign、refuse、report、accept、reject、rule、drop、waive、cancel 之一",
        )),
    }
}
