//! Words and signs to a tree.

use crate::lex::{Kind, Lexeme, lex};
use crate::{Node, Pattern, Phrase, Problem, Query, QueryError, Scope, Slot};

/// Longest query, in Unicode scalars.
pub const MAX_CHARS: usize = 10_000;

/// Most parentheses inside each other.
pub const MAX_DEPTH: usize = 50;

/// Most words, those of phrases included.
pub const MAX_WORDS: usize = 1_000;

/// Fewest letters of a prefix, without its star.
pub const MIN_PREFIX: usize = 2;

/// Most words between two that `NEAR` joins, and most in the gaps of a loose phrase.
pub const MAX_DISTANCE: u32 = 50;

/// Most stars side by side in a phrase.
pub const MAX_SLOTS: usize = 10;

/// Reads a query. Empty text matches everything.
///
/// # Errors
///
/// When the text is no query, goes beyond a bound, or uses a part of the language that
/// this version does not read; with the offset in Unicode scalars.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return Err(QueryError::new(
            MAX_CHARS,
            Problem::TooLong { limit: MAX_CHARS },
            format!("{MAX_CHARS} characters at most"),
        )
        .suggest("Split it into several queries."));
    }
    let chars: Vec<char> = text.chars().collect();
    let lexemes = lex(&chars)?;
    check_word_count(&lexemes)?;
    let mut parser = Parser { lexemes: lexemes.into_iter().peekable(), end: chars.len(), depth: 0 };
    if parser.lexemes.peek().is_none() {
        return Ok(Query::default());
    }
    let root = parser.all()?;
    if let Some(lexeme) = parser.lexemes.next() {
        return Err(QueryError::new(lexeme.offset, Problem::UnopenedParenthesis, "a word")
            .suggest("Leave the `)` out, or open a `(` before."));
    }
    require_positive(&root, 0)?;
    Ok(Query { root: Some(root) })
}

fn check_word_count(lexemes: &[Lexeme]) -> Result<(), QueryError> {
    let mut words = 0;
    for lexeme in lexemes {
        words += match &lexeme.kind {
            Kind::Word { .. } => 1,
            Kind::Phrase(words) => words.len(),
            _ => 0,
        };
        if MAX_WORDS < words {
            return Err(QueryError::new(
                lexeme.offset,
                Problem::TooManyWords { limit: MAX_WORDS },
                format!("{MAX_WORDS} words at most"),
            )
            .suggest("Split it into several queries."));
        }
    }
    Ok(())
}

fn require_positive(node: &Node, offset: usize) -> Result<(), QueryError> {
    if node.is_positive() {
        return Ok(());
    }
    Err(QueryError::new(offset, Problem::OnlyNegations, "a word that must be there")
        .suggest("Add a word that must be there: what excludes only cannot be looked up."))
}

struct Parser {
    lexemes: std::iter::Peekable<std::vec::IntoIter<Lexeme>>,
    /// Scalars of the query.
    end: usize,
    depth: usize,
}

impl Parser {
    /// Words, phrases and groups side by side, to the end or a `)`.
    fn all(&mut self) -> Result<Node, QueryError> {
        let mut nodes = vec![self.any()?];
        loop {
            match self.lexemes.peek().map(|lexeme| &lexeme.kind) {
                None | Some(Kind::Close) => return Ok(Node::all(nodes)),
                Some(Kind::And) => {
                    self.lexemes.next();
                    self.require_operand("AND")?;
                }
                Some(_) => {}
            }
            nodes.push(self.any()?);
        }
    }

    /// Operands with `OR` between them.
    fn any(&mut self) -> Result<Node, QueryError> {
        let begin = self.offset();
        let first = self.operand()?;
        let mut nodes = vec![(begin, first)];
        while let Some(Kind::Or(sign)) = self.lexemes.peek().map(|lexeme| lexeme.kind.clone()) {
            self.lexemes.next();
            self.require_operand(sign)?;
            nodes.push((self.offset(), self.operand()?));
        }
        if 1 < nodes.len() {
            for (offset, node) in &nodes {
                require_positive(node, *offset)?;
            }
        }
        Ok(Node::any(nodes.into_iter().map(|(_, node)| node).collect()))
    }

