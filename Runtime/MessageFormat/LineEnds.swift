import MailTypes

/// Line ends of content.
public enum LineEnds {
    /// The content with CRLF wherever a line ends in a bare LF; the same array when none does.
    public static func withCRLF(_ content: Octets) -> Octets {
        content.withUnsafeBufferPointer { octets in
            var bare = 0
            var position = 0
            while let lf = octets.firstIndex(of: .lf, from: position, to: octets.count) {
                if lf == 0 || octets[lf - 1] != .cr { bare += 1 }
                position = lf + 1
            }
            guard bare > 0 else { return nil as Octets? }
            var result: Octets = []
            result.reserveCapacity(octets.count + bare)
            position = 0
            while let lf = octets.firstIndex(of: .lf, from: position, to: octets.count) {
                let isBare = lf == 0 || octets[lf - 1] != .cr
                result.append(contentsOf: octets[position..<lf])
                if isBare { result.append(.cr) }
                result.append(.lf)
                position = lf + 1
            }
            result.append(contentsOf: octets[position...])
            return result
        } ?? content
    }
}
