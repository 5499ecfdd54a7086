//! The taxonomy files that ship: complete in both languages, and right about plain cases.

use std::path::PathBuf;

use super::finding;
use crate::Tagger;
use crate::taxonomy_file::read;

const FILES: [&str; 5] = ["competitors", "pains", "intents", "other", "severity"];

fn path(file: &str) -> PathBuf {
    PathBuf::from(format!("{}/../../config/taxonomy/{file}.toml", env!("CARGO_MANIFEST_DIR")))
}

pub(super) fn tagger() -> Tagger {
    Tagger::new(&read(FILES.map(path)).unwrap(), 1).unwrap()
}

#[test]
fn every_label_has_ten_phrases_in_each_language() {
    let mut labels = 0;
    for file in FILES.iter().filter(|file| !matches!(**file, "competitors" | "severity")) {
        let table: toml::Table = std::fs::read_to_string(path(file)).unwrap().parse().unwrap();
        for label in table["label"].as_array().unwrap() {
            for language in ["en", "vi"] {
                let phrases = label["phrases"][language].as_array().unwrap();
                assert!(
                    10 <= phrases.len(),
                    "{}:{} has {} phrases in {language}",
                    label["dimension"],
                    label["id"],
                    phrases.len()
                );
            }
            labels += 1;
        }
    }
    // Ten pains, five intents, and what stands in other.toml.
    assert!(15 < labels);
}

#[test]
fn the_labels_of_the_contract_are_there() {
    let taxonomy = read(FILES.map(path)).unwrap();
    let ids = |dimension: &str| {
        let labels = taxonomy.labels.iter().filter(|label| label.dimension.as_str() == dimension);
        labels.map(|label| label.id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(
        ids("pain").join(" "),
        "price quality_bugs support delivery_speed usability missing_feature reliability_outage lock_in_churn trust_privacy \
         contract_billing"
    );
    assert_eq!(ids("intent"), tidings_model::Taxonomy::INTENT_STAGES);
    for dimension in ["praise", "goal", "objection", "role"] {
        assert!(3 <= ids(dimension).len(), "{dimension}");
    }
    for tier in tidings_model::Tier::ALL {
        assert!(taxonomy.competitors.iter().any(|competitor| competitor.tier == *tier));
    }
    assert!(taxonomy.own.is_some());
}

/// Competitors, then labels, as `dimension:id`.
fn tags(tagger: &Tagger, text: &str) -> Vec<String> {
    let mut found = finding("", text);
    tagger.tag(&mut found);
    let competitors = found.competitors.iter().map(|tag| format!("competitor:{}", tag.id));
    competitors.chain(found.tags.iter().map(|tag| format!("{}:{}", tag.dimension, tag.id))).collect()
}

#[test]
fn plain_cases_are_tagged() {
    let tagger = tagger();
    for (text, expected) in [
        (
            "HubSpot raised their prices again, we are switching to Pipedrive.",
            "competitor:hubspot competitor:pipedrive pain:price pain:lock_in_churn intent:switching",
        ),
        ("Gói này đắt quá so với chất lượng", "pain:price intent:using_competitor"),
        ("goi nay dat qua", "pain:price intent:using_competitor"),
        ("The app keeps crashing since the last release", "pain:quality_bugs intent:using_competitor"),
        ("máy hay bị lag với nóng máy", "pain:quality_bugs intent:using_competitor"),
        ("Customer service is terrible, nobody answers", "pain:support intent:using_competitor"),
        ("gọi tổng đài ko ai nghe máy", "pain:support intent:using_competitor"),
        ("Delivery took three weeks", "pain:delivery_speed intent:using_competitor"),
        ("shop giao hàng chậm, mãi chưa giao", "pain:delivery_speed intent:using_competitor"),
        ("The new menu is so confusing and hard to navigate", "pain:usability intent:using_competitor"),
        ("app khó dùng, rối mắt", "pain:usability intent:using_competitor"),
        ("It doesn't support SSO, and there's no way to export", "pain:missing_feature intent:using_competitor"),
        ("phần mềm chưa có tính năng xuất file", "pain:missing_feature intent:using_competitor"),
        ("Is the site down for everyone? Server error all morning", "pain:reliability_outage intent:using_competitor"),
        ("k đăng nhập dc từ sáng, sập rồi hả", "pain:reliability_outage intent:using_competitor"),
        ("I tried to cancel my subscription for a month", "pain:lock_in_churn intent:using_competitor"),
        ("không bao giờ mua ở đây nữa", "pain:lock_in_churn intent:switching"),
        ("They sell your data. I don't trust them", "pain:trust_privacy intent:using_competitor objection:trust"),
        ("coi chừng lừa đảo nha mọi người", "pain:trust_privacy intent:using_competitor"),
        ("I was charged twice and they refused to refund me", "pain:contract_billing intent:using_competitor"),
        ("bị trừ tiền mà chưa hoàn tiền", "pain:contract_billing intent:using_competitor"),
        ("Any recommendations? Looking for a simple CRM", "intent:researching"),
        ("mn tư vấn giúp em phần mềm nào tốt với", "intent:researching"),
        ("phân vân giữa KiotViet và Sapo POS", "competitor:kiotviet competitor:sapo intent:comparing"),
        ("How do you keep track of all your customers?", "intent:unaware_need"),
        ("em đang dùng Getfly", "competitor:getfly intent:using_competitor"),
        ("pin trâu, chụp đẹp, giá tốt", "intent:using_competitor praise:value praise:quality"),
    ] {
        assert_eq!(tags(&tagger, text).join(" "), expected, "{text}");
    }
}

#[test]
fn neutral_texts_are_left_alone() {
    let tagger = tagger();
    for text in [
        "The company opened a new office in Da Nang last Tuesday.",
        "Quarterly revenue rose to 12 million as exports recovered.",
        "Hôm nay trời đẹp, cả nhà đi công viên chơi.",
        "Bộ Giáo dục công bố lịch thi tốt nghiệp năm 2026.",
        "The committee will vote on the proposal in March.",
        "Đội tuyển thắng 3-1 trong trận giao hữu tối qua.",
        "Researchers describe a new method for protein folding.",
    ] {
        assert_eq!(tags(&tagger, text), Vec::<String>::new(), "{text}");
    }
}
