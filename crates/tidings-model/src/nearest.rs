//! The right name nearest to a wrong one, for "did you mean".

/// How alike two names must be, from 0 to 1: `nmae` and `name` are 0.75.
const LIKENESS: f64 = 0.6;

/// The one of `names` that `wrong` was most likely meant to be, whatever its case.
pub fn nearest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wrong: String = wrong.chars().take(64).flat_map(char::to_lowercase).collect();
    names
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&wrong, &name.to_lowercase()), name))
        .filter(|(likeness, _)| LIKENESS <= *likeness)
        // The first of several that are equally near.
        .reduce(|best, next| if best.0 < next.0 { next } else { best })
        .map(|(_, name)| name)
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
