//! The rules themselves, in their order: RT01 danger, RT02 police matters, RT03
//! mandatory reports, RT04 recusal, RT05 school, RT06 guardianship, RT07
//! welfare, RT08 hardship, RT09 and RT10 vague places, RT11 functional areas.

use super::facts::RoutingFacts;
use super::lead::{self, Target};
use super::plan::{Assignment, Due, NoOwner, Plan, Skip};
use super::roster::{KeptOut, RosterIndex};
use super::seek::{Seeker, Want, place_name, usual_tier};
use crate::rules::calendar::{Amount, Calendar, TimeUnit};
use crate::rules::codes::{self, CaseType, Route, Tri};
use crate::rules::deadlines;
use crate::rules::division::{Division, Tier};
use crate::rules::level::{RiskLevel, Sensitivity};

/// The four places, as far as they lie in the city of the network.
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub(super) location: Option<&'a Division>,
    pub(super) residence: Option<&'a Division>,
    pub(super) domicile: Option<&'a Division>,
    pub(super) incident: Option<&'a Division>,
}

impl<'a> Places<'a> {
    fn new(facts: &'a RoutingFacts, city: Option<&Division>) -> Self {
        let inside = |place: &'a Option<Division>| {
            let place = place.as_ref()?;
            (place.tier() != Tier::City && city?.contains(place)).then_some(place)
        };
        Self {
            location: inside(&facts.child_location),
            residence: inside(&facts.residence),
            domicile: inside(&facts.domicile),
            incident: inside(&facts.incident_place),
        }
    }

    /// Where the child is, or the best guess at it.
    pub(super) fn here(&self) -> Option<&'a Division> {
        self.location
            .or(self.incident)
            .or(self.residence)
            .or(self.domicile)
    }
}

/// Which list of the plan an assignment goes to.
#[derive(Clone, Copy)]
enum List {
    Assist,
    Oversee,
    Inform,
}

/// A plan in the making.
struct Draft<'a> {
    seeker: Seeker<'a>,
    types: &'a [&'static CaseType],
    places: Places<'a>,
    lead: Assignment,
    assists: Vec<Assignment>,
    overseers: Vec<Assignment>,
    informed: Vec<Assignment>,
    lines: Vec<String>,
    village_allowed: bool,
}

pub(super) fn plan(
    facts: &RoutingFacts,
    roster: &RosterIndex<'_>,
    calendar: &Calendar,
) -> Result<Plan, NoOwner> {
    let places = Places::new(facts, roster.city());
    let types: Vec<_> = facts
        .types
        .iter()
        .filter_map(|code| codes::case_type(code))
        .collect();
    let kept_out = KeptOut::new(&facts.recused, places.here(), roster);
    let mut seeker = Seeker {
        facts,
        roster,
        kept_out,
        skipped: Vec::new(),
        steps: Vec::new(),
    };
    say_beforehand(&mut seeker);

    let village_allowed = village_allowed(&types);
    let target = lead::target(facts, &types, &places, village_allowed);
    let lead = find_lead(&mut seeker, &target)?;
    let mut draft = Draft {
        seeker,
        types: &types,
        places,
        lead,
        assists: Vec::new(),
        overseers: Vec::new(),
        informed: Vec::new(),
        lines: Vec::new(),
        village_allowed,
    };
    draft.danger();
    draft.police_matters();
    draft.mandatory_report();
    draft.school();
    draft.other_places(&target);
    draft.by_type();
    draft.county();
    draft.vague_place();
    Ok(draft.finish(calendar))
}

/// Whether a village may be told: not in matters of RT02, nor where a type
/// says so, nor at the highest sensitivity.
fn village_allowed(types: &[&CaseType]) -> bool {
    types.iter().all(|kind| {
        kind.village && kind.route != Route::Police && kind.sensitivity < Sensitivity::L4
    })
}

/// Recusal and a place outside the city are said before anything else.
fn say_beforehand(seeker: &mut Seeker<'_>) {
    let recused = &seeker.facts.recused;
    if let Some(tier) = recused.official_tier {
        let text = match tier {
            Tier::City => "涉及市级人员：具名单位回避，须同时报省级主管部门".to_owned(),
            _ => format!("涉及{}人员：该级及以下回避，上提一级", tier.label()),
        };
        seeker.step("RT04", text);
    }
    if recused.teaching_staff {
        seeker.step("RT04", "涉及教职工：学校回避，由教育主管部门办理");
        seeker.skipped.push(Skip {
            name: "所在学校".to_owned(),
            rule: "RT04".to_owned(),
            why: "涉及教职工，学校回避且不可见".to_owned(),
        });
    }
    let city = seeker.roster.city();
    let outside = seeker
        .facts
        .child_location
        .as_ref()
        .filter(|place| city.is_some_and(|city| !city.contains(place)));
    if let Some(place) = outside {
        let text = format!(
            "儿童现所在地 {} 在本市以外：先处置，再以函件、电话和省平台移交",
            place_name(place)
        );
        seeker.step("移交", text);
    }
}

