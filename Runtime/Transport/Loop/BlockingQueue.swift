import Glibc

/// A bounded queue on which threads sleep.
// Everything mutable is guarded by the pthread mutex; the two pointers never change and are freed last.
final class BlockingQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let limit: Int
    private var waiting: [@Sendable () -> Void] = []
    /// Where the oldest work stands in `waiting`; what lies before is done.
    private var head = 0
    private var isClosed = false

    /// A queue for so many pieces of work.
    init(limit: Int) {
        self.limit = limit
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Work that waits.
    var count: Int { locked { waiting.count - head } }

    /// Queues work; false when the queue is full.
    func put(_ work: @escaping @Sendable () -> Void) -> Bool {
        locked {
            guard !isClosed, waiting.count - head < limit else { return false }
            waiting.append(work)
            pthread_cond_signal(condition)
            return true
        }
    }

    /// Waits for work; nil when the queue was closed and is empty.
    func take() -> (@Sendable () -> Void)? {
        locked {
            while waiting.count == head {
                if isClosed { return nil }
                pthread_cond_wait(condition, mutex)
            }
            let work = waiting[head]
            head += 1
            if head == waiting.count || head >= 64, head * 2 >= waiting.count {
                waiting.removeFirst(head)
                head = 0
            }
            return work
        }
    }

    /// Takes no more work and lets the sleepers go.
    func close() {
        locked {
            isClosed = true
            pthread_cond_broadcast(condition)
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
