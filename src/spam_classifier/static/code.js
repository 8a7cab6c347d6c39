// Use it from code: the request for the message in the box, and a link that brings it back.

import { byId, make } from "./format.js";
import { setUpTabs } from "./tabs.js";

const quoteForShell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
// A JSON string is a string literal of Python and of JavaScript too.
const LANGUAGES = {
  curl: (server, text) =>
    `curl ${server}/classify \\\n  --header 'Content-Type: application/json' \\\n` +
    `  --data-raw ${quoteForShell(JSON.stringify({ texts: [text] }))}`,
  Python: (server, text) =>
    `import requests\n\nanswer = requests.post(\n    "${server}/classify",\n` +
    `    json={"texts": [${JSON.stringify(text)}]},\n    timeout=10,\n)\n` +
    `answer.raise_for_status()\nprint(answer.json())`,
  BentoML: (server, text) =>
    `import bentoml\n\nwith bentoml.SyncHTTPClient("${server}") as client:\n` +
    `    print(client.classify(texts=[${JSON.stringify(text)}]))`,
  JavaScript: (server, text) =>
    `const answer = await fetch("${server}/classify", {\n  method: "POST",\n` +
    `  headers: { "Content-Type": "application/json" },\n` +
    `  body: JSON.stringify({ texts: [${JSON.stringify(text)}] }),\n});\n` +
    `console.log(await answer.json());`,
};

let message = "";
let language = "curl";

export function setUpCode() {
  const tabs = Object.keys(LANGUAGES).map((name) => {
    const tab = make("button", { role: "tab", id: `tab-${name}`, textContent: name });
    tab.setAttribute("aria-controls", "snippet");
    tab.setAttribute("aria-selected", name === language);
    tab.tabIndex = name === language ? 0 : -1;
    return tab;
  });
  byId("languages").replaceChildren(...tabs);
  byId("snippet").setAttribute("aria-labelledby", `tab-${language}`);
  setUpTabs(byId("languages"), (tab) => {
    language = tab.textContent;
    byId("snippet").setAttribute("aria-labelledby", tab.id);
    showCode(message);
  });
  byId("copy-code").addEventListener("click", () => copy(byId("snippet").innerText, "the code"));
  byId("copy-link").addEventListener("click", () => copy(makeLink(message), "the link"));
}

export function showCode(text) {
  message = text;
  const server = new URL(".", location.href).href.replace(/\/$/, "");
  byId("snippet").querySelector("code").textContent = LANGUAGES[language](server, text);
  byId("copied").textContent = "";
}

// A fragment stays in the browser: no server gets to see it.
const makeLink = (text) => `${location.href.split("#")[0]}#${new URLSearchParams({ text })}`;

export const readLink = () => new URLSearchParams(location.hash.slice(1)).get("text");

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    byId("copied").textContent = `Copied ${what}.`;
  } catch {
    // Browsers let pages copy on https and on this machine only.
    byId("copied").textContent = `Copy ${what} by hand: ${what === "the link" ? text : "it is above"}.`;
  }
}
