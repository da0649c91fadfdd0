//! Values that are nobody's: what broken integrations send where an identifier belongs.

/// Built-in blocked values, in lower case. Values of zeros only are blocked besides.
const BLOCKED: &[&str] = &[
    "",
    "-",
    "-1",
    "--",
    ".",
    "null",
    "nil",
    "none",
    "n/a",
    "na",
    "undefined",
    "unknown",
    "unset",
    "anonymous",
    "anon",
    "guest",
    "id",
    "user",
    "userid",
    "user_id",
    "user id",
    "distinct_id",
    "distinctid",
    "anonymous_id",
    "email",
    "not_authenticated",
    "not set",
    "(not set)",
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "nan",
    "inf",
    "infinity",
    "[object object]",
    "[object]",
    "{}",
    "[]",
    "()",
    "test",
    "default",
    "void",
    "missing",
    "empty",
    "no-id",
    "xxx",
];

/// Whether a value, without what stands around it, is nobody's. `declared` are the organisation's own, in lower case.
#[must_use]
pub fn is_blocked(value: &str, declared: &[String]) -> bool {
    let value = value.trim_matches(is_wrapping);
    BLOCKED.iter().any(|blocked| blocked.eq_ignore_ascii_case(value))
        || value.chars().all(|letter| matches!(letter, '0' | '-' | '.' | '+' | '_' | ' '))
        || !declared.is_empty() && declared.contains(&value.to_lowercase())
}

/// Spaces, quotes and what can't be seen: tables and templates leave them around a value.
fn is_wrapping(letter: char) -> bool {
    letter.is_whitespace() || is_invisible(letter) || matches!(letter, '"' | '\'' | '`' | '“' | '”' | '‘' | '’')
}

/// Marks that have no width and no meaning in an identifier: byte order marks, joiners, directions, soft hyphens,
/// choices between pictures of a letter. They come along when somebody copies a number from a page or a table.
pub(super) fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
