//! Where the requests of a conversation go, under each policy and `failback`.

use super::*;
use crate::{
    Balancer, Candidate, Outcome, Plan, Scope, Unready,
    sample::{ASK, START, failover, member, pool},
};

const MINUTE: Millis = 60_000;

/// A request that goes on with a conversation.
fn turn(key: u64) -> Ask<'static> {
    Ask { conversation: Some(Conversation { key, continues: true }), ..ASK }
}

/// A conversation's first request.
fn first_turn(key: u64) -> Ask<'static> {
    Ask { conversation: Some(Conversation { key, continues: false }), ..ASK }
}

fn order(plan: &Plan) -> Vec<usize> {
    plan.order.iter().map(|candidate| candidate.member).collect()
}

fn first(balancer: &mut Balancer, pool: &Pool, ask: &Ask<'_>, now: Millis) -> usize {
    order(&balancer.plan(pool, ask, now))[0]
}

/// Plans, and is served by whom the plan names first.
fn serve(balancer: &mut Balancer, pool: &Pool, ask: &Ask<'_>, now: Millis) -> usize {
    let member = first(balancer, pool, ask, now);
    balancer.settle(pool, ask, member, now);
    member
}

fn fail(balancer: &mut Balancer, pool: &Pool, member: usize, outcome: &Outcome, now: Millis) {
    let permit = balancer.admit(pool, &Candidate { member, forced: true }, now).unwrap();
    balancer.conclude(permit, outcome, now, 0.0);
}

fn limit(balancer: &mut Balancer, pool: &Pool, member: usize, until: Millis, now: Millis) {
    fail(balancer, pool, member, &Outcome::RateLimited { scope: Scope::Model, until: Some(until) }, now);
}

fn sticky(policy: Policy) -> Pool {
    Pool { sticky: true, ..pool(policy, &[("a", 1), ("b", 1), ("c", 1)]) }
}

/// `failover` over a, b and c, with a limited for a minute and conversation 1 moved to b.
fn moved(failback: Failback) -> (Balancer, Pool) {
    let pool = Pool { failback, ..failover(&["a", "b", "c"]) };
    let mut balancer = Balancer::default();
    limit(&mut balancer, &pool, 0, START + MINUTE, START);
    assert_eq!(serve(&mut balancer, &pool, &turn(1), START), 1);
    (balancer, pool)
}

/// failover §4, failback
#[test]
fn a_new_conversation_starts_at_the_top_and_one_that_moved_stays() {
    let (mut balancer, pool) = moved(Failback::Conversation);
    let later = START + MINUTE;
    let plan = balancer.plan(&pool, &turn(1), later);
    assert_eq!((order(&plan), plan.stuck), (vec![1, 0, 2], true));
    for ask in [turn(2), first_turn(2), first_turn(1), ASK] {
        let plan = balancer.plan(&pool, &ask, later);
        assert_eq!((order(&plan), plan.stuck), (vec![0, 1, 2], false), "{ask:?}");
    }
}

/// failover §4, failback
#[test]
fn a_moved_conversation_goes_back_to_the_top_after_five_minutes_without_a_request() {
    let (mut balancer, pool) = moved(Failback::Conversation);
    let mut now = START;
    for _ in 0..4 {
        now += 5 * MINUTE - 1;
        assert_eq!(first(&mut balancer, &pool, &turn(1), now), 1, "asking alone keeps it awake");
    }
    assert_eq!(first(&mut balancer, &pool, &turn(1), now + 5 * MINUTE), 0);
}

#[test]
fn a_look_does_not_keep_a_conversation_awake() {
    let (mut balancer, pool) = moved(Failback::Conversation);
    let look = Ask { moves_wheel: false, ..turn(1) };
    assert_eq!(first(&mut balancer, &pool, &look, START + 4 * MINUTE), 1);
    assert_eq!(first(&mut balancer, &pool, &turn(1), START + 5 * MINUTE), 0);
}

/// failover §4, failback
#[test]
fn a_moved_conversation_stays_until_its_member_is_out() {
    let (mut balancer, pool) = moved(Failback::Conversation);
    let later = START + MINUTE;
    limit(&mut balancer, &pool, 1, later + 1_000, later);
    assert_eq!(first(&mut balancer, &pool, &turn(1), later), 0);
    assert_eq!(first(&mut balancer, &pool, &turn(1), later + 1_000), 0, "it has left for good");
}

