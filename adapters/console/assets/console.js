// What makes pages quicker to use. Every page works without it.
"use strict";

// A part with data-refresh="seconds" is asked for again while the page is looked at.
// Parts keep their place; nothing is replaced while a person selects or types in it.
function refresh(part) {
  const seconds = Number(part.dataset.refresh);
  let failures = 0;
  async function again() {
    const busy = part.contains(document.activeElement) || !document.getSelection().isCollapsed;
    if (document.visibilityState === "visible" && !busy) {
      try {
        const answer = await fetch(location.href, { headers: { "X-Refresh": "1" }, redirect: "error" });
        if (!answer.ok) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(part.id);
        if (fresh) part.replaceChildren(...fresh.childNodes);
        if (fresh && !fresh.dataset.refresh) return; // nothing of it changes any more
        part.removeAttribute("data-stale");
        failures = 0;
      } catch {
        failures += 1;
        part.setAttribute("data-stale", "");
      }
    }
    setTimeout(again, seconds * 1000 * Math.min(2 ** failures, 16));
  }
  setTimeout(again, seconds * 1000);
}

// A form with data-once sends itself once: a second press changes nothing.
function once(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}

// A form with data-preview is sent after each change; parts with data-live show the answer, and its fields stay.
function preview(form) {
  let timer;
  let request;
  async function show() {
    request?.abort();
    request = new AbortController();
    const stale = form.querySelector("#preview");
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, redirect: "error", signal: request.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live][id]")) {
        const fresh = page.getElementById(part.id);
        if (fresh) part.replaceChildren(...fresh.childNodes);
      }
      stale.removeAttribute("data-stale");
    } catch (error) {
      if (error.name !== "AbortError") stale.setAttribute("data-stale", "");
    }
  }
  form.addEventListener("change", (event) => {
    if (event.target.name === "reason") return;
    clearTimeout(timer);
    timer = setTimeout(show, 200);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    request?.abort();
  });
}

document.querySelectorAll("[data-refresh][id]").forEach(refresh);
document.querySelectorAll("form[data-preview]").forEach(preview);
document.querySelectorAll("form[data-once]").forEach(once);
addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach((form) => delete form.dataset.sent));
