//! What can go wrong with a practice provider, and for how many requests.
//!
//! The JSON form (documented for users in docs/simulator.md) is the only form that travels; unknown kinds and unknown
//! fields are errors, because a misspelt fault that silently does nothing would make a test pass for the wrong reason.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::{Map, Value};

use crate::random::Random;

/// A fault and how long it lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// For how many requests; then the provider is healthy again (or the next step of its script begins).
    /// `None`: until it is cleared or replaced; inside a script: one request.
    pub times: Option<u32>,
}

/// What goes wrong.
///
/// `after_events` counts the events of the provider's stream (docs/simulator.md lists them); it is limited so that the
/// stop reason is never sent. In an answer that isn't streamed, what strikes mid-stream strikes in the middle of the body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultKind {
    /// Nothing: a good answer. Useful as a step of a script.
    Healthy {},
    /// An answer with this status, whatever the request says.
    Status {
        /// From 200 to 599.
        #[serde(with = "status")]
        status: StatusCode,
        /// Headers of the answer. A value is a string or a list of strings.
        #[serde(default, with = "headers", skip_serializing_if = "HeaderMap::is_empty")]
        headers: HeaderMap,
        /// The body: a string is sent as it is, anything else as JSON. Absent: the provider's own body for that status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
    },
    /// The request is read and never answered.
    HangBeforeHeaders {},
    /// The stream stops after so many events and stays open.
    HangMidStream {
        /// Events sent first.
        after_events: usize,
    },
    /// The connection is reset (TCP RST) before any byte of an answer.
    Reset {},
    /// The connection is reset (TCP RST) after so many events.
    ResetMidStream {
        /// Events sent first.
        after_events: usize,
    },
    /// The stream ends after so many events, with no stop reason and no error.
    CutMidStream {
        /// Events sent first.
        after_events: usize,
        /// `false`: the HTTP body ends properly (its last chunk is sent), so that only the missing stop reason shows the
        /// loss. `true`: the connection is closed without the last chunk.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        abrupt: bool,
    },
    /// Status 200 with an error inside: an error event in a stream, an error body otherwise.
    #[serde(rename = "error-in-200")]
    ErrorIn200 {
        /// The error's JSON. Absent: what the provider sends when it is overloaded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
        /// Events sent before the error event.
        #[serde(default)]
        after_events: usize,
    },
    /// Status 200 with the right content type and no body at all.
    #[serde(rename = "empty-200")]
    Empty200 {},
    /// Status 200 with an HTML page, as proxies and captive portals send.
    #[serde(rename = "html-200")]
    Html200 {},
    /// A good answer with a pause before each event.
    SlowDrip {
        /// Milliseconds before each event.
        ms_between: u64,
    },
    /// A good answer that begins late.
    SlowStart {
        /// Milliseconds before the first byte of the answer.
        ms: u64,
    },
    /// 400 to a request that carries one of these parameters, as models answer that don't take them.
    /// `temperature` is accepted when it is 1.
    RefuseParameters {
        /// Parameter names as this provider spells them; for Gemini those inside `generationConfig`.
        names: Vec<String>,
    },
    /// The answer to a wrong key, whatever key came.
    RejectKey {},
    /// A proper answer with a stop reason and no content.
    NoContent {},
    /// Each request draws one of several faults, or none.
    Random(Random),
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self { kind, times: None }
    }
}

impl Fault {
    /// This status with the provider's own error body for it.
    pub fn status(status: StatusCode) -> Self {
        FaultKind::Status { status, headers: HeaderMap::new(), body: None }.into()
    }

    /// Reads the JSON form, e.g. `json!({"kind":"status","status":429,"headers":{"retry-after":"60"}})`.
    ///
    /// # Errors
    /// An unknown kind, an unknown or missing field, a status outside 200..=599, a header that HTTP doesn't allow or
    /// that describes the message's own framing, or `times` of zero.
    pub fn from_json(json: Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(json)
    }

