//! One analyser for index, queries and taxonomy, so that they never disagree
//! about what a word is; and the language of a text.
//!
//! Pure functions over any `&str`: hostile text costs linear time, no call fails.
//!
//! ```
//! let mut words = Vec::new();
//! tidings_text::for_each_token("Hoà nói: đắt quá, didn't buy!", |token| {
//!     words.push((token.exact.to_owned(), token.folded.to_owned()));
//! });
//! assert_eq!(words[0], ("hòa".to_owned(), "hoa".to_owned()));
//! assert_eq!(words[2], ("đắt".to_owned(), "dat".to_owned()));
//! assert_eq!(words[4], ("didn't".to_owned(), "didnt".to_owned()));
//! ```
//!
//! What is a word, and how it is compared:
//!
//! - Letters, digits and combining marks of any script. Chinese, Japanese, Thai, Lao,
//!   Khmer and Burmese write no spaces, so there each letter is a word of its own.
//! - An apostrophe between two letters stays (`don't`), straight or curly alike; the
//!   English possessive `'s` is left out (`Acme's` is `acme`). The folded form drops it.
//! - A point or comma between two digits stays (`1.290.000`, `2.5`). The folded form has
//!   the number without thousands separators (`1290000`), with a point for the decimals.
//! - `++` after letters stays, and a single `+` or `#` after a single letter (`c++`, `c#`).
//! - `đ` behind a number is a word of its own (`500.000đ`).
//! - Everything else parts words: `24/7` is `24 7`, `e-mail` is `e mail`, `.NET` is `net`.
//! - Soft hyphens, joiners, variation selectors and direction marks inside a word vanish;
//!   full-width and mathematical letters are the letters they look like.
//! - The folded form of a word of ASCII letters is its English stem, whether it was written
//!   with marks or not, so that the folded forms of a word are one in all its spellings.
//! - A word of more than [`MAX_TOKEN_BYTES`] is cut, and made unlike others by its hash.

mod class;
mod fingerprint;
mod fold;
mod lang;
mod latin;
mod memory;
mod number;
mod number_rule;
mod ordinal;
mod pause;
mod prefix_rule;
mod scan;
mod scratch;
mod spelling;
mod stem;
mod token;
mod vietnamese;
mod window;
mod word_rule;

pub use fingerprint::{Fingerprint, TitlePrint, fingerprint, title_print, unsketched_fingerprint};
pub use fold::{fold, nfc};
pub use lang::detect_lang;
pub use memory::WordMap;
pub use number_rule::NumberRule;
pub use pause::Pause;
pub use prefix_rule::{MAX_PREFIX_BYTES, PrefixRule};
pub use spelling::{Spelling, Term, terms};
pub use token::{MAX_TOKEN_BYTES, Place, Reader, Token, for_each_token, read_words};
pub use vietnamese::is_vietnamese_syllable;
pub use word_rule::WordRule;
