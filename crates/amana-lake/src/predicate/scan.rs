//! The first look at a predicate: its tokens, before any parser recurses into them.
//!
//! The parser behind speaks all of SQL in twenty dialects, tries one reading after the other, and recurses as deep as
//! the text says. So only tokens that a predicate needs pass here, and nothing that is nested too deeply.

use super::grammar::Grammar;
use super::{NESTING_MAX, PREDICATE_BYTES_MAX, Place};
use crate::{Forbidden, PredicateError, PredicateErrorCode};
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};

/// The types that `CAST(… AS …)` and `::` may name.
pub(super) const CAST_TYPES: &str = "TEXT, BIGINT, DOUBLE, BOOLEAN, DATE and TIMESTAMP";

/// The tokens of the predicate, without white space and comments.
pub(super) fn scan(sql: &str) -> Result<Vec<TokenWithSpan>, PredicateError> {
    if sql.len() > PREDICATE_BYTES_MAX {
        let message = format!(
            "The predicate has {} bytes; at most {PREDICATE_BYTES_MAX} are allowed. Split it into several audiences.",
            sql.len()
        );
        return Err(Place::START.error(PredicateErrorCode::TooLong, message));
    }
    let tokens = Tokenizer::new(&Grammar, sql).tokenize_with_location().map_err(|error| {
        let message = format!("{}. Close every quote and comment.", error.message);
        Place::from(error.location).error(PredicateErrorCode::Syntax, message)
    })?;
    let tokens: Vec<_> = tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    if tokens.is_empty() {
        let message = "The predicate is empty. Write a condition such as `country = 'DE'`.";
        return Err(Place::START.error(PredicateErrorCode::Syntax, message));
    }
    let mut depth = Depth::default();
    for (index, token) in tokens.iter().enumerate() {
        let place = Place::from(token.span.start);
        known(&token.token)
            .and_then(|()| in_context(&tokens, index))
            .map_err(|(code, text)| place.error(code, text))?;
        if depth.after(&token.token) > NESTING_MAX {
            return Err(super::too_deep(place));
        }
    }
    Ok(tokens)
}

/// The position just behind the text, where something is missing when the text ends too early.
pub(super) fn end_of(sql: &str) -> Place {
    let (lines, last) = sql.split('\n').fold((0, ""), |(lines, _), line| (lines + 1, line));
    Place::from(Location { line: lines, column: last.chars().count() as u64 + 1 })
}

type Refusal = (PredicateErrorCode, String);

fn refuse(code: PredicateErrorCode, message: impl Into<String>) -> Result<(), Refusal> {
    Err((code, message.into()))
}

fn known(token: &Token) -> Result<(), Refusal> {
    use Token::{
        Comma, Div, DoubleColon, Eq, ExclamationMarkTilde, ExclamationMarkTildeAsterisk, Gt, GtEq, LParen, Lt, LtEq,
        Minus, Mod, Mul, Neq, Number, Period, Plus, RParen, SingleQuotedString, StringConcat, Tilde, TildeAsterisk,
        Word,
    };
    match token {
        Word(_) | Number(..) | SingleQuotedString(_) | Comma | LParen | RParen | Period | DoubleColon => Ok(()),
        Eq | Neq | Lt | Gt | LtEq | GtEq | Plus | Minus | Mul | Div | Mod | StringConcat => Ok(()),
        Tilde | TildeAsterisk | ExclamationMarkTilde | ExclamationMarkTildeAsterisk => Ok(()),
        Token::DoubleEq => refuse(PredicateErrorCode::Syntax, "Write `=` to compare, not `==`."),
        Token::SemiColon => refuse(PredicateErrorCode::Syntax, "A predicate is one condition and ends without `;`."),
        other => refuse(PredicateErrorCode::Syntax, format!("`{other}` means nothing in a predicate. Remove it.")),
    }
}

