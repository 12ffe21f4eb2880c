import { render } from "preact";
import { App } from "./app";
import { applyTheme } from "./theme";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/controls.css";
import "./styles/overview.css";
import "./styles/release.css";
import "./styles/timeline.css";

const root = document.getElementById("board");
if (root) {
  applyTheme();
  render(<App />, root);
}