    /// The same fault for `times` requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Adds a header to a [`FaultKind::Status`]; does nothing to other kinds, which have none.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let FaultKind::Status { headers, .. } = &mut self.kind {
            headers.append(name, value);
        }
        self
    }

    /// Sets the body of a [`FaultKind::Status`] or [`FaultKind::ErrorIn200`]; does nothing to other kinds.
    #[must_use]
    pub fn with_body(mut self, json: Value) -> Self {
        if let FaultKind::Status { body, .. } | FaultKind::ErrorIn200 { body, .. } = &mut self.kind {
            *body = Some(json);
        }
        self
    }

    /// [`FaultKind::HangBeforeHeaders`].
    pub fn hang_before_headers() -> Self {
        FaultKind::HangBeforeHeaders {}.into()
    }

    /// [`FaultKind::HangMidStream`].
    pub fn hang_mid_stream(after_events: usize) -> Self {
        FaultKind::HangMidStream { after_events }.into()
    }

    /// [`FaultKind::Reset`].
    pub fn reset() -> Self {
        FaultKind::Reset {}.into()
    }

    /// [`FaultKind::ResetMidStream`].
    pub fn reset_mid_stream(after_events: usize) -> Self {
        FaultKind::ResetMidStream { after_events }.into()
    }

    /// [`FaultKind::CutMidStream`] with a proper end of the HTTP body.
    pub fn cut_mid_stream(after_events: usize) -> Self {
        FaultKind::CutMidStream { after_events, abrupt: false }.into()
    }

    /// [`FaultKind::ErrorIn200`] with the provider's own error, as the first event.
    pub fn error_in_200() -> Self {
        FaultKind::ErrorIn200 { body: None, after_events: 0 }.into()
    }

    /// [`FaultKind::Empty200`].
    pub fn empty_200() -> Self {
        FaultKind::Empty200 {}.into()
    }

    /// [`FaultKind::Html200`].
    pub fn html_200() -> Self {
        FaultKind::Html200 {}.into()
    }

    /// [`FaultKind::SlowDrip`].
    pub fn slow_drip(ms_between: u64) -> Self {
        FaultKind::SlowDrip { ms_between }.into()
    }

    /// [`FaultKind::SlowStart`].
    pub fn slow_start(ms: u64) -> Self {
        FaultKind::SlowStart { ms }.into()
    }

    /// [`FaultKind::RefuseParameters`].
    pub fn refuse_parameters<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        FaultKind::RefuseParameters { names: names.into_iter().map(Into::into).collect() }.into()
    }

    /// [`FaultKind::RejectKey`].
    pub fn reject_key() -> Self {
        FaultKind::RejectKey {}.into()
    }

    /// [`FaultKind::NoContent`].
    pub fn no_content() -> Self {
        FaultKind::NoContent {}.into()
    }

    /// [`FaultKind::Healthy`].
    pub fn healthy() -> Self {
        FaultKind::Healthy {}.into()
    }
}

// Written by hand: serde's `flatten` can't be combined with `deny_unknown_fields`.
impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::<String, Value>::deserialize(deserializer)?;
        let times = match fields.shift_remove("times") {
            None => None,
            Some(value) => match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
                Some(n) if n > 0 => Some(n),
                _ => return Err(D::Error::custom("`times` must be a whole number from 1 up")),
            },
        };
        let kind = FaultKind::deserialize(Value::Object(fields)).map_err(D::Error::custom)?;
        Ok(Self { kind, times })
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serde_json::to_value(&self.kind).map_err(S::Error::custom)?;
        if let (Some(times), Some(fields)) = (self.times, json.as_object_mut()) {
            fields.insert("times".to_owned(), times.into());
        }
        json.serialize(serializer)
    }
}

mod status {
    use super::{Deserialize, Deserializer, Serializer, StatusCode};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(status.as_u16())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
        let code = u16::deserialize(deserializer)?;
        match StatusCode::from_u16(code) {
            Ok(status) if (200..=599).contains(&code) => Ok(status),
            _ => Err(D::Error::custom(format_args!("status {code} is not in 200..=599"))),
        }
    }
}

mod headers {
    use super::{Deserialize, Deserializer, HeaderMap, HeaderName, HeaderValue, Map, Serialize, Serializer, Value};
    use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
    use serde::de::Error as _;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Values {
        One(String),
        Many(Vec<String>),
    }

