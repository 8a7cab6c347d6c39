// Where to draw the line: the threshold that the visitor tries, and what it does to test messages.

import { byId, format, percent, percentOf } from "./format.js";
import { names } from "./service.js";

const SVG = "http://www.w3.org/2000/svg";

let points = null; // columns: threshold, spam_caught, ham_blocked
let own = 0; // the place of the service's own threshold among them
let totals = { positive: 0, negative: 0 };
let onMove = () => {};

const slider = byId("line");
const place = () => Number(slider.value);

// The threshold that is tried; null while it is the service's own.
export const triedThreshold = () => (points && place() !== own ? points.threshold[place()] : null);

export function setUpLine(model, moved) {
  points = model.operating_points;
  onMove = moved;
  byId("scale").hidden = !points;
  if (!points) return; // a model that was stored before there were any
  const { metrics } = model;
  totals = {
    positive: metrics[names.positive].support,
    negative: metrics[names.negative].support,
  };
  const threshold = metrics.threshold;
  own = points.threshold.indexOf(threshold);
  slider.max = points.threshold.length - 1;
  slider.value = own;
  slider.addEventListener("input", showLine);
  byId("line-back").addEventListener("click", () => {
    slider.value = own;
    showLine();
    slider.focus();
  });
  byId("own-mark").style.setProperty("--share", own / slider.max);
  draw("caught-curve", points.spam_caught);
  draw("blocked-curve", points.ham_blocked);
  for (const id of ["line-head", "line-help", "counts"]) byId(id).hidden = false;
  showLine();
}

function showLine() {
  const threshold = percent(points.threshold[place()]);
  const caught = points.spam_caught[place()];
  const blocked = points.ham_blocked[place()];
  const moved = place() !== own;
  const sentence = `from ${threshold} on it is ${names.positive}`;
  slider.setAttribute("aria-valuetext", sentence);
  byId("line-note").textContent = sentence;
  byId("line-back").hidden = !moved;
  byId("line-help").textContent = moved
    ? `The service's own line is at ${percent(points.threshold[own])}. With yours it would have:`
    : "Drag it. Of messages that the model had never seen, it has:";
  byId("caught").textContent = percentOf(caught, totals.positive);
  byId("caught-count").textContent = `${format(caught)} of ${format(totals.positive)} ${names.positive}`;
  byId("blocked").textContent = percentOf(blocked, totals.negative);
  byId("blocked-count").textContent = `${format(blocked)} of ${format(totals.negative)} ${names.negative}`;
  for (const dot of document.querySelectorAll(".curve .now")) {
    dot.setAttribute("x1", (100 * place()) / slider.max);
    dot.setAttribute("x2", (100 * place()) / slider.max);
  }
  onMove();
}

// A curve over all thresholds, from its least to its greatest count.
function draw(id, counts) {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const last = counts.length - 1;
  const corners = counts.map((number, index) => {
    const height = (number - least) / (most - least || 1);
    return `${((100 * index) / last).toFixed(1)},${(28 - 26 * height).toFixed(1)}`;
  });
  const area = document.createElementNS(SVG, "polygon");
  area.setAttribute("points", `0,30 ${corners.join(" ")} 100,30`);
  const curve = document.createElementNS(SVG, "polyline");
  curve.setAttribute("points", corners.join(" "));
  const now = document.createElementNS(SVG, "line");
  now.setAttribute("class", "now");
  now.setAttribute("y1", 0);
  now.setAttribute("y2", 30);
  byId(id).replaceChildren(area, curve, now);
}
