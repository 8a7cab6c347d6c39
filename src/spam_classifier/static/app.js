// The page at /app. It asks the service that it came from, and nobody else.

const MOST_CHARACTERS = 10_000; // the service's limit for one message
const BATCH_TEXTS = 250; // well within its limits for a request, so that the bar moves
const BATCH_CHARACTERS = 250_000;
const MOST_FILE_BYTES = 50_000_000;
const TYPING_PAUSE = 250; // milliseconds
const PATIENCE = 30_000;
const LEVELS = [0.3, 0.8, 1.5]; // log-odds from which a word is marked more strongly
const WORDS_LISTED = 6;
const ROWS_SHOWN = 10;
const PUNCTUATION = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu; // around a word
const COLUMN_NAMES = /^(messages?|texts?|sms|body|content)$/i;

const names = { positive: "spam", negative: "ham" };

const byId = (id) => document.getElementById(id);
const format = (number) => number.toLocaleString("en");
const count = (number, noun) => `${format(number)} ${noun}${number === 1 ? "" : "s"}`;
const countCharacters = (text) => [...text].length; // code points, as the service counts

function percent(share, digits = 1) {
  const smallest = 0.1 ** (digits + 2);
  if (share > 0 && share < smallest) return `less than ${(smallest * 100).toFixed(digits)} %`;
  if (share < 1 && share > 1 - smallest) return `more than ${(100 - smallest * 100).toFixed(digits)} %`;
  return `${(share * 100).toFixed(digits)} %`;
}

// What changes on the page is said to those who do not see it.
function speak(sentence) {
  byId("spoken").textContent = sentence;
}

function showProblem(id, sentence) {
  byId(id).hidden = !sentence;
  byId(id).querySelector("span").textContent = sentence;
}

// --- asking the service ---------------------------------------------------------------------

async function ask(path, body, signal) {
  const patience = AbortSignal.timeout(PATIENCE);
  const options = { signal: signal ? AbortSignal.any([signal, patience]) : patience };
  if (body) {
    options.method = "POST";
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let response, content;
  try {
    response = await fetch(path, options);
    content = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error.name === "TimeoutError") throw new Error("The server takes too long to answer.");
    throw new Error("The server does not answer. Is it still running?");
  }
  const answer = parseOrNull(content);
  if (response.ok && answer) return answer;
  throw new Error(answer?.error ?? `The server failed to answer (status ${response.status}).`);
}

function parseOrNull(content) {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}

async function showModel() {
  const model = await ask("model");
  names.positive = model.parameters?.positive_label ?? names.positive;
  names.negative = model.parameters?.negative_label ?? names.negative;
  for (const slot of document.querySelectorAll("[data-class]")) {
    slot.textContent = names[slot.dataset.class];
  }
  const day = new Date(model.created).toLocaleDateString("en", { dateStyle: "long" });
  const sentences = [`Model ${model.tag}, trained on ${day}.`];
  const metrics = model.metrics;
  if (metrics) {
    sentences.push(
      `On ${count(metrics["weighted avg"].support, "message")} that it had never seen, ` +
        `${percent(metrics.accuracy)} of its answers were right: it caught ` +
        `${percent(metrics.spam_caught)} of the ${names.positive} and blocked ` +
        `${percent(metrics.ham_blocked, 2)} of the ${names.negative}.`,
    );
  }
  byId("model").textContent = sentences.join(" ");
}

// --- tabs -----------------------------------------------------------------------------------

const tabs = [...document.querySelectorAll('[role="tab"]')];

function openTab(tab) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", chosen);
    other.tabIndex = chosen ? 0 : -1;
    byId(other.getAttribute("aria-controls")).hidden = !chosen;
  }
}

for (const [index, tab] of tabs.entries()) {
  tab.addEventListener("click", () => openTab(tab));
  tab.addEventListener("keydown", (event) => {
    const targets = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: -1 };
    if (!(event.key in targets)) return;
    event.preventDefault();
    const target = tabs.at(targets[event.key] % tabs.length);
    openTab(target);
    target.focus();
  });
}

// --- one message ----------------------------------------------------------------------------

const message = byId("message");
let typing;
let request = new AbortController();

