import Cryptography
import FunctionRuntime
import MailTypes
import Testing

@testable import LambdaHost

/// Frames of a bootstrap, however they arrive.
@Suite struct ChannelReaderTests {
    private func frame(_ kind: UInt8, _ payload: String) -> Octets {
        let length = UInt32(payload.utf8.count)
        return [kind, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Octets(text: payload)
    }

    private func notices(_ pieces: [ArraySlice<UInt8>], limit: Int = 100) -> [ChannelReader.Notice] {
        var reader = ChannelReader(limitOctets: limit)
        var notices: [ChannelReader.Notice] = []
        for piece in pieces { piece.withUnsafeBytes { reader.take($0, into: &notices) } }
        return notices
    }

    @Test func `frames are the same in whatever pieces they come`() {
        let all =
            frame(0, "") + frame(1, "{}") + frame(2, "no") + frame(9, "unknown") + frame(3, "") + frame(4, "bye")
            + frame(1, "last")
        let expected: [ChannelReader.Notice] = [
            .ready, .result(Octets(text: "{}")), .error(Octets(text: "no")), .initError([]),
            .lastError(Octets(text: "bye")), .result(Octets(text: "last")),
        ]
        for first in 0...all.count {
            for second in first...all.count {
                #expect(notices([all[..<first], all[first..<second], all[second...]]) == expected)
            }
        }
        #expect(notices(all.indices.map { all[$0...$0] }) == expected)
    }

    @Test func `a payload beyond the limit is dropped and told, and the next frame is heard`() {
        let all = frame(1, String(repeating: "x", count: 101)) + frame(1, String(repeating: "y", count: 100))
        for place in 0...all.count {
            #expect(
                notices([all[..<place], all[place...]])
                    == [.tooLarge, .result(Octets(repeating: 0x79, count: 100))])
        }
        // The longest that a length can say costs no memory.
        #expect(notices([[1, 0, 0, 0, 255, 255, 255, 255, 1, 2, 3]]).isEmpty)
    }

    @Test func `random octets give nothing that was not said, and end nowhere`() {
        let random = SystemRandom()
        for _ in 0..<2000 {
            let octets = random.octets(Int(random.next() % 200))
            for notice in notices([octets[...]]) {
                if case .result(let payload) = notice { #expect(payload.count <= 100) }
            }
        }
    }
}
