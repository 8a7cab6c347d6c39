// Reads files as the training pipeline does, and says what to do with those that do not fit.

import { count, format } from "./format.js";

export const ENCODINGS = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16 LE",
  "utf-16be": "UTF-16 BE",
  "windows-1252": "Western (Windows-1252)",
  "windows-1250": "Central European (Windows-1250)",
  "windows-1251": "Cyrillic (Windows-1251)",
  "windows-1253": "Greek (Windows-1253)",
  "windows-1256": "Arabic (Windows-1256)",
  gb18030: "Chinese (GB18030)",
  big5: "Chinese (Big5)",
  shift_jis: "Japanese (Shift_JIS)",
  "euc-kr": "Korean (EUC-KR)",
};
export const SEPARATORS = {
  ",": "comma",
  ";": "semicolon",
  "\t": "tab",
  "|": "bar",
  lines: "nothing: a message a line",
  json: "JSON Lines",
};
const BETWEEN_CELLS = [",", ";", "\t", "|"];
const MOST_BYTES = 50_000_000;
const MOST_COLUMNS = 1_000; // more of them are no table of messages, and would freeze the page
const SAMPLE = 100_000; // bytes that are looked at to find out what a file is
const END = 16_384; // bytes at each end of a file that are looked at to find out its format
const MOST_CONTROLS = 0.01; // share of control characters in a text
const MESSAGE_NAMES = /^(messages?|texts?|sms|body|content|v2)$/i;
const LABEL_NAMES = /^(labels?|category|class|target|type|v1)$/i;
const LABELLED = 0.9; // share of the cells that hold a class name in a column of labels
const SIGNATURES = [
  [/^PK\x03\x04[^]*xl\/workbook/, "an Excel workbook: save it as CSV (UTF-8) and choose that"],
  [/^PK\x03\x04[^]*opendocument\.spreadsheet/, "a spreadsheet: save it as CSV (UTF-8) and choose that"],
  [/^PK\x03\x04[^]*(word\/document|opendocument\.text)/, "a word processor's document: copy its text and paste it"],
  [/^PK\x03\x04/, "a ZIP archive: unpack it and choose what is in it"],
  [/^\xd0\xcf\x11\xe0/, "an old Excel workbook: save it as CSV (UTF-8) and choose that"],
  [/^(\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP)/, "a picture: type in what it says"],
  [/^%PDF/, "a PDF: copy its text and paste it"],
  [/^\x1f\x8b/, "compressed: unpack it and choose what is in it"],
  [/^PAR1/, "a Parquet file: save it as CSV (UTF-8) and choose that"],
  [/^\s*(<!doctype html|<html)/i, "a web page: copy its text and paste it"],
];

