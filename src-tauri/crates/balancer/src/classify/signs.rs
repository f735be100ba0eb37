//! What a provider says in the body of a refusal, whatever the status.
//!
//! [`ROWS`] is read from top to bottom; the first row that applies wins. Codes, types and reasons are matched whole, words
//! as phrases, both without regard to case. Quota stands before rate limit, since spent quota often calls itself a limit;
//! content, context and reasoning stand before parameters, since their messages name parameters too.

use super::{Class, Refusal, parameter};
use crate::retry_hint;

/// What the body says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Spent,
    /// Spent, by a daily quota beside which the provider may name a shorter wait that does not apply to it.
    SpentForTheDay,
    /// More than the credit that is left pays for; a smaller request passes.
    TooDear,
    Throttled,
    Credential,
    Overloaded,
    /// Not an answer of the API at all, such as a proxy's HTML page or what a server says to a path that it does not have;
    /// or the model's own failure to bring an answer about.
    NoAnswer,
    /// Gone, or not for this account or region.
    Model,
    Context,
    Reasoning,
    Policy,
    Parameter(String),
    /// The caller's, although another row would apply.
    Caller,
}

struct Row {
    sign: Sign,
    at: &'static [Class],
    /// The error's type, code or reason, whole.
    names: &'static [&'static str],
    /// Phrases in the message, lowercase; the parts of one must follow one another.
    words: &'static [&'static [&'static str]],
}

const ANY: &[Class] = &[
    Class::Inside,
    Class::BadRequest,
    Class::Unauthorized,
    Class::PaymentRequired,
    Class::Forbidden,
    Class::Missing,
    Class::NotCallers,
    Class::RequestTimeout,
    Class::TooLarge,
    Class::TooManyRequests,
    Class::OtherClient,
    Class::Busy,
    Class::Server,
];

