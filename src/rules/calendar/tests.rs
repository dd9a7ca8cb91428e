use super::*;
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn working(n: u32) -> Amount {
    Amount::new(n, TimeUnit::WorkingDays)
}

#[test]
fn make_up_saturdays_count_and_holidays_do_not() {
    let calendar = Calendar::embedded();
    for (date, expected) in [
        ("2026-01-04", true),  // a make-up Sunday
        ("2026-02-14", true),  // a make-up Saturday
        ("2026-02-16", false), // a Monday of the Spring Festival
        ("2026-10-10", true),
        ("2026-11-21", false), // a plain Saturday
        ("2026-11-23", true),
    ] {
        assert_eq!(calendar.is_workday(day(date)), Ok(expected), "{date}");
    }
}

#[test]
fn the_spring_festival_is_stepped_over() {
    let calendar = Calendar::embedded();
    let before = at("2026-02-13T16:00:00+08:00");
    assert_eq!(calendar.add(before, working(1)), Ok(at("2026-02-14T23:59:59+08:00")));
    assert_eq!(calendar.add(before, working(2)), Ok(at("2026-02-24T23:59:59+08:00")));
}

#[test]
fn the_turn_of_a_year_uses_both_calendars() {
    let calendar = Calendar::embedded();
    assert_eq!(
        calendar.add(at("2025-12-31T09:00:00+08:00"), working(1)),
        Ok(at("2026-01-04T23:59:59+08:00"))
    );
}

#[test]
fn a_year_without_rows_is_an_error_and_not_a_guess() {
    let calendar = Calendar::embedded();
    let late = at("2026-12-30T09:00:00+08:00");
    assert_eq!(calendar.is_workday(day("2027-03-01")), Err(NoCalendar { year: 2027 }));
    assert_eq!(calendar.add(late, working(5)), Err(NoCalendar { year: 2027 }));
    assert!(calendar.add(late, Amount::new(72, TimeUnit::Hours)).is_ok());
    assert!(calendar.add(late, Amount::new(7, TimeUnit::NaturalDays)).is_ok());
}

#[test]
fn a_year_without_rows_is_counted_by_the_week_and_says_so() {
    let calendar = Calendar::embedded();
    let late = at("2026-12-30T09:00:00+08:00");
    let guess = calendar.reckon(late, working(5));
    assert_eq!(
        guess,
        Reckoned {
            at: at("2027-01-06T23:59:59+08:00"),
            guessed: Some(2027)
        }
    );
    let known = calendar.reckon(late, working(1));
    assert_eq!((known.at, known.guessed), (at("2026-12-31T23:59:59+08:00"), None));
    let hours = calendar.reckon(late, Amount::new(20, TimeUnit::WorkingHours));
    assert_eq!((hours.at, hours.guessed), (at("2027-01-01T17:30:00+08:00"), Some(2027)));
}

#[test]
fn working_hours_run_within_the_day_and_stand_still_at_noon_at_night_and_on_holidays() {
    let calendar = Calendar::embedded();
    let hours = |from: &str, n| calendar.reckon(at(from), Amount::new(n, TimeUnit::WorkingHours)).at;
    for (from, n, until) in [
        ("2026-11-23T09:00:00+08:00", 2, "2026-11-23T11:00:00+08:00"),
        ("2026-11-23T11:00:00+08:00", 2, "2026-11-23T15:30:00+08:00"),
        ("2026-11-23T13:00:00+08:00", 1, "2026-11-23T15:30:00+08:00"),
        ("2026-11-23T17:00:00+08:00", 2, "2026-11-24T09:30:00+08:00"),
        ("2026-11-27T20:00:00+08:00", 1, "2026-11-30T09:30:00+08:00"),
        ("2026-02-14T17:00:00+08:00", 2, "2026-02-24T09:30:00+08:00"),
    ] {
        assert_eq!(hours(from, n), at(until), "{from} + {n}");
    }
    let summer = WorkingHours::parse("08:00-12:00,15:00-18:00").unwrap();
    let calendar = calendar.at_hours(summer);
    let two = calendar.reckon(at("2026-11-23T11:00:00+08:00"), Amount::new(2, TimeUnit::WorkingHours));
    assert_eq!(two.at, at("2026-11-23T16:00:00+08:00"));
}

