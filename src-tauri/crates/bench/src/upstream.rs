//! A provider for streams: each event says when it was sent, so that its way can be timed to the nanosecond, which the
//! practice providers have no reason to do. It runs as a process of its own (`mainstay-bench upstream`).
//!
//! The path says what is wanted: `/paced/EVENTS/MILLISECONDS/…` a stream, `/dies/…` a head and then nothing, `/whole/…` a
//! whole answer once the whole request has come (nginx answers a large one before that).

use crate::nginx::whole_answer;
use nix::time::{ClockId, clock_gettime};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

/// Nanoseconds of the clock that all processes of a machine share.
pub(crate) fn clock() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).map(Duration::from).unwrap_or_default();
    crate::load::nanos(now)
}

/// Serves until the process ends.
pub(crate) async fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        // Whoever goes away ends only its own connection.
        tokio::spawn(async move { drop(connection(stream).await) });
    }
}

async fn connection(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(8 << 10);
    loop {
        buffer.clear();
        let path = loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
            if let Some(path) = whole(&buffer)? {
                break path;
            }
        };
        match Wanted::of(&path) {
            Wanted::Stream { events, between } => tell(&mut stream, events, between).await?,
            Wanted::Death => return stream.write_all(HEAD.as_bytes()).await,
            Wanted::Whole => stream.write_all(json(&whole_answer()).as_bytes()).await?,
            Wanted::Else => stream.write_all(json(r#"{"data":[]}"#).as_bytes()).await?,
        }
    }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn json(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// The path of a request that has come whole.
fn whole(buffer: &[u8]) -> io::Result<Option<String>> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut fields);
    let parsed = request.parse(buffer).map_err(|error| io::Error::other(error.to_string()))?;
    let httparse::Status::Complete(head) = parsed else { return Ok(None) };
    let length = request.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|field| std::str::from_utf8(field.value).ok()?.parse().ok()).unwrap_or(0);
    Ok((buffer.len() >= head + length).then(|| request.path.unwrap_or_default().to_owned()))
}

enum Wanted {
    Stream { events: u32, between: Duration },
    Death,
    Whole,
    Else,
}

impl Wanted {
    fn of(path: &str) -> Self {
        let mut parts = path.split('/').skip(1);
        match parts.next() {
            Some("paced") if path.contains("completions") => {
                let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
                Self::Stream { events: number(), between: Duration::from_millis(u64::from(number())) }
            }
            Some("whole") if path.contains("completions") => Self::Whole,
            Some("dies") if path.contains("completions") => Self::Death,
            _ => Self::Else,
        }
    }
}

async fn tell(stream: &mut TcpStream, events: u32, between: Duration) -> io::Result<()> {
    stream.write_all(HEAD.as_bytes()).await?;
    let begun = Instant::now();
    for index in 0..events {
        sleep_until(begun + between * index).await;
        // A word's length, as providers send them.
        let event = event(&format!(r#"{{"content":"@{}@ word"}}"#, clock()), "null");
        stream.write_all(chunk(&event).as_bytes()).await?;
    }
    let last = event("{}", r#""stop""#) + "data: [DONE]\n\n";
    stream.write_all(format!("{}0\r\n\r\n", chunk(&last)).as_bytes()).await
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// An event of a stream of OpenAI Chat Completions.
pub(crate) fn event(delta: &str, finish: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"bench\",\
         \"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]}}\n\n"
    )
}
