import { useId } from "react";
import { Button } from "../../../components/Button.tsx";
import { TextField } from "../../../components/Field.tsx";
import { strings } from "../../../strings.ts";
import { Course } from "../../accounts/Course.tsx";
import { isLoggedIn, waysIn, type Candidate, type WayIn } from "./ways.ts";

const words = strings.welcome;

interface MemberStepProps {
  candidate: Candidate;
  way: WayIn;
  onWay: (way: WayIn) => void;
  /** The field of its key, which alone holds what is typed; and whether anything is. */
  keyField: (field: HTMLInputElement | null) => void;
  onTyped: (typed: boolean) => void;
  onNext: () => void;
}

/** How one provider of the recipe lets the user in: what was found is offered, nothing is used unasked. */
export function MemberStep({ candidate, way, onWay, keyField, onTyped, onNext }: MemberStepProps) {
  const group = useId();
  const { member, title, accounts } = candidate;
  const login = accounts?.login;
  return (
    <>
      <p className="font-mono text-small wrap-anywhere text-ink-3">{words.member(member.name, member.model)}</p>
      <fieldset className="mt-2 grid gap-1">
        <legend className="sr-only">{words.way(title)}</legend>
        {waysIn(candidate).map((each) => (
          <div key={each}>
            <label className="flex items-start gap-2.5 rounded-control px-2 py-1 hover:bg-well">
              <input
                type="radio"
                name={group}
                checked={way === each}
                onChange={() => {
                  onWay(each);
                }}
                className="mt-1 accent-accent"
              />
              <span className="min-w-0">
                <span className="wrap-anywhere">{wordFor(each, candidate)}</span>
                {way === each && (each === "env" || each === "caller") && (
                  <span className="block text-small text-ink-3">{words.waysWhy[each]}</span>
                )}
              </span>
            </label>
            {each === "key" && (
              <div hidden={way !== "key"} className="max-w-110 pl-8">
                <TextField
                  mono
                  type="password"
                  ref={keyField}
                  label={words.key(member.name)}
                  hint={words.keyHint}
                  onChange={(event) => {
                    onTyped(event.target.value.trim() !== "");
                  }}
                />
              </div>
            )}
            {each === "login" && way === "login" && login && !isLoggedIn(candidate) && (
              <div className="max-w-150 pl-8">
                <Course
                  of={accounts}
                  login={login}
                  account="default"
                  under={login.waiting.find((wait) => wait.account === "default")}
                  onOver={() => {
                    onTyped(false);
                  }}
                />
              </div>
            )}
          </div>
        ))}
      </fieldset>
      <Button look="main" className="mt-3 ml-2" onClick={onNext}>
        {words.next}
      </Button>
    </>
  );
}

function wordFor(way: WayIn, candidate: Candidate): string {
  const { found, member } = candidate;
  switch (way) {
    case "there":
      return words.ways.there(member.credential?.source ?? "");
    case "env":
      return found?.lastFour == null
        ? words.ways.envHidden(found?.variable ?? "")
        : words.ways.env(found.variable, found.lastFour);
    case "login":
      return isLoggedIn(candidate) ? words.ways.loggedIn : words.ways.login;
    case "key":
    case "caller":
    case "skip":
      return words.ways[way];
  }
}
