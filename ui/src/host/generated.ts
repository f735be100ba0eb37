// Written from src-tauri/crates/engine by `cargo test -p mainstay-engine`. Do not edit.
// To write it anew: make types

export type Nothing = Record<symbol, never>;

export type Named = { 
/**
 * Its name.
 */
name: string, };

export type NewName = { 
/**
 * Its name.
 */
from: string, 
/**
 * The new one, which nothing has yet.
 */
to: string, };

export type DeleteInput = { 
/**
 * Its name.
 */
name: string, 
/**
 * The balancers that list it lose it; else it is refused while there are any.
 */
fromLists: boolean, };

export type VersionOf = { 
/**
 * The profile or balancer.
 */
name: string, 
/**
 * As `versions` has it.
 */
id: string, };

export type LockSeen = { 
/**
 * `seen` of its holder: another lock is not removed.
 */
seen: string, };

export type FixInput = { 
/**
 * The profile or balancer.
 */
profile: string, 
/**
 * The finding's code.
 */
code: string, 
/**
 * The `key` of its fix.
 */
key: string | null, };

export type ExchangeId = { 
/**
 * The id in `x-mainstay-request-id`.
 */
id: string, };

export type Outcome = "served" | "failed" | "truncated" | "cancelled" | "saved" | "failed-over";

export type ExchangeFilter = { 
/**
 * Part of a model, member, tool, route, error, refusal or id.
 */
text?: string, 
/**
 * The profile or balancer that they went to.
 */
route?: string, 
/**
 * A member that was tried.
 */
member?: string, 
/**
 * The client program.
 */
tool?: string, 
/**
 * The client's dialect.
 */
dialect?: string, 
/**
 * How they came out.
 */
outcome?: Outcome, 
/**
 * Practice only, or none of it.
 */
practice?: boolean, 
/**
 * Not before this, in Unix milliseconds.
 */
from?: number, 
/**
 * Before this, in Unix milliseconds.
 */
to?: number, };

export type ExchangesInput = { 
/**
 * At most so many, newest first; no more than 1000.
 */
limit: number, 
/**
 * Where the page starts: `next` of the page before.
 */
after?: string, 
/**
 * Or this many after the newest. With it the answer says how many there are in all.
 */
skip?: number, 
/**
 * Part of a model, member, tool, route, error, refusal or id.
 */
text?: string, 
/**
 * The profile or balancer that they went to.
 */
route?: string, 
/**
 * A member that was tried.
 */
member?: string, 
/**
 * The client program.
 */
tool?: string, 
/**
 * The client's dialect.
 */
dialect?: string, 
/**
 * How they came out.
 */
outcome?: Outcome, 
/**
 * Practice only, or none of it.
 */
practice?: boolean, 
/**
 * Not before this, in Unix milliseconds.
 */
from?: number, 
/**
 * Before this, in Unix milliseconds.
 */
to?: number, };

export type By = "member" | "route" | "tool" | "model" | "day" | "hour";

export type StatisticsInput = { 
/**
 * The grouping; empty: all in one group.
 */
by: Array<By>, 
/**
 * Part of a model, member, tool, route, error, refusal or id.
 */
text?: string, 
/**
 * The profile or balancer that they went to.
 */
route?: string, 
/**
 * A member that was tried.
 */
member?: string, 
/**
 * The client program.
 */
tool?: string, 
/**
 * The client's dialect.
 */
dialect?: string, 
/**
 * How they came out.
 */
outcome?: Outcome, 
/**
 * Practice only, or none of it.
 */
practice?: boolean, 
/**
 * Not before this, in Unix milliseconds.
 */
from?: number, 
/**
 * Before this, in Unix milliseconds.
 */
to?: number, };

export type Format = "csv" | "json";

export type ExportInput = { 
/**
 * CSV, a line for each exchange; or JSON, with all trails.
 */
format: Format, 
/**
 * Part of a model, member, tool, route, error, refusal or id.
 */
text?: string, 
/**
 * The profile or balancer that they went to.
 */
route?: string, 
/**
 * A member that was tried.
 */
member?: string, 
/**
 * The client program.
 */
tool?: string, 
/**
 * The client's dialect.
 */
dialect?: string, 
/**
 * How they came out.
 */
outcome?: Outcome, 
/**
 * Practice only, or none of it.
 */
practice?: boolean, 
/**
 * Not before this, in Unix milliseconds.
 */
from?: number, 
/**
 * Before this, in Unix milliseconds.
 */
to?: number, };

export type RetentionDraft = { 
/**
 * In days, 1 to 3650.
 */
days: number, 
/**
 * The file's size in mebibytes, 16 to 65536.
 */
mebibytes: number, };

export type PriceDraft = { 
/**
 * Input.
 */
input: number, 
/**
 * Output, reasoning included.
 */
output: number, 
/**
 * Input read from the provider's prompt cache; absent: as `input`.
 */
cachedInput: number | null, 
/**
 * Input written to the prompt cache; absent: as `input`.
 */
cacheWrite: number | null, };

export type PriceInput = { 
/**
 * The provider's catalogue name.
 */
provider: string, 
/**
 * The model.
 */
model: string, 
/**
 * The price; absent: the catalogue's again.
 */
price: PriceDraft | null, };

export type FormDraft = { 
/**
 * Its provider.
 */
provider: string, 
/**
 * Its model.
 */
model: string, 
/**
 * `modelParams`.
 */
params: Record<string, unknown>, 
/**
 * `context-limit`.
 */
contextLimit: number | null, 
/**
 * `base-url`.
 */
baseUrl: string | null, 
/**
 * `timeout_ms`.
 */
timeoutMs: number | null, 
/**
 * Requests that it may serve in a local day.
 */
dailyRequests: number | null, 
/**
 * US dollars that it may cost in a local day, at the catalogue's prices.
 */
dailyUsd: number | null, 
/**
 * The other settings that the form has, by their names in the file; one that is absent is removed.
 */
settings?: Record<string, unknown>, 
/**
 * Which model serves which request.
 */
models?: ModelsForm, 
/**
 * Names of parameters that replace what the client sends.
 */
always?: Array<string>, };

export type ProfileDraft = { 
/**
 * Its name.
 */
name: string, 
/**
 * The fingerprint of the text that was edited; absent for a new profile.
 */
fingerprint: string | null, 
/**
 * Its provider.
 */
provider: string, 
/**
 * Its model.
 */
model: string, 
/**
 * `modelParams`.
 */
params: Record<string, unknown>, 
/**
 * `context-limit`.
 */
contextLimit: number | null, 
/**
 * `base-url`.
 */
baseUrl: string | null, 
/**
 * `timeout_ms`.
 */
timeoutMs: number | null, 
/**
 * Requests that it may serve in a local day.
 */
dailyRequests: number | null, 
/**
 * US dollars that it may cost in a local day, at the catalogue's prices.
 */
dailyUsd: number | null, 
/**
 * The other settings that the form has, by their names in the file; one that is absent is removed.
 */
settings?: Record<string, unknown>, 
/**
 * Which model serves which request.
 */
models?: ModelsForm, 
/**
 * Names of parameters that replace what the client sends.
 */
always?: Array<string>, };

export type TextInput = { 
/**
 * The profile or balancer.
 */
name: string, 
/**
 * The text; "(hidden)" stands for what the file has there.
 */
text: string, };

export type FillInput = { 
/**
 * The text.
 */
text: string, 
/**
 * The form.
 */
form: FormDraft, };

export type SaveTextInput = { 
/**
 * The profile or balancer.
 */
name: string, 
/**
 * The text; "(hidden)" stands for what the file has there.
 */
text: string, 
/**
 * Which text of the file it was made from.
 */
fingerprint: string, };

export type BalancerDraft = { 
/**
 * Its name.
 */
name: string, 
/**
 * `failover`, `roundrobin` or `weighted`.
 */
policy: string, 
/**
 * Its members in order.
 */
members: Array<BalancerMember>, 
/**
 * Requests that go on with a conversation stay with its member (round-robin and weighted). Absent: as it is.
 */
sticky: boolean | null, 
/**
 * When failover goes back to the first member: `conversation`, `at-once` or `never`. Absent: as it is.
 */
failback: string | null, 
/**
 * What it is changed from. If it is no longer so, because another program changed it, nothing is written
 * (`balancer_changed`). Absent: whatever it is.
 */
was?: BalancerSeen, };

export type BalancerSeen = { 
/**
 * `failover`, `roundrobin` or `weighted`.
 */
policy: string, 
/**
 * Its members in order; weights count where the policy has shares.
 */
members: Array<BalancerMember>, };

