import FunctionRuntime
import MailTypes

/// A segment's end for one writer: what it appends lies together.
// Used by one task at a time; the number and file never change.
final class SegmentLease: @unchecked Sendable {
    private let segments: Segments
    private let number: Int
    private let file: SegmentFile
    private let start: Int
    private var end: Int
    private var isOver = false

    init(_ segments: Segments, _ number: Int, _ file: SegmentFile, at start: Int) {
        (self.segments, self.number, self.file, self.start, end) = (segments, number, file, start, start)
    }

    deinit { abandon() }

    /// Writes the next octets.
    func append(_ octets: Octets) throws(StoreFailure) {
        try file.write(octets, at: end)
        end += octets.count
    }

    /// Makes what was appended survive a power cut.
    func makeDurable() throws(StoreFailure) { try segments.makeDurable([number]) }

    /// Gives the segment back; the extent is pinned until it is committed or abandoned.
    func finish() -> SegmentExtent {
        isOver = true
        segments.giveBack(number, tail: end, isPinned: true)
        return SegmentExtent(segment: number, place: start, length: end - start)
    }

    /// Gives the segment back as it was.
    func abandon() {
        guard !isOver else { return }
        isOver = true
        // What cannot be cut off is overwritten by the next extent, and cut at the next open at the latest.
        try? file.cut(to: start)
        segments.giveBack(number, tail: start, isPinned: false)
    }
}
