//! What notices are about, as the policy wants to know it.

use super::Notice;
use crate::entity::{measure, notice, protection_case, report, task};
use crate::error::Result;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::{
    Action, Actor, CaseFacts, MeasureAction, MeasureFacts, ReportAction, ReportFacts, TaskAction, TaskFacts,
    may_report, measure_may, reach, task_may,
};
use crate::sight;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The ids of a matter.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) case: Option<Uuid>,
    pub(super) task: Option<Uuid>,
    pub(super) measure: Option<Uuid>,
    pub(super) report: Option<Uuid>,
}

impl About {
    pub(super) fn of(row: &notice::Model) -> Self {
        Self {
            case: row.case_id,
            task: row.task_id,
            measure: row.measure_id,
            report: row.report_id,
        }
    }
}

impl From<&Notice> for About {
    fn from(notice: &Notice) -> Self {
        Self {
            case: notice.case,
            task: notice.task,
            measure: notice.measure,
            report: notice.report,
        }
    }
}

/// Cases, tasks and reports with what decides who may see them.
#[derive(Debug, Default)]
pub(super) struct Matters {
    cases: HashMap<Uuid, (protection_case::Model, CaseFacts)>,
    tasks: HashMap<Uuid, task::Model>,
    /// The units that a measure concerns.
    measures: HashMap<Uuid, BTreeSet<Uuid>>,
    reports: HashMap<Uuid, report::Model>,
}

impl Matters {
    /// Loads everything that some notices are about, in few statements.
    pub(super) async fn load(db: &impl ConnectionTrait, all: impl Iterator<Item = About>) -> Result<Self> {
        let (mut cases, mut tasks, mut reports) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut measures = BTreeSet::new();
        for about in all {
            cases.extend(about.case);
            tasks.extend(about.task);
            measures.extend(about.measure);
            reports.extend(about.report.filter(|_| about.case.is_none()));
        }
        let mut matters = Self::default();
        if !reports.is_empty() {
            let found = report::Entity::find().filter(report::Column::Id.is_in(reports));
            matters.reports = found.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
            // Whoever is kept out of the case is told nothing of its reports.
            cases.extend(matters.reports.values().filter_map(|row| row.case_id));
        }
        matters.cases = sight::facts_of(db, &cases).await?;
        if !tasks.is_empty() {
            let found = task::Entity::find().filter(task::Column::Id.is_in(tasks));
            matters.tasks = found.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
        }
        if !measures.is_empty() {
            let found = measure::Entity::find().filter(measure::Column::Id.is_in(measures));
            matters.measures = sight::measure_units(db, &found.all(db).await?).await?;
        }
        Ok(matters)
    }

    /// Whether the person may see the task, else the measure, else the case,
    /// else the report.
    pub(super) fn shows(&self, actor: &Actor, about: &About) -> bool {
        match (about.task, about.case, about.report) {
            (Some(task), case, _) => self.shows_task(actor, task, case),
            (None, case, _) if about.measure.is_some() => self.shows_measure(actor, about.measure, case),
            (None, Some(case), _) => self.able(actor, Action::View, Some(case)),
            (None, None, Some(report)) => self.shows_report(actor, report),
            (None, None, None) => true,
        }
    }

    fn shows_task(&self, actor: &Actor, task: Uuid, case: Option<Uuid>) -> bool {
        let Some((task, (_, facts))) = self.tasks.get(&task).zip(self.case(case)) else {
            return false;
        };
        let facts = TaskFacts {
            unit: task.unit_id,
            // Seeing a task does not depend on who rules.
            arbiter: None,
            case: facts.clone(),
        };
        task_may(actor, TaskAction::View, &facts)
    }

    fn shows_measure(&self, actor: &Actor, measure: Option<Uuid>, case: Option<Uuid>) -> bool {
        let units = measure.and_then(|id| self.measures.get(&id));
        let Some((units, (_, facts))) = units.zip(self.case(case)) else {
            return false;
        };
        let facts = MeasureFacts {
            units: units.iter().copied().collect(),
            case: facts.clone(),
        };
        measure_may(actor, MeasureAction::View, &facts)
    }

    fn shows_report(&self, actor: &Actor, report: Uuid) -> bool {
        let Some(report) = self.reports.get(&report) else {
            return false;
        };
        // Nobody is kept out of what is no case yet.
        let recused = self.case(report.case_id).is_some_and(|(_, facts)| {
            facts.recused_accounts.contains(&actor.account)
                || actor.units().any(|unit| facts.recused_units.contains(&unit))
        });
        let facts = ReportFacts {
            opened_by: report.opened_by,
            reporter_account: report.reporter_account,
            recused,
        };
        may_report(actor, ReportAction::View, &facts)
    }

    /// Whether the person may do this to a case.
    pub(super) fn able(&self, actor: &Actor, action: Action, case: Option<Uuid>) -> bool {
        self.case(case)
            .is_some_and(|(_, facts)| reach(actor, action).covers(facts))
    }

    fn case(&self, id: Option<Uuid>) -> Option<&(protection_case::Model, CaseFacts)> {
        self.cases.get(&id?)
    }

    /// Whether a case is red now.
    pub(super) fn is_red(&self, case: Option<Uuid>) -> bool {
        self.case(case)
            .is_some_and(|(case, _)| case.level == RiskLevel::Red.number())
    }

    /// The units that take part in a case.
    pub(super) fn parts(&self, case: Option<Uuid>) -> impl Iterator<Item = Uuid> {
        let parts = self.case(case).into_iter().flat_map(|(_, facts)| &facts.parts);
        parts.map(|(unit, _)| *unit)
    }

    /// The county in which a case lies.
    pub(super) fn county(&self, case: Option<Uuid>) -> Option<Division> {
        self.case(case)?.1.division.at(Tier::County)
    }

    /// The number by which people speak of it.
    pub(super) fn number(&self, about: &About) -> String {
        let task = about.task.and_then(|id| self.tasks.get(&id)).map(|task| &task.number);
        let case = self.case(about.case).map(|(case, _)| &case.number);
        let report = about
            .report
            .and_then(|id| self.reports.get(&id))
            .map(|report| &report.number);
        task.or(case).or(report).cloned().unwrap_or_default()
    }
}
