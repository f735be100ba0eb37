//! What holds for every provider. What each provider's bodies mean is in the tables of `wire`.

mod wire;

use proptest::prelude::*;

use super::*;

/// 2026-09-21T14:13:20Z.
const NOW: Millis = 1_790_000_000_000;

/// A refusal by a provider, to be filled in.
#[derive(Clone, Debug)]
struct Case {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    error: ErrorBody,
    dialect: Dialect,
    provider: &'static str,
    untouched: bool,
    ours: Vec<String>,
}

impl Case {
    fn new(dialect: Dialect, provider: &'static str, status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            error: ErrorBody::default(),
            dialect,
            provider,
            untouched: false,
            ours: Vec::new(),
        }
    }

    fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    fn kind(mut self, kind: &str) -> Self {
        self.error.kind = Some(kind.into());
        self
    }

    fn code(mut self, code: &str) -> Self {
        self.error.code = Some(code.into());
        self
    }

    fn says(mut self, message: &str) -> Self {
        self.error.message = message.into();
        self
    }

    fn ours(mut self, fields: &[&str]) -> Self {
        self.ours = fields.iter().map(|field| (*field).to_owned()).collect();
        self
    }

    fn untouched(mut self) -> Self {
        self.untouched = true;
        self
    }

    fn outcome(&self) -> Outcome {
        classify(&Refusal {
            status: self.status,
            headers: &|name| self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value),
            error: &self.error,
            dialect: self.dialect,
            provider: self.provider,
            untouched: self.untouched,
            ours: &self.ours,
            now: NOW,
        })
    }

    #[track_caller]
    #[allow(clippy::needless_pass_by_value, reason = "a table of cases reads better without borrows")]
    fn is(self, outcome: Outcome) {
        assert_eq!(self.outcome(), outcome, "{self:?}");
    }
}

fn limited(wait: Option<Millis>) -> Outcome {
    Outcome::RateLimited { scope: Scope::Model, until: wait.map(|ms| NOW + ms) }
}

fn spent(wait: Option<Millis>) -> Outcome {
    Outcome::QuotaSpent { until: wait.map(|ms| NOW + ms) }
}

fn overloaded(wait: Option<Millis>) -> Outcome {
    Outcome::Overloaded { until: wait.map(|ms| NOW + ms) }
}

const SERVER_ERROR: Outcome = Outcome::ServerError { until: None };

fn rejected(param: &str) -> Outcome {
    Outcome::ParameterRejected { param: param.into() }
}

#[test]
fn without_a_word_the_status_decides() {
    let table = [
        (200, SERVER_ERROR),
        (302, SERVER_ERROR),
        (400, Outcome::CallerFault),
        (401, Outcome::CredentialRejected),
        (402, spent(None)),
        (403, Outcome::CallerFault),
        (404, Outcome::ModelUnavailable),
        (405, SERVER_ERROR),
        (408, Outcome::TimedOut(Stage::Request)),
        (409, Outcome::CallerFault),
        (410, Outcome::ModelUnavailable),
        (413, Outcome::CallerFault),
        (418, Outcome::CallerFault),
        (422, Outcome::CallerFault),
        (429, limited(None)),
        (425, SERVER_ERROR),
        (499, SERVER_ERROR),
        (500, SERVER_ERROR),
        (501, SERVER_ERROR),
        (502, SERVER_ERROR),
        (503, overloaded(None)),
        (504, SERVER_ERROR),
        (524, SERVER_ERROR),
        (529, overloaded(None)),
        (599, SERVER_ERROR),
        (999, SERVER_ERROR),
    ];
    for (status, outcome) in table {
        for dialect in Dialect::ALL {
            Case::new(dialect, "any", status).is(outcome.clone());
        }
    }
}

/// failover §2, ParameterRejected: only what the profile or the translation put in is left out.
#[test]
fn a_parameter_that_the_client_sent_is_the_callers() {
    let refused = || {
        Case::new(Dialect::Anthropic, "anthropic", 400)
            .kind("invalid_request_error")
            .says("temperature: Input should be less than or equal to 1")
    };
    refused().ours(&["max_tokens", "temperature"]).is(rejected("temperature"));
    refused().ours(&["max_tokens"]).is(Outcome::CallerFault);
    refused().ours(&["temperature"]).untouched().is(Outcome::CallerFault);
    // What a request cannot be without is never left out.
    Case::new(Dialect::OpenaiChat, "openai", 400)
        .kind("invalid_request_error")
        .says("Invalid type for 'messages': expected an array.")
        .ours(&["messages"])
        .is(Outcome::CallerFault);
}

