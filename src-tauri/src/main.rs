//! The desktop binary: everything it does is in the library, so that tests and tools can reach it.

// A console window would open beside the real one on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

/// Chosen with the rest of docs/performance.md: a request is many small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), tauri::Error> {
    mainstay_desktop::run()
}
