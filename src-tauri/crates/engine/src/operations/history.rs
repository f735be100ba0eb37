//! What happened: lists, statistics, exports, how long it is kept, and what it cost.

use super::{ExchangeFilter, ExchangeId, ExchangesInput, ExportInput, Nothing, PriceInput, StatisticsInput, problem};
use crate::data::private_dir;
use crate::error::Problem;
use crate::live::{intended_share, policy_name, row};
use crate::prices::PriceDraft;
use crate::retention::{self, RetentionDraft};
use crate::shared::{Handle, Shared};
use crate::view::{
    ExchangePage, ExchangeRow, ExportView, HistoryView, PriceView, ShareView, SharesView, StatisticsView,
};
use mainstay_history::{Cursor, Exchange, Filter, Format, HistoryError, Page, Reader, RouteShares, StatisticsQuery};
use mainstay_profiles::CostClass;
use std::collections::{BTreeMap, HashSet};
use std::fs::OpenOptions;
use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;

/// The most exchanges in one page.
const PAGE: u32 = 1000;

impl Handle {
    pub(super) async fn exchanges(&self, input: ExchangesInput) -> Result<ExchangePage, Problem> {
        let most = input.limit.clamp(1, PAGE) as usize;
        let after = input.after.as_deref().map(str::parse::<Cursor>).transpose();
        let after = after.map_err(|error| history_problem(&error))?;
        let filter = Filter::from(input.filter);
        self.blocking(move |shared| {
            let flushed = shared.watcher.history.flush();
            if let Some(skip) = input.skip
                && flushed.is_ok()
            {
                let read = |reader: &Reader| Ok((reader.list_from(&filter, skip, most)?, reader.count(&filter)?));
                let (exchanges, total) = shared.read(read).map_err(|error| history_problem(&error))?;
                return Ok(ExchangePage { total: Some(total), ..told(exchanges.iter(), None) });
            }
            let page = shared.read(|reader| reader.list(&filter, after, most));
            if flushed.is_ok() {
                let page = page.map_err(|error| history_problem(&error))?;
                return Ok(told(page.exchanges.iter(), page.next));
            }
            // The last ones are not in the file yet, and where there is none to read they are all there is.
            let Page { exchanges, next } = page.unwrap_or(Page { exchanges: Vec::new(), next: None });
            let fresh = if after.is_none() { shared.watcher.recent.matching(&filter) } else { Vec::new() };
            let seen: HashSet<&str> = fresh.iter().map(|exchange| exchange.id.as_str()).collect();
            let older = exchanges.iter().filter(|exchange| !seen.contains(exchange.id.as_str()));
            Ok(told(fresh.iter().map(|exchange| &**exchange).chain(older).take(most), next))
        })
        .await
    }

    pub(super) async fn exchange(&self, input: ExchangeId) -> Result<ExchangeRow, Problem> {
        self.blocking(move |shared| {
            if let Some(exchange) = shared.watcher.recent.exchange(&input.id) {
                return Ok(row(&exchange));
            }
            let found = shared.read(|reader| reader.find(&input.id)).map_err(|error| history_problem(&error))?;
            found.map(|exchange| row(&exchange)).ok_or_else(|| {
                problem("no_such_exchange", format!("There is no exchange {}.", input.id), "It may be too long ago.")
            })
        })
        .await
    }

    pub(super) async fn statistics(&self, input: StatisticsInput) -> Result<StatisticsView, Problem> {
        let query = StatisticsQuery { filter: input.filter.into(), by: input.by };
        self.blocking(move |shared| {
            // Where the last ones can't be written, what is in the file is still worth reckoning; Live says what is amiss.
            let _ = shared.watcher.history.flush();
            let statistics =
                shared.read(|reader| reader.statistics(&query)).map_err(|error| history_problem(&error))?;
            let shares = statistics.shares.into_iter().map(|shares| shared.shares(shares)).collect();
            Ok(StatisticsView { groups: statistics.groups, shares })
        })
        .await
    }