async function checkMessage() {
  clearTimeout(typing);
  request.abort();
  request = new AbortController();
  const { signal } = request;
  const text = message.value.toWellFormed();
  const length = countCharacters(text);
  const tooLong = length > MOST_CHARACTERS;
  message.setAttribute("aria-invalid", tooLong);
  showProblem("problem-one", "");
  byId("retry").hidden = tooLong;
  if (tooLong || !text.trim()) {
    byId("verdict").hidden = true;
    speak("");
    if (tooLong) {
      const limit = format(MOST_CHARACTERS);
      showProblem("problem-one", `The message has ${format(length)} characters; at most ${limit} can be checked.`);
    }
    return;
  }
  try {
    showVerdict(text, await ask("explain", { text }, signal));
  } catch (error) {
    if (error.name === "AbortError") return;
    byId("verdict").hidden = true;
    speak("");
    showProblem("problem-one", error.message);
  }
}

function showVerdict(text, answer) {
  const kind = answer.result === names.positive ? "positive" : "negative";
  const likelihood = `${percent(answer.spam_probability)} likely to be ${names.positive}`;
  byId("verdict").className = kind;
  byId("result").textContent = answer.result;
  byId("likelihood").textContent = likelihood;
  speak(`${answer.result}: ${likelihood}`);
  byId("fill").style.setProperty("--share", answer.spam_probability);
  byId("threshold").style.setProperty("--share", answer.threshold);
  byId("threshold-note").textContent = `From ${percent(answer.threshold)} on a message is called ${names.positive}.`;
  const points = [...text];
  const words = joinSpans(points, answer.spans);
  markWords(points, words);
  listWords("for-positive", words.filter((word) => word.weight >= LEVELS[0]));
  listWords("for-negative", words.filter((word) => word.weight <= -LEVELS[0]));
  byId("long-note").hidden = !isCut(points, answer.spans);
  byId("verdict").hidden = false;
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

function markWords(points, words) {
  const parts = [];
  let position = 0;
  for (const { start, end, weight, text } of words) {
    const level = LEVELS.filter((least) => Math.abs(weight) >= least).length;
    if (!level) continue;
    const mark = document.createElement("mark");
    mark.className = `${weight > 0 ? "positive" : "negative"} level-${level}`;
    mark.title = `${weight.toFixed(2)} log-odds of ${names.positive}`;
    mark.textContent = text;
    parts.push(points.slice(position, start).join(""), mark);
    position = end;
  }
  byId("marked").replaceChildren(...parts, points.slice(position).join(""));
}

function listWords(id, words) {
  const strongest = words.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const distinct = [...new Set(strongest.map((word) => word.text.replace(PUNCTUATION, "") || word.text))];
  byId(id).textContent = distinct.slice(0, WORDS_LISTED).join(", ") || "no word";
}

// A long message has weights in one part of it only.
function isCut(points, spans) {
  if (!spans.length) return false;
  const outside = points.length - (spans.at(-1).end - spans[0].start);
  return outside > points.length / 3 && points.length > 100;
}

message.addEventListener("input", () => {
  request.abort();
  clearTimeout(typing);
  typing = setTimeout(checkMessage, TYPING_PAUSE);
  showLength();
});
byId("retry").addEventListener("click", checkMessage);
for (const example of document.querySelectorAll(".chip")) {
  example.addEventListener("click", () => {
    message.value = example.textContent;
    showLength();
    checkMessage();
  });
}

function showLength() {
  const length = countCharacters(message.value);
  byId("length").textContent = length ? `${format(length)} of ${count(MOST_CHARACTERS, "character")}` : "";
}

// --- many messages: where they come from ----------------------------------------------------

let file = null; // { name, rows } of a table, { name, lines } of a text file

byId("lines").addEventListener("input", () => showSource());
byId("file").addEventListener("change", () => openFile(byId("file").files[0]));
byId("remove").addEventListener("click", () => {
  file = null;
  byId("file").value = "";
  showSource();
  byId("lines").focus();
});
byId("column").addEventListener("change", () => showSource());
byId("header").addEventListener("change", () => {
  listColumns();
  showSource();
});

const drop = byId("panel-many");
drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("dragged");
});
drop.addEventListener("dragleave", () => drop.classList.remove("dragged"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("dragged");
  const isBusy = byId("file").disabled;
  if (event.dataTransfer.files.length && !isBusy) openFile(event.dataTransfer.files[0]);
});

