/** The provider's initial on a quiet square; nothing else of the row depends on it. */
export function ProviderMark({ provider, small = false }: { provider: string; small?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={`grid shrink-0 place-items-center rounded-[8px] bg-well font-semibold text-ink-2 ${small ? "size-6 text-small" : "size-7.5"}`}
    >
      {provider === "" ? "?" : provider.slice(0, 1).toUpperCase()}
    </span>
  );
}
