//! The whole product, from outside.

mod window_smoke;