export type KeyInput = { 
/**
 * The profile that the key belongs to.
 */
profile: string, 
/**
 * The key.
 */
key: string, };

export type OriginInput = { 
/**
 * The profile.
 */
name: string, 
/**
 * The fingerprint of the text that the user saw: what is confirmed is the address in that, not one written since.
 */
fingerprint: string, };

export type FaultInput = { 
/**
 * The practice member.
 */
member: string, 
/**
 * `rate-limit`, `server-error`, `refuse`, `hang`, `reject-key`, `break-stream`; absent to mend it.
 */
fault: string | null, };

export type Member = { 
/**
 * Its profile's name.
 */
member: string, };

export type PinInput = { 
/**
 * The balancer's name.
 */
route: string, 
/**
 * Its member's profile.
 */
member: string, };

export type RouteName = { 
/**
 * The balancer's name.
 */
route: string, };

export type MemberFailure = { 
/**
 * Its profile's name.
 */
member: string, 
/**
 * `rate-limit`, `out-of-credit`, `rejected-key`, `down`, `unreachable`, `silent`.
 */
failure: string, };

export type ForesightInput = { 
/**
 * The balancer's or profile's name.
 */
route: string, 
/**
 * Who fails; nobody: what would happen as things are.
 */
failures: Array<MemberFailure>, };

export type TakeOutInput = { 
/**
 * Its profile's name.
 */
member: string, 
/**
 * For so long, 1 to 60.
 */
seconds: number, };

export type CheckInput = { 
/**
 * Its profile's name.
 */
member: string, 
/**
 * What to check.
 */
what: CheckKind, };

export type UndoInput = { 
/**
 * As it came with the change.
 */
token: string, };

export type NetworkDraft = { 
/**
 * `system`, `none`, or a proxy's address without a login.
 */
proxy: string, 
/**
 * Hosts that are reached without it, as in `NO_PROXY`; absent: as the environment says.
 */
noProxy: string | null, 
/**
 * A PEM file with certificates that are trusted beside the system's; its whole path.
 */
caFile: string | null, };

export type ProxyLoginInput = { 
/**
 * The proxy's address.
 */
proxy: string, 
/**
 * The user's name.
 */
user: string, 
/**
 * The password.
 */
password: string, };

export type ProxyNamed = { 
/**
 * Its address.
 */
proxy: string, };

export type Typed = { 
/**
 * Up to where the cursor stands.
 */
line: string, };

export type ConsoleInput = { 
/**
 * The commands, one a line. Keys may be among them.
 */
text: string, 
/**
 * Only look at what would change.
 */
dryRun: boolean, 
/**
 * Keys for lines that hold a placeholder or `-`, by line from 1.
 */
keys: Record<number, string>, 
/**
 * Lines that are passed over, from 1. What they would have saved is not there for the lines after them.
 */
skip: Array<number>, 
/**
 * Other names for what a line saves, by line from 1. Lines after it that name it mean the other name too.
 */
rename: Record<number, string>, };

export type Report = { 
/**
 * What is true of all of it; may be empty.
 */
lead: string, 
/**
 * The heads of its columns.
 */
columns: Array<string>, 
/**
 * Its rows, each with a text for every column; may be empty.
 */
rows: Array<Array<string>>, };

export type Ran = { 
/**
 * The line, from 1.
 */
line: number, 
/**
 * The command, without what is secret in it.
 */
command: string, 
/**
 * What it has to say; may be empty.
 */
output: string, 
/**
 * The same as a table, where it is one.
 */
report: Report | null, };

export type WantedKey = { 
/**
 * The line, from 1: what `keys` is asked by.
 */
line: number, 
/**
 * Whose key it is; absent for one that is only kept under a name.
 */
provider: string | null, 
/**
 * The profile that is saved with it, or the name that it is kept under; absent while no line saves it.
 */
name: string | null, 
/**
 * The profile has a key in the secret store, which stays if none is given.
 */
kept: boolean, };

export type Change = { 
/**
 * The line that makes it, from 1.
 */
line: number, 
/**
 * `create`, `replace`, `delete`, `key`, `load`, `default` or `login`.
 */
kind: string, 
/**
 * The profile, balancer or provider that it is about; empty for no default.
 */
name: string, 
/**
 * What becomes different, in words: "temperature 0.2 removed"; of what is created, what it is. Never a secret.
 */
details: Array<string>, };

export type WantedLogin = { 
/**
 * The provider.
 */
provider: string, 
/**
 * The account.
 */
account: string, };

export type ConsoleOutput = { 
/**
 * The lines that ran.
 */
ran: Array<Ran>, 
/**
 * What they changed, or would.
 */
changes: Array<Change>, 
/**
 * The lines that hold a placeholder where a key belongs.
 */
wanted: Array<WantedKey>, 
/**
 * The logins that it asks for. They wait for a person, so that the block does not.
 */
logins: Array<WantedLogin>, 
/**
 * The way back to the files as they were, if any was written.
 */
undo: Undo | null, 
/**
 * The line that ended it before its end.
 */
failed_line: number | null, 
/**
 * Why.
 */
problem: Problem | null, };

export type Completion = { 
/**
 * The word; empty where anything may stand, such as a value.
 */
word: string, 
/**
 * The command that it leads to, as help has it.
 */
usage: string, 
/**
 * What that command does.
 */
help: string, };

export type Problem = { 
/**
 * Stable word for programs.
 */
code: string, 
/**
 * What happened, one sentence.
 */
message: string, 
/**
 * What to do next; may be empty.
 */
hint: string, };

export type CheckKind = "address" | "key";

export type Check = { 
/**
 * What was asked.
 */
what: CheckKind, 
/**
 * Whether it was passed; absent where that could not be told.
 */
ok: boolean | null, 
/**
 * When.
 */
at: number, 
/**
 * Plain words: "the key is accepted", "401, did not accept the key or login".
 */
message: string, };

export type TestCost = { 
/**
 * It costs nothing: the provider is simulated.
 */
included: boolean, 
/**
 * At most so many tokens, both ways.
 */
tokens: number, 
/**
 * At most about so many US dollars at the catalogue's prices; absent where the price is not known.
 */
usd: number | null, };

export type MemberState = "serving" | "ready" | "unchecked" | "cooling" | "open" | "at-limit" | "taken-out" | "probing" | "needs-credential" | "origin-unconfirmed" | "missing" | "broken";

export type Minute = { 
/**
 * Attempts that brought an answer.
 */
ok: number, 
/**
 * Attempts that did not.
 */
failed: number, };

export type LimitLeft = { 
/**
 * Plain words: "requests a minute", "5 hours".
 */
name: string, 
/**
 * The part that is left, 0 to 1, if that is known.
 */
left: number | null, 
/**
 * How many are left, if that is known.
 */
remaining: number | null, 
/**
 * How many the window allows, if that is known.
 */
limit: number | null, 
/**
 * What is counted: `requests`, `tokens`, or `usage` of a subscription.
 */
unit: string, 
/**
 * When it resets, if that is known and still to come.
 */
resetsAt: number | null, };

export type MemberAccount = { 
/**
 * Its name.
 */
account: string, 
/**
 * How it stands.
 */
state: MemberState, 
/**
 * Until when, where that is known.
 */
until: number | null, 
/**
 * Why it can't serve now.
 */
why: string | null, };

export type LiveMember = { 
/**
 * Its profile's name.
 */
name: string, 
/**
 * Its provider's catalogue name; empty for a missing member.
 */
provider: string, 
/**
 * Its model; empty for a missing member.
 */
model: string, 
/**
 * Its state.
 */
state: MemberState, 
/**
 * When the state ends, if that is known.
 */
until: number | null, 
/**
 * Why it is out, or what it did last; plain words that read on from nothing ("429, hit its rate limit").
 */
why: string | null, 
/**
 * "Try now" makes sense.
 */
canTry: boolean, 
/**
 * Its intended share in percent, where the load is shared.
 */
share: number | null, 
/**
 * The last 30 minutes, oldest first.
 */
minutes: Array<Minute>, 
/**
 * First content of recent answers, median, in milliseconds.
 */
p50: number | null, 
/**
 * First content of recent answers, 95th percentile, in milliseconds.
 */
p95: number | null, 
/**
 * Requests it served since the start, and before it on the same day.
 */
served: number, 
/**
 * What is left of its account's limits, as the last answer said; the one that would stop it first comes first. Empty
 * where the provider reports none.
 */
limits: Array<LimitLeft>, 
/**
 * The last check of its key, or of its address where there is no key to check.
 */
checked: Check | null, 
/**
 * It is simulated.
 */
practice: boolean, 
/**
 * The practice fault in force, by its kind.
 */
fault: string | null, 
/**
 * Its accounts in the order to try them, where it has several.
 */
accounts: Array<MemberAccount>, };

