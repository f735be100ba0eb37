import { useState, type SubmitEvent } from "react";
import { useAskedAnew, useKeep } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { TextField } from "../../components/Field.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Segmented } from "../../components/Segmented.tsx";
import type { NetworkDraft, NetworkView, ProxyView } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";
import { Panel, Term, Terms } from "./Panel.tsx";
import { ProxyLogins } from "./ProxyLogins.tsx";

const words = strings.settings.network;

/** Proxy, exceptions and certificates: as they are set, and what is in use. */
export function NetworkSettings({ shown }: { shown: boolean }) {
  const { data: network, error } = useAskedAnew("network", {}, shown);
  return (
    <>
      {error && <ErrorNote error={error} />}
      {network && (
        <>
          {network.notices.map((notice) => (
            <Notice key={notice.code + notice.message} notice={notice} />
          ))}
          <div className="grid items-start gap-5 wide:grid-cols-[minmax(0,6fr)_minmax(0,5fr)]">
            <Panel title={words.form}>
              <WayOut network={network} />
            </Panel>
            <div className="flex min-w-0 flex-col gap-5">
              <Panel title={words.now}>
                <Now network={network} />
              </Panel>
              <Panel title={words.logins} why={words.loginsWhy}>
                <ProxyLogins network={network} />
              </Panel>
            </div>
          </div>
        </>
      )}
    </>
  );
}

/** The form. A choice and its text are kept apart, so that a text survives a look at another choice. */
interface Values {
  proxy: "system" | "none" | "address";
  address: string;
  exceptions: "environment" | "own";
  hosts: string;
  caFile: string;
}

function valuesOf({ proxy, noProxy, caFile }: NetworkView): Values {
  const isWord = proxy === "system" || proxy === "none";
  return {
    proxy: isWord ? proxy : "address",
    address: isWord ? "" : proxy,
    exceptions: noProxy === null ? "environment" : "own",
    hosts: noProxy ?? "",
    caFile: caFile ?? "",
  };
}

const draftOf = ({ proxy, address, exceptions, hosts, caFile }: Values): NetworkDraft => ({
  proxy: proxy === "address" ? address.trim() : proxy,
  noProxy: exceptions === "environment" ? null : hosts.trim(),
  caFile: caFile.trim() === "" ? null : caFile.trim(),
});

function WayOut({ network }: { network: NetworkView }) {
  const host = useHost();
  const keep = useKeep();
  // What was typed; while nothing is, the form follows what is set.
  const [typed, setTyped] = useState<Values>();
  const [error, setError] = useState<HostError>();
  const [busy, setBusy] = useState(false);
  const values = typed ?? valuesOf(network);
  const set = (change: Partial<Values>) => {
    setTyped({ ...values, ...change });
    setError(undefined);
  };
  const addressEmpty = error?.code === "address_empty";

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    if (values.proxy === "address" && values.address.trim() === "") {
      setError(new HostError("address_empty", words.addressEmpty, ""));
      return;
    }
    setBusy(true);
    try {
      keep("network", {}, await host.perform("set_network", draftOf(values)));
      setTyped(undefined);
      setError(undefined);
    } catch (cause) {
      if (!(cause instanceof HostError)) throw cause;
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const said = (code: string) => (error?.code === code ? `${error.message} ${error.hint}`.trim() : undefined);
  const inPlace = ["address_empty", "proxy_bad", "ca_file_unusable"];

  return (
    <form noValidate aria-label={words.form} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      <div>
        <Label text={words.proxy} />
        <Segmented
          legend={words.proxy}
          choices={["system", "none", "address"]}
          words={words.proxies}
          value={values.proxy}
          onChoose={(proxy) => {
            set({ proxy });
          }}
        />
        <p className="mt-1 text-small text-ink-3">{words.proxyWhy[values.proxy]}</p>
        <Overridden network={network} what="proxy" />
      </div>
      {values.proxy === "address" && (
        <TextField
          mono
          label={words.address}
          hint={words.addressHint}
          error={addressEmpty ? words.addressEmpty : said("proxy_bad")}
          data-testid="proxy-address"
          value={values.address}
          onChange={(event) => {
            set({ address: event.target.value });
          }}
        />
      )}
      <div>
        <Label text={words.exceptions} />
        <Segmented
          legend={words.exceptions}
          choices={["environment", "own"]}
          words={words.exceptionsFrom}
          value={values.exceptions}
          onChoose={(exceptions) => {
            set({ exceptions });
          }}
        />
        <Overridden network={network} what="noProxy" />
      </div>
      {values.exceptions === "own" && (
        <TextField
          mono
          label={words.hosts}
          hint={words.hostsHint}
          value={values.hosts}
          onChange={(event) => {
            set({ hosts: event.target.value });
          }}
        />
      )}
      <div>
        <TextField
          mono
          label={words.caFile}
          hint={words.caFileHint}
          error={said("ca_file_unusable")}
          data-testid="ca-file"
          value={values.caFile}
          onChange={(event) => {
            set({ caFile: event.target.value });
          }}
        />
        <Overridden network={network} what="caFile" />
      </div>
      {error && !inPlace.includes(error.code) && <ErrorNote error={error} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="main" data-testid="save-network" aria-disabled={typed === undefined || busy}>
          {words.save}
        </Button>
        {typed !== undefined && (
          <Button
            onClick={() => {
              setTyped(undefined);
              setError(undefined);
            }}
          >
            {words.discard}
          </Button>
        )}
        <p role="status" className="text-small text-ink-3">
          {typed === undefined ? strings.profiles.allSaved : strings.profiles.unsaved}
        </p>
      </div>
    </form>
  );
}

/** The visible name of a group whose own name is for screen readers. */
function Label({ text }: { text: string }) {
  return (
    <p className="mb-1 text-small font-medium text-ink-2" aria-hidden="true">
      {text}
    </p>
  );
}

function Overridden({ network, what }: { network: NetworkView; what: keyof typeof words.overridden }) {
  if (!network.overridden.includes(what)) return null;
  return <p className="mt-1 text-small text-waiting">{words.overridden[what]}</p>;
}

function Now({ network }: { network: NetworkView }) {
  const { authorities } = network;
  return (
    <Terms>
      <Term name={words.https}>
        <InUse proxy={network.https} network={network} />
      </Term>
      <Term name={words.http}>
        <InUse proxy={network.http} network={network} />
      </Term>
      <Term name={words.certificates}>
        {authorities.length === 0 ? words.systemOnly : words.systemAnd(listed(authorities))}
      </Term>
    </Terms>
  );
}

function InUse({ proxy, network }: { proxy: ProxyView | null; network: NetworkView }) {
  if (proxy === null) return words.direct;
  return words.from(proxy.address, sourceOf(proxy.from, network));
}

function sourceOf(from: string, { overridden }: NetworkView): string {
  switch (from) {
    case "settings":
      return overridden.includes("proxy") ? words.sources.start : words.sources.settings;
    case "system":
      return words.sources.system;
    default:
      return words.sources.variable(from);
  }
}
