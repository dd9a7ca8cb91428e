//! The table of who may do what to a review.

use std::fmt::Write;
use tonghu::rules::division::Division;
use tonghu::rules::policy::{Actor, QualityAction, QualityFacts, Role, quality_may};
use uuid::Uuid;

fn actor(role: Role) -> Actor {
    Actor {
        account: Uuid::from_u128(1),
        role,
        unit: None,
        unit_kind: String::new(),
        division: Division::parse("140600").unwrap(),
        also: Vec::new(),
    }
}

#[test]
fn the_policy_of_reviews_is_the_reviewed_one() {
    let (me, other, third) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
    let review = |agent, scorer, told| QualityFacts { agent, scorer, told };
    let relations = [
        ("of another, open", review(other, None, false)),
        ("of another, told", review(other, Some(third), true)),
        ("scored oneself", review(other, Some(me), true)),
        ("own call, open", review(me, Some(other), false)),
        ("own call, told", review(me, Some(other), true)),
        ("own call, own score", review(me, Some(me), true)),
    ];
    let mut table = String::new();
    for role in Role::ALL {
        for (relation, facts) in &relations {
            let may: Vec<String> = QualityAction::ALL
                .into_iter()
                .filter(|action| quality_may(&actor(role), *action, facts))
                .map(|action| format!("{action:?}"))
                .collect();
            if !may.is_empty() {
                writeln!(table, "{:<9} {relation:<20} {}", role.code(), may.join(" ")).unwrap();
            }
        }
    }
    insta::assert_snapshot!("policy_of_reviews", table);
}
