/** What the system says, without what is no language's name: a system set to no language may say `C`. */
const said = navigator.languages.filter((each) => {
  try {
    return Intl.getCanonicalLocales(each).length > 0;
  } catch {
    return false;
  }
});

/** How this user's system writes numbers. */
export const locale: string[] = [...said, "en-GB"];

/**
 * How dates are written. The window's words are English, and so are the names of days and months in it; their order is
 * that of the user's English, if they have one.
 */
export const dateLocale: string[] = [...said.filter((each) => each.startsWith("en")), "en-GB"];
