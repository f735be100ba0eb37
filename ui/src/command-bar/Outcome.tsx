import { Check, CircleSlash, X } from "lucide-react";
import type { ReactNode } from "react";
import type { ConsoleOutput, Ran, Report } from "../host/generated.ts";
import { strings } from "../strings.ts";

const words = strings.commandBar.outcome;

/** What one command said, or why it could not be run. */
export function CommandOutcome({ command, output }: { command: string; output: ConsoleOutput }) {
  const [ran] = output.ran;
  return (
    <>
      {ran &&
        (ran.output === "" ? <p className="text-ink-2">{strings.commandBar.command.done}</p> : <Said ran={ran} />)}
      {output.problem && (
        <Failure>
          <Why problem={output.problem} />
        </Failure>
      )}
      {!ran && !output.problem && <p className="text-ink-2">{command}</p>}
    </>
  );
}

/** What became of a block: the lines that ran with what they said, and where it stopped. */
export function BlockOutcome({ shown, output }: { shown: readonly string[]; output: ConsoleOutput }) {
  const failed = output.failed_line;
  const left = failed === null ? 0 : shown.slice(failed).filter(isCommand).length;
  return (
    <>
      {output.ran.length > 0 && (
        <ol className="flex flex-col gap-1.5">
          {output.ran.map((ran) => (
            <li key={ran.line} data-testid={`ran-${String(ran.line)}`} className="flex items-start gap-2.5">
              <Check className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden="true" />
              <span className="w-5 shrink-0 pt-px text-right font-mono text-small text-ink-3">{ran.line}</span>
              <div className="min-w-0 flex-1">
                <p className="font-mono text-small leading-5 wrap-anywhere">{ran.command}</p>
                {ran.output !== "" && <Said ran={ran} />}
              </div>
            </li>
          ))}
        </ol>
      )}
      {output.problem && failed !== null ? (
        <Failure>
          <p className="font-medium">{words.stopped(String(failed))}</p>
          <p className="my-1 font-mono text-small wrap-anywhere">{shown[failed - 1]}</p>
          <Why problem={output.problem} />
          <p className="mt-1 text-small text-ink-2">
            {words.done(output.ran.length)} {words.left(left)}
          </p>
        </Failure>
      ) : (
        <p className="mt-3 font-medium">{words.allRan}</p>
      )}
    </>
  );
}

const isCommand = (line: string) => line.trim().startsWith("/");

function Said({ ran }: { ran: Ran }) {
  if (ran.report) return <Table report={ran.report} name={words.table(ran.command)} />;
  // A profile's file is shown as it is written.
  const isFile = ran.output.startsWith("{");
  return (
    <p className={`whitespace-pre-wrap wrap-anywhere ${isFile ? "font-mono text-small" : "text-ink-2"}`}>
      {ran.output}
    </p>
  );
}

function Table({ report, name }: { report: Report; name: string }) {
  // A column that is empty in every row says nothing.
  const columns = report.columns
    .map((column, at) => ({ column, at }))
    .filter(({ at }) => report.rows.some((row) => row[at] !== ""));
  return (
    <>
      {report.lead !== "" && <p className="mb-1.5">{report.lead}</p>}
      <table aria-label={name} className="w-full border-collapse text-left text-small">
        <thead>
          <tr>
            {columns.map(({ column }) => (
              <th key={column} scope="col" className="border-b border-line py-1 pr-4 font-medium text-ink-3">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => (
            <tr key={row.join("\t")}>
              {columns.map(({ column, at }) => (
                <td
                  key={column}
                  className={`border-b border-line py-1 pr-4 align-top tabular-nums wrap-anywhere ${at === 0 ? "font-medium" : "text-ink-2"}`}
                >
                  {row[at]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** An answer that is not a command's: of a test, or of a check. */
export function Told({ ok, lines }: { ok: boolean; lines: readonly string[] }) {
  const Icon = ok ? Check : X;
  return (
    <div data-ok={ok} className="flex items-start gap-2.5">
      <Icon className={`mt-0.5 size-4 shrink-0 ${ok ? "text-ok" : "text-bad"}`} aria-hidden="true" />
      <div className="min-w-0 wrap-anywhere">
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </div>
  );
}

/** The box of something that could not be done. */
export function Failure({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className="mt-2 flex items-start gap-2.5 rounded-control bg-bad-well px-3 py-2">
      <CircleSlash className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden="true" />
      <div className="min-w-0 flex-1">{children}</div>
    </div>
  );
}

/** What was wrong, then what is possible. */
export function Why({ problem }: { problem: { message: string; hint: string } }) {
  return (
    <p className="wrap-anywhere">
      {problem.message} <span className="text-ink-2">{problem.hint}</span>
    </p>
  );
}
