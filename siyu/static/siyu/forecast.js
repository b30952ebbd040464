/* The forecast's grid: what would be if, from REST, while one types (nothing is stored), and months that come and go.
   Data: the page's JSON of id "forecast-data" (workplace.forecast_grid). */
(function () {
  "use strict";
  const table = document.querySelector("form table[data-grid=forecast]");
  if (!table || !table.siyuGrid) return;

  const grid = table.siyuGrid;
  const form = table.closest("form");
  const box = table.closest(".sy-scroll");
  const given = JSON.parse(document.getElementById("forecast-data").textContent);
  const words = given.words;
  const WAIT = 350; // ms of quiet before REST is asked
  let timer = 0;
  let asked = 0; // what was asked last; older answers are passed over
  const dropped = {}; // by first months that were dropped, the opening fans that stood before them
  let reopened = ""; // what is said while the opening fans are to be filled in anew

  function heads() { return Array.from(table.tHead.rows[0].cells).slice(1); }
  function monthOf(head) { return head.querySelector("input").value; }
  function lines() { return Array.from(table.tBodies[0].rows).filter(function (row) { return !row.dataset.result; }); }
  function unescaped(step) { return step.replace(/~1/g, "/").replace(/~0/g, "~"); }
  function whole(text) { return /^\d{1,15}$/.test(text) ? Number(text) : text; }

  /* How many months of a first version, from its first one on, are left empty: those are not stated (left out by
     workplace.forecast_forms too). */
  function leftOut() {
    if (form.elements["/base"].value) return 0;
    const first = heads().findIndex(function (head, place) {
      return lines().some(function (row) { return row.cells[place + 1].querySelector("input").value.trim(); });
    });
    return Math.max(0, first);
  }

  function body() {
    const left = leftOut();
    const months = heads().slice(left).map(function (head, stated) {
      const place = left + stated;
      const month = { month: monthOf(head), promised_reach: {}, diversion_rate: {} };
      lines().forEach(function (row) {
        const cell = row.cells[place + 1];
        const text = cell.querySelector("input").value.trim();
        if (!text) return;
        const slash = cell.dataset.key.indexOf("/");
        const group = slash < 0 ? "" : cell.dataset.key.slice(0, slash);
        if (!group) month[cell.dataset.key] = text;
        else month[group][unescaped(cell.dataset.key.slice(slash + 1))] = group === "promised_reach" ? whole(text) : text;
      });
      if (given.weights[month.month]) month.day_weights = given.weights[month.month];
      return month;
    });
    const opening = form.elements["/opening_fans"].value.normalize("NFKC").replace(/,/g, "").trim();
    return { opening_fans: whole(opening), effective_from: months.length ? months[0].month : "", months: months, lines: given.lines, terms: given.terms };
  }

  function grouped(number) { return Math.abs(number).toLocaleString("en-US", { maximumFractionDigits: 0 }); }
  function signed(number) { return (number > 0 ? "+" : "−") + grouped(number); }

  function fillResult(cell, name, row) {
    const agreed = given.bound[row.month];
    const difference = agreed ? Math.round(Number(row[name]) - Number(agreed[name])) : 0;
    cell.firstElementChild.textContent = name === "gmv" ? exactMoney(row.gmv) : grouped(row[name]);
    let note = cell.querySelector("small");
    if (note) note.remove();
    if (!difference) return;
    note = document.createElement("small");
    note.textContent = words.versus + signed(difference);
    cell.appendChild(note);
  }

  function exactMoney(text) {
    const parts = text.split(".");
    return Number(parts[0]).toLocaleString("en-US") + (/[1-9]/.test(parts[1] || "") ? "." + parts[1] : "");
  }

  function fillResults(answer) {
    const left = leftOut();
    table.querySelectorAll("tr[data-result]").forEach(function (line) {
      answer.table.forEach(function (row, place) { fillResult(line.cells[left + place + 1], line.dataset.result, row); });
    });
    table.classList.remove("is-old");
    const sum = function (name) { return answer.table.reduce(function (all, row) { return all + Number(row[name]); }, 0); };
    const last = answer.table[answer.table.length - 1];
    let told = words.tried + words.total
      .replace("{n}", answer.table.length).replace("{diverted}", grouped(sum("diverted_users"))).replace("{fans}", grouped(last.fans))
      .replace("{gmv}", grouped(sum("gmv"))).replace("{guides}", Math.max.apply(null, answer.table.map(function (row) { return row.guides; })));
    const same = answer.table.filter(function (row) { return given.bound[row.month]; });
    const more = Math.round(same.reduce(function (all, row) { return all + Number(row.gmv) - Number(given.bound[row.month].gmv); }, 0));
    if (more) told += words.gmvMore.replace("{sign}", more > 0 ? "+" : "−").replace("{gmv}", grouped(more));
    grid.say(told);
  }

  function markFlaws(problem) {
    const left = leftOut();
    let marked = 0;
    problem.errors.forEach(function (error) {
      const name = (error.pointer || "").replace(/^\/months\/(\d+)/, function (all, place) { return "/" + (left + Number(place)); });
      const field = form.elements[name];
      const cell = field && field.closest && field.closest("td[data-kind]");
      if (!cell) return;
      grid.mark(cell, error.message);
      cell.classList.add("is-refused");
      marked++;
    });
    grid.say(words.flawed.replace("{n}", marked || problem.errors.length));
  }

  function unmark() { // what REST refused before may be right now
    table.querySelectorAll("td.is-refused").forEach(function (cell) {
      cell.classList.remove("is-refused");
      grid.mark(cell, "");
    });
  }

  /* Cells that a forecast needs and that say nothing yet: REST would refuse them one by one. A channel may stay out of a
     month, but not half of it. */
  function blanks() {
    let count = form.elements["/opening_fans"].value.trim() ? 0 : 1;
    const left = leftOut();
    heads().forEach(function (head, place) {
      if (place < left) return;
      const said = {};
      lines().forEach(function (row) {
        const cell = row.cells[place + 1];
        said[cell.dataset.key] = cell.querySelector("input").value.trim() !== "";
      });
      Object.keys(said).forEach(function (key) {
        const [group, channel] = [key.slice(0, key.indexOf("/")), key.slice(key.indexOf("/") + 1)];
        const twin = group === "promised_reach" ? "diversion_rate/" + channel : "promised_reach/" + channel;
        if (!said[key] && (key.indexOf("/") < 0 || said[twin])) count++;
      });
    });
    return count;
  }

  function ask() {
    const blank = blanks();
    const wrong = table.querySelectorAll("td.is-wrong:not(.is-refused)").length;
    table.classList.add("is-old");
    if (wrong) return grid.say(words.flawed.replace("{n}", wrong));
    unmark();
    const number = ++asked;
    if (form.elements["/opening_fans"].value.trim()) reopened = "";
    if (blank) return grid.say(reopened + words.incomplete.replace("{n}", blank));
    const token = form.elements.csrfmiddlewaretoken.value;
    fetch(given.address, {
      method: "POST", credentials: "same-origin", body: JSON.stringify(body()),
      headers: { "Content-Type": "application/json", "X-CSRFToken": token, "Accept-Language": document.documentElement.lang }
    }).then(function (response) {
      return response.json().then(function (answer) {
        if (number !== asked) return;
        if (response.ok) fillResults(answer);
        else if (answer.errors && answer.errors.length) markFlaws(answer);
        else grid.say(words.failed);
      });
    }).catch(function () { if (number === asked) grid.say(words.failed); });
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  }

  /* -- Months ------------------------------------------------------------------------------------------------------- */

  function following(month) {
    const [year, number] = month.split("-").map(Number);
    return number === 12 ? year + 1 + "-01" : year + "-" + ("0" + (number + 1)).slice(-2);
  }

  function renumber() {
    heads().forEach(function (head, place) {
      const month = monthOf(head);
      head.querySelector("[data-name]").textContent = month;
      head.querySelector("input").name = "/" + place + "/month";
      lines().forEach(function (row) {
        const field = row.cells[place + 1].querySelector("input");
        field.name = "/" + place + "/" + row.cells[place + 1].dataset.key;
        field.setAttribute("aria-label", row.cells[0].firstChild.textContent + " " + month);
      });
    });
    grid.forget();
    grid.gather();
    form.dataset.dirty = "1";
    offerFront();
    later();
  }

  function before(month) {
    const [year, number] = month.split("-").map(Number);
    return number === 1 ? year - 1 + "-12" : year + "-" + ("0" + (number - 1)).slice(-2);
  }

  /* A copy of the first or the last month, on its other side. */
  function addMonth(isFront) {
    const place = isFront ? 1 : heads().length;
    const month = monthOf(heads()[place - 1]);
    Array.from(table.rows).forEach(function (row) {
      const copy = row.cells[place].cloneNode(true);
      copy.removeAttribute("aria-selected");
      if (row.dataset.result) copy.innerHTML = "<span>—</span>"; // what it comes to is not known yet
      if (isFront) row.cells[1].before(copy);
      else row.appendChild(copy);
    });
    const head = heads()[isFront ? 0 : place];
    name(head, isFront ? before(month) : following(month));
    if (isFront) {
      reopen(monthOf(head));
      box.scrollLeft = 0;
    }
    renumber();
  }

  function name(head, month) {
    const old = head.querySelector("small");
    const text = month < given.now ? words.ended : month === given.now ? words.running : "";
    head.querySelector("input").value = month;
    if (old) old.remove();
    if (!text) return;
    const note = document.createElement("small");
    note.textContent = text;
    head.appendChild(note);
  }

  /* The opening stock is what was there before the first month; before an earlier one it was another, unless it was 0. */
  function reopen(month) {
    const field = form.elements["/opening_fans"];
    const fans = field.value.trim();
    if (dropped[month]) {
      field.value = dropped[month];
      reopened = "";
    } else if (fans && Number(fans) !== 0) {
      field.value = "";
      reopened = words.reopened.replace("{month}", month).replace("{fans}", fans);
    }
  }

  /* No month is put in front of the project's first one. */
  function offerFront() {
    const tool = form.querySelector("[data-tool=front]");
    const isDone = monthOf(heads()[0]) <= given.first;
    const wasOnIt = document.activeElement === tool;
    tool.hidden = isDone;
    if (isDone && wasOnIt) table.querySelector("td[data-kind][tabindex='0']").focus();
  }

  function dropMonth(place) {
    if (heads().length < 2) return;
    if (place === 0) { // what came before is in the opening stock
      dropped[monthOf(heads()[0])] = form.elements["/opening_fans"].value;
      const fans = table.querySelector("tr[data-result=fans]").cells[1].firstElementChild.textContent.replace(/,/g, "");
      if (/^\d+$/.test(fans)) form.elements["/opening_fans"].value = fans;
    }
    Array.from(table.rows).forEach(function (row) { row.cells[place + 1].remove(); });
    renumber();
  }

  function hideSpare(isHidden) {
    table.querySelectorAll("tr[data-spare]").forEach(function (row) { row.hidden = isHidden; });
  }

  const showSpare = form.querySelector("[data-tool=spare]");
  showSpare.hidden = !table.querySelector("tr[data-spare]");
  hideSpare(true);
  offerFront();
  form.addEventListener("click", function (event) {
    const tool = event.target.closest("[data-tool]");
    if (!tool) return;
    if (tool.dataset.tool === "more") addMonth(false);
    if (tool.dataset.tool === "front") addMonth(true);
    if (tool.dataset.tool === "fewer") dropMonth(heads().length - 1);
    if (tool.dataset.tool === "from") dropMonth(0);
    if (tool.dataset.tool === "spare") { hideSpare(false); showSpare.hidden = true; }
  });
  table.addEventListener("grid:change", later);
  form.elements["/opening_fans"].addEventListener("input", later);
  const now = heads().find(function (head) { return monthOf(head) >= given.now; });
  if (now) box.scrollLeft = now.offsetLeft - table.tHead.rows[0].cells[0].offsetWidth - now.offsetWidth; // after the month before it
  if (table.querySelector(".is-wrong") || document.querySelector("[data-refusal]")) { // typed before, and not saved
    form.dataset.dirty = "1";
    later();
  }
})();
