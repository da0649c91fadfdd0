//! The API as those who hold a key see it.

mod acts;
mod destinations;
mod groups;
mod in_order;
mod limited_keys;
mod pages;
mod problems;
mod reading;
mod roles;
