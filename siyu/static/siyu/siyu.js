/* What the browser does by itself on every page: busy buttons, focus on what was refused, drawers, menus that close. */
(function () {
  "use strict";

  document.addEventListener("submit", function (event) {
    const button = event.submitter;
    if (event.defaultPrevented || !button || event.target.method === "dialog") return;
    if ("file" in button.dataset) return; // a file comes and the page stays
    button.setAttribute("aria-busy", "true");
    event.target.addEventListener("submit", function (again) { again.preventDefault(); });
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) window.location.reload(); // a page from the back cache has its buttons busy
  });

  function focusOnRefusal(root) {
    const summary = root.querySelector("[data-refusal]");
    if (summary) summary.focus();
  }
  focusOnRefusal(document);
  document.addEventListener("htmx:afterSwap", function (event) { focusOnRefusal(event.target); });

  document.addEventListener("htmx:afterSwap", function (event) {
    const drawer = event.target.closest("dialog");
    if (drawer && !drawer.open) {
      drawer.showModal();
      window.history.pushState({ drawer: true }, ""); // Back closes it, as on a phone one expects
    }
    if (drawer) drawer.scrollTop = 0;
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-close]") || event.target.matches("dialog")) {
      const drawer = event.target.closest("dialog");
      if (drawer) drawer.close();
    }
    document.querySelectorAll("details.sy-menu[open], details.sy-more[open], details.sy-switcher[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
    if (event.target.closest("[data-print]")) window.print();
  });
  window.addEventListener("popstate", function () {
    const drawer = document.querySelector("dialog.sy-drawer[open]");
    if (drawer) drawer.close();
  });
  document.addEventListener("close", function (event) {
    const isPast = window.history.state && window.history.state.drawer;
    if (event.target.matches("dialog.sy-drawer") && isPast) window.history.back();
  }, true);

  // What is folded: all of it at once, where an address leads into it, and on paper.
  function unfold(folds) {
    folds.forEach(function (fold) { fold.open = true; });
  }
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-unfold]")) return;
    const folds = Array.from(document.querySelectorAll("[data-fold]"));
    const isOpen = folds.every(function (fold) { return fold.open; });
    folds.forEach(function (fold) { fold.open = !isOpen; });
  });
  function unfoldTarget() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) if (part.matches("details")) part.open = true;
    if (target) target.scrollIntoView();
  }
  window.addEventListener("hashchange", unfoldTarget);
  if (matchMedia("(max-width: 900px)").matches) {
    document.querySelectorAll('[data-fold="small"]').forEach(function (fold) { fold.open = false; });
  }
  if (location.hash) unfoldTarget();
  let folded = [];
  window.addEventListener("beforeprint", function () {
    folded = Array.from(document.querySelectorAll("[data-fold]:not([open])"));
    unfold(folded);
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (fold) { fold.open = false; });
  });

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    const menu = event.target.closest && event.target.closest("details.sy-menu[open], details.sy-more[open], details.sy-switcher[open]");
    if (!menu) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
})();