export type ActiveRoute = { 
/**
 * Its name.
 */
name: string, 
/**
 * A load balancer rather than a single profile.
 */
balancer: boolean, 
/**
 * `failover`, `roundrobin` or `weighted`.
 */
policy: string, 
/**
 * Its members are simulated.
 */
practice: boolean, 
/**
 * The member that it is pinned to until the user unpins it. The pin is void while its list does not hold that member.
 */
pinned: string | null, 
/**
 * What continues a conversation stays with its member: its shares are of conversations.
 */
sticky: boolean, };

export type Today = { 
/**
 * Exchanges.
 */
requests: number, 
/**
 * Exchanges that were served although a member failed.
 */
saved: number, 
/**
 * Exchanges that ended in an error.
 */
failed: number, 
/**
 * What the answers cost as far as known, in millionths of a US dollar.
 */
costMicroUsd: number, 
/**
 * Answers whose cost is not known; where there are any, the sum says less than was spent.
 */
costUnknown: number, };

export type SecretsNotice = { 
/**
 * Stable word.
 */
code: string, 
/**
 * What is the case.
 */
message: string, 
/**
 * What to do.
 */
hint: string, };

export type LiveState = { 
/**
 * The engine's clock; countdowns are reckoned from it.
 */
now: number, 
/**
 * The active route, if there is one.
 */
active: ActiveRoute | null, 
/**
 * Its members in their order.
 */
members: Array<LiveMember>, 
/**
 * How many members can serve now.
 */
ready: number, 
/**
 * All balancers and profiles that could be made active: name, and whether it is a balancer.
 */
routes: Array<ActiveRoute>, 
/**
 * The day so far.
 */
today: Today, 
/**
 * Where the gateway listens: `http://127.0.0.1:4117`.
 */
address: string, 
/**
 * Something about the secret store or the network settings, if anything.
 */
notice: SecretsNotice | null, 
/**
 * Since when nothing can be reached, if that is so: the machine seems to be offline.
 */
offline: number | null, 
/**
 * Something about the history, if anything. Serving goes on all the same.
 */
history: Problem | null, };

export type StepKind = "skipped" | "failed" | "served";

export type RouteStep = { 
/**
 * The member.
 */
member: string, 
/**
 * What became of it.
 */
kind: StepKind, 
/**
 * The upstream's status, if it answered.
 */
status: number | null, 
/**
 * The outcome's code, or why it was skipped.
 */
outcome: string, 
/**
 * Plain words: what the upstream said, or the reason for the skip.
 */
detail: string, 
/**
 * Why the same member was called again.
 */
again: string | null, 
/**
 * Milliseconds from the exchange's start.
 */
startedMs: number | null, 
/**
 * How long it took to its first content or its end.
 */
tookMs: number | null, };

export type ForeseenKind = "skipped" | "waited" | "failed" | "served";

export type BreakerCount = { 
/**
 * The failures that it counts then.
 */
failures: number, 
/**
 * At so many it opens.
 */
threshold: number, 
/**
 * Over so many milliseconds.
 */
windowMs: number, 
/**
 * For so many milliseconds it stays open the first time.
 */
recoveryMs: number, };

export type ForeseenStep = { 
/**
 * What would become of it.
 */
kind: ForeseenKind, 
/**
 * The member; absent where the request is held.
 */
member: string | null, 
/**
 * Its account, where it has several.
 */
account: string | null, 
/**
 * The outcome's code, or that of the reason for the skip.
 */
outcome: string, 
/**
 * What it would answer with, if it does.
 */
status: number | null, 
/**
 * Why it is skipped, in words that read on from its name.
 */
reason: string | null, 
/**
 * Until when it is skipped, if that is known.
 */
until: number | null, 
/**
 * How long that takes in milliseconds: until it is given up, or for how long the request is held.
 */
tookMs: number, 
/**
 * How long it rests then; absent: not at all, or as its breaker says.
 */
restsMs: number | null, 
/**
 * Its breaker, where that counts this failure.
 */
breaker: BreakerCount | null, 
/**
 * It was out, but only by a guess, and is tried since nobody else is left.
 */
forced: boolean, };

export type ForesightView = { 
/**
 * Step by step.
 */
steps: Array<ForeseenStep>, 
/**
 * Who answers, if anybody does.
 */
servedBy: string | null, 
/**
 * The status that the client gets.
 */
status: number, 
/**
 * The code of our error, if nobody answers.
 */
error: string | null, 
/**
 * When the client may try again, in seconds, if it is told.
 */
retryAfterS: number | null, 
/**
 * How long the client waits in milliseconds, the members' own speed aside.
 */
waitsMs: number, };

export type ExchangeRow = { 
/**
 * The id in `x-mainstay-request-id`.
 */
id: string, 
/**
 * When it came in.
 */
time: number, 
/**
 * The client program.
 */
tool: string | null, 
/**
 * `anthropic`, `openai-chat`, `openai-responses`, `gemini`.
 */
dialect: string, 
/**
 * A stream was asked for.
 */
stream: boolean, 
/**
 * The model asked for.
 */
asked: string | null, 
/**
 * The model that answered.
 */
answered: string | null, 
/**
 * The profile or balancer it went to.
 */
route: string | null, 
/**
 * Who was skipped, tried, and who served.
 */
steps: Array<RouteStep>, 
/**
 * Who served.
 */
servedBy: string | null, 
/**
 * `served`, `failed`, `truncated`, `cancelled`.
 */
ended: string, 
/**
 * The status that the client got.
 */
status: number, 
/**
 * The code of our error.
 */
error: string | null, 
/**
 * What was left out or changed.
 */
notes: Array<string>, 
/**
 * To the first content.
 */
firstContentMs: number | null, 
/**
 * To the end.
 */
totalMs: number, 
/**
 * All tokens, as far as reported.
 */
tokens: number | null, 
/**
 * The provider reported none, and they are estimated.
 */
tokensEstimated: boolean, 
/**
 * In US dollars at the price of its time; absent where the price or the tokens are not known or estimated.
 */
cost: number | null, 
/**
 * It cost no money: a subscription, a free tier, practice.
 */
included: boolean, };

export type LiveFrame = { 
/**
 * The state, when it changed; always in the first frame.
 */
state: LiveState | null, 
/**
 * New exchanges, oldest first; in the first frame the last ones.
 */
exchanges: Array<ExchangeRow>, 
/**
 * Profile files changed: lists should be read again.
 */
profilesChanged: boolean, };

export type ExchangePage = { 
/**
 * Newest first.
 */
rows: Array<ExchangeRow>, 
/**
 * Where the next page starts, if there may be one: `after` of the next question.
 */
next: string | null, 
/**
 * How many there are in all, where a place of the list was asked for.
 */
total: number | null, };

export type Percentiles = { 
/**
 * The median.
 */
p50: number | null, 
/**
 * 95 % were at most this.
 */
p95: number | null, 
/**
 * 99 % were at most this.
 */
p99: number | null, };

export type TokenSums = { 
/**
 * All input.
 */
input: number, 
/**
 * Input read from a cache.
 */
cached: number, 
/**
 * Input written to a cache.
 */
written: number, 
/**
 * All output.
 */
output: number, 
/**
 * Output that was reasoning.
 */
reasoning: number, 
/**
 * Input that is estimated; not in `input`.
 */
estimatedInput: number, 
/**
 * Output that is estimated; not in `output`.
 */
estimatedOutput: number, 
/**
 * Exchanges that a member served and of whose tokens nothing is known.
 */
unknown: number, };

export type Costs = { 
/**
 * Millionths of a US dollar, of those whose cost is known.
 */
microUsd: number, 
/**
 * Exchanges whose cost is known.
 */
known: number, 
/**
 * Exchanges that cost no money: subscription, free tier, practice.
 */
included: number, 
/**
 * Exchanges whose cost is not known. Where there are any, the sum says less than was spent.
 */
unknown: number, };

export type AttemptCounts = { 
/**
 * All.
 */
tried: number, 
/**
 * By the outcome's code.
 */
outcomes: { [key in string]: number }, };

