//! The live subscription as server-sent events: one frame an event, each in JSON.

use crate::feed::Feed;
use crate::view::LiveFrame;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Bytes, Frame};
use mainstay_gateway::Body;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

/// How often something is sent when nothing happens, so that both ends notice when the other is gone.
const BEAT: Duration = Duration::from_secs(15);

/// Follows the engine until the client goes away or the engine closes. The first frame holds the whole state, so whoever
/// connects again is in step again.
pub(super) fn answer(mut feed: Feed, mut closing: watch::Receiver<bool>) -> Response<Body> {
    // One frame may wait: a client that reads slowly gets fewer, not later ones.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let frames = async { while sender.send(event(&feed.next().await)).await.is_ok() {} };
        let beats = async {
            let mut beat = interval(BEAT);
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                beat.tick().await;
                if sender.send(Bytes::from_static(b":\n\n")).await.is_err() {
                    break;
                }
            }
        };
        tokio::select! {
            () = frames => {}
            () = beats => {}
            () = sender.closed() => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
    });
    let mut response = Response::new(Events(receiver).boxed_unsync());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn event(frame: &LiveFrame) -> Bytes {
    // JSON has no line breaks of its own, so one line is the whole event.
    let json = serde_json::to_string(frame).expect("a frame of plain data is JSON");
    Bytes::from(format!("data: {json}\n\n"))
}

/// A body that is written as it comes.
struct Events(mpsc::Receiver<Bytes>);

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}
