import FunctionRuntime
import MailTypes
import MemoryStores
import Testing

@testable import Submission

/// What a user may write in From and Sender, and what is added and taken out (RFC 6409 §8).
@Suite struct SubmissionHeaderTests {
    private static let date = "Date: Fri, 20 Nov 2026 00:00:00 +0000\r\n"

    @Test func `a complete header section goes as it is, octet for octet`() async throws {
        let bench = try await SubmissionBench()
        let text =
            "from: \"Ann  A.\"\r\n\t<Ann@Example.Org>\r\nDATE: Fri, 20 Nov 2026 10:00:00 +0100\r\n"
            + "message-id: <1@laptop>\r\nX-Odd:\u{e9}\r\nSubject: hi\r\n\r\n"
        #expect(try await bench.header(text) == text)
    }

    @Test func `what is missing comes on top`() async throws {
        let bench = try await SubmissionBench()
        let completed = try await bench.header("Subject: hi\r\n\r\n")
        let lines = completed.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "From: <ann@example.org>")
        #expect("\(lines[1])\r\n" == Self.date)
        #expect(lines[2].hasPrefix("Message-ID: <") && lines[2].hasSuffix("@example.org>"))
        #expect(lines[3...] == ["Subject: hi", "", ""])
    }

    @Test func `content that has no header section becomes body below one`() async throws {
        let bench = try await SubmissionBench()
        #expect(try await bench.header("").hasSuffix("@example.org>\r\n\r\n"))
        #expect(try await bench.header("\r\n").hasSuffix("@example.org>\r\n\r\n"))
        #expect(try await bench.header("just text\r\n").hasSuffix("@example.org>\r\n\r\njust text\r\n"))
    }

    @Test func `blind copies are seen by nobody`() async throws {
        let bench = try await SubmissionBench()
        let head = "From: ann@example.org\r\nMessage-ID: <1@x>\r\n\(Self.date)"
        #expect(
            try await bench.header(
                "Bcc: a@example.net\r\n\(head)BCC:\r\n b@example.net,\r\n c@example.net\r\nResent-Bcc: d@x.example\r\n"
                    + "Return-Path: <x@example.net>\r\nBccs: kept\r\n\r\n")
                == "\(head)Bccs: kept\r\n\r\n")
    }

    @Test(
        arguments: [
            ("From: boss@example.org", "550 boss@example.org in From is not yours to send as"),
            ("From: joe@example.net", "550 joe@example.net in From is not yours to send as"),
            ("From: ann@example.org, boss@example.org", "550 boss@example.org in From is not yours to send as"),
            ("From: ann@example.org\r\nSender: boss@example.org", "550 boss@example.org in Sender is not you"),
            ("From: ann@example.org\r\nfrom: boss@example.org", "550 more than one From field"),
            ("From: ann@example.org\r\nno field", "550 a line of the header section is no field"),
            (" folded\r\nFrom: ann@example.org", "550 a line of the header section is no field"),
            ("From: undisclosed", "550 From has no address"),
            ("From: ann@example.org\r\nSender: ann@example.org, ann@example.org", "550 Sender has not one address"),
        ])
    func `nobody writes as somebody else`(_ fields: String, _ refusal: String) async throws {
        let bench = try await SubmissionBench()
        #expect(try await bench.header("\(fields)\r\n\r\n") == refusal)
    }

    @Test(arguments: [
        "<boss@example.net.>, ann@example.org", "<boss@exam_ple.net>, ann@example.org", "boss, ann@example.org",
        "<ann@example.org> <boss@example.net>", "ann@example.org (, <boss@example.net>",
        "ann@example.org, \"x <boss@example.net>", "<@example.net:ann@example.org>", "<ann@example.org",
        "<ann@example.org>, <boss@example.net.> (it is me",
        "=?utf-8?q?boss=40example.net?=, ann@example.org",
    ])
    func `somebody whom our reader skips and others show is refused in From and in Sender`(_ value: String) async throws
    {
        let bench = try await SubmissionBench()
        #expect(
            try await bench.header("From: \(value)\r\n\r\n").hasPrefix("550 From holds something that is no address"))
        #expect(
            try await bench.header("From: ann@example.org\r\nSender: \(value)\r\n\r\n")
                .hasPrefix("550 Sender has not one address"))
    }

    @Test(arguments: [
        "ann@example.org <ann@example.org>", "\"Ann, <the> \\\" boss\" <ann@example.org> (home \\) (office))",
        "us: ann@example.org, <ann@example.org>;", "Ann (it is \"me) <ann@example.org>", "Ann's mail <ann@example.org>",
        "=?utf-8?q?=C3=84nn?= <ann@example.org>",
    ])
    func `an unusual but clear From is taken`(_ value: String) async throws {
        let bench = try await SubmissionBench()
        let completed = try await bench.header("From: \(value)\r\n\r\n")
        #expect(completed.contains("From: \(value)\r\n"))
    }

    @Test func `octets and numbers of authors that readers disagree about are refused`() async throws {
        let bench = try await SubmissionBench()
        let many = Array(repeating: "ann@example.org", count: 65).joined(separator: ",")
        #expect(try await bench.header("From: \(many)\r\n\r\n") == "550 From has more than 64 addresses")
        #expect(
            try await bench.header("From: boss@example.net\0 <ann@example.org>\r\n\r\n")
                == "550 a NUL in the header section")
    }

    @Test func `padding does not hide a sender`() async throws {
        let bench = try await SubmissionBench()
        let padding = String(repeating: "X-Pad: \(String(repeating: "x", count: 900))\r\n", count: 120)
        #expect(
            try await bench.header("\(padding)From: boss@example.org\r\n\r\n").hasPrefix("550 boss@example.org"))
        let many = String(repeating: "X:\r\n", count: 20_000)
        #expect(try await bench.header("\(many)From: boss@example.org\r\n\r\n").hasPrefix("550 more than"))
    }

    @Test func `who may send as another is seen nowhere`() async throws {
        let bench = try await SubmissionBench()
        try await bench.grant([.sendAs], on: bench.boss, to: bench.ann)
        let head = "From: boss@example.org\r\nMessage-ID: <1@x>\r\n\(Self.date)"
        #expect(try await bench.header("\(head)\r\n") == "\(head)\r\n")
        let both = "Sender: boss@example.org\r\n\(head)"
        #expect(try await bench.header("\(both)\r\n") == "\(both)\r\n")
    }

    @Test func `who sends on behalf of another is named`() async throws {
        let bench = try await SubmissionBench()
        try await bench.grant([.sendOnBehalf], on: bench.boss, to: bench.ann)
        let head = "From: boss@example.org\r\nMessage-ID: <1@x>\r\n\(Self.date)"
        #expect(try await bench.header("\(head)\r\n") == "Sender: <ann@example.org>\r\n\(head)\r\n")
        let named = "Sender: Ann <ann@example.org>\r\n\(head)"
        #expect(try await bench.header("\(named)\r\n") == "\(named)\r\n")
        #expect(try await bench.header("Sender: boss@example.org\r\n\(head)\r\n").hasPrefix("550"))
    }

    @Test func `aliases and tags are one's own`() async throws {
        let bench = try await SubmissionBench()
        try await bench.stores.addAlias(#require(Address("info@example.org")), to: bench.ann.id)
        for own in ["info@example.org", "ann+list@example.org", "ANN@EXAMPLE.ORG"] {
            let head = "From: \(own)\r\nMessage-ID: <1@x>\r\n\(Self.date)\r\n"
            #expect(try await bench.header(head) == head)
        }
    }

    @Test func `random header sections never break it, and hold no Bcc afterwards`() async throws {
        let bench = try await SubmissionBench()
        let random = SeededRandom(11)
        let words = [
            "From", "Bcc", "Sender", ":", " ", "\r\n", "\r\n ", "ann@example.org", "<", ">", "\u{0}", ",", "x",
        ]
        for _ in 0..<2_000 {
            let count = Int(random.next() % 24)
            let text = (0..<count).map { _ in words[Int(random.next() % UInt64(words.count))] }.joined()
            let completed = try await bench.header(text)
            guard !completed.hasPrefix("550") else { continue }
            let head = completed.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)[0]
            #expect(!head.hasPrefix("Bcc:") && !head.contains("\r\nBcc:"), "\(text)")
        }
    }
}
