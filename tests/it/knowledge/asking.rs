//! Questions for a child who calls: each once, and what is known is not asked.

use crate::support::{App, Client};
use serde_json::{Value, json};

/// 应县金城镇.
const HERE: &str = "140622100000";

/// A child who calls, by name, in 应县金城镇.
async fn reported(who: &Client, answers: Value) -> Value {
    let body = json!({
        "channel": "phone", "demand_type": "help_request", "case_types": ["1302"], "reporter_type": "V01",
        "content": "我想找人说说话", "answers": answers, "child_location": { "division": "140622100" },
        "children": [{ "name": "童小满", "sex": "2", "age": 12 }],
    });
    let reply = who.json("POST", "/api/v1/reports", body).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

/// The panel of a new call of the same child.
async fn panel(who: &Client, place: &str, more: &[(&str, &str)]) -> String {
    let path = who.post("/intake/new", &[]).await.location().to_owned();
    let mut fields = vec![
        ("channel", "phone"),
        ("reporter_type", "V01"),
        ("child_name", "童小满"),
        ("child_sex", "2"),
        ("child_age", "12"),
        ("child_feature", ""),
        ("child_id_number", ""),
        ("child_location", place),
        ("child_location_text", ""),
    ];
    fields.extend_from_slice(more);
    let reply = who.post(&format!("{path}/advice"), &fields).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.text()
}

#[tokio::test]
async fn what_this_call_answered_is_shown_as_answered() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let text = panel(&operator, HERE, &[("q1", "yes")]).await;
    assert!(text.contains("孩子自己打来") && text.contains("已答：是"), "{text}");
    assert!(text.contains("不追问经过"), "{text}");
    assert!(!text.contains("那个人手里有没有东西"), "only what fits the situation");
    let harmed = panel(&operator, HERE, &[("q3", "yes")]).await;
    assert!(harmed.contains("那个人手里有没有东西"), "{harmed}");
}

#[tokio::test]
async fn what_an_earlier_report_knows_is_not_asked_again() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    reported(&operator, json!({ "suicidal": "no", "caller_safe": "yes" })).await;
    let own = panel(&operator, HERE, &[("case_types", "1302")]).await;
    assert!(own.contains("已问过：否"), "{own}");
    let other = app.sign_in("operator2").await;
    let text = panel(&other, HERE, &[("case_types", "1302")]).await;
    assert!(text.contains("已问过，无权查看内容"), "{text}");
    assert!(!text.contains("已问过：否"), "the answer is not this person's to read");
    let far = panel(&other, "140623100000", &[("case_types", "1302")]).await;
    assert!(
        !far.contains("已问过"),
        "the same name in another county is another child: {far}"
    );
}

#[tokio::test]
async fn the_questions_are_read_on_a_page_of_their_own_with_their_source() {
    let app = App::start().await;
    for who in ["operator", "lead", "county", "village"] {
        let page = app.sign_in(who).await.get("/knowledge/questions").await;
        assert_eq!(page.status, 200, "{who}");
        let text = page.text();
        for row in tonghu::rules::codes::child_questions() {
            assert!(text.contains(&row.text) && text.contains(&row.source), "{}", row.code);
        }
        assert!(text.contains("本地可配置"), "{who}");
    }
    for who in ["hospital", "secadmin", "auditor"] {
        assert_eq!(
            app.sign_in(who).await.get("/knowledge/questions").await.status,
            403,
            "{who}"
        );
    }
    let list = app.sign_in("operator").await.get("/knowledge").await.text();
    assert!(list.contains("href=\"/knowledge/questions\""), "{list}");
}
