// The page at /app.

import { setUpMessage, setUpVerdict } from "./classify.js";
import { setUpCorrection } from "./correction.js";
import { byId, count, percent } from "./format.js";
import { setUpMany } from "./many.js";
import { names, readModel, served } from "./service.js";
import { setUpTabs } from "./tabs.js";

setUpTabs(document.querySelector(".tabs"), (chosen) => {
  for (const id of ["one", "many"]) byId(`panel-${id}`).hidden = chosen.id !== `tab-${id}`;
});
setUpMessage();
setUpMany();
showModel().catch((error) => (byId("model").textContent = error.message));

async function showModel() {
  const model = await readModel();
  setUpVerdict(model);
  setUpCorrection(model);
  const day = new Date(model.created).toLocaleDateString("en", { dateStyle: "long" });
  const sentences = [`Model ${model.tag}, trained on ${day}.`];
  const { metrics } = model;
  if (metrics) {
    sentences.push(
      `Of ${count(metrics["weighted avg"].support, "message")} that it had never seen it answered ` +
        `${percent(metrics.accuracy)} right, caught ${percent(metrics.spam_caught)} of the ` +
        `${names.positive} and blocked ${percent(metrics.ham_blocked)} of the ${names.negative}.`,
    );
  }
  byId("learnt-from").textContent = served.learntFrom
    ? `It learnt from ${served.learntFrom}, and knows nothing else.`
    : "";
  byId("model").textContent = sentences.join(" ");
}
