//! The picture of a simulation: open cases as a line, missed limits as bars,
//! week by week, with a sentence that says what it shows.

/// One week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Cases open at its end.
    pub open: u64,
    /// Clocks that ran out in it.
    pub breaches: u64,
}

const WIDTH: u64 = 960;
const HEIGHT: u64 = 400;
const LEFT: u64 = 60;
const RIGHT: u64 = 60;
const TOP: u64 = 60;
const BOTTOM: u64 = 50;

/// What the picture shows, in a sentence.
#[must_use]
pub(super) fn sentence(weeks: &[Week]) -> String {
    let peak = weeks.iter().enumerate().max_by_key(|(_, week)| week.open);
    let worst = weeks.iter().enumerate().max_by_key(|(_, week)| week.breaches);
    let (Some((peak_at, peak)), Some((worst_at, worst)), Some(last)) = (peak, worst, weeks.last()) else {
        return "没有满一周，没有曲线。".to_owned();
    };
    format!(
        "共{}周：在办个案最多为第{}周末的{}件，末周为{}件；超期最多为第{}周的{}次。",
        weeks.len(),
        peak_at + 1,
        peak.open,
        last.open,
        worst_at + 1,
        worst.breaches,
    )
}

/// The picture as an SVG document.
#[must_use]
pub(super) fn draw(weeks: &[Week]) -> String {
    let told = sentence(weeks);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-labelledby=\"title desc\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title id=\"title\">在办个案与超期</title>\n<desc id=\"desc\">{told}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    let most_open = weeks.iter().map(|week| week.open).max().unwrap_or(0).max(1);
    let most_missed = weeks.iter().map(|week| week.breaches).max().unwrap_or(0).max(1);
    axes(&mut svg, (most_open, most_missed), weeks.len());
    bars(&mut svg, weeks, most_missed);
    line(&mut svg, weeks, most_open);
    svg.push_str("</svg>\n");
    svg
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

fn axes(svg: &mut String, (open, missed): (u64, u64), weeks: usize) {
    let (base, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    let mut add = |text: String| {
        svg.push_str(&text);
        svg.push('\n');
    };
    add(format!(
        "<path d=\"M{LEFT} {TOP}V{base}H{right}V{TOP}\" fill=\"none\" stroke=\"#555555\"/>"
    ));
    for quarter in 0..=4 {
        let y = tenths((base * 10) - up(quarter, 4));
        add(format!(
            "<path d=\"M{LEFT} {y}H{right}\" stroke=\"#e0e0e0\"/>\
             <text x=\"{}\" y=\"{y}\" text-anchor=\"end\" fill=\"#1f4e8c\">{}</text>\
             <text x=\"{}\" y=\"{y}\" fill=\"#9a3412\">{}</text>",
            LEFT - 6,
            open * quarter / 4,
            right + 6,
            missed * quarter / 4,
        ));
    }
    let step = weeks.div_ceil(12).max(1);
    for week in (0..weeks).step_by(step) {
        let x = tenths(across(week, weeks));
        let y = base + 18;
        add(format!(
            "<text x=\"{x}\" y=\"{y}\" fill=\"#333333\">第{}周</text>",
            week + 1
        ));
    }
    add(format!(
        "<text x=\"{LEFT}\" y=\"24\" fill=\"#1f4e8c\">━ 在办个案（件，左轴）</text>\
         <text x=\"{}\" y=\"24\" fill=\"#9a3412\">▮ 超期（次/周，右轴）</text>",
        LEFT + 220
    ));
}

fn bars(svg: &mut String, weeks: &[Week], most: u64) {
    let base = (HEIGHT - BOTTOM) * 10;
    for (at, week) in weeks.iter().enumerate().filter(|(_, week)| week.breaches > 0) {
        let (x, next) = (across(at, weeks.len()), across(at + 1, weeks.len()));
        let tall = up(week.breaches, most);
        let (left, wide) = (tenths(x), tenths((next - x) * 8 / 10));
        let (top, tall) = (tenths(base - tall), tenths(tall));
        let bar = format!("<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{tall}\" fill=\"#e8b59a\"/>\n");
        svg.push_str(&bar);
    }
}

fn line(svg: &mut String, weeks: &[Week], most: u64) {
    let base = (HEIGHT - BOTTOM) * 10;
    let points: Vec<String> = weeks
        .iter()
        .enumerate()
        .map(|(at, week)| {
            let x = across(at, weeks.len());
            format!("{},{}", tenths(x), tenths(base - up(week.open, most)))
        })
        .collect();
    let points = points.join(" ");
    let line = format!("<polyline points=\"{points}\" fill=\"none\" stroke=\"#1f4e8c\" stroke-width=\"2\"/>\n");
    svg.push_str(&line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_says_in_words_what_it_shows() {
        let week = |open, breaches| Week { open, breaches };
        let weeks = [week(3, 1), week(9, 0), week(5, 4)];
        let told = sentence(&weeks);
        assert_eq!(
            told,
            "共3周：在办个案最多为第2周末的9件，末周为5件；超期最多为第3周的4次。"
        );
        let svg = draw(&weeks);
        assert!(svg.contains(&told) && svg.contains("<polyline points=\"60.0,253.4 340.0,60.0 620.0,"));
        assert_eq!(svg.matches("fill=\"#e8b59a\"").count(), 2);
    }

    #[test]
    fn nothing_makes_an_empty_picture() {
        assert!(draw(&[]).contains("没有满一周"));
    }
}
