import { lazy, useState, type ComponentType } from "react";

/** A part of the window that is fetched when it is first needed, or before. */
export interface Later<Props> {
  Part: ComponentType<Props>;
  /** Fetches it, so that it is there at once when it is needed. */
  fetch: () => Promise<void>;
  /** It is there. */
  isHere: () => boolean;
}

/** Makes a part of its own of what `load` brings: the window opens without it. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): Later<Props> {
  let loaded: ComponentType<Props> | undefined;
  const bring = async () => (loaded ??= await load());
  const Waiting = lazy(async () => ({ default: await bring() })) as ComponentType<Props>;
  return {
    Part: (props: Props) => {
      // Which of both it was is kept, because another one would begin anew.
      const [Whole] = useState<ComponentType<Props>>(() => loaded ?? Waiting);
      return <Whole {...props} />;
    },
    fetch: async () => {
      await bring();
    },
    isHere: () => loaded !== undefined,
  };
}
