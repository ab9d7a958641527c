"use strict";
// The page: what is shown, and what keys do. All numbers were made beforehand, by their functions.

const data = JSON.parse(document.getElementById("steps").textContent);
const labels = [], owner = [];
for (const tensor of data.tensors)
  tensor.cells.forEach((cell, i) => {
    labels[cell] = tensor.labels[i];
    owner[cell] = tensor;
  });
const given = Object.keys(data.drag).map(Number);
const state = { at: data.opens, chosen: null, place: null, trained: 0, streak: 0,
  wiggle: false, drag: false, guess: false, told: "" };
const $ = (id) => document.getElementById(id);
const narrow = window.matchMedia("(max-width: 640px)");
let plan;

const step = () => data.steps[state.at - 1] || null;
const chosen = () => state.chosen ?? (step() ? step().cell : given[0]);
const sign = (mark) => ({ x: "✗", "=": "≠", "~": "~" })[mark] || "";
const minus = (text) => text.replaceAll("-", "−");

// The run that is shown: the net as it is, dragged, or trained.
function run() {
  if (state.trained) return data.trained[state.trained - 1];
  if (state.place !== null) return data.drag[state.place.cell][state.place.index][1];
  return data.base;
}

const nameOf = (s) => (s.kind === "g" ? `dL/d${labels[s.cell]}` : labels[s.cell]);
const shownNumber = (s) => (known(s.cell)[s.kind] || [null])[0];
const right = (s) => (s.kind === "g" ? run().t : run().v)[s.cell];

// The rule with the numbers put in.
function putIn(s) {
  if (s.kind === "v") return state.trained || state.place !== null ? "" : minus(s.put_in);
  const now = run();
  return now.e.filter(([from]) => from === s.cell)
    .map(([, to, slope]) => `${inBrackets(slope)}·${inBrackets(now.g[to])}`).join(" + ") || "0";
}

function verdict(s) {
  const mark = run()[s.kind === "v" ? "mv" : "mg"][s.cell];
  if (run() === data.base) return minus(s.says);
  return "x=".includes(mark) ? `${sign(mark)} the wiggle says ${said(right(s))}` : "";
}

function drawPanel() {
  const s = step();
  $("count").textContent = `${state.at} / ${data.steps.length}`;
  $("slider").value = state.at;
  if (!s) {
    $("where").textContent = "Forward, then back";
    $("by").textContent = "Press → for the first number. Above: the value. Below: its gradient.";
    for (const id of ["rule", "numbers", "verdict"]) $(id).textContent = "";
  } else {
    const how = s.kind === "v" ? "forward through" : "back through";
    const sum = putIn(s), number = said(shownNumber(s));
    const agrees = s.kind === "v" || !"x=".includes(run().mg[s.cell]);
    $("where").textContent = `${nameOf(s)} = ${number}`;
    $("by").textContent = s.by ? `${how} ${s.by}` : how.split(" ")[0];
    $("rule").textContent = minus(s.rule);
    $("numbers").textContent = sum && ` = ${sum}${agrees ? ` = ${number}` : ""}`;
    $("verdict").textContent = verdict(s);
    $("verdict").className = /^[✗≠]/.test(verdict(s)) ? "bad" : "";
  }
  drawMore();
  for (const name of ["wiggle", "drag", "guess"])
    $(name).setAttribute("aria-pressed", state[name]);
  for (const button of document.querySelectorAll(".pull")) button.hidden = !state.drag;
  $("asked").hidden = !state.guess;
  $("streak").textContent = state.streak ? `streak: ${state.streak}` : "";
  $("told").textContent = state.told;
}

// What w, d and s show: the loss near a number, along it, or from training step to step.
function drawMore() {
  const cell = chosen(), more = [], paragraph = (text) => {
    const made = document.createElement("p");
    made.textContent = text;
    more.push(made);
  };
  const here = data.base.v[cell], now = run(), loss = labels.length - 1, pair = data.wiggles[cell];
  const gradient = known(cell).g;
  const mine = gradient ? ` Your gradient: ${said(gradient[0])}.` : "";
  if (state.wiggle && pair && now === data.base) {
    const slope = said((pair[1] - pair[0]) / (2 * data.nudge));
    paragraph(`Move ${labels[cell]} from ${said(here - data.nudge)} to ${said(here + data.nudge)}: ` +
      `the loss goes from ${pair[0].toFixed(6)} to ${pair[1].toFixed(6)}, a slope of ${slope}.${mine}`);
  } else if (state.wiggle && !pair) paragraph(`${labels[cell]} cannot be moved.`);
  if (state.drag && data.drag[cell])
    paragraph(`${labels[cell]} = ${said(now.v[cell])}: the loss is ${said(now.v[loss])}, its slope ` +
      `${said(now.t[cell])}.${mine} ← and → (or − and +) drag it; Esc puts it back.`);
  else if (state.drag) paragraph(`${labels[cell]} is computed. Click a number that is given.`);
  if (state.trained) {
    const losses = [data.base, ...data.trained].slice(0, state.trained + 1).map((r) => r.v[loss]);
    const [last, before] = [losses.at(-1), losses.at(-2)];
    const rises = last === null || last > before;
    paragraph(`Training step ${state.trained}: the loss ${rises ? "rises" : "falls"} ` +
      `from ${said(before)} to ${said(last)}. Esc begins again.`);
    more.push(chart(losses.map((y, x) => [x, y]), losses.length - 1, [], "step",
      `the loss after each training step: ${losses.map(said).join(", ")}`));
  } else if ((state.wiggle || state.drag) && data.drag[cell]) {
    const points = data.drag[cell].map(([x, r]) => [x, r.v[loss]]);
    points.push([here, data.base.v[loss]]);
    points.sort((a, b) => a[0] - b[0]);
    const lines = [["measured", now.t[cell]], ["tangent", gradient ? gradient[0] : null]];
    more.push(chart(points, now.v[cell], state.wiggle ? lines : lines.slice(1), labels[cell],
      `the loss along ${labels[cell]}: your gradient as a line, the wiggle's as a dotted one`));
  }
  $("more").replaceChildren(...more);
}

