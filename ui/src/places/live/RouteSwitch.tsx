import { ChevronDown } from "lucide-react";
import { useDo } from "../../ask.ts";
import { Button } from "../../components/Button.tsx";
import { Menu, MenuChoice, MenuChoices, MenuLabel } from "../../components/Menu.tsx";
import type { ActiveRoute, LiveState } from "../../host/generated.ts";
import { strings } from "../../strings.ts";

const words = strings.live;

/** What a route is, in a word. */
export function policyWord(route: Pick<ActiveRoute, "balancer" | "policy">): string {
  if (!route.balancer) return strings.policy.single;
  const { policy } = route;
  return policy === "failover" || policy === "roundrobin" || policy === "weighted" ? strings.policy[policy] : policy;
}

/** Says what serves requests that name nothing, and changes it at once. */
export function RouteSwitch({ state }: { state: LiveState }) {
  const act = useDo();
  const { active, routes } = state;
  const groups = [
    [words.balancers, routes.filter((route) => route.balancer)],
    [words.singles, routes.filter((route) => !route.balancer)],
  ] as const;
  return (
    <Menu
      trigger={
        <Button data-testid="route-switch" className="max-w-full whitespace-normal">
          <span className="sr-only">{words.route}:</span>
          {active ? (
            <>
              <span className="min-w-0 wrap-anywhere">{active.name}</span>
              <span className="font-normal text-ink-3">{policyWord(active)}</span>
            </>
          ) : (
            words.routeUnset
          )}
          <ChevronDown className="size-3.5 shrink-0 text-ink-3" aria-hidden="true" />
        </Button>
      }
    >
      {groups.map(
        ([label, group]) =>
          group.length > 0 && (
            <MenuChoices
              key={label}
              label={label}
              value={active?.name ?? ""}
              onChoose={(name) => void act((host) => host.perform("use_now", { name }))}
            >
              <MenuLabel>{label}</MenuLabel>
              {group.map((route) => (
                <MenuChoice key={route.name} value={route.name}>
                  <span className="min-w-0 flex-1 wrap-anywhere">
                    {route.practice ? words.practiceRoute(route.name) : route.name}
                  </span>
                  {route.balancer && <span className="text-small text-ink-3">{policyWord(route)}</span>}
                </MenuChoice>
              ))}
            </MenuChoices>
          ),
      )}
    </Menu>
  );
}
