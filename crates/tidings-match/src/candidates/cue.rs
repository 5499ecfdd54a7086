//! The words beside which names of products stand.

use std::sync::LazyLock;

use super::Standing;
use crate::lexicon::Rule;
use crate::pattern::{Lists, Pattern};
use crate::phrases::{PhraseTree, Phrases};

/// Where the name stands that a cue tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    Before,
    Behind,
    Both,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Cue {
    pub(super) sides: Sides,
    pub(super) standing: Standing,
    /// Whether a word in small letters behind it is a name.
    pub(super) takes_lower: bool,
}

pub(super) struct Cues {
    pub(super) phrases: Phrases,
    pub(super) cues: Vec<Cue>,
}

const BOTH: [&str; 11] = [
    "vs",
    "versus",
    "(is|are|was|seems) (better|worse|cheaper|faster|slower) than",
    "(or|over) (even)? (just)?",
    "instead of",
    "(tốt|ngon|hơn|rẻ|nhanh|bền) hơn",
    "hay là",
    "hay",
    "thay vì",
    "so với",
    "so vs",
];

/// A name must follow, whatever its letters.
const STRONG: [&str; 17] = [
    "(alternative|replacement|substitute|competitor) (to|for|of)",
    "(switch|move|migrate|change|convert|go|went|come|came|jump) (back|over|away|all)? (to|from)",
    "(switch|move|migrate|change) … from",
    "(switch|move|migrate|change) ~4 from ~4 to",
    "(move|migrate|get|go) off (of)?",
    "(move|migrate|get|go) off (of)? ~3 to",
    "(leave|leaving|left|ditch|dump|quit|replace|drop) (for)?",
    "(leave|leaving|left|ditch|dump|quit|replace|drop) ~3 (for|with)",
    "(should have|should've|rather) (pick|chosen|choose|used|flown|gone with)",
    "(pick|chose|choose|prefer|chosen)",
    "go with",
    "(chuyển|đổi|nhảy|chạy) (lại|hẳn|luôn|từ)? (sang|qua|về|lên|từ) (dùng|xài|sử dụng|mua)?",
    "(sang|qua) (dùng|xài|mua)",
    "từ ~4 (sang|qua) (dùng|xài|sử dụng)?",
    "thay thế (cho|được|bằng)?",
    "(bỏ|rời|chia tay)",
    "(giữa|so sánh)",
];

const BEHIND: [&str; 7] = [
    "(compare|compared|comparison) (to|with|of|between)?",
    "(better|worse|cheaper|faster|slower|service|more|less|easier) (than|on|at)",
    "than",
    "(similar|comparable|equivalent) to",
    "(between|unlike|rival|competing with)",
    "(away|me) from",
    "those of",
];

const BEHIND_IN_VIETNAMESE: [&str; 5] = [
    "(so sánh|so) (giữa|với|vs)?",
    "(hơn|bằng|giống|như|tương tự) (con|em|chiếc|máy)?",
    "so sánh ~3 với",
    "(thua|ăn đứt|đè bẹp|kém)",
    "phân vân (giữa)?",
];

const BEFORE: [&str; 3] =
    ["(alternative|replacement|competitor|clone|rival)", "(thì|có) (tốt|ngon|rẻ|đắt|chậm)? hơn", "vs"];

/// What happens to what a title is about.
const SUBJECT: [&str; 9] = [
    "(is|are) (having|leaving|ditching|giving|hiring|dead|broken|killing|buying|raising|testing|adding|dropping|experiencing|suffering|slow|closing|moving)",
    "(has|have) (been)? (hacked|breached|acquired|raised|launched|removed|banned|changed|stopped|lost)",
    "(to)? (acquire|buy|launch|unveil|announce|release|sue|fire|lay off|shut down|open source|introduce|raise|ban|kill|drop|undercut|admit|warn)",
    "(to)? (double|hike|increase) (its|the|their)? (price|prices|pricing|fees)",
    "(hack|breach|hacked|breached|outage|postmortem|downtime|leak|leaks)",
    "(security|data|privacy) (issue|incident|flaw|vulnerability|breach|leak|hole)",
    "(new)? (pricing|price increase|price hike|passwords|accounts) (leak|change|stolen|hacked|exposed|go|put|make|is|are)",
    "(realtime|api|login|status|app)? (is|was|are|went|goes)? (down|offline)",
    "(is|are|was|be)? shutting down",
];

const SUBJECT_BEHIND: [&str; 2] =
    ["(flaw|vulnerability|bug|hole|exploit|backdoor|breach) (in|at|of)", "(due to|caused by)"];

const USED: [&str; 4] = [
    "(use|using|used|own|owned|bought|buy|purchased|tried|try|ordered|installed|love|hate|flew|fly|flying) (with|from)?",
    "(my|our)",
    "customer (of|with|at)",
    "(subscribe|subscribed|subscription) to",
];

/// The same in Vietnamese, where names in small letters stand out among the syllables.
const USED_IN_VIETNAMESE: [&str; 3] = [
    "(dùng|xài|sử dụng|mua|sắm|tậu|lấy|đổi|chọn|cài|sài) (được|đc|dc|thử|qua|về)? (một|1|chiếc|con|em|cái|máy|dòng)? (chiếc|con|em|máy|điện thoại)?",
    "(con|chiếc|dòng)",
    "(đánh giá|review|cảm nhận) ~4 về",
];

/// Read once; the tests hold that every cue can be read.
pub(super) static CUES: LazyLock<Cues> = LazyLock::new(|| {
    let (mut tree, mut cues) = (PhraseTree::new(), Vec::new());
    for (phrases, sides, standing, takes_lower) in [
        (&BOTH[..], Sides::Both, Standing::Compared, false),
        (&STRONG, Sides::Behind, Standing::Compared, true),
        (&BEHIND, Sides::Behind, Standing::Compared, false),
        (&BEHIND_IN_VIETNAMESE, Sides::Behind, Standing::Compared, true),
        (&BEFORE, Sides::Before, Standing::Compared, false),
        (&SUBJECT, Sides::Before, Standing::Subject, false),
        (&SUBJECT_BEHIND, Sides::Behind, Standing::Subject, false),
        (&USED, Sides::Behind, Standing::Used, false),
        (&USED_IN_VIETNAMESE, Sides::Behind, Standing::Used, true),
    ] {
        let target = u32::try_from(cues.len()).expect("there are a few cues");
        cues.push(Cue { sides, standing, takes_lower });
        for phrase in phrases {
            let pattern = Pattern::read(phrase, &Lists::default()).expect("cues are phrases");
            tree.add(&pattern, Rule::Inflected, target);
        }
    }
    Cues { phrases: tree.into_phrases(), cues }
});
