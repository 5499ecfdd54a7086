//! Tells of most numbers that they are in no set, from less memory than the set takes.

/// So many bits a number at least: of the numbers that are in no set one in sixteen seems to be in it.
const BITS: usize = 16;

/// A bit for each number of a set, which it shares with few others.
#[derive(Debug)]
pub(super) struct Filter {
    /// As many as a power of two.
    words: Vec<u64>,
}

impl Filter {
    /// One of the numbers that will be added, `count` of them.
    pub(super) fn new(count: usize) -> Self {
        let words = (count * BITS).div_ceil(u64::BITS as usize).next_power_of_two();
        Self { words: vec![0; words] }
    }

    pub(super) fn add(&mut self, number: u64) {
        let (word, bit) = self.place(number);
        self.words[word] |= bit;
    }

    /// False only for a number that was not added.
    #[inline]
    pub(super) fn may_have(&self, number: u64) -> bool {
        let (word, bit) = self.place(number);
        self.words[word] & bit != 0
    }

    #[inline]
    const fn place(&self, number: u64) -> (usize, u64) {
        let mixed = mixed(number);
        (mixed as usize & (self.words.len() - 1), 1 << (mixed >> 58))
    }
}

/// Bits of which each depends on all of those given.
#[inline]
pub(super) const fn mixed(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_few_others_seem_so() {
        let numbers: Vec<u64> = (0..10_000).map(|number| (number << 32) | (number % 7)).collect();
        let mut filter = Filter::new(numbers.len());
        numbers.iter().for_each(|number| filter.add(*number));
        assert!(numbers.iter().all(|number| filter.may_have(*number)));
        let seeming = (0..10_000).filter(|number| filter.may_have((number << 32) | 9)).count();
        assert!(seeming < 1_000, "{seeming}");
    }
}
