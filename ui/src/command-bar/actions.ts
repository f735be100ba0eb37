import {
  ArrowRight,
  ArrowUpToLine,
  Ban,
  Boxes,
  CirclePause,
  Contrast,
  Copy,
  Download,
  FlaskConical,
  KeyRound,
  Pin,
  PinOff,
  Plus,
  Power,
  RotateCcw,
  Settings,
  SquareUserRound,
  Stethoscope,
  Star,
  Trash2,
  Undo2,
  Wrench,
  type LucideIcon,
} from "lucide-react";
import { appearances, type Appearance } from "../appearance.ts";
import { placeIcons } from "../components/Sidebar.tsx";
import { count, span } from "../figures.ts";
import type { LiveState, ProfilesView, TestResult } from "../host/generated.ts";
import type { Host } from "../host/host.ts";
import { places, type Aim, type Go, type Section } from "../places/go.ts";
import { faults } from "../places/live/FaultMenu.tsx";
import { strings } from "../strings.ts";

const words = strings.commandBar;

/** What an action may use. Those that ask the engine are given the host; a failure is told by whoever runs them. */
export interface Means {
  host: Host;
  go: Go;
  say: (text: string) => void;
  /** Says what was done, with a way back. */
  undoable: (text: string, undo: { token: string }) => void;
  readAgain: () => Promise<void>;
  chooseAppearance: (appearance: Appearance) => void;
  /** Takes the last change back. */
  undo: () => Promise<void>;
}

/** One thing to do, in one step. */
export interface Action {
  id: string;
  group: "go" | "do";
  label: string;
  /** Other words that it may be looked for by. */
  also: string;
  /** What stands beside it. */
  about?: string;
  icon: LucideIcon;
  /** Offered before anything is typed. */
  first?: boolean;
  /** What it answers is shown in the bar, which stays open. */
  answers?: (means: Means) => Promise<Answer>;
  run?: (means: Means) => Promise<unknown> | undefined;
}

/** What an action has to tell. */
export interface Answer {
  ok: boolean;
  lines: string[];
}

/** What the actions are about. */
export interface Situation {
  live: LiveState | undefined;
  files: ProfilesView | undefined;
  /** What can be taken back. */
  last: string | undefined;
  /** The window is one that Mainstay opened, so that it can be quit from here. */
  quits: boolean;
}

/** Everything that can be done from here in one step. */
export function actionsFor(situation: Situation): Action[] {
  return table.flatMap((row) => row(situation));
}

/** The sections of Settings, as its words have them. */
const sections = Object.keys(strings.settings.section) as Section[];

/** A way to a place. */
const way = (aim: Aim, label: string, about: string, icon: LucideIcon, first = false): Action => ({
  id: `go-${about}-${label}`,
  group: "go",
  label,
  also: about,
  about,
  icon,
  first,
  run: ({ go }) => {
    go(aim);
    return undefined;
  },
});

const profilesOf = ({ files }: Situation) => files?.profiles ?? [];
const balancersOf = ({ files }: Situation) => files?.balancers ?? [];
const membersOf = ({ live }: Situation) => live?.members ?? [];

