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
    /// What of a frame's head has come so far.
    private var head: Octets = []
    /// What of its payload has: handed on as it is.
    private var payload: Octets = []
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
            if head.isEmpty, let (kind, whole) = Self.frame(in: rest, limitOctets: limitOctets) {
                // Nearly always an answer comes in one piece.
                if let notice = Self.notice(kind, Octets(whole)) { notices.append(notice) }
                rest = rest[whole.endIndex...]
                continue
            }
            if head.count < Self.headOctets {
                rest = Self.move(rest, upTo: Self.headOctets - head.count, to: &head)
                guard head.count == Self.headOctets else { return }
                if length > limitOctets {
                    dropping = length
                    head.removeAll(keepingCapacity: true)
                    continue
                }
                payload.reserveCapacity(length)
            }
            rest = Self.move(rest, upTo: length - payload.count, to: &payload)
            guard payload.count == length else { return }
            if let notice = Self.notice(number(at: 0), payload) { notices.append(notice) }
            head.removeAll(keepingCapacity: true)
            payload = []
        }
    }

    private static func move(
        _ octets: Slice<UnsafeRawBufferPointer>, upTo most: Int, to end: inout Octets
    ) -> Slice<UnsafeRawBufferPointer> {
        let moved = octets.prefix(most)
        end.append(contentsOf: UnsafeRawBufferPointer(rebasing: moved))
        return octets.dropFirst(moved.count)
    }

    private var length: Int { Int(number(at: 4)) }

    /// Kind and payload of a frame of which all is here, if it may be as long as that.
    private static func frame(
        in octets: Slice<UnsafeRawBufferPointer>, limitOctets: Int
    ) -> (kind: UInt32, payload: Slice<UnsafeRawBufferPointer>)? {
        guard octets.count >= headOctets else { return nil }
        func number(at place: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(octets[octets.startIndex + place + $1]) << UInt32(8 * $1) }
        }
        let length = Int(number(at: 4))
        guard length <= limitOctets, octets.count - headOctets >= length else { return nil }
        return (number(at: 0), octets.dropFirst(headOctets).prefix(length))
    }

    private static func notice(_ kind: UInt32, _ payload: Octets) -> Notice? {
        switch kind {
        case 0: .ready
        case 1: .result(payload)
        case 2: .error(payload)
        case 3: .initError(payload)
        case 4: .lastError(payload)
        default: nil
        }
    }

    private func number(at place: Int) -> UInt32 {
        UInt32(head[place]) | UInt32(head[place + 1]) << 8 | UInt32(head[place + 2]) << 16 | UInt32(head[place + 3])
            << 24
    }
}
