// Runs a handler behind the Lambda Runtime API (2018-06-01) in plain JavaScript: what the managed Node runtimes do.
import diagnostics from "node:diagnostics_channel";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { format, inspect } from "node:util";

const root = process.env.LAMBDA_TASK_ROOT;
// What every context says, read once: a look at process.env is a call into the system's library.
const sameForAll = {
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME, functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
};
const asJSON = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
// Entries that matter less are left out.
const logLevels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const lowestLevel = asJSON ? Math.max(0, logLevels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL)) : 0;
// From nodejs24 on handlers answer by promise only.
const takesCallbacks = !(Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1]) >= 24);
let current = null;

// The private line to the host: frames of two lengths and what they count (EventChannel.swift). It is read without the event
// loop, which rests between events as on Lambda, unless something is still going on in it.
class Channel {
  static loaded = 0;
  static result = 1;
  static error = 2;
  static initError = 3;
  static lastError = 4;
  // What a standard stream keeps in the loop is nothing that is waited for.
  static #idle = new Set(["PipeWrap", "TTYWrap", "CloseReq"]);
  #descriptor;
  // Where the host counts the events that it has sent and the answers that it has taken; undefined where it does not.
  #count;
  #buffer = Buffer.allocUnsafe(65536);
  #usesNetwork = false;
  #taken = 0;
  // Nanoseconds for the host to take an answer if it does not wait for this core.
  static #patience = 25_000n;
  // Nanoseconds to wait awake, as the last event said. The clock is taken before a function can replace it.
  #awake = 0;
  #clock = process.hrtime.bigint;

