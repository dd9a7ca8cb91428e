//! What must not happen, however the service is treated.

mod bad_input;
mod by_address;
mod drives;
mod full;
mod junk;
mod killed;
mod killed_worker;
mod sealed;
mod signing_in;
mod slow;
mod starting;
mod world;
