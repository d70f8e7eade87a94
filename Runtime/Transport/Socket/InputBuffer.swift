import Glibc

/// Octets read and not consumed yet. Holds no memory while it is empty and released.
struct InputBuffer: ~Copyable {
    /// Most free room offered to one read.
    static let largestRead = 64 * 1024
    private static let firstRead = 4 * 1024

    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var start = 0
    private var end = 0
    private var nextRead = InputBuffer.firstRead

    deinit { memory.deallocate() }

    /// Octets that wait.
    var count: Int { end - start }

    /// The octets that wait.
    var octets: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<end]) }

    /// Drops the first octets.
    mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= end - start, "more consumed than was read")
        start += count
        if start == end { (start, end) = (0, 0) }
    }

    /// Room to read into: 4 KiB at first, more for a peer that fills what it is given.
    mutating func room() -> UnsafeMutableRawBufferPointer {
        if memory.count - end < nextRead {
            let held = end - start
            if memory.count - held >= nextRead, let first = memory.baseAddress {
                memmove(first, first + start, held)
            } else {
                let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: held + nextRead, alignment: 8)
                if held > 0 { larger.copyMemory(from: octets) }
                memory.deallocate()
                memory = larger
            }
            (start, end) = (0, held)
        }
        return UnsafeMutableRawBufferPointer(rebasing: memory[end..<min(memory.count, end + Self.largestRead)])
    }

    /// Takes in what was read into the room.
    mutating func filled(_ count: Int, of room: Int) {
        end += count
        // The next read is as large as this one deserved: a peer that sends little gets little memory.
        nextRead = count == room ? min(nextRead * 4, Self.largestRead) : count < room / 4 ? Self.firstRead : nextRead
    }

    /// Frees the memory if nothing waits in it: an idle connection must not hold 4 KiB.
    mutating func releaseIfEmpty() {
        guard start == end, memory.count > 0 else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        (start, end, nextRead) = (0, 0, Self.firstRead)
    }
}
