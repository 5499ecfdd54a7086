//! Cuts out of the chosen parts what is no text of theirs: share bars, forms, lists of links.

use super::dom::{Dom, Tag};
use super::hints::Hints;
use super::strip::Totals;

/// Longest text that may be the label of an advert, with the whitespace around it, in bytes.
const MAX_ADVERT: usize = 400;

#[derive(Clone, Copy)]
pub(super) struct How {
    pub(super) weigh: bool,
    /// Cut by what a part holds, too.
    pub(super) conditionally: bool,
}

pub(super) fn clean(dom: &mut Dom<'_>, roots: &[usize], loose: &[u32], how: How) {
    let tables = data_tables(dom, roots);
    let mut pass = Pass { loose, how, tables: &tables };
    pass.conditionally(dom, roots, &[Tag::Form, Tag::Fieldset]);
    let chars = Totals::of(dom).chars;
    for root in roots {
        remove_plain(dom, *root, how, &chars);
    }
    pass.conditionally(dom, roots, &[Tag::Table]);
    pass.conditionally(dom, roots, &[Tag::Ul]);
    pass.conditionally(dom, roots, &[Tag::Div]);
}

fn remove_plain(dom: &mut Dom<'_>, root: usize, how: How, chars: &[u32]) {
    let mut id = root + 1;
    while id < dom.end(root) {
        let node = dom.nodes[id];
        let mut remove = node.removed
            || matches!(
                node.tag,
                Tag::Object
                    | Tag::Embed
                    | Tag::Footer
                    | Tag::Link
                    | Tag::Aside
                    | Tag::Iframe
                    | Tag::Input
                    | Tag::Textarea
                    | Tag::Select
                    | Tag::Button
            );
        if !remove && node.hints().has(Hints::SHARE) {
            remove = chars[id] < 500;
        }
        if !remove && how.weigh && matches!(node.tag, Tag::H1 | Tag::H2) {
            remove = node.weight() < 0.0;
        }
        if remove {
            dom.nodes[id].removed = true;
            id = node.end as usize;
        } else {
            id += 1;
        }
    }
}

/// Tables that hold data, not a layout: by what they say of themselves, or their size.
fn data_tables(dom: &Dom<'_>, roots: &[usize]) -> Vec<bool> {
    let mut data = vec![false; dom.nodes.len()];
    // What a table holds is passed upwards, so that tables in tables are read once.
    let mut holds = vec![Holds::default(); dom.nodes.len()];
    for root in roots {
        let inner: Vec<usize> = dom.descendants(*root).collect();
        for id in inner.into_iter().rev() {
            let (node, here) = (&dom.nodes[id], holds[id]);
            if node.tag == Tag::Table {
                data[id] = is_data(dom, id, here);
            }
            let marks = match node.tag {
                Tag::Caption => node.end as usize > id + 1,
                Tag::Col | Tag::Colgroup | Tag::Tfoot | Tag::Thead | Tag::Th => true,
                _ => false,
            };
            let above = &mut holds[node.parent as usize];
            above.marks |= here.marks || marks;
            above.table |= here.table || node.tag == Tag::Table;
        }
    }
    data
}

#[derive(Clone, Copy, Default)]
struct Holds {
    /// Elements that only tables of data have.
    marks: bool,
    table: bool,
}

fn is_data(dom: &Dom<'_>, id: usize, holds: Holds) -> bool {
    let node = &dom.nodes[id];
    if node.attr("role") == Some("presentation") || node.attr("datatable") == Some("0") {
        return false;
    }
    if holds.marks || node.attr("summary").is_some_and(|summary| !summary.is_empty()) {
        return true;
    }
    if holds.table {
        return false;
    }
    let (mut rows, mut columns, mut here) = (0_usize, 0_usize, 0_usize);
    for inner in dom.descendants(id).take(2_000) {
        match dom.nodes[inner].tag {
            Tag::Tr => {
                rows += 1;
                here = 0;
            }
            Tag::Td => {
                here += 1;
                columns = columns.max(here);
            }
            _ => {}
        }
    }
    rows > 1 && columns > 1 && (rows >= 10 || columns > 4 || rows * columns > 10)
}