export type Group = { 
/**
 * Its keys, in the order of the grouping; `None` where an exchange has none, such as a tool that doesn't say its name.
 */
keys: Array<string | null>, 
/**
 * Exchanges.
 */
requests: number, 
/**
 * Those that ended with the whole answer.
 */
served: number, 
/**
 * Those that ended in an error.
 */
failed: number, 
/**
 * Those whose answer broke off.
 */
truncated: number, 
/**
 * Those whose client went away.
 */
cancelled: number, 
/**
 * Those in which a member was tried and another served.
 */
failovers: number, 
/**
 * Those that were served although a member failed.
 */
saved: number, 
/**
 * To the first content, of those served.
 */
firstContent: Percentiles, 
/**
 * To the end, of those served.
 */
total: Percentiles, 
/**
 * Tokens.
 */
tokens: TokenSums, 
/**
 * Money.
 */
cost: Costs, 
/**
 * Calls. Grouped by member: those to this member, whoever served in the end.
 */
attempts: AttemptCounts, };

export type ShareView = { 
/**
 * Its profile's name.
 */
member: string, 
/**
 * The share that it is meant to have now, in percent; absent under failover, and for a member that is no longer there.
 */
intended: number | null, 
/**
 * Exchanges that it served.
 */
requests: number, 
/**
 * The same in percent of the route's.
 */
requestShare: number, 
/**
 * Exchanges that the policy placed there: not those that followed their conversation.
 */
placed: number, 
/**
 * The same in percent of the route's.
 */
placedShare: number, 
/**
 * Conversations whose first exchange in the range it served.
 */
conversations: number, 
/**
 * The same in percent of the route's.
 */
conversationShare: number, };

export type SharesView = { 
/**
 * The profile or balancer.
 */
route: string, 
/**
 * Its policy now; absent when it is no longer there.
 */
policy: string | null, 
/**
 * It keeps conversations where they are: the intended shares are of conversations.
 */
sticky: boolean, 
/**
 * Its members that had any of it, and those it has now.
 */
members: Array<ShareView>, };

export type StatisticsView = { 
/**
 * The groups, by their keys.
 */
groups: Array<Group>, 
/**
 * How the load of each route was shared, and how it was meant to be.
 */
shares: Array<SharesView>, };

export type HistoryView = { 
/**
 * What is amiss, if anything.
 */
notice: Problem | null, 
/**
 * Exchanges are being written to the file.
 */
recording: boolean, 
/**
 * Exchanges since the start that are not in it and never will be.
 */
lost: number, 
/**
 * The file.
 */
path: string, 
/**
 * Bytes on disk.
 */
bytes: number, 
/**
 * How many exchanges are in it; absent when it can't be read.
 */
exchanges: number | null, 
/**
 * When the oldest came in.
 */
oldest: number | null, 
/**
 * How long it is kept.
 */
retention: RetentionDraft, };

export type ExportView = { 
/**
 * The file, in the data folder, for the user alone.
 */
path: string, 
/**
 * How many exchanges are in it.
 */
exchanges: number, };

export type PriceView = { 
/**
 * The provider's catalogue name.
 */
provider: string, 
/**
 * The model.
 */
model: string, 
/**
 * The user's own price. It wins.
 */
own: PriceDraft | null, 
/**
 * The catalogue's list price.
 */
listed: PriceDraft | null, 
/**
 * The provider has a free tier: without a price of the user's own its answers count as included.
 */
freeTier: boolean, };

export type CredentialView = { 
/**
 * There is one, and it may go to the profile's address.
 */
usable: boolean, 
/**
 * Plain words: where it comes from, or why there is none.
 */
source: string, 
/**
 * Stable word for what is wrong: `needs_credential`, `credential_origin_unconfirmed`, …
 */
problem: string | null, 
/**
 * The last four characters of the key bound to the profile, if there is one and it is long enough.
 */
lastFour: string | null, 
/**
 * A key is bound to this profile.
 */
ownKey: boolean, };

export type FixView = { 
/**
 * Stable word.
 */
id: string, 
/**
 * The words of its button.
 */
label: string, 
/**
 * To what: a member, a parameter, an address; given back with the finding's code.
 */
key: string | null, };

export type Finding = { 
/**
 * Stable word.
 */
code: string, 
/**
 * `error`, `warning` or `info`.
 */
severity: string, 
/**
 * What is the case.
 */
message: string, 
/**
 * What to do.
 */
hint: string, 
/**
 * What can be done at once, with `apply_fix`.
 */
fix: FixView | null, };

export type ProfileRow = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its provider's catalogue name.
 */
provider: string, 
/**
 * Its model.
 */
model: string, 
/**
 * Its state.
 */
state: MemberState, 
/**
 * When the state ends, if that is known.
 */
until: number | null, 
/**
 * The last check of its key, or of its address where there is no key to check.
 */
checked: Check | null, 
/**
 * Its credential.
 */
credential: CredentialView, 
/**
 * The balancers that list it.
 */
usedBy: Array<string>, 
/**
 * It serves requests which name none.
 */
active: boolean, 
/**
 * It is the default.
 */
default: boolean, 
/**
 * It is simulated, and can't be edited here.
 */
practice: boolean, 
/**
 * What lint found.
 */
findings: Array<Finding>, };

export type BalancerRow = { 
/**
 * Its name.
 */
name: string, 
/**
 * `failover`, `roundrobin` or `weighted`.
 */
policy: string, 
/**
 * How many members.
 */
members: number, 
/**
 * It serves requests which name none.
 */
active: boolean, 
/**
 * It is the default.
 */
default: boolean, 
/**
 * Its members are simulated.
 */
practice: boolean, 
/**
 * What lint found.
 */
findings: Array<Finding>, };

export type BrokenFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * Line, 0 if there is no place.
 */
line: number, 
/**
 * Column, 0 if there is no place.
 */
column: number, 
/**
 * What is wrong.
 */
reason: string, };

export type ProfilesView = { 
/**
 * The folder.
 */
folder: string, 
/**
 * Profiles by name.
 */
profiles: Array<ProfileRow>, 
/**
 * Balancers by name.
 */
balancers: Array<BalancerRow>, 
/**
 * Files that can't be used.
 */
broken: Array<BrokenFile>, };

export type ModelRow = { 
/**
 * The model asked for; `*` stands for anything.
 */
asked: string, 
/**
 * The model that serves.
 */
serves: string, };

export type ModelsForm = { 
/**
 * Serves whatever no other rule names; absent: the profile's model.
 */
main: string | null, 
/**
 * Serves the small models that agents ask for in side jobs; absent: no distinction.
 */
small: string | null, 
/**
 * The first pattern that fits counts.
 */
map: Array<ModelRow>, 
/**
 * The model that the client asked for serves where the provider has it.
 */
keepClient: boolean, };

export type ProfileForm = { 
/**
 * Its provider.
 */
provider: string, 
/**
 * Its model.
 */
model: string, 
/**
 * `modelParams` as written.
 */
params: Record<string, unknown>, 
/**
 * `context-limit`.
 */
contextLimit: number | null, 
/**
 * `base-url`.
 */
baseUrl: string | null, 
/**
 * `timeout_ms`.
 */
timeoutMs: number | null, 
/**
 * Requests that it may serve in a local day.
 */
dailyRequests: number | null, 
/**
 * US dollars that it may cost in a local day.
 */
dailyUsd: number | null, 
/**
 * The other settings that the form has, by their names in the file, as written.
 */
settings: Record<string, unknown>, 
/**
 * Which model serves which request.
 */
models: ModelsForm, 
/**
 * Names of parameters that replace what the client sends.
 */
always: Array<string>, };

export type ProfileDetail = { 
/**
 * Its name.
 */
name: string, 
/**
 * The file's text.
 */
text: string, 
/**
 * Says which text this is; given back when saving.
 */
fingerprint: string, 
/**
 * Its credential.
 */
credential: CredentialView, 
/**
 * The balancers that list it.
 */
usedBy: Array<string>, 
/**
 * It is simulated, and can't be edited here.
 */
practice: boolean, 
/**
 * What a test of it costs.
 */
testCost: TestCost, 
/**
 * Its provider.
 */
provider: string, 
/**
 * Its model.
 */
model: string, 
/**
 * `modelParams` as written.
 */
params: Record<string, unknown>, 
/**
 * `context-limit`.
 */
contextLimit: number | null, 
/**
 * `base-url`.
 */
baseUrl: string | null, 
/**
 * `timeout_ms`.
 */
timeoutMs: number | null, 
/**
 * Requests that it may serve in a local day.
 */
dailyRequests: number | null, 
/**
 * US dollars that it may cost in a local day.
 */
dailyUsd: number | null, 
/**
 * The other settings that the form has, by their names in the file, as written.
 */
settings: Record<string, unknown>, 
/**
 * Which model serves which request.
 */
models: ModelsForm, 
/**
 * Names of parameters that replace what the client sends.
 */
always: Array<string>, };

export type Fault = { 
/**
 * Line, counted from 1; 0 if there is no place.
 */
line: number, 
/**
 * Column, counted from 1; 0 if there is no place.
 */
column: number, 
/**
 * What is wrong.
 */
reason: string, };

