import Cryptography
import FunctionRuntime
import MailTypes

/// Decodes an aws-chunked body. Throws `SignatureFailure` when a chunk's signature, the trailer's checksum or the
/// length is wrong; read it through a `LookaheadStream`.
///
/// `@unchecked Sendable` holds because an `OctetStream` has one reader, who waits for each piece.
final class AWSChunkedStream: OctetStream, @unchecked Sendable {
    private enum Place { case size, data(remaining: Int), trailer, end }

    private let source: any OctetStream
    private let decodedLength: Int
    private let limits: HTTPLimits
    private let checksumField: String?
    private var checksum: ChecksumStream?
    private var seal: ChunkSeal?
    /// A slice: dropping its first octets moves nothing, however small the chunks are.
    private var buffer: ArraySlice<UInt8> = []
    private var place = Place.size
    private var decoded = 0

    /// - Parameter checksum: the name of the trailer field announced in `x-amz-trailer`; nil without a trailer.
    init(_ body: HTTPBody, decodedLength: Int, seal: ChunkSeal?, checksum field: String?, limits: HTTPLimits) {
        switch body {
        case .octets(let octets): source = OneOctetStream(octets)
        case .stream(let stream, _): source = stream
        }
        (self.decodedLength, self.seal, self.limits) = (decodedLength, seal, limits)
        checksumField = field
        checksum = field.flatMap { ChecksumStream(field: $0) }
    }

    func next() async throws -> Octets? {
        while true {
            switch place {
            case .size:
                let (size, signature) = try Self.sizeLine(try await line())
                guard size <= decodedLength - decoded else { throw SignatureFailure.malformedBody }
                decoded += size
                if let signature, seal != nil {
                    let chunk = try await signedChunk(size, signature)
                    if size > 0 { return chunk }
                    place = .trailer
                } else {
                    guard seal == nil else { throw SignatureFailure.mismatch }
                    place = size == 0 ? .trailer : .data(remaining: size)
                }
            case .data(let remaining):
                if buffer.isEmpty { try await fill() }
                let piece = Octets(buffer.prefix(remaining))
                buffer = buffer.dropFirst(piece.count)
                if piece.count == remaining {
                    try await lineEnd()
                    place = .size
                } else {
                    place = .data(remaining: remaining - piece.count)
                }
                checksum?.update(piece)
                return piece
            case .trailer:
                try await readTrailer()
                guard decoded == decodedLength else { throw SignatureFailure.malformedBody }
                place = .end
            case .end:
                // What follows the coding's end belongs to nobody.
                guard buffer.isEmpty, try await source.next() == nil else { throw SignatureFailure.malformedBody }
                return nil
            }
        }
    }

    /// A whole chunk, believed only once its signature is checked.
    private func signedChunk(_ size: Int, _ signature: String) async throws -> Octets {
        guard size <= limits.unhashedBodyOctets else { throw SignatureFailure.bodyTooLarge }
        while buffer.count < size { try await fill() }
        let chunk = Octets(buffer.prefix(size))
        buffer = buffer.dropFirst(size)
        guard seal?.accepts(chunk, signature: signature) == true else { throw SignatureFailure.mismatch }
        // The last, empty chunk is followed by the trailer or by the empty line that ends everything.
        if size > 0 { try await lineEnd() }
        checksum?.update(chunk)
        return chunk
    }

    /// `1a;chunk-signature=…` as size and signature.
    private static func sizeLine(_ line: Octets) throws -> (Int, signature: String?) {
        guard let size = try? ChunkLine.size(line) else { throw SignatureFailure.malformedBody }
        let prefix = ";chunk-signature="
        guard let semicolon = line.firstIndex(of: 0x3B) else { return (size, nil) }
        let rest = line[semicolon...]
        return (size, rest.starts(with: prefix.utf8) ? Octets(rest.dropFirst(prefix.utf8.count)).text : nil)
    }

    /// Lines up to the empty one: the announced checksum, and the trailer's signature where chunks are signed.
    private func readTrailer() async throws {
        var canonical: Octets = []
        var signature: String?
        var value: String?
        var octets = 0
        while true {
            let line = try await line()
            if line.isEmpty { break }
            octets += line.count
            guard octets <= limits.trailerOctets, let colon = line.firstIndex(of: 0x3A) else {
                throw SignatureFailure.malformedBody
            }
            let name = Octets(line[..<colon]).text.asciiLowercased
            let text = line[(colon + 1)...].split(whereSeparator: \.isBlank).map { Octets($0) }.joined(separator: [0x20]
            )
            if name == "x-amz-trailer-signature" {
                signature = Octets(text).text
            } else if name == checksumField, value == nil {
                value = Octets(text).text
                canonical += Octets(name.utf8) + [0x3A] + text + [.lf]
            } else {
                // Only the announced field is signed for.
                throw SignatureFailure.malformedBody
            }
        }
        if checksumField != nil {
            guard let value else { throw SignatureFailure.malformedBody }
            if seal != nil {
                guard let signature, seal?.accepts(trailer: canonical, signature: signature) == true else {
                    throw SignatureFailure.mismatch
                }
            }
            // A checksum we cannot compute is as good as a wrong one: the client asked for it to be checked.
            guard let checksum, ConstantTime.equal(checksum.finish(), value) else {
                throw SignatureFailure.wrongChecksum(checksum?.algorithm.rawValue ?? "checksum")
            }
        }
    }

    private func lineEnd() async throws {
        guard try await line().isEmpty else { throw SignatureFailure.malformedBody }
    }

    private func line() async throws -> Octets {
        while true {
            if let lineFeed = buffer.prefix(limits.chunkLineOctets + 2).firstIndex(of: .lf) {
                guard lineFeed > buffer.startIndex, buffer[lineFeed - 1] == .cr else {
                    throw SignatureFailure.malformedBody
                }
                let line = Octets(buffer[..<(lineFeed - 1)])
                buffer = buffer[(lineFeed + 1)...]
                return line
            }
            guard buffer.count <= limits.chunkLineOctets else { throw SignatureFailure.malformedBody }
            try await fill()
        }
    }

    private func fill() async throws {
        guard let piece = try await source.next() else { throw SignatureFailure.malformedBody }
        buffer += piece
    }
}