async function openFile(chosen) {
  if (!chosen) return;
  try {
    if (chosen.size > MOST_FILE_BYTES) throw new Error(`${chosen.name} is larger than 50 MB.`);
    const text = decode(await chosen.arrayBuffer());
    if (!text.trim()) throw new Error(`${chosen.name} is empty.`);
    if (/\.(csv|tsv)$/i.test(chosen.name)) {
      file = { name: chosen.name, rows: parseTable(text) };
      byId("header").checked = file.rows[0].some((name) => COLUMN_NAMES.test(name.trim()));
      listColumns();
    } else {
      file = { name: chosen.name, lines: text };
    }
    showSource();
    byId("start").focus();
  } catch (error) {
    showProblem("problem-many", error.message);
  }
}

function decode(bytes) {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

// Cells are separated by what the first line has most of: a comma, a semicolon or a tab.
function parseTable(text) {
  const [firstLine] = text.split(/[\r\n]/, 1);
  const frequency = (separator) => firstLine.split(separator).length;
  const separator = [",", ";", "\t"].reduce((a, b) => (frequency(b) > frequency(a) ? b : a));
  const border = new RegExp(`[${separator}\r\n]|$`, "g");
  const rows = [];
  let row = [];
  let position = 0;
  while (position < text.length) {
    const start = position;
    const quoted = text[start] === '"';
    const end = quoted ? findClosingQuote(text, start) : findFrom(border, text, start);
    row.push(quoted ? text.slice(start + 1, end).replaceAll('""', '"') : text.slice(start, end));
    position = quoted ? end + 1 : end;
    if (end < 0 || findFrom(border, text, position) !== position) {
      const line = text.slice(0, start).split("\n").length;
      throw new Error(`Line ${format(line)} of the table has a quotation mark that does not enclose a cell.`);
    }
    const last = text[position] !== separator;
    position += text.startsWith("\r\n", position) ? 2 : 1;
    if (last) {
      if (row.length > 1 || row[0]) rows.push(row);
      row = [];
    }
  }
  if (row.length) rows.push([...row, ""]); // the text ended after a separator
  return rows;
}

function findFrom(pattern, text, start) {
  pattern.lastIndex = start;
  return pattern.exec(text).index;
}

function findClosingQuote(text, start) {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  return end;
}

function listColumns() {
  const [first] = file.rows;
  const header = byId("header").checked;
  const width = file.rows.reduce((most, row) => Math.max(most, row.length), 0);
  const columns = Array.from({ length: width }, (_, index) => (header && first[index]) || `column ${index + 1}`);
  byId("column").replaceChildren(...columns.map((name, index) => new Option(name, index)));
  const named = columns.findIndex((name) => COLUMN_NAMES.test(name.trim()));
  byId("column").value = named >= 0 ? named : findLongestColumn(width);
}

function findLongestColumn(width) {
  const lengths = Array(width).fill(0);
  for (const row of file.rows.slice(0, 100)) {
    row.forEach((cell, index) => (lengths[index] += cell.length));
  }
  return lengths.indexOf(Math.max(...lengths));
}

// What will be checked, as a table: its head, its rows, and the message of each row.
function readSource() {
  if (file?.rows) {
    const header = byId("header").checked;
    const column = Number(byId("column").value);
    const head = [...byId("column").options].map((option) => option.text);
    const rows = header ? file.rows.slice(1) : file.rows;
    return { head, rows, texts: rows.map((row) => row[column] ?? "") };
  }
  const lines = (file?.lines ?? byId("lines").value).split(/\r\n|\r|\n/).filter((line) => line.trim());
  return { head: ["Message"], rows: lines.map((line) => [line]), texts: lines };
}

function showSource() {
  const { texts } = readSource();
  byId("typed").hidden = byId("drop").hidden = Boolean(file);
  byId("chosen").hidden = !file;
  byId("table-options").hidden = !file?.rows;
  byId("file-name").textContent = file?.name ?? "";
  byId("first-message").textContent = (texts[0] ?? "").slice(0, 200);
  byId("amount").textContent = texts.length ? count(texts.length, "message") : "";
  byId("start").disabled = !texts.length;
  byId("start").textContent = "Check";
  byId("progress").hidden = byId("answers").hidden = true;
  showProblem("problem-many", "");
  job = null;
}

// --- many messages: asking in batches -------------------------------------------------------

let job = null; // the source with `answers`, one for each text so far; null where there is none
let stopping = new AbortController();

byId("start").addEventListener("click", runJob);
byId("stop").addEventListener("click", () => stopping.abort());

async function runJob() {
  if (!job || job.answers.length === job.texts.length) job = { ...readSource(), answers: [] };
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
  if (job.answers.length) showAnswers();
}

async function answerBatch(job, signal) {
  const start = job.answers.length;
  const positions = [];
  let end = start;
  let characters = 0;
  while (end < job.texts.length && end < start + BATCH_TEXTS && characters < BATCH_CHARACTERS) {
    const length = countCharacters(job.texts[end]);
    if (length > 0 && length <= MOST_CHARACTERS) {
      positions.push(end);
      characters += length;
    }
    end += 1;
  }
  const texts = positions.map((position) => job.texts[position].toWellFormed());
  const answers = await ask("classify", { texts }, signal);
  const byPosition = new Map(positions.map((position, index) => [position, answers[index]]));
  for (let position = start; position < end; position += 1) {
    job.answers.push(byPosition.get(position) ?? null);
  }
}

function showRunning(running) {
  for (const control of document.querySelectorAll("#lines, #file, #remove, #column, #header")) {
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

function showAnswers() {
  const answered = job.answers.filter(Boolean);
  const caught = answered.filter((answer) => answer.result === names.positive).length;
  const summary = `${format(caught)} ${names.positive}, ${format(answered.length - caught)} ${names.negative}`;
  byId("summary").textContent = summary;
  speak(summary);
  const missing = job.answers.length - answered.length;
  byId("unanswered").hidden = !missing;
  byId("unanswered").textContent =
    `${count(missing, "message")} without an answer: empty, or longer than ${format(MOST_CHARACTERS)} characters.`;
  const shown = Math.min(ROWS_SHOWN, job.answers.length);
  byId("table-caption").textContent = shown < job.answers.length ? `The first ${shown}:` : "";
  byId("rows").replaceChildren(...Array.from({ length: shown }, (_, index) => makeRow(index)));
  URL.revokeObjectURL(byId("download").href);
  byId("download").href = URL.createObjectURL(new Blob([writeTable()], { type: "text/csv" }));
  byId("download").download = `${(file?.name ?? "messages").replace(/\.\w+$/, "")}-answers.csv`;
  byId("answers").hidden = false;
}

function makeRow(index) {
  const answer = job.answers[index];
  const row = document.createElement("tr");
  const [result, probability, text] = [0, 1, 2].map(() => row.insertCell());
  probability.className = "number";
  text.textContent = job.texts[index];
  if (answer) {
    const badge = document.createElement("mark");
    badge.className = `${answer.result === names.positive ? "positive" : "negative"} level-2`;
    badge.textContent = answer.result;
    result.append(badge);
    probability.textContent = (answer.spam_probability * 100).toFixed(1);
  }
  return row;
}

function writeTable() {
  const head = [...job.head, "prediction", "spam_probability"];
  const rows = job.answers.map((answer, index) => {
    const cells = head.slice(0, -2).map((_, column) => job.rows[index][column] ?? "");
    return [...cells.map(disarm), answer?.result ?? "", answer?.spam_probability ?? ""];
  });
  const lines = [head, ...rows].map((row) => row.map(quote).join(",") + "\r\n");
  return `\ufeff${lines.join("")}`; // spreadsheets take a CSV for UTF-8 only with this mark
}

const quote = (cell) => `"${String(cell).replaceAll('"', '""')}"`;
// A sender must not be able to make the reader's spreadsheet run a formula.
const disarm = (cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell);

showLength();
showSource();
showModel().catch((error) => (byId("model").textContent = error.message));
