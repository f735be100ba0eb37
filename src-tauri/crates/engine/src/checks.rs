//! Checks of addresses and keys: made by themselves for the members of what serves, or because the user asks.
//!
//! A key is checked soon after the start, after it was changed, and once a day; one that was rejected again shortly before
//! its rest ends, so that no user's request is spent on finding out (failover §2, CredentialRejected). Checks go one after
//! another, spread by chance, one for each account however many profiles use it, and none of them costs anything.
//! [`agenda`] says what is due when, [`rounds`] makes it happen.

mod agenda;
mod rounds;

use self::agenda::Agenda;
use crate::view::{Check, CheckKind};
use mainstay_balancer::{Account, TargetKey};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known from checks, and when the next ones are due.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    agenda: Mutex<Agenda>,
}

impl Checks {
    /// The last check of what there is to check of a target: its key, or its address where it needs none.
    pub(crate) fn of(&self, target: &TargetKey) -> Option<Check> {
        self.agenda().last(&Account::from(target), kind_for(target)).map(|record| record.check.clone())
    }

    /// Whether a target is known to work: by its last check if that says anything, else by what it has `served`.
    pub(crate) fn prove(&self, target: &TargetKey, served: bool) -> bool {
        self.of(target).and_then(|check| check.ok).unwrap_or(served)
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
