const data = JSON.parse(document.getElementById("data").textContent);
data.model = identified(data.model);
const root = document.documentElement, element = (id) => document.getElementById(id);
const AXES = {
  interval: { title: "check interval", key: "manager.check_interval", write: time },
  timeout: { title: "timeout", key: "manager.timeout", write: time },
  retention: { title: "retention", key: "manager.retention", write: time },
  dead: {
    title: "dead executors", key: "executors",
    write: (count) => `${count.toLocaleString("en")} of ${data.model.executors.toLocaleString("en")} (${share(count / data.model.executors)})`,
  },
  loss: { title: "loss of messages", key: "network.loss", write: share },
  tail: {
    title: "tail of the latency", key: "network.latency",
    write: (ratio) => (ratio === null ? "as in the scenario" : `std ${digits(ratio)} × mean`),
  },
};
for (const [name, axis] of Object.entries(AXES)) axis.levels = data.levels[name];
const SHORT = { dead: (count) => share(count / data.model.executors), tail: (ratio) => (ratio === null ? "own" : `${digits(ratio)} ×`) };

const evaluate = (settings) => {
  const s = { ...data.own, ...settings }, found = figuresAt(data.model, s);
  return { ...found, command: commandFor(data, s, found) };
};
globalThis.explorer = { at: evaluate, levels: data.levels };

let now = { ...data.own };
const nearest = (name, value) => {
  const { levels } = AXES[name], exact = levels.indexOf(value);
  return exact >= 0 ? exact : levels.findIndex((level) => level >= value);
};

// Sliders
const inputs = {};
for (const [name, axis] of Object.entries(AXES)) {
  const box = document.createElement("div"), top = document.createElement("div"), label = document.createElement("label");
  const output = document.createElement("output"), input = document.createElement("input"), note = document.createElement("small");
  box.className = "slider"; top.className = "top";
  label.htmlFor = input.id = `slider-${name}`;
  label.textContent = axis.title;
  output.htmlFor = input.id;
  Object.assign(input, { type: "range", min: 0, max: axis.levels.length - 1, step: 1 });
  note.textContent = data.fixed[name] ? `${axis.key}: fixed, because ${data.fixed[name]}` : axis.key;
  input.disabled = Boolean(data.fixed[name]) || axis.levels.length < 2;
  input.addEventListener("input", () => { now = { ...now, [name]: axis.levels[Number(input.value)] }; show(); });
  top.append(label, output);
  box.append(top, input, note);
  element("sliders").append(box);
  inputs[name] = { input, output };
  element("axis").append(new Option(axis.title, name));
}

// Figures
const written = (figure, write) => {
  if (figure.value !== null) return [write(figure.value), ""];
  const { low, high } = figure;
  const bounds = low === null && high === null ? "none"
    : high === null ? `at least ${write(low)}` : low === null ? `at most ${write(high)}` : `${write(low)} to ${write(high)}`;
  return [bounds, `no closed form: ${figure.reason}`];
};
const cell = (tag, text, note, number) => {
  const found = document.createElement(tag);
  if (tag === "th") found.scope = "row";
  if (number) found.className = "number";
  found.textContent = text;
  if (note) {
    const small = document.createElement("small");
    small.textContent = note;
    found.append(small);
  }
  return found;
};

// The changes by the settings, in words.
const changed = (ratio, of) => {
  if (ratio >= 2) return `${digits(ratio)} × the ${of}`;
  return `${digits(Math.abs(ratio - 1) * 100, 2)} % ${ratio > 1 ? "more" : "less"} ${of}`;
};
const changes = (here, there) => {
  const words = [], both = (name) => [here[name].value, there[name].value];
  const [late, usual] = both("detection_total.p99"), [wrong, right] = both("false_positives.rate");
  if (late !== null && usual !== null && Math.abs(late / usual - 1) >= 0.001) words.push(`99 % of the time-outs are found within ${time(late)} instead of ${time(usual)}`);
  if (wrong !== null && right !== null && Math.abs(wrong - right) > 1e-3 * Math.max(wrong, right)) words.push(`mistakes ${share(wrong)} instead of ${share(right)}`);
  for (const [name, of] of [["records.mean_bytes", "memory"], ["manager.cpu_share", "cost"]]) {
    const [a, b] = both(name);
    if (a !== null && b && Math.abs(a / b - 1) >= 0.001) words.push(changed(a / b, of));
  }
  return words.length ? `Compared with the design: ${words.join("; ")}.` : "These settings have the design’s figures.";
};

