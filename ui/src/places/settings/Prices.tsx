import { useRef, useState } from "react";
import { useAsked, useAskedAnew } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/ErrorNote.tsx";
import { SearchField } from "../../components/SearchField.tsx";
import { money } from "../../figures.ts";
import type { PriceDraft, PriceView } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { PriceForm } from "./PriceForm.tsx";

const words = strings.settings.prices;

const keyOf = ({ provider, model }: PriceView) => `${provider} ${model}`;

/** What models cost: the catalogue's list prices, and the user's own, which win. */
export function Prices({ shown }: { shown: boolean }) {
  const { data, error } = useAskedAnew("prices", {}, shown);
  const catalogue = useAsked("catalogue", {});
  const [text, setText] = useState("");
  const [open, setOpen] = useState<string>();
  const table = useRef<HTMLTableElement>(null);
  const title = (name: string) => catalogue.data?.find((each) => each.name === name)?.title ?? name;
  const sought = text.trim().toLowerCase();
  const prices = data?.filter((price) =>
    [price.provider, title(price.provider), price.model].some((each) => each.toLowerCase().includes(sought)),
  );
  const close = (at: string) => {
    setOpen(undefined);
    requestAnimationFrame(() => {
      table.current?.querySelector<HTMLElement>(`[data-price="${CSS.escape(at)}"] button`)?.focus();
    });
  };
  return (
    <>
      {error && <ErrorNote error={error} />}
      {prices && (
        <>
          <SearchField
            label={words.search}
            placeholder={words.searchHint}
            value={text}
            onType={setText}
            className="max-w-90"
          />
          {prices.length === 0 ? (
            <p className="mt-3 text-ink-3">{words.noneMatch}</p>
          ) : (
            <div className="@container mt-3">
              <table ref={table} aria-label={words.table} className="w-full max-w-250 border-collapse">
                <thead>
                  <tr className="border-b border-line text-small text-ink-3 *:h-7 *:pr-4 *:font-medium *:whitespace-nowrap">
                    <th scope="col" className="text-left">
                      {words.model}
                    </th>
                    <th scope="col" className="text-right">
                      {words.input}
                    </th>
                    <th scope="col" className="text-right">
                      {words.output}
                    </th>
                    <th scope="col" className={`text-right ${wideOnly}`}>
                      {words.cachedInput}
                    </th>
                    <th scope="col" className={`text-right ${wideOnly}`}>
                      {words.cacheWrite}
                    </th>
                    <th scope="col" className="text-left">
                      {words.from}
                    </th>
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {prices.map((price) => (
                    <Row
                      key={keyOf(price)}
                      price={price}
                      title={title(price.provider)}
                      open={keyOf(price) === open}
                      onOpen={() => {
                        setOpen(keyOf(price));
                      }}
                      onClose={() => {
                        close(keyOf(price));
                      }}
                    />
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </>
  );
}

/** What can be left out where there is no room: it stands in the form. */
const wideOnly = "hidden @min-[760px]:table-cell";

const figure = "text-right font-mono text-small whitespace-nowrap tabular-nums";

interface RowProps {
  price: PriceView;
  title: string;
  open: boolean;
  onOpen: () => void;
  onClose: () => void;
}

function Row({ price, title, open, onOpen, onClose }: RowProps) {
  const inForce = price.own ?? price.listed;
  // What a free tier is listed at counts for nobody until they say that they pay.
  const ink = price.own === null && price.freeTier ? "text-ink-3" : "text-ink";
  return (
    <>
      <tr data-price={keyOf(price)} className={`*:py-1 *:pr-4 ${open ? "" : "border-b border-line"}`}>
        <th scope="row" className="min-w-44 text-left font-mono text-small font-normal wrap-anywhere">
          {price.model} <span className="block font-sans text-ink-3">{title}</span>
        </th>
        <td className={`${figure} ${ink}`}>{inForce ? money(inForce.input) : words.unknown}</td>
        <td className={`${figure} ${ink}`}>{inForce ? money(inForce.output) : words.unknown}</td>
        <td className={`${figure} ${ink} ${wideOnly}`}>{part(inForce, inForce?.cachedInput)}</td>
        <td className={`${figure} ${ink} ${wideOnly}`}>{part(inForce, inForce?.cacheWrite)}</td>
        <td className={`whitespace-nowrap ${price.own ? "font-medium" : "text-ink-2"}`}>{from(price)}</td>
        <td className="pr-0! text-right">
          {/* It stays while the form is open, so that the focus has where to return to. */}
          <Button
            look="quiet"
            aria-expanded={open}
            aria-label={words.changeNamed(price.model, title)}
            onClick={open ? onClose : onOpen}
          >
            {words.change}
          </Button>
        </td>
      </tr>
      {open && (
        <tr className="border-b border-line">
          <td colSpan={7} className="pb-3">
            <PriceForm price={price} title={title} onDone={onClose} />
          </td>
        </tr>
      )}
    </>
  );
}

function part(price: PriceDraft | null, value: number | null | undefined): string {
  if (price === null) return words.unknown;
  return value == null ? words.asInput : money(value);
}

function from(price: PriceView): string {
  if (price.own) return words.own;
  if (price.freeTier) return words.free;
  return price.listed ? words.listed : words.unknown;
}
