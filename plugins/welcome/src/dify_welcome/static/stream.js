// Runs of an app: one request, whose answer is a stream of server-sent events.

/** What went wrong, in words for the person at the page. */
export class RunError extends Error {}

/** The body of a failed answer: the server words its errors as `{code, message}`. */
async function failure(response) {
  try {
    return (await response.json()).message || response.statusText;
  } catch {
    return `The server answered ${response.status} ${response.statusText}`.trim();
  }
}

async function post(url, body) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new RunError("The server does not answer. Is it still running?");
  }
  if (!response.ok) throw new RunError(await failure(response));
  return response;
}

/** The data of one block of lines, null for a ping. */
function parse(block) {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trimStart())
    .join("\n");
  return data ? JSON.parse(data) : null;
}

async function read(reader) {
  try {
    return await reader.read();
  } catch {
    throw new RunError("The connection was cut off before the end of the answer.");
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let part = await read(reader); !part.done; part = await read(reader)) {
      const blocks = (rest + part.value).split(/\r?\n\r?\n/);
      rest = blocks.pop();
      yield* blocks.map(parse).filter((event) => event !== null);
    }
  } finally {
    reader.cancel().catch(() => {}); // whoever reads no further lets the connection go
  }
}

/** One run of the app at `base`. */
export class Run {
  #base;
  #order;
  #task = null;
  #stopping = false;

  constructor(base, order) {
    this.#base = base;
    this.#order = order;
  }

  /** Begin; yields the events, and throws `RunError`. */
  async *events() {
    const response = await post(`${this.#base}/run`, this.#order);
    for await (const event of events(response.body)) {
      if (this.#task === null && event.task_id) {
        this.#task = event.task_id;
        if (this.#stopping) await this.#stop();
      }
      yield event;
    }
  }

  /** Ask the run to end early, as soon as it can be asked; its events go on to the last one. */
  async stop() {
    this.#stopping = true;
    if (this.#task !== null) await this.#stop();
  }

  async #stop() {
    await post(`${this.#base}/stop`, { task_id: this.#task });
  }
}
