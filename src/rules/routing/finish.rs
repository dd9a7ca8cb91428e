//! The end of planning: the clocks that start, and the plan itself.

use super::draft::Draft;
use super::plan::{Due, Plan};
use crate::rules::calendar::{Amount, Calendar, TimeUnit};
use crate::rules::codes;
use crate::rules::deadlines;

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
            dues.push(self.system_due("DL01", "transfer", calendar, "通话中三方转接 110/120"));
        }
        if facts.mandatory_report {
            dues.push(self.system_due("DL02-police", "push_police", calendar, "强制报告推送公安"));
        }
        if self.places.here().is_none() {
            let at = calendar
                .add(facts.received_at, Amount::new(30, TimeUnit::Minutes))
                .ok();
            let text = "30分钟内人工定位，未定报市值班长".to_owned();
            let owner = self.lead.unit;
            dues.push(Due {
                rule: "RT10".to_owned(),
                milestone: "locate".to_owned(),
                owner,
                at,
                text,
            });
        }
        dues
    }

    /// A clock that runs from the report and is owed by the lead unit.
    fn system_due(&self, code: &str, milestone: &str, calendar: &Calendar, text: &str) -> Due {
        let row = codes::deadline_rule(code);
        let amount = row
            .and_then(codes::DeadlineRule::time)
            .unwrap_or(Amount::new(0, TimeUnit::Minutes));
        Due {
            rule: row.map_or(code, |row| row.rule.as_str()).to_owned(),
            milestone: milestone.to_owned(),
            owner: self.lead.unit,
            at: calendar.add(self.facts().received_at, amount).ok(),
            text: text.to_owned(),
        }
    }
}
