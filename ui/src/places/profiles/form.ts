import { strings } from "../../strings.ts";
const words = strings.profiles;
export function nameProblem(name: string, taken: readonly string[]): string | undefined {
  return undefined;
}
