//! The typed view of a profile file.
//!
//! Three shapes of balancer are read (failover §6): the recipe's minimal one, the recipe's weighted one, and the CLI's full
//! form. What the view leaves out is not lost: it stays in the text, and only [`crate::Document`] changes that.

use std::fmt;

use jsonc_parser::ast;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, parse_to_ast};
use serde_json::{Map, Value};

use crate::extension::Extension;
use crate::place::{FileError, FileErrorKind, lenient};
use crate::settings::{CREDENTIAL_KEYS, Problem, kind_of, whole_number};

/// A profile file, as one of its two kinds.
#[derive(Debug, Clone)]
pub enum Profile {
    /// A provider, a model and its parameters.
    Standard(Standard),
    /// A policy over other profiles.
    Balancer(BalancerProfile),
}

/// A profile that names a provider and a model.
#[derive(Clone)]
pub struct Standard {
    /// The file's name without `.json`.
    pub name: String,
    /// `provider`: the name of a catalogue entry, case-sensitive.
    pub provider: String,
    /// `model`: what serves unless [`Extension::models`] says otherwise.
    pub model: String,
    /// `modelParams`: go into the request body under these names.
    pub params: Map<String, Value>,
    /// `ephemeralSettings`: flat, with dotted keys. May hold a key in plain text; see [`crate::settings_of`].
    pub settings: Map<String, Value>,
    /// `auth`: `None` when the file has no such block.
    pub auth: Option<AuthBlock>,
    /// `x-mainstay`.
    pub extension: Extension,
    /// What was read leniently.
    pub problems: Vec<Problem>,
}

/// The `auth` block of a standard profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthBlock {
    /// `{"type": "oauth", "buckets": […]}`: an OAuth login, with the accounts to try in order (empty: the default one).
    Oauth {
        /// Names of the accounts.
        buckets: Vec<String>,
    },
    /// `{"type": "apikey"}`.
    ApiKey,
}

/// A profile of type `loadbalancer`.
#[derive(Clone)]
pub struct BalancerProfile {
    /// The file's name without `.json`.
    pub name: String,
    /// What counts: `x-mainstay.policy` if given, else `policy`.
    pub policy: Policy,
    /// `policy` as the file has it, which is what the CLI goes by.
    pub written_policy: Policy,
    /// The members in the file's order. Names may repeat, be missing as files, or (wrongly) be balancers: see [`crate::lint`].
    pub members: Vec<MemberRef>,
    /// `contextLimit`: tokens of context for the list as a whole.
    pub context_limit: Option<u64>,
    /// `modelParams`: override the members'.
    pub params: Map<String, Value>,
    /// `ephemeralSettings`: override the members'.
    pub settings: Map<String, Value>,
    /// `x-mainstay`.
    pub extension: Extension,
    /// What was read leniently.
    pub problems: Vec<Problem>,
}

/// One member of a balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRef {
    /// The name of the member's profile.
    pub profile: String,
    /// Its share, relative to the others'; 1 unless the policy is weighted. A member with 0 is never placed first and only
    /// stands in for others; not all members of a list have 0.
    pub weight: u32,
}

/// How a balancer picks (failover §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Policy {
    /// `failover`: the list's order.
    Failover,
    /// `roundrobin`: each in turn.
    RoundRobin,
    /// `weighted`: in proportion to the weights.
    Weighted,
}