export type ProfileText = { 
/**
 * The text; "(hidden)" stands where something may be secret.
 */
text: string, 
/**
 * Says which text this is; given back when saving.
 */
fingerprint: string, 
/**
 * Why it can't be used; absent: it can.
 */
fault: Fault | null, };

export type TextMeaning = { 
/**
 * Why it can't be used; absent: it can.
 */
fault: Fault | null, 
/**
 * What the form shows of it; absent when it is broken or a load balancer.
 */
form: ProfileForm | null, 
/**
 * What lint finds in it.
 */
findings: Array<Finding>, };

export type FilledText = { 
/**
 * The text.
 */
text: string, };

export type BalancerMember = { 
/**
 * The profile's name.
 */
profile: string, 
/**
 * Its weight; counts under `weighted` only.
 */
weight: number, };

export type BalancerDetail = { 
/**
 * Its name.
 */
name: string, 
/**
 * `failover`, `roundrobin` or `weighted`.
 */
policy: string, 
/**
 * Its members in order.
 */
members: Array<BalancerMember>, 
/**
 * Requests that go on with a conversation stay with its member (round-robin and weighted).
 */
sticky: boolean, 
/**
 * When failover goes back to the first member: `conversation`, `at-once` or `never`.
 */
failback: string, 
/**
 * Profiles that could be added.
 */
candidates: Array<string>, 
/**
 * It serves requests which name none.
 */
active: boolean, 
/**
 * It is the default.
 */
default: boolean, 
/**
 * Its members are simulated.
 */
practice: boolean, 
/**
 * What lint found.
 */
findings: Array<Finding>, 
/**
 * The file's text.
 */
text: string, 
/**
 * Says which text this is.
 */
fingerprint: string, };

export type ModelView = { 
/**
 * Its id.
 */
id: string, 
/**
 * Context window, in tokens.
 */
contextWindow: number | null, 
/**
 * Largest output, in tokens.
 */
maxOutput: number | null, };

export type ModelsView = { 
/**
 * The provider's name.
 */
provider: string, 
/**
 * When it was asked, in Unix milliseconds.
 */
at: number, 
/**
 * Its models, by id.
 */
models: Array<ModelView>, };

export type ProviderView = { 
/**
 * Its name in profile files.
 */
name: string, 
/**
 * Its name for people.
 */
title: string, 
/**
 * What it speaks: `anthropic`, `openai-chat`, `openai-responses` or `gemini`.
 */
dialect: string, 
/**
 * Where it answers; absent where the profile must say.
 */
baseUrl: string | null, 
/**
 * Its models.
 */
models: Array<ModelView>, 
/**
 * The models that it named itself when it was last asked.
 */
fetched: Array<ModelView>, 
/**
 * When that was, in Unix milliseconds.
 */
fetchedAt: number | null, 
/**
 * The address that it was asked at.
 */
fetchedFrom: string | null, 
/**
 * What it is good at.
 */
strengths: string | null, 
/**
 * What to consider.
 */
considerations: string | null, 
/**
 * The tier of it that may use prompts for training, by its name; absent: none is known to.
 */
trainsOn: string | null, 
/**
 * What it costs, roughly: `free-tier`, `low`, `medium` or `high`.
 */
costClass: string | null, 
/**
 * The variables that usually hold its key.
 */
variables: Array<string>, 
/**
 * It takes no request without a key.
 */
needsKey: boolean, 
/**
 * The header that carries a key: `bearer` (in `Authorization`), `x-api-key` or `x-goog-api-key`.
 */
keyHeader: string, 
/**
 * It takes logins only, and none of its can be made yet.
 */
loginOnly: boolean, 
/**
 * The user added it.
 */
own: boolean, };

export type ProviderDraft = { 
/**
 * What profiles call it.
 */
name: string, 
/**
 * Its name for people; absent: the same.
 */
title: string | null, 
/**
 * What it speaks: `anthropic`, `openai-chat`, `openai-responses` or `gemini`.
 */
dialect: string, 
/**
 * Where it answers; with the version for OpenAI's dialects, else without.
 */
baseUrl: string, 
/**
 * It takes no request without a key.
 */
needsKey: boolean, 
/**
 * The header that carries its key: `bearer` (in `Authorization`), `x-api-key` or `x-goog-api-key`; absent: the one that
 * its dialect's own provider takes.
 */
keyHeader?: string, 
/**
 * The variables that usually hold its key.
 */
variables: Array<string>, 
/**
 * Its models.
 */
models: Array<ModelView>, };

export type PathInput = { 
/**
 * Its whole path.
 */
path: string, };

export type ImportInput = { 
/**
 * The file's whole path.
 */
path: string, 
/**
 * Says which file was looked at: as the preview gave it.
 */
fingerprint: string, 
/**
 * The profiles and balancers, by their names in the file.
 */
files: Array<string>, 
/**
 * What some of these are to be called here, where it is not their own name; load balancers of the same import follow.
 */
names?: { [key in string]: string }, 
/**
 * The preferences.
 */
preferences: Array<string>, };

export type FindKeysInput = { 
/**
 * A `.env` file; absent: the engine's own environment.
 */
file: string | null, };

export type KeyChoice = { 
/**
 * The variable.
 */
variable: string, 
/**
 * The provider; absent where a profile is named.
 */
provider: string | null, 
/**
 * The profile; absent: all profiles of the provider that have no key of their own.
 */
profile: string | null, };

export type ImportKeysInput = { 
/**
 * A `.env` file that holds them; absent: the engine's own environment, or `values`.
 */
file?: string, 
/**
 * Which, and whom for.
 */
keys: Array<KeyChoice>, 
/**
 * The variables of another process, by name.
 */
values?: { [key in string]: string }, };

export type ArchiveExport = { 
/**
 * The file.
 */
path: string, 
/**
 * How many profiles and balancers it holds.
 */
profiles: number, 
/**
 * What was left out because it is secret or may be, or could not be read; in words.
 */
leftOut: Array<string>, };

export type ImportFile = { 
/**
 * Its name.
 */
name: string, 
/**
 * `profile` or `balancer`; of one that is unusable: `file`.
 */
kind: string, 
/**
 * `new`, `same`, `differs` (it would be replaced), or `unusable`.
 */
state: string, 
/**
 * What replacing would change, or why it is unusable; in words.
 */
details: Array<string>, 
/**
 * Where its requests would go, if the profile itself says so.
 */
address: string | null, 
/**
 * Where its key would come from, if the profile itself says so.
 */
keyFrom: string | null, 
/**
 * The proxy that it names.
 */
proxy: string | null, };

export type ImportPreference = { 
/**
 * `active`, `default`, `retention`, `prices` or `network`.
 */
name: string, 
/**
 * It is so already.
 */
same: boolean, 
/**
 * What it is now.
 */
before: string, 
/**
 * What it would be.
 */
after: string, };

export type ImportView = { 
/**
 * Says which file this is; given back when importing.
 */
fingerprint: string, 
/**
 * Its profiles and balancers, by name.
 */
files: Array<ImportFile>, 
/**
 * Its preferences.
 */
preferences: Array<ImportPreference>, 
/**
 * What was left out when it was made, and what is left out now; in words.
 */
leftOut: Array<string>, };

export type ImportOutcome = { 
/**
 * The files that were written.
 */
changes: Array<Change>, 
/**
 * The preferences that were set.
 */
preferences: Array<string>, 
/**
 * What could not be set, and why.
 */
problems: Array<string>, 
/**
 * Takes the files back; absent where none was written.
 */
undo: Undo | null, };

export type WaitingProfile = { 
/**
 * Its name.
 */
name: string, 
/**
 * Where its key would go, host and port; absent where neither it nor its provider has an address.
 */
host: string | null, };

export type FoundKey = { 
/**
 * The variable.
 */
variable: string, 
/**
 * A provider whose key it usually holds.
 */
provider: string, 
/**
 * Where a key of that provider goes, host and port; absent where each profile says so itself.
 */
host: string | null, 
/**
 * Its last four characters, unless it is too short to show any.
 */
lastFour: string | null, 
/**
 * The profiles of that provider that have no usable credential yet.
 */
waiting: Array<WaitingProfile>, 
/**
 * The provider has a stored key already, which would be replaced.
 */
stored: boolean, };

export type ImportedKey = { 
/**
 * The variable that held it.
 */
variable: string, 
/**
 * The provider that it was stored for.
 */
provider: string | null, 
/**
 * The profile that it was bound to.
 */
profile: string | null, 
/**
 * Its last four characters, unless it is too short to show any.
 */
lastFour: string | null, };

