// Try to fool it: what senders do to a message so that a filter reads something else than people.

import { byId, make, makeBadge } from "./format.js";
import { names } from "./service.js";

const LOOK_ALIKES = { from: "aceopxyijsAEOPCXHBMT", to: "асеорхуіјѕАЕОРСХНВМТ" };
const HARMLESS = "Ok, see you at home then. I will be late from work, start without me. Love you";

const mapCharacters = (text, change) => [...text].map(change).join("");

const ATTACKS = [
  { name: "Add harmless text", change: (text) => `${text} ${HARMLESS}` },
  { name: "Look-alike letters", change: (text) => mapCharacters(text, replaceEveryOther) },
  { name: "Full-width letters", change: (text) => mapCharacters(text, widen) },
  { name: "Invisible characters", change: (text) => [...text].join("\u200b") },
  { name: "S p a c e s", change: (text) => [...text].join(" ") },
];

function replaceEveryOther(character, position) {
  const found = position % 2 ? LOOK_ALIKES.from.indexOf(character) : -1;
  return found < 0 ? character : LOOK_ALIKES.to[found];
}

const widen = (character) =>
  /[!-~]/.test(character) ? String.fromCodePoint(character.codePointAt(0) + 0xfee0) : character;

const used = new Set();
let original = "";

// `change` gets the changed text; `read` returns the text as it is.
export function setUpAttacks(read, change) {
  const buttons = ATTACKS.map((attack) => {
    const button = make("button", { className: "chip", textContent: attack.name });
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      if (!used.size) original = read();
      if (!used.delete(attack)) used.add(attack);
      button.setAttribute("aria-pressed", used.has(attack));
      const changes = ATTACKS.filter((other) => used.has(other));
      change(changes.reduce((text, other) => other.change(text), original));
    });
    return button;
  });
  byId("attacks").replaceChildren(...buttons);
}

// A message that is typed starts afresh.
export function forgetAttacks() {
  used.clear();
  for (const button of byId("attacks").children) button.setAttribute("aria-pressed", "false");
  byId("before-after").hidden = true;
}

// Show two answers of the service: to the message as it was typed, and as it is now.
export function showBeforeAfter(before, after) {
  const changed = before.result !== after.result;
  const fooled = changed && after.result === names.negative;
  const comment = fooled ? " You fooled it!" : changed ? " It only got more suspicious." : " It holds.";
  byId("before-after").hidden = !used.size;
  byId("before-after").replaceChildren("Before ", makeBadge(before), " → after ", makeBadge(after), comment);
}

export const isAttacked = () => used.size > 0;
