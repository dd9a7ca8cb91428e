//! Samples, reviews, objections and the score sheet.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::form;
use crate::given::ctx_of;
use crate::quality::{answered, lately, whole};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonghu::clock;
use tonghu::entity::quality_review;
use tonghu::quality::{self, Scored};

pub(super) fn drives() -> Vec<Drive> {
    let mut all = vec![
        Drive::new("/quality/draw", "", |w| Box::pin(draw(w))),
        Drive::new("/quality/sheet", "", |w| Box::pin(sheet(w))),
        Drive::new("/quality/reviews/{id}/objection", "", |w| Box::pin(object(w))),
    ];
    for step in ["save", "finish"] {
        all.push(Drive::new("/quality/reviews/{id}", step, move |w| {
            Box::pin(score(w, step))
        }));
    }
    for ruling in ["kept", "changed"] {
        all.push(Drive::new("/quality/reviews/{id}/ruling", ruling, move |w| {
            Box::pin(rule(w, ruling))
        }));
    }
    all
}

async fn draw(w: &World) -> Shot {
    answered(&w.who("operator").await, &w.sentence()).await;
    let span = lately(&w.app);
    Shot {
        who: "lead",
        path: "/quality/draw".to_owned(),
        body: form! {
            "sample_id" => "", "from" => clock::minute(span.from), "until" => clock::minute(span.until),
        },
    }
}

async fn sheet(w: &World) -> Shot {
    let version = quality::sheet(w.app.state.db.read()).await.unwrap().version;
    Shot {
        who: "lead",
        path: "/quality/sheet".to_owned(),
        body: form! {
            "version" => version, "code_0" => "Q01", "text_0" => "问清安全", "max_0" => "10", "least" => "2",
            "percent" => "5", "reason" => w.sentence(),
        },
    }
}

/// A review that nobody has begun, of a call of the operator's.
async fn waiting(w: &World) -> quality_review::Model {
    let lead = ctx_of(&w.app, "lead").await;
    // What lies there already is listed before, so that the new one is drawn.
    let _ = quality::draw(&w.app.state, &lead, None, lately(&w.app)).await;
    let report = answered(&w.who("operator").await, &w.sentence()).await;
    quality::draw(&w.app.state, &lead, None, lately(&w.app)).await.unwrap();
    let found = quality_review::Entity::find()
        .filter(quality_review::Column::ReportId.eq(report))
        .one(w.app.state.db.read())
        .await;
    found.unwrap().unwrap()
}

/// The fields of a whole score under the sheet in force, with remarks.
async fn fields(w: &World, version: i32, step: &str) -> Vec<(String, String)> {
    let mut fields = whole(version, step);
    fields.retain(|(name, _)| !name.starts_with("m_"));
    for item in quality::sheet(w.app.state.db.read()).await.unwrap().items {
        let mark = if item.fatal {
            "no".to_owned()
        } else {
            item.max.to_string()
        };
        fields.push((format!("m_{}", item.code), mark));
        fields.push((format!("n_{}", item.code), w.sentence()));
    }
    for (name, value) in &mut fields {
        if name == "comment" {
            *value = w.sentence();
        }
    }
    fields
}

async fn score(w: &World, step: &str) -> Shot {
    let row = waiting(w).await;
    Shot {
        who: "lead",
        path: format!("/quality/reviews/{}", row.id),
        body: Body::Form(fields(w, row.version, step).await),
    }
}

/// A review that the shift lead has finished.
async fn finished(w: &World) -> quality_review::Model {
    let row = waiting(w).await;
    let lead = ctx_of(&w.app, "lead").await;
    let sheet = quality::sheet(w.app.state.db.read()).await.unwrap();
    let mark = |item: &tonghu::rules::quality::Item| if item.fatal { "no" } else { "1" }.to_owned();
    let scored = Scored {
        marks: sheet.items.iter().map(|item| (item.code.clone(), mark(item))).collect(),
        ..Scored::default()
    };
    quality::save(&w.app.state, &lead, (row.id, row.version), &scored, true)
        .await
        .unwrap();
    row
}

async fn object(w: &World) -> Shot {
    let row = finished(w).await;
    Shot {
        who: "operator",
        path: format!("/quality/reviews/{}/objection", row.id),
        body: form! { "version" => row.version + 1, "objection" => w.sentence() },
    }
}

async fn rule(w: &World, ruling: &str) -> Shot {
    let row = finished(w).await;
    let operator = ctx_of(&w.app, "operator").await;
    quality::object(&w.app.state, &operator, (row.id, row.version + 1), "记录完整")
        .await
        .unwrap();
    let mut fields = fields(w, row.version + 2, "").await;
    fields.push(("ruling".to_owned(), ruling.to_owned()));
    fields.push(("ruling_note".to_owned(), w.sentence()));
    Shot {
        who: "city",
        path: format!("/quality/reviews/{}/ruling", row.id),
        body: Body::Form(fields),
    }
}
