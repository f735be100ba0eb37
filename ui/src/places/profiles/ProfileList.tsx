import { KeyRound } from "lucide-react";
import { ProviderMark } from "../../components/ProviderMark.tsx";
import { StatePill } from "../../components/StateMark.tsx";
import { useLive } from "../../feed.tsx";
import type { CredentialView, ProfileRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";

const words = strings.profiles;

interface ProfileListProps {
  profiles: readonly ProfileRow[];
  present: string | undefined;
  /** Those whose form has changes that are not saved. */
  unsaved: readonly string[];
  onChoose: (name: string) => void;
}

/** The profiles by name: what each does now, which credential it has, and who lists it. */
export function ProfileList({ profiles, present, unsaved, onChoose }: ProfileListProps) {
  const { state } = useLive();
  if (profiles.length === 0) return null;
  return (
    <ul aria-label={words.list} className="overflow-hidden rounded-panel border border-line bg-panel shadow-panel">
      {profiles.map((profile) => {
        const now = state?.members.find((member) => member.name === profile.name) ?? profile;
        return (
          <li key={profile.name} className="border-t border-line first:border-t-0">
            <button
              type="button"
              data-testid={`profile-${profile.name}`}
              aria-current={profile.name === present ? "true" : undefined}
              onClick={() => {
                onChoose(profile.name);
              }}
              className="flex w-full items-start gap-2.5 px-3.5 py-3 text-left -outline-offset-2 hover:bg-well aria-[current]:bg-well aria-[current]:shadow-[inset_3px_0_var(--color-accent)]"
            >
              <ProviderMark provider={profile.provider} />
              <span className="block min-w-0 flex-1">
                <span className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
                  <span className="font-medium wrap-anywhere">{profile.name}</span>
                  <StatePill state={now.state} until={now.until} />
                </span>
                <span className="block font-mono text-small wrap-anywhere text-ink-2">{profile.model}</span>
                {/* The state says so already. */}
                {profile.credential.problem !== "needs_credential" && (
                  <span className="mt-1 flex items-start gap-1.5 text-small text-ink-3">
                    <KeyRound className="mt-0.75 size-3 shrink-0" aria-hidden="true" />
                    <span className="min-w-0 wrap-anywhere">{credentialWord(profile.credential)}</span>
                  </span>
                )}
                <span className="block text-small wrap-anywhere text-ink-3">{about(profile)}</span>
                {unsaved.includes(profile.name) && (
                  <span className="block text-small font-medium text-waiting">{words.unsaved}</span>
                )}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** Where the credential comes from, with what may be shown of it. */
export function credentialWord(credential: CredentialView): string {
  return credential.lastFour === null
    ? credential.source
    : words.credentialEnds(credential.source, credential.lastFour);
}

function about(profile: ProfileRow): string {
  return [
    profile.usedBy.length > 0 ? words.usedBy(listed(profile.usedBy)) : words.usedByNone,
    ...(profile.active ? [strings.failover.inUse] : []),
    ...(profile.default ? [strings.failover.isDefault] : []),
    ...(profile.practice ? [strings.failover.practice] : []),
  ].join(", ");
}
