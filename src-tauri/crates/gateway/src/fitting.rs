//! The pool as one request finds it: without the members that could not serve it whatever their health, and with the
//! caller's own credential in place of a profile's where the profile says so.

use crate::asked::{Asked, Purpose};
use crate::caller::CallersOwn;
use crate::core::Core;
use crate::routing::Route;
use mainstay_balancer::{Pool, Unready};
use mainstay_dialects::Dialect;
use std::collections::HashMap;

/// What of a route's members is otherwise for one request.
#[derive(Default)]
pub(crate) struct Fitting {
    /// The changed pool, if anything had to be changed.
    pool: Option<Pool>,
    /// Members that can't serve this request, and why, in words that read on from the name.
    unfit: HashMap<usize, String>,
}

impl Fitting {
    /// Fits a route to a request.
    pub(crate) fn of(core: &Core, route: &Route, asked: &Asked) -> Self {
        let mut fitting = Self::to_caller(core, route, asked.dialect, &asked.own);
        if let Purpose::Embed(_) = asked.purpose {
            for (member, reason) in unfit_for_vectors(route, asked.named_model.as_deref()) {
                fitting.leave_out(route, member, reason);
            }
        }
        fitting
    }

    /// Health of members with the scheme `caller` is kept for the credential that this caller brought; without one they are
    /// left out.
    pub(crate) fn to_caller(core: &Core, route: &Route, dialect: Dialect, own: &CallersOwn) -> Self {
        let mut fitting = Self::default();
        let upstreams = route.upstreams.iter().enumerate();
        for (member, upstream) in upstreams.filter_map(|(at, upstream)| Some((at, upstream.as_ref().ok()?))) {
            if !upstream.credential.caller() {
                continue;
            }
            let brought = own.of_dialect(upstream.dialect);
            if upstream.dialect != dialect {
                let reason = "was not called, because the caller's own credential is for calls in its own dialect only";
                fitting.leave_out(route, member, reason.to_owned());
            } else if brought.is_empty() {
                let reason = "was not called, because the client brought no credential of its own";
                fitting.leave_out(route, member, reason.to_owned());
            } else {
                fitting.pool(route).members[member].key.credential = core.mark_of(&brought);
            }
        }
        fitting
    }

    /// The members of the route for this request.
    pub(crate) fn of_route<'a>(&'a self, route: &'a Route) -> &'a Pool {
        self.pool.as_ref().unwrap_or(&route.pool)
    }

    /// Why a member can't serve this request.
    pub(crate) fn why_unfit(&self, member: usize) -> Option<&str> {
        self.unfit.get(&member).map(String::as_str)
    }

    /// Whether nobody at all can.
    pub(crate) fn is_empty(&self, route: &Route) -> bool {
        !self.unfit.is_empty() && self.unfit.len() == route.pool.members.len()
    }

    fn pool(&mut self, route: &Route) -> &mut Pool {
        self.pool.get_or_insert_with(|| route.pool.clone())
    }

    fn leave_out(&mut self, route: &Route, member: usize, reason: String) {
        self.pool(route).members[member].unready.get_or_insert(Unready::NeedsCredential);
        self.unfit.insert(member, reason);
    }
}

/// Members whose vectors would not compare with those that the client has (failover §3.7).
fn unfit_for_vectors(route: &Route, named: Option<&str>) -> Vec<(usize, String)> {
    let upstreams = route.upstreams.iter().enumerate();
    let models: Vec<(usize, &str)> = upstreams
        .filter_map(|(at, upstream)| Some((at, upstream.as_ref().ok()?.terms_for(named).model.as_str())))
        .collect();
    let Some(wanted) = named.or_else(|| models.first().map(|(_, model)| *model)) else { return Vec::new() };
    let reason = format!("does not serve {wanted}, and vectors of another model don't compare");
    models.iter().filter(|(_, model)| *model != wanted).map(|(at, _)| (*at, reason.clone())).collect()
}
