import Archives
import Glibc
import MailTypes
import Testing

/// A folder that is removed with everything in it.
private func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/mailroom-zip-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
        // Tests write a few files only; rm knows how to remove them.
        var process = pid_t()
        let words: [UnsafeMutablePointer<CChar>?] =
            ["/bin/rm", "-rf", folder].map { (word: String) in strdup(word) } + [nil]
        if posix_spawn(&process, "/bin/rm", nil, nil, words, nil) == 0 { waitpid(process, nil, 0) }
        for word in words { free(word) }
    }
    try body(folder)
}

private func mode(_ path: String) -> mode_t {
    var facts = stat()
    return lstat(path, &facts) == 0 ? facts.st_mode & 0o777 : 0
}

@Suite struct ZipTests {
    @Test func `what was written comes back with its executable bits and links`() throws {
        var writer = ZipWriter()
        writer.add("app.py", Octets(text: "print(1)\n"))
        writer.add("bin/run", Octets(text: "#!/bin/sh\n"), isExecutable: true)
        writer.addLink("bin/again", to: "run")
        writer.addLink("deep/er/up", to: "../../app.py")
        let zip = try writer.finish()
        try withFolder { folder in
            let octets = try ZipReader.unpack(zip, into: folder)
            #expect(octets == 19)
            #expect(mode("\(folder)/app.py") == 0o644)
            #expect(mode("\(folder)/bin/run") == 0o755)
            #expect(access("\(folder)/bin/again", X_OK) == 0)
            #expect(access("\(folder)/deep/er/up", R_OK) == 0)
        }
    }

    @Test func `the same files give the same octets in any order`() throws {
        var one = ZipWriter()
        one.add("b", [1])
        one.add("a", [2])
        var two = ZipWriter()
        two.add("a", [2])
        two.add("b", [1])
        let (first, second) = (try one.finish(), try two.finish())
        #expect(first == second)
    }

    @Test(arguments: ["/etc/passwd", "../up", "a/../../up", "a/.."])
    func `a name that could land elsewhere is refused`(_ name: String) throws {
        var writer = ZipWriter()
        writer.add(name, [1])
        let zip = try writer.finish()
        try withFolder { folder in
            #expect(throws: ArchiveProblem.self) { try ZipReader.unpack(zip, into: folder) }
        }
    }

    @Test(arguments: ["/etc/passwd", "../x", "x/../../y", "x/..", ""])
    func `a link that could leave the folder is refused`(_ target: String) throws {
        var writer = ZipWriter()
        writer.addLink("link", to: target)
        let zip = try writer.finish()
        try withFolder { folder in
            #expect(throws: ArchiveProblem.self) { try ZipReader.unpack(zip, into: folder) }
        }
    }

    @Test func `nothing is written through a link of the same archive`() throws {
        var writer = ZipWriter()
        writer.addLink("a", to: "b")
        writer.add("a/file", [1])
        let zip = try writer.finish()
        try withFolder { folder in
            #expect(throws: ArchiveProblem.self) { try ZipReader.unpack(zip, into: folder) }
        }
    }

    @Test func `a bomb stops at the limit`() throws {
        var writer = ZipWriter()
        writer.add("zeros", Octets(repeating: 0, count: 3 << 20))
        let zip = try writer.finish()
        #expect(zip.count < 20_000)
        var limits = ArchiveLimits()
        limits.unpackedOctets = 1 << 20
        try withFolder { folder in
            #expect(throws: ArchiveProblem.tooLarge(limitOctets: 1 << 20)) {
                try ZipReader.unpack(zip, into: folder, limits: limits)
            }
        }
        limits = ArchiveLimits()
        limits.entries = 2
        for name in ["a", "b"] { writer.add(name, [1]) }
        let three = try writer.finish()
        try withFolder { folder in
            #expect(throws: ArchiveProblem.tooManyEntries(limit: 2)) {
                try ZipReader.unpack(three, into: folder, limits: limits)
            }
        }
    }

    @Test func `truncated and random octets are refused or harmless`() throws {
        var writer = ZipWriter()
        writer.add("app.py", Octets(text: "def handler(event, context):\n    return event\n"))
        let zip = try writer.finish()
        var random = SystemRandomNumberGenerator()
        for round in 0..<200 {
            var octets = zip
            if round < 100 {
                octets.removeLast(Int.random(in: 1...octets.count, using: &random))
            } else {
                for _ in 0..<4 { octets[Int.random(in: octets.indices, using: &random)] = UInt8.random(in: 0...255) }
            }
            try withFolder { folder in
                _ = try? ZipReader.unpack(octets, into: folder)
            }
        }
        try withFolder { folder in
            #expect(throws: ArchiveProblem.self) { try ZipReader.unpack([], into: folder) }
            #expect(throws: ArchiveProblem.self) { try ZipReader.unpack(Octets(text: "no zip at all"), into: folder) }
        }
    }
}