/** The actions, by what they are about. A row says nothing where it does not apply. */
const table: readonly ((situation: Situation) => Action[])[] = [
  ({ last }) =>
    last === undefined
      ? []
      : [deed("undo", words.do.undo(last), Undo2, (means) => means.undo(), { also: "take back revert", first: true })],

  () => places.map((place) => way({ place }, strings.frame[place], words.go.about.place, placeIcons[place], true)),
  (situation) =>
    profilesOf(situation).map(({ name }) =>
      way({ place: "profiles", profile: name }, name, words.go.about.profile, SquareUserRound),
    ),
  (situation) =>
    balancersOf(situation).map(({ name }) =>
      way({ place: "failover", balancer: name }, name, words.go.about.balancer, Boxes),
    ),
  () =>
    sections.map((section) =>
      way(
        { place: "settings", section },
        words.go.section(strings.settings.section[section]),
        words.go.about.section,
        Settings,
      ),
    ),

  () => [
    { ...toForm("first-run", words.do.firstRun, { place: "live", guide: true }), also: words.do.firstRunAlso },
    { ...toForm("new-profile", words.do.newProfile, { place: "profiles", create: true }), first: true },
    { ...toForm("new-balancer", words.do.newBalancer, { place: "failover", create: true }), first: true },
  ],

  (situation) =>
    balancersOf(situation)
      .filter(({ active }) => !active)
      .map(({ name }) => ({ ...use(name, words.do.use(name)), first: true })),
  (situation) =>
    profilesOf(situation)
      .filter(({ active }) => !active)
      .map(({ name }) => use(name, words.do.useAlone(name))),
  (situation) =>
    [...balancersOf(situation), ...profilesOf(situation)]
      .filter((each) => !each.default && !each.practice)
      .map(({ name }) =>
        deed(
          `default-${name}`,
          words.do.setDefault(name),
          Star,
          async ({ host, say, readAgain }) => {
            await host.perform("set_default", { name });
            await readAgain();
            say(words.do.defaultSet(name));
          },
          { also: "start" },
        ),
      ),

  ({ live }) => {
    const active = live?.active;
    if (!live || !active?.balancer) return [];
    const { name: route, pinned } = active;
    const pins = live.members
      .filter(({ name }) => name !== pinned)
      .map(({ name: member }) =>
        deed(
          `pin-${member}`,
          words.do.pin(route, member),
          Pin,
          async ({ host, say }) => {
            await host.perform("pin", { route, member });
            say(strings.live.pinnedNow(member));
          },
          { also: "prefer hold" },
        ),
      );
    if (pinned === null) return pins;
    const unpin = deed(
      "unpin",
      words.do.unpin(route, pinned),
      PinOff,
      async ({ host, say }) => {
        await host.perform("unpin", { route });
        say(strings.live.unpinnedNow(route));
      },
      { also: "policy", first: true },
    );
    return [unpin, ...pins];
  },

  (situation) =>
    membersOf(situation)
      .filter(({ canTry }) => canTry)
      .map(({ name: member }) => ({
        ...base(`try-${member}`, words.do.tryNow(member), RotateCcw),
        also: "cooldown reset probe",
        first: true,
        answers: async ({ host }) => {
          const check = await host.perform("try_now", { member });
          return { ok: check.ok !== false, lines: [check.message] };
        },
      })),
  ({ live }) => {
    const able = live?.members.filter(({ state }) => ["serving", "ready", "unchecked"].includes(state)) ?? [];
    // One alone is not taken out: nobody would answer.
    return (able.length > 1 ? able : []).map(({ name: member }) =>
      deed(
        `out-${member}`,
        words.do.takeOut(member),
        CirclePause,
        async ({ host, say }) => {
          await host.perform("take_out", { member, seconds: 60 });
          say(words.do.takenOut(member));
        },
        { also: "try a failover test pause" },
      ),
    );
  },
  (situation) =>
    profilesOf(situation)
      .filter(({ credential }) => credential.problem === "needs_credential")
      .map(({ name }) => ({
        ...toForm(`key-${name}`, words.do.giveKey(name), { place: "profiles", profile: name }),
        icon: KeyRound,
        also: "credential login api",
      })),
  (situation) =>
    profilesOf(situation).map(({ name }) => ({
      ...base(`test-${name}`, words.do.test(name), FlaskConical),
      also: "ping",
      about: words.do.testWhy,
      answers: async ({ host }) => tested(await host.perform("test_profile", { name })),
    })),
  (situation) =>
    profilesOf(situation).map(({ name: member }) => ({
      ...base(`check-${member}`, words.do.check(member), Stethoscope),
      also: "health reachable",
      about: words.do.checkWhy,
      answers: async ({ host }) => {
        const address = await host.perform("check_member", { member, what: "address" });
        const key = await host.perform("check_member", { member, what: "key" });
        return { ok: address.ok !== false && key.ok !== false, lines: [address.message, key.message] };
      },
    })),
  (situation) =>
    profilesOf(situation)
      .filter(({ practice }) => !practice)
      .map(({ name }) => ({
        ...base(`models-${name}`, words.do.fetchModels(name), Download),
        also: "list catalogue",
        answers: async ({ host, readAgain }) => {
          const { models } = await host.perform("fetch_models", { name });
          await readAgain();
          return { ok: true, lines: [words.do.modelsFetched(models.length), models.map(({ id }) => id).join(", ")] };
        },
      })),
  (situation) =>
    [...profilesOf(situation), ...balancersOf(situation)]
      .filter(({ practice }) => !practice)
      .map(({ name }) =>
        deed(
          `delete-${name}`,
          words.do.deleteProfile(name),
          Trash2,
          async ({ host, undoable, readAgain }) => {
            const undo = await host.perform("delete_profile", { name, fromLists: false });
            await readAgain();
            undoable(strings.failover.deleted(name), undo);
          },
          { also: "remove" },
        ),
      ),

  (situation) =>
    membersOf(situation)
      .filter(({ practice }) => practice)
      .flatMap(({ name: member, fault: now }) => {
        const breaks = faults
          .filter((fault) => fault !== now)
          .map((fault) =>
            deed(
              `break-${member}-${fault}`,
              words.do.break(member, strings.fault[fault]),
              Ban,
              async ({ host, say }) => {
                await host.perform("practice_fault", { member, fault });
                say(words.do.broken(member, strings.fault[fault]));
              },
              { also: "fault practice" },
            ),
          );
        if (now === null) return breaks;
        const mend = deed(
          `mend-${member}`,
          words.do.mend(member),
          Wrench,
          async ({ host, say }) => {
            await host.perform("practice_fault", { member, fault: null });
            say(words.do.mended(member));
          },
          { also: "fault practice repair", first: true },
        );
        return [mend, ...breaks];
      }),

  () =>
    appearances.map((appearance) =>
      deed(
        `appearance-${appearance}`,
        words.do.appearance(strings.appearance[appearance]),
        Contrast,
        ({ chooseAppearance }) => {
          chooseAppearance(appearance);
          return undefined;
        },
        { also: "theme colours mode switch" },
      ),
    ),
  ({ live }) =>
    live === undefined
      ? []
      : [
          deed("copy-address", words.do.copyAddress, Copy, async ({ host, say }) => {
            await host.copyText(live.address);
            say(strings.frame.addressCopied);
          }),
          deed("copy-token", words.do.copyToken, Copy, async ({ host, say }) => {
            await host.copyToken();
            say(strings.frame.tokenCopied);
          }),
        ],
  () =>
    (["csv", "json"] as const).map((format) =>
      deed(`export-${format}`, words.do.exportHistory(format.toUpperCase()), ArrowUpToLine, async ({ host, say }) => {
        const { exchanges, path } = await host.perform("export_history", { format });
        say(words.do.historyExported(count(exchanges), path));
      }),
    ),
  () => [
    deed("export-profiles", words.do.exportProfiles, ArrowUpToLine, async ({ host, say }) => {
      const { profiles, path } = await host.perform("export_archive", {});
      say(words.do.profilesExported(count(profiles), path));
    }),
  ],
  ({ quits }) =>
    quits
      ? [deed("quit", words.do.quit, Power, ({ host }) => host.shell?.quit("ask"), { also: "exit end close stop" })]
      : [],
];

