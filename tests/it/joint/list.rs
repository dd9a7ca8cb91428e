//! The department's own list, grouped by what is to be done next.

use super::{case, on_task, opened};
use crate::support::App;
use chrono::TimeDelta;
use serde_json::json;
use tonghu::rules::level::RiskLevel;

#[tokio::test]
async fn a_department_finds_its_tasks_by_what_is_to_be_done_next() {
    let app = App::start().await;
    let case = case(&app, RiskLevel::Blue).await.id;
    let township = app.sign_in("township").await;
    let police = app.sign_in("police").await;
    let kinds = ["T30", "T32", "T33", "T34", "T35", "T36"];
    let mut numbers = Vec::new();
    for kind in kinds {
        let task = opened(&app, &township, case, kind).await;
        if kind != "T30" && kind != "T36" {
            let signed = on_task(&app, &police, task.id, json!({ "step": "sign" })).await;
            assert_eq!(signed.status, 200, "{}", signed.text());
        }
        numbers.push((task.id, task.number));
    }
    let papers = json!([{ "kind": "escort_handover", "paper_no": "1号", "issued_on": "2026-11-23" }]);
    let report = json!({ "step": "report", "result": "已护送", "papers": papers });
    assert_eq!(on_task(&app, &police, numbers[2].0, report).await.status, 200);
    let back = json!({ "step": "reject", "reason": "缺交接时间" });
    assert_eq!(on_task(&app, &township, numbers[2].0, back).await.status, 200);
    let refuse = json!({ "step": "refuse", "reason": "R02", "basis": "职责清单" });
    assert_eq!(on_task(&app, &police, numbers[5].0, refuse).await.status, 200);
    let list = police.get("/tasks").await.text();
    for (title, number) in [
        ("待签收", &numbers[0].1),
        ("被退回补办", &numbers[2].1),
        ("办理中", &numbers[1].1),
        ("争议中", &numbers[5].1),
    ] {
        let at = list
            .find(&format!("<h2>{title} "))
            .unwrap_or_else(|| panic!("no {title}: {list}"));
        let end = list[at..].find("</table>").unwrap();
        assert!(list[at..at + end].contains(number.as_str()), "{title}");
    }
    app.clock.advance(TimeDelta::days(5));
    let police = app.sign_in("police").await;
    assert!(police.get("/tasks").await.text().contains("<h2>将到期 "));
    app.clock.advance(TimeDelta::days(3));
    let police = app.sign_in("police").await;
    assert!(police.get("/tasks").await.text().contains("<h2>超期 "));
    let health = app.sign_in("health").await;
    let other = health.get("/tasks").await.text();
    assert!(numbers.iter().all(|(_, number)| !other.contains(number.as_str())));
}
