//! The command `mainstay`: the gateway without a window, and a running one from a terminal.

mod auth;
mod carry;
mod console;
mod exit;
mod key;
mod look;
mod place;
mod serve;
mod tokens;
mod tools;
mod window;
mod with;

use clap::{Parser, Subcommand};
use exit::Exit;
use std::process::ExitCode;

/// Keeps your AI tools working when a provider fails.
#[derive(Parser)]
#[command(name = "mainstay", version, propagate_version = true, arg_required_else_help = true)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Run the gateway until it is stopped.
    Serve(serve::Serve),
    /// Run a file of the recipe's commands.
    Recipe(console::Recipe),
    /// Run one of the recipe's commands.
    Run(console::Run),
    /// Say who serves now, and why.
    Status(look::Status),
    /// Print what helps others to find out what is wrong; nothing secret is in it.
    Diagnostics(look::Diagnostics),
    /// List profiles and load balancers; rename and delete them.
    Profiles(look::Profiles),
    /// Run a tool against the running gateway: mainstay with -- claude
    With(with::With),
    /// Print what points a tool at the running gateway.
    Env(with::Env),
    /// Write profiles and preferences to one file, without any secret.
    Export(carry::Export),
    /// Take profiles and preferences from such a file, or keys from variables.
    Import(carry::Import),
    /// Log in at providers, say who is logged in, log out.
    Auth(auth::Auth),
    /// Open the window of a gateway that was started with --ui in a browser.
    Ui(window::Ui),
    /// Give tools tokens of their own, and revoke them.
    Tokens(tokens::Tokens),
    /// Store and list API keys, while no gateway runs on the data folder.
    Key(key::Key),
}

/// Chosen with the rest of docs/performance.md: a request is many small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(error) if !error.use_stderr() => {
            // --help and --version.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = error.print();
            return Exit::usage(error.to_string().lines().next().unwrap_or_default()).report();
        }
    };
    let result = match command.what {
        What::Serve(serve) => serve.run(),
        What::Auth(auth) => auth.run(),
        What::Key(key) => key.run(),
        What::Ui(ui) => ui.run(),
        What::Tokens(tokens) => tokens.run(),
        What::Recipe(recipe) => recipe.run(),
        What::Run(run) => run.run(),
        What::Status(status) => status.run(),
        What::Diagnostics(diagnostics) => diagnostics.run(),
        What::Profiles(profiles) => profiles.run(),
        What::With(with) => with.run(),
        What::Env(env) => env.run(),
        What::Export(export) => export.run(),
        What::Import(import) => import.run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.report(),
    }
}
