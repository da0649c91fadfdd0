//! What an attempt came to, and what follows from it.

use super::backoff::{ATTEMPTS_MAX, pause_millis, retry_after_millis};
use super::reasons::{Failure, Why};
use super::record::{DeliveryState, Record};
use amana_core::Moment;

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The recipient answered.
    Status {
        /// The status.
        status: u16,
        /// Its `Retry-After`.
        retry_after: Option<String>,
    },
    /// Nothing of the message left this machine.
    NotSent(Why),
    /// The message may have arrived.
    Unknown,
}

impl Record {
    /// Takes note of what an attempt came to. `fraction` is drawn for the jitter of the pause.
    pub(super) fn settle(&mut self, answer: &Answer, fraction: f64, now: Moment) {
        let (why, asked) = match answer {
            Answer::NotSent(why) => (*why, None),
            Answer::Unknown => {
                self.disclosed = true;
                (Why::OutcomeUnknown, None)
            }
            Answer::Status { status, retry_after } => {
                self.disclosed = true;
                self.last_status = Some(*status);
                match status {
                    200..=299 => return self.enter(DeliveryState::Delivered, now),
                    400..=499 if !matches!(status, 408 | 425 | 429) => {
                        return self.enter(DeliveryState::Failed(Failure::Refused), now);
                    }
                    // A redirection is never followed; whoever moved a webhook declares where it is now, in time.
                    _ => (Why::Answered, retry_after.as_deref().and_then(|text| retry_after_millis(text, now))),
                }
            }
        };
        if self.attempts >= ATTEMPTS_MAX {
            return self.enter(DeliveryState::Failed(Failure::Exhausted(why)), now);
        }
        let due = now.plus_millis(pause_millis(self.attempts, asked, fraction));
        self.enter(DeliveryState::Waiting { due, why }, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::NoticeKind;
    use crate::pipeline::OutboxRow;
    use amana_core::identity::FragmentId;

    fn after(attempts: u32, answer: &Answer) -> Record {
        let profile = FragmentId(uuid::Uuid::nil());
        let row = OutboxRow { profile, audience: 1, kind: NoticeKind::Entered, at: Moment(0) };
        let mut record = Record { attempts, ..Record::new(&row, Moment(0)) };
        record.settle(answer, 1.0, Moment(100));
        record
    }

    fn status(status: u16) -> Answer {
        Answer::Status { status, retry_after: None }
    }

    #[test]
    fn each_status_has_its_consequence() {
        for code in [200, 202, 204] {
            assert_eq!(after(1, &status(code)).state, DeliveryState::Delivered);
        }
        for code in [400, 401, 404, 410, 413, 422] {
            let record = after(1, &status(code));
            assert_eq!((record.state, record.last_status), (DeliveryState::Failed(Failure::Refused), Some(code)));
        }
        for code in [301, 307, 408, 425, 429, 500, 502, 503] {
            let waiting = DeliveryState::Waiting { due: Moment(1_100), why: Why::Answered };
            assert_eq!(after(1, &status(code)).state, waiting, "{code}");
            let exhausted = DeliveryState::Failed(Failure::Exhausted(Why::Answered));
            assert_eq!(after(ATTEMPTS_MAX, &status(code)).state, exhausted);
        }
    }

    #[test]
    fn only_what_never_left_is_not_disclosed() {
        assert!(!after(1, &Answer::NotSent(Why::Unreachable)).disclosed);
        for answer in [Answer::Unknown, status(500), status(400), status(200)] {
            assert!(after(1, &answer).disclosed, "{answer:?}");
        }
    }

    #[test]
    fn a_recipient_says_when_to_come_back() {
        let answer = Answer::Status { status: 429, retry_after: Some("30".into()) };
        assert_eq!(after(1, &answer).state, DeliveryState::Waiting { due: Moment(30_100), why: Why::Answered });
    }
}
