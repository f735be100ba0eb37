//! nginx from Debian, as the upstream with fixed answers and as the plain proxy that gateways are compared with.

use crate::process::{Owned, pinned};
use crate::upstream::event;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// How long one may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A free port of this machine.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A loopback address.
pub(crate) fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Waits until somebody listens there.
pub(crate) fn wait_for(port: u16) -> io::Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(local(port)).is_err() {
        if begun.elapsed() > PATIENCE {
            return Err(io::Error::other(format!("nobody listens on port {port}")));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Starts an nginx that answers: `/json/` with a whole answer of 0.7 kB, `/sse/` with a stream of 16 events at once, `/429/`
/// with a refusal; each at the addresses of OpenAI Chat Completions.
pub(crate) fn upstream(folder: &Path, port: u16, core: Option<usize>) -> io::Result<Owned> {
    let answers = format!(
        "default_type application/json;\n\
         location /json/ {{ return 200 '{}'; }}\n\
         location /sse/ {{ default_type text/event-stream; return 200 '{}'; }}\n\
         location /429/ {{ return 429 '{{\"error\":{{\"message\":\"Rate limit reached\",\"type\":\"requests\",\
         \"code\":\"rate_limit_exceeded\"}}}}'; }}\n\
         location ~ /models$ {{ return 200 '{{\"object\":\"list\",\"data\":[]}}'; }}\n",
        whole_answer(),
        stream_answer()
    );
    start(folder, "upstream", port, core, "", &answers)
}

/// Starts an nginx that passes everything on: what begins with `/paced/` or `/whole/` to `streams`, the rest to `fixed`.
pub(crate) fn proxy(folder: &Path, port: u16, fixed: u16, streams: u16, core: Option<usize>) -> io::Result<Owned> {
    let pools = format!(
        "upstream fixed {{ server 127.0.0.1:{fixed}; keepalive 256; keepalive_requests 1000000000; }}\n\
         upstream streams {{ server 127.0.0.1:{streams}; keepalive 256; keepalive_requests 1000000000; }}\n"
    );
    let passing = "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_request_buffering off;\n\
                   location / { proxy_pass http://fixed; }\n\
                   location /whole/ { proxy_pass http://streams; }\n\
                   location /paced/ { proxy_buffering off; proxy_pass http://streams; }\n";
    start(folder, "proxy", port, core, &pools, passing)
}

fn start(folder: &Path, name: &str, port: u16, core: Option<usize>, above: &str, inside: &str) -> io::Result<Owned> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder)?;
    let mut temporary = String::new();
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        writeln!(temporary, "{kind}_temp_path {};", folder.join(kind).display()).expect("a string takes all");
    }
    let config = format!(
        "daemon off; worker_processes 1; pid {pid}; error_log {log} error;\n\
         worker_rlimit_nofile 20000;\n\
         events {{ worker_connections 15000; }}\n\
         http {{ access_log off; {temporary} tcp_nodelay on; keepalive_requests 1000000000; client_max_body_size 0;\n\
         client_body_buffer_size 8m;\n{above}\
         server {{ listen 127.0.0.1:{port} backlog=8192;\n{inside}}} }}\n",
        pid = folder.join("pid").display(),
        log = folder.join("error.log").display(),
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, config)?;
    let mut command = pinned("nginx", core);
    command.arg("-p").arg(&folder).arg("-c").arg(&file).arg("-e").arg(folder.join("error.log"));
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.map_err(|error| io::Error::other(format!("nginx can't be started ({error}); install it")))?;
    let owned = Owned(child);
    wait_for(port)?;
    Ok(owned)
}

/// A whole answer of OpenAI Chat Completions, 0.7 kB.
pub(crate) fn whole_answer() -> String {
    let words = "The quick answer to a question that somebody asked, in a few plain words. ".repeat(5);
    format!(
        "{{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1760000000,\"model\":\"bench\",\"choices\":[{{\
         \"index\":0,\"message\":{{\"role\":\"assistant\",\"content\":\"{words}\",\"refusal\":null}},\"logprobs\":null,\
         \"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":560,\"completion_tokens\":80,\"total_tokens\":640}}}}"
    )
}

/// A stream of 16 events of the same.
pub(crate) fn stream_answer() -> String {
    let mut text = event(r#"{"role":"assistant","content":""}"#, "null");
    for _ in 0..14 {
        text += &event(r#"{"content":" a few words"}"#, "null");
    }
    text + &event("{}", r#""stop""#) + "data: [DONE]\n\n"
}
