//! How the input of an OpenAI custom tool has to look: its `format`.

use crate::form::Function;
use crate::json::{Kind, View, Writer};

/// A grammar that the input has to follow. Chat has it in an object of its own, Responses beside the format's type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grammar<'a>(View<'a>);

impl<'a> Grammar<'a> {
    /// The grammar of a format, in either spelling; `None` for a format that is no grammar.
    pub(crate) fn of(format: View<'a>) -> Option<Self> {
        let holder = format.get("grammar").filter(|grammar| grammar.kind() == Kind::Object).unwrap_or(format);
        holder.get_str("definition").map(|_| Grammar(holder))
    }

    /// Writes its members, `syntax` and `definition` and what there may be beside them.
    pub(crate) fn write(self, w: &mut Writer) {
        for entry in self.0.entries().filter(|entry| !entry.is("type")) {
            w.key(&entry.key()).raw(entry.value.raw());
        }
    }
}

impl Function<'_> {
    /// What the function is for and, of a custom tool that is offered as a function of one text, how that has to look.
    pub(crate) fn described(&self) -> String {
        let mut text = self.description.as_deref().unwrap_or_default().to_owned();
        if let Some(Grammar(grammar)) = self.custom.flatten().and_then(Grammar::of) {
            let [syntax, definition] = grammar.pick(["syntax", "definition"]).map(|value| value.and_then(View::str));
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            let syntax = syntax.as_deref().unwrap_or("unnamed");
            let definition = definition.as_deref().unwrap_or_default();
            text.push_str(&format!("The input has to follow this grammar ({syntax}):\n{definition}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grammar_is_told_alike_whichever_way_it_is_written() {
        let described = |description: Option<&'static str>, format: &str| {
            let custom = Some(View::parse(format.as_bytes()).ok());
            let description = description.map(Into::into);
            Function { name: "f".into(), description, schema: None, strict: None, custom }.described()
        };
        let chat = r#"{"type":"grammar","grammar":{"syntax":"lark","definition":"start: WORD"}}"#;
        let responses = r#"{"type":"grammar","syntax":"lark","definition":"start: WORD"}"#;
        for format in [chat, responses] {
            let told = "The input has to follow this grammar (lark):\nstart: WORD";
            assert_eq!(described(None, format), told);
            assert_eq!(described(Some("Patches."), format), format!("Patches.\n\n{told}"));
        }
        assert_eq!(described(Some("Patches."), r#"{"type":"text"}"#), "Patches.");
    }
}
