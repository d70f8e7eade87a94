import Synchronization

/// Contexts of libcrypto between two uses: making one costs more than what it is used for on a short text.
// The pointers are only ever handed to one user at a time, who gives them back.
final class ContextPool: @unchecked Sendable {
    /// Contexts kept: as many as threads use one kind of digest at the same moment, and more.
    private static let keptMax = 16

    private let make: @Sendable () -> OpaquePointer
    private let free: @Sendable (OpaquePointer) -> Void
    private let kept = Mutex<[UInt]>([])

    /// A pool of what `make` makes.
    init(make: @escaping @Sendable () -> OpaquePointer, free: @escaping @Sendable (OpaquePointer) -> Void) {
        (self.make, self.free) = (make, free)
    }

    deinit {
        for context in kept.withLock({ $0 }) { OpaquePointer(bitPattern: context).map(free) }
    }

    /// Lends a context. What it was used for before is still in it: whoever borrows it starts it anew.
    func withContext<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        let context = kept.withLock { $0.popLast() }.flatMap { OpaquePointer(bitPattern: $0) } ?? make()
        defer {
            let isKept = kept.withLock { kept in
                guard kept.count < Self.keptMax else { return false }
                kept.append(UInt(bitPattern: context))
                return true
            }
            if !isKept { free(context) }
        }
        return body(context)
    }
}