/// Before the check for a parameter that this side put in.
const ROWS: &[Row] = &[
    // Blocks of the latest turn "cannot be modified", or a thinking block is missing: stripping more would not help.
    Row {
        sign: Sign::Caller,
        at: &[Class::BadRequest, Class::Inside],
        names: &[],
        words: &[&["thinking", "cannot be modified"], &["expected `thinking`"]],
    },
    // A 429 or 500 that says itself that it is no limit of this account (claude-code#71670).
    Row {
        sign: Sign::Overloaded,
        at: &[Class::TooManyRequests, Class::Server, Class::Busy, Class::Inside],
        names: &[],
        words: &[&["not your usage limit"]],
    },
    // The model wrote a tool call or JSON that Groq could not read: nobody's fault but the model's, as with Gemini's
    // MALFORMED_FUNCTION_CALL.
    Row { sign: Sign::NoAnswer, at: ANY, names: &["tool_use_failed", "json_validate_failed"], words: &[] },
    // A subscription takes a request that is longer than its window only with extra usage.
    Row {
        sign: Sign::Context,
        at: &[Class::BadRequest, Class::TooManyRequests, Class::Inside],
        names: &[],
        words: &[&["extra usage is required for long context"], &["long context", "not yet available"]],
    },
    // DashScope's per-minute token limit has the code of spent credit, and passes when sent again.
    Row {
        sign: Sign::Throttled,
        at: &[Class::TooManyRequests, Class::Inside],
        names: &["throttling.allocationquota"],
        words: &[&["error-code#token-limit"], &["allocated quota exceeded, please increase your quota limit"]],
    },
    Row {
        sign: Sign::Spent,
        at: ANY,
        names: &[
            "insufficient_quota",
            "billing_error",
            "billing_hard_limit_reached",
            "billing_not_active",
            "billing_disabled",
            "insufficient_balance",
            "insufficient_credits",
            "exceeded_current_quota_error",
            "payment_required",
            "quota_exhausted",
            "quota_exceeded",
            "usage_limit_reached",
            "usage_limit_exceeded",
            "usage_not_included",
            "arrearage",
            "allocationquota.freetieronly",
        ],
        words: &[],
    },
    Row {
        sign: Sign::Spent,
        at: &[Class::BadRequest, Class::Unauthorized, Class::Forbidden, Class::TooManyRequests, Class::Inside],
        names: &[],
        words: &[
            &["credit balance is too low"],
            &["reached your", "usage limit"],
            &["insufficient balance"],
            &["insufficient credit"],
            &["out of extra usage"],
            &["draw from your extra usage"],
            &["usage limit", "reached"],
            &["key limit exceeded"],
            &["out of call volume quota"],
            &["credits are depleted"],
            &["spending cap"],
            &["used all available credits"],
            &["spending limit"],
            &["out of credits"],
            &["free allocated quota exceeded"],
            &["exhausted your daily quota"],
            &["quota will reset after"],
            &["free-models-per-day"],
            &["your account is in good standing"],
        ],
    },
    Row {
        sign: Sign::Credential,
        at: ANY,
        names: &[
            "authentication_error",
            "unauthenticated",
            "unauthorized",
            "invalid_api_key",
            "invalidapikey",
            "invalid_authentication",
            "invalid_authentication_error",
            "invalid_grant",
            "invalid_token",
            "token_expired",
            "token_invalidated",
            "token_revoked",
            "expired_token",
            "account_deactivated",
            "deactivated_workspace",
            "ip_not_authorized",
            "api_key_invalid",
            "api_key_expired",
            "api_key_service_blocked",
            "api_key_http_referrer_blocked",
            "api_key_ip_address_blocked",
            "access_token_expired",
            "access_token_scope_insufficient",
            "access_token_type_unsupported",
            "credentials_missing",
            "consumer_invalid",
            "consumer_suspended",
            "service_disabled",
        ],
        words: &[],
    },
    Row {
        sign: Sign::Credential,
        at: &[Class::BadRequest, Class::Forbidden, Class::Inside],
        names: &[],
        words: &[
            &["api key not valid"],
            &["api key expired"],
            &["api key was reported as leaked"],
            &["invalid api key"],
            &["invalid api-key"],
            &["invalid x-api-key"],
            &["incorrect api key"],
            &["missing api key"],
            &["invalid authentication"],
            &["invalid bearer token"],
            &["unregistered callers"],
            &["oauth token"],
            &["oauth authentication is"],
            &["insufficient authentication scopes"],
            &["organization has been disabled"],
            &["only authorized for use with claude code"],
            &["has not been used in project"],
        ],
    },
    Row {
        sign: Sign::Policy,
        at: ANY,
        names: &[
            "content_policy_violation",
            "image_content_policy_violation",
            "cyber_policy",
            "content_filter",
            "responsible_ai_policy_violation",
            "responsibleaipolicyviolation",
            "data_inspection_failed",
            "datainspectionfailed",
            "prohibited_content",
            "invalid_prompt",
        ],
        words: &[],
    },
    Row {
        sign: Sign::Policy,
        at: &[Class::BadRequest, Class::Forbidden, Class::Server, Class::Inside],
        names: &[],
        words: &[
            &["content management policy"],
            &["blocked by content filtering"],
            &["content policy"],
            &["violating our usage polic"],
            &["rejected", "safety system"],
            &["requires moderation"],
            &["inappropriate content"],
        ],
    },
    Row {
        sign: Sign::Context,
        at: ANY,
        names: &["context_length_exceeded", "exceed_context_size_error", "model_context_window_exceeded"],
        words: &[],
    },
    Row {
        sign: Sign::Context,
        at: &[Class::BadRequest, Class::TooLarge, Class::Server, Class::Inside],
        names: &[],
        words: &[
            &["prompt is too long"],
            &["input is too long"],
            &["maximum context length"],
            &["maximum prompt length"],
            &["exceed", "context length"],
            &["exceed", "context limit"],
            &["exceed", "context window"],
            &["exceed", "context size"],
            &["input token count", "exceeds the maximum"],
            &["input tokens exceed"],
            &["range of input length should be"],
            &["reduce the length of the messages"],
        ],
    },
    Row { sign: Sign::Reasoning, at: ANY, names: &["invalid_encrypted_content"], words: &[] },
    Row {
        sign: Sign::Reasoning,
        at: &[Class::BadRequest, Class::Inside],
        names: &[],
        words: &[
            &["signature", "thinking"],
            &["thought signature"],
            &["thought_signature"],
            &["encrypted content"],
            &["encrypted_content"],
            &["of type 'reasoning' was provided without its required following item"],
        ],
    },
];

