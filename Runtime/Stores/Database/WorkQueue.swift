import Glibc

/// A queue between callers and the threads that work for them.
// All access to `waiting` and `isClosed` holds the mutex.
final class WorkQueue<Work: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Taken work leaves an empty place: what it has read must not stay in memory until everything before it is done.
    private var waiting: [Work?] = []
    private var first = 0
    private var isClosed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrived, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(arrived)
        mutex.deallocate()
        arrived.deallocate()
    }

    /// Adds work; false when the queue is closed.
    func add(_ work: Work) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return false }
        waiting.append(work)
        pthread_cond_signal(arrived)
        return true
    }

    /// Takes at most so many, waiting until there is one. Empty when the queue is closed and used up.
    func take(upTo count: Int) -> [Work] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while first == waiting.count {
            if isClosed { return [] }
            pthread_cond_wait(arrived, mutex)
        }
        var taken: [Work] = []
        while taken.count < count, first < waiting.count {
            if let work = waiting[first] { taken.append(work) }
            waiting[first] = nil
            first += 1
        }
        if first == waiting.count {
            waiting = []
            first = 0
        } else if first > 4096 {
            waiting.removeFirst(first)
            first = 0
        }
        return taken
    }

    /// Takes no more; what waits is still worked off.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(arrived)
        pthread_mutex_unlock(mutex)
    }
}
