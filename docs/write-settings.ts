import { writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { referencePage, settingsOf } from "./settings-reference.ts";

/** The file that holds the reference. */
export const SETTINGS_FILE = "docs/settings.md";

/** The reference of this project's settings, as the file is to hold it. */
export async function settingsPage(): Promise<string> {
  const options = (await resolveConfig(SETTINGS_FILE)) ?? {};
  return format(referencePage(settingsOf("config.ts", "Settings")), { ...options, parser: "markdown" });
}

if (import.meta.main) writeFileSync(SETTINGS_FILE, await settingsPage());
