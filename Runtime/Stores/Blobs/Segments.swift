import FunctionRuntime
import Glibc
import MailTypes
import Synchronization

/// Where content lies in a segment: frames one after another.
struct SegmentExtent: Sendable, Hashable {
    let segment: Int
    let place: Int
    let length: Int
}

/// The append-only files that hold larger content, and how much of each is still referred to.
///
/// What is true after a crash is said by the database alone: the table `segments` knows where the last extent that a
/// commit refers to ends, and what lies beyond was never promised and is cut off at open.
final class Segments: Sendable {
    /// A segment of this size takes nothing more.
    static let fullAt = 256 << 20
    /// The share of a segment that must be dead before it is emptied by itself…
    static let deadShare = 0.5
    /// …and the octets.
    static let deadOctets = 16 << 20
    /// Segments kept open for reading beyond those being written.
    private static let keptOpen = 64

    private struct Segment {
        var file: SegmentFile?
        /// Where the next extent begins.
        var tail: Int
        /// Octets that commits refer to.
        var live: Int
        /// Extents written that no commit has taken or refused yet.
        var pins = 0
        var isLeased = false
        var isNameDurable: Bool
        /// Compaction empties it: nothing is appended any more.
        var isRetiring = false

        /// True when so much of it is dead, and nobody writes it just now.
        func isWorthEmptying(deadShare: Double, atLeast octets: Int) -> Bool {
            let dead = tail - live
            return !isLeased && !isRetiring && pins == 0 && live > 0 && dead > octets
                && Double(dead) > Double(tail) * deadShare
        }
    }

    private struct State {
        var segments: [Int: Segment] = [:]
        var next = 1
        var writers: Int?
    }

    private let directory: String
    private let log: Log
    private let state = Mutex(State())
    /// In a structure: a closure by itself would be wrapped once more by each look at it.
    private struct Listener: Sendable { let compact: @Sendable () -> Void }
    private let whenDead = Mutex<Listener?>(nil)

    /// Opens the segments of a directory, cuts torn tails and removes what nothing refers to.
    init(_ directory: String, _ db: Connection, log: Log) throws(StoreFailure) {
        self.directory = directory
        self.log = log
        try FileSystem.make(directory: directory)
        var found = State()
        do {
            let rows = try db.rows("SELECT n, tail, live FROM segments")
            while try rows.step() {
                let (number, tail, live) = (rows.int(0), rows.int(1), rows.int(2))
                found.next = max(found.next, number + 1)
                if live > 0 { found.segments[number] = Segment(tail: tail, live: live, isNameDurable: true) }
            }
        }
        try db.run("DELETE FROM segments WHERE live <= 0 AND n < (SELECT max(n) FROM segments)")
        for name in try FileSystem.names(in: directory) where name.hasSuffix(".seg") {
            guard let number = Int(name.dropLast(4)) else { continue }
            found.next = max(found.next, number + 1)
            guard let segment = found.segments[number] else {
                unlink(directory + "/" + name)
                continue
            }
            let file = try SegmentFile(directory + "/" + name, create: false)
            let size = try file.size()
            if size > segment.tail {
                log.warning(
                    "segment.cut", .other("segment", name), .octets(size - segment.tail),
                    .reason("written but never committed"))
                try file.cut(to: segment.tail)
            } else if size < segment.tail {
                log.error(
                    "segment.short", .other("segment", name), .octets(segment.tail - size),
                    .reason("content that was committed is missing"), .advice("restore this file from the backup"))
            }
        }
        state.withLock { $0 = found }
    }

    /// A segment for one writer alone until it gives it back.
    func lease() throws(StoreFailure) -> SegmentLease {
        let (number, file, tail) = try claim { !$0.isLeased && !$0.isRetiring && $0.tail < Self.fullAt }
        return SegmentLease(self, number, file, at: tail)
    }

    /// Appends for the writer's thread, which has a segment of its own. The extent is pinned.
    func append(_ frames: [Octets]) throws(StoreFailure) -> SegmentExtent {
        let lease = try lease(preferring: state.withLock { $0.writers })
        for frame in frames {
            do throws(StoreFailure) { try lease.append(frame) } catch {
                lease.abandon()
                throw error
            }
        }
        let extent = lease.finish()
        state.withLock { $0.writers = extent.segment }
        return extent
    }

    private func lease(preferring number: Int?) throws(StoreFailure) -> SegmentLease {
        let isUsable = number.map { number in
            state.withLock { state -> Bool in
                guard let segment = state.segments[number] else { return false }
                return !segment.isLeased && !segment.isRetiring && segment.tail < Self.fullAt
            }
        }
        guard let number, isUsable == true else { return try lease() }
        let file = try file(number)
        let tail = state.withLock { state -> Int? in
            guard state.segments[number]?.isLeased == false else { return nil }
            state.segments[number]?.isLeased = true
            return state.segments[number]?.tail
        }
        guard let tail else { return try lease() }
        return SegmentLease(self, number, file, at: tail)
    }

    private func claim(_ isFit: (Segment) -> Bool) throws(StoreFailure) -> (Int, SegmentFile, Int) {
        let found = state.withLock { state -> Int? in
            let number = state.segments.filter { isFit($0.value) && $0.key != state.writers }.keys.min()
            if let number { state.segments[number]?.isLeased = true }
            return number
        }
        if let found {
            do throws(StoreFailure) {
                let file = try file(found)
                return (found, file, state.withLock { $0.segments[found]?.tail ?? 0 })
            } catch {
                state.withLock { $0.segments[found]?.isLeased = false }
                throw error
            }
        }
        let number = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        let file = try SegmentFile(path(number), create: true)
        state.withLock {
            $0.segments[number] = Segment(file: file, tail: 0, live: 0, isLeased: true, isNameDurable: false)
        }
        return (number, file, 0)
    }

