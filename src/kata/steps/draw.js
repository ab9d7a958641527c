"use strict";
// What is drawn: where each tensor lies, the paths between cells, and small curves.

const SVG = "http://www.w3.org/2000/svg";
const CELL = { wide: 60, high: 52, gap: 4, name: 24, between: 84 };

function node(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// A number as it is read: four digits, and a real minus.
function said(number) {
  if (number === null) return "nan";
  const short = Math.abs(number) < 5e-7 ? 0 : Number(number.toPrecision(4));
  return String(short).replace("-", "−");
}

function inBrackets(number) {
  return number < 0 ? `(${said(number)})` : said(number);
}

function sizeOf(tensor) {
  const shape = tensor.shape;
  const columns = shape.length ? shape[shape.length - 1] : 1;
  const rows = Math.max(1, tensor.cells.length / columns);
  const step = (count, size) => count * (size + CELL.gap) - CELL.gap;
  return { columns, wide: step(columns, CELL.wide), high: step(rows, CELL.high) + CELL.name };
}

// The trunk is the first input and what each link makes; the other inputs stand at their link.
function parts(data) {
  const trunk = [data.links[0].inputs[0], ...data.links.map((link) => link.out)];
  const placed = new Set(trunk);
  const sides = data.links.map((link) => {
    const fresh = link.inputs.filter((name) => !placed.has(name));
    fresh.forEach((name) => placed.add(name));
    return fresh;
  });
  return { trunk, sides };
}

// Where each tensor's top left corner lies: side by side, or one below the other on a narrow page.
function layout(data, narrow) {
  const named = Object.fromEntries(data.tensors.map((tensor) => [tensor.name, tensor]));
  const sizes = Object.fromEntries(data.tensors.map((t) => [t.name, sizeOf(t)]));
  const { trunk, sides } = parts(data);
  const places = {}, gap = 14;
  const stack = (names) => ({
    wide: Math.max(0, ...names.map((name) => sizes[name].wide)),
    high: names.reduce((sum, name) => sum + sizes[name].high + gap, 0),
  });
  const columns = [];
  if (narrow) {
    const left = Math.max(...trunk.map((name) => sizes[name].wide)) + 40;
    let y = 0, free = 0;
    trunk.forEach((name, i) => {
      const names = i ? sides[i - 1] : [];
      const tall = stack(names).high;
      let at = Math.max(free, y - sizes[trunk[Math.max(0, i - 1)]].high);
      if (i) y = Math.max(y + 34, names.length ? at + tall - sizes[name].high / 2 : 0);
      for (const side of names) {
        places[side] = { x: left, y: at };
        at += sizes[side].high + gap;
      }
      if (names.length) free = at;
      places[name] = { x: 0, y };
      y += sizes[name].high;
    });
  } else {
    const above = Math.max(...sides.map((names) => stack(names).high));
    const middle = Math.max(...trunk.map((name) => sizes[name].high)) / 2;
    let x = 0, taken = 0;
    trunk.forEach((name, i) => {
      const names = i ? sides[i - 1] : [];
      const { wide, high } = stack(names);
      if (i) {
        const centre = Math.max(x + CELL.between / 2, names.length ? taken + wide / 2 : 0);
        let y = above - high;
        for (const side of names) {
          places[side] = { x: centre - sizes[side].wide / 2, y };
          y += sizes[side].high + gap;
        }
        if (names.length) taken = centre + wide / 2 + 18;
        columns.push({ centre, by: data.links[i - 1].by, from: names.length ? above : null });
        x = centre + CELL.between / 2;
      }
      places[name] = { x, y: above + 12 + middle - sizes[name].high / 2 };
      x += sizes[name].wide;
    });
  }
  const leftmost = Math.min(...Object.values(places).map((place) => place.x));
  const at = [];
  for (const tensor of data.tensors) {
    const place = places[tensor.name];
    place.x -= leftmost;
    tensor.cells.forEach((cell, i) => {
      const column = i % sizes[tensor.name].columns;
      const row = Math.floor(i / sizes[tensor.name].columns);
      at[cell] = {
        x: place.x + column * (CELL.wide + CELL.gap),
        y: place.y + CELL.name + row * (CELL.high + CELL.gap),
      };
    });
  }
  const wide = Math.max(...data.tensors.map((t) => places[t.name].x + sizes[t.name].wide));
  const high = Math.max(...data.tensors.map((t) => places[t.name].y + sizes[t.name].high));
  columns.forEach((column) => (column.centre -= leftmost));
  const level = (cell) => trunk.some((name) => named[name].cells.includes(cell));
  return { at, places, sizes, trunk, columns, wide, high, narrow, level };
}

// The pale lines from tensor to tensor, with the functions' names.
function pipes(plan) {
  const group = node("g", {});
  plan.trunk.slice(1).forEach((name, i) => {
    const before = plan.trunk[i], a = plan.places[before], b = plan.places[name];
    const sizes = plan.sizes;
    if (plan.narrow) {
      const x = Math.min(sizes[before].wide, sizes[name].wide) / 2;
      const from = a.y + sizes[before].high;
      group.append(node("path", { class: "pipe", d: `M${x} ${from} V${b.y + CELL.name}` }));
      return;
    }
    const y = a.y + CELL.name / 2 + sizes[before].high / 2, column = plan.columns[i];
    const from = a.x + sizes[before].wide;
    group.append(node("path", { class: "pipe", d: `M${from} ${y} H${b.x}` }));
    if (column.from !== null)
      group.append(
        node("path", { class: "pipe", d: `M${column.centre} ${column.from - 14} V${y}` }),
      );
    const label = node("text", { class: "by", x: column.centre, y: y + 22, "text-anchor": "middle" });
    label.textContent = column.by;
    group.append(label);
  });
  return group;
}

// A line from the middle of a cell to the middle of another; cells hide what lies behind them.
function edge(plan, from, to, kind) {
  const middle = (cell) => [plan.at[cell].x + CELL.wide / 2, plan.at[cell].y + CELL.high / 2];
  const [x, y] = middle(from), [u, v] = middle(to);
  const across = `${(x + u) / 2} ${y} ${(x + u) / 2} ${v}`, down = (y + v) / 2;
  const bend = plan.narrow ? `${x} ${down} ${u} ${down}`
    : plan.level(from) ? across : `${x} ${v} ${x} ${v}`; // down its pipe, then to the right
  return node("path", { class: `edge ${kind}`, d: `M${x} ${y} C${bend} ${u} ${v}` });
}

// The loss along one number, or along the training steps; tangents are lines of a slope.
function chart(points, here, lines, along, label) {
  const wide = 250, high = 120, pad = 12;
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y).filter((y) => y !== null);
  const low = Math.min(...xs), far = Math.max(...xs) - low || 1;
  const top = Math.max(...ys), bottom = Math.min(...ys, 0), tall = top - bottom || 1;
  const place = (x, y) => [
    pad + ((x - low) / far) * (wide - 2 * pad),
    high - pad - ((y - bottom) / tall) * (high - 2 * pad),
  ];
  const svg = node("svg", { width: wide, height: high + 14, role: "img", "aria-label": label,
    viewBox: `0 0 ${wide} ${high + 14}` });
  svg.append(node("path", { class: "axis", d: `M${pad} ${high - pad} H${wide - pad}` }));
  const known = points.filter(([, y]) => y !== null);
  const walk = known.map(([x, y]) => place(x, y).join(" ")).join(" L");
  svg.append(node("path", { class: "curve", d: `M${walk}` }));
  for (const [x, y] of known) {
    const [cx, cy] = place(x, y);
    svg.append(node("circle", { class: x === here ? "dot here" : "dot", cx, cy, r: x === here ? 6 : 3 }));
  }
  const start = known.find(([x]) => x === here);
  const word = (text, x, y, anchor) => {
    const made = node("text", { class: "name", x, y, "text-anchor": anchor });
    made.textContent = text;
    svg.append(made);
  };
  word("loss", pad, 14, "start");
  word(along, wide - pad, high + 8, "end");
  for (const [kind, slope] of start ? lines : []) {
    if (slope === null) continue;
    const [x, y] = start;
    let reach = far * 0.3;
    if (Math.abs(slope) * reach > tall * 0.4) reach = (tall * 0.4) / Math.abs(slope);
    const [a, b] = place(x - reach, y - slope * reach), [c, d] = place(x + reach, y + slope * reach);
    svg.append(node("line", { class: kind, x1: a, y1: b, x2: c, y2: d }));
  }
  return svg;
}
