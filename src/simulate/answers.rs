//! What somebody types into the fields of an act on a measure: mostly what it
//! asks for, now and then not.

use super::world::World;
use crate::clock;
use crate::entity::protection_case;
use crate::measures::Given;
use crate::rules::division::Tier;
use crate::rules::measures::{Deed, Field, FieldKind};
use chrono::{NaiveDate, TimeDelta};

impl World<'_> {
    /// Answers to an act.
    pub(super) fn answers(
        &mut self,
        case: &protection_case::Model,
        deed: &Deed,
        expires_on: Option<NaiveDate>,
    ) -> Given {
        let forgotten = self.chance(60).then(|| self.dice.below(deed.fields.len() as u64));
        let mut answers = Vec::new();
        for (field, at) in deed.fields.iter().zip(0..) {
            if forgotten == Some(at) {
                continue;
            }
            let name = field.name.to_owned();
            match (field.kind, field.name) {
                (FieldKind::Many(of), _) => {
                    answers.extend(of.iter().take(2).map(|(code, _)| (name.clone(), (*code).to_owned())));
                }
                (_, "expires_on") => answers.push((name, self.last_day(deed, expires_on).to_string())),
                _ => answers.extend(self.answer(case, field).map(|text| (name, text))),
            }
        }
        Given(answers)
    }

    /// The last day of a validity: weeks or months away, seldom too many.
    fn last_day(&mut self, deed: &Deed, expires_on: Option<NaiveDate>) -> NaiveDate {
        let from = expires_on
            .filter(|_| deed.prolongs)
            .unwrap_or_else(|| clock::day(self.now()));
        let days = if self.chance(40) { 300 } else { 4 + self.dice.below(120) };
        from + TimeDelta::days(i64::try_from(days).unwrap_or(30))
    }

    fn answer(&mut self, case: &protection_case::Model, field: &Field) -> Option<String> {
        let now = self.now();
        Some(match field.kind {
            FieldKind::Word(_) if field.name == "paper_no" => {
                format!("模拟〔{}〕{}号", now.format("%Y"), self.dice.below(9000) + 1)
            }
            FieldKind::Word(_) => "某某".to_owned(),
            FieldKind::Text(_) => "情况属实，已记录".to_owned(),
            FieldKind::Past if field.name == "refusal_from" => {
                let ago = i64::try_from(120 + self.dice.below(80)).unwrap_or(150);
                (clock::day(now) - TimeDelta::days(ago)).to_string()
            }
            FieldKind::Past | FieldKind::Day => clock::day(now).to_string(),
            FieldKind::PastMoment => clock::minute(now),
            FieldKind::Moment => clock::minute(now + TimeDelta::hours(20)),
            FieldKind::Choice(of) => self.dice.pick(of).0.to_owned(),
            FieldKind::Many(_) => return None,
            FieldKind::Unit => {
                let county = Self::place(case).and_then(|place| place.at(Tier::County));
                let kind = *self.dice.pick(&["CAB", "EDU", "HEA", "WF"]);
                self.people.unit_at(kind, county.as_ref())?.to_string()
            }
        })
    }
}
