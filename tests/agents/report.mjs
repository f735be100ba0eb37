// The results as text: for the terminal, and as a table in a document.

const BEGIN = "<!-- agents:begin -->";
const END = "<!-- agents:end -->";

const HEADS = {
  "first answers 503": "first member: 503 halfway",
  "first cuts its stream": "first member: cut halfway",
};

/** rows: [{title, version, speaks, cells: {column: result}}] -> a Markdown table, then what went wrong. */
export function markdown(rows, columns) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const failed = [];
  const mark = (row, column) => {
    const result = row.cells[column];
    if (!result) return "";
    if (result.ok) return "ok";
    failed.push(`${failed.length + 1}. ${row.title}, ${column}: ${result.why.replaceAll(/\s+/g, " ")}`);
    return `fails (${failed.length})`;
  };
  const table = [
    line(["agent", "speaks", ...columns.map((column) => HEADS[column] ?? column)]),
    line(["---", "---", ...columns.map(() => "---")]),
    ...rows.map((row) =>
      line([`${row.title}, ${row.version}`, row.speaks, ...columns.map((column) => mark(row, column))]),
    ),
  ];
  return [...table, ...(failed.length ? ["", ...failed] : [])].join("\n");
}

/** The document with the table between its markers. */
export function embedded(document, table) {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the document lacks ${BEGIN} … ${END}`);
  return `${document.slice(0, begin + BEGIN.length)}\n${table}\n${document.slice(end)}`;
}
