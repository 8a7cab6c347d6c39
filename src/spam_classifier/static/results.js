// Many answers: how they are spread, how good they are, and a table that shows why.

import { describeHint, isForeign, showWhy } from "./explain.js";
import { byId, count, format, make, makeBadge, percentOf, speak } from "./format.js";
import { foldLabel } from "./reader.js";
import { MOST_CHARACTERS, ask, names, served } from "./service.js";

const BINS = 20;
const ROWS_A_PAGE = 20;
const COLUMNS = 4;

let job = null; // what is shown
let order = []; // the numbers of its messages, filtered and sorted
let page = 0;

const probability = (index) => job.answers[index]?.spam_probability ?? -1;
const isWrong = (index) => {
  const label = readLabel(index);
  return label && job.answers[index] && kindOfAnswer(index) !== label;
};
const FILTERS = {
  all: ["all", () => true],
  positive: [() => names.positive, (index) => kindOfAnswer(index) === "positive"],
  negative: [() => names.negative, (index) => kindOfAnswer(index) === "negative"],
  wrong: ["wrong answers", isWrong],
  foreign: ["many unknown words", (index) => job.answers[index] && isForeign(job.answers[index])],
  none: ["without an answer", (index) => !job.answers[index]],
};
const ORDERS = {
  given: ["as given", (a, b) => a - b],
  most: [() => `most likely ${names.positive} first`, (a, b) => probability(b) - probability(a)],
  least: [() => `least likely ${names.positive} first`, (a, b) => probability(a) - probability(b)],
  doubt: ["most doubtful first", (a, b) => doubt(a) - doubt(b)],
};
const doubt = (index) => Math.abs(probability(index) - served.threshold);

function kindOfAnswer(index) {
  const result = job.answers[index]?.result;
  return result && (result === names.positive ? "positive" : "negative");
}

function readLabel(index) {
  const label = foldLabel(job.labels?.[index]);
  return ["positive", "negative"].find((kind) => foldLabel(names[kind]) === label);
}

export function setUpResults() {
  for (const id of ["filter", "order"]) byId(id).addEventListener("change", arrange);
  byId("previous").addEventListener("click", () => turnTo(page - 1));
  byId("next").addEventListener("click", () => turnTo(page + 1));
}

export function showAnswers(finished) {
  job = finished;
  const answered = job.answers.filter(Boolean);
  const caught = answered.filter((answer) => answer.result === names.positive).length;
  const summary = `${format(caught)} ${names.positive}, ${format(answered.length - caught)} ${names.negative}`;
  byId("summary").textContent = summary;
  speak(summary);
  const missing = job.answers.length - answered.length;
  byId("unanswered").hidden = !missing;
  byId("unanswered").textContent =
    `${count(missing, "message")} without an answer: empty, longer than ${format(MOST_CHARACTERS)} ` +
    "characters, or in a row with too many cells.";
  const foreign = answered.filter(isForeign).length;
  byId("foreign").hidden = !foreign;
  byId("foreign").textContent =
    `Of ${count(foreign, "message")} the model knows too few words: do not rely on the answer.`;
  drawHistogram(answered);
  showFigures();
  const absent = [job.labels ? "" : "wrong", foreign ? "" : "foreign", missing ? "" : "none"];
  offer("filter", Object.entries(FILTERS).filter(([name]) => !absent.includes(name)));
  offer("order", Object.entries(ORDERS));
  URL.revokeObjectURL(byId("download").href);
  byId("download").href = URL.createObjectURL(new Blob([writeTable()], { type: "text/csv" }));
  byId("download").download = `${job.name.replace(/\.\w+$/, "")}-answers.csv`;
  byId("answers").hidden = false;
  arrange();
}

function offer(id, choices) {
  const texts = choices.map(([value, [text]]) => new Option(typeof text === "string" ? text : text(), value));
  byId(id).replaceChildren(...texts);
}

// --- how they are spread, and how good they are ---------------------------------------------

function drawHistogram(answered) {
  const bins = Array.from({ length: BINS }, () => ({ positive: 0, negative: 0 }));
  for (const { spam_probability: share, result } of answered) {
    const bin = bins[Math.min(Math.floor(share * BINS), BINS - 1)];
    bin[result === names.positive ? "positive" : "negative"] += 1;
  }
  const sizes = bins.map((bin) => bin.positive + bin.negative);
  const highest = Math.log1p(Math.max(...sizes)); // logarithmic, or the few in the middle vanish
  const described = [];
  const bars = bins.map((bin, index) => {
    const range = `${(index * 100) / BINS} to ${((index + 1) * 100) / BINS} %`;
    if (sizes[index]) described.push(`${range}: ${format(sizes[index])}`);
    const bar = make("div", { className: "column", title: `${range}: ${count(sizes[index], "message")}` });
    bar.style.setProperty("--height", Math.log1p(sizes[index]) / (highest || 1));
    for (const kind of ["positive", "negative"]) {
      const piece = make("div", { className: kind });
      piece.style.setProperty("--share", bin[kind] / (sizes[index] || 1));
      bar.append(piece);
    }
    return bar;
  });
  byId("histogram").ariaLabel = described.join("; ");
  byId("histogram").replaceChildren(...bars);
}

