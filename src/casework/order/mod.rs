//! The order (工单) is the layer of a case in which it is handed round: who
//! holds it, until when, with what result. It is no second record but the case
//! read in another way. Until it is signed, its state is the stage of the case
//! (待签收, 退回待裁定, 争议待仲裁, 已签收); from then on the stage tells how
//! the child is protected, and [`OrderState`](crate::rules::orderflow::OrderState)
//! tells how far the order is: in hand, result handed in, resolved and to be
//! called back, called back, archived. So a resolved order (办结) does not close
//! the case.
//!
//! Every step of an order moves the version of its case, so that two who act
//! on the same order at once are told apart by the same number. What happens by
//! itself ([`watch()`]) does not, so that nobody's form goes stale by it.

mod callback;
mod ending;
mod extension;
mod feedback;
mod holding;
mod known;
mod pause;
mod returned;
mod second_tip;
mod state;
mod supervision;
mod urging;
mod watch;

pub use callback::{CallBack, Side, TOLD, WAYS, call_back, callbacks, safe_cases};
pub use ending::{Evaluate, RATERS, VALUES, archive, evaluate, evaluations};
pub use extension::{ExtensionAsk, ask_extension, rule_extension};
pub use feedback::{
    HandIn, accept_result, case_closed, case_reopened, hand_in, handed_over, results, send_back_result,
};
pub use known::{Known, known};
pub use pause::{PauseAsk, ask_pause, drop_pause, end_pause, rule_pause};
pub use returned::{Ruling, file, may_return, returns, rule, times};
pub use state::{Order, change, of, refuse_archived};
pub use supervision::{Supervise, answer_supervision, end_supervision, level_label, levels, supervise, supervisions};
pub use urging::{Urge, Urging, caller_urges, source_label, urge, urgings};
pub use watch::watch;
