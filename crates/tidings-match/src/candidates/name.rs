//! Words that are spelled like a name.

use tidings_text::{Pause, for_each_token, is_vietnamese_syllable};

/// Most words of a name.
const MAX_WORDS: usize = 4;

/// Most words of a title.
const MAX_TITLE: usize = 16;

/// Words that begin with a capital without being a name, and small ones that never are.
const NO_NAMES: &str = "i i'm i've i'll i'd a an the this that these those my your our their his her its it he she we you they \
    me us them who what which when where why how is are was were be been do does did don't can could will would should \
    may might must if then than so but and or nor not no yes ok okay oh hi hello hey thanks thank please just even only \
    also very too really all any some each every one two three more most less least other another same such both \
    there here now today tonight yesterday tomorrow for from to in on at by with without of off up out over into about \
    as like ask show tell hn tl dr app apps website site web online free open best better worse good great bad new \
    old using used use anything something everything nothing anyone someone everyone study report review guide \
    alternative alternatives vs versus source customer service support company product products way lol omg wtf ai \
    mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday january february march april june \
    july august september october november december em mình tôi tui anh chị bạn mọi máy hàng con cái chiếc shop ad \
    admin nv thì là mà và hay hoặc nhưng với cho của không ko k có được nên giá pin loa màn hình camera cam wifi game \
    sim sạc ship laptop smartphone android ios windows tv pc usb led lcd full hd ram rom gb tr android10 update \
    fan sale order check test video clip live stream mail email link shopping internet chip menu pass \
    feedback combo hotline livestream content facebook tiktok cc aa own much many year team part fast let here's people world \
    women men children nature life day week month home work job time special research security data big first last next \
    startup startups business researcher researchers scientist scientists man woman court judge government police fbi nsa fcc mit nasa uk programmer programmers developer developers hacker hackers student lawsuit outage postmortem hack breach attack attacks bug bugs america europe china russia eu";

/// Small words that go on with the name of a model.
const MODELS: &str = "note not pro plus max mini ultra lite air prime neo";

/// What may stand between a cue and the name.
const DETERMINERS: &str = "the a an my your our their this that these those old new con em chiếc cái máy dòng bên thằng hãng app \
    shop phần mềm điện thoại xe của dùng xài sử dụng mua bay";

/// What a name does at the head of a title.
const ACTS: &str = "will to has now says said launches opens closes raises acquires acquired adds drops kills ends moves \
    switches hits fires lays reports releases announces unveils buys sells sues bans blocks loses wins plans wants gives \
    gave makes takes faces shuts cuts brings introduces updates removes lets starts stops offers admits confirms warns \
    reveals breaks leaks tracks collects charges hikes doubles joins files expands tests rolls conceals concealed exposes \
    exposed pays fixes patches settles turns uses hires invests beats threatens rejects claims suffers apologizes bets";

/// What joins names in a list.
const JOINTS: &str = "and or và hay hoặc với vs";

/// A name as it stands in a text.
pub(super) struct Name {
    pub(super) text: String,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Name {
    /// Whether its letters show a name even among words that all begin with a capital:
    /// `GitHub`, `AWS`, `S10`.
    pub(super) fn is_spelled_apart(&self) -> bool {
        self.text.split(' ').any(|word| word.chars().skip(1).any(|ch| ch.is_uppercase() || ch.is_ascii_digit()))
    }
}

/// A text in words, each with its letters as typed.
pub(super) struct Words<'t> {
    text: &'t str,
    words: Vec<Word<'t>>,
}

struct Word<'t> {
    typed: &'t str,
    byte: usize,
    exact: String,
    start: u32,
    end: u32,
    pause: Pause,
}

