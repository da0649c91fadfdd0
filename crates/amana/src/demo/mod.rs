//! `amana demo`: a sample organisation with a year of sample people, sent through the real doors.
//!
//! [`world`] makes up what people do, `replay` sends it as their sites, apps and tills would, `receiver` is the
//! recipient of what leaves. Nothing here knows more of the server than a customer's systems would.

mod book;
mod receiver;
mod replay;
mod story;
pub mod world;

pub use book::{BOOK_FILE, Book, BookError};
pub use receiver::Receiver;
pub use replay::{Replay, ReplayError};
pub use story::what_to_try;
