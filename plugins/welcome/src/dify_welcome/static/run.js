// The page of a workflow or completion app: a form, and what becomes of it step by step.

import { announce, element, find, inputsOf, open, showRunning } from "./page.js";
import { Run, RunError } from "./stream.js";

const base = find("main").dataset.try;
const form = find("inputs");
const steps = new Map();

let current = null;

const duration = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);
const tones = { succeeded: "good", failed: "bad", exception: "bad", stopped: "warn", "partial-succeeded": "warn" };

function setState(text) {
  const state = find("state");
  state.hidden = false;
  state.textContent = text;
  state.className = `tag ${tones[text] || ""}`;
}

function clear() {
  steps.clear();
  find("steps").replaceChildren();
  find("outputs").replaceChildren();
  find("text").replaceChildren();
  for (const id of ["error", "text", "outputs", "steps-part", "empty"]) find(id).hidden = true;
}

function fail(text) {
  find("error").textContent = text;
  find("error").hidden = false;
}

function write(text) {
  find("text").hidden = false;
  find("text").append(text);
}

function began(data) {
  const item = element("li");
  item.append(element("span", "", data.title || data.node_id), element("span", "tag", "running"));
  steps.set(data.id, item);
  find("steps-part").hidden = false;
  find("steps").append(item);
}

function ended(data) {
  const item = steps.get(data.id);
  if (!item) return;
  const tag = element("span", `tag ${tones[data.status] || ""}`, data.status);
  item.lastChild.replaceWith(tag);
  item.append(element("span", "muted", duration(Number(data.elapsed_time) || 0)));
  if (data.error) item.append(element("p", "notice bad", data.error));
}

function finished(data) {
  setState(data.status);
  if (data.error) fail(data.error);
  const entries = Object.entries(data.outputs || {});
  for (const [name, value] of entries) {
    const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    const shown = element("dd");
    shown.append(element("pre", "", text));
    find("outputs").append(element("dt", "", name), shown);
  }
  find("outputs").hidden = entries.length === 0;
  if (entries.length) find("text").hidden = true; // the outputs have it
}

function take(event) {
  switch (event.event) {
    case "node_started":
      return began(event.data);
    case "node_finished":
      return ended(event.data);
    case "text_chunk":
      return write(event.data.text);
    case "message":
      return write(event.answer);
    case "message_replace":
      return find("text").replaceChildren(event.answer);
    case "message_end":
      return setState("succeeded");
    case "workflow_paused":
      return setState("paused");
    case "workflow_finished":
      return finished(event.data);
    case "error":
      setState("failed");
      return fail(event.message);
  }
}

async function start() {
  const inputs = inputsOf(form);
  if (inputs === null) return;
  clear();
  setState("running");
  showRunning(true);
  try {
    current = new Run(base, { inputs, query: find("query")?.value || "" });
    for await (const event of current.events()) take(event);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    setState("failed");
    fail(error.message);
  } finally {
    current = null;
    showRunning(false);
    announce(`The run is over: ${find("state").textContent}`);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (find("stop").hidden) start();
});

function halt() {
  current?.stop().catch((error) => announce(error.message));
}

find("stop").addEventListener("click", halt);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") halt();
});
open();
form.querySelector("[data-kind], textarea, button")?.focus();
