import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button.tsx";
import { SearchField } from "../../components/SearchField.tsx";
import { count } from "../../figures.ts";
import { useHost } from "../../host/host.ts";
import { strings } from "../../strings.ts";
import { Panel, Term, Terms } from "./Panel.tsx";

const words = strings.settings.about;

/** What this is, under which licence, and whose work is in it. */
export function About({ shown }: { shown: boolean }) {
  const host = useHost();
  const { data: version } = useQuery({ queryKey: ["version"], queryFn: () => host.version(), enabled: shown });
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const { data: libraries } = useQuery({
    queryKey: ["libraries"],
    queryFn: async () => (await import("virtual:libraries")).libraries,
    enabled: shown,
  });
  const found = libraries?.filter(({ name, licence }) =>
    `${name} ${licence}`.toLowerCase().includes(text.trim().toLowerCase()),
  );
  return (
    <div className="flex flex-col gap-5">
      <Panel title={words.name} why={words.says}>
        <Terms>
          <Term name={words.version}>{version ?? strings.frame.versionUnknown}</Term>
          <Term name={words.licence}>{words.licenceName}</Term>
        </Terms>
      </Panel>
      <Panel title={words.inside} {...(libraries ? { why: words.insideWhy(count(libraries.length)) } : {})}>
        {!open && (
          <Button
            data-testid="show-libraries"
            onClick={() => {
              setOpen(true);
            }}
          >
            {words.insideShow}
          </Button>
        )}
        {open && found && (
          <>
            <SearchField
              label={words.search}
              placeholder={words.search}
              value={text}
              onType={setText}
              className="max-w-80"
            />
            {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
            <div role="region" aria-label={words.insideList} tabIndex={0} className="mt-3 max-h-96 overflow-y-auto">
              <table className="w-full border-collapse text-small">
                <thead>
                  <tr className="border-b border-line text-left text-ink-3 *:pr-3 *:font-medium">
                    <th scope="col">{words.library}</th>
                    <th scope="col">{words.of}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map(({ name, version: of, licence }) => (
                    <tr key={`${name} ${of}`} className="border-b border-line *:py-0.5 *:pr-3">
                      <td className="font-mono wrap-anywhere">
                        {name} <span className="text-ink-3">{of}</span>
                      </td>
                      <td className="wrap-anywhere">{licence}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </Panel>
    </div>
  );
}
