//! docs/failover.md is a list of promises: each has a test that says so.
//!
//! A test names the rule that it holds to in the comment above it: `/// failover §3.9`, `/// failover §4, pin`. Here every
//! rule is looked for. That the tests hold to what they name is for their readers to see.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The lines of failover §4, by the words that tests name them by.
const POLICIES: [&str; 10] = [
    "failover",
    "failback",
    "roundrobin",
    "weighted",
    "exactness",
    "stickiness",
    "pin",
    "daily limit",
    "nesting",
    "practice",
];

/// The outcomes of failover §2.
const OUTCOMES: [&str; 14] = [
    "RateLimited",
    "QuotaSpent",
    "CredentialRejected",
    "Overloaded",
    "ServerError",
    "Unreachable",
    "TimedOut",
    "ModelUnavailable",
    "ContextTooLong",
    "ParameterRejected",
    "ReasoningRejected",
    "ContentRefused",
    "CallerFault",
    "Cancelled",
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !["target", "node_modules", "dist", ".git"].iter().any(|name| path.ends_with(name)) {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What the comments above tests say of failover, and the names of those tests.
fn cited() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&root.join("src-tauri"), &mut files);
    sources(&root.join("tests"), &mut files);
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        let mut comment = String::new();
        let mut test = false;
        for line in text.lines().map(str::trim) {
            if let Some(words) = line.strip_prefix("///") {
                comment.push(' ');
                comment.push_str(words.trim());
            } else if line.starts_with("#[") {
                test |= line.contains("test]") || line.contains("test(");
            } else {
                let function = line.split_once("fn ").map(|(_, rest)| rest.split('(').next().unwrap_or_default());
                // Within `proptest!` and tables the attribute stands apart.
                if let Some(name) = function
                    && test
                    && comment.contains("failover §")
                {
                    found.push((comment.clone(), name.to_owned()));
                }
                comment.clear();
                test = false;
            }
        }
    }
    found
}

#[test]
fn every_rule_of_failover_has_a_test_that_names_it() {
    let cited = cited();
    let mut rules: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (comment, test) in &cited {
        for rule in 1..=13 {
            let named = comment.match_indices(&format!("§3.{rule}")).any(|(at, text)| {
                // §3.1 is not §3.10.
                !comment[at + text.len()..].starts_with(|next: char| next.is_ascii_digit())
            });
            if named {
                rules.entry(format!("§3.{rule:02}")).or_default().push(test);
            }
        }
        for policy in POLICIES.iter().filter(|policy| comment.contains("§4") && comment.contains(**policy)) {
            rules.entry(format!("§4, {policy}")).or_default().push(test);
        }
        for outcome in OUTCOMES.iter().filter(|outcome| comment.contains("§2") && comment.contains(**outcome)) {
            rules.entry(format!("§2, {outcome}")).or_default().push(test);
        }
    }
    let wanted = (1..=13)
        .map(|rule| format!("§3.{rule:02}"))
        .chain(POLICIES.iter().map(|policy| format!("§4, {policy}")))
        .chain(OUTCOMES.iter().map(|outcome| format!("§2, {outcome}")));
    let missing: Vec<String> = wanted.filter(|rule| !rules.contains_key(rule)).collect();
    for (rule, tests) in &rules {
        println!("{rule}: {}", tests.join(", "));
    }
    assert!(missing.is_empty(), "no test names failover {}", missing.join("; "));
}
