import Cryptography
import FunctionRuntime
import MailTypes

/// Takes in one content: seals it chunk by chunk, and lets go of what is large before it is complete.
///
/// Up to 16 KiB it waits whole for a row; up to 256 KiB as frames for the writer's segment, which shares one fdatasync
/// among all of a batch; beyond that it streams to a segment of its own, so that memory stays bounded.
// Used by one task at a time, as `ContentWriter` says.
final class ContentStaging: ContentWriter, @unchecked Sendable {
    /// Most octets that rest in a row.
    static let wholeOctets = 16 << 10
    /// Most octets that wait in memory for the writer's segment.
    static let collectedOctets = 256 << 10

    private let keys: KeyRing
    private let segments: Segments
    private let disk: DiskThreads
    private let key: SealingKey
    private let authenticator: Authenticator
    private var cipher: ContentCipher?
    private var head: Octets = []
    private var rest: Octets = []
    private var size = 0
    private var frames: [Octets] = []
    private var framed: UInt32 = 0
    private var lease: SegmentLease?
    private var isOver = false

    init(keys: KeyRing, segments: Segments, disk: DiskThreads) {
        (self.keys, self.segments, self.disk) = (keys, segments, disk)
        key = SealingKey(from: keys.random)
        authenticator = HMACSHA256.authenticator(key: keys.digest.octets)
    }

    func append(_ octets: Octets) async throws(StoreFailure) {
        guard !isOver else { throw .conflict("content was finished or discarded") }
        authenticator.update(octets)
        size += octets.count
        if rest.isEmpty, framed == 0 { rest = octets } else { rest += octets }
        // A chunk is sealed when more follows it: the last one is marked.
        guard size > Self.wholeOctets, rest.count > ContentCipher.chunkOctets else { return }
        if framed == 0 { head = Octets(rest.prefix(ContentCipher.chunkOctets)) }
        var start = 0
        while rest.count - start > ContentCipher.chunkOctets {
            frames.append(frame(rest[start..<start + ContentCipher.chunkOctets], isLast: false))
            start += ContentCipher.chunkOctets
            if size > Self.collectedOctets { try await flush() }
        }
        rest.removeFirst(start)
    }

    func finish() async throws(StoreFailure) -> StagedContent {
        guard !isOver else { throw .conflict("content was finished or discarded") }
        let digest = authenticator.finish()
        if framed == 0 { head = rest.count <= ContentCipher.chunkOctets ? rest : Octets(rest.prefix(64 << 10)) }
        let form: StagedBlob.Form
        if size <= Self.wholeOctets {
            form = .whole(ContentCipher(key).sealWhole(rest, digest: digest))
        } else {
            frames.append(frame(rest[...], isLast: true))
            if lease != nil || size > Self.collectedOctets { try await flush(isLast: true) }
            form = lease.map { .extent($0.finish()) } ?? .frames(frames)
        }
        isOver = true
        lease = nil
        frames = []
        rest = []
        let blob = StagedBlob(key: key, digest: digest, size: size, form: form, segments: segments)
        return StagedContent(token: blob, size: size, head: head)
    }

    func discard() {
        isOver = true
        frames = []
        rest = []
        head = []
        lease?.abandon()
        lease = nil
    }

    private func frame(_ plain: ArraySlice<UInt8>, isLast: Bool) -> Octets {
        let cipher = self.cipher ?? ContentCipher(key)
        self.cipher = cipher
        defer { framed += 1 }
        return plain.withUnsafeBytes { cipher.frame($0, number: framed, isLast: isLast) }
    }

    /// Writes the frames so far to a segment of this content's own, on a thread that may block. The last ones take the
    /// others along to the disk, so that the writer's thread need not wait for what is large.
    private func flush(isLast: Bool = false) async throws(StoreFailure) {
        let lease: SegmentLease
        if let own = self.lease {
            lease = own
        } else {
            let segments = self.segments
            lease = try await disk.run { () throws(StoreFailure) in try segments.lease() }
            self.lease = lease
        }
        let frames = self.frames
        self.frames = []
        do throws(StoreFailure) {
            try await disk.run { () throws(StoreFailure) in
                for frame in frames { try lease.append(frame) }
                if isLast { try lease.makeDurable() }
            }
        } catch {
            discard()
            throw error
        }
    }
}
