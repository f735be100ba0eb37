//! The log, and what to tell others when something is wrong.

use super::{LogsInput, Nothing, problem};
use crate::error::Problem;
use crate::log;
use crate::shared::Handle;
use crate::view::{DiagnosticsView, LogLine, LogsView};

/// The levels, the gravest first.
const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
/// The most lines that are told at once.
const MOST: u32 = 2000;

impl Handle {
    pub(super) async fn logs(&self, input: LogsInput) -> Result<LogsView, Problem> {
        let wanted = LEVELS.iter().position(|level| level.eq_ignore_ascii_case(&input.level)).ok_or_else(|| {
            let message = format!("There is no level \"{}\".", input.level);
            problem("bad_input", message, "Use error, warn, info, debug or trace.")
        })?;
        let text = input.text.unwrap_or_default().trim().to_lowercase();
        let most = input.limit.clamp(1, MOST) as usize;
        let (folder, bytes, events) = self
            .blocking(move |shared| {
                log::flush();
                let folder = log::folder(&shared.data_dir);
                let events = log::tail(&folder, most, |event| {
                    LEVELS.iter().position(|level| *level == event.level).is_some_and(|level| level <= wanted)
                        && (text.is_empty() || event.text.to_lowercase().contains(&text))
                });
                Ok((folder.display().to_string(), log::size(&folder), events))
            })
            .await?;
        let lines = events.into_iter().map(|event| LogLine {
            at: event.at,
            level: event.level.to_lowercase(),
            // Some may have been written before the engine knew what they hold.
            text: self.0.sources.redactor.clean(&event.text),
        });
        Ok(LogsView { folder, bytes, lines: lines.collect() })
    }

    pub(super) async fn diagnostics(&self, _: Nothing) -> Result<DiagnosticsView, Problem> {
        Ok(DiagnosticsView { text: self.diagnosis().await? })
    }
}
