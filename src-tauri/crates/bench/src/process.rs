//! Processes as the kernel counts them: processor time to the nanosecond, resident memory, cores.

use nix::sched::{CpuSet, sched_setaffinity};
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::process::{Child, Command};
use std::time::Duration;
use std::{fs, thread};

/// Which core each side gets. What is measured has one for itself; what loads it and answers it share the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    /// The gateway's, and the proxy's that it is compared with; `None` where there is but one core, or it was not wanted.
    pub(crate) measured: Option<usize>,
    /// The load's and the upstreams'.
    pub(crate) load: Option<usize>,
}

impl Cores {
    /// Two different ones where the machine has them.
    pub(crate) fn of_this_machine(pin: bool) -> Self {
        let two = pin && thread::available_parallelism().is_ok_and(|count| count.get() >= 2);
        Self { measured: two.then_some(0), load: two.then_some(1) }
    }

    /// Keeps this process on the load's core. To be called before it starts threads.
    pub(crate) fn take_load(self) -> io::Result<()> {
        let Some(core) = self.load else { return Ok(()) };
        let mut set = CpuSet::new();
        set.set(core)?;
        Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
    }
}

/// A command that runs on a core of its own.
pub(crate) fn pinned(program: impl AsRef<OsStr>, core: Option<usize>) -> Command {
    let Some(core) = core else { return Command::new(program) };
    let mut command = Command::new("taskset");
    command.arg("--cpu-list").arg(core.to_string()).arg(program);
    command
}

/// A process that ends with the benchmark.
#[derive(Debug)]
pub(crate) struct Owned(pub(crate) Child);

impl Owned {
    pub(crate) fn group(&self) -> Group {
        Group::of(self.0.id())
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // nginx leaves its workers behind when it is killed; asked to end, it takes them along.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        for _ in 0..500 {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process with those that it has started.
#[derive(Clone, Debug)]
pub(crate) struct Group(Vec<u32>);

impl Group {
    /// `root` and all its descendants.
    pub(crate) fn of(root: u32) -> Self {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for pid in pids() {
            if let Some(parent) = parent(pid) {
                children.entry(parent).or_default().push(pid);
            }
        }
        let mut all = vec![root];
        let mut at = 0;
        while let Some(pid) = all.get(at) {
            all.extend(children.get(pid).into_iter().flatten());
            at += 1;
        }
        Self(all)
    }

    /// Whoever listens on this port, with its descendants.
    pub(crate) fn listening_on(port: u16) -> Option<Self> {
        let inode = listener(port)?;
        let wanted = format!("socket:[{inode}]");
        let holds = |pid: &u32| {
            let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
            open.map(|entry| entry.path()).any(|fd| fs::read_link(fd).is_ok_and(|to| to.as_os_str() == wanted.as_str()))
        };
        pids().find(holds).map(Self::of)
    }

    /// Processor time that all its threads have had so far, those that have ended too.
    pub(crate) fn processor(&self) -> Duration {
        self.0
            .iter()
            .filter_map(|pid| {
                let clock = clock_getcpuclockid(Pid::from_raw(i32::try_from(*pid).ok()?)).ok()?;
                Some(Duration::from(clock_gettime(clock).ok()?))
            })
            .sum()
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> u64 {
        self.0
            .iter()
            .filter_map(|pid| {
                let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
                let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
                line.split_whitespace().next()?.parse::<u64>().ok()
            })
            .sum::<u64>()
            * 1024
    }
}

fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// The inode of the socket that listens on a port (proc(5), `/proc/net/tcp`).
fn listener(port: u16) -> Option<u64> {
    const LISTEN: &str = "0A";
    let wanted = format!(":{port:04X}");
    ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let text = fs::read_to_string(table).ok()?;
        text.lines().skip(1).find_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let found = fields.get(1)?.ends_with(&wanted) && *fields.get(3)? == LISTEN;
            found.then(|| fields.get(9)?.parse().ok()).flatten()
        })
    })
}
