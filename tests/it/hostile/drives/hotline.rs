//! Orders of 12345 and what is done to them, and the partners that sign.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::form;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::ctx::Ctx;
use tonghu::entity::{hotline_attachment, hotline_client, hotline_flag, hotline_order, outbox};
use tonghu::hotline::clients::{self, Wanted};

const ORDERS: &str = "/api/v1/hotline/work-orders";

pub(super) fn drives() -> Vec<Drive> {
    vec![
        Drive::new("/api/v1/hotline/work-orders", "", |w| Box::pin(order(w))),
        Drive::new("/api/v1/hotline/work-orders/{ext_order_no}/events", "supplement", |w| {
            Box::pin(event(w, "supplement"))
        }),
        Drive::new(
            "/api/v1/hotline/work-orders/{ext_order_no}/events",
            "further call",
            |w| Box::pin(event(w, "call_again")),
        ),
        Drive::new("/hotline/orders/import", "tried", |w| Box::pin(file(w, "try"))),
        Drive::new("/hotline/orders/import", "applied", |w| Box::pin(file(w, "apply"))),
        Drive::new("/hotline/orders/{id}/flags/{flag}", "", |w| Box::pin(settle(w))),
        Drive::new("/hotline/orders/{id}/answers/{message}/repeat", "", |w| {
            Box::pin(repeat(w))
        }),
        Drive::new("/hotline/orders/{id}/attachments/{attachment}/repeat", "", |w| {
            Box::pin(fetch_again(w))
        }),
        Drive::new("/hotline/partners/new", "", |w| Box::pin(add(w))),
        Drive::new("/hotline/partners/{id}", "", |w| Box::pin(change(w))),
        Drive::new("/hotline/partners/{id}/rotate", "", |w| Box::pin(rotate(w))),
        Drive::new("/hotline/partners/{id}/disable", "", |w| Box::pin(switch(w, "disable"))),
        Drive::new("/hotline/partners/{id}/enable", "", |w| Box::pin(switch(w, "enable"))),
    ]
}

fn body(w: &World) -> Value {
    json!({
        "ext_order_no": format!("W-{}", w.next()), "received_at": "2026-11-23T08:52:00+08:00", "channel": "phone",
        "demand_type": "tipoff", "case_types": ["0301"], "mandatory_situations": [], "urgency": null,
        "title": w.sentence(), "content": w.sentence(),
        "caller": {
            "name": w.name(), "phone": w.phone(), "anonymous": true, "safe_phone": false, "safe_time": w.sentence(),
        },
        "reporter_type": "V04", "relation_to_child": "905", "confidential": true,
        "incident_place": { "division": "140622100", "address": w.address() },
        "child_location": { "division": "140622100", "address": w.address() },
        "children": [{ "name": w.name(), "sex": "2", "age": 7, "id_number": w.id_number() }],
        "cohabiting_suspect": "no", "danger_flags": [], "reported_to_police": false,
        "recording_id": null, "callback_url": w.sentence(),
        "attachments": [{ "url": format!("http://127.0.0.1:9/{}?token={}", w.next(), w.sentence()), "name": w.name() }],
    })
}

