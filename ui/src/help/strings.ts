/** The words around the guide's pages. */
export const help = {
  open: "Help",
  openFor: (place: string) => `Help for ${place}`,
  title: "Guide",
  pages: "Pages of the guide",
  reading: "Opening the page",
  close: "Close the guide",
} as const;