impl Policy {
    /// The word that stands for it in a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Policy::Failover => "failover",
            Policy::RoundRobin => "roundrobin",
            Policy::Weighted => "weighted",
        }
    }

    pub(crate) fn from_file(word: &str) -> Option<Policy> {
        [Policy::Failover, Policy::RoundRobin, Policy::Weighted].into_iter().find(|policy| policy.as_str() == word)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Profile {
    /// Reads the text of the file `NAME.json`. Comments and trailing commas are tolerated.
    ///
    /// # Errors
    /// [`FileError`] with the place of the fault: not JSON, or JSON that is no profile.
    pub fn parse(name: &str, text: &str) -> Result<Profile, FileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = File::parse(text)?;
        file.version()?;
        match file.value("type").unwrap_or(&Value::Null) {
            Value::Null => file.standard(name).map(Profile::Standard),
            Value::String(kind) if kind == "standard" => file.standard(name).map(Profile::Standard),
            Value::String(kind) if kind == "loadbalancer" => file.balancer(name).map(Profile::Balancer),
            _ => Err(file.fault("type", "\"type\" is neither \"standard\" nor \"loadbalancer\".")),
        }
    }

    /// The file's name without `.json`.
    pub fn name(&self) -> &str {
        match self {
            Profile::Standard(profile) => &profile.name,
            Profile::Balancer(profile) => &profile.name,
        }
    }

    /// The `x-mainstay` block.
    pub fn extension(&self) -> &Extension {
        match self {
            Profile::Standard(profile) => &profile.extension,
            Profile::Balancer(profile) => &profile.extension,
        }
    }

    /// `ephemeralSettings`.
    pub fn settings(&self) -> &Map<String, Value> {
        match self {
            Profile::Standard(profile) => &profile.settings,
            Profile::Balancer(profile) => &profile.settings,
        }
    }

    /// What was read leniently.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Profile::Standard(profile) => &profile.problems,
            Profile::Balancer(profile) => &profile.problems,
        }
    }
}

impl Standard {
    /// The accounts that its `auth` block names, the default one if it names none.
    pub fn logins(&self) -> Vec<String> {
        match &self.auth {
            Some(AuthBlock::Oauth { buckets }) if buckets.is_empty() => vec!["default".to_owned()],
            Some(AuthBlock::Oauth { buckets }) => buckets.clone(),
            Some(AuthBlock::ApiKey) | None => Vec::new(),
        }
    }

    /// This profile as a member of `balancer`: its `modelParams` and `ephemeralSettings` with the balancer's over them, as in
    /// the CLI (failover §5).
    ///
    /// Three things are never lent: a credential, which belongs to one member's provider; the address, since the member's
    /// credential is bound to its own; and `context-limit`, which the CLI keeps outside a balancer's settings (it is
    /// [`BalancerProfile::context_limit`] there).
    #[must_use]
    pub fn as_member_of(&self, balancer: &BalancerProfile) -> Standard {
        let mut member = self.clone();
        for (key, value) in &balancer.params {
            member.params.insert(key.clone(), value.clone());
        }
        for (key, value) in &balancer.settings {
            if !CREDENTIAL_KEYS.contains(&key.as_str()) && !["base-url", "context-limit"].contains(&key.as_str()) {
                member.settings.insert(key.clone(), value.clone());
            }
        }
        member
    }
}

/// Settings may hold a key in plain text: names only.
impl fmt::Debug for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standard")
            .field("name", &self.name)
            .field("provider", &self.provider)
            .field("model", &self.model)
            .field("params", &self.params)
            .field("settings", &self.settings.keys().collect::<Vec<_>>())
            .field("auth", &self.auth)
            .field("extension", &self.extension)
            .field("problems", &self.problems)
            .finish()
    }
}

/// Settings may hold a key in plain text: names only.
impl fmt::Debug for BalancerProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BalancerProfile")
            .field("name", &self.name)
            .field("policy", &self.policy)
            .field("written_policy", &self.written_policy)
            .field("members", &self.members)
            .field("context_limit", &self.context_limit)
            .field("params", &self.params)
            .field("settings", &self.settings.keys().collect::<Vec<_>>())
            .field("extension", &self.extension)
            .field("problems", &self.problems)
            .finish()
    }
}

/// A parsed file: its values, and where in the text each top-level one stands.
struct File<'a> {
    text: &'a str,
    root: Range,
    places: Vec<(String, Range)>,
    values: Map<String, Value>,
}

