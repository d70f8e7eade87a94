import Cryptography
import FunctionRuntime
import MailTypes
import Testing

@testable import Stores

/// Blocks of log lines as octets.
@Suite struct LogBlockTests {
    private let random = SystemRandom()

    private func lines(_ count: Int) -> [LogBlock.Line] {
        (0..<count).map { number in
            LogBlock.Line(
                position: 1000 + number, stream: number % 3 + 1,
                at: Timestamp(milliseconds: Int64(number * 1000) - 2000),
                requestID: number % 4 == 0 ? nil : number % 4 == 1 ? "" : "request \(number)",
                text: String(repeating: "ü", count: number * 40))
        }
    }

    @Test func `lines come back as they were`() throws {
        for count in [1, 2, 9, 200] {
            let block = LogBlock(lines(count))
            let read = try LogBlock(name: block.name, octets: block.encode())
            #expect(read.lines.map(\.position) == block.lines.map(\.position))
            #expect(read.lines.map(\.stream) == block.lines.map(\.stream))
            #expect(read.lines.map(\.at) == block.lines.map(\.at))
            #expect(read.lines.map(\.requestID) == block.lines.map(\.requestID))
            #expect(read.lines.map(\.text) == block.lines.map(\.text))
        }
    }

    @Test func `a block that was cut or is random is damaged or read, never more`() {
        let octets = LogBlock(lines(5)).encode()
        for count in 1..<octets.count { _ = try? LogBlock(name: 1, octets: Octets(octets[..<count])) }
        #expect(throws: StoreFailure.self) { try LogBlock(name: 1, octets: Octets(octets.dropLast())) }
        #expect(throws: StoreFailure.self) { try LogBlock(name: 1, octets: Octets(repeating: 0xFF, count: 40)) }
        for _ in 0..<2000 { _ = try? LogBlock(name: 1, octets: random.octets(Int(random.next() % 64))) }
    }
}
