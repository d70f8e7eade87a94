import Glibc
import MailTypes

/// Randomness of a fuzz run, repeatable from its seed (SplitMix64).
struct FuzzRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, this one.
    mutating func below(_ count: Int) -> Int { count > 0 ? Int.random(in: 0..<count, using: &self) : 0 }
}

/// The messages of Tests/Fuzz/corpus and what can be made of them.
struct Mutator {
    /// File names and contents.
    let corpus: [(name: String, content: Octets)]

    init(file: String = #filePath) {
        let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        let folder = "\(root)/Fuzz/corpus"
        var names: [String] = []
        if let directory = opendir(folder) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name.hasSuffix(".eml") { names.append(name) }
            }
            closedir(directory)
        }
        corpus = names.sorted().map { ($0, GoldenFile(path: "\(folder)/\($0)").read() ?? []) }
    }

    private static let tokens: [Octets] =
        [
            "\r\n", "\n", "\r", "\u{0}", "\r\n\r\n", "--", "--b\r\n", "--b--\r\n", "\r\n--outer\r\n", "boundary=",
            "Content-Type: ",
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", "Content-Type: message/rfc822\r\n\r\n",
            "multipart/", "message/rfc822", "=?utf-8?Q?", "?=", "=?utf-8?B?", "*0*=", "*1=", "''", "%", "(", ")", "\"",
            "\\", "<", ">",
            "@", ",", ";", ":", "[", "]", " ", "\t", "=", "=\r\n", "&#x", "<!--", "<style>", "<", ">",
        ].map { Octets(text: $0) } + [[0xFF], [0xC2], [0xE2, 0x80], [0xF0, 0x9F, 0x98, 0x80]]

    /// A message made of the corpus by a few changes; at most about 16 KiB unless a corpus message is taken whole.
    func message(_ random: inout FuzzRandom) -> Octets {
        var content = corpus[random.below(corpus.count)].content
        if content.count > 16384, random.below(50) > 0 {
            let start = random.below(2) == 0 ? 0 : random.below(content.count)
            content = Octets(content[start..<min(content.count, start + 8192)])
        }
        for _ in 0..<random.below(8) { change(&content, &random) }
        return content
    }

    /// One change.
    func change(_ content: inout Octets, _ random: inout FuzzRandom) {
        let place = random.below(content.count + 1)
        let length = min(content.count - place, random.below(random.below(4) == 0 ? 400 : 12))
        switch random.below(8) {
        case 0: if place < content.count { content[place] = UInt8(truncatingIfNeeded: random.next()) }
        case 1: if place < content.count { content[place] ^= 1 << UInt8(random.below(8)) }
        case 2: content.removeSubrange(place..<(place + length))
        case 3: content.insert(contentsOf: content[place..<(place + length)], at: random.below(content.count + 1))
        case 4: content.removeSubrange(place...)
        case 5:
            let other = corpus[random.below(corpus.count)].content
            let start = random.below(other.count)
            content.insert(contentsOf: other[start..<min(other.count, start + random.below(600))], at: place)
        default:
            let token = Self.tokens[random.below(Self.tokens.count)]
            for _ in 0...random.below(random.below(10) == 0 ? 40 : 1) { content.insert(contentsOf: token, at: place) }
        }
    }

    /// `FUZZ_SEED` and `FUZZ_ROUNDS` repeat or lengthen a run; the seed is printed.
    static func seed(_ name: String) -> UInt64 {
        let given = getenv("FUZZ_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0..<1_000_000_000)
        print("fuzz \(name): FUZZ_SEED=\(seed)")
        return seed
    }

    static func rounds(_ usual: Int) -> Int { getenv("FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? usual }
}
