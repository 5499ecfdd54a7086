//! Words and signs to a tree.

use crate::lex::{Kind, Lexeme, is_minus, lex};
use crate::near::join;
use crate::vocabulary::{FieldName, TimeName, is_foreign};
use crate::{
    Fact, KeyField, Node, Pattern, Placed, Problem, Query, QueryError, Scope, Vocabulary, bounds, moment, pattern,
};

/// Longest query, in Unicode scalars.
pub const MAX_CHARS: usize = 10_000;

/// Most parentheses inside each other.
pub const MAX_DEPTH: usize = 50;

/// Most words, those of phrases and the values of fields included.
pub const MAX_WORDS: usize = 1_000;

/// Fewest letters of a prefix, without its star.
pub const MIN_PREFIX: usize = 2;

/// Most words between two that `NEAR` joins, and most in the gaps of a loose phrase.
pub const MAX_DISTANCE: u32 = 50;

/// Most stars side by side in a phrase.
pub const MAX_SLOTS: usize = 10;

/// Reads a query with the dimensions that ship. Empty text matches everything.
///
/// # Errors
///
/// As [`Vocabulary::parse`].
pub fn parse(text: &str) -> Result<Query, QueryError> {
    Vocabulary::default().parse(text)
}

impl Vocabulary {
    /// Reads a query. Empty text matches everything.
    ///
    /// # Errors
    ///
    /// When the text is no query, goes beyond a bound, or names a field that is none;
    /// with the offset in Unicode scalars. The bounds hold for the canonical text too,
    /// so that it can be read again.
    pub fn parse(&self, text: &str) -> Result<Query, QueryError> {
        self.parse_placed(text).map(|placed| placed.query)
    }

    /// As [`Vocabulary::parse`], with where each fact of the query stands.
    ///
    /// # Errors
    ///
    /// As [`Vocabulary::parse`].
    pub fn parse_placed(&self, text: &str) -> Result<Placed, QueryError> {
        bounds::check_length(text)?;
        let chars: Vec<char> = text.chars().collect();
        let lexemes = lex(&chars)?;
        bounds::check_words(&lexemes)?;
        let mut parser = Parser {
            lexemes,
            next: 0,
            end: chars.len(),
            depth: 0,
            vocabulary: self,
            context: Context::Free,
            field_at: 0,
            facts: Vec::new(),
        };
        if parser.lexemes.is_empty() {
            return Ok(Placed::default());
        }
        let root = parser.all()?;
        if let Some(lexeme) = parser.peek() {
            return Err(QueryError::new(lexeme.offset, Problem::UnopenedParenthesis, "a word")
                .suggest("Leave the `)` out, or open a `(` before."));
        }
        require_positive(&root, 0)?;
        let query = Query { root: Some(root) };
        bounds::check_canonical(&query)?;
        Ok(Placed { query, facts: parser.facts })
    }
}

fn require_positive(node: &Node, offset: usize) -> Result<(), QueryError> {
    if node.is_positive() {
        return Ok(());
    }
    Err(QueryError::new(offset, Problem::OnlyNegations, "a word that must be there")
        .suggest("Add a word that must be there: what excludes only cannot be looked up."))
}

/// What words stand for where the parser is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Context {
    Free,
    /// Behind `intitle:` and its like.
    Words(Scope),
    /// Behind `site:` and its like: values.
    Key(KeyField),
    /// Behind `after:` and its like.
    Time(TimeName),
}

