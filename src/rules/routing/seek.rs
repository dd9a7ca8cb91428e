//! From the unit that a rule wants to the unit that exists, may know of the
//! case and has somebody to take it: one rung at a time, and saying so.

use super::facts::{RoutingFacts, UnitFacts};
use super::plan::{Assignment, Skip, Step};
use super::roster::{KeptOut, RosterIndex, Seat, seat};
use crate::rules::codes;
use crate::rules::division::{Division, Tier};

/// What a rule wants.
#[derive(Debug, Clone)]
pub(super) struct Want<'w> {
    /// Unit kind.
    pub(super) kind: &'w str,
    /// At which tier.
    pub(super) tier: Tier,
    /// Where; nothing when the place is unknown.
    pub(super) place: Option<&'w Division>,
    /// The rule.
    pub(super) rule: &'static str,
    /// The rule in words.
    pub(super) why: &'static str,
}

impl<'w> Want<'w> {
    /// A unit at the usual tier of its kind.
    pub(super) fn new(kind: &'w str, place: Option<&'w Division>, rule: &'static str, why: &'static str) -> Self {
        Self {
            kind,
            tier: usual_tier(kind),
            place,
            rule,
            why,
        }
    }
}

/// Looks for units; keeps the explanation of what it passed over.
pub(super) struct Seeker<'a> {
    pub(super) facts: &'a RoutingFacts,
    pub(super) roster: &'a RosterIndex<'a>,
    pub(super) kept_out: KeptOut<'a>,
    pub(super) skipped: Vec<Skip>,
    pub(super) steps: Vec<Step>,
}

/// A kind of unit at a tier.
type Rung<'k> = (&'k str, Tier);

/// The usual tier of a kind.
pub(super) fn usual_tier(kind: &str) -> Tier {
    match kind {
        "VIL" => Tier::Village,
        "TMP" => Tier::Township,
        "HOT" => Tier::City,
        _ => Tier::County,
    }
}

/// Bodies of the network: when nobody fills their posts, the next one up takes
/// the case. Departments keep it, because nobody else has their powers.
fn needs_a_person(kind: &str) -> bool {
    matches!(kind, "VIL" | "TMP" | "MPC" | "MPO" | "HOT")
}

/// The rungs from the wanted unit upwards.
fn ladder(kind: &str, tier: Tier) -> Vec<Rung<'_>> {
    const NETWORK: [Rung<'static>; 6] = [
        ("VIL", Tier::Village),
        ("TMP", Tier::Township),
        ("MPC", Tier::County),
        ("MPO", Tier::County),
        ("MPO", Tier::City),
        ("HOT", Tier::City),
    ];
    match kind {
        "VIL" | "TMP" | "MPC" | "MPO" => NETWORK
            .into_iter()
            .skip_while(|(of, at)| *of != kind || *at > tier)
            .collect(),
        "HOT" => vec![("HOT", Tier::City), ("MPO", Tier::City)],
        _ if tier == Tier::City => vec![(kind, Tier::City)],
        _ => vec![(kind, Tier::County), (kind, Tier::City)],
    }
}

impl<'a> Seeker<'a> {
    /// Adds a step to the explanation.
    pub(super) fn step(&mut self, rule: &str, text: impl Into<String>) {
        let step = Step {
            rule: rule.to_owned(),
            text: text.into(),
        };
        if !self.steps.contains(&step) {
            self.steps.push(step);
        }
    }

    fn skip(&mut self, name: impl Into<String>, rule: &str, why: impl Into<String>) {
        let skip = Skip {
            name: name.into(),
            rule: rule.to_owned(),
            why: why.into(),
        };
        if !self.skipped.contains(&skip) {
            self.skipped.push(skip);
        }
    }

    /// The first unit on the ladder that can take it.
    pub(super) fn seek(&mut self, want: &Want<'_>) -> Option<Assignment> {
        self.climb(want, ladder(want.kind, want.tier))
    }

    /// As [`Seeker::seek`], and past the department's own ladder to the
    /// network's: for the lead unit.
    pub(super) fn seek_owner(&mut self, want: &Want<'_>) -> Option<Assignment> {
        let nowhere = want.place.is_none() && needs_a_person(want.kind);
        let mut rungs = ladder(if nowhere { "HOT" } else { want.kind }, want.tier);
        if !rungs.iter().any(|(kind, _)| *kind == "HOT") {
            let next = if want.tier == Tier::City { "MPO" } else { "MPC" };
            rungs.extend(ladder(next, want.tier.min(Tier::County)));
        }
        self.climb(want, rungs).or_else(|| self.last_resort(want))
    }

