import FunctionRuntime
import MailTypes

/// The folders of a mailbox under the names a client sees.
struct FolderListing {
    struct Row {
        let folder: Folder
        let name: Octets
        /// Rows up to, not including, this one are below.
        fileprivate(set) var end: Int
    }

    /// Parents before children, so that what is below a row follows it.
    private(set) var rows: [Row] = []

    /// A listing of folders that come parents before children.
    init(_ folders: [Folder], names: FolderName) {
        var children: [FolderID?: [Folder]] = [:]
        let known = Set(folders.map(\.id))
        for folder in folders {
            // A folder whose parent is not for IMAP hangs at the top, so that its mail is reachable.
            let parent = folder.parent.flatMap { known.contains($0) ? $0 : nil }
            children[parent, default: []].append(folder)
        }
        rows.reserveCapacity(folders.count)
        add(children[nil] ?? [], path: [], children, names)
    }

    private mutating func add(
        _ folders: [Folder], path: [String], _ children: [FolderID?: [Folder]], _ names: FolderName
    ) {
        for folder in folders {
            let own = path + [folder.name]
            let index = rows.count
            rows.append(Row(folder: folder, name: names.wire(own), end: index + 1))
            add(children[folder.id] ?? [], path: own, children, names)
            rows[index].end = rows.count
        }
    }

    func hasChildren(_ index: Int) -> Bool { rows[index].end > index + 1 }

    /// Indices of the rows below this one.
    func below(_ index: Int) -> Range<Int> { (index + 1)..<rows[index].end }
}
