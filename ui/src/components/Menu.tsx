import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

const itemClass =
  "flex items-center gap-2 rounded-[4px] px-2.5 py-1.5 outline-none select-none data-highlighted:bg-chosen data-highlighted:text-ink data-disabled:opacity-50";

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
}

/** A menu under a button. It does not lock the page behind it: a locked page needs an inline style sheet. */
export function Menu({ trigger, children, align = "end" }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={12}
          className="z-40 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto rounded-control border border-edge bg-raise p-1 text-body shadow-float data-[state=open]:animate-arrive"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  onSelect: () => void;
  children: ReactNode;
  disabled?: boolean;
  danger?: boolean;
}

/** One thing to do. */
export function MenuItem({ onSelect, children, disabled = false, danger = false }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      disabled={disabled}
      onSelect={onSelect}
      className={`${itemClass} ${danger ? "text-bad" : "text-ink"}`}
    >
      {children}
    </DropdownMenu.Item>
  );
}

/** A heading inside a menu. */
export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2.5 pt-1.5 pb-1 text-small text-ink-3">{children}</DropdownMenu.Label>;
}

/** A hairline between two groups. */
export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}

interface MenuChoicesProps {
  /** The present choice; empty when there is none. */
  value: string;
  onChoose: (value: string) => void;
  label: string;
  children: ReactNode;
}

/** A group in which one is chosen. */
export function MenuChoices({ value, onChoose, label, children }: MenuChoicesProps) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={onChoose} aria-label={label}>
      {children}
    </DropdownMenu.RadioGroup>
  );
}

/** One choice of a group, with a tick when it is the present one. */
export function MenuChoice({ value, children }: { value: string; children: ReactNode }) {
  return (
    <DropdownMenu.RadioItem value={value} className={`${itemClass} text-ink`}>
      <span className="flex size-3.5 shrink-0">
        <DropdownMenu.ItemIndicator>
          <Check className="size-3.5 text-accent" aria-hidden="true" />
        </DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.RadioItem>
  );
}
