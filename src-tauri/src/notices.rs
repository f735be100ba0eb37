//! What is worth a notification: a member took over, the first choice is back, nobody can serve, a login is needed, a
//! failover costs money. What the user did himself is none, and of each kind comes at most one a minute.

use crate::preferences::NoticePreferences;
use crate::words::{self, Said};
use jiff::civil::Date;
use mainstay_engine::LiveFrame;
use mainstay_engine::view::{ExchangeRow, LiveMember, LiveState, MemberState, StepKind};
use std::collections::BTreeMap;

/// The shortest time between two of a kind, in milliseconds.
const BETWEEN: u64 = 60_000;

/// Kinds of notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Another member serves because the one before it is out, or one of several that share is out.
    FailedOver,
    /// The first choice serves again.
    Back,
    /// Nobody can serve.
    AllOut,
    /// A member has lost its credential.
    LoginNeeded,
    /// The first failover of the local day whose answer costs money.
    Paid,
}

/// What was seen last.
#[derive(Default)]
pub(crate) struct Desk {
    last: Option<LiveState>,
    said: BTreeMap<Kind, u64>,
    paid: Option<Date>,
}

impl Desk {
    /// What to say now that this was heard. `today` is the local day. What is not wanted, or comes too soon after another
    /// of its kind, is dropped: Live shows it all the same.
    pub(crate) fn hear(&mut self, frame: &LiveFrame, today: Date, wanted: &NoticePreferences) -> Vec<(Kind, Said)> {
        let mut all = Vec::new();
        let first = self.last.is_none();
        if let Some(now) = &frame.state {
            if let Some(before) = &self.last {
                all.extend(changes(before, now));
            }
            self.last = Some(now.clone());
        }
        for exchange in &frame.exchanges {
            if let Some(said) = paid(exchange)
                && self.paid.replace(today) != Some(today)
                // The first frame tells what was before the window.
                && !first
            {
                all.push((Kind::Paid, said));
            }
        }
        let now = self.last.as_ref().map_or(0, |state| state.now);
        all.retain(|(kind, _)| {
            let due = wanted.wants(*kind) && self.said.get(kind).is_none_or(|last| now >= last + BETWEEN);
            if due {
                self.said.insert(*kind, now);
            }
            due
        });
        all
    }
}

fn serving(state: &LiveState) -> Vec<&LiveMember> {
    state.members.iter().filter(|member| member.state == MemberState::Serving).collect()
}

fn is_out(member: &LiveMember) -> bool {
    !matches!(member.state, MemberState::Serving | MemberState::Ready | MemberState::Unchecked)
}

fn changes(before: &LiveState, now: &LiveState) -> Vec<(Kind, Said)> {
    let mut said = Vec::new();
    let (Some(route), Some(earlier)) = (&now.active, &before.active) else { return said };
    let same_members = before.members.iter().map(|each| &each.name).eq(now.members.iter().map(|each| &each.name));
    if route != earlier || !same_members || now.offline.is_some() {
        return said;
    }
    for (was, member) in before.members.iter().zip(&now.members) {
        if member.state == MemberState::NeedsCredential && was.state != MemberState::NeedsCredential {
            said.push((Kind::LoginNeeded, words::login_needed(member)));
        }
    }
    let (were, are) = (serving(before), serving(now));
    let (Some(was), Some(is)) = (were.first(), are.first()) else {
        let usable = |member: &LiveMember| !matches!(member.state, MemberState::Missing | MemberState::Broken);
        if !were.is_empty() && are.is_empty() && now.members.iter().any(usable) {
            said.push((Kind::AllOut, words::all_out(&route.name)));
        }
        if were.is_empty() && are.first().is_some_and(|is| Some(&is.name) == now.members.first().map(|it| &it.name)) {
            said.extend(are.first().map(|is| (Kind::Back, words::back(&is.name))));
        }
        return said;
    };
    if !route.balancer {
        return said;
    }
    let out = |name: &str| now.members.iter().find(|member| member.name == name && is_out(member));
    if route.policy == "failover" {
        if was.name == is.name {
            return said;
        }
        if let Some(from) = out(&was.name) {
            said.push((Kind::FailedOver, words::failed_over(from, &is.name)));
        } else if Some(&is.name) == now.members.first().map(|member| &member.name) {
            said.push((Kind::Back, words::back(&is.name)));
        }
    } else if let Some(from) = were.iter().find_map(|was| out(&was.name)) {
        said.push((Kind::FailedOver, words::one_less(from)));
    }
    said
}

