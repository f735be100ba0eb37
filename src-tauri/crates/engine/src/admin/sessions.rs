//! Browsers that may use the admin routes: a one-time code, traded for a cookie and a key.
//!
//! A cookie goes to every port of its host, so the cookie alone opens nothing: each request brings the key too, in a header
//! that no other page can set. Both are kept as digests.

use mainstay_credentials::SecretString;
use mainstay_gateway::TokenDigest;
use secrecy::ExposeSecret;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a code may be traded.
const CODE_LIFE: Duration = Duration::from_secs(5 * 60);
/// How long a session lasts after its last request.
const IDLE: Duration = Duration::from_secs(12 * 60 * 60);
/// How many codes and how many sessions are kept; the oldest go first.
const MOST: usize = 16;

/// What a code is traded for.
pub(super) struct Opened {
    /// The cookie's value.
    pub(super) cookie: SecretString,
    /// What the page gives in a header with every request.
    pub(super) key: SecretString,
}

struct Session {
    cookie: TokenDigest,
    key: TokenDigest,
    used: Instant,
}

/// The codes that wait and the sessions that are open. All of it goes with the process.
#[derive(Default)]
pub(super) struct Sessions {
    codes: Mutex<Vec<(TokenDigest, Instant)>>,
    open: Mutex<Vec<Session>>,
}

impl Sessions {
    /// A new code. It works once, and for five minutes.
    pub(super) fn code(&self) -> SecretString {
        let code = super::random_token();
        keep(&mut lock(&self.codes), (TokenDigest::of(code.expose_secret()), Instant::now()));
        code
    }

    /// Opens a session for a code; `None` when it is not one, was used, or is too old.
    pub(super) fn trade(&self, code: &str) -> Option<Opened> {
        let given = TokenDigest::of(code);
        {
            let mut codes = lock(&self.codes);
            codes.retain(|(_, made)| made.elapsed() < CODE_LIFE);
            let at = codes.iter().position(|(known, _)| known.equals(&given))?;
            codes.remove(at);
        }
        let opened = Opened { cookie: super::random_token(), key: super::random_token() };
        let digest = |secret: &SecretString| TokenDigest::of(secret.expose_secret());
        let session = Session { cookie: digest(&opened.cookie), key: digest(&opened.key), used: Instant::now() };
        keep(&mut lock(&self.open), session);
        Some(opened)
    }

    /// Whether this cookie and this key are of one open session, which then lasts on.
    pub(super) fn allows(&self, cookie: &str, key: &str) -> bool {
        let (cookie, key) = (TokenDigest::of(cookie), TokenDigest::of(key));
        let mut open = lock(&self.open);
        open.retain(|session| session.used.elapsed() < IDLE);
        let found = open.iter_mut().find(|session| session.cookie.equals(&cookie) && session.key.equals(&key));
        found.map(|session| session.used = Instant::now()).is_some()
    }
}

fn keep<T>(list: &mut Vec<T>, one: T) {
    if list.len() == MOST {
        list.remove(0);
    }
    list.push(one);
}

/// Every change is complete before a panic could happen: what is held is whole even after one.
fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn text(secret: &SecretString) -> &str {
        secret.expose_secret()
    }

    #[tokio::test(start_paused = true)]
    async fn a_code_works_once_and_for_five_minutes() {
        let sessions = Sessions::default();
        let code = sessions.code();
        assert!(sessions.trade("another").is_none());
        assert!(sessions.trade(text(&code)).is_some());
        assert!(sessions.trade(text(&code)).is_none(), "a second time");
        let late = sessions.code();
        advance(CODE_LIFE - Duration::from_secs(1)).await;
        let later = sessions.code();
        advance(Duration::from_secs(1)).await;
        assert!(sessions.trade(text(&late)).is_none());
        assert!(sessions.trade(text(&later)).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_needs_its_own_cookie_and_its_own_key_and_ends_when_nobody_uses_it() {
        let sessions = Sessions::default();
        let open = || sessions.trade(text(&sessions.code())).unwrap();
        let (one, other) = (open(), open());
        assert!(sessions.allows(text(&one.cookie), text(&one.key)));
        assert!(!sessions.allows(text(&one.cookie), text(&other.key)));
        assert!(!sessions.allows(text(&one.cookie), "") && !sessions.allows("", text(&one.key)));
        assert!(!sessions.allows(text(&one.key), text(&one.cookie)));
        advance(IDLE / 2).await;
        assert!(sessions.allows(text(&one.cookie), text(&one.key)));
        advance(IDLE / 2).await;
        assert!(sessions.allows(text(&one.cookie), text(&one.key)), "it was used meanwhile");
        assert!(!sessions.allows(text(&other.cookie), text(&other.key)));
    }

    #[tokio::test]
    async fn the_oldest_go_when_there_are_too_many() {
        let sessions = Sessions::default();
        let first = sessions.code();
        for _ in 0..MOST {
            sessions.code();
        }
        assert!(sessions.trade(text(&first)).is_none());
    }
}
