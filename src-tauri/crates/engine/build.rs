//! Takes the product's identifier from `tauri.conf.json`, its one place, so that the window and the command agree on the
//! data folder.

use std::{env, fs, path::Path};

fn main() {
    let config = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../../tauri.conf.json");
    println!("cargo::rerun-if-changed={}", config.display());
    let text = fs::read_to_string(&config).expect("tauri.conf.json lies at the top of the repository");
    let config: serde_json::Value = serde_json::from_str(&text).expect("tauri.conf.json is JSON");
    let identifier = config["identifier"].as_str().expect("tauri.conf.json names the identifier");
    println!("cargo::rustc-env=MAINSTAY_IDENTIFIER={identifier}");
}
