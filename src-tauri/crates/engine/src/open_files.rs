//! How many files and connections this process may have open.

/// Raises the limit as far as the system lets a program do it by itself. Each stream is two connections, and 1 024 files, the
/// usual limit at the start, end at some five hundred streams.
pub fn allow_many_connections() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "files and connections that may be open"),
        Err(error) => tracing::debug!(%error, "the limit of open files stays as it is"),
    }
}