/// What depends on the tokens beside it. Everything that begins a query is refused here, so that the parser never
/// takes the path into queries, where wrong input is read again and again.
fn in_context(tokens: &[TokenWithSpan], index: usize) -> Result<(), Refusal> {
    let word = match &tokens[index].token {
        Token::Word(word) => word,
        Token::Period => return between_names(tokens, index),
        _ => return Ok(()),
    };
    if word.quote_style.is_some() {
        return Ok(());
    }
    let before = index.checked_sub(1).map(|before| &tokens[before].token);
    let opens = tokens.get(index + 1).is_some_and(|next| next.token == Token::LParen);
    if is_query(word.keyword, before == Some(&Token::LParen), opens) {
        let message = format!(
            "A predicate looks at one profile and cannot hold a query (`{}`). Use a metric for what is counted \
             elsewhere; a column of this name is written in double quotes.",
            word.value
        );
        return refuse(PredicateErrorCode::Forbidden(Forbidden::Subquery), message);
    }
    if word.keyword == Keyword::POSITION && opens {
        let message = "Write `strpos(text, part)` for the position of a part in a text.";
        return refuse(PredicateErrorCode::Forbidden(Forbidden::Construct), message);
    }
    let names_type = matches!(before, Some(Token::DoubleColon))
        || matches!(before, Some(Token::Word(before)) if before.keyword == Keyword::AS && before.quote_style.is_none());
    if names_type && !is_cast_type(word) {
        let message = format!("`{}` is no type to cast to. The types are {CAST_TYPES}.", word.value);
        return refuse(PredicateErrorCode::Type, message);
    }
    Ok(())
}

/// A dot joins the parts of a column's name and does nothing else.
fn between_names(tokens: &[TokenWithSpan], index: usize) -> Result<(), Refusal> {
    let is_word = |at: usize| tokens.get(at).is_some_and(|token| matches!(token.token, Token::Word(_)));
    let calls = tokens.get(index + 2).is_some_and(|token| token.token == Token::LParen);
    if index > 0 && is_word(index - 1) && is_word(index + 1) && !calls {
        return Ok(());
    }
    refuse(PredicateErrorCode::Syntax, "A dot stands between the parts of a column's name and nowhere else.")
}

fn is_query(keyword: Keyword, opened: bool, opens: bool) -> bool {
    use Keyword::{DELETE, EXISTS, FROM, INSERT, MERGE, SELECT, TABLE, UPDATE, VALUE, VALUES, WITH};
    match keyword {
        SELECT => true,
        EXISTS => opens,
        WITH | VALUES | VALUE | TABLE | FROM | INSERT | UPDATE | DELETE | MERGE => opened,
        _ => false,
    }
}

fn is_cast_type(word: &Word) -> bool {
    use Keyword::{
        BIGINT, BOOL, BOOLEAN, DATE, DOUBLE, FLOAT, INT, INTEGER, REAL, SMALLINT, STRING, TEXT, TIMESTAMP, TIMESTAMPTZ,
        VARCHAR,
    };
    matches!(
        word.keyword,
        TEXT | STRING
            | VARCHAR
            | BIGINT
            | INT
            | INTEGER
            | SMALLINT
            | DOUBLE
            | FLOAT
            | REAL
            | BOOLEAN
            | BOOL
            | DATE
            | TIMESTAMP
            | TIMESTAMPTZ
    )
}

/// How deeply the tokens so far are nested: parentheses, CASE, and prefixes one after the other.
#[derive(Default)]
struct Depth {
    open: usize,
    prefixes: usize,
}

impl Depth {
    fn after(&mut self, token: &Token) -> usize {
        let keyword = match token {
            Token::Word(word) if word.quote_style.is_none() => word.keyword,
            _ => Keyword::NoKeyword,
        };
        match (token, keyword) {
            (Token::Plus | Token::Minus | Token::Tilde, _) | (_, Keyword::NOT) => {
                self.prefixes += 1;
                return self.open + self.prefixes;
            }
            (Token::LParen, _) | (_, Keyword::CASE) => self.open += 1,
            (Token::RParen, _) | (_, Keyword::END) => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        // Prefixes before a parenthesis nest what is inside, so they count until something else comes.
        if *token != Token::LParen {
            self.prefixes = 0;
        }
        self.open + self.prefixes
    }
}
