import type {
  BalancerDetail,
  BalancerDraft,
  BalancerRow,
  ProfileDetail,
  ProfileDraft,
  ProfileRow,
  ProfileText,
  SaveTextInput,
  VersionText,
  VersionView,
} from "./generated.ts";
import { HostError } from "./host.ts";
import { become, filled, fingerprint, meaning, shown, textOf } from "./rehearsal-texts.ts";
import { liveMember } from "./rehearsal-live.ts";
import { keyless, newPlayer, noKey, type Cast, type Player, type World } from "./rehearsal-world.ts";

/** The folder of profiles and balancers that exists only here. */
export class RehearsedFiles {
  readonly world: World;
  /** Tells those who watch that files changed. */
  readonly #changed: () => void;
  readonly #undos = new Map<string, () => void>();
  /** What profiles were before they were saved, the last first. */
  readonly #earlier = new Map<string, { at: number; player: Player }[]>();

  constructor(world: World, changed: () => void) {
    this.world = world;
    this.#changed = changed;
  }

  player(name: string): Player {
    const player = this.world.profiles.find((each) => each.name === name);
    if (!player) throw new HostError("no_such_profile", `There is no profile named ${name}.`, "Read the list again.");
    return player;
  }

  #usedBy(name: string): string[] {
    return this.world.balancers
      .filter((cast) => cast.members.some((member) => member.profile === name))
      .map((cast) => cast.name);
  }

  /** Keeps a way back to the world as it is now. */
  undo(): { token: string } {
    const { profiles, balancers, active } = structuredClone(this.world);
    const token = `undo-${String(this.#undos.size + 1)}`;
    this.#undos.set(token, () => {
      Object.assign(this.world, { profiles, balancers, active });
    });
    return { token };
  }

  detail(player: Player): ProfileDetail {
    const { name, credential, practice, testCost } = player;
    const text = textOf(player);
    const { form } = meaning(text);
    if (!form) throw new HostError("profile_broken", `${name} can’t be used.`, "Correct the file.");
    const file = { text, fingerprint: fingerprint(text), usedBy: this.#usedBy(name) };
    return { name, ...form, credential, practice, testCost, ...file };
  }

  text(name: string): ProfileText {
    const broken = this.world.broken?.find((file) => file.name === name);
    return shown(broken ? broken.text : textOf(this.player(name)));
  }

  saveText({ name, text, fingerprint: seen }: SaveTextInput): { token: string } {
    if (this.text(name).fingerprint !== seen) throw this.#changedMeanwhile();
    const undo = this.undo();
    const broken = this.world.broken?.find((file) => file.name === name);
    const player = broken ? newPlayer(name) : this.player(name);
    const before = structuredClone(player);
    become(player, text);
    if (broken) {
      this.world.broken = this.world.broken?.filter((file) => file !== broken) ?? [];
      this.world.profiles.push(player);
    } else {
      this.#keep(before);
    }
    this.#changed();
    return undo;
  }

  #changedMeanwhile() {
    return new HostError("profile_changed", "The file changed on disk meanwhile.", "Reload it, or overwrite it.");
  }

  #keep(player: Player): void {
    const { name } = player;
    this.#earlier.set(name, [{ at: this.world.now, player }, ...(this.#earlier.get(name) ?? [])]);
  }

  row(player: Player): ProfileRow {
    const member = liveMember(this.world, player.name, null);
    return {
      name: player.name,
      provider: player.provider,
      model: player.model,
      state: member.state === "serving" ? "ready" : member.state,
      until: member.until,
      checked: member.checked,
      credential: player.credential,
      usedBy: this.#usedBy(player.name),
      active: this.world.active === player.name,
      default: this.world.default === player.name,
      practice: player.practice,
      findings: player.findings ?? [],
    };
  }

  balancerRow(cast: Cast): BalancerRow {
    const { name, policy, findings, practice } = cast;
    const { active, default: chosen } = this.world;
    return {
      name,
      policy,
      members: cast.members.length,
      active: name === active,
      default: name === chosen,
      practice,
      findings,
    };
  }

  balancer(name: string): BalancerDetail {
    const cast = this.world.balancers.find((each) => each.name === name);
    if (!cast) throw new HostError("no_such_profile", `There is no balancer named ${name}.`, "Read the list again.");
    const taken = new Set(cast.members.map((member) => member.profile));
    const text = JSON.stringify(
      { version: 1, type: "loadbalancer", policy: cast.policy, profiles: cast.members },
      null,
      2,
    );
    return {
      ...this.balancerRow(cast),
      members: cast.members,
      sticky: cast.sticky ?? false,
      failback: cast.failback ?? "conversation",
      candidates: this.world.profiles
        .filter((player) => !taken.has(player.name) && player.practice === cast.practice)
        .map((player) => player.name),
      text,
      fingerprint: fingerprint(text),
    };
  }

  save(draft: ProfileDraft): { token: string } {
    const known = this.world.profiles.find((each) => each.name === draft.name);
    if (known && draft.fingerprint === null) {
      throw new HostError("profile_exists", `There is a profile named ${draft.name} already.`, "Choose another name.");
    }
    if (known && this.detail(known).fingerprint !== draft.fingerprint) throw this.#changedMeanwhile();
    const undo = this.undo();
    const { name, ...form } = draft;
    if (known) {
      this.#keep(structuredClone(known));
      become(known, filled(textOf(known), form));
    } else {
      const entry = this.world.catalogue.find((each) => each.name === form.provider);
      const ready = entry?.needsKey === false ? ({ credential: keyless, live: {} } as const) : {};
      this.world.profiles.push({ ...newPlayer(name), ...form, ...ready });
    }
    this.#changed();
    return undo;
  }

  change(draft: BalancerDraft, create: boolean): { token: string } {
    const undo = this.undo();
    const known = this.world.balancers.find((each) => each.name === draft.name);
    if (create && known) {
      throw new HostError("profile_exists", `There is a profile named ${draft.name} already.`, "Choose another name.");
    }
    const { sticky, failback, ...rest } = structuredClone(draft);
    const placed = { ...rest, ...(sticky === null ? {} : { sticky }), ...(failback === null ? {} : { failback }) };
    if (known) Object.assign(known, placed);
    else this.world.balancers.push({ ...placed, findings: [], practice: false });
    this.#changed();
    return undo;
  }

  delete(name: string, fromLists: boolean): { token: string } {
    const users = this.#usedBy(name);
    if (users.length > 0 && !fromLists) {
      throw new HostError("profile_in_use", `${users.join(" and ")} list it.`, "Remove it there first.");
    }
    const undo = this.undo();
    const { world } = this;
    world.profiles = world.profiles.filter((each) => each.name !== name);
    world.balancers = world.balancers.filter((each) => each.name !== name);
    for (const cast of world.balancers) cast.members = cast.members.filter((member) => member.profile !== name);
    if (world.active === name) world.active = null;
    this.#changed();
    return undo;
  }

  #free(name: string): void {
    if ([...this.world.profiles, ...this.world.balancers].some((each) => each.name === name)) {
      throw new HostError("profile_exists", `There is already a profile ${name}.`, "Choose another name.");
    }
  }

  rename(from: string, to: string): { token: string } {
    this.#free(to);
    const undo = this.undo();
    const { world } = this;
    for (const each of [...world.profiles, ...world.balancers]) if (each.name === from) each.name = to;
    for (const cast of world.balancers) {
      for (const member of cast.members) if (member.profile === from) member.profile = to;
    }
    if (world.active === from) world.active = to;
    if (world.default === from) world.default = to;
    this.#changed();
    return undo;
  }

  duplicate(from: string, to: string): { token: string } {
    this.#free(to);
    const undo = this.undo();
    const cast = this.world.balancers.find((each) => each.name === from);
    if (cast) this.world.balancers.push({ ...structuredClone(cast), name: to });
    else {
      const live = { state: "needs-credential" } as const;
      this.world.profiles.push({ ...structuredClone(this.player(from)), name: to, credential: noKey, live });
    }
    this.#changed();
    return undo;
  }

  #version(name: string, id: string): Player {
    const found = this.#earlier.get(name)?.[Number(id)];
    if (!found) throw new HostError("no_such_version", "That version is no longer kept.", "Choose another.");
    return found.player;
  }

  lookAt(name: string, id: string): VersionText {
    return { id, text: this.detail(this.#version(name, id)).text, now: this.detail(this.player(name)).text };
  }

  restore(name: string, id: string): { token: string } {
    const version = this.#version(name, id);
    const undo = this.undo();
    Object.assign(this.player(name), structuredClone(version));
    this.#changed();
    return undo;
  }

  /** Whatever was found is put right. */
  fix(name: string, code: string): { token: string } {
    const undo = this.undo();
    for (const each of [...this.world.profiles, ...this.world.balancers]) {
      if (each.name === name) each.findings = (each.findings ?? []).filter((finding) => finding.code !== code);
    }
    this.#changed();
    return undo;
  }

  key(name: string, key: string | null) {
    const player = this.player(name);
    player.credential =
      key === null
        ? noKey
        : { usable: true, source: "key kept by Mainstay", problem: null, lastFour: key.slice(-4), ownKey: true };
    player.live = key === null ? { state: "needs-credential" } : { state: "unchecked" };
    this.#changed();
    return player.credential;
  }

  /** Takes a change back. */
  takeBack(token: string): void {
    this.#undos.get(token)?.();
    this.#changed();
  }

  versions(name: string): VersionView[] {
    return (this.#earlier.get(name) ?? []).map(({ at }, index) => ({ id: String(index), replacedAt: at }));
  }
}
