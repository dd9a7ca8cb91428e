//! How people of each role behave: a table of chances, invented to be worse
//! than real offices, so that every rule meets those who break it.

use crate::rules::policy::Role;

/// Chances in thousandths.
#[derive(Debug)]
pub(super) struct Habit {
    role: Role,
    /// Takes many times as long as others.
    pub(super) late: u64,
    /// Does nothing this time and comes back after days.
    pub(super) forgets: u64,
    /// Presses the button twice.
    pub(super) twice: u64,
    /// Acts on a page that was opened before somebody else changed the case.
    pub(super) stale: u64,
    /// Sends the case back.
    pub(super) returns: u64,
    /// Declares an interest in the case.
    pub(super) recused: u64,
    /// Days between two leaves, about.
    pub(super) leave_every: u64,
    /// Longest leave in days.
    pub(super) leave_days: u64,
}

const HABITS: &[Habit] = &[
    habit(Role::Operator, [20, 0, 40, 10, 0, 0], [60, 5]),
    habit(Role::Lead, [60, 20, 30, 10, 0, 0], [60, 7]),
    habit(Role::City, [80, 40, 20, 10, 0, 2], [90, 10]),
    habit(Role::County, [100, 50, 30, 15, 40, 5], [75, 10]),
    habit(Role::Township, [120, 60, 40, 20, 70, 10], [60, 14]),
    habit(Role::Village, [150, 90, 60, 20, 60, 15], [45, 21]),
    habit(Role::Handler, [150, 80, 30, 20, 120, 8], [75, 14]),
    habit(Role::Reporter, [0, 0, 80, 0, 0, 0], [90, 10]),
];

const fn habit(role: Role, chances: [u64; 6], leave: [u64; 2]) -> Habit {
    let [late, forgets, twice, stale, returns, recused] = chances;
    let [leave_every, leave_days] = leave;
    Habit {
        role,
        late,
        forgets,
        twice,
        stale,
        returns,
        recused,
        leave_every,
        leave_days,
    }
}

/// The habit of a role; that of a department where the table has none.
pub(super) fn of(role: Role) -> &'static Habit {
    HABITS
        .iter()
        .find(|habit| habit.role == role)
        .unwrap_or(&HABITS[HABITS.len() - 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_that_acts_has_its_habit() {
        for role in [Role::Operator, Role::Village, Role::Handler, Role::Reporter] {
            assert_eq!(of(role).role, role);
        }
        assert_eq!(of(Role::Auditor).role, Role::Handler);
    }
}