// Return { name, bytes, encoding } of a file that may be a text, or throw what to do.
export async function readFile(file) {
  if (file.size > MOST_BYTES) throw new Error(`${file.name} is larger than 50 MB: cut it into parts.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (!bytes.length) throw new Error(`${file.name} is empty.`);
  // A ZIP archive, which a workbook is, lists its files at the end.
  const ends = String.fromCharCode(...bytes.subarray(0, END), ...bytes.subarray(-END));
  const found = SIGNATURES.find(([signature]) => signature.test(ends));
  if (found) throw new Error(`${file.name} is ${found[1]}.`);
  const encoding = guessEncoding(bytes);
  if (!encoding) throw new Error(`${file.name} is no text: choose a CSV, JSON Lines or text file.`);
  return { name: file.name, bytes, encoding };
}

export const decode = (bytes, encoding) => new TextDecoder(encoding).decode(bytes);

function guessEncoding(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const sample = bytes.subarray(0, SAMPLE);
  const zeros = [0, 0]; // at even and at odd places
  let controls = 0;
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] += 1;
    else if (byte < 32 && ![9, 10, 12, 13, 27].includes(byte)) controls += 1;
  });
  if (Math.max(...zeros) > sample.length / 5) return zeros[0] > zeros[1] ? "utf-16be" : "utf-16le";
  if (zeros[0] + zeros[1] || controls > MOST_CONTROLS * sample.length) return null;
  const isValid = (encoding) => {
    try {
      return Boolean(new TextDecoder(encoding, { fatal: true }).decode(bytes));
    } catch {
      return false;
    }
  };
  if (isValid("utf-8")) return "utf-8";
  if (isWestern(bytes)) return "windows-1252";
  return ["gb18030", "shift_jis", "euc-kr", "big5"].find(isValid) ?? "windows-1251";
}

// Western letters beyond ASCII stand alone, those of other scripts side by side.
function isWestern(bytes) {
  const isHigh = (byte) => byte > 127;
  const sample = bytes.subarray(bytes.findIndex(isHigh)).subarray(0, SAMPLE); // the first may come late
  const high = sample.filter(isHigh);
  const alone = sample.filter((byte, index) => isHigh(byte) && !isHigh(sample[index - 1]) && !isHigh(sample[index + 1]));
  return alone.length > high.length / 2;
}

// What stands between cells, by the file's name and its first line.
export function guessSeparator(name, text) {
  const firstLine = text.match(/[^\r\n]+/)?.[0] ?? "";
  const declared = firstLine.match(/^sep=(.)$/)?.[1]; // as Excel writes it
  if (declared) return declared;
  if (/\.(jsonl|ndjson|json)$/i.test(name) || /^\s*\{"/.test(text)) return "json";
  const isNamed = (separator) => splitPlainly(firstLine, separator).some((cell) => MESSAGE_NAMES.test(cell));
  const frequency = (separator) => firstLine.split(separator).length;
  const most = BETWEEN_CELLS.reduce((a, b) => (frequency(b) > frequency(a) ? b : a));
  if (/\.(csv|tsv)$/i.test(name)) return frequency(most) > 1 || !name.endsWith("tsv") ? most : "\t";
  const named = BETWEEN_CELLS.find((separator) => frequency(separator) > 1 && isNamed(separator));
  return named ?? (firstLine.includes("\t") ? "\t" : "lines");
}

const splitPlainly = (line, separator) => line.split(separator).map((cell) => cell.trim().replace(/^"|"$/g, ""));

export function guessHeader(text, separator) {
  const [line] = text.replace(/^sep=.[\r\n]+/, "").match(/[^\r\n]+/) ?? [""];
  return splitPlainly(line, separator).some((cell) => MESSAGE_NAMES.test(cell) || LABEL_NAMES.test(cell));
}

// Return { head, rows, width }: the columns' names, the cells, and how many cells a row may have.
export function parse(text, { separator, quotes, header }) {
  if (separator === "json") return parseJsonLines(text);
  if (separator === "lines") {
    const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim());
    return { head: ["Message"], rows: lines.map((line) => [line]), width: 1 };
  }
  const rows = parseTable(text, separator, quotes);
  const most = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  const head = Array.from({ length: most }, (_, index) => (header && rows[0][index]?.trim()) || `column ${index + 1}`);
  return { head, rows: header ? rows.slice(1) : rows, width: rows[0]?.length ?? 0 };
}

function parseTable(text, separator, quotes) {
  const border = new RegExp(`[${separator}\r\n]|$`, "g");
  const rows = [];
  let row = [];
  let position = text.match(/^sep=.(\r\n|\r|\n)/)?.[0].length ?? 0;
  while (position < text.length) {
    const start = position;
    const quoted = quotes && text[start] === '"';
    const end = quoted ? findClosingQuote(text, start) : findFrom(border, text, start);
    row.push(quoted ? text.slice(start + 1, end).replaceAll('""', '"') : text.slice(start, end));
    position = quoted ? end + 1 : end;
    if (end < 0 || findFrom(border, text, position) !== position) {
      throw new Error(
        `Line ${lineOf(text, start)} has a quotation mark that does not enclose a cell: double it ` +
          `(""), or untick “quotation marks enclose cells”.`,
      );
    }
    if (row.length > MOST_COLUMNS) {
      throw new Error(
        `Line ${lineOf(text, start)} has more than ${count(MOST_COLUMNS, "cell")}: choose what else is between cells.`,
      );
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

const lineOf = (text, position) => format(text.slice(0, position).split(/\r\n|\r|\n/).length);

function findFrom(pattern, text, start) {
  pattern.lastIndex = start;
  return pattern.exec(text).index;
}

function findClosingQuote(text, start) {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  return end;
}

function parseJsonLines(text) {
  const columns = new Map();
  const rows = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (!line.trim()) continue;
    const row = [];
    for (const [name, value] of Object.entries(readObject(line, index + 1))) {
      if (!columns.has(name)) columns.set(name, columns.size);
      row[columns.get(name)] = typeof value === "object" && value ? JSON.stringify(value) : String(value ?? "");
    }
    if (columns.size > MOST_COLUMNS) throw new Error(`The objects have more than ${count(MOST_COLUMNS, "name")}.`);
    rows.push(row);
  }
  return { head: [...columns.keys()], rows, width: columns.size };
}

function readObject(line, number) {
  let record = null;
  try {
    record = JSON.parse(line);
  } catch {
    // told below
  }
  if (record?.constructor === Object) return record;
  throw new Error(`Line ${format(number)} is not a JSON object: JSON Lines has one {…} a line.`);
}

// The column with a usual name, or else the one with the longest texts.
export function findMessageColumn({ head, rows }) {
  const named = head.findIndex((name) => MESSAGE_NAMES.test(name));
  if (named >= 0) return named;
  const lengths = head.map((_, column) => rows.slice(0, 100).reduce((sum, row) => sum + (row[column]?.length ?? 0), 0));
  return lengths.indexOf(Math.max(...lengths));
}

export const foldLabel = (cell) => (cell ?? "").trim().toLowerCase();

// The column whose cells are class names; -1 where there is none.
export function findLabelColumn({ head, rows }, classes) {
  const known = new Set(classes.map(foldLabel));
  const sample = rows.slice(0, 200);
  return head.findIndex(
    (_, column) => sample.length && sample.filter((row) => known.has(foldLabel(row[column]))).length >= LABELLED * sample.length,
  );
}
