import FunctionRuntime
import Glibc
import MailTypes
import Synchronization

/// Work in hand as a file in memory: writing into it costs no call, and what a process wrote stays when it crashes. A power
/// cut may lose it, which only means that counting begins anew.
///
/// The first octets say of which signal the last process died, if of one of its own making: written by a signal handler,
/// since nobody else is left. A process that is killed from outside leaves no mark, so `kill -9` blames no message.
public final class InHandFile: WorkInHand {
    /// Messages and jobs at one time; what comes above that is not written down.
    static let places = 2048
    private static let placeOctets = 32
    private static let headOctets = 32

    /// One place: the id, and how many crashes met it; a place with the id 0 is free.
    private struct Place {
        var id: Identifier128?
        var crashes: UInt32
        var isInHand: Bool
    }

    private struct State {
        var placeOfID: [Identifier128: Int] = [:]
        var free: [Int]
        /// In hand at a crash before; they take turns.
        var suspects: [Identifier128: UInt32]
        /// The suspect whose turn it is.
        var onTurn: Identifier128?
    }

    /// The mapped octets. Unchecked because a raw pointer is not Sendable: places are written under the state's lock, the
    /// mark by the signal handler alone, and the mapping lasts as long as the process.
    private struct Memory: @unchecked Sendable {
        let start: UnsafeMutableRawPointer
    }

    private let memory: Memory
    private let state: Mutex<State>
    private let turn = ConcurrencyGate(limit: 1, waitersMax: .max)

    /// Opens the file of a data directory, making it if need be, and counts what the last process left in it.
    public init(_ path: String) throws(StoreFailure) {
        let size = Self.headOctets + Self.places * Self.placeOctets
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NoSpace.failure(errno, doing: "opening \(path)") }
        defer { close(descriptor) }
        // Room that is not there would end the process at the first write, by a signal of its own.
        let problem = posix_fallocate(descriptor, 0, off_t(size))
        guard problem == 0 else { throw NoSpace.failure(problem, doing: "making room for \(path)") }
        let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let start, start != MAP_FAILED else { throw NoSpace.failure(errno, doing: "mapping \(path)") }
        memory = Memory(start: start)
        let crashed = start.load(as: UInt32.self) != 0
        start.storeBytes(of: 0, as: UInt32.self)
        var state = State(free: [], suspects: [:])
        for index in (0..<Self.places).reversed() {
            var place = Self.read(start, index)
            if crashed, place.isInHand { place.crashes += 1 }
            if let id = place.id, place.crashes > 0 {
                (state.placeOfID[id], state.suspects[id]) = (index, place.crashes)
                place.isInHand = false
                Self.write(place, start, index)
            } else {
                Self.write(Place(id: nil, crashes: 0, isInHand: false), start, index)
                state.free.append(index)
            }
        }
        self.state = Mutex(state)
    }

    public var poisonous: [Identifier128] {
        state.withLock { $0.suspects.filter { $0.value >= InHandLimits.crashes }.map(\.key) }
    }

    public func begin(_ id: Identifier128) async {
        let isSuspect = state.withLock { $0.suspects[id] != nil }
        if isSuspect { _ = await turn.enter() }
        state.withLock { state in
            if isSuspect { state.onTurn = id }
            let crashes = state.suspects[id] ?? 0
            guard let index = state.placeOfID[id] ?? state.free.popLast() else { return }
            state.placeOfID[id] = index
            Self.write(Place(id: id, crashes: crashes, isInHand: true), memory.start, index)
        }
    }

    public func takesTurns(_ id: Identifier128) -> Bool { state.withLock { $0.suspects[id] != nil } }

    public func pause(_ id: Identifier128) { mark(id, isInHand: false) }
    public func resume(_ id: Identifier128) { mark(id, isInHand: true) }

    private func mark(_ id: Identifier128, isInHand: Bool) {
        state.withLock { state in
            // A suspect's place keeps what is known of it.
            guard state.suspects[id] == nil, let index = state.placeOfID[id] else { return }
            Self.write(Place(id: id, crashes: 0, isInHand: isInHand), memory.start, index)
        }
    }

    public func end(_ id: Identifier128) {
        let wasOnTurn = state.withLock { state -> Bool in
            if let index = state.placeOfID.removeValue(forKey: id) {
                Self.write(Place(id: nil, crashes: 0, isInHand: false), memory.start, index)
                state.free.append(index)
            }
            state.suspects[id] = nil
            guard state.onTurn == id else { return false }
            state.onTurn = nil
            return true
        }
        if wasOnTurn { turn.leave() }
    }

    /// From now on a crash of this process is written down. Whatever handled such signals before still does.
    public func watchForCrashes() { CrashMark.watch(memory.start.assumingMemoryBound(to: UInt32.self)) }

    // MARK: Places

    private static func read(_ start: UnsafeMutableRawPointer, _ index: Int) -> Place {
        let at = headOctets + index * placeOctets
        let high = start.load(fromByteOffset: at, as: UInt64.self)
        let low = start.load(fromByteOffset: at + 8, as: UInt64.self)
        return Place(
            id: high == 0 && low == 0 ? nil : Identifier128(high: high, low: low),
            crashes: start.load(fromByteOffset: at + 16, as: UInt32.self),
            isInHand: start.load(fromByteOffset: at + 20, as: UInt32.self) == 1)
    }

    private static func write(_ place: Place, _ start: UnsafeMutableRawPointer, _ index: Int) {
        let at = headOctets + index * placeOctets
        start.storeBytes(of: place.id?.high ?? 0, toByteOffset: at, as: UInt64.self)
        start.storeBytes(of: place.id?.low ?? 0, toByteOffset: at + 8, as: UInt64.self)
        start.storeBytes(of: place.crashes, toByteOffset: at + 16, as: UInt32.self)
        start.storeBytes(of: place.isInHand ? 1 : 0, toByteOffset: at + 20, as: UInt32.self)
    }
}
