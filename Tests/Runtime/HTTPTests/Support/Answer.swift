import MailTypes

/// One answer cut out of what a server wrote.
struct Answer: Equatable {
    var status: Int
    var fields: [String: String]
    var body: String

    /// All answers, each cut off by its own framing. Interim ones (1xx) are left out.
    ///
    /// - Parameter heads: indexes of answers to HEAD, which have no body.
    static func all(in octets: Octets, heads: Set<Int> = []) -> [Answer] {
        var rest = octets[...]
        var answers: [Answer] = []
        while let end = firstRange(of: Octets(text: "\r\n\r\n"), in: rest) {
            let lines = Octets(rest[..<end]).text.split(separator: "\r\n").map(String.init)
            rest = rest[(end + 4)...]
            let words = lines.first?.split(separator: " ") ?? []
            guard words.count >= 2, let status = Int(words[1]) else { break }
            var fields: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
                fields[parts[0].asciiLowercased] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
            }
            if status < 200 { continue }
            var body: Octets = []
            if heads.contains(answers.count) || status == 204 || status == 304 {
                body = []
            } else if let length = fields["content-length"].flatMap({ Int($0) }) {
                body = Octets(rest.prefix(length))
                rest = rest.dropFirst(length)
            } else if fields["transfer-encoding"] == "chunked" {
                while let lineEnd = firstRange(of: [13, 10], in: rest) {
                    let size = Int(Octets(rest[..<lineEnd]).text, radix: 16) ?? 0
                    rest = rest[(lineEnd + 2)...]
                    body += rest.prefix(size)
                    rest = rest.dropFirst(size + 2)
                    if size == 0 { break }
                }
            } else {
                body = Octets(rest)
                rest = []
            }
            answers.append(Answer(status: status, fields: fields, body: body.text))
        }
        return answers
    }

    private static func firstRange(of pattern: Octets, in octets: ArraySlice<UInt8>) -> Int? {
        guard octets.count >= pattern.count else { return nil }
        return (octets.startIndex...(octets.endIndex - pattern.count)).first { octets[$0...].starts(with: pattern) }
    }
}
