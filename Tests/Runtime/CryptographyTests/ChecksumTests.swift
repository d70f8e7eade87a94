import Cryptography
import FunctionRuntime
import MailTypes
import Testing

@Suite struct ChecksumTests {
    private func checksum(_ octets: Octets, _ algorithm: ObjectChecksum.Algorithm) -> Octets {
        var stream = ChecksumStream(algorithm)
        stream.update(octets)
        return stream.finishOctets()
    }

    @Test(arguments: [
        (ObjectChecksum.Algorithm.crc32, "y/Q5Jg=="), (.crc32c, "4waSgw=="), (.crc64nvme, "rosUhgp5mIg="),
        (.sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="), (.sha256, "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ])
    func `checksums match their check values, in pieces too`(_ algorithm: ObjectChecksum.Algorithm, _ value: String) {
        var stream = ChecksumStream(algorithm)
        stream.update(Octets(text: "1234"))
        stream.update([])
        stream.update(Octets(text: "56789"))
        #expect(stream.finish() == value)
        #expect(ChecksumStream(field: algorithm.field)?.algorithm == algorithm)
    }

    @Test(arguments: [ObjectChecksum.Algorithm.crc32, .crc32c, .crc64nvme])
    func `the checksum of a whole follows from those of its parts`(_ algorithm: ObjectChecksum.Algorithm) {
        let random = SeededRandom(3)
        for (first, second) in [(0, 0), (0, 5), (5, 0), (1, 1), (3, 1000), (70_000, 123_457)] {
            let (left, right) = (random.octets(first), random.octets(second))
            let joined = ChecksumJoining.join(
                checksum(left, algorithm), checksum(right, algorithm), octets: second, algorithm)
            #expect(joined == checksum(left + right, algorithm), "\(first) and \(second) octets")
        }
        #expect(ChecksumJoining.join([1], [2], octets: 1, algorithm) == nil)
    }

    @Test func `digests cannot be joined`() {
        #expect(ChecksumJoining.join(checksum([1], .sha1), checksum([2], .sha1), octets: 1, .sha1) == nil)
    }
}
