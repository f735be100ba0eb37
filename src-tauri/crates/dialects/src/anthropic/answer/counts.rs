//! Token counts.

use crate::json::View;
use crate::usage::Usage;

/// The counts as Anthropic gives them: input without what the cache had or took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    input: Option<u64>,
    read: Option<u64>,
    creation: Option<u64>,
    output: Option<u64>,
    thinking: Option<u64>,
}

impl Counts {
    /// Takes newer counts; they are totals so far. Some providers repeat fields as 0 that they gave before.
    pub(super) fn update(&mut self, usage: View<'_>) {
        let newer = |count: &mut Option<u64>, new: Option<u64>| {
            if new.is_some_and(|new| new > 0 || count.is_none()) {
                *count = new;
            }
        };
        newer(&mut self.input, usage.get_u64("input_tokens"));
        newer(&mut self.read, usage.get_u64("cache_read_input_tokens"));
        newer(&mut self.creation, usage.get_u64("cache_creation_input_tokens"));
        newer(&mut self.output, usage.get_u64("output_tokens"));
        let details = usage.get("output_tokens_details");
        newer(&mut self.thinking, details.and_then(|details| details.get_u64("thinking_tokens")));
    }

    pub(super) fn usage(self) -> Usage {
        let parts = [self.read, self.creation].into_iter().flatten();
        Usage {
            input: self.input.map(|input| parts.fold(input, u64::saturating_add)),
            output: self.output,
            cached_input: self.read,
            cache_creation: self.creation,
            reasoning: self.thinking,
        }
    }
}
