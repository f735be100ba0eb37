/** A string of the catalogue. What stands between `backticks` is something to type, and looks like it. */
export function Words({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={index} className="font-mono text-small whitespace-nowrap">
        {part}
      </code>
    ),
  );
}