fn find_lead(seeker: &mut Seeker<'_>, target: &Target<'_>) -> Result<Assignment, NoOwner> {
    let want = Want {
        kind: &target.kind,
        tier: target.tier,
        place: target.place,
        rule: target.rule,
        why: target.why,
    };
    let lead = seeker.seek_owner(&want).ok_or(NoOwner)?;
    seeker.step(
        target.rule,
        format!("{}：{}主办", target.why, lead.unit_name),
    );
    Ok(lead)
}

impl<'a> Draft<'a> {
    fn wants(&mut self, list: List, want: &Want<'_>) {
        self.wants_at_once(list, want, false);
    }

    /// Finds the unit and puts it on the list, once: a unit that already has a
    /// part keeps it.
    fn wants_at_once(&mut self, list: List, want: &Want<'_>, parallel: bool) {
        if want.kind == "VIL" && !self.village_allowed {
            return;
        }
        let Some(mut found) = self.seeker.seek(want) else {
            return;
        };
        if found.unit_kind == "VIL" && !self.village_allowed {
            return;
        }
        let part = match list {
            List::Assist => "协办",
            List::Oversee => "督办",
            List::Inform => "知会",
        };
        self.seeker.step(
            want.rule,
            format!("{}：{}{part}", want.why, found.unit_name),
        );
        if let Some(known) = self.assigned(found.unit) {
            known.parallel |= parallel;
            return;
        }
        found.parallel = parallel;
        match list {
            List::Assist => self.assists.push(found),
            List::Oversee => self.overseers.push(found),
            List::Inform => self.informed.push(found),
        }
    }

    fn assigned(&mut self, unit: uuid::Uuid) -> Option<&mut Assignment> {
        std::iter::once(&mut self.lead)
            .chain(&mut self.assists)
            .chain(&mut self.overseers)
            .chain(&mut self.informed)
            .find(|known| known.unit == unit)
    }