/// The same code is a throttle of one provider and spent credit of the others (mini-ai-1c#23).
#[test]
fn insufficient_quota_is_a_throttle_at_dashscope_alone() {
    let refused = |provider| Case::new(Dialect::OpenaiChat, provider, 429).code("insufficient_quota");
    for provider in ["qwen", "dashscope", "alibaba", "alibaba-cn"] {
        refused(provider).says("You exceeded your current quota").is(limited(None));
    }
    refused("openai").says("You exceeded your current quota").is(spent(None));
    refused("any").says("See …/error-code#token-limit").is(limited(None));
}

#[test]
fn the_recipes_table_goes_to_the_next_member() {
    for status in [401, 402, 429, 500, 501, 502, 503] {
        for untouched in [true, false] {
            let case = Case { untouched, ..Case::new(Dialect::OpenaiChat, "openai", status) };
            assert!(case.outcome().retryable() && case.outcome().moves_on(untouched), "{case:?}");
        }
    }
}

#[test]
fn a_402_is_spent_quota_whatever_else_it_says() {
    for code in ["rate_limit_exceeded", "unauthorized", "model_not_found", "overloaded_error", "permission_error", ""] {
        Case::new(Dialect::OpenaiChat, "any", 402).code(code).untouched().is(spent(None));
    }
}

#[test]
fn a_proxys_page_is_no_answer_of_the_provider() {
    for status in [400, 403, 404, 413, 405, 500, 502] {
        Case::new(Dialect::OpenaiChat, "openai", status)
            .says("<html><head><title>403 Forbidden</title>")
            .is(SERVER_ERROR);
        Case::new(Dialect::Anthropic, "anthropic", status)
            .header("content-type", "text/html; charset=UTF-8")
            .says("Attention Required! | Cloudflare")
            .is(SERVER_ERROR);
    }
    Case::new(Dialect::OpenaiChat, "openai", 429).says("<html>").is(limited(None));
    Case::new(Dialect::OpenaiChat, "openai", 503).says("<html>").is(overloaded(None));
}

#[test]
fn a_server_errors_own_retry_after_is_kept() {
    Case::new(Dialect::OpenaiChat, "openai", 500)
        .header("retry-after", "7")
        .is(Outcome::ServerError { until: Some(NOW + 7_000) });
    Case::new(Dialect::OpenaiChat, "openai", 503).header("retry-after", "7").is(overloaded(Some(7_000)));
}

#[test]
fn an_error_inside_a_200_is_read_by_the_status_in_its_body() {
    let mut case = Case::new(Dialect::OpenaiChat, "openrouter", 200).code("502").says("Provider returned error");
    case.error.status = Some(502);
    case.clone().is(SERVER_ERROR);
    case.error.status = Some(402);
    case.clone().is(spent(None));
    case.error.status = Some(401);
    case.is(Outcome::CredentialRejected);
}

proptest! {
    #[test]
    fn every_refusal_has_an_outcome_and_a_caller_is_never_blamed_for_a_5xx(
        status: u16, kind in "[a-z_]{0,20}", message in ".{0,80}", param in proptest::option::of("[a-z_.\\[\\]]{0,12}"),
        retry in "[0-9a-zA-Z:., +-]{0,24}", untouched: bool, ours in proptest::collection::vec("[a-z_.]{0,10}", 0..4),
    ) {
        let error = ErrorBody { kind: Some(kind), message, param, ..ErrorBody::default() };
        let outcome = classify(&Refusal {
            status,
            headers: &|name| (name.contains("retry") || name.contains("reset")).then_some(retry.as_str()),
            error: &error,
            dialect: Dialect::OpenaiChat,
            provider: "any",
            untouched,
            ours: &ours,
            now: NOW,
        });
        prop_assert!(outcome != Outcome::Served);
        if status >= 500 {
            prop_assert!(outcome != Outcome::CallerFault, "{:?}", outcome);
        }
        if untouched {
            let is_parameter = matches!(outcome, Outcome::ParameterRejected { .. });
            prop_assert!(!is_parameter);
        }
        if let Outcome::ParameterRejected { param } = outcome {
            prop_assert!(ours.contains(&param));
        }
    }
}
