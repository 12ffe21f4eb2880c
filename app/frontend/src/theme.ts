/** Light, dark, or as the system says. */
import { choose, preference } from "./preference";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Put the choice on the document; style sheets do the rest. */
export function applyTheme(): void {
  const theme = preference("theme", THEMES);
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
}

export function chooseTheme(theme: Theme): void {
  choose("theme", theme);
  applyTheme();
}
