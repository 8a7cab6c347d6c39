// Asks the service that the page came from, and nobody else.

export const MOST_CHARACTERS = 10_000; // the service's limit for one message
const PATIENCE = 30_000; // milliseconds

export const names = { positive: "spam", negative: "ham" };
export const served = { threshold: 0.5, learntFrom: "" };
export const kindOf = (result) => (result === names.positive ? "positive" : "negative");

export async function ask(path, body, signal) {
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

// The class names follow the data that the model learnt from.
export async function readModel() {
  const model = await ask("model");
  names.positive = model.parameters?.positive_label ?? names.positive;
  names.negative = model.parameters?.negative_label ?? names.negative;
  served.learntFrom = model.learnt_from ?? "";
  served.threshold = model.metrics?.threshold ?? served.threshold;
  nameClasses(document);
  return model;
}

export function nameClasses(root) {
  for (const slot of root.querySelectorAll("[data-class]")) {
    slot.textContent = names[slot.dataset.class];
  }
}
