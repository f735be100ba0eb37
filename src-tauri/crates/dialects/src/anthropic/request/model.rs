//! What a Claude model takes, by its name. Only for what the profile doesn't tell; a model of an unknown name is taken for
//! a new one.

use crate::setting::Setting;
use crate::terms::ReasoningScale;

/// The version that a Claude model's name tells: `claude-opus-4-8`, `claude-3-7-sonnet-20250219`,
/// `anthropic/claude-opus-4.5`, `us.anthropic.claude-opus-5-v1:0`. `None` if it is no Claude or names no version.
pub(super) fn version(model: &str) -> Option<(u64, u64)> {
    let (_, name) = model.rsplit_once("claude")?;
    let mut parts = name.split(['-', '.', '@', ':', '_']).map(number).skip_while(Option::is_none);
    let major = parts.next()??;
    Some((major, parts.next().flatten().unwrap_or(0)))
}

/// A part of a version; what is longer is a date.
fn number(part: &str) -> Option<u64> {
    if part.len() <= 2 { part.parse().ok() } else { None }
}

fn is_claude(model: &str) -> bool {
    model.contains("claude")
}

/// How the model is told how much to think: Claude 3.7 to 4.5 by a budget, later ones by a word, earlier ones not at all.
pub(super) fn scale(model: &str) -> ReasoningScale {
    match version(model) {
        Some(version) if version < (3, 7) => ReasoningScale::None,
        Some(version) if version < (4, 6) => ReasoningScale::Budget,
        _ => ReasoningScale::Effort,
    }
}

/// Whether the model may think though it is not asked to: Claude from 5 on, and providers that only speak the dialect.
pub(super) fn thinks_unasked(model: &str) -> bool {
    version(model).is_none_or(|version| version >= (5, 0))
}

/// Why a request may not have a sampling parameter of this value; `thinks` if the request asks for thinking.
pub(super) fn excludes(
    model: &str,
    thinks: bool,
    setting: Setting,
    json: &str,
    has_temperature: bool,
) -> Option<&'static str> {
    let value = json.parse::<f64>().ok();
    let harmless = match setting {
        Setting::Temperature => value == Some(1.0),
        // "Extended thinking", feature compatibility: between 0.95 and 1.
        Setting::TopP => value.is_some_and(|top_p| (0.95..=1.0).contains(&top_p)),
        Setting::TopK => false,
        _ => return None,
    };
    if thinks && !harmless {
        return Some("thinking excludes it");
    }
    let version = version(model);
    if is_claude(model) && version.is_none_or(|version| version >= (4, 7)) && value != Some(1.0) {
        return Some("Claude models from 4.7 on take no sampling parameters");
    }
    let one_only = version.is_some_and(|version| version >= (4, 1));
    (setting == Setting::TopP && one_only && has_temperature)
        .then_some("this model takes it or the temperature, not both")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_version() {
        for (model, expected) in [
            ("claude-opus-4-8", Some((4, 8))),
            ("claude-3-7-sonnet-20250219", Some((3, 7))),
            ("claude-3-opus-latest", Some((3, 0))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("claude-fable-5", Some((5, 0))),
            ("claude-fable-5-1", Some((5, 1))),
            ("anthropic/claude-opus-4.5", Some((4, 5))),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", Some((4, 5))),
            ("claude-opus-4-1@20250805", Some((4, 1))),
            ("claude-mythos-preview", None),
            ("glm-4.6", None),
        ] {
            assert_eq!(version(model), expected, "{model}");
        }
    }

    #[test]
    fn sampling_parameters_are_kept_where_the_model_takes_them() {
        let excludes = |model, thinks, setting, json| excludes(model, thinks, setting, json, true).is_some();
        for (model, thinks, setting, json, expected) in [
            ("claude-sonnet-4-5", false, Setting::Temperature, "0.2", false),
            ("claude-sonnet-4-5", true, Setting::Temperature, "0.2", true),
            ("claude-sonnet-4-5", true, Setting::Temperature, "1.0", false),
            ("claude-sonnet-4-5", false, Setting::TopP, "0.9", true),
            ("claude-3-opus-latest", false, Setting::TopP, "0.9", false),
            ("claude-3-7-sonnet-latest", true, Setting::TopP, "0.9", true),
            ("claude-3-7-sonnet-latest", true, Setting::TopP, "0.97", false),
            ("claude-3-7-sonnet-latest", true, Setting::TopK, "5", true),
            ("claude-opus-5", false, Setting::Temperature, "0.2", true),
            ("claude-opus-5", false, Setting::Temperature, "1", false),
            ("claude-opus-5", false, Setting::TopK, "5", true),
            ("claude-opus-5", false, Setting::Stop, "[\"a\"]", false),
            ("glm-4.6", false, Setting::TopP, "0.9", false),
        ] {
            assert_eq!(excludes(model, thinks, setting, json), expected, "{model} {thinks} {setting:?} {json}");
        }
    }
}
