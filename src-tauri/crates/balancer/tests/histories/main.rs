//! Laws that hold in every history: random requests, ends, delays, clocks set forward and back, restarts, pins and clicks,
//! over pools that share their targets.

mod exchange;
mod shares;
mod world;

use mainstay_balancer::{Availability, Balancer, Candidate, Outcome, Policy};
use proptest::prelude::*;
use world::{START, World, pool, steps};

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// failover §3.8, §3.9, §3.11. In every history: no plan names a target twice or leaves an available one out, no two
    /// probes at once, no cooldown shortened but by the user, a changed credential, content, or a clock set back; and then
    /// nobody is out for longer than was meant. No request fails while a member could have been asked.
    #[test]
    fn the_laws_hold_in_every_history(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.run(step)?;
        }
    }

    /// failover §3.8. Whatever happened: once all permits are back and time has passed, everyone can be asked, and content
    /// closes it.
    #[test]
    fn a_breaker_never_wedges(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.run(step)?;
        }
        for permit in std::mem::take(&mut world.permits) {
            world.balancer.release(permit);
        }
        world.now += 9 * 24 * 3_600_000;
        for member in 0..4 {
            prop_assert_eq!(world.availability(member), Availability::Ready);
            let candidate = Candidate { member, forced: false };
            let pool = world.pools[0].clone();
            let probe = world.balancer.admit(&pool, &candidate, world.now);
            prop_assert!(probe.is_ok());
            if let Ok(probe) = probe {
                world.balancer.conclude(probe, &Outcome::Served, world.now, 0.5);
            }
            let several: Vec<_> = (0..3).map(|_| world.balancer.admit(&pool, &candidate, world.now)).collect();
            prop_assert!(several.iter().all(Result::is_ok), "a closed breaker lets all through");
        }
    }

    /// failover §3.8. A probe that is dropped, over and over, is free each time.
    #[test]
    fn a_dropped_probe_is_always_given_back(times in 1_usize..20, forced: bool) {
        let pool = pool("two", Policy::Failover, &[1, 3]);
        let mut balancer = Balancer::default();
        let candidate = Candidate { member: 0, forced: false };
        let failing: Vec<_> = (0..2).filter_map(|_| balancer.admit(&pool, &candidate, START).ok()).collect();
        for permit in failing {
            balancer.conclude(permit, &Outcome::ServerError { until: None }, START, 0.0);
        }
        let now = if forced { START } else { START + 30_000 };
        for _ in 0..times {
            let probe = balancer.admit(&pool, &Candidate { member: 0, forced }, now);
            prop_assert!(probe.is_ok());
            let second = balancer.admit(&pool, &Candidate { member: 0, forced: true }, now);
            prop_assert!(second.is_err());
            probe.into_iter().for_each(|probe| balancer.release(probe));
        }
    }
}
