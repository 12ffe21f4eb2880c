/** The pages of the board: address, name in the menu, and content. */
import type { JSX } from "preact";
import { OverviewPage } from "./overview";
import { ReleasePage } from "./release";
import { ReleasesPage } from "./releases";

export interface Page {
  path: string;
  title: string;
  menu: boolean;
  Content: (props: { id: string }) => JSX.Element;
}

export const PAGES: readonly Page[] = [
  { path: "/", title: "Overview", menu: true, Content: OverviewPage },
  { path: "/releases", title: "Releases", menu: true, Content: ReleasesPage },
  { path: "/releases/:id", title: "Release", menu: false, Content: ReleasePage },
];
