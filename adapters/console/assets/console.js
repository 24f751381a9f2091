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

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

// The marks of a wrong field follow its messages: they are copied from an answer, field by field.
function mark(field, fresh) {
  const [box, other] = [field.closest(".field"), fresh.closest(".field")];
  if (fresh.hasAttribute("aria-invalid")) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  if (box && other) box.classList.toggle("wrong", other.classList.contains("wrong"));
}

// A form with data-preview is sent after each change; parts with data-live show the answer, and its fields stay.
// What a person typed is never lost silently: leaving asks first, and nothing is sent after the session's end.
// data-alive is a page that every signed-in person may see: it has the form token of the present session.
function preview(form) {
  let timer;
  let request;
  let leaving = false;
  const rows = form.querySelector("#preview");

  function texts() {
    const data = new FormData(form);
    for (const name of ["csrf", "rows"]) data.delete(name);
    return new URLSearchParams(data).toString();
  }
  const first = "unsaved" in form.dataset ? null : texts();

  function tell(state, detail = "") {
    rows.toggleAttribute("data-stale", state !== "");
    for (const each of form.querySelectorAll("[data-state]")) {
      each.hidden = each.dataset.state !== state;
      for (const place of each.querySelectorAll("[data-detail]")) place.textContent = detail;
    }
  }

  // Returns the reason for which nothing can be sent now, or "".
  async function hindrance() {
    try {
      const answer = await fetch(form.dataset.alive, { redirect: "manual" });
      if (answer.type === "opaqueredirect") return "over";
      if (!answer.ok) return "offline";
      const page = parsed(await answer.text());
      const [now, before] = [page, document].map((each) => each.querySelector("[data-person]")?.dataset.person);
      if (now !== before) return "another";
      form.elements.csrf.value = page.querySelector("header [name=csrf]").value;
      return "";
    } catch {
      return "offline";
    }
  }

  function renew(page) {
    for (const part of document.querySelectorAll("[data-live][id]")) {
      const fresh = page.getElementById(part.id);
      if (fresh) part.replaceChildren(...fresh.childNodes);
    }
    for (const field of form.querySelectorAll("[id]:is(input, select, textarea)")) {
      const fresh = page.getElementById(field.id);
      if (fresh) mark(field, fresh);
    }
  }

  async function show(again) {
    request?.abort();
    request = new AbortController();
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", signal: request.signal });
      if (answer.ok) {
        renew(parsed(await answer.text()));
        return tell("");
      }
      if (answer.type !== "opaqueredirect" && answer.status !== 403) {
        const said = parsed(await answer.text()).querySelector("main .notice, main p");
        return tell("other", said ? said.textContent.trim() : String(answer.status));
      }
      const state = await hindrance();
      if (!state && again) return show(false);
      tell(state || "other", String(answer.status));
    } catch (error) {
      if (error.name !== "AbortError") tell("offline");
    }
  }

  form.addEventListener("change", (event) => {
    if (event.target.name === "reason") return;
    clearTimeout(timer);
    timer = setTimeout(show, 200, true);
  });
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (leaving) return request?.abort();
    event.preventDefault();
    const state = await hindrance();
    if (state) return tell(state);
    leaving = true;
    form.requestSubmit(event.submitter);
  });
  addEventListener("beforeunload", (event) => {
    if (leaving || texts() === first) return;
    event.preventDefault();
    event.returnValue = "unsaved"; // browsers of before 2024
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && rows.hasAttribute("data-stale")) show(true);
  });
  addEventListener("pageshow", () => (leaving = false));
}

document.querySelectorAll("[data-refresh][id]").forEach(refresh);
document.querySelectorAll("form[data-preview]").forEach(preview);
document.querySelectorAll("form[data-once]").forEach(once);
addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach((form) => delete form.dataset.sent));
