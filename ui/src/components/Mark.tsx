/** The product's mark, a mast held by its stays, in the accent of the theme. Drawn like icons/mainstay.svg. */
export function Mark() {
  return (
    <svg viewBox="0 0 24 24" className="size-6 shrink-0" aria-hidden="true">
      <rect width="24" height="24" rx="6" className="fill-accent" />
      <g className="fill-none stroke-accent-ink" strokeLinecap="round">
        <path d="M12 5.800 5.900 18.700M12 5.800l6.100 12.900" strokeWidth="1.300" />
        <path d="M12 4.800v14.400" strokeWidth="2" />
      </g>
    </svg>
  );
}