impl<'a> File<'a> {
    fn parse(text: &'a str) -> Result<File<'a>, FileError> {
        let parsed = parse_to_ast(text, &CollectOptions::default(), &lenient())
            .map_err(|error| FileError::syntax(text, &error))?;
        let root = match parsed.value {
            Some(ast::Value::Object(root)) => root,
            Some(other) => {
                let start = other.range().start;
                return Err(FileError::at(FileErrorKind::Shape, text, start, "A profile is a JSON object."));
            }
            None => return Err(FileError::at(FileErrorKind::Syntax, text, 0, "The file is empty.")),
        };
        let range = root.range;
        let places = root.properties.iter().map(|p| (p.name.as_str().to_owned(), p.value.range())).collect();
        let Value::Object(values) = Value::from(ast::Value::Object(root)) else { unreachable!("an object stays one") };
        Ok(File { text, root: range, places, values })
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// A fault at the value of `key`, or at the object's start when the key is absent. Of repeated keys the last one counts.
    fn fault(&self, key: &str, reason: impl Into<String>) -> FileError {
        let place = self.places.iter().rev().find(|(name, _)| name == key).map_or(self.root, |(_, range)| *range);
        FileError::at(FileErrorKind::Shape, self.text, place.start, reason)
    }

    fn version(&self) -> Result<(), FileError> {
        match self.value("version") {
            None => Err(self.fault("version", "\"version\" is missing; a profile starts with \"version\": 1.")),
            Some(Value::Number(number)) if number.as_f64() == Some(1.0) => Ok(()),
            Some(_) => {
                Err(self.fault("version", "This version of profile is not known; \"version\" must be the number 1."))
            }
        }
    }

    fn required_text(&self, key: &str) -> Result<String, FileError> {
        match self.value(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
            Some(Value::String(_)) => Err(self.fault(key, format!("\"{key}\" is empty."))),
            Some(other) => Err(self.fault(key, format!("\"{key}\" is {} where text is expected.", kind_of(other)))),
            None => Err(self.fault(key, format!("\"{key}\" is missing."))),
        }
    }

    fn object(&self, key: &str) -> Result<Map<String, Value>, FileError> {
        match self.value(key) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(map)) => Ok(map.clone()),
            Some(other) => {
                Err(self.fault(key, format!("\"{key}\" is {} where an object is expected.", kind_of(other))))
            }
        }
    }

    fn standard(&self, name: &str) -> Result<Standard, FileError> {
        let mut problems = Vec::new();
        Ok(Standard {
            name: name.to_owned(),
            provider: self.required_text("provider")?,
            model: self.required_text("model")?,
            params: self.object("modelParams")?,
            settings: self.object("ephemeralSettings")?,
            auth: self.auth()?,
            extension: Extension::read(&self.values, &mut problems),
            problems,
        })
    }

