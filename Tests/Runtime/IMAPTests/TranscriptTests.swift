import Testing

@Suite struct TranscriptTests {
    @Test(arguments: Transcript.all)
    func `the server answers as recorded`(_ recorded: Transcript) async throws {
        let dialogue = try await recorded.play()
        if Transcript.isRecording { return try recorded.record(dialogue) }
        #expect(dialogue == recorded.lines, "\(recorded.name)")
    }

    @Test func `there are transcripts`() { #expect(Transcript.all.count > 10) }

    @Test(arguments: Transcript.all)
    func `each transcript says why it exists`(_ recorded: Transcript) {
        #expect(recorded.lines.first?.hasPrefix("# ") == true)
    }
}
