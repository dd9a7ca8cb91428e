//! Where everything stands in the drawing, in the units of its view box.

use super::lines::Line;
use crate::clock;
use chrono::{DateTime, TimeDelta, Utc};

/// Where the time axis begins and ends, from the left: half a label of the
/// axis fits beside either end.
const LEFT: i64 = 330;
const RIGHT: i64 = 955;
/// Height of a row, and where the first one begins.
const ROW: i64 = 28;
const TOP: i64 = 42;
/// So much of the past and of the future is drawn.
const BACK: TimeDelta = TimeDelta::days(90);
const AHEAD: TimeDelta = TimeDelta::days(30);
/// What is shorter is still seen.
const THINNEST: i64 = 4;
/// Hours between two marks of the axis, and so many marks at most.
const DAY: i64 = 24;
const STEPS: [i64; 10] = [1, 2, 3, 6, 12, DAY, DAY * 2, DAY * 5, DAY * 10, DAY * 20];
const TICKS: i64 = 6;
/// What fits at the left of the axis, a letter or digit as one, a Chinese
/// character as two.
const WORDS: usize = 44;
/// How long the word of a bar is at most, and between it and what is beside it.
const WORD: i64 = 48;
const GAP: i64 = 4;
/// From here on a word would leave the drawing: it stands before its bar.
const LATE: i64 = 700;

/// One bar.
#[derive(Debug, Clone)]
pub struct Bar {
    /// The words at its left, cut to what fits.
    pub label: String,
    /// How it stands.
    pub word: &'static str,
    /// Where its word begins, or ends when it stands before the bar.
    pub word_x: i64,
    /// Whether its word stands before the bar.
    pub before: bool,
    /// The class of its colour.
    pub kind: &'static str,
    /// Its left end.
    pub x: i64,
    /// Its top.
    pub y: i64,
    /// The line of its words.
    pub base: i64,
    /// Its length.
    pub width: i64,
    /// Where its due time is.
    pub due: Option<i64>,
}

/// A mark of the axis.
#[derive(Debug, Clone)]
pub struct Tick {
    /// From the left.
    pub x: i64,
    /// The day.
    pub label: String,
}

/// The drawing.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// Its height; it is a thousand wide.
    pub height: i64,
    /// Where now is.
    pub now: i64,
    /// The bars.
    pub bars: Vec<Bar>,
    /// The marks of the axis.
    pub ticks: Vec<Tick>,
}

