// What both pages share: elements, the inputs of an app, the buttons of a run.

export const find = (id) => document.getElementById(id);

/** A new element with a class and a text; texts are never read as HTML. */
export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Tell a screen reader what happened. */
export function announce(text) {
  find("status").textContent = text;
}

/** Let runs begin: until the page can do it, its form would be sent by the browser itself. */
export function open() {
  find("send").disabled = false;
}

function valueOf(field) {
  if (field.dataset.kind === "checkbox") return field.checked;
  if (field.value === "") return undefined;
  if (field.dataset.kind === "number") return field.valueAsNumber;
  return field.dataset.kind === "json" ? JSON.parse(field.value) : field.value;
}

/** The inputs of a form by name; null when the form is not filled in rightly, which it then shows. */
export function inputsOf(form) {
  const inputs = {};
  if (!form) return inputs;
  for (const field of form.querySelectorAll("[data-kind]")) {
    field.setCustomValidity("");
    try {
      const value = valueOf(field);
      if (value !== undefined) inputs[field.name] = value;
    } catch {
      field.setCustomValidity("This is not JSON.");
    }
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  }
  return form.reportValidity() ? inputs : null;
}

/** Swap the buttons that begin and end a run. */
export function showRunning(running) {
  const hadFocus = [find("send"), find("stop")].includes(document.activeElement);
  find("send").hidden = running;
  find("stop").hidden = !running;
  if (hadFocus) find(running ? "stop" : "send").focus();
}
