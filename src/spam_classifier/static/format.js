// How numbers and verdicts are written, and small help with the document.

import { kindOf } from "./service.js";

export const byId = (id) => document.getElementById(id);
export const format = (number) => number.toLocaleString("en");
export const count = (number, noun) => `${format(number)} ${noun}${number === 1 ? "" : "s"}`;
export const signed = (number) => `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(2)}`;
export const countCharacters = (text) => [...text].length; // code points, as the service counts

export function percent(share) {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  return `${(share * 100).toFixed(1)} %`;
}

export const percentOf = (part, whole) => (whole ? percent(part / whole) : "–");

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// What changes on the page is said to those who do not see it.
export function speak(sentence) {
  byId("spoken").textContent = sentence;
}

export function showProblem(id, sentence) {
  byId(id).hidden = !sentence;
  byId(id).querySelector("span").textContent = sentence;
}

export function makeBadge({ result, spam_probability: probability }) {
  const badge = make("mark", { className: `badge ${kindOf(result)} level-2`, textContent: result });
  return make("span", {}, badge, ` ${percent(probability)}`);
}
