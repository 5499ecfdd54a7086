//! Whether the words under a picture tell something, or only what it shows and who took it.

/// Shortest caption that tells something, in bytes.
const LEAST: usize = 60;

/// A caption tells something when it is a sentence, before what stands in brackets behind it.
pub(super) fn tells(caption: &str) -> bool {
    let caption = caption.trim_end();
    let credited = caption.strip_suffix([')', ']']).and_then(|rest| rest.rfind(['(', '[']).map(|open| &rest[..open]));
    let told = credited.unwrap_or(caption).trim_end();
    told.len() > LEAST && told.ends_with(['.', '!', '?', '…', '。', '"', '”', '“', '»'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_that_is_a_sentence_tells_something() {
        assert!(tells("The new plant in Haiphong makes two thousand batteries a day. (Photo: A. Smith)"));
        assert!(tells("Nhà máy mới ở Hải Phòng sản xuất hai nghìn bộ pin mỗi ngày, theo hãng."));
        assert!(!tells("The new plant in Haiphong, seen from the river | Getty Images"));
        assert!(!tells("Photo: A. Smith."));
    }
}
