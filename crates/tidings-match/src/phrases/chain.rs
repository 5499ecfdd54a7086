//! Short lists that belong to the nodes of a tree, all in one.

/// Where a list begins; the default is the empty list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head(u32);

#[derive(Debug)]
pub(super) struct Chains<T> {
    /// Each with what follows it.
    links: Vec<(T, Head)>,
}

impl<T> Default for Chains<T> {
    fn default() -> Self {
        Self { links: Vec::new() }
    }
}

impl<T: Copy> Chains<T> {
    /// Puts `value` before the others of a list.
    pub(super) fn push(&mut self, head: &mut Head, value: T) {
        self.links.push((value, *head));
        *head = Head(u32::try_from(self.links.len()).expect("the number of phrases is bounded"));
    }

    pub(super) fn iter(&self, head: Head) -> impl Iterator<Item = T> {
        let mut next = head;
        std::iter::from_fn(move || {
            let (value, behind) = *self.links.get((next.0 as usize).checked_sub(1)?)?;
            next = behind;
            Some(value)
        })
    }
}
