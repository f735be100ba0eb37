//! Figures of several rounds, and how they are told: the median, with the least and the most.

use std::fmt::{self, Display, Write as _};

/// The same figure of several rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds(Vec<f64>);

impl Rounds {
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Round by round.
    pub(crate) fn with(&self, other: &Self, reckon: impl Fn(f64, f64) -> f64) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, two)| reckon(*one, *two)).collect())
    }

    pub(crate) fn per(&self, other: &Self) -> Self {
        self.with(other, |one, two| one / two)
    }

    pub(crate) fn over(&self, other: &Self) -> Self {
        self.with(other, |one, two| one - two)
    }

    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            even if even % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        }
    }
}

impl Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = self.0.iter().fold((f64::MAX, f64::MIN), |(a, b), it| (a.min(*it), b.max(*it)));
        let digits = match self.median().abs() {
            small if small < 10.0 => 2,
            small if small < 100.0 => 1,
            _ => 0,
        };
        write!(f, "{:.digits$}", self.median())?;
        if self.0.len() > 1 {
            write!(f, " ({least:.digits$} to {most:.digits$})")?;
        }
        Ok(())
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) lane: &'static str,
    pub(crate) what: String,
    pub(crate) figure: String,
    /// What was aimed at, where something was.
    pub(crate) target: String,
}

impl Row {
    pub(crate) fn new(lane: &'static str, what: impl Into<String>, figure: impl Display) -> Self {
        Self { lane, what: what.into(), figure: figure.to_string(), target: String::new() }
    }

    pub(crate) fn aiming_at(mut self, target: &str) -> Self {
        self.target = target.to_owned();
        self
    }
}

/// The table in Markdown.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| lane | measured | figure | target |\n| --- | --- | --- | --- |\n");
    for Row { lane, what, figure, target } in rows {
        writeln!(text, "| {lane} | {what} | {figure} | {target} |").expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_told_by_their_median_and_their_spread() {
        let rounds = Rounds(vec![3.0, 1.0, 2.0]);
        assert_eq!(rounds.to_string(), "2.00 (1.00 to 3.00)");
        assert_eq!(rounds.per(&Rounds(vec![1.0, 1.0, 4.0])).to_string(), "1.00 (0.50 to 3.00)");
        assert_eq!(Rounds(vec![120.0]).to_string(), "120");
    }
}
