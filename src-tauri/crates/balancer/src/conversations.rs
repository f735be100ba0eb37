//! Where conversations are served, so that the next request of one goes where its prompt cache and its signed reasoning are
//! (failover §4, `failback` and stickiness).
//!
//! A place is remembered by the member's name and target, never by its index: pools are edited while they are in use, and a
//! name may stand in one twice.

use std::{collections::HashMap, sync::Arc};

use lru::LruCache;
use serde::{Deserialize, Serialize};

use crate::{
    Ask, Conversation, Failback, Member, Millis, Policy, Pool, TargetKey, pool::is_the_callers, snapshot::whole,
};

/// A conversation that rests for so long starts at the top again under `failover`: by then no prompt cache is warm.
const FAILBACK_IDLE: Millis = 5 * 60_000;
/// A sticky conversation that rests for so long is placed anew.
const STICKY_IDLE: Millis = 60 * 60_000;
/// No request is under way for longer before its first content (failover §3.4).
const LONGEST_EXCHANGE: Millis = 10 * 60_000;
/// How many are remembered; the ones that have rested longest go.
const MOST: usize = 10_000;
/// How many of them outlive the process: what is lost with the others is a warm cache.
const MOST_KEPT: usize = 2_000;
/// How many pools are remembered to have moved.
const MOST_POOLS: usize = 1_000;

/// How many different places are held once for all that are there.
const MOST_PLACES: usize = 256;

/// A member of a pool, however the pool is edited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Place {
    name: Arc<str>,
    key: TargetKey,
}

/// Where requests were served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Seat {
    /// Shared: thousands of conversations have few places.
    #[serde(flatten)]
    place: Arc<Place>,
    /// The last request, for a conversation; when it moved there, for a pool.
    at: Millis,
}

impl Seat {
    /// Where it is in the pool as it now is: the same target by its name, else the same target, else the same name.
    fn place(&self, pool: &Pool) -> Option<usize> {
        let at = |fits: &dyn Fn(&Member) -> bool| pool.members.iter().position(fits);
        let Place { name, key } = &*self.place;
        at(&|member| member.key == *key && member.name == *name)
            .or_else(|| at(&|member| member.key == *key))
            .or_else(|| at(&|member| member.name == *name))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Conversations {
    /// By pool and conversation. Under `failover` only those that have moved away from the top.
    seats: LruCache<(Arc<str>, u64), Seat>,
    /// The pools that have moved and stay ([`Failback::Never`]).
    pools: HashMap<Arc<str>, Seat>,
    places: Vec<Arc<Place>>,
}

impl Default for Conversations {
    fn default() -> Self {
        Self { seats: LruCache::unbounded(), pools: HashMap::new(), places: Vec::new() }
    }
}

impl Conversations {
    /// A member or pool has another name.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        let to: Arc<str> = to.into();
        let seats = self.seats.iter_mut().map(|(_, seat)| seat).chain(self.pools.values_mut());
        for seat in seats.filter(|seat| &*seat.place.name == from) {
            seat.place = Arc::new(Place { name: to.clone(), key: seat.place.key.clone() });
        }
        if let Some(seat) = self.pools.remove(from) {
            self.pools.insert(to.clone(), seat);
        }
        let moved: Vec<u64> =
            self.seats.iter().filter(|((pool, _), _)| &**pool == from).map(|((_, id), _)| *id).collect();
        // The one that has rested longest first, so that they keep their order.
        for id in moved.into_iter().rev() {
            if let Some(seat) = self.seats.pop(&(from.into(), id)) {
                self.seats.put((to.clone(), id), seat);
            }
        }
    }
}

/// What a pool remembers.
enum Memory {
    Nothing,
    /// Each conversation's place, for so long.
    EachFor(Millis),
    /// Its own.
    OneForAll,
}

fn memory(pool: &Pool) -> Memory {
    match (pool.policy, pool.failback) {
        (Policy::Failover, Failback::Conversation) => Memory::EachFor(FAILBACK_IDLE),
        (Policy::Failover, Failback::Never) => Memory::OneForAll,
        (Policy::RoundRobin | Policy::Weighted, _) if pool.sticky => Memory::EachFor(STICKY_IDLE),
        (Policy::Failover, Failback::AtOnce) | (Policy::RoundRobin | Policy::Weighted, _) => Memory::Nothing,
    }
}

impl Conversations {
    /// The member that the request belongs to, whatever its health. A first turn belongs to none.
    pub(crate) fn place(&self, pool: &Pool, ask: &Ask<'_>, now: Millis) -> Option<usize> {
        match memory(pool) {
            Memory::Nothing => None,
            Memory::OneForAll => self.pools.get(&pool.name)?.place(pool),
            Memory::EachFor(idle) => {
                let conversation = ask.conversation.filter(|conversation| conversation.continues)?;
                self.seat(pool, conversation, idle, now)?.place(pool)
            }
        }
    }

