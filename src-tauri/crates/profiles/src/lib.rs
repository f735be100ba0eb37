//! Profile files on disk and the provider catalogue.
