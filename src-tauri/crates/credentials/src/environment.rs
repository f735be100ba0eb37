//! Environment variables as a value, so that which credential applies can be tested without touching the process.

use std::collections::{BTreeMap, HashMap};

/// Where variables named by a profile, or accepted by the user, are looked up.
pub trait Environment: Send + Sync {
    /// The variable's value, if it is set and is Unicode.
    fn var(&self, name: &str) -> Option<String>;
}

/// The environment of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn var(&self, name: &str) -> Option<String> {
        // `std::env::var` may panic on names that no environment can hold.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        std::env::var(name).ok()
    }
}

impl Environment for BTreeMap<String, String> {
    fn var(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

impl Environment for HashMap<String, String> {
    fn var(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_environment_answers_for_any_name() {
        assert!(ProcessEnvironment.var("PATH").is_some());
        for name in ["", "A=B", "A\0B", "MAINSTAY_TEST_SURELY_UNSET"] {
            assert_eq!(ProcessEnvironment.var(name), None, "{name:?}");
        }
    }
}
