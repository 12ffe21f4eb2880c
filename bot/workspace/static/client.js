// The page: live updates that swap one message by its ts, threads, keyboard, theme.
import "/static/compose.js";
import { swap } from "/static/forms.js";
import { show as showModal } from "/static/modal.js";
import { notice, page, parsed, write } from "/static/net.js";

const feed = document.getElementById("messages");
const pane = document.getElementById("thread");
const home = document.getElementById("home");
const FOLLOW = 300;
const WIDE = matchMedia("(min-width: 800px)"); // on a phone, focus would open the keyboard

function nearEnd(list) {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 120;
}

function toEnd(list) {
  list.scrollTop = list.scrollHeight;
}

// Messages of one person in a row show the name once.
function group(list) {
  let before = null;
  for (const message of list.querySelectorAll(":scope > .message")) {
    const plain = before && message.previousElementSibling === before && !message.matches(".is-whisper");
    const close = plain && Number(message.dataset.ts) - Number(before.dataset.ts) < FOLLOW;
    const same = before && before.dataset.user === message.dataset.user && !message.matches(".is-app");
    message.classList.toggle("is-follow", Boolean(close && same && !before.matches(".is-whisper")));
    before = message;
  }
}

function dayLine(list, message) {
  const last = [...list.querySelectorAll(":scope > .message")].pop();
  if (last && last.dataset.day === message.dataset.day) return;
  const line = document.createElement("div");
  line.className = "day";
  line.setAttribute("role", "separator");
  line.append(document.createElement("span"));
  line.firstChild.textContent = message.dataset.dayName;
  list.append(line);
}

function put(list, html, mine) {
  const fresh = parsed(html).firstElementChild;
  if (!list || !fresh) return;
  const old = [...list.querySelectorAll(".message")].find((m) => m.dataset.ts === fresh.dataset.ts);
  const follow = nearEnd(list);
  if (old) swap(old, fresh);
  else {
    list.querySelector(".empty")?.remove();
    if (!list.dataset.root) dayLine(list, fresh);
    list.append(fresh);
  }
  if (!list.dataset.root) group(list);
  if ((!old && mine) || follow) toEnd(list);
}

function unread(channel) {
  const entry = document.querySelector(`.entry[data-place="${CSS.escape(channel)}"]`);
  if (!entry || channel === page.channel) return;
  entry.classList.add("is-unread");
  entry.querySelector(".dot").hidden = false;
}

const on = {
  message(told) {
    if (told.channel !== page.channel) {
      if (!told.mine) unread(told.channel);
      return;
    }
    if (told.html) put(feed, told.html, told.mine);
    const list = pane?.querySelector("[data-root]");
    if (list && list.dataset.root === told.root) put(list, told.reply, told.mine);
  },
  removed(told) {
    for (const message of document.querySelectorAll(".message")) {
      if (message.dataset.ts === told.ts && message.dataset.channel === told.channel) message.remove();
    }
    if (feed) group(feed);
  },
  modal: (told) => showModal(told.html),
  home(told) {
    if (!home) return;
    const fresh = parsed(told.html).firstElementChild;
    const old = home.firstElementChild;
    if (old && fresh) swap(old, fresh);
  },
  notice: (told) => notice(told.text),
  places(told) {
    const marked = [...document.querySelectorAll(".entry.is-unread")].map((entry) => entry.dataset.place);
    document.getElementById("places").replaceChildren(parsed(told.html));
    document.querySelector(`.entry[data-place="${CSS.escape(page.active)}"]`)?.classList.add("is-active");
    marked.forEach(unread);
  },
  reload: () => location.reload(),
};

async function openThread(ts) {
  if (!pane) return;
  const response = await fetch(`/client/${page.handle}/${page.channel}/thread/${encodeURIComponent(ts)}`);
  if (!response.ok) return;
  pane.replaceChildren(parsed(await response.text()));
  pane.hidden = false;
  document.body.classList.add("has-thread");
  const list = pane.querySelector(".messages");
  toEnd(list);
  if (WIDE.matches) pane.querySelector("textarea")?.focus();
  window.history.replaceState(null, "", `?thread=${ts}`);
}

function closeThread() {
  if (!pane || pane.hidden) return;
  pane.hidden = true;
  pane.replaceChildren();
  document.body.classList.remove("has-thread");
  window.history.replaceState(null, "", location.pathname);
  document.querySelector("#main textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const hit = (selector) => event.target.closest(selector);
  const message = hit(".message");
  if (hit("[data-thread-close]")) closeThread();
  else if (hit("button[data-thread]")) openThread(hit("button[data-thread]").dataset.thread);
  else if (hit("[data-react]")) write("react", { channel: message.dataset.channel, ts: message.dataset.ts, name: hit("[data-react]").dataset.react });
  else if (hit("[data-dismiss]")) write("dismiss", { ts: hit("[data-dismiss]").dataset.dismiss });
  else if (hit("[data-menu]")) document.body.classList.toggle("has-menu");
  else if (hit("[data-theme-toggle]")) toggleTheme();
  else if (hit("a[data-channel]")) {
    event.preventDefault();
    location.href = `/client/${page.handle}/${hit("a[data-channel]").dataset.channel}`;
  }
  for (const open of document.querySelectorAll("details.bk-overflow[open], details.bk-multi[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

function toggleTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, textarea, select");
  if (event.key === "/" && !typing && !document.querySelector("dialog[open]")) {
    const area = document.querySelector("#main .composer textarea");
    if (!area) return;
    event.preventDefault();
    area.focus();
    if (!area.value) {
      area.value = "/";
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  } else if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    const open = document.querySelector("details.bk-overflow[open], details.bk-multi[open]");
    if (open) open.open = false;
    else if (document.body.classList.contains("has-menu")) document.body.classList.remove("has-menu");
    else closeThread();
  }
});

if (feed) {
  group(feed);
  toEnd(feed);
}
const wanted = new URLSearchParams(location.search).get("thread");
if (wanted) openThread(wanted);
if (/^#m\d+$/.test(location.hash)) {
  const digits = location.hash.slice(2);
  const ts = `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  const found = [...document.querySelectorAll(".message")].find((m) => m.dataset.ts === ts);
  found?.classList.add("is-linked");
  found?.scrollIntoView({ block: "center" });
}
if (home) write("home", {});
if (WIDE.matches) document.querySelector("#main textarea")?.focus();

const stream = new EventSource(`/client/${page.handle}/stream?since=${page.number}`);
stream.onmessage = (event) => {
  const told = JSON.parse(event.data);
  on[told.kind]?.(told);
};
stream.onopen = () => document.body.classList.remove("is-offline");
stream.onerror = () => document.body.classList.add("is-offline");
fetch(`/client/${page.handle}/modal`)
  .then((response) => response.text())
  .then((html) => html && showModal(html));
