// Block Kit elements: reads what is chosen, tells the app about clicks, asks before confirms, keeps choices over updates.
import { notice, parsed, write } from "/static/net.js";

const STATELESS = new Set(["button", "workflow_button", "overflow", "feedback_buttons", "icon_button"]);

export function valueOf(element) {
  const type = element.dataset.type;
  if (element.classList.contains("bk-combo")) {
    const chosen = JSON.parse(element.dataset.value || "[]");
    return type.startsWith("multi_") ? chosen : (chosen[0] ?? null);
  }
  if (element.classList.contains("bk-multi") || type === "checkboxes") {
    return [...element.querySelectorAll("input:checked")].map((box) => box.value);
  }
  if (type === "radio_buttons") return element.querySelector("input:checked")?.value ?? null;
  if (type === "datetimepicker") return element.value ? String(Math.floor(new Date(element.value) / 1000)) : null;
  if (type === "file_input") return null;
  return element.value || null;
}

function fields(scope) {
  return [...scope.querySelectorAll("[data-action][data-type]")].filter((e) => !STATELESS.has(e.dataset.type));
}

export function valuesOf(scope) {
  const values = {};
  for (const element of fields(scope)) (values[element.dataset.block] ??= {})[element.dataset.action] = valueOf(element);
  return values;
}

function summarise(multi) {
  const names = [...multi.querySelectorAll("input:checked")].map((box) => box.parentElement.textContent.trim());
  const summary = multi.querySelector("summary");
  summary.textContent = names.join(", ") || summary.dataset.placeholder;
}

// An updated message keeps what the person opened, typed and chose, as long as the same element is still there.
export function swap(old, fresh) {
  const open = new Map([...old.querySelectorAll("details[data-key]")].map((d) => [d.dataset.key, d.open]));
  const held = new Map(fields(old).map((e) => [`${e.dataset.block}\n${e.dataset.action}\n${e.dataset.type}`, e]));
  const scrolled = new Map([...old.querySelectorAll(".bk-table, pre")].map((e, i) => [i, [e.scrollLeft, e.scrollTop]]));
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const focus = focused && [focused.dataset.block, focused.dataset.action, focused.value];
  for (const details of fresh.querySelectorAll("details[data-key]")) {
    if (open.has(details.dataset.key)) details.open = open.get(details.dataset.key);
  }
  for (const element of fields(fresh)) {
    const before = held.get(`${element.dataset.block}\n${element.dataset.action}\n${element.dataset.type}`);
    if (before) restore(before, element);
  }
  old.replaceWith(fresh);
  [...fresh.querySelectorAll(".bk-table, pre")].forEach((e, i) => {
    if (scrolled.has(i)) [e.scrollLeft, e.scrollTop] = scrolled.get(i);
  });
  if (focus && focus[1]) {
    const found = [...fresh.querySelectorAll("[data-action]")].filter(
      (e) => e.dataset.block === focus[0] && e.dataset.action === focus[1],
    );
    (found.find((e) => e.value === focus[2]) || found[0])?.focus({ preventScroll: true });
  }
}

function restore(before, element) {
  if (element.classList.contains("bk-combo")) {
    element.replaceChildren(...before.childNodes);
    element.dataset.value = before.dataset.value;
  } else if (element.matches(".bk-multi, .bk-boxes")) {
    const ticked = new Set([...before.querySelectorAll("input:checked")].map((box) => box.value));
    for (const box of element.querySelectorAll("input")) box.checked = ticked.has(box.value);
    if (element.matches(".bk-multi")) summarise(element);
  } else if (element.tagName === "SELECT") {
    if ([...element.options].some((option) => option.value === before.value)) element.value = before.value;
  } else if (element.type !== "file") {
    element.value = before.value;
  }
}

export function ask(confirm) {
  const dialog = document.getElementById("confirm");
  const body = parsed(
    '<div class="modal"><header class="modal-head"><h2></h2></header><div class="modal-body"></div>' +
      '<footer class="modal-foot"><button type="button" class="bk-button is-plain"></button>' +
      '<button type="button" class="bk-button"></button></footer></div>',
  );
  body.querySelector("h2").textContent = confirm.title;
  body.querySelector(".modal-body").textContent = confirm.text;
  const [deny, go] = body.querySelectorAll("button");
  deny.textContent = confirm.deny || "Cancel";
  go.textContent = confirm.confirm || "Confirm";
  go.classList.add(confirm.style === "danger" ? "is-danger" : "is-primary");
  dialog.replaceChildren(body);
  return new Promise((resolve) => {
    const done = (answer) => {
      dialog.onclose = null;
      dialog.close();
      resolve(answer);
    };
    deny.onclick = () => done(false);
    go.onclick = () => done(true);
    dialog.onclose = () => resolve(false);
    dialog.showModal();
    go.focus();
  });
}

function containerOf(element) {
  const view = element.closest("[data-view]");
  if (view) return { scope: view, container: view.dataset.view, channel: "" };
  const message = element.closest(".message");
  return message && { scope: message, container: message.dataset.ts, channel: message.dataset.channel };
}

