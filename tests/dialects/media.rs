//! Pictures and documents, which must arrive byte for byte.

use super::fixture::{Stage, pairs, varied, whole};
use serde_json::json;

/// A picture of one pixel, in base64.
pub(super) const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// A document without pages, in base64.
const PDF: &str = "JVBERi0xLjQKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZz4+ZW5kb2JqCnRyYWlsZXI8PC9Sb290IDEgMCBSPj4KJSVFT0YK";

#[tokio::test]
async fn a_picture_and_a_document_arrive_byte_for_byte_and_in_their_place() {
    let Some(stage) = Stage::start().await else { return };
    stage
        .each(varied(&pairs(&["whole", "stream"]), &["picture", "document"]), async |stage, pair| {
            let (data, part) = if pair.variant == "picture" {
                (PNG, json!({ "image": { "type": "image/png", "data": PNG } }))
            } else {
                (PDF, json!({ "pdf": { "name": "empty.pdf", "data": PDF } }))
            };
            let turns = json!([
                { "user": [{ "text": pair.marker() }, part, { "text": "What is it?" }] },
                { "said": "Which one?" },
                { "user": [{ "text": "This one:" }, part] },
            ]);
            let heard = stage.ask(&pair, json!({ "turns": turns })).await;
            whole(&pair, &heard);
            let body = stage.last_seen(pair.upstream, &pair).to_string();
            assert_eq!(body.matches(data).count(), 2, "{pair}: {body}");
            let kind = if pair.variant == "picture" { "image/png" } else { "application/pdf" };
            assert!(body.contains(kind), "{pair}: {body}");
            // Words and pictures keep their order, in a turn and over turns.
            let at = |words: &str| body.find(words).unwrap_or_else(|| panic!("{pair}: {words}: {body}"));
            let places = [at(&pair.marker()), at(data), at("What is it?"), at("Which one?"), at("This one:")];
            assert!(places.is_sorted() && body.rfind(data) > Some(at("This one:")), "{pair}: {body}");
        })
        .await;
}
