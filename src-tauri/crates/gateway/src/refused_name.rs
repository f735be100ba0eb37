//! Refused parameters: those that a model takes in no request.

/// Whether a member takes a parameter in no request, which is remembered, rather than not with this value or beside
/// others, which says nothing about the next request.
pub(crate) fn refuses_the_name(said: &str) -> bool {
    const WORDS: [&str; 8] = [
        "unsupported",
        "not support",
        "unrecognized",
        "unknown",
        "extra inputs",
        "deprecated",
        "not permitted",
        "not enabled",
    ];
    let said = said.to_ascii_lowercase();
    WORDS.iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::refuses_the_name;

    #[test]
    fn a_refused_name_is_remembered_and_a_refused_value_is_not() {
        for (said, lasting) in [
            ("Unsupported parameter: 'max_tokens' is not supported with this model.", true),
            ("Unsupported value: 'temperature' does not support 0.2 with this model.", true),
            ("temperature: Extra inputs are not permitted", true),
            ("Unknown name \"topK\" at 'generation_config': Cannot find field.", true),
            ("Invalid 'temperature': decimal above maximum value. Expected a value <= 2.", false),
            ("max_tokens is too large: 900000. This model supports at most 16384 tokens.", false),
            ("`temperature` and `top_p` cannot both be specified for this model.", false),
        ] {
            assert_eq!(refuses_the_name(said), lasting, "{said}");
        }
    }
}
