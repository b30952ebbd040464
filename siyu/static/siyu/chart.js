/* The month's picture: the four lines as bands of what is due by each day, the actual run, the projection with its
   range. Data: the page's JSON of id "charts" (workplace.scorecard.chart_of). The policy allows no inline styles, so
   the tooltip is built of elements. */
(function () {
  "use strict";
  const holder = document.getElementById("chart");
  const source = document.getElementById("charts");
  if (!holder || !source || !window.echarts) return;

  const given = JSON.parse(source.textContent);
  const words = given.words;
  const style = getComputedStyle(document.documentElement);
  const token = function (name) { return style.getPropertyValue("--" + name).trim(); };
  const font = token("font");
  const isSmall = matchMedia("(max-width: 900px)").matches;
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const picture = echarts.init(holder, null, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio || 1) });
  const zones = { fail: token("zone-0"), normal: token("zone-1"), good: token("zone-2"), excess: token("zone-3") };

  function label(options) { return Object.assign({ color: token("text-3"), fontSize: 12, fontFamily: font }, options); }

  function writer(top) {
    const inWan = words.wan && top >= 10000;
    return {
      unit: inWan ? words.wan : "",
      // As siyu.numbers reads it, so that the picture and the table say the same.
      write: function (value) {
        if (!words.wan || Math.abs(value) < 10000) return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
        return (value / 10000).toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 }) + words.wan;
      },
      tick: function (value) { return (inWan ? value / 10000 : value).toLocaleString("en-US"); }
    };
  }

  function tip(title, rows) {
    const box = document.createElement("div");
    box.className = "sy-tip";
    const head = document.createElement("b");
    head.textContent = title;
    box.appendChild(head);
    rows.forEach(function (row) {
      const line = document.createElement("div");
      row.forEach(function (text) {
        const part = document.createElement("span");
        part.textContent = text;
        line.appendChild(part);
      });
      box.appendChild(line);
    });
    return box;
  }

  // Lines whose ends lie closer than a line of text share one label: the normal line's first, then the outer ones'.
  function labelled(chart, top) {
    const near = top * 16 / (isSmall ? 200 : 250);
    const ends = [];
    return ["normal", "fail", "excess", "good"].filter(function (name) {
      const run = chart.due[name];
      if (!run) return false;
      const end = run[run.length - 1];
      const isFree = ends.every(function (other) { return Math.abs(other - end) >= near; });
      if (isFree) ends.push(end);
      return isFree;
    });
  }

  function bands(chart, number, top) {
    const told = labelled(chart, top);
    let below = null;
    return ["fail", "normal", "good", "excess"].filter(function (name) { return chart.due[name]; }).map(function (name) {
      const run = chart.due[name];
      const under = below;
      below = run;
      const isNormal = name === "normal";
      return {
        type: "line", stack: "due", silent: true, symbol: "none", z: 1, emphasis: { disabled: true },
        lineStyle: { width: isNormal ? 1.6 : 1, color: isNormal ? token("ink") : "#ffffff" },
        areaStyle: { color: zones[name], opacity: 1 },
        data: run.map(function (value, day) { return under ? value - under[day] : value; }),
        endLabel: label({
          show: told.indexOf(name) >= 0, offset: [2, 0], color: isNormal ? token("ink") : token("text-3"), fontWeight: isNormal ? 600 : 400,
          formatter: words[name] + " " + number.write(run[run.length - 1])
        })
      };
    });
  }

  function range(chart) {
    if (!chart.low || !chart.high) return [];
    const hidden = { type: "line", stack: "range", stackStrategy: "all", silent: true, symbol: "none", z: 2, emphasis: { disabled: true }, lineStyle: { opacity: 0 } };
    const spread = chart.high.map(function (value, day) { return value === null ? null : value - chart.low[day]; });
    return [Object.assign({}, hidden, { data: chart.low }), Object.assign({}, hidden, { data: spread, areaStyle: { color: "#7f9be8", opacity: 0.32 } })];
  }

  function draw(code) {
    const chart = given.charts[code];
    const top = Math.max.apply(null, [].concat.apply([], [chart.actual, chart.high || [], chart.expected || []].concat(Object.values(chart.due))));
    const number = writer(top);
    const last = chart.actual.length - 1;
    const series = bands(chart, number, top).concat(range(chart));
    if (chart.expected) {
      series.push({ type: "line", symbol: "none", z: 4, emphasis: { disabled: true }, lineStyle: { width: 2, type: [5, 4], color: token("data") }, data: chart.expected,
        markPoint: { silent: true, symbol: "circle", symbolSize: 9, itemStyle: { color: "#ffffff", borderColor: token("data"), borderWidth: 2.25 },
          label: label({ show: true, position: "top", align: "right", offset: [2, -4], color: "#2a4796", fontWeight: 600, textBorderColor: "#ffffff", textBorderWidth: 3,
            formatter: words.expected + " " + number.write(chart.expected[chart.expected.length - 1]) }),
          data: [{ coord: [chart.days.length - 1, chart.expected[chart.expected.length - 1]] }] } });
    }
    const actual = { type: "line", symbol: "none", z: 5, emphasis: { disabled: true }, lineStyle: { width: 2.75, color: token("data") }, data: chart.actual };
    if (last >= 0) {
      const isLate = last > chart.days.length / 3; // a run only rises: what lies above and before its end is free
      actual.markPoint = { silent: true, symbol: "circle", symbolSize: 8, itemStyle: { color: token("data") },
        label: label({ show: true, position: isLate ? "top" : "bottom", distance: isLate ? 6 : 10, align: isLate ? "right" : "left", offset: [isLate ? -2 : 6, 0], color: token("ink"), fontWeight: 600, textBorderColor: "#ffffff", textBorderWidth: 3,
          formatter: words.actual + " " + number.write(chart.actual[last]) }),
        data: [{ coord: [last, chart.actual[last]] }] };
      if (last < chart.days.length - 1) {
        actual.markLine = { silent: true, symbol: "none", lineStyle: { color: token("text-3"), width: 1, type: "dashed" },
          label: label({ formatter: chart.days[last], color: token("text-2"), position: "end", distance: 3 }), data: [{ xAxis: last }] };
      }
    }
    series.push(actual);
    const axis = { axisTick: { show: false }, axisLine: { lineStyle: { color: token("line-2") } }, splitLine: { show: false } };
    picture.setOption({
      animation: !isStill, animationDuration: 350, textStyle: { fontFamily: font },
      grid: { left: 8, right: isSmall ? 96 : 116, top: 28, bottom: 4, containLabel: true },
      xAxis: Object.assign({ type: "category", boundaryGap: false, data: chart.days,
        axisLabel: label({ interval: function (place) { return place === 0 || (place + 1) % (isSmall ? 10 : 5) === 0; } }) }, axis),
      yAxis: Object.assign({ type: "value", name: number.unit, nameGap: 8, nameTextStyle: label({ align: "right" }), axisLabel: label({ formatter: number.tick }) }, axis),
      tooltip: { trigger: "axis", confine: true, backgroundColor: "#ffffff", borderColor: token("line-2"), borderWidth: 1, padding: [8, 12],
        axisPointer: { type: "line", lineStyle: { color: token("text-3"), type: "dashed" } },
        formatter: function (points) {
          const day = points[0].dataIndex;
          const rows = [];
          if (day <= last) rows.push([words.actual, number.write(chart.actual[day])]);
          else if (chart.expected) {
            rows.push([words.expected, number.write(chart.expected[day])]);
            if (chart.low && chart.high) rows.push([words.range, number.write(chart.low[day]) + words.to + number.write(chart.high[day])]);
          }
          Object.keys(chart.due).forEach(function (name) { rows.push([words[name] + " " + words.due, number.write(chart.due[name][day])]); });
          return tip(chart.days[day], rows);
        } },
      series: series
    }, true);
  }

  const tabs = document.querySelectorAll("[data-chart]");
  tabs.forEach(function (tab) {
    tab.addEventListener("click", function () {
      tabs.forEach(function (other) { other.setAttribute("aria-pressed", String(other === tab)); });
      draw(tab.dataset.chart);
    });
  });
  draw(Object.keys(given.charts)[0]);
  if (window.ResizeObserver) new ResizeObserver(function () { picture.resize(); }).observe(holder);
  window.addEventListener("beforeprint", function () { picture.resize({ width: holder.clientWidth || 680 }); });
})();
