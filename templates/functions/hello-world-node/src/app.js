// Says hello to each message: reads it, logs what it is, lets it pass. The place to start a Node function of your own.

import { createRequire } from "node:module";

const pass = { actions: [{ allRecipients: true, action: { type: "DEFAULT" } }] };

// A message may have 40 MB; the header section and the beginning of the text are enough here.
const readOctetsMax = 1 << 20;

// The SDK comes with the managed runtime, not with this function: asked for here, a machine without it still runs the
// function (it then logs the event alone) and its tests. `require` looks along NODE_PATH, where the runtime's and the
// layers' packages are; `import` does so on few hosts.
export function openMessageFlow(require = createRequire(import.meta.url)) {
  try {
    const { WorkMailMessageFlowClient, GetRawMessageContentCommand } = require("@aws-sdk/client-workmailmessageflow");
    const client = new WorkMailMessageFlowClient({});
    return { read: (messageId) => client.send(new GetRawMessageContentCommand({ messageId })) };
  } catch (problem) {
    if (problem.code !== "MODULE_NOT_FOUND") throw problem;
    return null;
  }
}

export function makeHandler(open, log = console) {
  // One for each environment: a warm one keeps its connections from event to event.
  let flow;
  return async (event) => {
    flow ??= open();
    let size = "not read";
    if (flow) {
      try {
        const answer = await flow.read(event.messageId);
        size = `${await countOctets(answer.messageContent)} octets read`;
      } catch (problem) {
        // Test events name messages that never were, and content is readable for 24 hours only. Neither is a reason
        // to hold somebody's mail.
        if (problem.name !== "ResourceNotFoundException") throw problem;
        size = "gone";
      }
    }
    // The subject is cut at 256 characters and null where there is none; as JSON it stays on one line of the log.
    log.log(`${event.flowDirection} message ${event.messageId}: subject ${JSON.stringify(event.subject)}, ${size}`);
    return pass;
  };
}

async function countOctets(stream) {
  let count = 0;
  for await (const chunk of stream) {
    count += chunk.length;
    // Leaving the loop also ends the stream, and with it the download.
    if (count >= readOctetsMax) break;
  }
  return count;
}

export const handler = makeHandler(openMessageFlow);