/// failover §4, failback
#[test]
fn a_moved_conversation_stays_until_its_member_was_tried_and_missed() {
    let (mut balancer, pool) = moved(Failback::Conversation);
    let later = START + MINUTE;
    assert_eq!(first(&mut balancer, &pool, &turn(1), later), 1);
    fail(&mut balancer, &pool, 1, &Outcome::ServerError { until: None }, later);
    balancer.settle(&pool, &turn(1), 2, later);
    assert_eq!(first(&mut balancer, &pool, &turn(1), later), 2, "served further down, it stays there");
    balancer.plan_after(&pool, &turn(1), &[2, 99], later);
    assert_eq!(first(&mut balancer, &pool, &turn(1), later), 0, "served by nobody, it starts at the top");
}

/// failover §4, failback
#[test]
fn a_conversation_that_never_moved_follows_the_top() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b"]);
    assert_eq!(serve(&mut balancer, &pool, &first_turn(1), START), 0);
    pool.members.swap(0, 1);
    assert_eq!(&*pool.members[first(&mut balancer, &pool, &turn(1), START)].name, "b");
}

#[test]
fn a_member_that_cannot_be_tried_is_no_top_to_have_moved_from() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b"]);
    pool.members[0].unready = Some(Unready::NeedsCredential);
    assert_eq!(serve(&mut balancer, &pool, &turn(1), START), 1);
    pool.members[0].unready = None;
    assert_eq!(first(&mut balancer, &pool, &turn(1), START), 0);
}

/// failover §4, failback
#[test]
fn at_once_every_request_starts_at_the_top() {
    let (mut balancer, pool) = moved(Failback::AtOnce);
    let plan = balancer.plan(&pool, &turn(1), START + MINUTE);
    assert_eq!((order(&plan), plan.stuck), (vec![0, 1, 2], false));
}

/// failover §4, failback
#[test]
fn never_the_whole_pool_stays_where_it_moved_until_that_fails() {
    let (mut balancer, pool) = moved(Failback::Never);
    let mut now = START + 24 * 60 * MINUTE;
    for ask in [turn(1), turn(2), first_turn(3), ASK] {
        let plan = balancer.plan(&pool, &ask, now);
        assert_eq!((order(&plan), plan.stuck), (vec![1, 0, 2], true), "{ask:?}");
    }
    fail(&mut balancer, &pool, 1, &Outcome::ServerError { until: None }, now);
    balancer.settle(&pool, &ASK, 0, now);
    assert_eq!(first(&mut balancer, &pool, &ASK, now), 0);
    limit(&mut balancer, &pool, 0, now + MINUTE, now);
    assert_eq!(serve(&mut balancer, &pool, &ASK, now), 1);
    now += MINUTE;
    limit(&mut balancer, &pool, 1, now + MINUTE, now);
    assert_eq!(first(&mut balancer, &pool, &ASK, now), 0);
    assert_eq!(first(&mut balancer, &pool, &ASK, now + MINUTE), 0, "it has left for good");
}

#[test]
fn a_pool_that_moved_is_not_drawn_back_by_a_request_from_before() {
    let (mut balancer, pool) = moved(Failback::Never);
    balancer.settle(&pool, &ASK, 0, START + MINUTE);
    assert_eq!(first(&mut balancer, &pool, &ASK, START + MINUTE), 1);
}

#[test]
fn a_pool_does_not_move_for_a_request_that_its_member_has_no_place_for() {
    let mut balancer = Balancer::default();
    let mut pool = Pool { failback: Failback::Never, ..failover(&["a", "b"]) };
    pool.members[0].context_limit = Some(1_000);
    let long = Ask { tokens: 2_000, ..ASK };
    assert_eq!(serve(&mut balancer, &pool, &long, START), 1);
    assert_eq!(first(&mut balancer, &pool, &ASK, START), 0);
    // Nor because the member itself found it too long.
    fail(&mut balancer, &pool, 0, &Outcome::ContextTooLong, START);
    balancer.settle(&pool, &ASK, 1, START);
    assert_eq!(first(&mut balancer, &pool, &ASK, START), 0);
}

/// failover §4, stickiness
#[test]
fn first_turns_are_placed_by_the_policy_and_what_continues_stays() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    let placed: Vec<usize> = (0..3).map(|key| serve(&mut balancer, &pool, &first_turn(key), START)).collect();
    assert_eq!(placed, [0, 1, 2]);
    for key in [2, 0, 1, 1, 0] {
        let plan = balancer.plan(&pool, &turn(key), START);
        assert_eq!((plan.order[0].member, plan.stuck), (placed[key as usize], true));
        assert_eq!(plan.order.len(), 3, "the others are its fallbacks");
    }
}

