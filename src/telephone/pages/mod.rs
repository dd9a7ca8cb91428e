//! Screens of the telephone: the bar of what rings, the log, the callers to be
//! rung up, whose extension is whose, and the exchanges that tell of calls.

mod calls;
mod exchanges;
mod extensions;
mod returns;

use crate::error::{Error, Result};
use crate::rules::policy::Role;
use crate::web::{Access, Routes};
use uuid::Uuid;

const LEAD: Access = Access::Roles(&[Role::Lead]);
const ADMINISTRATOR: Access = Access::Roles(&[Role::SecAdmin]);

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/calls", Access::DESK, calls::list)
        .get("/calls/now", Access::DESK, calls::now)
        .post("/calls/dial", Access::DESK, calls::dial)
        .get("/callbacks", Access::DESK, returns::list)
        .post("/callbacks/{id}", Access::DESK, returns::act)
        .get("/extensions", LEAD, extensions::list)
        .post("/extensions", LEAD, extensions::set)
        .get("/exchanges", ADMINISTRATOR, exchanges::list)
        .post("/exchanges/new", ADMINISTRATOR, exchanges::add)
        .post("/exchanges/{id}", ADMINISTRATOR, exchanges::act)
}

fn id_of(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Error::NotFound)
}
