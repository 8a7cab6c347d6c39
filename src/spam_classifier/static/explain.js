// Why: the words of a message, marked in it and as bars that add up to the verdict.

import { byId, count, make, percent, signed } from "./format.js";
import { kindOf, nameClasses, served } from "./service.js";

const LEVELS = [0.3, 0.8, 1.5]; // log-odds from which a word is marked more strongly
const WORDS_SHOWN = 8;

const LEAST_KNOWN = 0.55; // share of its words; about 1 % of the test messages have less

const round = (number) => Math.round(number * 100) / 100;
const kind = (weight) => (weight > 0 ? "positive" : "negative");

// Whether a message is mostly outside what the model learnt.
export const isForeign = ({ known }) => known < LEAST_KNOWN;

// What to say of such a message; empty for any other.
export function describeHint(answer) {
  if (!isForeign(answer)) return "";
  const origin = served.learntFrom ? ` It learnt from ${served.learntFrom}.` : "";
  return `The model knows only ${percent(answer.known)} of these words: do not rely on this verdict.${origin}`;
}

// Show an answer of /explain within an element.
export function showWhy(root, text, answer) {
  root.replaceChildren(byId("why-template").content.cloneNode(true));
  nameClasses(root);
  const points = [...text];
  const words = joinSpans(points, answer.spans);
  root.querySelector(".cut").hidden = !isCut(points, answer.spans);
  markWords(root, points, words);
  const strongest = words.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const more = root.querySelector(".more-words");
  more.hidden = words.length <= WORDS_SHOWN;
  more.textContent = `Show all ${words.length} words`;
  more.addEventListener("click", () => {
    more.hidden = true;
    drawSum(root, answer, strongest, strongest.length);
    root.querySelector(".word").focus();
  });
  drawSum(root, answer, strongest, more.hidden ? words.length : WORDS_SHOWN);
}

// Spans without a space between them are read as one word, such as an address.
function joinSpans(points, spans) {
  const words = [];
  for (const { start, end, weight } of spans) {
    const last = words.at(-1);
    if (last && !/\s/.test(points.slice(last.end, start).join(""))) {
      last.end = end;
      last.weight += weight;
    } else {
      words.push({ start, end, weight });
    }
  }
  return words.map((word) => ({ ...word, text: points.slice(word.start, word.end).join("") }));
}

// A long message has weights in one part of it only.
function isCut(points, spans) {
  if (!spans.length) return false;
  const outside = points.length - (spans.at(-1).end - spans[0].start);
  return outside > points.length / 3 && points.length > 100;
}

function markWords(root, points, words) {
  const parts = [];
  let position = 0;
  for (const word of words) {
    const level = LEVELS.filter((least) => Math.abs(word.weight) >= least).length;
    word.mark = make("mark", { textContent: word.text });
    if (level) word.mark.className = `${kind(word.weight)} level-${level}`;
    word.mark.addEventListener("click", () => word.row && point(root, word, word.row));
    parts.push(points.slice(position, word.start).join(""), word.mark);
    position = word.end;
  }
  const marked = root.querySelector(".marked");
  marked.replaceChildren(...parts, points.slice(position).join(""));
  // A long message shows its first mark, not its unmarked beginning.
  requestAnimationFrame(() => scrollTo(marked, marked.querySelector("mark:is(.positive, .negative)")));
}

function scrollTo(marked, mark) {
  if (mark) marked.scrollTop = mark.offsetTop - marked.clientHeight / 3; // offset within `marked`
}

// A word in the text and its bar show each other.
function point(root, word, target) {
  for (const old of root.querySelectorAll(".current")) old.classList.remove("current");
  word.mark.classList.add("current");
  word.row.classList.add("current");
  if (target === word.row) word.row.querySelector("button").focus();
  else scrollTo(root.querySelector(".marked"), word.mark);
}

// The rows are rounded such that what is shown adds up: the rest takes what rounding leaves over.
function drawSum(root, answer, words, shown) {
  const weights = words.map((word) => word.weight);
  const total = answer.intercept + answer.remainder + weights.reduce((a, b) => a + b, 0);
  const line = Math.log(answer.threshold / (1 - answer.threshold));
  const parts = words.slice(0, shown).map((word) => ({ word, value: round(word.weight) }));
  const start = { name: "start", value: round(answer.intercept), className: "neutral" };
  const hidden = weights.slice(shown);
  if (hidden.length) {
    const value = round(hidden.reduce((a, b) => a + b, 0));
    parts.push({ name: count(hidden.length, "weaker word"), value });
  }
  const sum = round(total);
  const others = [start, ...parts].reduce((a, b) => a + b.value, 0);
  parts.push({ name: "rest", value: round(sum - others), className: "neutral" });
  const edges = [0, line, sum];
  let position = 0;
  for (const part of [start, ...parts]) {
    part.from = position;
    position += part.value;
    edges.push(position);
  }
  const scale = makeScale(Math.min(...edges), Math.max(...edges));
  const ends = [
    { name: `sum, ${percent(answer.spam_probability)}`, value: sum, from: 0, className: `sum ${kindOf(answer.result)}` },
    { name: `threshold, ${percent(answer.threshold)}`, value: round(line), className: "line" },
  ];
  const body = root.querySelector(".sum tbody");
  body.replaceChildren(...[start, ...parts, ...ends].map((part) => makeRow(root, part, scale)));
  for (const place of body.querySelectorAll(".place")) {
    place.style.setProperty("--line", scale(line));
    place.style.setProperty("--zero", scale(0));
  }
}

const makeScale = (least, most) => (value) => (value - least) / (most - least || 1);

function makeRow(root, { word, name, value, from, className }, scale) {
  const bar = make("div", { className: `piece ${className ?? kind(value)}` });
  if (from !== undefined) {
    bar.style.setProperty("--from", scale(Math.min(from, from + value)));
    bar.style.setProperty("--to", scale(Math.max(from, from + value)));
  }
  const label = word ? make("button", { className: "word", textContent: word.text, dir: "auto" }) : name;
  const head = make("th", { scope: "row" }, label);
  const place = make("td", { className: "place", ariaHidden: "true" }, bar);
  const number = make("td", { className: "number", textContent: signed(value) });
  const row = make("tr", { className: className ?? "" }, head, place, number);
  if (word) {
    word.row = row;
    label.addEventListener("click", () => point(root, word, word.mark));
  }
  return row;
}

