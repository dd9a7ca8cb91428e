//! The end of planning: the clocks that start, and the plan itself.

use super::draft::Draft;
use super::plan::{Due, Plan};
use crate::rules::deadlines;
use crate::rules::rulebook::Rulebook;
use uuid::Uuid;

impl Draft<'_> {
    pub(super) fn finish(self, book: &Rulebook) -> Plan {
        let dues = self.dues(book);
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

    fn dues(&self, book: &Rulebook) -> Vec<Due> {
        let facts = self.facts();
        let owed = deadlines::dues(book, &facts.demand_type, facts.level, facts.received_at);
        let mut dues: Vec<Due> = owed.into_iter().map(|due| Due::owed(due, self.lead.unit)).collect();
        if facts.life_danger {
            dues.extend(self.system_due("DL01", "transfer", self.desk(), book));
        }
        if facts.mandatory_report {
            dues.extend(self.system_due("DL02-police", "push_police", self.lead.unit, book));
        }
        if self.places.here().is_none() {
            dues.extend(self.system_due("RT10", "locate", self.lead.unit, book));
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
    fn system_due(&self, code: &str, milestone: &str, owner: Uuid, book: &Rulebook) -> Option<Due> {
        let rule = book.rule(code)?;
        Some(Due::under(book, rule, (milestone, owner), self.facts().received_at))
    }
}