function draw() {
  drawPanel();
  drawNet();
}

function go(to) {
  Object.assign(state, { at: Math.max(0, Math.min(data.steps.length, to)), chosen: null, told: "" });
  if (state.place !== null) state.place = null;
  state.drag = false;
}

// On to the first step of the next link, or back to that of this one or the one before.
function jump(by) {
  const same = (a, b) => a && b && a.kind === b.kind && a.by === b.by &&
    (a.kind === "v" ? owner[a.cell] === owner[b.cell] : true);
  let to = state.at;
  do to += by;
  while (to > 0 && to < data.steps.length && same(data.steps[to - 1], data.steps[to - 2]));
  go(to);
}

function dragBy(by) {
  const cell = chosen(), places = data.drag[cell];
  if (!places) return void (state.drag = true);
  const values = places.map(([value]) => value), here = data.base.v[cell];
  const all = [...values, here].sort((a, b) => a - b);
  const at = all.indexOf(run().v[cell]) + by;
  if (at < 0 || at >= all.length) return;
  const index = values.indexOf(all[at]);
  Object.assign(state, { drag: true, trained: 0, chosen: cell,
    place: index < 0 ? null : { cell, index } });
}

function train() {
  const back = state.place && labels[state.place.cell];
  Object.assign(state, { place: null, drag: false, at: data.steps.length, chosen: null });
  if (state.trained >= data.trained.length)
    return void (state.told = "There is no further training step.");
  state.told = back ? `${back} is back where it was: training starts from the net as it is given.` : "";
  state.trained += 1;
}

function guess() {
  const next = data.steps[state.at];
  state.guess = !state.guess && Boolean(next);
  Object.assign(state, { place: null, trained: 0, drag: false, told: "" });
  if (!next) state.told = "Everything is shown. Home goes back to the beginning.";
  ask(next);
}

function ask(next) {
  $("ask").textContent = next ? `${minus(next.rule)}.  ${nameOf(next)} = ` : "";
  $("number").value = "";
}

function answer(text) {
  const typed = Number(text.trim().replace("−", "-").replace(",", "."));
  if (!text.trim() || Number.isNaN(typed)) return;
  go(state.at + 1);
  const truth = right(step()), hit = Math.abs(typed - truth) <= 0.01 * (1 + Math.abs(truth));
  state.streak = hit ? state.streak + 1 : 0;
  state.told = hit ? `✓ ${said(truth)} it is.` : `✗ you said ${said(typed)}; it is ${said(truth)}.`;
  const next = data.steps[state.at];
  state.guess = Boolean(next);
  ask(next);
}

const keys = {
  ArrowRight: () => (state.drag ? dragBy(1) : go(state.at + 1)),
  ArrowLeft: () => (state.drag ? dragBy(-1) : go(state.at - 1)),
  ArrowDown: () => jump(1), ArrowUp: () => jump(-1),
  Home: () => go(0), End: () => go(data.steps.length),
  p: guess, w: () => (state.wiggle = !state.wiggle), d: () => (state.drag = !state.drag), s: train,
  "+": () => dragBy(1), "=": () => dragBy(1), "-": () => dragBy(-1),
  Escape: () => Object.assign(state, { place: null, trained: 0, drag: false, guess: false, chosen: null }),
};

function press(key) {
  const typing = document.activeElement === $("number");
  if (!keys[key] || (typing && key !== "Escape")) return false;
  if (key.startsWith("Arrow") || key === "Home" || key === "End") state.trained = 0;
  keys[key]();
  draw();
  if (state.guess) $("number").focus();
  else $("number").blur();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (press(event.key.length === 1 ? event.key.toLowerCase() : event.key)) event.preventDefault();
});
for (const button of document.querySelectorAll("[data-key]"))
  button.addEventListener("click", () => press(button.dataset.key));
$("slider").max = data.steps.length;
$("slider").addEventListener("input", () => {
  state.trained = 0;
  go(Number($("slider").value));
  draw();
});
$("asked").addEventListener("submit", (event) => {
  event.preventDefault();
  answer($("number").value);
  draw();
  if (state.guess) $("number").focus();
});
// A click chooses a number; sideways, the pointer drags it.
let pulled = null;
$("net").addEventListener("pointerdown", (event) => {
  const hit = event.target.closest("[data-cell]");
  if (!hit) return;
  state.chosen = Number(hit.dataset.cell);
  if (state.place !== null && state.place.cell !== state.chosen) state.place = null;
  pulled = event.clientX;
  draw();
});
window.addEventListener("pointermove", (event) => {
  if (pulled === null || Math.abs(event.clientX - pulled) < 26 || !data.drag[chosen()]) return;
  dragBy(event.clientX > pulled ? 1 : -1);
  pulled = event.clientX;
  draw();
});
window.addEventListener("pointerup", () => (pulled = null));
narrow.addEventListener("change", draw);
draw();