fn paid(exchange: &ExchangeRow) -> Option<Said> {
    let by = exchange.served_by.as_deref()?;
    let passed = exchange.steps.iter().any(|step| step.member != by && step.kind == StepKind::Failed);
    let usd = exchange.cost.filter(|usd| *usd > 0.0 && !exchange.included)?;
    passed.then(|| words::paid(by, usd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use MemberState::{Cooling, NeedsCredential, Ready, Serving};
    use jiff::civil::date;
    use mainstay_engine::view::{ActiveRoute, RouteStep, Today};

    const DAY: Date = date(2026, 3, 1);

    fn member(name: &str, state: MemberState) -> LiveMember {
        LiveMember {
            name: name.to_owned(),
            provider: "openai".to_owned(),
            model: "m".to_owned(),
            state,
            until: None,
            why: (state == Cooling).then(|| "429, hit its rate limit".to_owned()),
            can_try: false,
            share: None,
            minutes: Vec::new(),
            p50: None,
            p95: None,
            served: 0,
            limits: Vec::new(),
            checked: None,
            practice: false,
            fault: None,
            accounts: Vec::new(),
        }
    }

    fn state(now: u64, policy: &str, members: &[(&str, MemberState)]) -> LiveState {
        LiveState {
            now,
            active: Some(ActiveRoute {
                name: "ha".to_owned(),
                balancer: true,
                policy: policy.to_owned(),
                practice: false,
                pinned: None,
                sticky: false,
            }),
            members: members.iter().map(|(name, state)| member(name, *state)).collect(),
            ready: 1,
            routes: Vec::new(),
            today: Today::default(),
            address: String::new(),
            notice: None,
            offline: None,
            history: None,
        }
    }

    fn frame(state: LiveState) -> LiveFrame {
        LiveFrame { state: Some(state), exchanges: Vec::new(), profiles_changed: false }
    }

    fn row(cost: Option<f64>, failed_first: bool) -> ExchangeRow {
        let step = |member: &str, kind| RouteStep {
            member: member.to_owned(),
            kind,
            status: None,
            outcome: String::new(),
            detail: String::new(),
            again: None,
            started_ms: None,
            took_ms: None,
        };
        let first = failed_first.then(|| step("a", StepKind::Failed));
        ExchangeRow {
            id: "x".to_owned(),
            time: 0,
            tool: None,
            dialect: "anthropic".to_owned(),
            stream: false,
            asked: None,
            answered: None,
            route: None,
            steps: first.into_iter().chain([step("b", StepKind::Served)]).collect(),
            served_by: Some("b".to_owned()),
            ended: "served".to_owned(),
            status: 200,
            error: None,
            notes: Vec::new(),
            first_content_ms: None,
            total_ms: 1,
            tokens: None,
            tokens_estimated: false,
            cost,
            included: cost.is_none(),
        }
    }

    fn kinds(desk: &mut Desk, frame: &LiveFrame) -> Vec<Kind> {
        desk.hear(frame, DAY, &NoticePreferences::default()).into_iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn who_takes_over_is_said_with_the_reason_and_the_return_too() {
        let mut desk = Desk::default();
        let well = state(0, "failover", &[("a", Serving), ("b", Ready)]);
        assert!(kinds(&mut desk, &frame(well.clone())).is_empty(), "how it stands at the start is no news");
        let heard = desk.hear(
            &frame(state(1, "failover", &[("a", Cooling), ("b", Serving)])),
            DAY,
            &NoticePreferences::default(),
        );
        let (title, body) = ("b took over".to_owned(), "a: 429, hit its rate limit.".to_owned());
        assert_eq!(heard, [(Kind::FailedOver, (title, body))]);
        assert_eq!(kinds(&mut desk, &frame(LiveState { now: 2, ..well })), [Kind::Back]);
    }

    #[test]
    fn of_each_kind_comes_at_most_one_a_minute() {
        let mut desk = Desk::default();
        let well = |now| frame(state(now, "failover", &[("a", Serving), ("b", Ready)]));
        let out = |now| frame(state(now, "failover", &[("a", Cooling), ("b", Serving)]));
        kinds(&mut desk, &well(0));
        assert_eq!(kinds(&mut desk, &out(1_000)), [Kind::FailedOver]);
        assert_eq!(kinds(&mut desk, &well(2_000)), [Kind::Back]);
        assert!(kinds(&mut desk, &out(3_000)).is_empty());
        assert!(kinds(&mut desk, &well(4_000)).is_empty());
        assert_eq!(kinds(&mut desk, &out(61_000)), [Kind::FailedOver]);
    }

    #[test]
    fn what_the_user_did_is_no_news() {
        let mut desk = Desk::default();
        kinds(&mut desk, &frame(state(0, "failover", &[("a", Serving), ("b", Ready)])));
        let mut pinned = state(1, "failover", &[("a", Ready), ("b", Serving)]);
        if let Some(active) = &mut pinned.active {
            active.pinned = Some("b".to_owned());
        }
        assert!(kinds(&mut desk, &frame(pinned)).is_empty());
        assert!(kinds(&mut desk, &frame(state(2, "failover", &[("b", Serving), ("a", Ready)]))).is_empty());
        assert!(kinds(&mut desk, &frame(state(3, "weighted", &[("b", Serving), ("a", Serving)]))).is_empty());
    }

    #[test]
    fn nobody_left_a_lost_login_and_one_less_to_share_are_said() {
        let mut desk = Desk::default();
        kinds(&mut desk, &frame(state(0, "failover", &[("a", Serving), ("b", Ready)])));
        assert_eq!(kinds(&mut desk, &frame(state(1, "failover", &[("a", Cooling), ("b", Cooling)]))), [Kind::AllOut]);
        let mut desk = Desk::default();
        kinds(&mut desk, &frame(state(0, "failover", &[("a", Serving), ("b", Ready)])));
        let heard = kinds(&mut desk, &frame(state(1, "failover", &[("a", NeedsCredential), ("b", Serving)])));
        assert_eq!(heard, [Kind::LoginNeeded, Kind::FailedOver]);
        let mut desk = Desk::default();
        kinds(&mut desk, &frame(state(0, "weighted", &[("a", Serving), ("b", Serving)])));
        assert_eq!(
            kinds(&mut desk, &frame(state(1, "weighted", &[("a", Cooling), ("b", Serving)]))),
            [Kind::FailedOver]
        );
    }

    #[test]
    fn nothing_is_said_while_the_machine_is_offline() {
        let mut desk = Desk::default();
        kinds(&mut desk, &frame(state(0, "failover", &[("a", Serving), ("b", Ready)])));
        let offline = LiveState { offline: Some(1), ..state(1, "failover", &[("a", Cooling), ("b", Cooling)]) };
        assert!(kinds(&mut desk, &frame(offline)).is_empty());
    }

    #[test]
    fn the_first_failover_of_a_day_that_costs_money_is_said_once_a_day() {
        let mut desk = Desk::default();
        let well = || state(0, "failover", &[("a", Serving), ("b", Ready)]);
        kinds(&mut desk, &frame(well()));
        let rows = |rows: Vec<ExchangeRow>, now| LiveFrame { exchanges: rows, ..frame(LiveState { now, ..well() }) };
        assert!(kinds(&mut desk, &rows(vec![row(None, true), row(Some(0.01), false)], 1)).is_empty());
        assert_eq!(kinds(&mut desk, &rows(vec![row(Some(0.0125), true)], 2)), [Kind::Paid]);
        assert!(kinds(&mut desk, &rows(vec![row(Some(0.5), true)], 200_000)).is_empty());
        let next =
            desk.hear(&rows(vec![row(Some(0.5), true)], 300_000), date(2026, 3, 2), &NoticePreferences::default());
        assert_eq!(next[0].1.1, "b answered for $0.500.");
    }

    #[test]
    fn what_is_not_wanted_is_not_said() {
        let mut desk = Desk::default();
        let wanted = NoticePreferences { failed_over: false, ..NoticePreferences::default() };
        desk.hear(&frame(state(0, "failover", &[("a", Serving), ("b", Ready)])), DAY, &wanted);
        let out = frame(state(1, "failover", &[("a", Cooling), ("b", Serving)]));
        assert!(desk.hear(&out, DAY, &wanted).is_empty());
        let paused = NoticePreferences { paused: true, ..NoticePreferences::default() };
        let well = frame(state(2, "failover", &[("a", Serving), ("b", Ready)]));
        assert!(desk.hear(&well, DAY, &paused).is_empty());
    }
}
