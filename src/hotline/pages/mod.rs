//! Screens: the ledger of orders and answers for the shift lead and the city,
//! the partners for the security administrator.

mod answers;
mod answers_file;
mod attachments;
mod files;
mod ledger;
mod order;
mod partners;

use crate::error::{Error, Result};
use crate::rules::policy::Role;
use crate::web::{Access, Routes};
use uuid::Uuid;

const KEEPERS: Access = Access::Roles(&[Role::Lead, Role::City]);
const ADMINISTRATOR: Access = Access::Roles(&[Role::SecAdmin]);

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/hotline/orders", KEEPERS, ledger::list)
        .get("/hotline/orders/{id}", KEEPERS, order::show)
        .post("/hotline/orders/{id}/flags/{flag}", KEEPERS, order::settle)
        .post("/hotline/orders/{id}/answers/{message}/repeat", KEEPERS, order::repeat)
        .post(
            "/hotline/orders/{id}/attachments/{attachment}/repeat",
            KEEPERS,
            attachments::repeat,
        )
        .get("/hotline/attachments/{id}", Access::CASEWORK, attachments::file)
        .get("/hotline/attachments/{id}/small", Access::CASEWORK, attachments::small)
        .get("/hotline/answers", KEEPERS, answers::list)
        .get("/hotline/answers/file", KEEPERS, answers_file::show)
        .get("/hotline/orders/import", KEEPERS, files::form)
        .upload("/hotline/orders/import", KEEPERS, files::BODY, files::take)
        .get("/hotline/partners", ADMINISTRATOR, partners::list)
        .get("/hotline/partners/new", ADMINISTRATOR, partners::blank)
        .post("/hotline/partners/new", ADMINISTRATOR, partners::add)
        .get("/hotline/partners/{id}", ADMINISTRATOR, partners::show)
        .post("/hotline/partners/{id}", ADMINISTRATOR, partners::change)
        .post("/hotline/partners/{id}/rotate", ADMINISTRATOR, partners::rotate)
        .post("/hotline/partners/{id}/disable", ADMINISTRATOR, partners::disable)
        .post("/hotline/partners/{id}/enable", ADMINISTRATOR, partners::enable)
}

fn id_of(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Error::NotFound)
}
