/* Comments on figures: from a row to the form that takes one, its figure chosen, and back to the row. Without this file
   the mark leads to the form, where the figure is chosen from the list. */
(function () {
  "use strict";

  let from = null; // the mark that led to the form

  function formOf(mark) {
    const offer = document.querySelector(mark.getAttribute("href"));
    return offer && offer.querySelector("form") ? offer : null;
  }
  document.addEventListener("click", function (event) {
    const mark = event.target.closest("[data-pin]");
    const offer = mark && formOf(mark);
    if (!offer) return;
    event.preventDefault();
    from = mark;
    offer.open = true;
    offer.querySelector("select").value = mark.dataset.pin;
    const words = offer.querySelector("textarea");
    words.focus({ preventScroll: true });
    words.closest("form").scrollIntoView({ block: "center" });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || !from || !event.target.closest("form")) return;
    goBack(from);
    from = null;
  });
  function goBack(mark) {
    mark.focus({ preventScroll: true });
    mark.closest("tr").scrollIntoView({ block: "center" });
  }

  // What was sent about a row leads back to it, and says there that it was sent.
  const row = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const mark = row && row.querySelector("[data-pin]");
  const done = document.querySelector(".sy-done");
  if (!mark || !done) return;
  const line = document.createElement("tr");
  const cell = line.insertCell();
  cell.colSpan = row.cells.length;
  cell.className = "sy-pin-done";
  cell.append(done);
  row.after(line);
  window.addEventListener("load", function () { // going to the address's row takes the focus away once more
    window.setTimeout(function () { goBack(mark); });
  });
})();
