//! From the call to the refusal to close too early.

use super::{opened, supported};
use serde_json::{Value, json};

#[tokio::test]
async fn a_red_report_is_routed_to_township_police_and_county_with_the_rule_named() {
    let (_, body) = opened().await;
    assert_eq!(body["level"], "red", "{body}");
    let plan = &body["plan"];
    assert_eq!(plan["lead"]["unit_kind"], "TMP", "{plan}");
    assert!(plan["lead"]["rule"].as_str().unwrap().starts_with("RT"), "{plan}");
    let kinds = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap();
        list.iter()
            .map(|one| one["unit_kind"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(kinds(&plan["assists"]).contains(&"PSB".to_owned()), "{plan}");
    let county = [kinds(&plan["assists"]), kinds(&plan["overseers"])].concat();
    assert!(county.contains(&"MPC".to_owned()), "{plan}");
}

#[tokio::test]
async fn the_case_goes_from_the_signature_to_the_refused_closing() {
    let job = supported().await;
    let police = job.app.sign_in("police").await;
    let whole = police.get(&format!("/api/v1/cases/{}", job.case)).await;
    assert_eq!(whole.status, 404, "an assisting department sees its task, not the case");
    let township = job.app.sign_in("township").await;
    let early = json!({ "step": "ask_close", "closure_type": "goals_met", "note": "目标已达成" });
    let unmet = job.refused(&township, early).await;
    assert_eq!(unmet, ["/check_1", "/check_2", "/check_6", "/check_7", "/check_8"]);
    let shown = job.view(&township).await;
    let open: Vec<u64> = shown["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["met"] == false)
        .map(|check| check["number"].as_u64().unwrap())
        .collect();
    assert_eq!(open, [1, 2, 6, 7, 8], "the case says the same before anybody asks");
    assert_eq!(shown["stage"], "intervening");
}
