import type { DoorView, MadeToken } from "./generated.ts";
import { HostError } from "./host.ts";

/** The local door as a rehearsal holds it. */
export class RehearsedDoor {
  /** Tests change it. */
  door: DoorView = {
    address: "http://127.0.0.1:4117",
    firstUsed: null,
    tokens: [],
    hosts: [],
    origins: [],
    givenHosts: [],
    givenOrigins: [],
    notices: [],
  };

  view(): DoorView {
    return structuredClone(this.door);
  }

  make(name: string, made: number): MadeToken {
    if (this.door.tokens.some((token) => token.name === name && token.revoked === null)) {
      throw new HostError(
        "token_name_taken",
        `There is a token for "${name}" already.`,
        "Revoke it first, or choose another name.",
      );
    }
    this.door.tokens = [{ name, made, used: null, revoked: null }, ...this.door.tokens];
    return { token: `mst_rehearsed-${name}`, door: this.view() };
  }

  revoke(name: string, revoked: number): DoorView {
    const [inForce, others] = [this.door.tokens.filter((token) => token.revoked === null), this.door.tokens];
    const found = inForce.find((token) => token.name === name);
    if (found) this.door.tokens = others.map((token) => (token === found ? { ...token, revoked } : token));
    return this.view();
  }

  setLists(hosts: string[], origins: string[]): DoorView {
    const bad = hosts.find((host) => host.includes("/"));
    if (bad !== undefined) {
      throw new HostError(
        "door_host_bad",
        `"${bad}" is an address, not a host.`,
        "Write it without http:// and without a path: host.docker.internal, or with a port.",
      );
    }
    if (origins.includes("null")) {
      throw new HostError(
        "door_origin_bad",
        "The origin null is sent by pages that have none, and any page can make itself one.",
        "It can't be allowed.",
      );
    }
    this.door = { ...this.door, hosts, origins };
    return this.view();
  }
}
