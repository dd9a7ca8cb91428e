mod bench;
mod door;
mod keeping;
mod limits;
mod setting_up;

use super::*;
use bench::Bench;
use chrono::TimeDelta;
