//! Several accounts of one member: one turn, one share, tried one after another (credentials.md, "OAuth").

use super::*;
use crate::sample::member;

/// `a` with three accounts, at the places 0, 1 and 2, then `b` and `c`.
fn with_accounts(policy: Policy, weight: u32) -> Pool {
    let mut pool = pool(policy, &[("a", weight), ("b", 1), ("c", 1)]);
    for (place, name) in [(1, "second"), (2, "third")] {
        let mut spare = member("a", weight);
        spare.key.credential = name.into();
        spare.spare_of = Some(0);
        pool.members.insert(place, spare);
    }
    pool
}

#[test]
fn a_members_accounts_come_before_the_next_member() {
    let mut balancer = Balancer::default();
    let pool = with_accounts(Policy::Failover, 1);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [0, 1, 2, 3, 4]);
    limited(&mut balancer, &pool, 0, START + 60_000);
    assert_eq!(order(&balancer.plan(&pool, &ASK, START)), [1, 2, 3, 4]);
}

#[test]
fn several_accounts_have_one_turn_and_one_share() {
    let mut balancer = Balancer::default();
    let turns = with_accounts(Policy::RoundRobin, 1);
    let orders: Vec<_> = (0..4).map(|_| order(&balancer.plan(&turns, &ASK, START))).collect();
    assert_eq!(orders, [[0, 1, 2, 3, 4], [3, 4, 0, 1, 2], [4, 0, 1, 2, 3], [0, 1, 2, 3, 4]]);
    let weights = with_accounts(Policy::Weighted, 2);
    let firsts: Vec<_> = (0..4).map(|_| order(&balancer.plan(&weights, &ASK, START))[0]).collect();
    assert_eq!(firsts.iter().filter(|place| **place == 0).count(), 2, "2 of 4: {firsts:?}");
    assert_eq!(weights.seats().count(), 3);
}

#[test]
fn the_turn_stays_the_members_while_one_of_its_accounts_is_well() {
    let mut balancer = Balancer::default();
    let pool = with_accounts(Policy::RoundRobin, 1);
    limited(&mut balancer, &pool, 0, START + 60_000);
    let orders: Vec<_> = (0..3).map(|_| order(&balancer.plan(&pool, &ASK, START))).collect();
    assert_eq!(orders, [[1, 2, 3, 4], [3, 4, 1, 2], [4, 1, 2, 3]]);
}

#[test]
fn a_pin_holds_for_all_accounts_of_the_member() {
    let mut balancer = Balancer::default();
    let mut pinned = with_accounts(Policy::Failover, 1);
    pinned.members.rotate_left(3);
    for (place, spare_of) in [(2, None), (3, Some(2)), (4, Some(2))] {
        pinned.members[place].spare_of = spare_of;
    }
    balancer.pin(&pinned.name, Some("a"));
    assert_eq!(order(&balancer.plan(&pinned, &ASK, START)), [2, 3, 4, 0, 1]);
    limited(&mut balancer, &pinned, 2, START + 60_000);
    assert_eq!(order(&balancer.plan(&pinned, &ASK, START)), [3, 4, 0, 1]);
}
