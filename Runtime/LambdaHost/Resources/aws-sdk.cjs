// A small stand-in for the AWS SDK v3 that the managed Node runtimes bring: `new XClient(config)`, `new YCommand(input)`,
// `client.send(command)`. It speaks to the endpoint in AWS_ENDPOINT_URL, signed with the environment's own keys.
"use strict";
const crypto = require("node:crypto");
const http = require("node:http");
const https = require("node:https");
const { Readable } = require("node:stream");

const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };
const sha256 = (data) => crypto.createHash("sha256").update(data).digest("hex");
const hmac = (key, data) => crypto.createHmac("sha256", key).update(data).digest();
const escape = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (letter) => "%" + letter.charCodeAt(0).toString(16).toUpperCase());

// Signature version 4.
function sign(request, service, region, keys) {
  const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers = request.headers;
  headers["x-amz-date"] = date;
  if (service === "s3") headers["x-amz-content-sha256"] = sha256(request.body);
  if (keys.sessionToken) headers["x-amz-security-token"] = keys.sessionToken;
  const names = Object.keys(headers).map((name) => name.toLowerCase()).sort();
  const path = service === "s3" ? request.path : request.path.split("/").map(escape).join("/");
  const query = Object.entries(request.query).map(([name, value]) => escape(name) + "=" + escape(value)).sort().join("&");
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value).trim().replace(/ +/g, " ")]));
  const canonical = [request.method, path, query, ...names.map((name) => `${name}:${lower[name]}`), "", names.join(";"), sha256(request.body)].join("\n");
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const key = [date.slice(0, 8), region, service, "aws4_request"].reduce(hmac, "AWS4" + keys.secretAccessKey);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n")).toString("hex");
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return query;
}

class ServiceException extends Error {
  constructor(name, message, status, requestId) {
    super(message);
    this.name = name;
    this.Code = name;
    this.$fault = status >= 500 ? "server" : "client";
    this.$metadata = { httpStatusCode: status, requestId, attempts: 1 };
  }
}

// What a body may be given as.
async function octets(body) {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string" || Buffer.isBuffer(body) || body instanceof Uint8Array) return Buffer.from(body);
  if (body instanceof ArrayBuffer) return Buffer.from(body);
  const pieces = [];
  for await (const piece of body) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

// A body as the SDK gives it: a stream that can also be collected.
function stream(buffer) {
  const body = Readable.from(buffer.length ? [buffer] : []);
  body.transformToByteArray = async () => new Uint8Array(buffer);
  body.transformToString = async (encoding = "utf-8") => buffer.toString(encoding);
  return body;
}

// Query protocol: nested input as flat names.
function flatten(input, prefix = "", out = []) {
  for (const [name, value] of Object.entries(input)) {
    const full = prefix + name;
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) value.forEach((item, index) => (typeof item === "object" ? flatten(item, `${full}.member.${index + 1}.`, out) : out.push([`${full}.member.${index + 1}`, item])));
    else if (Buffer.isBuffer(value) || value instanceof Uint8Array) out.push([full, Buffer.from(value).toString("base64")]);
    else if (typeof value === "object") flatten(value, full + ".", out);
    else out.push([full, String(value)]);
  }
  return out;
}

const tag = (text, name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]?.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");

// Moments are numbers in JSON protocols, binary is base64.
const toJSON = (input) => JSON.stringify(input, function (name, value) {
  const own = this[name];
  if (own instanceof Date) return own.getTime() / 1000;
  if (own instanceof Uint8Array) return Buffer.from(own).toString("base64");
  return value;
});

const key = (input) => "/" + [input.Bucket, ...String(input.Key ?? "").split("/")].map(escape).join("/");
const meta = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-amz-meta-")).map(([name, value]) => [name.slice(11), value]));