    pub(super) fn serialize<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = Map::new();
        for name in headers.keys() {
            let mut values: Vec<Value> =
                headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes()).into()).collect();
            let value = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
            json.insert(name.as_str().to_owned(), value);
        }
        json.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderMap, D::Error> {
        let mut headers = HeaderMap::new();
        for (name, value) in Map::<String, Value>::deserialize(deserializer)? {
            let header = HeaderName::try_from(&name)
                .map_err(|_| D::Error::custom(format_args!("`{name}` is not a header name")))?;
            if header == CONTENT_LENGTH || header == TRANSFER_ENCODING {
                return Err(D::Error::custom(format_args!("`{name}` follows from the body and can't be set")));
            }
            let values = match Values::deserialize(value) {
                Ok(Values::One(value)) => vec![value],
                Ok(Values::Many(values)) => values,
                Err(_) => {
                    return Err(D::Error::custom(format_args!(
                        "header `{name}` must be a string or a list of strings"
                    )));
                }
            };
            for value in values {
                let value = HeaderValue::try_from(value).map_err(|_| {
                    D::Error::custom(format_args!("header `{name}` has a value that HTTP doesn't allow"))
                })?;
                headers.append(header.clone(), value);
            }
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_documented_form_is_read_and_written_back_as_it_was() {
        for form in [
            json!({"kind":"healthy"}),
            json!({"kind":"status","status":503}),
            json!({"kind":"status","status":429,"headers":{"retry-after":"60"},"body":{"error":1},"times":2}),
            json!({"kind":"status","status":500,"body":"oops","headers":{"set-cookie":["a=1","b=2"]}}),
            json!({"kind":"hang-before-headers"}),
            json!({"kind":"hang-mid-stream","after_events":3}),
            json!({"kind":"reset","times":1}),
            json!({"kind":"reset-mid-stream","after_events":0}),
            json!({"kind":"cut-mid-stream","after_events":4}),
            json!({"kind":"cut-mid-stream","after_events":4,"abrupt":true}),
            json!({"kind":"error-in-200","body":{"error":{}},"after_events":2}),
            json!({"kind":"empty-200"}),
            json!({"kind":"html-200"}),
            json!({"kind":"slow-drip","ms_between":20}),
            json!({"kind":"slow-start","ms":50}),
            json!({"kind":"refuse-parameters","names":["max_tokens","temperature"]}),
            json!({"kind":"reject-key"}),
            json!({"kind":"no-content"}),
            json!({"kind":"random","seed":1,"rate":0.5,"faults":[{"weight":2,"fault":{"kind":"reset"}}]}),
        ] {
            let fault = Fault::from_json(form.clone()).unwrap_or_else(|e| panic!("{form}: {e}"));
            assert_eq!(serde_json::to_value(&fault).unwrap(), form);
        }
    }

    #[test]
    fn a_fault_that_would_not_do_what_it_says_is_refused() {
        for (form, because) in [
            (json!({"kind":"explode"}), "unknown variant"),
            (json!({"status":429}), "missing field `kind`"),
            (json!({"kind":"reset","after_events":1}), "unknown field `after_events`"),
            (json!({"kind":"status","status":429,"retry_after":"60"}), "unknown field `retry_after`"),
            (json!({"kind":"status"}), "missing field `status`"),
            (json!({"kind":"status","status":101}), "not in 200..=599"),
            (json!({"kind":"status","status":429,"headers":{"a b":"1"}}), "not a header name"),
            (json!({"kind":"status","status":429,"headers":{"a":"1\n2"}}), "doesn't allow"),
            (json!({"kind":"status","status":429,"headers":{"a":60}}), "must be a string"),
            (json!({"kind":"status","status":429,"headers":{"Content-Length":"3"}}), "can't be set"),
            (json!({"kind":"hang-mid-stream"}), "missing field `after_events`"),
            (json!({"kind":"reset","times":0}), "`times` must be"),
            (json!({"kind":"reset","times":"2"}), "`times` must be"),
        ] {
            let error = Fault::from_json(form.clone()).expect_err(&form.to_string()).to_string();
            assert!(error.contains(because), "{form}: {error}");
        }
    }
}
