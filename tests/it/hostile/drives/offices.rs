//! Accounts, sessions, the network and the first set-up.

use super::super::world::{Body, STEM, Shot, World};
use super::Drive;
use crate::given;
use crate::{fields, form};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tonghu::accounts::setup;
use tonghu::clocks;
use tonghu::entity::{account, post, unit};
use uuid::Uuid;

pub(super) fn drives() -> Vec<Drive> {
    vec![
        Drive::new("/accounts/new", "", |w| Box::pin(new_account(w))),
        Drive::new("/accounts/{id}/change", "", |w| Box::pin(change(w))),
        Drive::new("/accounts/{id}/disable", "", |w| Box::pin(of_account(w, "disable"))),
        Drive::new("/accounts/{id}/enable", "", |w| Box::pin(of_account(w, "enable"))),
        Drive::new("/accounts/{id}/reset", "", |w| Box::pin(of_account(w, "reset"))),
        Drive::new("/accounts/{id}/handover", "", |w| Box::pin(of_account(w, "handover"))),
        Drive::new("/network/posts/{id}/handover", "", |w| Box::pin(leaving_post(w))),
        Drive::new("/login", "", |_| Box::pin(async { login() })),
        Drive::new("/logout", "", |w| Box::pin(logout(w))),
        Drive::new("/password", "", |w| Box::pin(password(w))),
        Drive::new("/api/v1/session", "", |_| Box::pin(async { session() })),
        Drive::new("/network/posts/{id}", "", |w| Box::pin(network_post(w))),
        Drive::new("/network/units/{id}", "", |w| Box::pin(network_unit(w))),
        Drive::new("/network/import", "dry run", |w| Box::pin(import(w, ""))),
        Drive::new("/network/import", "applied", |w| Box::pin(import(w, "1"))),
        Drive::new("/deadline-rules/{code}", "", |w| Box::pin(rule(w))),
        Drive::new("/api/v1/deadline-rules/{code}", "", |w| {
            Box::pin(rule_over_the_interface(w))
        }),
        Drive::new("/deadline-rules/hours", "", |_| Box::pin(async { hours() })),
        Drive::new("/children/import", "dry run", |w| Box::pin(children(w, ""))),
        Drive::new("/children/import", "applied", |w| Box::pin(children(w, "1"))),
    ]
}

async fn new_account(w: &World) -> Shot {
    Shot {
        who: "secadmin",
        path: "/accounts/new".to_owned(),
        body: form! {
            "username" => format!("person-{}", w.next()), "name" => w.name(), "phone" => w.phone(),
            "id_number" => w.id_number(), "role" => "operator", "unit" => "",
        },
    }
}

async fn change(w: &World) -> Shot {
    let row = given::account_of(&w.app, "civil").await;
    Shot {
        who: "secadmin",
        path: format!("/accounts/{}/change", row.id),
        body: form! { "version" => row.version, "role" => "handler", "unit" => row.unit_id.unwrap() },
    }
}

async fn of_account(w: &World, what: &str) -> Shot {
    let row = given::account_of(&w.app, "education").await;
    Shot {
        who: "secadmin",
        path: format!("/accounts/{}/{what}", row.id),
        body: form! { "version" => row.version },
    }
}

fn login() -> Shot {
    Shot {
        who: "",
        path: "/login".to_owned(),
        body: form! { "username" => "village2", "password" => tonghu::demo::PASSWORD },
    }
}

fn session() -> Shot {
    Shot {
        who: "",
        path: "/api/v1/session".to_owned(),
        body: Body::Json(json!({ "username": "village2", "password": tonghu::demo::PASSWORD, "code": null })),
    }
}

/// Whoever leaves comes back for the next time.
async fn logout(w: &World) -> Shot {
    w.forget("auditor");
    Shot {
        who: "auditor",
        path: "/logout".to_owned(),
        body: form! {},
    }
}

/// The password of before, so that it can be changed again.
async fn password(w: &World) -> Shot {
    let known = given::account_of(&w.app, "operator").await.password_hash;
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(known))
        .filter(account::Column::Username.eq("health"))
        .exec(w.app.state.db.schema())
        .await
        .unwrap();
    w.forget("health");
    let new = format!("{STEM}{}口令要长一些才好", w.next());
    Shot {
        who: "health",
        path: "/password".to_owned(),
        body: form! { "current" => tonghu::demo::PASSWORD, "new" => new, "again" => new },
    }
}

/// Whoever left the post holds it again for the next time.
async fn leaving_post(w: &World) -> Shot {
    let holder = given::account_of(&w.app, "village2").await;
    let seats = || {
        post::Entity::update_many()
            .col_expr(post::Column::HolderId, Expr::value(holder.id))
            .filter(post::Column::UnitId.eq(holder.unit_id))
            .filter(post::Column::Role.eq("village_child_director"))
    };
    seats().exec(w.app.state.db.schema()).await.unwrap();
    let found = post::Entity::find()
        .filter(post::Column::UnitId.eq(holder.unit_id))
        .filter(post::Column::Role.eq("village_child_director"))
        .one(w.app.state.db.read())
        .await;
    let row = found.unwrap().unwrap();
    Shot {
        who: "county2",
        path: format!("/network/posts/{}/handover", row.id),
        body: form! { "version" => row.version, "way" => "post", "all" => "" },
    }
}