struct Parser<'v> {
    lexemes: Vec<Lexeme>,
    /// The lexeme to be read next.
    next: usize,
    /// Scalars of the query.
    end: usize,
    depth: usize,
    vocabulary: &'v Vocabulary,
    context: Context,
    /// Where the field that is read begins.
    field_at: usize,
    facts: Vec<Fact>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Lexeme> {
        self.lexemes.get(self.next)
    }

    fn peek_kind(&self) -> Option<&Kind> {
        self.peek().map(|lexeme| &lexeme.kind)
    }

    /// Scalars before what comes next.
    fn offset(&self) -> usize {
        self.peek().map_or(self.end, |lexeme| lexeme.offset)
    }

    /// Words, phrases and groups side by side, to the end or a `)`.
    fn all(&mut self) -> Result<Node, QueryError> {
        let begin = self.offset();
        let mut nodes = Vec::new();
        loop {
            if self.is_lone_star() {
                // Any word will do, so beside other words it asks for nothing.
                self.next += 1;
            } else if nodes.is_empty() || !matches!(self.peek_kind(), None | Some(Kind::Close)) {
                nodes.push(self.any()?);
            }
            match self.peek_kind() {
                None | Some(Kind::Close) if nodes.is_empty() => return Err(lone_star(begin)),
                None | Some(Kind::Close) => return Ok(Node::all(nodes)),
                Some(Kind::And) => {
                    self.next += 1;
                    self.require_operand("AND")?;
                }
                Some(_) => {}
            }
        }
    }

    /// Whether a `*` comes next that neither `OR` nor `NEAR` joins to something.
    fn is_lone_star(&self) -> bool {
        let is_star = matches!(self.peek_kind(), Some(Kind::Word(text)) if text == "*");
        let behind = self.lexemes.get(self.next + 1).map(|lexeme| &lexeme.kind);
        is_star
            && matches!(self.context, Context::Free | Context::Words(_))
            && !matches!(behind, Some(Kind::Or(_) | Kind::Near(_)))
    }

    /// Operands with `OR` between them.
    fn any(&mut self) -> Result<Node, QueryError> {
        let begin = self.offset();
        let first = self.operand()?;
        let mut nodes = vec![(begin, first)];
        while let Some(&Kind::Or(sign)) = self.peek_kind() {
            self.next += 1;
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
        while let Some(&Kind::Not(sign)) = self.peek_kind() {
            self.next += 1;
            self.require_operand(sign)?;
            negations += 1;
            offset = self.offset();
        }
        let node = self.near()?;
        if 0 < negations {
            require_positive(&node, offset)?;
        }
        Ok(if negations % 2 == 1 { Node::not(node) } else { node })
    }

    /// Two atoms with `NEAR` between them, or one.
    fn near(&mut self) -> Result<Node, QueryError> {
        let mut node = self.atom()?;
        while let Some(&Kind::Near(distance)) = self.peek_kind() {
            let offset = self.offset();
            self.next += 1;
            self.require_operand("NEAR")?;
            let right = self.atom()?;
            node = join(node, right, distance, offset)?;
        }
        Ok(node)
    }

    fn atom(&mut self) -> Result<Node, QueryError> {
        let Some(Lexeme { kind, offset, end }) = self.peek().cloned() else {
            return Err(QueryError::new(self.end, Problem::LacksOperand { operator: "(".to_owned() }, "a word"));
        };
        self.next += 1;
        match kind {
            Kind::Word(text) => self.word(&text, offset, end),
            Kind::Phrase { text, slop } => self.phrase(&text, slop, offset),
            Kind::Open => self.group(offset),
            Kind::Close => Err(QueryError::new(offset, Problem::UnopenedParenthesis, "a word")
                .suggest("Leave the `)` out, or open a `(` before.")),
            Kind::Or(sign) | Kind::Not(sign) => Err(lacks_operand(sign, offset)),
            Kind::And => Err(lacks_operand("AND", offset)),
            Kind::Near(_) => Err(lacks_operand("NEAR", offset)),
        }
    }

    fn word(&mut self, text: &str, at: usize, end: usize) -> Result<Node, QueryError> {
        match text.split_once(':') {
            Some((name, value)) => self.field(text, name, value, at, end),
            None => self.value(text, at),
        }
    }

    /// A word with a colon in it, which may be a field.
    fn field(&mut self, text: &str, name: &str, value: &str, at: usize, end: usize) -> Result<Node, QueryError> {
        let goes_on = value.is_empty()
            && self
                .peek()
                .is_some_and(|next| next.offset == end && matches!(next.kind, Kind::Open | Kind::Phrase { .. }));
        if let Context::Key(_) | Context::Time(_) = self.context {
            return self.value(text, at);
        }
        let Some(field) = self.vocabulary.field(name.trim_start_matches('+')) else {
            self.check_unknown(text, name, at, goes_on || !value.is_empty())?;
            return self.value(text, at);
        };
        if name.starts_with('+') || self.context != Context::Free {
            let place = if name.starts_with('+') { "behind `+`" } else { "inside another field" };
            return Err(QueryError::new(
                at,
                Problem::Misplaced { what: format!("`{}:`", name.trim_start_matches('+')), place: place.to_owned() },
                "a word",
            )
            .suggest("Write the two fields side by side, with a space between; a `+` stands right before its word."));
        }
        let value_at = end - value.chars().count();
        let (context, takes_all) = match field {
            FieldName::Words(scope) => (Context::Words(scope), false),
            FieldName::AllWords(scope) => (Context::Words(scope), true),
            FieldName::Key(field) => (Context::Key(field), false),
            FieldName::Time(time) => (Context::Time(time), false),
        };
        let is_missing = if takes_all {
            value.is_empty() && matches!(self.peek_kind(), None | Some(Kind::Close))
        } else {
            value.is_empty() && !goes_on
        };
        if is_missing {
            return Err(lacks_value(name, end));
        }
        if value.starts_with(is_minus) {
            return Err(QueryError::new(
                value_at,
                Problem::Misplaced { what: "`-`".to_owned(), place: format!("behind `{name}:`") },
                "a value",
            )
            .suggest(format!("Write the minus first, as in `-{name}:{}`.", value.trim_start_matches(is_minus))));
        }
        self.context = context;
        self.field_at = at;
        let node = if takes_all {
            if !value.is_empty() {
                self.next -= 1;
                self.lexemes[self.next] = Lexeme { kind: Kind::Word(value.to_owned()), offset: value_at, end };
            }
            self.all()
        } else if value.is_empty() {
            self.atom()
        } else {
            self.word(value, value_at, end)
        };
        self.context = Context::Free;
        node
    }

    /// Refuses what looks like a field and is none.
    fn check_unknown(&self, text: &str, name: &str, at: usize, has_value: bool) -> Result<(), QueryError> {
        let name = name.trim_start_matches('+');
        let is_name = !name.is_empty() && name.chars().all(|ch| ch.is_ascii_alphabetic() || matches!(ch, '_' | '-'));
        if !is_name || !has_value {
            return Ok(());
        }
        if is_foreign(name) {
            return Err(QueryError::new(
                at,
                Problem::NotSupported { what: format!("`{name}:`") },
                "a field of the query language, or a word",
            )
            .suggest(format!("Leave `{name}:` out: findings have nothing of the kind.")));
        }
        let quoted =
            format!("To look for these characters, write them in quotes: \"{}\".", text.trim_start_matches('+'));
        let suggestion = match self.vocabulary.nearest(name) {
            Some(field) => format!("Did you mean `{field}:`? {quoted}"),
            None => quoted,
        };
        Err(QueryError::new(
            at,
            Problem::UnknownField { field: name.to_owned() },
            "a field of the query language, or a word",
        )
        .suggest(suggestion))
    }

    /// A word, as the context has it.
    fn value(&mut self, text: &str, at: usize) -> Result<Node, QueryError> {
        let node = self.node_of(text, at)?;
        if matches!(self.context, Context::Key(_) | Context::Time(_)) {
            let scalars = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            self.facts.push(Fact { offset: scalars(self.field_at), value_offset: scalars(at), node: node.clone() });
        }
        Ok(node)
    }

    fn node_of(&self, text: &str, at: usize) -> Result<Node, QueryError> {
        match &self.context {
            Context::Free | Context::Words(_) if text == "*" => Err(lone_star(at)),
            Context::Free => Ok(Node::Words { scope: Scope::Anywhere, pattern: pattern::word(text, at)? }),
            Context::Words(scope) => Ok(Node::Words { scope: *scope, pattern: pattern::word(text, at)? }),
            Context::Key(field) => key_value(field, text, at),
            Context::Time(name) => moment::when(*name, text).ok_or_else(|| {
                bad_value(name.as_str(), text, at, moment::EXPECTED)
                    .suggest("Write a day, an instant with its zone, or a whole number of hours, days or weeks.")
            }),
        }
    }

    fn phrase(&mut self, text: &str, slop: u32, at: usize) -> Result<Node, QueryError> {
        let scope = match &self.context {
            Context::Free => Scope::Anywhere,
            Context::Words(scope) => *scope,
            Context::Key(_) | Context::Time(_) if 0 < slop => {
                return Err(QueryError::new(
                    at,
                    Problem::Misplaced { what: "`~`".to_owned(), place: "behind the value of a field".to_owned() },
                    "the value alone",
                )
                .suggest("Leave the `~` and its number out."));
            }
            Context::Key(_) | Context::Time(_) => return self.value(text, at + 1),
        };
        Ok(Node::Words { scope, pattern: Pattern::Phrase(pattern::phrase(text, slop, at + 1)?) })
    }

    fn group(&mut self, open: usize) -> Result<Node, QueryError> {
        if let Context::Time(name) = self.context {
            return Err(bad_value(name.as_str(), "(", open, moment::EXPECTED)
                .suggest(format!("Write one time right behind `{}:`.", name.as_str())));
        }
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(bounds::too_deep(open));
        }
        match self.peek_kind() {
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
        if self.peek().is_none() {
            return Err(unclosed(open));
        }
        self.next += 1;
        Ok(node)
    }

    /// Says which sign it was when nothing, or another sign, comes behind it.
    fn require_operand(&self, sign: &str) -> Result<(), QueryError> {
        match self.peek_kind() {
            None | Some(Kind::Close | Kind::Or(_) | Kind::And | Kind::Near(_)) => {
                Err(lacks_operand(sign, self.offset()))
            }
            Some(_) => Ok(()),
        }
    }
}

fn key_value(field: &KeyField, text: &str, at: usize) -> Result<Node, QueryError> {
    let value = field.read(text).map_err(|expected| {
        bad_value(field.as_str(), text, at, &expected).suggest(format!("Write such a value, or leave `{field}:` out."))
    })?;
    Ok(Node::Is { field: field.clone(), value })
}

fn bad_value(field: &str, value: &str, at: usize, expected: &str) -> QueryError {
    let expected = expected.strip_prefix("expected ").unwrap_or(expected);
    QueryError::new(at, Problem::BadValue { field: field.to_owned(), value: value.to_owned() }, expected)
}

fn lacks_value(field: &str, at: usize) -> QueryError {
    QueryError::new(at, Problem::LacksValue { field: field.to_owned() }, "a value right behind the colon")
        .suggest(format!("Write the value without a space before it; for the word itself write \"{field}\"."))
}

fn lone_star(at: usize) -> QueryError {
    QueryError::new(at, Problem::MisplacedStar, "a word beside `*`")
        .suggest("Leave the `*` out, or put it in the place of a word in quotes, as in \"how * pay\".")
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
