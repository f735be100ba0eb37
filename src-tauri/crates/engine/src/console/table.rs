//! The commands, listed once: what is understood, what help prints, what is offered while typing.

use super::said::{Report, Said};
use serde::Serialize;
use ts_rs::TS;

/// What may stand at a place of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Exactly this word.
    Word(&'static str),
    /// A provider of the catalogue.
    Provider,
    /// A model of the draft's provider.
    Model,
    /// A profile or balancer.
    Profile,
    /// A profile, any number of times.
    Profiles,
    /// A balancer's policy.
    Policy,
    /// A setting's name.
    Setting,
    /// A parameter's name.
    Parameter,
    /// Anything else; what it is called in the usage.
    Any(&'static str),
}

/// One command.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) places: &'static [Place],
    pub(crate) help: &'static str,
}

use Place::{Any, Model, Parameter, Policy, Profile, Profiles, Provider, Setting, Word};

/// All commands, in the order in which help prints them.
pub(crate) const TABLE: &[Entry] = &[
    Entry { places: &[Word("/auth")], help: "State of each provider: reachable or why not, login, requests and share" },
    Entry {
        places: &[Word("/auth"), Provider, Word("enable")],
        help: "Allow logins for a provider, and log in if nobody is",
    },
    Entry { places: &[Word("/auth"), Provider, Word("disable")], help: "Use no login for a provider" },
    Entry { places: &[Word("/auth"), Provider, Word("login")], help: "Log in through the browser" },
    Entry {
        places: &[Word("/auth"), Provider, Word("logout")],
        help: "Forget a provider's login; with several accounts, name one",
    },
    Entry { places: &[Word("/auth"), Provider, Word("status")], help: "State of one provider" },
    Entry { places: &[Word("/provider"), Provider], help: "Begin a new draft with this provider" },
    Entry { places: &[Word("/model"), Model], help: "The draft's model" },
    Entry {
        places: &[Word("/key"), Any("KEY")],
        help: "The key of the profile that is saved next; - reads standard input",
    },
    Entry { places: &[Word("/key"), Word("save"), Any("NAME"), Any("KEY")], help: "Keep a key under a name" },
    Entry { places: &[Word("/key"), Word("load"), Any("NAME")], help: "The draft uses the key kept under a name" },
    Entry { places: &[Word("/key"), Word("list")], help: "The keys that are kept" },
    Entry { places: &[Word("/key"), Word("delete"), Any("NAME")], help: "Forget the key kept under a name" },
    Entry { places: &[Word("/keyfile"), Any("PATH")], help: "The draft's key is in this file" },
    Entry { places: &[Word("/baseurl"), Any("URL")], help: "Where the draft's requests go" },
    Entry {
        places: &[Word("/set"), Word("modelparam"), Parameter, Any("VALUE")],
        help: "A parameter of the draft's requests",
    },
    Entry {
        places: &[Word("/set"), Word("unset"), Word("modelparam"), Parameter],
        help: "Take a parameter out of the draft",
    },
    Entry { places: &[Word("/set"), Word("unset"), Setting], help: "Take a setting out of the draft" },
    Entry { places: &[Word("/set"), Setting, Any("VALUE")], help: "A setting of the draft" },
    Entry {
        places: &[Word("/profile"), Word("save"), Word("model"), Any("NAME")],
        help: "Save the draft as a profile",
    },
    Entry {
        places: &[Word("/profile"), Word("save"), Word("loadbalancer"), Any("NAME"), Policy, Profiles],
        help: "Save a load balancer over profiles; under weighted each is NAME:WEIGHT",
    },
    Entry { places: &[Word("/profile"), Word("save"), Any("NAME")], help: "Save the draft as a profile" },
    Entry {
        places: &[Word("/profile"), Word("load"), Profile],
        help: "From now on this serves requests that name none",
    },
    Entry { places: &[Word("/profile"), Word("list")], help: "All profiles and balancers" },
    Entry { places: &[Word("/profile"), Word("show"), Profile], help: "One profile's file" },
    Entry { places: &[Word("/profile"), Word("delete"), Profile], help: "Delete a profile that no balancer lists" },
    Entry {
        places: &[Word("/profile"), Word("set-default"), Profile],
        help: "What a new start begins with, here and in the llxprt CLI; none for nothing",
    },
    Entry {
        places: &[Word("/stats"), Word("buckets")],
        help: "Who serves now and why, then requests, share and last use",
    },
    Entry { places: &[Word("/stats"), Word("lb")], help: "The active balancer, member by member" },
    Entry { places: &[Word("/stats"), Word("quota")], help: "What is left of each account's limits" },
    Entry { places: &[Word("/help")], help: "This list" },
];

impl Place {
    /// How the place is written in a usage.
    pub(crate) fn usage(self) -> String {
        match self {
            Word(word) => word.to_owned(),
            Provider => "PROVIDER".to_owned(),
            Model => "MODEL".to_owned(),
            Profile => "NAME".to_owned(),
            Profiles => "PROFILE…".to_owned(),
            Policy => "failover|roundrobin|weighted".to_owned(),
            Setting => "SETTING".to_owned(),
            Parameter => "PARAMETER".to_owned(),
            Any(name) => name.to_owned(),
        }
    }
}

