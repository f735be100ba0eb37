//! Which exchanges are meant: the same question asked of the file and of one exchange in memory.

use crate::record::{Ended, Exchange};
use crate::row::number;
use crate::schema::flag;
use rusqlite::types::Value;
use serde::Deserialize;
use ts_rs::TS;

/// How an exchange came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It ended with the whole answer.
    Served,
    /// It ended in an error.
    Failed,
    /// Its answer broke off.
    Truncated,
    /// The client went away.
    Cancelled,
    /// It was served although a member failed.
    Saved,
    /// A member was tried and another served.
    FailedOver,
}

/// Which exchanges are meant. What is `None` doesn't matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Part of a model, member, tool, route, error, refusal or id; ASCII letters in any case.
    pub text: Option<String>,
    /// The profile or balancer that it went to.
    pub route: Option<String>,
    /// A member that was tried.
    pub member: Option<String>,
    /// The client program.
    pub tool: Option<String>,
    /// The client's dialect.
    pub dialect: Option<String>,
    /// How it came out.
    pub outcome: Option<Outcome>,
    /// Practice only, or none of it.
    pub practice: Option<bool>,
    /// Not before this, in Unix milliseconds.
    pub from: Option<u64>,
    /// Before this, in Unix milliseconds.
    pub to: Option<u64>,
}

impl Filter {
    /// Whether an exchange is meant.
    pub fn matches(&self, exchange: &Exchange) -> bool {
        let is =
            |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|text| found == Some(text));
        is(&self.route, exchange.route.as_deref())
            && is(&self.tool, exchange.tool.as_deref())
            && is(&self.dialect, Some(&exchange.dialect))
            && self.from.is_none_or(|from| exchange.started >= from)
            && self.to.is_none_or(|to| exchange.started < to)
            && self.practice.is_none_or(|practice| exchange.practice == practice)
            && self.member.as_deref().is_none_or(|wanted| {
                exchange.member().is_some_and(|member| **member == *wanted)
                    || exchange.attempts.iter().any(|attempt| *attempt.member == *wanted)
            })
            && self.outcome.is_none_or(|outcome| match outcome {
                Outcome::Served => exchange.ended == Ended::Served,
                Outcome::Failed => exchange.ended == Ended::Failed,
                Outcome::Truncated => exchange.ended == Ended::Truncated,
                Outcome::Cancelled => exchange.ended == Ended::Cancelled,
                Outcome::Saved => exchange.saved(),
                Outcome::FailedOver => exchange.failed_over(),
            })
            && self.text.as_deref().is_none_or(|text| says(exchange, text))
    }

    /// The condition on an `exchange` called `e`, and its parameters from `?1` on.
    pub(crate) fn sql(&self) -> (String, Vec<Value>) {
        let mut terms = vec!["1".to_owned()];
        let mut parameters: Vec<Value> = Vec::new();
        let mut with = |value: Value| {
            parameters.push(value);
            parameters.len()
        };
        for (column, wanted) in [("route", &self.route), ("tool", &self.tool), ("dialect", &self.dialect)] {
            if let Some(wanted) = wanted {
                let n = with(wanted.clone().into());
                terms.push(format!("e.{column} = (SELECT id FROM name WHERE text = ?{n})"));
            }
        }
        if let Some(from) = self.from {
            terms.push(format!("e.started >= ?{}", with(number(from).into())));
        }
        if let Some(to) = self.to {
            terms.push(format!("e.started < ?{}", with(number(to).into())));
        }
        if let Some(practice) = self.practice {
            terms.push(format!("(e.flags & {}) {} 0", flag::PRACTICE, if practice { "<>" } else { "=" }));
        }
        if let Some(member) = &self.member {
            let id = format!("(SELECT id FROM name WHERE text = ?{})", with(member.clone().into()));
            let tried = format!("SELECT 1 FROM attempt a WHERE a.exchange = e.seq AND a.member = {id}");
            terms.push(format!("(e.member = {id} OR (e.attempts > 1 AND EXISTS ({tried})))"));
        }
        match self.outcome {
            None => {}
            Some(Outcome::Served) => terms.push(format!("e.ended = {}", Ended::Served as i64)),
            Some(Outcome::Failed) => terms.push(format!("e.ended = {}", Ended::Failed as i64)),
            Some(Outcome::Truncated) => terms.push(format!("e.ended = {}", Ended::Truncated as i64)),
            Some(Outcome::Cancelled) => terms.push(format!("e.ended = {}", Ended::Cancelled as i64)),
            Some(Outcome::Saved) => terms.push(format!("(e.flags & {}) <> 0", flag::SAVED)),
            Some(Outcome::FailedOver) => {
                terms.push(format!("e.attempts > 1 AND (e.flags & {}) <> 0", flag::FAILED_OVER));
            }
        }
        if let Some(text) = &self.text {
            let like = format!("?{}", with(pattern(text).into()));
            let hit = format!("(SELECT id FROM name WHERE text LIKE {like} ESCAPE '\\')");
            let of = |table: &str, columns: &[&str]| {
                let terms: Vec<String> = columns.iter().map(|column| format!("{table}.{column} IN {hit}")).collect();
                terms.join(" OR ")
            };
            let own = of("e", &["tool", "asked", "answered", "route", "served_by", "error", "member", "model"]);
            let tried = of("a", &["member", "model"]);
            let refused = of("a", &["outcome", "reason"]);
            // Of most exchanges, those with one attempt that served, the row itself says all there is.
            terms.push(format!(
                "({own} OR e.id LIKE {like} ESCAPE '\\' OR ((e.attempts > 1 OR e.ended <> {served}) AND EXISTS (\
                   SELECT 1 FROM attempt a WHERE a.exchange = e.seq AND ({tried} OR (\
                     a.outcome <> coalesce((SELECT id FROM name WHERE text = 'served'), -1) \
                     AND ({refused} OR a.detail LIKE {like} ESCAPE '\\'))))))",
                served = Ended::Served as i64
            ));
        }
        (terms.join(" AND "), parameters)
    }
}

fn says(exchange: &Exchange, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let says = |found: &str| found.to_ascii_lowercase().contains(&text);
    let own = [
        &exchange.tool,
        &exchange.asked_model,
        &exchange.answered_model,
        &exchange.route,
        &exchange.served_by,
        &exchange.error,
    ];
    says(&exchange.id)
        || own.into_iter().flatten().any(|found| says(found))
        || exchange.attempts.iter().any(|attempt| {
            let refusal: [&str; 3] = [&attempt.outcome, &attempt.reason, &attempt.detail];
            says(&attempt.member) || says(&attempt.model) || (!attempt.served() && refusal.into_iter().any(says))
        })
}

fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
