//! What a profile may spend in a day (failover §4): `dailyLimit` of the `"x-mainstay"` block.

use serde_json::{Value, json};

use crate::document::{Document, EditError};
use crate::extension::KEY;
use crate::settings::{Problem, whole_number};

/// The most that makes sense as money, in US dollars. Beyond it a float no longer says which millionth was meant.
const MOST_USD: f64 = 1e9;
const MICRO: f64 = 1e6;

/// What a profile may spend in a local day. At the limit its member is skipped until the day ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DailyLimit {
    /// `requests`: requests that it serves.
    pub requests: Option<u64>,
    /// `usd`: money at the catalogue's prices, in millionths of a US dollar.
    pub micro_usd: Option<u64>,
}

impl DailyLimit {
    pub(crate) fn read(value: &Value, problems: &mut Vec<Problem>) -> DailyLimit {
        const REQUESTS: &str = "x-mainstay.dailyLimit.requests";
        const USD: &str = "x-mainstay.dailyLimit.usd";
        let block = match value {
            Value::Null => return DailyLimit::default(),
            Value::Object(block) => block,
            other => {
                problems.push(Problem::wrong_type("x-mainstay.dailyLimit", "an object", other));
                return DailyLimit::default();
            }
        };
        let mut read = |key: &str, path: &str, wanted: &str, of: fn(&Value) -> Option<u64>| {
            let value = block.get(key).filter(|value| !value.is_null())?;
            let limit = of(value).filter(|limit| *limit > 0);
            if limit.is_none() {
                problems.push(Problem::new(
                    "bad-extension",
                    path,
                    format!("\"{path}\" is not {wanted}, so there is no such limit."),
                    format!("Give {wanted}, or remove the key."),
                ));
            }
            limit
        };
        DailyLimit {
            requests: read("requests", REQUESTS, "a whole number above 0", whole_number),
            micro_usd: read("usd", USD, "an amount above 0, for example 5 or 2.50", micro_usd),
        }
    }

    /// The money in US dollars.
    pub fn usd(self) -> Option<f64> {
        self.micro_usd.map(|micro| micro as f64 / MICRO)
    }

    /// An amount of US dollars in millionths of one; `None` when it makes no sense as a limit.
    pub fn micro_of(usd: f64) -> Option<u64> {
        ((0.0..=MOST_USD).contains(&usd)).then(|| (usd * MICRO).round() as u64).filter(|micro| *micro > 0)
    }
}

/// An amount of money: as a number or as text.
fn micro_usd(value: &Value) -> Option<u64> {
    let usd = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    usd.and_then(DailyLimit::micro_of)
}

/// Writes `dailyLimit` into a profile's file and leaves all else as it is. A limit that is not there leaves no key.
///
/// # Errors
/// [`EditError`] when `"x-mainstay"` is no object.
pub fn put_daily_limit(document: &mut Document, limit: DailyLimit) -> Result<(), EditError> {
    const BLOCK: &[&str] = &[KEY, "dailyLimit"];
    let now = document.get(BLOCK).map(|value| DailyLimit::read(&value, &mut Vec::new())).unwrap_or_default();
    // What says the same in other words ("5.00") stays as it is; what says nothing goes.
    let object = document.get(BLOCK).is_some_and(|value| value.is_object());
    if !object && document.get(BLOCK).is_some() {
        document.put_or_remove(BLOCK, None)?;
    }
    if limit.requests != now.requests || limit.requests.is_none() {
        document.put_or_remove(&[KEY, "dailyLimit", "requests"], limit.requests.map(Value::from))?;
    }
    if limit.micro_usd != now.micro_usd || limit.micro_usd.is_none() {
        let usd = limit.micro_usd.map(|micro| match micro % 1_000_000 {
            0 => json!(micro / 1_000_000),
            _ => json!(micro as f64 / MICRO),
        });
        document.put_or_remove(&[KEY, "dailyLimit", "usd"], usd)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &Value) -> (DailyLimit, Vec<String>) {
        let mut problems = Vec::new();
        let limit = DailyLimit::read(value, &mut problems);
        (limit, problems.into_iter().map(|problem| problem.key).collect())
    }

    #[test]
    fn requests_and_money_are_read_to_the_millionth() {
        for (usd, micro) in
            [(json!(5), 5_000_000), (json!(2.5), 2_500_000), (json!("0.30"), 300_000), (json!(5.1), 5_100_000)]
        {
            let (limit, problems) = read(&json!({"requests": 200, "usd": usd}));
            assert_eq!((limit.requests, limit.micro_usd, problems), (Some(200), Some(micro), vec![]));
        }
        assert_eq!(read(&json!({"requests": null})), (DailyLimit::default(), vec![]));
    }

    #[test]
    fn what_makes_no_sense_is_a_problem_and_no_limit() {
        for (value, keys) in [
            (json!(5), vec!["x-mainstay.dailyLimit"]),
            (json!({"requests": 0}), vec!["x-mainstay.dailyLimit.requests"]),
            (json!({"requests": 1.5}), vec!["x-mainstay.dailyLimit.requests"]),
            (json!({"usd": -1}), vec!["x-mainstay.dailyLimit.usd"]),
            (
                json!({"usd": "much", "requests": []}),
                vec!["x-mainstay.dailyLimit.requests", "x-mainstay.dailyLimit.usd"],
            ),
            (json!({"usd": 1e300}), vec!["x-mainstay.dailyLimit.usd"]),
        ] {
            assert_eq!(read(&value), (DailyLimit::default(), keys.into_iter().map(str::to_owned).collect()));
        }
    }

    #[test]
    fn a_limit_is_written_in_place_and_one_that_says_the_same_keeps_its_bytes() {
        let text = r#"{"model": "m", "x-mainstay": {"dailyLimit": {"usd": "5.00", "newer": 1}, "always": []}}"#;
        let mut document = Document::parse(text).expect("a document");
        put_daily_limit(&mut document, DailyLimit { requests: None, micro_usd: Some(5_000_000) }).expect("it fits");
        assert_eq!(document.text(), text);
        put_daily_limit(&mut document, DailyLimit { requests: Some(20), micro_usd: Some(1_250_000) }).expect("it fits");
        let block = document.get(&[KEY, "dailyLimit"]);
        assert_eq!(block, Some(json!({"usd": 1.25, "newer": 1, "requests": 20})));
        put_daily_limit(&mut document, DailyLimit::default()).expect("it fits");
        assert_eq!(document.get(&[KEY]), Some(json!({"dailyLimit": {"newer": 1}, "always": []})));
        let mut plain = Document::parse(r#"{"model":"m"}"#).expect("a document");
        put_daily_limit(&mut plain, DailyLimit { requests: Some(2), micro_usd: None }).expect("it fits");
        assert_eq!(plain.get(&[KEY]), Some(json!({"dailyLimit": {"requests": 2}})));
        put_daily_limit(&mut plain, DailyLimit::default()).expect("it fits");
        assert_eq!(plain.get(&[KEY]), None);
    }
}