/// A stretch of time laid along the axis.
struct Axis {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Axis {
    fn x(&self, at: DateTime<Utc>) -> i64 {
        let whole = (self.to - self.from).num_seconds().max(1);
        let part = (at.clamp(self.from, self.to) - self.from).num_seconds();
        LEFT + (RIGHT - LEFT) * part / whole
    }
}

/// Lays the rows out.
pub(super) fn draw(lines: &[Line], opened: DateTime<Utc>, now: DateTime<Utc>) -> Drawing {
    let last = lines.iter().filter_map(|line| line.due).max().unwrap_or(now);
    let axis = Axis {
        from: opened.clamp(now - BACK, now),
        to: last.clamp(now + TimeDelta::days(1), now + AHEAD),
    };
    let bars = lines
        .iter()
        .zip(0..)
        .map(|(line, row)| bar(line, &axis, row, now))
        .collect();
    let rows = i64::try_from(lines.len()).unwrap_or_default();
    Drawing {
        height: TOP + ROW * rows + 8,
        now: axis.x(now),
        bars,
        ticks: ticks(&axis),
    }
}

fn bar(line: &Line, axis: &Axis, row: i64, now: DateTime<Utc>) -> Bar {
    // What is open reaches to now at least, and on to its due time.
    let until = line.done.unwrap_or_else(|| line.due.map_or(now, |due| due.max(now)));
    let (x, end) = (axis.x(line.since), axis.x(until));
    let y = TOP + ROW * row;
    let due = line.due.map(|due| axis.x(due));
    let (word_x, before) = word(x, due);
    Bar {
        label: cut(&format!("{} {}", line.who, line.what)),
        word: line.mark.label(),
        word_x,
        before,
        kind: line.mark.kind(),
        x: x.min(RIGHT - THINNEST),
        y: y + 5,
        base: y + 19,
        width: (end - x).max(THINNEST),
        due,
    }
}

/// Where the word of a bar stands that begins at `x`: in it, behind the mark of
/// its due time if that would cross the word, before it at the right edge.
fn word(x: i64, due: Option<i64>) -> (i64, bool) {
    match due {
        _ if x > LATE => (x - GAP, true),
        Some(due) if (x..x + WORD).contains(&due) => (due + GAP, false),
        _ => (x + GAP, false),
    }
}

/// How wide a text is, as [`WORDS`] counts.
fn wide(text: &str) -> usize {
    text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum()
}

fn cut(text: &str) -> String {
    if wide(text) <= WORDS {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while wide(&kept) + wide("…") > WORDS {
        kept.pop();
    }
    format!("{kept}…")
}

/// Moments that a reader knows without counting: round hours or midnights in
/// Shanghai, at most [`TICKS`], with the hour where a day holds several.
fn ticks(axis: &Axis) -> Vec<Tick> {
    let whole = axis.to - axis.from;
    let hours = STEPS.into_iter().find(|hours| TimeDelta::hours(hours * TICKS) >= whole);
    let step = TimeDelta::hours(hours.unwrap_or(DAY * 30));
    let format = if step < TimeDelta::days(1) {
        "%m-%d %H:%M"
    } else {
        "%m-%d"
    };
    let first = clock::midnight(clock::day(axis.from)).unwrap_or(axis.from);
    let rounds = std::iter::successors(Some(first), |at| Some(*at + step));
    rounds
        .skip_while(|at| *at < axis.from)
        .take_while(|at| *at <= axis.to)
        .map(|at| Tick {
            x: axis.x(at),
            label: at.with_timezone(&clock::shanghai()).format(format).to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::lines::Mark;
    use super::*;

    /// The marks of an axis that begins on a Friday noon in Shanghai.
    fn marks(hours: i64) -> Vec<String> {
        let from = DateTime::parse_from_rfc3339("2026-11-27T12:10:00+08:00")
            .unwrap()
            .to_utc();
        let to = from + TimeDelta::hours(hours);
        ticks(&Axis { from, to }).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn the_axis_is_marked_at_round_hours_and_midnights() {
        assert_eq!(
            marks(6),
            [
                "11-27 13:00",
                "11-27 14:00",
                "11-27 15:00",
                "11-27 16:00",
                "11-27 17:00",
                "11-27 18:00"
            ]
        );
        assert_eq!(
            marks(30),
            [
                "11-27 18:00",
                "11-28 00:00",
                "11-28 06:00",
                "11-28 12:00",
                "11-28 18:00"
            ]
        );
        assert_eq!(marks(75), ["11-28", "11-29", "11-30"]);
        assert_eq!(marks(24 * 120).len(), 6);
        for hours in 24..2_900 {
            let marks = marks(hours);
            assert!((2..=7).contains(&marks.len()), "{hours}: {marks:?}");
        }
    }

    #[test]
    fn a_label_keeps_the_number_of_its_task_as_long_as_it_fits() {
        let whole = "应县公安局 出警 RW-20261128-0003";
        assert_eq!(cut(whole), whole);
        let long = cut("朔州市未成年人保护工作办公室 签收协办：监护评估 RW-20261128-0003");
        assert_eq!(long, "朔州市未成年人保护工作办公室 签收协办：监…");
    }

    #[test]
    fn every_bar_lies_on_the_axis_whatever_its_times_are() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let line = |since, due: Option<i64>, done: Option<i64>| Line {
            part: "协办任务",
            who: "应县公安局".to_owned(),
            what: "出具告诫书 RW-20261123-0001 很长的名称".to_owned(),
            href: None,
            since: now + TimeDelta::hours(since),
            due: due.map(|hours| now + TimeDelta::hours(hours)),
            done: done.map(|hours| now + TimeDelta::hours(hours)),
            mark: Mark::Working,
        };
        let lines = [
            line(-10_000, Some(20_000), None),
            line(-3, Some(-2), None),
            line(-3, None, Some(-1)),
            line(0, None, None),
            line(40, Some(50), None),
        ];
        let drawn = draw(&lines, now - TimeDelta::days(400), now);
        for bar in &drawn.bars {
            assert!(bar.x >= LEFT && bar.width >= THINNEST, "{bar:?}");
            assert!(bar.x + bar.width <= RIGHT + THINNEST, "{bar:?}");
            assert!(wide(&bar.label) <= WORDS, "{bar:?}");
            let crossed = |due: i64| (bar.word_x..bar.word_x + WORD).contains(&due);
            assert!(bar.before || !bar.due.is_some_and(crossed), "{bar:?}");
        }
        assert!((LEFT..=RIGHT).contains(&drawn.now));
        assert!(
            drawn.bars[0].x + drawn.bars[0].width == RIGHT,
            "what lies beyond reaches the edge"
        );
    }
}
