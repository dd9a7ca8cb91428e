//! A plan in the making: each rule adds the units it wants, once.

use super::facts::RoutingFacts;
use super::lead::{self, Target};
use super::places::Places;
use super::plan::Assignment;
use super::seek::{Seeker, Want, usual_tier};
use crate::rules::codes::{self, CaseType, Route, Tri};
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;

/// Which list of the plan an assignment goes to.
#[derive(Clone, Copy)]
enum List {
    Assist,
    Oversee,
    Inform,
}

/// A plan in the making.
pub(super) struct Draft<'a> {
    pub(super) seeker: Seeker<'a>,
    pub(super) types: &'a [&'static CaseType],
    pub(super) places: Places<'a>,
    pub(super) lead: Assignment,
    pub(super) assists: Vec<Assignment>,
    pub(super) overseers: Vec<Assignment>,
    pub(super) informed: Vec<Assignment>,
    pub(super) lines: Vec<String>,
    pub(super) village_allowed: bool,
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
        self.seeker
            .step(want.rule, format!("{}：{}{part}", want.why, found.unit_name));
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

    pub(super) fn facts(&self) -> &'a RoutingFacts {
        self.seeker.facts
    }

    /// RT01: 110 and 120 on the line, county and township at once.
    pub(super) fn danger(&mut self) {
        if !self.facts().life_danger {
            return;
        }
        self.lines = vec!["110".to_owned(), "120".to_owned()];
        self.seeker
            .step("RT01", "正在发生或有生命危险：立即三方转接 110/120，不等签收");
        let here = self.places.here();
        let why = "生命危险，并行通知，不等签收";
        let county = Want::new("MPC", here, "RT01", why);
        self.wants_at_once(List::Oversee, &county, true);
        let township = Want::new("TMP", here, "RT01", why);
        self.wants_at_once(List::Assist, &township, true);
        self.lead.parallel = true;
    }

    /// RT02: the county's centre assists. Elsewhere: the police assist when a
    /// type, a mandatory report or danger to life asks for them.
    pub(super) fn police_matters(&mut self) {
        let here = self.places.here();
        if self.types.iter().any(|kind| kind.route == Route::Police) {
            self.seeker
                .step("RT02", "性侵、拐卖、遗弃、失踪、来源不明、非正常死亡：不派村级");
            let why = "县未保中心配合公安";
            let centre = Want::new("MPC", here, "RT02", why);
            self.wants(List::Assist, &centre);
        }
        let danger = self.facts().life_danger;
        let always = self.types.iter().any(|kind| kind.police == Tri::Yes);
        let severe = self.facts().level == RiskLevel::Red && self.types.iter().any(|kind| kind.police == Tri::Depends);
        if always || severe || danger {
            let why = if always {
                "该类型默认报公安"
            } else {
                "情形严重，报公安"
            };
            let rule = if danger { "RT01" } else { "类型" };
            let police = Want::new("PSB", self.police_place(), rule, why);
            self.wants_at_once(List::Assist, &police, danger);
        }
    }

    /// Where the police act: where the child is while there is danger, else
    /// where it happened.
    fn police_place(&self) -> Option<&'a Division> {
        lead::police_place(self.facts(), &self.places)
    }

    /// RT03: police and the county's office, a copy to the supervising department.
    pub(super) fn mandatory_report(&mut self) {
        if !self.facts().mandatory_report {
            return;
        }
        let here = self.places.here();
        let why = "强制报告单，公安为必达去向";
        let police = Want::new("PSB", self.police_place(), "RT03", why);
        self.wants(List::Assist, &police);
        let why = "强制报告单，报县未保办";
        let office = Want::new("MPO", here, "RT03", why);
        self.wants(List::Oversee, &office);
        let reporter = self.facts().reporter_type.as_deref().and_then(codes::reporter_type);
        for kind in reporter.map(|row| row.supervisors.as_slice()).unwrap_or_default() {
            let why = "强制报告单，抄送主管部门报备";
            let copy = Want::new(kind, here, "RT03", why);
            self.wants(List::Inform, &copy);
        }
    }

    /// RT05: the school, when it is known and not itself involved.
    pub(super) fn school(&mut self) {
        let facts = self.facts();
        let concerned = facts.at_school || self.types.iter().any(|kind| kind.leads.iter().any(|of| of == "SCH"));
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
    pub(super) fn other_places(&mut self, target: &Target<'_>) {
        let village = self.places.here().filter(|place| place.tier() == Tier::Village);
        if matches!(target.rule, "RT06" | "RT08") && village.is_some() {
            let why = "儿童主任入户走访";
            let director = Want::new("VIL", village, target.rule, why);
            self.wants(List::Assist, &director);
        }
        let lives = self.places.residence.and_then(|place| place.at(Tier::Township));
        let belongs = self.places.domicile.and_then(|place| place.at(Tier::Township));
        if matches!(target.rule, "RT06" | "RT07") {
            let why = "居住地协办";
            let want = Want::new("TMP", lives.as_ref(), target.rule, why);
            if lives.is_some() {
                self.wants(List::Assist, &want);
            }
        }
        if target.rule == "RT06" && belongs.is_some() {
            let why = "户籍地通报";
            let want = Want::new("TMP", belongs.as_ref(), "RT06", why);
            self.wants(List::Inform, &want);
        }
        if target.rule == "RT08" {
            let why = "乡镇指导儿童主任办理";
            let want = Want::new("TMP", target.place, "RT08", why);
            self.wants(List::Assist, &want);
        }
    }

    /// The other units that the case types name.
    pub(super) fn by_type(&mut self) {
        let here = self.places.here();
        for kind in self.types {
            for of in kind.leads.iter().chain(&kind.assists) {
                let served = std::iter::once(&self.lead)
                    .chain(&self.assists)
                    .any(|known| known.unit_kind == *of);
                if of == "SCH" || served || (of == "VIL" && here.is_none_or(|place| place.tier() != Tier::Village)) {
                    continue;
                }
                let tier = kind.lead_tier.unwrap_or_else(|| usual_tier(of));
                let place = if of == "PSB" { self.police_place() } else { here };
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
    pub(super) fn county(&mut self) {
        let here = self.places.here();
        let (list, rule, why) = match self.facts().level {
            RiskLevel::Red => (List::Oversee, "红色", "红色必须告知县级"),
            RiskLevel::Yellow => (List::Inform, "黄色", "黄色报县级"),
            RiskLevel::Blue | RiskLevel::Green => return,
        };
        let want = Want::new("MPC", here, rule, why);
        self.wants_at_once(list, &want, self.facts().level == RiskLevel::Red);
    }

    /// RT10: nobody knows where the child is.
    pub(super) fn vague_place(&mut self) {
        if self.places.here().is_some() || self.lead.unit_kind == "HOT" && self.lead.rule == "类型" {
            return;
        }
        let why = "地址不详，市专席人工定位，30分钟未定报值班长";
        let desk = Want::new("HOT", None, "RT10", why);
        self.wants(List::Oversee, &desk);
        if self.facts().level == RiskLevel::Red {
            self.seeker.step("RT10", "红色且地址不详，请 110 定位");
            if !self.lines.iter().any(|line| line == "110") {
                self.lines.push("110".to_owned());
            }
        }
    }
}
