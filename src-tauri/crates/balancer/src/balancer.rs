//! The one owner of all health, wheels, conversations and what was learned.
//!
//! An attempt passes through here four times: [`Balancer::plan`] puts it in order, [`Balancer::admit`] lets it through right
//! before it starts (and takes the half-open probe), [`Balancer::commit`] hears of its first content,
//! [`Balancer::conclude`] of its end. Between `admit` and the end stands a [`crate::Permit`]; one that never comes back does no
//! harm beyond the probe that it holds, and the gateway's guard gives that back.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::{
    Account, Ask, Limits, Millis, Pool, Spend, TargetKey, availability::standing, conversations::Conversations,
    cooldown::Growing, health::Health, makers::Makers, refused::Refused, spend::Ledger, wheel::Wheels,
};

/// A clock that goes back by no more than this was not set back: two callers read it and came in the other order.
const CLOCK_SLIP: Millis = 5_000;

/// All that is known of the members' health, whose turn it is, where conversations are, and what models refuse.
///
/// One for the whole engine, behind one lock: no method blocks or does IO, and those that each request goes through take no
/// longer than a pool is long. A copy is for looking ahead: what is done to it changes nothing here.
#[derive(Clone, Debug, Default)]
pub struct Balancer {
    pub(crate) health: Health,
    pub(crate) wheels: Wheels,
    pub(crate) refused: Refused,
    pub(crate) conversations: Conversations,
    /// Pool and member, by their names.
    pub(crate) pins: BTreeMap<String, String>,
    pub(crate) ledger: Ledger,
    pub(crate) makers: Makers,
    /// The permits under way; true once content was seen.
    pub(crate) live: HashMap<u64, bool>,
    /// Numbers permits and events in the order in which they came.
    pub(crate) order: u64,
    latest: Millis,
}

impl Balancer {
    /// The user says "Try now": clears the target's cooldown and breaker, its account's cooldown, and what it was found to
    /// refuse (failover §3.11).
    pub fn try_now(&mut self, key: &TargetKey) {
        self.refused.forget(key);
        self.health.put_back(key);
        if let Some(target) = self.health.known_mut(key) {
            target.cooldown.clear();
            target.breaker = crate::breaker::Breaker::default();
        }
        if let Some(cooldown) = self.health.known_account_mut(key) {
            cooldown.clear();
        }
    }

    /// The user takes a target out until an instant, to see what happens without it. Ends by itself, or by
    /// [`Balancer::try_now`]; a last resort does not overrule it, and a restart forgets it.
    pub fn take_out(&mut self, key: &TargetKey, until: Millis, now: Millis) {
        self.notice(now);
        self.health.take_out(key, until, now);
    }

    /// It is no longer taken out; what else is held against it stays.
    pub fn put_back(&mut self, key: &TargetKey) {
        self.health.put_back(key);
    }

    /// How many failures the target's breaker counts just now; at its rule's threshold it opens.
    pub fn failures(&self, key: &TargetKey) -> u32 {
        self.health.target(key).map_or(0, |target| target.breaker.failures())
    }

    /// A credential was replaced (another key, a new login): what was held against it is forgotten for all its targets.
    /// A mere refresh of the same login's token is no such change; quotas don't refill by it.
    pub fn credential_changed(&mut self, credential: &str) {
        self.health.forgive(credential);
    }

    /// How many times in a row the target's account was rejected; at 3 it needs the user (failover §2,
    /// CredentialRejected).
    pub fn rejections(&self, key: &TargetKey) -> u32 {
        self.health.account(key).map_or(0, |cooldown| cooldown.in_a_row(Growing::Credential))
    }

    /// The target refused this parameter, named as upstream names it (failover §2, ParameterRejected).
    pub fn refuse_parameter(&mut self, key: &TargetKey, param: &str) {
        self.refused.learn(key, param);
    }

    /// The parameters that the target is known to refuse, in the order in which that was learned.
    pub fn refused(&self, key: &TargetKey) -> Vec<String> {
        self.refused.of(key)
    }

    /// Keeps what an answer said of the limits; an answer that said nothing leaves what is known.
    pub fn note_limits(&mut self, key: &TargetKey, limits: Limits, now: Millis) {
        if limits != Limits::default() {
            self.health.target_mut(key, now).limits = Some((limits, now));
        }
    }

    /// What the target's last answer said of its limits. For display; nothing is decided by it.
    pub fn limits_of(&self, key: &TargetKey) -> Option<&Limits> {
        self.health.target(key).and_then(|target| target.limits.as_ref()).map(|(limits, _)| limits)
    }

    /// What the last answers of an account's models said of its limits: the model, the limits, and when they were seen.
    pub fn limits_of_account(&self, account: &Account) -> Vec<(Arc<str>, Limits, Millis)> {
        self.health.limits_of(account)
    }

