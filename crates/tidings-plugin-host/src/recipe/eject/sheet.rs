//! What a template is filled with.

use std::collections::{BTreeMap, BTreeSet};

/// Words for the `@NAMES@` of a template, and which of its lines stay: one that ends with
/// `//@flag` only where the flag is set, one with `//@!flag` only where it is not.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    flags: BTreeSet<&'static str>,
    words: BTreeMap<&'static str, String>,
}

impl Sheet {
    pub(super) fn set(&mut self, flag: &'static str, is_set: bool) {
        if is_set {
            self.flags.insert(flag);
        }
    }

    pub(super) fn say(&mut self, name: &'static str, word: impl Into<String>) {
        self.words.insert(name, word.into());
    }

    pub(super) fn fill(&self, template: &str) -> String {
        let mut filled = String::new();
        for line in template.lines() {
            let (line, flag) = line.split_once(" //@").unwrap_or((line, ""));
            let is_kept = match flag.strip_prefix('!') {
                Some(flag) => !self.flags.contains(flag),
                None => flag.is_empty() || self.flags.contains(flag),
            };
            let is_second_blank = line.is_empty() && (filled.is_empty() || filled.ends_with("\n\n"));
            if is_kept && !is_second_blank {
                self.fill_line(line, &mut filled);
                filled.push('\n');
            }
        }
        filled.trim_end().to_owned() + "\n"
    }

    /// What is filled in is not looked at again: it may hold any sign.
    fn fill_line(&self, line: &str, filled: &mut String) {
        for (index, part) in line.split('@').enumerate() {
            match self.words.get(part) {
                Some(word) if index % 2 == 1 => filled.push_str(word),
                _ => filled.push_str(part),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_by_their_flags_and_names_become_words() {
        let mut sheet = Sheet::default();
        sheet.set("on", true);
        sheet.set("off", false);
        sheet.say("A", "x @B@");
        let filled = sheet.fill("a @A@ b\n\nc //@on\nd //@off\ne //@!on\n\nf //@off\n\ng //@!off\n");
        assert_eq!(filled, "a x @B@ b\n\nc\n\ng\n");
    }
}
