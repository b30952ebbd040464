/* Blocks of a report moved in the page: by the arrow buttons, by Alt and an arrow key, or by dragging. Without this
   file each press of a button asks the server. What is kept is the order in which the form's lines stand. */
(function () {
  "use strict";

  const form = document.querySelector("[data-arrange]");
  if (!form) return;
  const list = form.querySelector("ol");

  function settle() {
    const lines = Array.from(list.children);
    lines.forEach(function (line, place) {
      const up = line.querySelector('[data-move="up"]');
      const down = line.querySelector('[data-move="down"]');
      if (up) up.disabled = place < 2;
      if (down) down.disabled = place === lines.length - 1;
    });
  }

  function move(line, way) {
    const other = way === "up" ? line.previousElementSibling : line.nextElementSibling;
    if (!other || !line.querySelector("[data-move]") || !other.querySelector("[data-move]")) return;
    if (way === "up") list.insertBefore(line, other);
    else list.insertBefore(other, line);
    settle();
    const wanted = line.querySelector('[data-move="' + way + '"]');
    const any = line.querySelector("[data-move]:not(:disabled)");
    (wanted && !wanted.disabled ? wanted : any).focus();
  }

  list.addEventListener("click", function (event) {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    event.preventDefault();
    move(button.closest("li"), button.dataset.move);
  });
  list.addEventListener("keydown", function (event) {
    const way = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!event.altKey || !way) return;
    event.preventDefault();
    move(event.target.closest("li"), way);
  });
  list.addEventListener("change", function (event) {
    if (event.target.type === "checkbox") event.target.closest("li").classList.toggle("sy-off", !event.target.checked);
  });

  let dragged = null;
  Array.from(list.children).forEach(function (line) {
    if (!line.querySelector("[data-move]")) return;
    const handle = line.querySelector(".sy-arrange-row");
    handle.draggable = true;
    handle.addEventListener("dragstart", function (event) {
      dragged = line;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", line.id);
    });
    handle.addEventListener("dragend", function () { dragged = null; });
    line.addEventListener("dragover", function (event) {
      if (!dragged || dragged === line) return;
      event.preventDefault();
      const box = line.getBoundingClientRect();
      list.insertBefore(dragged, event.clientY < box.top + box.height / 2 ? line : line.nextElementSibling);
      settle();
    });
  });
})();