    /// A member has brought content for this request: from now on its conversation stays there, and under
    /// [`crate::Failback::Never`] so does the pool. While the pool is pinned to the member, that says nothing about where the
    /// policy has the conversation, and is not remembered.
    pub fn settle(&mut self, pool: &Pool, ask: &Ask<'_>, member: usize, now: Millis) {
        self.notice(now);
        let Some(served) = pool.members.get(member) else { return };
        if self.pinned(&pool.name) == Some(&*served.name) {
            return;
        }
        let (health, ledger) = (&self.health, &self.ledger);
        let gone = |place: usize, since: Millis| {
            let member = &pool.members[place];
            let missed = health.target(&member.key).and_then(|target| target.missed);
            member.unready.is_some()
                || missed.is_some_and(|at| at >= since)
                || !standing(health, ledger, pool, member, now).may_be_tried()
        };
        self.conversations.settle(pool, ask, member, now, gone);
    }

    /// Pins a pool to a member until it is unpinned (`None`): that one comes first whenever it can be tried, whatever the policy
    /// says, and the others stay as its fallbacks. The policy and its wheel are as they were when it is unpinned. A name that
    /// is not in the pool has no effect until it is.
    pub fn pin(&mut self, pool: &str, member: Option<&str>) {
        match member {
            Some(member) => self.pins.insert(pool.to_owned(), member.to_owned()),
            None => self.pins.remove(pool),
        };
    }

    /// The member that a pool is pinned to.
    pub fn pinned(&self, pool: &str) -> Option<&str> {
        self.pins.get(pool).map(String::as_str)
    }

    /// A profile or pool has another name: pins, what it has spent today, and where conversations are follow it.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(member) = self.pins.remove(from) {
            self.pins.insert(to.to_owned(), member);
        }
        for member in self.pins.values_mut().filter(|member| *member == from) {
            to.clone_into(member);
        }
        self.ledger.rename(from, to);
        self.conversations.rename(from, to);
    }

    /// A member has spent this. `day_ends` is when its local day ends and counting starts anew (failover §4, daily limit).
    pub fn charge(&mut self, member: &str, spend: Spend, day_ends: Millis, now: Millis) {
        self.notice(now);
        self.ledger.charge(member, spend, day_ends, now);
    }

    /// What a member has spent today, in all pools.
    pub fn spent(&self, member: &str, now: Millis) -> Spend {
        self.ledger.spent(member, now)
    }

    /// An answer of this target carries the id of state that is now kept there (failover §3.7).
    pub fn state_made(&mut self, id: &str, key: &TargetKey, now: Millis) {
        self.notice(now);
        self.makers.made(id, Account::from(key));
    }

    /// The account that made the state with one of these ids; the first that is known.
    pub fn maker_of(&self, ids: &[String]) -> Option<Account> {
        self.makers.of(ids).cloned()
    }

    /// The network was gone and is back: closes the breakers that only unreachable targets had opened (failover §3.10), and
    /// names their targets.
    pub fn network_back(&mut self, now: Millis) -> Vec<TargetKey> {
        self.notice(now);
        self.health.end_outage()
    }

    /// How many attempts are under way.
    pub fn under_way(&self) -> usize {
        self.live.len()
    }

    /// A clock that was set back must not leave members out for longer than they were to be (failover §3.11).
    pub(crate) fn notice(&mut self, now: Millis) {
        if now.saturating_add(CLOCK_SLIP) < self.latest {
            self.health.clamp(now);
            self.ledger.clamp(now);
            self.conversations.clamp(now);
            self.latest = now;
        }
        self.latest = self.latest.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{ASK, START, failover};
    use crate::{Conversation, Failback};

    /// failover §4
    #[test]
    fn pins_spend_and_conversations_follow_a_new_name() {
        let mut balancer = Balancer::default();
        let mut pool = failover(&["a", "b", "c"]);
        balancer.pin("sample", Some("b"));
        balancer.pin("other", Some("c"));
        let spent = Spend { requests: 3, micro_usd: 7 };
        balancer.charge("b", spent, START + 1_000, START);
        balancer.charge("new", Spend { requests: 9, micro_usd: 9 }, START + 1_000, START);
        balancer.rename("b", "new");
        assert_eq!((balancer.pinned("sample"), balancer.pinned("other")), (Some("new"), Some("c")));
        assert_eq!((balancer.spent("new", START), balancer.spent("b", START)), (spent, Spend::default()));

        balancer.pin("sample", None);
        pool.failback = Failback::Conversation;
        let ask = Ask { conversation: Some(Conversation { key: 1, continues: true }), ..ASK };
        balancer.settle(&pool, &ask, 2, START);
        balancer.rename("sample", "list");
        pool.name = "list".into();
        let first = balancer.plan(&pool, &ask, START).order.first().map(|candidate| candidate.member);
        assert_eq!(first, Some(2), "it stays where it is under the list's new name");
    }
}
