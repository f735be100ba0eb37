//! What is due to be checked when, and what came of it. Pure: the time and the dice come in.

use crate::view::{Check, CheckKind};
use mainstay_balancer::{Account, Millis};
use mainstay_gateway::Finding;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;

/// The start itself comes before the first check.
const FIRST: Millis = SECOND;
/// Each new account gets a slot of this length and is checked somewhere in it, so that they never all come at once.
const SLOT: Millis = 2 * SECOND;
/// What is settled is checked again after a day, less up to [`JITTER`].
const DAY: Millis = 24 * HOUR;
const JITTER: Millis = 2 * HOUR;
/// What could not be found out is asked again after so long, and up to [`RETRY_JITTER`] more.
const RETRY: Millis = 15 * MINUTE;
const RETRY_JITTER: Millis = 5 * MINUTE;
/// A rejected key is checked so long before its rest ends: the check before it and its own may take 10 s each.
const LEAD: Millis = 25 * SECOND;
/// The shortest time between two checks of a rejected key.
const GAP: Millis = 20 * SECOND;

/// The last check of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) check: Check,
    pub(crate) finding: Finding,
}

#[derive(Debug, Default)]
pub(crate) struct Agenda {
    due: HashMap<Account, Millis>,
    /// Those whose credential was set anew: their turn comes although they rest.
    anew: HashSet<Account>,
    records: HashMap<(Account, CheckKind), Record>,
    /// Addresses whose free call was seen to be refused without a key.
    guarded: HashSet<Arc<str>>,
}

impl Agenda {
    /// Takes in which accounts serve by default now; the others are no longer checked by themselves. New ones get a slot
    /// each, those that were checked within a day their next turn.
    pub(crate) fn meet(&mut self, serving: &[Account], now: Millis, dice: &mut impl FnMut() -> f64) {
        self.due.retain(|account, _| serving.contains(account));
        self.anew.retain(|account| serving.contains(account));
        let mut slot = now + FIRST;
        for account in serving {
            if self.due.contains_key(account) {
                continue;
            }
            let settled = [CheckKind::Key, CheckKind::Address]
                .into_iter()
                .filter_map(|kind| self.records.get(&(account.clone(), kind)))
                .filter(|record| record.finding != Finding::Unsettled)
                .map(|record| record.check.at + DAY - part(JITTER, dice()))
                .find(|next| *next > now);
            let due = settled.unwrap_or_else(|| {
                let at = slot + part(SLOT, dice());
                slot += SLOT;
                at
            });
            self.due.insert(account.clone(), due);
        }
    }

    /// Forgets what came of accounts that no profile uses any more.
    pub(crate) fn forget_all_but(&mut self, used: &HashSet<Account>) {
        self.records.retain(|(account, _), _| used.contains(account));
    }

    /// The account's credential was set anew: what was known of it is forgotten, and it is due at once if it serves.
    pub(crate) fn anew(&mut self, account: &Account, now: Millis) {
        self.records.remove(&(account.clone(), CheckKind::Key));
        if let Some(due) = self.due.get_mut(account) {
            *due = now;
            self.anew.insert(account.clone());
        }
    }

    /// Whom to check next, and when. `rejected`: the accounts that rest because their credential was rejected, and until
    /// when; they are checked again shortly before, unless there is nothing to ask for free.
    pub(crate) fn next(&self, rejected: &HashMap<Account, Millis>) -> Option<(Millis, Account)> {
        let again = rejected.iter().filter_map(|(account, until)| {
            let last = self.last(account, CheckKind::Key);
            let tellable = last.is_none_or(|record| record.finding != Finding::Untellable);
            let not_before = last.map_or(0, |record| record.check.at + GAP);
            tellable.then(|| (until.saturating_sub(LEAD).max(not_before), account))
        });
        let due =
            self.due.iter().filter(|(account, _)| !rejected.contains_key(account) || self.anew.contains(*account));
        let due = due.map(|(account, due)| (*due, account));
        again.chain(due).min().map(|(at, account)| (at, account.clone()))
    }

    /// A check ended.
    pub(crate) fn done(&mut self, account: &Account, record: Record, dice: f64) {
        self.anew.remove(account);
        if let Some(due) = self.due.get_mut(account) {
            *due = record.check.at
                + match record.finding {
                    Finding::Unsettled => RETRY + part(RETRY_JITTER, dice),
                    Finding::Passed | Finding::Failed | Finding::Untellable => DAY - part(JITTER, dice),
                };
        }
        self.records.insert((account.clone(), record.check.what), record);
    }

    pub(crate) fn last(&self, account: &Account, kind: CheckKind) -> Option<&Record> {
        self.records.get(&(account.clone(), kind))
    }

    pub(crate) fn is_guarded(&self, base_url: &str) -> bool {
        self.guarded.contains(base_url)
    }

    pub(crate) fn seen_guarded(&mut self, base_url: &Arc<str>) {
        self.guarded.insert(Arc::clone(base_url));
    }
}

