//! The picture of a simulation: open cases as a line, missed limits as bars,
//! week by week, with a sentence that says what it shows.

use chrono::{Days, NaiveDate};

/// One week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// The day in Shanghai on which it ended.
    pub ends: NaiveDate,
    /// Cases open at its end.
    pub open: u64,
    /// Clocks that ran out in it.
    pub breaches: u64,
}

const WIDTH: u64 = 960;
const HEIGHT: u64 = 460;
const LEFT: u64 = 84;
const RIGHT: u64 = 84;
const TOP: u64 = 84;
const BOTTOM: u64 = 72;
/// So many dates stand under the picture at most.
const DATES: usize = 9;

const LINE: &str = "#1f4e8c";
const BAR: &str = "#e8b59a";
/// Dark enough to be read on white.
const BAR_TEXT: &str = "#9a3412";

/// What the picture shows, in a sentence.
#[must_use]
pub(super) fn sentence(weeks: &[Week]) -> String {
    let peak = weeks.iter().max_by_key(|week| week.open);
    let worst = weeks.iter().max_by_key(|week| week.breaches);
    let (Some(peak), Some(worst), Some(last)) = (peak, worst, weeks.last()) else {
        return "没有满一周，没有曲线。".to_owned();
    };
    format!(
        "共{}周：在办个案最多时（{}）{}件，末周为{}件；超期最多的一周（至{}）{}次。",
        weeks.len(),
        peak.ends,
        peak.open,
        last.open,
        worst.ends,
        worst.breaches,
    )
}

/// The picture as an SVG document.
#[must_use]
pub(super) fn draw(weeks: &[Week]) -> String {
    let told = sentence(weeks);
    let begun = weeks.first().and_then(|week| week.ends.checked_sub_days(Days::new(7)));
    let title = match (begun, weeks.last()) {
        (Some(from), Some(last)) => format!("在办个案与超期，{from} 至 {}", last.ends),
        _ => "在办个案与超期".to_owned(),
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"title desc\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title id=\"title\">{title}</title>\n<desc id=\"desc\">{told}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"30\" font-size=\"17\" font-weight=\"bold\" fill=\"#222222\">{title}</text>\n"
    );
    let most_open = scale(weeks.iter().map(|week| week.open).max().unwrap_or(0));
    let most_missed = scale(weeks.iter().map(|week| week.breaches).max().unwrap_or(0));
    legend(&mut svg);
    grid(&mut svg, (most_open, most_missed));
    dates(&mut svg, weeks);
    bars(&mut svg, weeks, most_missed);
    line(&mut svg, weeks, most_open);
    svg.push_str("</svg>\n");
    svg
}

/// The end of an axis: four even parts, each of 1, 2 or 5 with noughts.
fn scale(most: u64) -> u64 {
    let mut part = 1;
    loop {
        for step in [1, 2, 5] {
            if 4 * part * step >= most {
                return 4 * part * step;
            }
        }
        part *= 10;
    }
}

/// Where a week begins, in tenths.
fn across(at: usize, of: usize) -> u64 {
    let (at, of) = (u64::try_from(at).unwrap_or(0), u64::try_from(of.max(1)).unwrap_or(1));
    LEFT * 10 + (WIDTH - LEFT - RIGHT) * 10 * at / of
}

/// How high above the axis, in tenths.
fn up(value: u64, most: u64) -> u64 {
    (HEIGHT - TOP - BOTTOM) * 10 * value / most
}

fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

fn legend(svg: &mut String) {
    let (line_end, bar) = (LEFT + 28, LEFT + 190);
    let drawn = format!(
        "<path d=\"M{LEFT} 55H{line_end}\" stroke=\"{LINE}\" stroke-width=\"3\"/>\
         <text x=\"{}\" y=\"60\" fill=\"{LINE}\">在办个案（件，左轴）</text>\n\
         <rect x=\"{bar}\" y=\"47\" width=\"14\" height=\"15\" fill=\"{BAR}\"/>\
         <text x=\"{}\" y=\"60\" fill=\"{BAR_TEXT}\">一周内的超期（次，右轴）</text>\n",
        line_end + 8,
        bar + 22,
    );
    svg.push_str(&drawn);
}

