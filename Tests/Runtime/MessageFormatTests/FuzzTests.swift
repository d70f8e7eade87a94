import MailTypes
import Testing

@testable import MessageFormat

/// What must hold for any octets whatever. A failure names the seed and the round that repeat it.
@Suite struct FuzzTests {
    private let mutator = Mutator()

    @Test func `every message of the corpus holds what a summary promises`() throws {
        #expect(mutator.corpus.count >= 15)
        for (name, content) in mutator.corpus {
            check(content, "\(name)")
            // Cut anywhere, it still does.
            for cut in stride(from: 0, to: content.count, by: max(1, content.count / 40)) {
                check(Octets(content[..<cut]), "\(name) cut at \(cut)")
            }
        }
    }

    @Test func `mutated messages hold what a summary promises`() {
        let seed = Mutator.seed("summary")
        var random = FuzzRandom(seed)
        for round in 0..<Mutator.rounds(1500) {
            check(mutator.message(&random), "FUZZ_SEED=\(seed) round \(round)")
        }
    }

    @Test func `mutated summaries are read or refused`() {
        let seed = Mutator.seed("summary coding")
        var random = FuzzRandom(seed)
        for _ in 0..<Mutator.rounds(600) {
            var encoded = MessageSummary(content: mutator.message(&random)).encoded()
            for _ in 0...random.below(4) { mutator.change(&encoded, &random) }
            if let summary = MessageSummary(encoded: encoded) {
                // What was read can be written and read again.
                #expect(MessageSummary(encoded: summary.encoded()) == summary, "FUZZ_SEED=\(seed)")
            }
        }
    }

    @Test func `values of mutated fields are read without harm`() {
        let seed = Mutator.seed("fields")
        var random = FuzzRandom(seed)
        for round in 0..<Mutator.rounds(800) {
            let header = HeaderSection(mutator.message(&random))
            for field in header.fields.prefix(30) {
                let value = header.unfoldedValue(of: field)
                let place: Comment = "FUZZ_SEED=\(seed) round \(round)"
                let text = EncodedWord.decode(value)
                #expect(!text.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }, place)
                _ = DateField.parse(value)
                for address in AddressList.parse(value) {
                    for part in [address.name, address.mailbox, address.host] { expectOneLine(part, place) }
                    if let parsed = address.address { #expect(Address(parsed.description) == parsed, place) }
                }
            }
            _ = (senderAddresses(of: header), header.messageID, header.date, ReceivedHeaders.count(in: header))
        }
    }

    @Test func `a decoder gives the same for pieces of any size`() {
        let seed = Mutator.seed("transfer encodings")
        var random = FuzzRandom(seed)
        for _ in 0..<Mutator.rounds(300) {
            let content = Octets(mutator.message(&random).prefix(4000))
            for encoding in ["base64", "quoted-printable", "8bit"] {
                let whole = TransferDecoder.decode(content[...], encoding: encoding)
                var decoder = TransferDecoder(encoding)
                var pieces: Octets = []
                var start = 0
                while start < content.count {
                    let next = min(content.count, start + 1 + random.below(random.below(2) == 0 ? 3 : 200))
                    decoder?.decode(content[start..<next], into: &pieces)
                    start = next
                }
                decoder?.finish(into: &pieces)
                #expect(pieces == whole, "FUZZ_SEED=\(seed) \(encoding)")
                #expect(whole.count <= content.count, "FUZZ_SEED=\(seed) \(encoding)")
                let cut = TransferDecoder.decode(content[...], encoding: encoding, limitOctets: 100)
                #expect(cut.elementsEqual(whole.prefix(100)), "FUZZ_SEED=\(seed) \(encoding)")
            }
        }
    }

    @Test func `mutated content can be journaled and bounced unchanged`() throws {
        let seed = Mutator.seed("reports")
        var random = FuzzRandom(seed)
        let address = try #require(Address("a@b.example"))
        for round in 0..<Mutator.rounds(150) {
            let content = mutator.message(&random)
            // A record of more parts than are told apart swallows its own end.
            var parts = 0
            MessageSummary(content: content).structure.forEach { _ in parts += 1 }
            guard parts < FormatLimits.standard.parts - 10 else { continue }
            let record = JournalRecord(
                from: address, to: address, messageID: "x@y", date: Timestamp(seconds: 0), sender: .null,
                recipients: [.init(address)], original: content
            ).build()
            let root = MessageSummary(content: record).structure
            let place: Comment = "FUZZ_SEED=\(seed) round \(round)"
            #expect(root.parts.count == 2, place)
            #expect(root.parts.last.map { Octets(record[$0.body]) } == content, place)
            let fields = HeaderSection(record).fields.map { HeaderSection(record).name(of: $0).text }
            let expected = [
                "From", "To", "Subject", "Date", "Message-ID", "X-MS-Journal-Report", "MIME-Version", "Content-Type",
            ]
            #expect(fields.filter { $0 != "Content-Transfer-Encoding" } == expected, place)
            _ = ContentCheck().objection(to: LineEnds.withCRLF(content), inPlaceOf: HeaderSection(content))
        }
    }

    // MARK: what a summary promises

    private func check(_ content: Octets, _ place: String) {
        let comment = Comment(rawValue: place)
        let summary = MessageSummary(content: content)
        #expect(summary.structure.header.lowerBound == 0 && summary.structure.body.upperBound == content.count, comment)
        var parts = 0
        check(summary.structure, in: 0..<content.count, depth: 0, &parts, comment)
        #expect(parts <= 2 * FormatLimits.standard.parts, comment)
        check(summary.envelope, comment)
        #expect(summary.preview.unicodeScalars.count <= 256, comment)
        #expect(
            !summary.preview.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }, comment)
        #expect(MessageSummary(encoded: summary.encoded()) == summary, comment)

