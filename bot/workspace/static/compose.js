// Typing: Enter sends, Shift+Enter breaks the line; / @ and # offer completions with up, down, Tab and Enter.
import { notice, page, write } from "/static/net.js";

const history = [];

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
}

async function send(composer) {
  const area = composer.querySelector("textarea");
  const text = area.value.replace(/\s+$/, "");
  if (!text.trim()) return;
  area.value = "";
  grow(area);
  history.push(text);
  const result = await write("say", { channel: page.channel, text, thread: area.dataset.thread || "" });
  if (result.error === "refused" || result.error === "offline") {
    notice(result.text);
    if (!area.value) area.value = text;
  }
}

function offers(composer, area) {
  const before = area.value.slice(0, area.selectionStart);
  if (/^\/\S*$/.test(before)) {
    return [...composer.querySelectorAll(".commands li")]
      .filter((li) => li.dataset.command.startsWith(before))
      .map((li) => ({ insert: `${li.dataset.command} `, from: 0, name: li.dataset.command, hint: li.dataset.hint, about: li.dataset.about }));
  }
  const word = /(^|\s)([@#])([\w.-]*)$/.exec(before);
  if (!word) return [];
  const from = before.length - word[3].length - 1;
  const names =
    word[2] === "#"
      ? [...document.querySelectorAll("#places .entry[data-place^=C] .name")].map((n) => [n.textContent, ""])
      : [...document.querySelectorAll("#places .person")].map((a) => [a.pathname.split("/")[2], a.querySelector(".name").firstChild.textContent]);
  if (word[2] === "@") names.unshift([page.app, "App"]);
  return names
    .filter(([name]) => name.startsWith(word[3].toLowerCase()))
    .slice(0, 8)
    .map(([name, about]) => ({ insert: `${word[2]}${name} `, from, name: `${word[2]}${name}`, hint: "", about }));
}

function complete(composer) {
  const area = composer.querySelector("textarea");
  const menu = composer.querySelector(".completion");
  const found = offers(composer, area);
  menu.replaceChildren(
    ...found.map((offer, index) => {
      const row = document.createElement("li");
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === 0));
      row.dataset.insert = offer.insert;
      row.dataset.from = offer.from;
      for (const [tag, text] of [["strong", offer.name], ["span", offer.hint], ["em", offer.about]]) {
        const part = document.createElement(tag);
        part.textContent = text;
        row.append(part);
      }
      return row;
    }),
  );
  menu.hidden = !found.length;
}

function take(composer, row) {
  const area = composer.querySelector("textarea");
  const rest = area.value.slice(area.selectionStart);
  area.value = area.value.slice(0, Number(row.dataset.from)) + row.dataset.insert + rest;
  area.selectionStart = area.selectionEnd = Number(row.dataset.from) + row.dataset.insert.length;
  composer.querySelector(".completion").hidden = true;
  area.focus();
}

document.addEventListener("input", (event) => {
  const composer = event.target.closest(".composer");
  if (!composer) return;
  grow(event.target);
  complete(composer);
});

document.addEventListener("keydown", (event) => {
  const composer = event.target.closest?.(".composer");
  if (!composer || event.target.tagName !== "TEXTAREA" || event.isComposing) return;
  const menu = composer.querySelector(".completion");
  const rows = [...menu.children];
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  if (!menu.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
    rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === next)));
    rows[next].scrollIntoView({ block: "nearest" });
    event.preventDefault();
  } else if (!menu.hidden && (event.key === "Tab" || event.key === "Enter") && !event.shiftKey) {
    // Enter runs a command that is typed out; otherwise it takes the completion.
    if (event.key === "Enter" && event.target.value.trim() === rows[at].dataset.insert.trim()) {
      menu.hidden = true;
      send(composer);
    } else take(composer, rows[at]);
    event.preventDefault();
  } else if (event.key === "Escape") {
    if (!menu.hidden) event.stopPropagation();
    menu.hidden = true;
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send(composer);
  } else if (event.key === "ArrowUp" && !event.target.value && history.length) {
    event.target.value = history[history.length - 1];
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  const composer = event.target.closest(".composer");
  if (!composer) return;
  const row = event.target.closest(".completion li");
  if (row) take(composer, row);
  else if (event.target.closest("[data-send]")) send(composer);
});
