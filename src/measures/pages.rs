//! Pages of papers and measures: the short form, the forms of each kind, a
//! measure with its clocks and history, the list of those in force.

mod act;
mod list;
mod papers;
mod show;

use crate::web::{Access, Routes};

pub(super) fn routes() -> Routes {
    let access = Access::CASEWORK;
    Routes::new()
        .get("/measures", access, list::show)
        .get("/cases/{id}/measures/new", access, papers::new)
        .post("/cases/{id}/measures/new", access, papers::save)
        .get("/cases/{id}/measures/begin", access, act::choose)
        .get("/cases/{id}/measures/begin/{kind}", access, act::begin)
        .post("/cases/{id}/measures/begin/{kind}", access, act::begin_save)
        .get("/cases/{id}/measures/{measure}", access, show::show)
        .get("/cases/{id}/measures/{measure}/print", access, show::print)
        .get("/cases/{id}/measures/{measure}/do/{deed}", access, act::ask)
        .post("/cases/{id}/measures/{measure}/do/{deed}", access, act::save)
        .get("/cases/{id}/measures/{measure}/end", access, papers::end)
        .post("/cases/{id}/measures/{measure}/end", access, papers::end_save)
}
