import { useMutation, useQueryClient } from "@tanstack/react-query";
import { keyOf, useReadAgain, useUndoable } from "../../ask.ts";
import { useToast } from "../../components/Toasts.tsx";
import type { BalancerDetail, BalancerMember } from "../../host/generated.ts";
import { useHost } from "../../host/host.ts";

/** What is to be another way, and the words for it once it is saved. */
export interface Change {
  policy?: string;
  members?: readonly BalancerMember[];
  sticky?: boolean;
  failback?: string;
  said: string;
}

/**
 * Changes a balancer at once: it is shown before the engine has answered, and put back with the reason if the engine
 * refuses. Changes of one balancer are sent one after the other, each whole, so none is lost.
 */
export function useChange(name: string): (change: Change) => void {
  const host = useHost();
  const memory = useQueryClient();
  const toast = useToast();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const key = keyOf("balancer", { name });
  const { mutate } = useMutation({
    mutationKey: ["change_balancer", name],
    scope: { id: `change_balancer ${name}` },
    mutationFn: ({ next, before }: { next: BalancerDetail; before: BalancerDetail; said: string }) =>
      host.perform("change_balancer", {
        name,
        policy: next.policy,
        members: next.members,
        sticky: next.sticky,
        failback: next.failback,
        was: { policy: before.policy, members: before.members },
      }),
    onSuccess: (undo, { said }) => {
      undoable(said, undo);
    },
    onError: (error, { before }) => {
      memory.setQueryData(key, before);
      toast({ error });
    },
    onSettled: () => {
      // While another change is under way, the file is one behind what is shown.
      if (memory.isMutating({ mutationKey: ["change_balancer", name] }) === 1) void readAgain();
    },
  });

  return ({ said, policy, members, sticky, failback }) => {
    const before = memory.getQueryData<BalancerDetail>(key);
    if (!before) return;
    const next = {
      ...before,
      policy: policy ?? before.policy,
      members: [...(members ?? before.members)],
      sticky: sticky ?? before.sticky,
      failback: failback ?? before.failback,
    };
    void memory.cancelQueries({ queryKey: key });
    memory.setQueryData(key, next);
    mutate({ next, before, said });
  };
}
