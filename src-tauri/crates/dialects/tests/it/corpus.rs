//! Answers to test with: those committed beside this file, and captured real ones where they are at hand.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

use mainstay_dialects::Dialect;

/// A stream or a whole answer.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) dialect: Dialect,
    pub(crate) bytes: Vec<u8>,
}

/// Streams that end well, as they come over the wire.
pub(crate) fn streams() -> Vec<Sample> {
    let mut streams = samples(&["sse", "chunks.txt"]);
    // One was captured for the error in it.
    streams.retain(|sample| !sample.name.ends_with("openai-error.1.chunks.txt"));
    streams
}

/// Whole answers.
pub(crate) fn answers() -> Vec<Sample> {
    samples(&["json"])
}

fn samples(endings: &[&str]) -> Vec<Sample> {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = crate_dir.join("tests/corpus");
    // Beside the workspace, for they are not the project's to publish.
    let captured = crate_dir.join("../../../../shared/captures");
    let mut all = Vec::new();
    for root in [&own, &captured] {
        if !root.is_dir() {
            static ONCE: Once = Once::new();
            // Past the test harness, which keeps what a passing test prints to itself.
            ONCE.call_once(|| {
                let line = b"SKIPPED: the captured answers are not at hand, only the small corpus is tested
";
                std::io::stderr().write_all(line).unwrap();
            });
            continue;
        }
        for dialect in Dialect::ALL {
            for path in files(&root.join(dialect.name())) {
                let name = path.display().to_string();
                if endings.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
                    let bytes = fs::read(&path).unwrap();
                    // One capture lacks the ends of its lines.
                    let is_whole = |line: &[u8]| serde_json::from_slice::<serde_json::Value>(line).is_ok();
                    if name.ends_with(".txt") && bytes.split(|b| *b == b'\n').any(|l| !l.is_empty() && !is_whole(l)) {
                        continue;
                    }
                    let bytes = if name.ends_with(".txt") { wire(dialect, &bytes) } else { bytes };
                    all.push(Sample { name, dialect, bytes });
                }
            }
        }
    }
    assert!(!all.is_empty());
    all
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

/// Captured events are kept as one JSON text a line; this puts them back on the wire.
fn wire(dialect: Dialect, lines: &[u8]) -> Vec<u8> {
    let mut wire = String::new();
    for line in std::str::from_utf8(lines).unwrap().lines().filter(|line| !line.trim().is_empty()) {
        if dialect == Dialect::Anthropic {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            wire += &format!("event: {}\n", event["type"].as_str().unwrap());
        }
        wire += &format!("data: {line}\n\n");
    }
    if dialect == Dialect::OpenaiChat {
        wire += "data: [DONE]\n\n";
    }
    wire.into_bytes()
}
