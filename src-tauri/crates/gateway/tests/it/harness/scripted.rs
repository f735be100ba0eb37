//! An upstream that does exactly as it is told, byte by byte.

use super::PATIENCE;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// One thing that an upstream does.
#[derive(Clone)]
pub(crate) enum Do {
    Say(Vec<u8>),
    /// Waits until the test says so.
    Await(Arc<Notify>),
    Pause(Duration),
    /// Waits until the other side is gone.
    Hang,
    Close,
    /// Closes at the very moment at which the connection is used again: the next request is read and not answered.
    CloseAtNext,
    Reset,
}

/// A request that an upstream got.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) head: String,
    pub(crate) body: Value,
    /// The connection that it came on, from 0.
    pub(crate) connection: usize,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// An upstream on loopback that plays its parts, one a request; the last one again and again.
#[derive(Clone)]
pub(crate) struct Scripted(Arc<Stage>);

struct Stage {
    address: SocketAddr,
    parts: Mutex<VecDeque<Vec<Do>>>,
    got: Mutex<Vec<Got>>,
    connections: AtomicUsize,
    left: watch::Sender<usize>,
    arrived: watch::Sender<usize>,
    said: AtomicUsize,
}

impl Scripted {
    pub(crate) async fn start(parts: Vec<Vec<Do>>) -> Self {
        Self::at(Ipv4Addr::LOCALHOST, parts).await
    }

    pub(crate) async fn at(ip: Ipv4Addr, parts: Vec<Vec<Do>>) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.expect("a port");
        let stage = Arc::new(Stage {
            address: listener.local_addr().expect("an address"),
            parts: Mutex::new(parts.into()),
            got: Mutex::default(),
            connections: AtomicUsize::new(0),
            left: watch::Sender::new(0),
            arrived: watch::Sender::new(0),
            said: AtomicUsize::new(0),
        });
        let scripted = Self(Arc::clone(&stage));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = stage.connections.fetch_add(1, Ordering::SeqCst);
                let stage = Arc::clone(&stage);
                tokio::spawn(async move { stage.serve(stream, number).await });
            }
        });
        scripted
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.0.address)
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.0.got.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.0.connections.load(Ordering::SeqCst)
    }

    /// Bytes of answers that the system has taken.
    pub(crate) fn said(&self) -> usize {
        self.0.said.load(Ordering::SeqCst)
    }

    /// Waits until so many requests have come.
    pub(crate) async fn arrived(&self, count: usize) {
        wait(&self.0.arrived, count).await;
    }

    /// Waits until so many clients have gone away before the end.
    pub(crate) async fn left(&self, count: usize) {
        wait(&self.0.left, count).await;
    }
}

async fn wait(what: &watch::Sender<usize>, count: usize) {
    let mut what = what.subscribe();
    tokio::time::timeout(PATIENCE, what.wait_for(|now| *now >= count)).await.expect("in time").expect("a stage");
}

impl Stage {
    async fn serve(&self, mut stream: TcpStream, connection: usize) {
        let mut close_at_next = false;
        loop {
            let Some(mut got) = read_request(&mut stream).await else { return };
            got.connection = connection;
            if close_at_next {
                return;
            }
            let part = {
                let mut parts = self.parts.lock().unwrap();
                if parts.len() > 1 { parts.pop_front().unwrap() } else { parts.front().cloned().unwrap_or_default() }
            };
            self.got.lock().unwrap().push(got);
            self.arrived.send_modify(|count| *count += 1);
            for step in part {
                match step {
                    Do::Say(bytes) => {
                        for piece in bytes.chunks(64 << 10) {
                            if stream.write_all(piece).await.is_err() {
                                self.left.send_modify(|count| *count += 1);
                                return;
                            }
                            self.said.fetch_add(piece.len(), Ordering::SeqCst);
                        }
                    }
                    Do::Await(told) => told.notified().await,
                    Do::Pause(pause) => tokio::time::sleep(pause).await,
                    Do::Hang => {
                        let mut byte = [0];
                        // Nothing more is sent on a connection before its answer: what is read is its end.
                        let _ = stream.read(&mut byte).await;
                        self.left.send_modify(|count| *count += 1);
                        return;
                    }
                    Do::Close => return,
                    Do::CloseAtNext => close_at_next = true,
                    Do::Reset => {
                        stream.set_zero_linger().expect("a reset");
                        return;
                    }
                }
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Got> {
    let mut read = Vec::new();
    let head_end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&read[..head_end]).into_owned();
    let got = Got { head, body: Value::Null, connection: 0 };
    let length: usize = got.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while read.len() < head_end + 4 + length {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    Some(Got { body: serde_json::from_slice(&read[head_end + 4..]).unwrap_or_default(), ..got })
}

/// A whole answer with this status.
pub(crate) fn json_answer(status: u16, headers: &str, body: &Value) -> Do {
    let body = body.to_string();
    let length = body.len();
    Do::Say(
        format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
        )
        .into_bytes(),
    )
}

/// An error in OpenAI's shape, which every reader of errors understands.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Vec<Do> {
    vec![json_answer(status, "", &json!({ "error": { "message": message, "type": code, "code": code } }))]
}

/// The head of a stream.
pub(crate) fn stream_head() -> Do {
    Do::Say(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec())
}

/// A chunk with this text.
pub(crate) fn chunk(text: &str) -> Do {
    Do::Say(format!("{:x}\r\n{text}\r\n", text.len()).into_bytes())
}

pub(crate) fn last_chunk() -> Do {
    Do::Say(b"0\r\n\r\n".to_vec())
}

/// A stream with these events, whole.
pub(crate) fn stream(events: &[String]) -> Vec<Do> {
    [vec![stream_head()], events.iter().map(|event| chunk(event)).collect(), vec![last_chunk()]].concat()
}