impl<'t> Words<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut words = Vec::new();
        let (mut scalar, mut byte) = (0, 0);
        let mut seek = |to: u32| {
            byte += text[byte..].chars().take((to - scalar) as usize).map(char::len_utf8).sum::<usize>();
            scalar = to;
            byte
        };
        for_each_token(text, |token| {
            let (from, to) = (seek(token.start), seek(token.end));
            words.push(Word {
                typed: &text[from..to],
                byte: from,
                exact: token.exact.to_owned(),
                start: token.start,
                end: token.end,
                pause: token.pause,
            });
        });
        Self { text, words }
    }

    pub(super) const fn text(&self) -> &'t str {
        self.text
    }

    pub(super) const fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn exact(&self, at: usize) -> &str {
        &self.words[at].exact
    }

    pub(super) fn byte(&self, at: usize) -> usize {
        self.words[at].byte
    }

    pub(super) fn start(&self, at: usize) -> u32 {
        self.words[at].start
    }

    pub(super) fn end(&self, at: usize) -> u32 {
        self.words[at].end
    }

    /// The names that follow scalar `end`: one, or a list of them.
    pub(super) fn names_behind(&self, end: u32, takes_lower: bool) -> Vec<Name> {
        let mut names = Vec::new();
        let mut at = self.words.partition_point(|word| word.start < end);
        while at < self.len() {
            // A point behind "vs." parts nothing.
            if self.words[at].pause == Pause::Sentence && !(names.is_empty() && self.follows_versus(at)) {
                break;
            }
            while at < self.len() && is_one_of(&self.words[at].exact, DETERMINERS) {
                at += 1;
            }
            let mut to = at;
            while to < self.len()
                && to < at + MAX_WORDS
                && (to == at || self.is_joined(to))
                && self.is_namely(to, to == at)
            {
                to += 1;
            }
            if to == at && takes_lower && names.is_empty() && self.is_lower_name(at) {
                to += 1;
                while to < self.len() && to < at + MAX_WORDS && self.is_joined(to) && self.is_namely(to, false) {
                    to += 1;
                }
            }
            if to == at {
                break;
            }
            names.push(self.name(at, to));
            at = to;
            match self.words.get(at) {
                Some(word) if word.pause == Pause::None && is_one_of(&word.exact, JOINTS) => at += 1,
                Some(word) if word.pause == Pause::Clause && self.between(at).trim() == "," => {}
                _ => break,
            }
        }
        names
    }

    /// The name that ends before scalar `start`.
    pub(super) fn name_before(&self, start: u32) -> Option<Name> {
        let to = self.words.partition_point(|word| word.start < start);
        if self.words.get(to).is_some_and(|word| word.pause != Pause::None) {
            return None;
        }
        let mut at = to;
        while 0 < at && to - at < MAX_WORDS && (at == to || self.is_joined(at)) && self.is_namely(at - 1, false) {
            at -= 1;
        }
        // A number names nothing by itself.
        let has_letter = self.words[at..to].iter().any(|word| is_capital(word.typed));
        (at < to && has_letter).then(|| self.name(at, to))
    }

    /// Whether this is a title in which every word of weight begins with a capital.
    pub(super) fn are_title_case(&self) -> bool {
        let weighty = || self.words.iter().skip(1).filter(|word| 3 < word.typed.len());
        3 < self.len() && weighty().all(|word| !word.typed.starts_with(char::is_lowercase)) && 2 < weighty().count()
    }

    /// Whether this may be a title: short, one sentence, and no point at its end.
    pub(super) fn are_title(&self) -> bool {
        let is_one_sentence = self.words.iter().skip(1).all(|word| word.pause != Pause::Sentence);
        self.len() <= MAX_TITLE && is_one_sentence && !self.text.trim_end().ends_with(['.', '!', '…'])
    }

    /// Whether a title shows what somebody made: "Show HN: …".
    pub(super) fn is_shown(&self) -> bool {
        1 < self.len() && self.exact(0) == "show" && self.exact(1) == "hn"
    }

    /// Whether a name stands first, but for "Ask HN".
    pub(super) fn begins_title(&self, name: &Name) -> bool {
        self.words.get(self.title_begins()).is_some_and(|word| word.start == name.start)
    }

    fn title_begins(&self) -> usize {
        let has_prefix = 2 < self.len() && ["ask", "show", "tell"].contains(&self.exact(0)) && self.exact(1) == "hn";
        if has_prefix { 2 } else { 0 }
    }

    /// Whose something is that begins a title: "Facebook's Free Basics".
    pub(super) fn owner(&self) -> Option<Name> {
        let at = self.title_begins();
        let Word { typed, exact, byte, .. } = self.words.get(at)?;
        let behind = &self.text[byte + typed.len()..];
        let is_owner = behind.starts_with("'s ") || behind.starts_with("’s ");
        (is_owner && typed.starts_with(char::is_uppercase) && !is_plain(exact)).then(|| self.name(at, at + 1))
    }

    /// Who does something at the head of a title that is written as a sentence: "Acme opens
    /// its first shop".
    pub(super) fn actor(&self) -> Option<Name> {
        let at = self.title_begins();
        let mut to = at;
        while to < self.len().min(at + MAX_WORDS) && (to == at || self.is_joined(to)) && self.is_namely(to, to == at) {
            to += 1;
        }
        let Word { typed, exact, pause, .. } = self.words.get(to)?;
        let acts = typed.starts_with(char::is_lowercase) && is_one_of(exact, ACTS);
        (at < to && *pause == Pause::None && acts).then(|| self.name(at, to))
    }

    /// The name at the head of a title: "Widgetly – an alternative to …".
    pub(super) fn headline(&self) -> Option<Name> {
        let from = self.title_begins();
        let to = (from + 1..self.len().min(from + MAX_WORDS + 1)).find(|at| {
            let between = self.between(*at);
            between.contains(['–', '—', ':'])
                || between.contains(" - ")
                || between.contains("  ")
                || (between == "." && self.words[*at].typed.chars().all(|ch| ch.is_ascii_lowercase()))
        })?;
        let is_name = (from..to).all(|at| self.is_namely(at, false)) || (to == from + 1 && !is_plain(self.exact(from)));
        is_name.then(|| self.name(from, to))
    }

    /// What stands before a word, up to the word before it.
    fn between(&self, at: usize) -> &'t str {
        let before = &self.words[at - 1];
        &self.text[before.byte + before.typed.len()..self.words[at].byte]
    }

    /// Whether a word goes on with the name before it.
    fn is_joined(&self, at: usize) -> bool {
        at == 0 || (self.words[at].pause == Pause::None && matches!(self.between(at), " " | "-" | "'" | "&" | " & "))
    }

    fn follows_versus(&self, at: usize) -> bool {
        0 < at && self.words[at - 1].exact == "vs" && self.between(at).trim_end() == "."
    }

    fn is_namely(&self, at: usize, is_first: bool) -> bool {
        let Word { typed, exact, .. } = &self.words[at];
        let begins_with_digit = typed.starts_with(|ch: char| ch.is_ascii_digit());
        let is_model = typed.chars().any(|ch| ch.is_ascii_digit()) && typed.chars().all(char::is_alphanumeric);
        let is_addressed = self.text[..self.words[at].byte].ends_with(['@', '#']);
        if is_addressed || (is_first && begins_with_digit) {
            return false;
        }
        if !is_first && is_one_of(exact, MODELS) {
            return true;
        }
        !is_plain(exact) && (is_capital(typed) || is_model)
    }

    /// A name in small letters, where only a name can stand: no syllable of Vietnamese, and
    /// the last word of its clause or followed by Vietnamese or the number of a model.
    fn is_lower_name(&self, at: usize) -> bool {
        let Some(Word { typed, exact, .. }) = self.words.get(at) else {
            return false;
        };
        let is_word = 3 < typed.len() && typed.bytes().all(|byte| byte.is_ascii_lowercase());
        let goes_on = |next: &Word<'_>| {
            next.pause == Pause::None && next.typed.is_ascii() && !next.typed.bytes().any(|byte| byte.is_ascii_digit())
        };
        let ends = !self.words.get(at + 1).is_some_and(goes_on);
        is_word && ends && !is_plain(exact) && !is_vietnamese_syllable(exact)
    }

    fn name(&self, at: usize, to: usize) -> Name {
        let (first, last) = (&self.words[at], &self.words[to - 1]);
        let text = &self.text[first.byte..last.byte + last.typed.len()];
        Name { text: text.to_owned(), start: first.start, end: last.end }
    }
}

fn is_plain(exact: &str) -> bool {
    is_one_of(exact, NO_NAMES)
}

fn is_one_of(word: &str, words: &str) -> bool {
    words.split_whitespace().any(|one| one == word)
}

/// A capital anywhere: `iPhone` too.
fn is_capital(typed: &str) -> bool {
    typed.chars().any(char::is_uppercase)
}
