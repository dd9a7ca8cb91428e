//! The service plan.
