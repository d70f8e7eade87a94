import FunctionRuntime
import MailPolicy
import MailTypes
import Testing

@testable import RuleEvaluation

@Suite struct FlowResponseTests {
    private func read(_ text: String, _ direction: FlowDirection = .inbound) throws -> FlowResponse {
        try FlowResponse(parsing: Octets(text: text), direction: direction)
    }

    /// Decisions by address for a, b and c of acme.example; the fallback is drop.
    private func decide(
        _ text: String, _ direction: FlowDirection = .inbound, others: [String] = [], fallback: FlowFallback = .drop
    ) throws -> FlowResponse.Decisions {
        let asked = ["a", "B", "c"].enumerated().map {
            (index: $0.offset, address: address("\($0.element)@acme.example"))
        }
        return try read(text, direction).decisions(
            for: asked, others: others.map { address($0) }, fallback: fallback, rule: "r")
    }

    private func actions(_ decisions: FlowResponse.Decisions) -> [RecipientDecision.Action] {
        decisions.known.map(\.action)
    }

    @Test(arguments: [
        ("DEFAULT", RecipientDecision.Action.deliver), ("DROP", .drop), ("BOUNCE", .bounce(message: nil)),
        ("MOVE_TO_JUNK", .junk), ("BYPASS_SPAM_CHECK", .neverJunk),
    ])
    func `each action decides`(type: String, action: RecipientDecision.Action) throws {
        let decisions = try decide("{\"actions\":[{\"action\":{\"type\":\"\(type)\"},\"allRecipients\":true}]}")
        #expect(actions(decisions) == [action, action, action])
        #expect(decisions.known.map(\.rule) == ["r", "r", "r"])
        #expect(decisions.notes.isEmpty)
        let isOutbound = ["DEFAULT", "DROP", "BOUNCE"].contains(type)
        #expect(
            ((try? decide("{\"actions\":[{\"action\":{\"type\":\"\(type)\"},\"allRecipients\":true}]}", .outbound))
                != nil)
                == isOutbound)
    }

    @Test(arguments: ["true", "\"true\"", "\"True\"", "\"TRUE\""])
    func `all recipients is a boolean or a text`(_ written: String) throws {
        #expect(
            actions(try decide("{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"allRecipients\":\(written)}]}"))
                == [.deliver, .deliver, .deliver])
    }

    @Test func `the listed ones and everybody else in one action, an empty list in another`() throws {
        let report = try decide(
            """
            {"actions":[{"action":{"type":"BOUNCE"},"recipients":[]},
             {"action":{"type":"DEFAULT"},"recipients":["report@acme.example"],"allRecipients":true}]}
            """)
        #expect(actions(report) == [.deliver, .deliver, .deliver])
        #expect(report.added == [address("report@acme.example")])
    }

    @Test func `who is not mentioned gets the fallback`() throws {
        let decisions = try decide(
            "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"recipients\":[\"A@ACME.EXAMPLE\"]}]}")
        #expect(actions(decisions) == [.deliver, .drop, .drop])
        #expect(decisions.fallbacks == 2)
        #expect(decisions.notes.count == 1)
    }

    @Test func `a recipient named twice gets what is more restrictive, and addresses compare without case`() throws {
        let order = ["DROP", "BOUNCE", "MOVE_TO_JUNK", "DEFAULT", "BYPASS_SPAM_CHECK"]
        for (strict, one) in order.enumerated() {
            for other in order[strict...] {
                for pair in [(one, other), (other, one)] {
                    let text = """
                        {"actions":[{"action":{"type":"\(pair.0)"},"recipients":["b@acme.example"]},
                         {"action":{"type":"\(pair.1)"},"recipients":["B@Acme.Example"]},
                         {"action":{"type":"DEFAULT"},"allRecipients":true}]}
                        """
                    let kind = try #require(FlowResponse.Kind(rawValue: one))
                    let expected = FlowResponse.Action(kind: kind, bounceMessage: nil, recipients: [], isForAll: false)
                    #expect(actions(try decide(text)) == [.deliver, expected.decision, .deliver], "\(pair)")
                }
            }
        }
    }

    @Test func `a bounce message is kept, on one line and not too long`() throws {
        func message(_ parameters: String) throws -> RecipientDecision.Action? {
            actions(
                try decide(
                    "{\"actions\":[{\"action\":{\"type\":\"BOUNCE\",\"parameters\":\(parameters)},\"allRecipients\":true}]}"
                )
            ).first
        }
        #expect(try message("{\"bounceMessage\":\"not like this\"}") == .bounce(message: "not like this"))
        #expect(try message("{}") == .bounce(message: nil))
        #expect(try message("null") == .bounce(message: nil))
        #expect(try message("{\"bounceMessage\":null}") == .bounce(message: nil))
        #expect(try message("{\"bounceMessage\":\"a\\r\\nTo: b\"}") == .bounce(message: "a  To: b"))
        guard case .bounce(let long?) = try message("{\"bounceMessage\":\"\(String(repeating: "x", count: 5000))\"}")
        else {
            Issue.record("no bounce message")
            return
        }
        #expect(long.count == FlowResponse.bounceMessageCharacters)
        #expect(throws: FlowResponseProblem.self) { _ = try message("{\"bounceMessage\":1}") }
        #expect(throws: FlowResponseProblem.self) { _ = try message("[]") }
    }

    @Test func `ten actions count and the rest is left to the fallback`() throws {
        var elements = (0..<9).map { _ in "{\"action\":{\"type\":\"DROP\"},\"recipients\":[\"x@acme.example\"]}" }
        elements.append("{\"action\":{\"type\":\"DEFAULT\"},\"recipients\":[\"a@acme.example\"]}")
        elements.append("{\"action\":{\"type\":\"DEFAULT\"},\"recipients\":[\"b@acme.example\"]}")
        elements.append("\"not even an action\"")
        let decisions = try decide("{\"actions\":[\(elements.joined(separator: ","))]}", fallback: .junk)
        #expect(actions(decisions) == [.deliver, .junk, .junk])
        #expect(decisions.notes.contains { $0.hasPrefix("2 actions beyond") })
    }

    @Test func `new recipients come from DEFAULT alone, each once, and never from the rest of the envelope`() throws {
        let decisions = try decide(
            """
            {"actions":[{"action":{"type":"DROP"},"recipients":["no@acme.example","other@acme.example"]},
             {"action":{"type":"DEFAULT"},"allRecipients":true,
              "recipients":["new@acme.example","NEW@acme.example","a@acme.example","other@acme.example","nonsense",""]}]}
            """, others: ["other@acme.example"])
        #expect(decisions.added == [address("new@acme.example")])
        #expect(actions(decisions) == [.deliver, .deliver, .deliver])
        #expect(decisions.notes.count == 1)
    }

    @Test func `members nobody knows are ignored`() throws {
        let text = """
            {"default":true,"note":{"a":[1,2]},"actions":[{"default":false,"x":null,
             "action":{"type":"DEFAULT","parameters":{"bounceMessage":7},"y":1},"allRecipients":true}]}
            """
        #expect(actions(try decide(text)) == [.deliver, .deliver, .deliver])
    }

    @Test(arguments: [
        "", "null", "true", "0", "\"DEFAULT\"", "[]", "{}", "{", "<html>", "{\"actions\":null}", "{\"actions\":[]}",
        "{\"actions\":{}}", "{\"actions\":\"x\"}", "{\"actions\":[1]}", "{\"actions\":[{}]}", "{\"actions\":[null]}",
        "{\"actions\":[{\"action\":null}]}", "{\"actions\":[{\"action\":\"DEFAULT\",\"allRecipients\":true}]}",
        "{\"actions\":[{\"action\":{},\"allRecipients\":true}]}",
        "{\"actions\":[{\"action\":{\"type\":1},\"allRecipients\":true}]}",
        "{\"actions\":[{\"action\":{\"type\":\"default\"},\"allRecipients\":true}]}",
        "{\"actions\":[{\"action\":{\"type\":\"QUARANTINE\"},\"allRecipients\":true}]}",
        "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"}}]}",
        "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"allRecipients\":1}]}",
        "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"allRecipients\":\"yes\"}]}",
        "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"allRecipients\":false}]}",
        "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"recipients\":\"a@acme.example\"}]}",
        "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"recipients\":[{\"address\":\"a@acme.example\"}]}]}",
        "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"recipients\":[null]}]}",
        "{\"actions\":[{\"action\":{\"type\":\"DEFAULT\"},\"allRecipients\":true}]} trailing",
        "{\"wait\":{\"seconds\":0}}", "{\"wait\":{\"seconds\":86401}}", "{\"wait\":{\"seconds\":\"5\"}}",
        "{\"wait\":{\"seconds\":1.5}}", "{\"wait\":5}", "{\"wait\":{}}", "{\"wait\":null}",
    ])
    func `what is no answer fails with a sentence`(_ text: String) {
        do {
            _ = try read(text)
            Issue.record("it was taken")
        } catch {
            #expect(!"\(error)".isEmpty)
        }
    }

    @Test func `a wait is taken when there are no actions`() throws {
        #expect(try read("{\"wait\":{\"seconds\":1}}").wait == 1)
        #expect(try read("{\"wait\":{\"seconds\":86400},\"why\":\"busy\"}").wait == 86_400)
        let both = try read(
            "{\"wait\":{\"seconds\":9},\"actions\":[{\"action\":{\"type\":\"DROP\"},\"allRecipients\":true}]}")
        #expect(both.wait == nil)
        #expect(both.actions.count == 1)
    }

    @Test func `an answer has 256 KiB at most, and depth has an end`() throws {
        let frame = "{\"actions\":[{\"action\":{\"type\":\"DROP\"},\"allRecipients\":true}],\"x\":\"\"}"
        let room = FlowResponse.limitOctets - frame.utf8.count
        let fits = frame.replacing("\"x\":\"", with: "\"x\":\"" + String(repeating: "x", count: room))
        #expect(try read(fits).actions.count == 1)
        #expect(throws: FlowResponseProblem.self) { _ = try read(fits + " ") }
        let deep = String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
        #expect(throws: FlowResponseProblem.self) { _ = try read("{\"actions\":\(deep)}") }
    }

    @Test func `random and truncated octets never crash, and what is read decides for everybody`() throws {
        let seed = SeededRandom(2026)
        let sample = Octets(
            text: """
                {"actions":[{"action":{"type":"BOUNCE","parameters":{"bounceMessage":"t\\u00e9xt"}},"recipients":["a@acme.example"]},
                 {"action":{"type":"DEFAULT"},"recipients":["x@acme.example"],"allRecipients":"true"}],"wait":{"seconds":5}}
                """)
        for round in 0..<4000 {
            var octets = sample
            switch round % 4 {
            case 0: octets = seed.octets(Int(seed.next() % 200))
            case 1: octets = Octets(sample.prefix(Int(seed.next() % UInt64(sample.count))))
            case 2: octets[Int(seed.next() % UInt64(sample.count))] = UInt8(truncatingIfNeeded: seed.next())
            default: octets.insert(contentsOf: seed.octets(3), at: Int(seed.next() % UInt64(sample.count)))
            }
            for direction in FlowDirection.allCases {
                guard let response = try? FlowResponse(parsing: octets, direction: direction), response.wait == nil
                else { continue }
                let asked = [
                    (index: 3, address: address("a@acme.example")), (index: 5, address: address("b@acme.example")),
                ]
                let decisions = response.decisions(for: asked, others: [], fallback: .drop, rule: "r")
                #expect(decisions.known.map(\.recipient) == [3, 5])
            }
        }
    }
}
