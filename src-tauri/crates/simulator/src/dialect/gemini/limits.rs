//! How Gemini tells of its limits: in the error alone (<https://ai.google.dev/gemini-api/docs/rate-limits>).

use std::time::Duration;

use serde_json::json;

use super::{super::Refusal, refusal};
use crate::limits::{Beyond, Level};

/// Beside a spent day the delay speaks of the minute, which misleads; the real one does so too.
const MINUTE: u64 = 60;

pub(super) fn beyond(limit: &Beyond, model: &str) -> Refusal {
    let (metric, id, level) = match limit {
        Beyond::Requests(level) => ("requests", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", level),
        Beyond::Tokens(level) => ("input_token_count", "GenerateContentInputTokensPerModelPerMinute-FreeTier", level),
        Beyond::Quota(_, level) => ("requests", "GenerateRequestsPerDayPerProjectPerModel-FreeTier", level),
    };
    let Level { limit: most, resets_in, .. } = *level;
    let delay = match limit {
        Beyond::Quota(..) => resets_in.min(Duration::from_secs(resets_in.as_secs() % MINUTE)),
        _ => resets_in,
    };
    let metric = format!("generativelanguage.googleapis.com/generate_content_free_tier_{metric}");
    let delay = format!("{}s", delay.as_millis().div_ceil(10) as f64 / 100.0);
    let message = format!(
        "You exceeded your current quota, please check your plan and billing details. For more information on this error, head over to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: {metric}, limit: {most}, model: {model}\nPlease retry in {delay}."
    );
    let details = json!([
        {
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{
                "description": "Learn more about Gemini API quotas",
                "url": "https://ai.google.dev/gemini-api/docs/rate-limits",
            }],
        },
        {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{
                "quotaMetric": metric,
                "quotaId": id,
                "quotaDimensions": {"location": "global", "model": model},
                "quotaValue": most.to_string(),
            }],
        },
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
    ]);
    refusal(429, &message, Some(details))
}
