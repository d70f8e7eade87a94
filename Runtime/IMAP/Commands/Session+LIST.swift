import FunctionRuntime
import MailTypes

/// `list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]` (RFC 9051 §6.3.9) and LSUB
/// (RFC 3501 §6.3.9)
extension IMAPSession {
    func list(_ options: ListOptions) async throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        if options.isPlain, options.patterns == [[]] {
            // An empty name asks for the delimiter only.
            out.put("* LIST (\\Noselect) \"/\" \"\"\r\n")
            return Completed("listed")
        }
        let listing = try await listing()
        let patterns = options.patterns.map { ListPattern(options.reference + $0) }
        let isNamed = listing.rows.map { row in patterns.contains { $0.matches(row.name) } }
        let left = options.selectsSubscribed && !options.selectsSpecialUse ? try await leftSubscriptions() : []
        let (named, unnamed) = Self.parted(left) { name in patterns.contains { $0.matches(name) } }
        for (index, row) in listing.rows.enumerated() where isNamed[index] {
            let isSelected = Self.selects(options, row.folder)
            // What is below is told of here only where no pattern names it (RFC 9051 §6.3.9.6).
            let hasBelow =
                options.isRecursive
                && (listing.below(index).contains { !isNamed[$0] && Self.selects(options, listing.rows[$0].folder) }
                    || unnamed.contains { $0.starts(with: row.name + [FolderName.delimiter]) })
            guard isSelected || hasBelow else { continue }
            put(list: row, hasChildren: listing.hasChildren(index), options, hasBelow: hasBelow)
            // A folder listed only for what is below it has no status to tell (RFC 5819 §2).
            if isSelected, !options.status.isEmpty { putStatus(row.folder, name: row.name, options.status) }
            try await sendWhenMuch()
        }
        put(left: named, as: "* LIST (\\Subscribed \\NonExistent) \"/\" ")
        return Completed("listed")
    }

    /// Names that are subscribed and have no folder.
    private func leftSubscriptions() async throws -> [Octets] {
        let reply = try await ask(.leftSubscriptions)
        guard case .paths(let paths) = reply else { throw unexpected(reply) }
        return paths.map(names.wire)
    }

    private static func parted(_ names: [Octets], by isNamed: (Octets) -> Bool) -> (named: [Octets], unnamed: [Octets])
    {
        (names.filter(isNamed), names.filter { !isNamed($0) })
    }

    private func put(left names: [Octets], as line: StaticString) {
        for name in names {
            out.put(line)
            out.put(name: name)
            out.endLine()
        }
    }

    private func listing() async throws -> FolderListing {
        let reply = try await ask(.folders(.mail))
        guard case .folders(let folders) = reply else { throw unexpected(reply) }
        return FolderListing(folders, names: names)
    }

    private static func selects(_ options: ListOptions, _ folder: Folder) -> Bool {
        if options.selectsSubscribed, !folder.isSubscribed { return false }
        if options.selectsSpecialUse, folder.specialUse?.attribute == nil { return false }
        return true
    }

    /// `* LIST (attributes) "/" name`
    private func put(list row: FolderListing.Row, hasChildren: Bool, _ options: ListOptions, hasBelow: Bool) {
        out.put("* LIST (")
        if row.folder.isSubscribed, options.returnsSubscribed || options.selectsSubscribed { out.put("\\Subscribed ") }
        out.put(hasChildren ? "\\HasChildren" : "\\HasNoChildren")
        if let attribute = row.folder.specialUse?.attribute {
            out.put(" ")
            out.put(text: attribute)
        }
        out.put(") \"/\" ")
        out.put(name: row.name)
        if hasBelow {
            out.put(
                options.selectsSubscribed ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))" : " (\"CHILDINFO\" (\"SPECIAL-USE\"))")
        }
        out.endLine()
    }

    /// Subscribed folders. One that is not, with subscribed ones below that a `%` hides, is shown as \Noselect
    /// (RFC 3501 §6.3.9).
    func lsub(_ reference: Octets, _ pattern: Octets) async throws -> Completed {
        guard entity != nil else { throw Refused.bad("log in first") }
        guard reference.count + pattern.count <= 2 * limits.patternOctets else { throw Refused.bad("pattern too long") }
        let listing = try await listing()
        let matcher = ListPattern(reference + pattern)
        let (named, unnamed) = Self.parted(try await leftSubscriptions()) { matcher.matches($0) }
        for (index, row) in listing.rows.enumerated() where matcher.matches(row.name) {
            if row.folder.isSubscribed {
                out.put(
                    listing.hasChildren(index) ? "* LSUB (\\HasChildren) \"/\" " : "* LSUB (\\HasNoChildren) \"/\" ")
            } else if pattern.last == 0x25,
                listing.below(index).contains(where: { listing.rows[$0].folder.isSubscribed })
                    || unnamed.contains(where: { $0.starts(with: row.name + [FolderName.delimiter]) })
            {
                out.put("* LSUB (\\Noselect \\HasChildren) \"/\" ")
            } else {
                continue
            }
            out.put(name: row.name)
            out.endLine()
            try await sendWhenMuch()
        }
        put(left: named, as: "* LSUB (\\NonExistent) \"/\" ")
        return Completed("listed")
    }
}
