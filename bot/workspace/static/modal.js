// The modal on top of the person's stack. The server says which; choices survive its updates.
import { swap, valuesOf } from "/static/forms.js";
import { parsed, write } from "/static/net.js";

const dialog = document.getElementById("modal");

export function show(html) {
  const fresh = parsed(html).firstElementChild;
  const before = dialog.querySelector(".modal");
  if (!fresh) {
    dialog.replaceChildren();
    if (dialog.open) dialog.close();
    return;
  }
  if (before && before.dataset.view === fresh.dataset.view) swap(before, fresh);
  else dialog.replaceChildren(fresh);
  const other = !before || before.dataset.view !== fresh.dataset.view;
  if (!dialog.open) dialog.showModal();
  // showModal focuses the first thing, which is the cross: an Enter typed too late would close the modal.
  if (other || !dialog.contains(document.activeElement)) {
    const first = fresh.querySelector("[data-focus], .bk-input, .bk-select, .modal-foot .is-primary, .modal-foot button");
    first?.focus();
  }
}

function wrong(errors) {
  let first = null;
  for (const block of dialog.querySelectorAll("[data-input]")) {
    const text = errors[block.dataset.input] || "";
    const box = block.querySelector(".bk-error");
    box.textContent = text;
    box.hidden = !text;
    block.classList.toggle("is-wrong", Boolean(text));
    if (text) first ??= block;
  }
  first?.querySelector(".bk-input, .bk-select, input")?.focus();
  first?.scrollIntoView({ block: "nearest" });
}

async function submit(button) {
  const modal = button.closest(".modal");
  button.disabled = true;
  button.classList.add("is-busy");
  const result = await write("submit", { container: button.dataset.submit, values: valuesOf(modal) });
  if (!modal.isConnected) return;
  button.disabled = false;
  button.classList.remove("is-busy");
  wrong(result.errors || {});
  const trouble = modal.querySelector(".modal-trouble");
  trouble.textContent = result.text || "";
  trouble.hidden = !result.text;
}

dialog.addEventListener("click", (event) => {
  const send = event.target.closest("[data-submit]");
  const close = event.target.closest("[data-close]");
  if (send) submit(send);
  else if (close) write("close", { container: close.dataset.close });
});

dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.target.closest("[data-dispatch], .bk-combo")) return;
  event.preventDefault();
  const send = dialog.querySelector("[data-submit]");
  if (send) submit(send);
});

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  const close = dialog.querySelector("[data-close]");
  if (close) write("close", { container: close.dataset.close });
});
