import { appearances, useAppearance } from "../appearance.ts";
import { strings } from "../strings.ts";
import { Segmented } from "./Segmented.tsx";

/** System, light or dark. */
export function AppearanceSwitch() {
  const [appearance, choose] = useAppearance();
  return (
    <Segmented
      small
      legend={strings.appearance.legend}
      choices={appearances}
      words={strings.appearance}
      value={appearance}
      onChoose={choose}
    />
  );
}
