//! HTTP/1.1 as the load speaks it: as little work as possible between the socket and the clock, since the load shares its
//! core with the upstreams.

use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Where requests of one kind go, and what they are.
#[derive(Clone)]
pub(crate) struct Target {
    /// What it is called in the tables.
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
    /// The door's token, where there is a door.
    pub(crate) token: Option<String>,
}

impl Target {
    /// A whole request as it goes over the wire.
    pub(crate) fn request(&self, body: &[u8], more: &str) -> Vec<u8> {
        let token = self.token.as_ref().map(|token| format!("x-mainstay-token: {token}\r\n")).unwrap_or_default();
        let mut request = format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nauthorization: Bearer bench\r\n\
             user-agent: mainstay-bench/1\r\naccept: */*\r\n{token}{more}content-length: {}\r\n\r\n",
            self.path,
            self.address,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }
}

/// One kept connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// How a body ends (RFC 9112 §6).
enum Framing {
    Length(usize),
    Chunked,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 << 10) })
    }

    /// Sends a request, reads its answer to the end, and gives back its status.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (status, framing, head) = self.head().await?;
        match framing {
            Framing::Length(length) => {
                while self.buffer.len() < head + length {
                    self.more().await?;
                }
            }
            Framing::Chunked => {
                while !self.buffer.ends_with(b"0\r\n\r\n") {
                    self.more().await?;
                }
            }
        }
        Ok(status)
    }

    async fn head(&mut self) -> io::Result<(u16, Framing, usize)> {
        loop {
            self.more().await?;
            let mut fields = [httparse::EMPTY_HEADER; 64];
            let mut response = httparse::Response::new(&mut fields);
            let parsed = response.parse(&self.buffer).map_err(|error| io::Error::other(error.to_string()))?;
            let httparse::Status::Complete(head) = parsed else { continue };
            let length = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
            let length = length.and_then(|field| std::str::from_utf8(field.value).ok()?.parse().ok());
            let framing = length.map_or(Framing::Chunked, Framing::Length);
            return Ok((response.code.unwrap_or(0), framing, head));
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Sends a request whose answer is read with [`Connection::chunk`].
    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await
    }

    /// The next bytes as they come; none at the end.
    pub(crate) async fn chunk(&mut self) -> io::Result<&[u8]> {
        self.buffer.clear();
        self.stream.read_buf(&mut self.buffer).await?;
        Ok(&self.buffer)
    }
}
