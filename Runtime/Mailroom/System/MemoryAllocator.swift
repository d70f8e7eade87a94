import CJemalloc

/// jemalloc in place of the C library's allocator: half a dozen threads allocate at once, and waiting for each other's
/// arenas was a fifth of a message's cost.
enum MemoryAllocator {
    /// How long a freed page is kept for what the next burst needs again at once. Page faults cost more than the page.
    static let keepMilliseconds = 3000

    /// Sets how long freed pages are kept, for arenas there are and those to come.
    static func configure() {
        var milliseconds = keepMilliseconds
        // MALLCTL_ARENAS_ALL is 4096 (jemalloc(3)).
        for name in ["arenas.dirty_decay_ms", "arena.4096.dirty_decay_ms"] {
            _ = mallctl(name, nil, nil, &milliseconds, MemoryLayout<Int>.size)
        }
    }
}
