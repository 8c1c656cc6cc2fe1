// Everything that the npm package `dify-client` offers.
import { ChatClient, CompletionClient, DifyClient } from "dify-client";

const base = process.env.BASE_URL + "/v1";
const keys = JSON.parse(process.env.KEYS);
const said = {};

/** The events of a stream, as a program reads them that splits at blank lines. */
async function events(response) {
  let text = "";
  for await (const piece of response.data) text += piece;
  return text
    .split("\n\n")
    .filter((block) => block.startsWith("data:"))
    .map((block) => JSON.parse(block.slice(5)));
}

const flow = new ChatClient(keys.chatflow, base);
const form = new FormData();
form.append("user", "joe");
form.append("file", new Blob(["hello"], { type: "text/plain" }), "note.txt");
const file = (await new DifyClient(keys.chatflow, base).fileUpload(form)).data;
const files = [{ type: "document", transfer_method: "local_file", upload_file_id: file.id }];
const first = (await flow.createChatMessage({}, "hi", "joe", false, null, files)).data;
const streamed = await events(await flow.createChatMessage({}, "again", "joe", true, first.conversation_id));
said.answers = [first.answer, streamed.map((one) => one.answer ?? "").join("")];
said.last = streamed.at(-1).event;
said.rated = (await flow.messageFeedback(first.message_id, "like", "joe")).data;
said.opening = (await flow.getApplicationParameters("joe")).data.opening_statement;
const listed = (await flow.getConversationMessages("joe", first.conversation_id, null, 10)).data;
said.messages = listed.data.map((one) => one.query);
said.renamed = (await flow.renameConversation(first.conversation_id, "Talk", "joe")).data.name;
said.conversations = (await flow.getConversations("joe", null, 5)).data.data.map((one) => one.name);
said.deleted = (await flow.deleteConversation(first.conversation_id, "joe")).status;

const work = new CompletionClient(keys.workflow, base);
said.ran = (await work.runWorkflow({ text: "give back" }, "joe")).data.data.outputs;
said.ranEventByEvent = (await events(await work.runWorkflow({ text: "x" }, "joe", true))).map((one) => one.event).sort();
work.updateApiKey(keys.completion);
said.completed = (await work.createCompletionMessage({ query: "write" }, "joe")).data.answer;
const pieces = await events(await work.createCompletionMessage({ query: "write" }, "joe", true));
said.completedPieceByPiece = pieces.map((one) => one.answer ?? "").join("");
console.log(JSON.stringify(said));
