//! What somebody found out for a word, kept by its letters: texts repeat a few thousand words.

/// Longest word that has a key, in bytes. One in a hundred is longer.
pub(crate) const KEY_BYTES: usize = 15;

/// The letters of a short word as two numbers: compared and hashed at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) u64, pub(crate) u64);

impl Key {
    /// No word has it.
    pub(crate) const NONE: Self = Self(0, 0);

    pub(crate) const fn is_some(self) -> bool {
        self.0 != 0
    }

    /// The key of the first `length` bytes, one at least and [`KEY_BYTES`] at most.
    #[inline]
    pub(crate) fn of_first(length: usize, bytes: &[u8]) -> Self {
        let mut end = [0; 16];
        let letters: &[u8; 16] = bytes.first_chunk().unwrap_or_else(|| {
            end[..bytes.len()].copy_from_slice(bytes);
            &end
        });
        let letters = u128::from_le_bytes(*letters) & KEPT[length % 16];
        Self(letters as u64, (letters >> 64) as u64)
    }

    /// Where it is kept among 2^`bits`.
    #[inline]
    const fn slot(self, bits: u32) -> usize {
        // The upper bits of a product depend on all bits of its factors.
        let mixed = (self.0 ^ self.1.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (64 - bits)) as usize
    }
}

/// The bits of so many first bytes.
const KEPT: [u128; 16] = {
    let mut kept = [0; 16];
    let mut length = 1;
    while length < 16 {
        kept[length] = !0 >> (128 - 8 * length);
        length += 1;
    }
    kept
};

/// So many words are looked up together.
pub(crate) const BATCH: usize = 32;

/// What a map has of the words of a batch.
pub(crate) struct Ahead<V> {
    pub(crate) values: [V; BATCH],
    /// A bit for each word that was not found; its value is none.
    pub(crate) missing: u32,
}

impl<V: Copy> Ahead<V> {
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<V> {
        (self.missing & 1 << at == 0).then(|| self.values[at])
    }
}

/// Slots at first, and once words have often taken each other's place.
const SLOT_BITS: std::ops::RangeInclusive<u32> = 12..=16;

/// Slots side by side in which a word may be kept whose own is taken. Of the words of a large
/// map that is two thirds full one in ten was forgotten when each had its own slot only, with
/// eight of them one in a hundred, and with sixteen hardly any is.
const GROUP: usize = 16;

/// Values by the keys of words. It forgets: a word takes the place of another one.
#[derive(Debug)]
pub struct WordMap<V> {
    /// Empty until something is kept.
    slots: Vec<Slot<V>>,
    bits: u32,
    /// How often a word was forgotten for another since there were so many slots.
    displaced: usize,
    turn: u32,
}

/// Aligned so that a small one lies in one line of the processor's cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Slot<V> {
    key: Key,
    /// When it was kept; it counts only in the present turn, and never in turn 0.
    turn: u32,
    value: V,
}

impl<V> Default for WordMap<V> {
    fn default() -> Self {
        Self { slots: Vec::new(), bits: *SLOT_BITS.start(), displaced: 0, turn: 1 }
    }
}

impl<V: Copy + Default> WordMap<V> {
    /// What is kept of the words with these keys, [`BATCH`] at most. Looked up without a
    /// branch that waits for memory, so that the waits for all of them overlap.
    #[inline]
    pub(crate) fn look_ahead(&self, keys: impl Iterator<Item = Key>) -> Ahead<V> {
        let mut ahead = Ahead { values: [V::default(); BATCH], missing: 0 };
        for (at, (key, value)) in keys.zip(&mut ahead.values).enumerate() {
            let Some(slot) = self.slots.get(key.slot(self.bits)) else {
                ahead.missing |= 1 << at;
                continue;
            };
            let is_it = (slot.key.0 == key.0) & (slot.key.1 == key.1) & (slot.turn == self.turn);
            *value = slot.value;
            ahead.missing |= u32::from(!is_it) << at;
        }
        ahead
    }

    /// What is kept of a word, wherever in its group.
    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<V> {
        let own = key.slot(self.bits);
        // In the order in which places are taken.
        let mut group = (0..GROUP).filter_map(|distance| self.slots.get(own ^ distance));
        group.find(|slot| slot.key == key && slot.turn == self.turn).map(|slot| slot.value)
    }

