use super::*;
use crate::rules::division::Tier;
use std::collections::BTreeSet;

/// Every division × type × level, with all posts held, with the network's posts
/// vacant below the city, and with the lead unit of the held case recused.
#[test]
fn every_report_has_an_owner_who_may_know_of_it() {
    let held = network();
    let mut vacant = held.clone();
    let below_city: BTreeSet<Uuid> = held
        .units
        .iter()
        .filter(|unit| unit.division.tier() != Tier::City)
        .map(|unit| unit.id)
        .collect();
    for post in vacant.posts.iter_mut().filter(|post| below_city.contains(&post.unit)) {
        post.holder = None;
    }
    let (held, vacant) = (RosterIndex::new(&held), RosterIndex::new(&vacant));
    let (first, second) = codes::divisions().split_at(codes::divisions().len() / 2);
    std::thread::scope(|scope| {
        for half in [first, second] {
            let (held, vacant) = (&held, &vacant);
            scope.spawn(move || {
                let book = Rulebook::embedded();
                for row in half {
                    each_type_and_level(&row.code, held, vacant, book);
                }
            });
        }
    });
}

fn each_type_and_level(code: &str, held: &RosterIndex<'_>, vacant: &RosterIndex<'_>, book: &Rulebook) {
    let mut facts = report(&[], RiskLevel::Red, code);
    for kind in codes::case_types() {
        facts.types = vec![kind.code.clone()];
        for level in RiskLevel::ALL {
            facts.level = level;
            facts.recused = Recused::default();
            let whole = plan_with(&facts, held, book).unwrap();
            let thin = plan_with(&facts, vacant, book).unwrap();
            facts.recused.units.insert(whole.lead.unit);
            facts
                .recused
                .accounts
                .extend(whole.lead.person.as_ref().map(|person| person.account));
            let moved = plan_with(&facts, held, book).unwrap();
            let said = (code, &kind.code, level);
            for plan in [&whole, &thin, &moved] {
                let village = everyone(plan).any(|assignment| assignment.unit_kind == "VIL");
                assert!(!(village && kind.route == codes::Route::Police), "{said:?}");
                let county = everyone(plan).any(|of| of.unit_kind != "VIL" && of.unit_kind != "TMP");
                assert!(level != RiskLevel::Red || county, "{said:?}");
            }
            assert!(everyone(&moved).all(|of| of.unit != whole.lead.unit), "{said:?}");
            assert!(
                everyone(&moved).all(|of| of.person.is_none() || of.person != whole.lead.person),
                "{said:?}"
            );
            let manned = !matches!(thin.lead.unit_kind.as_str(), "VIL" | "TMP" | "MPC" | "MPO" | "HOT");
            assert!(manned || thin.lead.person.is_some(), "{said:?}");
        }
    }
}
