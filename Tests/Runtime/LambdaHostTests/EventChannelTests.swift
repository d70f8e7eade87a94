import Glibc
import MailTypes
import Synchronization
import Testing
import Transport

@testable import LambdaHost

@Suite struct EventChannelTests {
    /// Takes its time over a notice, until somebody who drains believes to have heard it.
    private final class Slow: EventChannel.Listener {
        let (hasBegun, hasHeard, isDrained) = (Flag(), Flag(), Flag())

        func hear(_ notice: ChannelReader.Notice) {
            hasBegun.raise()
            for _ in 0..<20_000 where !isDrained.isUp { sched_yield() }
            hasHeard.raise()
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isUp: Bool { value.load(ordering: .acquiring) }
        func raise() { value.store(true, ordering: .releasing) }
    }

    /// A process's last words were read by a loop and not heard yet when its end was noticed: it seemed to have said nothing.
    @Test func `who drains has heard all, also what a loop has read just before`() throws {
        let loops = EventLoopGroup()
        let channel = try #require(EventChannel(on: loops.loops[0], limitOctets: 1000))
        let slow = Slow()
        channel.start(slow)
        let frame: Octets = [3, 0, 0, 0, 1, 0, 0, 0, 0x78]
        #expect(write(channel.theirs, frame, frame.count) == frame.count)
        while !slow.hasBegun.isUp { sched_yield() }
        channel.drain()
        #expect(slow.hasHeard.isUp)
        slow.isDrained.raise()
        channel.close()
        Glibc.close(channel.theirs)
    }

    @Test func `events and answers are counted where the process can read and nobody but the host can write`() throws {
        let loops = EventLoopGroup()
        let channel = try #require(EventChannel(on: loops.loops[0], limitOctets: 1000, countsEvents: true))
        let page = try #require(channel.count?.theirs)
        /// The lowest octets of events and answers.
        func counted() -> [UInt8] {
            var octets = [UInt8](repeating: 0xFF, count: 9)
            #expect(pread(page, &octets, 9, 0) == 9)
            return [octets[0], octets[8]]
        }
        #expect(counted() == [0, 0])
        for number in 1...300 {
            let (former, now) = (UInt8(truncatingIfNeeded: number - 1), UInt8(truncatingIfNeeded: number))
            channel.send(EventFrame(eventOctets: 0), on: nil)
            #expect(counted() == [now, former])
            var frame = Octets(repeating: 0xFF, count: 16)
            #expect(read(channel.theirs, &frame, frame.count) == ChannelReader.headOctets)
            // Half an answer is none, and a second one is nobody's.
            let answer: Octets = [1, 0, 0, 0, 1, 0, 0, 0, 0x78]
            #expect(write(channel.theirs, answer, 8) == 8)
            channel.drain()
            #expect(counted() == [now, former])
            #expect(write(channel.theirs, [UInt8](answer[8...]), 1) == 1)
            #expect(write(channel.theirs, answer, answer.count) == answer.count)
            channel.drain()
            #expect(counted() == [now, now])
        }
        #expect(pwrite(page, "x", 1, 0) == -1 && errno == EPERM)
        #expect(ftruncate(page, 0) == -1 && errno == EPERM)
        #expect(mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0) == MAP_FAILED && errno == EPERM)
        channel.close()
        for end in [channel.theirs, page] { Glibc.close(end) }
    }

    @Test func `an event that takes its process to another core arrives whole, and leaves it the choice of all`() throws
    {
        let loops = EventLoopGroup()
        let channel = try #require(EventChannel(on: loops.loops[0], limitOctets: 1000, countsEvents: true))
        // Nobody whom it could move: it does not wait awake.
        #expect(channel.place(awake: 1000, sharesCore: true) == 0)
        // Who says something is known: this process.
        let loaded: Octets = [0, 0, 0, 0, 0, 0, 0, 0]
        #expect(write(channel.theirs, loaded, loaded.count) == loaded.count)
        channel.drain()
        let everywhere = try #require(WaitingAwakeTests.cores(of: getpid()))
        for sharesCore in [true, false, true, true] {
            #expect(channel.place(awake: 0, sharesCore: sharesCore) == 0)
            #expect(channel.place(awake: 1000, sharesCore: sharesCore) == 1000)
            var frame = EventFrame(eventOctets: 3)
            frame.add("request")
            frame.end(with: [1, 2, 3])
            channel.send(frame, on: nil)
            #expect(WaitingAwakeTests.cores(of: getpid()) == everywhere)
            var heard = Octets(repeating: 0, count: 100)
            #expect(read(channel.theirs, &heard, heard.count) == frame.octets.count)
            #expect(heard.prefix(frame.octets.count) == frame.octets[...])
        }
        channel.close()
        if let page = channel.count?.theirs { Glibc.close(page) }
        Glibc.close(channel.theirs)
    }

    @Test func `for a process that can look at its end nothing is counted`() throws {
        let loops = EventLoopGroup()
        let channel = try #require(EventChannel(on: loops.loops[0], limitOctets: 1000))
        #expect(channel.count == nil)
        channel.close()
        Glibc.close(channel.theirs)
    }
}
