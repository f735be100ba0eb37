//! "Not before this instant", for one target or one account (failover §2, §3.9, §3.11).
//!
//! Deadlines are kept side by side. A **firm** one is the provider's word, spent quota, or a **rejected** credential:
//! trying before it is pointless or rude. A **soft** one is our guess, which a last resort may overrule (§3.9b) and which
//! content ends. Keeping one deadline for all would let a later guess hide a provider's word, or the other way round; and a
//! check that the key passes must end the rejection's without touching the provider's word.
//!
//! **Invariant**: no deadline ever moves to an earlier instant, except by [`Cooldown::clear`], by content that an
//! attempt brought which was let through during a guess, by a check that was passed ([`Cooldown::accept`]), and by
//! [`Cooldown::clamp`] after the clock was set back.

use serde::{Deserialize, Serialize};

use crate::{Millis, outcome::known_code, snapshot::whole};

/// The share of a wait that chance may add, so that not all waiters come back in the same instant.
const FUZZ: f64 = 0.1;
/// The most that chance adds.
const MOST_FUZZ: f64 = 5_000.0;
/// A provider that names an instant which has passed still gets this much rest.
const SHORTEST: Millis = 1_000;
/// No hint is believed further ahead than this; the longest named window is a week.
const LONGEST: Millis = 8 * 24 * 3_600_000;

/// A cause whose guesses grow while nothing but failures come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Growing {
    /// 15 min doubling to 6 h.
    Quota,
    /// 60 s doubling to 30 min.
    Credential,
    /// 60 s doubling to 10 min: a hung member may cost one request, not each.
    Timeout,
    /// 5 min doubling to 2 h ("minutes, growing").
    Model,
}

impl Growing {
    const ALL: [Self; 4] = [Self::Quota, Self::Credential, Self::Timeout, Self::Model];

    fn first_and_last(self) -> (Millis, Millis) {
        match self {
            Self::Quota => (15 * 60_000, 6 * 3_600_000),
            Self::Credential => (60_000, 30 * 60_000),
            Self::Timeout => (60_000, 10 * 60_000),
            Self::Model => (5 * 60_000, 2 * 3_600_000),
        }
    }
}

/// A deadline with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline {
    pub(crate) until: Millis,
    /// The code of the outcome that set it.
    pub(crate) why: &'static str,
    length: Millis,
    /// The counter's number when it was set.
    since: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Streak {
    times: u32,
    since: u64,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Cooldown {
    firm: Option<Deadline>,
    soft: Option<Deadline>,
    /// The credential was not accepted; firm as well.
    rejected: Option<Deadline>,
    streaks: [Streak; Growing::ALL.len()],
}

/// One failure, as far as cooldowns go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cause {
    /// The outcome's code.
    pub(crate) why: &'static str,
    /// The number of the attempt's permit.
    pub(crate) permit: u64,
    /// The counter's number now.
    pub(crate) order: u64,
    pub(crate) now: Millis,
    /// `0..1`.
    pub(crate) dice: f64,
}

impl Cooldown {
    /// The latest of the deadlines, if it is still ahead.
    pub(crate) fn out(&self, now: Millis) -> Option<Deadline> {
        later(self.firm(now), self.soft.filter(|soft| now < soft.until))
    }

    /// The firm deadline, if it is still ahead.
    pub(crate) fn firm(&self, now: Millis) -> Option<Deadline> {
        later(self.firm.filter(|firm| now < firm.until), self.rejected(now))
    }

    /// The deadline of a rejected credential, if it is still ahead.
    pub(crate) fn rejected(&self, now: Millis) -> Option<Deadline> {
        self.rejected.filter(|rejected| now < rejected.until)
    }

    /// A check that began with this number was passed: a rejection that was known before it ended. What grew stays grown
    /// until content comes: a provider may take a key for its free calls and refuse it for others.
    pub(crate) fn accept(&mut self, began: u64) -> bool {
        self.rejected.take_if(|rejected| began > rejected.since).is_some()
    }

    /// The provider named an instant.
    pub(crate) fn told(&mut self, until: Millis, cause: Cause) {
        let wait = until.saturating_sub(cause.now).clamp(SHORTEST, LONGEST);
        raise(&mut self.firm, wait, cause);
    }

    /// A server in trouble advised to wait. It knows no more than that it fails now, so that this is a guess: where nobody
    /// else can be asked, it must not leave a request unanswered (failover §3.9b).
    pub(crate) fn advised(&mut self, until: Millis, cause: Cause) {
        let wait = until.saturating_sub(cause.now).clamp(SHORTEST, LONGEST);
        raise(&mut self.soft, wait, cause);
    }

    /// We guess a wait of `length`.
    pub(crate) fn guess(&mut self, length: Millis, cause: Cause) {
        raise(&mut self.soft, length, cause);
    }

