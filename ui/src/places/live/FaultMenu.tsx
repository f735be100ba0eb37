import { ChevronDown } from "lucide-react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { Menu, MenuChoice, MenuChoices, MenuItem, MenuLabel, MenuLine } from "../../components/Menu.tsx";
import type { LiveMember } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.fault;

/** The ways in which a practice provider can be broken. */
export const faults = ["rate-limit", "server-error", "refuse", "hang", "reject-key", "break-stream"] as const;

/** Breaks a simulated member in one of the ways that real ones break, and mends it. */
export function FaultMenu({ member }: { member: LiveMember }) {
  const act = useDo();
  const set = (fault: string | null) =>
    void act((host) => host.perform("practice_fault", { member: member.name, fault }));
  const broken = member.fault !== null;
  return (
    <Menu
      trigger={
        <Button
          data-testid={`fault-${member.name}`}
          aria-label={words.menu(broken ? words.broken : words.break, member.name)}
          className={`py-0.5 pr-2 pl-2.5 text-small ${broken ? "border-bad! text-bad!" : ""}`}
        >
          {broken ? words.broken : words.break}
          <ChevronDown className="size-3.5" aria-hidden="true" />
        </Button>
      }
    >
      <MenuChoices label={words.faults(member.name)} value={member.fault ?? ""} onChoose={set}>
        <MenuLabel>{words.choose}</MenuLabel>
        {faults.map((fault) => (
          <MenuChoice key={fault} value={fault}>
            {words[fault]}
          </MenuChoice>
        ))}
      </MenuChoices>
      <MenuLine />
      <MenuItem
        disabled={!broken}
        onSelect={() => {
          set(null);
        }}
      >
        <span className="size-3.5" />
        {words.mend}
      </MenuItem>
    </Menu>
  );
}
