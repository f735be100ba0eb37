//! Which conversation a request belongs to (failover §4).
//!
//! Told by the first that is there: the header in which a client names its session, the session in the body, what the user
//! said first. Never by the system prompt, which all conversations of one tool share. Only a hash is kept, the same in every
//! run, so that a conversation stays where it was over a restart.

use http::HeaderMap;
use mainstay_balancer::Conversation;
use mainstay_dialects::{Glance, stable_hash};

/// Claude Code's header, then Codex's. Gemini CLI sends none.
const SESSION_HEADERS: [&str; 2] = ["x-claude-code-session-id", "session_id"];

/// The conversation, where it can be told.
pub(crate) fn conversation(headers: &HeaderMap, seen: &Glance) -> Option<Conversation> {
    let named = SESSION_HEADERS.iter().find_map(|name| {
        let value = headers.get(*name)?.as_bytes();
        (!value.is_empty()).then(|| stable_hash(value))
    });
    let key = named.or_else(|| seen.session.as_ref().map(|session| stable_hash(session.as_bytes()))).or(seen.opening)?;
    Some(Conversation { key, continues: seen.continues })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// failover §4.
    #[test]
    fn the_session_header_comes_before_the_body_and_that_before_the_first_words() {
        let header = |name: &'static str| HeaderMap::from_iter([(name.parse().unwrap(), "s1".parse().unwrap())]);
        let seen = Glance { session: Some("s2".into()), opening: Some(7), continues: true, ..Glance::default() };
        let key = |headers: &HeaderMap, seen: &Glance| conversation(headers, seen).map(|known| known.key);
        for name in SESSION_HEADERS {
            assert_eq!(key(&header(name), &seen), Some(stable_hash(b"s1")));
        }
        assert_eq!(key(&HeaderMap::new(), &seen), Some(stable_hash(b"s2")));
        assert_eq!(key(&HeaderMap::new(), &Glance { session: None, ..seen.clone() }), Some(7));
        assert_eq!(conversation(&HeaderMap::new(), &Glance::default()), None);
        assert!(conversation(&HeaderMap::new(), &seen).unwrap().continues);
    }
}