export type MemberAction = "create" | "use" | "replace" | "leave";

export type MemberChoice = { 
/**
 * The member.
 */
name: string, 
/**
 * What becomes of it.
 */
action: MemberAction, 
/**
 * To replace: the profile of the user's that is listed in its place. Absent: its own file is made what the starter says.
 */
profile?: string, 
/**
 * To create: the provider, where not the starter's.
 */
provider?: string, 
/**
 * To create: the model, where not the starter's. With another provider it must be said.
 */
model?: string, 
/**
 * To create: its requests carry the credential that the caller brings (`auth: caller`), such as a tool's own login.
 */
caller?: boolean, };

export type VariableChoice = { 
/**
 * The profile.
 */
profile: string, 
/**
 * The variable; the catalogue names it.
 */
variable: string, };

export type StarterInput = { 
/**
 * Which.
 */
id: string, 
/**
 * What becomes of its members; one that is there and not spoken of is used.
 */
members: Array<MemberChoice>, 
/**
 * Keys for members that have none, stored once the files are written.
 */
keys: Array<KeyInput>, 
/**
 * The same, from variables of the engine's own environment.
 */
variables?: Array<VariableChoice>, 
/**
 * Where only one member is left of a failover list: that profile alone is made, and no list.
 */
alone?: boolean, 
/**
 * A load balancer of its name with other members may be replaced.
 */
replace: boolean, 
/**
 * Only look.
 */
dryRun: boolean, };

export type StarterMemberView = { 
/**
 * The profile that it needs.
 */
name: string, 
/**
 * Its weight; counts under `weighted` only.
 */
weight: number, 
/**
 * The provider that it would have.
 */
provider: string, 
/**
 * The model that it would have.
 */
model: string, 
/**
 * `missing`, `same`, `differs`, or `unusable` where a broken file or a balancer has the name.
 */
state: string, 
/**
 * What replacing it would change, in words.
 */
details: Array<string>, 
/**
 * Its credential, where the profile is there.
 */
credential: CredentialView | null, };

export type StarterView = { 
/**
 * Its stable id.
 */
id: string, 
/**
 * Its name for people.
 */
title: string, 
/**
 * What it does.
 */
summary: string, 
/**
 * The load balancer that it makes.
 */
balancer: string, 
/**
 * `failover`, `roundrobin` or `weighted`.
 */
policy: string, 
/**
 * There is a file of the balancer's name already.
 */
exists: boolean, 
/**
 * Its members in order.
 */
members: Array<StarterMemberView>, };

export type MemberCredential = { 
/**
 * The member.
 */
profile: string, 
/**
 * It could serve.
 */
usable: boolean, 
/**
 * Where its credential comes from, or why it has none.
 */
source: string, 
/**
 * A key that is given for it would be used.
 */
takesKey: boolean, };

export type StarterOutcome = { 
/**
 * The load balancer, or the one profile that was made alone.
 */
balancer: string, 
/**
 * Its members.
 */
members: Array<string>, 
/**
 * What is written.
 */
changes: Array<Change>, 
/**
 * How each of its members gets its key or login; without one it can't serve.
 */
credentials: Array<MemberCredential>, 
/**
 * Takes all of it back, keys too; absent where nothing was written.
 */
undo: Undo | null, };

export type TestResult = { 
/**
 * It answered.
 */
ok: boolean, 
/**
 * How long it took.
 */
tookMs: number, 
/**
 * What it answered, cut.
 */
answer: string | null, 
/**
 * The model that answered.
 */
model: string | null, 
/**
 * What went wrong.
 */
message: string | null, 
/**
 * What to do.
 */
hint: string | null, };

export type Undo = { 
/**
 * What to give to `undo`; good for this run, once.
 */
token: string, };

export type VersionView = { 
/**
 * Names it among the file's versions.
 */
id: string, 
/**
 * When it was replaced, in Unix milliseconds.
 */
replacedAt: number, };

export type VersionText = { 
/**
 * Names it among the file's versions.
 */
id: string, 
/**
 * What it says, without secrets.
 */
text: string, 
/**
 * What the file says now, without secrets.
 */
now: string, };

export type LockHolderView = { 
/**
 * The process, if the lock says one.
 */
pid: number | null, 
/**
 * Since when, in Unix milliseconds, if that is known.
 */
since: number | null, 
/**
 * Whether a process of that number runs; absent: not known. It may be another one by now.
 */
alive: boolean | null, 
/**
 * Says which lock this is; given back with `remove_lock`.
 */
seen: string, };

export type LockView = { 
/**
 * Who holds it; absent: nobody.
 */
holder: LockHolderView | null, };

export type ProxyView = { 
/**
 * Its address, without a login.
 */
address: string, 
/**
 * Who named it: `settings`, `system`, or the variable of the environment.
 */
from: string, };

export type NetworkView = { 
/**
 * `system`, `none` or a proxy's address.
 */
proxy: string, 
/**
 * Hosts that are reached without a proxy; absent: as the environment says.
 */
noProxy: string | null, 
/**
 * A PEM file with certificates that are trusted beside the system's.
 */
caFile: string | null, 
/**
 * Whose certificates the CA file in force holds.
 */
authorities: Array<string>, 
/**
 * The proxy in force for `https` addresses.
 */
https: ProxyView | null, 
/**
 * The proxy in force for `http` addresses.
 */
http: ProxyView | null, 
/**
 * The proxies that a user name and password are kept for.
 */
logins: Array<string>, 
/**
 * Which of `proxy`, `noProxy` and `caFile` this run was started with; what is set counts from the next start.
 */
overridden: Array<string>, 
/**
 * What of the settings could not be used.
 */
notices: Array<Problem>, };

export type SecretsView = { 
/**
 * `keyring`, `file` or `memory`.
 */
kind: string, 
/**
 * It can do its work.
 */
ready: boolean, 
/**
 * The user may choose another place now (`keep_secrets`).
 */
canMove: boolean, 
/**
 * Why not, if it can't; or what the user should know.
 */
notice: Problem | null, };

export type KeyView = { 
/**
 * The profile that it is bound to; absent: it is the provider's, for all its profiles.
 */
profile: string | null, 
/**
 * The last four characters; absent where the key is too short to show any.
 */
lastFour: string | null, };

export type AccountState = "ready" | "stale" | "ended";

export type AccountView = { 
/**
 * Its name here.
 */
account: string, 
/**
 * What it is good for.
 */
state: AccountState, 
/**
 * Who, as the provider calls them.
 */
who: string | null, 
/**
 * What was granted.
 */
scopes: Array<string>, 
/**
 * When it was logged in.
 */
loggedInAt: number, 
/**
 * When its token ends; absent where the provider does not say.
 */
expiresAt: number | null, 
/**
 * When it was refreshed last in this run.
 */
refreshedAt: number | null, 
/**
 * It refreshes by itself.
 */
refreshable: boolean, 
/**
 * Why it ended, or what the last refresh failed of.
 */
trouble: Problem | null, 
/**
 * The tokens could not be stored: they are lost when this run ends.
 */
unstored: boolean, 
/**
 * The profiles that use it now; of one that has ended, those that wait for it to be logged in again.
 */
usedBy: Array<string>, };

export type LoginMethod = "browser" | "paste" | "device";

export type LoginStep = "starting" | "waiting" | "finishing" | "done" | "failed" | "cancelled";

export type LoginWait = { 
/**
 * Names it.
 */
id: string, 
/**
 * The provider.
 */
provider: string, 
/**
 * The account.
 */
account: string, 
/**
 * How it goes.
 */
method: LoginMethod, 
/**
 * How far it has come.
 */
step: LoginStep, 
/**
 * Grows with every change.
 */
version: number, 
/**
 * What the browser opens.
 */
address: string | null, 
/**
 * The page for people who type: it asks for the code.
 */
page: string | null, 
/**
 * The code to enter there.
 */
code: string | null, 
/**
 * When it is over by itself.
 */
until: number, 
/**
 * The code can be pasted.
 */
canPaste: boolean, 
/**
 * What went wrong.
 */
problem: Problem | null, };

export type LoginSettingsView = { 
/**
 * The client id in force.
 */
clientId: string | null, 
/**
 * A client secret is stored. It never comes out.
 */
clientSecret: boolean, 
/**
 * The provider wants to know the user's project.
 */
wantsProject: boolean, 
/**
 * The project.
 */
project: string | null, 
/**
 * All of the login as the catalogue has it, as JSON.
 */
flow: string, 
/**
 * What of it the user has set, as JSON; absent: nothing.
 */
own: string | null, 
/**
 * Why it can't be used, if so.
 */
problem: Problem | null, };

