//! Refused parameters: those that a model takes in no request.

/// Says that the model does not have the parameter, whatever its value.
const NO_SUCH_NAME: [&str; 9] = [
    "unsupported",
    "not support",
    "unrecognized",
    "unknown",
    "extra inputs",
    "deprecated",
    "not permitted",
    "not enabled",
    "cannot find field",
];

/// Says that it is refused beside something else, which another request may not have.
const BESIDE_OTHERS: [&str; 5] = [" when ", "both", "only one of", "together", "tools with"];

/// Whether a member takes a parameter in no request, which is remembered, rather than not with this value or beside
/// others, which says nothing about the next request.
pub(crate) fn refuses_the_name(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    let holds = |word: &&str| said.contains(*word);
    // OpenAI words a refused value like a refused name. Where only the default is taken, no value is.
    let value = said.contains("unsupported value") && !said.contains("only the default");
    NO_SUCH_NAME.iter().any(holds) && !BESIDE_OTHERS.iter().any(holds) && !value
}

#[cfg(test)]
mod tests {
    use super::refuses_the_name;

    #[test]
    fn a_refused_name_is_remembered_and_a_refused_value_is_not() {
        let table = [
            // Anthropic.
            ("temperature: Extra inputs are not permitted", true),
            ("`temperature` is deprecated for this model.", true),
            ("This model does not support the effort parameter.", true),
            ("`temperature` may only be set to 1 when thinking is enabled.", false),
            ("`top_p` is not supported when thinking is enabled.", false),
            ("`temperature` and `top_p` cannot both be specified for this model.", false),
            ("temperature: Input should be less than or equal to 1", false),
            ("max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens", false),
            ("thinking.budget_tokens: Input should be greater than or equal to 1024", false),
            ("stop_sequences: each stop sequence must contain non-whitespace", false),
            // OpenAI Chat and Responses, and the Codex backend.
            ("Unsupported parameter: 'max_tokens' is not supported with this model.", true),
            ("Unsupported parameter: max_output_tokens", true),
            ("Unrecognized request argument supplied: top_k", true),
            ("Unknown parameter: 'seed'.", true),
            (
                "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
                true,
            ),
            (
                "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.",
                false,
            ),
            ("Invalid value: 'minimal'. Supported values are: 'low', 'medium', and 'high'.", false),
            ("Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions.", false),
            ("Invalid 'temperature': decimal above maximum value. Expected a value <= 2.", false),
            ("max_tokens is too large: 900000. This model supports at most 16384 tokens.", false),
            ("Invalid 'stop': array too long. Expected an array with maximum length 4.", false),
            // Gemini.
            ("Invalid JSON payload received. Unknown name \"topK\" at 'generation_config': Cannot find field.", true),
            ("Penalty is not enabled for models/gemini-2.5-flash-lite", true),
            ("Thinking level is not supported for this model.", true),
            (
                "Unable to submit request because it has a maxOutputTokens value of 100000 but the supported range is from 1 (inclusive) to 65537 (exclusive).",
                false,
            ),
            ("The thinking budget 50000 is invalid. Please choose a value between 128 and 32768.", false),
            ("Budget 0 is invalid. This model only works in thinking mode.", false),
            ("You can only set only one of thinking budget and thinking level.", false),
            // Providers that speak OpenAI Chat.
            ("Extra inputs are not permitted", true),
            ("Argument not supported on this model: presencePenalty", true),
            ("property 'seed' is unsupported", true),
            ("Invalid top_p value, the valid range of top_p is (0, 1.0]", false),
            ("Range of max_tokens should be [1, 8192]", false),
            ("`reasoning_effort` must be one of `none` or `default`", false),
            ("", false),
        ];
        for (said, lasting) in table {
            assert_eq!(refuses_the_name(said), lasting, "{said}");
        }
    }
}