    /// Takes a lease back: the next extent begins here. `isPinned`: what was written awaits its commit.
    func giveBack(_ number: Int, tail: Int, isPinned: Bool) {
        state.withLock { state in
            state.segments[number]?.isLeased = false
            state.segments[number]?.tail = tail
            if isPinned { state.segments[number]?.pins += 1 }
        }
    }

    /// A commit refers to this extent from now on.
    func committed(_ extent: SegmentExtent) {
        state.withLock { state in
            state.segments[extent.segment]?.pins -= 1
            state.segments[extent.segment]?.live += extent.length
        }
    }

    /// No commit will ever refer to this extent.
    /// - Parameter wasTried: true when a commit has tried and failed. Its room is not used again then: should the disk have
    ///   kept the commit all the same, what it refers to must be there after a restart.
    func abandoned(_ extent: SegmentExtent, wasTried: Bool) {
        state.withLock { state in
            guard var segment = state.segments[extent.segment] else { return }
            segment.pins -= 1
            // The last extent's room is free for the next one.
            if !wasTried, !segment.isLeased, segment.tail == extent.place + extent.length {
                segment.tail = extent.place
            }
            state.segments[extent.segment] = segment
        }
        removeIfUnused(extent.segment)
    }

    /// A commit has removed the last reference to this extent.
    func released(_ extent: SegmentExtent) {
        let isMostlyDead = state.withLock { state -> Bool in
            state.segments[extent.segment]?.live -= extent.length
            guard let segment = state.segments[extent.segment] else { return false }
            return segment.isWorthEmptying(deadShare: Self.deadShare, atLeast: Self.deadOctets)
        }
        removeIfUnused(extent.segment)
        if isMostlyDead { whenDead.withLock { $0 }?.compact() }
    }

    /// Calls this whenever a segment is found to be mostly dead.
    func whenDead(_ compact: @escaping @Sendable () -> Void) { whenDead.withLock { $0 = Listener(compact: compact) } }

    private func removeIfUnused(_ number: Int) {
        let isUnused = state.withLock { state -> Bool in
            guard let segment = state.segments[number], segment.live <= 0, segment.pins == 0, !segment.isLeased else {
                return false
            }
            state.segments[number] = nil
            if state.writers == number { state.writers = nil }
            return true
        }
        if isUnused { unlink(path(number)) }
    }

    /// Makes these segments durable: their octets, and their names when they are new.
    func makeDurable(_ numbers: [Int]) throws(StoreFailure) {
        var hasNewNames = false
        for number in Set(numbers) {
            try file(number).makeDurable()
            if state.withLock({ $0.segments[number]?.isNameDurable == false }) { hasNewNames = true }
        }
        guard hasNewNames else { return }
        try FileSystem.makeDurable(directory: directory)
        state.withLock { state in
            for number in numbers { state.segments[number]?.isNameDurable = true }
        }
    }

    /// Octets of a segment; fewer when it ends before. `.damaged` when the segment is missing, which is also what who reads
    /// an old snapshot sees after compaction.
    func read(_ count: Int, at place: Int, of number: Int) throws(StoreFailure) -> Octets {
        do throws(StoreFailure) { return try file(number).read(count, at: place) } catch {
            if case .notFound(let path) = error { throw .damaged("\(path) is missing") }
            throw error
        }
    }

    /// Segments of which more than this share and so many octets are dead, most first, without those in use. They take
    /// nothing more.
    func retire(deadShare: Double, atLeast octets: Int) -> [Int] {
        state.withLock { state in
            let worst = state.segments.filter { _, segment in
                segment.isWorthEmptying(deadShare: deadShare, atLeast: octets)
            }.sorted { $0.value.live < $1.value.live }.map(\.key)
            for number in worst {
                state.segments[number]?.isRetiring = true
                if state.writers == number { state.writers = nil }
            }
            return worst
        }
    }

    /// Octets of a segment that no commit refers to.
    func dead(in number: Int) -> Int {
        state.withLock { state in state.segments[number].map { $0.tail - $0.live } ?? 0 }
    }

    /// A segment that could not be emptied takes content again.
    func unretire(_ number: Int) { state.withLock { $0.segments[number]?.isRetiring = false } }

    /// Octets of all segments, and those of them that commits refer to.
    var usage: (all: Int, live: Int) {
        state.withLock { state in
            state.segments.values.reduce((0, 0)) { ($0.0 + $1.tail, $0.1 + $1.live) }
        }
    }

    private func file(_ number: Int) throws(StoreFailure) -> SegmentFile {
        if let file = state.withLock({ $0.segments[number]?.file }) { return file }
        let file = try SegmentFile(path(number), create: false)
        return state.withLock { state in
            if let other = state.segments[number]?.file { return other }
            let open = state.segments.filter { $0.value.file != nil && !$0.value.isLeased && $0.value.isNameDurable }
            if open.count >= Self.keptOpen, let one = open.keys.randomElement() { state.segments[one]?.file = nil }
            state.segments[number]?.file = file
            return file
        }
    }

    private func path(_ number: Int) -> String {
        let digits = String(number)
        return "\(directory)/\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).seg"
    }
}
