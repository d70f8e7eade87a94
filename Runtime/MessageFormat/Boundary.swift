import MailTypes

/// Boundaries of mail we generate.
enum Boundary {
    /// A boundary that starts no line of any body. `=_` cannot stand in base64 or quoted-printable; unencoded bodies are
    /// searched, so whoever guesses a boundary cannot end a part early.
    static func absent(from bodies: [Octets], seed: String) -> String {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in seed.utf8 { state = (state ^ UInt64(octet)) &* 0x100_0000_01B3 }
        while true {
            state = (state ^ (state >> 31)) &* 0x9E37_79B9_7F4A_7C15
            let digits = String(state, radix: 16)
            let boundary = "=_" + String(repeating: "0", count: 16 - digits.count) + digits
            let line = Octets(text: "--" + boundary)
            if !bodies.contains(where: { startsLine(line, in: $0) }) { return boundary }
        }
    }

    private static func startsLine(_ text: Octets, in body: Octets) -> Bool {
        body.withUnsafeBufferPointer { octets in
            var position = 0
            while position < octets.count {
                if octets[position] == 0x2D, octets[position...].starts(with: text) { return true }
                position = octets.lineEnd(from: position, to: octets.count)
            }
            return false
        }
    }
}
