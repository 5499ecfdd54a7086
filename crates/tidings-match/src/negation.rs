//! "not expensive", "không đắt": words that take back what follows them.
//!
//! A negator reaches the phrase that follows at once, or behind up to [`REACH`] light
//! words ("never *had a* problem", "ko *thấy* nóng"), in the same clause. Any other word
//! ends its reach, so "not only expensive" and "không biết nên mua" keep their tags.

use tidings_text::Pause;

/// Most light words between a negator and what it takes back.
const REACH: u8 = 4;

/// Matched in these letters and marks alone: `ít` is not "it", `đỡ` not "do".
pub(crate) const NEGATORS: &str = "not no never without zero nothing none neither nor hardly barely rarely seldom ain't \
    isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't wouldn't isnt arent wasnt werent dont \
    doesnt didnt havent hasnt hadnt wont wouldnt \
    không ko k kh hk khong khg kg hông hổng hong hok hem khum khỏi chẳng chả chưa chua đéo éo đếch ít hết đỡ bớt hiếm";

pub(crate) const LIGHT_WORDS: &str = "a an any the that this it its so too very really even been be being is are was were have \
    has had having get got getting find found finding all at to as much one single seem seems seemed feel feels felt \
    think thought say experience experienced experiencing encounter encountered see seen saw notice noticed face faced \
    ever quite exactly particularly overly especially super big major real serious significant more less yet \
    bị hề có thấy được dc đc phải là quá lắm hẳn thực sự thật cảm giác còn gì bao giờ một chút tí nào hay đến nỗi tới \
    mức xảy gặp vấn đề tình trạng hiện tượng lần mấy bi he co thay duoc phai la qua lam con gi gap";

/// What a word does to what follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Function {
    #[default]
    Word,
    Light,
    Negator,
}

/// How far the last negator still reaches, word by word along a text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Negation(u8);

impl Negation {
    /// Whether what begins at the word at hand is taken back. `pause` stands before it.
    #[inline]
    pub(crate) fn reaches(&mut self, pause: Pause) -> bool {
        if pause != Pause::None {
            self.0 = 0;
        }
        0 < self.0
    }

    /// Passes the word at hand.
    #[inline]
    pub(crate) fn pass(&mut self, function: Function) {
        self.0 = match function {
            Function::Word => 0,
            Function::Light => self.0.saturating_sub(1),
            Function::Negator => REACH + 1,
        };
    }
}
