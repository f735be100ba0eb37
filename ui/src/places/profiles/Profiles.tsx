import type { Aim } from "../go.ts";

export function Profiles({ aim }: { aim: Extract<Aim, { place: "profiles" }> | undefined }) {
  return <p>{aim?.profile}</p>;
}
