import {
  DndContext,
  KeyboardSensor,
  PointerSensor,
  closestCenter,
  useSensor,
  useSensors,
  type Announcements,
  type Modifier,
  type UniqueIdentifier,
} from "@dnd-kit/core";
import {
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { GripVertical } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";
import type { BalancerMember, ProfileRow } from "../../host/generated.ts";
import { strings } from "../../strings.ts";
import { entries, moved, type Entry } from "./order.ts";
import { Row } from "./Row.tsx";
import type { MemberTests, Tested } from "./tests.ts";

const words = strings.failover;

interface MemberListProps {
  /** Its name. */
  balancer: string;
  members: readonly BalancerMember[];
  profiles: readonly ProfileRow[];
  tests: MemberTests;
  /** The list as it should be, and the words for it once it is saved. */
  onChange: (members: BalancerMember[], said: string) => void;
  /** What stands right below the list. */
  children: ReactNode;
}

/** A row moves up and down only. */
const upright: Modifier = ({ transform }) => ({ ...transform, x: 0 });

const bare = ({ profile, weight }: Entry): BalancerMember => ({ profile, weight });

/** The members in their order: dragged by the handle, or moved by the keyboard or the menu. */
export function MemberList({ balancer, members, profiles, tests, onChange, children }: MemberListProps) {
  const list = entries(members);
  const [held, setHeld] = useState<string>();
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  // Over its own place before it has moved at all: that was said when it was picked up.
  const left = useRef(false);
  const placeOf = (id: UniqueIdentifier) => list.findIndex((entry) => entry.id === id);

  const move = (from: number, to: number) => {
    const entry = list[from];
    if (!entry || from === to) return;
    onChange(moved(list, from, to).map(bare), words.moved(entry.profile, place(to, list)));
  };
  const remove = (at: number) => {
    const entry = list[at];
    if (entry) onChange(list.toSpliced(at, 1).map(bare), words.removed(entry.profile));
  };

  return (
    <>
      <DndContext
        sensors={sensors}
        collisionDetection={closestCenter}
        modifiers={[upright]}
        accessibility={{
          announcements: {
            ...announcements(list),
            onDragOver: ({ active, over }) => {
              if (!over || (over.id === active.id && !left.current)) return undefined;
              left.current = true;
              return words.over(list[placeOf(active.id)]?.profile ?? "", place(placeOf(over.id), list));
            },
          },
          screenReaderInstructions: { draggable: words.dragInstructions },
        }}
        onDragStart={({ active, activatorEvent }) => {
          left.current = false;
          if (activatorEvent instanceof KeyboardEvent) setHeld(list[placeOf(active.id)]?.profile);
        }}
        onDragCancel={() => {
          setHeld(undefined);
        }}
        onDragEnd={({ active, over }) => {
          setHeld(undefined);
          if (over) move(placeOf(active.id), placeOf(over.id));
        }}
      >
        <SortableContext items={list} strategy={verticalListSortingStrategy}>
          <ol aria-label={words.order} className="flex flex-col gap-2">
            {list.map((entry, at) => (
              <Sortable
                key={entry.id}
                entry={entry}
                profile={profiles.find((each) => each.name === entry.profile)}
                onUp={
                  at > 0
                    ? () => {
                        move(at, at - 1);
                      }
                    : undefined
                }
                onDown={
                  at < list.length - 1
                    ? () => {
                        move(at, at + 1);
                      }
                    : undefined
                }
                balancer={balancer}
                tested={tests.of(entry.profile)}
                onRemove={() => {
                  remove(at);
                }}
              />
            ))}
          </ol>
        </SortableContext>
      </DndContext>
      {children}
      {/* Spoken by the announcements; here for those who see. Its line is always there, so nothing moves. */}
      <p aria-hidden="true" className="mt-1 min-h-4.5 text-small text-ink-3">
        {held !== undefined && words.pickedUp(held)}
      </p>
    </>
  );
}

/** "2 of 3". */
const place = (at: number, list: readonly unknown[]) => words.place(String(at + 1), String(list.length));

function announcements(list: readonly Entry[]): Omit<Announcements, "onDragOver"> {
  const name = (id: UniqueIdentifier) => list.find((entry) => entry.id === id)?.profile ?? "";
  const placeOf = (id: UniqueIdentifier) =>
    place(
      list.findIndex((entry) => entry.id === id),
      list,
    );
  return {
    onDragStart: ({ active }) => words.pickedUp(name(active.id)),
    onDragEnd: ({ active, over }) => (over ? words.dropped(name(active.id), placeOf(over.id)) : undefined),
    onDragCancel: ({ active }) => words.putBack(name(active.id)),
  };
}

interface SortableProps {
  entry: Entry;
  balancer: string;
  tested: Tested | undefined;
  profile: ProfileRow | undefined;
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  onRemove: () => void;
}

function Sortable({ entry, ...rest }: SortableProps) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({
    id: entry.id,
  });
  return (
    <Row
      ref={setNodeRef}
      style={{ transform: CSS.Translate.toString(transform) ?? "", transition: transition ?? "" }}
      entry={entry}
      ordered
      lifted={isDragging}
      handle={
        <button
          ref={setActivatorNodeRef}
          type="button"
          {...attributes}
          {...listeners}
          aria-label={words.handle(entry.profile)}
          data-testid={`handle-${entry.id}`}
          className="grid h-8 w-6 shrink-0 cursor-grab touch-none place-items-center rounded-[5px] text-ink-3 hover:bg-well hover:text-ink active:cursor-grabbing"
        >
          <GripVertical className="size-4" aria-hidden="true" />
        </button>
      }
      {...rest}
    />
  );
}
