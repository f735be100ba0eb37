//! `GET /v1/models`: load balancers first, then profiles (failover §5).
//!
//! One shape that both families of clients read: OpenAI's `object`, `created`, `owned_by` beside Anthropic's `type`,
//! `display_name`, `created_at`.

use crate::answer::{Body, json};
use crate::routing::{RouteKind, Routing};
use http::{Response, StatusCode};
use serde_json::{Value, json as value};

pub(crate) fn models(routing: &Routing) -> Response<Body> {
    let of = |kind| routing.routes().iter().filter(move |route| route.kind == kind);
    let data: Vec<Value> = of(RouteKind::Balancer)
        .chain(of(RouteKind::Single))
        .map(|route| {
            value!({
                "id": &*route.name,
                "object": "model",
                "created": 0,
                "owned_by": "mainstay",
                "type": "model",
                "display_name": &*route.name,
                "created_at": "1970-01-01T00:00:00Z",
            })
        })
        .collect();
    let id = |entry: Option<&Value>| entry.map_or(Value::Null, |entry| entry["id"].clone());
    let (first_id, last_id) = (id(data.first()), id(data.last()));
    let body = value!({ "object": "list", "data": data, "has_more": false, "first_id": first_id, "last_id": last_id });
    json(StatusCode::OK, body.to_string())
}