    fn operand(&mut self) -> Result<Node, QueryError> {
        let mut negations = 0_usize;
        let mut offset = self.offset();
        while let Some(Kind::Not(sign)) = self.lexemes.peek().map(|lexeme| lexeme.kind.clone()) {
            self.lexemes.next();
            self.require_operand(sign)?;
            negations += 1;
            offset = self.offset();
        }
        let node = self.atom()?;
        if 0 < negations {
            require_positive(&node, offset)?;
        }
        Ok(if negations % 2 == 1 { Node::not(node) } else { node })
    }

    fn atom(&mut self) -> Result<Node, QueryError> {
        let Some(Lexeme { kind, offset }) = self.lexemes.next() else {
            return Err(self.ends_early());
        };
        match kind {
            Kind::Word { text, strict } => Ok(words(Pattern::Word { text, strict })),
            Kind::Phrase(typed) => {
                Ok(words(Pattern::Phrase(Phrase { slots: typed.into_iter().map(Slot::Word).collect(), slop: 0 })))
            }
            Kind::Open => self.group(offset),
            Kind::Close => Err(QueryError::new(offset, Problem::UnopenedParenthesis, "a word")
                .suggest("Leave the `)` out, or open a `(` before.")),
            Kind::Or(sign) | Kind::Not(sign) => Err(lacks_operand(sign, offset)),
            Kind::And => Err(lacks_operand("AND", offset)),
        }
    }

    fn group(&mut self, open: usize) -> Result<Node, QueryError> {
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(QueryError::new(
                open,
                Problem::TooDeep { limit: MAX_DEPTH },
                format!("{MAX_DEPTH} levels at most"),
            )
            .suggest("Leave out parentheses that change nothing."));
        }
        match self.lexemes.peek().map(|lexeme| &lexeme.kind) {
            Some(Kind::Close) => {
                return Err(QueryError::new(open, Problem::EmptyParentheses, "words between the parentheses")
                    .suggest("Leave the parentheses out."));
            }
            None => return Err(unclosed(open)),
            Some(_) => {}
        }
        let node = self.all()?;
        self.depth -= 1;
        // `all` ends at a `)` or at the end.
        self.lexemes.next().map(|_| node).ok_or_else(|| unclosed(open))
    }

    fn offset(&mut self) -> usize {
        self.lexemes.peek().map_or(self.end, |lexeme| lexeme.offset)
    }

    fn ends_early(&self) -> QueryError {
        QueryError::new(self.end, Problem::LacksOperand { operator: "(".to_owned() }, "a word")
    }

    /// Says which sign it was when nothing, or another sign, comes behind it.
    fn require_operand(&mut self, sign: &str) -> Result<(), QueryError> {
        match self.lexemes.peek().map(|lexeme| &lexeme.kind) {
            None | Some(Kind::Close | Kind::Or(_) | Kind::And) => Err(lacks_operand(sign, self.offset())),
            Some(_) => Ok(()),
        }
    }
}

fn words(pattern: Pattern) -> Node {
    Node::Words { scope: Scope::Anywhere, pattern }
}

fn lacks_operand(operator: &str, offset: usize) -> QueryError {
    QueryError::new(offset, Problem::LacksOperand { operator: operator.to_owned() }, "a word, a phrase or `(`").suggest(
        format!("Leave the `{operator}` out, or write a word behind it; for the word itself write \"{operator}\"."),
    )
}

fn unclosed(open: usize) -> QueryError {
    QueryError::new(open, Problem::UnclosedParenthesis, "a closing `)`")
        .suggest("Close the parenthesis, or leave it out.")
}
