//! What a panic says is written like any other line of the log: without the secrets that the engine knows.
//!
//! A panic's message may quote whatever was at hand. The backtrace quotes nothing: it holds names and places only.

use mainstay_credentials::Redactor;
use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::thread;

/// From now on, panics of this process are told in the log, cleaned by `redactor`, instead of on stderr as they are.
pub(crate) fn tell_by(redactor: Redactor) {
    std::panic::set_hook(Box::new(move |panic| {
        let thread = thread::current();
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = redactor.clean(said(panic));
        let backtrace = Backtrace::capture();
        tracing::error!(thread = thread.name().unwrap_or("unnamed"), place, %backtrace, "panicked: {said}");
    }));
}

fn said<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    panic.payload_as_str().unwrap_or("something that is not text")
}
