//! What is to happen, in the order of its time; of two at the same time the
//! one that was planned first.

use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Something that happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// Somebody calls the hotline.
    Call,
    /// An obliged reporter sends a report.
    Report,
    /// The operator decides what becomes of the call with this position.
    Desk(usize),
    /// Somebody turns to the case with this position.
    Case(usize),
    /// Somebody turns to the joint task with this position.
    Task(usize),
    /// Somebody turns to the order of the case with this position.
    Order(usize),
    /// Somebody turns to the transfer with this position.
    Transfer(usize),
    /// Somebody turns to the measure with this position.
    Measure(usize),
    /// Something happens beside the usual way of some case.
    Aside,
    /// The person with this position goes on leave.
    Leave(usize),
    /// Where the person with this position stands in is looked up anew.
    Seat(usize),
    /// Somebody resigns, or gives up a post.
    Resign,
    /// The vacancy with this position is filled.
    Fill(usize),
    /// The worker is killed in the middle of a round.
    Kill,
    /// The database takes nothing any more.
    Break,
    /// The database works again.
    Mend,
    /// The clock jumps ahead by so many hours.
    Jump(u32),
    /// A week is over.
    Week,
}

/// What is to happen.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<(DateTime<Utc>, u64, Event)>>,
    planned: u64,
}

impl Queue {
    /// Plans an event.
    pub(super) fn plan(&mut self, at: DateTime<Utc>, event: Event) {
        self.planned += 1;
        self.heap.push(Reverse((at, self.planned, event)));
    }

    /// When the next event is due.
    pub(super) fn next_at(&self) -> Option<DateTime<Utc>> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes the next event.
    pub(super) fn take(&mut self) -> Option<(DateTime<Utc>, Event)> {
        self.heap.pop().map(|Reverse((at, _, event))| (at, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn events_come_by_their_time_and_then_in_the_order_of_planning() {
        let mut queue = Queue::default();
        let at = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        queue.plan(at(2), Event::Week);
        queue.plan(at(1), Event::Kill);
        queue.plan(at(1), Event::Call);
        assert_eq!(queue.next_at(), Some(at(1)));
        let order: Vec<Event> = std::iter::from_fn(|| queue.take()).map(|(_, event)| event).collect();
        assert_eq!(order, [Event::Kill, Event::Call, Event::Week]);
    }
}
