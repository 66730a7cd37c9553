//! Schedules as cron writes them: how soon one run follows another.

/// The least time between two runs, in seconds. Nothing for a schedule that cannot be read.
#[must_use]
pub fn period(text: &str) -> Option<u32> {
    let text = text.trim().trim_start_matches("TZ=").trim();
    match text {
        "@hourly" => return Some(3_600),
        "@daily" | "@midnight" => return Some(86_400),
        "@weekly" => return Some(7 * 86_400),
        "@monthly" => return Some(28 * 86_400),
        "@yearly" | "@annually" => return Some(365 * 86_400),
        _ => {}
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    let minutes = values(minute, 0, 59)?;
    let hours = values(hour, 0, 23)?;
    let gap = |values: &[u32], around: u32| {
        let next = values.iter().skip(1).copied().chain([values[0] + around]);
        values.iter().zip(next).map(|(at, next)| next - at).min().unwrap_or(around)
    };
    let within_hour = gap(&minutes, 60);
    // Several minutes of one hour follow each other sooner than hours do.
    if minutes.len() > 1 && within_hour < 60 {
        return Some(within_hour * 60);
    }
    let within_day = gap(&hours, 24);
    if hours.len() > 1 {
        return Some(within_day * 3_600);
    }
    let days = match (*day, *month, *weekday) {
        ("*" | "?", "*", "*" | "?") => 1,
        ("*" | "?", "*", weekday) => gap(&values(weekday, 0, 7)?, 7),
        (_, "*", "*" | "?") => 28,
        _ => 365,
    };
    Some(days * 86_400)
}

/// The numbers of one field: `*`, `*/5`, `1,2`, `9-17/2`.
fn values(field: &str, least: u32, most: u32) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').map_or((part, 1), |(range, step)| (range, step.parse().unwrap_or(0)));
        if step == 0 {
            return None;
        }
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if matches!(range, "*" | "?") => (least, most),
            None => number(range).map(|from| (from, if part.contains('/') { most } else { from }))?,
        };
        if from > to || to > most {
            return None;
        }
        found.extend((from..=to).step_by(step as usize));
    }
    found.sort_unstable();
    found.dedup();
    (!found.is_empty()).then_some(found)
}

fn number(text: &str) -> Option<u32> {
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let lower = text.to_ascii_lowercase();
    text.parse().ok().or_else(|| DAYS.iter().position(|day| *day == lower).and_then(|at| u32::try_from(at).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_soon_the_next_run_follows() {
        let of = |text| period(text);
        assert_eq!(of("* * * * *"), Some(60));
        assert_eq!(of("*/5 * * * *"), Some(300));
        assert_eq!(of("0,10 * * * *"), Some(600));
        assert_eq!(of("15 * * * *"), Some(3_600));
        assert_eq!(of("0 */6 * * *"), Some(6 * 3_600));
        assert_eq!(of("30 3 * * *"), Some(86_400));
        assert_eq!(of("0 4 * * mon"), Some(7 * 86_400));
        assert_eq!(of("0 0 1 * *"), Some(28 * 86_400));
        assert_eq!(of("@hourly"), Some(3_600));
        assert_eq!([of("soon"), of("*/0 * * * *"), of("61 * * * *"), of("")], [None; 4]);
    }
}