    /// Keeps `value` for a word that is not kept.
    pub(crate) fn insert(&mut self, key: Key, value: V) {
        if self.slots.is_empty() {
            self.slots.resize_with(1 << self.bits, Slot::default);
        }
        self.place(Slot { key, turn: self.turn, value });
        if self.slots.len() < 4 * self.displaced && self.bits < *SLOT_BITS.end() {
            self.grow();
        }
    }

    /// Puts a word into its own slot, or where another one is in its own, beside it: who came
    /// first comes most often.
    fn place(&mut self, word: Slot<V>) {
        let own = word.key.slot(self.bits);
        let before = self.slots[own];
        let moved = if before.turn != self.turn {
            self.slots[own] = word;
            return;
        } else if before.key.slot(self.bits) == own {
            word
        } else {
            std::mem::replace(&mut self.slots[own], word)
        };
        let mut beside = (1..GROUP).map(|distance| own ^ distance);
        let to = beside.find(|at| self.slots[*at].turn != self.turn).unwrap_or_else(|| {
            self.displaced += 1;
            own ^ (1 + self.displaced % (GROUP - 1))
        });
        self.slots[to] = moved;
    }

    fn grow(&mut self) {
        (self.bits, self.displaced) = (self.bits + 1, 0);
        let kept = std::mem::take(&mut self.slots);
        self.slots.resize_with(1 << self.bits, Slot::default);
        let turn = self.turn;
        kept.into_iter().filter(|slot| slot.turn == turn).for_each(|slot| self.place(slot));
    }

    /// Forgets everything, at once.
    pub fn forget(&mut self) {
        self.turn = self.turn.checked_add(1).unwrap_or_else(|| {
            self.slots.clear();
            1
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(word: &str) -> Key {
        let followed = format!("{word} and what follows");
        let key = Key::of_first(word.len(), followed.as_bytes());
        assert_eq!(key, Key::of_first(word.len(), word.as_bytes()));
        key
    }

    #[test]
    fn keys_hold_the_letters_of_their_word_and_no_others() {
        for word in ["a", "price", "sevenle", "eightlet", "ninelette", "fifteen-letters"] {
            let Key(low, high) = key(word);
            let bytes: Vec<u8> = low.to_le_bytes().into_iter().chain(high.to_le_bytes()).collect();
            assert_eq!(&bytes[..word.len()], word.as_bytes());
            assert!(bytes[word.len()..].iter().all(|byte| *byte == 0), "{word}");
        }
    }

    #[test]
    fn words_are_remembered_until_they_are_forgotten() {
        let mut map = WordMap::default();
        assert_eq!(map.get(key("price")), None);
        map.insert(key("price"), 1);
        map.insert(key("prices"), 2);
        assert_eq!((map.get(key("price")), map.get(key("prices")), map.get(key("pric"))), (Some(1), Some(2), None));
        map.forget();
        assert_eq!(map.get(key("price")), None);
        let ahead = map.look_ahead(["price", "prices"].into_iter().map(key));
        assert_eq!((ahead.get(0), ahead.get(1)), (None, None));
        map.insert(key("prices"), 4);
        let ahead = map.look_ahead([key("price"), key("prices"), Key::NONE].into_iter());
        assert_eq!((ahead.get(0), ahead.get(1), ahead.get(2)), (None, Some(4), None));
        map.turn = u32::MAX;
        map.insert(key("price"), 3);
        map.forget();
        assert_eq!((map.turn, map.get(key("price"))), (1, None));
    }

    #[test]
    fn words_take_the_place_of_others_when_they_are_many() {
        let mut map = WordMap::default();
        let words: Vec<String> = (0..100_000).map(|number| format!("word{number}")).collect();
        for (number, word) in words.iter().enumerate() {
            map.insert(key(word), number);
            assert_eq!(map.get(key(word)), Some(number));
        }
        let kept = words.iter().enumerate().filter(|(number, word)| map.get(key(word)) == Some(*number)).count();
        let most = 1 << SLOT_BITS.end();
        assert!(most * 9 / 10 < kept && kept <= most, "{kept}");
    }
}
