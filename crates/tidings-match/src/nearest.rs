//! The right name nearest to a wrong one.

/// The one of `names` that `wrong` was most likely meant to be.
pub(crate) fn nearest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wrong: Vec<char> = wrong.chars().take(64).flat_map(char::to_lowercase).collect();
    let distances = names.into_iter().map(|name| (distance(&wrong, &name.chars().collect::<Vec<_>>()), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + wrong.len() / 3).then_some(name)
}

/// Letters to add, drop or change.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood() {
        let names = ["name", "tier", "aliases", "domains"];
        assert_eq!(nearest("nmae", names), Some("name"));
        assert_eq!(nearest("alias", names), Some("aliases"));
        assert_eq!(nearest("Tiers", names), Some("tier"));
        assert_eq!(nearest("colour", names), None);
    }
}
