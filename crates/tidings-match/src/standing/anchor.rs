//! Which terms a query waits for: one of them is there whenever it is true.

use tidings_query::Scope;

use super::expr::{Expr, Places, Spellings};
use super::terms::{NONE, Proof, TermId, Terms, Waiting};

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

/// What a query waits for: its rarest terms, each with the rarest others that must be there too.
/// `None` where it may be true without any term.
pub(super) fn choose(query: u32, expr: &Expr, terms: &Terms) -> Option<Vec<(TermId, Waiting)>> {
    let mut anchors = Vec::new();
    Anchor::all_of(expr, terms, &mut anchors);
    let rarest = (0..anchors.len()).min_by_key(|at| anchors[*at].weight)?;
    let anchor = anchors.swap_remove(rarest);
    anchors.sort_by_key(|other| other.weight);
    let mut others = anchors.iter().filter(|other| other.terms.len() == 1).map(|other| other.terms[0]);
    let mut also = [others.next().unwrap_or(NONE), others.next().unwrap_or(NONE)];
    let named = also.iter().filter(|id| **id != NONE).count();
    let proof = if named == anchors.len() { proof(expr, &anchor, &mut also) } else { Proof::Expression };
    let waits_elsewhere = 1 < anchor.terms.len();
    Some(anchor.terms.into_iter().map(|id| (id, Waiting { query, also, proof, waits_elsewhere })).collect())
}

/// What shows that an expression is true whose anchors are all named: `anchor`, and those in `also`.
fn proof(expr: &Expr, anchor: &Anchor, also: &mut [TermId; 2]) -> Proof {
    match expr {
        Expr::All(parts) => {
            let mut others = parts.iter().filter(|part| !is_its_anchor(part));
            match (others.next(), others.next()) {
                (None, _) => Proof::Enough,
                (Some(Expr::Not(part)), None) if also[1] == NONE => match &**part {
                    Expr::Has(spellings) if spellings.len() == 1 => {
                        also[1] = spellings[0];
                        Proof::Absence
                    }
                    _ => Proof::Expression,
                },
                _ => Proof::Expression,
            }
        }
        Expr::Stands(Scope::Anywhere | Scope::Url, Places::Row { slots, slop: 0 }) => {
            row(slots, anchor, *also).map_or(Proof::Expression, Proof::Row)
        }
        expr if is_its_anchor(expr) => Proof::Enough,
        _ => Proof::Expression,
    }
}

/// How far behind the anchor the other words of a row stand, if each is one term.
fn row(slots: &[Spellings], anchor: &Anchor, also: [TermId; 2]) -> Option<[i8; 2]> {
    let mut words: Vec<Option<TermId>> = Vec::with_capacity(slots.len());
    for slot in slots {
        let [id] = **slot else { return None };
        words.push(Some(id));
    }
    // A word that is said twice has two places.
    let mut take = |id: TermId| {
        let at = words.iter().position(|word| *word == Some(id))?;
        words[at] = None;
        i8::try_from(at).ok()
    };
    let first = take(*anchor.terms.first()?)?;
    let mut behind = [0; 2];
    for (behind, id) in behind.iter_mut().zip(also).filter(|(_, id)| *id != NONE) {
        *behind = take(id)? - first;
    }
    words.iter().all(Option::is_none).then_some(behind)
}

/// Whether an expression is true just where one of the terms of its anchor is there.
fn is_its_anchor(expr: &Expr) -> bool {
    match expr {
        Expr::Has(spellings) => !spellings.is_empty(),
        Expr::Any(parts) => parts.iter().all(is_its_anchor),
        Expr::All(_) | Expr::Not(_) | Expr::Stands(..) | Expr::When(_) => false,
    }
}
