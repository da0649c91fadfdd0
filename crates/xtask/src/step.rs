//! The steps of a chore as the terminal shows them: what is being done, how it ended, how long it took.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const BOLD: &str = "1";
const GREEN: &str = "32";
const RED: &str = "31";
const DIM: &str = "2";

/// Prints the steps of one chore.
pub(crate) struct Steps {
    begun: Instant,
    coloured: bool,
}

impl Steps {
    pub(crate) fn begin() -> Self {
        let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { begun: Instant::now(), coloured }
    }

    /// Runs a step. What it answers is printed behind its name: a short remark, or all that was wrong.
    pub(crate) fn step(&self, name: &str, work: impl FnOnce() -> Result<String, String>) -> Result<(), String> {
        say(&format!("{} {}", self.paint(DIM, "▸"), self.paint(BOLD, name)));
        let begun = Instant::now();
        let outcome = work();
        let took = self.paint(DIM, &shown(begun.elapsed()));
        match outcome {
            Ok(remark) => {
                say(&format!(
                    "{} {name}  {took}{}{remark}",
                    self.paint(GREEN, "✓"),
                    if remark.is_empty() { "" } else { "  " }
                ));
                Ok(())
            }
            Err(problem) => {
                say(&format!("{} {name}  {took}", self.paint(RED, "✗")));
                for line in problem.lines() {
                    say(&format!("    {line}"));
                }
                Err(name.to_owned())
            }
        }
    }

    /// The last line of a chore, and how the process ends.
    pub(crate) fn conclude(&self, outcome: Result<(), String>) -> ExitCode {
        let took = shown(self.begun.elapsed());
        match outcome {
            Ok(()) => {
                say(&format!("{} {}", self.paint(GREEN, "done"), self.paint(DIM, &format!("in {took}"))));
                ExitCode::SUCCESS
            }
            Err(failed) => {
                say(&format!("{} {failed} {}", self.paint(RED, "failed:"), self.paint(DIM, &format!("after {took}"))));
                ExitCode::FAILURE
            }
        }
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.coloured { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Prints a line. A reader who has seen enough and closed the pipe (`| head`) is no reason to fail.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_shown_in_minutes() {
        assert_eq!(shown(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(shown(Duration::from_secs(125)), "2 min 05 s");
    }
}
