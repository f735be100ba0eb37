//! The shape that the answer must have.

use crate::form::{Block, Format};
use crate::json::Writer;
use crate::translate::{Draft, Order};

use super::may;
use crate::openai_strict;

const FIELD: &str = "response_format";
/// The most characters of a format's name, and what it is called where the client has no name for it.
const MOST_OF_A_NAME: usize = 64;
const NAME: &str = "answer";

pub(super) fn write(w: &mut Writer, order: &Order<'_>, draft: &mut Draft) {
    let Some(format) = order.request.format.as_ref().filter(|_| may(order, draft, FIELD)) else { return };
    w.key(FIELD).object(|w| match format {
        Format::Json => w.key("type").str("json_object"),
        Format::Schema { name, description, schema, strict } => {
            w.key("type").str("json_schema");
            w.key("json_schema").object(|w| {
                w.key("name").str(&fit(name.as_deref().unwrap_or(NAME)));
                if let Some(description) = description {
                    w.key("description").str(description);
                }
                w.key("schema").raw(schema.raw());
                if openai_strict::is_kept(*strict, Some(schema), FIELD, &mut draft.notes) {
                    w.key("strict").raw("true");
                }
            });
        }
    });
}

/// Letters, digits, `_` and `-`.
fn fit(name: &str) -> String {
    let fitted = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    let fitted: String = name.chars().take(MOST_OF_A_NAME).map(fitted).collect();
    if fitted.is_empty() { NAME.to_owned() } else { fitted }
}

/// Whether any JSON is asked for and nothing in the conversation says so: OpenAI and DeepSeek refuse that ("'messages' must
/// contain the word 'json' in some form, to use 'response_format' of type 'json_object'").
pub(super) fn needs_the_word(order: &Order<'_>) -> bool {
    let request = &order.request;
    let sent = matches!(request.format, Some(Format::Json)) && !order.terms.refuses(FIELD) && !order.has_extra(FIELD);
    let in_turns = request.turns.iter().flat_map(|turn| &turn.blocks).any(|block| match block {
        Block::Text(text) => has_word(text),
        _ => false,
    });
    sent && !in_turns && !request.system.iter().any(|text| has_word(text))
}

fn has_word(text: &str) -> bool {
    text.as_bytes().windows(4).any(|word| word.eq_ignore_ascii_case(b"json"))
}
