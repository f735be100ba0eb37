import { dateLocale, locale } from "./locale.ts";
import { strings } from "./strings.ts";

/** By 24 hours everywhere: a time has the same width at any hour, and stands in columns. */
const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(dateLocale, { ...time, second: "2-digit" });
const hour = new Intl.DateTimeFormat(dateLocale, time);
const thisYear = new Intl.DateTimeFormat(dateLocale, { day: "numeric", month: "short" });
const day = new Intl.DateTimeFormat(dateLocale, { day: "numeric", month: "short", year: "numeric" });
const weekday = new Intl.DateTimeFormat(dateLocale, {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
});
const dollars = (digits: number) =>
  new Intl.NumberFormat(locale, {
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: digits,
  });
const smallSum = dollars(3);
const largeSum = dollars(2);

/** A count: `18,204`. */
export const count = (value: number) => whole.format(value);

/** A number of tokens, and whether it is our own estimate: `18,204`, `about 18,204`. */
export const tokenCount = (tokens: number, isEstimate: boolean) =>
  isEstimate ? strings.feed.about(count(tokens)) : count(tokens);

/** A span of time: `402 ms`, `6.1 s`. */
export const span = (ms: number) =>
  ms < 1000 ? strings.unit.milliseconds(whole.format(ms)) : strings.unit.seconds(tenths.format(ms / 1000));

/** A part of a whole, 0 to 100: `83 %`. */
export const percent = (value: number) =>
  strings.unit.percent(Number.isInteger(value) ? whole.format(value) : tenths.format(value));

/** US dollars, the small sums to a tenth of a cent: `$0.061`, `$3.18`. */
export const money = (usd: number) => (usd < 1 ? smallSum : largeSum).format(usd);

/** What an answer cost, "included" where that was no money, or the word for what is not known. */
export const costOf = ({ cost, included }: { cost: number | null; included: boolean }, unknown: string) =>
  included ? strings.feed.included : cost === null ? unknown : money(cost);

/** The time of day at an instant in milliseconds since 1970: `14:03:18`. */
export const timeOfDay = (instant: number) => clock.format(instant);

/** A day, with its year where that is not the present one: `25 Nov`, `25 Nov 2025`. */
export function dayOf(instant: number): string {
  const isThisYear = new Date(instant).getFullYear() === new Date().getFullYear();
  return (isThisYear ? thisYear : day).format(instant);
}

/** The day and time at an instant in milliseconds since 1970: `25 Nov, 14:03:18`. */
export const dayAndTime = (instant: number) => `${dayOf(instant)}, ${clock.format(instant)}`;

/** A local day as the engine writes it, `2026-11-25`: `Wed, 25 Nov 2026`. */
export function dayName(written: string): string {
  const [year, month, date] = written.split("-").map(Number);
  return year && month && date ? weekday.format(new Date(year, month - 1, date)) : written;
}

/** The hour at an instant: `14:00`. */
export const hourOf = (instant: number) => hour.format(instant);

/** A file's size: `4.0 KiB`, `230 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return strings.unit.bytes(whole.format(bytes));
  const places = [strings.unit.kibibytes, strings.unit.mebibytes, strings.unit.gibibytes];
  const at = Math.min(places.length - 1, Math.floor(Math.log2(bytes) / 10) - 1);
  const value = bytes / 1024 ** (at + 1);
  return (places[at] ?? strings.unit.bytes)((value < 10 ? tenths : whole).format(value));
}

/** What is left, in whole seconds: `0:42`, `1:04:10`, from a day on `2 d 3 h`. */
export function left(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  if (hours >= 24) return strings.unit.days(String(Math.floor(hours / 24)), String(hours % 24));
  if (hours > 0) return `${String(hours)}:${two(minutes)}:${two(seconds % 60)}`;
  return `${String(minutes)}:${two(seconds % 60)}`;
}
