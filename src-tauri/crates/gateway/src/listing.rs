//! Lists of models: load balancers first, then profiles (failover §5), in the shape that the client reads.
//!
//! Names are what a client gives as `model` to be served by that balancer or profile. What a provider would say of a model
//! besides (dates, sizes) is not known of a name that stands for several, and is left out or is the epoch.

use crate::answer::{Body, json};
use crate::call::Shape;
use crate::routing::{RouteKind, Routing};
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json as value};

/// One client's way to describe a model.
#[derive(Clone, Copy)]
enum Wording {
    Openai,
    Anthropic,
    Gemini,
}

impl Wording {
    fn of(shape: Shape, headers: &HeaderMap) -> Self {
        match shape {
            Shape::Gemini => Self::Gemini,
            Shape::OpenaiOrAnthropic if headers.contains_key("anthropic-version") => Self::Anthropic,
            Shape::OpenaiOrAnthropic => Self::Openai,
        }
    }

    fn model(self, name: &str) -> Value {
        match self {
            Self::Openai => value!({ "id": name, "object": "model", "created": 0, "owned_by": "mainstay" }),
            Self::Anthropic => value!({
                "type": "model",
                "id": name,
                "display_name": name,
                "created_at": "1970-01-01T00:00:00Z",
            }),
            Self::Gemini => value!({
                "name": format!("models/{name}"),
                "version": "1",
                "displayName": name,
                "supportedGenerationMethods": ["generateContent", "streamGenerateContent", "countTokens"],
            }),
        }
    }

    fn list(self, models: &[Value]) -> Value {
        match self {
            Self::Openai => value!({ "object": "list", "data": models }),
            Self::Anthropic => {
                let id = |entry: Option<&Value>| entry.map_or(Value::Null, |entry| entry["id"].clone());
                let (first_id, last_id) = (id(models.first()), id(models.last()));
                value!({ "data": models, "has_more": false, "first_id": first_id, "last_id": last_id })
            }
            Self::Gemini => value!({ "models": models }),
        }
    }
}

/// The list, or one model of it; `None` if there is none of that name.
pub(crate) fn models(
    routing: &Routing,
    shape: Shape,
    one: Option<&str>,
    headers: &HeaderMap,
) -> Option<Response<Body>> {
    let wording = Wording::of(shape, headers);
    if let Some(name) = one {
        let name = name.strip_prefix("models/").unwrap_or(name);
        let route = routing.named(name)?;
        return Some(json(StatusCode::OK, wording.model(&route.name).to_string()));
    }
    let of = |kind| routing.routes().iter().filter(move |route| route.kind == kind);
    let routes = of(RouteKind::Balancer).chain(of(RouteKind::Single));
    let models: Vec<Value> = routes.map(|route| wording.model(&route.name)).collect();
    Some(json(StatusCode::OK, wording.list(&models).to_string()))
}
