//! Which kind of unit leads, where, and by which rule (主办): exactly one.

use super::facts::RoutingFacts;
use super::places::Places;
use super::seek::usual_tier;
use crate::rules::codes::{CaseType, Route, Tri};
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;

/// The unit that should lead.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) kind: String,
    pub(super) tier: Tier,
    pub(super) place: Option<&'a Division>,
    pub(super) rule: &'static str,
    pub(super) why: &'static str,
}

impl<'a> Target<'a> {
    fn new(kind: &str, place: Option<&'a Division>, rule: &'static str, why: &'static str) -> Self {
        Self {
            kind: kind.to_owned(),
            tier: usual_tier(kind),
            place,
            rule,
            why,
        }
    }
}

/// The first rule that holds, in the order RT02, RT05, RT06, RT07, RT08, and
/// then the type's own lead unit. RT02 holds when any of the types asks for
/// it; the others go by the primary type.
pub(super) fn target<'a>(
    facts: &RoutingFacts,
    types: &[&CaseType],
    places: &Places<'a>,
    village_allowed: bool,
) -> Target<'a> {
    if types.iter().any(|kind| kind.route == Route::Police) {
        return Target::new("PSB", police_place(facts, places), "RT02", "公安情报指挥中心主办");
    }
    let Some(primary) = types.first() else {
        return untyped(facts, places);
    };
    if answered_at_the_desk(facts, types) {
        return Target::new("HOT", places.here(), "类型", "咨询、建议、表扬由市级专席答复或转办");
    }
    let at_school = facts.at_school && primary.route == Route::ByType;
    match primary.route {
        Route::School => Target::new("EDU", places.here(), "RT05", "校内发生、学生欺凌"),
        _ if at_school => Target::new("EDU", places.here(), "RT05", "校内发生"),
        Route::Guardianship | Route::Police => first_station(places),
        Route::Welfare => {
            let place = places.domicile.or(places.residence).or(places.here());
            let why = if places.domicile.is_some() {
                "福利认定由户籍地乡镇受理"
            } else {
                "福利认定：户籍地不在本市或不详，居住地代收转户籍地"
            };
            Target::new("TMP", place, "RT07", why)
        }
        Route::Hardship => {
            let place = places.residence.or(places.here());
            let village = village_allowed && place.is_some_and(|place| place.tier() == Tier::Village);
            let kind = if village { "VIL" } else { "TMP" };
            Target::new(kind, place, "RT08", "困难求助由居住地办理")
        }
        Route::ByType => by_type(primary, facts, places),
    }
}

/// Where the police act: where the child is while there is danger, else where
/// it happened.
pub(super) fn police_place<'a>(facts: &RoutingFacts, places: &Places<'a>) -> Option<&'a Division> {
    if facts.life_danger {
        places.here()
    } else {
        places.incident.or(places.here())
    }
}

fn first_station<'a>(places: &Places<'a>) -> Target<'a> {
    Target::new("TMP", places.here(), "RT06", "监护侵害或缺失，儿童现所在地乡镇为首站")
}

/// Nothing harms a child, and nobody is obliged to report it.
fn answered_at_the_desk(facts: &RoutingFacts, types: &[&CaseType]) -> bool {
    matches!(facts.demand_type.as_str(), "inquiry" | "suggestion" | "praise")
        && facts.level > RiskLevel::Yellow
        && !facts.mandatory_report
        && types.iter().all(|kind| kind.mandated == Tri::No)
}

/// No type was chosen yet.
fn untyped<'a>(facts: &RoutingFacts, places: &Places<'a>) -> Target<'a> {
    match facts.demand_type.as_str() {
        _ if answered_at_the_desk(facts, &[]) => {
            Target::new("HOT", places.here(), "类型", "咨询、建议、表扬由市级专席答复或转办")
        }
        "complaint" => {
            let mut target = Target::new("MPO", places.here(), "类型", "投诉由市未保办督办");
            target.tier = Tier::City;
            target
        }
        _ => Target::new("TMP", places.here(), "RT06", "类型未定，先由儿童现所在地乡镇核查"),
    }
}

fn by_type<'a>(primary: &CaseType, facts: &RoutingFacts, places: &Places<'a>) -> Target<'a> {
    // A school leads only through its department (RT05); the next kind stands in.
    let kind = primary
        .leads
        .iter()
        .find(|kind| *kind != "SCH")
        .map_or("TMP", String::as_str);
    let place = if kind == "PSB" {
        police_place(facts, places)
    } else {
        places.here()
    };
    let mut target = Target::new(kind, place, "类型", "按该类型的默认主办");
    target.tier = primary.lead_tier.unwrap_or(target.tier);
    target
}
