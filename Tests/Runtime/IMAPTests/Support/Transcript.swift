import FoundationEssentials
import MailTypes
import Testing

/// A recorded dialogue: `Tests/Wire/IMAP/*.txt`. Lines are `C:` and `S:` for the first session, `C2:` and `S2:` for a
/// second one, `!` for something that happens outside, `#` for why the file exists.
struct Transcript: Sendable, CustomTestStringConvertible {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Wire/IMAP")

    let name: String
    let lines: [String]

    var testDescription: String { name }

    static let all: [Transcript] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap { name in
            guard let data = try? Data(contentsOf: folder.appending(path: name)) else { return nil }
            let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            return Transcript(name: name, lines: lines.map(String.init))
        }
    }()

    static let isRecording = ProcessInfo.processInfo.environment["RECORD"] == "1"

    /// Speaks the client's lines and returns the dialogue as it happened.
    func play() async throws -> [String] {
        let server = try await TestServer()
        var dialogue: [String] = []
        var clients: [TestClient?] = [nil, nil]
        var isSecure = true
        func note(_ index: Int) async {
            guard let client = clients[index] else { return }
            let said = await client.said()
            guard !said.isEmpty else { return }
            var lines = said.split(separator: "\r\n", omittingEmptySubsequences: false)
            if lines.last == "" { lines.removeLast() }
            for line in lines { dialogue.append((index == 0 ? "S: " : "S2: ") + line) }
        }
        func client(_ index: Int) async -> TestClient {
            if let client = clients[index] { return client }
            let client = server.connect(isSecure: isSecure)
            clients[index] = client
            return client
        }
        for line in lines {
            if line.hasPrefix("S") { continue }
            if line.hasPrefix("#") || line.isEmpty {
                dialogue.append(line)
                continue
            }
            if line.hasPrefix("!") {
                dialogue.append(line)
                switch line {
                case "! connect": _ = await client(0)
                case "! connect in plain text":
                    isSecure = false
                    _ = await client(0)
                case "! log in": clients[0] = await server.logIn()
                case "! log in twice":
                    clients[0] = await server.logIn()
                    clients[1] = await server.logIn()
                case "! log in as bob": clients[1] = await server.logIn("bob")
                default: try await server.happen(String(line.dropFirst(2)))
                }
            } else {
                let index = line.hasPrefix("C2:") ? 1 : 0
                dialogue.append(line)
                let text = line.drop { $0 != ":" }.dropFirst()
                connectionSend(await client(index), String(text.first == " " ? text.dropFirst() : text))
                // Who was spoken to answers first; what that leads to in the other session comes after it.
                await note(index)
            }
            await note(0)
            await note(1)
        }
        for client in clients { await client?.hangUp() }
        return dialogue
    }

    private func connectionSend(_ client: TestClient, _ line: String) {
        client.connection.send(Octets(text: line) + [.cr, .lf])
    }

    /// Writes the dialogue over the file.
    func record(_ dialogue: [String]) throws {
        let text = dialogue.joined(separator: "\n")
        try Data(text.utf8).write(to: Self.folder.appending(path: name))
    }
}