function base(id: string, label: string, icon: LucideIcon): Action {
  return { id, group: "do", label, also: "", icon };
}

/** Something that is done at once; the bar closes and the corner of the window says what came of it. */
function deed(
  id: string,
  label: string,
  icon: LucideIcon,
  run: NonNullable<Action["run"]>,
  more: Pick<Action, "also" | "first"> = { also: "" },
): Action {
  return { ...base(id, label, icon), ...more, run };
}

/** Something that needs more words than one step has: it leads to the form for it. */
function toForm(id: string, label: string, aim: Aim): Action {
  return deed(
    id,
    label,
    Plus,
    ({ go }) => {
      go(aim);
      return undefined;
    },
    { also: "create add" },
  );
}

const use = (name: string, label: string): Action =>
  deed(
    `use-${name}`,
    label,
    ArrowRight,
    async ({ host, say, readAgain }) => {
      await host.perform("use_now", { name });
      await readAgain();
      say(words.do.used(name));
    },
    { also: "load switch active serve" },
  );

/** What a test said, in words. */
function tested({ ok, tookMs, answer, model, message, hint }: TestResult): Answer {
  const { answered, failed, said } = strings.profiles.test;
  const took = span(tookMs);
  const more = [answer === null ? null : said(answer), model, hint];
  return {
    ok,
    lines: [ok ? answered(took) : (message ?? failed(took)), ...more.filter((line) => line !== null)],
  };
}
