//! What "until I unpin" does and leaves alone (failover §4).

use super::*;

/// failover §4, pin
#[test]
fn a_pinned_member_comes_first_and_the_others_follow_by_the_policy() {
    for (policy, rest) in [
        (Policy::Failover, [[2, 0, 1], [2, 0, 1]]),
        (Policy::RoundRobin, [[2, 0, 1], [2, 0, 1]]),
        (Policy::Weighted, [[2, 1, 0], [2, 1, 0]]),
    ] {
        let mut balancer = Balancer::default();
        let pool = pool(policy, &[("a", 1), ("b", 5), ("c", 3)]);
        balancer.pin(&pool.name, Some("c"));
        for expected in rest {
            let plan = balancer.plan(&pool, &ASK, START);
            assert_eq!((order(&plan), plan.stuck), (expected.to_vec(), false), "{policy:?}");
            assert!(plan.skips.is_empty());
        }
    }
}

/// failover §4, pin
#[test]
fn a_pin_does_not_move_the_wheel_and_unpinned_the_policy_goes_on() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START))[0], 0);
    balancer.pin(&pool.name, Some("a"));
    for _ in 0..4 {
        assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1, 2]);
    }
    balancer.pin(&pool.name, None);
    assert_eq!(balancer.pinned(&pool.name), None);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START))[0], 1);
}

/// failover §4, pin
#[test]
fn a_pinned_member_that_is_out_leaves_the_pool_to_the_policy_until_it_is_back() {
    let mut balancer = Balancer::default();
    let pool = pool(Policy::RoundRobin, &[("a", 1), ("b", 1), ("c", 1)]);
    balancer.pin(&pool.name, Some("c"));
    limited(&mut balancer, &pool, 2, START + 60_000);
    let firsts: Vec<_> = (0..3).map(|_| order(&balancer.plan(&pool, &ASK, START))[0]).collect();
    assert_eq!(firsts, [0, 1, 0]);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START + 60_000))[0], 2);
}

/// failover §4, pin
#[test]
fn a_pin_to_a_member_that_is_not_in_the_pool_or_cannot_be_tried_is_ignored() {
    let mut balancer = Balancer::default();
    let mut pool = failover(&["a", "b"]);
    balancer.pin(&pool.name, Some("elsewhere"));
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1]);
    balancer.pin(&pool.name, Some("b"));
    pool.members[1].unready = Some(Unready::Broken);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0]);
}

#[test]
fn a_pin_wins_over_the_conversation_and_over_the_estimated_size() {
    let mut balancer = Balancer::default();
    let mut pool = Pool { sticky: true, ..pool(Policy::RoundRobin, &[("a", 1), ("b", 1)]) };
    pool.members[1].context_limit = Some(1);
    let turn = Ask { conversation: Some(crate::Conversation { key: 1, continues: true }), ..ASK };
    balancer.settle(&pool, &turn, 0, START);
    balancer.pin(&pool.name, Some("b"));
    let plan = balancer.plan(&pool, &turn, START);
    assert_eq!((order(&plan), plan.stuck), (vec![1, 0], false));
}