// One request and the reading of its answer for each protocol and operation.
const protocols = {
  json(service, operation, input) {
    return {
      method: "POST", path: "/", headers: { "content-type": "application/x-amz-json-" + service.version, "x-amz-target": `${service.target}.${operation}` },
      body: toJSON(input), read: (answer) => (answer.body.length ? JSON.parse(answer.body) : {}),
    };
  },
  query(service, operation, input) {
    const body = [["Action", operation], ["Version", service.version], ...flatten(input)].map(([name, value]) => `${escape(name)}=${escape(value)}`).join("&");
    return {
      method: "POST", path: "/", headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }, body,
      read: (answer) => ({ MessageId: tag(String(answer.body), "MessageId") }),
    };
  },
  messageflow(service, operation, input) {
    if (operation === "GetRawMessageContent") return { method: "GET", path: "/messages/" + escape(input.messageId), read: (answer) => ({ messageContent: stream(answer.body) }) };
    return { method: "POST", path: "/messages/" + escape(input.messageId), headers: { "content-type": "application/json" }, body: JSON.stringify({ content: input.content }), read: () => ({}) };
  },
  lambda(service, operation, input) {
    const headers = { "content-type": "application/json" };
    if (input.InvocationType) headers["x-amz-invocation-type"] = input.InvocationType;
    if (input.LogType) headers["x-amz-log-type"] = input.LogType;
    if (input.ClientContext) headers["x-amz-client-context"] = input.ClientContext;
    return {
      method: "POST", path: `/2015-03-31/functions/${escape(input.FunctionName)}/invocations`, query: input.Qualifier ? { Qualifier: input.Qualifier } : {}, headers, body: input.Payload,
      read: (answer) => ({
        StatusCode: answer.status, FunctionError: answer.headers["x-amz-function-error"], LogResult: answer.headers["x-amz-log-result"], ExecutedVersion: answer.headers["x-amz-executed-version"],
        Payload: Object.assign(new Uint8Array(answer.body), { transformToString: () => answer.body.toString("utf8") }),
      }),
    };
  },
  sesv2(service, operation, input) {
    const copy = structuredClone(input);
    if (copy.Content?.Raw?.Data) copy.Content.Raw.Data = Buffer.from(copy.Content.Raw.Data).toString("base64");
    return { method: "POST", path: "/v2/email/outbound-emails", headers: { "content-type": "application/json" }, body: toJSON(copy), read: (answer) => JSON.parse(answer.body) };
  },
  s3(service, operation, input) {
    const headers = {};
    const version = input.VersionId ? { versionId: input.VersionId } : {};
    const facts = (answer) => ({
      ETag: answer.headers.etag, VersionId: answer.headers["x-amz-version-id"], ContentType: answer.headers["content-type"],
      ContentLength: Number(answer.headers["content-length"] ?? 0), Metadata: meta(answer.headers),
      LastModified: answer.headers["last-modified"] ? new Date(answer.headers["last-modified"]) : undefined,
    });
    switch (operation) {
      case "PutObject":
        if (input.ContentType) headers["content-type"] = input.ContentType;
        for (const [name, value] of Object.entries(input.Metadata ?? {})) headers["x-amz-meta-" + name.toLowerCase()] = value;
        return { method: "PUT", path: key(input), headers, body: input.Body, read: (answer) => ({ ETag: answer.headers.etag, VersionId: answer.headers["x-amz-version-id"] }) };
      case "GetObject":
        if (input.Range) headers.range = input.Range;
        return { method: "GET", path: key(input), query: version, headers, read: (answer) => ({ ...facts(answer), Body: stream(answer.body) }) };
      case "HeadObject": return { method: "HEAD", path: key(input), query: version, read: facts };
      case "DeleteObject": return { method: "DELETE", path: key(input), query: version, read: (answer) => ({ VersionId: answer.headers["x-amz-version-id"] }) };
      default: throw new ServiceException("NotImplemented", `${operation} is not in this runtime's small SDK: bring @aws-sdk/client-s3 with the code`, 501);
    }
  },
};

