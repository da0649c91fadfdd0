//! The SQL that predicates are written in: a dialect with as little in it as an expression needs.
//!
//! The parser reads a word as a type, then as a keyword, then as a function or a name, and starts over when the rest
//! does not fit; nested input that is wrong takes it exponential time. This dialect decides by the word and the token
//! behind it, so that everything is read once.

use super::{Place, too_deep};
use crate::{PredicateError, PredicateErrorCode};
use datafusion_sql::sqlparser::ast::{DataType, Expr, Ident, ObjectName, TimezoneInfo, TypedString};
use datafusion_sql::sqlparser::dialect::Dialect;
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::parser::{Parser, ParserError};
use datafusion_sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Word};

/// Each nested parenthesis may stand behind an operator of each precedence, and each of those is one recursion.
const RECURSIONS_MAX: usize = super::NESTING_MAX * 8;

/// The dialect of predicates.
#[derive(Debug)]
pub(super) struct Grammar;

/// Parses one expression from all of the tokens. `end` is where the text ends.
pub(super) fn parse(tokens: Vec<TokenWithSpan>, end: Place) -> Result<Expr, PredicateError> {
    let mut parser = Parser::new(&Grammar).with_recursion_limit(RECURSIONS_MAX).with_tokens_with_locations(tokens);
    let parsed = parser.parse_expr();
    let found = parser.peek_token_ref();
    let place = if found.token == Token::EOF { end } else { Place::from(found.span.start) };
    match parsed {
        Ok(expression) if found.token == Token::EOF => Ok(expression),
        Ok(_) => Err(place.error(
            PredicateErrorCode::Syntax,
            format!("`{found}` is not expected here. Join conditions with AND or OR.", found = found.token),
        )),
        Err(ParserError::RecursionLimitExceeded) => Err(too_deep(place)),
        Err(ParserError::TokenizerError(message) | ParserError::ParserError(message)) => {
            let (message, place) = split_location(&message, end);
            Err(place.error(PredicateErrorCode::Syntax, format!("{message}.")))
        }
    }
}

/// The parser writes the position into its message; it has none when the text ended too early.
fn split_location(message: &str, end: Place) -> (&str, Place) {
    let located = message.rsplit_once(" at Line: ").and_then(|(text, location)| {
        let (line, column) = location.split_once(", Column: ")?;
        Some((text, Place::from(Location { line: line.parse().ok()?, column: column.parse().ok()? })))
    });
    located.unwrap_or((message, end))
}

impl Dialect for Grammar {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn supports_named_fn_args_with_rarrow_operator(&self) -> bool {
        false
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        is_special(keyword)
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let token = parser.peek_token_ref();
        let Token::Word(word) = &token.token else { return None };
        let (word, span) = (word.clone(), token.span);
        let next = &parser.peek_nth_token_ref(1).token;
        let (opens, quotes) = (*next == Token::LParen, matches!(next, Token::SingleQuotedString(_)));
        if word.quote_style.is_none() {
            match word.keyword {
                Keyword::INTERVAL | Keyword::DATE | Keyword::TIMESTAMP if quotes => {
                    parser.advance_token();
                    return Some(typed_literal(parser, &word));
                }
                keyword if is_special(keyword) => return None,
                keyword if is_structure(keyword) => return Some(parser.expected_ref("a value", token)),
                _ => {}
            }
        }
        parser.advance_token();
        let name: Ident = word.into_ident(span);
        if opens && name.quote_style.is_none() {
            return Some(parser.parse_function(ObjectName::from(vec![name])));
        }
        Some(Ok(dotted(parser, name)))
    }

    /// The parser takes all that follows IS DISTINCT FROM, with AND and OR, for its right side.
    fn parse_infix(&self, parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        use Keyword::{DISTINCT, FROM, IS, NOT};
        let negated = match () {
            () if parser.parse_keywords(&[IS, DISTINCT, FROM]) => false,
            () if parser.parse_keywords(&[IS, NOT, DISTINCT, FROM]) => true,
            () => return None,
        };
        let left = Box::new(left.clone());
        Some(parser.parse_subexpr(precedence).map(Box::new).map(|right| match negated {
            true => Expr::IsNotDistinctFrom(left, right),
            false => Expr::IsDistinctFrom(left, right),
        }))
    }
}

/// Reads a name with dots to its end. The parser would try each part as an expression with all that follow.
fn dotted(parser: &mut Parser, name: Ident) -> Expr {
    let mut names = vec![name];
    while parser.peek_token_ref().token == Token::Period {
        let next = parser.peek_nth_token_ref(1);
        let Token::Word(word) = &next.token else { break };
        names.push(word.clone().into_ident(next.span));
        parser.advance_token();
        parser.advance_token();
    }
    match names.len() {
        1 => Expr::Identifier(names.remove(0)),
        _ => Expr::CompoundIdentifier(names),
    }
}

/// `DATE '…'`, `TIMESTAMP '…'` and `INTERVAL '…'`; the word is behind the parser already.
fn typed_literal(parser: &mut Parser, word: &Word) -> Result<Expr, ParserError> {
    let data_type = match word.keyword {
        Keyword::INTERVAL => return parser.parse_interval(),
        Keyword::DATE => DataType::Date,
        _ => DataType::Timestamp(None, TimezoneInfo::None),
    };
    Ok(Expr::TypedString(TypedString { data_type, value: parser.parse_value()?, uses_odbc_syntax: false }))
}

/// Words that begin an expression of their own form, which the parser knows.
fn is_special(keyword: Keyword) -> bool {
    use Keyword::{
        CASE, CAST, CEIL, CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP, EXTRACT, FALSE, FLOOR, LOCALTIME,
        LOCALTIMESTAMP, NOT, NULL, SUBSTR, SUBSTRING, TRIM, TRUE, TRY_CAST,
    };
    matches!(
        keyword,
        CASE | CAST
            | CEIL
            | CURRENT_DATE
            | CURRENT_TIME
            | CURRENT_TIMESTAMP
            | EXTRACT
            | FALSE
            | FLOOR
            | LOCALTIME
            | LOCALTIMESTAMP
            | NOT
            | NULL
            | SUBSTR
            | SUBSTRING
            | TRIM
            | TRUE
            | TRY_CAST
    )
}

/// Words that stand between expressions and are columns only in quotes.
fn is_structure(keyword: Keyword) -> bool {
    use Keyword::{AND, AS, BETWEEN, ELSE, END, ILIKE, IN, INTERVAL, IS, LIKE, OR, THEN, WHEN};
    matches!(keyword, AND | AS | BETWEEN | ELSE | END | ILIKE | IN | INTERVAL | IS | LIKE | OR | THEN | WHEN)
}
