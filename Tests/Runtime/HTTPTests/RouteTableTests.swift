import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

@Suite struct RouteTableTests {
    private static let pieces = [
        "a", "A", "b", "", ".", "..", "%61", "%2F", "%FF", "%C3%A9", "é", "EWS", "ews", "2015-03-31", "{x}", "%",
    ]

    private static func text(_ random: SeededRandom, _ pieces: [String]) -> String {
        let count = Int(random.next() % 4) + 1
        return (0..<count).map { _ in "/" + pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
    }

    @Test func `a path is held against every route that could fit, in the routes' order`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = SeededRandom(seed)
        for _ in 0..<300 {
            let routes = (0..<12).compactMap { number -> HTTPRoute? in
                var pattern = Self.text(random, ["a", "A", "b", "", "é", "EWS", "2015-03-31"])
                switch random.next() % 4 {
                case 0: pattern = "/{first}" + pattern
                case 1: pattern += "/{last}"
                case 2: pattern += "/{rest+}"
                default: break
                }
                return (try? RoutePattern(pattern, ignoresCase: random.next() % 4 == 0)).map {
                    HTTPRoute(path: $0, function: FunctionName("F\(number)"))
                }
            }
            let table = RouteTable(routes)
            for _ in 0..<60 {
                let text = Self.text(random, Self.pieces)
                let path = try #require(RequestPath(text))
                let fitting = routes.indices.filter { routes[$0].path.match(path) != nil }
                let found = table.candidates(for: path)
                #expect(found == found.sorted(), "seed \(seed), \(text)")
                #expect(found.filter { routes[$0].path.match(path) != nil } == fitting, "seed \(seed), \(text)")
            }
        }
    }

    @Test func `a path taken apart and decoded once says what each part decoded by itself says`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = SeededRandom(seed)
        func decoded(_ text: some Collection<UInt8>) -> String? {
            PercentCoding.decode(text).flatMap { String(validating: $0, as: UTF8.self) }
        }
        for _ in 0..<2000 {
            let text = Self.text(random, Self.pieces)
            let path = try #require(RequestPath(text))
            let parts = text.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false)
            #expect(path.segments == parts.map { decoded($0) }, "seed \(seed), \(text)")
            for index in parts.indices {
                let rest = Array(parts[index...].joined(separator: [0x2F]))
                #expect(
                    path.rest(from: index) == (rest.isEmpty ? nil : decoded(rest)), "seed \(seed), \(text), \(index)")
            }
        }
        #expect(RequestPath("*") == nil)
        #expect(RequestPath("") == nil)
    }
}
