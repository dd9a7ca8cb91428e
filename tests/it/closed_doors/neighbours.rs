//! The next county, the next township, the next village, and a department that
//! has no task: none of them finds anything of the case.

use super::knocks::{self, DEEDS, Knock};
use super::world::{World, built, case_steps};
use super::{everything, news, refusals, shown};
use crate::given;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tonghu::rules::policy::Role;
use uuid::Uuid;

fn routes() -> tonghu::web::Routes {
    tonghu::app::routes(true)
}

/// What is told of the case is told of nothing as well.
async fn told_alike(world: &World, who: &crate::support::Client, knock: &Knock, reply: &crate::support::Reply) {
    let nothing = knock.to_nothing(world).at(who).await;
    assert_eq!(nothing.status, reply.status, "{}", knock.path);
    if knock.path.starts_with("/api/") {
        let (mut one, mut other) = (reply.json(), nothing.json());
        for body in [&mut one, &mut other] {
            body["request_id"] = Value::Null;
        }
        assert_eq!(one, other, "{}", knock.path);
    }
}

/// Knocks everywhere as one person: 404 where the role may use the address at
/// all, 403 by the gate where it may not; each refusal on record, nothing moved.
async fn finds_nothing(world: &World, username: &str) -> usize {
    let app = &world.job.app;
    let account = given::account_of(app, username).await;
    let role = Role::parse(&account.role).unwrap();
    let who = app.sign_in(username).await;
    let before = everything(app).await;
    let mut hidden = 0;
    for knock in knocks::all(world, &routes()) {
        let on_record = refusals(app, account.id, world.case).await;
        let reply = knock.at(&who).await;
        let at = format!("{username} {}", knock.path);
        if !knock.access.admits(Some(role)) {
            assert_eq!(reply.status, 403, "{at}");
        } else if knock.path == "/api/v1/visits" && role == Role::Operator {
            continue;
        } else {
            assert_eq!(reply.status, 404, "{at}: {}", reply.text());
            assert_eq!(
                refusals(app, account.id, world.case).await,
                on_record + 1,
                "{at} is not on record"
            );
            hidden += 1;
        }
        told_alike(world, &who, &knock, &reply).await;
    }
    let after = everything(app).await;
    assert_eq!(news(&before, &after), [""; 0], "{username} changed something");
    hidden
}

#[tokio::test]
async fn the_next_county_finds_nothing_at_any_address_of_the_case() {
    let world = built().await;
    let hidden = finds_nothing(&world, "county2").await;
    assert!(hidden > 100, "{hidden} addresses");
}

#[tokio::test]
async fn neither_do_the_next_township_the_next_village_and_a_department_without_a_task() {
    let world = built().await;
    for username in ["township2", "village2", "education"] {
        let hidden = finds_nothing(&world, username).await;
        assert!(hidden > 60, "{username}: {hidden} addresses");
    }
}

#[tokio::test]
async fn no_list_and_no_search_tells_the_neighbours_of_the_case() {
    let world = built().await;
    let (app, number) = (&world.job.app, &world.number);
    let lists = |paths: &[&str]| -> Vec<String> { paths.iter().map(|path| (*path).to_owned()).collect() };
    let common = [
        format!("/cases?q={number}"),
        "/cases?q=%E6%B7%A4%E9%9D%92".to_owned(),
        format!("/api/v1/cases?q={number}"),
        "/api/v1/cases?division=140622".to_owned(),
    ];
    let common = [
        lists(&["/cases", "/api/v1/cases", "/tasks?state=all", "/api/v1/tasks"]),
        common.to_vec(),
    ]
    .concat();
    for (username, more) in [
        ("county2", lists(&["/visits", "/visits?state=accepted"])),
        ("township2", lists(&["/visits", "/today"])),
        ("village2", lists(&["/today"])),
        ("education", Vec::new()),
    ] {
        let who = app.sign_in(username).await;
        let all = shown(&who, &[common.clone(), more].concat()).await;
        // The search box repeats what was typed into it.
        let told = all.matches(&format!(">{number}<")).count() + all.matches(&world.case.to_string()).count();
        assert_eq!(told, 0, "{username}");
        assert!(
            !all.contains(&world.task.to_string()) && !all.contains(&world.visit.to_string()),
            "{username}"
        );
    }
    let county = app.sign_in("county").await;
    let seen = shown(&county, &common).await;
    assert!(
        seen.matches(&world.case.to_string()).count() >= 4,
        "the search itself finds it"
    );
}

/// Merging is the one step that names another case: a hidden one is told like
/// one that does not exist, and the attempt is on record.
#[tokio::test]
async fn a_case_cannot_be_found_out_by_merging_into_it() {
    let world = built().await;
    let app = &world.job.app;
    let there = given::account_of(app, "village2").await.division;
    let spec = given::Spec {
        place: there,
        ..given::Spec::red(app).await
    };
    let own = given::case(app, spec).await;
    let county2 = app.sign_in("county2").await;
    let account = given::account_of(app, "county2").await.id;
    let merge = async |into: Uuid| {
        let body = json!({ "step": "merge", "version": own.version, "into": into, "reason": "同一名儿童" });
        county2
            .json("POST", &format!("/api/v1/cases/{}/steps", own.id), body)
            .await
    };
    let (hidden, nothing) = (merge(world.case).await, merge(Uuid::from_u128(7)).await);
    assert_eq!((hidden.status.as_u16(), nothing.status.as_u16()), (422, 422));
    assert_eq!(hidden.json()["errors"], nothing.json()["errors"]);
    assert_eq!(refusals(app, account, world.case).await, 1);
    let form = [
        ("version", "1"),
        ("into", world.number.as_str()),
        ("reason", "同一名儿童"),
    ];
    let page = county2.post(&format!("/cases/{}/do/merge", own.id), &form).await;
    assert_eq!(page.status, 422, "{}", page.text());
    assert_eq!(refusals(app, account, world.case).await, 2);
    assert_eq!(given::now(app, own.id).await.version, own.version);
}

/// The table of steps is complete: it has what the description of the
/// interface has; the forms too.
#[tokio::test]
async fn every_step_and_every_form_has_its_knock() {
    let world = built().await;
    let app = &world.job.app;
    let described = app.stranger().get("/api/v1/openapi.json").await.json();
    let mut steps = BTreeSet::new();
    named(&described["components"]["schemas"]["CaseStep"], &mut steps);
    let known: BTreeSet<String> = case_steps(&world)
        .iter()
        .map(|step| step["step"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(steps, known);
    let county = app.sign_in("county").await;
    for deed in DEEDS {
        let reply = county.get(&format!("/cases/{}/do/{deed}", world.case)).await;
        assert!(
            matches!(reply.status.as_u16(), 200 | 403 | 422),
            "{deed}: {}",
            reply.status
        );
    }
    let page = county.get(&format!("/cases/{}", world.case)).await.text();
    for offered in page.split("/do/").skip(1) {
        let slug: String = offered
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '-')
            .collect();
        assert!(DEEDS.contains(&slug.as_str()), "{slug}");
    }
}

/// The values that the field `step` may have.
fn named(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| named(item, found)),
        Value::Object(fields) => {
            let names = fields.get("properties").and_then(|fields| fields.get("step"));
            let names = names.and_then(|step| step.get("enum")).and_then(Value::as_array);
            found.extend(names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| named(value, found));
        }
        _ => {}
    }
}
