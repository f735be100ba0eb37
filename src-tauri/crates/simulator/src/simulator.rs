//! Starting and stopping practice providers, and the handle that tests hold on each.

use std::{
    collections::{BTreeMap, HashSet},
    fmt, io,
    net::Ipv4Addr,
    sync::Arc,
    time::Instant,
};

use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    fault::Fault,
    handler::Provider,
    latency::Latency,
    limits::Limits,
    outage::{Outage, Outages},
    play::Play,
    practice::{Practice, Speaks},
    seen::Seen,
    served::ServedTool,
    state::State,
    timeline::Timeline,
    wire,
};

/// Why practice providers couldn't start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// No port on loopback could be had.
    #[error("practice provider `{name}` found no port on 127.0.0.1")]
    Bind {
        /// The provider that couldn't start.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Two providers have one name; their answers couldn't be told apart.
    #[error("two practice providers are named `{0}`")]
    DuplicateName(String),
    /// An outage names a provider that this simulator doesn't have.
    #[error("there is no practice provider `{0}`")]
    UnknownProvider(String),
}

/// Running practice providers. Dropping it stops them and closes their connections.
pub struct Simulator {
    providers: Vec<Running>,
    outages: Arc<Outages>,
    control_token: String,
    servers: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Starts each provider on a free port of 127.0.0.1. All are ready to answer when this returns.
    /// Must be called inside a tokio runtime; the providers run on it.
    ///
    /// # Errors
    /// Two providers of one name, or no port to be had. Then none is left running.
    pub async fn start(providers: Vec<Practice>) -> Result<Self, SimulatorError> {
        let mut names = HashSet::new();
        if let Some(twice) = providers.iter().find(|practice| !names.insert(practice.name.as_str())) {
            return Err(SimulatorError::DuplicateName(twice.name.clone()));
        }
        let outages = Arc::new(Outages::new(providers.iter().map(|practice| practice.name.clone()).collect()));
        let mut simulator =
            Self { providers: Vec::new(), outages, control_token: control_token(), servers: Vec::new() };
        for practice in providers {
            let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
            let bound = bound.and_then(|listener| listener.local_addr().map(|address| (listener, address.port())));
            let (listener, port) =
                bound.map_err(|source| SimulatorError::Bind { name: practice.name.clone(), source })?;
            let state = Arc::new(State::new(practice, Arc::clone(&simulator.outages)));
            simulator.providers.push(Running::new(Arc::clone(&state), port));
            let provider = Provider::new(state, port, simulator.control_token.clone());
            simulator.servers.push(tokio::spawn(wire::serve(listener, Arc::new(provider))));
        }
        Ok(simulator)
    }

    /// The providers, in the order given to [`Simulator::start`].
    pub fn providers(&self) -> &[Running] {
        &self.providers
    }

    /// The provider of this name.
    pub fn provider(&self, name: &str) -> Option<&Running> {
        self.providers.iter().find(|running| running.name == name)
    }

    /// Strikes several providers at once, for one cause, over what each of them was told by itself.
    ///
    /// [`Outage::unreachable`] takes a moment; [`Running::listens`] tells when it holds.
    ///
    /// # Errors
    /// It names a provider that isn't here. Then it strikes nobody.
    pub fn strike(&self, outage: Outage) -> Result<(), SimulatorError> {
        self.outages.strike(outage, Instant::now()).map_err(SimulatorError::UnknownProvider)
    }

    /// Ends the outage of this cause everywhere.
    pub fn lift(&self, cause: &str) {
        self.outages.lift(Some(cause));
    }

    /// The outages in force, oldest first.
    pub fn outages(&self) -> Vec<Outage> {
        self.outages.all(Instant::now())
    }

    /// What `/_control` of every provider asks for as `Authorization: Bearer`. New at each start.
    pub fn control_token(&self) -> &str {
        &self.control_token
    }