    /// A request of the conversation came.
    pub(crate) fn seen(&mut self, pool: &Pool, ask: &Ask<'_>, now: Millis) {
        if let (Memory::EachFor(idle), Some(conversation)) = (memory(pool), ask.conversation)
            && let Some(seat) = self.seats.get_mut(&(pool.name.clone(), conversation.key))
            && now.saturating_sub(seat.at) < idle
        {
            seat.at = seat.at.max(now);
        }
    }

    /// The member that the request belonged to has failed.
    pub(crate) fn failed(&mut self, pool: &Pool, ask: &Ask<'_>) {
        match (memory(pool), ask.conversation) {
            (Memory::OneForAll, _) => {
                self.pools.remove(&pool.name);
            }
            // A sticky conversation comes back unless it is served elsewhere meanwhile.
            (Memory::EachFor(_), Some(conversation)) if pool.policy == Policy::Failover => {
                self.seats.pop(&(pool.name.clone(), conversation.key));
            }
            _ => {}
        }
    }

    /// The request was served at `member`. `gone` tells whether the member at a place has failed since an instant.
    pub(crate) fn settle(
        &mut self,
        pool: &Pool,
        ask: &Ask<'_>,
        member: usize,
        now: Millis,
        gone: impl Fn(usize, Millis) -> bool,
    ) {
        let Some(served) = pool.members.get(member) else { return };
        let top = pool.members.iter().position(|member| member.unready.is_none());
        let at_top = top.is_some_and(|top| pool.members[top].key == served.key);
        match memory(pool) {
            Memory::Nothing => {}
            Memory::OneForAll => self.move_pool(pool, ask, served, top, now, gone),
            Memory::EachFor(idle) => {
                let Some(conversation) = ask.conversation else { return };
                // Agents send side jobs under the session of the conversation. They are first turns, placed by the policy,
                // and don't take the conversation along.
                let elsewhere = |seat: &Seat| {
                    seat.place(pool).is_some_and(|place| pool.members[place].key != served.key && !gone(place, now))
                };
                if !conversation.continues && self.seat(pool, conversation, idle, now).is_some_and(elsewhere) {
                    return;
                }
                let key = (pool.name.clone(), conversation.key);
                if pool.policy == Policy::Failover && at_top {
                    self.seats.pop(&key);
                    return;
                }
                let seat = self.seat_at(served, now);
                self.seats.put(key, seat);
                if self.seats.len() > MOST {
                    self.seats.pop_lru();
                }
            }
        }
    }

    /// Under [`Failback::Never`] the pool moves when the member that it was at fails, and not because a request that was
    /// under way since before the move, or that this member has no place for, was served elsewhere.
    fn move_pool(
        &mut self,
        pool: &Pool,
        ask: &Ask<'_>,
        served: &Member,
        top: Option<usize>,
        now: Millis,
        gone: impl Fn(usize, Millis) -> bool,
    ) {
        let seat = self.pools.get(&pool.name).and_then(|seat| Some((seat.place(pool)?, seat.at)));
        if let Some(place) = seat.map(|(place, _)| place).or(top) {
            let was_at = &pool.members[place];
            let since = seat.map_or(now.saturating_sub(LONGEST_EXCHANGE), |(_, since)| since);
            let failed = gone(place, since);
            if was_at.key == served.key || !ask.fits(was_at) || !failed {
                return;
            }
        }
        if top.is_some_and(|top| pool.members[top].key == served.key) {
            self.pools.remove(&pool.name);
        } else if self.pools.len() < MOST_POOLS || self.pools.contains_key(&pool.name) {
            let seat = self.seat_at(served, now);
            self.pools.insert(pool.name.clone(), seat);
        }
    }

