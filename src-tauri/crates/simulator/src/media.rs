//! Images and files inside requests, as far as providers check them: the encoding and the media type.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The image types that all three vendors take.
pub(crate) const IMAGES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// What base64 text stands for; `None` when it isn't base64, or stands for nothing.
pub(crate) fn decoded(base64: &str) -> Option<Vec<u8>> {
    STANDARD.decode(base64).ok().filter(|bytes| !bytes.is_empty())
}

/// The media type and the base64 text of a `data:` URL; `None` for any other URL.
pub(crate) fn data_url(url: &str) -> Option<(&str, &str)> {
    let (kind, data) = url.strip_prefix("data:")?.split_once(',')?;
    Some((kind.strip_suffix(";base64")?, data))
}

/// Whether it is a URL that a provider would fetch.
pub(crate) fn is_web_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_urls_and_base64_are_read() {
        assert_eq!(data_url("data:image/png;base64,AAAA"), Some(("image/png", "AAAA")));
        assert_eq!(data_url("data:image/png,AAAA"), None);
        assert_eq!(data_url("https://example.com/a.png"), None);
        assert_eq!(decoded("AAAA"), Some(vec![0, 0, 0]));
        assert_eq!((decoded(""), decoded("A"), decoded("not base64!")), (None, None, None));
        assert!(is_web_url("https://example.com/a.png") && !is_web_url("https:///a") && !is_web_url("file:///a"));
    }
}
