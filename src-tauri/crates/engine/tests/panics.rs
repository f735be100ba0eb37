//! A panic is told in the log, and quotes no secret that the engine knows. Alone in its file: the hook is the process's.

use mainstay_engine::{Engine, NetworkOverrides, Options, Practice, SecretString, StoreKind};
use std::io::Write;
use std::sync::{Arc, Mutex};

const TOKEN: &str = "mst-canary-of-the-panic-test";

/// The log, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_panic_that_quotes_a_secret_is_told_without_it() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).init();
    let home = tempfile::tempdir().expect("a folder for the test");
    let engine = Engine::start(Options {
        listen: ([127, 0, 0, 1], 0).into(),
        allow_remote: false,
        allow_hosts: Vec::new(),
        allow_origins: Vec::new(),
        profiles_dir: Some(home.path().join("profiles")),
        data_dir: home.path().join("data"),
        profile: None,
        secrets: Some(StoreKind::Memory),
        practice: Practice::Off,
        without_keyring: false,
        token: Some(SecretString::from(TOKEN)),
        catalogue: None,
        network: NetworkOverrides::default(),
        window: None,
    })
    .await
    .expect("the engine starts");
    engine.tell_panics();

    let panicked = std::thread::Builder::new().name("a-clumsy-thread".to_owned());
    let panicked = panicked.spawn(|| panic!("the header was Bearer {TOKEN}, oh dear")).expect("a thread").join();
    assert!(panicked.is_err());
    let told = String::from_utf8(log.0.lock().expect("nobody panics with it").clone()).expect("text");
    assert!(told.contains("a-clumsy-thread") && told.contains("tests/panics.rs"), "{told}");
    assert!(told.contains("the header was Bearer [redacted], oh dear") && !told.contains(TOKEN), "{told}");
}