function transfer(endpoint, request, query) {
  return new Promise((resolve, reject) => {
    const call = (endpoint.protocol === "https:" ? https : http).request({
      hostname: endpoint.hostname, port: endpoint.port || undefined, agent: agents[endpoint.protocol], method: request.method,
      path: request.path + (query ? "?" + query : ""), headers: { ...request.headers, "content-length": request.body.length },
    }, (answer) => {
      const pieces = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) }));
      answer.on("error", reject);
    });
    call.on("error", reject);
    call.end(request.body);
  });
}

function failure(answer) {
  const text = answer.body.toString("utf8");
  let name = answer.headers["x-amzn-errortype"], message = tag(text, "Message");
  if (!name && text.startsWith("<")) name = tag(text, "Code");
  if (text.startsWith("{")) {
    const body = JSON.parse(text);
    name ??= body.__type ?? body.code;
    message = body.message ?? body.Message;
  }
  name = String(name ?? (answer.status === 404 ? "NotFound" : "UnknownError")).split(":")[0].split("#").pop();
  return new ServiceException(name, message ?? name, answer.status, answer.headers["x-amzn-requestid"] ?? answer.headers["x-amz-request-id"]);
}

class Client {
  constructor(service, config = {}) {
    this.service = service;
    this.config = config;
    // Whoever adds middleware finds a place for it, which nothing runs.
    this.middlewareStack = { add() {}, use() {}, addRelativeTo() {} };
  }

  async send(command, options, callback) {
    const done = typeof options === "function" ? options : callback;
    if (done) return void this.send(command).then((output) => done(null, output), (problem) => done(problem));
    const { service, config } = this;
    const request = { headers: {}, query: {}, ...protocols[service.protocol](service, command.operation, command.input) };
    const id = service.id.toUpperCase();
    const given = config.endpoint ?? process.env["AWS_ENDPOINT_URL_" + id] ?? process.env.AWS_ENDPOINT_URL;
    const region = (typeof config.region === "function" ? await config.region() : config.region) ?? process.env.AWS_REGION ?? "us-east-1";
    const endpoint = new URL(typeof given === "string" ? given : given?.url ?? `https://${service.scope}.${region}.amazonaws.com`);
    const own = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY, sessionToken: process.env.AWS_SESSION_TOKEN };
    const keys = (typeof config.credentials === "function" ? await config.credentials() : config.credentials) ?? own;
    request.body = await octets(request.body);
    for (let attempt = 1; ; attempt++) {
      const turn = { ...request, headers: { ...request.headers, host: endpoint.host } };
      const query = sign(turn, service.scope, region, keys);
      const answer = await transfer(endpoint, turn, query);
      if (answer.status < 300) return { $metadata: { httpStatusCode: answer.status, requestId: answer.headers["x-amzn-requestid"], attempts: attempt }, ...request.read(answer) };
      const problem = failure(answer);
      if (attempt >= 3 || !(answer.status === 429 || answer.status >= 500 || /Throttl/.test(problem.name))) throw problem;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt * Math.random()));
    }
  }

  destroy() {}
}

// The members of one client package.
exports.members = (service) => {
  const members = { [service.client + "Client"]: class extends Client { constructor(config) { super(service, config); } } };
  // The aggregated form: `new S3().putObject(input)`.
  const Aggregated = class extends members[service.client + "Client"] {};
  for (const operation of service.operations) {
    const command = class { constructor(input = {}) { this.operation = operation; this.input = input; } };
    Object.defineProperty(command, "name", { value: operation + "Command" });
    members[operation + "Command"] = command;
    Aggregated.prototype[operation[0].toLowerCase() + operation.slice(1)] = function (input, ...rest) { return this.send(new command(input), ...rest); };
  }
  members[service.client] = Aggregated;
  members[service.client + "ServiceException"] = ServiceException;
  return members;
};
