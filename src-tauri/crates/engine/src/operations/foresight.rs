//! "What would happen", and taking a member out for a minute to see it happen.

use super::{ForesightInput, MemberFailure, Nothing, TakeOutInput, problem};
use crate::credential::login_of;
use crate::error::Problem;
use crate::shared::Handle;
use crate::view::{BreakerCount, ForeseenKind, ForeseenStep, ForesightView};
use mainstay_balancer::{Availability, Member, Outcome, Policy, SkipReason};
use mainstay_gateway::{Failing, Foreseen, Foresight, Foretold, Route};
use std::collections::HashMap;

/// The longest time that a member can be taken out for, in seconds.
const LONGEST_OUT_S: u64 = 60;

impl Handle {
    pub(super) async fn what_would_happen(&self, input: ForesightInput) -> Result<ForesightView, Problem> {
        let routing = self.0.core.routing();
        let route = routing.named(&input.route).ok_or_else(|| {
            let message = format!("{} can't be used.", input.route);
            problem("no_such_route", message, "Choose a load balancer or profile of the list.")
        })?;
        let mut failing = HashMap::new();
        for MemberFailure { member, failure } in &input.failures {
            let places = route.pool.members.iter().enumerate().filter(|(_, each)| *each.name == **member);
            let places: Vec<usize> = places.map(|(place, _)| place).collect();
            if places.is_empty() {
                let message = format!("{member} is no member of {}.", input.route);
                return Err(problem("no_such_member", message, "Choose one of its members."));
            }
            let how = how(failure)?;
            failing.extend(places.into_iter().map(|place| (place, how)));
        }
        Ok(told(route, self.0.core.foresee(route, &failing)))
    }

    pub(super) async fn take_out(&self, input: TakeOutInput) -> Result<Nothing, Problem> {
        let seconds = input.seconds;
        if seconds == 0 || seconds > LONGEST_OUT_S {
            let message = format!("{} can't be taken out for {seconds} s.", input.member);
            return Err(problem("out_too_long", message, "A minute is the longest."));
        }
        let routing = self.0.core.routing();
        let own = routing.named(&input.member).filter(|route| !route.pool.members.is_empty()).ok_or_else(|| {
            problem("no_such_member", format!("There is no profile \"{}\".", input.member), "Choose one of the list.")
        })?;
        if let Some(active) = routing.active().and_then(|name| routing.named(name))
            && active.pool.members.iter().any(|member| *member.name == *input.member)
        {
            let standing = self.0.core.availability(&active.pool);
            let mut others = active.pool.members.iter().zip(standing).filter(|(each, _)| *each.name != *input.member);
            if !others.any(|(_, standing)| standing == Availability::Ready) {
                let message = format!("{} is the only one that works.", input.member);
                return Err(problem(
                    "nobody_else",
                    message,
                    "Without it your tools would get errors. Add a second one first.",
                ));
            }
        }
        let until = self.0.core.now() + seconds * 1_000;
        for member in &own.pool.members {
            self.0.core.take_out(&member.key, until);
        }
        Ok(Nothing {})
    }
}

/// The window's names for how a member fails.
fn how(failure: &str) -> Result<Failing, Problem> {
    Ok(match failure {
        "rate-limit" => Failing::Status(429),
        "out-of-credit" => Failing::Status(402),
        "rejected-key" => Failing::Status(401),
        "down" => Failing::Status(503),
        "unreachable" => Failing::Unreachable,
        "silent" => Failing::Silent,
        _ => {
            let message = format!("There is no failure called {failure}.");
            return Err(problem("no_such_failure", message, "Choose one from the list."));
        }
    })
}

fn told(route: &Route, foresight: Foresight) -> ForesightView {
    let served = match foresight.end {
        Foretold::Served { member } => Some(member),
        Foretold::Failed { .. } => None,
    };
    // In a list that is tried from the top, who stands below the one that answers is never looked at.
    let looked_at = |place: usize| route.pool.policy != Policy::Failover || served.is_none_or(|served| place < served);
    let steps = foresight.steps.into_iter().filter(|step| match step {
        Foreseen::Skipped { skip, .. } => looked_at(skip.member),
        _ => true,
    });
    let steps = steps.map(|step| step_of(route, step)).collect();
    let served_by = served.map(|place| route.pool.members[place].name.to_string());
    let waits_ms = foresight.waits;
    match foresight.end {
        Foretold::Served { .. } => {
            ForesightView { steps, served_by, status: 200, error: None, retry_after_s: None, waits_ms }
        }
        Foretold::Failed { status, code, retry_after_s } => {
            ForesightView { steps, served_by, status, error: Some(code), retry_after_s, waits_ms }
        }
    }
}

fn step_of(route: &Route, step: Foreseen) -> ForeseenStep {
    let blank = |kind, place: Option<usize>| {
        let member = place.map(|place| &route.pool.members[place]);
        ForeseenStep {
            kind,
            member: member.map(|member| member.name.to_string()),
            account: member.and_then(|member| account(route, member)),
            outcome: String::new(),
            status: None,
            reason: None,
            until: None,
            took_ms: 0,
            rests_ms: None,
            breaker: None,
            forced: false,
        }
    };
    match step {
        Foreseen::Skipped { skip, reason } => ForeseenStep {
            outcome: match &skip.why {
                SkipReason::Cooling(code) => (*code).to_owned(),
                why => why.code().to_owned(),
            },
            reason: Some(reason.unwrap_or_else(|| skip.why.describe())),
            until: skip.until,
            ..blank(ForeseenKind::Skipped, Some(skip.member))
        },
        Foreseen::Waited { waited } => ForeseenStep { took_ms: waited, ..blank(ForeseenKind::Waited, None) },
        Foreseen::Failed { member, outcome, status, forced, took, rests, failures } => {
            let rule = route.pool.members[member].breaker;
            let counts =
                matches!(outcome, Outcome::Overloaded { .. } | Outcome::ServerError { .. } | Outcome::Unreachable(_));
            let breaker = BreakerCount {
                failures,
                threshold: rule.threshold.max(1),
                window_ms: rule.window,
                recovery_ms: rule.recovery,
            };
            ForeseenStep {
                outcome: outcome.code().to_owned(),
                status,
                took_ms: took,
                rests_ms: rests,
                breaker: (counts && failures > 0).then_some(breaker),
                forced,
                ..blank(ForeseenKind::Failed, Some(member))
            }
        }
        Foreseen::Served { member, forced } => ForeseenStep {
            outcome: Outcome::Served.code().to_owned(),
            forced,
            ..blank(ForeseenKind::Served, Some(member))
        },
    }
}

/// Which of its accounts, where the member has several.
fn account(route: &Route, member: &Member) -> Option<String> {
    let several =
        route.pool.members.iter().filter(|each| each.name == member.name && each.key != member.key).count() > 0;
    several.then(|| login_of(&member.key.credential).map(|(_, account)| account)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_that_the_window_offers_is_known() {
        for failure in ["rate-limit", "out-of-credit", "rejected-key", "down", "unreachable", "silent"] {
            assert!(how(failure).is_ok(), "{failure}");
        }
        assert_eq!(how("earthquake").unwrap_err().code, "no_such_failure");
    }
}
