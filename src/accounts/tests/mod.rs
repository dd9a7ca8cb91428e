mod bench;
mod door;
mod limits;
mod setting_up;

use super::*;
use bench::Bench;
use chrono::TimeDelta;
