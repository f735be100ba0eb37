//! Bakes `tauri.conf.json` into the desktop binary.

fn main() {
    tauri_build::build();
}
