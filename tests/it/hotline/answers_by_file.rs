//! While the line is down: answers as a file.

use super::by_file::client;
use super::{order, sent};
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

#[tokio::test]
async fn answers_go_out_by_file_with_the_ids_of_the_line_and_nothing_of_the_child() {
    let app = App::start().await;
    sent(&app, &order("X-1")).await;
    tonghu::worker::tick(&app.state).await;
    tonghu::worker::tick(&app.state).await;
    let lead = app.sign_in("lead").await;
    let code = client(&app).await;
    let day = tonghu::clock::day(app.clock.now());
    let text = lead
        .get(&format!("/hotline/answers/file?client={code}&day={day}"))
        .await
        .text();
    let sent: Vec<_> = tonghu::entity::outbox::Entity::find()
        .filter(tonghu::entity::outbox::Column::Lane.starts_with("hotline:"))
        .all(app.state.db.read())
        .await
        .unwrap();
    assert!(!sent.is_empty());
    assert!(
        sent.iter().all(|message| text.contains(&message.id.to_string())),
        "{text}"
    );
    for word in ["童小满", "柳报信", "16000000001", "东街", "虐待", "被打"] {
        assert!(!text.contains(word), "{word}");
    }
    let book = lead
        .get(&format!("/hotline/answers/file?client={code}&day={day}&form=xlsx"))
        .await;
    assert_eq!(book.status, 200);
    assert_eq!(lead.get("/hotline/answers/file?client=nobody").await.status, 404);
    let bad = format!("/hotline/answers/file?client={code}&day=x");
    assert_eq!(lead.get(&bad).await.status, 400);
    for who in ["operator", "county", "secadmin", "auditor"] {
        let person = app.sign_in(who).await;
        assert_eq!(
            person.get(&format!("/hotline/answers/file?client={code}")).await.status,
            403
        );
    }
}

#[tokio::test]
async fn the_page_says_while_answers_are_still_being_made_out() {
    const SAYS: &str = "正在生成回告";
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    tonghu::worker::tick(&app.state).await;
    assert!(!lead.get("/hotline/answers").await.text().contains(SAYS));
    sent(&app, &order("X-1")).await;
    assert!(lead.get("/hotline/answers").await.text().contains(SAYS));
    tonghu::worker::tick(&app.state).await;
    assert!(
        !lead.get("/hotline/answers").await.text().contains(SAYS),
        "what the worker itself enters is nothing to wait for"
    );
    let code = client(&app).await;
    let day = tonghu::clock::day(app.clock.now());
    let asked = format!("/hotline/answers/file?client={code}&day={day}");
    let file = lead.get(&asked).await.text();
    assert!(file.contains("X-1,1,dispatched"), "{file}");
}
