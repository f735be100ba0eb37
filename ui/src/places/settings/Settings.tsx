import { Tabs } from "radix-ui";
import { useState, type ReactNode } from "react";
import { AppearanceSwitch } from "../../components/AppearanceSwitch.tsx";
import { strings } from "../../strings.ts";
import type { Aim, Section } from "../go.ts";
import { About } from "./About.tsx";
import { ArchiveExport } from "./ArchiveExport.tsx";
import { ArchiveImport } from "./ArchiveImport.tsx";
import { FoundKeys } from "./FoundKeys.tsx";
import { GatewaySettings } from "./GatewaySettings.tsx";
import { HistorySettings } from "./HistorySettings.tsx";
import { LogsSettings } from "./LogsSettings.tsx";
import { NetworkSettings } from "./NetworkSettings.tsx";
import { Prices } from "./Prices.tsx";
import { PrivacySettings } from "./PrivacySettings.tsx";
import { WindowSettings } from "./WindowSettings.tsx";

const words = strings.settings;

const sections: readonly Section[] = [
  "gateway",
  "network",
  "history",
  "prices",
  "transfer",
  "window",
  "appearance",
  "privacy",
  "logs",
  "about",
];

/** What holds for all of Mainstay, in sections. One that was opened keeps what was typed into it. */
export function Settings({ aim }: { aim: Extract<Aim, { place: "settings" }> | undefined }) {
  const [section, setSection] = useState<Section>(aim?.section ?? "gateway");
  const [followed, setFollowed] = useState(aim);
  if (aim && aim !== followed) {
    setFollowed(aim);
    if (aim.section) setSection(aim.section);
  }
  const isShown = (each: Section) => aim !== undefined && each === section;
  return (
    <>
      <h1 className="text-title font-semibold tracking-tight">{strings.frame.settings}</h1>
      <Tabs.Root
        value={section}
        onValueChange={(value) => {
          setSection(sections.find((each) => each === value) ?? "gateway");
        }}
      >
        <Tabs.List aria-label={words.sections} className="mt-3 flex flex-wrap gap-x-5 border-b border-line">
          {sections.map((each) => (
            <Tabs.Trigger
              key={each}
              value={each}
              data-testid={`section-${each}`}
              className="-mb-px border-b-2 border-transparent py-1.5 text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
            >
              {words.section[each]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        <Part section="gateway" present={section} lead={words.gateway.lead}>
          <GatewaySettings shown={isShown("gateway")} />
        </Part>
        <Part section="network" present={section} lead={words.network.lead}>
          <NetworkSettings shown={isShown("network")} />
        </Part>
        <Part section="history" present={section} lead={words.history.lead}>
          <HistorySettings shown={isShown("history")} />
        </Part>
        <Part section="prices" present={section} lead={words.prices.lead}>
          <Prices shown={isShown("prices")} />
        </Part>
        <Part section="transfer" present={section} lead={words.transfer.lead}>
          <div className="grid items-start gap-5 wide:grid-cols-[minmax(0,6fr)_minmax(0,5fr)]">
            <ArchiveImport />
            <div className="flex min-w-0 flex-col gap-5">
              <ArchiveExport />
              <FoundKeys />
            </div>
          </div>
        </Part>
        <Part section="window" present={section} lead={words.window.lead}>
          <WindowSettings shown={isShown("window")} />
        </Part>
        <Part section="appearance" present={section} lead={words.appearance.lead}>
          <div className="w-75 max-w-full">
            <AppearanceSwitch />
          </div>
          <p className="mt-2 text-small text-ink-3">{words.appearance.why}</p>
        </Part>
        <Part section="privacy" present={section} lead={words.privacy.lead}>
          <PrivacySettings shown={isShown("privacy")} />
        </Part>
        <Part section="logs" present={section} lead={words.logs.lead}>
          <LogsSettings shown={isShown("logs")} />
        </Part>
        <Part section="about" present={section} lead={words.about.lead}>
          <About shown={isShown("about")} />
        </Part>
      </Tabs.Root>
    </>
  );
}

interface PartProps {
  section: Section;
  present: Section;
  lead: string;
  children: ReactNode;
}

function Part({ section, present, lead, children }: PartProps) {
  return (
    <Tabs.Content value={section} forceMount hidden={section !== present} className="pt-4">
      <h2 className="sr-only">{words.section[section]}</h2>
      <p className="mb-4 text-ink-2">{lead}</p>
      {children}
    </Tabs.Content>
  );
}
