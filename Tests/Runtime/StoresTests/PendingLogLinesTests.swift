import FunctionRuntime
import MailTypes
import Testing

@testable import Stores

@Suite struct PendingLogLinesTests {
    private func line(_ octets: Int) -> FunctionLogLine {
        FunctionLogLine(
            group: "g", stream: "s", at: Timestamp(seconds: 0), text: String(repeating: "x", count: octets))
    }

    @Test func `lines without room are dropped and counted, the others keep their order`() {
        let pending = PendingLogLines()
        let first = pending.add([line(1)])
        #expect(first.tellsWriter && first.dropped == 0)
        let many = pending.add(Array(repeating: line(1), count: PendingLogLines.linesMax))
        #expect(!many.tellsWriter && many.dropped == 1)
        #expect(pending.dropped == 1)
        #expect(pending.take().count == PendingLogLines.batchMax)
        #expect(pending.end(losing: 2), "the rest follows")
        #expect(pending.dropped == 3)
    }

    @Test func `a few long lines fill the room, too`() {
        let pending = PendingLogLines()
        let long = line(FunctionLogLine.textMax + 5)
        #expect(long.text.utf8.count == FunctionLogLine.textMax)
        let fitting = PendingLogLines.octetsMax / FunctionLogLine.textMax
        #expect(pending.add(Array(repeating: long, count: fitting + 3)).dropped == 3)
        while !pending.take().isEmpty {}
        #expect(!pending.end(losing: 0))
        #expect(pending.isEmpty)
    }
}