fn grid(svg: &mut String, (open, missed): (u64, u64)) {
    let (base, right, middle) = (HEIGHT - BOTTOM, WIDTH - RIGHT, (TOP + HEIGHT - BOTTOM) / 2);
    for quarter in 0..=4 {
        let y = tenths((base * 10) - up(quarter, 4));
        let row = format!(
            "<path d=\"M{LEFT} {y}H{right}\" stroke=\"#e0e0e0\"/>\
             <text x=\"{}\" y=\"{y}\" dy=\"4\" text-anchor=\"end\" fill=\"{LINE}\">{}</text>\
             <text x=\"{}\" y=\"{y}\" dy=\"4\" fill=\"{BAR_TEXT}\">{}</text>\n",
            LEFT - 8,
            open * quarter / 4,
            right + 8,
            missed * quarter / 4,
        );
        svg.push_str(&row);
    }
    let (far, name) = (WIDTH - 20, LEFT + (WIDTH - LEFT - RIGHT) / 2);
    let frame = format!(
        "<path d=\"M{LEFT} {TOP}V{base}H{right}V{TOP}\" fill=\"none\" stroke=\"#555555\"/>\n\
         <text x=\"24\" y=\"{middle}\" text-anchor=\"middle\" fill=\"{LINE}\" \
         transform=\"rotate(-90 24 {middle})\">在办个案（件）</text>\n\
         <text x=\"{far}\" y=\"{middle}\" text-anchor=\"middle\" fill=\"{BAR_TEXT}\" \
         transform=\"rotate(90 {far} {middle})\">超期（次/周）</text>\n\
         <text x=\"{name}\" y=\"{}\" text-anchor=\"middle\" fill=\"#333333\">周末日期</text>\n",
        HEIGHT - 14,
    );
    svg.push_str(&frame);
}

fn dates(svg: &mut String, weeks: &[Week]) {
    let base = HEIGHT - BOTTOM;
    let step = weeks.len().div_ceil(DATES).max(1);
    for (at, week) in weeks.iter().enumerate().step_by(step) {
        let x = tenths(across(at + 1, weeks.len()));
        let mark = format!(
            "<path d=\"M{x} {base}v5\" stroke=\"#555555\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\" fill=\"#333333\">{}</text>\n",
            base + 20,
            week.ends,
        );
        svg.push_str(&mark);
    }
}

fn bars(svg: &mut String, weeks: &[Week], most: u64) {
    let base = (HEIGHT - BOTTOM) * 10;
    for (at, week) in weeks.iter().enumerate().filter(|(_, week)| week.breaches > 0) {
        let (x, next) = (across(at, weeks.len()), across(at + 1, weeks.len()));
        let tall = up(week.breaches, most);
        let (left, wide) = (tenths(x), tenths((next - x) * 8 / 10));
        let (top, tall) = (tenths(base - tall), tenths(tall));
        let bar = format!("<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{tall}\" fill=\"{BAR}\"/>\n");
        svg.push_str(&bar);
    }
}

/// Each point stands at the end of its week.
fn line(svg: &mut String, weeks: &[Week], most: u64) {
    let base = (HEIGHT - BOTTOM) * 10;
    let points: Vec<String> = weeks
        .iter()
        .enumerate()
        .map(|(at, week)| {
            let x = across(at + 1, weeks.len());
            format!("{},{}", tenths(x), tenths(base - up(week.open, most)))
        })
        .collect();
    let points = points.join(" ");
    let line = format!("<polyline points=\"{points}\" fill=\"none\" stroke=\"{LINE}\" stroke-width=\"2\"/>\n");
    svg.push_str(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<Week> {
        let week = |(at, open, breaches): (u64, u64, u64)| Week {
            ends: NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + Days::new(7 * at),
            open,
            breaches,
        };
        [(0, 3, 1), (1, 9, 0), (2, 5, 4)].map(week).into()
    }

    #[test]
    fn the_picture_says_in_words_what_it_shows() {
        let told = sentence(&three());
        assert_eq!(
            told,
            "共3周：在办个案最多时（2026-01-12）9件，末周为5件；超期最多的一周（至2026-01-19）4次。"
        );
        let svg = draw(&three());
        assert!(
            svg.contains(&told) && svg.contains("<polyline points=\"348.0,"),
            "{svg}"
        );
        assert_eq!(svg.matches("<rect").count(), 2 + 2, "the paper, the legend, two weeks");
    }

    #[test]
    fn a_reader_finds_the_axes_the_dates_and_the_legend() {
        let svg = draw(&three());
        for words in [
            "在办个案（件）",
            "超期（次/周）",
            "周末日期",
            "在办个案（件，左轴）",
            "一周内的超期（次，右轴）",
            "2025-12-29 至 2026-01-19",
            ">2026-01-05</text>",
        ] {
            assert!(svg.contains(words), "{words}: {svg}");
        }
    }

    #[test]
    fn axes_end_at_round_numbers_that_hold_everything() {
        assert_eq!([0, 3, 5, 9, 21, 8000, 8001].map(scale), [4, 4, 8, 20, 40, 8000, 20000]);
    }

    #[test]
    fn nothing_makes_an_empty_picture() {
        assert!(draw(&[]).contains("没有满一周"));
    }
}
