//! The integration suite: everything through the router, on SQLite, and on
//! PostgreSQL when `TEST_DATABASE_URL` names a server.

#![expect(unreachable_pub, reason = "everything here is for the suite alone")]
mod support;

mod ground;
