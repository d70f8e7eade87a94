import FunctionRuntime
import MailTypes
import Synchronization

extension SQLiteStores {
    /// Contents moved in one commit.
    private static let compactionStep = 32

    /// Moves what is still referred to out of segments that are mostly dead, and removes those. Reading and writing go on.
    ///
    /// The stores do this by themselves when half of a segment, and 16 MiB at least, is dead.
    /// - Parameters:
    ///   - deadShare: the share of a segment that must be dead, 0 to 1.
    ///   - deadOctets: octets of it that must be dead.
    /// - Returns: segments emptied; 0 when a compaction is running already.
    @discardableResult
    public func compact(deadShare: Double = 0.5, deadOctets: Int = 0) async throws(StoreFailure) -> Int {
        try await compaction(deadShare: deadShare, deadOctets: deadOctets).segments
    }

    /// Compacts, and tells the segments emptied and the dead octets that went with them.
    func compaction(deadShare: Double, deadOctets: Int) async throws(StoreFailure) -> (segments: Int, octets: Int) {
        let isFirst = compacting.withLock { compacting in
            defer { compacting = true }
            return !compacting
        }
        guard isFirst else { return (0, 0) }
        defer { compacting.withLock { $0 = false } }
        var emptied = (segments: 0, octets: 0)
        var left = segments.retire(deadShare: deadShare, atLeast: deadOctets)
        // What is not reached takes content again. A segment with damaged content stays retired until the next open.
        defer { for segment in left { segments.unretire(segment) } }
        while let segment = left.first, !Task.isCancelled {
            let dead = segments.dead(in: segment)
            if try await empty(segment) { emptied = (emptied.segments + 1, emptied.octets + dead) }
            left.removeFirst()
        }
        if emptied.segments > 0 {
            log.info("segments.compacted", .count(emptied.segments), .octets(emptied.octets))
        }
        return emptied
    }

    /// Compacts beside everything else. Nobody waits: what fails is tried again with the next content that goes.
    func compactSometime() {
        let isRunning = compacting.withLock { $0 }
        guard !isRunning else { return }
        Task { [weak self, log] in
            do throws(StoreFailure) { try await self?.compact(deadOctets: Segments.deadOctets) } catch {
                log.warning("segments.left", .reason("\(error)"))
            }
        }
    }

    /// Octets of all segments, and those of them that are referred to.
    public var segmentUsage: (octets: Int, live: Int) {
        let usage = segments.usage
        return (usage.all, usage.live)
    }

    /// Moves everything out of a segment; false when damaged content stays in it.
    private func empty(_ segment: Int) async throws(StoreFailure) -> Bool {
        var from = -1
        var isWhole = true
        while true {
            let start = from
            let found = try await readers.read { db throws(StoreFailure) in
                let rows = try db.rows(
                    """
                    SELECT n, size, digest, place, length FROM blobs WHERE segment = ? AND place > ?
                    ORDER BY place LIMIT ?
                    """, .int(segment), .int(start), .int(Self.compactionStep))
                var found: [BlobRow] = []
                while try rows.step() {
                    found.append(
                        BlobRow(
                            number: rows.int(0), size: rows.int(1), digest: rows.octets(2),
                            extent: SegmentExtent(segment: segment, place: rows.int(3), length: rows.int(4))))
                }
                return found
            }
            guard let last = found.last?.extent else { return isWhole }
            from = last.place
            if try await move(found) < found.count { isWhole = false }
        }
    }

    /// Copies contents to another segment and points their rows there. Returns how many were whole.
    private func move(_ found: [BlobRow]) async throws(StoreFailure) -> Int {
        let (segments, log) = (self.segments, self.log)
        let copies = try await disk.run { () throws(StoreFailure) in
            var copies: [(blob: BlobRow, from: SegmentExtent, to: SegmentExtent)] = []
            do throws(StoreFailure) {
                for blob in found {
                    guard let from = blob.extent else { continue }
                    if let to = try segments.copy(from, size: blob.size) {
                        copies.append((blob, from, to))
                    } else {
                        log.error(
                            "content.damaged",
                            .reason("content \(SealedPlace.hex(blob.digest)) in segment \(from.segment)"),
                            .advice("the rest is served; restore this content from the backup"))
                    }
                }
            } catch {
                for copy in copies { segments.abandoned(copy.to, wasTried: false) }
                throw error
            }
            return copies
        }
        do throws(StoreFailure) {
            try await writer.write { transaction throws(StoreFailure) in
                for copy in copies { try Self.repoint(copy.blob, from: copy.from, to: copy.to, segments, transaction) }
            }
        } catch {
            for copy in copies { segments.abandoned(copy.to, wasTried: true) }
            throw error
        }
        return copies.count
    }

    private static func repoint(
        _ blob: BlobRow, from: SegmentExtent, to: SegmentExtent, _ segments: Segments, _ transaction: Transaction
    ) throws(StoreFailure) {
        let db = transaction.db
        try db.run(
            "UPDATE blobs SET segment = ?, place = ? WHERE n = ? AND segment = ? AND place = ?", .int(to.segment),
            .int(to.place), .int(blob.number), .int(from.segment), .int(from.place))
        guard db.changes == 1 else {
            // It was released meanwhile.
            return transaction.afterCommit { segments.abandoned(to, wasTried: true) }
        }
        try db.run(
            """
            INSERT INTO segments(n, tail, live) VALUES(?, ?, ?)
            ON CONFLICT(n) DO UPDATE SET tail = max(tail, excluded.tail), live = live + excluded.live
            """, .int(to.segment), .int(to.place + to.length), .int(to.length))
        try db.run("UPDATE segments SET live = live - ? WHERE n = ?", .int(from.length), .int(from.segment))
        transaction.touch(segment: to.segment)
        transaction.afterCommit {
            segments.committed(to)
            segments.released(from)
        }
    }
}

extension Segments {
    /// Copies an extent frame by frame to another segment, where it is pinned; nil when a frame is damaged.
    fileprivate func copy(_ from: SegmentExtent, size: Int) throws(StoreFailure) -> SegmentExtent? {
        guard from.length == ContentCipher.framedOctets(for: size) else { return nil }
        let lease = try lease()
        var place = 0
        var number: UInt32 = 0
        while place < from.length {
            let frame = try read(
                min(ContentCipher.frameOctets, from.length - place), at: from.place + place, of: from.segment)
            guard frame.withUnsafeBytes({ ContentCipher.isWhole($0, number: number) }) else {
                lease.abandon()
                return nil
            }
            try lease.append(frame)
            place += frame.count
            number += 1
        }
        return lease.finish()
    }
}
