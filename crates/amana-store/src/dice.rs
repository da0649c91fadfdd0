//! Randomness, which is always passed in.

/// A source of random bytes that are good enough for keys.
pub trait Dice: Send {
    /// Fills `bytes` with random bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// The operating system's dice: what every deployment uses.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemDice;

impl Dice for SystemDice {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn fill(&mut self, bytes: &mut [u8]) {
        // Linux answers without fail once the machine has booted. A key made of anything else would be worse than a stop.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

impl<D: Dice + ?Sized> Dice for &mut D {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

impl Dice for Box<dyn Dice> {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}