    pub(super) async fn export_history(&self, input: ExportInput) -> Result<ExportView, Problem> {
        let (filter, format) = (Filter::from(input.filter), input.format);
        self.blocking(move |shared| {
            let _ = shared.watcher.history.flush();
            // Only ever here: what a page asks for can't write over a file of the user's.
            let (path, file) = export_file(&shared.data_dir.join("exports"), format)
                .map_err(|error| history_problem(&HistoryError::Output(error)))?;
            let written = shared.read(|reader| reader.export(&filter, format, BufWriter::new(&file)));
            match written {
                Ok(written) => Ok(ExportView { path: path.display().to_string(), exchanges: written.exchanges }),
                Err(error) => {
                    // Half an export would look like a whole one.
                    let _ = std::fs::remove_file(&path);
                    Err(history_problem(&error))
                }
            }
        })
        .await
    }

    pub(super) async fn history(&self, _: Nothing) -> Result<HistoryView, Problem> {
        self.blocking(|shared| Ok(shared.history_view())).await
    }

    pub(super) async fn set_retention(&self, input: RetentionDraft) -> Result<HistoryView, Problem> {
        if !input.sensible() {
            let message = "The history can be kept for 1 to 3650 days and in 16 to 65536 MiB.".to_owned();
            return Err(problem("bad_retention", message, "Choose numbers within these."));
        }
        self.blocking(move |shared| {
            retention::write(&shared.data_dir, input).map_err(|error| {
                let message = format!("How long the history is kept could not be saved: {error}.");
                problem("data_folder_unusable", message, "See that the data folder can be written to.")
            })?;
            shared.watcher.history.retain(input.into()).map_err(|error| history_problem(&error))?;
            Ok(shared.history_view())
        })
        .await
    }

    pub(super) async fn delete_history(&self, _: Nothing) -> Result<HistoryView, Problem> {
        self.blocking(|shared| {
            shared.watcher.recent.clear();
            shared.watcher.pulse().forget_today();
            let deleted = shared.watcher.history.delete_all();
            shared.watcher.stir();
            deleted.map_err(|error| history_problem(&error))?;
            tracing::info!("the history was deleted");
            Ok(shared.history_view())
        })
        .await
    }

    pub(super) async fn prices(&self, _: Nothing) -> Result<Vec<PriceView>, Problem> {
        Ok(self.0.price_list())
    }

    pub(super) async fn set_price(&self, input: PriceInput) -> Result<Vec<PriceView>, Problem> {
        if input.price.is_some_and(|price| !price.sensible()) {
            let message = "A price is a number of US dollars for a million tokens, from 0 to 100000.".to_owned();
            return Err(problem("bad_price", message, "Correct the price."));
        }
        if input.model.is_empty() || self.0.catalogue.now().provider(&input.provider).is_none() {
            let message = format!("The catalogue knows no provider called \"{}\".", input.provider);
            return Err(problem("no_such_provider", message, "Choose one of the list."));
        }
        self.blocking(move |shared| {
            shared.watcher.prices.set(&input.provider, &input.model, input.price).map_err(|error| {
                let message = format!("The price could not be saved: {error}.");
                problem("prices_unusable", message, "Correct prices.json in the data folder, or remove it.")
            })?;
            Ok(shared.price_list())
        })
        .await
    }
}

impl Shared {
    /// Asks the history's file. A fault that only a reader sees is told to the writer.
    pub(super) fn read<T>(&self, ask: impl FnOnce(&Reader) -> Result<T, HistoryError>) -> Result<T, HistoryError> {
        let asked = self.watcher.history.reader().and_then(|reader| ask(&reader));
        if let Err(error) = &asked {
            self.watcher.history.suspect(error);
        }
        asked
    }

    fn history_view(&self) -> HistoryView {
        let history = &self.watcher.history;
        let info = history.info();
        let extent = self.read(Reader::extent).ok();
        HistoryView {
            notice: self.history_notice(),
            recording: info.recording,
            lost: info.lost,
            path: history.path().display().to_string(),
            bytes: info.bytes,
            exchanges: extent.map(|(count, _)| count),
            oldest: extent.and_then(|(_, oldest)| oldest),
            retention: retention::read(&self.data_dir),
        }
    }

