//! Which terms a query waits for: one of them is there whenever it is true.

use super::expr::{Expr, Places, Spellings};
use super::terms::{NONE, TermId, Terms, Waiting};

/// Terms of which one must be there.
struct Anchor {
    terms: Vec<TermId>,
    /// How common they are together.
    weight: u64,
}

impl Anchor {
    fn of_spellings(spellings: &Spellings, terms: &Terms) -> Option<Self> {
        (!spellings.is_empty())
            .then(|| Self { terms: spellings.to_vec(), weight: spellings.iter().map(|id| terms.weight(*id)).sum() })
    }

    /// Every anchor of an expression that must be true; none for one that may be without any term.
    fn all_of(expr: &Expr, terms: &Terms, anchors: &mut Vec<Self>) {
        match expr {
            Expr::All(parts) => parts.iter().for_each(|part| Self::all_of(part, terms, anchors)),
            Expr::Any(parts) => {
                let mut any = Self { terms: Vec::new(), weight: 0 };
                for part in parts {
                    let mut inner = Vec::new();
                    Self::all_of(part, terms, &mut inner);
                    let Some(rarest) = inner.into_iter().min_by_key(|anchor| anchor.weight) else { return };
                    any.terms.extend(rarest.terms);
                    any.weight += rarest.weight;
                }
                any.terms.sort_unstable();
                any.terms.dedup();
                anchors.push(any);
            }
            Expr::Has(spellings) => anchors.extend(Self::of_spellings(spellings, terms)),
            Expr::Stands(_, places) => Self::all_of_places(places, terms, anchors),
            Expr::Not(_) | Expr::When(_) => {}
        }
    }

    fn all_of_places(places: &Places, terms: &Terms, anchors: &mut Vec<Self>) {
        match places {
            Places::Row { slots, .. } => {
                anchors.extend(slots.iter().filter_map(|slot| Self::of_spellings(slot, terms)));
            }
            Places::Near { left, right, .. } => {
                Self::all_of_places(left, terms, anchors);
                Self::all_of_places(right, terms, anchors);
            }
        }
    }
}

/// What a query waits for: its rarest terms, each with the rarest other one that must be there too.
/// `None` where it may be true without any term.
pub(super) fn choose(query: u32, expr: &Expr, terms: &Terms) -> Option<Vec<(TermId, Waiting)>> {
    let mut anchors = Vec::new();
    Anchor::all_of(expr, terms, &mut anchors);
    let rarest = (0..anchors.len()).min_by_key(|at| anchors[*at].weight)?;
    let anchor = anchors.swap_remove(rarest);
    let also = anchors
        .iter()
        .filter(|other| other.terms.len() == 1)
        .min_by_key(|other| other.weight)
        .map_or(NONE, |other| other.terms[0]);
    Some(anchor.terms.into_iter().map(|id| (id, Waiting { query, also })).collect())
}
