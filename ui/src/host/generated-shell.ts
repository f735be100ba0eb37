// Written from src-tauri/src/page.rs and preferences.rs; `make types` writes it anew.
import type { Problem } from "./generated.ts";

/**
 * What closing the window does.
 */
export type Closing = "keep-running" | "quit";

/**
 * Which notifications are wanted.
 */
export type NoticePreferences = { 
/**
 * None for now.
 */
paused: boolean, 
/**
 * A member took over.
 */
failedOver: boolean, 
/**
 * The first choice serves again.
 */
back: boolean, 
/**
 * Nobody can serve.
 */
allOut: boolean, 
/**
 * A login is needed.
 */
loginNeeded: boolean, 
/**
 * The first failover of the day that costs money.
 */
paid: boolean, };

/**
 * The user's preferences of the window.
 */
export type Preferences = { 
/**
 * What closing the window does.
 */
closing: Closing, 
/**
 * It was said once that the gateway keeps running.
 */
closingTold: boolean, 
/**
 * Which notifications are wanted.
 */
notices: NoticePreferences, };

/**
 * How the shell stands.
 */
export type ShellView = { 
/**
 * The user's preferences.
 */
preferences: Preferences, 
/**
 * Mainstay starts when the user logs in to the computer.
 */
startAtLogin: boolean, 
/**
 * There is an icon in the tray.
 */
tray: boolean, 
/**
 * What is wrong with the preferences, if anything.
 */
problem: Problem | null, };

/**
 * What the shell tells the page.
 */
export type PageEvent = { "kind": "quit-asked", 
/**
 * Their names.
 */
tools: Array<string>, };

/**
 * How to quit.
 */
export type Quit = "ask" | "now" | "stay";

