//! Small real servers on loopback: an upstream with and without TLS, an HTTP proxy, a SOCKS5 proxy.

use rustls::ServerConfig;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What a server heard, in order.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn note(&self, line: impl Into<String>) {
        self.0.lock().expect("nobody panics here").push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("nobody panics here").clone()
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) heard: Heard,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn run<F, R>(serve: F) -> Self
    where
        F: Fn(TcpStream, Heard) -> R + Send + 'static,
        R: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let heard = Heard::default();
        let heard_here = heard.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that goes away in the middle is no fault of the test.
                let serving = serve(stream, heard_here.clone());
                tokio::spawn(async move { drop(serving.await) });
            }
        });
        Self { address, heard, task }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }
}

/// An upstream that answers `hello` to everything, as often as it is asked on a connection.
pub(crate) async fn upstream() -> Server {
    Server::run(|stream, heard| async move {
        heard.note("connection");
        answer(stream, &heard).await
    })
    .await
}

/// The same over TLS. Hears the protocol agreed on by ALPN.
pub(crate) async fn tls_upstream(config: Arc<ServerConfig>) -> Server {
    Server::run(move |stream, heard| {
        let acceptor = TlsAcceptor::from(Arc::clone(&config));
        async move {
            let stream = acceptor.accept(stream).await?;
            let protocol = stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec();
            heard.note(String::from_utf8_lossy(&protocol).into_owned());
            answer(stream, &heard).await
        }
    })
    .await
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, heard: &Heard) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let head = match head(&mut stream).await {
            Ok(head) if head.is_empty() => return Ok(()),
            Ok(head) => head,
            // No text, so not HTTP: what web servers say to that.
            Err(_) => {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await?;
                return stream.shutdown().await;
            }
        };
        heard.note(head[0].clone());
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await?;
        stream.flush().await?;
    }
}

/// The lines of a request's head; none at the end of the connection.
async fn head(stream: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(Vec::new());
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            return Ok(lines);
        }
        lines.push(line);
    }
}

/// How an HTTP proxy behaves.
#[derive(Clone, Copy)]
pub(crate) enum Manner {
    /// Connects whoever asks.
    Open,
    /// Wants this `Proxy-Authorization`.
    Login(&'static str),
    /// Answers everything with this.
    Refuses(&'static str),
    /// Closes the connection when it is asked.
    Hangs,
}

/// An HTTP proxy that takes every name to `target`. Hears the request lines.
pub(crate) async fn http_proxy(manner: Manner, target: SocketAddr) -> Server {
    Server::run(move |stream, heard| proxied(stream, heard, manner, target)).await
}

/// The same behind TLS.
pub(crate) async fn https_proxy(config: Arc<ServerConfig>, target: SocketAddr) -> Server {
    Server::run(move |stream, heard| {
        let acceptor = TlsAcceptor::from(Arc::clone(&config));
        async move { proxied(acceptor.accept(stream).await?, heard, Manner::Open, target).await }
    })
    .await
}

async fn proxied(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    heard: Heard,
    manner: Manner,
    target: SocketAddr,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let head = head(&mut stream).await?;
    let Some(request) = head.first() else { return Ok(()) };
    heard.note(request.clone());
    let refusal = match manner {
        Manner::Open => None,
        Manner::Login(wanted) => {
            let given = head
                .iter()
                .find_map(|line| line.to_ascii_lowercase().starts_with("proxy-authorization: ").then(|| &line[21..]));
            (given != Some(wanted)).then_some("407 Proxy Authentication Required")
        }
        Manner::Refuses(status) => Some(status),
        Manner::Hangs => return Ok(()),
    };
    if let Some(status) = refusal {
        let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(text.as_bytes()).await?;
        return stream.shutdown().await;
    }
    let mut onward = TcpStream::connect(target).await?;
    if request.starts_with("CONNECT ") {
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        stream.flush().await?;
    } else {
        onward.write_all(format!("{}\r\n\r\n", head.join("\r\n")).as_bytes()).await?;
    }
    copy_bidirectional(&mut stream, &mut onward).await.map(drop)
}

/// A SOCKS5 proxy (RFC 1928) that takes every name to `target`, and hears it. `login`: RFC 1929.
pub(crate) async fn socks_proxy(login: Option<(&'static str, &'static str)>, target: SocketAddr) -> Server {
    Server::run(move |mut stream, heard| async move {
        let mut count = [0; 2];
        stream.read_exact(&mut count).await?;
        let mut methods = vec![0; usize::from(count[1])];
        stream.read_exact(&mut methods).await?;
        let wanted = if login.is_some() { 2 } else { 0 };
        if !methods.contains(&wanted) {
            return stream.write_all(&[5, 0xff]).await;
        }
        stream.write_all(&[5, wanted]).await?;
        if let Some((user, password)) = login {
            stream.read_u8().await?;
            let mut given = Vec::new();
            for _ in 0..2 {
                let mut part = vec![0; usize::from(stream.read_u8().await?)];
                stream.read_exact(&mut part).await?;
                given.push(part);
            }
            let known = given == [user.as_bytes(), password.as_bytes()];
            stream.write_all(&[1, u8::from(!known)]).await?;
            if !known {
                return Ok(());
            }
        }
        let mut request = [0; 4];
        stream.read_exact(&mut request).await?;
        let host = match request[3] {
            1 => std::net::Ipv4Addr::from(stream.read_u32().await?).to_string(),
            _ => {
                let mut name = vec![0; usize::from(stream.read_u8().await?)];
                stream.read_exact(&mut name).await?;
                String::from_utf8_lossy(&name).into_owned()
            }
        };
        let port = stream.read_u16().await?;
        heard.note(format!("{host}:{port}"));
        let status = if host == "nowhere.test" { 4 } else { 0 };
        stream.write_all(&[5, status, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
        if status != 0 {
            return Ok(());
        }
        let mut onward = TcpStream::connect(target).await?;
        copy_bidirectional(&mut stream, &mut onward).await.map(drop)
    })
    .await
}

/// A port where nobody listens, and that nobody else gets while this is held.
pub(crate) struct ClosedPort {
    pub(crate) port: u16,
    _socket: TcpSocket,
}

impl ClosedPort {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
        Self { port: socket.local_addr().expect("it is bound").port(), _socket: socket }
    }
}