        let header = HeaderSection(content)
        #expect(header.bodyStart == summary.structure.header.upperBound, comment)
        var next = 0
        for field in header.fields {
            #expect(field.whole.lowerBound == next && field.whole.upperBound <= header.bodyStart, comment)
            #expect(field.name.lowerBound == next && field.name.upperBound <= field.value.lowerBound, comment)
            #expect(field.value.upperBound <= field.whole.upperBound, comment)
            next = field.whole.upperBound
        }
        content.withUnsafeBufferPointer { octets in
            var reader = StructureReader(octets, limits: .standard)
            _ = reader.read()
            #expect(reader.work.passed == content.count, comment)
            #expect(reader.work.compared <= FormatLimits.standard.depth * content.count, comment)
        }
    }

    private func check(_ part: BodyPart, in place: Range<Int>, depth: Int, _ parts: inout Int, _ comment: Comment) {
        parts += 1
        #expect(depth <= FormatLimits.standard.depth + 1, comment)
        #expect(part.header.lowerBound >= place.lowerBound && part.body.upperBound <= place.upperBound, comment)
        #expect(part.header.upperBound == part.body.lowerBound, comment)
        #expect(part.lines >= 0 && part.lines <= part.body.count, comment)
        if part.isMultipart {
            #expect(!part.parts.isEmpty, comment)
        } else {
            #expect(part.parts.count == (part.isMessage ? 1 : 0), comment)
            #expect((part.envelope != nil) == part.isMessage, comment)
        }
        if let envelope = part.envelope { check(envelope, comment) }
        for parameter in part.parameters + (part.disposition?.parameters ?? []) {
            expectOneLine(parameter.value, comment)
        }
        for value in [part.contentID, part.contentDescription, part.md5, part.location] {
            expectOneLine(value, comment)
        }
        var end = part.body.lowerBound
        for inner in part.parts {
            #expect(inner.header.lowerBound >= end, comment)
            end = inner.body.upperBound
            check(inner, in: part.body, depth: depth + 1, &parts, comment)
        }
    }

    private func check(_ envelope: MessageEnvelope, _ comment: Comment) {
        for value in [envelope.date, envelope.subject, envelope.inReplyTo, envelope.messageID] {
            expectOneLine(value, comment)
        }
        let lists = [envelope.from, envelope.sender, envelope.replyTo, envelope.to, envelope.cc, envelope.bcc]
        for list in lists {
            var isOpen = false
            for address in list {
                for part in [address.name, address.mailbox, address.host] { expectOneLine(part, comment) }
                // Group marks come in pairs (RFC 9051 §7.5.2).
                if address.host == nil {
                    #expect((address.mailbox == nil) == isOpen, comment)
                    isOpen.toggle()
                }
            }
            #expect(!isOpen, comment)
        }
    }

    private func expectOneLine(_ value: Octets?, _ comment: Comment) {
        guard let value else { return }
        #expect(!value.contains { $0 == 0 || $0 == .cr || $0 == .lf }, comment)
    }
}
