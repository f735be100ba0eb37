import { useAskedAnew, useDo, useKeep } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { Notice } from "../../components/Notice.tsx";
import { useToast } from "../../components/Toasts.tsx";
import { dayAndTime } from "../../figures.ts";
import type { DoorView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { DoorList } from "./DoorList.tsx";
import { GatewayPort } from "./GatewayPort.tsx";
import { Panel, Term, Terms } from "./Panel.tsx";
import { Tokens } from "./Tokens.tsx";

const words = strings.settings.gateway;

/** Where tools find the gateway, and whom it lets in: tokens, further hosts, web pages. */
export function GatewaySettings({ shown }: { shown: boolean }) {
  const { data: door, error } = useAskedAnew("door", {}, shown);
  const keep = useKeep();
  if (error) return <ErrorNote error={error} />;
  if (!door) return null;
  const { hosts, origins } = door;
  const kept = (now: DoorView) => {
    keep("door", {}, now);
  };
  return (
    <>
      {door.notices.map((notice) => (
        <Notice key={notice.message} notice={notice} />
      ))}
      <div className="grid items-start gap-5 wide:grid-cols-2">
        <Panel title={words.address} why={words.addressWhy}>
          <Address door={door} />
        </Panel>
        <Panel title={strings.settings.port.title} why={strings.settings.port.why}>
          <GatewayPort shown={shown} />
        </Panel>
        <Panel title={words.tokens} why={words.tokensWhy}>
          <Tokens tokens={door.tokens} onChange={kept} />
        </Panel>
        <Panel title={words.hosts.title} why={words.hosts.why}>
          <DoorList
            words={words.hosts}
            entries={hosts}
            given={door.givenHosts}
            save={(host, next) => host.perform("set_door_lists", { hosts: next, origins })}
            onChange={kept}
          />
        </Panel>
        <Panel title={words.origins.title} why={words.origins.why}>
          <DoorList
            words={words.origins}
            entries={origins}
            given={door.givenOrigins}
            save={(host, next) => host.perform("set_door_lists", { hosts, origins: next })}
            onChange={kept}
          />
        </Panel>
      </div>
    </>
  );
}

function Address({ door }: { door: DoorView }) {
  const act = useDo();
  const toast = useToast();
  const copy = (what: "address" | "token") =>
    act(async (host) => {
      await (what === "token" ? host.copyToken() : host.copyText(door.address));
      toast({ text: what === "token" ? words.tokenCopied : words.addressCopied });
    });
  return (
    <>
      <Terms>
        <Term name={words.listens}>
          <span className="font-mono text-small select-all">{door.address}</span>
        </Term>
        <Term name={words.firstToken}>{words.firstTokenWhy}</Term>
        <Term name={words.lastUsed}>
          <span className="tabular-nums">{door.firstUsed === null ? words.never : dayAndTime(door.firstUsed)}</span>
        </Term>
      </Terms>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button onClick={() => void copy("address")}>{words.copyAddress}</Button>
        <Button data-testid="copy-first-token" onClick={() => void copy("token")}>
          {words.copyFirst}
        </Button>
      </div>
    </>
  );
}
