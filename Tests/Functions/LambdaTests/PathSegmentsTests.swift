import FunctionRuntime
import MailTypes
import Testing

@testable import Lambda

@Suite struct PathSegmentsTests {
    private static let pieces = [
        "a", "functions", "{x}", "", "%61", "%2F", "%FF", "%C3%A9", "é", "%", "2015-03-31", ".",
    ]

    @Test func `segments are what each part decoded by itself says`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = SeededRandom(seed)
        for _ in 0..<5000 {
            let parts = (0..<(random.next() % 5)).map { _ in Self.pieces[Int(random.next() % UInt64(Self.pieces.count))]
            }
            let path = "/" + parts.joined(separator: "/")
            var expected = parts.map { part in
                PercentCoding.decode(part.utf8).flatMap { String(validating: $0, as: UTF8.self) } ?? ""
            }
            // A slash at the end is as good as none.
            if expected.last == "", path.hasSuffix("/") { expected.removeLast() }
            let segments = PathSegments(path)
            #expect(segments.count == expected.count, "seed \(seed), \(path)")
            #expect(segments.values(expected.map { _ in nil }) == expected, "seed \(seed), \(path)")
            #expect(segments.match(expected.map { Octets($0.utf8) }), "seed \(seed), \(path)")
            #expect(segments.match(expected.map { _ in nil }) == !expected.contains(""), "seed \(seed), \(path)")
            for index in expected.indices {
                var other: [Octets?] = expected.map { Octets($0.utf8) }
                other[index] = Octets(text: "other")
                #expect(!segments.match(other), "seed \(seed), \(path)")
            }
            #expect(!segments.match(expected.map { Octets($0.utf8) } + [nil]), "seed \(seed), \(path)")
        }
    }
}
