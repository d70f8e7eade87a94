import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { test } from "node:test";
import { makeHandler, openMessageFlow } from "./src/app.js";

const event = JSON.parse(readFileSync(new URL("./event.json", import.meta.url)));
const pass = { actions: [{ allRecipients: true, action: { type: "DEFAULT" } }] };

let answer;
const lines = [];
const handler = makeHandler(() => ({ read: async (id) => answer(id) }), { log: (line) => lines.push(line) });
const content = (...chunks) => () => ({ messageContent: Readable.from(chunks.map((chunk) => Buffer.from(chunk))) });
const failure = (name) => () => { throw Object.assign(new Error(name), { name }); };

test("a message is logged and passes", async () => {
  answer = content("Subject: Hello\r\n\r\n", "It works\r\n");
  assert.deepEqual(await handler(event), pass);
  assert.match(lines.at(-1), /^INBOUND message .*: subject "Hello", 28 octets read$/);
});

test("no subject, and one that would forge a log line", async () => {
  answer = content("");
  assert.deepEqual(await handler({ ...event, subject: null }), pass);
  assert.match(lines.at(-1), /subject null, 0 octets read/);
  await handler({ ...event, subject: "a\nERROR all is lost" });
  assert.doesNotMatch(lines.at(-1), /\n/);
});

test("a message that is gone passes", async () => {
  answer = failure("ResourceNotFoundException");
  assert.deepEqual(await handler(event), pass);
});

test("other failures are left to the rule", async () => {
  answer = failure("AccessDeniedException");
  await assert.rejects(handler(event), { name: "AccessDeniedException" });
});

test("a huge message is not read to its end", async () => {
  const chunk = Buffer.alloc(1 << 16);
  let given = 0;
  answer = () => ({ messageContent: (function* () { while (given < 1000) { given += 1; yield chunk; } })() });
  assert.deepEqual(await handler(event), pass);
  assert.equal(given, 16);
});

test("without the SDK the event alone is logged", async () => {
  const without = makeHandler(() => openMessageFlow(createRequire("/nowhere/")), { log: (line) => lines.push(line) });
  assert.deepEqual(await without(event), pass);
  assert.match(lines.at(-1), /subject "Hello", not read$/);
});

test("the SDK is used as it is made", async () => {
  class GetRawMessageContentCommand {
    constructor(input) { this.input = input; }
  }
  class WorkMailMessageFlowClient {
    async send(command) { return { messageContent: Readable.from([Buffer.from(command.input.messageId)]) }; }
  }
  const flow = openMessageFlow(() => ({ WorkMailMessageFlowClient, GetRawMessageContentCommand }));
  const using = makeHandler(() => flow, { log: (line) => lines.push(line) });
  assert.deepEqual(await using(event), pass);
  assert.match(lines.at(-1), /36 octets read$/);
});
