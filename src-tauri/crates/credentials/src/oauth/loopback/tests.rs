use secrecy::ExposeSecret as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::*;

fn state() -> SecretString {
    SecretString::from("the-state-of-this-login")
}

/// What a browser gets at a path.
async fn browse(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

async fn waiting() -> (u16, tokio::task::JoinHandle<Result<SecretString, OauthError>>) {
    let loopback = Loopback::bind(&Redirect::default()).await.unwrap();
    let port = loopback.redirect().port().unwrap();
    (port, tokio::spawn(async move { loopback.code_with_state(&state()).await }))
}

#[tokio::test]
async fn the_code_comes_back_and_the_page_says_so() {
    let (port, login) = waiting().await;
    let page = browse(port, "/callback?code=the-code&state=the-state-of-this-login").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("You can close this page") && !page.contains("the-code"));
    assert!(page.contains("frame-ancestors 'none'") && page.contains("no-store"));
    assert_eq!(login.await.unwrap().unwrap().expose_secret(), "the-code");
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "it listens once");
}

#[tokio::test]
async fn what_has_another_state_changes_nothing() {
    let (port, login) = waiting().await;
    for path in ["/callback?code=evil&state=other", "/callback?code=evil", "/callback?error=access_denied", "/callback"]
    {
        assert!(browse(port, path).await.starts_with("HTTP/1.1 400"), "{path}");
    }
    assert!(browse(port, "/other").await.starts_with("HTTP/1.1 404"));
    assert!(!login.is_finished());
    browse(port, "/callback?code=mine&state=the-state-of-this-login").await;
    assert_eq!(login.await.unwrap().unwrap().expose_secret(), "mine");
}

#[tokio::test]
async fn denied_and_refused_are_told_apart() {
    let (port, login) = waiting().await;
    let page = browse(port, "/callback?error=access_denied&state=the-state-of-this-login").await;
    assert!(page.contains("denied"));
    assert_eq!(login.await.unwrap().unwrap_err().code(), "login_denied");
    let (port, login) = waiting().await;
    browse(port, "/callback?error=invalid_scope&error_description=No+such+scope&state=the-state-of-this-login").await;
    assert_eq!(
        login.await.unwrap().unwrap_err().to_string(),
        "the login server refused: invalid_scope (No such scope)"
    );
}

#[tokio::test]
async fn a_taken_port_gives_way_to_the_next_and_at_the_last_it_is_said() {
    let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = first.local_addr().unwrap().port();
    let redirect = |last| Redirect { ports: Some((port, last)), ..Redirect::default() };
    let Err(error) = Loopback::bind(&redirect(port)).await else { panic!("the port is taken") };
    assert_eq!(error.code(), "login_port_taken");
    if let Ok(next) = Loopback::bind(&redirect(port + 20)).await {
        assert!(next.redirect().port().unwrap() > port);
    }
}

#[tokio::test]
async fn a_login_that_is_dropped_listens_no_more() {
    let (port, login) = waiting().await;
    login.abort();
    assert!(login.await.unwrap_err().is_cancelled());
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
