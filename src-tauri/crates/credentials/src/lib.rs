//! The secret store, and which credential a profile uses.
