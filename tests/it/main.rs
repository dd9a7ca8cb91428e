//! The integration suite: everything through the router, on SQLite, and on
//! PostgreSQL when `TEST_DATABASE_URL` names a server.

mod support;

mod ground;
