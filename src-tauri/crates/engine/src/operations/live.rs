//! Looking at what happens, and the few things that Live changes.

use super::{CheckInput, FaultInput, Member, Nothing, PinInput, RouteName, problem};
use crate::checks::kind_for;
use crate::error::Problem;
use crate::shared::Handle;
use crate::view::{Check, LiveState};
use mainstay_gateway::{RouteKind, Upstream};
use mainstay_simulator::Fault;
use serde_json::json;
use std::sync::{Arc, PoisonError};

impl Handle {
    pub(super) async fn live(&self, _: Nothing) -> Result<LiveState, Problem> {
        Ok(self.0.live_state())
    }

    pub(super) async fn try_now(&self, input: Member) -> Result<Check, Problem> {
        let upstream = self.callable(&input.member)?;
        for member in self.0.core.routing().named(&input.member).iter().flat_map(|route| &route.pool.members) {
            self.0.core.put_back(&member.key);
        }
        self.0.core.try_now(&upstream.key);
        Ok(self.0.check(&upstream, kind_for(&upstream.key)).await)
    }

    pub(super) async fn check_member(&self, input: CheckInput) -> Result<Check, Problem> {
        let upstream = self.callable(&input.member)?;
        Ok(self.0.check(&upstream, input.what).await)
    }

    fn callable(&self, member: &str) -> Result<Arc<Upstream>, Problem> {
        self.0.callable(member).ok_or_else(|| {
            problem("no_such_member", format!("{member} can't be tried."), "Give it a key or login first.")
        })
    }

    pub(super) async fn pin(&self, input: PinInput) -> Result<Nothing, Problem> {
        let routing = self.0.core.routing();
        let route = routing.named(&input.route).filter(|route| route.kind == RouteKind::Balancer);
        let route = route.ok_or_else(|| {
            let message = format!("There is no load balancer \"{}\".", input.route);
            problem("no_such_balancer", message, "Choose one of the list.")
        })?;
        if !route.pool.members.iter().any(|member| *member.name == *input.member) {
            let message = format!("{} is no member of {}.", input.member, input.route);
            return Err(problem("no_such_member", message, "Add it to the list first."));
        }
        self.set_pin(&input.route, Some(&input.member));
        Ok(Nothing {})
    }

    pub(super) async fn unpin(&self, input: RouteName) -> Result<Nothing, Problem> {
        self.set_pin(&input.route, None);
        Ok(Nothing {})
    }

    fn set_pin(&self, route: &str, member: Option<&str>) {
        self.0.core.pin(route, member);
        self.0.watcher.health.stir();
        self.0.watcher.stir();
    }

    pub(super) async fn practice_fault(&self, input: FaultInput) -> Result<Nothing, Problem> {
        let practice = self.0.practice.as_ref();
        let running = practice.and_then(|practice| practice.providers.iter().find(|p| p.name == input.member));
        let (Some(practice), Some(running)) = (practice, running) else {
            let message = format!("{} is not a practice provider.", input.member);
            return Err(problem("not_practice", message, "Only simulated providers can be broken here."));
        };
        let mut faults = practice.faults.lock().unwrap_or_else(PoisonError::into_inner);
        match &input.fault {
            None => {
                running.clear();
                faults.remove(&input.member);
            }
            Some(kind) => {
                running.set(fault(kind)?);
                faults.insert(input.member.clone(), kind.clone());
            }
        }
        drop(faults);
        self.0.watcher.stir();
        Ok(Nothing {})
    }
}

/// The window's names for what can go wrong, in the simulator's terms.
fn fault(kind: &str) -> Result<Fault, Problem> {
    let fault = match kind {
        "rate-limit" => json!({ "kind": "status", "status": 429, "headers": { "retry-after": "60" } }),
        "server-error" => json!({ "kind": "status", "status": 503 }),
        "refuse" => json!({ "kind": "reset" }),
        "hang" => json!({ "kind": "hang-before-headers" }),
        "reject-key" => json!({ "kind": "reject-key" }),
        "break-stream" => json!({ "kind": "error-in-200" }),
        _ => {
            return Err(problem(
                "no_such_fault",
                format!("There is no fault called {kind}."),
                "Choose one from the list.",
            ));
        }
    };
    Fault::from_json(fault).map_err(|error| problem("no_such_fault", error.to_string(), "Choose one from the list."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_that_the_window_offers_is_one_that_the_simulator_knows() {
        for kind in ["rate-limit", "server-error", "refuse", "hang", "reject-key", "break-stream"] {
            assert!(fault(kind).is_ok(), "{kind}");
        }
        assert_eq!(fault("earthquake").unwrap_err().code, "no_such_fault");
    }
}
