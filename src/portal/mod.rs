//! The page of obliged reporters (强制报告义务单位): the registration form, the
//! receipt, and their own reports with a neutral state and nothing else.

mod faults;
mod form;
mod pages;

pub use pages::routes;
