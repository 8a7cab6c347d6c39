// "Wrong?" under the verdict, where the service keeps corrections.

import { byId, showProblem } from "./format.js";
import { ask, names } from "./service.js";

let isKept = false; // whether the service keeps them
let correction = null; // { text, label } that the button would send

export function setUpCorrection(model) {
  isKept = model.feedback;
  if (isKept) byId("kept-messages").textContent = "those only whose verdict you call wrong";
  byId("correction").hidden = !isKept || !correction;
  byId("wrong").addEventListener("click", async () => {
    const sent = correction;
    byId("wrong").disabled = true;
    try {
      const { id } = await ask("feedback", sent);
      if (sent === correction) byId("kept").textContent = `Thank you: kept as correction ${id}.`;
    } catch (error) {
      showProblem("problem-correction", error.message);
      byId("wrong").disabled = false;
    }
  });
}

export function offerCorrection(verdict) {
  const other = verdict?.answer.result === names.positive ? names.negative : names.positive;
  correction = verdict && { text: verdict.text, label: other };
  byId("correction").hidden = !isKept || !correction;
  byId("wrong").textContent = `This is ${other}`;
  byId("wrong").disabled = false;
  byId("kept").textContent = "";
  showProblem("problem-correction", "");
}
