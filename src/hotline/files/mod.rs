//! 文件补录, when the line is down: the platform's export is read, its columns
//! are given their meaning once for every partner, and each row goes the way
//! that a pushed order goes. The file is not kept: it travels with the page
//! from the dry run to the confirmation, and what was taken is known by its
//! number, so that the same file brought again goes on where it stopped.

mod bring;
mod fields;
mod mapping;
mod reading;
mod rows;
mod sheet;

pub(super) use bring::{Outcome, Run, Task, bring};
pub(super) use fields::FIELDS;
pub(super) use mapping::Mapping;
pub(super) use reading::{LARGEST, read};
pub(super) use sheet::{csv, workbook};
