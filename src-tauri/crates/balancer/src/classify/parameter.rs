//! Which of the parameters that this side put in a provider complains about (failover §2, ParameterRejected).
//!
//! Only what this side put in is looked for: leaving out what the client sent would change what the client asked. And
//! never what a request cannot be without, such as its messages.

use mainstay_dialects::ErrorBody;

/// Parts of a request that can't be left out. A path that begins with one speaks of the content, not of a parameter.
const ESSENTIAL: &[&str] =
    &["messages", "contents", "input", "model", "system", "systeminstruction", "stream", "tools", "functions"];

/// Words with which a complaint about an unquoted name goes.
const COMPLAINTS: &[&str] = &[
    "unsupported",
    "not support",
    "unrecognized",
    "unexpected",
    "unknown",
    "extra inputs",
    "not permitted",
    "not allowed",
    "not enabled",
    "deprecated",
    "invalid",
    "cannot",
    "must be",
    "should be",
    "range",
    "exceed",
    "too large",
    "at most",
    "maximum",
];

/// Gemini speaks of penalties without naming the field.
const UNNAMED: &[(&str, &[&str])] = &[("penalty is not enabled", &["presencePenalty", "frequencyPenalty"])];

/// The first of `ours` that the error names, in the spelling of `ours`.
pub(super) fn named(error: &ErrorBody, ours: &[String]) -> Option<String> {
    let droppable: Vec<&String> = ours.iter().filter(|field| !ESSENTIAL.contains(&head(field).as_str())).collect();
    if droppable.is_empty() {
        return None;
    }
    let message = error.message.as_str();
    let lower = message.to_ascii_lowercase();
    let complains = COMPLAINTS.iter().any(|words| lower.contains(words));
    let unnamed =
        UNNAMED.iter().filter(|(words, _)| lower.contains(words)).flat_map(|(_, names)| names.iter().copied());
    let bare = message.split(|c: char| !is_part_of_name(c)).filter(|_| complains);
    let mut candidates = error
        .param
        .as_deref()
        .into_iter()
        .chain(quoted(message))
        .chain(leading(message))
        .chain(unnamed)
        .chain(bare)
        .map(|name| name.trim_matches('.'));
    candidates.find_map(|name| droppable.iter().find(|field| same(name, field))).map(|field| (*field).clone())
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']')
}

/// Names between quotes or backticks.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    ['\'', '`', '"']
        .into_iter()
        .flat_map(move |quote| message.split(quote).skip(1).step_by(2))
        .filter(|name| !name.is_empty() && name.chars().all(is_part_of_name))
}

/// A path before the first colon: "temperature: range: 0..1".
fn leading(message: &str) -> Option<&str> {
    let (name, _) = message.split_once(':')?;
    (!name.is_empty() && name.chars().all(is_part_of_name)).then_some(name)
}

/// Whether a provider's name for a field means ours. Providers answer `max_output_tokens` for `maxOutputTokens`, and
/// name the field alone, its whole path, or a part of it that they dislike (`stop[0]`, `thinking.budget_tokens`).
fn same(theirs: &str, ours: &str) -> bool {
    let (theirs, ours) = (segments(theirs), segments(ours));
    let (Some(first), Some(last)) = (theirs.first(), theirs.last()) else { return false };
    if ESSENTIAL.contains(&first.as_str()) {
        return false;
    }
    Some(last) == ours.last() || (ours.len() == 1 && Some(first) == ours.first())
}

fn head(field: &str) -> String {
    segments(field).into_iter().next().unwrap_or_default()
}

fn segments(path: &str) -> Vec<String> {
    path.split(['.', '[', ']'])
        .map(|part| part.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase())
        .filter(|part| !part.is_empty() && part != "body")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(message: &str, param: Option<&str>, ours: &[&str]) -> Option<String> {
        let error = ErrorBody { message: message.into(), param: param.map(Into::into), ..ErrorBody::default() };
        named(&error, &ours.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_parameter_is_found_however_the_provider_names_it() {
        /// Message, param, what is ours, which of it is found.
        type Case<'a> = (&'a str, Option<&'a str>, &'a [&'a str], Option<&'a str>);
        let table: &[Case<'_>] = &[
            ("Unsupported parameter.", Some("max_tokens"), &["temperature", "max_tokens"], Some("max_tokens")),
            (
                "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
                None,
                &["max_tokens", "temperature"],
                Some("temperature"),
            ),
            ("temperature: range: 0..1", None, &["temperature"], Some("temperature")),
            ("`temperature` and `top_p` cannot both be specified for this model.", None, &["top_p"], Some("top_p")),
            (
                "Invalid JSON payload received. Unknown name \"topK\" at 'generation_config': Cannot find field.",
                None,
                &["generationConfig.temperature", "generationConfig.topK"],
                Some("generationConfig.topK"),
            ),
            (
                "Unable to submit request because max_output_tokens must be in range 1 to 8192",
                None,
                &["generationConfig.maxOutputTokens"],
                Some("generationConfig.maxOutputTokens"),
            ),
            (
                "Penalty is not enabled for models/gemini-2.5-flash-lite",
                None,
                &["generationConfig.frequencyPenalty"],
                Some("generationConfig.frequencyPenalty"),
            ),
            (
                "Unrecognized request argument supplied: max_completion_tokens",
                None,
                &["max_completion_tokens"],
                Some("max_completion_tokens"),
            ),
            ("stop[0]: too long", None, &["stop"], Some("stop")),
            ("thinking.budget_tokens: Input should be at least 1024", None, &["thinking"], Some("thinking")),
            ("Extra inputs are not permitted", Some("body.seed"), &["seed"], Some("seed")),
            // What the client sent is not ours to leave out.
            ("Unsupported parameter.", Some("logit_bias"), &["temperature"], None),
            // A word of an ordinary sentence is no complaint about the field of that name.
            ("Please stop sending this.", None, &["stop"], None),
            // The content is not a parameter, whatever its parts are called.
            ("messages.0.content.0.type: Field required", None, &["thinking.type", "messages"], None),
            ("system: text content blocks must be non-empty", None, &["system"], None),
            ("", None, &["temperature"], None),
            ("temperature is not supported", None, &[], None),
        ];
        for (message, param, ours, found) in table {
            assert_eq!(find(message, *param, ours).as_deref(), *found, "{message}");
        }
    }
}
