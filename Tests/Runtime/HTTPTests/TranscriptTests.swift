import FunctionRuntime
import MailTypes
import Testing

@testable import HTTP

#if canImport(Glibc)
    import Glibc
#endif

/// A recorded dialogue of Tests/Wire/HTTP: `C:` and `S:` are lines with CRLF, `C|` and `S|` octets without one,
/// both with the escapes of `unescaped`.
struct Transcript: Sendable, CustomTestStringConvertible {
    let name: String
    let comments: [String]
    let dialogue: [String]
    var testDescription: String { name }

    static let all: [Transcript] = {
        guard let folder = opendir(WireFiles.folder) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".txt"), name != "framing.txt" { names.append(name) }
        }
        return names.sorted().map { name in
            let lines = WireFiles.read(name).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            return Transcript(
                name: name, comments: lines.filter { $0.hasPrefix("#") },
                dialogue: lines.filter { !$0.hasPrefix("#") && !$0.isEmpty })
        }
    }()

    /// What the client sends, one step for each run of its lines.
    var steps: [DialogueConnection.Step] {
        var steps: [Octets] = []
        var isClient = false
        for line in dialogue {
            if line.hasPrefix("S") {
                isClient = false
                continue
            }
            var octets = unescaped(line.dropFirst(line.utf8.count > 2 ? 3 : 2))
            if line.hasPrefix("C:") { octets += [0x0D, 0x0A] }
            if isClient { steps[steps.count - 1] += octets } else { steps.append(octets) }
            isClient = true
        }
        return steps.map { .octets($0) }
    }

    /// What was said, written as the file has it.
    static func lines(_ events: [DialogueConnection.Event]) -> [String] {
        events.flatMap { event -> [String] in
            let (who, octets) =
                switch event {
                case .received(let octets): ("C", octets)
                case .sent(let octets): ("S", octets)
                }
            var lines: [String] = []
            var line: Octets = []
            for octet in octets {
                line.append(octet)
                guard line.count >= 2, line.suffix(2) == [0x0D, 0x0A] else { continue }
                lines.append(line.count == 2 ? "\(who):" : "\(who): \(escaped(line.dropLast(2)))")
                line = []
            }
            if !line.isEmpty { lines.append("\(who)| \(escaped(line[...]))") }
            return lines
        }
    }
}

@Suite struct TranscriptTests {
    @Test(arguments: Transcript.all)
    func `the endpoint answers as recorded`(_ recorded: Transcript) async throws {
        #expect(recorded.comments.first != nil, "the first line says why the transcript exists")
        let connection = DialogueConnection(recorded.steps)
        await (try EndpointTests.endpoint()).serve(connection)
        let spoken = Transcript.lines(connection.events)
        if WireFiles.isRecording {
            WireFiles.write(recorded.name, (recorded.comments + spoken).joined(separator: "\n") + "\n")
        } else {
            #expect(spoken == recorded.dialogue)
        }
    }
}
