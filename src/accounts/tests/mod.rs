mod bench;
mod door;
mod limits;

use super::*;
use bench::Bench;
use chrono::TimeDelta;
