//! Measures with a course of their own (保护令、临时监护、法律援助……): begun on a
//! case, taken through the acts that their tables name, visited, left to lapse.

use super::life::{Next, level_of};
use super::queue::Event;
use super::world::{Course, World};
use crate::clock;
use crate::entity::{measure, protection_case};
use crate::error::{Error, Result};
use crate::measures::{self, NewLife, Taken};
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::measures::{Deed, PROCEDURES, Procedure, State, procedure, standing};
use crate::rules::policy::{Action, Role};
use sea_orm::EntityTrait;
use uuid::Uuid;

impl World<'_> {
    /// A measure is begun on a case.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn measured(&mut self, at: usize, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::Record, false).await? else {
            return Ok(());
        };
        let kind = *self.dice.pick(&PROCEDURES);
        let new = &NewLife {
            id: Some(Uuid::now_v7()),
            kind: kind.kind.to_owned(),
            given: self.answers(case, &kind.begin, None),
            strict: false,
        };
        let (app, id) = (self.app, case.id);
        let begun = self
            .act(who, ("begin_measure", &case.number), |ctx| async move {
                Ok(measures::begin(app, &ctx, id, new).await?.id)
            })
            .await;
        if let Ok(id) = begun {
            *self.trace.begun.entry(kind.kind).or_default() += 1;
            let wait = self.office(Role::County, 20 * 60, level_of(case));
            self.later(wait, Event::Measure(self.papers.len()));
            self.papers.push(Course { id, case: at });
        }
        Ok(())
    }

    /// Somebody turns to a measure.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn turn_to_measure(&mut self, at: usize) -> Result<()> {
        let Course { id, case } = self.papers[at];
        let found = measure::Entity::find_by_id(id).one(self.app.db.read()).await?;
        let row = found.ok_or(Error::NotFound)?;
        let case = self.case(case).await?;
        let state = standing(&row.kind, &row.state, row.expires_on, clock::day(self.now()));
        let Some(kind) = procedure(&row.kind).filter(|_| !state.is_over() && Self::is_open(&case)) else {
            return Ok(());
        };
        if let Some(wait) = self.goes_on(&case, &row, (kind, state)).await? {
            self.later(wait, Event::Measure(at));
        }
        Ok(())
    }

    async fn goes_on(
        &mut self,
        case: &protection_case::Model,
        row: &measure::Model,
        (kind, state): (&'static Procedure, State),
    ) -> Result<Next> {
        if let Some(visit) = kind.visits.filter(|_| self.chance(350)) {
            self.visit(case, visit).await?;
            return Ok(Some(self.office(Role::Village, 4 * 24 * 60, RiskLevel::Blue)));
        }
        // Some are left to run out, and nobody says so.
        if state == State::InForce && kind.lapses && row.expires_on.is_some() && self.chance(250) {
            return Ok(None);
        }
        let mut open: Vec<&'static Deed> = kind.open(state).collect();
        if self.chance(500) && open.iter().any(|deed| deed.to.is_some()) {
            open.retain(|deed| deed.to.is_some());
        }
        if open.is_empty() {
            return Ok(None);
        }
        let deed = *self.dice.pick(&open);
        let Some(who) = self.whose(case, deed).await? else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let taken = &Taken {
            deed: deed.code.to_owned(),
            given: self.answers(case, deed, row.expires_on),
            strict: false,
        };
        let (app, key) = (self.app, (case.id, row.id));
        let done = self
            .step(
                who,
                "measure_step",
                (&case.number, row.version),
                |ctx, seen| async move { measures::step(app, &ctx, key, seen, taken).await },
            )
            .await;
        if done.is_ok() {
            *self.trace.deeds.entry((kind.kind, deed.code)).or_default() += 1;
        }
        Ok(Some(self.office(Role::County, 2 * 24 * 60, level_of(case))))
    }

    /// Whoever does it: the department, as far as it is theirs, or whoever
    /// records on the case.
    async fn whose(&mut self, case: &protection_case::Model, deed: &Deed) -> Result<Option<usize>> {
        let kind = deed.by.first().filter(|_| self.chance(450)).copied();
        let place = Division::parse(&case.division).ok();
        let county = place.and_then(|place| place.at(Tier::County));
        let unit = kind.and_then(|kind| self.people.unit_at(kind, county.as_ref()));
        let there = unit.map_or_else(Vec::new, |unit| self.people.at_work(unit, self.now()));
        if there.is_empty() {
            return self.someone(case, Action::Record, false).await;
        }
        Ok(Some(*self.dice.pick(&there)))
    }
}
