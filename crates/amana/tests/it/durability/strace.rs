//! Reading what `strace -f -y -o FILE` wrote.
//!
//! One line for each call, or two when another thread was heard of in between: `… <unfinished ...>` where it began and
//! `<... name resumed>…` where it ended. The tracer stops a thread at both ends of a call, so when one call's end
//! stands before another's beginning, it really was over before.

use std::collections::HashMap;

/// A call that succeeded.
#[derive(Debug)]
pub(super) struct Call {
    name: String,
    /// File descriptor with its path, and what follows.
    arguments: String,
    /// The number of the line where it began.
    pub(super) began: usize,
    /// The number of the line where it ended.
    pub(super) ended: usize,
    /// What it returned.
    value: u64,
}

#[derive(Debug)]
pub(super) struct Trace(Vec<Call>);

impl Trace {
    pub(super) fn read(text: &str) -> Self {
        let (mut calls, mut open) = (Vec::new(), HashMap::<&str, (usize, String, String)>::new());
        for (number, line) in text.lines().enumerate() {
            let Some((thread, what)) = line.split_once(' ') else { continue };
            let what = what.trim_start();
            if let Some(begun) = what.strip_suffix(" <unfinished ...>") {
                if let Some((name, arguments)) = begun.split_once('(') {
                    open.insert(thread, (number, name.to_owned(), arguments.to_owned()));
                }
                continue;
            }
            let (began, name, arguments, rest) = if let Some(resumed) = what.strip_prefix("<... ") {
                let Some((began, name, arguments)) = open.remove(thread) else { continue };
                (began, name, arguments, resumed.to_owned())
            } else {
                let Some((name, rest)) = what.split_once('(') else { continue };
                (number, name.to_owned(), rest.to_owned(), rest.to_owned())
            };
            // Failures return -1, and a call that never ended has no value.
            let value = rest.rsplit_once(" = ").and_then(|(_, value)| value.split(' ').next()?.parse().ok());
            if let Some(value) = value {
                calls.push(Call { name, arguments, began, ended: number, value });
            }
        }
        calls.sort_by_key(|call| call.began);
        Self(calls)
    }

    /// Answers with 200 on their way to a socket.
    pub(super) fn answers(&self) -> impl Iterator<Item = &Call> {
        self.0.iter().filter(|call| call.arguments.contains("\"HTTP/1.1 200 OK"))
    }

    /// Syncs of the journal.
    pub(super) fn journal_syncs(&self) -> impl Iterator<Item = &Call> {
        self.0.iter().filter(|call| matches!(call.name.as_str(), "fdatasync" | "fsync") && call.is_on_journal())
    }

    /// How many bytes of the journal are certainly on the disk where a line begins: a sync that has ended by then covers
    /// what was written before it began.
    pub(super) fn synced_bytes_before(&self, line: usize) -> u64 {
        let covered = self.journal_syncs().filter(|sync| sync.ended < line).map(|sync| sync.began).max();
        let writes = self.0.iter().filter(|call| call.name.contains("write") && call.is_on_journal());
        writes.filter(|write| covered.is_some_and(|covered| write.ended < covered)).map(|write| write.value).sum()
    }
}

impl Call {
    fn is_on_journal(&self) -> bool {
        self.arguments.split('>').next().is_some_and(|file| file.contains("/store/logs/journal"))
    }
}

#[test]
fn calls_that_other_threads_interrupt_are_put_together() {
    let trace = Trace::read(
        "7  pwrite64(9</d/store/logs/journal/0>, \"x\"..., 8, 0 <unfinished ...>\n\
         8  fdatasync(9</d/store/logs/journal/0> <unfinished ...>\n\
         7  <... pwrite64 resumed>)             = 8\n\
         8  <... fdatasync resumed>)            = 0 (DELAYED)\n\
         8  fdatasync(9</d/store/logs/journal/0>) = 0 (DELAYED)\n\
         9  sendto(5<socket:[1]>, \"HTTP/1.1 200 OK\\r\"..., 99, MSG_NOSIGNAL, NULL, 0) = 99\n\
         7  fdatasync(9</d/store/logs/journal/0>) = -1 EIO (Input/output error)\n",
    );
    assert_eq!(trace.journal_syncs().count(), 2, "what failed is no sync");
    assert_eq!(trace.answers().next().unwrap().began, 5);
    assert_eq!(trace.synced_bytes_before(4), 0, "the first sync began before the write had ended");
    assert_eq!(trace.synced_bytes_before(5), 8);
}
