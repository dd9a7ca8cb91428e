//! What the interface answers about a report.

use crate::entity::{protection_case, report};
use crate::error::Result;
use crate::intake::store;
use crate::intake::{Joined, Opened, ReportInput};
use crate::rules::level::RiskLevel;
use crate::rules::routing::{Assignment, Plan};
use crate::rules::triage::Suggestion;
use crate::rules::workflow::Stage;
use crate::state::App;
use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A report and what became of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReportState {
    /// The report.
    pub id: Uuid,
    /// 受理编号.
    #[schema(example = "XS-20261123-0001")]
    pub number: String,
    /// Its version, for the next step.
    pub version: i32,
    /// Its state: `draft`, `routed`, `joined`, `answered`, `referred`,
    /// `screening`, `screened_out`, `dismissed`; for obliged reporters 已收到,
    /// 处理中 or 已办结.
    pub state: String,
    /// The suggested level: `red`, `yellow`, `blue`, `green`.
    pub suggested_level: Option<String>,
    /// Why.
    pub reasons: Vec<ReasonOut>,
    /// The level that holds.
    pub level: Option<String>,
    /// Where it went.
    pub plan: Option<PlanOut>,
    /// Its case.
    pub case: Option<CaseOut>,
    /// What is still missing.
    pub gaps: Vec<String>,
}

/// A reason of the suggested level.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReasonOut {
    /// Code of the type, flag, question or situation.
    pub rule: String,
    /// In words.
    pub text: String,
}

/// The case of a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CaseOut {
    /// The case.
    pub id: Uuid,
    /// 个案编号.
    #[schema(example = "TH-20261123-0001")]
    pub number: String,
    /// Its version.
    pub version: i32,
    /// Its stage.
    #[schema(example = "assigned")]
    pub stage: String,
}

/// Where a report goes and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PlanOut {
    /// 主办
    pub lead: PartOut,
    /// 协办
    pub assists: Vec<PartOut>,
    /// 督办
    pub overseers: Vec<PartOut>,
    /// 知会
    pub informed: Vec<PartOut>,
    /// 回避、空缺
    pub skipped: Vec<SkipOut>,
    /// Numbers to connect now.
    pub lines: Vec<String>,
    /// The clocks that run.
    pub dues: Vec<DueOut>,
    /// How the plan came about.
    pub steps: Vec<ReasonOut>,
    /// Whether a village may be told.
    pub village_allowed: bool,
}

/// A unit of the plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PartOut {
    /// The unit.
    pub unit: Uuid,
    /// Its name.
    pub unit_name: String,
    /// Its kind, `PSB` …
    pub unit_kind: String,
    /// The post that takes it.
    pub role: String,
    /// Who sits there; none: the unit must be telephoned.
    pub person: Option<String>,
    /// The rule, `RT01` …
    pub rule: String,
    /// The rule in words.
    pub why: String,
    /// Told at once, without waiting for the lead unit.
    pub parallel: bool,
}

/// Somebody who was passed over.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SkipOut {
    /// The unit or post.
    pub name: String,
    /// The rule.
    pub rule: String,
    /// In words.
    pub why: String,
}

/// A clock.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DueOut {
    /// `DL08` …
    pub rule: String,
    /// `sign`, `contact`, `assess`, `resolve` …
    pub milestone: String,
    /// The unit that owes it.
    pub owner: Uuid,
    /// The last moment; none while the working calendar does not reach so far.
    pub at: Option<DateTime<Utc>>,
    /// In words.
    pub text: String,
}

/// A report in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReportDetail {
    /// What became of it.
    #[serde(flatten)]
    pub state: ReportState,
    /// What was said; none for obliged reporters.
    pub report: Option<ReportInput>,
    /// The answer or the reason of its end.
    pub note: Option<String>,
}

impl ReportState {
    fn bare(report: &report::Model) -> Self {
        let level = |number: Option<i16>| {
            let level = number.and_then(RiskLevel::from_number);
            level.map(|level| level.code().to_owned())
        };
        Self {
            id: report.id,
            number: report.number.clone(),
            version: report.version,
            state: report.state.clone(),
            suggested_level: level(report.suggested_level),
            reasons: stored_reasons(&report.suggestion),
            level: level(report.level),
            plan: None,
            case: None,
            gaps: Vec::new(),
        }
    }

