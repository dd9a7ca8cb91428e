//! Events of calls, missed callers, extensions, and the exchanges that tell.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::form;
use crate::given::account_of;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;
use tonghu::ctx::Ctx;
use tonghu::entity::{call_exchange, call_return};

pub(super) fn drives() -> Vec<Drive> {
    vec![
        Drive::new("/api/v1/cti/{token}", "rings", |w| {
            Box::pin(async { event(w, "newCall") })
        }),
        Drive::new("/api/v1/cti/{token}", "hung up", |w| {
            Box::pin(async { event(w, "hangup") })
        }),
        Drive::new("/calls/dial", "", |w| Box::pin(async { dial(w) })),
        Drive::new("/callbacks/{id}", "claim", |w| Box::pin(owed(w, "operator", "claim"))),
        Drive::new("/callbacks/{id}", "allow", |w| Box::pin(owed(w, "lead", "allow"))),
        Drive::new("/extensions", "", |w| Box::pin(extension(w))),
        Drive::new("/exchanges/new", "", |w| Box::pin(async { add(w) })),
        Drive::new("/exchanges/{id}", "rotate", |w| Box::pin(exchange(w, "rotate"))),
        Drive::new("/exchanges/{id}", "disable", |w| Box::pin(exchange(w, "disable"))),
    ]
}

fn event(w: &World, event: &str) -> Shot {
    Shot {
        who: "partner",
        path: format!("/api/v1/cti/{}", tonghu::demo::EXCHANGE),
        body: Body::Json(json!({
            "event": event, "direction": "in", "from": w.phone(), "to": w.phone(),
            "callId": format!("{}-{}", w.phone(), w.next()), "user": w.name(), "cause": w.phone(),
        })),
    }
}

fn dial(w: &World) -> Shot {
    Shot {
        who: "operator",
        path: "/calls/dial".to_owned(),
        body: form! { "number" => w.phone() },
    }
}

/// A caller who was missed.
async fn owed(w: &World, who: &'static str, step: &str) -> Shot {
    let missed = event(w, "hangup").send(w).await;
    assert_eq!(missed.status, 200, "{}", missed.text());
    let found = call_return::Entity::find()
        .order_by_desc(call_return::Column::Id)
        .one(w.app.state.db.read())
        .await;
    let row = found.unwrap().unwrap();
    Shot {
        who,
        path: format!("/callbacks/{}", row.id),
        body: form! { "version" => row.version, "step" => step, "result" => "offline", "why" => w.sentence() },
    }
}

async fn extension(w: &World) -> Shot {
    Shot {
        who: "lead",
        path: "/extensions".to_owned(),
        body: form! { "number" => w.phone(), "account" => account_of(&w.app, "operator2").await.id },
    }
}

fn add(w: &World) -> Shot {
    Shot {
        who: "secadmin",
        path: "/exchanges/new".to_owned(),
        body: form! { "name" => w.name() },
    }
}

/// An exchange of its own, so that the one that tells of calls goes on.
async fn exchange(w: &World, step: &str) -> Shot {
    let ctx = Ctx::system(w.app.clock.now());
    let (id, _) = tonghu::telephone::add_exchange(&w.app.state, &ctx, &w.name())
        .await
        .unwrap();
    let found = call_exchange::Entity::find_by_id(id).one(w.app.state.db.read()).await;
    Shot {
        who: "secadmin",
        path: format!("/exchanges/{id}"),
        body: form! { "version" => found.unwrap().unwrap().version, "step" => step, "overlap" => "24" },
    }
}
