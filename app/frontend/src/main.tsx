import { render } from "preact";
import { App } from "./app";
import { applyTheme } from "./theme";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/pages.css";

const root = document.getElementById("board");
if (root) {
  applyTheme();
  render(<App />, root);
}