    fn climb(&mut self, want: &Want<'_>, rungs: Vec<Rung<'_>>) -> Option<Assignment> {
        for (kind, tier) in rungs {
            let place = if tier == Tier::City {
                self.roster.city().cloned()
            } else {
                want.place.and_then(|place| place.at(tier))
            };
            let Some(place) = place else {
                self.too_vague(tier, want);
                continue;
            };
            let units = self.candidates(kind, &place);
            if units.is_empty() {
                let name = codes::unit_kind(kind).map_or(kind, |row| row.name.as_str());
                self.step(want.rule, format!("{}没有{name}，上提一级", place_name(&place)));
            }
            for unit in units {
                if let Some(taken) = self.take(unit, want) {
                    return Some(taken);
                }
            }
        }
        None
    }

    /// Says why a tier was passed over: RT09 when only the county is known,
    /// RT10 when nothing is.
    fn too_vague(&mut self, tier: Tier, want: &Want<'_>) {
        match tier {
            _ if want.place.is_none() => self.step("RT10", "地址不详，由市级承接并人工定位"),
            Tier::Village => self.step(want.rule, "地址未到村（社区），由乡镇直接办理"),
            _ => self.step("RT09", "地址只到县，由县未保中心兜底"),
        }
    }

    /// Units of the kind in the division, or in the county that a functional
    /// area falls back to (RT11).
    fn candidates(&mut self, kind: &str, place: &Division) -> Vec<&'a UnitFacts> {
        let own = self.roster.units(kind, place);
        if !own.is_empty() {
            return own;
        }
        let row = codes::fallback_division(place.code());
        let Some(county) = row.and_then(|row| Division::parse(&row.falls_to).ok()) else {
            return Vec::new();
        };
        let units = self.roster.units(kind, &county);
        if !units.is_empty() {
            self.step(
                "RT11",
                format!("{}无此机构，事项回落{}", place_name(place), place_name(&county)),
            );
        }
        units
    }

    /// The unit takes it, unless it is kept out or nobody is there.
    pub(super) fn take(&mut self, unit: &'a UnitFacts, want: &Want<'_>) -> Option<Assignment> {
        if self.kept_out.unit(unit) {
            self.skip(&unit.name, "RT04", "与本案有利害关系，回避且不可见，上提一级");
            self.step("RT04", format!("{}回避，上提一级", unit.name));
            return None;
        }
        match seat(self.roster, unit, &self.kept_out, self.facts.life_danger) {
            Ok(seat) => {
                self.say_missed(unit, &seat.missed);
                Some(assignment(unit, want, Some(&seat)))
            }
            Err(missed) if needs_a_person(&unit.kind) => {
                self.say_missed(unit, &missed);
                self.skip(&unit.name, "空缺", "各岗位均空缺或请假，上提一级");
                None
            }
            Err(_) => {
                self.step("空缺", format!("{}暂无登记的承办人，须电话通知并由上级督促", unit.name));
                Some(assignment(unit, want, None))
            }
        }
    }

    /// Vacant posts are named, and the county is warned.
    fn say_missed(&mut self, unit: &UnitFacts, missed: &[&'static str]) {
        for role in missed {
            let post = codes::post_role(role).map_or(*role, |row| row.name.as_str());
            self.skip(
                format!("{}{post}", unit.name),
                "空缺",
                "岗位空缺或请假，由下一顺位接收，并向县预警",
            );
        }
    }

    /// Nobody on the ladder: the city's own units, and at the very end any of
    /// them even without a person. A case is never without an owner.
    fn last_resort(&mut self, want: &Want<'_>) -> Option<Assignment> {
        let units: Vec<_> = self
            .roster
            .city_units()
            .filter(|unit| !self.kept_out.unit(unit))
            .collect();
        let staffed = units.iter().find_map(|unit| {
            let seat = seat(self.roster, unit, &self.kept_out, self.facts.life_danger).ok()?;
            Some(assignment(unit, want, Some(&seat)))
        });
        let desk = |unit: &&&UnitFacts| matches!(unit.kind.as_str(), "HOT" | "MPO");
        let taken = match units.iter().find(desk) {
            Some(unit) if staffed.is_none() => Some(assignment(unit, want, None)),
            _ => staffed.or_else(|| units.first().map(|unit| assignment(unit, want, None))),
        };
        if let Some(taken) = &taken {
            self.step("兜底", format!("无其他单位可以承接，由{}兜底", taken.unit_name));
        }
        taken
    }
}

fn assignment(unit: &UnitFacts, want: &Want<'_>, seat: Option<&Seat<'_>>) -> Assignment {
    Assignment {
        unit: unit.id,
        unit_name: unit.name.clone(),
        unit_kind: unit.kind.clone(),
        role: seat.map(|seat| seat.role.to_owned()).unwrap_or_default(),
        person: seat.map(|seat| seat.person.clone()),
        rule: want.rule.to_owned(),
        why: want.why.to_owned(),
        parallel: false,
    }
}

/// The name of a division, or its code when it is not in the list.
pub(super) fn place_name(place: &Division) -> &str {
    codes::division(place.code()).map_or_else(|| place.code(), |row| row.name.as_str())
}
