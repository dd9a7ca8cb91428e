//! Every kind, from its beginning through each act that its table names.

use super::Bench;
use crate::given;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tonghu::rules::measures::{Deed, Field, FieldKind, PROCEDURES, Procedure, State, milestone};
use uuid::Uuid;

/// A valid answer to a field.
fn answer(field: &Field, unit: Uuid) -> Value {
    match field.kind {
        FieldKind::Word(_) => json!("某某"),
        FieldKind::Text(_) => json!("情况属实"),
        FieldKind::Past => json!("2026-11-23"),
        FieldKind::Day if field.name == "expires_on" => json!("2027-03-01"),
        FieldKind::Day => json!("2026-11-23"),
        FieldKind::PastMoment | FieldKind::Moment => json!("2026-11-23 09:00"),
        FieldKind::Choice(of) => json!(of[0].0),
        FieldKind::Many(of) => json!([of[0].0, of[1].0]),
        FieldKind::Unit => json!(unit),
    }
}

fn answers(deed: &Deed, unit: Uuid) -> Value {
    let mut fields: Map<String, Value> = Map::new();
    for field in deed.fields {
        fields.insert(field.name.to_owned(), answer(field, unit));
    }
    if deed.prolongs {
        fields.insert("expires_on".to_owned(), json!("2027-08-01"));
    }
    Value::Object(fields)
}

/// For every state that can be reached, the acts that lead there.
fn ways(procedure: &'static Procedure) -> BTreeMap<State, Vec<&'static Deed>> {
    let mut ways = BTreeMap::from([(procedure.begin.to.unwrap(), Vec::new())]);
    for _ in 0..4 {
        for (state, way) in ways.clone() {
            for deed in procedure.open(state).filter(|deed| deed.to.is_some()) {
                let mut longer = way.clone();
                longer.push(deed);
                ways.entry(deed.to.unwrap()).or_insert(longer);
            }
        }
    }
    ways
}

#[tokio::test]
async fn every_act_of_every_kind_can_be_taken_and_is_shown() {
    let bench = Bench::new().await;
    let unit = given::account_of(&bench.app, "civil").await.unit_id.unwrap();
    let mut taken = 0;
    for procedure in PROCEDURES {
        let ways = ways(procedure);
        for deed in procedure.deeds {
            let state = deed.from.iter().find(|state| ways.contains_key(state)).unwrap();
            let id = bench.begun(procedure.kind, answers(&procedure.begin, unit)).await;
            for step in &ways[state] {
                bench.done(id, step.code, answers(step, unit)).await;
            }
            bench.done(id, deed.code, answers(deed, unit)).await;
            taken += 1;
            let over = deed.to.is_some_and(State::is_over);
            for clock in bench.clocks(id).await {
                assert!(milestone(&clock.milestone).is_some());
                let ended = clock.met_at.is_some() || clock.cancelled_at.is_some();
                assert!(
                    !over || ended,
                    "{} {} leaves {} running",
                    procedure.kind,
                    deed.code,
                    clock.milestone
                );
            }
            for path in [bench.page(id), format!("{}/print", bench.page(id))] {
                let page = bench.app.sign_in("county").await.get(&path).await;
                assert_eq!(page.status, 200, "{path}");
                assert!(page.text().contains(deed.label), "{} {}", procedure.kind, deed.code);
            }
        }
    }
    assert!(taken > 35, "{taken}");
    let case = bench
        .app
        .sign_in("county")
        .await
        .get(&format!("/cases/{}", bench.case))
        .await;
    assert_eq!(case.status, 200);
    let list = bench
        .app
        .sign_in("county")
        .await
        .get("/measures?kind=temp_custody")
        .await
        .text();
    assert!(list.contains("临时监护定期评估"), "{list}");
}

#[tokio::test]
async fn every_kind_has_its_form() {
    let bench = Bench::new().await;
    let choose = bench
        .app
        .sign_in("county")
        .await
        .get(&format!("/cases/{}/measures/begin", bench.case))
        .await
        .text();
    for procedure in PROCEDURES {
        assert!(choose.contains(procedure.name), "{}", procedure.name);
        let form = bench
            .app
            .sign_in("county")
            .await
            .get(&format!("/cases/{}/measures/begin/{}", bench.case, procedure.kind))
            .await;
        assert_eq!(form.status, 200);
        for field in procedure.begin.fields.iter().filter(|field| field.name != "why_again") {
            assert!(form.text().contains(field.label), "{} {}", procedure.kind, field.name);
        }
    }
}

#[tokio::test]
async fn an_emergency_placement_warns_at_hour_twenty_and_custody_before_its_year() {
    let bench = Bench::new().await;
    let unit = given::account_of(&bench.app, "civil").await.unit_id.unwrap();
    let of = |kind: &str| PROCEDURES.into_iter().find(|procedure| procedure.kind == kind).unwrap();
    let placed = bench
        .begun("emergency_placement", answers(&of("emergency_placement").begin, unit))
        .await;
    assert_eq!(
        bench.told(placed).await,
        [
            "placement_warn 2026-11-24 05:00 runs",
            "placement_limit 2026-11-24 09:00 runs"
        ]
    );
    let mut custody = answers(&of("temp_custody").begin, unit);
    custody.as_object_mut().unwrap().remove("expires_on");
    let custody = bench.begun("temp_custody", custody).await;
    assert_eq!(
        bench.told(custody).await,
        [
            "custody_review 2027-02-23 23:59 runs",
            "custody_warn 2027-10-23 23:59 runs",
            "custody_limit 2027-11-23 23:59 runs",
        ]
    );
    assert_eq!(bench.owner(custody, "custody_review").await, "应县民政局");
    let proposal = bench
        .begun(
            "prosecutor_suggestion",
            answers(&of("prosecutor_suggestion").begin, unit),
        )
        .await;
    assert_eq!(bench.told(proposal).await, ["proposal_reply 2026-12-23 23:59 runs"]);
    assert_eq!(bench.owner(proposal, "proposal_reply").await, "应县民政局");
    let civil = bench.app.sign_in("civil").await;
    assert!(civil.get(&bench.page(proposal)).await.text().contains("登记书面回复"));
    let aid = bench.begun("legal_aid", answers(&of("legal_aid").begin, unit)).await;
    assert_eq!(bench.told(aid).await, ["aid_review 2026-11-30 23:59 runs"]);
    bench
        .done(aid, "approve", answers(of("legal_aid").deed("approve").unwrap(), unit))
        .await;
    assert_eq!(bench.told(aid).await[0], "aid_assign 2026-11-26 23:59 runs");
}
