import FunctionRuntime
import Glibc
import MailTypes
import Testing

@testable import Stores

@Suite struct DiskReserveTests {
    private func facts(freeMiB: UInt, ofMiB: UInt, files: UInt = 0, freeFiles: UInt = 0) -> statvfs {
        var facts = statvfs()
        (facts.f_frsize, facts.f_bavail, facts.f_blocks) = (4096, freeMiB << 8, ofMiB << 8)
        (facts.f_files, facts.f_favail) = (files, freeFiles)
        return facts
    }

    @Test(
        arguments: [
            (129, 1_000_000, false), (127, 1_000_000, true), (0, 1_000_000, true), (3, 40, false), (1, 40, true),
        ] as [(UInt, UInt, Bool)])
    func `F102: new content leaves a twentieth of the disk, at most 128 MiB`(
        _ free: UInt, _ size: UInt, _ isSpent: Bool
    ) {
        #expect(DiskReserve.isSpent(facts(freeMiB: free, ofMiB: size)) == isSpent)
    }

    @Test func `F102: files that can be made count, where the file system counts them`() {
        #expect(DiskReserve.isSpent(facts(freeMiB: 1000, ofMiB: 2000, files: 10_000, freeFiles: 63)))
        #expect(!DiskReserve.isSpent(facts(freeMiB: 1000, ofMiB: 2000, files: 10_000, freeFiles: 64)))
        #expect(!DiskReserve.isSpent(facts(freeMiB: 1000, ofMiB: 2000)))
    }
}