/// After the check for a parameter.
const LATER_ROWS: &[Row] = &[
    Row {
        sign: Sign::Model,
        at: ANY,
        names: &[
            "model_not_found",
            "model_not_available",
            "model_not_supported",
            "model_decommissioned",
            "unsupported_model",
            "unknown_model",
            "invalid_model",
            "deploymentnotfound",
            "modelnotfound",
            "model.accessdenied",
            "accessdenied.unpurchased",
            "unsupported_country_region_territory",
        ],
        words: &[],
    },
    Row {
        sign: Sign::Model,
        at: &[Class::BadRequest, Class::Forbidden, Class::Missing, Class::Inside],
        names: &[],
        words: &[
            &["model", "does not exist"],
            &["model is not supported when"],
            &["model not exist"],
            &["model not found"],
            &["model", "no longer available"],
            &["model", "has been deprecated"],
            &["model", "has been decommissioned"],
            &["model", "has been retired"],
            &["not a valid model"],
            &["unknown model"],
            &["no endpoints found"],
            &["location is not supported"],
            &["not available in your"],
            &["organization must be verified"],
        ],
    },
    Row {
        sign: Sign::Model,
        at: &[Class::Forbidden],
        names: &[],
        words: &[&["access to", "model"], &["model", "access"], &["request not allowed"]],
    },
    Row {
        sign: Sign::Model,
        at: &[Class::Inside],
        names: &[],
        words: &[&["not have access to", "model"], &["request not allowed"]],
    },
    Row { sign: Sign::Model, at: &[Class::Missing], names: &[], words: &[&["model"]] },
    Row {
        sign: Sign::Caller,
        at: &[Class::Inside],
        names: &["previous_response_not_found", "request_too_large"],
        words: &[&["file not found"], &["cachedcontent not found"]],
    },
    Row { sign: Sign::Model, at: &[Class::Inside], names: &["not_found_error", "not_found"], words: &[] },
    // What the caller's request refers to is not there; the model may well be.
    Row {
        sign: Sign::Caller,
        at: &[Class::Missing],
        names: &["previous_response_not_found"],
        words: &[
            &["file"],
            &["previous response"],
            &["response with id"],
            &["container"],
            &["cachedcontent"],
            &["cached content"],
        ],
    },
    Row {
        sign: Sign::Overloaded,
        at: ANY,
        names: &[
            "overloaded_error",
            "server_is_overloaded",
            "engine_overloaded",
            "engine_overloaded_error",
            "server_overloaded",
            "model_overloaded",
            "model_capacity_exhausted",
            "service_unavailable",
            "service_unavailable_error",
            "unavailable",
            "slow_down",
        ],
        words: &[],
    },
    Row {
        sign: Sign::Overloaded,
        at: &[Class::TooManyRequests, Class::OtherClient, Class::Server, Class::Inside],
        names: &[],
        words: &[&["overloaded"], &["at capacity"], &["no capacity"], &["capacity exceeded"], &["server is busy"]],
    },
    Row {
        sign: Sign::Throttled,
        at: ANY,
        names: &[
            "rate_limit_error",
            "rate_limit_exceeded",
            "rate_limit_reached",
            "rate_limit_reached_error",
            "rate_limited",
            "ratelimitexceeded",
            "userratelimitexceeded",
            "resource_exhausted",
            "too_many_requests",
            "limit_requests",
            "throttling",
            "throttling.ratequota",
            "throttling.burstrate",
        ],
        words: &[],
    },
    Row {
        sign: Sign::Throttled,
        at: &[Class::Forbidden, Class::Server, Class::Inside],
        names: &[],
        words: &[&["rate limit"], &["too many requests"]],
    },
    // What the request refers to is another account's; the key is none the worse.
    Row {
        sign: Sign::Caller,
        at: &[Class::Forbidden],
        names: &[],
        words: &[&["access the file"], &["may not exist"], &["cachedcontent"], &["cached content"]],
    },
    Row {
        sign: Sign::Credential,
        at: &[Class::Forbidden, Class::Inside],
        names: &["permission_error", "permission_denied", "accessdenied", "access_denied"],
        words: &[],
    },
    Row {
        sign: Sign::Caller,
        at: &[Class::Inside],
        names: &[
            "invalid_request_error",
            "invalid_argument",
            "failed_precondition",
            "invalid_image",
            "invalid_image_format",
            "invalid_base64_image",
            "invalid_image_url",
            "invalid_image_mode",
            "image_parse_error",
            "image_too_large",
            "image_too_small",
            "image_file_too_large",
            "image_file_not_found",
            "empty_image_file",
            "unsupported_image_media_type",
            "failed_to_download_image",
        ],
        words: &[],
    },
    // Google's "try the whole again".
    Row { sign: Sign::NoAnswer, at: &[Class::OtherClient], names: &["aborted"], words: &[] },
];

/// Providers whose `insufficient_quota` is a limit per minute more often than spent credit.
const THROTTLE_AS_QUOTA: &[&str] = &["qwen", "dashscope", "alibaba", "alibaba-cn"];