struct Pass<'p> {
    loose: &'p [u32],
    how: How,
    tables: &'p [bool],
}

/// What stands under a node.
#[derive(Clone, Copy, Default)]
struct Sum {
    chars: u32,
    links: f32,
    commas: u32,
    paragraphs: u32,
    images: u32,
    items: u32,
    inputs: u32,
    embeds: u32,
    headings: u32,
    lists: u32,
    /// Letters in elements that hold text by their nature.
    textish: u32,
    /// How many texts that are not blank, and one of them.
    texts: u32,
    text: u32,
    video: bool,
    data_table: bool,
}

impl Sum {
    fn add(&mut self, other: &Self) {
        self.chars += other.chars;
        self.links += other.links;
        self.commas += other.commas;
        self.paragraphs += other.paragraphs;
        self.images += other.images;
        self.items += other.items;
        self.inputs += other.inputs;
        self.embeds += other.embeds;
        self.headings += other.headings;
        self.lists += other.lists;
        self.textish += other.textish;
        self.texts += other.texts;
        self.text = self.text.max(other.text);
        self.video |= other.video;
        self.data_table |= other.data_table;
    }
}

impl Pass<'_> {
    fn conditionally(&mut self, dom: &mut Dom<'_>, roots: &[usize], tags: &[Tag]) {
        if !self.how.conditionally {
            return;
        }
        for root in roots {
            self.root(dom, *root, tags);
        }
    }

    fn root(&self, dom: &mut Dom<'_>, root: usize, tags: &[Tag]) {
        let end = dom.end(root);
        let mut sums = vec![Sum::default(); end - root];
        let spared = self.spared(dom, root);
        for id in (root..end).rev() {
            let state = spared[id - root];
            if state & GONE != 0 || dom.nodes[id].hollow {
                continue;
            }
            let mut sum = sums[id - root];
            let node = dom.nodes[id];
            sum.chars += node.chars;
            sum.commas += node.commas;
            if node.chars > 0 {
                sum.texts += 1;
                sum.text = u32::try_from(id).expect("ids are made from u32");
            }
            sum.paragraphs += self.loose[id];
            if self.loose[id] > 0 {
                sum.textish += 1;
            }
            if id != root
                && tags.contains(&node.tag)
                && state & SPARED == 0
                && !self.tables[id]
                && self.should_go(dom, id, &sum, state & IN_FIGURE != 0)
            {
                dom.nodes[id].removed = true;
                continue;
            }
            self.count(dom, id, &mut sum);
            sums[id - root] = sum;
            if id > root {
                let parent = node.parent as usize;
                if parent >= root {
                    sums[parent - root].add(&sum);
                }
            }
        }
    }

    /// Adds the node itself to what stands under it.
    fn count(&self, dom: &Dom<'_>, id: usize, sum: &mut Sum) {
        let node = &dom.nodes[id];
        match node.tag {
            Tag::A => {
                let inner = node.attr("href").is_some_and(|href| href.len() > 1 && href.starts_with('#'));
                sum.links = sum.chars as f32 * if inner { 0.3 } else { 1.0 };
            }
            Tag::P => sum.paragraphs += 1,
            Tag::Img => sum.images += 1,
            Tag::Li => sum.items += 1,
            Tag::Input => sum.inputs += 1,
            Tag::Object | Tag::Embed | Tag::Iframe => {
                sum.embeds += 1;
                sum.video |= node.element.is_some_and(|element| element.attrs().any(|(_, value)| is_video(value)));
            }
            Tag::Ul | Tag::Ol => sum.lists += sum.chars,
            _ => {}
        }
        if node.tag.is_heading() {
            sum.headings += sum.chars;
        }
        if matches!(
            node.tag,
            Tag::Span
                | Tag::Li
                | Tag::Td
                | Tag::Blockquote
                | Tag::Dl
                | Tag::Div
                | Tag::Ol
                | Tag::P
                | Tag::Pre
                | Tag::Table
                | Tag::Ul
        ) {
            sum.textish = sum.textish.saturating_add(sum.chars);
        }
        sum.data_table |= self.tables[id];
    }

    fn should_go(&self, dom: &Dom<'_>, id: usize, sum: &Sum, in_figure: bool) -> bool {
        let node = &dom.nodes[id];
        if sum.data_table {
            return false;
        }
        let weight = if self.how.weigh { node.weight() } else { 0.0 };
        if weight < 0.0 {
            return true;
        }
        if sum.commas >= 10 {
            return false;
        }
        if sum.video {
            return false;
        }
        let chars = sum.chars as f32;
        let is_list = matches!(node.tag, Tag::Ul | Tag::Ol) || (sum.chars > 0 && sum.lists as f32 / chars > 0.9);
        let density = if sum.chars == 0 { 0.0 } else { sum.links / chars };
        let headings = if sum.chars == 0 { 0.0 } else { sum.headings as f32 / chars };
        if sum.chars < 30 && sum.texts == 1 && is_advert(dom.nodes[sum.text as usize].text) {
            return true;
        }
        let (paragraphs, images) = (sum.paragraphs as f32, sum.images as f32);
        let goes = (!in_figure && sum.images > 1 && paragraphs / images < 0.5)
            || (!is_list && sum.items > sum.paragraphs + 100)
            || sum.inputs > sum.paragraphs / 3
            || (!is_list
                && !in_figure
                && headings < 0.9
                && sum.chars < 25
                && (sum.images == 0 || sum.images > 2)
                && density > 0.0)
            || (!is_list && weight < 25.0 && density > 0.2)
            || (weight >= 25.0 && density > 0.5)
            || (sum.embeds == 1 && sum.chars < 75)
            || sum.embeds > 1
            || (sum.images == 0 && sum.textish == 0);
        if is_list && goes {
            if dom.child_elements(id).any(|child| dom.child_elements(child).nth(1).is_some()) {
                return true;
            }
            return sum.images != sum.items;
        }
        goes
    }

    /// For each node under `root` whether it is gone already, stands in code or a data table, or in a figure.
    fn spared(&self, dom: &Dom<'_>, root: usize) -> Vec<u8> {
        let end = dom.end(root);
        let mut states = vec![0_u8; end - root];
        for id in root..end {
            let node = &dom.nodes[id];
            let mut state = if node.removed { GONE } else { 0 };
            if id > root {
                let parent = node.parent as usize;
                if parent >= root {
                    state |= states[parent - root];
                    let parent_node = &dom.nodes[parent];
                    if parent_node.tag == Tag::Code || self.tables[parent] {
                        state |= SPARED;
                    }
                    if parent_node.tag == Tag::Figure {
                        state |= IN_FIGURE;
                    }
                }
            }
            states[id - root] = state;
        }
        states
    }
}

const GONE: u8 = 1;
const SPARED: u8 = 2;
const IN_FIGURE: u8 = 4;

fn is_video(value: &str) -> bool {
    [
        "youtube.com",
        "youtube-nocookie.com",
        "vimeo.com",
        "dailymotion.com",
        "player.twitch.tv",
        "bilibili.com",
        "archive.org/embed",
        "upload.wikimedia.org",
        "v.qq.com",
    ]
    .iter()
    .any(|host| value.contains(host))
}

fn is_advert(text: &str) -> bool {
    if text.len() > MAX_ADVERT {
        return false;
    }
    let text = text.trim().to_lowercase();
    let text = text.trim_end_matches(['.', '…']);
    matches!(
        text,
        "ad" | "advertising"
            | "advertisement"
            | "pub"
            | "publicité"
            | "werb"
            | "werbung"
            | "anzeige"
            | "广告"
            | "реклама"
            | "anuncio"
            | "quảng cáo"
            | "loading"
            | "正在加载"
            | "загрузка"
            | "chargement"
            | "cargando"
    )
}
