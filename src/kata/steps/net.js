"use strict";
// The net as it is drawn: what is known of each number, and how it reaches the loss.

// What is known so far of a cell: its value and its gradient, each with its mark, or null.
function known(cell) {
  const seen = (kind) => data.steps.findIndex((s) => s.cell === cell && s.kind === kind) + 1;
  const now = run(), value = seen("v"), gradient = seen("g");
  const wrong = now.mv[cell] === "x" && !state.trained && state.place === null;
  return {
    v: !value || value <= state.at
      ? [wrong ? data.said[cell] : now.v[cell], now.mv[cell]] : null,
    g: gradient && gradient <= state.at ? [now.g[cell], now.mg[cell]] : null,
  };
}

// The edges from a cell to the loss, and those that lead nowhere; of a value, what it is made from.
function paths() {
  const { e } = run(), s = step();
  if (state.chosen === null && (!s || s.kind === "v"))
    return { lit: s ? e.filter(([, to]) => to === s.cell) : [], blocked: [], first: null };
  const loss = labels.length - 1, first = chosen();
  const reaches = new Set([loss]), reached = new Set([first]);
  for (const [from, to] of [...e].sort((a, b) => b[0] - a[0])) if (reaches.has(to)) reaches.add(from);
  for (const [from, to] of [...e].sort((a, b) => a[0] - b[0])) if (reached.has(from)) reached.add(to);
  const walked = e.filter(([from]) => reached.has(from));
  return { lit: walked.filter(([, to]) => reaches.has(to)),
    blocked: walked.filter(([, to]) => !reaches.has(to)), first };
}

function drawNet() {
  plan = layout(data, narrow.matches);
  const { lit, blocked, first } = paths(), bright = new Set(lit.flatMap(([a, b]) => [a, b]));
  const svg = node("svg", { viewBox: `-4 -4 ${plan.wide + 8} ${plan.high + 8}`, role: "img",
    width: plan.wide + 8, "aria-label": inWords(lit) });
  svg.append(pipes(plan));
  for (const [from, to] of blocked) svg.append(edge(plan, from, to, "blocked"));
  for (const [from, to] of lit) svg.append(edge(plan, from, to, from === first ? "first" : ""));
  for (const tensor of data.tensors) {
    const { x, y } = plan.places[tensor.name];
    const name = node("text", { class: "name", x, y: y + CELL.name - 8 });
    name.textContent = tensor.name;
    svg.append(name);
    for (const cell of tensor.cells) svg.append(drawCell(cell, bright.has(cell)));
  }
  $("net").replaceChildren(svg);
  const now = svg.querySelector(".now");
  if (!narrow.matches || !now) return;
  // on a narrow page, keep the number at hand above the panel
  const box = now.getBoundingClientRect(), free = $("panel").getBoundingClientRect().top;
  if (box.top < 40 || box.bottom > free - 12) window.scrollBy(0, box.top - Math.max(90, free / 3));
}

function drawCell(cell, lit) {
  const { x, y } = plan.at[cell], { v, g } = known(cell), s = step();
  const now = cell === (state.chosen ?? (s ? s.cell : -1));
  const moved = v && run().v[cell] !== data.base.v[cell];
  const kind = `cell${lit ? " lit" : ""}${now ? " now" : ""}${moved ? " moved" : ""}`;
  const group = node("g", { class: kind, "data-cell": cell });
  group.append(node("rect", { x, y, width: CELL.wide, height: CELL.high, rx: 7 }));
  const line = (shown, what, down) => {
    if (!shown) return;
    const [number, mark] = shown, css = { x: "wrong", "=": "wrong", "~": "filled" }[mark] || "";
    const text = node("text", { class: `${what} ${css}`, x: x + CELL.wide / 2, y: y + down,
      "text-anchor": "middle" });
    text.textContent = sign(mark) + said(number);
    if (text.textContent.length > (mark === " " ? 7 : 6)) {
      text.setAttribute("textLength", CELL.wide - 6);
      text.setAttribute("lengthAdjust", "spacingAndGlyphs");
    }
    group.append(text);
  };
  const lone = !data.steps.some((other) => other.cell === cell && other.kind === "g");
  line(v, "v", lone ? 32 : 21);
  line(g, "g", 43);
  return group;
}

function inWords(lit) {
  const s = step();
  const what = s ? `${nameOf(s)}: ${said(shownNumber(s))}` : "nothing is computed yet";
  const walk = [...new Set(lit.flatMap(([a, b]) => [a, b]))].sort((a, b) => a - b);
  const way = walk.length ? `; the path runs through ${walk.map((c) => labels[c]).join(", ")}` : "";
  return `The net, step ${state.at} of ${data.steps.length}: ${what}${way}.`;
}
