//! How much memory a process holds.

use std::fs;

/// Resident kilobytes, as Linux tells them; nothing where there is no `/proc`.
pub(super) fn resident_kb(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
