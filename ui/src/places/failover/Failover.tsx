import type { Aim, Go } from "../go.ts";

export function Failover({ aim }: { aim: Extract<Aim, { place: "failover" }> | undefined; go: Go }) {
  return <p>{aim?.balancer}</p>;
}
