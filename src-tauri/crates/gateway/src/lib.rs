//! The local door, the attempt loop and the commit gate.
