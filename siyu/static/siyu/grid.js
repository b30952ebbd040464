/* Grids: tables of fields that are worked like a spreadsheet, after WAI-ARIA's grid pattern. Without scripts they are
   tables of fields. Cells say what they hold in data-kind; words come from the page's JSON `<key>-words`. A changed grid
   sends `grid:change` from its table. What can't be read stays in its cell, marked, with words. */
(function () {
  "use strict";

  const UNITS = { "千": 3, "万": 4, "亿": 8 };
  const NUMBERS = ["count", "rate", "decimal", "money"];

  function plain(text) { return text.normalize("NFKC").trim(); }

  /* 0.05 of (5, -2), by moving the point: no floats. */
  function scaled(digits, power) {
    const parts = digits.split(".");
    let whole = parts[0];
    let places = parts[1] || "";
    for (; power > 0; power--) { whole += places[0] || "0"; places = places.slice(1); }
    for (; power < 0; power++) { places = (whole.slice(-1) || "0") + places; whole = whole.slice(0, -1); }
    whole = whole.replace(/^0+(?=\d)/, "") || "0";
    return places.replace(/0+$/, "") ? whole + "." + places.replace(/0+$/, "") : whole;
  }

  function readNumber(text) {
    const found = /^[¥￥]?\s*(\d{1,3}(?:,\d{3})+|\d*)(\.\d+)?\s*([万亿千])?\s*(%)?$/.exec(plain(text));
    if (!found || !(found[1] || found[2])) return null;
    const digits = (found[1].replace(/,/g, "") || "0") + (found[2] || "");
    const power = (UNITS[found[3]] || 0) - (found[4] ? 2 : 0);
    return power ? scaled(digits, power) : digits;
  }

  function two(number) { return ("0" + number).slice(-2); }

  function readMonth(text) {
    const found = /^(\d{4})[-\/.年](\d{1,2})(?:月|[-\/.月]0?1日?)?$/.exec(plain(text));
    return found && +found[2] >= 1 && +found[2] <= 12 ? found[1] + "-" + two(found[2]) : null;
  }

  function readDay(text) {
    const found = /^(\d{4})[-\/.年](\d{1,2})[-\/.月](\d{1,2})日?$/.exec(plain(text));
    if (!found) return null;
    const day = new Date(Date.UTC(+found[1], found[2] - 1, +found[3]));
    const isReal = day.getUTCMonth() === found[2] - 1 && day.getUTCDate() === +found[3];
    return isReal ? found[1] + "-" + two(found[2]) + "-" + two(found[3]) : null;
  }

  /* {value, isWrong} of what was typed into a cell of the kind. Nothing says nothing. */
  function read(kind, text, field) {
    const typed = text.trim();
    if (!typed) return { value: "", isWrong: false };
    if (kind === "month" || kind === "date") {
      const value = kind === "month" ? readMonth(typed) : readDay(typed);
      return { value: value || typed, isWrong: !value };
    }
    if (kind === "choice") {
      const wanted = plain(typed);
      const option = Array.from(field.options).find(function (one) { return one.value === wanted || plain(one.text) === wanted; });
      return { value: option ? option.value : typed, isWrong: !option };
    }
    if (NUMBERS.indexOf(kind) < 0) return { value: typed, isWrong: false };
    const value = readNumber(typed);
    const places = value === null ? "" : value.split(".")[1] || "";
    const isWhole = !/[1-9]/.test(places);
    if (value === null || (kind === "count" && !isWhole) || (kind === "rate" && +value > 1) || (kind === "money" && places.length > 2)) {
      return { value: typed, isWrong: true };
    }
    return { value: kind === "count" ? value.split(".")[0].replace(/^0+(?=\d)/, "") : value, isWrong: false };
  }

  function grouped(value) {
    const parts = value.split(".");
    const places = (parts[1] || "").replace(/0+$/, "");
    return parts[0].replace(/\B(?=(\d{3})+$)/g, ",") + (places ? "." + places : "");
  }

  function shown(kind, value, field) {
    if (kind === "choice") return field.selectedIndex >= 0 ? field.options[field.selectedIndex].text : value;
    if (kind === "check") return field.checked ? "✓" : "—";
    if (!value) return "—";
    if (NUMBERS.indexOf(kind) < 0 || !/^\d+(\.\d+)?$/.test(value)) return value;
    if (kind === "rate") return grouped(scaled(value, 2)) + "%";
    const text = grouped(value);
    return kind === "money" ? text.replace(/\.\d$/, "$&0") : text;
  }

  function Grid(table) {
    const form = table.closest("form");
    const words = JSON.parse(document.getElementById(table.dataset.grid + "-words").textContent);
    const said = form.querySelector("[data-said]");
    const past = []; // of each action, the cells it changed and what they held
    let cells = []; // rows of td
    let here = null; // the cell that the keyboard is on
    let from = null; // the other corner of what is selected
    let before = null; // while editing: what the cell held

    function fieldOf(cell) { return cell.querySelector("input, select"); }
    function valueOf(cell) {
      const field = fieldOf(cell);
      return field.type === "checkbox" ? (field.checked ? "on" : "") : cell.dataset.raw || field.value;
    }

    function say(text, numbers) {
      said.textContent = text.replace("{n}", numbers === undefined ? "" : numbers);
    }

    function mark(cell, message) {
      const field = fieldOf(cell);
      let flaw = cell.querySelector(".sy-flaw");
      cell.classList.toggle("is-wrong", !!message);
      if (!message) {
        if (flaw) flaw.remove();
        field.removeAttribute("aria-invalid");
        cell.removeAttribute("aria-invalid");
        cell.removeAttribute("aria-describedby");
        return;
      }
      if (!flaw) {
        flaw = document.createElement("span");
        flaw.className = "sy-flaw";
        field.closest("label").after(flaw);
      }
      flaw.id = table.dataset.grid + "-flaw-" + field.name;
      flaw.textContent = message;
      field.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", flaw.id);
    }

    function show(cell) {
      cell.querySelector(".sy-cell-shown").textContent = cell.dataset.raw || shown(cell.dataset.kind, fieldOf(cell).value, fieldOf(cell));
    }

    /* Puts text into a cell as if typed. Returns whether it could be read. */
    function put(cell, text) {
      const field = fieldOf(cell);
      const kind = cell.dataset.kind;
      delete cell.dataset.raw;
      if (kind === "check") {
        field.checked = !!text && text !== "—" && text !== "0";
        show(cell);
        return true;
      }
      const found = read(kind, text, field);
      field.value = found.value;
      if (kind === "choice" && found.isWrong) {
        field.selectedIndex = -1;
        cell.dataset.raw = found.value;
      }
      mark(cell, found.isWrong ? (kind === "choice" ? words.choice + found.value : words[kind]) : "");
      show(cell);
      return !found.isWrong;
    }

    function changed(list) {
      if (list.length) past.push(list);
      form.dataset.dirty = "1";
      table.dispatchEvent(new CustomEvent("grid:change", { bubbles: true }));
    }

    /* Many at once: [[cell, text]]. Returns how many could not be read. */
    function putAll(pairs) {
      const list = pairs.map(function (pair) { return [pair[0], valueOf(pair[0])]; });
      const unread = pairs.filter(function (pair) { return !put(pair[0], pair[1]); }).length;
      changed(list);
      return unread;
    }

    function placeOf(cell) {
      for (let row = 0; row < cells.length; row++) {
        const column = cells[row].indexOf(cell);
        if (column >= 0) return [row, column];
      }
      return null;
    }

    function isSeen(row) { return row.length && !row[0].parentNode.hidden; }

    function bounds() {
      const a = placeOf(here);
      const b = placeOf(from || here) || a;
      return [Math.min(a[0], b[0]), Math.max(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[1], b[1])];
    }

    function selected() {
      const [top, bottom, left, right] = bounds();
      return cells.slice(top, bottom + 1).filter(isSeen).map(function (row) { return row.slice(left, right + 1); });
    }

    function select() {
      const chosen = new Set([].concat.apply([], selected()));
      cells.forEach(function (row) {
        row.forEach(function (cell) {
          cell.setAttribute("aria-selected", String(chosen.has(cell)));
          cell.tabIndex = cell === here ? 0 : -1;
        });
      });
    }

    function go(cell, extends_) {
      if (!cell) return;
      from = extends_ ? from || here : null;
      here = cell;
      select();
      cell.focus({ preventScroll: true });
      cell.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" }); // arrows outrun a smooth one
    }

    function step(rows, columns) {
      const [row, column] = placeOf(here);
      let next = row;
      for (let left = Math.abs(rows); left > 0;) {
        next += Math.sign(rows);
        if (!cells[next]) return cells[row][column];
        if (isSeen(cells[next])) left--;
      }
      return cells[next][Math.max(0, Math.min(cells[next].length - 1, column + columns))];
    }

    function edit(cell, text) {
      const field = fieldOf(cell);
      if (cell.dataset.kind === "check") {
        const was = valueOf(cell);
        put(cell, was ? "" : "on");
        changed([[cell, was]]);
        return;
      }
      before = valueOf(cell);
      cell.classList.add("is-edited");
      field.tabIndex = 0;
      if (text !== undefined && field.tagName === "INPUT") field.value = text;
      field.focus();
      if (field.select && text === undefined) field.select();
    }

    function leave(cell, keeps) {
      if (before === null) return;
      const was = before;
      const field = fieldOf(cell);
      before = null;
      cell.classList.remove("is-edited");
      field.tabIndex = -1;
      const text = field.tagName === "SELECT" && field.selectedIndex < 0 ? was : field.value;
      put(cell, keeps ? text : was);
      if (keeps && valueOf(cell) !== was) changed([[cell, was]]);
    }

    function undo() {
      const list = past.pop();
      if (!list) return say(words.nothing);
      list.forEach(function (pair) { if (pair[0].isConnected) put(pair[0], pair[1]); });
      say(words.undone, list.length);
      form.dataset.dirty = "1";
      table.dispatchEvent(new CustomEvent("grid:change", { bubbles: true }));
    }

    function fill() {
      if (!here) return;
      let [top, bottom, left, right] = bounds();
      if (left === right) right = cells[top].length - 1;
      const pairs = [];
      cells.slice(top, bottom + 1).filter(isSeen).forEach(function (row) {
        const value = valueOf(row[left]);
        row.slice(left + 1, right + 1).forEach(function (cell) { pairs.push([cell, value]); });
      });
      if (pairs.length) putAll(pairs);
      say(words.filled, pairs.length);
    }

    function paste(text) {
      const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map(function (line) { return line.split("\t"); });
      const [top, , left] = bounds();
      makeRoom(top + lines.length);
      const rows = cells.slice(top).filter(isSeen);
      const pairs = [];
      let outside = 0;
      lines.forEach(function (line, down) {
        line.forEach(function (value, across) {
          const cell = rows[down] && rows[down][left + across];
          if (cell) pairs.push([cell, value]);
          else if (value.trim()) outside++;
        });
      });
      if (lines.length === 1 && lines[0].length === 1) { // one value fills what is selected
        pairs.length = 0;
        selected().forEach(function (row) { row.forEach(function (cell) { pairs.push([cell, lines[0][0]]); }); });
      }
      const unread = putAll(pairs);
      let told = words.pasted.replace("{n}", pairs.length);
      if (unread) told += words.unread.replace("{n}", unread);
      if (outside) told += words.outside.replace("{n}", outside);
      say(told);
    }

    /* Rows for what comes: copies of the last one, empty. */
    function makeRoom(rows) {
      if (table.dataset.grows === undefined) return;
      const body = table.tBodies[0];
      while (cells.length < rows) {
        const place = body.rows.length;
        const copy = body.rows[place - 1].cloneNode(true);
        copy.cells[0].firstChild.textContent = String(place + 1);
        copy.querySelectorAll("input, select").forEach(function (field) {
          field.name = field.name.replace(/^\/\d+\//, "/" + place + "/");
          if (field.type === "checkbox") field.checked = false;
          else field.value = "";
        });
        body.appendChild(copy);
        gather();
        cells[cells.length - 1].forEach(function (cell) {
          cell.classList.remove("is-edited");
          put(cell, "");
        });
      }
    }

    function gather() {
      cells = Array.from(table.tBodies[0].rows).map(function (row) {
        return Array.from(row.cells).filter(function (cell) { return cell.dataset.kind; });
      }).filter(function (row) { return row.length; });
      cells.forEach(function (row) {
        row.forEach(function (cell) {
          const field = fieldOf(cell);
          cell.setAttribute("role", "gridcell");
          field.tabIndex = -1;
          if (!cell.querySelector(".sy-cell-shown")) {
            const text = document.createElement("span");
            text.className = "sy-cell-shown";
            cell.querySelector("label").prepend(text);
            show(cell);
          }
        });
      });
      if (!here || !here.isConnected) here = cells.length ? cells[0][0] : null;
      if (from && !from.isConnected) from = null;
      if (here) select();
    }

    function hasPrintable(event) { return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey; }

    function onEditKey(event, cell) {
      const isSelect = fieldOf(cell).tagName === "SELECT";
      if (event.key === "Escape") { leave(cell, false); go(cell); }
      else if (event.key === "Enter" && !event.isComposing) { leave(cell, true); go(step(isSelect ? 0 : event.shiftKey ? -1 : 1, 0)); }
      else if (event.key === "Tab") {
        const next = step(0, event.shiftKey ? -1 : 1);
        leave(cell, true);
        if (next === cell) return;
        go(next);
      } else return;
      event.preventDefault();
      event.stopPropagation();
    }

    const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-8, 0], PageDown: [8, 0] };

    function onKey(event) {
      const cell = event.target.closest("td[data-kind]");
      if (!cell || event.isComposing) return;
      if (before !== null) return onEditKey(event, cell);
      if (event.key === "Process" || event.keyCode === 229) return edit(here); // an input method begins: let it write there
      const isCommand = event.ctrlKey || event.metaKey;
      const [row] = placeOf(here);
      if (MOVES[event.key]) go(step.apply(null, MOVES[event.key]), event.shiftKey);
      else if (event.key === "Home") go(isCommand ? cells[0][0] : cells[row][0], event.shiftKey);
      else if (event.key === "End") go(isCommand ? cells[cells.length - 1].slice(-1)[0] : cells[row].slice(-1)[0], event.shiftKey);
      else if (event.key === "Enter" || event.key === "F2") edit(here);
      else if (event.key === " " && here.dataset.kind === "check") edit(here);
      else if (event.key === "Delete" || event.key === "Backspace") putAll([].concat.apply([], selected()).map(function (one) { return [one, ""]; }));
      else if (isCommand && event.key.toLowerCase() === "z") undo();
      else if (isCommand && event.key.toLowerCase() === "r") fill();
      else if (hasPrintable(event) && fieldOf(here).tagName === "INPUT") edit(here, event.key);
      else return;
      event.preventDefault();
    }

    table.setAttribute("role", "grid");
    table.setAttribute("aria-multiselectable", "true");
    table.classList.add("is-live");
    const help = document.getElementById(table.dataset.grid + "-help");
    if (help) {
      help.hidden = false;
      table.setAttribute("aria-describedby", help.id);
    }
    const tools = form.querySelector(".sy-grid-tools");
    if (tools) tools.hidden = false;
    form.querySelectorAll("[data-server-only]").forEach(function (button) { button.hidden = true; });
    Array.from(table.querySelectorAll("tr")).forEach(function (row) { row.setAttribute("role", "row"); });
    table.querySelectorAll("thead th").forEach(function (head) { head.setAttribute("role", "columnheader"); });
    table.querySelectorAll("tbody th").forEach(function (head) { head.setAttribute("role", "rowheader"); });
    table.querySelectorAll("tbody td:not([data-kind])").forEach(function (cell) { cell.setAttribute("role", "gridcell"); });
    gather();

    table.addEventListener("keydown", onKey);
    table.addEventListener("beforeinput", function (event) { // nothing is written where nobody edits
      if (before === null) event.preventDefault();
    });
    table.addEventListener("mousedown", function (event) {
      const cell = event.target.closest("td[data-kind]");
      if (!cell || cell.classList.contains("is-edited")) return;
      event.preventDefault();
      go(cell, event.shiftKey);
    });
    table.addEventListener("dblclick", function (event) {
      const cell = event.target.closest("td[data-kind]");
      if (cell && before === null) edit(cell);
    });
    table.addEventListener("click", function (event) {
      const cell = event.target.closest("td[data-kind]");
      if (!cell) return;
      if (cell.dataset.kind === "check" && event.target.type === "checkbox") event.preventDefault();
      const isTouch = event.pointerType === "touch" || matchMedia("(pointer: coarse)").matches;
      if (before === null && (isTouch || cell.dataset.kind === "check")) edit(cell);
    });
    table.addEventListener("focusin", function (event) {
      const cell = event.target.closest("td[data-kind]");
      if (!cell || cell === here) return;
      here = cell;
      from = null;
      select();
    });
    table.addEventListener("focusout", function (event) {
      const cell = event.target.closest("td[data-kind]");
      if (cell && before !== null && event.target === fieldOf(cell)) leave(cell, true);
    });
    table.addEventListener("change", function (event) {
      if (event.target.tagName === "SELECT") show(event.target.closest("td"));
    });
    table.addEventListener("copy", function (event) {
      if (before !== null) return;
      const text = selected().map(function (row) { return row.map(valueOf).join("\t"); }).join("\n");
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
    });
    table.addEventListener("paste", function (event) {
      const text = event.clipboardData.getData("text/plain");
      const isBlock = /[\t\n]/.test(text.replace(/\r?\n$/, ""));
      if (before !== null && !isBlock) return;
      event.preventDefault();
      if (before !== null) { leave(here, false); go(here); }
      paste(text);
    });
    form.addEventListener("input", function () { form.dataset.dirty = "1"; });
    form.addEventListener("click", function (event) {
      const tool = event.target.closest("[data-tool]");
      if (!tool) return;
      if (tool.dataset.tool === "undo") undo();
      else if (tool.dataset.tool === "fill") fill();
      else if (tool.dataset.tool === "row") {
        makeRoom(cells.length + 1);
        here = cells[cells.length - 1][0];
        select();
      } else return;
      if (here) here.focus();
    });
    form.addEventListener("submit", function () { delete form.dataset.dirty; });

    this.gather = gather;
    this.mark = mark;
    this.say = say;
    this.forget = function () { past.length = 0; }; // its cells are gone
    table.siyuGrid = this;
  }

  document.querySelectorAll("form table[data-grid]").forEach(function (table) { new Grid(table); });
  window.addEventListener("beforeunload", function (event) {
    if (!document.querySelector("form[data-dirty]")) return;
    event.preventDefault();
    event.returnValue = ""; // older browsers ask only so
  });
})();
