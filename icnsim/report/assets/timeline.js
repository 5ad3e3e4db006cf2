"use strict";
(() => {
  const box = document.querySelector("[data-timeline]");
  const data = JSON.parse(document.getElementById("data").textContent).timeline;
  const [view, status, panel] = ["view", "status", "diagram"].map((name) => box.querySelector(`.tl-${name}`));
  const LANE = 10, BAR = 7, AXIS = 26, RIGHT = 10;
  const { make, seconds, cut, sentence, diagram } = drawing;

  // The data: each list has the fields that icnsim/report/timeline.py writes, in this order.
  const migrations = data.migrations.map(([number, actor], place) => ({ number, actor: data.actors[actor], place }));
  const attempts = data.attempts.map(
    ([migration, attempt, source, target, outcome, reason, mistake, since, failed, deadline], place) => ({
      kind: "attempt", migration: migrations[migration], attempt, source: data.executors[source],
      target: data.executors[target], outcome: data.outcomes[outcome].replace("_", " "),
      reason: reason < 0 ? "" : data.texts[reason], mistake, at: since, failed, deadline, bars: [], place,
    }));
  const bars = data.bars.map(([attempt, state, row, lane, since, until]) => {
    const bar = { attempt: attempts[attempt], state: data.states[state], row, lane, since, until };
    bar.attempt.bars.push(bar);
    return bar;
  });
  const pins = data.pins.map(([row, at, text, count, migration]) => ({
    kind: "pin", row: Math.max(row, 0), at, text: data.texts[text], count, migration: migrations[migration] || null }));
  const faults = data.faults.map(([row, since, until, text]) => ({ row, since, until, text: data.texts[text] }));
  const ticks = data.ticks.map(([row, failed, at, count]) => ({ row, failed, at, count }));
  const items = [...attempts, ...pins].sort((a, b) => a.at - b.at);
  let top = 0;
  const rows = data.rows.map(([name, lanes], place) => {
    const strip = data.strips[place] || [];
    const bins = Math.max(0, ...strip.map((each) => each.length));
    const totals = Array.from({ length: bins }, (_, bin) => strip.reduce((sum, each) => sum + (each[bin] || 0), 0));
    const row = { name, top, height: Math.max(30, lanes * LANE + 18), strip, bins, most: Math.max(0, ...totals) };
    top += row.height;
    return row;
  });
  const height = top;

  let [from, to] = [0, data.end];
  let width = 0, gutter = 0, wanted = () => true, selected = null, cursor = null, waiting = false;
  const x = (t) => gutter + ((t - from) / (to - from)) * (width - gutter - RIGHT);
  const time = (px) => from + ((px - gutter) / (width - gutter - RIGHT)) * (to - from);

  // Drawing. The names of the rows have their own layer above everything that is drawn to the left of the time axis.
  const axisBox = document.createElement("div"), rowsBox = document.createElement("div");
  [axisBox.className, rowsBox.className] = ["tl-axis", "tl-rows"];
  view.append(axisBox, rowsBox);
  const axis = make(axisBox, "svg", { "aria-hidden": "true" }), picture = make(rowsBox, "svg", { "aria-hidden": "true" });

  const steps = () => {
    const least = ((to - from) / (width - gutter)) * (width < 600 ? 60 : 90);
    const power = 10 ** Math.floor(Math.log10(least));
    const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= least));
    const found = [];
    for (let t = Math.ceil(from / step) * step; t <= to; t += step) found.push(t);
    return found;
  };
  const triangle = (px, y) => `M${px} ${y - 8}l4 8h-8z`;
  const area = (row, state) => {
    const below = (bin) => row.strip.slice(0, state).reduce((sum, each) => sum + (each[bin] || 0), 0);
    const y = (value) => (row.top + row.height - 1 - (value / row.most) * (row.height - 4)).toFixed(1);
    const [up, down] = [[], []];
    for (let bin = 0; bin < row.bins; bin += 1) {
      const ends = [bin, bin + 1].map((each) => Math.min(1e5, Math.max(-1e5, x((each * data.end) / row.bins))).toFixed(1));
      const low = below(bin), high = low + (row.strip[state][bin] || 0);
      up.push(`${ends[0]} ${y(high)}`, `${ends[1]} ${y(high)}`);
      down.unshift(`${ends[1]} ${y(low)}`, `${ends[0]} ${y(low)}`);
    }
    return `M${[...up, ...down].join("L")}z`;
  };
  const sized = (svg, high) => {
    svg.replaceChildren();
    for (const [key, value] of [["viewBox", `0 0 ${width} ${high}`], ["width", width], ["height", high]]) svg.setAttribute(key, value);
  };
  const inside = (since, until) => until >= from && since <= to;

  const draw = () => {
    waiting = false;
    sized(axis, AXIS);
    sized(picture, height);
    const pattern = make(make(picture, "defs"), "pattern", { id: "tl-hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    make(pattern, "line", { class: "tl-hatch", x1: 0, y1: 0, x2: 0, y2: 6, "stroke-width": 2 });
    for (const t of steps()) {
      make(axis, "text", { x: x(t), y: 18, "text-anchor": x(t) > width - 60 ? "end" : x(t) < gutter + 25 ? "start" : "middle" }, seconds(t));
      make(picture, "line", { class: "tl-line", x1: x(t), x2: x(t), y1: 0, y2: height });
    }
    for (const fault of faults.filter((each) => inside(each.since, each.until))) {
      const row = rows[fault.row], wide = Math.max(2, x(fault.until) - x(fault.since));
      make(picture, "rect", { class: "tl-fault", x: x(fault.since), y: row.top, width: wide, height: row.height });
    }
    for (const row of rows)
      row.strip.forEach((each, state) => {
        if (each.length) make(picture, "path", { class: "tl-area", d: area(row, state), fill: `var(--${data.states[state]})` });
      });
    for (const bar of bars.filter((each) => inside(each.since, each.until))) drawBar(bar);
    for (const attempt of attempts.filter((each) => each.failed >= 0)) drawDetection(attempt);
    for (const tick of ticks.filter((each) => inside(each.at, each.at)))
      make(picture, "path", { class: tick.failed ? "tl-tick-failed" : "tl-tick-removed", d: triangle(x(tick.at), rows[tick.row].top + rows[tick.row].height - 1) });
    for (const pin of pins.filter((each) => inside(each.at, each.at))) {
      const y = rows[pin.row].top + 1, dim = wanted(pin.migration) ? "" : " tl-dim", chosen = pin === selected;
      make(picture, "path", { class: `tl-pin${dim}`, d: `M${x(pin.at)} ${y}l${chosen ? 8 : 5} 6l${chosen ? -8 : -5} 6l${chosen ? -8 : -5} -6z` });
    }
    if (cursor !== null && inside(cursor, cursor)) make(picture, "line", { class: "tl-cursor", x1: x(cursor), x2: x(cursor), y1: 0, y2: height });
    make(picture, "rect", { x: 0, y: 0, width: gutter, height, fill: "var(--paper)" });
    const most = Math.floor((gutter - 8) / 7);
    for (const row of rows) {
      make(make(picture, "text", { x: 4, y: row.top + 14 }, cut(row.name, most)), "title", {}, row.name);
      if (row.most) make(picture, "text", { class: "small", x: 4, y: row.top + 26 }, `up to ${(row.most / 100).toLocaleString("en", { maximumSignificantDigits: 2 })}${most > 15 ? " records" : ""}`);
      make(picture, "line", { class: "tl-line", x1: 0, x2: width, y1: row.top + row.height, y2: row.top + row.height });
    }
  };
  const lane = (bar) => rows[bar.row].top + 8 + bar.lane * LANE;
  const drawBar = (bar) => {
    const marks = `${wanted(bar.attempt.migration) ? "" : " tl-dim"}${bar.attempt === selected ? " tl-selected" : ""}`;
    const left = Math.max(gutter - 4, x(bar.since)), right = Math.min(width + 4, x(bar.until));
    make(picture, "rect", { class: `tl-bar${marks}`, x: left, y: lane(bar), width: Math.max(1.5, right - left), height: BAR, fill: `var(--${bar.state})` });
  };
  const drawDetection = (attempt) => {
    const bar = attempt.bars.find((each) => each.state !== "restoring");
    if (!bar || !wanted(attempt.migration)) return;
    const y = lane(bar), at = x(attempt.failed), due = x(attempt.deadline);
    if (inside(attempt.deadline, attempt.deadline)) make(picture, "line", { class: "tl-deadline", x1: due, x2: due, y1: y - 2, y2: y + BAR + 2 });
    if (inside(attempt.failed, attempt.failed)) make(picture, "path", { class: "tl-cross", d: `M${at - 3} ${y}l6 ${BAR}m0 ${-BAR}l-6 ${BAR}` });
  };
  const redraw = () => {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  };

  // The view and its item.
  const show = (since, until) => {
    const span = Math.min(data.end, Math.max(Math.min(20, data.end), until - since));
    from = Math.min(Math.max(0, since), data.end - span);
    to = from + span;
    redraw();
  };
  const centre = () => (selected && inside(selected.at, selected.at) ? selected.at : (from + to) / 2);
  const zoom = (factor, at = centre()) => show(at - (at - from) * factor, at + (to - at) * factor);
  const move = (by) => show(from + by, to + by);
  const words = (item) => {
    if (item.kind === "pin") return `${seconds(item.at)}: ${item.text}${item.count > 1 ? `, and ${item.count - 1} more at about this time` : ""}`;
    const why = item.reason ? ` (${item.reason})` : "";
    const late = item.failed < 0 ? "" : `, deadline ${seconds(item.deadline)}, detected ${seconds(item.failed)}`;
    return `Migration ${item.migration.number}, attempt ${item.attempt}: ${item.migration.actor} from ${item.source} to ${item.target} ` +
      `at ${seconds(item.at)}, ${item.outcome}${why}${late}${item.mistake ? ", false positive" : ""}`;
  };
  const select = (item) => {
    selected = item;
    status.textContent = words(item);
    if (!inside(item.at, item.at)) show(item.at - (to - from) / 4, item.at + ((to - from) * 3) / 4);
    const row = item.kind === "pin" ? item.row : item.bars.length ? item.bars[0].row : 0;
    if (rows[row].top < rowsBox.scrollTop || rows[row].top + rows[row].height > rowsBox.scrollTop + rowsBox.clientHeight) rowsBox.scrollTop = rows[row].top - 20;
    redraw();
  };
  const follow = (by) => {
    const shown = items.filter((each) => wanted(each.migration));
    const place = shown.indexOf(selected);
    const first = shown.findIndex((each) => each.at >= from);
    const next = place >= 0 ? place + by : first < 0 ? shown.length - 1 : first;
    if (shown.length) select(shown[Math.min(shown.length - 1, Math.max(0, next))]);
  };
  const hit = (px, y) => {
    const near = (t) => Math.abs(x(t) - px);
    const row = rows.findIndex((each) => y >= each.top && y < each.top + each.height);
    const pin = pins.filter((each) => each.row === row && near(each.at) < 8 && y < rows[row].top + 16 && wanted(each.migration)).sort((a, b) => near(a.at) - near(b.at))[0];
    if (pin) return pin;
    const away = (bar) => Math.max(0, x(bar.since) - px, px - x(bar.until)) + Math.max(0, lane(bar) - y, y - lane(bar) - BAR);
    const bar = bars.filter((each) => each.row === row && away(each) < 8 && wanted(each.attempt.migration)).sort((a, b) => away(a) - away(b))[0];
    if (bar) return bar.attempt;
    const tick = ticks.find((each) => each.row === row && near(each.at) < 5);
    if (tick) return `${rows[row].name}: ${tick.count > 1 ? `${tick.count} ticks` : "a tick"} at ${seconds(tick.at)} that ${tick.failed ? "failed" : "removed"} records`;
    const found = faults.filter((each) => each.row === row && x(each.since) - 3 <= px && x(each.until) + 3 >= px);
    return found.map((each) => `${rows[row].name}: ${each.text} from ${seconds(each.since)} to ${seconds(each.until)}`).join("; ");
  };

  const open = (item) => {
    if (!item || !item.migration) return;
    const { number, actor, place } = item.migration;
    const html = (parent, name, properties = {}) => {
      const element = Object.assign(document.createElement(name), properties);
      parent.append(element);
      return element;
    };
    panel.hidden = false;
    panel.replaceChildren();
    const bar = html(panel, "div", { className: "bar" });
    html(bar, "h3", { textContent: `Migration ${number} of ${actor}` });
    html(bar, "button", { type: "button", textContent: "Close", onclick: close });
    if (item.kind === "pin") html(panel, "p", { textContent: words(item) });
    const region = html(panel, "div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Sequence diagram" });
    diagram(region, data.diagrams[place], data);
    const list = html(html(panel, "details", { className: "alt" }), "ol");
    list.before(Object.assign(document.createElement("summary"), { textContent: "In words" }));
    for (const step of data.diagrams[place].steps) html(list, "li", { textContent: sentence(step, data.diagrams[place].since, data) });
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    panel.hidden = true;
    view.focus();
  };

  // Controls.
  const actions = {
    in: () => zoom(0.5), out: () => zoom(2), all: () => show(0, data.end),
    next: () => follow(1), previous: () => follow(-1),
  };
  box.querySelectorAll("[data-do]").forEach((each) => each.addEventListener("click", actions[each.dataset.do]));
  const keys = {
    ArrowLeft: () => move((from - to) / 8), ArrowRight: () => move((to - from) / 8), ArrowDown: actions.next, ArrowUp: actions.previous,
    "+": actions.in, "=": actions.in, "-": actions.out, 0: actions.all, Enter: () => open(selected), Escape: () => { panel.hidden = true; },
  };
  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  const filter = box.querySelector("#tl-actor"), count = box.querySelector(".tl-count");
  for (const name of data.actors) box.querySelector("#tl-actors").append(Object.assign(document.createElement("option"), { value: name }));
  filter.addEventListener("input", () => {
    const text = filter.value.trim().toLowerCase();
    const exact = data.actors.some((name) => name.toLowerCase() === text);
    const fits = (name) => (exact ? name.toLowerCase() === text : name.toLowerCase().includes(text));
    wanted = text ? (migration) => migration !== null && fits(migration.actor) : () => true;
    count.textContent = text ? `${migrations.filter(wanted).length} of ${migrations.length} migrations` : "";
    redraw();
  });
  box.querySelector("#tl-time").addEventListener("input", (event) => {
    cursor = (Number(event.target.value) / 1000) * data.end;
    const now = bars.filter((each) => each.since <= cursor && each.until > cursor && wanted(each.attempt.migration));
    const found = data.states.map((state) => [now.filter((each) => each.state === state).length, state]).filter(([number]) => number);
    status.textContent = `${seconds(Math.round(cursor))}: ${found.map(([number, state]) => `${number} ${state}`).join(", ") || "no bar"}`;
    if (!inside(cursor, cursor)) show(cursor - (to - from) / 2, cursor + (to - from) / 2);
    redraw();
  });
  picture.addEventListener("wheel", (event) => {
    if (event.ctrlKey || document.activeElement === view) {
      event.preventDefault();
      zoom(2 ** (event.deltaY / 300), time(event.offsetX));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      move((event.deltaX / width) * (to - from));
    }
  }, { passive: false });

  // Pointers: one moves the view, two zoom it, and one that has hardly moved selects the item below it.
  const down = new Map();
  let moved = 0;
  picture.addEventListener("pointerdown", (event) => {
    if (!down.size) moved = 0;
    down.set(event.pointerId, event.clientX);
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) {
      const found = hit(event.offsetX, event.offsetY);
      if (found) status.textContent = typeof found === "string" ? found : words(found);
      picture.style.cursor = found && found.kind ? "pointer" : "grab";
      return;
    }
    const before = [...down.values()], by = event.clientX - down.get(event.pointerId);
    down.set(event.pointerId, event.clientX);
    moved += Math.abs(by);
    const after = [...down.values()];
    if (after.length === 1) move((-by / (width - gutter - RIGHT)) * (to - from));
    else {
      const apart = ([a, b]) => Math.max(10, Math.abs(a - b));
      zoom(apart(before) / apart(after), time((after[0] + after[1]) / 2 - picture.getBoundingClientRect().left));
    }
  });
  picture.addEventListener("pointercancel", (event) => down.delete(event.pointerId));
  picture.addEventListener("pointerup", (event) => {
    down.delete(event.pointerId);
    if (moved > 6) return;
    const found = hit(event.offsetX, event.offsetY);
    if (typeof found === "string") status.textContent = found || "Nothing is drawn here.";
    else {
      select(found);
      open(found);
    }
  });
  const fit = () => {
    width = Math.floor(rowsBox.clientWidth);
    gutter = width < 600 ? 104 : 150;
    view.style.setProperty("--tl-print", `${Math.min(100, Math.floor((115 * width) / (height + AXIS)))}%`);  // fits on one page
    draw();
  };
  box.querySelectorAll(".tools").forEach((each) => { each.hidden = false; });
  new ResizeObserver(() => { if (Math.floor(rowsBox.clientWidth) !== width) fit(); }).observe(rowsBox);
  fit();
})();
