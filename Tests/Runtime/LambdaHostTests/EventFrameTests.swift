import MailTypes
import Testing

@testable import LambdaHost

@Suite struct EventFrameTests {
    private func frame(_ texts: [String], _ event: String) -> Octets {
        var frame = EventFrame(eventOctets: event.utf8.count)
        for text in texts { frame.add(text) }
        frame.end(with: Octets(text: event))
        return frame.octets
    }

    @Test(arguments: [["a"], ["a", "", "b"], ["", ""], [""], ["x", String(repeating: "y", count: 70_000)]])
    func `a frame counts its texts and its event`(_ texts: [String]) {
        for event in ["", "{}", String(repeating: "z", count: 300)] {
            let (joined, all) = (texts.joined(separator: "\0"), frame(texts, event))
            func number(_ place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(all[place + $1]) << (8 * $1) } }
            #expect(number(0) == joined.utf8.count && number(4) == event.utf8.count)
            #expect(Octets(all[8...]) == Octets(text: joined + event))
        }
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 1_796_000_000_123, UInt64.max])
    func `a number stands in decimal digits`(_ number: UInt64) {
        var frame = EventFrame(eventOctets: 0)
        frame.add(number)
        frame.add { $0 += "end".utf8 }
        #expect(Octets(frame.octets[8...]) == Octets(text: "\(number)\0end"))
    }
}
