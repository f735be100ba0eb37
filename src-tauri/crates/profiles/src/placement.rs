//! Where a load balancer sends requests that go on with a conversation (failover §4): `sticky` and `failback` of the
//! `"x-mainstay"` block.

use serde_json::{Map, Value, json};

use crate::document::{Document, EditError};
use crate::extension::KEY;
use crate::settings::Problem;

/// When `failover` goes back to the top of its list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Failback {
    /// `conversation`: with the next conversation; one that has moved stays where it is.
    #[default]
    Conversation,
    /// `at-once`: with the next request.
    AtOnce,
    /// `never`: it stays with the member that it has moved to until that fails.
    Never,
}

impl Failback {
    /// The word that stands for it in a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Failback::Conversation => "conversation",
            Failback::AtOnce => "at-once",
            Failback::Never => "never",
        }
    }

    /// What a file's word stands for; `None` for one that is not known.
    pub fn from_file(word: &str) -> Option<Failback> {
        [Failback::Conversation, Failback::AtOnce, Failback::Never].into_iter().find(|each| each.as_str() == word)
    }
}

pub(crate) fn read_sticky(block: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<bool> {
    match block.get("sticky") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(sticky)) => Some(*sticky),
        Some(other) => {
            problems.push(Problem::wrong_type("x-mainstay.sticky", "true or false", other));
            None
        }
    }
}

pub(crate) fn read_failback(block: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<Failback> {
    let value = block.get("failback").filter(|value| !value.is_null())?;
    let failback = value.as_str().and_then(Failback::from_file);
    if failback.is_none() {
        problems.push(Problem::new(
            "bad-extension",
            "x-mainstay.failback",
            "\"x-mainstay.failback\" is not known, so a new conversation goes back to the first member.",
            "Write \"conversation\", \"at-once\" or \"never\".",
        ));
    }
    failback
}

/// Writes `sticky` and `failback` into a load balancer's file and leaves all else as it is. What is the default needs no
/// key, so its key goes.
///
/// # Errors
/// [`EditError`] when `"x-mainstay"` is no object.
pub fn put_placement(document: &mut Document, sticky: bool, failback: Failback) -> Result<(), EditError> {
    document.put_or_remove(&[KEY, "sticky"], sticky.then(|| json!(true)))?;
    let failback = (failback != Failback::default()).then(|| json!(failback.as_str()));
    document.put_or_remove(&[KEY, "failback"], failback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(block: &Value) -> (Option<bool>, Option<Failback>, Vec<String>) {
        let mut problems = Vec::new();
        let block = block.as_object().expect("an object").clone();
        let (sticky, failback) = (read_sticky(&block, &mut problems), read_failback(&block, &mut problems));
        (sticky, failback, problems.into_iter().map(|problem| problem.key).collect())
    }

    #[test]
    fn each_word_is_read() {
        for (word, failback) in
            [("conversation", Failback::Conversation), ("at-once", Failback::AtOnce), ("never", Failback::Never)]
        {
            let block = json!({"sticky": true, "failback": word});
            assert_eq!(read(&block), (Some(true), Some(failback), vec![]));
        }
        assert_eq!(read(&json!({"sticky": null, "failback": null})), (None, None, vec![]));
    }

    #[test]
    fn what_is_not_known_is_a_problem_and_the_default_counts() {
        let (sticky, failback, problems) = read(&json!({"sticky": "yes", "failback": "soon"}));
        assert_eq!((sticky, failback), (None, None));
        assert_eq!(problems, ["x-mainstay.sticky", "x-mainstay.failback"]);
    }

    #[test]
    fn all_else_stays_in_its_place_and_a_default_leaves_no_trace() {
        let text = "{ \"policy\": \"failover\", // mine\n  \"x-mainstay\": { \"newer\": [1,  2] } }";
        let mut document = Document::parse(text).expect("a document");
        put_placement(&mut document, true, Failback::Never).expect("it can be put");
        assert_eq!(document.get(&[KEY, "sticky"]), Some(json!(true)));
        assert_eq!(document.get(&[KEY, "failback"]), Some(json!("never")));
        assert!(document.text().contains("\"newer\": [1,  2]") && document.text().contains("// mine"));
        put_placement(&mut document, false, Failback::Conversation).expect("it can be put");
        assert_eq!(document.get(&[KEY]), Some(json!({"newer": [1, 2]})));
        let mut plain = Document::parse(r#"{"policy":"failover"}"#).expect("a document");
        put_placement(&mut plain, true, Failback::Conversation).expect("it can be put");
        put_placement(&mut plain, false, Failback::Conversation).expect("it can be put");
        assert_eq!(plain.get(&[KEY]), None);
    }
}
