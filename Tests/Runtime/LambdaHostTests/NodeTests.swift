import FunctionRuntime
import MailTypes
import Testing

@testable import LambdaHost

@Suite(.timeLimit(.minutes(10))) struct NodeTests {
    @Test(arguments: [
        "exports.handler = async (event) => ({ got: event });",
        "exports.handler = (event, context, callback) => callback(null, { got: event });",
        "exports.handler = (event, context) => context.succeed({ got: event });",
        "exports.handler = (event, context) => context.done(null, { got: event });",
        "exports.handler = (event) => Promise.resolve({ got: event });",
        "exports.handler = (event, context, callback) => { setTimeout(() => callback(null, { got: event }), 20); };",
    ])
    func `all ways of answering work, and again in the same environment`(_ source: String) async throws {
        try await TestHost.run { test in
            let function = try await test.node(source)
            #expect(try await test.call(function, #"{"a":"é"}"#).text == #"{"got":{"a":"é"}}"#)
            let second = try await test.call(function, "[1]", id: "b")
            #expect(second.text == #"{"got":[1]}"#)
            #expect(second.initMilliseconds == nil)
        }
    }

    @Test func `event after event is answered, awake or asleep, and no program of the function's has its descriptors`()
        async throws
    {
        try await TestHost.run { test in
            let function = try await test.node(
                """
                const look = () => require('child_process').execFileSync('/bin/ls', ['/proc/self/fd']).toString().split('\\n');
                exports.handler = async (event) => event === 'look' ? look().length : event;
                """)
            // More than the octet that the function compares can count.
            for number in 0..<300 { #expect(try await test.call(function, "\(number)").text == "\(number)") }
            // Its three, the folder it reads, and the end of the text.
            #expect(try await test.call(function, #""look""#).text == "5")
        }
    }

    @Test func `a callback waits for the event loop unless told not to`() async throws {
        try await TestHost.run { test in
            let waiting = try await test.node(
                "let n = 0; exports.handler = (e, c, cb) => { setTimeout(() => { n++; }, 300); cb(null, 'x'); };")
            #expect(try await test.call(waiting).milliseconds >= 290)
            let quick = try await test.node(
                """
                exports.handler = (e, c, cb) => { c.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 60000); cb(null, 'x'); };
                """
            ) { $0.revisionID = "2" }
            #expect(try await test.call(quick).text == #""x""#)
        }
    }

    @Test func `a process that ends of what nobody caught takes no further event`() async throws {
        try await TestHost.run { test in
            let function = try await test.node(
                """
                exports.handler = async (event) => {
                  if (event === 1) Promise.reject(new Error('nobody'));
                  if (event === 2) setImmediate(() => { throw new Error('nobody'); });
                  if (event) await new Promise((done) => setTimeout(done, 60000));
                  return event;
                };
                """)
            for event in ["1", "0", "2", "0", "1", "0"] {
                let result = try await test.call(function, event)
                #expect(event == "0" ? result.text == "0" : result.errorMessage?.hasSuffix("nobody") == true)
            }
        }
    }

    @Test func `an ES module and nested exports are found`() async throws {
        try await TestHost.run { test in
            let module = try await test.node(
                "export const deep = { er: async (event) => import.meta.url };", file: "src/app.mjs",
                handler: "src/app.deep.er")
            #expect(try await test.call(module).text == #""file:///var/task/src/app.mjs""#)
            var typed = module
            typed.code = try await test.code([
                "package.json": #"{"type":"module"}"#, "app.js": "export const handler = async () => 1;",
            ])
            (typed.handler, typed.revisionID) = ("app.handler", "2")
            #expect(try await test.call(typed).text == "1")
        }
    }

    @Test(arguments: ["const p = require('@aws-sdk/client-s3');", "import p from '@aws-sdk/client-s3';"])
    func `a layer's package is nearer than the runtime's`(_ load: String) async throws {
        try await TestHost.run { test in
            let isModule = load.hasPrefix("import")
            let package = "nodejs/node_modules/@aws-sdk/client-s3"
            let layer = try await test.code([
                "\(package)/package.json": #"{"main":"index.js"}"#,
                "\(package)/index.js": "module.exports = 'the layer';",
            ])
            let export = isModule ? "export const handler =" : "exports.handler ="
            let function = try await test.node(
                "\(load) \(export) async () => typeof p === 'string' ? p : 'the runtime';",
                file: isModule ? "app.mjs" : "app.js")
            #expect(try await test.call(function).text != #""the layer""#)
            var layered = function
            layered.layers = [LambdaLayer(arn: "arn:aws:lambda:us-east-1:000000000000:layer:l:1", code: layer)]
            layered.revisionID = "2"
            #expect(try await test.call(layered).text == #""the layer""#)
        }
    }

    @Test(
        arguments: [
            (
                "exports.handler = async () => { throw new TypeError('wrong type'); };", "app.handler", "TypeError",
                "wrong type"
            ),
            ("exports.handler = (e, c, cb) => cb('just text');", "app.handler", "string", "just text"),
            ("exports.handler = (e, c) => c.fail(new RangeError('far'));", "app.handler", "RangeError", "far"),
            (
                "exports.other = 1;", "app.handler", "Runtime.HandlerNotFound",
                "app.handler is undefined or not exported"
            ),
            ("", "../app.handler", "Runtime.MalformedHandlerName", nil),
            ("", "handler", "Runtime.MalformedHandlerName", "Bad handler"),
            ("require('not-there');", "app.handler", "Runtime.ImportModuleError", nil),
            ("", "none.handler", "Runtime.ImportModuleError", nil),
            ("function (", "app.handler", "Runtime.UserCodeSyntaxError", nil),
            (
                "exports.handler = async () => { Promise.reject(new Error('lost')); await new Promise(() => setTimeout(() => {}, 9e5)); };",
                "app.handler", "Runtime.UnhandledPromiseRejection", "Error: lost"
            ),
            (
                "exports.handler = (e, c, cb) => { setTimeout(() => { throw new Error('late'); }, 5); };",
                "app.handler", "Error", "late"
            ),
        ] as [(String, String, String, String?)])
    func `a failure has Lambda's type and text`(
        _ source: String, _ handler: String, _ type: String, _ message: String?
    ) async throws {
        try await TestHost.run { test in
            let result = try await test.call(try await test.node(source, handler: handler))
            #expect(result.functionError == "Unhandled")
            #expect(result.errorType == type, "\(result.text)")
            if let message { #expect(result.errorMessage == message) }
        }
    }

    @Test func `context and console are Lambda's`() async throws {
        try await TestHost.run { test in
            let function = try await test.node(
                """
                exports.handler = async (event, context) => {
                  console.log("one %d", 1); console.error("two\\nlines"); process.stdout.write("raw\\n");
                  return [context.awsRequestId, context.functionName, context.functionVersion, context.memoryLimitInMB,
                    context.logGroupName, context.invokedFunctionArn, context.getRemainingTimeInMillis() > 2000];
                };
                """)
            let id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
            #expect(
                try await test.call(function).text
                    == #"["\#(id)","f","$LATEST","128","/aws/lambda/f","arn:aws:lambda:us-east-1:000000000000:function:f",true]"#
            )
            let lines = try await test.lines(of: function)
            #expect(lines.contains { $0.hasSuffix("Z\t\(id)\tINFO\tone 1") })
            #expect(lines.contains { $0.hasSuffix("Z\t\(id)\tERROR\ttwo\nlines") })
            #expect(lines.contains("raw"))
        }
    }

    @Test func `nothing returned is null, and a result that cannot be written is told`() async throws {
        try await TestHost.run { test in
            #expect(try await test.call(try await test.node("exports.handler = async () => {};")).text == "null")
            #expect(
                try await test.call(try await test.node("exports.handler = () => {};") { $0.revisionID = "2" }).text
                    == "null")
            let circle = try await test.node("exports.handler = async () => { const a = {}; a.a = a; return a; };") {
                $0.revisionID = "3"
            }
            #expect(try await test.call(circle).errorType == "Runtime.MarshalError")
        }
    }
}
