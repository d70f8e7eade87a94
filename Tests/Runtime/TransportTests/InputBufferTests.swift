import FunctionRuntime
import MailTypes
import Testing

@testable import Transport

@Suite struct InputBufferTests {
    @Test func `octets come out as they went in, whatever the pieces`() {
        let random = SeededRandom(11)
        var buffer = InputBuffer()
        var (written, read) = (0, 0)
        for _ in 0..<400 {
            if random.next() % 3 != 0 {
                let room = buffer.room()
                #expect(room.count > 0 && room.count <= InputBuffer.largestRead)
                let count = random.next() % 4 == 0 ? room.count : Int(random.next() % UInt64(room.count)) + 1
                for index in 0..<count { room[index] = UInt8(truncatingIfNeeded: written + index) }
                buffer.filled(count, of: room.count)
                written += count
            } else {
                let count = random.next() % 2 == 0 ? buffer.count : Int(random.next() % UInt64(buffer.count + 1))
                #expect(
                    buffer.octets.prefix(count).enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: read + $0) })
                buffer.consume(count)
                read += count
                buffer.releaseIfEmpty()
            }
            #expect(buffer.count == written - read)
        }
    }
}
