import { useEffect, useRef, useState } from "react";
import type { TextMeaning } from "../../host/generated.ts";
import { HostError, useHost } from "../../host/host.ts";

/** How long typing rests before the engine is asked, in milliseconds. */
export const REST = 200;

/**
 * What a text means, asked of the engine when typing rests; undefined until the first answer. `onMeaning` is told of each
 * answer to the text that stands there now.
 */
export function useMeaning(
  name: string,
  text: string,
  wanted: boolean,
  onMeaning: (meaning: TextMeaning) => void,
): TextMeaning | undefined {
  const host = useHost();
  const [meaning, setMeaning] = useState<TextMeaning>();
  const tell = useRef(onMeaning);
  useEffect(() => {
    tell.current = onMeaning;
  });
  useEffect(() => {
    if (!wanted) return;
    let outdated = false;
    const timer = setTimeout(() => {
      host.perform("read_profile_text", { name, text }).then(
        (found) => {
          if (outdated) return;
          setMeaning(found);
          tell.current(found);
        },
        (cause: unknown) => {
          if (!(cause instanceof HostError)) throw cause;
        },
      );
    }, REST);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [host, name, text, wanted]);
  return wanted ? meaning : undefined;
}
