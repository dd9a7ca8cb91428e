//! Doors that stay closed: whoever may not see a case finds nothing of it,
//! whatever address they try; what they tried is on record.

mod gate;
mod knocks;
mod narrow;
mod neighbours;
mod reporters;
mod world;

use crate::support::{App, Client};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::entity::{self as table, journal_entry};
use uuid::Uuid;

/// Everything that is stored but who looked, who is signed in and who failed to.
async fn everything(app: &App) -> Vec<String> {
    let db = app.state.db.read();
    macro_rules! all {
        ($($name:ident)*) => {{
            let mut rows = Vec::new();
            $(for row in table::$name::Entity::find().all(db).await.unwrap() {
                rows.push(format!("{} {row:?}", stringify!($name)));
            })*
            rows.sort();
            rows
        }};
    }
    all! {
        account article article_gram article_version assessment call_exchange call_leg call_return call_token
        callback case_child case_event case_unit child conference conference_member counter deadline
        deadline_rule division emergency_call emergency_receipt evaluation extension feedback hotline_attachment
        hotline_attachment_file hotline_client hotline_event
        hotline_file_mapping hotline_flag hotline_order hotline_reconciliation hotline_secret idempotency measure measure_event
        notice notice_choice order_extension order_pause order_return outbox party phone_call plan_goal post
        protection_case quality_frame quality_review quality_sample quality_sheet recusal referral referral_line report report_article report_child reporter_identity
        search_token service setting supervision task task_dispute transfer unit urging visit visit_photo
        work_order
    }
}

/// What is in the second and not in the first.
fn news(before: &[String], after: &[String]) -> Vec<String> {
    let known: std::collections::BTreeSet<&String> = before.iter().collect();
    after.iter().filter(|row| !known.contains(row)).cloned().collect()
}

/// How many attempts of a person were refused, and stand on record for a case.
async fn refusals(app: &App, account: Uuid, case: Uuid) -> u64 {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::ActorId.eq(account))
        .filter(journal_entry::Column::CaseId.eq(case))
        .filter(journal_entry::Column::Outcome.eq("denied"))
        .count(app.state.db.read())
        .await
        .unwrap()
}

/// What a person is shown on the way: lists, pages and searches.
async fn shown(who: &Client, paths: &[String]) -> String {
    let mut all = String::new();
    for path in paths {
        let reply = who.get(path).await;
        assert!(reply.status.as_u16() < 400, "{path}: {}", reply.status);
        all.push_str(&reply.text());
    }
    all
}
