//! The recipe's commands, from the command bar and the command line.

use super::Typed;
use crate::console::{Completion, ConsoleInput, ConsoleOutput, complete, names};
use crate::error::Problem;
use crate::shared::Handle;

impl Handle {
    pub(super) async fn console(&self, input: ConsoleInput) -> Result<ConsoleOutput, Problem> {
        Ok(self.run_console(input).await)
    }

    pub(super) async fn complete(&self, input: Typed) -> Result<Vec<Completion>, Problem> {
        Ok(complete(&input.line, &names(&self.0).await))
    }
}
