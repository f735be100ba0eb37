//! An exchange in the file's tables, in and out.

use crate::failure::HistoryError;
use crate::names::{Reading, Writing};
use crate::record::{Attempt, Cost, Ended, Exchange, Skip, Tokens, cut};
use crate::schema::flag;
use rusqlite::{Connection, Row, params};
use std::sync::Arc;

/// Stores an exchange, within the caller's transaction.
pub(crate) fn insert(connection: &Connection, names: &mut Writing, exchange: &Exchange) -> Result<(), HistoryError> {
    let day = crate::day::day_of(exchange.started);
    let owner = exchange.owner();
    let candidates = exchange.kept_candidates();
    let placed = candidates.first().filter(|_| !exchange.stuck);
    let list = (!candidates.is_empty()).then(|| json(&candidates)).flatten();
    let Tokens { input, cached, written, output, reasoning, estimated } = exchange.tokens;
    let (cost_kind, cost) = match exchange.cost {
        None => (0, None),
        Some(Cost::Known(micro_usd)) => (1, Some(micro_usd)),
        Some(Cost::Included) => (2, None),
        Some(Cost::Unknown) => (3, None),
    };
    let flags = [
        (exchange.stream, flag::STREAM),
        (exchange.stuck, flag::STUCK),
        (exchange.saved(), flag::SAVED),
        (exchange.failed_over(), flag::FAILED_OVER),
        (estimated, flag::ESTIMATED),
        (exchange.practice, flag::PRACTICE),
    ];
    let flags: i64 = flags.iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum();
    let (skips, notes) = (exchange.kept_skips(), exchange.kept_notes());
    let skips: Vec<Skip> =
        skips.iter().map(|skip| Skip { reason: cut(&skip.reason).to_owned(), ..skip.clone() }).collect();
    let list = list.map(|list| names.number_whole(connection, &list, day)).transpose()?;
    let mut name = |text: Option<&str>| names.number_of(connection, text, day);
    let sql =
        "INSERT INTO exchange (started, day, ended, flags, attempts, tool, route, member, model, outcome, served_by,
                 first_content, total, cost_kind, cost, input, cached, written, output, reasoning, placed, conversation,
                 id, dialect, asked, answered, status, error, candidates, skips, notes)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                 ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31)";
    connection.prepare_cached(sql)?.execute(params![
        number(exchange.started),
        day,
        exchange.ended as i64,
        flags,
        exchange.attempts.len() as i64,
        name(exchange.tool.as_deref())?,
        name(exchange.route.as_deref())?,
        name(exchange.member().map(|member| &**member))?,
        name(owner.map(|owner| &*owner.model).or(exchange.asked_model.as_deref()))?,
        name(owner.map(|owner| &*owner.outcome))?,
        name(exchange.served_by.as_deref())?,
        exchange.first_content_ms.map(number),
        number(exchange.total_ms),
        cost_kind,
        cost.map(number),
        input.map(number),
        cached.map(number),
        written.map(number),
        output.map(number),
        reasoning.map(number),
        name(placed.map(|member| &**member))?,
        exchange.conversation.map(u64::cast_signed),
        cut(&exchange.id),
        name(Some(&exchange.dialect))?,
        name(exchange.asked_model.as_deref())?,
        name(exchange.answered_model.as_deref())?,
        exchange.status,
        name(exchange.error.as_deref())?,
        list,
        (!skips.is_empty()).then(|| json(&skips)).flatten(),
        (!notes.is_empty()).then(|| json(&notes)).flatten(),
    ])?;
    let seq = connection.last_insert_rowid();
    for (n, attempt) in exchange.attempts.iter().enumerate() {
        insert_attempt(connection, names, day, seq, n, attempt)?;
    }
    Ok(())
}

fn insert_attempt(
    connection: &Connection,
    names: &mut Writing,
    day: i64,
    seq: i64,
    n: usize,
    attempt: &Attempt,
) -> Result<(), HistoryError> {
    let mut name = |text: &str| names.number(connection, text, day);
    let sql =
        "INSERT INTO attempt (exchange, n, member, provider, model, started, first_content, took, status, outcome,
                 reason, detail, forced, again)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    connection.prepare_cached(sql)?.execute(params![
        seq,
        n as i64,
        name(&attempt.member)?,
        name(&attempt.provider)?,
        name(&attempt.model)?,
        number(attempt.started_ms),
        attempt.first_content_ms.map(number),
        number(attempt.took_ms),
        attempt.status,
        name(&attempt.outcome)?,
        name(&attempt.reason)?,
        Some(cut(&attempt.detail)).filter(|detail| !detail.is_empty()),
        attempt.forced,
        attempt.again.as_deref().map(name).transpose()?,
    ])?;
    Ok(())
}

