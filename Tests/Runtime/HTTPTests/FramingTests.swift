import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

/// One line of Tests/Wire/HTTP/framing.txt.
struct FramingCase: CustomTestStringConvertible, Sendable {
    let name: String
    let statuses: [Int]
    let octets: Octets
    var testDescription: String { name }

    static let all: [FramingCase] = WireFiles.read("framing.txt").split(separator: "\n").compactMap { line in
        guard !line.hasPrefix("#") else { return nil }
        var columns = line.split(separator: "|", maxSplits: 3).map { String($0) }
        while columns.count < 4 { columns.append("") }
        func statuses(_ column: String) -> [Int] { column.split(separator: " ").compactMap { Int($0) } }
        let isSame = columns[2].split(separator: " ") == ["="]
        return FramingCase(
            name: columns[0], statuses: statuses(isSame ? columns[1] : columns[2]),
            octets: unescaped(columns[3].dropFirst()))
    }
}

@Suite struct FramingTests {
    @Test(arguments: FramingCase.all)
    func `each case is answered as recorded`(_ framing: FramingCase) async throws {
        let connection = DialogueConnection([.octets(framing.octets)])
        await session(over: connection)
        #expect(Answer.all(in: connection.written).map(\.status) == framing.statuses)
        #expect(connection.isClosed)
    }

    @Test(arguments: FramingCase.all)
    func `each case is answered alike when it comes octet by octet`(_ framing: FramingCase) async throws {
        let connection = DialogueConnection(framing.octets.map { .octets([$0]) })
        await session(over: connection)
        #expect(Answer.all(in: connection.written).map(\.status) == framing.statuses)
    }

    @Test func `the table holds what swift-ground measured and more`() { #expect(FramingCase.all.count >= 75) }
}

/// Runs a session whose function reads the body and says how long it is.
func session(over connection: DialogueConnection, limits: HTTPLimits = HTTPLimits(), time: ManualTime = ManualTime())
    async
{
    await HTTPServerSession(connection, limits: limits, time: time, random: SeededRandom(7), log: .silent) {
        request, _ in
        do {
            let body = try await request.body.collect(upTo: 1 << 20)
            return HTTPResponse(200, type: "text/plain", "\(request.method) \(request.path) \(body.count)")
        } catch {
            return HTTPResponse(500, type: "text/plain", "\(error)")
        }
    }.run()
}
