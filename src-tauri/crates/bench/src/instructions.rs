//! How many instructions the pure parts take, counted by callgrind: the same on a busy machine as on a quiet one. Recorded
//! in a file, and compared with it.
//!
//! Each case runs as a process of its own, a few times and a few times more; the difference is what the case takes.

use crate::bodies::{chat, messages, sized};
use crate::nginx::{stream_answer, whole_answer};
use mainstay_balancer::{
    Ask, Balancer, BreakerRule, DailyLimit, Failback, Member, Policy, Pool, Refusal, TargetKey, classify,
};
use mainstay_dialects::{
    Back, Dialect, Framing, Opening, Relay, Terms, convert_answer, glance, prepare, read_answer, read_error,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::{fs, io};

/// What a case does once.
type Work = Box<dyn FnMut()>;

/// A case: its name, and how its work is made ready.
type Case = (&'static str, fn() -> Work);

const CASES: &[Case] = &[
    ("glance at 2.3 kB of OpenAI Chat", || {
        let body = chat("gpt-5", false);
        Box::new(move || drop(black_box(glance(Dialect::OpenaiChat, &body))))
    }),
    ("glance at 2.3 kB of Anthropic", || {
        let body = messages("gpt-5", false);
        Box::new(move || drop(black_box(glance(Dialect::Anthropic, &body))))
    }),
    ("glance at 100 kB of OpenAI Chat", || {
        let body = sized("gpt-5", 100_000);
        Box::new(move || drop(black_box(glance(Dialect::OpenaiChat, &body))))
    }),
    ("make the body, OpenAI Chat to the same", || prepared(Dialect::OpenaiChat, chat("gpt-5", false))),
    ("make the body, Anthropic to OpenAI Chat", || prepared(Dialect::Anthropic, messages("gpt-5", false))),
    ("read an answer of OpenAI Chat", || {
        let body = whole_answer().into_bytes();
        Box::new(move || drop(black_box(read_answer(Dialect::OpenaiChat, &body))))
    }),
    ("convert an answer, OpenAI Chat to Anthropic", || {
        let (body, opening) = (whole_answer().into_bytes(), opening());
        Box::new(move || {
            drop(black_box(convert_answer(Dialect::OpenaiChat, Dialect::Anthropic, &body, &opening)));
        })
    }),
    ("relay 16 events, OpenAI Chat to the same", || relayed(Dialect::OpenaiChat)),
    ("relay 16 events, OpenAI Chat to Anthropic", || relayed(Dialect::Anthropic)),
    ("read and classify a refusal", || {
        let body = br#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#;
        Box::new(move || {
            let error = read_error(body);
            drop(black_box(classify(&Refusal {
                status: 429,
                headers: &|name| (name == "retry-after").then_some("20"),
                error: &error,
                dialect: Dialect::OpenaiChat,
                provider: "openai",
                untouched: true,
                ours: &[],
                now: 1_760_000_000_000,
            })));
        })
    }),
    ("plan for a list of 3", || planned(3)),
    ("plan for a list of 50", || planned(50)),
];

fn prepared(client: Dialect, body: Vec<u8>) -> Work {
    let terms = Terms { model: "bench".to_owned(), ..Terms::default() };
    Box::new(move || drop(black_box(prepare(client, Dialect::OpenaiChat, &body, false, &terms))))
}

fn relayed(client: Dialect) -> Work {
    let stream = stream_answer();
    Box::new(move || {
        let mut relay = Relay::new(Dialect::OpenaiChat, client, Framing::Sse, opening());
        // As it comes from a model: an event at a time.
        for event in stream.split_inclusive("\n\n") {
            drop(black_box(relay.push(event.as_bytes())));
        }
        drop(black_box(relay.finish()));
    })
}

fn opening() -> Opening {
    Opening {
        id: "bench".to_owned(),
        model: "bench".to_owned(),
        created_s: 1_760_000_000,
        include_usage: false,
        maker: String::new(),
        back: Back::default(),
    }
}

fn planned(members: usize) -> Work {
    let member = |index: usize| Member {
        name: format!("member-{index}").into(),
        weight: 1,
        key: TargetKey {
            base_url: Arc::from("http://127.0.0.1:1"),
            credential: format!("{index}").into(),
            model: Arc::from("m"),
        },
        dialect: Dialect::OpenaiChat,
        breaker: BreakerRule::default(),
        context_limit: None,
        unready: None,
        provider: Arc::from("openai"),
        daily: DailyLimit::default(),
        spare_of: None,
    };
    let pool = Pool {
        name: Arc::from("list"),
        policy: Policy::Failover,
        members: (0..members).map(member).collect(),
        sticky: false,
        failback: Failback::default(),
    };
    let mut balancer = Balancer::default();
    let mut now = 1_760_000_000_000;
    Box::new(move || {
        let ask = Ask {
            dialect: Dialect::OpenaiChat,
            needs: &[],
            tokens: 600,
            moves_wheel: true,
            conversation: None,
            made_by: None,
        };
        now += 1;
        let plan = balancer.plan(&pool, &ask, now);
        if let Ok(permit) = balancer.admit(&pool, &plan.order[0], now) {
            balancer.commit(&permit, now);
            balancer.conclude(permit, &mainstay_balancer::Outcome::Served, now, 0.5);
        }
        drop(black_box(plan));
    })
}

/// Does a case's work so often. This is what callgrind looks at.
pub(crate) fn run(case: usize, times: u32) -> io::Result<()> {
    let (_, ready) = CASES.get(case).ok_or_else(|| io::Error::other("there is no such case"))?;
    let mut work = ready();
    (0..times).for_each(|_| work());
    Ok(())
}

/// Counts all cases and compares them with `file`, or records them there. Gives back whether none has grown by more than
/// three percent.
pub(crate) fn count(file: &Path, record: bool) -> io::Result<bool> {
    let before = read(file);
    let mut text = String::from(
        "# Instructions that each pure part takes, by callgrind. `make instructions` compares, and records with RECORD=1.\n",
    );
    let mut good = true;
    for (index, (name, _)) in CASES.iter().enumerate() {
        let now = instructions(index)?;
        writeln!(text, "{now:>9}  {name}").expect("a string takes all");
        let was = before.get(*name);
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let change = was.map(|was| (now as f64 / *was as f64 - 1.0) * 100.0);
        let grown = change.is_some_and(|change| change > 3.0);
        let told = change.map_or_else(|| "new".to_owned(), |change| format!("{change:+.1} %"));
        println!("{now:>9}  {name}  ({told}{})", if grown { ": GROWN" } else { "" });
        good &= !grown;
    }
    if record {
        fs::write(file, text)?;
    }
    Ok(good || record)
}

fn read(file: &Path) -> BTreeMap<String, u64> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = |line: &str| {
        let (count, name) = line.trim().split_once("  ")?;
        Some((name.to_owned(), count.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

fn instructions(case: usize) -> io::Result<u64> {
    const FEW: u32 = 20;
    const MANY: u32 = 120;
    let (few, many) = (collected(case, FEW)?, collected(case, MANY)?);
    Ok(many.saturating_sub(few) / u64::from(MANY - FEW))
}

/// What callgrind says at the end: `Collected : 123456`.
fn collected(case: usize, times: u32) -> io::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["work", &case.to_string(), &times.to_string()])
        .output()
        .map_err(|error| io::Error::other(format!("valgrind can't be started ({error}); install it")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let count = line.and_then(|(_, count)| count.trim().parse().ok());
    count.ok_or_else(|| io::Error::other(format!("valgrind says: {said}")))
}