  constructor(descriptor, count) {
    this.#descriptor = descriptor;
    this.#count = count;
    diagnostics.channel("net.client.socket").subscribe(() => { this.#usesNetwork = true; });
  }

  say(kind, body = "") {
    const length = Buffer.byteLength(body);
    const frame = Buffer.allocUnsafe(8 + length);
    frame.writeUInt32LE(kind, 0);
    frame.writeUInt32LE(length, 4);
    frame.write(body, 8);
    for (let sent = 0; sent < frame.length; ) sent += fs.writeSync(this.#descriptor, frame, sent);
  }

  async next() {
    const isBusy = process.getActiveResourcesInfo().some((name) => !Channel.#idle.has(name));
    if (this.#awake > 0 && !isBusy) this.#lookForNext();
    const count = isBusy ? await this.#readBesides() : fs.readSync(this.#descriptor, this.#buffer);
    // Connections that were closed while the loop rested are noticed before a function takes them for open.
    if (this.#usesNetwork && !isBusy) await new Promise(setImmediate);
    let data = this.#buffer.subarray(0, count);
    if (count < 8) data = this.#more(data, 8);
    const head = 8 + data.readUInt32LE(0), end = head + data.readUInt32LE(4);
    if (data.length < end) data = this.#more(data, end);
    const [request, deadline, arn, trace, client, awake] = data.toString("utf8", 8, head).split("\0");
    this.#taken += 1;
    this.#awake = this.#count === undefined ? 0 : Number(awake);
    return { request, deadline, arn, trace, client, body: data.toString("utf8", head, end) };
  }

  // The next event may come sooner than a core that fell asleep comes back. The counts' lowest octets tell it. As long as the answer
  // is not taken, the host may be waiting for this core: JavaScript cannot yield, but sleep.
  #lookForNext() {
    const asked = this.#taken & 255, next = (asked + 1) & 255, start = this.#clock();
    const patience = start + Channel.#patience, end = start + BigInt(this.#awake);
    do {
      // The clock gives a new number of its own each time: it is looked at less often.
      for (let look = 0; look < 4; look++) {
        fs.readSync(this.#count, this.#buffer, 0, 9, 0);
        if (this.#buffer[0] === next) return;
      }
    } while (this.#clock() < (this.#buffer[8] === asked ? end : patience));
  }

  #readBesides() {
    return new Promise((resolve, reject) => {
      fs.read(this.#descriptor, this.#buffer, (problem, count) => (problem ? reject(problem) : resolve(count)));
    });
  }

  #more(data, size) {
    const whole = Buffer.allocUnsafe(size);
    for (let count = data.copy(whole); count < size; ) {
      const more = fs.readSync(this.#descriptor, whole, count, size - count);
      if (more === 0) process.exit(0); // The host is gone.
      count += more;
    }
    return whole;
  }

  async answer(event, body) {
    // A rejection that nobody handles is an error of the event it happened in.
    await new Promise(setImmediate);
    this.say(Channel.result, body);
  }

  async failed(request, body, isLast = false) {
    this.say(request === null ? Channel.initError : isLast ? Channel.lastError : Channel.error, JSON.stringify(body));
  }
}

// The host's Runtime API: one connection, used for everything.
class Host {
  #agent = new http.Agent({ keepAlive: true, maxSockets: 1, noDelay: true });

  #ask(method, place, body, headers = {}) {
    const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
    return new Promise((resolve, reject) => {
      const fields = body === undefined ? headers : { ...headers, "Content-Length": Buffer.byteLength(body) };
      const options = { hostname, port, agent: this.#agent, method, path: "/2018-06-01/runtime/" + place, headers: fields };
      const request = http.request(options, (answer) => {
        const pieces = [];
        answer.on("data", (piece) => pieces.push(piece));
        answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
        answer.on("error", reject);
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  async next() {
    const turn = await this.#ask("GET", "invocation/next").catch(() => process.exit(0)); // The host is gone.
    if (turn.status !== 200) process.exit(1);
    const field = (name) => turn.headers["lambda-runtime-" + name];
    return {
      request: field("aws-request-id"), deadline: field("deadline-ms"), arn: field("invoked-function-arn"), trace: field("trace-id"),
      client: field("client-context"), body: turn.body.toString("utf8"),
    };
  }

  answer(event, body) {
    return this.#ask("POST", `invocation/${event.request}/response`, body, { "Content-Type": "application/json" });
  }

  failed(request, body) {
    const type = body.errorType.replace(/[^\x20-\x7e]/g, "?");
    const headers = { "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": type };
    return this.#ask("POST", request === null ? "init/error" : `invocation/${request}/error`, JSON.stringify(body), headers);
  }
}

const channel = process.env._MAILROOM_CHANNEL;
delete process.env._MAILROOM_CHANNEL;
const host = channel ? new Channel(...channel.split(",").map(Number)) : new Host();

class Named extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function errorBody(problem) {
  if (problem instanceof Error || (problem && typeof problem === "object" && "message" in problem && "stack" in problem)) {
    return { errorType: problem.name?.replaceAll("\x7F", "%7F") ?? "Error", errorMessage: String(problem.message), trace: String(problem.stack ?? "").split("\n") };
  }
  return { errorType: typeof problem, errorMessage: String(problem), trace: [] };
}

// Several lines are one record: the host turns the carriage returns back into line ends.
function record(text) {
  fs.writeSync(1, text.replaceAll("\r\n", "\n").replaceAll("\n", "\r") + "\n");
}

function line(level, id, text) {
  record(`${new Date().toISOString()}\t${id ?? "undefined"}\t${level}\t${text}`);
}

function logError(title, problem, body = errorBody(problem)) {
  const shown = { errorType: body.errorType, errorMessage: body.errorMessage, ...(problem?.code ? { code: problem.code } : {}), stack: body.trace };
  if (asJSON) record(JSON.stringify({ timestamp: new Date().toISOString(), level: "ERROR", requestId: current ?? undefined, message: shown }));
  else line("ERROR", current, `${title} \t${JSON.stringify(shown)}`);
}

function patchConsole() {
  const levels = { log: "INFO", trace: "TRACE", debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...words) => {
      if (logLevels.indexOf(level) < lowestLevel) return;
      if (!asJSON) return line(level, current, format(...words));
      const entry = { timestamp: new Date().toISOString(), level, requestId: current ?? undefined, message: words.length === 1 && typeof words[0] === "object" ? words[0] : format(...words) };
      const problem = words.find((word) => word instanceof Error);
      if (problem) Object.assign(entry, { message: format(...words), errorType: problem.name, errorMessage: problem.message, stackTrace: String(problem.stack).split("\n") });
      try { record(JSON.stringify(entry)); } catch { record(JSON.stringify({ ...entry, message: inspect(entry.message) })); }
    };
  }
}

function isModule(file) {
  if (file.endsWith(".mjs")) return true;
  if (file.endsWith(".cjs")) return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(folder, "package.json"))).type === "module";
    } catch (problem) {
      if (problem.code !== "ENOENT") return false;
    }
    if (folder === path.dirname(folder) || folder === root) return false;
  }
}

async function load(text) {
  if (text.includes("..")) throw new Named("Runtime.MalformedHandlerName", `'${text}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  const match = /^((?:.*\/)?)([^./]+)\.(.+)$/.exec(text);
  if (!match) throw new Named("Runtime.MalformedHandlerName", "Bad handler");
  const [, folder, name, attributes] = match;
  const base = path.resolve(root, folder, name);
  const file = [base, base + ".js", base + ".mjs", base + ".cjs"].find((place) => fs.existsSync(place) && fs.statSync(place).isFile());
  let module;
  try {
    if (!file) throw new Error(`Cannot find module '${name}'\nRequire stack:\n- ${root}`);
    module = isModule(file) ? await import(pathToFileURL(file).href) : createRequire(pathToFileURL(file))(file);
  } catch (problem) {
    if (problem instanceof SyntaxError) throw Object.assign(new Named("Runtime.UserCodeSyntaxError", `SyntaxError: ${problem.message}`), { stack: problem.stack });
    if (!file || ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(problem?.code)) {
      throw Object.assign(new Named("Runtime.ImportModuleError", `Error: ${problem.message}`), { stack: problem.stack });
    }
    throw problem;
  }
  let handler = module;
  for (const part of attributes.split(".")) handler = handler?.[part] ?? handler?.default?.[part];
  if (handler === undefined) throw new Named("Runtime.HandlerNotFound", `${text} is undefined or not exported`);
  if (typeof handler !== "function") throw new Named("Runtime.HandlerNotFound", `${text} is not a function`);
  return handler;
}

// Resolves with what the handler answers, whichever of the ways it takes.
function run(handler, value, event) {
  return new Promise((resolve, reject) => {
    let waits = true, isSettled = false, whenEmpty = null;
    const settle = (act, value) => {
      if (isSettled) return;
      isSettled = true;
      if (whenEmpty) process.off("beforeExit", whenEmpty);
      act(value);
    };
    const callback = (problem, result) => {
      const act = () => (problem === undefined || problem === null ? settle(resolve, result) : settle(reject, problem));
      if (!waits) return act();
      // The answer leaves when nothing else is to be done (callbackWaitsForEmptyEventLoop).
      if (whenEmpty) process.off("beforeExit", whenEmpty);
      process.once("beforeExit", (whenEmpty = act));
    };
    const done = (problem, result) => { waits = false; callback(problem, result); };
    const context = {
      awsRequestId: event.request, invokedFunctionArn: event.arn, ...sameForAll,
      clientContext: event.client ? JSON.parse(event.client) : undefined,
      identity: undefined,
      getRemainingTimeInMillis: () => Number(event.deadline) - Date.now(),
      get callbackWaitsForEmptyEventLoop() { return waits; },
      set callbackWaitsForEmptyEventLoop(value) { waits = Boolean(value); },
    };
    if (takesCallbacks) Object.assign(context, { done, succeed: (result) => done(null, result), fail: (problem) => done(problem ?? "handled") });
    // Nothing left to do and no answer: null, as the managed runtime gives.
    const empty = () => settle(resolve, null);
    let result;
    try {
      result = takesCallbacks ? handler(value, context, callback) : handler(value, context);
    } catch (problem) {
      return settle(reject, problem);
    }
    if (typeof result?.then === "function") {
      result.then((value) => settle(resolve, value), (problem) => settle(reject, problem));
    } else if (!takesCallbacks) {
      settle(resolve, result);
    } else if (!isSettled && !whenEmpty) {
      process.once("beforeExit", (whenEmpty = empty));
    }
  });
}

function encode(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch (problem) {
    throw new Named("Runtime.MarshalError", `Unable to stringify response body as json: ${problem.message}`);
  }
}

// What nobody caught ends the process, having been told.
function dieOn(event, name, title, code) {
  process.on(event, (problem) => {
    const body = errorBody(problem);
    if (name) Object.assign(body, { errorType: name, errorMessage: problem instanceof Error ? problem.toString() : String(problem), trace: [name + ": " + String(problem), ...body.trace.slice(1)] });
    logError(title, problem, body);
    host.failed(current, body, true).catch(() => {}).finally(() => process.exit(code));
  });
}

async function main() {
  patchConsole();
  dieOn("unhandledRejection", "Runtime.UnhandledPromiseRejection", "Unhandled Promise Rejection", 128);
  dieOn("uncaughtException", null, "Uncaught Exception", 129);
  let handler;
  try {
    handler = await load(process.env._HANDLER);
  } catch (problem) {
    logError("Uncaught Exception", problem);
    await host.failed(null, errorBody(problem));
    process.exit(129);
  }
  if (channel) host.say(Channel.loaded);
  next(handler);
}

async function next(handler) {
  const event = await host.next();
  current = event.request;
  if (event.trace) process.env._X_AMZN_TRACE_ID = event.trace;
  else delete process.env._X_AMZN_TRACE_ID;
  try {
    let value;
    try {
      value = JSON.parse(event.body);
    } catch (problem) {
      throw new Named("Runtime.UnmarshalError", `Unable to unmarshal input: ${problem.message}`);
    }
    await host.answer(event, encode(await run(handler, value, event)));
  } catch (problem) {
    logError("Invoke Error", problem);
    await host.failed(current, errorBody(problem));
  }
  // Not by await: each event starts on a stack of its own.
  setImmediate(next, handler);
}

main();
