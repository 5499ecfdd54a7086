//! Tiếng Việt.

use super::{Counted, TopicWords, Words};
use crate::Language;

/// Nouns have no plural.
const fn any(phrase: &'static str) -> Counted {
    Counted { one: phrase, many: phrase }
}

pub(super) const WORDS: Words = Words {
    lang: "vi",
    test: "[Test]",
    test_note: "Đây là tin nhắn thử.",
    nothing: "Không có gì mới.",
    changed_note: "Đã thay đổi so với lần đầu tìm thấy",
    old_note: "Trang cũ, nay mới thấy lần đầu",
    old_heading: "Trang cũ, nay mới thấy lần đầu",
    new_heading: "Mới",
    other: "Khác",
    because: "Gửi bởi cảnh báo",
    looks_for: "Cảnh báo này tìm",
    read_all: "Mọi tin mà cảnh báo này đã tìm thấy",
    times: "Giờ hiển thị theo múi giờ",
    score: "Điểm",
    notice: "Tidings:",
    feed: "Những gì Tidings tìm thấy: {title}",
    critical: "Nghiêm trọng",
    high: "Mức độ cao",
    medium: "Mức độ trung bình",
    low: "Mức độ thấp",
    no_severity: "Chưa xếp mức độ",
    changed: "Thay đổi:",
    old: "Trang cũ:",
    new_of: "{n} trong {total} tin mới",
    counted_new: any("{n} tin mới"),
    counted_changed: any("{n} tin thay đổi"),
    counted_old: any("{n} trang cũ"),
    also_in: any("cũng có ở {n} nguồn khác"),
    more: any("Và {n} tin nữa."),
    and_more: any("và {n} tin nữa"),
    tier: "tầng {tier}",
    own: "chúng ta",
    mostly: "phần lớn là {topic}",
    complaints: TopicWords {
        alone: "phàn nàn về {label}",
        of_tier: "phàn nàn về {label} ở đối thủ tầng {tier}",
        of_competitor: "phàn nàn về {label} ở {name}",
    },
    praise: TopicWords {
        alone: "lời khen",
        of_tier: "lời khen dành cho đối thủ tầng {tier}",
        of_competitor: "lời khen dành cho {name}",
    },
    leads: TopicWords {
        alone: "khách hàng tiềm năng",
        of_tier: "khách hàng tiềm năng từ đối thủ tầng {tier}",
        of_competitor: "khách hàng tiềm năng từ {name}",
    },
    page_changes: TopicWords {
        alone: "thay đổi trên trang",
        of_tier: "thay đổi trên trang của đối thủ tầng {tier}",
        of_competitor: "thay đổi trên trang của {name}",
    },
    mentions: TopicWords {
        alone: "được nhắc đến",
        of_tier: "nhắc đến đối thủ tầng {tier}",
        of_competitor: "nhắc đến {name}",
    },
    time_format: "%d/%m/%Y %H:%M",
};

/// `severity high` as `mức độ cao`.
pub(super) fn score_part(what: &str) -> String {
    let labels = |dimension, ids: &str| -> Vec<String> {
        ids.split(", ").map(|id| Language::Vietnamese.label(dimension, id)).collect()
    };
    match what.split_once(' ') {
        Some(("severity", level)) => severity(level).to_owned(),
        Some(("tier", tier)) => WORDS.tier.replace("{tier}", tier),
        Some(("about", _)) => format!("về {}", WORDS.own),
        Some(("intent", id)) => labels("intent", id).join(", "),
        Some(("pain", ids)) => format!("phàn nàn về {}", labels("pain", ids).join(", ")),
        Some(("story", size)) => format!("{} tin cùng chuyện", size.trim_start_matches("of ")),
        Some(("engagement", count)) => format!("{count} tương tác"),
        _ => what.to_owned(),
    }
}

fn severity(level: &str) -> &'static str {
    match level {
        "critical" => "nghiêm trọng",
        "high" => "mức độ cao",
        "medium" => "mức độ trung bình",
        _ => "mức độ thấp",
    }
}
