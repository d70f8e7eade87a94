import FunctionRuntime
import MailTypes

/// Where a sealed text rests: authenticated with it, so that no row can be given another's text.
struct SealedPlace {
    /// What is authenticated.
    let octets: Octets
    private let label: Label

    /// What a failure calls it, spelled only when there is one: places are made for every message.
    private enum Label {
        case plain(StaticString)
        case text(StaticString, String)
        case number(StaticString, Int)
        case id(StaticString, Identifier128)
        case content(StaticString, Octets)
    }

    /// What a failure calls it.
    var name: String {
        switch label {
        case .plain(let what): "\(what)"
        case .text(let what, let text): "\(what) \(text)"
        case .number(let what, let number): "\(what) \(number)"
        case .id(let what, let id): "\(what) \(id)"
        case .content(let what, let digest): "\(what) content \(Self.hex(digest))"
        }
    }

    private init(_ label: Label, _ kind: UInt8, _ write: (inout RecordWriter) -> Void) {
        var record = RecordWriter(reserving: 64)
        record.number(UInt64(kind))
        write(&record)
        octets = record.octets
        self.label = label
    }

    static let systemKey = SealedPlace(.plain("the system key"), 1) { _ in }

    static func organizationKey(_ number: Int, of organization: OrganizationID) -> SealedPlace {
        SealedPlace(.text("the key of organization", organization.text), 2) { record in
            record.text(organization.text)
            record.int(number)
        }
    }

    static func directoryKey(of organization: OrganizationID) -> SealedPlace {
        SealedPlace(.text("the directory key of organization", organization.text), 3) { $0.text(organization.text) }
    }

    static func accountKey(_ account: Int) -> SealedPlace {
        SealedPlace(.number("the key of account", account), 4) { $0.int(account) }
    }

    static func leftSubscriptions(_ account: Int) -> SealedPlace {
        SealedPlace(.number("the subscriptions of account", account), 24) { $0.int(account) }
    }

    /// The keys of a message in the spool.
    static func spoolKeys(_ id: Identifier128) -> SealedPlace { SealedPlace(.id("message", id), 5) { $0.id(id) } }
    static func spoolRecord(_ id: Identifier128) -> SealedPlace { SealedPlace(.id("message", id), 6) { $0.id(id) } }
    static func trace(_ id: Identifier128) -> SealedPlace { SealedPlace(.id("trace of message", id), 7) { $0.id(id) } }

    /// A content's key among the items of an account.
    static func itemKey(account: Int, digest: Octets) -> SealedPlace {
        SealedPlace(.content("the key of", digest), 8) { record in
            record.int(account)
            record.octets(digest)
        }
    }

    static func summary(digest: Octets) -> SealedPlace {
        SealedPlace(.content("the summary of", digest), 9) { $0.octets(digest) }
    }

    static func folderName(_ id: Identifier128) -> SealedPlace { SealedPlace(.id("folder", id), 10) { $0.id(id) } }
    static func entity(_ id: String) -> SealedPlace { SealedPlace(.text("entity", id), 11) { $0.text(id) } }
    static func password(_ id: String) -> SealedPlace { SealedPlace(.text("the password of", id), 12) { $0.text(id) } }
    static func accessKey(_ id: String) -> SealedPlace { SealedPlace(.text("access key", id), 13) { $0.text(id) } }
    static func rule(_ name: String) -> SealedPlace { SealedPlace(.text("rule", name), 14) { $0.text(name) } }
    static func journaling(_ id: String) -> SealedPlace { SealedPlace(.text("journaling of", id), 15) { $0.text(id) } }
    static func job(_ id: Identifier128) -> SealedPlace { SealedPlace(.id("job", id), 16) { $0.id(id) } }

    static func deployment(_ stack: String, _ number: Int) -> SealedPlace {
        SealedPlace(.text("a deployment of stack", stack), 17) { record in
            record.text(stack)
            record.int(number)
        }
    }

    static func record(_ key: RecordKey) -> SealedPlace {
        SealedPlace(.text("a record of kind", key.kind.text), 18) { record in
            record.text(key.kind.text)
            record.text(key.name)
        }
    }

    static func logBlock(_ name: Int) -> SealedPlace {
        SealedPlace(.number("log block", name), 31) { $0.int(name) }
    }

    /// What is known of content that a function has put for a message.
    static func stagedContent(_ id: Identifier128, _ name: String) -> SealedPlace {
        SealedPlace(.id("staged content of message", id), 40) { record in
            record.id(id)
            record.text(name)
        }
    }

    static func bucket(_ name: String) -> SealedPlace { SealedPlace(.text("bucket", name), 19) { $0.text(name) } }

    /// What is kept of a version; nil for the null version.
    static func object(_ key: Octets, version: Identifier128?, in bucket: Int) -> SealedPlace {
        SealedPlace(.number("an object of bucket", bucket), 20) { record in
            record.int(bucket)
            record.octets(key)
            record.optional(version) { $0.id($1) }
        }
    }

    /// A content's key among the pieces of objects and uploads.
    static func pieceKey(digest: Octets) -> SealedPlace {
        SealedPlace(.content("the key of", digest), 21) { $0.octets(digest) }
    }

    static func upload(_ id: Identifier128) -> SealedPlace { SealedPlace(.id("upload", id), 22) { $0.id(id) } }

    static func part(_ number: Int, of upload: Int) -> SealedPlace {
        SealedPlace(.number("a part of upload", upload), 23) { record in
            record.int(upload)
            record.int(number)
        }
    }

    /// The first octets of a digest as they stand in a log line.
    static func hex(_ digest: Octets) -> String {
        digest.prefix(8).map { octet in
            let text = String(octet, radix: 16)
            return octet < 16 ? "0" + text : text
        }.joined()
    }
}