let present, designed;
const show = () => {
  for (const [name, { input, output }] of Object.entries(inputs)) {
    const place = nearest(name, now[name]);
    if (Number(input.value) !== place) input.value = place;
    const text = AXES[name].write(now[name]) + (name in data.design && now[name] === data.design[name] ? " (design)" : "");
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  }
  const started = performance.now();
  present = evaluate(now);
  designed = evaluate({ ...now, ...data.design });
  explorer.shown = { settings: { ...now }, ...present, ms: performance.now() - started };
  element("rows").replaceChildren(...FIGURES.map(({ name, title, note, write }) => {
    const row = document.createElement("tr");
    row.dataset.figure = name;
    const [[text, why], [usual, whyNot]] = [written(present.figures[name], write), written(designed.figures[name], write)];
    row.append(cell("th", title, note), cell("td", text, why, true), cell("td", usual, whyNot === why ? "" : whyNot, true));
    return row;
  }));
  element("verdict").textContent = changes(present.figures, designed.figures);
  element("command").textContent = present.command;
  element("copied").textContent = "";
  draw();
};

// Curves: computed in pieces, so that the sliders stay quick. A new move ends the old computation.
const POINTS = 33;
let round = 0;
const draw = () => {
  const mine = ++round, name = element("axis").value, last = AXES[name].levels.length - 1;
  const axis = { ...AXES[name], write: SHORT[name] || AXES[name].write };
  const settings = { ...now }, points = { now: present.figures, design: designed.figures };
  const places = [...new Set(Array.from({ length: POINTS }, (_, k) => Math.round((k * last) / (POINTS - 1))))];
  const curve = new Array(last + 1).fill(null);
  const place = { now: nearest(name, now[name]), design: nearest(name, data.design[name] ?? now[name]) };
  curve[place.now] = points.now;
  const finish = () => {
    element("plots").replaceChildren(...PLOTS.map((plot) => plotOf(plot, axis, curve, ["design", "now"].flatMap((kind) =>
      plot.names.map((each) => ({ kind, label: kind === "now" ? "these settings" : "design", place: place[kind], value: points[kind][each].value }))
        .filter((mark) => mark.value !== null)))));
    root.dataset.ready = "yes";
  };
  root.dataset.ready = "no";
  const work = () => {
    if (mine !== round) return;
    const started = performance.now();
    while (places.length && performance.now() - started < 10) {
      const next = places.shift();
      curve[next] = figuresAt(data.model, { ...settings, [name]: axis.levels[next] }).figures;
    }
    if (places.length) setTimeout(work, 0); else finish();
  };
  setTimeout(work, 60);
};
element("axis").value = "interval";
element("axis").addEventListener("change", draw);
element("to-design").addEventListener("click", () => { now = { ...now, ...data.design }; show(); });
element("to-scenario").addEventListener("click", () => { now = { ...data.own }; show(); });

// The command: copied, or selected where a page from disk may not copy.
element("copy").addEventListener("click", () => {
  const range = document.createRange();
  range.selectNodeContents(element("command"));
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  const done = document.execCommand("copy");
  element("copied").textContent = done ? "copied" : "selected: press Ctrl+C";
});

// The theme: that of the system, until the reader chooses.
const dark = matchMedia("(prefers-color-scheme: dark)"), button = element("theme");
const theme = () => root.dataset.theme || (dark.matches ? "dark" : "light");
const label = () => { button.textContent = theme() === "dark" ? "Light theme" : "Dark theme"; };
button.addEventListener("click", () => { root.dataset.theme = theme() === "dark" ? "light" : "dark"; label(); });
dark.addEventListener("change", label);
label();
show();