#[test]
fn working_hours_are_read_as_people_type_them_and_told_the_same_way() {
    let hours = WorkingHours::default();
    assert_eq!(hours.to_string(), WorkingHours::DEFAULT);
    for text in ["08:30-12:00,14:30-18:00", " 08：30－12：00，14：30至18：00 "] {
        assert_eq!(WorkingHours::parse(text), Some(hours.clone()), "{text}");
    }
    for text in [
        "",
        "8",
        "09:00-08:00",
        "08:30-12:00,11:00-18:00",
        "09:00-09:30",
        "09:00-25:00",
    ] {
        assert_eq!(WorkingHours::parse(text), None, "{text}");
    }
}

#[test]
fn twenty_four_hours_run_over_midnight_and_new_year_to_the_second() {
    let calendar = Calendar::embedded();
    for (from, until) in [
        ("2026-11-23T23:59:59+08:00", "2026-11-24T23:59:59+08:00"),
        ("2026-12-31T20:15:00+08:00", "2027-01-01T20:15:00+08:00"),
        ("2024-02-28T12:00:00+08:00", "2024-02-29T12:00:00+08:00"),
    ] {
        let day = calendar.reckon(at(from), Amount::new(24, TimeUnit::Hours));
        assert_eq!((day.at, day.guessed), (at(until), None), "{from}");
    }
}

#[test]
fn what_is_counted_back_ends_with_the_day_so_long_before() {
    let calendar = Calendar::embedded();
    let end = at("2026-03-31T23:59:59+08:00");
    for (amount, before) in [
        (Amount::new(30, TimeUnit::NaturalDays), "2026-03-01T23:59:59+08:00"),
        (Amount::new(7, TimeUnit::NaturalDays), "2026-03-24T23:59:59+08:00"),
        (Amount::new(1, TimeUnit::Months), "2026-02-28T23:59:59+08:00"),
        (Amount::new(24, TimeUnit::Hours), "2026-03-30T23:59:59+08:00"),
        (working(3), "2026-03-26T23:59:59+08:00"),
    ] {
        assert_eq!(calendar.before(end, amount).at, at(before), "{amount}");
    }
}

#[test]
fn what_stood_still_goes_on_with_what_was_left() {
    let calendar = Calendar::embedded();
    let (start, pause, on) = (
        at("2026-11-23T09:00:00+08:00"),
        at("2026-11-24T10:00:00+08:00"),
        at("2026-12-01T08:00:00+08:00"),
    );
    for (unit, n, due) in [
        (TimeUnit::Hours, 72, "2026-12-03T07:00:00+08:00"),
        (TimeUnit::NaturalDays, 7, "2026-12-07T23:59:59+08:00"),
        // Of five working days (until the 30th), four were left.
        (TimeUnit::WorkingDays, 5, "2026-12-07T23:59:59+08:00"),
        (TimeUnit::WorkingDays, 1, "2026-12-01T23:59:59+08:00"),
    ] {
        let first = calendar.reckon(start, Amount::new(n, unit)).at;
        assert_eq!(calendar.go_on(unit, (pause, first), on).at, at(due), "{n} {unit:?}");
    }
}

#[test]
fn a_later_row_replaces_an_earlier_one() {
    let row = |date: &str, kind: &str| WorkdayRow {
        date: date.to_owned(),
        kind: kind.to_owned(),
        name: "本市安排".to_owned(),
    };
    let rows = [row("2026-11-23", "holiday"), row("2027-01-01", "holiday")];
    let calendar = Calendar::embedded().with(&rows);
    assert_eq!(calendar.is_workday(day("2026-11-23")), Ok(false));
    assert_eq!(calendar.is_workday(day("2027-03-01")), Ok(true));
}

#[test]
fn the_day_is_the_one_in_shanghai() {
    let calendar = Calendar::embedded();
    // Sunday evening in Greenwich is Monday morning here.
    let monday = at("2026-11-22T23:00:00Z");
    assert_eq!(local_date(monday), day("2026-11-23"));
    assert_eq!(calendar.add(monday, working(1)), Ok(at("2026-11-24T23:59:59+08:00")));
}