export type LoginView = { 
/**
 * It is switched on: profiles may use it.
 */
enabled: boolean, 
/**
 * The provider whose accounts these are, where several share them.
 */
accountsOf: string, 
/**
 * The ways to log in, best first.
 */
methods: Array<LoginMethod>, 
/**
 * What the user should know before.
 */
notice: string | null, 
/**
 * The notice has to be accepted first, and was not yet.
 */
mustAccept: boolean, 
/**
 * The user has to bring an OAuth client of their own first.
 */
needsClient: boolean, 
/**
 * What comes of it is a key, kept as the provider's.
 */
givesKey: boolean, 
/**
 * Its accounts.
 */
accounts: Array<AccountView>, 
/**
 * Logins under way.
 */
waiting: Array<LoginWait>, 
/**
 * What can be set.
 */
settings: LoginSettingsView, };

export type ProviderAccounts = { 
/**
 * Its name in the catalogue.
 */
provider: string, 
/**
 * Its name for people.
 */
title: string, 
/**
 * It takes keys.
 */
takesKey: boolean, 
/**
 * Where a key can be had.
 */
keyUrl: string | null, 
/**
 * Its keys: the provider's own first, then those of profiles.
 */
keys: Array<KeyView>, 
/**
 * Its login, if it has one.
 */
login: LoginView | null, 
/**
 * The profiles that use the provider.
 */
profiles: Array<string>, };

export type AccountsView = { 
/**
 * Where they are kept.
 */
secrets: SecretsView, 
/**
 * The providers that have or could have one: those in use first.
 */
providers: Array<ProviderAccounts>, };

export type SecretsPlace = "keyring" | "file" | "this-run";

export type KeepSecrets = { 
/**
 * There.
 */
place: SecretsPlace, };

export type ProviderKeyInput = { 
/**
 * The provider.
 */
provider: string, 
/**
 * The key.
 */
key: string, };

export type LoginInput = { 
/**
 * The provider.
 */
provider: string, 
/**
 * The account; absent: `default`.
 */
account?: string, 
/**
 * How; absent: the best way that the provider has.
 */
method?: LoginMethod, 
/**
 * The user has read the provider's notice and goes on.
 */
acceptNotice?: boolean, };

export type LoginId = { 
/**
 * As it came when the login began.
 */
id: string, 
/**
 * The version that was seen last: the answer waits up to 20 s for another. Absent: it comes at once.
 */
seen?: number, };

export type LoginCode = { 
/**
 * The login.
 */
id: string, 
/**
 * What was pasted.
 */
text: string, };

export type LoginSwitch = { 
/**
 * The provider.
 */
provider: string, 
/**
 * Whether profiles may use it. Off keeps it.
 */
enabled: boolean, };

export type AccountName = { 
/**
 * The provider.
 */
provider: string, 
/**
 * The account.
 */
account: string, };

export type LoginSettingsDraft = { 
/**
 * The provider.
 */
provider: string, 
/**
 * What the user sets, as a JSON object of the catalogue's fields; empty or absent: nothing.
 */
own?: string, 
/**
 * The secret of the user's own client; absent: as it is; empty: none.
 */
clientSecret?: string, };

export type TokenNamed = { 
/**
 * The tool that it is for.
 */
name: string, };

export type DoorLists = { 
/**
 * Further hosts: `host.docker.internal`, with or without a port.
 */
hosts: Array<string>, 
/**
 * Origins, as browsers send them: `http://localhost:3000`.
 */
origins: Array<string>, };

export type TokenView = { 
/**
 * The tool that it is for.
 */
name: string, 
/**
 * When it was made.
 */
made: number, 
/**
 * When it opened the door last.
 */
used: number | null, 
/**
 * When it was revoked; absent while it is in force.
 */
revoked: number | null, };

export type DoorView = { 
/**
 * Where the gateway listens: `http://127.0.0.1:4117`.
 */
address: string, 
/**
 * When the first token opened the door last.
 */
firstUsed: number | null, 
/**
 * The tools' own tokens; those in force first, each part by name.
 */
tokens: Array<TokenView>, 
/**
 * Further hosts that are let in.
 */
hosts: Array<string>, 
/**
 * Origins that are let in.
 */
origins: Array<string>, 
/**
 * Hosts that this run was started with.
 */
givenHosts: Array<string>, 
/**
 * Origins that this run was started with.
 */
givenOrigins: Array<string>, 
/**
 * What of the settings could not be used.
 */
notices: Array<Problem>, };

export type MadeToken = { 
/**
 * The token.
 */
token: string, 
/**
 * The door with it.
 */
door: DoorView, };

export type LogsInput = { 
/**
 * The least grave level: `error`, `warn`, `info`, `debug` or `trace`.
 */
level: string, 
/**
 * Only what says this, in any case of letters.
 */
text?: string, 
/**
 * At most so many events; no more than 2000.
 */
limit: number, };

export type LogLine = { 
/**
 * When, in Unix milliseconds.
 */
at: number | null, 
/**
 * `error`, `warn`, `info`, `debug` or `trace`.
 */
level: string, 
/**
 * Where it was said, and what.
 */
text: string, };

export type LogsView = { 
/**
 * The folder of its files.
 */
folder: string, 
/**
 * What they take.
 */
bytes: number, 
/**
 * The last events, the oldest of them first.
 */
lines: Array<LogLine>, };

export type DiagnosticsView = { 
/**
 * As text. No secret, no request and no answer is in it.
 */
text: string, };

export type PortInput = { 
/**
 * From 1024 to 65535.
 */
port: number, };

export type RemoveInput = { 
/**
 * "remove": the user has been asked.
 */
sure: string, };

export type GatewayView = { 
/**
 * The address: `http://127.0.0.1:4117`.
 */
address: string, 
/**
 * Its port.
 */
port: number | null, 
/**
 * The port unless another is set.
 */
usual: number, 
/**
 * The port from the next start on, where that is another one, unless a flag or a variable says otherwise.
 */
next: number | null, };

export type KeptItem = { 
/**
 * Stable word: `secrets`, `history`, `exports`, `versions`, `health`, `door`, `network`, `consent`, `catalogue`,
 * `practice`, `logs`, `run` or `window`.
 */
what: string, 
/**
 * Where; the first of its files.
 */
path: string, 
/**
 * What it takes.
 */
bytes: number, };

export type CalledView = { 
/**
 * Scheme, host and port.
 */
address: string, 
/**
 * The profiles whose requests go there.
 */
profiles: Array<string>, };

export type ToolSeen = { 
/**
 * Its name.
 */
name: string, 
/**
 * How many in the last 30 days.
 */
requests: number, };

export type OwnDataView = { 
/**
 * The data folder.
 */
folder: string, 
/**
 * The profiles folder, which is not Mainstay's alone.
 */
profiles: string, 
/**
 * What lies in the data folder.
 */
items: Array<KeptItem>, 
/**
 * An entry of the system's keyring opens the secrets.
 */
keyring: boolean, 
/**
 * Where requests go.
 */
called: Array<CalledView>, 
/**
 * The tools that point here, as far as the history says.
 */
tools: Array<ToolSeen>, 
/**
 * All of it goes when Mainstay ends.
 */
removing: boolean, };

