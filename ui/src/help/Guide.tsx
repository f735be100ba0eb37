import { useEffect, useRef, type MouseEvent } from "react";
import { pages } from "virtual:guide";
import { useDo } from "../ask.ts";
import { strings } from "../strings.ts";

const words = strings.help;

interface GuideProps {
  /** The file's name without its end. */
  page: string;
  onPage: (page: string) => void;
}

/** A page of the guide, and the ways to the others. */
export function Guide({ page, onPage }: GuideProps) {
  const act = useDo();
  const body = useRef<HTMLDivElement>(null);
  const { title, html } = pages[page] ?? { title: "", html: "" };
  useEffect(() => {
    body.current?.scrollTo({ top: 0 });
  }, [page]);
  // What the pages say is this repository's own text, made into HTML when the window was built.
  const follow = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link) return;
    event.preventDefault();
    const { page: to, out } = link.dataset;
    if (to !== undefined && to in pages) onPage(to);
    else if (out !== undefined) void act((host) => host.openAddress(link.href));
  };
  return (
    <div
      ref={body}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
      tabIndex={0}
      role="region"
      aria-label={title}
      className="min-h-0 flex-1 overflow-y-auto px-6 pt-5 pb-8"
    >
      <h2 className="text-title font-semibold tracking-tight">{title}</h2>
      {/* Links are reached and pressed by the keyboard as links are; the click is theirs. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events */}
      <div className="guide mt-3" onClick={follow} dangerouslySetInnerHTML={{ __html: html }} />
      <nav aria-label={words.pages} className="mt-8 border-t border-line pt-4">
        <h3 className="mb-1 text-small font-medium text-ink-3">{words.pages}</h3>
        <ul className="flex flex-col gap-0.5">
          {Object.entries(pages).map(([name, each]) => (
            <li key={name}>
              <button
                type="button"
                aria-current={name === page ? "page" : undefined}
                onClick={() => {
                  onPage(name);
                }}
                className="rounded-[4px] text-left text-accent hover:underline aria-[current]:text-ink-2 aria-[current]:no-underline"
              >
                {each.title}
              </button>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  );
}
