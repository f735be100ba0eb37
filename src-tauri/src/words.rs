//! What the shell says outside the page: in the tray and in notifications.

use crate::notices::Kind;
use mainstay_engine::view::{ActiveRoute, LiveMember, MemberState};

pub(crate) const OPEN: &str = "Open Mainstay";
pub(crate) const SERVES: &str = "Load balancer or profile";
pub(crate) const PIN: &str = "Pin to";
pub(crate) const UNPINNED: &str = "None: by its policy";
pub(crate) const PAUSE: &str = "Pause notifications";
pub(crate) const QUIT: &str = "Quit";
pub(crate) const NO_ENGINE: &str = "The gateway did not start";
pub(crate) const STARTING: &str = "The gateway is starting";

/// A notification: what happened, and the line under it.
pub(crate) type Said = (String, String);

/// One line: who serves.
pub(crate) fn sentence(active: Option<&ActiveRoute>, members: &[LiveMember], offline: bool) -> String {
    let Some(active) = active else { return "Nothing is set to serve".to_owned() };
    if offline {
        return "This computer seems to be offline".to_owned();
    }
    let serving: Vec<&str> =
        members.iter().filter(|each| each.state == MemberState::Serving).map(|each| each.name.as_str()).collect();
    match serving.as_slice() {
        [] => "No member can serve".to_owned(),
        [one] if active.pinned.as_deref() == Some(*one) => format!("{one} is serving, pinned"),
        [one] => format!("{one} is serving"),
        [one, rest @ ..] => format!("{one} and {} more share the load", rest.len()),
    }
}

/// Under the first line: how well that is protected.
pub(crate) fn protection(ready: u32, members: usize) -> String {
    match (ready, members) {
        (0, _) => "Requests fail until one is back".to_owned(),
        (1, 1) => "Not protected: it is the only member".to_owned(),
        (1, _) => "Not protected: no other member is ready".to_owned(),
        (ready, members) => format!("Protected: {ready} of {members} ready"),
    }
}

fn why(member: &LiveMember) -> String {
    match &member.why {
        Some(why) => format!("{}: {}.", member.name, why.trim_end_matches('.')),
        None => format!("{} is out.", member.name),
    }
}

pub(crate) fn failed_over(from: &LiveMember, to: &str) -> Said {
    (format!("{to} took over"), why(from))
}

pub(crate) fn one_less(out: &LiveMember) -> Said {
    (format!("{} is out", out.name), format!("{} The others take its share.", why(out)))
}

pub(crate) fn back(name: &str) -> Said {
    (format!("{name} is serving again"), "It is the first choice.".to_owned())
}

pub(crate) fn all_out(route: &str) -> Said {
    (format!("No member of {route} can serve"), "Requests fail until one is back.".to_owned())
}

pub(crate) fn login_needed(member: &LiveMember) -> Said {
    (format!("{} needs a key or login", member.name), why(member))
}

pub(crate) fn paid(by: &str, usd: f64) -> Said {
    let title = "First failover of the day that costs money".to_owned();
    (title, format!("{by} answered for ${usd:.3}."))
}

pub(crate) fn closed_to_tray() -> Said {
    let body = "Your tools keep working. Its icon in the tray opens the window again, or quits.";
    ("Mainstay keeps running".to_owned(), body.to_owned())
}

pub(crate) fn closed_to_taskbar() -> Said {
    let body = "Your tools keep working. The taskbar opens the window again; Settings, Window quits.";
    ("Mainstay keeps running".to_owned(), body.to_owned())
}

/// The name that a test and the log know a kind by.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::FailedOver => "failed-over",
        Kind::Back => "back",
        Kind::AllOut => "all-out",
        Kind::LoginNeeded => "login-needed",
        Kind::Paid => "paid",
    }
}
