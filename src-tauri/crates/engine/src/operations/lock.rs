//! The lock over the profiles folder, which the llxprt CLI takes too: who holds it, and its removal when the user says so.

use super::{LockSeen, Nothing, problem};
use crate::error::Problem;
use crate::shared::Handle;
use crate::view::{LockHolderView, LockView};
use mainstay_profiles::{FolderError, Liveness, LockError, LockHolder, ProfileLock};

impl Handle {
    pub(super) async fn profiles_lock(&self, _: Nothing) -> Result<LockView, Problem> {
        self.blocking(|shared| {
            let holder = ProfileLock::holder(shared.profiles.dir()).map_err(unusable)?;
            Ok(LockView { holder: holder.as_ref().map(view_of) })
        })
        .await
    }

    pub(super) async fn remove_lock(&self, input: LockSeen) -> Result<Nothing, Problem> {
        self.blocking(move |shared| {
            let dir = shared.profiles.dir();
            let Some(holder) = ProfileLock::holder(dir).map_err(unusable)? else { return Ok(Nothing {}) };
            let removed = holder.mark() == input.seen && ProfileLock::remove_stale(dir, &holder).map_err(unusable)?;
            let free = removed || ProfileLock::holder(dir).map_err(unusable)?.is_none();
            if free {
                return Ok(Nothing {});
            }
            let message = "The profiles are locked by another by now.".to_owned();
            Err(problem("lock_changed", message, "Look again who holds the lock."))
        })
        .await
    }
}

fn unusable(error: LockError) -> Problem {
    super::folder_problem(&FolderError::Lock(error))
}

fn view_of(holder: &LockHolder) -> LockHolderView {
    let now = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0);
    let age = holder.age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
    LockHolderView {
        pid: holder.pid,
        since: age.map(|age| now.saturating_sub(age)),
        alive: match holder.liveness {
            Liveness::Alive => Some(true),
            Liveness::Gone => Some(false),
            Liveness::Unknown => None,
        },
        seen: holder.mark(),
    }
}