/// A file that a person brings while the line is down.
async fn file(w: &World, step: &str) -> Shot {
    let client = hotline_client::Entity::find()
        .filter(hotline_client::Column::DisabledAt.is_null())
        .one(w.app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let text = format!(
        "工单号,受理时间,内容,来电人,来电号码,事发地址,儿童姓名,儿童证件号\nF-{},2026-11-23 08:52,{},{},{},{},{},{}\n",
        w.next(),
        w.sentence(),
        w.name(),
        w.phone(),
        w.address(),
        w.name(),
        w.id_number()
    );
    let codes = [
        "ext_order_no",
        "received_at",
        "content",
        "caller.name",
        "caller.phone",
        "incident_place.address",
        "child.name",
        "child.id_number",
    ];
    let columns = codes
        .iter()
        .enumerate()
        .map(|(at, code)| (format!("map{at}"), (*code).to_owned()));
    let fields = [("client".to_owned(), client.code), ("step".to_owned(), step.to_owned())];
    Shot {
        who: "lead",
        path: "/hotline/orders/import".to_owned(),
        body: Body::Files(
            fields.into_iter().chain(columns).collect(),
            vec![("file".to_owned(), "工单.csv".to_owned(), text.into_bytes())],
        ),
    }
}

async fn order(w: &World) -> Shot {
    Shot {
        who: "partner",
        path: ORDERS.to_owned(),
        body: Body::Json(body(w)),
    }
}

/// An order that was taken.
async fn taken(w: &World) -> hotline_order::Model {
    let sent = order(w).await;
    let Body::Json(body) = &sent.body else { unreachable!() };
    let number = body["ext_order_no"].as_str().unwrap().to_owned();
    let reply = sent.send(w).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
    let found = hotline_order::Entity::find()
        .filter(hotline_order::Column::ExtOrderNo.eq(number))
        .one(w.app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

async fn event(w: &World, kind: &str) -> Shot {
    let order = taken(w).await;
    Shot {
        who: "partner",
        path: format!("{ORDERS}/{}/events", order.ext_order_no),
        body: Body::Json(json!({
            "event_id": format!("E-{}", w.next()), "kind": kind, "at": "2026-11-23T08:55:00+08:00",
            "content": w.sentence(), "caller": { "name": w.name(), "phone": w.phone() }, "case_types": ["0301"],
            "danger_flags": ["alone"], "children": [{ "name": w.name(), "sex": "1", "age": 9 }],
            "child_location": { "division": "140622100", "address": w.address() },
        })),
    }
}

async fn settle(w: &World) -> Shot {
    let order = taken(w).await;
    let found = hotline_flag::Entity::find()
        .filter(hotline_flag::Column::OrderId.eq(order.id))
        .one(w.app.state.db.read())
        .await;
    Shot {
        who: "lead",
        path: format!("/hotline/orders/{}/flags/{}", order.id, found.unwrap().unwrap().id),
        body: form! { "note" => w.sentence() },
    }
}

async fn repeat(w: &World) -> Shot {
    let order = taken(w).await;
    let ctx = Ctx::system(w.app.clock.now());
    while tonghu::journal::seal(&w.app.state).await.unwrap() > 0 {}
    tonghu::hotline::out::follow(&w.app.state, &ctx).await.unwrap();
    let found = outbox::Entity::find()
        .filter(outbox::Column::Lane.eq(format!("hotline:{}", order.id)))
        .one(w.app.state.db.read())
        .await;
    Shot {
        who: "lead",
        path: format!(
            "/hotline/orders/{}/answers/{}/repeat",
            order.id,
            found.unwrap().unwrap().id
        ),
        body: form! {},
    }
}

async fn fetch_again(w: &World) -> Shot {
    let order = taken(w).await;
    let found = hotline_attachment::Entity::find()
        .filter(hotline_attachment::Column::OrderId.eq(order.id))
        .one(w.app.state.db.read())
        .await;
    let attachment = found.unwrap().unwrap().id;
    Shot {
        who: "lead",
        path: format!("/hotline/orders/{}/attachments/{attachment}/repeat", order.id),
        body: form! {},
    }
}

async fn add(w: &World) -> Shot {
    Shot {
        who: "secadmin",
        path: "/hotline/partners/new".to_owned(),
        body: form! {
            "code" => format!("partner-{}", w.next()), "name" => w.name(), "addresses" => "10.1.2.0/24",
            "push_url" => "http://127.0.0.1:9/12345", "attachment_hosts" => "127.0.0.1:9",
        },
    }
}

/// A partner of its own, so that the one that sends orders goes on.
async fn partner(w: &World) -> hotline_client::Model {
    let wanted = Wanted {
        code: format!("partner-{}", w.next()),
        name: w.name(),
        ..Wanted::default()
    };
    let ctx = Ctx::system(w.app.clock.now());
    clients::add(&w.app.state, &ctx, &wanted).await.unwrap();
    let found = hotline_client::Entity::find()
        .order_by_desc(hotline_client::Column::Id)
        .one(w.app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

async fn change(w: &World) -> Shot {
    let row = partner(w).await;
    Shot {
        who: "secadmin",
        path: format!("/hotline/partners/{}", row.id),
        body: form! { "version" => row.version, "name" => w.name(), "addresses" => "", "push_url" => "", "attachment_hosts" => "" },
    }
}

async fn rotate(w: &World) -> Shot {
    let row = partner(w).await;
    Shot {
        who: "secadmin",
        path: format!("/hotline/partners/{}/rotate", row.id),
        body: form! { "version" => row.version, "overlap" => "72" },
    }
}

async fn switch(w: &World, what: &str) -> Shot {
    let row = partner(w).await;
    Shot {
        who: "secadmin",
        path: format!("/hotline/partners/{}/{what}", row.id),
        body: form! { "version" => row.version },
    }
}
