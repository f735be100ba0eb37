//! The names of the llxprt CLI's settings, which `/set` takes (its settings registry, as of 0.11).
//!
//! The CLI sends an unknown name in `ephemeralSettings` to the provider as a parameter, so a name that is mistyped does
//! harm there: only these are taken.

/// Sorted.
const KNOWN: &[&str] = &[
    "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_CLOUD_PROJECT",
    "api-version",
    "apiMode",
    "auth-key",
    "auth-key-name",
    "auth-keyfile",
    "auth.noBrowser",
    "authOnly",
    "base-url",
    "circuit_breaker_enabled",
    "circuit_breaker_failure_threshold",
    "circuit_breaker_failure_window_ms",
    "circuit_breaker_recovery_timeout_ms",
    "compression-threshold",
    "compression.density.compressHeadroom",
    "compression.density.fileDedupe",
    "compression.density.optimizeThreshold",
    "compression.density.readWritePruning",
    "compression.density.recencyPruning",
    "compression.density.recencyRetention",
    "compression.profile",
    "compression.strategy",
    "contentLoopThreshold",
    "context-limit",
    "custom-headers",
    "defaultModel",
    "dumpcontext",
    "dumponerror",
    "emojifilter",
    "enable-tool-prompts",
    "enabled",
    "file-read-max-lines",
    "image-resize.enabled",
    "image-resize.maxLongEdge",
    "image-resize.maxPixels",
    "image-resize.maxShortEdge",
    "include-folder-structure",
    "loopDetectionEnabled",
    "max-image-dimension",
    "max-image-pixels",
    "max-output",
    "max-prompt-tokens",
    "maxOutputTokens",
    "maxTurnsPerPrompt",
    "mcp.eagerServers",
    "mcp.lazy",
    "media.pdf.enabled",
    "model",
    "model.allMemoriesAreCore",
    "model.canSaveCore",
    "openaiResponsesEnabled",
    "prompt-caching",
    "rate-limit-max-wait",
    "rate-limit-throttle",
    "rate-limit-throttle-threshold",
    "reasoning.adaptiveThinking",
    "reasoning.budgetTokens",
    "reasoning.effort",
    "reasoning.effortMap",
    "reasoning.effortWireFormat",
    "reasoning.enabled",
    "reasoning.enabledMap",
    "reasoning.enabledWireFormat",
    "reasoning.fieldName",
    "reasoning.format",
    "reasoning.includeInContext",
    "reasoning.includeInResponse",
    "reasoning.maxTokens",
    "reasoning.stripFromContext",
    "reasoning.summary",
    "requires-auth",
    "responses-mode",
    "responses-stateful",
    "responsesMode",
    "retries",
    "retrywait",
    "sandbox-base-url",
    "shell-background-log-max-bytes",
    "shell-default-timeout-seconds",
    "shell-inactivity-timeout-seconds",
    "shell-max-background-jobs",
    "shell-max-timeout-seconds",
    "shell-output-retention-max-bytes",
    "shell-replacement",
    "socket-keepalive",
    "socket-nodelay",
    "socket-timeout",
    "stream-first-response-timeout-ms",
    "stream-idle-timeout-ms",
    "stream-options",
    "streaming",
    "subagents.async.enabled",
    "task-default-timeout-seconds",
    "task-max-async",
    "task-max-timeout-seconds",
    "text.verbosity",
    "timeout_ms",
    "todo-continuation",
    "token-usage-log",
    "tool-output-item-size-limit",
    "tool-output-max-items",
    "tool-output-max-tokens",
    "tool-output-truncate-mode",
    "toolCallLoopThreshold",
    "toolFormat",
    "toolFormatOverride",
    "tools.allowed",
    "tools.disabled",
    "tpm_threshold",
    "user-agent",
];

/// Whether the CLI has a setting of this name.
pub fn known_setting(name: &str) -> bool {
    KNOWN.binary_search(&name).is_ok()
}

/// All of the CLI's settings, sorted.
pub fn known_settings() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_holds_what_the_gateway_obeys() {
        assert!(KNOWN.is_sorted());
        for key in ["context-limit", "timeout_ms", "reasoning.effort", "prompt-caching", "circuit_breaker_enabled"] {
            assert!(known_setting(key), "{key}");
        }
        assert!(!known_setting("contextlimit"));
    }
}
