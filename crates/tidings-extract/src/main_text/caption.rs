//! Whether words beside a picture tell something, or only what it shows and who took it.

/// Longest name of who made a picture, with its mark, in bytes.
const LONGEST: usize = 60;

/// Shortest sentence that tells something, in bytes.
const LEAST: usize = 60;

/// What stands before a name.
const MARKS: [&str; 17] = [
    "©",
    "foto:",
    "fotos:",
    "photo:",
    "photos:",
    "photo by",
    "photograph by",
    "bild:",
    "bilder:",
    "image:",
    "imagen:",
    "quelle:",
    "fuente:",
    "kuva:",
    "fot.",
    "ảnh:",
    "nguồn:",
];

/// Agencies and collections, licences, and words for a picture that only stands for one.
const WORDS: [&str; 18] = [
    "getty",
    "shutterstock",
    "istock",
    "istockphoto",
    "adobestock",
    "unsplash",
    "pixabay",
    "pexels",
    "imago",
    "dpa",
    "reuters",
    "afp",
    "wikimedia",
    "symbolbild",
    "symbolfoto",
    "archivbild",
    "archivfoto",
    "credit",
];

/// Parts of names of two words.
const PAIRS: [&str; 6] = ["(c)", "cc by", "cc-by", "adobe stock", "picture alliance", "source:"];

/// Whether a caption is there for its picture alone: it names who made it, and is no sentence.
pub(super) fn is_label(caption: &str) -> bool {
    is_credited(&caption.to_lowercase()) && !tells(caption)
}

fn is_credited(lower: &str) -> bool {
    MARKS.iter().chain(&PAIRS).any(|mark| lower.contains(mark))
        || lower.split(|char: char| !char.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

/// A caption tells something when it is a sentence, before what stands in brackets behind it.
fn tells(caption: &str) -> bool {
    let caption = caption.trim_end();
    let credited = caption.strip_suffix([')', ']']).and_then(|rest| rest.rfind(['(', '[']).map(|open| &rest[..open]));
    let told = credited.unwrap_or(caption).trim_end();
    told.len() > LEAST && told.ends_with(['.', '!', '?', '…', '。', '"', '”', '“', '»'])
}

/// Whether a line in lower case ends with the name of who made a picture.
pub(super) fn is_credit(lower: &str) -> bool {
    MARKS.iter().any(|mark| lower.rfind(mark).is_some_and(|at| lower.len() - at < LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_with_a_credit_is_a_label_unless_it_is_a_sentence() {
        assert!(is_label("The new plant in Haiphong, seen from the river | Getty Images"));
        assert!(is_label("Nhà máy mới ở Hải Phòng. Ảnh: T. Lan"));
        assert!(is_label("Photo: A. Smith."));
        assert!(!is_label("The new plant in Haiphong makes two thousand batteries a day. (Photo: A. Smith)"));
        assert!(!is_label("Batteries made a day, by plant"));
        assert!(!is_label("Grandpa on a Landpartie"));
    }

    #[test]
    fn a_line_that_ends_with_a_name_is_a_credit() {
        assert!(is_credit("a seat at the fair © a. smith"));
        assert!(is_credit("ghế ở hội chợ. (ảnh: t. lan)"));
        assert!(!is_credit("the photo: it was taken at the fair, nobody knows by whom, and nobody asked"));
    }
}
