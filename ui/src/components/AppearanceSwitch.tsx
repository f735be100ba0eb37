import { appearances, useAppearance } from "../appearance.ts";
import { strings } from "../strings.ts";

/** System, light or dark: a group of radio buttons that looks like one control. */
export function AppearanceSwitch() {
  const [appearance, choose] = useAppearance();
  return (
    <fieldset className="flex rounded-control border border-edge p-px">
      <legend className="sr-only">{strings.appearance.legend}</legend>
      {appearances.map((each) => (
        <label
          key={each}
          className="flex-1 rounded-[4px] py-0.5 text-center text-small text-ink-2 hover:text-ink has-checked:bg-chosen has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="appearance"
            className="sr-only"
            checked={appearance === each}
            onChange={() => {
              choose(each);
            }}
          />
          {strings.appearance[each]}
        </label>
      ))}
    </fieldset>
  );
}
