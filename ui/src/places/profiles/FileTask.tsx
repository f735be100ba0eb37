import { Copy, Ellipsis, History, Pencil, Trash2 } from "lucide-react";
import { useState, type SyntheticEvent } from "react";
import { useAsked, useDo, useReadAgain, useUndoable } from "../../ask.ts";
import { Button, focused } from "../../components/Button.tsx";
import { TextField } from "../../components/Field.tsx";
import { Menu, MenuItem } from "../../components/Menu.tsx";
import { strings } from "../../strings.ts";
import { listed } from "../../words.ts";
import { nameProblem } from "./form.ts";
import { Versions } from "./Versions.tsx";

const words = strings.profiles.file;

/** What can be done with a file as a whole. */
export type Task = "rename" | "duplicate" | "versions" | "delete";

interface FileProps {
  name: string;
  /** The balancers that list it. */
  usedBy: readonly string[];
}

interface FileMenuProps extends FileProps {
  /** A form of it has changes that are not saved: it keeps its name until they are. */
  unsaved?: boolean;
  onTask: (task: Task) => void;
}

/** The menu of a profile or balancer. What needs no word more is done at once; the rest goes to {@link FileTask}. */
export function FileMenu({ name, usedBy, unsaved = false, onTask }: FileMenuProps) {
  const remove = useRemove(name);
  const item = (task: Task) => () => {
    onTask(task);
  };
  return (
    <Menu
      trigger={
        <Button look="quiet" aria-label={strings.failover.more(name)} className="px-1.5 text-ink-3">
          <Ellipsis className="size-4" aria-hidden="true" />
        </Button>
      }
    >
      <MenuItem disabled={unsaved} onSelect={item("rename")}>
        <Pencil className="size-4" aria-hidden="true" />
        {unsaved ? words.renameUnsaved : words.rename}
      </MenuItem>
      <MenuItem onSelect={item("duplicate")}>
        <Copy className="size-4" aria-hidden="true" />
        {words.duplicate}
      </MenuItem>
      <MenuItem onSelect={item("versions")}>
        <History className="size-4" aria-hidden="true" />
        {words.versions}
      </MenuItem>
      <MenuItem danger onSelect={usedBy.length > 0 ? item("delete") : () => void remove(false)}>
        <Trash2 className="size-4" aria-hidden="true" />
        {strings.profiles.delete}
      </MenuItem>
    </Menu>
  );
}

interface FileTaskProps extends FileProps {
  task: Task;
  onDone: () => void;
  /** It has this name now, or there is a copy of this name. */
  onNamed: (name: string) => void;
}

/** The rest of what was chosen in {@link FileMenu}: a name to type, a question to answer, texts to look at. */
export function FileTask({ task, name, usedBy, onDone, onNamed }: FileTaskProps) {
  const remove = useRemove(name);
  return (
    <section aria-label={words[task]} className="my-3 rounded-control border border-line bg-panel p-4">
      {task === "versions" && <Versions name={name} onDone={onDone} />}
      {(task === "rename" || task === "duplicate") && (
        <NewName key={task} task={task} name={name} onDone={onDone} onNamed={onNamed} />
      )}
      {task === "delete" && (
        <>
          <p className="font-medium">{words.listed(name, listed(usedBy))}</p>
          <p className="text-ink-2">{words.listedWhy}</p>
          <div className="mt-3 flex flex-wrap gap-2">
            <Button
              look="danger"
              data-testid="delete-from-lists"
              onClick={() =>
                void remove(true).then((done) => {
                  if (done) onDone();
                })
              }
            >
              {words.deleteFromLists}
            </Button>
            <Button ref={focused} onClick={onDone}>
              {words.keep}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

function useRemove(name: string): (fromLists: boolean) => Promise<boolean> {
  const act = useDo();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  return async (fromLists) => {
    const undo = await act((host) => host.perform("delete_profile", { name, fromLists }));
    if (!undo) return false;
    undoable(strings.profiles.deleted(name), undo);
    await readAgain();
    return true;
  };
}

type NewNameProps = Pick<FileTaskProps, "name" | "onDone" | "onNamed"> & { task: "rename" | "duplicate" };

function NewName({ task, name, onDone, onNamed }: NewNameProps) {
  const act = useDo();
  const undoable = useUndoable();
  const readAgain = useReadAgain();
  const { data } = useAsked("profiles", {});
  const [typed, setTyped] = useState(task === "rename" ? name : words.copyOf(name));
  const [tried, setTried] = useState(false);
  const taken = [...(data?.profiles ?? []), ...(data?.balancers ?? []), ...(data?.broken ?? [])].map((row) => row.name);
  const wrong = nameProblem(typed, task === "rename" ? taken.filter((each) => each !== name) : taken);
  const save = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    const to = typed.trim();
    if (wrong !== undefined) return;
    if (to === name) {
      onDone();
      return;
    }
    void act(async (host) => {
      const undo = await host.perform(task === "rename" ? "rename_profile" : "duplicate_profile", { from: name, to });
      undoable(task === "rename" ? words.renamed(name, to) : words.duplicated(to), undo);
      onNamed(to);
      await readAgain();
      onDone();
    });
  };
  return (
    <form noValidate onSubmit={save} className="flex flex-wrap items-end gap-2">
      <TextField
        ref={focused}
        data-testid="new-name"
        label={words.newName}
        hint={task === "rename" ? words.renameWhy : words.duplicateWhy}
        error={tried ? wrong : undefined}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        fieldClassName="min-w-0 flex-1 basis-60"
      />
      <Button type="submit" look="main" className="mb-5.5">
        {words[task]}
      </Button>
      <Button className="mb-5.5" onClick={onDone}>
        {strings.failover.cancel}
      </Button>
    </form>
  );
}
