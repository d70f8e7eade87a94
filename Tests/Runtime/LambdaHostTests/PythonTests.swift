import FunctionRuntime
import MailTypes
import Testing

@testable import LambdaHost

@Suite(.timeLimit(.minutes(10))) struct PythonTests {
    @Test func `an event comes back as the handler returns it, and the second call is warm`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                "n = 0\ndef handler(event, context):\n global n; n += 1\n return [event, n]\n")
            let first = try await test.call(function, #"{"a":"é","b":[1,2.5,null]}"#)
            #expect(first.text == #"[{"a": "é", "b": [1, 2.5, null]}, 1]"#)
            #expect(first.functionError == nil)
            #expect(first.initMilliseconds != nil)
            let second = try await test.call(function, "")
            #expect(second.text == "[{}, 2]")
            #expect(second.initMilliseconds == nil)
            #expect(second.executedVersion == "$LATEST")
        }
    }

    @Test(arguments: [
        ("def handler(e, c): raise ValueError('bad thing')", "app.handler", "ValueError", "bad thing"),
        (
            "import nothing_there\n", "app.handler", "Runtime.ImportModuleError",
            "Unable to import module 'app': No module named 'nothing_there'"
        ),
        ("x", "other.handler", "Runtime.ImportModuleError", "Unable to import module 'other': No module named 'other'"),
        ("def x(e, c): pass", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        (
            "", "handler", "Runtime.MalformedHandlerName",
            "Bad handler 'handler': not enough values to unpack (expected 2, got 1)"
        ),
        ("", "sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
        (
            "def handler(e, c): return {1, 2}", "app.handler", "Runtime.MarshalError",
            "Unable to marshal response: Object of type set is not JSON serializable"
        ),
        ("raise KeyError('k')", "app.handler", "KeyError", "'k'"),
    ])
    func `a failure has Lambda's type and text`(
        _ source: String, _ handler: String, _ type: String, _ message: String
    ) async throws {
        try await TestHost.run { test in
            let result = try await test.call(try await test.python(source, handler: handler))
            #expect(result.functionError == "Unhandled")
            #expect(result.errorType == type)
            #expect(result.errorMessage == message)
        }
    }

    @Test func `a syntax error names file and line, an event that is no JSON is the runtime's to refuse`() async throws
    {
        try await TestHost.run { test in
            let broken = try await test.call(try await test.python("def handler(:\n"))
            #expect(broken.errorType == "Runtime.UserCodeSyntaxError")
            #expect(broken.errorMessage?.hasPrefix("Syntax error in module 'app': ") == true)
            #expect(broken.text.contains("app.py\\\" Line 1"))
            let fine = try await test.python("def handler(e, c): return e")
            #expect(try await test.call(fine, "no json").errorType == "Runtime.UnmarshalError")
            #expect(try await test.call(fine, "1").text == "1")
        }
    }

    @Test(arguments: [
        ("import nothing_there\n", "Runtime.ImportModuleError"), ("raise KeyError('k')\n", "Runtime.Unknown"),
    ])
    func `the report names why loading failed, and the answer's log says it`(_ source: String, _ type: String)
        async throws
    {
        try await TestHost.run { test in
            let tail = try await test.call(try await test.python("print('loading')\n\(source)")).logTail.text
            let lines = tail.split(separator: "\n")
            #expect(lines.first?.hasPrefix("START ") == true)
            #expect(lines.dropFirst().first == "loading")
            #expect(lines.contains { $0.hasPrefix("[ERROR] ") })
            #expect(lines.last?.hasSuffix("\tStatus: error\tError Type: \(type)") == true)
        }
    }

    @Test func `an answer that is too large is an error in the report`() async throws {
        try await TestHost.run({ $0.answerOctets = 100 }) { test in
            let result = try await test.call(try await test.python("def handler(e, c): return 'x' * 200\n"))
            #expect(result.errorType == "Function.ResponseSizeTooLarge")
            #expect(result.logTail.text.hasSuffix("\tStatus: error\tError Type: Function.ResponseSizeTooLarge\n"))
        }
    }

    @Test func `the stack trace of an error starts in the function's own file`() async throws {
        try await TestHost.run { test in
            let result = try await test.call(
                try await test.python("def deeper():\n    raise LookupError('x')\n\ndef handler(e, c):\n    deeper()\n")
            )
            let body = try JSONValue(parsing: result.payload)
            #expect(body["stackTrace"]?.array?.count == 2)
            #expect(
                body["stackTrace"]?.array?.first?.string
                    == "  File \"/var/task/app.py\", line 5, in handler\n    deeper()\n")
            #expect(body["requestId"]?.string == "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        }
    }

    @Test func `the context says what Lambda's says`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                """
                def handler(event, context):
                    left = context.get_remaining_time_in_millis()
                    return [context.aws_request_id, context.function_name, context.function_version,
                        context.invoked_function_arn, context.memory_limit_in_mb, context.log_group_name,
                        context.log_stream_name[11:20], context.client_context.custom, context.identity.cognito_identity_id,
                        context.tenant_id, 60000 < left <= 120000]
                """)
            let result = try await test.call(function) { $0.clientContext = #"{"custom":{"a":"ü"}}"# }
            #expect(
                result.text
                    == #"["8476a536-e9f4-11e8-9739-2dfe598c3fcd", "f", "$LATEST", "#
                    + #""arn:aws:lambda:us-east-1:000000000000:function:f", "128", "/aws/lambda/f", "[$LATEST]", "#
                    + #"{"a": "ü"}, null, null, true]"#)
        }
    }

    @Test func `the environment is Lambda's, and nothing of the host's is in it`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                "import os\ndef handler(e, c): return dict(os.environ)\n"
            ) { $0.environment = ["EMPTY": "", "TZ": "Europe/Berlin", "_HANDLER": "mine", "STAGE": "test"] }
            let variables = try #require(try JSONValue(parsing: try await test.call(function).payload).object)
            #expect(variables["_HANDLER"]?.string == "app.handler")
            #expect(variables["EMPTY"]?.string == "")
            #expect(variables["TZ"]?.string == "Europe/Berlin")
            #expect(variables["AWS_EXECUTION_ENV"]?.string == "AWS_Lambda_python3.12")
            #expect(variables["LAMBDA_TASK_ROOT"]?.string == "/var/task")
            #expect(variables["AWS_ENDPOINT_URL"]?.string == "http://127.0.0.1:9")
            #expect(variables["AWS_ACCESS_KEY_ID"]?.string?.hasPrefix("ASIA") == true)
            #expect(variables["PATH"]?.string == "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin")
            #expect(variables["HOME"] == nil)
            #expect(variables["USER"] == nil)
        }
    }

    @Test func `keys die with the environment, and the message at hand is theirs during the call only`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                "import os\ndef handler(e, c): return os.environ['AWS_ACCESS_KEY_ID']\n")
            let message = LambdaMessage(id: SystemTestID.queue, transaction: "t")
            let result = try await test.call(function) { $0.message = message }
            let key = try #require(try JSONValue(parsing: result.payload).string)
            #expect(test.keys.session(key)?.role == "arn:aws:iam::000000000000:role/r")
            #expect(test.keys.session(key)?.message == nil)
            await test.host.retire("f", keeping: [])
            try await test.waitUntil { test.keys.session(key) == nil }
        }
    }

    @Test func `log lines have Lambda's forms, and a record of several lines stays one`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                """
                import logging, sys
                logging.getLogger().setLevel("INFO")
                print("loaded")
                def handler(event, context):
                    print("one"); print("two", file=sys.stderr)
                    logging.info("three\\nfour")
                    print("no line end", end="")
                    raise ValueError("bad thing")
                """)
            let result = try await test.call(function)
            let lines = try await test.lines(of: function)
            let id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
            #expect(lines.first == "INIT_START Runtime Version: python3.12\tRuntime Version ARN: ")
            #expect(Array(lines.dropFirst().prefix(2)) == ["loaded", "START RequestId: \(id) Version: $LATEST"])
            #expect(lines.contains("one"))
            #expect(lines.contains("two"))
            #expect(lines.contains { $0.hasPrefix("[INFO]\t20") && $0.hasSuffix("Z\t\(id)\tthree\nfour") })
            #expect(
                lines.contains { $0.contains("[ERROR] ValueError: bad thing\nTraceback (most recent call last):\n") })
            #expect(lines.suffix(2).first == "END RequestId: \(id)")
            #expect(lines.last?.hasPrefix("REPORT RequestId: \(id)\tDuration: ") == true)
            #expect(lines.last?.contains("\tMemory Size: 128 MB\tMax Memory Used: ") == true)
            #expect(lines.last?.contains("\tInit Duration: ") == true)
            #expect(result.logTail.text.hasPrefix("START RequestId: \(id) Version: $LATEST\n"))
            #expect(result.logTail.text.hasSuffix("\n"))
        }
    }

    @Test func `a deep traceback arrives, and a large answer too`() async throws {
        try await TestHost.run { test in
            let function = try await test.python(
                """
                def handler(event, context):
                    if event == "large": return "x" * 6000000
                    if event == "larger": return "x" * 6291600
                    raise ValueError("é" * 200000)
                """)
            #expect(try await test.call(function, "\"large\"").payload.count == 6_000_002)
            let larger = try await test.call(function, "\"larger\"")
            #expect(larger.errorType == "Function.ResponseSizeTooLarge")
            #expect(
                larger.errorMessage
                    == "Response payload size exceeded maximum allowed payload size (6291556 bytes).")
            let deep = try await test.call(function)
            #expect(deep.errorType == "ValueError")
            #expect(deep.errorMessage?.utf8.count == 400_000)
            // The same environment through all of it.
            #expect(deep.initMilliseconds == nil)
        }
    }
}
