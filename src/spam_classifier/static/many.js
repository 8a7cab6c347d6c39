// Many messages: where they come from, and asking about them in batches.

import { byId, count, countCharacters, format, showProblem } from "./format.js";
import {
  ENCODINGS,
  SEPARATORS,
  decode,
  findLabelColumn,
  findMessageColumn,
  guessHeader,
  guessSeparator,
  parse,
  readFile,
} from "./reader.js";
import { setUpResults, showAnswers } from "./results.js";
import { MOST_CHARACTERS, ask, names } from "./service.js";

const BATCH_TEXTS = 250; // well within the service's limits for a request, so that the bar moves
const BATCH_CHARACTERS = 250_000;
const NO_LABELS = -1;

let file = null; // { name, bytes, encoding, text } of a file
let table = null; // { head, rows, width } of what is typed or of the file; null if it cannot be read
let job = null; // the table with `texts`, `labels` and `answers`, one for each text so far
let stopping = new AbortController();

export function setUpMany() {
  fillSelect("encoding", Object.entries(ENCODINGS));
  fillSelect("separator", Object.entries(SEPARATORS));
  byId("lines").addEventListener("input", readLines);
  byId("file").addEventListener("change", () => openFile(byId("file").files[0]));
  byId("remove").addEventListener("click", () => {
    file = null;
    byId("file").value = "";
    readLines();
    byId("lines").focus();
  });
  byId("encoding").addEventListener("change", () => {
    file.text = decode(file.bytes, byId("encoding").value);
    readTable();
  });
  byId("separator").addEventListener("change", () => {
    byId("header").checked = guessHeader(file.text, byId("separator").value);
    readTable();
  });
  for (const id of ["quotes", "header"]) byId(id).addEventListener("change", readTable);
  for (const id of ["column", "label-column"]) byId(id).addEventListener("change", showSource);
  setUpDrop(byId("panel-many"));
  byId("start").addEventListener("click", runJob);
  byId("stop").addEventListener("click", () => stopping.abort());
  setUpResults();
  readLines();
}

