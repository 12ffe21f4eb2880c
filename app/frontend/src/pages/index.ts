/** The pages of the board: address, name in the menu, and content. */
import type { JSX } from "preact";
import { AuditPage } from "./audit";
import { CostsPage } from "./costs";
import { DriftPage } from "./drift";
import { MeasuresPage } from "./measures";
import { OverviewPage } from "./overview";
import { ReleasePage } from "./release";
import { ReleasesPage } from "./releases";
import { TimelinePage } from "./timeline";

export interface Page {
  path: string;
  title: string;
  menu: boolean;
  Content: (props: { id: string }) => JSX.Element;
}

export const PAGES: readonly Page[] = [
  { path: "/", title: "Overview", menu: true, Content: OverviewPage },
  { path: "/releases", title: "Releases", menu: true, Content: ReleasesPage },
  { path: "/timeline", title: "Timeline", menu: true, Content: TimelinePage },
  { path: "/measures", title: "Measures", menu: true, Content: MeasuresPage },
  { path: "/audit", title: "Audit", menu: true, Content: AuditPage },
  { path: "/costs", title: "Costs", menu: true, Content: CostsPage },
  { path: "/drift", title: "Drift", menu: true, Content: DriftPage },
  { path: "/releases/:id", title: "Release", menu: false, Content: ReleasePage },
];
