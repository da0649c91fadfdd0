//! What people ask for: its algebra, its checks, quiet time, and what it means for a message.

mod algebra;
mod changes;
mod contact;
mod quiet;

use amana_core::permission::Channel;
use amana_core::preferences::{AtMost, Day, Period, Quiet};

pub(crate) fn at_most(count: u32, period: &str) -> AtMost {
    AtMost { count, period: Period::read(period).unwrap() }
}

pub(crate) fn quiet(days: &[Day], from: u8, to: u8) -> Quiet {
    Quiet { days: days.iter().copied().collect(), from, to }
}

pub(crate) const CHANNELS: [Channel; 5] = [Channel::Email, Channel::Sms, Channel::Push, Channel::Phone, Channel::Post];
