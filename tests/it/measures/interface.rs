//! Measures over the interface: what a department lists, reads and records.

use super::Bench;
use super::order::{application, ruling};
use serde_json::{Value, json};
use uuid::Uuid;

async fn ordered(bench: &Bench) -> Uuid {
    let id = bench.begun("protection_order", application("yes")).await;
    bench.done(id, "grant", ruling("2027-05-22")).await;
    id
}

async fn listed(bench: &Bench, who: &str, query: &str) -> Vec<Value> {
    let reply = bench
        .app
        .sign_in(who)
        .await
        .get(&format!("/api/v1/measures{query}"))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_department_lists_what_it_owes_something_on_and_nothing_else() {
    let bench = Bench::new().await;
    assert!(listed(&bench, "police", "").await.is_empty());
    let id = ordered(&bench).await;
    let own = listed(&bench, "police", "").await;
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["id"], json!(id));
    assert_eq!(own[0]["next"]["what"], "公安核实并告知保护令");
    assert_eq!(own[0]["next"]["due_at"], "2026-11-24T01:00:00Z");
    assert_eq!(listed(&bench, "police", "?kind=protection_order").await.len(), 1);
    assert!(listed(&bench, "police", "?kind=admonition").await.is_empty());
    for who in ["education", "township2", "county2", "village2"] {
        assert!(listed(&bench, who, "").await.is_empty(), "{who}");
    }
    for who in ["township", "county", "city"] {
        assert_eq!(listed(&bench, who, "").await.len(), 1, "{who}");
    }
}

#[tokio::test]
async fn it_reads_its_own_clock_and_no_word_about_the_family() {
    let bench = Bench::new().await;
    let id = ordered(&bench).await;
    let police = bench.app.sign_in("police").await;
    let reply = police.get(&format!("/api/v1/measures/{id}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let (text, shown) = (reply.text(), reply.json());
    assert_eq!(shown["clocks"].as_array().unwrap().len(), 1);
    assert_eq!(shown["case_id"], json!(null));
    assert!(!text.contains("儿童多次被打") && !text.contains("童小满"), "{text}");
    let whole = bench.county.get(&format!("/api/v1/measures/{id}")).await.json();
    assert_eq!(whole["case_id"], json!(bench.case));
    assert!(whole["clocks"].as_array().unwrap().len() > 1);
    for who in ["education", "county2"] {
        let stranger = bench.app.sign_in(who).await;
        assert_eq!(
            stranger.get(&format!("/api/v1/measures/{id}")).await.status,
            404,
            "{who}"
        );
    }
}

#[tokio::test]
async fn it_records_its_own_act_and_is_refused_in_the_same_words_as_on_screen() {
    let bench = Bench::new().await;
    let id = ordered(&bench).await;
    let police = bench.app.sign_in("police").await;
    let path = format!("/api/v1/measures/{id}/steps");
    let version = bench.row(id).await.version;
    let send = async |body: Value| police.json("POST", &path, body).await;
    let check = |version: i32, outcome: &str| {
        json!({
            "step": "police_check", "version": version,
            "fields": { "checked_at": "2026-11-23 09:00", "outcome": outcome },
        })
    };
    let pointer = |reply: &crate::support::Reply| reply.json()["errors"][0]["pointer"].clone();
    let wrong = send(check(version, "shrug")).await;
    assert_eq!(
        (wrong.status.as_u16(), pointer(&wrong)),
        (422, json!("/fields/outcome"))
    );
    let unknown = send(json!({ "step": "dance", "version": version })).await;
    assert_eq!((unknown.status.as_u16(), pointer(&unknown)), (422, json!("/step")));
    let mut stranger = check(version, "told");
    stranger["fields"]["mood"] = json!("好");
    let stranger = send(stranger).await;
    assert_eq!((stranger.status.as_u16(), pointer(&stranger)), (422, json!("/fields")));
    assert_eq!(send(check(version - 1, "told")).await.status, 409);
    let others = json!({ "step": "withdraw", "version": version });
    assert!(matches!(send(others).await.status.as_u16(), 403 | 422));
    assert_eq!(bench.row(id).await.version, version, "nothing has changed");
    let done = send(check(version, "told")).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(done.json()["version"], json!(version + 1));
    assert!(done.json()["clocks"][0]["met_at"].is_string());
    crate::notices::recuse(&bench.app, bench.case, "police").await;
    assert_eq!(send(check(version + 1, "told")).await.status, 404, "recused");
}
