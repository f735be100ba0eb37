import {
  CircleSlash,
  KeyRound,
  Minus,
  Pencil,
  Play,
  Plus,
  Star,
  Trash2,
  UserRound,
  type LucideIcon,
} from "lucide-react";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { Button, focused } from "../components/Button.tsx";
import { TextField } from "../components/Field.tsx";
import type { Change, WantedKey } from "../host/generated.ts";
import { strings } from "../strings.ts";
import type { Row } from "./plan.ts";

const words = strings.commandBar.block;

/** What a change is called, and its picture. */
function told({ kind, name }: Change): [string, LucideIcon, string] {
  switch (kind) {
    case "create":
      return [words.create(name), Plus, "text-ok"];
    case "replace":
      return [words.replace(name), Pencil, "text-cooling"];
    case "delete":
      return [words.delete(name), Trash2, "text-bad"];
    case "load":
      return [words.load(name), Play, "text-accent"];
    case "default":
      return [name === "" ? words.noDefault : words.default(name), Star, "text-accent"];
    case "login":
      return [words.login(name), UserRound, "text-ink-3"];
    default:
      return [words.key(name), KeyRound, "text-ink-3"];
  }
}

interface PlanRowProps {
  row: Row;
  /** Its line, without what is secret. */
  text: string;
  /** The name that the block gives to what the line saves. */
  name: string | undefined;
  busy: boolean;
  /** Tells where the key of a line is typed. */
  keyField: (line: number, field: HTMLInputElement | null) => void;
  onSkip: (isSkipped: boolean) => void;
  /** Another name; empty for the block's. */
  onRename: (name: string) => void;
}

/** One change, with the ways to do without it or to give it another name. */
export function PlanRow({ row, text, name, busy, keyField, onSkip, onRename }: PlanRowProps) {
  const { line, change, wanted, state } = row;
  const [naming, setNaming] = useState(false);
  const [what, Icon, colour] = change
    ? told(change)
    : wanted
      ? [words.needsKey(wanted.name ?? wanted.provider ?? ""), KeyRound, "text-waiting"]
      : [text, CircleSlash, "text-bad"];
  const isSkipped = state === "skipped";
  const Shape = isSkipped ? Minus : state === "failed" ? CircleSlash : Icon;
  const saves = change?.kind === "create" || change?.kind === "replace";
  const named = saves && name !== undefined && name !== change.name && state === "planned";
  return (
    <li
      data-testid={`change-${String(line)}`}
      data-state={state}
      data-kind={change?.kind}
      className="flex items-start gap-3 border-b border-line py-2 last:border-b-0"
    >
      <Shape
        className={`mt-0.5 size-4 shrink-0 ${isSkipped || state === "unreached" ? "text-ink-3" : state === "failed" ? "text-bad" : colour}`}
        aria-hidden="true"
      />
      <div className="min-w-0 flex-1">
        <p className={`wrap-anywhere ${isSkipped || state === "unreached" ? "text-ink-3" : "font-medium"}`}>
          {isSkipped ? <s>{what}</s> : what}
          <span className="ml-2 text-small font-normal text-ink-3">
            {words.line(String(line))}
            {isSkipped && `, ${words.skipped.toLowerCase()}`}
            {state === "unreached" && `, ${words.notReached.toLowerCase()}`}
          </span>
        </p>
        {!isSkipped && change && change.details.length > 0 && <Details change={change} />}
        {named && <p className="text-small text-ink-3">{words.was(name)}</p>}
        {wanted && state === "planned" && <KeyField wanted={wanted} busy={busy} keyField={keyField} />}
        {naming && (
          <Naming
            name={change?.name ?? ""}
            onDone={(chosen) => {
              setNaming(false);
              if (chosen !== undefined) onRename(chosen);
            }}
          />
        )}
      </div>
      <div className="flex shrink-0 gap-1">
        {saves && state === "planned" && !naming && (
          <Small
            name={words.renameNamed(change.name)}
            busy={busy}
            onPress={() => {
              setNaming(true);
            }}
          >
            {words.rename}
          </Small>
        )}
        {state !== "unreached" && (change !== undefined || state === "failed" || isSkipped) && (
          <Small
            name={isSkipped ? words.putBackNamed(what) : words.skipNamed(what)}
            busy={busy}
            onPress={() => {
              onSkip(!isSkipped);
            }}
          >
            {isSkipped ? words.putBack : words.skip}
          </Small>
        )}
      </div>
    </li>
  );
}

/** What a new one is, in a line; what becomes different of one that is there, each for itself. */
function Details({ change }: { change: Change }) {
  if (change.kind !== "replace")
    return <p className="text-small wrap-anywhere text-ink-2">{change.details.join(", ")}</p>;
  return (
    <ul className="text-small text-ink-2">
      {change.details.map((detail) => (
        <li key={detail} className="wrap-anywhere">
          {detail}
        </li>
      ))}
    </ul>
  );
}

interface KeyFieldProps {
  wanted: WantedKey;
  busy: boolean;
  keyField: (line: number, field: HTMLInputElement | null) => void;
}

/** Where the real key goes in the place of the recipe's. What is typed stays in the field. */
function KeyField({ wanted, busy, keyField }: KeyFieldProps) {
  const isKeptByName = wanted.provider === null;
  return (
    <TextField
      mono
      type="password"
      disabled={busy}
      data-testid={`key-${String(wanted.line)}`}
      ref={(field) => {
        keyField(wanted.line, field);
      }}
      label={words.keyLabel(wanted.name ?? wanted.provider ?? "")}
      hint={wanted.kept ? words.keyKept : isKeptByName ? words.keyNamed : words.keyEmpty}
      fieldClassName="mt-1.5 max-w-100"
    />
  );
}

function Naming({ name, onDone }: { name: string; onDone: (name?: string) => void }) {
  const [typed, setTyped] = useState(name);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onDone(typed.trim());
  };
  return (
    <form noValidate onSubmit={submit} className="mt-1.5 flex flex-wrap items-end gap-x-2">
      <TextField
        ref={focused}
        label={words.newName}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        fieldClassName="min-w-0 flex-1 basis-40 max-w-80"
      />
      <Button type="submit" className="mb-1">
        {words.renameNow}
      </Button>
      <Button
        look="quiet"
        className="mb-1"
        onClick={() => {
          onDone();
        }}
      >
        {words.cancel}
      </Button>
    </form>
  );
}

interface SmallProps {
  name: string;
  busy: boolean;
  onPress: () => void;
  children: ReactNode;
}

function Small({ name, busy, onPress, children }: SmallProps) {
  return (
    <Button look="quiet" aria-label={name} disabled={busy} onClick={onPress} className="py-0 text-small">
      {children}
    </Button>
  );
}
