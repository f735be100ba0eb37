import { useAsked, useDo } from "../../../ask.ts";
import { Button } from "../../../components/Button.tsx";
import type { LiveState } from "../../../host/generated.ts";
import { strings } from "../../../strings.ts";
import type { Go } from "../../go.ts";
import { Doors } from "./Doors.tsx";
import { useLeft } from "./left.ts";

const words = strings.welcome;

interface WelcomeProps {
  state: LiveState;
  go: Go;
  /** Opens the guide. */
  onGuide: () => void;
}

/** The first run: the ways to begin, for as long as none of the user's own profiles can serve. */
export function Welcome({ state, go, onGuide }: WelcomeProps) {
  const act = useDo();
  const { data } = useAsked("profiles", {});
  const [left, setLeft] = useLeft();
  if (!data) return null;
  const own = data.profiles.filter((profile) => !profile.practice);
  if (own.some((profile) => profile.credential.usable)) return null;
  const practice = state.routes.find((route) => route.practice && route.balancer);
  if (left) {
    return (
      <Button
        look="quiet"
        className="mb-2 -ml-2"
        data-testid="welcome-again"
        onClick={() => {
          setLeft(false);
        }}
      >
        {words.again}
      </Button>
    );
  }
  return (
    <Doors
      profiles={own.length}
      folder={data.folder}
      onRecipe={onGuide}
      onPractice={
        practice &&
        (() => {
          setLeft(true);
          if (state.active?.name !== practice.name) {
            void act((host) => host.perform("use_now", { name: practice.name }));
          }
        })
      }
      onMine={() => {
        go(own.length > 0 ? { place: "profiles" } : { place: "settings", section: "transfer" });
      }}
      onLeave={() => {
        setLeft(true);
      }}
    />
  );
}
