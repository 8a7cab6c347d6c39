// One message: its verdict as it is typed.

import { forgetAttacks, isAttacked, setUpAttacks, showBeforeAfter } from "./attacks.js";
import { readLink, setUpCode, showCode } from "./code.js";
import { offerCorrection } from "./correction.js";
import { describeHint, showWhy } from "./explain.js";
import { byId, count, countCharacters, format, percent, showProblem, speak } from "./format.js";
import { MOST_CHARACTERS, ask, kindOf, names } from "./service.js";
import { setUpLine, triedThreshold } from "./threshold.js";

const TYPING_PAUSE = 250; // milliseconds
const PARTS = ["headline", "why", "fool", "code"]; // there only where there is a verdict

const message = byId("message");
let typing;
let request = new AbortController();
let verdict = null; // { text, answer } of the last answer
let before = null; // that of the message before it was attacked

export function setUpMessage() {
  message.addEventListener("input", () => {
    request.abort();
    clearTimeout(typing);
    forgetAttacks();
    typing = setTimeout(checkMessage, TYPING_PAUSE);
    showLength();
  });
  byId("retry").addEventListener("click", () => {
    message.focus(); // or the focus would be lost with the button
    checkMessage();
  });
  for (const example of document.querySelectorAll(".example")) {
    example.addEventListener("click", () => fill(example.dataset.text));
  }
  setUpAttacks(
    () => {
      before = verdict?.answer;
      return message.value;
    },
    (text) => setMessage(text),
  );
  setUpCode();
  addEventListener("hashchange", openLink);
  openLink();
  showLength();
}

export function setUpVerdict(model) {
  setUpLine(model, () => verdict && showResult());
}

function openLink() {
  const text = readLink();
  if (text) fill(text);
}

function fill(text) {
  forgetAttacks();
  setMessage(text);
}

function setMessage(text) {
  message.value = text;
  showLength();
  checkMessage();
}

function showLength() {
  const length = countCharacters(message.value);
  byId("length").textContent = length ? `${format(length)} of ${count(MOST_CHARACTERS, "character")}` : "";
}

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
    showVerdict(null);
    if (tooLong) {
      const limit = format(MOST_CHARACTERS);
      showProblem("problem-one", `The message has ${format(length)} characters; at most ${limit} can be checked.`);
    }
    return;
  }
  try {
    showVerdict({ text, answer: await ask("explain", { text }, signal) });
  } catch (error) {
    if (error.name === "AbortError") return;
    showVerdict(null);
    showProblem("problem-one", error.message);
  }
}

function showVerdict(found) {
  verdict = found;
  offerCorrection(found);
  for (const id of PARTS) byId(id).hidden = !found;
  byId("nothing-yet").hidden = Boolean(found);
  byId("fill").hidden = !found;
  if (!found) {
    byId("verdict").className = "card";
    byId("hint").hidden = true;
    speak("");
    return;
  }
  const { text, answer } = found;
  showResult();
  byId("hint").textContent = describeHint(answer);
  byId("hint").hidden = !byId("hint").textContent;
  showWhy(byId("why-one"), text, answer);
  showCode(text);
}

function showResult() {
  const { spam_probability: probability, result } = judge(verdict.answer);
  const likelihood = `${percent(probability)} likely to be ${names.positive}`;
  byId("verdict").className = `card ${kindOf(result)}`;
  byId("result").textContent = result;
  byId("likelihood").textContent = likelihood;
  byId("fill").style.setProperty("--share", probability);
  speak(`${result}: ${likelihood}`);
  if (isAttacked() && before) showBeforeAfter(judge(before), judge(verdict.answer));
}

// An answer at the line that the visitor draws, which is the service's own at first.
function judge(answer) {
  const tried = triedThreshold();
  if (tried === null) return answer;
  return { ...answer, result: names[answer.spam_probability >= tried ? "positive" : "negative"] };
}
