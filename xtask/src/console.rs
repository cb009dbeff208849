//! What the commands print. Progress goes to the error stream, results to the standard one.

use std::io::Write;
use std::time::Duration;

/// A line of result.
pub(crate) fn line(text: &str) {
    // A closed stream, as with `| head`, is no reason to fail.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line saying what is going on.
pub(crate) fn progress(text: &str) {
    let _ = writeln!(std::io::stderr(), "couplet: {text}");
}

/// A line saying what went wrong.
pub(crate) fn error(text: &str) {
    let _ = writeln!(std::io::stderr(), "couplet: error: {text}");
}

/// A duration for people, such as `4.2 s` or `3 min 05 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(4_230)), "4.2 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
    }
}