/// What servers say of a path that they don't have: this side built it, from the member's base URL.
const NO_SUCH_PATH: &[&str] = &[
    "not found",
    "404 not found",
    "404 page not found",
    "page not found",
    "file not found",
    "resource not found",
    "no route matched with those values",
];
/// The same, in a sentence of its own.
const NO_SUCH_PATH_OPENINGS: &[&str] = &["invalid url", "unknown request url", "cannot post ", "no handler found for "];

/// What the body (or a subscription's headers) says; `None` leaves it to the status.
pub(super) fn read(refusal: &Refusal<'_>, class: Class) -> Option<Sign> {
    let Refusal { headers, error, now, .. } = *refusal;
    let message = error.message.to_ascii_lowercase();
    if too_dear(&message) && class != Class::TooManyRequests {
        return Some(Sign::TooDear);
    }
    if class == Class::PaymentRequired {
        return Some(Sign::Spent);
    }
    let limiting = matches!(class, Class::TooManyRequests | Class::Inside);
    if limiting && error.quota_ids.iter().any(|id| id.contains("PerDay")) {
        return Some(Sign::SpentForTheDay);
    }
    if class == Class::TooManyRequests && retry_hint::subscription_spent(headers, now) {
        return Some(Sign::Spent);
    }
    // Google's reason is more definite than its words, which speak of a quota either way.
    if limiting && error.reasons.iter().any(|reason| reason == "RATE_LIMIT_EXCEEDED") {
        return Some(Sign::Throttled);
    }
    let says = |name: &str| {
        let own = [error.kind.as_deref(), error.code.as_deref()];
        own.into_iter()
            .flatten()
            .chain(error.reasons.iter().map(String::as_str))
            .any(|said| said.eq_ignore_ascii_case(name))
    };
    let throttle_as_quota = THROTTLE_AS_QUOTA.contains(&refusal.provider) && !message.contains("free allocated quota");
    if limiting && throttle_as_quota && says("insufficient_quota") {
        return Some(Sign::Throttled);
    }
    let first_of = |rows: &[Row]| {
        rows.iter()
            .find(|row| {
                row.at.contains(&class)
                    && (row.names.iter().any(|name| says(name))
                        || row.words.iter().any(|phrase| follows(&message, phrase)))
            })
            .map(|row| row.sign.clone())
    };
    let by_status =
        matches!(class, Class::BadRequest | Class::Forbidden | Class::Missing | Class::TooLarge | Class::OtherClient);
    let no_answer = |is_none: bool| (by_status && is_none).then_some(Sign::NoAnswer);
    first_of(ROWS)
        .or_else(|| {
            let may_be_ours = !refusal.untouched && matches!(class, Class::BadRequest | Class::Inside);
            may_be_ours.then(|| parameter::named(error, refusal.ours)).flatten().map(Sign::Parameter)
        })
        .or_else(|| no_answer(is_page(&message) || (class == Class::Missing && is_no_such_path(&message))))
        .or_else(|| first_of(LATER_ROWS))
        // JSON that calls itself a page has had its say.
        .or_else(|| no_answer(calls_itself_page(headers("content-type"))))
        // The provider itself says that the very same request may pass.
        .or_else(|| no_answer(headers("x-should-retry").is_some_and(|value| value.trim() == "true")))
}

/// OpenRouter's 402 for one request: its `max_tokens`, or its prompt, costs more than is left.
fn too_dear(message: &str) -> bool {
    ["can only afford", "requires more credits, or fewer max_tokens", "prompt tokens limit exceeded"]
        .iter()
        .any(|words| message.contains(words))
}

fn is_no_such_path(message: &str) -> bool {
    let message = message.trim().trim_end_matches('.');
    NO_SUCH_PATH.contains(&message) || NO_SUCH_PATH_OPENINGS.iter().any(|opening| message.starts_with(opening))
}

/// Whether a web page came instead of an answer, or the one line of a proxy's. `read_error` calls a page "an HTML page" and
/// gives its title. A `<` alone is none: DashScope begins its messages with the status in such brackets.
fn is_page(message: &str) -> bool {
    let message = message.trim_start();
    message.starts_with("an html page")
        || message.starts_with("error code: 1")
        || message.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!'))
}

fn calls_itself_page(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// Whether the parts of a phrase occur one after the other.
fn follows(message: &str, phrase: &[&str]) -> bool {
    let mut rest = message;
    phrase.iter().all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}