async function act(element, value) {
  const holder = containerOf(element);
  if (!holder) return;
  if (element.dataset.confirm && !(await ask(JSON.parse(element.dataset.confirm)))) return;
  element.classList.add("is-busy");
  const result = await write("act", {
    channel: holder.channel,
    container: holder.container,
    block: element.dataset.block,
    action: element.dataset.action,
    value,
    values: valuesOf(holder.scope),
  });
  element.classList.remove("is-busy");
  if (!result.ok) {
    element.classList.add("is-failed");
    element.title = result.text;
    notice(result.text);
  }
}

function chosen(element) {
  const input = element.closest("[data-input]");
  if (input && !input.dataset.dispatch) return;
  act(element, valueOf(element));
}

document.addEventListener("click", (event) => {
  const element = event.target.closest("[data-action]");
  if (!element || !STATELESS.has(element.dataset.type)) return;
  element.closest("details.bk-overflow")?.removeAttribute("open");
  act(element, element.dataset.value ?? element.value ?? null);
});

document.addEventListener("change", (event) => {
  const element = event.target.closest("[data-action][data-type]");
  if (!element || STATELESS.has(element.dataset.type) || element.matches(".bk-combo")) return;
  if (element.matches(".bk-multi")) {
    const most = Number(element.dataset.most) || 100;
    if (element.querySelectorAll("input:checked").length > most) event.target.checked = false;
    summarise(element);
  }
  if (!/text_input|number_input/.test(element.dataset.type)) chosen(element);
});

document.addEventListener("keydown", (event) => {
  const element = event.target.closest?.("[data-action][data-type]");
  if (event.key !== "Enter" || !element || !/text_input|number_input/.test(element.dataset.type)) return;
  if (element.closest("[data-dispatch]") && element.tagName !== "TEXTAREA") chosen(element);
});

// External selects: a list below the box, filled by the app.
let typing = 0;

async function suggest(combo, query) {
  const holder = containerOf(combo);
  const turn = ++typing;
  await new Promise((resolve) => setTimeout(resolve, 150));
  if (turn !== typing || !holder) return;
  const result = await write("suggest", {
    channel: holder.channel,
    container: holder.container,
    block: combo.dataset.block,
    action: combo.dataset.action,
    query,
  });
  if (turn !== typing) return;
  const menu = combo.querySelector(".bk-menu");
  menu.replaceChildren();
  let group = "";
  for (const option of result.options || []) {
    if (option.group !== group) {
      group = option.group;
      const head = document.createElement("div");
      head.className = "bk-group";
      head.textContent = group;
      menu.append(head);
    }
    const row = document.createElement("button");
    row.type = "button";
    row.className = "bk-option";
    row.setAttribute("role", "option");
    row.dataset.pick = option.value;
    row.textContent = option.text;
    menu.append(row);
  }
  if (!menu.children.length) menu.textContent = result.text || "No matches";
  show(combo, true);
}

function show(combo, open) {
  combo.querySelector(".bk-menu").hidden = !open;
  combo.querySelector("input").setAttribute("aria-expanded", String(open));
}

document.addEventListener("input", (event) => {
  const combo = event.target.closest(".bk-combo");
  if (combo && event.target.value.length >= Number(combo.dataset.least)) suggest(combo, event.target.value);
});

document.addEventListener("focusin", (event) => {
  const combo = event.target.closest(".bk-combo");
  if (combo && event.target.matches("input") && Number(combo.dataset.least) === 0) suggest(combo, "");
  for (const other of document.querySelectorAll(".bk-combo")) if (other !== combo) show(other, false);
});

document.addEventListener("keydown", (event) => {
  const combo = event.target.closest?.(".bk-combo");
  if (!combo) return;
  const rows = [...combo.querySelectorAll("[data-pick]")];
  const at = rows.indexOf(document.activeElement);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    rows[(at + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length]?.focus();
    event.preventDefault();
  } else if (event.key === "Escape" && !combo.querySelector(".bk-menu").hidden) {
    show(combo, false);
    event.preventDefault();
    event.stopPropagation();
  }
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-pick]");
  const chip = event.target.closest(".bk-combo .bk-chip");
  const combo = event.target.closest(".bk-combo");
  if (!combo || (!row && !chip)) return;
  const many = combo.dataset.type.startsWith("multi_");
  let values = JSON.parse(combo.dataset.value || "[]");
  const box = combo.querySelector("input");
  if (chip) {
    values = values.filter((value) => value !== chip.dataset.value);
    chip.remove();
  } else if (!many) {
    values = [row.dataset.pick];
    box.value = row.textContent;
  } else if (!values.includes(row.dataset.pick)) {
    values.push(row.dataset.pick);
    const fresh = document.createElement("span");
    fresh.className = "bk-chip";
    fresh.dataset.value = row.dataset.pick;
    fresh.textContent = row.textContent;
    box.before(fresh);
    box.value = "";
  }
  combo.dataset.value = JSON.stringify(values);
  show(combo, false);
  chosen(combo);
});