/// failover §4, stickiness
#[test]
fn a_sticky_request_moves_no_wheel() {
    for policy in [Policy::RoundRobin, Policy::Weighted] {
        let mut balancer = Balancer::default();
        let pool = sticky(policy);
        let mut placed = Vec::new();
        for key in 0..6 {
            placed.push(serve(&mut balancer, &pool, &first_turn(key), START));
            for _ in 0..key {
                serve(&mut balancer, &pool, &turn(0), START);
            }
        }
        assert_eq!(placed, [0, 1, 2, 0, 1, 2], "{policy:?}");
    }
}

/// failover §4, stickiness: off by default
#[test]
fn without_sticky_each_request_is_placed_by_the_policy() {
    let mut balancer = Balancer::default();
    let pool = Pool { sticky: false, ..sticky(Policy::RoundRobin) };
    let placed: Vec<usize> = (0..4).map(|_| serve(&mut balancer, &pool, &turn(1), START)).collect();
    assert_eq!(placed, [0, 1, 2, 0]);
}

/// failover §4, stickiness
#[test]
fn a_sticky_conversation_gives_way_when_its_member_is_out_and_settles_anew() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    assert_eq!(serve(&mut balancer, &pool, &first_turn(1), START), 0);
    limit(&mut balancer, &pool, 0, START + MINUTE, START);
    let plan = balancer.plan(&pool, &turn(1), START);
    assert_eq!((order(&plan), plan.stuck), (vec![1, 2], false));
    balancer.settle(&pool, &turn(1), 1, START);
    assert_eq!(first(&mut balancer, &pool, &turn(1), START + MINUTE), 1, "it stays where it was served");
}

#[test]
fn a_sticky_conversation_whose_member_came_back_before_it_was_served_elsewhere_is_still_there() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    assert_eq!(serve(&mut balancer, &pool, &first_turn(1), START), 0);
    limit(&mut balancer, &pool, 0, START + MINUTE, START);
    balancer.plan(&pool, &turn(1), START);
    assert_eq!(first(&mut balancer, &pool, &turn(1), START + MINUTE), 0);
}

/// failover §4, stickiness
#[test]
fn a_sticky_conversation_is_placed_anew_after_an_hours_rest() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    assert_eq!(serve(&mut balancer, &pool, &first_turn(1), START), 0);
    assert_eq!(first(&mut balancer, &pool, &turn(1), START + 60 * MINUTE - 1), 0);
    let plan = balancer.plan(&pool, &turn(1), START + 120 * MINUTE);
    assert_eq!((plan.order[0].member, plan.stuck), (1, false));
}

/// failover §4, stickiness
#[test]
fn ten_thousand_conversations_are_kept_and_the_longest_idle_go() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    for key in 0..MOST as u64 {
        balancer.settle(&pool, &first_turn(key), 0, START);
    }
    balancer.plan(&pool, &turn(0), START + 1);
    balancer.settle(&pool, &first_turn(99_999), 0, START + 1);
    assert!(balancer.plan(&pool, &turn(0), START + 1).stuck);
    assert!(!balancer.plan(&pool, &turn(1), START + 1).stuck);
    assert_eq!(balancer.conversations.seats.len(), MOST);
}

/// Agents send titles and summaries under the session of the conversation.
#[test]
fn a_side_job_under_the_same_session_does_not_take_the_conversation_along() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    assert_eq!(serve(&mut balancer, &pool, &first_turn(1), START), 0);
    assert_eq!(serve(&mut balancer, &pool, &first_turn(1), START), 1);
    assert_eq!(first(&mut balancer, &pool, &turn(1), START), 0);
    limit(&mut balancer, &pool, 0, START + MINUTE, START);
    assert_eq!(serve(&mut balancer, &pool, &first_turn(1), START), 2);
    assert_eq!(first(&mut balancer, &pool, &turn(1), START + MINUTE), 2, "unless its member is out");
}

