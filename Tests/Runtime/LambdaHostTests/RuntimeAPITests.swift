import FunctionRuntime
import MailTypes
import Testing

@testable import LambdaHost

/// Runtimes of users' own over plain HTTP, with a shell and a Python script as clients.
@Suite(.timeLimit(.minutes(10))) struct RuntimeAPITests {
    /// Asks the Runtime API and keeps what it answers; the last thing it does is answer the event with all of it.
    private static let client = """
        #!/usr/bin/env python3
        import http.client, json, os, socket
        place = os.environ["AWS_LAMBDA_RUNTIME_API"]
        seen = []
        def ask(method, path, body=None, **headers):
            link = http.client.HTTPConnection(place)
            link.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = link.getresponse()
            text = answer.read()
            seen.append([answer.status, text.decode()])
            return dict(answer.getheaders()), text
        base = "/2018-06-01/runtime/"
        def next():
            fields, event = ask("GET", base + "invocation/next")
            seen.pop()
            return fields, event
        """

    @Test func `a bootstrap in shell answers over curl`() async throws {
        try await TestHost.run { test in
            let function = try await test.provided(
                """
                #!/bin/bash
                set -u
                api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
                while true; do
                  head=$(mktemp)
                  event=$(curl -sS -D "$head" "$api/next")
                  id=$(grep -i '^lambda-runtime-aws-request-id:' "$head" | tr -d '[:space:]' | cut -d: -f2)
                  echo "got $event"
                  curl -sS -X POST -H 'Expect: 100-continue' -d "{\\"echo\\":$event}" "$api/$id/response" >/dev/null
                done
                """)
            #expect(try await test.call(function, "[1, 2]").text == #"{"echo":[1, 2]}"#)
            #expect(try await test.call(function, #"{"a":"ü"}"#).text == #"{"echo":{"a":"ü"}}"#)
            #expect(try await test.lines(of: function).contains("got [1, 2]"))
        }
    }

    @Test func `every wrong use has Lambda's answer`() async throws {
        try await TestHost.run { test in
            let function = try await test.provided(
                Self.client + """

                    ask("POST", base + "invocation/x/response", "1")
                    ask("GET", "/2018-06-01/ping")
                    ask("GET", "/2018-06-01/nothing")
                    ask("GET", "/nothing")
                    fields, event = next()
                    id = fields["Lambda-Runtime-Aws-Request-Id"]
                    ask("GET", base + "invocation/next")
                    ask("POST", base + "init/error", "{}")
                    ask("POST", base + "invocation/x/response", "1")
                    ask("POST", base + "invocation/%s/response" % id, "1", Lambda_Runtime_Function_Response_Mode="buffered")
                    first, id = seen, id
                    seen = []
                    ask("POST", base + "invocation/%s/response" % id, json.dumps(first))
                    ask("POST", base + "invocation/%s/response" % id, "2")
                    fields, event = next()
                    ask("POST", base + "invocation/%s/response" % fields["Lambda-Runtime-Aws-Request-Id"], json.dumps(seen))
                    next()
                    """)
            let first = try JSONValue(parsing: try await test.call(function).payload)
            let invalidID = #"{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#
            let outOfTurn = #"{"errorMessage":"State transition is not allowed","errorType":"InvalidStateTransition"}"#
            let expected: [(Int64, String?)] = [
                (403, outOfTurn), (200, "pong"), (404, nil), (404, nil), (403, outOfTurn), (403, outOfTurn),
                (400, invalidID),
                (
                    400,
                    #"{"errorMessage":"The only response mode is streaming.","errorType":"InvalidFunctionResponseMode"}"#
                ),
            ]
            #expect(first.array?.count == expected.count)
            for (answer, (status, text)) in zip(first.array ?? [], expected) {
                #expect(answer.array?.first?.integer == status)
                if let text { #expect(answer.array?.last?.string == text) }
            }
            let second = try JSONValue(parsing: try await test.call(function, "{}", id: "another").payload)
            #expect(second.array?.first?.array?.map(\.string) == [nil, #"{"status":"OK"}"#])
            #expect(second.array?.first?.array?.first?.integer == 202)
            #expect(second.array?.last?.array?.last?.string == invalidID)
        }
    }

    @Test func `the fields of next are Lambda's, and chunked bodies and errors with long fields are taken`()
        async throws
    {
        try await TestHost.run { test in
            let function = try await test.provided(
                Self.client + """

                    fields, event = next()
                    id = fields["Lambda-Runtime-Aws-Request-Id"]
                    body = json.dumps({name: value for name, value in fields.items() if name.startswith("Lambda")}).encode()
                    ask("POST", base + "invocation/%s/response" % id, iter([body[:9], body[9:]]))
                    fields, event = next()
                    ask("POST", base + "invocation/%s/error" % fields["Lambda-Runtime-Aws-Request-Id"], '{"errorType":"X"}',
                        Lambda_Runtime_Function_XRay_Error_Cause=b"\\xc3\\xbc" * 500000)
                    next()
                    """)
            let first = try JSONValue(
                parsing: try await test.call(function) { $0.clientContext = #"{"custom":1}"# }.payload)
            #expect(
                first["Lambda-Runtime-Invoked-Function-Arn"]?.string
                    == "arn:aws:lambda:us-east-1:000000000000:function:f")
            #expect(first["Lambda-Runtime-Client-Context"]?.string == #"{"custom":1}"#)
            #expect(first["Lambda-Runtime-Cognito-Identity"] == nil)
            #expect(first["Lambda-Runtime-Trace-Id"]?.string?.hasPrefix("Root=1-") == true)
            #expect(first["Lambda-Runtime-Trace-Id"]?.string?.hasSuffix(";Sampled=0") == true)
            let second = try await test.call(function, "{}", id: "b")
            #expect(second.text == #"{"errorType":"X"}"#)
            #expect(second.functionError == "Unhandled")
        }
    }

    @Test func `an answer shorter than it said is no answer`() async throws {
        try await TestHost.run { test in
            let function = try await test.provided(
                Self.client + """

                    fields, event = next()
                    host, port = place.split(":")
                    link = socket.create_connection((host, int(port)))
                    link.sendall(("POST %sinvocation/%s/response HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 10\\r\\n\\r\\nabc"
                        % (base, fields["Lambda-Runtime-Aws-Request-Id"])).encode())
                    link.shutdown(socket.SHUT_WR)
                    print(link.recv(4096).split(b"\\r\\n")[0].decode(), flush=True)
                    next()
                    """)
            #expect(try await test.call(function).errorType == "Runtime.TruncatedResponse")
            try await test.waitUntil { try await test.lines(of: function).contains("HTTP/1.1 400 Bad Request") }
        }
    }

    @Test func `a bootstrap that cannot be executed, is missing or posts an init error is told as Lambda does`()
        async throws
    {
        try await TestHost.run { test in
            let plain = try await test.provided("#!/bin/sh\n", isExecutable: false)
            #expect(try await test.call(plain).errorType == "Runtime.InvalidEntrypoint")
            var none = plain
            none.code = try await test.code(["readme": "nothing"])
            none.revisionID = "2"
            let missing = try await test.call(none)
            #expect(missing.errorType == "Runtime.InvalidEntrypoint")
            #expect(
                missing.errorMessage?.hasSuffix(
                    "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]") == true)
            let failing = try await test.provided(
                Self.client + """

                    ask("POST", base + "init/error", '{"errorType":"Mine","errorMessage":"no luck"}')
                    raise SystemExit(1)
                    """
            ) { $0.revisionID = "3" }
            #expect(try await test.call(failing).text == #"{"errorType":"Mine","errorMessage":"no luck"}"#)
        }
    }

    @Test func `layers of the same content are one`() async throws {
        try await TestHost.run { test in
            let layer = try await test.code(["python/part.py": "V = 1"])
            let other = try await test.code(["python/more.py": "V = 2"])
            for (number, codes) in [[layer, layer], [layer, other, layer]].enumerated() {
                let function = try await test.python("import part\ndef handler(e, c): return part.V\n") {
                    $0.revisionID = "\(number)"
                    $0.layers = codes.enumerated().map { LambdaLayer(arn: "arn:\($0.offset)", code: $0.element) }
                }
                #expect(try await test.call(function).text == "1")
            }
        }
    }

    @Test func `a function finds its layers merged, later ones on top, and a wrapper starts it`() async throws {
        try await TestHost.run { test in
            var function = try await test.python(
                """
                import os, shared, only
                def handler(e, c): return [shared.name, only.name, os.environ.get("WRAPPED"), open("/opt/data").read()]
                """
            ) { $0.environment = ["AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"] }
            let lower = try await test.code([
                "python/shared.py": "name = 'lower'", "python/only.py": "name = 'only'", "data": "lower",
            ])
            let upper = try await test.code(
                [
                    "python/shared.py": "name = 'upper'", "data": "upper",
                    "wrapper": "#!/bin/bash\nexport WRAPPED=yes\nexec \"$@\"\n",
                ], executable: ["wrapper"])
            function.layers = [LambdaLayer(arn: "a:1", code: lower), LambdaLayer(arn: "b:1", code: upper)]
            #expect(try await test.call(function).text == #"["upper", "only", "yes", "upper"]"#)
        }
    }
}