    /// What an obliged reporter is told.
    pub(super) fn neutral(report: &report::Model, state: &str) -> Self {
        Self {
            state: state.to_owned(),
            suggested_level: None,
            reasons: Vec::new(),
            level: None,
            ..Self::bare(report)
        }
    }

    /// A report that opened a case.
    pub(super) fn opened(opened: &Opened) -> Self {
        Self {
            reasons: reasons(&opened.suggestion),
            plan: Some(PlanOut::of(&opened.plan)),
            case: Some(CaseOut::of(&opened.case)),
            gaps: opened.gaps.clone(),
            ..Self::bare(&opened.report)
        }
    }

    /// A report that joined a case.
    pub(super) fn joined(joined: &Joined) -> Self {
        Self {
            case: Some(CaseOut::of(&joined.case)),
            ..Self::bare(&joined.report)
        }
    }

    /// A draft with what the rules would suggest.
    pub(super) fn held(report: &report::Model, suggestion: &Suggestion) -> Self {
        Self {
            suggested_level: Some(suggestion.level.code().to_owned()),
            reasons: reasons(suggestion),
            ..Self::bare(report)
        }
    }

    /// A report as it stands.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn standing(app: &App, report: &report::Model) -> Result<Self> {
        Ok(Self {
            case: store::case_of(app, report).await?.as_ref().map(CaseOut::of),
            ..Self::bare(report)
        })
    }

    /// As it is sent and kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn into_value(self) -> Result<Value> {
        Ok(serde_json::to_value(self).context("answer about a report")?)
    }
}

fn reasons(suggestion: &Suggestion) -> Vec<ReasonOut> {
    let reasons = suggestion.reasons.iter();
    reasons
        .map(|reason| ReasonOut {
            rule: reason.rule.clone(),
            text: reason.text.clone(),
        })
        .collect()
}

fn stored_reasons(stored: &Value) -> Vec<ReasonOut> {
    let pairs: Vec<(String, String)> = serde_json::from_value(stored.clone()).unwrap_or_default();
    pairs.into_iter().map(|(rule, text)| ReasonOut { rule, text }).collect()
}

impl CaseOut {
    fn of(case: &protection_case::Model) -> Self {
        Self {
            id: case.id,
            number: case.number.clone(),
            version: case.version,
            stage: Stage::parse(&case.stage).map_or("", Stage::code).to_owned(),
        }
    }
}

impl PlanOut {
    fn of(plan: &Plan) -> Self {
        let parts = |list: &[Assignment]| list.iter().map(part).collect();
        Self {
            lead: part(&plan.lead),
            assists: parts(&plan.assists),
            overseers: parts(&plan.overseers),
            informed: parts(&plan.informed),
            skipped: plan.skipped.iter().map(skip).collect(),
            lines: plan.lines.clone(),
            dues: plan.dues.iter().map(due).collect(),
            steps: plan.steps.iter().map(step).collect(),
            village_allowed: plan.village_allowed,
        }
    }
}

fn part(part: &Assignment) -> PartOut {
    PartOut {
        unit: part.unit,
        unit_name: part.unit_name.clone(),
        unit_kind: part.unit_kind.clone(),
        role: part.role.clone(),
        person: part.person.as_ref().map(|person| person.name.clone()),
        rule: part.rule.clone(),
        why: part.why.clone(),
        parallel: part.parallel,
    }
}

fn skip(skip: &crate::rules::routing::Skip) -> SkipOut {
    SkipOut {
        name: skip.name.clone(),
        rule: skip.rule.clone(),
        why: skip.why.clone(),
    }
}

fn due(due: &crate::rules::routing::Due) -> DueOut {
    DueOut {
        rule: due.rule.clone(),
        milestone: due.milestone.clone(),
        owner: due.owner,
        at: Some(due.at),
        text: due.text.clone(),
    }
}

fn step(step: &crate::rules::routing::Step) -> ReasonOut {
    ReasonOut {
        rule: step.rule.clone(),
        text: step.text.clone(),
    }
}
