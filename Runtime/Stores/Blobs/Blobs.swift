import FunctionRuntime
import MailTypes
import Synchronization

/// Where a blob rests and what it is called: a row of the table `blobs`.
struct BlobRow: Sendable {
    let number: Int
    let size: Int
    let digest: Octets
    /// Nil for content in a row.
    let extent: SegmentExtent?
}

/// Content by number: rows, reference counts, and the way to their octets.
final class Blobs: Sendable {
    let segments: Segments
    private let next: Mutex<Int>

    init(_ segments: Segments, _ db: Connection) throws(StoreFailure) {
        self.segments = segments
        let rows = try db.rows("SELECT max(n) FROM blobs")
        next = Mutex(try rows.step() ? rows.int(0) + 1 : 1)
    }

    /// Gives staged content a number and so many references; its octets are durable with the commit.
    func insert(_ staged: StagedBlob, references: Int, in transaction: Transaction) throws(StoreFailure) -> Int {
        let db = transaction.db
        if let number = staged.number {
            try add(references, to: number, in: transaction)
            guard db.changes == 1 else { throw .conflict("content was staged for one commit and is gone") }
            return number
        }
        let number = next.withLock { next in
            defer { next += 1 }
            return next
        }
        switch staged.form {
        case .whole(let sealed):
            try db.run(
                "INSERT INTO blobs(n, refs, size, digest) VALUES(?, ?, ?, ?)", .int(number), .int(references),
                .int(staged.size), .octets(staged.digest))
            try db.run("INSERT INTO contents(blob, sealed) VALUES(?, ?)", .int(number), content: sealed)
        case .frames(let frames):
            let extent = try segments.append(frames)
            transaction.ifUndone { [segments] in segments.abandoned(extent, wasTried: true) }
            transaction.touch(segment: extent.segment)
            try insert(number, references, staged, extent, in: transaction)
        case .extent(let extent):
            // Durable since it was finished.
            try insert(number, references, staged, extent, in: transaction)
        }
        staged.number = number
        transaction.ifUndone { staged.number = nil }
        return number
    }

    private func insert(
        _ number: Int, _ references: Int, _ staged: StagedBlob, _ extent: SegmentExtent, in transaction: Transaction
    ) throws(StoreFailure) {
        try transaction.db.run(
            "INSERT INTO blobs(n, refs, size, digest, segment, place, length) VALUES(?, ?, ?, ?, ?, ?, ?)",
            .int(number), .int(references), .int(staged.size), .octets(staged.digest), .int(extent.segment),
            .int(extent.place), .int(extent.length))
        try transaction.db.run(
            """
            INSERT INTO segments(n, tail, live) VALUES(?, ?, ?)
            ON CONFLICT(n) DO UPDATE SET tail = max(tail, excluded.tail), live = live + excluded.live
            """, .int(extent.segment), .int(extent.place + extent.length), .int(extent.length))
        transaction.afterCommit { [segments] in segments.committed(extent) }
    }

    /// Adds references to a blob.
    func add(_ references: Int, to number: Int, in transaction: Transaction) throws(StoreFailure) {
        try transaction.db.run("UPDATE blobs SET refs = refs + ? WHERE n = ?", .int(references), .int(number))
    }

    /// Takes references away; the last one takes the content with it.
    func release(_ references: Int, of number: Int, in transaction: Transaction) throws(StoreFailure) {
        let db = transaction.db
        var left = 0
        var extent: SegmentExtent?
        do {
            let rows = try db.rows("SELECT refs, segment, place, length FROM blobs WHERE n = ?", .int(number))
            guard try rows.step() else { return }
            left = rows.int(0) - references
            if !rows.isNull(1) { extent = SegmentExtent(segment: rows.int(1), place: rows.int(2), length: rows.int(3)) }
        }
        if left > 0 {
            try db.run("UPDATE blobs SET refs = ? WHERE n = ?", .int(left), .int(number))
            return
        }
        try db.run("DELETE FROM blobs WHERE n = ?", .int(number))
        try db.run("DELETE FROM summaries WHERE blob = ?", .int(number))
        guard let extent else { return try db.run("DELETE FROM contents WHERE blob = ?", .int(number)) }
        try db.run("UPDATE segments SET live = live - ? WHERE n = ?", .int(extent.length), .int(extent.segment))
        transaction.afterCommit { [segments] in segments.released(extent) }
    }

    /// The row of a blob.
    func row(_ number: Int, _ db: Connection) throws(StoreFailure) -> BlobRow {
        let rows = try db.rows("SELECT size, digest, segment, place, length FROM blobs WHERE n = ?", .int(number))
        guard try rows.step() else { throw .damaged("content \(number) has no row") }
        let extent =
            rows.isNull(2) ? nil : SegmentExtent(segment: rows.int(2), place: rows.int(3), length: rows.int(4))
        return BlobRow(number: number, size: rows.int(0), digest: rows.octets(1), extent: extent)
    }

    /// The content's octets in this range as far as they exist; nil: all. Only the chunks needed are opened.
    func read(_ blob: BlobRow, key: SealingKey, range: Range<Int>?, _ db: Connection) throws(StoreFailure) -> Octets {
        let range = (range ?? 0..<blob.size).clamped(to: 0..<blob.size)
        if let extent = blob.extent { return try read(blob, extent, key: key, range: range) }
        let rows = try db.rows("SELECT sealed FROM contents WHERE blob = ?", .int(blob.number))
        guard try rows.step(),
            let whole = rows.withOctets(0, { ContentCipher(key).openWhole($0, digest: blob.digest) }),
            whole.count == blob.size
        else { throw .damaged("content \(SealedPlace.hex(blob.digest))") }
        return range.count == whole.count ? whole : Octets(whole[range])
    }

    private func read(_ blob: BlobRow, _ extent: SegmentExtent, key: SealingKey, range: Range<Int>)
        throws(StoreFailure) -> Octets
    {
        guard !range.isEmpty, extent.length == ContentCipher.framedOctets(for: blob.size) else {
            if range.isEmpty { return [] }
            throw .damaged("content \(SealedPlace.hex(blob.digest))")
        }
        let cipher = ContentCipher(key)
        let chunk = ContentCipher.chunkOctets
        let last = (blob.size - 1) / chunk
        var octets: Octets = []
        octets.reserveCapacity(range.count)
        for index in range.lowerBound / chunk...(range.upperBound - 1) / chunk {
            let plainOctets = index == last ? blob.size - index * chunk : chunk
            let frameOctets = plainOctets + ContentCipher.frameOctets - chunk
            let frame = try segments.read(
                frameOctets, at: extent.place + index * ContentCipher.frameOctets, of: extent.segment)
            var isWhole = false
            let plain = Octets(unsafeUninitializedCapacity: plainOctets) { out, count in
                let room = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(out)[0..<plainOctets])
                isWhole = frame.withUnsafeBytes {
                    cipher.open(frame: $0, number: UInt32(index), isLast: index == last, into: room)
                }
                count = isWhole ? plainOctets : 0
            }
            guard isWhole else { throw .damaged("content \(SealedPlace.hex(blob.digest))") }
            let first = max(range.lowerBound - index * chunk, 0)
            let end = min(range.upperBound - index * chunk, plainOctets)
            octets += plain[first..<end]
        }
        return octets
    }
}
