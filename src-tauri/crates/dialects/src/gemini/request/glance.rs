//! What routing is told of a request.

use super::{config, is_film_address};
use crate::dialect::Dialect;
use crate::gemini::{camel, either, reasoning};
use crate::glance::{BodyError, Sights, each_turn, is_filled, is_str};
use crate::json::View;

/// Looks at what a request asks for.
pub(crate) fn glance(root: View<'_>, sights: &mut Sights) -> Result<(), BodyError> {
    let [contents, tools] = root.pick(["contents", "tools"]);
    each_turn(contents, "contents", |content| {
        let [role, parts] = content.pick(["role", "parts"]);
        if is_str(role, "model") {
            sights.glance.continues = true;
        } else {
            sights.said(parts);
        }
        look_at_parts(parts, sights);
    })?;
    let [system, system_snake, cached, cached_snake] =
        root.pick(["systemInstruction", "system_instruction", "cachedContent", "cached_content"]);
    if let Some(system) = system.or(system_snake) {
        look_at_parts(system.get("parts"), sights);
    }
    look_at_tools(tools, sights);
    if cached.or(cached_snake).is_some() {
        sights.state("cached content");
        sights.state_id(cached.or(cached_snake));
    }
    if let Some(config) = config(root) {
        look_at_config(config, sights);
    }
    Ok(())
}

fn look_at_tools(tools: Option<View<'_>>, sights: &mut Sights) {
    sights.tools(tools);
    for entry in tools.into_iter().flat_map(View::items).flat_map(View::entries).filter(|entry| !entry.value.is_null())
    {
        let effect = match &*camel(&entry.key()) {
            "codeExecution" => "code execution",
            "mcpServers" if is_filled(entry.value) => "MCP",
            "computerUse" => "computer use",
            // What is searched lies at the provider.
            "fileSearch" | "retrieval" => {
                sights.need("file search");
                continue;
            }
            _ => continue,
        };
        sights.effects(effect);
        sights.need(effect);
    }
}

enum Body {
    Text,
    Tool,
    Code,
    Media,
}

fn look_at_parts(parts: Option<View<'_>>, sights: &mut Sights) {
    for part in parts.into_iter().flat_map(View::items) {
        let mut seen = None;
        let mut is_odd = false;
        for entry in part.entries().filter(|entry| !entry.value.is_null()) {
            // What a part is, is said by one member; the others qualify it.
            let body = match &*camel(&entry.key()) {
                "text" => Body::Text,
                // What a provider-run tool did can be told without, as other providers' is.
                "functionCall" | "functionResponse" | "toolCall" | "toolResponse" => Body::Tool,
                "executableCode" | "codeExecutionResult" => Body::Code,
                "inlineData" | "fileData" => Body::Media,
                "thought" | "thoughtSignature" | "videoMetadata" | "partMetadata" | "mediaResolution"
                | "mediaProcessing" | "speechMetadata" => continue,
                _ => {
                    is_odd = true;
                    continue;
                }
            };
            seen = Some((body, entry.value));
        }
        match seen {
            Some((Body::Text, text)) => sights.text(text),
            Some((Body::Tool, call)) => {
                sights.tool_turn();
                sights.text(call);
                let parts = call.get("parts").into_iter().flat_map(View::items);
                parts
                    .filter_map(|part| {
                        either(part, "inlineData", "inline_data").or_else(|| either(part, "fileData", "file_data"))
                    })
                    .for_each(|media| look_at_media(media, sights));
            }
            Some((Body::Code, code)) => {
                sights.need("code execution");
                sights.text(code);
            }
            Some((Body::Media, media)) => look_at_media(media, sights),
            None if is_odd => {
                sights.need("content of another kind");
                sights.text(part);
            }
            None => {}
        }
    }
}

fn look_at_media(media: View<'_>, sights: &mut Sights) {
    let kind = either(media, "mimeType", "mime_type").and_then(View::str).unwrap_or_default();
    let uri = either(media, "fileUri", "file_uri");
    let address = uri.and_then(View::str);
    // A film's or a public file's address is not state at the provider; an uploaded file's is.
    if address.as_deref().is_some_and(is_uploaded) {
        sights.state("file");
        sights.state_id(uri);
    }
    if kind.starts_with("video/") || address.as_deref().is_some_and(is_film_address) {
        sights.film();
    } else if kind.starts_with("image/") {
        sights.picture();
    } else if kind.starts_with("audio/") {
        sights.sound();
        if address.is_some() {
            sights.need("audio by URL");
        }
    } else {
        sights.document();
        if address.is_some() {
            sights.need_of("a document by URL", &[Dialect::Anthropic, Dialect::OpenaiResponses]);
        }
    }
}

/// A file that lies at Google, for this account to read.
fn is_uploaded(address: &str) -> bool {
    let starts = ["files/", "gs://"].iter().any(|start| address.starts_with(start));
    starts || ["/v1/files/", "/v1beta/files/", "/v1alpha/files/"].iter().any(|path| address.contains(path))
}

fn look_at_config(config: View<'_>, sights: &mut Sights) {
    for entry in config.entries().filter(|entry| !entry.value.is_null()) {
        let value = entry.value;
        match &*camel(&entry.key()) {
            "candidateCount" if value.u64().is_some_and(|count| count > 1) => sights.need("several answers"),
            "responseLogprobs" if value.bool() == Some(true) => sights.need("log probabilities"),
            "speechConfig" => sights.need("audio"),
            "responseModalities" => {
                value.items().filter_map(View::str).for_each(|modality| look_at_modality(&modality, sights));
            }
            "responseFormat" => {
                for format in value.items().chain([value]).flat_map(View::entries) {
                    look_at_modality(&format.key(), sights);
                }
            }
            "thinkingConfig" if reasoning::asked(value).is_some_and(|asked| !asked.off) => {
                sights.reasoning();
            }
            _ => {}
        }
    }
}

fn look_at_modality(modality: &str, sights: &mut Sights) {
    if modality.eq_ignore_ascii_case("image") {
        sights.need("images");
        sights.effects("image generation");
    } else if modality.eq_ignore_ascii_case("audio") {
        sights.need("audio");
    } else if modality.eq_ignore_ascii_case("video") {
        sights.need("video");
    }
}
