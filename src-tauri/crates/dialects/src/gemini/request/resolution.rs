//! How closely the model is to look at an image: OpenAI's `detail` and Gemini's `mediaResolution`.
//!
//! Gemini says it of all media in the `generationConfig` or, from Gemini 3 on, of one part (Gemini API documentation, "Media
//! resolution"). OpenAI says it of images alone.

use crate::form::{Block, Media, MediaKind, Turn};
use crate::json::View;
use crate::notes::Notes;

/// A detail as a part's level; `None` for one that has no such.
pub(super) fn level(detail: &str) -> Option<&'static str> {
    match detail {
        "low" => Some("MEDIA_RESOLUTION_LOW"),
        "high" => Some("MEDIA_RESOLUTION_HIGH"),
        _ => None,
    }
}

/// What a client says of its media, or of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resolution(Option<&'static str>);

impl Resolution {
    /// Of a level by itself or in an object; `None` if it says nothing.
    pub(super) fn read(value: View<'_>) -> Option<Self> {
        let level = value.str().or_else(|| value.get_str("level"))?;
        match &*level {
            "MEDIA_RESOLUTION_UNSPECIFIED" | "" => None,
            "MEDIA_RESOLUTION_LOW" => Some(Resolution(Some("low"))),
            "MEDIA_RESOLUTION_HIGH" | "MEDIA_RESOLUTION_ULTRA_HIGH" => Some(Resolution(Some("high"))),
            // OpenAI has nothing between the two.
            _ => Some(Resolution(None)),
        }
    }

    /// Says it of one of the media; what has no place is noted of `field`.
    pub(super) fn say(self, media: &mut Media<'_>, field: &str, notes: &mut Notes) {
        match self.0.filter(|_| media.kind == MediaKind::Image) {
            Some(detail) => media.detail = Some(detail.into()),
            None => notes.left_out(field),
        }
    }

    /// Says it of all media of which nothing is said yet.
    pub(super) fn say_all(self, turns: &mut [Turn<'_>], notes: &mut Notes) {
        const FIELD: &str = "generationConfig.mediaResolution";
        let mut has_media = false;
        for block in turns.iter_mut().flat_map(|turn| &mut turn.blocks) {
            let within = match block {
                Block::Result(result) => &mut *result.content,
                block => std::slice::from_mut(block),
            };
            for block in within {
                if let Block::Media(media) = block {
                    has_media = true;
                    if media.detail.is_none() {
                        self.say(media, FIELD, notes);
                    }
                }
            }
        }
        if !has_media {
            notes.left_out(FIELD);
        }
    }
}
