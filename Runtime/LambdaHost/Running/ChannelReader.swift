import MailTypes

/// Cuts what a bootstrap says into notices. A frame is its kind and its payload's length, four octets each, the lowest first, and the
/// payload.
struct ChannelReader {
    /// What a bootstrap says.
    enum Notice: Sendable, Equatable {
        /// The function is loaded and takes events; said once.
        case ready
        case result(Octets)
        case error(Octets)
        case initError(Octets)
        /// An error after which the process ends by itself.
        case lastError(Octets)
        /// A payload of more octets than allowed: it was read and dropped.
        case tooLarge
    }

    /// Octets of a frame's head.
    static let headOctets = 8

    private let limitOctets: Int
    /// What of a frame has come so far.
    private var frame: Octets = []
    /// Octets of a payload that is too large which are still to come.
    private var dropping = 0

    /// - limitOctets: most octets of a payload.
    init(limitOctets: Int) { self.limitOctets = limitOctets }

    /// Takes octets and gives the notices they complete. Frames of an unknown kind are skipped.
    mutating func take(_ piece: UnsafeRawBufferPointer, into notices: inout [Notice]) {
        var rest = piece[...]
        while !rest.isEmpty {
            if dropping > 0 {
                let dropped = min(dropping, rest.count)
                rest = rest.dropFirst(dropped)
                dropping -= dropped
                if dropping == 0 { notices.append(.tooLarge) }
                continue
            }
            if frame.count < Self.headOctets {
                let more = rest.prefix(Self.headOctets - frame.count)
                frame += more
                rest = rest.dropFirst(more.count)
                guard frame.count == Self.headOctets else { return }
                if length > limitOctets {
                    dropping = length
                    frame = []
                    continue
                }
                frame.reserveCapacity(Self.headOctets + length)
            }
            let more = rest.prefix(Self.headOctets + length - frame.count)
            frame += more
            rest = rest.dropFirst(more.count)
            guard frame.count == Self.headOctets + length else { return }
            if let notice { notices.append(notice) }
            frame.removeAll(keepingCapacity: length <= 64 << 10)
        }
    }

    private var length: Int { Int(number(at: 4)) }

    private var notice: Notice? {
        let payload = Octets(frame[Self.headOctets...])
        return switch number(at: 0) {
        case 0: .ready
        case 1: .result(payload)
        case 2: .error(payload)
        case 3: .initError(payload)
        case 4: .lastError(payload)
        default: nil
        }
    }

    private func number(at place: Int) -> UInt32 {
        UInt32(frame[place]) | UInt32(frame[place + 1]) << 8 | UInt32(frame[place + 2]) << 16
            | UInt32(frame[place + 3]) << 24
    }
}
