//! Checks of addresses and keys: made by themselves for the members of what serves, or because the user asks.
//!
//! A key is checked soon after the start, after it was changed, and once a day; one that was rejected again shortly before
//! its rest ends, so that no user's request is spent on finding out (failover §2, CredentialRejected). Checks go one after
//! another, spread by chance, one for each account however many profiles use it, and none of them costs anything.
//! [`agenda`] says what is due when, [`rounds`] makes it happen.

mod agenda;
mod rounds;

use self::agenda::{Agenda, Record};
use crate::view::{Check, CheckKind};
use mainstay_balancer::{Account, TargetKey};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known from checks, and when the next ones are due.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    agenda: Mutex<Agenda>,
}

impl Checks {
    /// The last check of a target that is worth showing: of its key, else of its address.
    pub(crate) fn of(&self, target: &TargetKey) -> Option<Check> {
        let agenda = self.agenda();
        let account = Account::from(target);
        agenda.last(&account, CheckKind::Key).or_else(|| agenda.last(&account, CheckKind::Address)).map(shown)
    }

    /// Whether a target is known to work: by its last check if that says anything, else by what it has `served`.
    pub(crate) fn prove(&self, target: &TargetKey, served: bool) -> bool {
        let kind = kind_for(target);
        let agenda = self.agenda();
        let last = agenda.last(&Account::from(target), kind).and_then(|record| shown(record).ok);
        last.unwrap_or(served)
    }

    fn agenda(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What there is to check of a target: where no credential is needed, only its address.
pub(crate) fn kind_for(target: &TargetKey) -> CheckKind {
    if &*target.credential == "none" { CheckKind::Address } else { CheckKind::Key }
}

/// Whether what serves is the client's own credential, which only the client knows.
fn is_callers(target: &TargetKey) -> bool {
    target.credential.starts_with("caller:")
}

fn shown(record: &Record) -> Check {
    record.check.clone()
}
