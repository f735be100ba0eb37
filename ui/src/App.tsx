import { Sidebar } from "./components/Sidebar.tsx";
import { TerminalGuide } from "./places/TerminalGuide.tsx";

/** The frame of the window: the sidebar, and the place that is open beside it. */
export function App() {
  return (
    <div className="flex h-full">
      <Sidebar />
      <TerminalGuide />
    </div>
  );
}
