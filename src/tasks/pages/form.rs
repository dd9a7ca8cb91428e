//! What a step's form posts. The second paper and on have the same fields with
//! their number.

use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::measures::PaperForm;
use crate::tasks::moves::MOST_PAPERS;
use crate::tasks::{Move, Refusal};
use std::collections::HashMap;
use uuid::Uuid;

/// What was typed, kept as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct StepForm {
    pub(super) version: i32,
    pub(super) reason: String,
    pub(super) refusal: String,
    pub(super) basis: String,
    pub(super) done_first: String,
    pub(super) unit: String,
    pub(super) result: String,
    pub(super) papers: Vec<PaperForm>,
}

/// The fields as they are posted.
pub(super) type Pairs = Vec<(String, String)>;

/// The ending of the n-th paper's fields.
pub(super) fn suffix(at: usize) -> String {
    if at == 0 { String::new() } else { (at + 1).to_string() }
}

impl StepForm {
    /// An empty form as the page offers it.
    pub(super) fn offered(ctx: &Ctx) -> Self {
        let paper = PaperForm {
            issued_by: ctx.unit_name.clone(),
            issued_on: clock::day(ctx.now).to_string(),
            ..PaperForm::default()
        };
        Self {
            papers: vec![paper; MOST_PAPERS],
            ..Self::default()
        }
    }

    /// Reads what was posted.
    pub(super) fn read(pairs: Pairs) -> Result<Self> {
        let mut fields: HashMap<String, String> = pairs.into_iter().collect();
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        let version = take("version");
        let version = version.parse().ok().filter(|_| !version.is_empty());
        let papers = (0..MOST_PAPERS).map(|at| {
            let mut of = |name: &str| take(&format!("{name}{}", suffix(at)));
            PaperForm {
                id: String::new(),
                kind: of("kind"),
                paper_no: of("paper_no"),
                issued_by: of("issued_by"),
                issued_on: of("issued_on"),
                in_force_from: of("in_force_from"),
                expires_on: of("expires_on"),
                served_on: of("served_on"),
                ground: of("ground"),
                note: String::new(),
            }
        });
        Ok(Self {
            papers: papers.collect(),
            version: version.ok_or_else(|| Error::BadRequest("页面已过期，刷新后重新提交".to_owned()))?,
            reason: take("reason"),
            refusal: take("refusal"),
            basis: take("basis"),
            done_first: take("done_first"),
            unit: take("unit"),
            result: take("result"),
        })
    }

    /// The step of this word.
    pub(super) fn step(&self, word: &str, ctx: &Ctx) -> Result<Move> {
        let reason = self.reason.clone();
        match word {
            "sign" => Ok(Move::Sign),
            "refuse" => Ok(Move::Refuse(Refusal {
                reason: self.refusal.clone(),
                basis: self.basis.clone(),
                done_first: self.done_first.clone(),
            })),
            "report" => self.report(ctx),
            "accept" => Ok(Move::Accept { note: reason }),
            "reject" => Ok(Move::Reject { reason }),
            "rule" => Ok(Move::Rule {
                unit: self.chosen()?,
                reason,
            }),
            "drop" => Ok(Move::Drop { reason }),
            "waive" => Ok(Move::Waive { reason }),
            "cancel" => Ok(Move::Cancel { reason }),
            _ => Err(Error::NotFound),
        }
    }

    fn chosen(&self) -> Result<Option<Uuid>> {
        match self.unit.as_str() {
            "" => Ok(None),
            text => Uuid::parse_str(text)
                .map(Some)
                .map_err(|_| Error::field("unit", "从列表中选择单位")),
        }
    }

    /// The report, or what is wrong with its papers.
    fn report(&self, ctx: &Ctx) -> Result<Move> {
        let (mut papers, mut wrong) = (Vec::new(), Vec::new());
        for (at, form) in self.papers.iter().enumerate().filter(|(_, form)| !form.is_blank()) {
            let (paper, faults) = form.read(clock::day(ctx.now));
            papers.push(paper);
            wrong.extend(faults.into_iter().map(|fault| FieldError {
                field: format!("{}{}", fault.field, suffix(at)),
                ..fault
            }));
        }
        if wrong.is_empty() {
            let result = self.result.clone();
            Ok(Move::Report { result, papers })
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

/// A fault of a step beside the control of the page that it belongs to.
pub(super) fn beside(word: &str, mut fault: FieldError) -> FieldError {
    let control = match (word, fault.field.as_str()) {
        // The remark of an acceptance and the reasons are one field.
        ("accept", "note") => "reason",
        ("refuse", "reason") => "refusal",
        _ => return fault,
    };
    control.clone_into(&mut fault.field);
    fault
}