    /// We guess a wait that grows with each failure of this kind. Failures of attempts that were let through before the
    /// last one was known count once together: ten requests that hang at the same time are one incident.
    pub(crate) fn grow(&mut self, kind: Growing, cause: Cause) {
        let streak = &mut self.streaks[kind as usize];
        if streak.times == 0 || cause.permit > streak.since {
            *streak = Streak { times: streak.times.saturating_add(1), since: cause.order };
        }
        let (first, last) = kind.first_and_last();
        let length = first.saturating_mul(1 << (streak.times - 1).min(16)).min(last);
        match kind {
            Growing::Quota => raise(&mut self.firm, length, cause),
            Growing::Credential => raise(&mut self.rejected, length, cause),
            Growing::Timeout | Growing::Model => raise(&mut self.soft, length, cause),
        }
    }

    /// How many failures of this kind came in a row.
    pub(crate) fn in_a_row(&self, kind: Growing) -> u32 {
        self.streaks[kind as usize].times
    }

    /// Content came from an attempt with this number: what was guessed before it was let through is refuted, and what
    /// grew starts anew.
    pub(crate) fn refute(&mut self, permit: u64) {
        if self.soft.is_some_and(|soft| permit > soft.since) {
            self.soft = None;
        }
        for streak in &mut self.streaks {
            if permit > streak.since {
                *streak = Streak::default();
            }
        }
    }

    /// The user's "Try now", or a changed credential.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// After the clock was set back: what remains is never more than the original length.
    pub(crate) fn clamp(&mut self, now: Millis) {
        for deadline in [&mut self.firm, &mut self.soft, &mut self.rejected].into_iter().flatten() {
            deadline.until = deadline.until.min(now.saturating_add(deadline.length));
        }
    }

    pub(crate) fn keep(&self, now: Millis) -> KeptCooldown {
        let deadline = |deadline: &Deadline| KeptDeadline {
            until: deadline.until,
            length: deadline.length,
            why: deadline.why.to_owned(),
        };
        let times = |kind: Growing| KeptStreak { kind, times: self.streaks[kind as usize].times };
        KeptCooldown {
            firm: self.firm.filter(|firm| now < firm.until).as_ref().map(deadline),
            soft: self.soft.filter(|soft| now < soft.until).as_ref().map(deadline),
            rejected: self.rejected(now).as_ref().map(deadline),
            streaks: Growing::ALL.into_iter().map(times).filter(|streak| streak.times > 0).collect(),
        }
    }

    /// Waits as an earlier process left it: for no longer than was meant, whatever the clock says now, and not for what is
    /// over (failover §3.11). `order` numbers the event.
    pub(crate) fn take_up(&mut self, kept: KeptCooldown, order: u64, now: Millis) {
        let slots = [(&mut self.firm, kept.firm), (&mut self.soft, kept.soft), (&mut self.rejected, kept.rejected)];
        for (slot, kept) in slots {
            let Some(kept) = kept else { continue };
            let Some(why) = known_code(&kept.why) else { continue };
            let left = kept.until.saturating_sub(now).min(kept.length).min(LONGEST + MOST_FUZZ as Millis);
            let until = now.saturating_add(left);
            if left > 0 && slot.is_none_or(|known| known.until < until) {
                *slot = Some(Deadline { until, why, length: left, since: order });
            }
        }
        for KeptStreak { kind, times } in kept.streaks {
            let streak = &mut self.streaks[kind as usize];
            if times > streak.times {
                *streak = Streak { times, since: order };
            }
        }
    }

    /// Whether forgetting it changes nothing.
    pub(crate) fn is_idle(&self, now: Millis) -> bool {
        self.out(now).is_none() && self.streaks.iter().all(|streak| streak.times == 0)
    }
}

/// What a snapshot keeps of a cooldown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptCooldown {
    firm: Option<KeptDeadline>,
    soft: Option<KeptDeadline>,
    rejected: Option<KeptDeadline>,
    #[serde(deserialize_with = "whole")]
    streaks: Vec<KeptStreak>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptDeadline {
    until: Millis,
    length: Millis,
    why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptStreak {
    kind: Growing,
    times: u32,
}

/// The later of two deadlines; at a tie the first.
pub(crate) fn later(a: Option<Deadline>, b: Option<Deadline>) -> Option<Deadline> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.until > a.until { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn raise(slot: &mut Option<Deadline>, wait: Millis, cause: Cause) {
    let fuzz = (wait as f64 * FUZZ).min(MOST_FUZZ) * cause.dice;
    let length = wait.saturating_add(fuzz as Millis);
    let until = cause.now.saturating_add(length);
    if slot.is_none_or(|old| until > old.until) {
        *slot = Some(Deadline { until, why: cause.why, length, since: cause.order });
    }
}
