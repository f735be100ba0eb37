//! Makes the checks that are due, one after another.

use super::agenda::Record;
use super::{is_callers, kind_for};
use crate::shared::Shared;
use crate::view::{Check, CheckKind};
use mainstay_balancer::{Account, Millis};
use mainstay_gateway::{Checked, Finding, FreeCall, Routing, Upstream};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// How long to wait after something happened before looking at what is due, so that traffic doesn't keep us busy.
const SETTLE: Duration = Duration::from_millis(200);

impl Shared {
    /// Makes each check when it is due. Never ends.
    pub(crate) async fn keep_checked(&self) {
        let mut news = self.watcher.subscribe();
        loop {
            match self.next_check() {
                None => settled(&mut news).await,
                Some((at, upstream)) => {
                    let wait = Duration::from_millis(at.saturating_sub(self.core.now()));
                    tokio::select! {
                        biased;
                        () = sleep(wait) => {
                            self.check(&upstream, kind_for(&upstream.key)).await;
                        }
                        // Who serves, or who rests, may be another now.
                        () = settled(&mut news) => {}
                    }
                }
            }
        }
    }

    /// Makes one check and keeps what came of it.
    pub(crate) async fn check(&self, upstream: &Upstream, kind: CheckKind) -> Check {
        let Checked { finding, message, seen_guarded } = match kind {
            CheckKind::Address => self.core.check_address(upstream).await,
            CheckKind::Key => self.check_key(upstream).await,
        };
        let ok = match finding {
            Finding::Passed => Some(true),
            Finding::Failed => Some(false),
            Finding::Untellable | Finding::Unsettled => None,
        };
        tracing::debug!(profile = %upstream.profile, ?kind, ?finding, "checked");
        let check = Check { what: kind, ok, at: self.core.now(), message };
        let account = Account::from(&upstream.key);
        {
            let mut agenda = self.checks.agenda();
            if seen_guarded {
                agenda.seen_guarded(&account.base_url);
            }
            agenda.done(&account, Record { check: check.clone(), finding }, rand::random());
        }
        self.watcher.stir();
        check
    }

    async fn check_key(&self, upstream: &Upstream) -> Checked {
        let untellable =
            |message: &str| Checked { finding: Finding::Untellable, message: message.to_owned(), seen_guarded: false };
        if is_callers(&upstream.key) {
            return untellable("depends on the client, whose own key is sent");
        }
        let Some(call) = self.catalogue.now().free_call(&upstream.provider, upstream.base_url.as_str()) else {
            return untellable("the key can't be checked for free: no call is known that would tell");
        };
        let guarded = call.guarded || self.checks.agenda().is_guarded(&upstream.key.base_url);
        self.core.check_key(upstream, &FreeCall { path: call.path, guarded }).await
    }

    /// A profile's credential was set anew.
    pub(crate) fn credential_set(&self, profile: &str) {
        let routing = self.core.routing();
        let member = routing.named(profile).and_then(|route| route.pool.members.first());
        if let Some(member) = member.filter(|member| member.unready.is_none()) {
            self.checks.agenda().anew(&Account::from(&member.key), self.core.now());
            self.watcher.stir();
        }
    }

    /// The member of this name that can be called, wherever it is listed.
    pub(crate) fn callable(&self, member: &str) -> Option<Arc<Upstream>> {
        let routing = self.core.routing();
        let upstreams = routing.routes().iter().flat_map(|route| &route.upstreams).flatten();
        let mut named = upstreams.filter(|upstream| &*upstream.profile == member);
        named.next().cloned()
    }

    /// Whom to check next, and when.
    fn next_check(&self) -> Option<(Millis, Arc<Upstream>)> {
        let routing = self.core.routing();
        let all = routing.routes().iter().flat_map(|route| &route.upstreams).flatten();
        let used: HashSet<Account> = all.map(|upstream| Account::from(&upstream.key)).collect();
        let serving = checkable(&routing);
        let accounts: Vec<Account> = serving.iter().map(|(account, _)| account.clone()).collect();
        let rejected = self.rejected(&routing);
        let next = {
            let mut agenda = self.checks.agenda();
            agenda.forget_all_but(&used);
            agenda.meet(&accounts, self.core.now(), &mut rand::random);
            let until = rejected.iter().map(|(account, (until, _))| (account.clone(), *until)).collect();
            agenda.next(&until)
        };
        let (at, account) = next?;
        let upstream = rejected.get(&account).map(|(_, upstream)| upstream);
        let upstream =
            upstream.or_else(|| serving.iter().find(|(one, _)| *one == account).map(|(_, upstream)| upstream));
        Some((at, Arc::clone(upstream?)))
    }

    /// The accounts that rest because their key was rejected: until when, and a member that uses each. All routes count: a
    /// request has met it there.
    fn rejected(&self, routing: &Routing) -> HashMap<Account, (Millis, Arc<Upstream>)> {
        let all = routing.routes().iter().flat_map(|route| &route.upstreams).flatten();
        let keyed = all.filter(|upstream| kind_for(&upstream.key) == CheckKind::Key && !is_callers(&upstream.key));
        keyed
            .filter_map(|upstream| {
                let until = self.core.rejected_until(&upstream.key)?;
                Some((Account::from(&upstream.key), (until, Arc::clone(upstream))))
            })
            .collect()
    }
}

/// The accounts of what serves by default, in its order, each with a member that uses it.
fn checkable(routing: &Routing) -> Vec<(Account, Arc<Upstream>)> {
    let active = routing.active().and_then(|name| routing.named(name));
    let mut found: Vec<(Account, Arc<Upstream>)> = Vec::new();
    for upstream in active.into_iter().flat_map(|route| &route.upstreams).flatten() {
        let account = Account::from(&upstream.key);
        if !is_callers(&upstream.key) && found.iter().all(|(known, _)| *known != account) {
            found.push((account, Arc::clone(upstream)));
        }
    }
    found
}

/// Something happened, and a moment has passed since.
async fn settled(news: &mut watch::Receiver<u64>) {
    if news.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    sleep(SETTLE).await;
}
