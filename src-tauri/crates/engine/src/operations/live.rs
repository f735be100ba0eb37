//! Looking at what happens, and the few things that Live changes.

use super::{FaultInput, Member, Nothing, problem};
use crate::error::Problem;
use crate::shared::Handle;
use crate::view::LiveState;
use mainstay_simulator::Fault;
use serde_json::json;
use std::sync::PoisonError;

impl Handle {
    pub(super) async fn live(&self, _: Nothing) -> Result<LiveState, Problem> {
        Ok(self.0.live_state())
    }

    pub(super) async fn try_now(&self, input: Member) -> Result<Nothing, Problem> {
        let routing = self.0.core.routing();
        let target = routing
            .routes()
            .iter()
            .flat_map(|route| &route.pool.members)
            .find(|member| *member.name == *input.member && member.unready.is_none())
            .map(|member| member.key.clone());
        let target = target.ok_or_else(|| {
            problem("no_such_member", format!("{} can't be tried.", input.member), "Give it a key or login first.")
        })?;
        self.0.core.try_now(&target);
        Ok(Nothing {})
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
