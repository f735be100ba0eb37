import { FlaskConical, FolderOpen, ListOrdered, type LucideIcon } from "lucide-react";
import { Button } from "../../../components/Button.tsx";
import { count } from "../../../figures.ts";
import { strings } from "../../../strings.ts";

const words = strings.welcome;

interface DoorsProps {
  /** How many profiles of the user's own there are, and where they lie. */
  profiles: number;
  folder: string;
  onRecipe: () => void;
  /** Absent where nothing is simulated. */
  onPractice: (() => void) | undefined;
  onMine: () => void;
  onLeave: () => void;
}

/** The three ways to begin, while no profile of the user's own can serve. */
export function Doors({ profiles, folder, onRecipe, onPractice, onMine, onLeave }: DoorsProps) {
  return (
    <section
      aria-labelledby="welcome"
      data-testid="welcome"
      className="@container mb-5 rounded-panel border border-line bg-panel px-5 pt-4 pb-5 shadow-panel"
    >
      <div className="flex flex-wrap items-start gap-x-4">
        <div className="min-w-0 flex-1 basis-80">
          <h2 id="welcome" className="text-strong font-semibold tracking-tight">
            {words.title}
          </h2>
          <p className="text-ink-2">{words.lead}</p>
        </div>
        <Button look="quiet" className="-mr-2" data-testid="welcome-leave" onClick={onLeave}>
          {words.leave}
        </Button>
      </div>
      <div className="mt-3.5 grid gap-3 @min-[540px]:grid-cols-3">
        <Door
          icon={ListOrdered}
          main
          title={words.recipe}
          why={words.recipeWhy}
          testId="door-recipe"
          onOpen={onRecipe}
        />
        {onPractice && (
          <Door
            icon={FlaskConical}
            title={words.practice}
            why={words.practiceWhy}
            testId="door-practice"
            onOpen={onPractice}
          />
        )}
        <Door
          icon={FolderOpen}
          title={words.mine}
          why={profiles > 0 ? words.mineFound(count(profiles), folder) : words.mineNone(folder)}
          testId="door-mine"
          onOpen={onMine}
        />
      </div>
    </section>
  );
}

interface DoorProps {
  icon: LucideIcon;
  title: string;
  why: string;
  testId: string;
  onOpen: () => void;
  main?: boolean;
}

function Door({ icon: Icon, title, why, testId, onOpen, main = false }: DoorProps) {
  return (
    <button
      type="button"
      data-testid={testId}
      onClick={onOpen}
      className={`group flex flex-col rounded-control border px-3.5 py-3 text-left hover:bg-well ${
        main ? "border-accent" : "border-edge"
      }`}
    >
      <span className="flex items-center gap-2 font-medium">
        <Icon className="size-4 text-accent" strokeWidth={1.8} aria-hidden="true" />
        {title}
      </span>
      <span className="mt-1 text-small text-ink-2 wrap-anywhere">{why}</span>
    </button>
  );
}
