//! What the dimensions and labels that ship are called inside a sentence.

use crate::Language;

const DIMENSIONS: [(&str, &str, &str); 6] = [
    ("pain", "pain", "phàn nàn"),
    ("intent", "intent", "ý định"),
    ("praise", "praise", "lời khen"),
    ("goal", "goal", "mục tiêu"),
    ("objection", "objection", "e ngại"),
    ("role", "role", "vai trò"),
];

const LABELS: [(&str, &str, &str, &str); 37] = [
    ("pain", "price", "price", "giá"),
    ("pain", "quality_bugs", "quality", "chất lượng và lỗi"),
    ("pain", "support", "support", "hỗ trợ khách hàng"),
    ("pain", "delivery_speed", "delivery and speed", "giao hàng và tốc độ"),
    ("pain", "usability", "usability", "sự khó dùng"),
    ("pain", "missing_feature", "missing feature", "việc thiếu tính năng"),
    ("pain", "reliability_outage", "reliability", "độ ổn định"),
    ("pain", "lock_in_churn", "lock-in", "việc bị ràng buộc"),
    ("pain", "trust_privacy", "trust and privacy", "lòng tin và quyền riêng tư"),
    ("pain", "contract_billing", "billing", "hợp đồng và thanh toán"),
    ("intent", "unaware_need", "has a need, knows no product", "có nhu cầu, chưa biết sản phẩm"),
    ("intent", "researching", "looks for a product", "đang tìm sản phẩm"),
    ("intent", "comparing", "compares products", "đang so sánh"),
    ("intent", "using_competitor", "uses a product", "đang dùng sản phẩm"),
    ("intent", "switching", "switches", "muốn chuyển"),
    ("praise", "value", "good value", "đáng tiền"),
    ("praise", "quality", "good quality", "chất lượng tốt"),
    ("praise", "support", "good support", "hỗ trợ tốt"),
    ("praise", "delivery_speed", "fast", "nhanh"),
    ("praise", "usability", "easy to use", "dễ dùng"),
    ("goal", "save_money", "save money", "tiết kiệm tiền"),
    ("goal", "save_time", "save time", "tiết kiệm thời gian"),
    ("goal", "grow", "grow the business", "phát triển kinh doanh"),
    ("goal", "peace_of_mind", "peace of mind", "yên tâm"),
    ("objection", "budget", "no budget", "không đủ ngân sách"),
    ("objection", "trust", "does not trust it", "chưa tin tưởng"),
    ("objection", "timing", "not now", "chưa phải lúc"),
    ("objection", "no_need", "sees no need", "thấy không cần"),
    ("objection", "effort", "too much effort", "ngại công sức"),
    ("role", "owner", "owner or founder", "chủ doanh nghiệp"),
    ("role", "manager", "manager", "quản lý"),
    ("role", "marketer", "marketer", "người làm marketing"),
    ("role", "seller", "salesperson", "người bán hàng"),
    ("role", "developer", "developer or IT", "lập trình viên, IT"),
    ("role", "freelancer", "freelancer", "người làm tự do"),
    ("role", "student", "student or teacher", "sinh viên, giáo viên"),
    ("role", "parent", "parent", "phụ huynh"),
];

pub(super) fn dimension(language: Language, name: &str) -> Option<&'static str> {
    let (_, english, vietnamese) = DIMENSIONS.iter().find(|(known, ..)| *known == name)?;
    Some(in_language(language, english, vietnamese))
}

pub(super) fn name(language: Language, dimension: &str, id: &str) -> Option<&'static str> {
    let (.., english, vietnamese) = LABELS.iter().find(|(known, label, ..)| *known == dimension && *label == id)?;
    Some(in_language(language, english, vietnamese))
}

fn in_language(language: Language, english: &'static str, vietnamese: &'static str) -> &'static str {
    match language {
        Language::English => english,
        Language::Vietnamese => vietnamese,
    }
}
