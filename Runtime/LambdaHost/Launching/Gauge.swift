import CLauncher
import Glibc

/// The page that an environment's supervisor writes and the host reads: how its process ended, how much memory it took.
// Unchecked because of the pointer: the page lives as long as this object, is written by another process only, and each of
// its fields is one aligned word or, once the process is gone, text that no longer changes.
final class Gauge: @unchecked Sendable {
    private let page: UnsafeMutablePointer<launcher_gauge>
    /// For the launcher; closed by whoever sent it.
    let descriptor: Int32

    /// A new page; nil when the system has none.
    init?() {
        var descriptor: Int32 = -1
        guard let page = launcher_make_gauge(&descriptor) else { return nil }
        (self.page, self.descriptor) = (page, descriptor)
    }

    deinit { launcher_free_gauge(page) }

    /// A wait status; that of SIGKILL when nobody was left to write one.
    var waitStatus: Int32 { page.pointee.status == -1 ? SIGKILL : page.pointee.status }

    /// The most memory seen, in MB.
    var peakMB: Int { max(1, Int(page.pointee.peak_kib) / 1024) }

    /// What could not be set up; empty when all could.
    var failure: String {
        withUnsafeBytes(of: page.pointee.failure) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
