//! The collect door: what SDKs send is taken as it is, what is refused is told, and nothing is kept without a purpose.

mod catalogue;
mod consent;
mod events;
mod wire;