function showFigures() {
  byId("labelled").hidden = document.querySelector(".true-label").hidden = !job.labels;
  if (!job.labels) return;
  const cells = { positive: { positive: 0, negative: 0 }, negative: { positive: 0, negative: 0 } };
  for (const index of job.answers.keys()) {
    const label = readLabel(index);
    if (label && job.answers[index]) cells[label][kindOfAnswer(index)] += 1;
  }
  const { positive: spam, negative: ham } = cells;
  const [allSpam, allHam] = [spam, ham].map((row) => row.positive + row.negative);
  const right = spam.positive + ham.negative;
  byId("figures").textContent =
    `${percentOf(right, allSpam + allHam)} right, ${percentOf(spam.positive, allSpam)} of the ${names.positive} ` +
    `caught, ${percentOf(ham.positive, allHam)} of the ${names.negative} blocked`;
  const kinds = ["positive", "negative"];
  const head = ["label", ...kinds.map((kind) => `answer ${names[kind]}`)];
  const rows = kinds.map((label) =>
    make(
      "tr",
      {},
      make("th", { scope: "row", textContent: names[label] }),
      ...kinds.map((kind) =>
        make("td", { className: `number ${kind !== label && cells[label][kind] ? "wrong" : ""}`, textContent: format(cells[label][kind]) }),
      ),
    ),
  );
  const titles = head.map((text) => make("th", { scope: "col", textContent: text }));
  byId("confusion").replaceChildren(make("tr", {}, ...titles), ...rows);
}

// --- the table ------------------------------------------------------------------------------

function arrange() {
  const [, keep] = FILTERS[byId("filter").value];
  const [, compare] = ORDERS[byId("order").value];
  order = [...job.answers.keys()].filter(keep).sort(compare);
  turnTo(0);
}

function turnTo(number) {
  page = number;
  const start = page * ROWS_A_PAGE;
  const end = Math.min(start + ROWS_A_PAGE, order.length);
  byId("rows").replaceChildren(...order.slice(start, end).map(makeRow));
  byId("page-note").textContent = order.length
    ? `${format(start + 1)} to ${format(end)} of ${format(order.length)}`
    : "none";
  byId("previous").disabled = page === 0;
  byId("next").disabled = end >= order.length;
}

function makeRow(index) {
  const answer = job.answers[index];
  const row = make("tr");
  const [badge, share] = answer ? makeBadge(answer).childNodes : ["", ""];
  const button = make("button", { className: "opens", textContent: job.texts[index].slice(0, 300), dir: "auto" });
  button.ariaExpanded = "false";
  button.disabled = !answer;
  button.addEventListener("click", () => toggleWhy(row, button, job.texts[index].toWellFormed()));
  const label = make("td", { className: "true-label", textContent: job.labels?.[index] ?? "", hidden: !job.labels });
  if (isWrong(index)) label.classList.add("wrong");
  row.append(make("td", {}, badge), make("td", { className: "number" }, share), label, make("td", {}, button));
  return row;
}

async function toggleWhy(row, button, text) {
  const isOpen = button.ariaExpanded === "true";
  button.ariaExpanded = String(!isOpen);
  if (isOpen) {
    row.nextElementSibling.remove();
    return;
  }
  const opened = make("div", { className: "opened", textContent: "…" });
  row.after(make("tr", {}, make("td", { colSpan: COLUMNS }, opened)));
  try {
    const answer = await ask("explain", { text });
    showWhy(opened, text, answer);
    const hint = describeHint(answer);
    if (hint) opened.prepend(make("p", { className: "hint", textContent: hint }));
  } catch (error) {
    opened.textContent = error.message;
  }
}

// --- the file to download -------------------------------------------------------------------

function writeTable() {
  const rows = job.answers.map((answer, index) => {
    const cells = job.head.map((_, column) => disarm(job.rows[index][column] ?? ""));
    return [...cells, answer?.result ?? "", answer?.spam_probability ?? ""];
  });
  const head = [...job.head.map(disarm), "prediction", "spam_probability"];
  const lines = [head, ...rows].map((row) => row.map(quote).join(",") + "\r\n");
  return `\ufeff${lines.join("")}`; // spreadsheets take a CSV for UTF-8 only with this mark
}

const quote = (cell) => `"${String(cell).replaceAll('"', '""')}"`;
// A sender must not be able to make the reader's spreadsheet run a formula, on any line of a cell.
const disarm = (cell) => cell.replace(/(^|[\r\n])(?=\t|[^\S\r\n]*[=+\-@＝＋－＠])/g, "$1'");
