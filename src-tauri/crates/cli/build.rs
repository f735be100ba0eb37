//! Builds the window's files into the command, where the UI has been built (`npm --prefix ui run build`). Where not, the
//! command has no window in it, and says so when it is asked for one.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let built = manifest.join("../../../ui/dist");
    println!("cargo::rerun-if-changed={}", built.display());
    let mut files = Vec::new();
    if built.join("index.html").is_file() {
        collect(&built.canonicalize()?, "", &mut files)?;
    }
    files.sort();
    let entries: String =
        files.iter().map(|(name, path)| format!("    ({name:?}, include_bytes!({path:?}).as_slice()),\n")).collect();
    let text = format!("&[\n{entries}]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("window.rs");
    // A file that stays as it is leads to no new build.
    if fs::read_to_string(&out).ok().as_deref() != Some(&text) {
        fs::write(out, text)?;
    }
    Ok(())
}

/// The files of a folder, under the names that addresses give them.
fn collect(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let part = entry.file_name().into_string().expect("the UI's files have plain names");
        let name = if name.is_empty() { part } else { format!("{name}/{part}") };
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &name, files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
