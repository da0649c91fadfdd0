//! Division by a zero that is written out in a predicate.
//!
//! Such a predicate holds for nobody, since a row for which it cannot be computed does not match, and its author would
//! wait in vain for people. What only turns out to be zero row by row cannot be seen here and need not be.

/// Line and column, from 1, of the first zero written out behind `/` or `%`.
#[must_use]
pub fn zero_divisor(predicate: &str) -> Option<(usize, usize)> {
    let letters: Vec<char> = predicate.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        if let Some(length) = aside(&letters[at..]) {
            at += length;
            continue;
        }
        if matches!(letters[at], '/' | '%')
            && let Some(place) = zero_after(&letters, at + 1)
        {
            return Some(line_and_column(&letters[..place]));
        }
        at += 1;
    }
    None
}

/// How long the text, quoted name or comment is that begins here. A doubled quote inside makes it two of them, which
/// comes to the same.
fn aside(rest: &[char]) -> Option<usize> {
    match rest {
        [quote @ ('\'' | '"'), inner @ ..] => {
            Some(inner.iter().position(|letter| letter == quote).map_or(rest.len(), |end| end + 2))
        }
        ['-', '-', ..] => Some(rest.iter().position(|letter| *letter == '\n').unwrap_or(rest.len())),
        ['/', '*', inner @ ..] => {
            Some(inner.windows(2).position(|pair| pair == ['*', '/']).map_or(rest.len(), |end| end + 4))
        }
        _ => None,
    }
}

/// Where a literal zero stands that is all of the operand beginning here, perhaps with signs and parentheses.
fn zero_after(letters: &[char], mut at: usize) -> Option<usize> {
    let mut opened = 0_usize;
    while let Some(letter) = letters.get(at) {
        match letter {
            '(' => opened += 1,
            '+' | '-' => {}
            letter if letter.is_whitespace() => {}
            _ => break,
        }
        at += 1;
    }
    let end = at + zero_length(&letters[at..])?;
    let mut behind = letters[end..].iter().filter(|letter| !letter.is_whitespace());
    (0..opened).all(|_| behind.next() == Some(&')')).then_some(at)
}

/// How long the number is that stands here, when it is zero.
fn zero_length(rest: &[char]) -> Option<usize> {
    let mantissa = rest.iter().take_while(|letter| matches!(letter, '0' | '.')).count();
    let mut length = mantissa;
    if !rest[..mantissa].contains(&'0') {
        return None;
    }
    if let ['e' | 'E', exponent @ ..] = &rest[length..] {
        let sign = usize::from(matches!(exponent.first(), Some('+' | '-')));
        let digits = exponent[sign..].iter().take_while(|letter| letter.is_ascii_digit()).count();
        length += if digits > 0 { 1 + sign + digits } else { 0 };
    }
    let ends = rest.get(length).is_none_or(|letter| !letter.is_alphanumeric() && *letter != '_' && *letter != '.');
    ends.then_some(length)
}

fn line_and_column(before: &[char]) -> (usize, usize) {
    let lines = before.iter().filter(|letter| **letter == '\n').count();
    let column = before.iter().rev().take_while(|letter| **letter != '\n').count();
    (lines + 1, column + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_written_out_is_found_where_it_stands() {
        for (predicate, place) in [
            ("1/0 = 1", (1, 3)),
            ("orders / 0 > 1", (1, 10)),
            ("orders % 0.00 = 1", (1, 10)),
            ("orders >= 1 AND\n  revenue / -( 0e3 ) > 1", (2, 16)),
            ("'it''s' <> plan AND orders/ +0", (1, 30)),
            ("a /* 1/0 */ / 0", (1, 15)),
        ] {
            assert_eq!(zero_divisor(predicate), Some(place), "{predicate}");
        }
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        for predicate in [
            "",
            "orders / 10 > 0",
            "orders / 0.5 > 1",
            "orders / (0 + views) > 1",
            "orders / orders > 0",
            "plan = '1/0' AND \"1/0\" = 1",
            "orders >= 1 -- / 0\n",
            "orders >= 1 /* / 0 */ AND 0 / orders = 0",
            "plan LIKE '%0'",
            "orders / 0x10 > 1",
            "orders /",
            "orders / (0",
        ] {
            assert_eq!(zero_divisor(predicate), None, "{predicate}");
        }
    }
}
