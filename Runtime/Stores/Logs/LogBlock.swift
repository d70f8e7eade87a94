import FunctionRuntime
import MailTypes

/// Lines of one log group that were committed together, oldest position first.
struct LogBlock {
    /// A line; its group is the block's.
    struct Line {
        var position: Int
        var stream: Int
        var at: Timestamp
        var requestID: String?
        var text: String
    }

    /// Octets of text from which a block is full.
    static let octetsMax = 256 << 10

    var lines: [Line] = []

    /// The block's name: the position of the last line it was made with.
    var name: Int
    var earliest: Timestamp { lines.map(\.at).min() ?? Timestamp(milliseconds: 0) }
    var latest: Timestamp { lines.map(\.at).max() ?? Timestamp(milliseconds: 0) }
    var streams: Set<Int> { Set(lines.map(\.stream)) }
    /// The numbers that its requests are found by.
    var requests: Set<Int> { Set(lines.compactMap(\.requestID).map(Self.number)) }

    /// A request id as the number it is found by (FNV-1a); two ids of one number are told apart by the lines.
    static func number(ofRequest id: String) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var id = id
        id.withUTF8 { for octet in $0 { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 } }
        return Int(truncatingIfNeeded: hash)
    }

    // MARK: Octets

    /// For each line: positions before the block's name, stream, milliseconds, and the lengths of request id and text, each as
    /// a number of seven bits an octet; then both texts.
    func encode() -> Octets {
        var octets = Octets()
        octets.reserveCapacity(lines.reduce(0) { $0 + 64 + $1.text.utf8.count })
        func put(_ number: Int) {
            var rest = UInt64(bitPattern: Int64(number))
            while rest > 0x7F {
                octets.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            octets.append(UInt8(rest))
        }
        for line in lines {
            put(name - line.position)
            put(line.stream)
            put(Int(line.at.milliseconds))
            // A line without a request is none with an empty id.
            put(line.requestID.map { $0.utf8.count + 1 } ?? 0)
            put(line.text.utf8.count)
            if let request = line.requestID { octets += request.utf8 }
            octets += line.text.utf8
        }
        return octets
    }

    /// Reads what `encode` wrote.
    init(name: Int, octets: Octets) throws(StoreFailure) {
        self.name = name
        var rest = octets[...]
        func number() throws(StoreFailure) -> Int {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while let octet = rest.popFirst(), shift < 64 {
                value |= UInt64(octet & 0x7F) << shift
                if octet & 0x80 == 0 { return Int(truncatingIfNeeded: value) }
                shift += 7
            }
            throw .damaged("log block \(name)")
        }
        func text(_ count: Int) throws(StoreFailure) -> String {
            guard count >= 0, count <= rest.count else { throw .damaged("log block \(name)") }
            defer { rest = rest.dropFirst(count) }
            return String(decoding: rest.prefix(count), as: UTF8.self)
        }
        while !rest.isEmpty {
            let back = try number()
            let stream = try number()
            let milliseconds = try number()
            let (request, length) = (try number(), try number())
            let requestID = request > 0 ? try text(request - 1) : nil
            lines.append(
                Line(
                    position: name &- back, stream: stream, at: Timestamp(milliseconds: Int64(milliseconds)),
                    requestID: requestID, text: try text(length)))
        }
    }

    /// A block of lines; the last one names it.
    init(_ lines: [Line]) {
        self.lines = lines
        name = lines.last?.position ?? 0
    }
}
