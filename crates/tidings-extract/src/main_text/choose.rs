//! Which part of a page its text is in: paragraphs give their score to what holds them.

use super::dom::{Dom, Tag};
use super::hints::Hints;
use super::strip::{Stripped, Totals};

/// How far up a paragraph's score goes.
const REACH: usize = 5;
const MOST_CANDIDATES: usize = 5;

/// Least letters of a paragraph that runs.
const RUNNING: u32 = 80;
/// How far above the best part its like may stand.
const ALIKE_REACH: usize = 8;

struct Scores {
    /// NaN where a node has none.
    of: Vec<f32>,
    weigh: bool,
}

impl Scores {
    fn get(&self, id: usize) -> Option<f32> {
        (!self.of[id].is_nan()).then_some(self.of[id])
    }

    fn initial(&self, dom: &Dom<'_>, id: usize) -> f32 {
        let node = &dom.nodes[id];
        let by_tag = match node.tag {
            Tag::Div => 5.0,
            Tag::Pre | Tag::Td | Tag::Blockquote => 3.0,
            Tag::Address | Tag::Ol | Tag::Ul | Tag::Dl | Tag::Dd | Tag::Dt | Tag::Li | Tag::Form => -3.0,
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 | Tag::Th => -5.0,
            _ => 0.0,
        };
        by_tag + if self.weigh { node.weight() } else { 0.0 }
    }
}

/// The parts that hold the main text, in document order.
pub(super) fn choose(dom: &Dom<'_>, stripped: &Stripped, totals: &Totals, weigh: bool) -> Vec<usize> {
    let mut scores = Scores { of: vec![f32::NAN; dom.nodes.len()], weigh };
    let mut candidates = Vec::new();
    for paragraph in &stripped.paragraphs {
        if paragraph.chars < 25 {
            continue;
        }
        let score = 2.0 + paragraph.commas as f32 + (paragraph.chars / 100).min(3) as f32;
        let mut at = paragraph.parent as usize;
        for level in 0..REACH {
            if at == 0 {
                break;
            }
            if scores.of[at].is_nan() {
                scores.of[at] = scores.initial(dom, at);
                candidates.push(at);
            }
            scores.of[at] += match level {
                0 => score,
                1 => score / 2.0,
                _ => score / (level as f32 * 3.0),
            };
            at = dom.nodes[at].parent as usize;
        }
    }
    for id in &candidates {
        scores.of[*id] *= 1.0 - totals.link_density(*id).min(1.0);
    }
    candidates.sort_by(|a, b| scores.of[*b].total_cmp(&scores.of[*a]));
    candidates.truncate(MOST_CANDIDATES);
    let Some(top) = candidates.first().copied().filter(|top| dom.nodes[*top].tag != Tag::Body) else {
        return vec![dom.body];
    };
    let top = climb(dom, &scores, shared(dom, &scores, &candidates, top));
    let roots = with_siblings(dom, stripped, totals, &scores, top);
    let running = running(dom, stripped);
    let held: u32 = roots.iter().map(|root| running[*root]).sum();
    if let Some(alike) = alike(dom, &running, totals, top, held) {
        return alike;
    }
    match widen(dom, &running, totals, top, held) {
        Some(wide) => with_siblings(dom, stripped, totals, &scores, wide),
        None => roots,
    }
}

/// What holds three or more of the candidates that are nearly as good as the best.
fn shared(dom: &Dom<'_>, scores: &Scores, candidates: &[usize], top: usize) -> usize {
    let good: Vec<usize> =
        candidates[1..].iter().copied().filter(|id| scores.of[*id] >= scores.of[top] * 0.75).collect();
    if good.len() < 3 {
        return top;
    }
    let mut at = top;
    while let Some(parent) = dom.parent(at).filter(|parent| dom.nodes[*parent].tag != Tag::Body) {
        let held = good.iter().filter(|id| (parent + 1..dom.end(parent)).contains(*id)).count();
        if held >= 3 {
            return parent;
        }
        at = parent;
    }
    top
}

fn climb(dom: &Dom<'_>, scores: &Scores, mut top: usize) -> usize {
    let mut last = scores.get(top).unwrap_or_else(|| scores.initial(dom, top));
    let threshold = last / 3.0;
    let mut at = dom.parent(top);
    while let Some(parent) = at.filter(|at| *at > 0 && dom.nodes[*at].tag != Tag::Body) {
        at = dom.parent(parent);
        let Some(score) = scores.get(parent) else { continue };
        if score < threshold {
            break;
        }
        if score > last {
            top = parent;
            break;
        }
        last = score;
    }
    while let Some(parent) = dom.parent(top).filter(|parent| dom.nodes[*parent].tag != Tag::Body && *parent > 0) {
        if dom.child_elements(parent).nth(1).is_some() || stray(dom, parent) {
            break;
        }
        top = parent;
    }
    top
}