    fn auth(&self) -> Result<Option<AuthBlock>, FileError> {
        let block = match self.value("auth") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(block)) => block,
            Some(other) => {
                return Err(self.fault("auth", format!("\"auth\" is {} where an object is expected.", kind_of(other))));
            }
        };
        match block.get("type").and_then(Value::as_str) {
            Some("apikey") => Ok(Some(AuthBlock::ApiKey)),
            Some("oauth") => {
                let buckets = match block.get("buckets") {
                    None | Some(Value::Null) => Some(Vec::new()),
                    Some(Value::Array(list)) => list.iter().map(|bucket| bucket.as_str().map(str::to_owned)).collect(),
                    Some(_) => None,
                };
                let buckets = buckets
                    .ok_or_else(|| self.fault("auth", "The \"buckets\" of \"auth\" are not a list of names."))?;
                Ok(Some(AuthBlock::Oauth { buckets }))
            }
            _ => Err(self.fault("auth", "The \"type\" of \"auth\" is neither \"oauth\" nor \"apikey\".")),
        }
    }

    fn balancer(&self, name: &str) -> Result<BalancerProfile, FileError> {
        let mut problems = Vec::new();
        let extension = Extension::read(&self.values, &mut problems);
        let written = match self.value("policy") {
            Some(Value::String(word)) => Policy::from_file(word),
            Some(_) => None,
            None => return Err(self.fault("policy", "\"policy\" is missing.")),
        };
        let written = written.ok_or_else(|| {
            self.fault("policy", "This policy is not known; write \"failover\", \"roundrobin\" or \"weighted\".")
        })?;
        let policy = extension.policy.unwrap_or(written);
        let listed = self.members()?;
        let names = listed.iter().map(|(profile, _)| profile.clone());
        let members = if policy == Policy::Weighted {
            let weights = weights(&listed, extension.weights.as_deref(), &mut problems);
            names.zip(weights).map(|(profile, weight)| MemberRef { profile, weight }).collect()
        } else {
            names.map(|profile| MemberRef { profile, weight: 1 }).collect()
        };
        let context_limit = self.value("contextLimit").filter(|value| !value.is_null()).and_then(|value| {
            let limit = whole_number(value).filter(|limit| *limit > 0);
            if limit.is_none() {
                problems.push(Problem::wrong_type("contextLimit", "a whole number above 0", value));
            }
            limit
        });
        Ok(BalancerProfile {
            name: name.to_owned(),
            policy,
            written_policy: written,
            members,
            context_limit,
            params: self.object("modelParams")?,
            settings: self.object("ephemeralSettings")?,
            extension,
            problems,
        })
    }

    /// Names, each with the weight beside it if it has one.
    fn members(&self) -> Result<Vec<(String, Option<Value>)>, FileError> {
        let list = match self.value("profiles") {
            Some(Value::Array(list)) if list.is_empty() => {
                return Err(self.fault("profiles", "\"profiles\" is empty; a load balancer needs at least one member."));
            }
            Some(Value::Array(list)) => list,
            Some(other) => {
                return Err(
                    self.fault("profiles", format!("\"profiles\" is {} where a list is expected.", kind_of(other)))
                );
            }
            None => return Err(self.fault("profiles", "\"profiles\" is missing; it lists the members.")),
        };
        let mut members = Vec::with_capacity(list.len());
        for (index, entry) in list.iter().enumerate() {
            let (profile, weight) = match entry {
                Value::String(profile) => (profile.as_str(), None),
                Value::Object(member) => {
                    (member.get("profile").and_then(Value::as_str).unwrap_or_default(), member.get("weight").cloned())
                }
                _ => ("", None),
            };
            if profile.is_empty() {
                let reason = format!("Member {} of \"profiles\" names no profile.", index + 1);
                return Err(self.fault("profiles", reason));
            }
            members.push((profile.to_owned(), weight));
        }
        Ok(members)
    }
}

/// The weight of each listed member. What is unusable counts as 1 and is a problem; a member is never dropped for it.
fn weights(listed: &[(String, Option<Value>)], by_position: Option<&[u32]>, problems: &mut Vec<Problem>) -> Vec<u32> {
    let mut weights: Vec<u32> = match by_position {
        Some(given) => {
            if given.len() != listed.len() {
                problems.push(Problem::bad_weight(
                    "x-mainstay.weights",
                    format!(
                        "There are {} weights for {} members; a member without one counts as 1.",
                        given.len(),
                        listed.len()
                    ),
                ));
            }
            (0..listed.len()).map(|index| given.get(index).copied().unwrap_or(1)).collect()
        }
        None => (listed.iter().enumerate())
            .map(|(index, (profile, weight))| {
                let written = weight.as_ref().and_then(whole_number).and_then(|weight| u32::try_from(weight).ok());
                if written.is_none() {
                    let trouble = if weight.is_none() {
                        "has no weight"
                    } else {
                        "has a weight that is not a whole number of 0 or more"
                    };
                    let message = format!("Member \"{profile}\" {trouble}, so it counts as 1.");
                    problems.push(Problem::bad_weight(&format!("profiles[{index}].weight"), message));
                }
                written.unwrap_or(1)
            })
            .collect(),
    };
    if weights.iter().all(|weight| *weight == 0) {
        problems.push(Problem::bad_weight("profiles", "All weights are 0, so all members count alike."));
        weights.fill(1);
    }
    weights
}

#[cfg(test)]
mod tests;
