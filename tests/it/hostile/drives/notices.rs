//! A person's notices and settings, and messages that are sent again.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::form;
use crate::given::account_of;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tonghu::ctx::Ctx;
use tonghu::entity::{notice, outbox};
use tonghu::journal::{self, Act, Entry};
use tonghu::notices::{self, Kind, Notice, To};
use uuid::Uuid;

pub(super) fn drives() -> Vec<Drive> {
    vec![
        Drive::new("/notices/settings", "", |_| Box::pin(async { settings() })),
        Drive::new("/notices/read", "", |w| Box::pin(read(w))),
        Drive::new("/api/v1/notices/read", "", |w| Box::pin(read_by_id(w))),
        Drive::new("/outbox/{id}/repeat", "", |w| Box::pin(repeat(w))),
    ]
}

fn settings() -> Shot {
    Shot {
        who: "township",
        path: "/notices/settings".to_owned(),
        body: form! {
            "kinds" => "opened", "quiet_from" => "22:00", "quiet_to" => "07:00", "digest" => "true", "sms" => "true",
        },
    }
}

/// A notice that was not read yet.
async fn given(w: &World) -> Uuid {
    let state = &w.app.state;
    let me = account_of(&w.app, "township").await.id;
    let ctx = Ctx::system(w.app.clock.now());
    let tx = state.db.begin().await.unwrap();
    notices::tell(&tx, &ctx, &Notice::new(Kind::Escalated, To::Account(me)))
        .await
        .unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
    let found = notice::Entity::find()
        .filter(notice::Column::AccountId.eq(me))
        .order_by_desc(notice::Column::Id)
        .one(state.db.read())
        .await;
    found.unwrap().unwrap().id
}

async fn read(w: &World) -> Shot {
    Shot {
        who: "township",
        path: "/notices/read".to_owned(),
        body: form! { "id" => given(w).await },
    }
}

async fn read_by_id(w: &World) -> Shot {
    Shot {
        who: "township",
        path: "/api/v1/notices/read".to_owned(),
        body: Body::Json(json!({ "ids": [given(w).await] })),
    }
}

async fn repeat(w: &World) -> Shot {
    let state = &w.app.state;
    let ctx = Ctx::system(w.app.clock.now());
    let tx = state.db.begin().await.unwrap();
    journal::announce(&tx, &ctx, "sms", &json!({})).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::NoteAdded)).await.unwrap();
    let found = outbox::Entity::find()
        .order_by_desc(outbox::Column::Id)
        .one(state.db.read())
        .await;
    Shot {
        who: "sysadmin",
        path: format!("/outbox/{}/repeat", found.unwrap().unwrap().id),
        body: form! {},
    }
}