/// The posts of a thread, the sections of a letter: parts of one kind side by side that hold much more running text
/// together than the `held` letters of what was chosen from one of them.
fn alike(dom: &Dom<'_>, running: &[u32], totals: &Totals, top: usize, held: u32) -> Option<Vec<usize>> {
    let kind = |id: usize| {
        let node = &dom.nodes[id];
        let class = node.attr("class").and_then(|class| class.split_ascii_whitespace().next());
        (node.tag, class)
    };
    let mut at = top;
    for _ in 0..ALIKE_REACH {
        let parent = dom.parent(at).filter(|parent| *parent > 0)?;
        let kind_here = kind(at);
        if kind_here.0 == Tag::Article || kind_here.1.is_some() {
            let parts: Vec<usize> = dom
                .children(parent)
                .filter(|part| kind(*part) == kind_here)
                .filter(|part| running[*part] >= RUNNING && totals.link_density(*part) < 0.3)
                .collect();
            let more: u32 = parts.iter().map(|part| running[*part]).sum();
            if parts.len() >= 3 && more > held + held / 2 {
                return Some(parts);
            }
        }
        at = parent;
    }
    None
}

/// An article, or what is named so, that holds much more running text than the `held` letters of what was chosen in it.
fn widen(dom: &Dom<'_>, running: &[u32], totals: &Totals, top: usize, mut held: u32) -> Option<usize> {
    let (mut best, mut at) = (None, top);
    while let Some(parent) = dom.parent(at).filter(|parent| *parent > 0 && dom.nodes[*parent].tag != Tag::Body) {
        at = parent;
        let node = &dom.nodes[parent];
        let named = matches!(node.tag, Tag::Article | Tag::Main)
            || node.hints().has(Hints::BODY)
            || node.attr("itemprop").is_some_and(|property| property.contains("articleBody"));
        if !named || totals.link_density(parent) > 0.3 {
            continue;
        }
        let more = running[parent];
        if more > held + held / 2 {
            (best, held) = (Some(parent), more);
        }
    }
    best
}

/// Letters of running text under each node.
fn running(dom: &Dom<'_>, stripped: &Stripped) -> Vec<u32> {
    let mut letters = vec![0; dom.nodes.len()];
    for paragraph in &stripped.paragraphs {
        if paragraph.chars >= RUNNING && paragraph.links < 0.25 * paragraph.chars as f32 {
            letters[paragraph.parent as usize] += paragraph.chars;
        }
    }
    for id in (1..letters.len()).rev() {
        letters[dom.nodes[id].parent as usize] += letters[id];
    }
    letters
}

/// Text beside elements was given a paragraph of its own, which is a child too.
fn stray(dom: &Dom<'_>, id: usize) -> bool {
    dom.nodes[id].tag == Tag::Div && dom.children(id).any(|child| dom.nodes[child].chars > 0)
}

fn with_siblings(dom: &Dom<'_>, stripped: &Stripped, totals: &Totals, scores: &Scores, top: usize) -> Vec<usize> {
    if dom.nodes[top].tag == Tag::Body {
        return vec![top];
    }
    let top_score = scores.get(top).unwrap_or_else(|| scores.initial(dom, top));
    let threshold = (top_score * 0.2).max(10.0);
    let class = dom.nodes[top].attr("class").unwrap_or_default();
    let Some(parent) = dom.parent(top) else { return vec![top] };
    // Loose text of the parent would be a paragraph among the siblings.
    let takes_loose = stripped.loose[parent] > 0;
    let mut roots = Vec::new();
    for sibling in dom.children(parent) {
        let node = &dom.nodes[sibling];
        let (chars, density) = (totals.chars[sibling], totals.link_density(sibling));
        let joins = if sibling == top {
            true
        } else if node.tag == Tag::Text {
            takes_loose && chars > 80
        } else {
            let bonus = if !class.is_empty() && node.attr("class") == Some(class) { top_score * 0.2 } else { 0.0 };
            let by_score = scores.get(sibling).is_some_and(|score| score + bonus >= threshold);
            by_score
                || (node.tag == Tag::P
                    && ((chars > 80 && density < 0.25)
                        || (chars > 0 && chars < 80 && density == 0.0 && ends_sentence(dom, stripped, sibling))))
        };
        if joins {
            roots.push(sibling);
        }
    }
    roots
}

fn ends_sentence(dom: &Dom<'_>, stripped: &Stripped, id: usize) -> bool {
    let text = stripped.texts.start(dom, id, 1_000);
    text.ends_with(['.', '。']) || text.contains(". ")
}
