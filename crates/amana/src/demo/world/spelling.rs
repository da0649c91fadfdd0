//! The same thing written differently: telephone numbers in their many forms, addresses with a letter off.

use super::dice::Dice;
use super::person::Phone;

impl Phone {
    /// As people write it: in one piece, with spaces, `00`, hyphens, brackets; without the country at German desks only, where
    /// alone it is read as meant.
    pub(super) fn as_written(&self, dice: &mut Dice) -> String {
        let Self { calling_code, prefix, rest } = self;
        let (head, tail) = rest.split_at(rest.len() / 2);
        let german = *calling_code == "49";
        match dice.below(if german { 7 } else { 4 }) {
            0 => format!("+{calling_code} {prefix} {head} {tail}"),
            1 => format!("00{calling_code}{prefix}{rest}"),
            2 => format!("+{calling_code}-{prefix}-{rest}"),
            3 => format!("+{calling_code}{prefix}{rest}"),
            4 => format!("0{prefix} {rest}"),
            5 => format!("0{prefix}/{rest}"),
            _ => format!("(0{prefix}) {head} {tail}"),
        }
    }
}

/// An address with one letter doubled, left out, swapped with its neighbour or replaced, in the part before the `@`.
pub(super) fn typo(dice: &mut Dice, email: &str) -> String {
    let Some((local, domain)) = email.split_once('@') else { return email.into() };
    let mut letters: Vec<char> = local.chars().collect();
    let length = u32::try_from(letters.len()).unwrap_or_default();
    // Not the first letter, and not the digits at the end that keep addresses of the sample world apart.
    let name = letters.iter().filter(|letter| letter.is_alphabetic()).count();
    let place = dice.between(1, length.min(u32::try_from(name).unwrap_or_default()).saturating_sub(1).max(1)) as usize;
    match dice.below(4) {
        0 => letters.insert(place, letters[place]),
        1 => drop(letters.remove(place)),
        2 => letters.swap(place - 1, place),
        _ => letters[place] = if letters[place] == 'e' { 'r' } else { 'e' },
    }
    let typed: String = letters.into_iter().collect();
    // Swapping a doubled letter changes nothing, and a dot at the beginning or beside another one makes no address: then a letter
    // is typed twice.
    let is_none = typed == local || typed.starts_with('.') || typed.contains("..");
    if is_none { format!("{}{email}", &local[..1]) } else { format!("{typed}@{domain}") }
}

/// An address as hurried people and old systems write it: spaces around it, capitals.
pub(super) fn shouted(email: &str) -> String {
    format!(" {} ", email.to_uppercase())
}
