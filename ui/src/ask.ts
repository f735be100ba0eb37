import { QueryClient, keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useToast } from "./components/Toasts.tsx";
import type { Operations } from "./host/generated.ts";
import { HostError, useHost, type Host } from "./host/host.ts";
import { strings } from "./strings.ts";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: HostError;
  }
}

/** Operations that only read; their answers are kept until something changes. */
type Reading =
  | "profiles"
  | "profile"
  | "balancer"
  | "starters"
  | "catalogue"
  | "statistics"
  | "history"
  | "prices"
  | "network"
  | "accounts"
  | "door"
  | "what_would_happen"
  | "gateway"
  | "own_data";

/** The key that an answer is kept under. */
export const keyOf = <Name extends Reading>(name: Name, input: Operations[Name]["input"]) => [name, input] as const;

/** The window's memory of answers. The engine says when they are out of date; no network is asked, so none is awaited. */
export const newMemory = () =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: Infinity, refetchOnWindowFocus: false, networkMode: "always" },
      mutations: { retry: false, networkMode: "always" },
    },
  });

/** The kept answer of a reading operation, read anew when the engine says that files changed. */
export function useAsked<Name extends Reading>(name: Name, input: Operations[Name]["input"]) {
  const host = useHost();
  return useQuery({ queryKey: keyOf(name, input), queryFn: () => host.perform(name, input) });
}

/**
 * The same for what the engine changes by itself, such as the history: read whenever it comes into view, and never
 * while it is hidden. What was known before is shown until the answer is there.
 */
export function useAskedAnew<Name extends Reading>(name: Name, input: Operations[Name]["input"], shown: boolean) {
  const host = useHost();
  return useQuery({
    queryKey: keyOf(name, input),
    queryFn: () => host.perform(name, input),
    enabled: shown,
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
}

/** Puts the answer of a change in the place of the kept one. */
export function useKeep(): <Name extends Reading>(
  name: Name,
  input: Operations[Name]["input"],
  answer: Operations[Name]["output"],
) => void {
  const memory = useQueryClient();
  return useCallback(
    (name, input, answer) => {
      memory.setQueryData(keyOf(name, input), answer);
    },
    [memory],
  );
}

/** Reads lists and files anew. */
export function useReadAgain(): () => Promise<void> {
  const memory = useQueryClient();
  return useCallback(
    () =>
      memory.invalidateQueries({ predicate: ({ queryKey: [name] }) => name !== "catalogue" && name !== "exchanges" }),
    [memory],
  );
}

/**
 * Does something at once and says in a toast when it could not be done. Answers with what the engine said, or undefined
 * after a failure that the user has been told of.
 */
export function useDo(): <Answer>(act: (host: Host) => Promise<Answer>) => Promise<Answer | undefined> {
  const host = useHost();
  const toast = useToast();
  return useCallback(
    async (act) => {
      try {
        return await act(host);
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        toast({ error });
        return undefined;
      }
    },
    [host, toast],
  );
}

/** What was done last that can be taken back: in words, and what to give to `undo`. */
interface LastChange {
  said: string;
  token: string;
}

const LAST_CHANGE = ["last-change"];

/** Says what was done and offers to take it back. */
export function useUndoable(): (said: string, undo: { token: string }) => void {
  const toast = useToast();
  const memory = useQueryClient();
  const takeBack = useTakeBack();
  return useCallback(
    (said, { token }) => {
      memory.setQueryDefaults(LAST_CHANGE, { gcTime: Infinity });
      memory.setQueryData<LastChange>(LAST_CHANGE, { said, token });
      toast({
        text: said,
        action: {
          label: strings.undo.action,
          run: () => void takeBack(token),
        },
      });
    },
    [toast, memory, takeBack],
  );
}

/** What was done last, for as long as it has not been taken back. */
export function useLastChange(): LastChange | undefined {
  return useQueryClient().getQueryData<LastChange>(LAST_CHANGE);
}

/** The way to take a change back, and to say so. */
export function useTakeBack(): (token: string) => Promise<unknown> {
  const toast = useToast();
  const act = useDo();
  const memory = useQueryClient();
  const readAgain = useReadAgain();
  return useCallback(
    (token) =>
      act(async (host) => {
        // It can be undone once, so it is offered no more, whatever comes of it.
        if (memory.getQueryData<LastChange>(LAST_CHANGE)?.token === token) {
          memory.removeQueries({ queryKey: LAST_CHANGE });
        }
        await host.perform("undo", { token });
        await readAgain();
        toast({ text: strings.undo.done });
      }),
    [toast, act, memory, readAgain],
  );
}
