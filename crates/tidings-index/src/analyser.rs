//! How tantivy sees our tokens: each word in two terms at one position, folded and
//! as written, made in one pass over the text.
//!
//! Both forms share a field, so a phrase may ask for marks on one word and leave
//! them open on the next, and nothing is tokenised twice. The term of the written
//! form begins with `=`, which no word holds.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Name under which the analyser is registered.
pub const ANALYSER: &str = "tidings";

/// Stands between two fields in one text. It is no part of a word.
pub const FIELD_BREAK: char = '\u{1e}';

/// Positions left free between two fields: no phrase reaches over them.
pub(crate) const FIELD_GAP: u32 = 64;

pub(crate) const WRITTEN: char = '=';

/// The term of a word as written: `=quá`.
pub(crate) fn written_term(exact: &str) -> String {
    let mut term = String::with_capacity(exact.len() + 1);
    term.push(WRITTEN);
    term.push_str(exact);
    term
}

/// Calls `visit` with each term of `text` and its position, folded before written.
fn for_each_term(text: &str, mut visit: impl FnMut(char, &str, u32)) {
    let mut base = 0;
    for part in text.split(FIELD_BREAK) {
        let mut end = base;
        tidings_text::for_each_token(part, |token| {
            let position = base + token.position;
            end = position + 1;
            visit('\0', token.folded, position);
            visit(WRITTEN, token.exact, position);
        });
        base = end + FIELD_GAP;
    }
}

/// The analyser of the word fields. A draft makes the same terms by itself; this is for whoever
/// holds it, or measures it, against tantivy's own writer.
#[derive(Clone, Debug, Default)]
pub struct Analyser {
    token: Token,
}

impl Tokenizer for Analyser {
    type TokenStream<'a> = Terms<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms<'a> {
        self.token.reset();
        Terms { text, token: &mut self.token, pulled: None }
    }
}

/// The terms of one text.
pub struct Terms<'a> {
    text: &'a str,
    token: &'a mut Token,
    /// Filled only where tokens are pulled one by one; indexing pushes them.
    pulled: Option<std::vec::IntoIter<Token>>,
}

impl TokenStream for Terms<'_> {
    fn advance(&mut self) -> bool {
        if self.pulled.is_none() {
            let mut all = Vec::new();
            self.process(&mut |token| all.push(token.clone()));
            self.pulled = Some(all.into_iter());
        }
        match self.pulled.as_mut().and_then(Iterator::next) {
            Some(token) => {
                *self.token = token;
                true
            }
            None => false,
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }

    /// The path that tantivy's writer takes: no token is ever stored.
    fn process(&mut self, sink: &mut dyn FnMut(&Token)) {
        let token = &mut *self.token;
        for_each_term(self.text, |form, word, position| {
            token.text.clear();
            if form == WRITTEN {
                token.text.push(WRITTEN);
            }
            token.text.push_str(word);
            token.position = position as usize;
            sink(token);
        });
    }
}
