import FoundationEssentials
import FunctionRuntime
import MailTypes
import Synchronization
import Testing

@testable import SMTP

@Suite struct SMTPTranscriptTests {
    @Test func `there are recorded dialogues`() {
        #expect(Transcript.all.count >= 40)
        for transcript in Transcript.all {
            #expect(transcript.heading.first?.hasPrefix("# ") == true, "\(transcript.name)")
        }
    }

    @Test(arguments: Transcript.all)
    func `the server answers as recorded`(_ recorded: Transcript) async {
        let dialogue = await recorded.play()
        if ProcessInfo.processInfo.environment["RECORD"] == "1" { return recorded.record(dialogue) }
        #expect(dialogue == recorded.dialogue)
    }

    @Test(arguments: Transcript.all.filter { !$0.usesTLS })
    func `replies are the same wherever the stream is split`(_ recorded: Transcript) async {
        let stream = recorded.segments.flatMap(\.self)
        guard (1..<4_000).contains(stream.count) else { return }
        let whole = await replies(recorded, [stream])
        for place in 1..<stream.count {
            let split = await replies(recorded, [Octets(stream[..<place]), Octets(stream[place...])])
            #expect(split == whole, "\(recorded.name) split at \(place)")
        }
        #expect(await replies(recorded, stream.map { [$0] }) == whole, "\(recorded.name) octet by octet")
    }

    private func replies(_ transcript: Transcript, _ segments: [Octets]) async -> String {
        let connection = ScriptedConnection(segments, isSecure: transcript.options["secure"] != nil)
        let intake = transcript.intake
        var session = Session(
            over: connection, settings: transcript.settings, intake: intake, time: ManualTime(), log: .silent)
        let end = await session.run()
        let messages = intake.messages.withLock { $0.map { Transcript.escaped($0.content) } }
        return connection.written.text + "\(end)" + messages.joined(separator: "|")
    }
}