/// The columns that [`read`] takes, of an `exchange` called `e`.
pub(crate) const COLUMNS: &str = "e.seq, e.started, e.ended, e.flags, e.tool, e.route, e.served_by, e.first_content, \
     e.total, e.cost_kind, e.cost, e.input, e.cached, e.written, e.output, e.reasoning, e.conversation, e.id, e.dialect, \
     e.asked, e.answered, e.status, e.error, e.candidates, e.skips, e.notes";

/// An exchange from [`COLUMNS`], with its attempts; and its number in the file.
pub(crate) fn read(
    connection: &Connection,
    names: &mut Reading,
    row: &Row<'_>,
) -> Result<(i64, Exchange), HistoryError> {
    let seq: i64 = row.get("seq")?;
    let flags: i64 = row.get("flags")?;
    let mut name = |column: &str| names.text_of(connection, row.get(column)?);
    let (tool, route, served_by, error) = (name("tool")?, name("route")?, name("served_by")?, name("error")?);
    let (asked_model, answered_model, candidates) = (name("asked")?, name("answered")?, name("candidates")?);
    let dialect = name("dialect")?.unwrap_or_else(|| Arc::from(""));
    let ended = usize::try_from(row.get::<_, i64>("ended")?).ok().and_then(|n| Ended::ALL.get(n).copied());
    let cost = match row.get::<_, i64>("cost_kind")? {
        0 => None,
        1 => unsigned(row, "cost")?.map(Cost::Known),
        2 => Some(Cost::Included),
        _ => Some(Cost::Unknown),
    };
    let exchange = Exchange {
        id: row.get("id")?,
        started: unsigned(row, "started")?.unwrap_or(0),
        tool,
        dialect,
        stream: flags & flag::STREAM != 0,
        asked_model,
        answered_model,
        route,
        candidates: candidates.and_then(|list| serde_json::from_str(&list).ok()).unwrap_or_default(),
        stuck: flags & flag::STUCK != 0,
        conversation: row.get::<_, Option<i64>>("conversation")?.map(i64::cast_unsigned),
        skips: listed(row, "skips")?,
        attempts: attempts(connection, names, seq)?,
        notes: listed(row, "notes")?,
        served_by,
        status: row.get("status")?,
        error,
        ended: ended.unwrap_or(Ended::Failed),
        first_content_ms: unsigned(row, "first_content")?,
        total_ms: unsigned(row, "total")?.unwrap_or(0),
        tokens: Tokens {
            input: unsigned(row, "input")?,
            cached: unsigned(row, "cached")?,
            written: unsigned(row, "written")?,
            output: unsigned(row, "output")?,
            reasoning: unsigned(row, "reasoning")?,
            estimated: flags & flag::ESTIMATED != 0,
        },
        cost,
        practice: flags & flag::PRACTICE != 0,
    };
    Ok((seq, exchange))
}

fn attempts(connection: &Connection, names: &mut Reading, seq: i64) -> Result<Vec<Attempt>, HistoryError> {
    let sql = "SELECT * FROM attempt WHERE exchange = ?1 ORDER BY n";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([seq])?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        let mut name = |column: &str| names.text(connection, row.get(column)?);
        let (member, provider, model) = (name("member")?, name("provider")?, name("model")?);
        let (outcome, reason) = (name("outcome")?, name("reason")?);
        attempts.push(Attempt {
            member,
            provider,
            model,
            started_ms: unsigned(row, "started")?.unwrap_or(0),
            first_content_ms: unsigned(row, "first_content")?,
            took_ms: unsigned(row, "took")?.unwrap_or(0),
            status: row.get("status")?,
            outcome,
            reason,
            detail: row.get::<_, Option<String>>("detail")?.unwrap_or_default(),
            forced: row.get("forced")?,
            again: names.text_of(connection, row.get("again")?)?,
        });
    }
    Ok(attempts)
}

/// SQLite's integers are signed.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: &str) -> Result<Option<u64>, HistoryError> {
    Ok(row.get::<_, Option<i64>>(column)?.and_then(|value| u64::try_from(value).ok()))
}

fn json(value: &impl serde::Serialize) -> Option<String> {
    serde_json::to_string(value).ok()
}

fn listed<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<Vec<T>, HistoryError> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
