//! The wire formats of the providers, and the common form between them.
