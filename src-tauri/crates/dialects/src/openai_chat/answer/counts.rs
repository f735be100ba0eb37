//! Token counts.

use crate::json::View;
use crate::usage::Usage;

pub(super) fn usage(usage: View<'_>) -> Usage {
    let [input, completion, total, input_details, output_details, hit, cached] = usage.pick([
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "prompt_cache_hit_tokens",
        "cached_tokens",
    ]);
    let number = |value: Option<View<'_>>| value.and_then(View::u64);
    let input = number(input);
    let reasoning = output_details.and_then(|details| details.get_u64("reasoning_tokens"));
    let output = number(completion).map(|completion| {
        // xAI doesn't count reasoning in `completion_tokens`; the total tells.
        let apart = input.unwrap_or(0).saturating_add(completion).saturating_add(reasoning.unwrap_or(0));
        if number(total) == Some(apart) { completion.saturating_add(reasoning.unwrap_or(0)) } else { completion }
    });
    let [read, written] =
        input_details.map(|details| details.pick(["cached_tokens", "cache_write_tokens"])).unwrap_or_default();
    Usage {
        input,
        output,
        // DeepSeek and Moonshot have names of their own.
        cached_input: number(read).or_else(|| number(hit)).or_else(|| number(cached)),
        // OpenRouter's.
        cache_creation: number(written),
        reasoning,
    }
}