impl Entry {
    /// The command as help prints it: `/profile load NAME`.
    pub(crate) fn usage(&self) -> String {
        self.places.iter().map(|place| place.usage()).collect::<Vec<_>>().join(" ")
    }

    /// Whether what has been typed so far can still become this command.
    fn fits(&self, typed: &[&str]) -> bool {
        let many = matches!(self.places.last(), Some(Profiles));
        let within = typed.len() <= self.places.len() || many;
        within
            && typed.iter().zip(self.places).all(|(word, place)| match place {
                Word(fixed) => fixed == word,
                _ => true,
            })
    }
}

/// What help prints.
pub(crate) fn help() -> Said {
    let usages: Vec<String> = TABLE.iter().map(Entry::usage).collect();
    let widest = usages.iter().map(|usage| usage.chars().count()).max().unwrap_or_default();
    let line = |(usage, entry): (&String, &Entry)| format!("{usage:widest$}  {}", entry.help);
    let text = usages.iter().zip(TABLE).map(line).collect::<Vec<_>>().join("\n");
    let mut report = Report::new(["Command", "Meaning"]);
    for (usage, entry) in usages.iter().zip(TABLE) {
        report.row([usage.clone(), entry.help.to_owned()]);
    }
    Said::table(text, report)
}

/// The usages that begin with the same words, for the hint of an error.
pub(crate) fn usages_like(typed: &[&str]) -> Vec<String> {
    for length in (1..=typed.len().min(3)).rev() {
        let alike: Vec<String> = TABLE.iter().filter(|entry| entry.fits(&typed[..length])).map(Entry::usage).collect();
        if !alike.is_empty() {
            return alike;
        }
    }
    Vec::new()
}

/// Names that can stand at a place, as this engine has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) providers: Vec<String>,
    pub(crate) models: Vec<String>,
    pub(crate) profiles: Vec<String>,
    pub(crate) settings: Vec<String>,
    pub(crate) parameters: Vec<String>,
}

/// Something that can come next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
pub struct Completion {
    /// The word; empty where anything may stand, such as a value.
    pub word: String,
    /// The command that it leads to, as help has it.
    pub usage: String,
    /// What that command does.
    pub help: String,
}

/// What can come next where the last word of `line` stands (an empty one after a space).
pub(crate) fn complete(line: &str, names: &Names) -> Vec<Completion> {
    let mut typed: Vec<&str> = super::words::words(line).into_iter().map(|word| word.text).collect();
    let begun = if line.ends_with(char::is_whitespace) || line.is_empty() { "" } else { typed.pop().unwrap_or("") };
    let mut found: Vec<Completion> = Vec::new();
    for entry in TABLE.iter().filter(|entry| entry.fits(&typed)) {
        let place = entry.places.get(typed.len()).or_else(|| entry.places.last().filter(|last| **last == Profiles));
        let Some(place) = place else { continue };
        let policies = ["failover", "roundrobin", "weighted"].map(str::to_owned);
        let words: &[String] = match place {
            Word(word) => &[(*word).to_owned()],
            Provider => &names.providers,
            Model => &names.models,
            Profile | Profiles => &names.profiles,
            Policy => &policies,
            Setting => &names.settings,
            Parameter => &names.parameters,
            Any(_) => &[],
        };
        let open = matches!(place, Any(_)) || (words.is_empty() && !matches!(place, Word(_)));
        if open && !found.iter().any(|known| known.word.is_empty() && known.usage == entry.usage()) {
            found.push(Completion { word: String::new(), usage: entry.usage(), help: entry.help.to_owned() });
        }
        for word in words.iter().filter(|word| word.starts_with(begun)) {
            if found.iter().all(|known| known.word != *word) {
                let quoted = if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.clone() };
                found.push(Completion { word: quoted, usage: entry.usage(), help: entry.help.to_owned() });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(line: &str) -> Vec<String> {
        let names = Names {
            providers: vec!["anthropic".into(), "openai".into()],
            profiles: vec!["my own".into(), "ha-failover".into()],
            ..Names::default()
        };
        complete(line, &names).into_iter().map(|completion| completion.word).collect()
    }

    #[test]
    fn what_comes_next_is_offered_from_the_table() {
        assert_eq!(offered("/pro"), ["/provider", "/profile"]);
        assert_eq!(offered("/provider a"), ["anthropic"]);
        assert_eq!(offered("/auth openai "), ["enable", "disable", "login", "logout", "status"]);
        assert_eq!(offered("/profile load "), ["\"my own\"", "ha-failover"]);
        assert_eq!(offered("/profile save loadbalancer x "), ["failover", "roundrobin", "weighted"]);
        assert_eq!(offered("/profile save loadbalancer x failover ha-failover h"), ["ha-failover"]);
        assert_eq!(offered("nonsense "), [""; 0]);
        assert_eq!(offered("/set modelparam temperature 0.2"), [""], "any value, told by its usage");
        assert_eq!(offered("/key s"), ["", "save"]);
    }

    #[test]
    fn help_names_every_command() {
        let help = help().text;
        assert_eq!(help.lines().count(), TABLE.len());
        assert!(help.contains("/profile save loadbalancer NAME failover|roundrobin|weighted PROFILE…"));
    }
}
