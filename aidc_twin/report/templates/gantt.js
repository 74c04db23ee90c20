(function () {
  "use strict";
  var block = document.getElementById("gantt-data");
  var holder = document.getElementById("gantt");
  if (!block || !holder) { return; }
  var data = JSON.parse(block.textContent);
  var count = data.row.length, DAY = 86400, LEFT = 178, TOP = 34, ROW = 17;
  var MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  var canvas = document.createElement("canvas"), tip = document.createElement("div");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Gantt chart of the near weeks; arrow keys move it, plus and minus zoom");
  tip.className = "tip";
  tip.hidden = true;
  holder.appendChild(canvas);
  holder.appendChild(tip);
  var pen = canvas.getContext("2d");
  var first = Infinity, last = -Infinity, longest = [], byRow = [], i;
  for (i = 0; i < data.rows.length; i += 1) { byRow.push([]); longest.push(0); }
  for (i = 0; i < count; i += 1) {
    byRow[data.row[i]].push(i);
    longest[data.row[i]] = Math.max(longest[data.row[i]], data.length[i]);
    first = Math.min(first, data.start[i]);
    last = Math.max(last, data.start[i] + data.length[i]);
  }
  first = Math.max(first, -7 * DAY);
  var view = { from: first, to: Math.min(last, first + 28 * DAY), scroll: 0 };
  var all = data.rows.map(function (_, row) { return row; }), shown = all, picked = -1, onChain = {};
  var mode = "product", chosen = -1, size = { width: 0, height: 0 }, waiting = false, hovered = -1;

  function colour(bar) {
    if (mode === "late") {
      var late = data.late[data.order[bar]];
      return late < 0 ? data.other : data.late_colours[late];
    }
    if (mode === "critical") { return data.critical_colours[data.critical[bar]]; }
    return data.colours[data.product[bar]] || data.other;
  }
  function dark(hex) {
    var number = parseInt(hex.slice(1), 16);
    return 0.299 * (number >> 16) + 0.587 * (number >> 8 & 255) + 0.114 * (number & 255) < 125;
  }
  function classOf(bar) {
    if (mode === "critical") { return data.critical[bar]; }
    return mode === "late" ? data.late[data.order[bar]] : data.product[bar];
  }
  function across(time) { return LEFT + (time - view.from) / (view.to - view.from) * (size.width - LEFT); }
  function timeAt(x) { return view.from + (x - LEFT) / (size.width - LEFT) * (view.to - view.from); }
  function moment(seconds) {
    if (data.epoch_ms === null) {
      return "day " + Math.floor(seconds / DAY) + " " + clock(new Date((((seconds % DAY) + DAY) % DAY) * 1000));
    }
    var date = new Date(data.epoch_ms + seconds * 1000);
    return date.getUTCDate() + " " + MONTHS[date.getUTCMonth()] + " " + date.getUTCFullYear() + " " + clock(date);
  }
  function two(number) { return (number < 10 ? "0" : "") + number; }
  function clock(date) { return two(date.getUTCHours()) + ":" + two(date.getUTCMinutes()); }
  function duration(seconds) {
    if (seconds >= DAY) { return (seconds / DAY).toFixed(1) + " days"; }
    return seconds >= 3600 ? (seconds / 3600).toFixed(1) + " h" : Math.round(seconds / 60) + " min";
  }
  function fits(text, room) {
    if (pen.measureText(text).width <= room) { return text; }
    while (text.length > 1 && pen.measureText(text + "…").width > room) { text = text.slice(0, -1); }
    return text + "…";
  }
  function startOf(list, time) {
    var low = 0, high = list.length;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (data.start[list[middle]] < time) { low = middle + 1; } else { high = middle; }
    }
    return low;
  }
  function step() {
    var days = (view.to - view.from) / DAY, steps = [0.25, 1, 2, 7, 14, 28, 56], k = 0;
    while (k < steps.length - 1 && days / steps[k] > (size.width - LEFT) / 74) { k += 1; }
    return steps[k] * DAY;
  }
  function drawAxis() {
    var each = step(), time = Math.ceil(view.from / each) * each;
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    for (; time < view.to; time += each) {
      var x = Math.round(across(time)) + 0.5;
      pen.strokeStyle = "#e3e7eb";
      pen.beginPath(); pen.moveTo(x, TOP); pen.lineTo(x, size.height); pen.stroke();
      pen.fillStyle = "#5a6572";
      var label = moment(time);
      pen.fillText(each < DAY ? label.replace(/ \d{4} /, " ") : label.replace(/ \d{4} .*| 00:00$/, ""), x + 3, TOP / 2);
    }
  }
  function faint(bar) {
    return picked >= 0 ? !onChain[bar] : chosen >= 0 && classOf(bar) !== chosen;
  }
  function drawRow(row, y, place) {
    pen.fillStyle = place % 2 ? "#ffffff" : "#f7f9fb";
    pen.fillRect(0, y, size.width, ROW);
    pen.fillStyle = "#1b2430";
    pen.textAlign = "right";
    pen.fillText(fits(data.rows[row], LEFT - 16), LEFT - 9, y + ROW / 2 + 0.5);
  }
  function drawBars(row, y) {
    var list = byRow[row], k = startOf(list, view.from - longest[row]);
    pen.textAlign = "left";
    for (; k < list.length && data.start[list[k]] < view.to; k += 1) {
      var bar = list[k], x0 = Math.max(LEFT, across(data.start[bar])), x1 = across(data.start[bar] + data.length[bar]);
      if (x1 <= LEFT) { continue; }
      pen.globalAlpha = faint(bar) ? 0.15 : 1;
      pen.fillStyle = colour(bar);
      pen.fillRect(x0, y + 2, Math.max(1, x1 - x0 - (x1 - x0 > 3 ? 0.8 : 0)), ROW - 4);
      if (data.setup[bar] > 0 && x1 - x0 > 3) {
        pen.fillStyle = "rgba(27,36,48,.45)";
        pen.fillRect(x0, y + 2, Math.max(1, Math.min(x1, across(data.start[bar] + data.setup[bar])) - x0), ROW - 4);
      }
      if (data.rework[bar]) {
        pen.strokeStyle = "#1b2430";
        pen.strokeRect(x0 + 0.5, y + 2.5, Math.max(1, x1 - x0 - 1.8), ROW - 5);
      }
      var text = Math.max(x0, across(data.start[bar] + data.setup[bar])) + 4, room = Math.min(x1, size.width) - text - 4;
      if (room > 46) {
        pen.fillStyle = dark(colour(bar)) ? "#ffffff" : "#1b2430";
        pen.fillText(fits(data.orders[data.order[bar]] + " " + data.operations[data.operation[bar]], room), text, y + ROW / 2 + 0.5);
      }
    }
    pen.globalAlpha = 1;
  }
  function limit() {
    var span = Math.max(3600, Math.min(view.to - view.from, last - first + 4 * DAY));
    view.from = Math.max(first - 2 * DAY, Math.min(view.from, last + 2 * DAY - span));
    view.to = view.from + span;
    view.scroll = Math.max(0, Math.min(view.scroll, shown.length * ROW - (size.height - TOP)));
  }
  function draw() {
    waiting = false;
    limit();
    var ratio = window.devicePixelRatio || 1, row, y;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = '11px system-ui, "Noto Sans CJK SC", sans-serif';
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, size.width, size.height);
    pen.textBaseline = "middle";
    for (row = Math.floor(view.scroll / ROW); row < shown.length; row += 1) {
      y = TOP + row * ROW - view.scroll;
      if (y > size.height) { break; }
      drawRow(shown[row], y, row);
    }
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, size.width, TOP);
    drawAxis();
    pen.save();
    pen.beginPath(); pen.rect(LEFT, TOP, size.width - LEFT, size.height - TOP); pen.clip();
    for (row = Math.floor(view.scroll / ROW); row < shown.length; row += 1) {
      y = TOP + row * ROW - view.scroll;
      if (y > size.height) { break; }
      drawBars(shown[row], y);
    }
    pen.restore();
    var whole = shown.length * ROW, seen = size.height - TOP;
    if (whole > seen) {
      pen.fillStyle = "rgba(90,101,114,.45)";
      pen.fillRect(size.width - 5, TOP + view.scroll / whole * seen, 4, Math.max(18, seen * seen / whole));
    }
  }
  function redraw() {
    if (!waiting) { waiting = true; window.requestAnimationFrame(draw); }
  }
  function resize() {
    var ratio = window.devicePixelRatio || 1;
    size.width = Math.max(320, holder.clientWidth);
    LEFT = size.width < 620 ? 96 : 178;
    size.height = Math.min(TOP + shown.length * ROW + 4, 560);
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    canvas.style.width = size.width + "px";
    canvas.style.height = size.height + "px";
    draw();
  }
  function zoom(factor, x) {
    var centre = timeAt(x === undefined ? (LEFT + size.width) / 2 : Math.max(LEFT, x));
    view.from = centre - (centre - view.from) * factor;
    view.to = centre + (view.to - centre) * factor;
    redraw();
  }
  function pan(dx, dy) {
    var seconds = dx / (size.width - LEFT) * (view.to - view.from);
    view.from -= seconds;
    view.to -= seconds;
    view.scroll -= dy;
    redraw();
  }
  function barAt(x, y) {
    if (x < LEFT || y < TOP) { return -1; }
    var row = Math.floor((y - TOP + view.scroll) / ROW), slack = (view.to - view.from) / (size.width - LEFT) * 1.5;
    if (row < 0 || row >= shown.length) { return -1; }
    row = shown[row];
    var list = byRow[row], time = timeAt(x), k = startOf(list, time - longest[row] - slack);
    for (; k < list.length && data.start[list[k]] <= time + slack; k += 1) {
      if (data.start[list[k]] + data.length[list[k]] >= time - slack) { return list[k]; }
    }
    return -1;
  }
  function line(text, strong) {
    var part = document.createElement(strong ? "strong" : "span");
    part.textContent = text;
    tip.appendChild(part);
  }
  function show(x, y) {
    var bar = barAt(x, y);
    canvas.style.cursor = bar < 0 ? "grab" : "pointer";
    if (bar < 0) { tip.hidden = true; hovered = -1; return; }
    if (bar !== hovered) {
      hovered = bar;
      tip.textContent = "";
      var late = data.late[data.order[bar]], again = data.attempt[bar] > 1 ? ", attempt " + data.attempt[bar] : "";
      line(data.operations[data.operation[bar]] + (data.rework[bar] ? " (rework)" : "") + again, true);
      line("order " + data.orders[data.order[bar]] + (late < 0 ? "" : ", " + data.late_names[late]));
      line(data.products[data.product[bar]] + ", unit " + data.unit[bar] + " on " + data.rows[data.row[bar]]);
      if (data.critical[bar]) { line(data.critical_names[data.critical[bar]]); }
      line(moment(data.start[bar]) + " – " + moment(data.start[bar] + data.length[bar]));
      line(duration(data.length[bar]) + (data.setup[bar] ? ", of which set-up " + duration(data.setup[bar]) : ""));
      if (data.chains[data.order[bar]].length) { line(picked < 0 ? "Click: what its order waits for" : "Click: back to all"); }
    }
    tip.hidden = false;
    tip.style.left = Math.max(0, Math.min(x + 14, size.width - tip.offsetWidth - 4)) + "px";
    tip.style.top = (y + 16 + tip.offsetHeight > size.height ? y - tip.offsetHeight - 10 : y + 16) + "px";
  }
  function legend() {
    var place = document.getElementById("gantt-legend"), used = {}, k;
    for (k = 0; k < count; k += 1) { used[classOf(k)] = colour(k); }
    place.textContent = "";
    Object.keys(used).map(Number).sort(function (a, b) { return a - b; }).forEach(function (key) {
      var button = document.createElement("button"), mark = document.createElement("i");
      var name = key < 0 ? "not in the plan" : mode === "late" ? data.late_names[key]
        : mode === "critical" ? data.critical_names[key] : data.products[key];
      button.type = "button";
      button.setAttribute("aria-pressed", String(chosen === key));
      mark.style.background = used[key];
      button.appendChild(mark);
      button.appendChild(document.createTextNode(name));
      button.addEventListener("click", function () { chosen = chosen === key ? -1 : key; legend(); redraw(); });
      place.appendChild(button);
    });
  }
  function cell(row, text, kind) {
    var part = document.createElement(kind);
    part.textContent = text;
    row.appendChild(part);
  }
  function list(links) {
    var place = document.getElementById("gantt-chain"), heads = ["operation", "unit", "place", "start", "end", "waited for"];
    var rows = document.createElement("table"), row = rows.createTHead().insertRow(), body = rows.createTBody();
    place.textContent = "";
    place.hidden = !links.length;
    heads.forEach(function (head) { cell(row, head, "th"); });
    links.forEach(function (link) {
      row = body.insertRow();
      [data.texts[link[1]], data.texts[link[2]], data.texts[link[3]], moment(link[4]), moment(link[5]), data.whys[link[6]]]
        .forEach(function (text) { cell(row, text, "td"); });
    });
    place.appendChild(rows);
  }
  function pick(order) {
    var links = order < 0 ? [] : data.chains[order], rows = [];
    picked = order;
    onChain = {};
    links.forEach(function (link) {
      if (link[0] < 0) { return; }
      onChain[link[0]] = true;
      if (rows.indexOf(data.row[link[0]]) < 0) { rows.push(data.row[link[0]]); }
    });
    shown = rows.length ? rows : all;
    view = links.length ? { from: links[0][4] - DAY, to: links[links.length - 1][5] + DAY, scroll: 0 }
      : { from: view.from, to: view.to, scroll: 0 };
    choice.value = String(order);
    tip.hidden = true;
    hovered = -1;
    list(links);
    resize();
  }
  var choice = document.getElementById("gantt-order");
  data.orders.forEach(function (name, order) {
    if (data.chains[order].length) { choice.appendChild(new Option(name, String(order))); }
  });
  choice.addEventListener("change", function () { pick(Number(choice.value)); });
  var held = null;
  canvas.addEventListener("pointerdown", function (event) {
    held = { x: event.clientX, y: event.clientY, way: 0 };
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    tip.hidden = true;
  });
  canvas.addEventListener("pointermove", function (event) {
    if (held) {
      held.way += Math.abs(event.clientX - held.x) + Math.abs(event.clientY - held.y);
      pan(event.clientX - held.x, event.clientY - held.y);
      held = { x: event.clientX, y: event.clientY, way: held.way };
      return;
    }
    var box = canvas.getBoundingClientRect();
    show(event.clientX - box.left, event.clientY - box.top);
  });
  canvas.addEventListener("pointerup", function (event) {
    var box = canvas.getBoundingClientRect(), bar = held && held.way < 4 ? barAt(event.clientX - box.left, event.clientY - box.top) : -1;
    held = null;
    if (bar >= 0 && data.chains[data.order[bar]].length) { pick(picked >= 0 ? -1 : data.order[bar]); }
  });
  canvas.addEventListener("pointercancel", function () { held = null; });
  canvas.addEventListener("pointerleave", function () { tip.hidden = true; hovered = -1; });
  canvas.addEventListener("wheel", function (event) {
    // The page keeps its own scrolling until the reader has clicked the chart or holds a key.
    if (document.activeElement !== canvas && !event.ctrlKey && !event.metaKey && !event.shiftKey) { return; }
    event.preventDefault();
    tip.hidden = true;
    if (event.shiftKey) { pan(-(event.deltaX || event.deltaY), 0); return; }
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) { pan(-event.deltaX, 0); return; }
    zoom(Math.pow(1.0015, event.deltaY), event.clientX - canvas.getBoundingClientRect().left);
  }, { passive: false });
  canvas.addEventListener("keydown", function (event) {
    var moves = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 3 * ROW], ArrowDown: [0, -3 * ROW] };
    if (moves[event.key]) { pan(moves[event.key][0], moves[event.key][1]); }
    else if (event.key === "+" || event.key === "=") { zoom(0.7); }
    else if (event.key === "-") { zoom(1.4); }
    else if (event.key === "Escape" && picked >= 0) { pick(-1); }
    else if (event.key === "Escape") { canvas.blur(); return; }
    else { return; }
    event.preventDefault();
  });
  document.getElementById("gantt-in").addEventListener("click", function () { zoom(0.6); });
  document.getElementById("gantt-out").addEventListener("click", function () { zoom(1.6); });
  document.getElementById("gantt-all").addEventListener("click", function () { view = { from: first, to: last, scroll: 0 }; redraw(); });
  document.getElementById("gantt-colour").addEventListener("change", function (event) {
    mode = event.target.value;
    chosen = -1;
    legend();
    redraw();
  });
  document.getElementById("gantt-tools").hidden = false;
  window.addEventListener("resize", resize);
  window.addEventListener("beforeprint", resize);
  legend();
  resize();
}());
