// The page of a chat app or chatflow: a conversation whose answers are written as they come.

import { announce, element, find, inputsOf, open, showRunning } from "./page.js";
import { Run, RunError } from "./stream.js";

const base = find("main").dataset.try;
const app = document.querySelector("h1").textContent.trim();
const log = find("log");
const composer = find("composer");
const query = find("query");
const opening = [...log.children];

let conversation = null;
let current = null; // the run of the turn that is answered; one that is no longer this writes nothing more

function turn(kind, author, text = "") {
  const article = element("article", `turn ${kind}`);
  const paragraph = element("p", "text", text);
  article.append(element("h2", "hidden", author), paragraph);
  log.append(article);
  return { article, paragraph };
}

function atEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 80;
}

function show(answer, change) {
  const follow = atEnd();
  change(answer);
  if (follow) log.scrollTop = log.scrollHeight;
}

function fail(answer, text) {
  show(answer, ({ article }) => article.append(element("p", "notice bad", text)));
  announce(text);
}

function take(answer, event) {
  conversation = event.conversation_id || conversation;
  switch (event.event) {
    case "message":
    case "agent_message":
      show(answer, ({ paragraph }) => paragraph.append(event.answer));
      break;
    case "message_replace":
      show(answer, ({ paragraph }) => paragraph.replaceChildren(event.answer));
      break;
    case "error":
      fail(answer, event.message);
      break;
  }
}

async function ask(text) {
  const inputs = inputsOf(find("inputs"));
  if (inputs === null) return;
  const mine = new Run(base, { inputs, query: text, conversation_id: conversation });
  current = mine;
  turn("question", "You", text);
  const answer = turn("answer", app);
  answer.article.setAttribute("aria-busy", "true");
  log.scrollTop = log.scrollHeight;
  find("suggestions")?.remove();
  query.value = "";
  resize();
  showRunning(true);
  try {
    for await (const event of mine.events()) {
      if (mine !== current) return;
      take(answer, event);
    }
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    if (mine === current) fail(answer, error.message);
  } finally {
    answer.article.removeAttribute("aria-busy");
    if (mine === current) {
      current = null;
      showRunning(false);
      announce("The answer is complete.");
    }
  }
}

function halt() {
  current?.stop().catch((error) => announce(error.message));
}

function begin() {
  halt();
  current = null;
  conversation = null;
  log.replaceChildren(...opening);
  showRunning(false);
  query.focus();
}

function resize() {
  query.style.height = "auto";
  query.style.height = `${query.scrollHeight + 2}px`;
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = query.value.trim();
  if (text && find("stop").hidden) ask(text);
});
query.addEventListener("input", resize);
query.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") halt();
});
find("stop").addEventListener("click", halt);
find("new").addEventListener("click", begin);
find("suggestions")?.addEventListener("click", (event) => {
  if (event.target.matches("button")) ask(event.target.textContent);
});
open();
query.focus();
