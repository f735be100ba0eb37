import { useState } from "react";
import { useDo, useKeep, useReadAgain } from "../ask.ts";
import type { SecretsPlace } from "../host/generated.ts";
import { strings } from "../strings.ts";
import { Button } from "./Button.tsx";
import { Notice } from "./Notice.tsx";
import { useToast } from "./Toasts.tsx";

const words = strings.secrets;

/** What is said of the secret store while no keyring answers. */
const keyless = ["keyring_unavailable", "keyring_timeout"];

const places: readonly SecretsPlace[] = ["file", "keyring", "this-run"];

/** A notice about keys. Where there is no keyring, the user chooses where keys are kept; those entered so far come along. */
export function SecretsNotice({ notice }: { notice: { code: string; message: string; hint: string } }) {
  return <Notice notice={notice}>{keyless.includes(notice.code) && <KeepSecrets places={places} />}</Notice>;
}

/** The choice of where keys are kept, among these places. */
export function KeepSecrets({ places }: { places: readonly SecretsPlace[] }) {
  const act = useDo();
  const keep = useKeep();
  const readAgain = useReadAgain();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const choose = async (place: SecretsPlace) => {
    setBusy(true);
    const view = await act((host) => host.perform("keep_secrets", { place }));
    setBusy(false);
    if (!view) return;
    keep("accounts", {}, view);
    toast({ text: words.chosen[place] });
    await readAgain();
  };
  return (
    <ul aria-label={words.choice} className="mt-2 flex flex-wrap items-start gap-x-2 gap-y-1.5">
      {places.map((place, at) => (
        <li key={place}>
          <Button
            look={at === 0 ? "main" : "plain"}
            disabled={busy}
            data-testid={`keep-${place}`}
            onClick={() => void choose(place)}
          >
            {words.keep[place]}
          </Button>
        </li>
      ))}
    </ul>
  );
}
