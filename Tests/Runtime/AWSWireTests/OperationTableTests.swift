import FunctionRuntime
import MailTypes
import Testing

@testable import AWSWire

@Suite struct OperationTableTests {
    private static let table = OperationTable<Int>(
        prefix: "Test_1.", queryNamespace: "http://test.example/doc/",
        [
            Operation(
                "Echo",
                [
                    .required("Name", .text(1...9)), .optional("Count", .integer(0...9)),
                    .optional("Deep", .structure(.optional("List", .list(0...3, of: .number)))),
                    .optional("On", .boolean), .optional("At", .moment),
                ]
            ) { services, input, _ in
                JSONObject([
                    "Name": .text(input.text("Name")), "Count": input.integer("Count").map { .integer(Int64($0)) },
                    "Deep": input["Deep"], "On": input["On"], "At": input["At"], "Services": .integer(Int64(services)),
                ])
            },
            Operation(calling: "Fail", []) { _, call, _ in
                throw ServiceFailure(.limitExceeded, "<too> much for \(call.principal)")
            },
            Operation("Strict", [.required("Name", .text(1...9))], violation: .validation) { _, _, _ in JSONObject() },
            Operation("Down", []) { _, _, _ in throw StoreFailure.down("no") },
        ]
    ) { "there is no operation \($0)" }

    private static let peer = NetworkAddress(host: "127.0.0.1", port: 1)

    private func answer(_ request: HTTPRequest, mayCall: Bool = true) async throws -> (Int, String) {
        let response = try await Self.table.answer(request, with: 5, in: .test()) { _, call in
            guard mayCall else { throw ServiceFailure(.accessDenied, "not you") }
            _ = call
        }
        #expect(response.headers["x-amzn-RequestId"] != nil)
        return (response.status, try await response.body.collect(upTo: 1 << 20).text)
    }

    private func json(_ operation: String, _ body: String, type: String = "application/x-amz-json-1.1") -> HTTPRequest {
        HTTPRequest(
            method: "POST", path: "/", headers: ["X-Amz-Target": "Test_1.\(operation)", "Content-Type": type],
            body: .octets(Octets(text: body)), peer: Self.peer)
    }

    private func form(_ body: String) -> HTTPRequest {
        HTTPRequest(
            method: "POST", path: "/", headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: .octets(Octets(text: body)), peer: Self.peer)
    }

    @Test func `a wrong type within a structure is told with its way there`() async throws {
        let (status, text) = try await answer(json("Echo", #"{"Name":"a","Deep":{"List":"NaN"}}"#))
        #expect(status == 400 && text.contains("Deep: List has to be a list"), "\(text)")
    }

    @Test func `one operation answers in JSON and in XML`() async throws {
        let (status, text) = try await answer(json("Echo", #"{"Name":"a","Deep":{"List":[1,2.5]},"On":true}"#))
        #expect(status == 200)
        #expect(text == #"{"Name":"a","Deep":{"List":[1,2.5]},"On":true,"Services":5}"#)
        let (formStatus, xml) = try await answer(
            form(
                "Action=Echo&Version=1&Name=%3Ca%26b&Count=3&Deep.List.member.2=2.5&Deep.List.member.1=1&On=true"
                    + "&At=2026-05-04T10:00:00Z"))
        #expect(formStatus == 200)
        #expect(
            xml.hasPrefix(
                #"<EchoResponse xmlns="http://test.example/doc/"><EchoResult><Name>&lt;a&amp;b</Name><Count>3</Count>"#
                    + "<Deep><List><member>1.0</member><member>2.5</member></List></Deep><On>true</On><At>1777888800.0</At>"
            ),
            "\(xml)")
    }

    @Test func `refusals have each protocol's own shape`() async throws {
        #expect(try await answer(json("Nothing", "{}")).1.contains(#""__type":"UnknownOperationException""#))
        #expect(try await answer(json("Echo", "[")).1.contains("SerializationException"))
        #expect(try await answer(json("Echo", "{}")).1.contains("Name is required"))
        #expect(try await answer(json("Echo", "{}")).1.contains("InvalidParameterException"))
        #expect(try await answer(json("Strict", "{}")).1.contains("ValidationException"))
        #expect(try await answer(json("Echo", #"{"Name":1}"#)).1.contains("SerializationException"))
        #expect(try await answer(json("Echo", #"{"Name":"a"}"#), mayCall: false).1.contains("AccessDeniedException"))
        let (status, xml) = try await answer(form("Action=Fail"))
        #expect(status == 400)
        #expect(xml.contains("<Code>LimitExceededException</Code><Message>&lt;too&gt; much for anonymous</Message>"))
        #expect(try await answer(form("Action=Nothing")).1.contains("<Code>InvalidAction</Code>"))
        #expect(try await answer(form("Action=Echo&Name=a"), mayCall: false).0 == 403)
        #expect(try await answer(json("Down", "{}")).0 == 503)
        #expect(try await answer(json("Echo", #"{"Name":"\#(String(repeating: "x", count: 1 << 20))"}"#)).0 == 413)
    }

    @Test func `a form of nonsense is refused or read, never more than it has items`() async throws {
        let random = SeededRandom(11)
        let letters = Array("Action=Echo.member&1%+Name".utf8)
        for _ in 0..<300 {
            let text = Octets(random.octets(200).map { letters[Int($0) % letters.count] }).text
            _ = try await answer(form(text))
        }
        #expect(throws: ServiceFailure.self) { try QueryForm(String(repeating: "a.", count: 20) + "=1") }
        #expect(throws: ServiceFailure.self) { try QueryForm(String(repeating: "a=1&", count: 20_001)) }
        #expect(try QueryForm("L.member.99999999=b&L.member.5=a").members["L"] == ["a", "b"])
    }
}