    /// Stops all providers and waits until their ports are free. Answers under way are cut off.
    pub async fn stop(mut self) {
        for server in std::mem::take(&mut self.servers) {
            server.abort();
            // The only error is the cancellation just asked for, or a panic that the runtime has already reported.
            let _: Result<(), _> = server.await;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("providers", &self.providers).finish_non_exhaustive()
    }
}

/// A running practice provider. Clones are handles on the same provider.
#[derive(Clone)]
pub struct Running {
    /// The name given to it.
    pub name: String,
    /// What goes into a profile's `base-url`: `http://127.0.0.1:PORT`, for OpenAI with `/v1`.
    pub base_url: String,
    /// Where its faults are set: `http://127.0.0.1:PORT/_control`.
    pub control: String,
    /// Its wire protocol.
    pub speaks: Speaks,
    /// The model that its model list names.
    pub model: String,
    state: Arc<State>,
}

impl Running {
    fn new(state: Arc<State>, port: u16) -> Self {
        let Practice { name, speaks, model, .. } = &state.practice;
        let base = match speaks {
            Speaks::Anthropic | Speaks::Gemini => "",
            Speaks::OpenaiChat | Speaks::OpenaiResponses => "/v1",
        };
        Self {
            name: name.clone(),
            base_url: format!("http://127.0.0.1:{port}{base}"),
            control: format!("http://127.0.0.1:{port}/_control"),
            speaks: *speaks,
            model: model.clone(),
            state,
        }
    }

    /// Puts a fault in force for the requests that come from now on, in place of any other. It stays for its `times`,
    /// else until it is cleared or replaced.
    ///
    /// Faults strike (and are used up by) generation requests. `reject-key` also holds for the model list.
    pub fn set(&self, fault: Fault) {
        self.state.set(fault);
    }

    /// One step per request (or as many as its `times`), then healthy. Replaces whatever was in force.
    pub fn script(&self, steps: Vec<Fault>) {
        self.state.script(steps);
    }

    /// Faults over time, counted from now on. Replaces whatever was in force.
    pub fn set_timeline(&self, timeline: Timeline) {
        self.state.run(timeline);
    }

    /// Limits from the next chat request on, nothing of them used; `None` takes them away.
    pub fn set_limits(&self, limits: Option<Limits>) {
        self.state.limit(limits);
    }

    /// How long answers take from the next request on; `None`: no time.
    pub fn set_latency(&self, latency: Option<Latency>) {
        self.state.take_time(latency);
    }

    /// The tools of its own that it runs whenever a request offers them; none at its start.
    pub fn set_tools(&self, tools: Vec<ServedTool>) {
        self.state.run_tools(tools);
    }

    /// The word that its errors let slip from now on ([`Practice::canary`]).
    pub fn set_canary(&self, word: Option<&str>) {
        self.state.leak(word.map(str::to_owned));
    }

    /// How often it ran which of its own tools, whether or not the answer arrived.
    pub fn effects(&self) -> BTreeMap<ServedTool, u64> {
        self.state.effects()
    }

    /// Whether its port takes connections; not while an outage makes it unreachable.
    pub fn listens(&self) -> bool {
        self.state.listens()
    }

    /// Healthy from the next request on. Answers under way go on as they began.
    pub fn clear(&self) {
        self.state.clear();
    }

    /// Acts this part from the next request on, in place of any other. Faults strike it as they strike other answers.
    pub fn play(&self, play: Play) {
        self.state.act(Some(play));
    }

    /// Speaks for itself from the next request on.
    pub fn stop_play(&self) {
        self.state.act(None);
    }

    /// What is in force or still to come, first to last, `times` being what is left.
    pub fn pending(&self) -> Vec<Fault> {
        self.state.steps()
    }

    /// The newest 1000 requests (at most 64 MiB of bodies), oldest first, except `HEAD /` and `/_control`.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen()
    }

    /// Forgets what was seen and counts from zero. Faults stay.
    pub fn forget(&self) {
        self.state.forget();
    }

    /// Generation requests so far, answered or not.
    pub fn count(&self) -> u64 {
        self.state.count()
    }

    /// Generation requests whose answer hasn't ended.
    pub fn in_flight(&self) -> u64 {
        self.state.in_flight()
    }

    /// Clients that went away before their answer had ended.
    pub fn disconnects(&self) -> u64 {
        self.state.disconnects()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("practice", &self.state.practice).field("base_url", &self.base_url).finish()
    }
}

fn control_token() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}
