//! Everything that a run needs around the gateway: upstreams, the proxy to compare with, other gateways.

use crate::gateway::{Gateway, Home};
use crate::nginx::{free_port, local, proxy, upstream, wait_for};
use crate::process::{Cores, Group, Owned, pinned};
use crate::wire::Target;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;

/// What a run was told.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) program: PathBuf,
    pub(crate) rounds: usize,
    pub(crate) over: Duration,
    pub(crate) cores: Cores,
    /// Other gateways: name, address and path of OpenAI Chat Completions.
    pub(crate) against: Vec<Target>,
}

/// The running upstreams and the proxy.
pub(crate) struct Stage {
    pub(crate) plan: Plan,
    fixed: u16,
    streams: u16,
    passing: u16,
    proxy: Owned,
    _upstreams: [Owned; 2],
    _folder: TempDir,
}

/// A target with the processes that serve it; none where it is the upstream itself.
#[derive(Clone)]
pub(crate) struct Contender {
    pub(crate) target: Target,
    pub(crate) group: Option<Group>,
}

impl Stage {
    /// `port`: where the upstream with fixed answers is to listen, so that other gateways can be pointed at it.
    pub(crate) fn set(plan: Plan, port: Option<u16>) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let fixed = port.map_or_else(free_port, Ok)?;
        let (streams, passing) = (free_port()?, free_port()?);
        let nginx = upstream(folder.path(), fixed, plan.cores.load)?;
        let mut command = pinned(std::env::current_exe()?, plan.cores.load);
        command.arg("upstream").arg("--port").arg(streams.to_string()).stdin(Stdio::null());
        let stamping = Owned(command.spawn()?);
        wait_for(streams)?;
        let proxy = proxy(folder.path(), passing, fixed, streams, plan.cores.measured)?;
        Ok(Self { plan, fixed, streams, passing, proxy, _upstreams: [nginx, stamping], _folder: folder })
    }

    /// The base URL under which an answer of this kind is given: `json`, `sse`, `429`.
    pub(crate) fn fixed(&self, kind: &str) -> String {
        format!("http://{}/{kind}/v1", local(self.fixed))
    }

    /// The base URL of what the other upstream gives: `paced/EVENTS/MILLISECONDS`, `dies`, `whole`.
    pub(crate) fn streams(&self, kind: &str) -> String {
        format!("http://{}/{kind}/v1", local(self.streams))
    }

    /// The upstream without anything before it.
    pub(crate) fn direct(&self, kind: &str) -> Contender {
        let port = if kind.starts_with("paced") || kind == "whole" { self.streams } else { self.fixed };
        Contender { target: self.plain("direct", port, kind), group: None }
    }

    pub(crate) fn nginx(&self, kind: &str) -> Contender {
        Contender { target: self.plain("nginx", self.passing, kind), group: Some(self.proxy.group()) }
    }

    fn plain(&self, name: &str, port: u16, kind: &str) -> Target {
        let path = format!("/{kind}/v1/chat/completions");
        Target { name: name.to_owned(), address: local(port), path, token: None }
    }

    /// The gateways that were named beside ours.
    pub(crate) fn others(&self) -> Vec<Contender> {
        let of = |target: &Target| {
            let group = Group::listening_on(target.address.port());
            Contender { target: target.clone(), group }
        };
        self.plan.against.iter().map(of).collect()
    }

    /// Ours, in these folders, with somebody watching.
    pub(crate) fn mainstay(&self, home: &Home) -> io::Result<Gateway> {
        Gateway::start(&self.plan.program, home, self.plan.cores.measured, true)
    }

    /// Folders with a list of three that answer whole, which is active, and one profile for each other kind of answer.
    pub(crate) fn home(&self) -> io::Result<Home> {
        let home = Home::new()?;
        let members: Vec<String> = ["first", "second", "third"].map(str::to_owned).into();
        for member in &members {
            home.profile(member, &self.fixed("json"))?;
        }
        home.balancer("list", &members)?;
        home.profile("sse", &self.fixed("sse"))?;
        home.activate("list")?;
        Ok(home)
    }
}

/// Ours as a target. The path says the dialect.
pub(crate) fn ours(gateway: &Gateway, path: &str) -> Contender {
    let target = Target {
        name: "Mainstay".to_owned(),
        address: gateway.address,
        path: path.to_owned(),
        token: Some(gateway.token.clone()),
    };
    Contender { target, group: Some(gateway.process.group()) }
}