function fillSelect(id, options) {
  byId(id).replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

function setUpDrop(panel) {
  panel.addEventListener("dragover", (event) => {
    event.preventDefault();
    panel.classList.add("dragged");
  });
  panel.addEventListener("dragleave", () => panel.classList.remove("dragged"));
  panel.addEventListener("drop", (event) => {
    event.preventDefault();
    panel.classList.remove("dragged");
    const isBusy = byId("file").disabled;
    if (event.dataTransfer.files.length && !isBusy) openFile(event.dataTransfer.files[0]);
  });
}

// --- where they come from -------------------------------------------------------------------

function readLines() {
  table = parse(byId("lines").value, { separator: "lines" });
  chooseColumns();
}

async function openFile(chosen) {
  if (!chosen) return;
  try {
    file = await readFile(chosen);
    file.text = decode(file.bytes, file.encoding);
    byId("encoding").value = file.encoding;
    byId("separator").value = guessSeparator(file.name, file.text);
    byId("quotes").checked = true;
    byId("header").checked = guessHeader(file.text, byId("separator").value);
    readTable();
    if (table) byId("start").focus();
  } catch (error) {
    file = null;
    readLines();
    showProblem("problem-many", error.message);
  }
}

function readTable() {
  table = null;
  let problem;
  try {
    table = parse(file.text, {
      separator: byId("separator").value,
      quotes: byId("quotes").checked,
      header: byId("header").checked,
    });
  } catch (error) {
    problem = error.message;
  }
  chooseColumns();
  if (problem) showProblem("problem-many", problem);
}

function chooseColumns() {
  const columns = (table?.head ?? []).map((name, index) => [index, name]);
  fillSelect("column", columns);
  fillSelect("label-column", [[NO_LABELS, "no column"], ...columns]);
  if (columns.length) {
    byId("column").value = findMessageColumn(table);
    byId("label-column").value = findLabelColumn(table, Object.values(names));
  }
  showSource();
}

function showSource() {
  const texts = table ? readColumn("column") : [];
  const first = texts.find((text) => text.trim());
  const separator = byId("separator").value;
  const isText = separator !== "json";
  byId("typed").hidden = byId("drop").hidden = Boolean(file);
  byId("chosen").hidden = !file;
  byId("file-name").textContent = file?.name ?? "";
  for (const part of document.querySelectorAll(".of-cells")) part.hidden = !isText || separator === "lines";
  for (const part of document.querySelectorAll(".of-table")) part.hidden = !table || table.head.length < 2;
  showFileNote();
  byId("first-message").textContent = (first ?? "").slice(0, 200);
  byId("amount").textContent = texts.length ? count(texts.length, "message") : "";
  byId("start").disabled = !first;
  byId("start").textContent = "Check";
  byId("progress").hidden = byId("answers").hidden = true;
  showProblem("problem-many", table && file && !first ? `There is no message in ${file.name}.` : "");
  job = null;
}

function showFileNote() {
  const notes = [];
  if (file && !file.encoding.startsWith("utf")) {
    const taken = ENCODINGS[byId("encoding").value];
    notes.push(`The file is not UTF-8: it is read as ${taken}. If the first message looks wrong, choose another encoding.`);
  }
  const faulty = table ? table.rows.filter((row) => isOverlong(row)).length : 0;
  if (faulty) notes.push(`${count(faulty, "row")} with more cells than the first row: no answer for those.`);
  byId("file-note").hidden = !notes.length;
  byId("file-note").textContent = notes.join(" ");
}

const isOverlong = (row) => row.slice(table.width).some((cell) => cell);

function readColumn(id) {
  const column = Number(byId(id).value);
  if (column === NO_LABELS) return null;
  return table.rows.map((row) => row[column] ?? "");
}

function makeJob() {
  const overlong = table.rows.map(isOverlong);
  const texts = readColumn("column").map((text, index) => (overlong[index] ? "" : text));
  return { ...table, name: file?.name ?? "messages", texts, labels: readColumn("label-column"), answers: [] };
}

// --- asking in batches ----------------------------------------------------------------------

async function runJob() {
  if (!job || job.answers.length === job.texts.length) job = makeJob();
  stopping = new AbortController();
  showProblem("problem-many", "");
  showRunning(true);
  try {
    while (job.answers.length < job.texts.length) {
      showProgress();
      await answerBatch(job, stopping.signal);
    }
  } catch (error) {
    if (error.name !== "AbortError") showProblem("problem-many", error.message);
  }
  showProgress();
  showRunning(false);
  if (job.answers.length) showAnswers(job);
}

async function answerBatch(job, signal) {
  const start = job.answers.length;
  const positions = [];
  let end = start;
  let characters = 0;
  while (end < job.texts.length && end < start + BATCH_TEXTS && characters < BATCH_CHARACTERS) {
    const length = countCharacters(job.texts[end]);
    if (job.texts[end].trim() && length <= MOST_CHARACTERS) {
      positions.push(end);
      characters += length;
    }
    end += 1;
  }
  const texts = positions.map((position) => job.texts[position].toWellFormed());
  const answers = texts.length ? await ask("classify", { texts }, signal) : [];
  const byPosition = new Map(positions.map((position, index) => [position, answers[index]]));
  for (let position = start; position < end; position += 1) {
    job.answers.push(byPosition.get(position) ?? null);
  }
}

function showRunning(running) {
  for (const control of document.querySelectorAll("#lines, #file, #remove, #options :is(select, input)")) {
    control.disabled = running;
  }
  byId("progress").hidden = !running && job.answers.length === job.texts.length;
  byId("start").hidden = running;
  byId("stop").hidden = !running;
  byId(running ? "stop" : "start").focus(); // or the focus would be lost with the other button
  byId("amount").hidden = running;
  if (running) byId("answers").hidden = true;
  else byId("start").textContent = job.answers.length < job.texts.length ? "Continue" : "Check again";
}

function showProgress() {
  const [done, all] = [job.answers.length, job.texts.length];
  byId("bar").max = all;
  byId("bar").value = done;
  byId("count").textContent = `${format(done)} of ${count(all, "message")}`;
}
