//! What the tray's menu holds, as data.

use super::icon::Mood;
use crate::words;
use mainstay_engine::LiveState;

/// What the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) mood: Mood,
    pub(crate) sentence: String,
    detail: Option<String>,
    /// Routes to choose from, and whether one is in use.
    routes: Vec<(String, bool)>,
    /// The balancer in use, its members, and which one it is pinned to.
    pins: Option<Pins>,
    paused: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pins {
    route: String,
    members: Vec<String>,
    pinned: Option<String>,
}

impl Default for Shown {
    fn default() -> Self {
        Self::without_engine(words::STARTING, false)
    }
}

/// One entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Words that do nothing.
    Line(String),
    Separator,
    Action {
        id: String,
        text: String,
    },
    Check {
        id: String,
        text: String,
        on: bool,
    },
    /// A menu of its own: id, words, whether it is the one.
    Choice {
        text: String,
        among: Vec<(String, String, bool)>,
    },
}

/// What an entry is for, and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Open,
    Quit,
    Pause,
    Use(String),
    Pin { route: String, member: String },
    Unpin(String),
}

impl Choice {
    fn id(&self) -> String {
        match self {
            Self::Open => "open".to_owned(),
            Self::Quit => "quit".to_owned(),
            Self::Pause => "pause".to_owned(),
            Self::Use(name) => format!("use\n{name}"),
            Self::Pin { route, member } => format!("pin\n{route}\n{member}"),
            Self::Unpin(route) => format!("unpin\n{route}"),
        }
    }

    /// Names hold no control characters, so a line break parts them.
    pub(crate) fn parse(id: &str) -> Option<Self> {
        let parts: Vec<&str> = id.split('\n').collect();
        Some(match parts.as_slice() {
            ["open"] => Self::Open,
            ["quit"] => Self::Quit,
            ["pause"] => Self::Pause,
            ["use", name] => Self::Use((*name).to_owned()),
            ["pin", route, member] => Self::Pin { route: (*route).to_owned(), member: (*member).to_owned() },
            ["unpin", route] => Self::Unpin((*route).to_owned()),
            _ => return None,
        })
    }
}

impl Shown {
    /// While no engine runs.
    pub(crate) fn without_engine(sentence: &str, paused: bool) -> Self {
        Self {
            mood: Mood::Waiting,
            sentence: sentence.to_owned(),
            detail: None,
            routes: Vec::new(),
            pins: None,
            paused,
        }
    }

    pub(crate) fn of(state: &LiveState, paused: bool) -> Self {
        let active = state.active.as_ref();
        let sentence = words::sentence(active, &state.members, state.offline.is_some());
        let mood = match (active, state.ready) {
            _ if state.offline.is_some() => Mood::Bad,
            (Some(_), 0) => Mood::Bad,
            (None, _) | (Some(_), 1) => Mood::Waiting,
            _ => Mood::Good,
        };
        let pins = active.filter(|route| route.balancer).map(|route| Pins {
            route: route.name.clone(),
            members: state.members.iter().map(|member| member.name.clone()).collect(),
            pinned: route.pinned.clone(),
        });
        Self {
            mood,
            sentence,
            detail: active.map(|_| words::protection(state.ready, state.members.len())),
            routes: state
                .routes
                .iter()
                .filter(|route| route.balancer || active.is_some_and(|active| active.name == route.name))
                .map(|route| (route.name.clone(), active.is_some_and(|active| active.name == route.name)))
                .collect(),
            pins,
            paused,
        }
    }

    /// The menu, from top to bottom.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let action = |choice: Choice, text: &str| Entry::Action { id: choice.id(), text: text.to_owned() };
        let mut entries = vec![Entry::Line(self.sentence.clone())];
        entries.extend(self.detail.clone().map(Entry::Line));
        entries.push(Entry::Separator);
        entries.push(action(Choice::Open, words::OPEN));
        if !self.routes.is_empty() {
            let among = self.routes.iter().map(|(name, on)| (Choice::Use(name.clone()).id(), name.clone(), *on));
            entries.push(Entry::Choice { text: words::SERVES.to_owned(), among: among.collect() });
        }
        if let Some(Pins { route, members, pinned }) = &self.pins {
            let none = (Choice::Unpin(route.clone()).id(), words::UNPINNED.to_owned(), pinned.is_none());
            let each = members.iter().map(|member| {
                let choice = Choice::Pin { route: route.clone(), member: member.clone() };
                (choice.id(), member.clone(), pinned.as_ref() == Some(member))
            });
            let among = std::iter::once(none).chain(each).collect();
            entries.push(Entry::Choice { text: words::PIN.to_owned(), among });
        }
        entries.push(Entry::Separator);
        entries.push(Entry::Check { id: Choice::Pause.id(), text: words::PAUSE.to_owned(), on: self.paused });
        entries.push(action(Choice::Quit, words::QUIT));
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_was_chosen() {
        for choice in [
            Choice::Open,
            Choice::Quit,
            Choice::Pause,
            Choice::Use("ha".to_owned()),
            Choice::Pin { route: "ha".to_owned(), member: "a b".to_owned() },
            Choice::Unpin("ha".to_owned()),
        ] {
            assert_eq!(Choice::parse(&choice.id()), Some(choice));
        }
        assert_eq!(Choice::parse("pin\nha"), None);
    }

    #[test]
    fn without_an_engine_the_window_and_the_end_are_there() {
        let entries = Shown::default().entries();
        let ids: Vec<&str> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Action { id, .. } | Entry::Check { id, .. } => Some(id.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(ids, ["open", "pause", "quit"]);
        assert_eq!(entries[0], Entry::Line(words::STARTING.to_owned()));
    }
}
