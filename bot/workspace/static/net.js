// Talks to the server: writes carry the header that only this page can set; sentences for the person float up.
export const page = document.body.dataset;

export async function write(verb, wish) {
  try {
    const response = await fetch(`/client/${page.handle}/do/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Workspace": "1" },
      body: JSON.stringify(wish),
    });
    const result = await response.json();
    return response.ok ? result : { ok: false, text: result.error || "That did not work.", errors: {}, error: "refused" };
  } catch {
    return { ok: false, text: "The workspace does not answer. Is it still running?", errors: {}, error: "offline" };
  }
}

export function notice(text) {
  const box = document.createElement("div");
  box.className = "notice";
  box.append(document.createElement("span"), document.createElement("button"));
  box.firstChild.textContent = text;
  box.lastChild.textContent = "×";
  box.lastChild.setAttribute("aria-label", "Dismiss");
  box.lastChild.addEventListener("click", () => box.remove());
  document.getElementById("notices").append(box);
  setTimeout(() => box.remove(), 15000);
}

// Markup comes from this server alone, which escapes what people and apps wrote; the policy forbids inline scripts.
export function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}
