//! Who may change the network: system administrators and the city everywhere,
//! a county below itself, a township the posts of its villages.

use crate::entity::{account, unit};
use crate::rules::division::{Division, Tier};
use crate::rules::policy::{Actor, Role};

/// Whether the actor may fill and vacate the posts of a unit.
pub(super) fn manages_posts(actor: &Actor, unit: &unit::Model) -> bool {
    let within = || Division::parse(&unit.division).is_ok_and(|place| actor.division.contains(&place));
    match actor.role {
        Role::SysAdmin | Role::City | Role::System => true,
        Role::County => within(),
        Role::Township => unit.kind == "VIL" && within(),
        _ => false,
    }
}

/// Whether the actor may change the unit itself.
pub(super) fn manages_unit(actor: &Actor, unit: &unit::Model) -> bool {
    actor.role != Role::Township && manages_posts(actor, unit)
}

/// Whether the actor may bring in lists, which touch the whole network.
pub(super) fn imports(actor: &Actor) -> bool {
    matches!(actor.role, Role::SysAdmin | Role::City | Role::System)
}

/// The roles of accounts that may hold a post.
pub(super) fn holders(post: &str) -> &'static [Role] {
    match post {
        "village_child_director" | "village_secretary" => &[Role::Village],
        "township_child_supervisor" | "station_duty" | "township_leader" => &[Role::Township],
        "county_case_manager" | "county_duty" => &[Role::County],
        "city_duty" => &[Role::City, Role::Lead, Role::Operator],
        "shift_lead" => &[Role::Lead],
        _ => &[Role::Handler],
    }
}

/// Why an account cannot sit in a post; nothing when it can. One person may
/// serve several villages of a township, everybody else serves where the
/// account belongs.
pub(super) fn unfit(account: &account::Model, role: &str, unit: &unit::Model) -> Option<String> {
    if account.disabled_at.is_some() {
        return Some("该账号已停用，换一个账号".to_owned());
    }
    let allowed = holders(role);
    if !Role::parse(&account.role).is_some_and(|held| allowed.contains(&held)) {
        let words: Vec<&str> = allowed.iter().map(|role| role.label()).collect();
        return Some(format!("该岗位须由“{}”账号担任", words.join("”或“")));
    }
    let place = Division::parse(&unit.division).ok()?;
    let scope = if place.tier() == Tier::Village {
        place.parent()?
    } else {
        place
    };
    let inside = Division::parse(&account.division).is_ok_and(|home| scope.contains(&home));
    (!inside).then(|| "该账号不属于本辖区，换一个账号".to_owned())
}
