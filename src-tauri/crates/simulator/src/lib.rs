//! Practice providers with programmable faults.