    /// What was shared out, beside what was meant to be.
    fn shares(&self, shares: RouteShares) -> SharesView {
        let routing = self.core.routing();
        let pool = routing.named(&shares.route).map(|route| &route.pool);
        let mut counts: Vec<(Arc<str>, [u64; 3])> = shares
            .members
            .into_iter()
            .map(|share| (share.member, [share.requests, share.placed, share.conversations]))
            .collect();
        for member in pool.iter().flat_map(|pool| pool.seats()) {
            if counts.iter().all(|(name, _)| *name != member.name) {
                counts.push((Arc::clone(&member.name), [0; 3]));
            }
        }
        let sum = |which: usize| counts.iter().map(|(_, counts)| counts[which]).sum::<u64>();
        let sums = [sum(0), sum(1), sum(2)];
        let percent = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 };
        let members = counts.iter().map(|(member, [requests, placed, conversations])| {
            let weights = pool.iter().flat_map(|pool| pool.seats().map(move |member| (pool, member)));
            // A name that the list repeats counts for its share each time (failover §4).
            let intended = weights
                .filter(|(_, listed)| listed.name == *member)
                .filter_map(|(pool, listed)| intended_share(pool, listed.weight))
                .reduce(|a, b| a + b);
            ShareView {
                member: member.to_string(),
                intended,
                requests: *requests,
                request_share: percent(*requests, sums[0]),
                placed: *placed,
                placed_share: percent(*placed, sums[1]),
                conversations: *conversations,
                conversation_share: percent(*conversations, sums[2]),
            }
        });
        SharesView {
            route: shares.route.to_string(),
            policy: pool.map(|pool| policy_name(pool.policy).to_owned()),
            sticky: pool.is_some_and(|pool| pool.sticky),
            members: members.collect(),
        }
    }

    /// The catalogue's models, those that members use, and those with a price of the user's own.
    fn price_list(&self) -> Vec<PriceView> {
        let own = self.watcher.prices.own_prices();
        let mut models: BTreeMap<(String, String), Option<PriceDraft>> = BTreeMap::new();
        let catalogue = self.catalogue.now();
        for provider in catalogue.providers() {
            let known = provider.models.iter().map(|model| (provider.name.clone(), model.id.clone()));
            models.extend(known.map(|key| (key, None)));
        }
        let routing = self.core.routing();
        for upstream in routing.routes().iter().flat_map(|route| route.upstreams.iter().flatten()) {
            if !upstream.practice && !upstream.terms.model.is_empty() {
                models.insert((upstream.provider.to_string(), upstream.terms.model.clone()), None);
            }
        }
        for (provider, priced) in own {
            models.extend(priced.into_iter().map(|(model, price)| ((provider.clone(), model), Some(price))));
        }
        let told = models.into_iter().map(|((name, model), own)| {
            let provider = catalogue.provider(&name);
            PriceView {
                own,
                listed: provider.and_then(|provider| provider.model(&model).price.as_ref().map(PriceDraft::from)),
                free_tier: provider.is_some_and(|provider| provider.cost_class == Some(CostClass::FreeTier)),
                provider: name,
                model,
            }
        });
        told.collect()
    }
}

impl From<ExchangeFilter> for Filter {
    fn from(filter: ExchangeFilter) -> Self {
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            text: said(filter.text.map(|text| text.trim().to_owned())),
            route: said(filter.route),
            member: said(filter.member),
            tool: said(filter.tool),
            dialect: said(filter.dialect),
            outcome: filter.outcome,
            practice: filter.practice,
            from: filter.from,
            to: filter.to,
        }
    }
}

fn told<'a>(exchanges: impl Iterator<Item = &'a Exchange>, next: Option<Cursor>) -> ExchangePage {
    ExchangePage { rows: exchanges.map(row).collect(), next: next.map(|next| next.to_string()), total: None }
}

/// A new file for an export, for the user alone.
fn export_file(folder: &std::path::Path, format: Format) -> io::Result<(PathBuf, std::fs::File)> {
    private_dir(folder)?;
    let kind = match format {
        Format::Csv => "csv",
        Format::Json => "json",
    };
    let stamp = jiff::Zoned::now().strftime("%Y-%m-%d-%H%M%S").to_string();
    for n in 1.. {
        let more = if n == 1 { String::new() } else { format!("-{n}") };
        let path = folder.join(format!("history-{stamp}{more}.{kind}"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn history_problem(error: &HistoryError) -> Problem {
    let mut message = error.to_string();
    if !message.ends_with('.') {
        message.push('.');
    }
    problem(error.code(), format!("The history can't be used: {message}"), error.hint())
}
