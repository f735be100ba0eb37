//! Addresses that the system's browser opens: a provider's login, the page where a key can be had.

use mainstay_engine::Problem;
use url::{Host, Url};

/// Opens an address in the system's browser. Only `https` ones, and `http` ones of this machine: whatever else the system
/// has a program for is none of the page's business.
#[tauri::command]
pub(crate) async fn open_address(address: String) -> Result<(), Problem> {
    let Some(url) = browsable(&address) else {
        return Err(Problem {
            code: "address_not_browsable".to_owned(),
            message: "This address is not one for a browser.".to_owned(),
            hint: "Only https addresses are opened, and http ones of this machine.".to_owned(),
        });
    };
    // The address may hold a login's `state`: it is in no log and in no message.
    let opened = tauri::async_runtime::spawn_blocking(move || open::that_detached(url.as_str())).await;
    let reason = match opened {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error.kind().to_string(),
        Err(error) => error.to_string(),
    };
    Err(Problem {
        code: "browser_not_opened".to_owned(),
        message: format!("The system did not open a browser: {reason}."),
        hint: "Copy the address and open it yourself.".to_owned(),
    })
}

fn browsable(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let own = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && (url.scheme() == "https" || (url.scheme() == "http" && own))).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_given_https_addresses_and_those_of_this_machine_and_nothing_else() {
        for (address, opens) in [
            ("https://login.example/authorize?state=s", true),
            ("http://127.0.0.1:4117/", true),
            ("http://localhost:8765/callback", true),
            ("http://[::1]:1/", true),
            ("http://login.example/", false),
            ("http://127.0.0.1.example/", false),
            ("https://me:secret@login.example/", false),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
            ("mailto:me@login.example", false),
            ("ms-settings:display", false),
            ("--help", false),
            ("", false),
        ] {
            assert_eq!(browsable(address).is_some(), opens, "{address}");
        }
    }
}
