import FunctionRuntime
import MailTypes
import Testing

@testable import AWSWire

/// Pages of lists that stores give out in their order.
@Suite struct PageTests {
    private let keys = (10..<35).map { "k\($0)" }

    private func page(_ members: (String, JSONValue)..., asked: (Int) -> Void = { _ in }) async throws -> Page<String> {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return try await Page(for: Input(object), operation: "List", size: 10, key: { $0 }) { last, limit in
            asked(limit)
            return Array(keys.filter { $0 > (last ?? "") }.prefix(limit))
        }
    }

    @Test func `no more is read than a page needs, and the pages are the list`() async throws {
        var (seen, token) = ([String](), String?.none)
        var limits: [Int] = []
        repeat {
            let next = try await page(
                ("MaxResults", 7), ("NextToken", token.map { .string($0) } ?? .null), asked: { limits.append($0) })
            seen += next.elements
            token = next.nextToken
        } while token != nil
        #expect(seen == keys)
        #expect(limits == [8, 8, 8, 8])
        #expect(try await page().elements == Array(keys.prefix(10)))
    }

    @Test func `a list that ends with a page has no further one`() async throws {
        #expect(try await page(("MaxResults", 25)).nextToken == nil)
        #expect(try await page(("MaxResults", 24)).nextToken != nil)
    }

    @Test func `a token of another list is refused`() async throws {
        let other = try Page(of: ["a", "b"], for: Input(["MaxResults": 1]), operation: "Other") { $0 }
        for token in [other.nextToken ?? "", "", "%%%", "bm9uc2Vuc2U="] {
            await #expect(throws: ServiceFailure.self) { try await page(("NextToken", .string(token))) }
        }
    }
}
