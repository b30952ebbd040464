/* A form that was sent after the session had ended: what was written in it is kept in this tab and stands there again
   once the same person has signed in. Whatever was received, or refused with the text still there, is forgotten. */
(function () {
  "use strict";

  const KEPT = "siyu.unsent";
  const ASKED_AGAIN = "siyu.unsent.lost";
  const reader = document.body.dataset.reader;
  const tellUnsent = document.querySelector("[data-unsent]"); // on the pages that stand where the answer was expected

  function nameOf(form) {
    const key = form.querySelector('input[name="form"]');
    return new URL(form.action, location.href).pathname + "#" + (key ? key.value : "");
  }
  function written(form) { // and what the server gave with it: versions that she saw, numbers of rows
    const left = ["password", "file", "checkbox", "radio", "submit"];
    return Array.from(form.querySelectorAll("textarea[name], select[name], input[name]")).filter(function (field) {
      return !left.includes(field.type) && field.name !== "csrfmiddlewaretoken";
    });
  }
  function forget() {
    sessionStorage.removeItem(KEPT);
    sessionStorage.removeItem(ASKED_AGAIN);
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!reader || event.defaultPrevented || form.method !== "post") return;
    if (!form.matches("[data-grid-form]") && !form.querySelector("textarea")) return;
    const fields = written(form).map(function (field) { return [field.name, field.value]; });
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ reader: reader, name: nameOf(form), fields: fields }));
    } catch (tooMuch) { // for a tab to keep
      forget();
    }
  });

  if (tellUnsent) {
    if (!sessionStorage.getItem(KEPT)) return;
    sessionStorage.setItem(ASKED_AGAIN, "1");
    tellUnsent.hidden = false;
    return;
  }
  if (!reader) return; // on the way through the sign-in
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  const isLost = sessionStorage.getItem(ASKED_AGAIN) && kept && kept.reader === reader;
  const form = isLost && Array.from(document.forms).find(function (one) { return nameOf(one) === kept.name; });
  if (form) {
    const values = new Map(kept.fields);
    written(form).forEach(function (field) {
      if (values.has(field.name)) field.value = values.get(field.name);
    });
    for (let part = form; part; part = part.parentElement) if (part.matches("details")) part.open = true;
    const told = document.querySelector("[data-restored]");
    told.hidden = false;
    form.before(told);
    told.scrollIntoView({ block: "center" });
  }
  if (form || !isLost) forget();
})();
