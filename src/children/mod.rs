//! 儿童档案: a county or a township brings in the list of the children of its
//! area. The three administrators see no such content; from the shell a list
//! may be brought in, and what is printed names lines and fields, no child.

mod import;
mod known;
mod pages;
mod row;

pub use import::import;
pub use pages::routes;

/// The columns of the list.
pub const COLUMNS: &str = "姓名、性别、出生日期、证件号、儿童类别、居住区划、学校班级、特征";
