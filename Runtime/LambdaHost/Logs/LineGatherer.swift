import MailTypes

/// Cuts a process's output into lines. A line that is too long is split, never kept whole.
struct LineGatherer {
    private let limitOctets: Int
    private var partial: Octets = []

    init(limitOctets: Int) { self.limitOctets = limitOctets }

    /// Takes octets in and gives the lines they complete.
    mutating func take(_ octets: some Collection<UInt8>) -> [String] {
        var lines: [String] = []
        var rest = octets[...]
        while let end = rest.firstIndex(of: .lf) {
            append(rest[..<end], &lines)
            lines.append(finished())
            rest = rest[rest.index(after: end)...]
        }
        append(rest, &lines)
        return lines
    }

    /// Gives what waits for its line end.
    mutating func flush() -> String? { partial.isEmpty ? nil : finished() }

    private mutating func append(_ octets: some Collection<UInt8>, _ lines: inout [String]) {
        var rest = octets[...]
        while partial.count + rest.count > limitOctets {
            let room = limitOctets - partial.count
            partial += rest.prefix(room)
            rest = rest.dropFirst(room)
            lines.append(finished())
        }
        partial += rest
    }

    /// A record of several lines comes with carriage returns inside (reference/functions.md §1.8).
    private mutating func finished() -> String {
        defer { partial = [] }
        if partial.last == .cr { partial.removeLast() }
        for index in partial.indices where partial[index] == .cr { partial[index] = .lf }
        return partial.text
    }
}