export interface Operations {
  /** All of Live but the feed. */
  live: { input: Nothing; output: LiveState };
  /** Exchanges, newest first, page by page. */
  exchanges: { input: ExchangesInput; output: ExchangePage };
  /** One exchange. */
  exchange: { input: ExchangeId; output: ExchangeRow };
  /** Sums, shares and percentiles over a part of the history. */
  statistics: { input: StatisticsInput; output: StatisticsView };
  /** Writes a part of the history to a new file in the data folder. */
  export_history: { input: ExportInput; output: ExportView };
  /** How the history stands. */
  history: { input: Nothing; output: HistoryView };
  /** From now on the history is kept so long. */
  set_retention: { input: RetentionDraft; output: HistoryView };
  /** Deletes the history, the day's figures included; nothing of it stays on the disk but exports. */
  delete_history: { input: Nothing; output: HistoryView };
  /** What models cost. */
  prices: { input: Nothing; output: Array<PriceView> };
  /** Sets the user's own price of a model, or takes it back. What answers have cost so far stays as it was reckoned. */
  set_price: { input: PriceInput; output: Array<PriceView> };
  /** The folder's profiles and balancers. */
  profiles: { input: Nothing; output: ProfilesView };
  /** One profile. */
  profile: { input: Named; output: ProfileDetail };
  /** Creates a profile or saves its form; refused with `profile_changed` when the file changed meanwhile. */
  save_profile: { input: ProfileDraft; output: Undo };
  /** A file's text, broken or not, to be edited. */
  profile_text: { input: Named; output: ProfileText };
  /** What a text in the editor means: its form, its faults, what lint finds. Nothing is written. */
  read_profile_text: { input: TextInput; output: TextMeaning };
  /** Puts a form's values into a text, and leaves the rest of it as it is. Nothing is written. */
  fill_profile_text: { input: FillInput; output: FilledText };
  /** Saves a text as it is, once it is a profile; refused with `profile_changed` when the file changed meanwhile, and */
  /** with `hidden_misplaced` where "(hidden)" stands for nothing in it. */
  save_profile_text: { input: SaveTextInput; output: Undo };
  /** Deletes a profile or balancer; if balancers list it, only together with its place there. */
  delete_profile: { input: DeleteInput; output: Undo };
  /** Gives a profile or balancer another name. All that goes by its name follows: lists, key, default, pins, spend. */
  rename_profile: { input: NewName; output: Undo };
  /** Copies a profile or balancer, without its key. */
  duplicate_profile: { input: NewName; output: Undo };
  /** The earlier texts of a file that are kept, newest first. */
  versions: { input: Named; output: Array<VersionView> };
  /** One earlier text, without secrets. */
  version: { input: VersionOf; output: VersionText };
  /** Puts an earlier text back in place of today's, which is kept in turn. */
  restore_version: { input: VersionOf; output: Undo };
  /** Puts right what lint found. */
  apply_fix: { input: FixInput; output: Undo };
  /** Who holds the lock over the profiles, which the llxprt CLI takes too. */
  profiles_lock: { input: Nothing; output: LockView };
  /** Removes a lock that was left behind; refused with `lock_changed` when it is another one by now. */
  remove_lock: { input: LockSeen; output: Nothing };
  /** Takes a change back. */
  undo: { input: UndoInput; output: Nothing };
  /** Sends one tiny real request to the profile. */
  test_profile: { input: Named; output: TestResult };
  /** Binds a key to a profile. */
  set_key: { input: KeyInput; output: CredentialView };
  /** Forgets the key bound to a profile. */
  delete_key: { input: Named; output: CredentialView };
  /** The user agrees that a profile's stored credential goes to the address in its file, as it was shown. */
  confirm_origin: { input: OriginInput; output: CredentialView };
  /** All keys and logins, by provider; never a secret. */
  accounts: { input: Nothing; output: AccountsView };
  /** Keeps secrets there from now on, those entered so far too; refused with `secrets_kept` when they are on the disk. */
  keep_secrets: { input: KeepSecrets; output: AccountsView };
  /** Keeps a key for all profiles of a provider that have none of their own. */
  set_provider_key: { input: ProviderKeyInput; output: AccountsView };
  /** Forgets a provider's key. */
  delete_provider_key: { input: Named; output: AccountsView };
  /** Begins a login. One that the account had under way is cancelled. */
  start_login: { input: LoginInput; output: LoginWait };
  /** How far a login has come. */
  login: { input: LoginId; output: LoginWait };
  /** Gives a login the code that the provider's page showed. */
  paste_login_code: { input: LoginCode; output: LoginWait };
  /** Cancels a login; nothing is left of it. */
  cancel_login: { input: LoginId; output: LoginWait };
  /** Switches a provider's login on or off; its accounts are kept. */
  enable_login: { input: LoginSwitch; output: AccountsView };
  /** Gets an account new tokens now. */
  refresh_login: { input: AccountName; output: AccountsView };
  /** Forgets an account, and tells its provider where that takes it. */
  log_out: { input: AccountName; output: AccountsView };
  /** Changes what a provider's login is made of. */
  set_login_settings: { input: LoginSettingsDraft; output: AccountsView };
  /** The providers of the catalogue. */
  catalogue: { input: Nothing; output: Array<ProviderView> };
  /** Adds a provider of the user's own, or changes it. */
  add_provider: { input: ProviderDraft; output: Array<ProviderView> };
  /** Removes a provider of the user's own that no profile uses. */
  remove_provider: { input: Named; output: Array<ProviderView> };
  /** Asks a profile's provider which models it has, and keeps the answer. Costs nothing. */
  fetch_models: { input: Named; output: ModelsView };
  /** The ready-made load balancers: what they need, and what of it is there. */
  starters: { input: Nothing; output: Array<StarterView> };
  /** Makes a ready-made load balancer and what it needs, or says what that would change; all of it or nothing. */
  apply_starter: { input: StarterInput; output: StarterOutcome };
  /** Writes profiles and preferences to a new file in the data folder, without anything secret. */
  export_archive: { input: Nothing; output: ArchiveExport };
  /** Says what importing a file would change. Nothing is written. */
  preview_import: { input: PathInput; output: ImportView };
  /** Imports what was chosen of a file that was looked at before; profiles all or none. */
  import_archive: { input: ImportInput; output: ImportOutcome };
  /** Which variables of the catalogue are set, here or in a .env file; never their values. */
  find_keys: { input: FindKeysInput; output: Array<FoundKey> };
  /** Stores the keys that such variables hold. */
  import_keys: { input: ImportKeysInput; output: Array<ImportedKey> };
  /** One balancer. */
  balancer: { input: Named; output: BalancerDetail };
  /** Creates a balancer. */
  create_balancer: { input: BalancerDraft; output: Undo };
  /** Changes a balancer's policy, members, order or weights, or where it keeps conversations. */
  change_balancer: { input: BalancerDraft; output: Undo };
  /** From now on this serves requests which name none. */
  use_now: { input: Named; output: Nothing };
  /** From now on this is the default, here and in the llxprt CLI. */
  set_default: { input: Named; output: Nothing };
  /** Forgets a member's cooldown and breaker, and checks its key. */
  try_now: { input: Member; output: Check };
  /** Checks for free whether a member's address answers or its key is accepted. */
  check_member: { input: CheckInput; output: Check };
  /** From now on a balancer's requests go to this member first, until it is unpinned. Its policy stays as it is. */
  pin: { input: PinInput; output: Nothing };
  /** The balancer chooses by its policy again. */
  unpin: { input: RouteName; output: Nothing };
  /** Which way the next request would take if certain members failed, and what they would do then. Nothing is sent. */
  what_would_happen: { input: ForesightInput; output: ForesightView };
  /** Takes a member out for at most a minute, to see a failover; refused with `nobody_else` where no other could serve. It */
  /** ends by itself, or by `try_now`. */
  take_out: { input: TakeOutInput; output: Nothing };
  /** Runs the recipe's commands, or says what they would change. */
  console: { input: ConsoleInput; output: ConsoleOutput };
  /** What can come next in a line of commands. */
  complete: { input: Typed; output: Array<Completion> };
  /** Breaks or mends a practice member. */
  practice_fault: { input: FaultInput; output: Nothing };
  /** The way out: proxy and certificates, as they are set and as they are in force. */
  network: { input: Nothing; output: NetworkView };
  /** Changes the way out, at once; refused with `proxy_bad` or `ca_file_unusable`. */
  set_network: { input: NetworkDraft; output: NetworkView };
  /** Keeps a proxy's user name and password in the secret store. */
  set_proxy_login: { input: ProxyLoginInput; output: NetworkView };
  /** Forgets a proxy's user name and password. */
  delete_proxy_login: { input: ProxyNamed; output: NetworkView };
  /** Whom the gateway lets in: tokens by name, further hosts and origins. */
  door: { input: Nothing; output: DoorView };
  /** Makes a token for one tool. It is told this once. */
  make_token: { input: TokenNamed; output: MadeToken };
  /** From now on a tool's own token opens nothing. */
  revoke_token: { input: TokenNamed; output: DoorView };
  /** Replaces the lists of further hosts and origins, at once; refused with `door_host_bad`, `door_origin_bad`, */
  /** `door_entry_star` or `door_entry_empty`. */
  set_door_lists: { input: DoorLists; output: DoorView };
  /** The end of the log. */
  logs: { input: LogsInput; output: LogsView };
  /** What to tell others when something is wrong, as text without anything secret. */
  diagnostics: { input: Nothing; output: DiagnosticsView };
  /** Where the gateway listens, now and from the next start on. */
  gateway: { input: Nothing; output: GatewayView };
  /** From the next start on the gateway listens at this port; refused with `port_bad` or `port_in_use`. */
  set_port: { input: PortInput; output: GatewayView };
  /** What Mainstay has stored, and whom it calls. */
  own_data: { input: Nothing; output: OwnDataView };
  /** Removes everything that Mainstay has stored: keys and history at once, the rest when it ends. */
  remove_own_data: { input: RemoveInput; output: OwnDataView };
}
