//! The review of visits: accepted, asked back, never one's own.

use super::photos::photographed;
use super::{case, seen, send};
use crate::support::{App, Client};
use axum::http::StatusCode;
use tonghu::rules::level::Sensitivity;

#[tokio::test]
async fn the_supervisor_asks_back_the_director_answers_and_it_is_accepted() {
    let app = App::start().await;
    let (_, village, id) = photographed(&app).await;
    let township = app.sign_in("township").await;
    let visit = format!("/visits/{id}");
    assert!(township.get("/visits").await.text().contains(&visit));
    let post = async |client: &Client, step: &str, fields: &[(&str, &str)]| {
        client.post(&format!("{visit}/{step}"), fields).await.status.as_u16()
    };
    assert_eq!(
        post(&township, "query", &[("version", "1"), ("question", " ")]).await,
        422
    );
    assert_eq!(
        post(&township, "query", &[("version", "1"), ("question", "煤气是否关好？")]).await,
        303
    );
    assert_eq!(post(&township, "accept", &[("version", "1")]).await, 409);
    assert!(!township.get("/visits").await.text().contains(&visit));
    assert!(village.get(&visit).await.text().contains("煤气是否关好？"));
    assert_eq!(post(&village, "accept", &[("version", "2")]).await, 403);
    assert_eq!(
        post(&village, "reply", &[("version", "2"), ("reply", "已关好并拍照")]).await,
        303
    );
    let waiting = township.get("/visits").await.text();
    assert!(waiting.contains(&visit) && waiting.contains("已答复"));
    assert_eq!(post(&township, "accept", &[("version", "3")]).await, 303);
    assert!(township.get(&visit).await.text().contains("已关好并拍照"));
    assert!(township.get("/visits?state=accepted").await.text().contains(&visit));
    let (other, county2) = (app.sign_in("township2").await, app.sign_in("county2").await);
    for client in [&other, &county2] {
        assert_eq!(client.get(&visit).await.status, StatusCode::NOT_FOUND);
        assert!(!client.get("/visits?state=accepted").await.text().contains(&visit));
    }
}

#[tokio::test]
async fn nobody_reviews_a_visit_of_their_own() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let township = app.sign_in("township").await;
    let visit = seen(&case);
    assert_eq!(send(&township, &visit).await.status, StatusCode::CREATED);
    let id = visit["id"].as_str().unwrap();
    let own = township
        .post(&format!("/visits/{id}/accept"), &[("version", "1")])
        .await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let county = app.sign_in("county").await;
    let done = county.post(&format!("/visits/{id}/accept"), &[("version", "1")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}
