//! How far an import is: a bar with rate and rest for whoever looks at a terminal, and nothing where nobody does.

use super::Failure;
use crate::import::send::Sent;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// The progress of an import. It draws to standard error where that is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    begun: Instant,
}

impl Progress {
    /// The progress of a file of so many bytes, of which nothing is sent.
    pub(super) fn begin(bytes: u64) -> Result<Self, Failure> {
        Self::on(ProgressDrawTarget::stderr(), bytes)
    }

    fn on(target: ProgressDrawTarget, bytes: u64) -> Result<Self, Failure> {
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        bar.set_style(ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {eta} left")?);
        Ok(Self { bar, begun: Instant::now() })
    }

    /// Shows how far it is.
    pub(super) fn tell(&self, sent: Sent) {
        // The words come first, for each of the three draws.
        self.bar.set_message(format!("{} rows  {}/s", HumanCount(sent.rows), rate(sent.rows, self.begun.elapsed())));
        self.bar.set_length(sent.total);
        self.bar.set_position(sent.done);
    }

    /// Takes the bar away, so that what is said now stands by itself, and says how long it took.
    pub(super) fn end(self) -> Duration {
        self.bar.finish_and_clear();
        self.begun.elapsed()
    }
}

/// Rows a second.
pub(super) fn rate(rows: u64, elapsed: Duration) -> HumanCount {
    // A file that took no time at all took a millisecond.
    let millis = elapsed.as_millis().max(1);
    let rate = u128::from(rows) * 1_000 / millis;
    HumanCount(u64::try_from(rate).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io;
    use std::sync::{Arc, Mutex};

    /// A terminal that remembers what was written to it.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl Screen {
        fn put(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn shows(&self) -> String {
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            100
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.put(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.put(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.put("\n")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_bar_shows_share_rows_rate_and_rest() {
        let screen = Screen::default();
        let progress = Progress::on(ProgressDrawTarget::term_like(Box::new(screen.clone())), 4_000).unwrap();
        for (done, share) in [(1_000, " 25 %"), (2_000, " 50 %"), (4_000, "100 %")] {
            progress.tell(Sent { total: 4_000, done, rows: done * 3 });
            let shown = screen.shows();
            let rows = format!("{} rows  ", HumanCount(done * 3));
            for part in [share, &rows, "/s  ", " left"] {
                assert!(shown.contains(part), "{part:?} is not in {shown:?}");
            }
        }
        progress.end();
        assert_eq!(screen.shows().trim(), "", "nothing of it stays");
    }

    /// What is rejected in a running import makes no difference to the length: it is told by each answer anew.
    #[test]
    fn the_bar_follows_what_is_told_of_the_length() {
        let screen = Screen::default();
        let progress = Progress::on(ProgressDrawTarget::term_like(Box::new(screen.clone())), 10).unwrap();
        progress.tell(Sent { total: 1_000, done: 10, rows: 1 });
        let shown = screen.shows();
        assert!(shown.contains("  1 %"), "{shown:?}");
    }

    #[test]
    fn a_rate_is_rows_in_a_second() {
        let told = |rows, millis| rate(rows, Duration::from_millis(millis)).to_string();
        assert_eq!(told(0, 0), "0");
        assert_eq!(told(12_000, 2_000), "6,000");
        assert_eq!(told(1, 3_000), "0");
        assert_eq!(told(7, 0), "7,000");
        assert_eq!(told(u64::MAX, 1), "18,446,744,073,709,551,615");
    }
}
