//! Mainstay beside nginx as a plain proxy, on one machine, in interleaved rounds. `make bench` builds and runs it;
//! docs/performance.md says what the figures mean.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program that prints a table")]

mod bodies;
mod gateway;
mod instructions;
mod lanes;
mod load;
mod nginx;
mod past;
mod process;
mod stage;
mod streams;
mod table;
mod upstream;
mod wire;

use clap::{Parser, Subcommand};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use process::Cores;
use stage::{Plan, Stage};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};
use table::{Row, markdown};
use wire::Target;

/// Measures a gateway beside a plain proxy.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    /// The program `mainstay`, a release build.
    #[arg(long, default_value = "target/release/mainstay")]
    program: PathBuf,
    /// How often each is measured.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each time, in milliseconds.
    #[arg(long, default_value_t = 2_000)]
    over: u64,
    /// Only these lanes: 1 to 7, growth. May be repeated.
    #[arg(long, value_name = "LANE")]
    lane: Vec<String>,
    /// Another gateway: NAME=http://127.0.0.1:PORT/PATH of OpenAI Chat Completions, which leads to `--upstream-port`.
    #[arg(long, value_name = "NAME=URL")]
    against: Vec<String>,
    /// Where the upstream with fixed answers listens [default: a free port].
    #[arg(long, value_name = "PORT")]
    upstream_port: Option<u16>,
    /// Leave it to the system on which core what runs.
    #[arg(long)]
    unpinned: bool,
    /// Write the table into this file, between its marks.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Role {
    /// The upstream of paced streams, which the benchmark starts for itself.
    #[command(hide = true)]
    Upstream {
        #[arg(long)]
        port: u16,
    },
    /// Count the instructions of the pure parts under callgrind, and compare them with those of a file.
    Instructions {
        file: PathBuf,
        /// Write them into the file.
        #[arg(long)]
        record: bool,
    },
    /// One case of it, for callgrind.
    #[command(hide = true)]
    Work { case: usize, times: u32 },
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    match &arguments.role {
        Some(Role::Work { case, times }) => return instructions::run(*case, *times),
        Some(Role::Instructions { file, record }) => {
            let good = instructions::count(file, *record)?;
            return if good { Ok(()) } else { Err(io::Error::other("a part takes more instructions than before")) };
        }
        Some(Role::Upstream { .. }) | None => {}
    }
    // 5 000 streams are 5 000 sockets here and 10 000 at what is measured, which inherits the limit.
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    let cores = Cores::of_this_machine(!arguments.unpinned);
    if arguments.role.is_none() {
        cores.take_load()?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match &arguments.role {
        Some(Role::Upstream { port }) => runtime.block_on(upstream::serve(*port)),
        _ => runtime.block_on(measure(&arguments, cores)),
    }
}

async fn measure(arguments: &Arguments, cores: Cores) -> io::Result<()> {
    let against = arguments.against.iter().map(|text| other(text)).collect::<io::Result<_>>()?;
    let plan = Plan {
        program: fs::canonicalize(&arguments.program)?,
        rounds: arguments.rounds.max(1),
        over: Duration::from_millis(arguments.over),
        cores,
        against,
    };
    let stage = Stage::set(plan, arguments.upstream_port)?;
    let mut rows: Vec<Row> = Vec::new();
    for name in ["1", "2", "3", "4", "5", "6", "7", "growth"] {
        if !arguments.lane.is_empty() && !arguments.lane.iter().any(|wanted| wanted == name) {
            continue;
        }
        let found = match name {
            "1" => lanes::whole::one(&stage).await?,
            "2" => lanes::whole::sixteen(&stage).await?,
            "3" => lanes::paced::paced(&stage).await?,
            "4" => lanes::whole::translated(&stage).await?,
            "5" => lanes::failover::failover(&stage).await?,
            "6" => lanes::memory::memory(&stage).await?,
            "7" => lanes::whole::sizes(&stage).await?,
            _ => lanes::growth::growth(&stage).await?,
        };
        for Row { lane, what, figure, target } in &found {
            let target = if target.is_empty() { String::new() } else { format!("   [{target}]") };
            println!("{lane}: {what}: {figure}{target}");
        }
        rows.extend(found);
    }
    match &arguments.write {
        Some(file) => write(file, &markdown(&rows)),
        None => Ok(()),
    }
}

/// `NAME=http://ADDRESS/PATH`.
fn other(text: &str) -> io::Result<Target> {
    let wrong = || io::Error::other(format!("{text}: write NAME=http://127.0.0.1:PORT/PATH"));
    let (name, url) = text.split_once('=').ok_or_else(wrong)?;
    let (address, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
    let address = address.parse().map_err(|_| wrong())?;
    Ok(Target { name: name.to_owned(), address, path: format!("/{path}"), token: None })
}

/// Puts the table where the file has its marks.
fn write(file: &Path, table: &str) -> io::Result<()> {
    const BEGIN: &str = "<!-- figures: gateway -->\n";
    const END: &str = "<!-- end of figures -->";
    let text = fs::read_to_string(file)?;
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or_else(|| io::Error::other(format!("{}: no marks", file.display())))?;
    fs::write(file, format!("{before}{BEGIN}\n{table}\n{END}{after}"))?;
    eprintln!("written into {}", file.display());
    Ok(())
}