    fn facts(&self) -> &'a RoutingFacts {
        self.seeker.facts
    }

    /// RT01: 110 and 120 on the line, county and township at once.
    fn danger(&mut self) {
        if !self.facts().life_danger {
            return;
        }
        self.lines = vec!["110".to_owned(), "120".to_owned()];
        self.seeker.step(
            "RT01",
            "正在发生或有生命危险：立即三方转接 110/120，不等签收",
        );
        let here = self.places.here();
        let why = "生命危险，并行通知，不等签收";
        let county = Want {
            kind: "MPC",
            tier: Tier::County,
            place: here,
            rule: "RT01",
            why,
        };
        self.wants_at_once(List::Oversee, &county, true);
        let township = Want {
            kind: "TMP",
            tier: Tier::Township,
            place: here,
            rule: "RT01",
            why,
        };
        self.wants_at_once(List::Assist, &township, true);
        self.lead.parallel = true;
    }

    /// RT02: the county's centre assists. Elsewhere: the police assist when a
    /// type, a mandatory report or danger to life asks for them.
    fn police_matters(&mut self) {
        let here = self.places.here();
        if self.types.iter().any(|kind| kind.route == Route::Police) {
            self.seeker.step(
                "RT02",
                "性侵、拐卖、遗弃、失踪、来源不明、非正常死亡：不派村级",
            );
            let why = "县未保中心配合公安";
            let centre = Want {
                kind: "MPC",
                tier: Tier::County,
                place: here,
                rule: "RT02",
                why,
            };
            self.wants(List::Assist, &centre);
        }
        let danger = self.facts().life_danger;
        let always = self.types.iter().any(|kind| kind.police == Tri::Yes);
        let severe = self.facts().level == RiskLevel::Red
            && self.types.iter().any(|kind| kind.police == Tri::Depends);
        if always || severe || danger {
            let why = if always {
                "该类型默认报公安"
            } else {
                "情形严重，报公安"
            };
            let rule = if danger { "RT01" } else { "类型" };
            let police = Want {
                kind: "PSB",
                tier: Tier::County,
                place: self.police_place(),
                rule,
                why,
            };
            self.wants_at_once(List::Assist, &police, danger);
        }
    }

    /// Where the police act: where the child is while there is danger, else
    /// where it happened.
    fn police_place(&self) -> Option<&'a Division> {
        lead::police_place(self.facts(), &self.places)
    }

    /// RT03: police and the county's office, a copy to the supervising department.
    fn mandatory_report(&mut self) {
        if !self.facts().mandatory_report {
            return;
        }
        let here = self.places.here();
        let why = "强制报告单，公安为必达去向";
        let police = Want {
            kind: "PSB",
            tier: Tier::County,
            place: self.police_place(),
            rule: "RT03",
            why,
        };
        self.wants(List::Assist, &police);
        let why = "强制报告单，报县未保办";
        let office = Want {
            kind: "MPO",
            tier: Tier::County,
            place: here,
            rule: "RT03",
            why,
        };
        self.wants(List::Oversee, &office);
        let reporter = self
            .facts()
            .reporter_type
            .as_deref()
            .and_then(codes::reporter_type);
        for kind in reporter
            .map(|row| row.supervisors.as_slice())
            .unwrap_or_default()
        {
            let why = "强制报告单，抄送主管部门报备";
            let copy = Want {
                kind,
                tier: usual_tier(kind),
                place: here,
                rule: "RT03",
                why,
            };
            self.wants(List::Inform, &copy);
        }
    }

    /// RT05: the school, when it is known and not itself involved.
    fn school(&mut self) {
        let facts = self.facts();
        let concerned = facts.at_school
            || self
                .types
                .iter()
                .any(|kind| kind.leads.iter().any(|of| of == "SCH"));
        if !concerned || facts.recused.teaching_staff {
            return;
        }
        let Some(unit) = facts.school.and_then(|id| self.seeker.roster.unit(id)) else {
            self.seeker.step("RT05", "未选定学校，由教育主管部门通知");
            return;
        };
        let why = "学校先行处置，教育主管部门督促";
        let want = Want {
            kind: "SCH",
            tier: unit.division.tier(),
            place: None,
            rule: "RT05",
            why,
        };
        if let Some(found) = self.seeker.take(unit, &want)
            && self.assigned(found.unit).is_none()
        {
            self.assists.push(found);
        }
    }

    /// RT06 and RT07: the other places of the child's life, and the village.
    fn other_places(&mut self, target: &Target<'_>) {
        let village = self
            .places
            .here()
            .filter(|place| place.tier() == Tier::Village);
        if matches!(target.rule, "RT06" | "RT08") && village.is_some() {
            let why = "儿童主任入户走访";
            let director = Want {
                kind: "VIL",
                tier: Tier::Village,
                place: village,
                rule: target.rule,
                why,
            };
            self.wants(List::Assist, &director);
        }
        let lives = self
            .places
            .residence
            .and_then(|place| place.at(Tier::Township));
        let belongs = self
            .places
            .domicile
            .and_then(|place| place.at(Tier::Township));
        if matches!(target.rule, "RT06" | "RT07") {
            let why = "居住地协办";
            let want = Want {
                kind: "TMP",
                tier: Tier::Township,
                place: lives.as_ref(),
                rule: target.rule,
                why,
            };
            if lives.is_some() {
                self.wants(List::Assist, &want);
            }
        }
        if target.rule == "RT06" && belongs.is_some() {
            let why = "户籍地通报";
            let want = Want {
                kind: "TMP",
                tier: Tier::Township,
                place: belongs.as_ref(),
                rule: "RT06",
                why,
            };
            self.wants(List::Inform, &want);
        }
        if target.rule == "RT08" {
            let why = "乡镇指导儿童主任办理";
            let want = Want {
                kind: "TMP",
                tier: Tier::Township,
                place: target.place,
                rule: "RT08",
                why,
            };
            self.wants(List::Assist, &want);
        }
    }

    /// The other units that the case types name.
    fn by_type(&mut self) {
        let here = self.places.here();
        for kind in self.types {
            for of in kind.leads.iter().chain(&kind.assists) {
                let served = std::iter::once(&self.lead)
                    .chain(&self.assists)
                    .any(|known| known.unit_kind == *of);
                if of == "SCH"
                    || served
                    || (of == "VIL" && here.is_none_or(|place| place.tier() != Tier::Village))
                {
                    continue;
                }
                let tier = kind.lead_tier.unwrap_or_else(|| usual_tier(of));
                let place = if of == "PSB" {
                    self.police_place()
                } else {
                    here
                };
                let want = Want {
                    kind: of,
                    tier,
                    place,
                    rule: "类型",
                    why: "该类型默认协办",
                };
                self.wants(List::Assist, &want);
            }
        }
    }

    /// Red is always told to the county, yellow is reported to it.
    fn county(&mut self) {
        let here = self.places.here();
        let (list, rule, why) = match self.facts().level {
            RiskLevel::Red => (List::Oversee, "红色", "红色必须告知县级"),
            RiskLevel::Yellow => (List::Inform, "黄色", "黄色报县级"),
            RiskLevel::Blue | RiskLevel::Green => return,
        };
        let want = Want {
            kind: "MPC",
            tier: Tier::County,
            place: here,
            rule,
            why,
        };
        self.wants_at_once(list, &want, self.facts().level == RiskLevel::Red);
    }

    /// RT10: nobody knows where the child is.
    fn vague_place(&mut self) {
        if self.places.here().is_some() || self.lead.unit_kind == "HOT" && self.lead.rule == "类型"
        {
            return;
        }
        let why = "地址不详，市专席人工定位，30分钟未定报值班长";
        let desk = Want {
            kind: "HOT",
            tier: Tier::City,
            place: None,
            rule: "RT10",
            why,
        };
        self.wants(List::Oversee, &desk);
        if self.facts().level == RiskLevel::Red {
            self.seeker.step("RT10", "红色且地址不详，请 110 定位");
            if !self.lines.iter().any(|line| line == "110") {
                self.lines.push("110".to_owned());
            }
        }
    }

    fn finish(self, calendar: &Calendar) -> Plan {
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
