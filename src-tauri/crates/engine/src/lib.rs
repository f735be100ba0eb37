//! Joins profiles, credentials and gateway into one running product.
