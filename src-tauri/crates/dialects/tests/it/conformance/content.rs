//! Instructions and content.

use mainstay_dialects::Dialect::{Anthropic as A, Gemini as G, OpenaiChat as C, OpenaiResponses as R};
use serde_json::json;

use super::row::{Row, row, user};

const PDF_IN_CHAT: &str = "A file part has `file_data` or `file_id`, no URL.";
const FILES_IN_CHAT: &str = "https://platform.openai.com/docs/guides/pdf-files";
const GEMINI_CONTENT: &str = "https://ai.google.dev/api/caching";

pub(crate) fn instructions() -> Vec<Row> {
    vec![
        system(row("system prompt", "system|instructions"))
            .says(A, json!({"system": "SYSTEM"}))
            .says(C, json!({"messages": [{"role": "system", "content": "SYSTEM"}, {"role": "user", "content": "hi"}]}))
            .says(R, json!({"instructions": "SYSTEM"}))
            .says(G, json!({"systemInstruction": {"parts": [{"text": "SYSTEM"}]}})),
        system(row("developer message", "system|instructions|developer"))
            .says(
                C,
                json!({"messages": [{"role": "developer", "content": "SYSTEM"}, {"role": "user", "content": "hi"}]}),
            )
            .says(R, json!({"input": [{"role": "developer", "content": "SYSTEM"}, {"role": "user", "content": "hi"}]})),
        row("system or developer message within the conversation", "system|instructions|developer")
            .says(
                A,
                json!({"messages": [
                    {"role": "user", "content": "hi"},
                    {"role": "system", "content": "SYSTEM"},
                    {"role": "assistant", "content": "hello"},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .says(
                C,
                json!({"messages": [
                    {"role": "user", "content": "hi"},
                    {"role": "assistant", "content": "hello"},
                    {"role": "developer", "content": "SYSTEM"},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .says(
                R,
                json!({"input": [
                    {"role": "user", "content": "hi"},
                    {"role": "assistant", "content": "hello"},
                    {"role": "system", "content": "SYSTEM"},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .at(A, "messages.1", json!({"role": "system"}))
            .or(A, "system", json!("~SYSTEM"))
            .or(A, "system.*.text", json!("~SYSTEM"))
            .or(A, "messages.*.content.*.text", json!("~SYSTEM"))
            .at(C, "messages.1", json!({"role": "developer"}))
            .at(C, "messages.1", json!({"role": "system"}))
            .at(C, "messages.2", json!({"role": "developer"}))
            .at(C, "messages.2", json!({"role": "system"}))
            .or(C, "messages.0", json!({"content": "~SYSTEM"}))
            .at(R, "input.1", json!({"role": "developer"}))
            .at(R, "input.1", json!({"role": "system"}))
            .at(R, "input.2", json!({"role": "developer"}))
            .at(R, "input.2", json!({"role": "system"}))
            .or(R, "instructions", json!("~SYSTEM"))
            .or(R, "input.0", json!({"role": "developer"}))
            .or(G, "systemInstruction.parts.*.text", json!("~SYSTEM"))
            .or(G, "contents.*.parts.*.text", json!("~SYSTEM")),
    ]
}

fn system(row: Row) -> Row {
    row.at(A, "system", json!("~SYSTEM"))
        .at(A, "system.*.text", json!("~SYSTEM"))
        .at(C, "messages.0", json!({"role": "system", "content": "~SYSTEM"}))
        .at(C, "messages.0", json!({"role": "developer", "content": "~SYSTEM"}))
        .at(R, "instructions", json!("~SYSTEM"))
        .at(R, "input.0", json!({"role": "developer"}))
        .and(R, "", json!("~SYSTEM"))
        .at(G, "systemInstruction.parts.*.text", json!("~SYSTEM"))
}

pub(crate) fn content() -> Vec<Row> {
    vec![
        row("text in several blocks", "text")
            .says(A, user(A, json!([{"type": "text", "text": "FIRST"}, {"type": "text", "text": "SECOND"}])))
            .says(C, user(C, json!([{"type": "text", "text": "FIRST"}, {"type": "text", "text": "SECOND"}])))
            .says(
                R,
                user(
                    R,
                    json!([{"type": "input_text", "text": "FIRST"}, {"type": "input_text",
                "text": "SECOND"}]),
                ),
            )
            .says(G, user(G, json!([{"text": "FIRST"}, {"text": "SECOND"}])))
            .at(A, "messages.0.content.0.text", json!("FIRST"))
            .and(A, "messages.0.content.1.text", json!("SECOND"))
            .at(C, "messages.0.content.0.text", json!("FIRST"))
            .and(C, "messages.0.content.1.text", json!("SECOND"))
            .at(R, "input.0.content.0.text", json!("FIRST"))
            .and(R, "input.0.content.1.text", json!("SECOND"))
            .at(G, "contents.0.parts.0.text", json!("FIRST"))
            .and(G, "contents.0.parts.1.text", json!("SECOND")),
        row("who a message is from (`name`)", "messages.name|name")
            .says(C, json!({"messages": [{"role": "user", "name": "bob", "content": "hi"}]}))
            .without(A, "A message has a role and content, no name.")
            .without(R, "An input message has a role and content, no name.")
            .without_as(G, "A `Content` has a role and parts, no name.", GEMINI_CONTENT),
        row("unfinished assistant turn at the end", "messages|prefill|assistant")
            .says(
                A,
                json!({"messages": [{"role": "user", "content": "hi"}, {"role": "assistant",
                "content": "BEGUN"}]}),
            )
            .says(
                C,
                json!({"messages": [{"role": "user", "content": "hi"}, {"role": "assistant",
                "content": "BEGUN"}]}),
            )
            .says(R, json!({"input": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "BEGUN"}]}))
            .says(
                G,
                json!({"contents": [
                    {"role": "user", "parts": [{"text": "hi"}]},
                    {"role": "model", "parts": [{"text": "BEGUN"}]},
                ]}),
            )
            .at(A, "messages.1", json!({"role": "assistant"}))
            .and(A, "", json!("~BEGUN"))
            .at(C, "messages.1", json!({"role": "assistant"}))
            .and(C, "", json!("~BEGUN"))
            .at(R, "input.1", json!({"role": "assistant"}))
            .and(R, "", json!("~BEGUN"))
            .at(G, "contents.1", json!({"role": "model", "parts": [{"text": "BEGUN"}]})),
        row("refusal in an earlier turn", "refusal")
            .says(
                C,
                json!({"messages": [
                    {"role": "user", "content": "hi"},
                    {"role": "assistant", "content": null, "refusal": "REFUSED"},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .says(
                R,
                json!({"input": [
                    {"role": "user", "content": "hi"},
                    {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
                        "content": [{"type": "refusal", "refusal": "REFUSED"}]},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .or(A, "messages.1.content.*.text", json!("REFUSED"))
            .or(A, "messages.1.content", json!("REFUSED"))
            .at(C, "messages.1.refusal", json!("REFUSED"))
            .at(C, "messages.1.content.*.refusal", json!("REFUSED"))
            .at(R, "input.1.content.*.refusal", json!("REFUSED"))
            .or(G, "contents.1.parts.*.text", json!("REFUSED")),
        row("citations of an earlier answer", "citations|annotations")
            .says(
                A,
                json!({"messages": [
                    {"role": "user", "content": "hi"},
                    {"role": "assistant", "content": [{"type": "text", "text": "said", "citations": [
                        {"type": "char_location", "cited_text": "x", "document_index": 0, "document_title": "t",
                            "start_char_index": 0, "end_char_index": 1},
                    ]}]},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .says(
                R,
                json!({"input": [
                    {"role": "user", "content": "hi"},
                    {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [
                        {"type": "output_text", "text": "said", "annotations": [
                            {"type": "url_citation", "url": "https://example.org", "title": "t",
                                "start_index": 0, "end_index": 4},
                        ]},
                    ]},
                    {"role": "user", "content": "go on"},
                ]}),
            )
            .without(A, "Citations of web pages need the `encrypted_index` of Anthropic's own search.")
            .without(C, "An assistant message to send has no `annotations`.")
            .without(R, "Annotations point into the files and searches of OpenAI's own answer.")
            .without_as(G, "A part has no citations; they are an answer's `groundingMetadata`.", GEMINI_CONTENT),
        search_result(),
    ]
}

fn search_result() -> Row {
    row("search result block", "searchresult|messages")
        .says(
            A,
            user(
                A,
                json!([{"type": "search_result", "source": "https://example.org", "title": "t",
                    "content": [{"type": "text", "text": "FOUND"}]}, {"type": "text", "text": "hi"}]),
            ),
        )
        .or(C, "messages.0.content.*.text", json!("~FOUND"))
        .or(R, "input.0.content.*.text", json!("~FOUND"))
        .or(G, "contents.0.parts.*.text", json!("~FOUND"))
        .without(C, "Content parts are text, images, sound and files.")
        .without(R, "Content parts are text, images and files.")
        .without_as(G, "A part has no search result.", GEMINI_CONTENT)
}

pub(crate) fn media() -> Vec<Row> {
    vec![
        row("image, data", "image|media")
            .says(
                A,
                user(
                    A,
                    json!([{"type": "image", "source": {"type": "base64", "media_type": "image/png",
                    "data": "iVBO"}}]),
                ),
            )
            .says(C, user(C, json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO"}}])))
            .says(
                R,
                user(R, json!([{"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,iVBO"}])),
            )
            .says(G, user(G, json!([{"inlineData": {"mimeType": "image/png", "data": "iVBO"}}])))
            .at(
                A,
                "messages.0.content.*",
                json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}}),
            )
            .at(C, "messages.0.content.*.image_url.url", json!("data:image/png;base64,iVBO"))
            .at(R, "input.0.content.*", json!({"type": "input_image", "image_url": "data:image/png;base64,iVBO"}))
            .at(G, "contents.0.parts.*.inlineData", json!({"mimeType": "image/png", "data": "iVBO"})),
        row("image, URL", "image|media")
            .says(A, user(A, json!([{"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}])))
            .says(C, user(C, json!([{"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}])))
            .says(
                R,
                user(R, json!([{"type": "input_image", "detail": "auto", "image_url": "https://example.org/a.png"}])),
            )
            .says(
                G,
                user(
                    G,
                    json!([{"fileData": {"mimeType": "image/png", "fileUri": "https://example.org/a.png"}},
                    {"text": "x"}]),
                ),
            )
            .at(A, "messages.0.content.*.source", json!({"type": "url", "url": "https://example.org/a.png"}))
            .at(C, "messages.0.content.*.image_url.url", json!("https://example.org/a.png"))
            .at(R, "input.0.content.*.image_url", json!("https://example.org/a.png"))
            .at(G, "contents.0.parts.*.fileData.fileUri", json!("https://example.org/a.png")),
        row("image detail", "detail|mediaresolution")
            .says(
                C,
                user(
                    C,
                    json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBO",
                    "detail": "low"}}]),
                ),
            )
            .says(
                R,
                user(R, json!([{"type": "input_image", "detail": "low", "image_url": "data:image/png;base64,iVBO"}])),
            )
            .says(
                G,
                user(
                    G,
                    json!([{"inlineData": {"mimeType": "image/png", "data": "iVBO"},
                        "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}}]),
                ),
            )
            .at(C, "messages.0.content.*.image_url.detail", json!("low"))
            .at(R, "input.0.content.*.detail", json!("low"))
            .or(G, "contents.0.parts.*.mediaResolution.level", json!("MEDIA_RESOLUTION_LOW"))
            .or(G, "generationConfig.mediaResolution", json!("MEDIA_RESOLUTION_LOW"))
            .without_as(A, "An image block has only its source; the size is the picture's own.", VISION_A),
        row("document, PDF data", "document|file|media")
            .says(
                A,
                user(
                    A,
                    json!([{"type": "document",
                        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}}]),
                ),
            )
            .says(
                C,
                user(
                    C,
                    json!([{"type": "file", "file": {"filename": "a.pdf",
                    "file_data": "data:application/pdf;base64,JVBE"}}]),
                ),
            )
            .says(
                R,
                user(
                    R,
                    json!([{"type": "input_file", "filename": "a.pdf",
                    "file_data": "data:application/pdf;base64,JVBE"}]),
                ),
            )
            .says(G, user(G, json!([{"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}}])))
            .at(
                A,
                "messages.0.content.*",
                json!({"type": "document", "source": {"type": "base64", "media_type": "application/pdf",
                    "data": "JVBE"}}),
            )
            .at(C, "messages.0.content.*.file.file_data", json!("data:application/pdf;base64,JVBE"))
            .at(R, "input.0.content.*.file_data", json!("data:application/pdf;base64,JVBE"))
            .at(G, "contents.0.parts.*.inlineData", json!({"mimeType": "application/pdf", "data": "JVBE"})),
        row("document, PDF URL", "document|file|media")
            .says(
                A,
                user(
                    A,
                    json!([{"type": "document", "source": {"type": "url",
                "url": "https://example.org/a.pdf"}}]),
                ),
            )
            .says(R, user(R, json!([{"type": "input_file", "file_url": "https://example.org/a.pdf"}])))
            .says(
                G,
                user(G, json!([{"fileData": {"mimeType": "application/pdf", "fileUri": "https://example.org/a.pdf"}}])),
            )
            .at(
                A,
                "messages.0.content.*",
                json!({"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}),
            )
            .without_as(C, PDF_IN_CHAT, FILES_IN_CHAT)
            .at(R, "input.0.content.*.file_url", json!("https://example.org/a.pdf"))
            .at(G, "contents.0.parts.*.fileData.fileUri", json!("https://example.org/a.pdf")),
        row("document, plain text", "document|file|media")
            .says(
                A,
                user(
                    A,
                    json!([{"type": "document", "source": {"type": "text", "media_type": "text/plain",
                        "data": "PLAIN"}}]),
                ),
            )
            .says(
                C,
                user(
                    C,
                    json!([{"type": "file", "file": {"filename": "a.txt",
                    "file_data": "data:text/plain;base64,UExBSU4="}}]),
                ),
            )
            .says(
                R,
                user(
                    R,
                    json!([{"type": "input_file", "filename": "a.txt",
                    "file_data": "data:text/plain;base64,UExBSU4="}]),
                ),
            )
            .says(G, user(G, json!([{"inlineData": {"mimeType": "text/plain", "data": "UExBSU4="}}])))
            .at(
                A,
                "messages.0.content.*",
                json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "PLAIN"}}),
            )
            .at(C, "messages.0.content.*.file.file_data", json!("data:text/plain;base64,UExBSU4="))
            .or(C, "messages.0.content.*.text", json!("~PLAIN"))
            .or(C, "messages.0.content", json!("~PLAIN"))
            .at(R, "input.0.content.*.file_data", json!("data:text/plain;base64,UExBSU4="))
            .or(R, "input.0.content.*.text", json!("~PLAIN"))
            .or(R, "input.0.content", json!("~PLAIN"))
            .at(G, "contents.0.parts.*.inlineData", json!({"mimeType": "text/plain", "data": "UExBSU4="}))
            .or(G, "contents.0.parts.*.text", json!("~PLAIN")),
        row("title or file name of a document", "title|filename|name")
            .says(
                A,
                user(
                    A,
                    json!([{"type": "document", "title": "a.pdf",
                        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}}]),
                ),
            )
            .says(
                C,
                user(
                    C,
                    json!([{"type": "file", "file": {"filename": "a.pdf",
                    "file_data": "data:application/pdf;base64,JVBE"}}]),
                ),
            )
            .says(
                R,
                user(
                    R,
                    json!([{"type": "input_file", "filename": "a.pdf",
                    "file_data": "data:application/pdf;base64,JVBE"}]),
                ),
            )
            .at(A, "messages.0.content.*.title", json!("a.pdf"))
            .at(C, "messages.0.content.*.file.filename", json!("a.pdf"))
            .at(R, "input.0.content.*.filename", json!("a.pdf"))
            .without_as(G, "A `Blob` has a MIME type and data.", GEMINI_CONTENT),
        row("a document's context, and whether to cite it", "context|citations")
            .says(
                A,
                user(
                    A,
                    json!([{"type": "document", "context": "from the archive", "citations": {"enabled": true},
                        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}}]),
                ),
            )
            .without(C, "A file part has data and a name.")
            .without(R, "A file part has data, a name and a detail.")
            .without_as(G, "A `Blob` has a MIME type and data.", GEMINI_CONTENT),
        row("audio", "audio|media")
            .says(C, user(C, json!([{"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}])))
            .says(G, user(G, json!([{"inlineData": {"mimeType": "audio/wav", "data": "UklG"}}])))
            .without_as(A, "There is no content block for sound.", "https://platform.claude.com/docs/en/api/openai-sdk")
            .at(C, "messages.0.content.*.input_audio", json!({"data": "UklG", "format": "wav"}))
            .without(R, "Input parts are text, images and files.")
            .at(G, "contents.0.parts.*.inlineData", json!({"mimeType": "audio/wav", "data": "UklG"})),
        row("video", "video|media")
            .says(G, user(G, json!([{"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}}])))
            .without(A, "There is no content block for film.")
            .without(C, "Content parts are text, images, sound and files.")
            .without(R, "Input parts are text, images and files."),
    ]
}

const VISION_A: &str = "https://platform.claude.com/docs/en/build-with-claude/vision";
