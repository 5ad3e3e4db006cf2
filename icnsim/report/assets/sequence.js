"use strict";
// The sequence diagram of a migration, laid out for the width that there is, and what the timeline draws with, too.
const drawing = (() => {
  const NS = "http://www.w3.org/2000/svg";

  const make = (parent, name, attributes = {}, text) => {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  const seconds = (ms) => `${(ms / 1000).toLocaleString("en", { maximumFractionDigits: 3 })} s`;
  const cut = (text, most) => {
    const half = Math.floor(most / 2);
    return text.length > most ? `${text.slice(0, most - half - 1)}…${text.slice(text.length - half)}` : text;
  };

  const wrap = (text, most) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const last = lines[lines.length - 1];
      if (last && last.length + word.length >= most) lines.push(word);
      else lines[lines.length - 1] = last ? `${last} ${word}` : word;
    }
    return lines;
  };
  const diagram = (parent, { executors, since, steps }, data) => {
    const left = 66, wide = Math.max(Math.min(parent.clientWidth, left + 300 * executors.length), left + 110 * executors.length), column = (wide - left) / executors.length;
    const middle = Object.fromEntries(executors.map((each, place) => [each, left + column * (place + 0.5)]));
    const svg = make(parent, "svg", { role: "img", "aria-label": steps.map((each) => sentence(each, since, data)).join("; ") });
    const back = make(svg, "g");
    let y = 40;
    const write = (text, at, chars) => {
      const lines = wrap(text, chars);
      lines.forEach((line, place) => make(svg, "text", { x: at, y: y + 13 + 14 * place, "text-anchor": "middle" }, line));
      return 14 * lines.length;
    };
    for (const step of steps) {
      if (step[0] !== null) make(svg, "text", { x: 0, y: y + 13 }, `${((since + step[0]) / 1000).toFixed(3)} s`);
      if (step.length === 5) {
        const [start, end] = [middle[step[1]], middle[step[2]]], way = Math.sign(end - start) || 1;
        y += write(data.texts[step[3]], (start + end) / 2, Math.max(column, Math.abs(end - start)) / 7) + 6;
        make(svg, "line", { class: "tl-arrow", x1: start, x2: end, y1: y, y2: y });
        make(svg, "path", { class: "tl-tip", d: `M${end} ${y}l${-9 * way} -5v10z` });
        y += 14;
      } else {
        const rect = make(svg, "rect", { class: step[3] ? "tl-badbox" : "", x: middle[step[1]] - column / 2 + 3, y, width: column - 6, rx: 3 });
        const high = write(data.texts[step[2]], middle[step[1]], (column - 12) / 6.6) + 8;
        rect.setAttribute("height", high);
        y += high + 8;
      }
    }
    for (const each of executors) {
      make(svg, "text", { x: middle[each], y: 18, "text-anchor": "middle", "font-weight": 600 }, cut(data.executors[each], Math.floor(column / 7)));
      make(back, "line", { class: "tl-life", x1: middle[each], x2: middle[each], y1: 26, y2: y });
    }
    for (const [key, value] of [["viewBox", `0 0 ${wide} ${y + 8}`], ["width", wide], ["height", y + 8]]) svg.setAttribute(key, value);
  };
  const sentence = (step, since, data) => {
    const when = step[0] === null ? "" : `${seconds(since + step[0])} `;
    if (step.length === 4) return `${when}${data.executors[step[1]]}: ${data.texts[step[2]]}`;
    const sent = step[4] === null ? "" : `, sent ${seconds(since + step[4])}`;
    return `${when}${data.executors[step[1]]} to ${data.executors[step[2]]}: ${data.texts[step[3]]}${sent}`;
  };

  return { make, seconds, cut, sentence, diagram };
})();
