import FunctionRuntime
import MailTypes

/// A request's path, taken apart and percent-decoded once for all the patterns it is held against.
public struct RequestPath: Sendable {
    /// What stands between the slashes, decoded; nil where that is not UTF-8 or not percent-encoding. An empty text for a
    /// slash at the end or after another. At least one.
    let segments: [String?]
    /// The path as it came when nothing in it is percent-encoded; empty else.
    private let plain: Octets

    /// Takes a path apart; nil when it does not begin with a slash.
    public init?(_ path: String) {
        guard path.utf8.first == 0x2F else { return nil }
        let octets = Octets(path.utf8)
        let isPlain = !octets.contains(0x25)
        var segments: [String?] = []
        segments.reserveCapacity(8)
        var start = 1
        for place in 1...octets.count where place == octets.count || octets[place] == 0x2F {
            let part = octets[start..<place]
            segments.append(
                isPlain
                    ? String(decoding: part, as: UTF8.self)
                    : PercentCoding.decode(part).flatMap { String(validating: $0, as: UTF8.self) })
            start = place + 1
        }
        (self.segments, plain) = (segments, isPlain ? octets : [])
    }

    /// Everything from a segment on, slashes included; nil when there is nothing, or something that is no text.
    func rest(from index: Int) -> String? {
        let rest = segments[index...]
        guard rest.count > 1 || rest.first != "" else { return nil }
        if !plain.isEmpty {
            let start = segments[..<index].reduce(1) { $0 + ($1?.utf8.count ?? 0) + 1 }
            return String(decoding: plain[start...], as: UTF8.self)
        }
        var text = ""
        for (place, segment) in rest.enumerated() {
            guard let segment else { return nil }
            if place > 0 { text += "/" }
            text += segment
        }
        return text
    }
}