#[test]
fn a_place_is_found_again_in_an_edited_pool() {
    let mut balancer = Balancer::default();
    let mut pool = sticky(Policy::RoundRobin);
    balancer.settle(&pool, &first_turn(1), 1, START);
    let whom = |balancer: &mut Balancer, pool: &Pool| {
        let plan = balancer.plan(pool, &turn(1), START);
        plan.stuck.then(|| pool.members[plan.order[0].member].name.to_string())
    };
    pool.members.rotate_left(1);
    assert_eq!(whom(&mut balancer, &pool).as_deref(), Some("b"), "reordered");
    pool.members[0].name = "renamed".into();
    assert_eq!(whom(&mut balancer, &pool).as_deref(), Some("renamed"), "renamed");
    pool.members[0] = member("other", 1);
    pool.members[1].name = "b".into();
    assert_eq!(whom(&mut balancer, &pool).as_deref(), Some("b"), "the profile has another target now");
    pool.members.remove(1);
    assert_eq!(whom(&mut balancer, &pool), None, "removed");
    pool.members.clear();
    assert!(balancer.plan(&pool, &turn(1), START).order.is_empty());
}

#[test]
fn a_name_that_stands_twice_is_one_place() {
    let mut balancer = Balancer::default();
    let pool = Pool { sticky: true, ..pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("a", 1)]) };
    balancer.settle(&pool, &first_turn(1), 2, START);
    let plan = balancer.plan(&pool, &turn(1), START);
    assert_eq!((order(&plan), plan.stuck), (vec![0, 1], true));
    assert_eq!(plan.skips.len(), 1);
}

#[test]
fn the_same_conversation_in_another_pool_is_another() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    balancer.settle(&pool, &first_turn(1), 1, START);
    let other = Pool { name: "other".into(), ..pool };
    assert!(!balancer.plan(&other, &turn(1), START).stuck);
}

/// failover §3.12
#[test]
fn a_conversation_that_outgrew_its_member_goes_where_there_is_room() {
    let mut balancer = Balancer::default();
    let mut pool = sticky(Policy::RoundRobin);
    pool.members[0].context_limit = Some(1_000);
    balancer.settle(&pool, &first_turn(1), 0, START);
    let long = Ask { tokens: 2_000, ..turn(1) };
    let plan = balancer.plan(&pool, &long, START);
    assert!(!plan.stuck && plan.order[2].member == 0);
    for member in &mut pool.members {
        member.context_limit = Some(1_000);
    }
    assert!(balancer.plan(&pool, &long, START).stuck, "when nobody seems to have room, it stays");
}

#[test]
fn a_sticky_request_is_no_probe_for_another_member() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    balancer.settle(&pool, &first_turn(1), 0, START);
    for _ in 0..3 {
        fail(&mut balancer, &pool, 1, &Outcome::ServerError { until: None }, START);
    }
    let due = START + 30_000;
    assert_eq!(order(&balancer.plan(&pool, &turn(1), due)), [0, 2, 1]);
    assert_eq!(first(&mut balancer, &pool, &first_turn(2), due), 1);
}

/// failover §4, pin
#[test]
fn what_a_pinned_member_serves_is_no_move_of_the_policys() {
    for failback in [Failback::Conversation, Failback::Never] {
        let mut balancer = Balancer::default();
        let pool = Pool { failback, ..failover(&["a", "b"]) };
        balancer.pin(&pool.name, Some("b"));
        assert_eq!(serve(&mut balancer, &pool, &turn(1), START), 1);
        balancer.pin(&pool.name, None);
        assert_eq!(first(&mut balancer, &pool, &turn(1), START), 0, "{failback:?}");
    }
}

#[test]
fn a_clock_set_back_neither_wakes_nor_keeps_a_conversation() {
    let (mut balancer, pool) = moved(Failback::Conversation);
    let before = START - 24 * 60 * MINUTE;
    assert_eq!(first(&mut balancer, &pool, &turn(1), before), 1);
    assert_eq!(first(&mut balancer, &pool, &turn(1), before + 5 * MINUTE), 0);
}

/// failover §3.11
#[test]
fn the_two_thousand_conversations_heard_of_last_outlive_the_process() {
    let mut balancer = Balancer::default();
    let pool = sticky(Policy::RoundRobin);
    for key in 0..=MOST_KEPT as u64 {
        balancer.settle(&pool, &first_turn(key), 1, START);
    }
    let mut after = Balancer::default();
    after.restore(balancer.snapshot(START), START);
    assert!(!after.plan(&pool, &turn(0), START).stuck);
    assert!(after.plan(&pool, &turn(1), START).stuck);
    assert!(
        balancer.snapshot(START + STICKY_IDLE).eq(&crate::Snapshot::default()),
        "those that have rested are not kept"
    );
}