/// Each time another figure, so that each time something is changed.
async fn rule(w: &World) -> Shot {
    let book = clocks::book(w.app.state.db.read(), w.app.clock.now()).await.unwrap();
    let rule = book.rule("DL05").unwrap();
    Shot {
        who: "secadmin",
        path: "/deadline-rules/DL05".to_owned(),
        body: form! {
            "version" => rule.version(), "name" => rule.name(), "owner" => rule.owner(),
            "amount" => rule.amount() % 9 + 1, "unit" => "working_days", "on_expiry" => rule.on_expiry(),
            "source" => rule.source(), "reason" => w.sentence(),
        },
    }
}

async fn rule_over_the_interface(w: &World) -> Shot {
    let book = clocks::book(w.app.state.db.read(), w.app.clock.now()).await.unwrap();
    let rule = book.rule("DL06").unwrap();
    Shot {
        who: "secadmin",
        path: "/api/v1/deadline-rules/DL06".to_owned(),
        body: Body::Json(json!({
            "version": rule.version(), "name": rule.name(), "owner": rule.owner(), "amount": rule.amount() % 9 + 1,
            "unit": "working_days", "on_expiry": rule.on_expiry(), "source": rule.source(), "reason": w.sentence(),
        })),
    }
}

fn hours() -> Shot {
    Shot {
        who: "secadmin",
        path: "/deadline-rules/hours".to_owned(),
        body: form! { "hours" => "08:00-12:00，14:30-18:00" },
    }
}

async fn network_post(w: &World) -> Shot {
    let holder = given::account_of(&w.app, "village").await;
    let found = post::Entity::find()
        .filter(post::Column::UnitId.eq(holder.unit_id))
        .filter(post::Column::Role.eq("village_child_director"))
        .one(w.app.state.db.read())
        .await;
    let row = found.unwrap().unwrap();
    Shot {
        who: "township",
        path: format!("/network/posts/{}", row.id),
        body: form! {
            "version" => row.version, "holder" => "village", "stand_in" => "", "leave_from" => "2026-12-01",
            "leave_until" => "2026-12-03",
        },
    }
}

async fn unit_of(w: &World, username: &str) -> unit::Model {
    let id: Uuid = given::account_of(&w.app, username).await.unit_id.unwrap();
    let found = unit::Entity::find_by_id(id).one(w.app.state.db.read()).await;
    found.unwrap().unwrap()
}

async fn network_unit(w: &World) -> Shot {
    let row = unit_of(w, "township").await;
    Shot {
        who: "county",
        path: format!("/network/units/{}", row.id),
        body: form! { "version" => row.version, "name" => row.name, "phone" => w.phone(), "active" => "true" },
    }
}

async fn import(w: &World, apply: &str) -> Shot {
    let row = unit_of(w, "township").await;
    let file = format!(
        "区划代码,机构类别,机构名称,值班电话,备注\n{},{},{},{},{}\n",
        row.division,
        row.kind,
        row.name,
        w.phone(),
        w.sentence()
    );
    let fields: Vec<(String, String)> = fields! { "what" => "units", "apply" => apply };
    Shot {
        who: "sysadmin",
        path: "/network/import".to_owned(),
        body: Body::Files(
            fields,
            vec![("file".to_owned(), format!("{}.csv", w.name()), file.into_bytes())],
        ),
    }
}

async fn children(w: &World, apply: &str) -> Shot {
    let file = format!(
        "姓名,性别,出生日期,证件号,儿童类别,居住区划,学校班级,特征\n{},,,{},07,140622100,{},{}\n",
        w.name(),
        w.id_number(),
        w.sentence(),
        w.sentence()
    );
    let fields: Vec<(String, String)> = fields! { "apply" => apply };
    Shot {
        who: "township",
        path: "/children/import".to_owned(),
        body: Body::Files(
            fields,
            vec![("file".to_owned(), format!("{}.csv", w.name()), file.into_bytes())],
        ),
    }
}

/// The first three accounts, in a database that has none.
pub async fn set_up(w: &World) -> Shot {
    let path = setup::issue(&w.app.state).await.unwrap().unwrap();
    let mut fields = Vec::new();
    for role in ["sysadmin", "secadmin", "auditor"] {
        fields.push((format!("{role}_username"), role.to_owned()));
        fields.push((format!("{role}_name"), w.name()));
        fields.push((format!("{role}_password"), format!("{STEM}{role}的口令要长")));
    }
    Shot {
        who: "",
        path,
        body: Body::Form(fields),
    }
}
