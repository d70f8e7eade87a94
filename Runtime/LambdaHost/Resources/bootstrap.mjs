// Runs a handler behind the Lambda Runtime API (2018-06-01) in plain JavaScript: what the managed Node runtimes do.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { format, inspect } from "node:util";

const root = process.env.LAMBDA_TASK_ROOT;
const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1, noDelay: true });
const asJSON = process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
// From nodejs24 on handlers answer by promise only.
const takesCallbacks = !(Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1]) >= 24);
let current = null;

function ask(method, place, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const fields = body === undefined ? headers : { ...headers, "Content-Length": Buffer.byteLength(body) };
    const request = http.request({ hostname, port, agent, method, path: "/2018-06-01/runtime/" + place, headers: fields }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
      answer.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

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
function run(handler, event, headers) {
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
      awsRequestId: headers["lambda-runtime-aws-request-id"], invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME, functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: headers["lambda-runtime-client-context"] ? JSON.parse(headers["lambda-runtime-client-context"]) : undefined,
      identity: headers["lambda-runtime-cognito-identity"] ? JSON.parse(headers["lambda-runtime-cognito-identity"]) : undefined,
      getRemainingTimeInMillis: () => Number(headers["lambda-runtime-deadline-ms"]) - Date.now(),
      get callbackWaitsForEmptyEventLoop() { return waits; },
      set callbackWaitsForEmptyEventLoop(value) { waits = Boolean(value); },
    };
    if (takesCallbacks) Object.assign(Object.defineProperties(context, {}), { done, succeed: (result) => done(null, result), fail: (problem) => done(problem ?? "handled") });
    // Nothing left to do and no answer: null, as the managed runtime gives.
    const empty = () => settle(resolve, null);
    let result;
    try {
      result = takesCallbacks ? handler(event, context, callback) : handler(event, context);
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

async function postError(body) {
  const headers = { "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": body.errorType.replace(/[^\x20-\x7e]/g, "?") };
  await ask("POST", current === null ? "init/error" : `invocation/${current}/error`, JSON.stringify(body), headers);
}

// What nobody caught ends the process, having been told.
function dieOn(event, name, title, code) {
  process.on(event, (problem) => {
    const body = errorBody(problem);
    if (name) Object.assign(body, { errorType: name, errorMessage: problem instanceof Error ? problem.toString() : String(problem), trace: [name + ": " + String(problem), ...body.trace.slice(1)] });
    logError(title, problem, body);
    postError(body).catch(() => {}).finally(() => process.exit(code));
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
    await postError(errorBody(problem));
    process.exit(129);
  }
  next(handler);
}

async function next(handler) {
  let turn;
  try {
    turn = await ask("GET", "invocation/next");
  } catch {
    process.exit(0); // The host is gone.
  }
  if (turn.status !== 200) process.exit(1);
  current = turn.headers["lambda-runtime-aws-request-id"];
  if (turn.headers["lambda-runtime-trace-id"]) process.env._X_AMZN_TRACE_ID = turn.headers["lambda-runtime-trace-id"];
  else delete process.env._X_AMZN_TRACE_ID;
  try {
    let event;
    try {
      event = JSON.parse(turn.body.toString("utf8"));
    } catch (problem) {
      throw new Named("Runtime.UnmarshalError", `Unable to unmarshal input: ${problem.message}`);
    }
    const body = encode(await run(handler, event, turn.headers));
    await ask("POST", `invocation/${current}/response`, body, { "Content-Type": "application/json" });
  } catch (problem) {
    logError("Invoke Error", problem);
    await postError(errorBody(problem));
  }
  // Not by await: each event starts on a stack of its own.
  setImmediate(next, handler);
}

main();
