//! The rules themselves, in their order: RT01 danger, RT02 police matters, RT03
//! mandatory reports, RT04 recusal, RT05 school, RT06 guardianship, RT07
//! welfare, RT08 hardship, RT09 and RT10 vague places, RT11 functional areas.

use super::draft::Draft;
use super::facts::RoutingFacts;
use super::lead::{self, Target};
use super::places::Places;
use super::plan::{Assignment, NoOwner, Plan, Skip};
use super::roster::{KeptOut, RosterIndex};
use super::seek::{Seeker, Want, place_name};
use crate::rules::codes::{self, CaseType, Route};
use crate::rules::division::Tier;
use crate::rules::level::Sensitivity;
use crate::rules::rulebook::Rulebook;

pub(super) fn plan(facts: &RoutingFacts, roster: &RosterIndex<'_>, book: &Rulebook) -> Result<Plan, NoOwner> {
    let places = Places::new(facts, roster.city());
    let types: Vec<_> = facts.types.iter().filter_map(|code| codes::case_type(code)).collect();
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
    Ok(draft.finish(book))
}

/// Whether a village may be told: not in matters of RT02, nor where a type
/// says so, nor at the highest sensitivity.
fn village_allowed(types: &[&CaseType]) -> bool {
    types
        .iter()
        .all(|kind| kind.village && kind.route != Route::Police && kind.sensitivity < Sensitivity::L4)
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
    seeker.step(target.rule, format!("{}：{}主办", target.why, lead.unit_name));
    Ok(lead)
}
