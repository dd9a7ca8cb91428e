//! The end of planning: the clocks that start, and the plan itself.

use super::draft::Draft;
use super::plan::{Due, Plan};
use crate::rules::calendar::Calendar;
use crate::rules::codes;
use crate::rules::deadlines;
use uuid::Uuid;

impl Draft<'_> {
    pub(super) fn finish(self, calendar: &Calendar) -> Plan {
        let dues = self.dues(calendar);
        Plan {
            lead: self.lead,
            assists: self.assists,
            overseers: self.overseers,
            informed: self.informed,
            skipped: self.seeker.skipped,
            lines: self.lines,
            dues,
            steps: self.seeker.steps,
            village_allowed: self.village_allowed,
        }
    }

    fn dues(&self, calendar: &Calendar) -> Vec<Due> {
        let facts = self.facts();
        let owed = deadlines::dues(&facts.demand_type, facts.level, facts.received_at, calendar);
        let mut dues: Vec<Due> = owed
            .into_iter()
            .map(|due| Due {
                rule: due.rule,
                milestone: due.milestone.code().to_owned(),
                owner: self.lead.unit,
                at: due.at,
                text: due.text,
            })
            .collect();
        if facts.life_danger {
            dues.extend(self.system_due("DL01", "transfer", self.desk(), calendar));
        }
        if facts.mandatory_report {
            dues.extend(self.system_due("DL02-police", "push_police", self.lead.unit, calendar));
        }
        if self.places.here().is_none() {
            dues.extend(self.system_due("RT10", "locate", self.lead.unit, calendar));
        }
        dues
    }

    /// Whoever has the caller on the line; the lead unit where the network has
    /// no hotline desk.
    fn desk(&self) -> Uuid {
        let desk = self.seeker.roster.city_units().find(|unit| unit.kind == "HOT");
        desk.map_or(self.lead.unit, |unit| unit.id)
    }

    /// A clock that runs from the report.
    fn system_due(&self, code: &str, milestone: &str, owner: Uuid, calendar: &Calendar) -> Option<Due> {
        let row = codes::deadline_rule(code)?;
        Some(Due {
            rule: row.rule.clone(),
            milestone: milestone.to_owned(),
            owner,
            at: calendar.add(self.facts().received_at, row.time()?).ok(),
            text: row.name.clone(),
        })
    }
}
