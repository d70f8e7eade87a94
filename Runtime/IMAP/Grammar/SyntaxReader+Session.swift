import MailTypes

/// Arguments of commands about the session and about folders.
extension SyntaxReader {
    /// `id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil` (RFC 2971 §4)
    mutating func idParameters() throws(SyntaxFault) -> [(Octets, Octets?)] {
        if take(word: "NIL") { return [] }
        var parameters: [(Octets, Octets?)] = []
        try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
            let name = try reader.string()
            try reader.space()
            parameters.append((name, try reader.nstring()))
        }
        return parameters
    }

    /// `initial-resp = (base64 / "=")`: `=` stands for an empty response (RFC 4959 §3). The base64 as it came.
    mutating func base64OrEmpty() throws(SyntaxFault) -> Octets {
        let start = position
        while let octet = peek, octet != .space { try skip(octet) }
        return Octets(octets[start..<position])
    }

    private mutating func skip(_ octet: UInt8) throws(SyntaxFault) { try expect(octet) }

    /// `*(SP atom)` after the first space was read.
    mutating func words() throws(SyntaxFault) -> [String] {
        var words: [String] = []
        repeat {
            guard words.count < limits.listItems else { throw SyntaxFault("list too long") }
            words.append(try word())
        } while take(.space)
        return words
    }

    /// `[SP "(" select-param *(SP select-param) ")"]` (RFC 4466 §2.4, RFC 7162 §3.1.8, §3.2.5)
    mutating func selectOptions() throws(SyntaxFault) -> SelectOptions {
        var options = SelectOptions()
        guard peek == .space else { return options }
        try space()
        if isAtEnd { return options }
        try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
            switch try reader.word() {
            case "CONDSTORE": options.condstore = true
            case "QRESYNC":
                try reader.space()
                options.resync = try reader.resync()
            default: throw SyntaxFault("unknown parameter")
            }
        }
        return options
    }

    /// `"(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"` (RFC 7162 §3.2.5)
    private mutating func resync() throws(SyntaxFault) -> SelectOptions.Resync {
        try expect(0x28)
        let uidValidity = try number()
        try space()
        var resync = SelectOptions.Resync(uidValidity: uidValidity, modSeq: ModSeq(try number64()))
        if take(.space) {
            if peek != 0x28 { resync.knownUIDs = try sequenceSet() }
            // The sequence-match data only makes the answer shorter; we answer from tombstones and need none.
            if peek == 0x28 || (resync.knownUIDs != nil && take(.space)) {
                try expect(0x28)
                _ = try sequenceSet()
                try space()
                _ = try sequenceSet()
                try expect(0x29)
            }
        }
        try expect(0x29)
        return resync
    }

    /// `[SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]` (RFC 6154 §3)
    mutating func createOptions() throws(SyntaxFault) -> [Octets] {
        guard peek == .space else { return [] }
        try space()
        if isAtEnd { return [] }
        var uses: [Octets] = []
        try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
            guard try reader.word() == "USE" else { throw SyntaxFault("unknown parameter") }
            try reader.space()
            try reader.list(limit: reader.limits.listItems) { (reader) throws(SyntaxFault) in
                try reader.expect(0x5C)
                uses.append([0x5C] + (try reader.atom()))
            }
        }
        return uses
    }

    /// `"(" status-att *(SP status-att) ")"`
    mutating func statusItems() throws(SyntaxFault) -> [StatusItem] {
        var items: [StatusItem] = []
        try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
            guard let item = StatusItem(rawValue: try reader.word()) else { throw SyntaxFault("unknown status item") }
            if !items.contains(item) { items.append(item) }
        }
        guard !items.isEmpty else { throw SyntaxFault("status item expected") }
        return items
    }

    /// `list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]` (RFC 9051 §6.3.9)
    mutating func listOptions() throws(SyntaxFault) -> ListOptions {
        var options = ListOptions()
        if peek == 0x28 {
            options.isPlain = false
            try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
                switch try reader.word() {
                case "SUBSCRIBED": options.selectsSubscribed = true
                case "SPECIAL-USE": options.selectsSpecialUse = true
                case "RECURSIVEMATCH": options.isRecursive = true
                case "REMOTE": break
                default: throw SyntaxFault("unknown selection option")
                }
            }
            // RFC 9051 §6.3.9.1: RECURSIVEMATCH needs an option whose matches it looks for below.
            guard !options.isRecursive || options.selectsSubscribed || options.selectsSpecialUse else {
                throw SyntaxFault("RECURSIVEMATCH needs another selection option")
            }
            try space()
        }
        options.reference = try astring()
        try space()
        if peek == 0x28 {
            options.isPlain = false
            try list(limit: limits.patterns) { (reader) throws(SyntaxFault) in
                options.patterns.append(try reader.listMailbox())
            }
        } else {
            options.patterns = [try listMailbox()]
        }
        guard options.patterns.allSatisfy({ $0.count <= limits.patternOctets }),
            options.reference.count <= limits.patternOctets
        else { throw SyntaxFault("pattern too long") }
        if peek == .space, !isAtEnd {
            try space()
            if !isAtEnd { try listReturn(&options) }
        }
        return options
    }

    /// `list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"`
    private mutating func listReturn(_ options: inout ListOptions) throws(SyntaxFault) {
        guard try word() == "RETURN" else { throw SyntaxFault("RETURN expected") }
        options.isPlain = false
        try space()
        try list(limit: limits.listItems) { (reader) throws(SyntaxFault) in
            switch try reader.word() {
            case "SUBSCRIBED": options.returnsSubscribed = true
            case "CHILDREN": options.returnsChildren = true
            case "SPECIAL-USE": options.returnsSpecialUse = true
            case "STATUS":
                try reader.space()
                options.status = try reader.statusItems()
            default: throw SyntaxFault("unknown return option")
            }
        }
    }
}