    fn seat_at(&mut self, member: &Member, at: Millis) -> Seat {
        let known = self.places.iter().find(|place| place.key == member.key && place.name == member.name);
        let place = known.cloned().unwrap_or_else(|| {
            let place = Arc::new(Place { name: member.name.clone(), key: member.key.clone() });
            if self.places.len() == MOST_PLACES {
                self.places.clear();
            }
            self.places.push(Arc::clone(&place));
            place
        });
        Seat { place, at }
    }

    fn seat(&self, pool: &Pool, conversation: Conversation, idle: Millis, now: Millis) -> Option<&Seat> {
        let seat = self.seats.peek(&(pool.name.clone(), conversation.key))?;
        (now.saturating_sub(seat.at) < idle).then_some(seat)
    }

    /// The clock was set back: no conversation was heard of later than now.
    pub(crate) fn clamp(&mut self, now: Millis) {
        for (_, seat) in &mut self.seats {
            seat.at = seat.at.min(now);
        }
        for seat in self.pools.values_mut() {
            seat.at = seat.at.min(now);
        }
    }

    pub(crate) fn keep(&self, now: Millis) -> KeptConversations {
        let kept = |seat: &Seat| !is_the_callers(&seat.place.key.credential);
        let awake = |seat: &Seat| now.saturating_sub(seat.at) < STICKY_IDLE;
        let seats = self.seats.iter().filter(|(_, seat)| kept(seat) && awake(seat));
        let mut conversations: Vec<KeptSeat> = seats
            .take(MOST_KEPT)
            .map(|((pool, key), seat)| KeptSeat { pool: pool.clone(), conversation: *key, seat: seat.clone() })
            .collect();
        conversations.reverse();
        let moved = self.pools.iter().filter(|(_, seat)| kept(seat));
        let mut pools: Vec<KeptPool> =
            moved.map(|(pool, seat)| KeptPool { pool: pool.clone(), seat: seat.clone() }).collect();
        pools.sort_by(|a, b| a.pool.cmp(&b.pool));
        KeptConversations { conversations, pools }
    }

    /// What is known already is newer.
    pub(crate) fn take_up(&mut self, kept: KeptConversations, now: Millis) {
        let clamped = |seat: Seat| Seat { at: seat.at.min(now), ..seat };
        let ours = |seat: &Seat| !is_the_callers(&seat.place.key.credential);
        let surplus = kept.conversations.len().saturating_sub(MOST);
        for KeptSeat { pool, conversation, seat } in kept.conversations.into_iter().skip(surplus) {
            if ours(&seat) && !self.seats.contains(&(pool.clone(), conversation)) && self.seats.len() < MOST {
                self.seats.put((pool, conversation), clamped(seat));
            }
        }
        for KeptPool { pool, seat } in kept.pools.into_iter().take(MOST_POOLS) {
            if ours(&seat) {
                self.pools.entry(pool).or_insert_with(|| clamped(seat));
            }
        }
    }
}

/// What a snapshot keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptConversations {
    /// The ones that have rested longest first.
    #[serde(deserialize_with = "whole")]
    conversations: Vec<KeptSeat>,
    #[serde(deserialize_with = "whole")]
    pools: Vec<KeptPool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptSeat {
    pool: Arc<str>,
    conversation: u64,
    seat: Seat,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptPool {
    pool: Arc<str>,
    seat: Seat,
}

#[cfg(test)]
mod tests;