/// The part of a length that the dice name.
fn part(length: Millis, dice: f64) -> Millis {
    (length as f64 * dice.clamp(0.0, 1.0)) as Millis
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_790_000_000_000;

    fn account(name: &str) -> Account {
        Account { base_url: "https://example.test".into(), credential: name.into() }
    }

    fn record(finding: Finding, at: Millis) -> Record {
        Record { check: Check { what: CheckKind::Key, ok: None, at, message: String::new() }, finding }
    }

    fn nobody() -> HashMap<Account, Millis> {
        HashMap::new()
    }

    #[test]
    fn new_accounts_are_spread_one_to_a_slot() {
        for dice in [0.0, 0.5, 0.99] {
            let mut agenda = Agenda::default();
            let accounts: Vec<Account> = (0..6).map(|number| account(&number.to_string())).collect();
            agenda.meet(&accounts, NOW, &mut || dice);
            for (place, one) in accounts.iter().enumerate() {
                let slot = NOW + FIRST + SLOT * place as u64;
                assert!((slot..slot + SLOT).contains(&agenda.due[one]), "{dice} {place}");
            }
            let before = agenda.due.clone();
            agenda.meet(&accounts, NOW + 500, &mut || 0.3);
            assert_eq!(agenda.due, before, "who is known keeps its turn");
        }
    }

    #[test]
    fn what_is_settled_comes_again_within_a_day_and_what_is_not_within_twenty_minutes() {
        let a = account("a");
        let mut agenda = Agenda::default();
        agenda.meet(std::slice::from_ref(&a), NOW, &mut || 0.0);
        for (finding, dice, next) in [
            (Finding::Passed, 0.0, DAY),
            (Finding::Untellable, 1.0, DAY - JITTER),
            (Finding::Unsettled, 0.0, RETRY),
            (Finding::Unsettled, 1.0, RETRY + RETRY_JITTER),
        ] {
            agenda.done(&a, record(finding, NOW), dice);
            assert_eq!(agenda.next(&nobody()), Some((NOW + next, a.clone())), "{finding:?} {dice}");
        }
    }

    #[test]
    fn whoever_no_longer_serves_is_not_checked_and_comes_back_without_haste() {
        let (a, b) = (account("a"), account("b"));
        let mut agenda = Agenda::default();
        agenda.meet(std::slice::from_ref(&a), NOW, &mut || 0.0);
        agenda.done(&a, record(Finding::Passed, NOW), 0.0);
        agenda.meet(std::slice::from_ref(&b), NOW + HOUR, &mut || 0.0);
        assert_eq!(agenda.next(&nobody()).map(|(_, account)| account), Some(b.clone()));
        agenda.meet(&[a.clone(), b.clone()], NOW + HOUR, &mut || 0.0);
        assert_eq!(agenda.due[&a], NOW + DAY);
        agenda.forget_all_but(&HashSet::from([b]));
        assert!(agenda.last(&a, CheckKind::Key).is_none());
    }

    /// failover §2, CredentialRejected
    #[test]
    fn a_rejected_key_is_checked_shortly_before_its_rest_ends_and_not_at_its_turn() {
        let a = account("a");
        let mut agenda = Agenda::default();
        agenda.meet(std::slice::from_ref(&a), NOW, &mut || 0.0);
        let rejected = HashMap::from([(a.clone(), NOW + MINUTE)]);
        assert_eq!(agenda.next(&rejected), Some((NOW + MINUTE - LEAD, a.clone())));
        // One that could not be found out is asked once more, and not all the time.
        agenda.done(&a, record(Finding::Unsettled, NOW + 50 * SECOND), 0.0);
        assert_eq!(agenda.next(&rejected), Some((NOW + 50 * SECOND + GAP, a.clone())));
        agenda.done(&a, record(Finding::Untellable, NOW + 50 * SECOND), 0.0);
        assert_eq!(agenda.next(&rejected), None);
        // One that serves another balancer was met by a request all the same.
        assert_eq!(Agenda::default().next(&rejected), Some((NOW + MINUTE - LEAD, a)));
    }

    #[test]
    fn a_credential_that_is_set_anew_is_due_at_once() {
        let a = account("a");
        let mut agenda = Agenda::default();
        agenda.meet(std::slice::from_ref(&a), NOW, &mut || 0.0);
        agenda.done(&a, record(Finding::Passed, NOW), 0.0);
        agenda.anew(&a, NOW + HOUR);
        assert_eq!(agenda.next(&nobody()), Some((NOW + HOUR, a.clone())));
        assert!(agenda.last(&a, CheckKind::Key).is_none());
        // Also while the old one's rejection lasts.
        let rejected = HashMap::from([(a.clone(), NOW + 2 * HOUR)]);
        assert_eq!(agenda.next(&rejected), Some((NOW + HOUR, a.clone())));
        agenda.done(&a, record(Finding::Failed, NOW + HOUR), 0.0);
        assert_eq!(agenda.next(&rejected), Some((NOW + 2 * HOUR - LEAD, a)));
    }
}
