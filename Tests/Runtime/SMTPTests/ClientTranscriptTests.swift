import FoundationEssentials
import MailTypes
import Testing

@testable import SMTP

@Suite struct ClientTranscriptTests {
    @Test func `there are recorded dialogues of the client`() {
        #expect(ClientTranscript.all.count >= 70)
        for transcript in ClientTranscript.all {
            #expect(transcript.heading.first?.hasPrefix("# ") == true, "\(transcript.name)")
        }
    }

    @Test(arguments: ClientTranscript.all)
    func `the client speaks as recorded`(_ recorded: ClientTranscript) async {
        let dialogue = await recorded.play()
        if ProcessInfo.processInfo.environment["RECORD"] == "1" { return recorded.record(dialogue) }
        #expect(dialogue == recorded.dialogue)
    }

    /// What is said too early can only be told from what is said in time by when it comes.
    @Test(arguments: ClientTranscript.all.filter { !$0.name.hasPrefix("unasked") && !$0.name.contains("injection") })
    func `the client says the same wherever replies are cut`(_ recorded: ClientTranscript) async {
        let whole = await recorded.play(recorded.segments)
        let octets = await recorded.play(recorded.segments.flatMap { $0.map { [$0] } })
        #expect(octets.said == whole.said)
        #expect(octets.end == whole.end)
        for (index, segment) in recorded.segments.enumerated() where segment.count < 1_000 {
            for place in 1..<segment.count {
                var segments = recorded.segments
                segments.replaceSubrange(index...index, with: [Octets(segment[..<place]), Octets(segment[place...])])
                let cut = await recorded.play(segments)
                #expect(cut.said == whole.said && cut.end == whole.end, "segment \(index) cut at \(place)")
            }
        }
    }

    /// Whenever the server falls silent, the message's fate is known, and the end of content was sent once or never.
    @Test(arguments: ClientTranscript.all)
    func `every dialogue may break off after any octet`(_ recorded: ClientTranscript) async {
        for count in 0..<recorded.segments.count {
            let segment = recorded.segments[count]
            for place in stride(from: 0, to: segment.count, by: segment.count < 1_000 ? 1 : 97) {
                let broken = await recorded.play(recorded.segments[..<count] + [Octets(segment[..<place])])
                #expect(!broken.end.contains("-- not everybody is answered"))
                #expect(!broken.end.contains { $0.contains("R: ") && $0.contains(" 250 ") })
            }
        }
    }
}
