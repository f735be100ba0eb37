import { KeyRound } from "lucide-react";
import { useEffect } from "react";
import { Button } from "../../components/Button.tsx";
import { DropDown } from "../../components/DropDown.tsx";
import { TextField } from "../../components/Field.tsx";
import { ProviderMark } from "../../components/ProviderMark.tsx";
import { Select } from "../../components/Select.tsx";
import type { MemberCredential, ProfileRow, ProviderView, StarterMemberView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { ModelField } from "../profiles/ModelField.tsx";
import type { Choice } from "./settling.ts";
import { waysOf } from "./settling.ts";
import { Standing } from "./Starters.tsx";

const words = strings.failover.starters;

interface StarterMemberProps {
  member: StarterMemberView;
  /** Its place or its share. */
  rank: string;
  choice: Choice;
  /** The profiles that may stand in its place. */
  others: readonly ProfileRow[];
  providers: readonly ProviderView[];
  /** How what is listed would get its key or login; undefined while that is not known. */
  credential: MemberCredential | undefined;
  /** The provider has a login: the way to it. */
  onLogin: (() => void) | undefined;
  onChange: (choice: Choice) => void;
  /** Where its key is typed. What is typed stays in the field. */
  keyField: (field: HTMLInputElement | null) => void;
  onKeyed: (keyed: boolean) => void;
}

/** A member of a starter, with what becomes of it. */
export function StarterMember(props: StarterMemberProps) {
  const { member, rank, choice, others, providers, credential, onChange } = props;
  const { name, state } = member;
  const stand = choice.way === "other" ? others.find((each) => each.name === choice.other) : undefined;
  const isOut = choice.way === "leave";
  const provider = stand?.provider ?? (choice.way === "create" ? choice.provider : member.provider);
  const ways = waysOf(member, others);
  return (
    <div role="group" aria-label={name} data-testid={`settle-${name}`}>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <span className="w-9 shrink-0 pt-1.5 text-right text-small tabular-nums text-ink-3">{isOut ? "–" : rank}</span>
        <ProviderMark provider={provider} />
        <div className={`min-w-0 flex-1 basis-45 ${choice.way === "create" ? "pt-1" : ""}`}>
          <p className={`flex flex-wrap items-center gap-x-2.5 font-medium wrap-anywhere ${isOut ? "text-ink-3" : ""}`}>
            {isOut ? <s>{name}</s> : name}
            <Standing state={state} />
          </p>
          {choice.way !== "create" && (
            <p className="font-mono text-small wrap-anywhere text-ink-3">{(stand ?? member).model}</p>
          )}
        </div>
        <Select
          label={words.way(name)}
          value={choice.way}
          choices={ways.map((value) => ({ value, text: words.ways[value] }))}
          onChoose={(way) => {
            const other = way === "other" ? (others[0]?.name ?? "") : choice.other;
            onChange({ ...choice, way, other });
          }}
          className="w-full @min-[560px]:w-64"
        />
      </div>
      <div className="@min-[560px]:pl-22.5">
        {state === "unusable" && <p className="mt-1 text-small text-ink-3">{words.stateWhy.unusable}</p>}
        {choice.way === "create" && <Draft choice={choice} providers={providers} onChange={onChange} />}
        {choice.way === "other" && (
          <DropDown
            label={words.other}
            value={choice.other}
            onChange={({ target: { value: other } }) => {
              onChange({ ...choice, other });
            }}
            fieldClassName="mt-2 max-w-100"
          >
            {others.map((each) => (
              <option key={each.name} value={each.name}>
                {words.otherOf(each.name, each.model)}
              </option>
            ))}
          </DropDown>
        )}
        {state === "differs" && (choice.way === "use" || choice.way === "overwrite") && (
          <div className="mt-2 text-small text-ink-2">
            <p className="text-ink-3">{words.wayWhy[choice.way]}</p>
            <ul className="mt-0.5 list-disc pl-4">
              {member.details.map((detail) => (
                <li key={detail} className="wrap-anywhere">
                  {detail}
                </li>
              ))}
            </ul>
          </div>
        )}
        {!isOut && credential && (
          <Credential
            // A key that was typed for one provider is not sent to another.
            key={`${credential.profile} ${provider}`}
            {...props}
            credential={credential}
          />
        )}
      </div>
    </div>
  );
}

interface DraftProps {
  choice: Choice;
  providers: readonly ProviderView[];
  onChange: (choice: Choice) => void;
}

/** The provider and the model of a profile that is to be created. */
function Draft({ choice, providers, onChange }: DraftProps) {
  const known = providers.find((each) => each.name === choice.provider);
  return (
    <div className="mt-2 grid gap-x-3 gap-y-1 @min-[560px]:grid-cols-2">
      <DropDown
        label={words.provider}
        hint={known?.strengths ?? undefined}
        value={choice.provider}
        onChange={({ target: { value } }) => {
          const chosen = providers.find((each) => each.name === value);
          if (chosen) onChange({ ...choice, provider: chosen.name, model: chosen.models[0]?.id ?? "" });
        }}
      >
        {providers.map((each) => (
          <option key={each.name} value={each.name}>
            {each.title}
          </option>
        ))}
      </DropDown>
      <ModelField
        models={known?.models ?? []}
        fetched={known?.fetched ?? []}
        value={choice.model}
        onChange={(model) => {
          onChange({ ...choice, model });
        }}
        onBlur={() => undefined}
        inputRef={null}
        error={undefined}
      />
    </div>
  );
}

type CredentialProps = Omit<StarterMemberProps, "credential"> & { credential: MemberCredential };

/** Where its key comes from; a field for it where it has none. */
function Credential({ member, credential, onLogin, keyField, onKeyed }: CredentialProps) {
  const { usable, source, takesKey } = credential;
  if (usable || !takesKey) {
    return (
      <p
        data-testid={`source-${member.name}`}
        className={`mt-1.5 flex items-center gap-1.5 text-small wrap-anywhere ${usable ? "text-ink-3" : "text-waiting"}`}
      >
        <KeyRound className="size-3.5 shrink-0" aria-hidden="true" />
        {source}
      </p>
    );
  }
  return (
    <div className="mt-2 flex flex-wrap items-start gap-x-2">
      <KeyField label={words.key(credential.profile)} keyField={keyField} onKeyed={onKeyed} />
      {onLogin && (
        <Button look="quiet" className="mt-5.5" onClick={onLogin}>
          {words.login}
        </Button>
      )}
    </div>
  );
}

interface KeyFieldProps extends Pick<StarterMemberProps, "keyField" | "onKeyed"> {
  label: string;
}

function KeyField({ label, keyField, onKeyed }: KeyFieldProps) {
  useEffect(
    () => () => {
      onKeyed(false);
    },
    // What was typed goes with the field, once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [],
  );
  return (
    <TextField
      mono
      type="password"
      ref={keyField}
      label={label}
      hint={words.keyHint}
      onChange={({ target }) => {
        onKeyed(target.value.trim() !== "");
      }}
      fieldClassName="min-w-0 flex-1 basis-60 max-w-100"
    />
  );
}