#[test]
fn months_end_on_the_last_day_there_is() {
    let calendar = Calendar::embedded();
    assert_eq!(
        calendar.add(at("2026-08-31T10:00:00+08:00"), Amount::new(6, TimeUnit::Months)),
        Ok(at("2027-02-28T23:59:59+08:00"))
    );
}

proptest! {
    #[test]
    fn more_time_is_never_over_earlier(start in 0i64..500, n in 0u32..40, unit in 0usize..6) {
        let calendar = Calendar::embedded();
        let from = at("2024-02-01T10:00:00+08:00") + TimeDelta::days(start);
        let unit = TimeUnit::ALL[unit];
        let less = calendar.add(from, Amount::new(n, unit)).unwrap();
        let more = calendar.add(from, Amount::new(n + 1, unit)).unwrap();
        prop_assert!(from <= less && less < more);
    }

    /// What is counted in two pieces ends where it ends in one; months are
    /// left out, because two months from the end of January are not one month
    /// and one month.
    #[test]
    fn two_pieces_of_time_end_where_the_whole_does(
        start in 0i64..500, minute in 0i64..1440, first in 1u32..20, second in 0u32..20, unit in 0usize..5,
    ) {
        let calendar = Calendar::embedded();
        let from = at("2024-02-01T00:00:00+08:00") + TimeDelta::days(start) + TimeDelta::minutes(minute);
        let unit = TimeUnit::ALL[unit];
        let whole = calendar.reckon(from, Amount::new(first + second, unit)).at;
        let half = calendar.reckon(from, Amount::new(first, unit)).at;
        prop_assert_eq!(whole, calendar.reckon(half, Amount::new(second, unit)).at);
    }

    #[test]
    fn who_starts_later_is_never_due_earlier(
        start in 0i64..500, later in 0i64..5000, n in 0u32..40, unit in 0usize..6,
    ) {
        let calendar = Calendar::embedded();
        let from = at("2024-02-01T10:00:00+08:00") + TimeDelta::days(start);
        let amount = Amount::new(n, TimeUnit::ALL[unit]);
        let after = from + TimeDelta::minutes(later);
        let (one, two) = (calendar.reckon(from, amount).at, calendar.reckon(after, amount).at);
        prop_assert!(one <= two);
        prop_assert!(from <= one && after <= two, "never due before its start");
    }

    #[test]
    fn a_due_working_day_is_one_that_people_work_on(start in 0i64..700, n in 1u32..40) {
        let calendar = Calendar::embedded();
        let from = at("2024-01-01T10:00:00+08:00") + TimeDelta::days(start);
        let due = calendar.reckon(from, working(n)).at;
        prop_assert_eq!(calendar.is_workday(local_date(due)), Ok(true));
    }

    #[test]
    fn a_month_ends_on_the_same_day_or_the_last_there_is(start in 0i64..900, n in 1u32..24) {
        let calendar = Calendar::embedded();
        let from = at("2024-01-01T10:00:00+08:00") + TimeDelta::days(start);
        let (first, last) = (local_date(from), local_date(calendar.reckon(from, Amount::new(n, TimeUnit::Months)).at));
        prop_assert!(last.day() == first.day() || (last.day() < first.day() && last.succ_opt().unwrap().day() == 1));
    }

    #[test]
    fn a_pause_never_gives_less_time_than_was_left(start in 0i64..500, gone in 1i64..90, stood in 0i64..90, n in 1u32..30, unit in 0usize..6) {
        let calendar = Calendar::embedded();
        let from = at("2024-02-01T10:00:00+08:00") + TimeDelta::days(start);
        let unit = TimeUnit::ALL[unit];
        let due = calendar.reckon(from, Amount::new(n, unit)).at;
        let pause = from + TimeDelta::hours(gone);
        prop_assume!(pause < due);
        let on = calendar.go_on(unit, (pause, due), pause + TimeDelta::days(stood)).at;
        prop_assert!(on >= due);
    }

    #[test]
    fn working_days_are_never_shorter_than_natural_ones(start in 0i64..500, n in 1u32..40) {
        let calendar = Calendar::embedded();
        let from = at("2024-02-01T10:00:00+08:00") + TimeDelta::days(start);
        let natural = calendar.add(from, Amount::new(n, TimeUnit::NaturalDays)).unwrap();
        prop_assert!(natural <= calendar.add(from, working(n)).unwrap());
    }
}
