import FunctionRuntime
import MailTypes

/// What stands between the slashes of a path, percent-decoded: compared in octets, for most of it is only compared.
struct PathSegments {
    private var octets: Octets
    private var places: [Range<Int>] = []

    /// Takes a path apart. A slash at its end is as good as none; what is no well-formed UTF-8 becomes empty.
    init(_ path: String) {
        let path = Octets(path.utf8)
        places.reserveCapacity(8)
        octets = path
        let isPlain = !path.contains(0x25)
        if !isPlain { octets.removeAll(keepingCapacity: true) }
        var start = 1
        while start < path.count {
            let end = path[start...].firstIndex(of: 0x2F) ?? path.count
            if isPlain {
                places.append(start..<end)
            } else {
                let text = PercentCoding.decode(path[start..<end]).flatMap { String(validating: $0, as: UTF8.self) }
                let place = octets.count
                octets += (text ?? "").utf8
                places.append(place..<octets.count)
            }
            start = end + 1
        }
    }

    /// How many there are.
    var count: Int { places.count }

    /// True when there are these octets in each place, or something where they are nil.
    func match(_ pattern: [Octets?]) -> Bool {
        guard pattern.count == places.count else { return false }
        // From the end: the first ones are nearly always the same.
        for index in pattern.indices.reversed() {
            let segment = octets[places[index]]
            guard pattern[index].map({ $0.elementsEqual(segment) }) ?? !segment.isEmpty else { return false }
        }
        return true
    }

    /// The texts where the pattern has nil.
    func values(_ pattern: [Octets?]) -> [String] {
        pattern.indices.filter { pattern[$0] == nil }.map { String(decoding: octets[places[$0]], as: UTF8.self) }
    }
}
