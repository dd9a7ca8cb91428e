//! The order (工单) is the layer of a case in which it is handed round: who
//! holds it, until when, with what result. It is no second record but the case
//! read in another way. Until it is signed, its state is the stage of the case
//! (待签收, 退回待裁定, 争议待仲裁, 已签收); from then on the stage tells how
//! the child is protected, and [`OrderState`](crate::rules::orderflow::OrderState)
//! tells how far the order is: in hand,
//! result handed in, resolved and to be called back, called back, archived. So
//! a resolved order (办结) does not close the case.
//!
//! Every step of an order moves the version of its case, so that two who act
//! on the same order at once are told apart by the same number.

mod returned;
mod state;

pub use returned::{Ruling, file, may_return, rule, times};
pub use state::{Order, change, of, refuse_archived};
